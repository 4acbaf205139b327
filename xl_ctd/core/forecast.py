"""Where a short series is heading, and which of its values cannot be right. One to ten yearly values, not hundreds.

Lines are exact fractions; growth rates need roots and are right to ``ROOT_DIGITS`` digits. A year without
a value (None) is left out, never taken for zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction

from xl_ctd.core.attainment import ROOT_DIGITS, Number, decimal_of, exact, power

OUTLIER_FROM = Fraction("3.5")
"""Modified z-score from which a value is called out of line (Iglewicz and Hoaglin; WHO data quality review)."""

Points = Iterable[tuple[int, Number | None]]


def cagr(first: Number, last: Number, years: int) -> Decimal:
    """The yearly growth rate that leads from the first value to the last in so many years.

    Raises ``ValueError`` when a value is not above zero or there are no years between.

    >>> round(cagr(Decimal("0.6"), Decimal("2.5"), 10), 4)
    Decimal('0.1534')
    """
    if exact(first) <= 0 or exact(last) <= 0 or years < 1:
        raise ValueError("a growth rate needs two values above zero and at least one year between them")
    with localcontext() as context:
        context.prec = ROOT_DIGITS + 12
        rate = power(exact(last) / exact(first), Fraction(1, years), ROOT_DIGITS + 10) - 1
        context.prec = ROOT_DIGITS
        return +rate


def required_growth(value: Number, year: int, goal: Number, goal_year: int) -> Decimal:
    """The yearly growth still needed to reach the goal. Raises as ``cagr``."""
    return cagr(value, goal, goal_year - year)


def required_step(value: Number, year: int, goal: Number, goal_year: int) -> Fraction:
    """The yearly step, in the figure's own unit, still needed to reach the goal.

    Raises ``ValueError`` when the goal year is not ahead.
    """
    if goal_year <= year:
        raise ValueError(f"{goal_year} is not after {year}")
    return (exact(goal) - exact(value)) / (goal_year - year)


def linear_forecast(points: Points, year: int) -> Fraction | None:
    """The least-squares line carried on to a year; None with fewer than two values.

    Raises ``ValueError`` when two values name the same year.

    >>> linear_forecast([(2023, 60), (2024, 75), (2025, 90), (2026, 105)], 2033)
    Fraction(210, 1)
    """
    known = _known(points)
    return _line(known, [1] * len(known), year)


def weighted_forecast(points: Points, year: int) -> Fraction | None:
    """The same line with weights 1, 2, 3, … in the order of the years: what is recent counts more."""
    known = _known(points)
    return _line(known, list(range(1, len(known) + 1)), year)


def growth_forecast(points: Points, year: int) -> Decimal | None:
    """The last value carried on at the growth rate between the first and the last; None with fewer than two values.

    Raises as ``cagr``, and ``ValueError`` when two values name the same year.
    """
    known = _known(points)
    if len(known) < 2:
        return None
    (first_year, first), (last_year, last) = known[0], known[-1]
    if first <= 0 or last <= 0:
        raise ValueError("a growth rate needs two values above zero and at least one year between them")
    factor = power(last / first, Fraction(year - last_year, last_year - first_year), ROOT_DIGITS + 10)
    with localcontext() as context:
        context.prec = ROOT_DIGITS
        return decimal_of(last * exact(factor))


def forecast_gap(forecast: Number, goal: Number, base: Number) -> Fraction:
    """What the forecast lacks, relative to the whole way from the base value to the goal; 0 when it gets there.

    Raises ``ValueError`` when base and goal are the same. (UN ESCAP, progress assessment methodology.)

    >>> forecast_gap(Decimal("2.1"), Decimal("2.5"), Decimal("0.6"))
    Fraction(4, 19)
    """
    way = exact(goal) - exact(base)
    if way == 0:
        raise ValueError("no way leads from a value to itself")
    return max(Fraction(0), (exact(goal) - exact(forecast)) / way)


def modified_z(values: Sequence[Number | None]) -> tuple[Fraction | None, ...]:
    """0,6745·(x − median)/MAD for each value; None for a blank, and for all when the MAD is zero.

    The plain z-score of n values never exceeds (n−1)/√n: of seven values none can reach 3.
    """
    known = [exact(value) for value in values if value is not None]
    if not known:
        return (None,) * len(values)
    middle = _median(known)
    spread = _median([abs(value - middle) for value in known])
    if spread == 0:
        return (None,) * len(values)
    return tuple(
        None if value is None else Fraction(6745, 10000) * (exact(value) - middle) / spread for value in values
    )


def outliers(values: Sequence[Number | None], limit: Number = OUTLIER_FROM) -> tuple[bool, ...]:
    """Which values are out of line; where more than half are equal, those over 50 % away from the median.

    >>> outliers([12, 15, 11, 14, 13, 16, 150])
    (False, False, False, False, False, False, True)
    """
    known = [exact(value) for value in values if value is not None]
    if not known:
        return (False,) * len(values)
    middle = _median(known)
    if _median([abs(value - middle) for value in known]) == 0:
        return tuple(value is not None and abs(exact(value) - middle) * 2 > abs(middle) for value in values)
    return tuple(score is not None and abs(score) > exact(limit) for score in modified_z(values))


def _known(points: Points) -> list[tuple[int, Fraction]]:
    known = sorted((year, exact(value)) for year, value in points if value is not None)
    if len({year for year, _ in known}) < len(known):
        raise ValueError("two values name the same year")
    return known


def _line(points: Sequence[tuple[int, Fraction]], weights: Sequence[int], year: int) -> Fraction | None:
    if len(points) < 2:
        return None
    total = sum(weights)
    mean_year = Fraction(sum(w * at for w, (at, _) in zip(weights, points, strict=True)), total)
    mean = sum((w * value for w, (_, value) in zip(weights, points, strict=True)), Fraction(0)) / total
    rise = sum(
        (w * (at - mean_year) * (value - mean) for w, (at, value) in zip(weights, points, strict=True)), Fraction(0)
    )
    run = sum((w * (at - mean_year) ** 2 for w, (at, _) in zip(weights, points, strict=True)), Fraction(0))
    return mean + rise / run * (year - mean_year)


def _median(values: Sequence[Fraction]) -> Fraction:
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
