"""Rows as they travel: one table of one unit and year, column by column, each row traceable to its line.

Columns rather than objects a row: a province holds a million rows, and a column of one type is checked, compared
and written at the speed of the interpreter's own loops.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum


class Unread(Enum):
    """The one value that says: something is typed here, but it could not be read. Never stored in the master."""

    UNREAD = "unread"

    def __repr__(self) -> str:
        return "UNREAD"


UNREAD = Unread.UNREAD

Value = str | int | Decimal | date | None
"""What a cell of the master may hold. None is a blank: nothing reported, which is not zero."""

Cell = Value | Unread
"""What a cell of a submission may hold."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one table (``DON_VI``, ``QUY``, …) of one unit and one year.

    ``rids`` identify rows within (unit, year, table). ``columns`` maps each field code of the table's schema to
    one tuple as long as ``rids``; a field the sender's file did not have is absent from the mapping, which means
    "no information" and never "all blank". ``lines`` is the row number in the sender's sheet, 0 for a row typed
    in the master itself. ``file`` and ``sheet`` say where ``lines`` count; ``letters`` maps each field to its
    column letters there, so that any value leads to its cell.

    >>> rows = Rows("DON_VI", ("a",), {"MA": ("TH-01",)}, (7,), "CTD_09382_2024.xlsx", "Cơ quan, đơn vị", {"MA": "A"})
    >>> len(rows), rows.cell_of(0, "MA")
    (1, 'A7')
    """

    table: str
    rids: tuple[str, ...]
    columns: Mapping[str, tuple[Cell, ...]]
    lines: tuple[int, ...]
    file: str = ""
    sheet: str = ""
    letters: Mapping[str, str] = ()  # type: ignore[assignment]

    def __post_init__(self) -> None:
        object.__setattr__(self, "letters", dict(self.letters))
        size = len(self.rids)
        if len(self.lines) != size or any(len(column) != size for column in self.columns.values()):
            raise ValueError(f"columns of {self.table} differ in length")

    def __len__(self) -> int:
        return len(self.rids)

    def column(self, field: str) -> tuple[Cell, ...]:
        """The values of a field; all blank when the sender's file did not have it."""
        return self.columns.get(field) or (None,) * len(self.rids)

    def row(self, index: int) -> dict[str, Cell]:
        """One row as a mapping of field code to value."""
        return {field: column[index] for field, column in self.columns.items()}

    def dicts(self) -> Iterator[dict[str, Cell]]:
        """Each row as a mapping; handy for rules and tests, too slow for a province."""
        return (self.row(index) for index in range(len(self.rids)))

    def cell_of(self, index: int, field: str) -> str | None:
        """The cell staff typed this value into, such as ``C12``; None for a row typed in the master."""
        letters, line = self.letters.get(field), self.lines[index]
        return f"{letters}{line}" if letters and line else None

    @classmethod
    def empty(cls, table: str) -> Rows:
        """No rows at all."""
        return cls(table, (), {}, ())
