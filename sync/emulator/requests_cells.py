"""Requests about cells: entering, formatting, validation, merging, copying, sorting, finding."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sync.emulator.a1 import Box
from sync.emulator.batch import Batch
from sync.emulator.dimensions import displaced
from sync.emulator.formats import with_both_colours
from sync.emulator.grid import (
    BLANK,
    EMPTY_ROW,
    JSON,
    MAX_CHARACTERS,
    NOTHING,
    Calculator,
    Cell,
    Row,
    Tab,
    Value,
)
from sync.emulator.locales import Formula
from sync.emulator.masks import Mask, changed, required_mask
from sync.emulator.protection import check_cells

TOO_LONG = f"Your input contains more than the maximum of {MAX_CHARACTERS} characters in a single cell."
_KINDS = ("numberValue", "stringValue", "boolValue", "formulaValue")


def value_given(batch: Batch, written: Mapping[str, Any] | None) -> Value:
    """An ExtendedValue: exactly one kind of value, or none to empty the cell."""
    if not written:
        return None
    kinds = [kind for kind in _KINDS if kind in written]
    if len(kinds) != 1 or len(written) != 1:
        raise batch.refusal("Invalid value: exactly one of numberValue, stringValue, boolValue or formulaValue is set.")
    value = written[kinds[0]]
    if isinstance(value, str) and len(value) > MAX_CHARACTERS:
        raise batch.refusal(TOO_LONG)
    if kinds[0] == "formulaValue":
        if not str(value).startswith("="):
            raise batch.refusal(f"Invalid formula: {value}")
        return Formula(value)
    if kinds[0] == "numberValue" and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise batch.refusal("Invalid value: numberValue must be a number.")
    return value  # type: ignore[no-any-return]  # JSON


def with_data(batch: Batch, cell: Cell, data: Mapping[str, Any], mask: Mask) -> Cell:
    """The cell with the parts of a CellData that the mask names; what the data lacks is cleared."""
    whole = "*" in mask
    if whole or "userEnteredValue" in mask:
        cell = replace(cell, value=value_given(batch, data.get("userEnteredValue")))
    if whole or "note" in mask:
        cell = replace(cell, note=data.get("note") or None)
    if whole or "dataValidation" in mask:
        cell = replace(cell, rule=data.get("dataValidation"))
    if whole or "userEnteredFormat" in mask:
        given = data.get("userEnteredFormat") or {}
        below = mask.get("userEnteredFormat") or {"*": {}}
        old = NOTHING if "*" in below else cell.format
        cell = replace(cell, format=with_both_colours(changed(old, given, below)) or NOTHING)
    return cell


def fill(tab: Tab, box: Box, change: Callable[[Cell], Cell]) -> None:
    """Change every cell of a box alike. Rows that were the same object stay one object."""
    known: dict[int, Row] = {}
    kept: list[Row] = []
    for number in range(box.top, box.bottom):
        row = tab.rows.get(number, EMPTY_ROW)
        if id(row) not in known:
            new = dict(row)
            for column in range(box.left, box.right):
                cell = change(row.get(column, BLANK))
                if cell.blank:
                    new.pop(column, None)
                else:
                    new[column] = cell
            known[id(row)] = new
            kept.append(row)  # so that its id stays its own
        if known[id(row)]:
            tab.rows[number] = known[id(row)]
        else:
            tab.rows.pop(number, None)


def update_cells(batch: Batch, body: JSON) -> JSON:
    rows: Sequence[Mapping[str, Any]] = body.get("rows") or []
    mask = required_mask(body.get("fields"), batch.place)
    if "start" in body:
        start = body["start"]
        tab, top, left = batch.tab(start.get("sheetId")), start.get("rowIndex", 0), start.get("columnIndex", 0)
        width = max((len(row.get("values") or []) for row in rows), default=0)
        box = Box(top, top + len(rows), left, left + width)
        if box.bottom > tab.height or box.right > tab.width:
            raise batch.refusal(
                f"Attempting to write column: {box.right - 1}, row: {box.bottom - 1} beyond the last requested or "
                f"existing cell. Max rows: {tab.height}, max columns: {tab.width}"
            )
    else:
        tab, box = batch.range(body["range"])
    check_cells(batch.spreadsheet, tab, box, batch.editor)
    for down in range(box.height):
        given = (rows[down].get("values") or []) if down < len(rows) else []
        row = dict(tab.rows.get(box.top + down, EMPTY_ROW))
        # With a starting cell, a shorter row leaves the cells behind its end alone.
        for right in range(len(given) if "start" in body else box.width):
            column = box.left + right
            cell = with_data(batch, row.get(column, BLANK), given[right] if right < len(given) else NOTHING, mask)
            if cell.blank:
                row.pop(column, None)
            else:
                row[column] = cell
        put_row(tab, box.top + down, row)
    return {}


def put_row(tab: Tab, number: int, row: Row) -> None:
    if row:
        tab.rows[number] = row
    else:
        tab.rows.pop(number, None)


def repeat_cell(batch: Batch, body: JSON) -> JSON:
    tab, box = batch.range(body["range"])
    mask = required_mask(body.get("fields"), batch.place)
    check_cells(batch.spreadsheet, tab, box, batch.editor)
    data = body.get("cell") or {}
    if "formulaValue" in (data.get("userEnteredValue") or {}):
        _repeat_formula(batch, tab, box, data, mask)
    else:
        fill(tab, box, lambda cell: with_data(batch, cell, data, mask))
    return {}


def _repeat_formula(batch: Batch, tab: Tab, box: Box, data: JSON, mask: Mask) -> None:
    for row, column in _places(box):
        text = displaced(data["userEnteredValue"]["formulaValue"], row - box.top, column - box.left)
        shifted = {**data, "userEnteredValue": {"formulaValue": text}}
        tab.put(row, column, with_data(batch, tab.cell(row, column), shifted, mask))


def _places(box: Box) -> Iterator[tuple[int, int]]:
    return ((row, column) for row in range(box.top, box.bottom) for column in range(box.left, box.right))


def append_cells(batch: Batch, body: JSON) -> JSON:
    tab, rows = batch.tab(body.get("sheetId")), body.get("rows") or []
    mask = required_mask(body.get("fields"), batch.place)
    top = max((row for row, _, _ in tab.filled()), default=-1) + 1
    width = max((len(row.get("values") or []) for row in rows), default=0)
    check_cells(batch.spreadsheet, tab, Box(top, top + len(rows), 0, max(width, 1)), batch.editor)
    batch.spreadsheet.grow(tab, top + len(rows), width)
    for down, row in enumerate(rows):
        for column, data in enumerate(row.get("values") or []):
            tab.put(top + down, column, with_data(batch, tab.cell(top + down, column), data, mask))
    return {}


def set_data_validation(batch: Batch, body: JSON) -> JSON:
    tab, box = batch.range(body["range"])
    check_cells(batch.spreadsheet, tab, box, batch.editor)
    rule = body.get("rule")
    if rule is not None and "condition" not in rule:
        raise batch.refusal("rule.condition: No condition set.")
    fill(tab, box, lambda cell: replace(cell, rule=rule))
    return {}


def update_borders(batch: Batch, body: JSON) -> JSON:
    tab, box = batch.range(body["range"])
    check_cells(batch.spreadsheet, tab, box, batch.editor)
    inner = {"innerHorizontal": ("top", "bottom"), "innerVertical": ("left", "right")}
    edges = {side: body[side] for side in ("top", "bottom", "left", "right") if side in body}
    for row, column in _places(box):
        sides: JSON = {}
        for name, pair in inner.items():
            if name in body:
                sides |= dict.fromkeys(pair, body[name])
        at_edge = {
            "top": row == box.top,
            "bottom": row == box.bottom - 1,
            "left": column == box.left,
            "right": column == box.right - 1,
        }
        sides |= {side: style for side, style in edges.items() if at_edge[side]}
        cell = tab.cell(row, column)
        tab.put(
            row, column, replace(cell, format={**cell.format, "borders": {**cell.format.get("borders", {}), **sides}})
        )
    return {}


def merge_cells(batch: Batch, body: JSON) -> JSON:
    tab, box = batch.range(body["range"])
    check_cells(batch.spreadsheet, tab, box, batch.editor)
    kind = body.get("mergeType", "MERGE_ALL")
    parts = {
        "MERGE_ALL": [box],
        "MERGE_ROWS": [Box(row, row + 1, box.left, box.right) for row in range(box.top, box.bottom)],
        "MERGE_COLUMNS": [Box(box.top, box.bottom, column, column + 1) for column in range(box.left, box.right)],
    }.get(kind)
    if parts is None:
        raise batch.refusal(f"Invalid mergeType: {kind}")
    _check_whole_merges(batch, tab, box)
    tab.merges = [old for old in tab.merges if not box.holds(old)]
    for part in parts:
        tab.merges.append(part)
        for row, column, cell in list(tab.filled(part)):
            if (row, column) != (part.top, part.left):
                tab.put(row, column, replace(cell, value=None))
    return {}


def _check_whole_merges(batch: Batch, tab: Tab, box: Box) -> None:
    if any(old.meets(box) and not box.holds(old) for old in tab.merges):
        raise batch.refusal("You must select all cells in a merged range to merge or unmerge them.")


def unmerge_cells(batch: Batch, body: JSON) -> JSON:
    tab, box = batch.range(body["range"])
    check_cells(batch.spreadsheet, tab, box, batch.editor)
    _check_whole_merges(batch, tab, box)
    tab.merges = [old for old in tab.merges if not box.holds(old)]
    return {}


_PASTED: Mapping[str, Callable[[Cell, Cell], Cell]] = {
    "PASTE_NORMAL": lambda old, new: new,
    "PASTE_NO_BORDERS": lambda old, new: new,
    "PASTE_VALUES": lambda old, new: replace(old, value=new.value),
    "PASTE_FORMULA": lambda old, new: replace(old, value=new.value),
    "PASTE_FORMAT": lambda old, new: replace(old, format=new.format),
    "PASTE_DATA_VALIDATION": lambda old, new: replace(old, rule=new.rule),
}


def copy_paste(batch: Batch, body: JSON) -> JSON:
    source_tab, source = batch.range(body["source"])
    tab, target = batch.range(body["destination"])
    pasted = _PASTED.get(body.get("pasteType", "PASTE_NORMAL"))
    if pasted is None:
        raise batch.refusal(f"Invalid pasteType: {body['pasteType']}")
    down, right = max(target.height // source.height, 1), max(target.width // source.width, 1)
    whole = Box(target.top, target.top + down * source.height, target.left, target.left + right * source.width)
    check_cells(batch.spreadsheet, tab, whole, batch.editor)
    batch.spreadsheet.grow(tab, whole.bottom, whole.right)
    values_only = body.get("pasteType") == "PASTE_VALUES"
    calculator = Calculator(batch.spreadsheet, batch.today)
    block = {place: _copied(source_tab, place, calculator, values_only) for place in _places(source)}
    for row, column in _places(whole):
        origin = source.top + (row - whole.top) % source.height, source.left + (column - whole.left) % source.width
        new = _displaced_cell(block[origin], row - origin[0], column - origin[1])
        tab.put(row, column, pasted(tab.cell(row, column), new))
    return {}


def _copied(tab: Tab, place: tuple[int, int], calculator: Calculator, values_only: bool) -> Cell:
    cell = tab.cell(*place)
    if values_only and isinstance(cell.value, Formula):
        value = calculator.value(tab, *place)
        return replace(cell, value=value if isinstance(value, bool | int | float | str) else None)
    return cell


def _displaced_cell(cell: Cell, down: int, right: int) -> Cell:
    if isinstance(cell.value, Formula):
        return replace(cell, value=Formula(displaced(cell.value.text, down, right)))
    return cell


def cut_paste(batch: Batch, body: JSON) -> JSON:
    source_tab, source = batch.range(body["source"])
    to = body["destination"]
    tab, top, left = batch.tab(to.get("sheetId")), to.get("rowIndex", 0), to.get("columnIndex", 0)
    target = Box(top, top + source.height, left, left + source.width)
    check_cells(batch.spreadsheet, source_tab, source, batch.editor)
    check_cells(batch.spreadsheet, tab, target, batch.editor)
    block = {place: source_tab.cell(*place) for place in _places(source)}
    for place in block:
        source_tab.put(*place, BLANK)
    batch.spreadsheet.grow(tab, target.bottom, target.right)
    for (row, column), cell in block.items():
        tab.put(row - source.top + top, column - source.left + left, cell)
    return {}


def sort_range(batch: Batch, body: JSON) -> JSON:
    tab, box = batch.range(body["range"])
    check_cells(batch.spreadsheet, tab, box, batch.editor)
    calculator = Calculator(batch.spreadsheet, batch.today)
    order = list(range(box.top, box.bottom))
    for wanted in reversed(body.get("sortSpecs") or []):
        column = wanted.get("dimensionIndex", 0)
        keys = {row: _sort_key(calculator.value(tab, row, column)) for row in order}
        full = [row for row in order if keys[row] is not None]
        full.sort(key=lambda row: keys[row] or (), reverse=wanted.get("sortOrder") == "DESCENDING")
        order = full + [row for row in order if keys[row] is None]
    old = {row: tab.rows.get(row, EMPTY_ROW) for row in order}
    for number, source in zip(range(box.top, box.bottom), order, strict=True):
        outside = {column: cell for column, cell in old[number].items() if not box.left <= column < box.right}
        moved = {
            column: _displaced_cell(cell, number - source, 0)
            for column, cell in old[source].items()
            if box.left <= column < box.right
        }
        put_row(tab, number, outside | moved)
    return {}


def _sort_key(value: object) -> tuple[int, Any] | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return 2, value
    return (0, value) if isinstance(value, int | float) else (1, str(value).lower())


def find_replace(batch: Batch, body: JSON) -> JSON:
    if "range" in body:
        tab, box = batch.range(body["range"])
        places = [(tab, box)]
    elif body.get("allSheets"):
        places = [(tab, tab.box) for tab in batch.spreadsheet.tabs]
    else:
        tab = batch.tab(body.get("sheetId"))
        places = [(tab, tab.box)]
    pattern = _pattern(body)
    counts = {"occurrences": 0, "cells": 0, "rows": 0, "sheets": 0}
    for tab, box in places:
        rows = set()
        for row, column, cell in list(tab.filled(box)):
            if isinstance(cell.value, str) and (found := pattern.findall(cell.value)):
                check_cells(batch.spreadsheet, tab, Box(row, row + 1, column, column + 1), batch.editor)
                text = pattern.sub(lambda _: body.get("replacement", ""), cell.value)
                tab.put(row, column, replace(cell, value=text or None))
                counts["occurrences"] += len(found)
                counts["cells"] += 1
                rows.add(row)
        counts["rows"] += len(rows)
        counts["sheets"] += bool(rows)
    return {"findReplace": {f"{name}Changed": count for name, count in counts.items() if count}}


def _pattern(body: JSON) -> re.Pattern[str]:
    text = body["find"] if body.get("searchByRegex") else re.escape(body["find"])
    if body.get("matchEntireCell"):
        text = rf"\A(?:{text})\Z"
    return re.compile(text, 0 if body.get("matchCase") else re.IGNORECASE)


HANDLERS: Mapping[str, Callable[[Batch, JSON], JSON]] = {
    "updateCells": update_cells,
    "repeatCell": repeat_cell,
    "appendCells": append_cells,
    "setDataValidation": set_data_validation,
    "updateBorders": update_borders,
    "mergeCells": merge_cells,
    "unmergeCells": unmerge_cells,
    "copyPaste": copy_paste,
    "cutPaste": cut_paste,
    "sortRange": sort_range,
    "findReplace": find_replace,
}
