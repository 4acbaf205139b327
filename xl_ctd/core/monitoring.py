"""The thirteen numbers the plan wants followed without a threshold, each in its parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from xl_ctd.core.books import GROUP, Books, Tallies
from xl_ctd.core.codes import CODE_LISTS, FIELD_OF_ACTIVITY
from xl_ctd.core.setup import Setup
from xl_ctd.core.tallies import Activities, Tally

CONSOLIDATED = frozenset({"HTDH", "HTTR", "TXCN"})
"""States of the task "kiện toàn tổ chức hội" (TS-N19) that say it was done in the year."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a monitored number: ``code`` names its label in the message catalogue, filled with ``words``;
    ``table`` is the table whose rows it counts."""

    code: str
    value: Fraction | None
    words: str = ""
    table: str = ""


@dataclass(frozen=True, slots=True)
class MonitoredFigure:
    """One monitored number of a year; values are None when no unit reported on it."""

    year: int
    uid: str
    id: str
    parts: tuple[Part, ...]


def monitoring(
    tallies: Tallies, setup: Setup, year: int, as_of: date | None = None, *, uid: str = GROUP
) -> tuple[MonitoredFigure, ...]:
    """The plan's monitored numbers for the group or one unit, in the plan's order and the solar year."""
    return monitored_figures(Books(setup, tallies, as_of or date.max), year, uid)


def monitored_figures(books: Books, year: int, uid: str = GROUP) -> tuple[MonitoredFigure, ...]:
    """The same of books that are open already. A unit has its own rows only, the city too."""
    if uid == GROUP:
        city = books.city(year, "TK")
        events, stocks = (
            [books.of(unit.uid, year, "TK") for unit in books.owing(year, "TK", stock=stock)] for stock in (False, True)
        )
        counted = [one for one in (*events, city) if one is not None]
        standing = [one for one in (*stocks, city) if one is not None]
    else:
        own = books.of(uid, year, "TK")
        counted = standing = [own] if own is not None else []
    view = _View(counted, standing, books.together(counted))
    return tuple(
        MonitoredFigure(year, uid, entry.id, NUMBERS[entry.id](view))
        for entry in books.setup.plan.monitored
        if entry.id in NUMBERS
    )


def parts_of(id: str) -> tuple[Part, ...]:
    """The parts of a monitored number, without values. Raises ``KeyError`` for a number we do not count."""
    return NUMBERS[id](_View((), (), ()))


@dataclass(frozen=True, slots=True)
class _View:
    """Tallies whose events count, those whose stocks stand on the day, and the activities of all, each once."""

    counted: Sequence[Tally]
    standing: Sequence[Tally]
    activities: Sequence[Activities]

    def answered(self, table: str) -> bool:
        return any(one.answers(table) for one in self.counted)

    def part(self, table: str, code: str, value: int | Fraction, words: str = "") -> Part:
        return Part(code, Fraction(value) if self.answered(table) else None, words, table)


def _words(code_list: str) -> dict[str, str]:
    return {choice.code: choice.words for choice in CODE_LISTS[code_list]}


def _consolidated(view: _View) -> tuple[Part, ...]:
    """M01: associations whose committee was consolidated in the year, by their own report on the task."""
    done = sum(one.tasks.get("TS-N19") in CONSOLIDATED for one in view.counted)
    return (view.part("NHIEM_VU", "part-consolidated", done),)


def _founded(view: _View) -> tuple[Part, ...]:
    """M02: associations founded in the year in offices, units and schools."""
    return (view.part("DON_VI", "part-associations-new", sum(one.new_associations for one in view.standing)),)


def _people(view: _View) -> tuple[Part, ...]:
    """M03: members, volunteers and collaborators by kind of unit, enterprises and communities included."""
    words = _words("loai_don_vi")
    groups = {kind: [one.associations[kind] for one in view.standing if kind in one.associations] for kind in words}
    return tuple(
        view.part("DON_VI", code, total, words[kind])
        for kind, found in groups.items()
        for code, total in (
            ("part-members", sum(group.members for group in found)),
            ("part-volunteers", sum(group.volunteers for group in found)),
            ("part-collaborators", sum(group.collaborators for group in found)),
        )
    )


def _quality(view: _View) -> tuple[Part, ...]:
    """M04: members, volunteers and youth in all, and how the associations were graded."""
    groups = [group for one in view.standing for group in one.associations.values()]
    words = _words("xep_loai")
    totals = (
        view.part("DON_VI", "part-members-all", sum(group.members for group in groups)),
        view.part("DON_VI", "part-volunteers-all", sum(group.volunteers for group in groups)),
        view.part("DON_VI", "part-youth-all", sum(group.youth for group in groups)),
    )
    grades = (
        view.part("DON_VI", "part-graded", sum(one.grades.get(grade, 0) for one in view.standing), words[grade])
        for grade in words
    )
    return (*totals, *grades)


def _addresses(view: _View) -> tuple[Part, ...]:
    """M05: addresses newly surveyed, updated in the year, and overdue for an update."""
    return (
        view.part("DIA_CHI", "part-surveyed-new", sum(one.surveyed_new for one in view.standing)),
        view.part("DIA_CHI", "part-updated", sum(one.updated for one in view.standing)),
        view.part("DIA_CHI", "part-stale", sum(one.stale for one in view.standing)),
    )


def _teams(view: _View) -> tuple[Part, ...]:
    """M06: teams, clubs and models at work, and their members."""
    groups = [group for one in view.standing for group in one.teams.values()]
    return (
        view.part("DOI_MO_HINH", "part-teams", sum(group.number for group in groups)),
        view.part("DOI_MO_HINH", "part-team-members", sum(group.members for group in groups)),
    )


def _training(view: _View) -> tuple[Part, ...]:
    """M07: courses held and people trained."""
    courses = [entry for entry in view.activities if entry.kind == "DT"]
    return (
        view.part("HOAT_DONG", "part-courses", sum(entry.number for entry in courses)),
        view.part("HOAT_DONG", "part-trained", sum(entry.people for entry in courses)),
    )


def _campaigns(view: _View) -> tuple[Part, ...]:
    """M08: value and people reached in the Humanitarian Month and in "Tết Nhân ái"."""
    words = _words("phong_trao")
    parts = []
    for campaign in ("TND", "TNA"):
        entries = [entry for entry in view.activities if entry.campaign == campaign]
        parts.append(view.part("HOAT_DONG", "part-value", sum(map(_worth, entries)), words[campaign]))
        parts.append(view.part("HOAT_DONG", "part-people", sum(e.people for e in entries), words[campaign]))
    return tuple(parts)


def _worth(entry: Activities) -> int:
    return entry.cash + entry.goods - entry.from_above


def _fields(view: _View) -> tuple[Part, ...]:
    """M09: activities, people and value by the seven statutory fields."""
    words = _words("linh_vuc")
    parts = []
    for name, label in words.items():
        entries = [entry for entry in view.activities if FIELD_OF_ACTIVITY.get(entry.kind) == name]
        parts.append(view.part("HOAT_DONG", "part-activities", sum(entry.number for entry in entries), label))
        parts.append(view.part("HOAT_DONG", "part-people", sum(entry.people for entry in entries), label))
        parts.append(view.part("HOAT_DONG", "part-value", sum(map(_worth, entries)), label))
    return tuple(parts)


def _sponsors(view: _View) -> tuple[Part, ...]:
    """M10: different organisations that gave, each once across units; private persons are counted per unit, since
    their names are not kept."""
    organisations = {name for one in view.counted for name in one.sponsors}
    return (
        view.part("HO_TRO", "part-sponsors", len(organisations)),
        view.part("HO_TRO", "part-sponsors-private", sum(one.sponsors_private for one in view.counted)),
    )


def _inspections(view: _View) -> tuple[Part, ...]:
    """M11: inspections and supervisions held."""
    found = sum(entry.number for entry in view.activities if entry.kind == "KT")
    return (view.part("HOAT_DONG", "part-inspections", found),)


def _good_examples(view: _View) -> tuple[Part, ...]:
    """M12: models judged effective, and publicity work."""
    effective = sum(group.effective for one in view.standing for group in one.teams.values())
    news = sum(entry.number for entry in view.activities if entry.kind == "TT")
    return (
        view.part("DOI_MO_HINH", "part-effective-models", effective),
        view.part("HOAT_DONG", "part-publicity", news),
    )


def _livelihood(view: _View) -> tuple[Part, ...]:
    """M13: livelihood support as a share of all support by value; no share where nothing was given."""
    total = sum(one.support_all for one in view.counted)
    lasting = sum(one.support_livelihood for one in view.counted)
    return (Part("part-livelihood", Fraction(lasting, total) if total else None, table="HO_TRO"),)


NUMBERS: Mapping[str, Callable[[_View], tuple[Part, ...]]] = {
    "TS-M01": _consolidated,
    "TS-M02": _founded,
    "TS-M03": _people,
    "TS-M04": _quality,
    "TS-M05": _addresses,
    "TS-M06": _teams,
    "TS-M07": _training,
    "TS-M08": _campaigns,
    "TS-M09": _fields,
    "TS-M10": _sponsors,
    "TS-M11": _inspections,
    "TS-M12": _good_examples,
    "TS-M13": _livelihood,
}
