"""Calling a worksheet function the way every host does: grids of cells in, a grid of cells out, never an exception.

A range given to an elementwise function is answered cell by cell, and ranges of one row, one column or one cell are
stretched to the size of the others. Of a whole column only the rows down to the last filled one count. Error cells
pass through, except into functions that answer with words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

import xl_ctd.functions  # noqa: F401 - declares every function
from xl_ctd.cell_values import (
    ERROR_CODES,
    CannotAnswer,
    Cell,
    CellError,
    Column,
    ErrorCode,
    Grid,
    cells_of,
    error_named,
    widths_of,
)
from xl_ctd.core.cells import Unreadable
from xl_ctd.facts import Facts, NoFacts, ScoreLine
from xl_ctd.messages import message
from xl_ctd.registry import FUNCTIONS, Parameter, Takes, WorksheetFunction

__all__ = ["ERROR_CODES", "Cell", "CellError", "Facts", "Grid", "NoFacts", "ScoreLine", "call", "error_named"]

SHEET_ENDS = frozenset({65_536, 1_048_576})
"""How many rows a whole column has: up to Excel 2003, and since."""

MOST_CELLS = 2_000_000
"""More answers than a whole column has are a slip of the mouse."""

FIRST_DAY, FIRST_SURE_DAY = date(1899, 12, 30), date(1900, 3, 1)
"""Excel counts a 29/02/1900 that never was: only from March 1900 are its day numbers those of the calendar."""

_ARITHMETIC: Mapping[type[Exception], tuple[ErrorCode, str]] = MappingProxyType(
    {ZeroDivisionError: ("#DIV/0!", "function-divides-by-nothing"), OverflowError: ("#NUM!", "function-too-large")}
)

_ANSWERED: tuple[type[Exception], ...] = (CannotAnswer, Unreadable, *_ARITHMETIC)

Shape = tuple[int, int]


def call(name: str, arguments: Sequence[Grid], facts: Facts, language: str = "vi") -> Grid:
    """The answer of a function as a grid; ``name`` bare or as typed (``CTD.TYLE``, ``CTD_TYLE``).

    An argument left out is an empty grid. What people typed wrong becomes an error cell with its sentence. Whoever
    hands over a ``Column`` may be answered with one.

    >>> call("CTD.TYLE", [[[8], [15], [3]], [[10], [20], [4]]], NoFacts())
    [[0.7647058823529411]]
    >>> call("SO", [[["1,400"]]], NoFacts())[0][0].code
    '#VALUE!'
    """
    bare = name.upper().removeprefix("CTD.").removeprefix("CTD_")
    try:
        declared = FUNCTIONS.get(bare)
        if declared is None:
            raise CannotAnswer("#NAME?", "function-unknown", {"name": name})
        given = _given(declared, arguments)
        answer = _each(declared, given, facts, language) if declared.elementwise else _once(declared, given, facts)
    except _ANSWERED as why:
        return [[_error_of(why, language)]]
    return answer


# --- arguments --------------------------------------------------------------------------------------------------


def _given(declared: WorksheetFunction, arguments: Sequence[Grid]) -> list[Grid]:
    """One grid for each parameter, empty where nothing was given; ranges that end with the sheet are cut short."""
    if len(arguments) > len(declared.parameters):
        raise CannotAnswer("#VALUE!", "function-too-many-arguments", {"spelling": declared.spelling})
    given = [grid if grid and grid[0] else () for grid in arguments]
    given += [()] * (len(declared.parameters) - len(given))
    for grid, parameter in zip(given, declared.parameters, strict=True):
        if parameter.required and not grid:
            raise CannotAnswer("#VALUE!", "function-argument-missing", {"argument": parameter.code})
        if len(widths_of(grid)) > 1:
            raise CannotAnswer("#VALUE!", "function-ranges-differ")
    return _cut_short(given)


def _cut_short(given: list[Grid]) -> list[Grid]:
    whole = [grid for grid in given if len(grid) in SHEET_ENDS]
    if not whole:
        return given
    used = max(map(_last_filled_row, whole), default=0) or 1
    return [grid[:used] if len(grid) in SHEET_ENDS else grid for grid in given]


def _last_filled_row(grid: Grid) -> int:
    last = len(grid)
    blank_row = [None] * len(grid[0])
    while last and (list(grid[last - 1]) == blank_row or all(cell in (None, "") for cell in grid[last - 1])):
        last -= 1
    return last


def _incoming(cell: Cell) -> Cell:
    """A cell as functions see it. Some hosts hand a blank over as empty text, and an error as its name."""
    if isinstance(cell, str):
        return (error_named(cell) or cell) if cell else None
    return cell


def _read(parameter: Parameter, cell: Cell, *, fails: bool) -> Any:
    """What one cell means for a parameter. Raises an error cell as it came, when the function is one that fails."""
    incoming = _incoming(cell)
    if incoming is None and not parameter.required:
        return parameter.default
    if fails and isinstance(incoming, CellError):
        raise _Passed(incoming)
    try:
        return parameter.reads(incoming)
    except Unreadable as why:
        reason = {"argument": parameter.code, "code": why.code, **why.details}
        raise CannotAnswer("#VALUE!", "function-argument-unreadable", reason) from None


class _Passed(CannotAnswer):
    """An error that came in with a cell and goes out again."""

    def __init__(self, error: CellError) -> None:
        super().__init__(error.code, "function-error-passed", {"error": error.code})
        self.reason = error.reason


# --- once for the whole call ------------------------------------------------------------------------------------


def _once(declared: WorksheetFunction, given: Sequence[Grid], facts: Facts) -> Grid:
    arguments = [_argument(one, grid, declared.fails) for one, grid in zip(declared.parameters, given, strict=True)]
    answer = declared.function(*([facts] if declared.reads_master else []), *arguments)
    if declared.spills:
        return [[_outgoing(cell) for cell in row] for row in answer]
    return [[_outgoing(answer)]]


def _argument(parameter: Parameter, grid: Grid, fails: bool) -> Any:
    if parameter.takes is Takes.RANGE:
        cells = cells_of(grid)
        keys = list(zip(map(type, cells), cells, strict=True))  # TRUE and 1 are equal in Python, and not in a sheet
        meaning = {key: _read(parameter, key[1], fails=fails) for key in dict.fromkeys(keys)}
        return [meaning[key] for key in keys]
    if not grid:
        return parameter.default
    if len(grid) > 1 or len(grid[0]) > 1:
        raise CannotAnswer("#VALUE!", "function-one-cell", {"argument": parameter.code})
    return _read(parameter, grid[0][0], fails=fails)


# --- every cell for itself --------------------------------------------------------------------------------------


def _each(declared: WorksheetFunction, given: Sequence[Grid], facts: Facts, language: str) -> Grid:
    rows, width = _common_shape([(len(grid), len(grid[0])) for grid in given if grid])
    columns = [_column(grid, (rows, width)) if grid else [None] for grid in given]
    answers = np.empty(rows * width, dtype=object)
    left: Sequence[int] | None = None
    if declared.whole_columns is not None and rows * width > 1:
        quick = declared.whole_columns(*columns)
        if quick is not None:
            answers, left = quick
    if left is None or len(left):
        if answers.dtype != object:
            answers = answers.astype(object)
        _one_by_one(declared, columns, answers, left, facts, language)
    if width == 1 and any(isinstance(grid, Column) for grid in given):
        return Column(answers.tolist())
    grid: Grid = answers.reshape(rows, width).tolist()
    return grid


def _one_by_one(
    declared: WorksheetFunction,
    columns: Sequence[Sequence[Cell]],
    answers: np.ndarray[Any, np.dtype[Any]],
    left: Sequence[int] | None,
    facts: Facts,
    language: str,
) -> None:
    """Answer the cells that are left, all of them for None; equal questions are asked once."""
    places = range(len(answers)) if left is None else left
    ask = _asking(declared, columns, facts, language)
    long = [column for column in columns if len(column) > 1]
    varying: list[Sequence[Cell]] = [[column[place] for place in places] for column in long] or [columns[0]]
    questions: Iterable[Any] = zip(*varying, strict=True)
    if any(bool in set(map(type, cells)) for cells in varying):
        # TRUE and 1 are equal in Python, and not in a sheet.
        questions = ((question, tuple(map(type, question))) for question in questions)
    known: dict[Any, Cell] = {}
    for place, question in zip(places, questions, strict=True):
        if question not in known:
            known[question] = ask([column[place] if len(column) > 1 else column[0] for column in columns])
        answers[place] = known[question]


def _asking(
    declared: WorksheetFunction, columns: Sequence[Sequence[Cell]], facts: Facts, language: str
) -> Callable[[Sequence[Cell]], Cell]:
    """The function for one cell at a time; arguments that are one cell for all are read beforehand."""
    readers = [_reader(parameter, declared.fails) for parameter in declared.parameters]
    for at, (column, reader) in enumerate(zip(columns, readers, strict=True)):
        if len(column) == 1:
            with suppress(CannotAnswer):  # then every cell says so itself
                value = reader(column[0])
                readers[at] = partial(_already, value)
    function = partial(declared.function, facts) if declared.reads_master else declared.function

    def ask(cells: Sequence[Cell]) -> Cell:
        try:
            return _outgoing(function(*[read(cell) for read, cell in zip(readers, cells, strict=True)]))
        except _ANSWERED as why:
            return _error_of(why, language)

    return ask


def _reader(parameter: Parameter, fails: bool) -> Callable[[Cell], Any]:
    return lambda cell: _read(parameter, cell, fails=fails)


def _already(value: Any, _: Cell) -> Any:
    return value


def _common_shape(shapes: Iterable[Shape]) -> Shape:
    heights, widths = (set(sizes) - {1} for sizes in zip(*shapes, strict=True))
    if len(heights) > 1 or len(widths) > 1:
        raise CannotAnswer("#VALUE!", "function-ranges-differ")
    rows, width = max(heights, default=1), max(widths, default=1)
    if rows * width > MOST_CELLS:
        raise CannotAnswer("#VALUE!", "function-too-many-cells")
    return rows, width


def _column(grid: Grid, shape: Shape) -> Sequence[Cell]:
    """The cells of a grid row by row, stretched to a shape; a single cell stays one."""
    rows, width = shape
    if len(grid) == len(grid[0]) == 1:
        return [grid[0][0]]
    stretched = grid if len(grid) == rows else list(grid) * rows
    if width == 1 or len(grid[0]) == width:
        return cells_of(stretched)
    return [row[0] for row in stretched for _ in range(width)]


# --- answers ----------------------------------------------------------------------------------------------------


def _outgoing(value: Any) -> Cell:
    """What a function found, as a cell: exact numbers as floats, days as Excel's numbers, words as text."""
    if isinstance(value, Fraction | Decimal):
        return float(value)
    if isinstance(value, date):
        if value < FIRST_SURE_DAY:
            raise CannotAnswer("#NUM!", "function-day-too-early")
        return (value - FIRST_DAY).days
    if isinstance(value, str):
        return str(value)
    cell: Cell = value
    return cell


def _error_of(why: Exception, language: str) -> CellError:
    if isinstance(why, _Passed):
        return CellError(why.error, why.reason or message(why.code, why.details, language))
    if isinstance(why, CannotAnswer):
        details = dict(why.details)
        if "argument" in details:
            details["argument"] = message(details["argument"], language=language)
        if why.code == "function-argument-unreadable":
            details["reason"] = message(details.pop("code"), details, language)
        return CellError(why.error, message(why.code, details, language))
    if isinstance(why, Unreadable):
        return CellError("#VALUE!", message(why.code, why.details, language))
    code, sentence = _ARITHMETIC[type(why)]
    return CellError(code, message(sentence, language=language))
