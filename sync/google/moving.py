"""What a ward typed into its Excel workbook, cell by cell, for a ward that goes on in a Google Sheet."""

from __future__ import annotations

from pathlib import Path

from workbooks import gate
from workbooks.find_tables import Found, find_cover, find_tables
from workbooks.grids import Trouble, columns_below, read_grids, trouble_in
from workbooks.layouts import RID, column_letters
from workbooks.read import NOT_TABLES
from xl_ctd.core.tables import COVER, Kind

Row = dict[str, object]


def typed_in(workbook: Path) -> tuple[dict[str, object], dict[str, list[Row]]]:
    """The cover and the rows of every table as they stand in the cells, unread: text as text, errors as their text.

    Personal data and calculated columns stay behind. A workbook that the gate refuses gives nothing.
    """
    passed = gate.inspect(workbook, workbook.name, unread=NOT_TABLES)
    if isinstance(passed, gate.Refused):
        return {}, {}
    grids, _ = read_grids(passed, lambda tab: tab not in NOT_TABLES)
    tables: dict[str, list[Row]] = {}
    for found in find_tables(grids):
        tables.setdefault(found.table.code, _rows(found))
    cover = find_cover(grids)
    wanted = {field.code for field in COVER if not field.personal and field.kind is not Kind.AUTO} - {"MA_TEP"}
    cells = {} if cover is None else {code: place for code, place in cover.cells.items() if code in wanted}
    values: dict[str, object] = {}
    for code, (line, column) in cells.items():
        row = cover.grid.rows[line] if cover else ()
        values[code] = row[column] if column < len(row) else ""
    return {code: value for code, value in values.items() if value != ""}, tables


def _rows(found: Found) -> list[Row]:
    codes = [field.code for field in found.table.stored if field.code in found.columns]
    codes += [RID] if RID in found.columns else []
    data = columns_below(found.grid, found.first)
    letters = {column_letters(found.columns[code] + 1): code for code in codes}
    trouble = trouble_in(found.grid, letters.keys())
    columns = {code: data[found.columns[code]] for code in codes if found.columns[code] < len(data)}
    height = max(0, len(found.grid.rows) - found.first)
    rows: list[Row] = [{code: _cell(column[n]) for code, column in columns.items()} for n in range(height)]
    for (line, column), told in trouble.items():
        if 0 <= line - 1 - found.first < height:
            rows[line - 1 - found.first][letters[column]] = told.text
    return rows


def _cell(cell: object) -> object:
    return cell.text if isinstance(cell, Trouble) else cell
