"""Many cells at once for functions on plain numbers; whatever needs a closer look is left to the exact road.

Each function here takes the columns of a worksheet function's arguments (a single cell stays a column of one) and
gives the answers with the places it leaves open, or None when it can do nothing. What it does answer is, to the last
bit, what the exact road would have answered: comparisons are decided on floats only where these lie clearly apart or
are equal, and differences and quotients are those of exact decimals, rounded once (``exact_floats.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import wraps
from itertools import pairwise
from math import ceil
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from xl_ctd.arguments import PLAIN, Options, kind, number, options
from xl_ctd.cell_values import Cell, CellError, error_named
from xl_ctd.core.attainment import AMBER_FROM
from xl_ctd.core.cells import LOST_DIGITS_FROM, Unreadable
from xl_ctd.core.targets import Light, OverRange, Status, TargetKind
from xl_ctd.exact_floats import (
    Decimals,
    Floats,
    Truths,
    ceiling,
    chosen,
    decimals,
    in_one_unit,
    is_less,
    minus,
    quotient,
)

Column = Sequence[Cell]
Answers = tuple[npt.NDArray[Any], npt.NDArray[np.intp]] | None
"""The answers, and the places of the cells that are left open."""

CLEARLY = 1e-12
"""Floats that differ by more than this share of themselves differ as decimals too, in the same direction."""

PIECE = 8_192
"""So many rows are worked on at a time: what the steps in between make then stays in the processor's cache, and none of
them has to ask the system for memory, which takes longer than the arithmetic."""

T = TypeVar("T")


def _in_pieces(answer: Callable[..., Answers]) -> Callable[..., Answers]:
    """Answer long columns piece by piece; of a piece that nothing can be done with, every cell is left open.

    Where floats overflow or say nothing, a comparison comes out unsure, and the cell goes the exact road.
    """

    @wraps(answer)
    def answer_pieces(*columns: Column) -> Answers:
        cells = max(map(len, columns))
        count = ceil(cells / PIECE)
        bounds = [cells * piece // count for piece in range(count + 1)]
        with np.errstate(all="ignore"):
            found = [
                (start, end, answer(*(column[start:end] if len(column) > 1 else column for column in columns)))
                for start, end in pairwise(bounds)
            ]
        if all(answers is None for _, _, answers in found):
            return None
        pieces = [
            (np.full(end - start, None), np.arange(start, end)) if one is None else (one[0], one[1] + start)
            for start, end, one in found
        ]
        answers, left = zip(*pieces, strict=True)
        return np.concatenate(answers), np.concatenate(left)

    return answer_pieces


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


@_in_pieces
def status(value: Column, by: Column, goal: Column, upper: Column, how: Column) -> Answers:
    """``TRANGTHAI``."""
    judged = _judged(value, by, goal, upper, how)
    return None if judged is None else _answered(_WORDS[judged[0]], judged[1])


@_in_pieces
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
    return PLAIN if _is_blank(column) else _only(options, column)


_LIGHTS = np.array([Light.RED, Light.AMBER, Light.GREEN], dtype=object)
_LIGHTS[:] = [word.value for word in _LIGHTS]


@_in_pieces
def lights(value: Column, mark: Column, amber: Column) -> Answers:
    """``DEN``."""
    figures, marks = _numbers(value), _numbers(mark)
    share = float(AMBER_FROM) if _is_blank(amber) else _single(amber[0]) if len(amber) == 1 else None
    if figures is None or marks is None or share is None:
        return None
    green = _order(figures, marks)
    yellow = _order(figures, Numbers(marks.values * share, marks.known))
    # The product is rounded: equal floats need not be equal numbers.
    sure = green.sure & (~green.below | (yellow.sure & ~yellow.equal))
    codes = np.where(green.below, (~yellow.below).astype(np.int_), 2)
    return _answered(_LIGHTS[codes], sure)


# --- figures ----------------------------------------------------------------------------------------------------


@_in_pieces
def numbers(value: Column) -> Answers:
    """``SO``."""
    read = _decimals(value)
    return None if read is None else _answered(read.rounded() + 0.0, read.known)


@_in_pieces
def attainment(value: Column, by: Column, goal: Column, upper: Column, base: Column, how: Column) -> Answers:
    """``MUCDAT``."""
    kind_read, how_read = _only(kind, by), _options(how)
    figures, goals = _decimals(value), _decimals(goal)
    if kind_read is None or how_read is None or figures is None or goals is None:
        return None
    if not _is_blank(base):
        bases = _decimals(base)
        return _progress(figures, bases, goals) if bases is not None and _unused(upper) else None
    if kind_read is TargetKind.RANGE:
        uppers = _decimals(upper)
        return None if uppers is None else _range_attainment(figures, goals, uppers, how_read.over_range)
    if not _unused(upper):
        return None
    (x, t), _ = in_one_unit(figures, goals)
    shares, sure = quotient(t, x) if kind_read is TargetKind.MAX else quotient(x, t)
    if kind_read is TargetKind.MAX:
        none_yet = x.high <= 0
        shares, sure = np.where(none_yet, 2.0, np.minimum(shares, 2.0)), sure | none_yet
    if kind_read in (TargetKind.EXISTENCE, TargetKind.MAINTAIN):
        shares = np.minimum(shares, 1.0)
    return _answered(shares + 0.0, sure & figures.known & goals.known & (t.high != 0))


def _progress(figures: Decimals, bases: Decimals, goals: Decimals) -> Answers:
    (x, b, t), _ = in_one_unit(figures, bases, goals)
    way = minus(t, b)
    shares, sure = quotient(minus(x, b), way)
    return _answered(shares + 0.0, sure & figures.known & bases.known & goals.known & (way.high != 0))


def _range_attainment(figures: Decimals, goals: Decimals, uppers: Decimals, over_range: OverRange) -> Answers:
    (x, low, high), _ = in_one_unit(figures, goals, uppers)
    is_below, is_above = is_less(x, low), is_less(high, x)
    top, bottom = (x, high) if over_range is OverRange.EXCEEDED else (high, x)
    shares, sure = quotient(chosen(is_below, x, top), chosen(is_below, low, bottom))
    shares, sure = np.where(is_below | is_above, shares, 1.0), sure | ~(is_below | is_above)
    return _answered(shares + 0.0, sure & figures.known & goals.known & uppers.known & (low.high != 0))


@_in_pieces
def shortfall(value: Column, by: Column, goal: Column, total: Column, upper: Column, how: Column) -> Answers:
    """``CONTHIEU``; targets that ask for more than their threshold, and figures that lie outside of a range, are left
    to the exact road."""
    kind_read, how_read = _only(kind, by), _options(how)
    figures, goals = _decimals(value), _decimals(goal)
    if kind_read is None or how_read is None or figures is None or goals is None:
        return None
    if how_read.strict or how_read.over_range is OverRange.OUTSIDE or not _unused(upper):
        return None
    if not _is_blank(total):
        totals = _numbers(total)
        return _things_missing(figures, goals, totals) if totals is not None and kind_read is TargetKind.RATIO else None
    (x, t), whole = in_one_unit(figures, goals)
    apart, sure = quotient(minus(x, t) if kind_read is TargetKind.MAX else minus(t, x), whole)
    return _answered(np.maximum(apart, 0.0) + 0.0, sure & figures.known & goals.known)


def _things_missing(shares: Decimals, goals: Decimals, totals: Numbers) -> Answers:
    """How many more must join, where each share is that of a whole number in its total."""
    total = totals.values
    things = np.rint(shares.rounded() * total)
    back = decimals(things / total, total > 0)
    as_divided = back.known & (back.digits == shares.digits) & (back.places == shares.places)
    needed, sure = ceiling(goals, total)
    counted = as_divided & (np.abs(things) < LOST_DIGITS_FROM) & (np.rint(total) == total)
    return _answered(np.maximum(needed - things, 0.0) + 0.0, sure & counted & shares.known & totals.known)


def _decimals(column: Column) -> Decimals | None:
    read = _numbers(column)
    return None if read is None else decimals(read.values, read.known)


def _is_blank(column: Column) -> bool:
    return list(column) in ([None], [""])
