"""From how a spreadsheet stands to how it should: the requests that make, repair or upgrade a shared sheet.

What people entered is never touched: values are written only into tabs that are new, and into headers, code cells and
tabs that are ours. Pure; applying the requests is one atomic ``batchUpdate``, so a sheet is never half repaired.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sync.google.answers import FEEDBACK_TAB, FIELD_KEY
from sync.google.shape import OURS, SIGNATURE_KEY, UNIT_KEY, YEAR_KEY, Shape, TabShape
from sync.google.template import (
    COVER_ID,
    LOCALE,
    TIME_ZONE,
    SheetColumn,
    SheetTab,
    SheetTemplate,
    cell_value,
    cover_formats,
)
from workbooks.find_tables import header_key
from workbooks.layouts import CODE_ROW, FIRST_ROW, FONT, HEADER_ROW, RID, column_letters

Json = dict[str, Any]

ERROR_FILL = {"red": 0.97, "green": 0.80, "blue": 0.78}
LOOK_FILL = {"red": 1.0, "green": 0.95, "blue": 0.80}
HEAD_FILL = {"red": 0.98, "green": 0.97, "blue": 0.96}


@dataclass(frozen=True, slots=True)
class ShapePlan:
    """``requests`` bring the sheet to its template; ``repaired`` counts what was not as it should be."""

    requests: tuple[Json, ...]
    repaired: int


def plan_shape(template: SheetTemplate, shape: Shape, editors: Sequence[str]) -> ShapePlan:
    """What to do so that a spreadsheet, new or in use, is as its template says. ``editors`` may write where nobody else
    may: the service accounts and the owner."""
    needed: list[Json] = list(_properties(template, shape))
    is_current = shape.signature == template.signature
    for position, tab in enumerate(template.tabs):
        needed += _tab(tab, shape.tabs.get(tab.id), position, shape, editors, renew=not is_current)
    needed += _spreadsheet_metadata(template, shape)
    looks = [request for tab in template.tabs for request in _looks(tab, shape.tabs.get(tab.id))]
    return ShapePlan((*needed, *looks), len(needed))


# --- the spreadsheet ------------------------------------------------------------------------------------------------


def _properties(template: SheetTemplate, shape: Shape) -> Iterator[Json]:
    wanted = {"locale": LOCALE, "timeZone": TIME_ZONE}
    has = {"locale": shape.locale, "timeZone": shape.time_zone}
    if wanted != has:
        yield {"updateSpreadsheetProperties": {"properties": wanted, "fields": "locale,timeZone"}}


def _spreadsheet_metadata(template: SheetTemplate, shape: Shape) -> Iterator[Json]:
    wanted = {UNIT_KEY: template.unit, YEAR_KEY: str(template.year), SIGNATURE_KEY: template.signature}
    for key, value in wanted.items():
        known = shape.metadata.get(key)
        if known is None:
            entry = {
                "metadataKey": key,
                "metadataValue": value,
                "location": {"spreadsheet": True},
                "visibility": "DOCUMENT",
            }
            yield {"createDeveloperMetadata": {"developerMetadata": entry}}
        elif known[1] != value:
            where = {"developerMetadataLookup": {"metadataId": known[0]}}
            yield {
                "updateDeveloperMetadata": {
                    "dataFilters": [where],
                    "developerMetadata": {"metadataValue": value},
                    "fields": "metadataValue",
                }
            }


# --- a tab ----------------------------------------------------------------------------------------------------------


def _tab(
    tab: SheetTab, now: TabShape | None, position: int, shape: Shape, editors: Sequence[str], *, renew: bool
) -> Iterator[Json]:
    """What a tab needs. One that is new, or has nothing in it at all, is filled from the beginning."""
    is_new = now is None or (not now.cells and not now.names)
    if now is None:
        yield _added(tab, position)
    elif now.title != tab.title and not any(o.title == tab.title for o in shape.tabs.values()):
        yield _sheet_properties(tab.id, {"title": tab.title}, "title")
    if now is not None and is_new:
        yield _resized(tab)
    if is_new:
        yield from _written(tab, dict(tab.cells))
        yield from (_named(tab, number, column) for number, column in enumerate(tab.columns))
        places = {column.code: number for number, column in enumerate(tab.columns)}
    else:
        assert now is not None
        places, mended = _mended(tab, now)
        yield from mended
    yield from _protected(tab, now, places, editors, renew=renew)
    yield from _coloured(tab, now, places, renew=renew)


def _added(tab: SheetTab, position: int) -> Json:
    properties = {"sheetId": tab.id, "title": tab.title, "index": position, "gridProperties": _grid(tab)}
    return {"addSheet": {"properties": properties}}


def _resized(tab: SheetTab) -> Json:
    fields = "title,gridProperties(rowCount,columnCount,frozenRowCount,frozenColumnCount)"
    return _sheet_properties(tab.id, {"title": tab.title, "gridProperties": _grid(tab)}, fields)


def _grid(tab: SheetTab) -> Json:
    grid = {"rowCount": tab.rows, "columnCount": tab.width, "frozenRowCount": tab.frozen_rows}
    return {**grid, "frozenColumnCount": 1 if tab.columns else 0}


def _sheet_properties(tab_id: int, properties: Json, fields: str) -> Json:
    return {"updateSheetProperties": {"properties": {"sheetId": tab_id, **properties}, "fields": fields}}


def _written(tab: SheetTab, cells: dict[tuple[int, int], object]) -> Iterator[Json]:
    """Values into their cells, each run of neighbours in one request."""
    for line in sorted({row for row, _ in cells}):
        run: list[object] = []
        start = before = -2
        for number in sorted(column for row, column in cells if row == line):
            if number != before + 1 and run:
                yield _row_of(tab.id, line, start, run)
                run = []
            if not run:
                start = number
            run.append(cells[line, number])
            before = number
        if run:
            yield _row_of(tab.id, line, start, run)


def _row_of(tab_id: int, line: int, column: int, values: Sequence[object]) -> Json:
    row = {"values": [{"userEnteredValue": cell_value(value)} for value in values]}
    at = {"sheetId": tab_id, "rowIndex": line, "columnIndex": column}
    return {"updateCells": {"rows": [row], "fields": "userEnteredValue", "start": at}}


def _named(tab: SheetTab, number: int, column: SheetColumn) -> Json:
    where = {"sheetId": tab.id, "dimension": "COLUMNS", "startIndex": number, "endIndex": number + 1}
    entry = {
        "metadataKey": FIELD_KEY,
        "metadataValue": column.code,
        "location": {"dimensionRange": where},
        "visibility": "DOCUMENT",
    }
    return {"createDeveloperMetadata": {"developerMetadata": entry}}


def _mended(tab: SheetTab, now: TabShape) -> tuple[dict[str, int], list[Json]]:
    """Where each column stands in a tab in use, and what puts its headers and codes right.

    A column is known by its own name, else by its code cell, else by its header; one that is gone is added at the end,
    with what the template knows of the rows that are there by their ids.
    """
    if not tab.columns:
        wrong = {
            place: value
            for place, value in tab.cells.items()
            if place not in tab.open_cells and place[1] != 1 and now.cells.get(place) != value
        }
        return {}, list(_written(tab, wrong))
    code_line, head_line = _lines(tab, now)
    places = {code: number for number, code in sorted(now.names.items(), reverse=True)}
    requests: list[Json] = []
    width = now.width
    for column in tab.columns:
        place = places.get(column.code)
        if place is None:
            place = _unnamed(column, now, code_line, head_line, set(places.values()))
            if place is None:
                requests.append({"appendDimension": {"sheetId": tab.id, "dimension": "COLUMNS", "length": 1}})
                place, width = width, width + 1
                requests += _written(tab, _refilled(tab, now, places, column, place))
            places[column.code] = place
            requests.append(_named(tab, place, column))
        wanted = {(code_line, place): column.code, (head_line, place): column.header}
        requests += _written(tab, {at: text for at, text in wanted.items() if now.cells.get(at) != text})
    return places, requests


def _refilled(
    tab: SheetTab, now: TabShape, places: dict[str, int], column: SheetColumn, place: int
) -> dict[tuple[int, int], object]:
    """The cells of a column that was gone: the template's value of every row whose id stands in the sheet."""
    rid = len(tab.columns) - 1
    at = tab.columns.index(column)
    known = {value: tab.cells.get((line, at)) for (line, number), value in tab.cells.items() if number == rid}
    there = {line: value for (line, number), value in now.cells.items() if number == places.get(tab.columns[rid].code)}
    return {(line, place): known[value] for line, value in there.items() if known.get(value) is not None}


def _lines(tab: SheetTab, now: TabShape) -> tuple[int, int]:
    """The lines of codes and headers: where most codes stand now, headers right below."""
    codes = {column.code for column in tab.columns}
    hits: dict[int, int] = {}
    for (line, _), text in now.cells.items():
        if text in codes:
            hits[line] = hits.get(line, 0) + 1
    line = max(hits, key=lambda n: (hits[n], -n)) if hits else CODE_ROW - 1
    return line, line + (HEADER_ROW - CODE_ROW)


def _unnamed(column: SheetColumn, now: TabShape, code_line: int, head_line: int, taken: set[int]) -> int | None:
    """A column that lost its own name, by its code or its header."""
    for number in range(now.width):
        if number in taken:
            continue
        header = now.cells.get((head_line, number))
        same = isinstance(header, str) and header_key(header) == header_key(column.header)
        if now.cells.get((code_line, number)) == column.code or same:
            return number
    return None


# --- protections and colours ----------------------------------------------------------------------------------------


def _protected(
    tab: SheetTab, now: TabShape | None, places: dict[str, int], editors: Sequence[str], *, renew: bool
) -> Iterator[Json]:
    """Headers and what the service writes refuse other people; row ids only warn, or nobody could sort or delete."""
    known = now.protections if now else {}
    ranges: dict[str, tuple[Json, bool, list[Json]]] = {}
    whole: Json = {"sheetId": tab.id}
    if tab.is_ours:
        ranges[f"{OURS}: {tab.title}"] = (whole, False, [])
    elif tab.id == COVER_ID:
        unlocked = [_cells(tab.id, row, row + 1, column, column + 1) for row, column in tab.open_cells]
        ranges[f"{OURS}: {tab.title}"] = (whole, False, unlocked)
    else:
        ranges[f"{OURS}: {tab.title}, tiêu đề"] = (_cells(tab.id, 0, HEADER_ROW), False, [])
        rid = places[tab.columns[-1].code]
        ranges[f"{OURS}: {tab.title}, {RID}"] = (_cells(tab.id, FIRST_ROW - 1, None, rid, rid + 1), True, [])
    for words, number in known.items():
        if renew or words not in ranges:
            yield {"deleteProtectedRange": {"protectedRangeId": number}}
    for words, (cells, warns, unlocked) in ranges.items():
        if words in known and not renew:
            continue
        protection: Json = {"range": cells, "description": words, "warningOnly": warns}
        if unlocked:
            protection["unprotectedRanges"] = unlocked
        if not warns:
            protection["editors"] = {"users": list(editors)}
        yield {"addProtectedRange": {"protectedRange": protection}}


def _coloured(tab: SheetTab, now: TabShape | None, places: dict[str, int], *, renew: bool) -> Iterator[Json]:
    """Rows that the feedback names are coloured wherever they are sorted to: the rules look for the row's id."""
    known = now.rules if now else ()
    if not tab.columns or (len(known) == 2 and not renew):
        return
    for number in sorted(known, reverse=True):
        yield {"deleteConditionalFormatRule": {"sheetId": tab.id, "index": number}}
    rid = places[tab.columns[-1].code]
    area = _cells(tab.id, FIRST_ROW - 1, None, 0, max(places.values()) + 1)
    for index, (letter, fill) in enumerate((("H", ERROR_FILL), ("I", LOOK_FILL))):
        # No argument separator anywhere: which one a formula wants depends on the spreadsheet's country.
        ids = f"INDIRECT(\"'{FEEDBACK_TAB}'!${letter}:${letter}\")"
        mine = f"${column_letters(rid + 1)}{FIRST_ROW}"
        formula = f'=({mine}<>"")*SUMPRODUCT(--({ids}={mine}))>0'
        condition = {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": formula}]}
        rule = {"ranges": [area], "booleanRule": {"condition": condition, "format": {"backgroundColor": fill}}}
        yield {"addConditionalFormatRule": {"rule": rule, "index": index}}


# --- looks: put on again at every run, because pasting brings other people's ------------------------------------------


def _looks(tab: SheetTab, now: TabShape | None) -> Iterator[Json]:
    title = {"textFormat": {"bold": True, "fontSize": 14, "fontFamily": FONT}}
    yield _format(_cells(tab.id, 1 if tab.columns or tab.id == COVER_ID else 0, 2, 0, 1), title, "textFormat")
    yield from (_hidden(tab.id, "ROWS", line) for line in tab.hidden_rows)
    if tab.id == COVER_ID:
        yield from _cover_looks(tab)
    if tab.columns:
        yield from _table_looks(tab, _places(tab, now))
    else:
        yield from (_hidden(tab.id, "COLUMNS", number) for number in tab.hidden_columns)
        for number in range(tab.width):
            if number not in tab.hidden_columns:
                yield _wide(tab.id, number, 420 if tab.is_ours and number == 3 else 190)


def _places(tab: SheetTab, now: TabShape | None) -> dict[str, int]:
    if now is None or (not now.cells and not now.names):
        return {column.code: number for number, column in enumerate(tab.columns)}
    return _mended(tab, now)[0]


def _cover_looks(tab: SheetTab) -> Iterator[Json]:
    for row, number_format, rule in cover_formats():
        cell = _cells(tab.id, row, row + 1, 1, 2)
        yield _format(cell, {"numberFormat": number_format}, "numberFormat")
        yield _validated(cell, rule)


def _table_looks(tab: SheetTab, places: dict[str, int]) -> Iterator[Json]:
    head = {
        "textFormat": {"bold": True, "fontFamily": FONT},
        "backgroundColor": HEAD_FILL,
        "wrapStrategy": "WRAP",
        "verticalAlignment": "MIDDLE",
    }
    fields = "textFormat,backgroundColor,wrapStrategy,verticalAlignment"
    yield _format(_cells(tab.id, HEADER_ROW - 1, HEADER_ROW), head, fields)
    for column in tab.columns:
        number = places[column.code]
        body = _cells(tab.id, FIRST_ROW - 1, None, number, number + 1)
        yield _format(body, {"numberFormat": column.number_format}, "numberFormat")
        yield _validated(body, column.validation)
        yield _wide(tab.id, number, column.pixels)
    yield _hidden(tab.id, "COLUMNS", places[tab.columns[-1].code])


def _format(cells: Json, look: Json, fields: str) -> Json:
    wanted = ",".join(f"userEnteredFormat.{name}" for name in fields.split(","))
    return {"repeatCell": {"range": cells, "cell": {"userEnteredFormat": look}, "fields": wanted}}


def _validated(cells: Json, rule: Json | None) -> Json:
    """A column's rule; without one, whatever was pasted there goes."""
    return {"setDataValidation": {"range": cells, **({"rule": rule} if rule else {})}}


def _hidden(tab_id: int, dimension: str, number: int) -> Json:
    return _dimension(tab_id, dimension, number, {"hiddenByUser": True}, "hiddenByUser")


def _wide(tab_id: int, number: int, pixels: int) -> Json:
    return _dimension(tab_id, "COLUMNS", number, {"pixelSize": pixels}, "pixelSize")


def _dimension(tab_id: int, dimension: str, number: int, properties: Json, fields: str) -> Json:
    where = {"sheetId": tab_id, "dimension": dimension, "startIndex": number, "endIndex": number + 1}
    return {"updateDimensionProperties": {"range": where, "properties": properties, "fields": fields}}


def _cells(tab_id: int, top: int, bottom: int | None, left: int | None = None, right: int | None = None) -> Json:
    """A range, half open as Google counts; None: to the end."""
    edges = {"startRowIndex": top, "endRowIndex": bottom, "startColumnIndex": left, "endColumnIndex": right}
    return {"sheetId": tab_id, **{name: at for name, at in edges.items() if at is not None}}
