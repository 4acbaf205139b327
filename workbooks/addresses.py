"""What a cell of the master stands for: a field of a unit's row, or the figure of a target."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from workbooks import gate
from workbooks.find_tables import find_tables
from workbooks.grids import Grid, read_grids
from workbooks.layouts import RID

_TARGET = re.compile(r"^[A-Z]{2}-\d{2}$")


@dataclass(frozen=True, slots=True)
class Address:
    """The meaning of one cell: of a data row (then ``rid`` is set), or of a target's line or column."""

    table: str = ""
    uid: str = ""
    year: int = 0
    rid: str = ""
    field: str = ""
    target: str = ""


def address_of(master: Path, sheet: str, row: int, column: int) -> Address | None:
    """What the cell in this row and column (from 1) of a sheet stands for; None when it is none of ours.

    A figure belongs to the target named in its row or, on the matrix of units, at the head of its column.
    """
    passed = gate.inspect(master, master.name, gate.MASTER_LIMITS)
    if isinstance(passed, gate.Refused):
        return None
    grids, _ = read_grids(passed, lambda tab: tab.casefold() == sheet.casefold())
    if not grids:
        return None
    grid = grids[0]
    for found in find_tables(grids):
        if row > found.first and row <= len(grid.rows):
            return _of_row(grid, found.table.code, found.columns, row, column)
    return _of_target(grid, row, column)


def _of_row(grid: Grid, table: str, columns: dict[str, int], row: int, column: int) -> Address | None:
    cells = grid.rows[row - 1]

    def text(code: str) -> str:
        place = columns.get(code)
        value = cells[place] if place is not None and place < len(cells) else ""
        return str(int(value)) if isinstance(value, float) else str(value)

    field = next((code for code, place in columns.items() if place == column - 1), "")
    if not text(RID):
        return None
    return Address(table, text("_uid"), int(text("_year") or 0), text(RID), field)


def _of_target(grid: Grid, row: int, column: int) -> Address | None:
    if row > len(grid.rows):
        return None
    named = [cell for cell in grid.rows[row - 1] if isinstance(cell, str) and _TARGET.match(cell)]
    above = [
        line[column - 1]
        for line in grid.rows[: row - 1]
        if column <= len(line) and isinstance(line[column - 1], str) and _TARGET.match(str(line[column - 1]))
    ]
    targets = named or above
    return Address(target=str(targets[-1])) if targets else None
