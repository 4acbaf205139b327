"""Requests about rows and columns."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from sync.emulator.a1 import Box
from sync.emulator.batch import Batch, without_zero_sheet
from sync.emulator.dimensions import Delete, Insert, Move
from sync.emulator.grid import BLANK, EMPTY_ROW, JSON, Calculator, Tab
from sync.emulator.masks import changed, required_mask
from sync.emulator.number_formats import shown
from sync.emulator.protection import check_cells, check_insertion


def _span(batch: Batch, written: Mapping[str, Any]) -> tuple[Tab, str, int, int]:
    tab, dimension = batch.tab(written.get("sheetId")), written.get("dimension")
    if dimension not in ("ROWS", "COLUMNS"):
        raise batch.refusal("No dimension set.")
    start, end = int(written.get("startIndex", 0)), int(written.get("endIndex", tab.span(dimension)))
    if end <= start:
        raise batch.refusal(f"range.startIndex[{start}] must be less than range.endIndex[{end}].")
    return tab, dimension, start, end


def _lines(tab: Tab, dimension: str, start: int, end: int) -> Box:
    return Box(start, end, 0, tab.width) if dimension == "ROWS" else Box(0, tab.height, start, end)


def _resize(batch: Batch, tab: Tab, dimension: str, by: int) -> None:
    tab.properties["gridProperties"]["rowCount" if dimension == "ROWS" else "columnCount"] += by
    batch.spreadsheet.check_size()


def insert_dimension(batch: Batch, body: JSON) -> JSON:
    tab, dimension, start, end = _span(batch, body["range"])
    size, before = tab.span(dimension), bool(body.get("inheritFromBefore"))
    if before and start == 0:
        raise batch.refusal("inheritFromBefore cannot be true if startIndex is 0")
    if start > size or (start == size and not before):
        condition = "." if before else " if inheritFromBefore is false."
        raise batch.refusal(f"range.startIndex[{start}] must be less than the grid size ({size}){condition}")
    check_insertion(tab, start, batch.editor, rows=dimension == "ROWS")
    _resize(batch, tab, dimension, end - start)
    batch.spreadsheet.edit(tab, Insert(start, end - start), rows=dimension == "ROWS")
    _inherit(tab, dimension, start, end, start - 1 if before else end)
    return {}


def _inherit(tab: Tab, dimension: str, start: int, end: int, model: int) -> None:
    """New rows or columns look like their neighbour: format and validation, without its values and notes."""
    if dimension == "ROWS":
        like = {column: _looks(cell) for column, cell in tab.rows.get(model, EMPTY_ROW).items()}
        like = {column: cell for column, cell in like.items() if not cell.blank}
        for row in range(start, end) if like else ():
            tab.rows[row] = like
        return
    for row, cells in list(tab.rows.items()):
        cell = _looks(cells.get(model, BLANK))
        if not cell.blank:
            tab.rows[row] = {**cells, **dict.fromkeys(range(start, end), cell)}


def _looks(cell: Any) -> Any:
    return type(cell)(format=cell.format, rule=cell.rule)


def append_dimension(batch: Batch, body: JSON) -> JSON:
    tab = batch.tab(body.get("sheetId"))
    _resize(batch, tab, body["dimension"], int(body["length"]))
    return {}


def delete_dimension(batch: Batch, body: JSON) -> JSON:
    tab, dimension, start, end = _span(batch, body["range"])
    size = tab.span(dimension)
    one, many = ("row", "rows") if dimension == "ROWS" else ("column", "columns")
    if end > size:
        raise batch.refusal(
            f"Cannot delete a {one} that doesn't exist. "
            f"Tried to delete {one} index {start} but there are only {size} {many}."
        )
    if end - start >= size:
        raise batch.refusal(f"You can't delete all the {many} on the sheet.")
    check_cells(batch.spreadsheet, tab, _lines(tab, dimension, start, end), batch.editor)
    batch.spreadsheet.edit(tab, Delete(start, end - start), rows=dimension == "ROWS")
    _resize(batch, tab, dimension, start - end)
    return {}


def move_dimension(batch: Batch, body: JSON) -> JSON:
    tab, dimension, start, end = _span(batch, body["source"])
    to = int(body.get("destinationIndex", 0))
    if end > tab.span(dimension) or to > tab.span(dimension) or start < to < end:
        raise batch.refusal("The destination must lie outside the source and within the grid.")
    reach = _lines(tab, dimension, min(start, to), max(end, to))
    check_cells(batch.spreadsheet, tab, reach, batch.editor)
    batch.spreadsheet.edit(tab, Move(start, end, to), rows=dimension == "ROWS")
    return {}


def update_dimension_properties(batch: Batch, body: JSON) -> JSON:
    tab, dimension, start, end = _span(batch, body["range"])
    mask = required_mask(body.get("fields"), batch.place)
    sizes = tab.row_properties if dimension == "ROWS" else tab.column_properties
    for index in range(start, min(end, tab.span(dimension))):
        new = changed(sizes.get(index, {}), body.get("properties", {}), mask)
        sizes[index] = {name: value for name, value in new.items() if value is not False}
        if not sizes[index]:
            del sizes[index]
    return {}


def auto_resize_dimensions(batch: Batch, body: JSON) -> JSON:
    tab, dimension, start, end = _span(batch, body["dimensions"])
    calculator = Calculator(batch.spreadsheet, batch.today)
    for column in range(start, end) if dimension == "COLUMNS" else ():
        widths = [
            len(_shown(batch, tab, row, column, calculator))
            for row, _, _ in tab.filled(Box(0, tab.height, column, column + 1))
        ]
        if widths:
            old = tab.column_properties.get(column, {})
            tab.column_properties[column] = {**old, "pixelSize": max(21, 7 * max(widths) + 6)}
    return {}


def _shown(batch: Batch, tab: Tab, row: int, column: int, calculator: Calculator) -> str:
    value = calculator.value(tab, row, column)
    if isinstance(value, bool | int | float | str):
        return shown(value, tab.cell(row, column).format.get("numberFormat"), batch.spreadsheet.locale)
    return ""


def add_dimension_group(batch: Batch, body: JSON) -> JSON:
    tab, dimension, start, end = _span(batch, body["range"])
    groups = tab.groups[dimension]
    around = [one for one in groups if one["range"]["startIndex"] <= start and end <= one["range"]["endIndex"]]
    written = {"sheetId": tab.id, "dimension": dimension, "startIndex": start, "endIndex": end}
    groups.append({"range": written, "depth": 1 + len(around)})
    side = "rowGroupControlAfter" if dimension == "ROWS" else "columnGroupControlAfter"
    tab.properties["gridProperties"][side] = True
    return {"addDimensionGroup": {"dimensionGroups": listed_groups(groups)}}


def delete_dimension_group(batch: Batch, body: JSON) -> JSON:
    tab, dimension, start, end = _span(batch, body["range"])
    groups = tab.groups[dimension]
    for one in reversed(groups):
        if (one["range"]["startIndex"], one["range"]["endIndex"]) == (start, end):
            groups.remove(one)
            return {"deleteDimensionGroup": {"dimensionGroups": listed_groups(groups)} if groups else {}}
    raise batch.refusal("No dimension group exists for the given range.")


def listed_groups(groups: list[JSON]) -> list[JSON]:
    return [copy.deepcopy({**one, "range": without_zero_sheet(one["range"])}) for one in groups]


HANDLERS: Mapping[str, Callable[[Batch, JSON], JSON]] = {
    "insertDimension": insert_dimension,
    "appendDimension": append_dimension,
    "deleteDimension": delete_dimension,
    "moveDimension": move_dimension,
    "updateDimensionProperties": update_dimension_properties,
    "autoResizeDimensions": auto_resize_dimensions,
    "addDimensionGroup": add_dimension_group,
    "deleteDimensionGroup": delete_dimension_group,
}
