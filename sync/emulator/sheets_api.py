"""The methods of the Sheets API v4. https://developers.google.com/workspace/sheets/api/reference/rest"""

from __future__ import annotations

import copy
import re
from typing import Any

from sync.emulator.a1 import Box, named
from sync.emulator.batch import Batch
from sync.emulator.dimensions import Insert
from sync.emulator.errors import GoogleError, invalid, not_permitted, unknown_entity
from sync.emulator.grid import JSON, Spreadsheet, Tab
from sync.emulator.incoming import Incoming, Route, parameters
from sync.emulator.masks import project
from sync.emulator.metadata import matches, metadata_lookup
from sync.emulator.requests import Caller, batch_update
from sync.emulator.requests_tabs import copy_title, tab_from
from sync.emulator.resources import spreadsheet_resource
from sync.emulator.schema import check_mask
from sync.emulator.values import (
    Reading,
    Written,
    clear_values,
    listed_values,
    reading,
    table_at,
    value_range,
    write_values,
)
from sync.emulator.world import READS, SPREADSHEET, WRITES, World


def _spreadsheet(incoming: Incoming, role: int) -> Spreadsheet:
    return own_spreadsheet(incoming, incoming.parts[0], role)


def own_spreadsheet(incoming: Incoming, file_id: str, role: int) -> Spreadsheet:
    spreadsheet = incoming.world.spreadsheet(file_id, incoming.email, role)
    if incoming.token.own_files_only and incoming.world.files[file_id].client != incoming.token.client:
        raise unknown_entity()
    return spreadsheet


def _caller(incoming: Incoming) -> Caller:
    return incoming.world.caller(incoming.parts[0], incoming.email)


def create(incoming: Incoming) -> JSON:
    world, properties = incoming.world, incoming.body.get("properties") or {}
    title = properties.get("title") or "Untitled spreadsheet"
    try:
        file = world.create_file(incoming.email, incoming.token.client, title, SPREADSHEET)
    except GoogleError:
        # Drive would say storageQuotaExceeded; the Sheets API says no more than this.
        raise not_permitted() from None
    spreadsheet = world.spreadsheets[file.id]
    for name in ("locale", "timeZone", "autoRecalc"):
        if name in properties:
            spreadsheet.properties[name] = properties[name]
    if incoming.body.get("sheets"):
        _add_given_tabs(incoming, spreadsheet)
    mask = incoming.mask
    return spreadsheet_resource(spreadsheet, world.calculator(spreadsheet), "", mask=mask)


def _add_given_tabs(incoming: Incoming, spreadsheet: Spreadsheet) -> None:
    spreadsheet.tabs.clear()
    world = incoming.world
    for index, given in enumerate(incoming.body["sheets"]):
        batch = Batch(spreadsheet, incoming.email, "", world.today(spreadsheet), world.new_id, f"sheets[{index}]")
        properties = {"sheetId": world.new_id() if index else 0, **(given.get("properties") or {})}
        spreadsheet.tabs.append(tab_from(batch, properties))
    spreadsheet.number_tabs()
    requests = [
        {
            "updateCells": {
                "start": {
                    "sheetId": tab.id,
                    "rowIndex": block.get("startRow", 0),
                    "columnIndex": block.get("startColumn", 0),
                },
                "rows": block.get("rowData") or [],
                "fields": "*",
            }
        }
        for tab, given in zip(spreadsheet.tabs, incoming.body["sheets"], strict=True)
        for block in given.get("data") or []
    ]
    if requests:
        caller = Caller(incoming.email, True)
        batch_update(spreadsheet, requests, caller, world.today(spreadsheet), world.new_id)


def get(incoming: Incoming) -> JSON:
    spreadsheet = _spreadsheet(incoming, READS)
    check_mask(incoming.mask, "Spreadsheet")
    return spreadsheet_resource(
        spreadsheet,
        incoming.world.calculator(spreadsheet),
        _caller(incoming).editor,
        mask=incoming.mask,
        with_cells=incoming.flag("includeGridData"),
        ranges=list(incoming.query.get("ranges", ())),
    )


def get_by_data_filter(incoming: Incoming) -> JSON:
    spreadsheet = _spreadsheet(incoming, READS)
    ranges = [
        named(tab.title, box)
        for one in incoming.body.get("dataFilters") or []
        for tab, box in _filtered(spreadsheet, one)
    ]
    return spreadsheet_resource(
        spreadsheet,
        incoming.world.calculator(spreadsheet),
        _caller(incoming).editor,
        mask=incoming.mask,
        with_cells=bool(incoming.body.get("includeGridData")),
        ranges=ranges,
    )


def _filtered(spreadsheet: Spreadsheet, one: JSON) -> list[tuple[Tab, Box]]:
    """The cells that a DataFilter chooses: by A1, by grid range or by developer metadata."""
    if "a1Range" in one:
        tab, box, _ = spreadsheet.resolve(one["a1Range"])
        return [(tab, box)]
    if "gridRange" in one:
        tab = _tab(spreadsheet, one["gridRange"].get("sheetId", 0))
        return [(tab, tab.box_of(one["gridRange"]))]
    chosen = []
    for entry in spreadsheet.metadata:
        if not matches(entry, metadata_lookup(one)):
            continue
        place = entry["location"].get("dimensionRange")
        if place is None:
            tabs = (
                [_tab(spreadsheet, entry["location"]["sheetId"])]
                if "sheetId" in entry["location"]
                else spreadsheet.tabs
            )
            chosen += [(tab, tab.box) for tab in tabs]
            continue
        tab = _tab(spreadsheet, place["sheetId"])
        span = place["startIndex"], place["endIndex"]
        chosen.append((tab, Box(*span, 0, tab.width) if place["dimension"] == "ROWS" else Box(0, tab.height, *span)))
    return chosen


def _tab(spreadsheet: Spreadsheet, sheet_id: int) -> Tab:
    tab = spreadsheet.tab(sheet_id)
    if tab is None:
        raise invalid(f"No grid with id: {sheet_id}")
    return tab


def update(incoming: Incoming) -> JSON:
    world, spreadsheet = incoming.world, _spreadsheet(incoming, WRITES)
    caller, body = _caller(incoming), incoming.body
    replies = batch_update(spreadsheet, body.get("requests") or [], caller, world.today(spreadsheet), world.new_id)
    world.touch(spreadsheet.id, incoming.email)
    answer: JSON = {"spreadsheetId": spreadsheet.id, "replies": replies}
    if body.get("includeSpreadsheetInResponse"):
        answer["updatedSpreadsheet"] = spreadsheet_resource(
            spreadsheet,
            world.calculator(spreadsheet),
            caller.editor,
            with_cells=bool(body.get("responseIncludeGridData")),
            ranges=body.get("responseRanges") or [],
        )
    return incoming.masked(copy.deepcopy(answer))


def copy_to(incoming: Incoming) -> JSON:
    world, source = incoming.world, _spreadsheet(incoming, READS)
    tab = source.tab(int(incoming.parts[1]))
    if tab is None:
        raise unknown_entity()
    target = own_spreadsheet(incoming, str(incoming.body.get("destinationSpreadsheetId")), WRITES)
    twin = tab.snapshot()
    title = copy_title(tab.title, {one.title for one in target.tabs})
    twin.properties |= {"sheetId": world.new_id(), "title": title, "index": len(target.tabs)}
    target.tabs.append(twin)
    target.check_size()
    world.touch(target.id, incoming.email)
    return incoming.masked(copy.deepcopy(twin.properties))


def values_get(incoming: Incoming) -> JSON:
    spreadsheet = _spreadsheet(incoming, READS)
    return incoming.masked(_read(incoming.world, spreadsheet, incoming.parts[1], reading(parameters(incoming.query))))


def _read(world: World, spreadsheet: Spreadsheet, text: str, asked: Reading) -> JSON:
    tab, box, _ = spreadsheet.resolve(text)
    return value_range(spreadsheet, tab, box, asked, world.calculator(spreadsheet))


def values_batch_get(incoming: Incoming) -> JSON:
    spreadsheet, asked = _spreadsheet(incoming, READS), reading(parameters(incoming.query))
    ranges = [_read(incoming.world, spreadsheet, text, asked) for text in incoming.query.get("ranges", ())]
    answer: JSON = {"spreadsheetId": spreadsheet.id}
    return incoming.masked(answer | {"valueRanges": ranges} if ranges else answer)


def values_batch_get_by_filter(incoming: Incoming) -> JSON:
    spreadsheet, asked = _spreadsheet(incoming, READS), reading(incoming.body)
    matched = [
        {
            "valueRange": value_range(spreadsheet, tab, box, asked, incoming.world.calculator(spreadsheet)),
            "dataFilters": [one],
        }
        for one in incoming.body.get("dataFilters") or []
        for tab, box in _filtered(spreadsheet, one)
    ]
    return incoming.masked({"spreadsheetId": spreadsheet.id, "valueRanges": matched})


def values_update(incoming: Incoming) -> JSON:
    world, spreadsheet = incoming.world, _spreadsheet(incoming, WRITES)
    written = _write(incoming, spreadsheet, incoming.parts[1], incoming.body, incoming.one("valueInputOption"))
    world.touch(spreadsheet.id, incoming.email)
    return incoming.masked(_with_values(incoming, spreadsheet, written))


def _write(incoming: Incoming, spreadsheet: Spreadsheet, text: str, body: JSON, option: object) -> Written:
    today = incoming.world.today(spreadsheet)
    return write_values(spreadsheet, text, body, option, _caller(incoming).editor, today)


def _with_values(incoming: Incoming, spreadsheet: Spreadsheet, written: Written) -> JSON:
    answer = written.answer(spreadsheet)
    if incoming.flag("includeValuesInResponse"):
        asked = reading(
            {
                "majorDimension": incoming.body.get("majorDimension"),
                "valueRenderOption": incoming.one("responseValueRenderOption"),
                "dateTimeRenderOption": incoming.one("responseDateTimeRenderOption"),
            }
        )
        calculator = incoming.world.calculator(spreadsheet)
        answer["updatedData"] = value_range(spreadsheet, written.tab, written.box, asked, calculator)
    return answer


def values_batch_update(incoming: Incoming) -> JSON:
    """All ranges or none."""
    world, spreadsheet, body = incoming.world, _spreadsheet(incoming, WRITES), incoming.body
    before = spreadsheet.snapshot()
    try:
        written = [
            _write(incoming, spreadsheet, one.get("range"), one, body.get("valueInputOption"))
            for one in body.get("data") or []
        ]
    except GoogleError:
        spreadsheet.restore(before)
        raise
    world.touch(spreadsheet.id, incoming.email)
    rows = {(one.tab.id, row) for one in written for row, _ in one.cells}
    columns = {(one.tab.id, column) for one in written for _, column in one.cells}
    answer: JSON = {"spreadsheetId": spreadsheet.id}
    totals = {
        "totalUpdatedRows": len(rows),
        "totalUpdatedColumns": len(columns),
        "totalUpdatedCells": sum(len(one.cells) for one in written),
        "totalUpdatedSheets": len({one.tab.id for one in written}),
    }
    answer |= {name: count for name, count in totals.items() if count}
    return incoming.masked(answer | {"responses": [one.answer(spreadsheet) for one in written]})


def values_clear(incoming: Incoming) -> JSON:
    spreadsheet = _spreadsheet(incoming, WRITES)
    cleared = clear_values(spreadsheet, incoming.parts[1], _caller(incoming).editor)
    incoming.world.touch(spreadsheet.id, incoming.email)
    return incoming.masked({"spreadsheetId": spreadsheet.id, "clearedRange": cleared})


def values_batch_clear(incoming: Incoming) -> JSON:
    spreadsheet = _spreadsheet(incoming, WRITES)
    before = spreadsheet.snapshot()
    try:
        cleared = [
            clear_values(spreadsheet, text, _caller(incoming).editor) for text in incoming.body.get("ranges") or []
        ]
    except GoogleError:
        spreadsheet.restore(before)
        raise
    incoming.world.touch(spreadsheet.id, incoming.email)
    return incoming.masked({"spreadsheetId": spreadsheet.id, "clearedRanges": cleared})


def values_append(incoming: Incoming) -> JSON:
    """Below the table that the range touches; the grid grows as far as it must."""
    world, spreadsheet = incoming.world, _spreadsheet(incoming, WRITES)
    rows = listed_values(incoming.body)
    tab, box, _ = spreadsheet.resolve(incoming.parts[1])
    table = table_at(tab, box)
    top, left = (table.bottom, table.left) if table else (box.top, box.left)
    height, width = len(rows), max((len(row) for row in rows), default=0)
    before = spreadsheet.snapshot()
    try:
        if incoming.one("insertDataOption") == "INSERT_ROWS" and top < tab.height:
            tab.properties["gridProperties"]["rowCount"] += height
            spreadsheet.edit(tab, Insert(top, height), rows=True)
        spreadsheet.grow(tab, top + height, left + width)
        where = named(tab.title, Box(top, top + 1, left, left + 1))
        written = _write(incoming, spreadsheet, where, incoming.body, incoming.one("valueInputOption"))
    except GoogleError:
        spreadsheet.restore(before)
        raise
    world.touch(spreadsheet.id, incoming.email)
    answer: JSON = {"spreadsheetId": spreadsheet.id}
    if table:
        answer["tableRange"] = named(tab.title, table)
    return incoming.masked(answer | {"updates": _with_values(incoming, spreadsheet, written)})


def metadata_get(incoming: Incoming) -> JSON:
    for entry in _spreadsheet(incoming, READS).metadata:
        if entry["metadataId"] == int(incoming.parts[1]):
            return incoming.masked(copy.deepcopy(entry))
    raise unknown_entity()


def metadata_search(incoming: Incoming) -> JSON:
    matched: list[JSON] = []
    for entry in _spreadsheet(incoming, READS).metadata:
        filters = [one for one in incoming.body.get("dataFilters") or [] if matches(entry, metadata_lookup(one))]
        if filters:
            matched.append({"developerMetadata": copy.deepcopy(entry), "dataFilters": filters})
    return project({"matchedDeveloperMetadata": matched} if matched else {}, incoming.mask)  # type: ignore[no-any-return]


def _route(name: str, http: str, path: str, kind: str, handle: Any) -> Route:
    return Route(f"sheets.spreadsheets{name}", http, re.compile(f"/v4/spreadsheets{path}"), kind, handle)


_ID = r"/([^/:]+)"
ROUTES: tuple[Route, ...] = (
    _route(".create", "POST", "", "write", create),
    _route(".get", "GET", _ID, "read", get),
    _route(".getByDataFilter", "POST", f"{_ID}:getByDataFilter", "read", get_by_data_filter),
    _route(".batchUpdate", "POST", f"{_ID}:batchUpdate", "write", update),
    _route(".sheets.copyTo", "POST", rf"{_ID}/sheets/(\d+):copyTo", "write", copy_to),
    _route(".values.batchGet", "GET", f"{_ID}/values:batchGet", "read", values_batch_get),
    _route(
        ".values.batchGetByDataFilter", "POST", f"{_ID}/values:batchGetByDataFilter", "read", values_batch_get_by_filter
    ),
    _route(".values.batchUpdate", "POST", f"{_ID}/values:batchUpdate", "write", values_batch_update),
    _route(".values.batchClear", "POST", f"{_ID}/values:batchClear", "write", values_batch_clear),
    _route(".values.append", "POST", f"{_ID}/values/(.+):append", "write", values_append),
    _route(".values.clear", "POST", f"{_ID}/values/(.+):clear", "write", values_clear),
    _route(".values.get", "GET", f"{_ID}/values/(.+)", "read", values_get),
    _route(".values.update", "PUT", f"{_ID}/values/(.+)", "write", values_update),
    _route(".developerMetadata.search", "POST", f"{_ID}/developerMetadata:search", "read", metadata_search),
    _route(".developerMetadata.get", "GET", rf"{_ID}/developerMetadata/(\d+)", "read", metadata_get),
)
