"""What was observed for a target, over a unit or the whole group: counting rules, missing reports, caveats.

Missing reports follow the interval rule: a sum of events is only bounded from below; a ratio is bounded by giving the
missing units' last known denominators to neither or to all of its numerator; a floor knows the share of its units.
How an observation is judged is in ``attainment.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from xl_ctd.core.books import GROUP, Books, Tallies
from xl_ctd.core.codes import IN_TS02_DENOMINATOR
from xl_ctd.core.setup import Setup
from xl_ctd.core.tallies import Session, Tally
from xl_ctd.core.targets import Caveat, Observation, Target
from xl_ctd.core.units import Unit


def observe(
    target: Target, tallies: Tallies, setup: Setup, year: int, as_of: date | None = None, *, uid: str = GROUP
) -> Observation:
    """What the tallies say about a target in a year, for the group or for one unit.

    A target we have no counting rule for is observed as "nothing reported".
    """
    return observe_in(Books(setup, tallies, as_of or date.max), target, year, uid)


def observe_in(books: Books, target: Target, year: int, uid: str = GROUP) -> Observation:
    """``observe`` over books that are already open, for whoever asks many questions of them."""
    count = COUNTING.get(target.id)
    if count is None:
        return Observation(None)
    if target.frozen_from is not None and year >= target.frozen_from:
        last = target.frozen_from - 1
        return replace(observe_in(books, target, last, uid), frozen_at=last)
    return count(_Question(books, target, year, uid))


def of_unit(target: Target) -> bool:
    """Does the target make sense for one ward? Those of the city's own staff and fund do not."""
    return target.id not in ("TS-01", "TS-13")


@dataclass(frozen=True, slots=True)
class _Question:
    """One target, one year, one unit or the group."""

    books: Books
    target: Target
    year: int
    uid: str

    @property
    def calendar(self) -> str:
        return self.target.calendar

    def tally(self, uid: str, back: int = 0) -> Tally | None:
        return self.books.of(uid, self.year - back, self.calendar)

    def owing(self, *, stock: bool = False) -> tuple[Unit, ...]:
        if self.uid == GROUP:
            return self.books.owing(self.year, self.calendar, stock=stock)
        unit = self.books.setup.units.by_uid.get(self.uid)
        return () if unit is None else (unit,)

    def extra(self) -> list[Tally]:
        """The city's own rows, which no ward reports."""
        city = self.books.city(self.year, self.calendar) if self.uid == GROUP else None
        return [city] if city is not None else []

    def chosen(self, code: str, default: str) -> str:
        return self.books.setup.convention(code, default)


@dataclass(frozen=True, slots=True)
class _Reports:
    """Who answered: tallies to count (the city's own among them), and the units that are missing."""

    counted: list[Tally]
    expected: int
    missing: tuple[str, ...]

    @property
    def reported(self) -> int:
        return self.expected - len(self.missing)


def _reports(asked: _Question, *tables: str, stock: bool = False) -> _Reports:
    """Whoever answered at least one of these tables; the others are missing."""
    owing = asked.owing(stock=stock)
    found = {unit.uid: asked.tally(unit.uid) for unit in owing}
    answered = [one for one in found.values() if one is not None and any(map(one.answers, tables))]
    known = {one.uid for one in answered}
    return _Reports(answered + asked.extra(), len(owing), tuple(uid for uid in found if uid not in known))


# --- shapes -----------------------------------------------------------------------------------------------------


def _sum(reports: _Reports, value: Fraction | int, *, provisional: bool = False) -> Observation:
    """A sum of events: what came in is the least it can be; what is missing can only add to it."""
    if not value and not any(map(_says_anything, reports.counted)):
        return _nothing(reports)
    total = Fraction(value)
    return Observation(
        value=total,
        low=total,
        high=None if reports.missing else total,
        open_above=bool(reports.missing),
        reported=reports.reported,
        expected=reports.expected,
        missing=reports.missing,
        provisional=provisional,
    )


def _says_anything(one: Tally) -> bool:
    return one.submitted or bool(one.tables)


def _nothing(reports: _Reports) -> Observation:
    return Observation(None, reported=reports.reported, expected=reports.expected, missing=reports.missing)


def _ratio(
    known: tuple[int, int], carried: tuple[int, int], unknown: int | None, reports: _Reports, names: Sequence[str] = ()
) -> Observation:
    """ΣN/ΣD with its bounds. ``carried`` is last year's (N, D) of missing units and ``unknown`` the denominators of
    units whose numerator nobody knows; None when not even those are known, and then the ratio may be anything."""
    top, bottom = known[0] + carried[0], known[1] + carried[1]
    widest = None if unknown is None else known[1] + carried[1] + unknown
    shared = {
        "reported": reports.reported,
        "expected": reports.expected,
        "missing": reports.missing,
        "carried": tuple(names),
    }
    if not widest and reports.missing:
        low: Fraction | None = Fraction(0)
        high: Fraction | None = Fraction(1)
    elif not widest:
        low = high = None
    else:
        low, high = Fraction(known[0], widest), Fraction(known[0] + widest - known[1], widest)
    if bottom == 0:
        nothing_there = not reports.missing and reports.expected > 0
        return Observation(
            None,
            Fraction(0) if nothing_there else None,
            Fraction(0) if nothing_there else None,
            low=low,
            high=high,
            not_applicable=nothing_there,
            **shared,  # type: ignore[arg-type]
        )
    return Observation(Fraction(top, bottom), Fraction(top), Fraction(bottom), low, high, **shared)  # type: ignore[arg-type]


# --- the fourteen targets -----------------------------------------------------------------------------------------


def _full_time_staff(asked: _Question) -> Observation:
    """TS-01: the city's full-time officers on the day."""
    city = asked.books.city(asked.year, asked.calendar)
    if city is None or not city.answers("CAN_BO"):
        return Observation(None, expected=1, missing=(asked.books.setup.units.city,))
    return _certain(city.full_time_staff)


def _certain(value: int | Fraction) -> Observation:
    exact = Fraction(value)
    return Observation(exact, low=exact, high=exact, reported=1, expected=1)


def _associations(asked: _Question) -> Observation:
    """TS-02: associations / organisations. A missing unit's stock of last year stands in, once, and says so."""
    kinds = IN_TS02_DENOMINATOR | ({"DN"} if asked.chosen("TS02_DOANH_NGHIEP", "K") == "C" else set())
    with_above = asked.chosen("TS02_CAP_TREN", "C") == "C"

    def parts(tallies: Iterable[Tally]) -> tuple[int, int]:
        groups = [group for one in tallies for kind, group in one.associations.items() if kind in kinds]
        left_out = 0 if with_above else 1
        return (
            sum(group.with_association - left_out * group.above_with for group in groups),
            sum(group.active - left_out * group.above for group in groups),
        )

    reports = _reports(asked, "DON_VI", stock=True)
    stand_ins = {uid: _stand_in(asked, uid, "DON_VI") for uid in reports.missing}
    carried = [one for found in stand_ins.values() for one in found]
    names = [uid for uid, found in stand_ins.items() if found]
    unknown = 0 if len(names) == len(reports.missing) else None
    return _ratio(parts(reports.counted), parts(carried), unknown, reports, names)


def _stand_in(asked: _Question, uid: str, table: str) -> list[Tally]:
    """Last year's stock of a missing unit; for a new unit that of all it took over. Never older than one year."""
    own = asked.tally(uid, back=1)
    if own is not None and own.answers(table):
        return [own]
    found = []
    for old in asked.books.predecessors.get(uid, ()):
        candidates = [one for one in (asked.tally(old), asked.tally(old, back=1)) if one and one.answers(table)]
        if not candidates:
            return []
        found.append(candidates[0])
    return found


def _supported_addresses(asked: _Question) -> Observation:
    """TS-03: different addresses helped in the period / addresses surveyed and up to date; one household once."""
    reports = _reports(asked, "DIA_CHI", stock=True)
    homes = asked.books.households(reports.counted, asked.year, asked.calendar)
    stand_ins = {uid: _stand_in(asked, uid, "DIA_CHI") for uid in reports.missing}
    unsure = homes.unknown + sum(one.address_count() for found in stand_ins.values() for one in found)
    known = None if not all(stand_ins.values()) else unsure
    silent = _without_support(asked, reports)
    reports = _Reports(reports.counted, reports.expected, reports.missing + silent)
    return _ratio((homes.helped, homes.total), (0, 0), known, reports)


def _without_support(asked: _Question, reports: _Reports) -> tuple[str, ...]:
    """Units that listed addresses but neither a support nor a word that there was none."""
    silent = []
    for one in reports.counted:
        old = (asked.tally(uid) for uid in asked.books.predecessors.get(one.uid, ()))
        if one.households and not any(source.answers("HO_TRO") for source in (one, *filter(None, old))):
            silent.append(one.uid)
    return tuple(silent)


def _maintained(counted: Callable[[_Question], int]) -> Callable[[_Question], Observation]:
    """TS-04, TS-05: every year since the base year. A year without any is a "no" only when all units answered; until
    then nobody knows."""

    def count(asked: _Question) -> Observation:
        first = first_year(asked.target, asked.books.setup, asked.uid, asked.year)
        chain: dict[int, bool | None] = {}
        for year in range(first, asked.year + 1):
            then = replace(asked, year=year)
            chain[year] = True if counted(then) else (False if _is_complete(then) else None)
        reports = _reports(asked, "HOAT_DONG")
        return replace(_sum(reports, counted(asked)), per_year=chain)

    return count


def first_year(target: Target, setup: Setup, uid: str, year: int) -> int:
    """The first year of a chain: the target's base year, or the year a unit came to be when that is later."""
    unit = setup.units.by_uid.get(uid)
    born = unit.valid_from.year if unit is not None and unit.valid_from is not None else 0
    return min(max(target.base_year or year, born), year)


def _is_complete(asked: _Question) -> bool:
    reports = _reports(asked, "HOAT_DONG")
    units = asked.books.setup.units.by_uid
    before = [asked.tally(uid) for uid in _taken_over(asked) if uid in units and units[uid].valid_in(asked.year)]
    answered = all(one is not None and one.answers("HOAT_DONG") for one in before)
    return reports.expected > 0 and not reports.missing and answered


def _tet_gifts(asked: _Question) -> int:
    """TS-04: gifts for the Tết of this year, whether handed over this year or in December before.

    A new ward goes on with what the wards it took over had kept up: it was not there yet when their year began.
    """
    own, shared = 0, set()
    for uid in _everybody(asked):
        for back in (0, 1):
            one = asked.tally(uid, back)
            for gifts in one.tet if one else ():
                if gifts.year != asked.year:
                    continue
                if gifts.code:
                    shared.add(gifts.code)
                else:
                    own += gifts.number
    return own + len(shared)


def _everybody(asked: _Question) -> tuple[str, ...]:
    units = asked.books.setup.units
    return (*units.members, units.city) if asked.uid == GROUP else (asked.uid, *_taken_over(asked))


def _taken_over(asked: _Question) -> tuple[str, ...]:
    return asked.books.predecessors.get(asked.uid, ())


def _activity_count(kind: str) -> Callable[[_Question], int]:
    def count(asked: _Question) -> int:
        reports = _reports(asked, "HOAT_DONG")
        return sum(entry.number for entry in asked.books.together(reports.counted) if entry.kind == kind)

    return count


def _teams(kind: str, *, effective: bool) -> Callable[[_Question], Observation]:
    """TS-06, TS-07: teams at work on the day; a missing unit's teams of last year stand in, but are not certain."""

    def count(asked: _Question) -> Observation:
        reports = _reports(asked, "DOI_MO_HINH", stock=True)
        stand_ins = {uid: _stand_in(asked, uid, "DOI_MO_HINH") for uid in reports.missing}
        carried = [one for found in stand_ins.values() for one in found]
        seen = _sum(reports, number(reports.counted))
        if not carried:
            return seen
        return replace(
            seen,
            value=Fraction(number(reports.counted) + number(carried)),
            low=Fraction(number(reports.counted)),
            open_above=True,
            carried=tuple(uid for uid, found in stand_ins.items() if found),
        )

    def number(tallies: Iterable[Tally]) -> int:
        groups = [one.teams[kind] for one in tallies if kind in one.teams]
        return sum(group.effective if effective else group.number for group in groups)

    return count


def _blood_units(asked: _Question) -> Observation:
    """TS-08: bags received less those discarded, platelets apart; provisional while any drive awaits its tests."""
    reports = _reports(asked, "HIEN_MAU")
    drives = asked.books.drives(reports.counted)
    discards = asked.chosen("TS08_AN_TOAN", "TRU_HUY") == "TRU_HUY"
    return _sum(
        reports,
        _bags(drives, asked) - (drives.discarded if discards else 0),
        provisional=drives.provisional,
    )


def _bags(drives: Session, asked: _Question) -> Fraction:
    small, middle, large = (1, 1, 1) if asked.chosen("TS08_DON_VI", "TUI") == "TUI" else (250, 350, 450)
    platelets = small if asked.chosen("TS08_TIEU_CAU", "K") == "C" else 0
    weighed = drives.bags_250 * small + drives.bags_350 * middle + drives.bags_450 * large
    return Fraction(weighed + drives.platelets * platelets, small)


def _donors(asked: _Question) -> Observation:
    """TS-09: donations (or, as the office chose, units) / population. Distinct persons would need names we never
    hold, so that choice has no figure."""
    variant = asked.chosen("TS09_BIEN_THE", "LUOT")
    reports = _reports(asked, "HIEN_MAU")
    people = asked.books.population(asked.uid, asked.year)
    if variant == "NGUOI" or people is None:
        why = "caveat-no-distinct-donors" if people else "caveat-no-population"
        return replace(_nothing(reports), caveats=(Caveat(why, {"year": str(asked.year)}),))
    drives = asked.books.drives(reports.counted)
    given = _bags(drives, asked) if variant == "DON_VI" else Fraction(drives.received)
    seen = _sum(reports, given / people[0])
    if seen.value is None:
        return seen
    caveats = (Caveat("caveat-population-year", {"year": str(people[1])}),) if people[1] != asked.year else ()
    return replace(seen, numerator=given, denominator=Fraction(people[0]), caveats=caveats)


def _with_organs(asked: _Question) -> Observation:
    """TS-10: activities that also speak of donating organs and tissue."""
    reports = _reports(asked, "HOAT_DONG")
    return _sum(reports, sum(entry.number for entry in asked.books.together(reports.counted) if entry.with_organs))


def _organ_donors(asked: _Question) -> Observation:
    """TS-11: registrations less withdrawals since the plan began; a year that units still owe leaves it open above."""
    total, open_years = 0, []
    for year in range(min(asked.books.setup.plan.first_year, asked.year), asked.year + 1):
        then = _reports(replace(asked, year=year), "HIEN_MO_TANG")
        total += sum(one.organs_registered - one.organs_withdrawn for one in then.counted)
        if then.missing:
            open_years.append(year)
    seen = _sum(_reports(asked, "HIEN_MO_TANG"), total)
    if seen.value is None or not open_years:
        return seen
    return replace(seen, high=None, open_above=True)


def balance(one: Tally, setup: Setup, *, opening: int | None = None) -> Fraction | None:
    """A fund's balance: opening + income − spending, earmarked money apart by default.

    None when the opening balance is not known, or when the unit sent neither an entry nor a word that there was none.
    """
    start = one.opening if one.opening is not None else opening
    if start is None or not one.answers("QUY"):
        return None
    total = start + one.income - one.spending
    if setup.convention("TS12_QUY_MUC_DICH", "K") == "C":
        total += one.earmarked_income - one.earmarked_spending
    return Fraction(total)


def _fund_floor(asked: _Question) -> Observation:
    """TS-12: every grassroots association's own balance; the smallest is shown, the mean never."""
    found = {unit.uid: asked.tally(unit.uid) for unit in asked.owing(stock=True)}
    setup = asked.books.setup
    balances = {uid: balance(one, setup) if one is not None else None for uid, one in found.items()}
    known = [value for value in balances.values() if value is not None]
    missing = tuple(uid for uid, value in balances.items() if value is None)
    least = min(known, default=None)
    return Observation(
        value=least,
        low=None if missing else least,
        high=least,
        reported=len(known),
        expected=len(balances),
        missing=missing,
        per_unit=balances,
    )


def _city_fund(asked: _Question) -> Observation:
    """TS-13: the city's own book. Without an opening balance on the cover, last year's closing opens it."""
    closing = city_balance(asked.books, asked.year, asked.calendar)
    if closing is None:
        return Observation(None, expected=1, missing=(asked.books.setup.units.city,))
    return _certain(closing)


def city_balance(books: Books, year: int, calendar: str) -> Fraction | None:
    """The city's balance at the end of a year, None when no opening balance was ever stated."""
    one = books.city(year, calendar)
    if one is None:
        return None
    opening = one.opening
    if opening is None and year > books.setup.plan.first_year:
        before = city_balance(books, year - 1, calendar)
        opening = int(before) if before is not None else None
    return balance(replace(one, submitted=True, committed=True), books.setup, opening=opening)


def _humanitarian_value(asked: _Question) -> Observation:
    """TS-14: activities and supports of all levels, each đồng once: what came from above was counted above.

    A support that names its activity is part of that activity. Labour and blood have no price by default.
    """
    reports = _reports(asked, "HOAT_DONG", "HO_TRO")
    return _sum(reports, humanitarian_value(asked.books, reports.counted))


def humanitarian_value(books: Books, tallies: Sequence[Tally]) -> int:
    """Đồng that activities and supports were worth, internal transfers netted unless the office chose otherwise."""
    labour = books.setup.convention("TS14_NGAY_CONG", "K") == "C"
    netted = books.setup.convention("TS14_CHUYEN_NOI_BO", "TRU") == "TRU"
    total = sum(one.support + (0 if netted else one.support_passed_on) for one in tallies)
    for entry in books.together(tallies):
        total += entry.cash + entry.goods + (entry.labour if labour else 0) - (entry.from_above if netted else 0)
    return total


COUNTING: Mapping[str, Callable[[_Question], Observation]] = {
    "TS-01": _full_time_staff,
    "TS-02": _associations,
    "TS-03": _supported_addresses,
    "TS-04": _maintained(_tet_gifts),
    "TS-05": _maintained(_activity_count("KB")),
    "TS-06": _teams("SCC", effective=False),
    "TS-07": _teams("CSSK", effective=True),
    "TS-08": _blood_units,
    "TS-09": _donors,
    "TS-10": _with_organs,
    "TS-11": _organ_donors,
    "TS-12": _fund_floor,
    "TS-13": _city_fund,
    "TS-14": _humanitarian_value,
}
