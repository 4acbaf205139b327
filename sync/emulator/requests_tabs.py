"""Requests about the spreadsheet and its tabs."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from sync.emulator.batch import Batch
from sync.emulator.formats import with_both_colours
from sync.emulator.grid import JSON, MAX_COLUMNS, Tab, new_tab
from sync.emulator.masks import changed, required_mask
from sync.emulator.protection import check_tab

_SETTLED = ("hidden", "rightToLeft")
_GRID_ZEROS = (
    "frozenRowCount",
    "frozenColumnCount",
    "hideGridlines",
    "rowGroupControlAfter",
    "columnGroupControlAfter",
)


def update_spreadsheet_properties(batch: Batch, body: JSON) -> JSON:
    mask = required_mask(body.get("fields"), batch.place)
    given = body.get("properties", {})
    if "title" in mask and not given.get("title"):
        raise batch.refusal("Spreadsheet title may not be blank.")
    batch.spreadsheet.properties = changed(batch.spreadsheet.properties, given, mask)
    return {}


def tab_from(batch: Batch, properties: Mapping[str, Any]) -> Tab:
    """A new tab as a SheetProperties describes it, not yet among the others."""
    spreadsheet = batch.spreadsheet
    title = properties.get("title") or _free_title(batch)
    if spreadsheet.titled(title):
        raise _title_taken(batch, title)
    sheet_id = properties.get("sheetId")
    if sheet_id is None:
        sheet_id = batch.new_id()
    elif spreadsheet.tab(sheet_id) is not None:
        raise batch.refusal(f"Sheet with id {sheet_id} already exists.")
    elif not 0 <= sheet_id < 2**31:
        raise batch.refusal(f"Sheet id {sheet_id} must be a non-negative 32-bit integer.")
    grid = properties.get("gridProperties", {})
    tab = new_tab(sheet_id, title, grid.get("rowCount", 1000), grid.get("columnCount", 26))
    rest = {name: value for name, value in properties.items() if name in (*_SETTLED, "tabColor", "tabColorStyle")}
    tab.properties |= with_both_colours(rest)
    tab.properties["gridProperties"] |= {name: grid[name] for name in _GRID_ZEROS if name in grid}
    _settle(batch, tab)
    return tab


def _free_title(batch: Batch) -> str:
    number = len(batch.spreadsheet.tabs) + 1
    while batch.spreadsheet.titled(f"Sheet{number}"):
        number += 1
    return f"Sheet{number}"


def _title_taken(batch: Batch, title: str) -> Exception:
    return batch.refusal(f'A sheet with the name "{title}" already exists. Please enter another name.')


def add_sheet(batch: Batch, body: JSON) -> JSON:
    properties = body.get("properties", {})
    tab = tab_from(batch, properties)
    tabs = batch.spreadsheet.tabs
    tabs.insert(properties.get("index", len(tabs)), tab)
    batch.spreadsheet.number_tabs()
    batch.spreadsheet.check_size()
    return {"addSheet": {"properties": copy.deepcopy(tab.properties)}}


def delete_sheet(batch: Batch, body: JSON) -> JSON:
    tab, spreadsheet = batch.tab(body.get("sheetId")), batch.spreadsheet
    check_tab(tab, batch.editor, whole=False)
    if all(other.properties.get("hidden") for other in spreadsheet.tabs if other is not tab):
        raise batch.refusal("You can't remove all the visible sheets in a document.")
    spreadsheet.tabs.remove(tab)
    spreadsheet.number_tabs()
    spreadsheet.named_ranges = [one for one in spreadsheet.named_ranges if one["range"].get("sheetId", 0) != tab.id]
    spreadsheet.metadata = [one for one in spreadsheet.metadata if _sheet_of(one) != tab.id]
    return {}


def _sheet_of(entry: JSON) -> int | None:
    location = entry["location"]
    if location.get("spreadsheet"):
        return None
    return int(location["dimensionRange"].get("sheetId", 0) if "dimensionRange" in location else location["sheetId"])


def duplicate_sheet(batch: Batch, body: JSON) -> JSON:
    source, spreadsheet = batch.tab(body.get("sourceSheetId")), batch.spreadsheet
    title = body.get("newSheetName") or copy_title(source.title, {tab.title for tab in spreadsheet.tabs})
    if spreadsheet.titled(title):
        raise _title_taken(batch, title)
    tab = source.snapshot()
    tab.properties |= {"sheetId": body.get("newSheetId") or batch.new_id(), "title": title}
    for ranges in (tab.protected, tab.banded, tab.tables):
        for one in ranges:
            one["range"]["sheetId"] = tab.id
    for one in tab.protected:
        one["protectedRangeId"] = batch.new_id()
    for rule in tab.conditional:
        for part in rule["ranges"]:
            part["sheetId"] = tab.id
    spreadsheet.tabs.insert(body.get("insertSheetIndex", 0), tab)
    spreadsheet.number_tabs()
    spreadsheet.check_size()
    _duplicate_metadata(batch, source, tab)
    return {"duplicateSheet": {"properties": copy.deepcopy(tab.properties)}}


def _duplicate_metadata(batch: Batch, source: Tab, tab: Tab) -> None:
    for entry in [one for one in batch.spreadsheet.metadata if _sheet_of(one) == source.id]:
        twin = copy.deepcopy(entry)
        place = twin["location"].get("dimensionRange", twin["location"])
        place["sheetId"] = tab.id
        twin["metadataId"] = batch.new_id()
        batch.spreadsheet.metadata.append(twin)


def copy_title(title: str, taken: set[str]) -> str:
    """``Copy of X``, ``Copy of X 2``, … whichever is free."""
    wanted, number = f"Copy of {title}", 2
    while wanted in taken:
        wanted, number = f"Copy of {title} {number}", number + 1
    return wanted


def update_sheet_properties(batch: Batch, body: JSON) -> JSON:
    given = body.get("properties", {})
    tab, mask, spreadsheet = (
        batch.tab(given.get("sheetId")),
        required_mask(body.get("fields"), batch.place),
        batch.spreadsheet,
    )
    check_tab(tab, batch.editor)
    new = changed(tab.properties, with_both_colours(given), mask)
    for colour in ("tabColor", "tabColorStyle"):
        if colour in mask:
            new = {name: value for name, value in new.items() if not name.startswith("tabColor")}
            new |= {name: value for name, value in with_both_colours(given).items() if name.startswith("tabColor")}
    new |= {"sheetId": tab.id, "sheetType": "GRID", "index": new.get("index", tab.properties["index"])}
    title = new.get("title")
    if not title:
        raise batch.refusal("Sheet title may not be blank.")
    if any(other is not tab and other.title.lower() == title.lower() for other in spreadsheet.tabs):
        raise _title_taken(batch, title)
    if title != tab.title:
        spreadsheet.rename_tab(tab, title)
    index, moved = tab.properties["index"], new["index"]
    tab.properties = new
    _settle(batch, tab)
    if index != moved:
        # The index counts the tabs as they stand before the move.
        spreadsheet.tabs.remove(tab)
        spreadsheet.tabs.insert(moved - 1 if moved > index else moved, tab)
        spreadsheet.number_tabs()
    if all(other.properties.get("hidden") for other in spreadsheet.tabs):
        raise batch.refusal("You can't hide all the sheets in a document.")
    return {}


def _settle(batch: Batch, tab: Tab) -> None:
    """Leave out what is zero or false, refuse what is impossible, and cut off what lies outside the grid."""
    grid = {name: value for name, value in tab.properties["gridProperties"].items() if value or name not in _GRID_ZEROS}
    tab.properties["gridProperties"] = grid
    for name in (*_SETTLED, "tabColor", "tabColorStyle"):
        if not tab.properties.get(name):
            tab.properties.pop(name, None)
    if grid.get("rowCount", 0) < 1 or grid.get("columnCount", 0) < 1:
        raise batch.refusal("gridProperties.rowCount and gridProperties.columnCount must be greater than zero")
    if tab.width > MAX_COLUMNS:
        raise batch.refusal(f"This action would increase the number of columns above the limit of {MAX_COLUMNS}.")
    if grid.get("frozenRowCount", 0) >= tab.height or grid.get("frozenColumnCount", 0) >= tab.width:
        raise batch.refusal("You can't freeze all visible rows or columns on the sheet.")
    batch.spreadsheet.check_size()
    tab.rows = {
        number: row if max(row) < tab.width else {column: cell for column, cell in row.items() if column < tab.width}
        for number, row in tab.rows.items()
        if number < tab.height
    }


HANDLERS: Mapping[str, Callable[[Batch, JSON], JSON]] = {
    "updateSpreadsheetProperties": update_spreadsheet_properties,
    "addSheet": add_sheet,
    "deleteSheet": delete_sheet,
    "duplicateSheet": duplicate_sheet,
    "updateSheetProperties": update_sheet_properties,
}
