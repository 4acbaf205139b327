"""What a cell holds when it comes to a worksheet function, and what goes back into the cell.

Whatever the host, a cell is a ``Cell``: None for a blank one, a truth value, a number (dates are Excel's day numbers,
1900 system), text, or an error. A range is a ``Grid``, row by row; a single cell is a grid of one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal, TypeAlias, get_args, overload

ErrorCode = Literal["#N/A", "#VALUE!", "#REF!", "#DIV/0!", "#NUM!", "#NAME?"]
ERROR_CODES: tuple[str, ...] = get_args(ErrorCode)


@dataclass(frozen=True, slots=True)
class CellError:
    """An error value as Excel knows it, with the sentence that says why and what to do; the sentence is empty for an
    error that came in with a cell."""

    code: ErrorCode
    reason: str = ""


Cell: TypeAlias = bool | int | float | str | CellError | None
Grid: TypeAlias = Sequence[Sequence[Cell]]


class Column(Sequence[Sequence[Cell]]):
    """A grid of one cell a row, kept as its cells: a hundred thousand rows need not be a hundred thousand lists.

    >>> Column([1, None]) == [[1], [None]], Column([1, None, 2])[1:]
    (True, Column([None, 2]))
    """

    __slots__ = ("cells",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = cells

    def __len__(self) -> int:
        return len(self.cells)

    def __iter__(self) -> Iterator[Sequence[Cell]]:
        return ([cell] for cell in self.cells)

    @overload
    def __getitem__(self, at: int) -> Sequence[Cell]: ...
    @overload
    def __getitem__(self, at: slice) -> Column: ...
    def __getitem__(self, at: int | slice) -> Sequence[Cell] | Column:
        return Column(self.cells[at]) if isinstance(at, slice) else [self.cells[at]]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def __repr__(self) -> str:
        return f"Column({self.cells!r})"


def cells_of(grid: Grid) -> Sequence[Cell]:
    """All cells, row by row."""
    return grid.cells if isinstance(grid, Column) else list(chain.from_iterable(grid))


def widths_of(grid: Grid) -> set[int]:
    """The lengths that rows have: one, unless the grid is empty or its rows are not alike."""
    return ({1} if grid else set()) if isinstance(grid, Column) else set(map(len, grid))


_OTHER_ERRORS = frozenset(
    {"#NULL!", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!", "#GETTING_DATA"}
)


def error_named(text: str) -> CellError | None:
    """The error a host names by its text; an error we never give ourselves counts as ``#VALUE!``. None for other text.

    >>> error_named("#N/A"), error_named("#SPILL!"), error_named("#1")
    (CellError(code='#N/A', reason=''), CellError(code='#VALUE!', reason=''), None)
    """
    if text in ERROR_CODES:
        return CellError(text)  # type: ignore[arg-type]
    return CellError("#VALUE!") if text in _OTHER_ERRORS else None


class CannotAnswer(Exception):
    """A worksheet function has no value to give: the error it shows, and the sentence of the catalogue with why."""

    def __init__(self, error: ErrorCode, code: str, details: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.error: ErrorCode = error
        self.code = code
        self.details: Mapping[str, str] = details or {}
