"""Counting one unit's rows: everything its year says about any target, small enough to send between processes.

A tally keeps plain sums where sums of units are right, and keys where units overlap: a blood session, an activity of
the city level or a household that two wards report counts once (``indicators.py`` puts them together).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import NamedTuple, cast

from xl_ctd.core.entries import Entries, entries_text
from xl_ctd.core.records import Cell, Rows
from xl_ctd.core.submissions import UnitYear
from xl_ctd.core.tables import BY_CODE

NEVER = date.max
OPENING_LINE = "T0"
"""The item of a fund's book that carries the balance over."""
ALWAYS = date.min


class Session(NamedTuple):
    """A unit's part of one blood drive: people at each step, bags by size in ml, bags discarded after testing."""

    code: str
    day: str
    registered: int
    came: int
    received: int
    bags_250: int
    bags_350: int
    bags_450: int
    platelets: int
    discarded: int
    provisional: bool


class Activities(NamedTuple):
    """Activities of one kind, campaign and organ-donation flag: how many, for how many people, worth how much (đồng).

    ``code`` is empty for a sum over the unit's own activities and set for one activity of the city level.
    """

    kind: str
    campaign: str
    with_organs: bool
    code: str
    number: int
    people: int
    cash: int
    goods: int
    labour: int
    from_above: int


class TetGifts(NamedTuple):
    """Gifts for the Tết of ``year``; they may be handed over in December before. ``code`` as in ``Activities``."""

    year: int
    code: str
    number: int


class Transfer(NamedTuple):
    """Money passed inside the association over the year: to (C) or from (T) the unit with code ``partner``, in đồng."""

    partner: str
    flow: str
    amount: int


class Associations(NamedTuple):
    """Organisations of one kind on the day: active ones, those with a Red Cross association, and its people.

    ``above`` and ``above_with`` are those of them that a province or the centre manages.
    """

    active: int
    with_association: int
    above: int
    above_with: int
    members: int
    volunteers: int
    youth: int
    collaborators: int


class Teams(NamedTuple):
    """Teams and models of one kind still at work: how many, judged effective, and their members."""

    number: int
    effective: int
    members: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What one unit contributes to every target over one period.

    ``tables`` names the tables with at least one row; an empty table means zero when the unit declared its figures
    complete (``committed``), and otherwise "not reported" (``answers``). ``opening`` is None when the cover does not
    say it. ``households`` lists the addresses of the denominator of TS-03 as ``code|hash`` and ``helped`` the codes of
    all addresses supported in the period, each joined by line breaks: three hundred short strings would cost ten
    times the memory. Money is in đồng; stocks are as on ``end``.
    """

    uid: str
    year: int
    start: str
    end: str
    submitted: bool = False
    committed: bool = False
    tables: tuple[str, ...] = ()
    associations: Mapping[str, Associations] = field(default_factory=dict)
    grades: Mapping[str, int] = field(default_factory=dict)
    new_associations: int = 0
    households: str = ""
    helped: str = ""
    surveyed_new: int = 0
    updated: int = 0
    stale: int = 0
    tet: tuple[TetGifts, ...] = ()
    activities: Sequence[Activities] = ()
    support: int = 0
    support_passed_on: int = 0
    support_all: int = 0
    support_livelihood: int = 0
    sponsors: tuple[str, ...] = ()
    sponsors_private: int = 0
    sessions: Sequence[Session] = ()
    organs_registered: int = 0
    organs_withdrawn: int = 0
    opening: int | None = None
    income: int = 0
    spending: int = 0
    earmarked_income: int = 0
    earmarked_spending: int = 0
    transfers: tuple[Transfer, ...] = ()
    teams: Mapping[str, Teams] = field(default_factory=dict)
    tasks: Mapping[str, str] = field(default_factory=dict)
    full_time_staff: int = 0

    def answers(self, table: str) -> bool:
        """Did the unit report on this table? An empty one is an answer only from a unit that declared completeness."""
        return table in self.tables or (self.submitted and self.committed)

    def address_count(self) -> int:
        """How many addresses stand in the denominator of TS-03."""
        return len(self.households.split("\n")) if self.households else 0

    def addresses(self) -> tuple[list[str], list[str]]:
        """The codes of the denominator of TS-03 and, in the same order, the hashes: "" where nobody agreed to one."""
        if not self.households:
            return [], []
        parts = self.households.replace("\n", "|").split("|")
        if len(parts) == 2 * self.address_count():
            return parts[::2], parts[1::2]
        pairs = [line.rpartition("|") for line in self.households.split("\n")]  # somebody's code has a line in it
        return [code for code, _, _ in pairs], [key for _, _, key in pairs]

    def to_json(self) -> dict[str, object]:
        """The tally as plain lists, texts and whole numbers, ready for any JSON writer; long lists are JSON already."""
        plain: dict[str, object] = {name: getattr(self, name) for name in _FIELDS}
        for name in _SHAPES:
            plain[name] = list(map(list, getattr(self, name)))
        for name in _MANY:
            plain[name] = entries_text(getattr(self, name))
        for name in _GROUPS:
            plain[name] = {key: list(group) for key, group in getattr(self, name).items()}
        for name in _LISTS:
            plain[name] = list(getattr(self, name))
        return plain

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> Tally:
        """The tally that ``to_json`` stored. Raises ``KeyError`` or ``TypeError`` for anything else."""
        values = dict(stored)
        for name, shape in _SHAPES.items():
            values[name] = tuple(shape(*row) for row in cast("Iterable[Sequence[object]]", values[name]))
        for name, many in _MANY.items():
            values[name] = Entries(many, cast("str", values[name]))
        for name, kind in _GROUPS.items():
            groups = cast("Mapping[str, Sequence[object]]", values[name])
            values[name] = {key: kind(*row) for key, row in groups.items()}
        for name in _LISTS:
            values[name] = tuple(cast("Iterable[str]", values[name]))
        return cls(**values)  # type: ignore[arg-type]


_SHAPES: Mapping[str, type] = {"tet": TetGifts, "transfers": Transfer}
_MANY: Mapping[str, type] = {"activities": Activities, "sessions": Session}
_GROUPS: Mapping[str, type] = {"associations": Associations, "teams": Teams}
_LISTS = ("tables", "sponsors")
_FIELDS = tuple(item.name for item in fields(Tally))


def tally(unit_year: UnitYear, start: date, end: date, *, before: UnitYear | None = None) -> Tally:
    """Count one unit's year over a period; stocks as they stand on ``end``, events dated ``start``..``end``.

    ``before`` is the same unit's workbook of the year before, needed when the period begins in it (the administrative
    year begins on 15/12); of its rows those count that the newer workbook does not repeat. The fund's balance always
    starts from the cover of ``unit_year``.
    """
    events = {
        code: _events(unit_year, before, code, day_field, start, end)
        for code, day_field in (
            ("HO_TRO", "NGAY"),
            ("HOAT_DONG", "NGAY_BD"),
            ("HIEN_MAU", "NGAY"),
            ("HIEN_MO_TANG", "NGAY"),
        )
    }
    return Tally(
        uid=unit_year.uid,
        year=unit_year.year,
        start=start.isoformat(),
        end=end.isoformat(),
        submitted=unit_year.submitted,
        committed=unit_year.cover.get("CAM_KET") == "C",
        tables=tuple(sorted(code for code, rows in unit_year.tables.items() if len(rows))),
        tet=_tet(unit_year.table("HOAT_DONG"), end),
        sessions=_sessions(events["HIEN_MAU"]),
        activities=_activities(events["HOAT_DONG"]),
        teams=_teams(unit_year.table("DOI_MO_HINH"), end),
        tasks=_tasks(unit_year.table("NHIEM_VU")),
        full_time_staff=_staff(unit_year.table("CAN_BO"), end),
        organs_registered=sum(_numbers(events["HIEN_MO_TANG"], "DANG_KY")),
        organs_withdrawn=sum(_numbers(events["HIEN_MO_TANG"], "HUY")),
        **_organisations(unit_year.table("DON_VI"), start, end),  # type: ignore[arg-type]
        **_addresses(unit_year.table("DIA_CHI"), start, end),  # type: ignore[arg-type]
        **_supports(events["HO_TRO"]),  # type: ignore[arg-type]
        **_fund(unit_year, end),  # type: ignore[arg-type]
    )


def months_before(day: date, months: int = 12) -> date:
    """The same day some months earlier, the month's last day where there is none (as EDATE counts).

    >>> months_before(date(2024, 2, 29))
    datetime.date(2023, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise ValueError(day)


def folded(column: Sequence[Cell]) -> list[str]:
    """Codes as people mean them: "hm 01" and "HM01" are one. Blank and unreadable become the empty text."""
    if set(map(type, column)) <= {str, type(None)}:
        texts = [text or "" for text in cast("Sequence[str | None]", column)]
        whole = "\n".join(texts).replace(" ", "").upper().split("\n")
        if len(whole) == len(texts):
            return whole
    return ["".join(value.split()).upper() if isinstance(value, str) else "" for value in column]


# --- columns ----------------------------------------------------------------------------------------------------


def _numbers(rows: Rows, code: str) -> list[int]:
    """A column of counts or đồng for adding up: blank adds nothing."""
    column = rows.column(code)
    kinds = set(map(type, column))
    if kinds <= {int}:
        return cast("list[int]", list(column))
    if kinds <= {int, type(None)}:
        return [value or 0 for value in cast("tuple[int | None, ...]", column)]
    return [int(value) if isinstance(value, int | Decimal) else 0 for value in column]


def _days(rows: Rows, code: str, blank: date) -> list[date]:
    """A column of days; ``blank`` stands where nothing is written."""
    column = rows.column(code)
    if set(map(type, column)) <= {date}:
        return cast("list[date]", list(column))
    return [value if type(value) is date else blank for value in column]


def _within(days: list[date], start: date, end: date) -> list[bool]:
    return [start <= day <= end for day in days]


def _events(unit_year: UnitYear, before: UnitYear | None, code: str, day_field: str, start: date, end: date) -> Rows:
    """The rows of a table dated within the period, from one or two workbooks."""
    newest = _dated(unit_year.table(code), day_field, start, end)
    if before is None or not len(before.table(code)):
        return newest
    older = _dated(before.table(code), day_field, start, end)
    known = set(_natural_keys(unit_year.table(code)))
    fresh = [index for index, key in enumerate(_natural_keys(older)) if key not in known]
    return _joined(_chosen(older, fresh), newest)


def _natural_keys(rows: Rows) -> list[tuple[Cell, ...]]:
    return list(zip(*(rows.column(code) for code in BY_CODE[rows.table].natural_key), strict=True))


def _dated(rows: Rows, day_field: str, start: date, end: date) -> Rows:
    if not len(rows):
        return rows
    inside = _within(_days(rows, day_field, NEVER), start, end)
    if all(inside):
        return rows
    return _chosen(rows, [index for index, yes in enumerate(inside) if yes])


def _chosen(rows: Rows, indexes: list[int]) -> Rows:
    columns = {code: tuple([column[index] for index in indexes]) for code, column in rows.columns.items()}
    return Rows(
        rows.table,
        tuple([rows.rids[index] for index in indexes]),
        columns,
        tuple([rows.lines[index] for index in indexes]),
    )


def _joined(first: Rows, second: Rows) -> Rows:
    codes = first.columns.keys() | second.columns.keys()
    columns = {code: first.column(code) + second.column(code) for code in codes}
    return Rows(second.table, first.rids + second.rids, columns, first.lines + second.lines)


# --- tables -----------------------------------------------------------------------------------------------------


def _organisations(rows: Rows, start: date, end: date) -> dict[str, object]:
    """TS-02, M02..M04. Active: opened by the day and not closed; an association: founded by the day, not dissolved.

    A founding or opening day that is blank counts as long ago. M02 counts the three kinds the plan names.
    """
    if not len(rows):
        return {}
    kinds = rows.column("LOAI_HINH")
    founded = _days(rows, "NGAY_TL", ALWAYS)
    here = [
        opened <= end < closed
        for opened, closed in zip(_days(rows, "NGAY_HD", ALWAYS), _days(rows, "NGAY_NGUNG", NEVER), strict=True)
    ]
    member = [
        there and flag == "C" and since <= end < until
        for there, flag, since, until in zip(
            here, rows.column("CO_HOI"), founded, _days(rows, "NGAY_GT", NEVER), strict=True
        )
    ]
    people = [_numbers(rows, code) for code in ("HOI_VIEN", "TNV", "TTN", "CTV")]
    active = Counter(kind for kind, there in zip(kinds, here, strict=True) if there)
    associated = Counter(kind for kind, has in zip(kinds, member, strict=True) if has)
    levels = [level in ("TW", "T") for level in rows.column("CAP_QL")]
    above = Counter(kind for kind, there, high in zip(kinds, here, levels, strict=True) if there and high)
    above_with = Counter(kind for kind, has, high in zip(kinds, member, levels, strict=True) if has and high)
    groups = {}
    for kind in sorted(str(kind) for kind in active if kind is not None):
        chosen = [there and value == kind for there, value in zip(here, kinds, strict=True)]
        totals = [sum([n for n, yes in zip(numbers, chosen, strict=True) if yes]) for numbers in people]
        groups[kind] = Associations(active[kind], associated[kind], above[kind], above_with[kind], *totals)
    return {
        "associations": groups,
        "grades": _counts(grade for grade, has in zip(rows.column("XEP_LOAI"), member, strict=True) if has),
        "new_associations": sum(
            has and since >= start and kind in ("CQ", "DV", "TH")
            for has, since, kind in zip(member, founded, kinds, strict=True)
        ),
    }


def _counts(values: Iterable[Cell]) -> dict[str, int]:
    counted = Counter(str(value) for value in values if isinstance(value, str))
    return dict(sorted(counted.items()))


def _addresses(rows: Rows, start: date, end: date) -> dict[str, object]:
    """TS-03's denominator and M05: surveyed by the end, updated within the twelve months before, not ended earlier.

    An address that ended during the period stays in. Without consent (``DONG_Y`` = K) it is counted and its hash left
    behind. An address whose state says "ended" without a day still counts: nobody knows when it ended.
    """
    if not len(rows):
        return {}
    fresh_from = months_before(end)
    surveyed, updated = _days(rows, "NGAY_KS", NEVER), _days(rows, "NGAY_CN", NEVER)
    still = [
        since <= end and start <= until for since, until in zip(surveyed, _days(rows, "NGAY_KT", NEVER), strict=True)
    ]
    counted = [there and fresh_from <= when <= end for there, when in zip(still, updated, strict=True)]
    codes = folded(rows.column("MA_DC"))
    hashes = [
        key if agreed == "C" and isinstance(key, str) else ""
        for key, agreed in zip(rows.column("BAM"), rows.column("DONG_Y"), strict=True)
    ]
    kept = {f"{code}|{key}" for code, key, yes in zip(codes, hashes, counted, strict=True) if yes}
    return {
        "households": "\n".join(sorted(kept)),
        "surveyed_new": sum(_within(surveyed, start, end)),
        "updated": sum(_within(updated, start, end)),
        "stale": sum(still) - sum(counted),
    }


def _supports(rows: Rows) -> dict[str, object]:
    """TS-03's numerator, TS-14's second part, M10 and M13.

    Being helped needs no money: a value of 0 counts. TS-14 adds what was neither entered as an activity nor passed on
    by a higher level. Names of organisations are kept to count each once across units; private persons only by number.
    """
    if not len(rows):
        return {}
    values, sources, linked = _numbers(rows, "GIA_TRI"), rows.column("NGUON"), rows.column("MA_HD")
    organisations: set[str] = set()
    persons: set[str] = set()
    if any(rows.column("NHA_TAI_TRO")):
        for name, kind in zip(folded(rows.column("NHA_TAI_TRO")), rows.column("LOAI_NTT"), strict=True):
            if name:
                (persons if kind == "CN" else organisations).add(name)
    return {
        "helped": "\n".join(sorted(set(folded(rows.column("MA_DC"))) - {""})),
        "support": sum(
            [v for v, source, code in zip(values, sources, linked, strict=True) if not code and source != "CTC"]
        ),
        "support_passed_on": sum(
            [v for v, source, code in zip(values, sources, linked, strict=True) if not code and source == "CTC"]
        ),
        "support_all": sum(values),
        "support_livelihood": sum(
            [v for v, livelihood in zip(values, rows.column("SINH_KE"), strict=True) if livelihood == "C"]
        ),
        "sponsors": tuple(sorted(organisations)),
        "sponsors_private": len(persons),
    }


def _activities(rows: Rows) -> tuple[Activities, ...]:
    """Sums by kind, campaign and organ flag; activities recorded at the city level stay apart under their code."""
    if not len(rows):
        return ()
    sums: dict[tuple[str, str, bool, str], list[int]] = {}
    numbers = zip(
        *(_numbers(rows, code) for code in ("LUOT", "TIEN", "HIEN_VAT", "NGAY_CONG", "CAP_TREN")), strict=True
    )
    names = zip(
        rows.column("LOAI"),
        rows.column("PHONG_TRAO"),
        rows.column("LONG_GHEP"),
        rows.column("CAP_GHI"),
        folded(rows.column("MA_HD")),
        strict=True,
    )
    for (kind, campaign, organs, level, code), (people, cash, goods, labour, above) in zip(names, numbers, strict=True):
        key = (kind or "", campaign or "", organs == "C", code if level == "TP" else "")
        total = sums.get(key)  # type: ignore[arg-type]
        if total is None:
            sums[key] = [1, people, cash, goods, labour, above]  # type: ignore[index]
            continue
        total[0] += 1
        total[1] += people
        total[2] += cash
        total[3] += goods
        total[4] += labour
        total[5] += above
    return tuple(Activities(*key, *total) for key, total in sorted(sums.items()))


def _tet(rows: Rows, end: date) -> tuple[TetGifts, ...]:
    """Tết gifts handed over by ``end``, by the year of the Tết they were for."""
    kinds = rows.column("LOAI")
    if "QT" not in kinds:
        return ()
    counted = Counter(
        (year, code if level == "TP" else "")
        for kind, year, day, code, level in zip(
            kinds,
            rows.column("NAM_TET"),
            _days(rows, "NGAY_BD", NEVER),
            folded(rows.column("MA_HD")),
            rows.column("CAP_GHI"),
            strict=True,
        )
        if kind == "QT" and isinstance(year, int) and day <= end
    )
    return tuple(TetGifts(year, code, number) for (year, code), number in sorted(counted.items()))


def _sessions(rows: Rows) -> tuple[Session, ...]:
    """Blood drives of the period. A bag is a bag whatever its volume; platelets are shown and never added."""
    if not len(rows):
        return ()
    parts = zip(
        folded(rows.column("MA_DOT")),
        [day.isoformat() for day in _days(rows, "NGAY", NEVER)],
        _numbers(rows, "DANG_KY"),
        _numbers(rows, "DEN_HIEN"),
        _numbers(rows, "TIEP_NHAN"),
        *(_numbers(rows, code) for code in ("TUI_250", "TUI_350", "TUI_450", "TIEU_CAU", "HUY")),
        [state == "TAM_TINH" for state in rows.column("TINH_TRANG")],
        strict=True,
    )
    return tuple(sorted(map(Session._make, parts)))


def _fund(unit_year: UnitYear, end: date) -> dict[str, object]:
    """TS-12 and TS-13: the opening balance and the book's entries up to ``end``, earmarked money apart.

    A book without a cover, as the city keeps it in its master, may open with a line of its own (item ``T0``); beside
    a balance on the cover that line says the same thing twice and is passed over.
    """
    stated = unit_year.cover.get("DU_DAU")
    opening = int(stated) if isinstance(stated, int | Decimal) else None
    rows = unit_year.table("QUY")
    if not len(rows):
        return {"opening": opening}
    opening_line = 0
    totals: Counter[tuple[Cell, bool]] = Counter()
    for day, flow, item, amount, earmarked in zip(
        _days(rows, "NGAY", NEVER),
        rows.column("THU_CHI"),
        rows.column("KHOAN_MUC"),
        _numbers(rows, "SO_TIEN"),
        rows.column("MUC_DICH"),
        strict=True,
    ):
        if item == OPENING_LINE:
            opening_line += amount
        elif day <= end:
            totals[flow, earmarked == "C"] += amount
    if opening is None and OPENING_LINE in rows.column("KHOAN_MUC"):
        opening = opening_line
    return {
        "opening": opening,
        "income": totals["T", False],
        "spending": totals["C", False],
        "earmarked_income": totals["T", True],
        "earmarked_spending": totals["C", True],
        "transfers": _transfers(rows, end),
    }


def _transfers(rows: Rows, end: date) -> tuple[Transfer, ...]:
    partners = rows.column("CHUYEN")
    if not any(partners):
        return ()
    totals: Counter[tuple[str, str]] = Counter()
    for partner, day, flow, amount in zip(
        folded(partners), _days(rows, "NGAY", NEVER), rows.column("THU_CHI"), _numbers(rows, "SO_TIEN"), strict=True
    ):
        if partner and isinstance(flow, str) and day <= end:
            totals[partner, flow] += amount
    return tuple(Transfer(*key, amount) for key, amount in sorted(totals.items()))


def _teams(rows: Rows, end: date) -> dict[str, Teams]:
    """TS-06, TS-07, M06: teams at work on the day; a blank founding day counts as long ago."""
    if not len(rows):
        return {}
    groups: dict[str, list[int]] = {}
    for kind, founded, working, effective, members in zip(
        rows.column("LOAI"),
        _days(rows, "NGAY_TL", ALWAYS),
        rows.column("CON_HD"),
        rows.column("HIEU_QUA"),
        _numbers(rows, "THANH_VIEN"),
        strict=True,
    ):
        if working != "C" or founded > end or not isinstance(kind, str):
            continue
        total = groups.setdefault(kind, [0, 0, 0])
        total[0] += 1
        total[1] += effective == "C"
        total[2] += members
    return {kind: Teams(*total) for kind, total in sorted(groups.items())}


def _tasks(rows: Rows) -> dict[str, str]:
    """The state of each task the unit answered for."""
    return {
        code: state
        for code, state in zip(folded(rows.column("MA_NV")), rows.column("TRANG_THAI"), strict=True)
        if code and isinstance(state, str)
    }


def _staff(rows: Rows, end: date) -> int:
    """TS-01: full-time officers on the day, in heads; who does it beside another post is not one."""
    return sum(
        full_time == "C" and since <= end < until
        for full_time, since, until in zip(
            rows.column("CHUYEN_TRACH"), _days(rows, "TU_NGAY", NEVER), _days(rows, "DEN_NGAY", NEVER), strict=True
        )
    )
