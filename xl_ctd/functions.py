"""What staff type into a cell: each function hands over to the core and hands back its answer.

Arguments come read and exact (``arguments.py``), answers go out as cells (``calling.py``). A blank is not zero:
functions that need a figure answer ``#N/A`` where none is reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from xl_ctd import fast_columns as fast
from xl_ctd.arguments import (
    PLAIN,
    Options,
    answering,
    choice_of,
    figure,
    given,
    kind,
    many,
    number,
    one_of,
    optional,
    options,
    or_nothing,
    period,
    text,
    the_count,
    the_day,
    the_number,
    the_text,
    the_year,
)
from xl_ctd.arguments import day as a_day
from xl_ctd.cell_values import CannotAnswer
from xl_ctd.core.attainment import (
    AMBER_FROM,
    attainment_share,
    floor_statistics,
    gap,
    is_attained,
    light,
    milestone,
    pace,
    progress,
    ratio_of_sums,
    status_of,
    status_of_interval,
)
from xl_ctd.core.dates import parse_date
from xl_ctd.core.forecast import cagr, growth_forecast, linear_forecast, weighted_forecast
from xl_ctd.core.numbers import parse_money, parse_year
from xl_ctd.core.periods import CALENDARS, DEADLINE_DAYS, parse_period
from xl_ctd.core.targets import Certainty, Light, OverRange, Status, TargetKind, Trajectory
from xl_ctd.core.text import fold
from xl_ctd.core.words import money_in_words
from xl_ctd.facts import Facts
from xl_ctd.messages import message
from xl_ctd.registry import worksheet_function

Answer = Any
"""An exact number, a day, a word, a truth value or None for a blank cell."""

# --- figures of the master --------------------------------------------------------------------------------------


@worksheet_function(
    "GIATRI",
    given("ma", the_text),
    given("ky", period),
    optional("don_vi", the_text, ""),
    optional("che_do", one_of("GIATRI", "TU", "MAU", "THAP", "CAO"), "GIATRI"),
    reads_master=True,
    elementwise=True,
)
def value_of(facts: Facts, code: str, when: str, unit: str, mode: str) -> Answer:
    """The figure of a target, or a part of it. ``#N/A`` where nothing is reported."""
    return facts.value(code, when, unit, mode)


@worksheet_function(
    "MUCTIEU",
    given("ma", the_text),
    given("ky", period),
    optional("don_vi", the_text, ""),
    optional("ve", one_of("T", "L", "U"), ""),
    reads_master=True,
    elementwise=True,
)
def goal_of(facts: Facts, code: str, when: str, unit: str, side: str) -> Answer:
    """The threshold in force. ``#REF!`` for a code the plan does not have."""
    return facts.goal(code, when, unit, side)


# --- judging ----------------------------------------------------------------------------------------------------


@worksheet_function("TYLE", many("tu", number), many("mau", number))
def ratio(tops: Sequence[Decimal | None], bottoms: Sequence[Decimal | None]) -> Answer:
    """Σ/Σ of pairs; ``#N/A`` when one of a pair is blank, or all of them."""
    _same_length(tops, bottoms)
    nothing = all(one is None for one in (*tops, *bottoms))
    return _reported(None if nothing else ratio_of_sums(tops, bottoms))


_JUDGED = (
    given("gia_tri", number),
    given("loai", kind),
    given("muc_tieu", the_number),
    optional("can_tren", the_number),
    optional("tuy_chon", options, PLAIN),
)
_JUDGED_ANYWAY = (
    given("gia_tri", figure),
    given("loai", or_nothing(kind)),
    given("muc_tieu", or_nothing(number)),
    optional("can_tren", or_nothing(number)),
    optional("tuy_chon", or_nothing(options), PLAIN),
)


@worksheet_function("DAT", *_JUDGED, elementwise=True, whole_columns=fast.attained)
def attained(value: Decimal | None, by: TargetKind, goal: Decimal, upper: Decimal | None, how: Options) -> Answer:
    """Is the target attained?"""
    bound = _bound(by, upper)
    word = status_of(_reported(value), by, goal, upper=bound, strict=how.strict, over_range=how.over_range)
    return is_attained(word)


@worksheet_function(
    "MUCDAT",
    *_JUDGED[:4],
    optional("goc", the_number),
    _JUDGED[4],
    elementwise=True,
    whole_columns=fast.attainment,
)
def attainment(
    value: Decimal | None,
    by: TargetKind,
    goal: Decimal,
    upper: Decimal | None,
    base: Decimal | None,
    how: Options,
) -> Answer:
    """How much of the target is reached, or with a base value how much of the way from there; ``#NUM!`` if no way."""
    with answering("#NUM!", "function-no-share"):
        if base is not None:
            return progress(_reported(value), base, goal)
        return attainment_share(_reported(value), by, goal, upper=_bound(by, upper), over_range=how.over_range)


@worksheet_function("TRANGTHAI", *_JUDGED_ANYWAY, elementwise=True, fails=False, whole_columns=fast.status)
def status(
    value: Decimal | Status, by: TargetKind | None, goal: Decimal | None, upper: Decimal | None, how: Options | None
) -> Answer:
    """The word of the report: never an error, KHÔNG ÁP DỤNG where there is no rule to judge by."""
    if isinstance(value, Status):
        return value
    if by is None or goal is None or how is None or (by is TargetKind.RANGE and upper is None):
        return Status.NOT_APPLICABLE
    return status_of(value, by, goal, upper=upper, strict=how.strict, over_range=how.over_range)


@worksheet_function(
    "TRANGTHAI_KHOANG",
    given("thap_nhat", or_nothing(number)),
    given("cao_nhat", or_nothing(number)),
    *_JUDGED_ANYWAY[1:],
    elementwise=True,
    fails=False,
)
def status_between(
    low: Decimal | None,
    high: Decimal | None,
    by: TargetKind | None,
    goal: Decimal | None,
    upper: Decimal | None,
    how: Options | None,
) -> Answer:
    """What is certain while reports are missing; a blank upper end is no bound at all."""
    unclear = by is None or goal is None or how is None or (by is TargetKind.RANGE and upper is None)
    if by is None or goal is None or how is None or unclear or low is None or (high is not None and high < low):
        return Status.UNDECIDED
    word = status_of_interval(low, high, by, goal, upper=upper, strict=how.strict, over_range=how.over_range)
    return _certain(is_attained(word))


@worksheet_function(
    "CONTHIEU",
    *_JUDGED[:3],
    optional("mau", the_number),
    *_JUDGED[3:],
    elementwise=True,
    whole_columns=fast.shortfall,
)
def shortfall(
    value: Decimal | None,
    by: TargetKind,
    goal: Decimal,
    total: Decimal | None,
    upper: Decimal | None,
    how: Options,
) -> Answer:
    """What is still missing; for a ratio with its denominator so many whole things."""
    bound = _bound(by, upper) if how.over_range is OverRange.OUTSIDE else upper
    exactly = _as_divided(_reported(value), total)
    return gap(exactly, by, goal, upper=bound, strict=how.strict, over_range=how.over_range, denominator=total)


@worksheet_function(
    "LOTRINH",
    given("goc", the_number),
    given("nam_goc", the_year),
    given("dich", the_number),
    given("nam_dich", the_year),
    given("nam", the_year),
    optional("kieu", choice_of(Trajectory), Trajectory.LINEAR),
    elementwise=True,
)
def milestone_of(base: Decimal, base_year: int, goal: Decimal, goal_year: int, year: int, way: Trajectory) -> Answer:
    """What the trajectory asks for in a year."""
    with answering("#NUM!", "function-no-trajectory"):
        return milestone(base, base_year, goal, goal_year, year, way)


@worksheet_function(
    "NHIP",
    given("muc_tieu", the_number),
    given("tu_ngay", the_day),
    given("den_ngay", the_day),
    given("ngay", the_day),
    elementwise=True,
)
def pace_of(goal: Decimal, start: date, end: date, on: date) -> Answer:
    """What an even pace would have reached by the end of a day."""
    with answering("#NUM!", "function-ends-before-start"):
        return pace(goal, start, end, on)


@worksheet_function(
    "DEN",
    given("gia_tri", or_nothing(number)),
    given("moc", or_nothing(number)),
    optional("vang", or_nothing(number), AMBER_FROM),
    elementwise=True,
    fails=False,
    whole_columns=fast.lights,
)
def light_of(value: Decimal | None, mark: Decimal | None, amber: Decimal | Fraction | None) -> Answer:
    """On track or not; grey wherever that cannot be said."""
    return Light.GREY if amber is None else light(value, mark, amber)


@worksheet_function(
    "CAGR",
    given("dau", the_number),
    given("cuoi", the_number),
    given("so_nam", the_count),
    elementwise=True,
)
def growth(first: Decimal, last: Decimal, years: int) -> Answer:
    """The yearly growth rate from the first value to the last."""
    with answering("#NUM!", "function-no-growth"):
        return cagr(first, last, years)


_FORECASTS = {"TT": linear_forecast, "TRONGSO": weighted_forecast, "CAGR": growth_forecast}


@worksheet_function(
    "DUBAO",
    many("nam", parse_year),
    many("gia_tri", number),
    given("nam_dich", the_year),
    optional("kieu", one_of(*_FORECASTS), "TT"),
)
def forecast(years: Sequence[int | None], values: Sequence[Decimal | None], year: int, way: str) -> Answer:
    """Where a short series is heading; ``#N/A`` with fewer than two points."""
    points = _points(years, values)
    with answering("#NUM!", "function-no-forecast"):
        return _reported(_FORECASTS[way](points, year), "function-two-points")


@worksheet_function(
    "SAN",
    many("so_du", number),
    given("san", the_number),
    optional("kieu", one_of("TYLE", "CAO", "MIN", "THIEU", "DEM", "TRANGTHAI"), "TYLE"),
)
def floor_of(balances: Sequence[Decimal | None], bottom: Decimal, what: str) -> Answer:
    """A floor that every unit must reach; a blank is a unit that has not reported."""
    seen = floor_statistics(balances, bottom)
    if what == "TRANGTHAI":
        return _certain(False if seen.below else True if seen.meeting == seen.total else None)
    found = {"TYLE": seen.low, "CAO": seen.high, "THIEU": seen.shortfall, "DEM": seen.meeting}
    return _reported(seen.minimum) if what == "MIN" else found[what]


# --- reports ----------------------------------------------------------------------------------------------------


@worksheet_function("DAYDU", given("da_nop", the_count), given("phai_nop", the_count), elementwise=True)
def completeness(received: int, expected: int) -> Answer:
    """The share of reports that came in; ``#NUM!`` when more came in than were owed."""
    if received > expected:
        raise CannotAnswer("#NUM!", "function-more-than-owed")
    return Fraction(received, expected)


@worksheet_function("DUNGHAN", many("ngay_nop", a_day), many("han", the_day))
def timeliness(sent: Sequence[date | None], due: Sequence[date]) -> Answer:
    """The share of reports that came in time; a blank day is a report not sent. One deadline may serve for all."""
    limits = list(due) * len(sent) if len(due) == 1 else due
    _same_length(sent, limits)
    return Fraction(sum(on is not None and on <= by for on, by in zip(sent, limits, strict=True)), len(sent))


@worksheet_function("DUYNHAT", many("vung", text))
def distinct(names: Sequence[str | None]) -> Answer:
    """How many different names, whatever their case, marks and blanks."""
    return len({fold(name) for name in names if name is not None})


# --- reading and writing what people type -----------------------------------------------------------------------


@worksheet_function("SO", given("van_ban", number), elementwise=True, whole_columns=fast.numbers)
def number_of(value: Decimal | None) -> Answer:
    """The number, read strictly; a blank stays blank."""
    return value


@worksheet_function("TIEN", given("van_ban", parse_money), elementwise=True)
def money_of(amount: int | None) -> Answer:
    """The amount in whole đồng, read strictly."""
    return amount


@worksheet_function("NGAY", given("van_ban", parse_date), elementwise=True)
def day_of(on: date | None) -> Answer:
    """The day as Excel's number, read strictly."""
    return on


@worksheet_function("CHUAN", given("van_ban", text), elementwise=True)
def repaired(words: str | None) -> Answer:
    """The text with its letters and marks put right."""
    return words


@worksheet_function("KHONGDAU", given("van_ban", text), elementwise=True)
def folded(words: str | None) -> Answer:
    """The text without case and marks, for comparing."""
    return None if words is None else fold(words)


@worksheet_function("BANGCHU", given("so_tien", parse_money), elementwise=True)
def in_words(amount: int | None) -> Answer:
    """An amount of đồng in words."""
    return None if amount is None else money_in_words(amount)


@worksheet_function(
    "KY",
    given("ma_ky", period),
    given("lich", one_of(*CALENDARS)),
    given("phan", one_of("TU", "DEN", "HAN")),
    optional("cap", one_of(*DEADLINE_DAYS), "phuong"),
    elementwise=True,
)
def day_of_period(code: str, calendar: str, part: str, level: str) -> Answer:
    """The first day of a period, its last, or the day by which the report is due."""
    with answering("#VALUE!", "function-no-period", text=code):
        found = parse_period(code, calendar)
        return found.deadline(level) if part == "HAN" else found.start if part == "TU" else found.end


# --- looking things up in the master ----------------------------------------------------------------------------


@worksheet_function("NGUON", given("o", the_text), reads_master=True, elementwise=True)
def source_of(facts: Facts, place: str) -> Answer:
    """Where a figure comes from: file, sheet and cell."""
    return facts.source(place)


@worksheet_function(
    "DONVI",
    given("ma", the_text),
    given("ngay", the_day),
    optional("che_do", one_of("TEN", "KE_THUA", "TRUOC", "MA"), "TEN"),
    reads_master=True,
    elementwise=True,
)
def unit_of(facts: Facts, code: str, on: date, mode: str) -> Answer:
    """The name of a unit on a day, or who took over from it."""
    return facts.unit(code, on, mode)


@worksheet_function(
    "NHIEMVU",
    given("ma", the_text),
    optional("don_vi", the_text, ""),
    optional("ngay", the_day),
    reads_master=True,
    elementwise=True,
)
def task_of(facts: Facts, code: str, unit: str, on: date | None) -> Answer:
    """How a task stands, in words."""
    return facts.task(code, unit, on)


_SCORECARD = ("target", "name", "unit", "value", "goal", "attainment", "gap", "status", "light", "word", "coverage")


@worksheet_function(
    "BANGCHITIEU", given("ky", period), optional("don_vi", the_text, ""), reads_master=True, spills=True
)
def scorecard(facts: Facts, when: str, unit: str) -> Answer:
    """Every target of a year, a line each, below a line of headings."""
    headings = [message(f"scorecard-{field}") for field in _SCORECARD]
    return [headings, *([getattr(line, field) for field in _SCORECARD] for line in facts.scorecard(when, unit))]


# --- what several functions need --------------------------------------------------------------------------------


def _reported(value: Any, code: str = "function-not-reported") -> Any:
    if value is None:
        raise CannotAnswer("#N/A", code)
    return value


def _same_length(one: Sequence[object], other: Sequence[object]) -> None:
    if len(one) != len(other):
        raise CannotAnswer("#VALUE!", "function-ranges-differ")


def _points(years: Sequence[int | None], values: Sequence[Decimal | None]) -> list[tuple[int, Decimal]]:
    """Years with their values; a value without a year is refused rather than left out."""
    _same_length(years, values)
    points = []
    for at, value in zip(years, values, strict=True):
        if value is None:
            continue
        if at is None:
            raise CannotAnswer("#VALUE!", "function-value-without-year")
        points.append((at, value))
    return points


def _bound(by: TargetKind, upper: Decimal | None) -> Decimal | None:
    if by is TargetKind.RANGE and upper is None:
        raise CannotAnswer("#VALUE!", "function-no-upper-bound")
    return upper


def _certain(attained: bool | None) -> str:
    if attained is None:
        return Status.UNDECIDED
    return f"{Status.ATTAINED if attained else Status.NOT_ATTAINED} ({Certainty.CERTAIN})"


def _as_divided(value: Decimal, total: Decimal | None) -> Fraction:
    """The ratio of whole numbers that Excel rounded to fifteen digits when it divided them, else the value itself."""
    if not total or total != int(total):
        return Fraction(value)
    divided = Fraction(round(Fraction(value) * Fraction(total)), int(total))
    return divided if f"{float(divided):.15g}" == f"{float(value):.15g}" else Fraction(value)
