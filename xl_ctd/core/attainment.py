"""Judging: is a target attained, how far is it, what is still missing, and how sure is that.

Everything is compared on exact fractions, never on rounded figures. Pass or fail (``Status``) and on track or not
(``Light``) are different questions. The functions on plain values stand behind the worksheet functions and the
screens; ``judge`` puts them together for one target.

A plain value of None is "nothing reported" and is never taken for zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from math import ceil, floor

from xl_ctd.core.periods import CALENDARS, Period, PeriodKind, elapsed_share, period_of
from xl_ctd.core.targets import (
    Certainty,
    Judgement,
    Light,
    Observation,
    OverRange,
    Status,
    Target,
    TargetKind,
    Trajectory,
)

ROOT_DIGITS = 28
"""Significant digits where a root is needed (compound milestones, growth rates); all other results are exact."""

AT_MOST_TWICE = Fraction(2)
"""The attainment of a ceiling is capped: half of what is allowed is as good as none of it."""

AMBER_FROM = Fraction(9, 10)

Number = Fraction | Decimal | int


def exact(value: Number) -> Fraction:
    """A number as a fraction; Decimal and int lose nothing."""
    return Fraction(value)


# --- one figure -------------------------------------------------------------------------------------------------


def ratio_of_sums(numerators: Sequence[Number | None], denominators: Sequence[Number | None]) -> Fraction | None:
    """ΣN/ΣD over pairs: a pair of blanks is skipped, a pair with one blank makes the ratio unknown (None).

    Raises ``ZeroDivisionError`` when the denominators add up to zero (nothing to judge), and ``ValueError`` when the
    two lists differ in length. The mean of the single ratios would let a failing target pass:

    >>> ratio_of_sums([8, 15, 3], [10, 20, 3])
    Fraction(26, 33)
    """
    pairs = [pair for pair in zip(numerators, denominators, strict=True) if pair != (None, None)]
    if any(None in pair for pair in pairs):
        return None
    top = sum((exact(n) for n, _ in pairs if n is not None), Fraction(0))
    bottom = sum((exact(d) for _, d in pairs if d is not None), Fraction(0))
    return top / bottom


def status_of(
    value: Number | None,
    kind: TargetKind,
    threshold: Number,
    *,
    upper: Number | None = None,
    strict: bool = False,
    over_range: OverRange = OverRange.EXCEEDED,
) -> Status:
    """The word for one figure. ``threshold`` is L for a range; ``strict`` asks for more than the threshold.

    Raises ``ValueError`` for a range without its upper bound.

    >>> status_of(Fraction(1599, 2000), TargetKind.RATIO, Decimal("0.8")).value
    'CHƯA ĐẠT'
    """
    if value is None:
        return Status.NO_DATA
    figure, goal = exact(value), exact(threshold)
    if kind is TargetKind.MAX:
        return Status.ATTAINED if figure < goal or (figure == goal and not strict) else Status.NOT_ATTAINED
    if figure < goal or (strict and figure == goal):
        return Status.NOT_ATTAINED
    if kind is TargetKind.RANGE:
        if figure <= _upper(upper):
            return Status.ATTAINED
        return Status.EXCEEDED if over_range is OverRange.EXCEEDED else Status.OUTSIDE
    # A sum of the year has no ceiling: what lies above the goal is worth saying.
    return Status.EXCEEDED if kind is TargetKind.SUM and figure > goal else Status.ATTAINED


def _upper(upper: Number | None) -> Fraction:
    if upper is None:
        raise ValueError("a range needs its upper bound")
    return exact(upper)


def is_attained(status: Status) -> bool | None:
    """True for ĐẠT and VƯỢT, False for CHƯA ĐẠT and NGOÀI KHOẢNG, None where nothing is judged."""
    if status in (Status.ATTAINED, Status.EXCEEDED):
        return True
    return False if status in (Status.NOT_ATTAINED, Status.OUTSIDE) else None


def status_of_interval(
    low: Number | None,
    high: Number | None,
    kind: TargetKind,
    threshold: Number,
    *,
    upper: Number | None = None,
    strict: bool = False,
    over_range: OverRange = OverRange.EXCEEDED,
) -> Status:
    """The word that holds wherever between ``low`` and ``high`` the figure will lie; ``high`` None: no bound.

    Statuses run in one order along the line, so the two ends decide for everything between them. Where both ends
    attain but only one exceeds, ĐẠT is what is certain.

    >>> status_of_interval(Fraction(75, 100), Fraction(85, 100), TargetKind.RATIO, Decimal("0.8")).value
    'CHƯA ĐỦ SỐ LIỆU'
    """
    if low is None:
        return Status.NO_DATA if high is None else Status.UNDECIDED
    far = max(exact(low), exact(threshold), exact(upper or 0)) + 1 if high is None else high
    at_low, at_high = (
        status_of(end, kind, threshold, upper=upper, strict=strict, over_range=over_range) for end in (low, far)
    )
    if at_low is at_high:
        return at_low
    if is_attained(at_low) and is_attained(at_high):
        return Status.ATTAINED
    return Status.UNDECIDED


def attainment_share(
    value: Number | None,
    kind: TargetKind,
    threshold: Number,
    *,
    upper: Number | None = None,
    over_range: OverRange = OverRange.EXCEEDED,
) -> Fraction | None:
    """How much of the target is reached, 1 for all of it; None when nothing is reported.

    Raises ``ValueError`` when the threshold is zero: no share of nothing can be told.
    """
    if value is None:
        return None
    figure, goal = exact(value), exact(threshold)
    if goal == 0:
        raise ValueError("no share of a threshold of zero")
    if kind is TargetKind.MAX:
        return min(goal / figure, AT_MOST_TWICE) if figure > 0 else AT_MOST_TWICE
    if kind in (TargetKind.EXISTENCE, TargetKind.MAINTAIN):
        return min(figure / goal, Fraction(1))
    if kind is not TargetKind.RANGE or figure < goal:
        return figure / goal
    ceiling = _upper(upper)
    if figure <= ceiling:
        return Fraction(1)
    return figure / ceiling if over_range is OverRange.EXCEEDED else ceiling / figure


def progress(value: Number, base: Number, goal: Number) -> Fraction:
    """The part of the way from the base value to the goal that is behind us; negative when moving away.

    Raises ``ValueError`` when base and goal are the same.
    """
    if exact(goal) == exact(base):
        raise ValueError("no way leads from a value to itself")
    return (exact(value) - exact(base)) / (exact(goal) - exact(base))


def gap(
    value: Number | None,
    kind: TargetKind,
    threshold: Number,
    *,
    upper: Number | None = None,
    strict: bool = False,
    over_range: OverRange = OverRange.EXCEEDED,
    denominator: Number | None = None,
) -> Fraction | None:
    """What is still missing (or, above a ceiling, too much); 0 when nothing is; None when nothing is reported.

    For a ratio with its denominator the gap counts whole things: how many more must join. A strict target counts one
    whole thing more where the figure is a whole number.

    >>> gap(Fraction(26, 33), TargetKind.RATIO, Decimal("0.8"), denominator=33)
    Fraction(1, 1)
    """
    if value is None:
        return None
    figure, goal = exact(value), exact(threshold)
    if kind is TargetKind.MAX:
        return max(Fraction(0), figure - goal)
    if kind is TargetKind.RANGE and over_range is OverRange.OUTSIDE and figure > _upper(upper):
        return figure - _upper(upper)
    if kind is TargetKind.RATIO and denominator is not None:
        return max(Fraction(0), needed(goal, denominator, strict=strict) - figure * exact(denominator))
    if strict and figure <= goal and figure.denominator == 1:
        return floor(goal) + 1 - figure
    return max(Fraction(0), goal - figure)


def needed(share: Number, total: Number, *, strict: bool = False) -> Fraction:
    """The least whole number that is this share of a total.

    >>> needed(Decimal("0.025"), 192_554)
    Fraction(4814, 1)
    """
    exactly = exact(share) * exact(total)
    return Fraction(floor(exactly) + 1 if strict else ceil(exactly))


# --- every unit its own floor -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FloorStatistics:
    """A floor over units: never a mean. ``minimum`` is None when no balance is known; ``shortfall`` adds up what the
    known units below the floor lack; ``low``..``high`` is the share that meets it, whatever the unknown ones hold."""

    meeting: int
    below: int
    unknown: int
    total: int
    minimum: Fraction | None
    shortfall: Fraction
    low: Fraction
    high: Fraction


def floor_statistics(balances: Iterable[Number | None], bottom: Number) -> FloorStatistics:
    """Count the balances at or above a floor; None is a unit that has not reported.

    Raises ``ValueError`` when there are no units at all.

    >>> stats = floor_statistics([41, 19, None], 20)
    >>> stats.meeting, stats.minimum, stats.shortfall, stats.low, stats.high
    (1, Fraction(19, 1), Fraction(1, 1), Fraction(1, 3), Fraction(2, 3))
    """
    everyone, least = list(balances), exact(bottom)
    if not everyone:
        raise ValueError("a floor needs at least one unit")
    known = [exact(balance) for balance in everyone if balance is not None]
    lacking = [least - balance for balance in known if balance < least]
    meeting, unknown = len(known) - len(lacking), len(everyone) - len(known)
    return FloorStatistics(
        meeting=meeting,
        below=len(lacking),
        unknown=unknown,
        total=len(everyone),
        minimum=min(known, default=None),
        shortfall=sum(lacking, Fraction(0)),
        low=Fraction(meeting, len(everyone)),
        high=Fraction(meeting + unknown, len(everyone)),
    )


# --- on the way -------------------------------------------------------------------------------------------------


def milestone(
    base: Number, base_year: int, goal: Number, goal_year: int, year: int, trajectory: Trajectory = Trajectory.LINEAR
) -> Fraction:
    """What a trajectory asks for in a year; before it begins the base value, after it ends the goal.

    Exact on a line; a compound trajectory needs a root and is right to ``ROOT_DIGITS`` digits.
    Raises ``ValueError`` when the years are not in order, or for a compound trajectory that starts at or below zero.
    """
    if base_year >= goal_year:
        raise ValueError(f"a trajectory cannot end ({goal_year}) before it begins ({base_year})")
    first, last = exact(base), exact(goal)
    if trajectory is Trajectory.COMPOUND and (first <= 0 or last <= 0):
        raise ValueError("a compound trajectory needs values above zero")
    if year <= base_year or year >= goal_year:
        return first if year <= base_year else last
    way = Fraction(year - base_year, goal_year - base_year)
    if trajectory is Trajectory.LINEAR:
        return first + (last - first) * way
    return first * exact(power(last / first, way))


def power(base: Fraction, exponent: Fraction, digits: int = ROOT_DIGITS) -> Decimal:
    """A positive fraction raised to a fraction, right to so many significant digits."""
    with localcontext() as context:
        context.prec = digits + 12
        result = decimal_of(base) ** decimal_of(exponent)
        context.prec = digits
        return +result


def decimal_of(value: Fraction) -> Decimal:
    """A fraction as a decimal of the current precision."""
    return Decimal(value.numerator) / Decimal(value.denominator)


def pace(goal: Number, start: date, end: date, day: date) -> Fraction:
    """What an even pace towards a year's goal would have reached by the end of a day."""
    return exact(goal) * elapsed_share(start, end, day)


def light(value: Number | None, mark: Number | None, amber_from: Number = AMBER_FROM) -> Light:
    """On track or not: value against milestone. Grey when either is unknown.

    >>> light(Decimal("1.05"), Decimal("1.17")).value
    'ĐỎ'
    """
    if value is None or mark is None:
        return Light.GREY
    figure, goal = exact(value), exact(mark)
    if figure >= goal:
        return Light.GREEN
    return Light.AMBER if figure >= exact(amber_from) * goal else Light.RED


# --- one target -------------------------------------------------------------------------------------------------


def judge(
    target: Target, seen: Observation, *, as_of: date, period: Period | None = None, base: Number | None = None
) -> Judgement:
    """Judge what was observed for one target on a day.

    ``period`` is the reporting period the observation counts, by default the reporting year that holds ``as_of`` in
    the target's calendar. Until its end a flow that is not there yet is PROVISIONAL and its light follows the year's
    pace. Missing reports bound the figure (``low``..``high``): the status is what holds at every figure between
    them, and CHƯA ĐỦ SỐ LIỆU where none does. A ratio of nothing (0/0) is KHÔNG ÁP DỤNG.

    ``base`` is what was observed in the target's base year; it starts the trajectory unless the office stated a base
    value of its own. With neither a level has no milestone, and its light stays grey until the due year.

    ``sentence`` stays empty: ``sentences.gap_sentence`` names it, the message catalogue words it.

    Raises ``ValueError`` when the target lacks the threshold or the bounds its kind needs.
    """
    when = period or period_of(as_of, CALENDARS[target.calendar], PeriodKind.YEAR)
    if seen.not_applicable or (target.kind is TargetKind.RATIO and seen.denominator == 0):
        return Judgement(Status.NOT_APPLICABLE, Certainty.CERTAIN, None, None)
    if target.kind is TargetKind.FLOOR:
        return _judge_floor(target, seen)
    if target.kind is TargetKind.MAINTAIN:
        return _judge_chain(target, seen, when, running=as_of < when.end)
    start = base if target.base_value is None else target.base_value
    return _judge_figure(target, seen, when, as_of, start)


def threshold_of(target: Target) -> Fraction:
    """The figure from which the target is attained: T, F, S, or L of a range; 1 where existing is enough.

    Raises ``ValueError`` when the target does not say it.
    """
    stated = target.lower if target.kind is TargetKind.RANGE else target.threshold
    if stated is None and target.kind in (TargetKind.EXISTENCE, TargetKind.MAINTAIN):
        return Fraction(1)
    if stated is None or (target.kind is TargetKind.RANGE and target.upper is None):
        raise ValueError(f"{target.id} lacks the threshold that its kind {target.kind.value} needs")
    return exact(stated)


def _judge_figure(target: Target, seen: Observation, when: Period, as_of: date, start: Number | None) -> Judgement:
    if seen.value is None:
        return Judgement(Status.NO_DATA, Certainty.UNDECIDED, None, None)
    goal, running = threshold_of(target), as_of < when.end
    low = seen.value if seen.low is None else seen.low
    high = None if seen.open_above else (seen.value if seen.high is None else seen.high)
    status = status_of_interval(
        low, high, target.kind, goal, upper=target.upper, strict=target.strict, over_range=target.over_range
    )
    mark = _mark(target, goal, when, as_of, start)
    lights = (_light_at(target, low, mark, running), _light_at(target, high, mark, running))
    return Judgement(
        status=status,
        certainty=_certainty(target, seen, status, running),
        attainment=_share(target, seen.value, goal),
        gap=_gap(target, seen, low, goal, status),
        gap_unit=target.thing if target.kind is TargetKind.RATIO else target.unit,
        light=_one_light(lights, status),
        milestone=mark if mark != goal else None,
        attainment_range=_share_range(target, low, high, goal),
    )


def _certainty(target: Target, seen: Observation, status: Status, running: bool) -> Certainty:
    if is_attained(status) is None:
        return Certainty.UNDECIDED
    may_change = target.flow and running and _can_still_turn(target, status)
    return Certainty.PROVISIONAL if may_change or seen.provisional or seen.carried else Certainty.CERTAIN


def _can_still_turn(target: Target, status: Status) -> bool:
    """A flow only grows: what is too little may still come, what keeps below a ceiling may still pass it."""
    if status is Status.NOT_ATTAINED:
        return target.kind is not TargetKind.MAX
    capped = target.kind is TargetKind.RANGE and target.over_range is OverRange.OUTSIDE
    return status is Status.ATTAINED and (capped or target.kind is TargetKind.MAX)


def _share(target: Target, value: Fraction, goal: Fraction) -> Fraction | None:
    if goal == 0:
        return None
    return attainment_share(value, target.kind, goal, upper=target.upper, over_range=target.over_range)


def _share_range(
    target: Target, low: Fraction, high: Fraction | None, goal: Fraction
) -> tuple[Fraction, Fraction] | None:
    if high is None or low == high or target.kind in (TargetKind.RANGE, TargetKind.MAX):
        return None
    least, most = _share(target, low, goal), _share(target, high, goal)
    return None if least is None or most is None else (least, most)


def _gap(target: Target, seen: Observation, low: Fraction, goal: Fraction, status: Status) -> Fraction | None:
    """What is missing by the figures reported; while undecided the most that can be missing, for a ratio nothing."""
    undecided = status is Status.UNDECIDED
    if undecided and target.kind is TargetKind.RATIO:
        return None
    return gap(
        low if undecided else seen.value,
        target.kind,
        goal,
        upper=target.upper,
        strict=target.strict,
        over_range=target.over_range,
        denominator=seen.denominator,
    )


def _mark(target: Target, goal: Fraction, when: Period, as_of: date, start: Number | None) -> Fraction | None:
    """What should have been reached by the day: the trajectory's milestone and, within a year, the pace to it.

    None for a level without a base value, and where a compound trajectory cannot start from it.
    """
    mark = goal
    if target.kind in (TargetKind.LEVEL, TargetKind.RATIO) and target.base_year and target.due_year:
        if start is not None:
            try:
                mark = milestone(start, target.base_year, goal, target.due_year, when.year, target.trajectory)
            except ValueError:
                return None
        elif target.kind is TargetKind.LEVEL and when.year < target.due_year:
            return None
    paced = target.flow and target.kind is not TargetKind.EXISTENCE and target.kind is not TargetKind.MAX
    return pace(mark, when.start, when.end, as_of) if paced else mark


def _light_at(target: Target, value: Fraction | None, mark: Fraction | None, running: bool) -> Light:
    """The light of one end of what is possible; an end without bound lies beyond every threshold."""
    goal = threshold_of(target)
    if target.kind is TargetKind.MAX:
        return Light.RED if value is None else light(_share(target, value, goal), 1, target.amber_from)
    capped = target.kind is TargetKind.RANGE and target.over_range is OverRange.OUTSIDE
    if capped and (value is None or value > _upper(target.upper)):
        return Light.AMBER
    if value is None or value > goal or (value == goal and not target.strict):
        return Light.GREEN
    if target.kind is TargetKind.EXISTENCE:
        return Light.AMBER if target.flow and running else Light.RED
    return light(value, mark, target.amber_from)


def _one_light(lights: tuple[Light, Light], status: Status) -> Light:
    """One light for an interval: the one both ends show; the worse one when the status is sure; else grey."""
    if lights[0] is lights[1]:
        return lights[0]
    if is_attained(status) is None:
        return Light.GREY
    return max(lights, key=(Light.GREEN, Light.AMBER, Light.RED, Light.GREY).index)


def _judge_floor(target: Target, seen: Observation) -> Judgement:
    """Every unit its own floor: one known unit below decides, all unknown says nothing."""
    balances = list(seen.per_unit.values()) or [seen.value]
    floor_value = threshold_of(target)
    stats = floor_statistics(balances, floor_value)
    if stats.minimum is None:
        return Judgement(Status.NO_DATA, Certainty.UNDECIDED, None, None)
    missing = Status.UNDECIDED if stats.unknown else Status.ATTAINED
    status = Status.NOT_ATTAINED if stats.below else missing
    lights = (light(stats.low, 1, target.amber_from), light(stats.high, 1, target.amber_from))
    return Judgement(
        status=status,
        certainty=_certainty(target, seen, status, running=False),
        attainment=stats.low,
        gap=None if status is Status.UNDECIDED else stats.shortfall,
        gap_unit=target.unit,
        light=_one_light(lights, status),
        attainment_range=(stats.low, stats.high) if stats.unknown else None,
    )


def _judge_chain(target: Target, seen: Observation, when: Period, *, running: bool) -> Judgement:
    """Every year since the base year, without a gap; the year that still runs cannot break the chain yet."""
    years = dict(seen.per_year) or {when.year: None if seen.value is None else seen.value >= threshold_of(target)}
    first = target.base_year if target.base_year is not None and seen.per_year else min(years)
    chain = {year: years.get(year) for year in range(min(first, when.year), when.year + 1)}
    kept, unknown = sum(flag is True for flag in chain.values()), sum(flag is None for flag in chain.values())
    if unknown == len(chain):
        return Judgement(Status.NO_DATA, Certainty.UNDECIDED, None, None)
    pending = running and chain[when.year] is False
    broken = next((year for year, flag in chain.items() if flag is False and not (pending and year == when.year)), None)
    if broken is not None:
        status, lamp = Status.NOT_ATTAINED, Light.RED
    elif unknown:
        status, lamp = Status.UNDECIDED, Light.GREY
    elif pending:
        status, lamp = Status.NOT_ATTAINED, Light.AMBER
    else:
        status, lamp = Status.ATTAINED, Light.GREEN
    sure = Certainty.UNDECIDED if status is Status.UNDECIDED else Certainty.CERTAIN
    if sure is Certainty.CERTAIN and (seen.provisional or (pending and broken is None)):
        sure = Certainty.PROVISIONAL
    return Judgement(
        status=status,
        certainty=sure,
        attainment=Fraction(kept, len(chain)),
        # A year that passed cannot be made good.
        gap=None if broken is not None or status is Status.UNDECIDED else Fraction(pending),
        gap_unit=target.thing,
        light=lamp,
        broken_year=broken,
        attainment_range=(Fraction(kept, len(chain)), Fraction(kept + unknown, len(chain))) if unknown else None,
    )
