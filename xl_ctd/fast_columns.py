"""Many cells at once for functions on plain numbers; whatever needs a closer look is left to the exact road.

Each function here takes the columns of a worksheet function's arguments (a single cell stays a column of one) and
gives the answers with the places it leaves open, or None when it can do nothing. What it does answer is, to the last
bit, what the exact road would have answered: comparisons are decided on floats only where these lie clearly apart or
are equal, and divisions are of whole numbers that floats hold exactly, which the processor rounds correctly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from xl_ctd.arguments import PLAIN, Options, kind, number, options
from xl_ctd.cell_values import Cell, CellError, error_named
from xl_ctd.core.attainment import AMBER_FROM
from xl_ctd.core.cells import LOST_DIGITS_FROM, Unreadable
from xl_ctd.core.targets import Light, OverRange, Status, TargetKind

Column = Sequence[Cell]
Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]
Answers = tuple[npt.NDArray[Any], npt.NDArray[np.intp]] | None
"""The answers, and the places of the cells that are left open."""

CLEARLY = 1e-12
"""Floats that differ by more than this share of themselves differ as decimals too, in the same direction."""

EXACTLY = 2.0**53
"""Up to here a float holds every whole number."""

MOST_PLACES = 6
T = TypeVar("T")


# --- columns of numbers -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column as floats; ``known`` is False for blanks, texts and all else that is not plainly a number."""

    values: Floats
    known: Truths


def _numbers(column: Column) -> Numbers | None:
    if len(column) == 1:
        value = _single(column[0])
        return None if value is None else Numbers(np.array([value]), np.array([True]))
    kinds = set(map(type, column))
    try:
        if kinds <= {float, int}:
            values = np.array(column, dtype=np.float64)
        elif float in kinds or int in kinds:
            plain = [cell if type(cell) is float or type(cell) is int else np.nan for cell in column]
            values = np.array(plain, dtype=np.float64)
        else:
            return None
    except OverflowError:
        return None
    return Numbers(values, np.abs(values) < LOST_DIGITS_FROM)


def _single(cell: Cell) -> float | None:
    # A number of more than fifteen digits is no float, and its comparisons are not the float's.
    read = _read(number, cell)
    return float(read) if read is not None and Decimal(f"{float(read):.15g}") == read else None


def _read(reads: Callable[[Any], T], cell: Cell) -> T | None:
    if cell is None or isinstance(cell, CellError) or (isinstance(cell, str) and (not cell or error_named(cell))):
        return None
    try:
        return reads(cell)
    except Unreadable:
        return None


_beyond_floats = np.errstate(all="ignore")
"""Where floats overflow or say nothing, a comparison comes out unsure, and the cell goes the exact road."""


@dataclass(frozen=True, slots=True)
class Order:
    """How a column stands to another: below, equal or above; ``sure`` where that is beyond doubt."""

    below: Truths
    equal: Truths
    sure: Truths


def _order(one: Numbers, other: Numbers) -> Order:
    apart = one.values - other.values
    equal = apart == 0
    clear = np.abs(apart) > CLEARLY * (np.abs(one.values) + np.abs(other.values))
    return Order(apart < 0, equal, (clear | equal) & one.known & other.known)


def _answered(answers: npt.NDArray[Any], sure: Truths) -> Answers:
    return answers, np.flatnonzero(~sure)


# --- words ------------------------------------------------------------------------------------------------------

_WORDS = np.array([Status.NOT_ATTAINED, Status.ATTAINED, Status.EXCEEDED, Status.OUTSIDE], dtype=object)
_WORDS[:] = [word.value for word in _WORDS]
_TRUE = np.array([False, True, True, False], dtype=object)
_NOT_ATTAINED, _ATTAINED, _EXCEEDED, _OUTSIDE = range(4)


@_beyond_floats
def status(value: Column, by: Column, goal: Column, upper: Column, how: Column) -> Answers:
    """``TRANGTHAI``."""
    judged = _judged(value, by, goal, upper, how)
    return None if judged is None else _answered(_WORDS[judged[0]], judged[1])


@_beyond_floats
def attained(value: Column, by: Column, goal: Column, upper: Column, how: Column) -> Answers:
    """``DAT``."""
    judged = _judged(value, by, goal, upper, how)
    return None if judged is None else _answered(_TRUE[judged[0]], judged[1])


def _judged(
    value: Column, by: Column, goal: Column, upper: Column, how: Column
) -> tuple[npt.NDArray[np.int_], Truths] | None:
    kind_read, how_read = _only(kind, by), _options(how)
    figures, goals = _numbers(value), _numbers(goal)
    if kind_read is None or how_read is None or figures is None or goals is None:
        return None
    to_goal = _order(figures, goals)
    attained = _at_least(to_goal, kind_read, how_read)
    codes = attained.astype(np.int_)
    if kind_read is TargetKind.RANGE:
        uppers = _numbers(upper)
        if uppers is None:
            return None
        to_upper = _order(figures, uppers)
        over = attained & ~to_upper.below & ~to_upper.equal
        codes[over] = _EXCEEDED if how_read.over_range is OverRange.EXCEEDED else _OUTSIDE
        return codes, to_goal.sure & to_upper.sure
    if not _unused(upper):
        return None
    if kind_read is TargetKind.SUM:
        codes[attained & ~to_goal.equal] = _EXCEEDED
    return codes, to_goal.sure


def _at_least(to_goal: Order, by: TargetKind, how: Options) -> Truths:
    if by is TargetKind.MAX:
        return to_goal.below | (to_goal.equal & (not how.strict))
    return ~to_goal.below & ~(to_goal.equal & how.strict)


def _unused(column: Column) -> bool:
    """Is an argument that plays no part blank, or one number? Anything else may be an error to tell."""
    return len(column) == 1 and (column[0] in (None, "") or _single(column[0]) is not None)


def _only(reads: Callable[[Any], T], column: Column) -> T | None:
    return _read(reads, column[0]) if len(column) == 1 else None


def _options(column: Column) -> Options | None:
    return PLAIN if list(column) in ([None], [""]) else _only(options, column)


_LIGHTS = np.array([Light.RED, Light.AMBER, Light.GREEN], dtype=object)
_LIGHTS[:] = [word.value for word in _LIGHTS]


@_beyond_floats
def lights(value: Column, mark: Column, amber: Column) -> Answers:
    """``DEN``."""
    figures, marks = _numbers(value), _numbers(mark)
    share = float(AMBER_FROM) if list(amber) in ([None], [""]) else _single(amber[0]) if len(amber) == 1 else None
    if figures is None or marks is None or share is None:
        return None
    green = _order(figures, marks)
    yellow = _order(figures, Numbers(marks.values * share, marks.known))
    # The product is rounded: equal floats need not be equal numbers.
    sure = green.sure & (~green.below | (yellow.sure & ~yellow.equal))
    codes = np.where(green.below, (~yellow.below).astype(np.int_), 2)
    return _answered(_LIGHTS[codes], sure)


# --- figures ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Whole:
    """Numbers as whole multiples of a power of ten, held exactly by floats; ``places`` is the number of decimals."""

    values: Floats
    known: Truths
    places: int


def _whole(numbers: Numbers) -> Whole:
    """The fewest decimals that write every number, at most six; numbers that need more are not known."""
    values = np.where(numbers.known, numbers.values, 0.0)
    for places in range(MOST_PLACES + 1):
        scaled = np.rint(values * 10.0**places)
        fits = scaled / 10.0**places == values
        if fits.all():
            break
    return Whole(scaled, numbers.known & fits & (np.abs(scaled) < 10.0 * LOST_DIGITS_FROM), places)


def _common(*columns: Numbers) -> tuple[list[Whole], int]:
    """The columns in one unit. What a float could no longer hold exactly is not known."""
    wholes = [_whole(one) for one in columns]
    places = max(one.places for one in wholes)
    shifted = []
    for one in wholes:
        values = one.values * 10.0 ** (places - one.places)
        shifted.append(Whole(values, one.known & (np.abs(values) <= EXACTLY), places))
    return shifted, places


@_beyond_floats
def numbers(value: Column) -> Answers:
    """``SO``."""
    read = _numbers(value)
    if read is None:
        return None
    whole = _whole(read)
    return _answered(read.values + 0.0, whole.known)


@_beyond_floats
def attainment(value: Column, by: Column, goal: Column, upper: Column, base: Column, how: Column) -> Answers:
    """``MUCDAT`` without a base value; what lies outside a range is left to the exact road."""
    kind_read, how_read = _only(kind, by), _options(how)
    figures, goals = _numbers(value), _numbers(goal)
    if kind_read is None or how_read is None or figures is None or goals is None or list(base) not in ([None], [""]):
        return None
    if how_read.over_range is OverRange.OUTSIDE:
        return None
    if kind_read is TargetKind.RANGE:
        uppers = _numbers(upper)
        return None if uppers is None else _range_attainment(figures, goals, uppers)
    if not _unused(upper):
        return None
    (x, t), _ = _common(figures, goals)
    sure = x.known & t.known & (t.values != 0)
    with np.errstate(all="ignore"):
        if kind_read is TargetKind.MAX:
            shares = np.where(x.values > 0, np.minimum(t.values / x.values, 2.0), 2.0)
        else:
            shares = x.values / t.values
    if kind_read in (TargetKind.EXISTENCE, TargetKind.MAINTAIN):
        shares = np.minimum(shares, 1.0)
    return _answered(shares + 0.0, sure)


def _range_attainment(figures: Numbers, goals: Numbers, uppers: Numbers) -> Answers:
    (x, low, high), _ = _common(figures, goals, uppers)
    sure = x.known & low.known & high.known & (low.values != 0) & (high.values != 0)
    with np.errstate(all="ignore"):
        below, above = x.values / low.values, x.values / high.values
    shares = np.where(x.values < low.values, below, np.where(x.values <= high.values, 1.0, above))
    return _answered(shares + 0.0, sure)


@_beyond_floats
def shortfall(value: Column, by: Column, goal: Column, total: Column, upper: Column, how: Column) -> Answers:
    """``CONTHIEU`` without a denominator; a ceiling above which a figure lies outside is left to the exact road."""
    kind_read, how_read = _only(kind, by), _options(how)
    figures, goals = _numbers(value), _numbers(goal)
    if kind_read is None or how_read is None or figures is None or goals is None or list(total) not in ([None], [""]):
        return None
    if how_read.strict or how_read.over_range is OverRange.OUTSIDE or list(upper) not in ([None], [""]):
        return None
    (x, t), places = _common(figures, goals)
    apart = x.values - t.values if kind_read is TargetKind.MAX else t.values - x.values
    sure = x.known & t.known & (np.abs(apart) <= EXACTLY)
    return _answered(np.maximum(apart, 0.0) / 10.0**places + 0.0, sure)
