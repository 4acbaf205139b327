"""The whole picture of a year: every target for the group and for every unit, observed and judged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from xl_ctd.core.attainment import judge
from xl_ctd.core.books import GROUP, Books, Tallies
from xl_ctd.core.indicators import first_year, observe_in, of_unit
from xl_ctd.core.periods import year_of
from xl_ctd.core.setup import Setup
from xl_ctd.core.targets import Aggregation, Caveat, Certainty, Judgement, Observation, Status, Target

JUDGED_PER_UNIT = frozenset({"TS-02", "TS-03", "TS-04", "TS-10", "TS-12"})
"""Targets that the plan sets, or shows, for each ward as well; the others are the whole area's."""

NOT_JUDGED = Judgement(Status.NOT_APPLICABLE, Certainty.CERTAIN, None, None)


@dataclass(frozen=True, slots=True)
class Figure:
    """One target in one year for one unit, ``GROUP`` for all of them: what was seen, and what it means."""

    year: int
    uid: str
    target_id: str
    observation: Observation
    judgement: Judgement


def score(setup: Setup, tallies: Tallies, year: int, *, as_of: date | None = None) -> tuple[Figure, ...]:
    """Judge every target for the group and every unit that owes this year's workbook, group first, official order.

    ``as_of`` None looks at the year when it is over. A ward has a figure for every target but the city's own; it is
    judged only on those the plan sets for wards too, for nobody asks 800 units of blood of one ward. The city has a
    figure where rows of its own add to the whole.
    """
    books = Books(setup, tallies, as_of or date.max)
    figures = group_figures(books, year)
    for unit in setup.units.expected_in(year):
        figures += unit_figures(books, year, unit.uid)
    return tuple(figures)


def group_figures(books: Books, year: int) -> list[Figure]:
    """Every target of the whole group, and what the city's own rows add to it."""
    return [figure_of(books, target, year) for target in books.setup.targets] + _of_city(books, year)


def unit_figures(books: Books, year: int, uid: str) -> list[Figure]:
    """Every target that makes sense for one unit."""
    return [figure_of(books, target, year, uid) for target in books.setup.targets if of_unit(target)]


def _of_city(books: Books, year: int) -> list[Figure]:
    """What the city's own rows add to the units' figures, so that the parts make up the whole. Never judged.

    What each unit must reach by itself has no such part: the city's fund has a target of its own.
    """
    city = books.setup.units.city
    shared = [target for target in books.setup.targets if target.aggregation is not Aggregation.PER_UNIT]
    targets = [target for target in shared if of_unit(target)]
    seen = [(target, observe_in(books, target, year, city)) for target in targets]
    return [Figure(year, city, target.id, one, NOT_JUDGED) for target, one in seen if one.value is not None]


def figure_of(books: Books, target: Target, year: int, uid: str = GROUP) -> Figure:
    """One target of one year, judged on the last day of the reporting year or on the books' day before it."""
    seen = observe_in(books, target, year, uid)
    if uid != GROUP and target.id not in JUDGED_PER_UNIT:
        return Figure(year, uid, target.id, seen, NOT_JUDGED)
    judged_year = year if seen.frozen_at is None else seen.frozen_at
    period = year_of(judged_year, target.calendar)
    own = replace(target, base_year=first_year(target, books.setup, uid, judged_year)) if seen.per_year else target
    as_of = min(period.end, books.as_of)
    judged = judge(own, seen, as_of=as_of, period=period, base=_base(books, target, judged_year, uid))
    return Figure(year, uid, target.id, seen, judged)


def _base(books: Books, target: Target, year: int, uid: str) -> Fraction | None:
    """What was observed in the year a trajectory starts from, unless the office stated a base value."""
    if target.base_year is None or target.due_year is None or target.base_value is not None:
        return None
    return None if target.base_year > year else observe_in(books, target, target.base_year, uid).value


def figure(figures: Iterable[Figure], target_id: str, uid: str = GROUP) -> Figure:
    """The figure of one target and unit. Raises ``KeyError`` when there is none."""
    for one in figures:
        if one.target_id == target_id and one.uid == uid:
            return one
    raise KeyError((target_id, uid))


def caveats_of(one: Figure, setup: Setup) -> tuple[Caveat, ...]:
    """What a reader of a figure must know, most important first; each names a sentence of the message catalogue."""
    seen = one.observation
    said = []
    if seen.frozen_at is not None:
        said.append(Caveat("caveat-frozen", {"year": str(seen.frozen_at)}))
    if seen.provisional:
        said.append(Caveat("caveat-provisional"))
    silent = [uid for uid in seen.missing if uid not in seen.carried]
    for code, uids in (("caveat-carried", list(seen.carried)), ("caveat-missing", silent)):
        if uids:
            said.append(Caveat(code, {"units": ", ".join(_name(setup, uid) for uid in uids)}))
    return (*said, *seen.caveats)


def _name(setup: Setup, uid: str) -> str:
    unit = setup.units.by_uid.get(uid)
    return unit.name if unit is not None else uid
