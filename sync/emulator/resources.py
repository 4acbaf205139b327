"""A spreadsheet as ``spreadsheets.get`` answers it, with no more work than the field mask asks for.

https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets#Spreadsheet
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sync.emulator.a1 import Box
from sync.emulator.batch import full_range, without_zero_sheet
from sync.emulator.conditional import format_at
from sync.emulator.formats import DEFAULT_FORMAT, THEME
from sync.emulator.formulas import ErrorValue
from sync.emulator.grid import JSON, Calculator, Cell, Row, Spreadsheet, Tab
from sync.emulator.locales import Formula, tidy
from sync.emulator.masks import EVERYTHING, Mask, project
from sync.emulator.number_formats import shown
from sync.emulator.protection import may_edit
from sync.emulator.requests_dimensions import listed_groups

_ERRORS = {
    "#DIV/0!": ("DIVIDE_BY_ZERO", "Function DIVIDE parameter 2 cannot be zero."),
    "#VALUE!": ("VALUE", "A parameter of the function has the wrong type of value."),
    "#REF!": ("REF", "Reference does not exist."),
    "#NAME?": ("NAME", "Unknown function or range name."),
    "#NUM!": ("NUM", "A number in the formula is not valid."),
    "#N/A": ("N_A", "A value is not available to the formula or function."),
    "#ERROR!": ("ERROR", "Formula parse error."),
}


def spreadsheet_resource(
    spreadsheet: Spreadsheet,
    calculator: Calculator,
    editor: str,
    *,
    mask: Mask = EVERYTHING,
    with_cells: bool = False,
    ranges: Sequence[str] = (),
) -> JSON:
    """The whole resource, cut to ``mask``. ``with_cells`` counts only where there is no mask, as in the real API."""
    boxes: dict[int, list[Box]] = {}
    for text in ranges:
        tab, box, _ = spreadsheet.resolve(text)
        boxes.setdefault(tab.id, []).append(box)
    below = mask.get("sheets", EVERYTHING)
    if mask and "*" not in mask:
        with_cells = "sheets" in mask and (not below or "*" in below or "data" in below)
    tabs = [tab for tab in spreadsheet.tabs if not ranges or tab.id in boxes]
    answer: JSON = {
        "spreadsheetId": spreadsheet.id,
        "properties": {**spreadsheet.properties, "defaultFormat": DEFAULT_FORMAT, "spreadsheetTheme": THEME},
        "sheets": [_tab_resource(spreadsheet, tab, editor) for tab in tabs],
        "spreadsheetUrl": f"https://docs.google.com/spreadsheets/d/{spreadsheet.id}/edit",
    }
    if spreadsheet.named_ranges:
        answer["namedRanges"] = [
            {**one, "range": without_zero_sheet(one["range"])} for one in copy.deepcopy(spreadsheet.named_ranges)
        ]
    if entries := [one for one in spreadsheet.metadata if one["location"].get("spreadsheet")]:
        answer["developerMetadata"] = copy.deepcopy(entries)
    answer = project(answer, mask)
    if with_cells:
        # The cells are many: only what the mask asks for is made at all.
        cells = below.get("data", EVERYTHING)
        for one, tab in zip(answer["sheets"], tabs, strict=True):
            wanted = boxes.get(tab.id) or [tab.box]
            one["data"] = [_grid_data(spreadsheet, tab, calculator, box, cells) for box in wanted]
    return answer


def _tab_resource(spreadsheet: Spreadsheet, tab: Tab, editor: str) -> JSON:
    """A tab without its cells."""
    answer: JSON = {"properties": copy.deepcopy(tab.properties)}
    if tab.merges:
        answer["merges"] = [without_zero_sheet(full_range(tab, box)) for box in tab.merges]
    if tab.protected:
        answer["protectedRanges"] = [_protection(one, editor) for one in tab.protected]
    if tab.filter:
        answer["basicFilter"] = {**tab.filter, "range": without_zero_sheet(tab.filter["range"])}
    if tab.conditional:
        answer["conditionalFormats"] = copy.deepcopy(tab.conditional)
    if tab.banded:
        answer["bandedRanges"] = copy.deepcopy(tab.banded)
    if tab.tables:
        answer["tables"] = copy.deepcopy(tab.tables)
    for dimension, name in (("ROWS", "rowGroups"), ("COLUMNS", "columnGroups")):
        if tab.groups[dimension]:
            answer[name] = listed_groups(tab.groups[dimension])
    own = [one for one in spreadsheet.metadata if one["location"].get("sheetId") == tab.id]
    if own:
        answer["developerMetadata"] = copy.deepcopy(own)
    return answer


def _protection(one: JSON, editor: str) -> JSON:
    """Who may edit a range is told only to those who may."""
    answer = {**copy.deepcopy(one), "range": without_zero_sheet(one["range"])}
    if may_edit(one, editor):
        return answer | {"requestingUserCanEdit": True}
    answer.pop("editors", None)
    return answer


def _grid_data(spreadsheet: Spreadsheet, tab: Tab, calculator: Calculator, box: Box, mask: Mask) -> JSON:
    answer: JSON = {}
    everything = not mask or "*" in mask
    if box.top and (everything or "startRow" in mask):
        answer["startRow"] = box.top
    if box.left and (everything or "startColumn" in mask):
        answer["startColumn"] = box.left
    if everything or "rowData" in mask:
        rows = _rows(spreadsheet, tab, calculator, box, mask.get("rowData", EVERYTHING).get("values", EVERYTHING))
        if rows:
            answer["rowData"] = rows
    for name, dimension, sizes, pixels, start, end in (
        ("rowMetadata", "ROWS", tab.row_properties, 21, box.top, box.bottom),
        ("columnMetadata", "COLUMNS", tab.column_properties, 100, box.left, box.right),
    ):
        if everything or name in mask:
            below = {} if everything else mask[name]
            plain = project({"pixelSize": pixels}, below)
            lines = [plain] * (end - start)
            for index, size in _line_properties(spreadsheet, tab, dimension, sizes, calculator).items():
                if start <= index < end:
                    lines[index - start] = project({"pixelSize": pixels, **size}, below)
            answer[name] = lines
    return answer


def _line_properties(
    spreadsheet: Spreadsheet, tab: Tab, dimension: str, sizes: Mapping[int, JSON], calculator: Calculator
) -> dict[int, JSON]:
    lines = {index: dict(size) for index, size in sizes.items()}
    for entry in spreadsheet.metadata:
        place = entry["location"].get("dimensionRange")
        if place and place["sheetId"] == tab.id and place["dimension"] == dimension:
            lines.setdefault(place["startIndex"], {}).setdefault("developerMetadata", []).append(copy.deepcopy(entry))
    for row in _filtered_rows(spreadsheet, tab, calculator) if dimension == "ROWS" else ():
        lines.setdefault(row, {})["hiddenByFilter"] = True
    return lines


def _filtered_rows(spreadsheet: Spreadsheet, tab: Tab, calculator: Calculator) -> Iterator[int]:
    """Rows that the basic filter hides, because a cell shows one of the values it hides; its header row stays."""
    if tab.filter is None:
        return
    hidden = {int(column): rule.get("hiddenValues", []) for column, rule in (tab.filter.get("criteria") or {}).items()}
    for rule in tab.filter.get("filterSpecs") or []:
        hidden[rule.get("columnIndex", 0)] = rule.get("filterCriteria", {}).get("hiddenValues", [])
    box = tab.box_of(tab.filter["range"])
    for row in range(box.top + 1, box.bottom):
        if any(_shown_text(spreadsheet, tab, row, column, calculator) in texts for column, texts in hidden.items()):
            yield row


def _shown_text(spreadsheet: Spreadsheet, tab: Tab, row: int, column: int, calculator: Calculator) -> str:
    value = calculator.value(tab, row, column)
    if isinstance(value, ErrorValue):
        return value.code
    number_format = tab.cell(row, column).format.get("numberFormat")
    return "" if value is None else shown(value, number_format, spreadsheet.locale)


def _rows(spreadsheet: Spreadsheet, tab: Tab, calculator: Calculator, box: Box, mask: Mask) -> list[JSON]:
    """The rows down to the last one that holds anything, each to its last cell that does."""
    numbers = [number for number in tab.rows if box.top <= number < box.bottom]
    whole = box.left == 0 and box.right >= tab.width
    if not whole:
        numbers = [number for number in numbers if any(box.left <= column < box.right for column in tab.rows[number])]
    if not numbers:
        return []
    maker = _CellMaker(spreadsheet, tab, calculator, mask)
    empty: JSON = {}
    # Rows that are the same object and have no formula look alike.
    known: dict[int, JSON] = {}
    rows = []
    for number in range(box.top, max(numbers) + 1):
        row = tab.rows.get(number)
        if row is None:
            rows.append(empty)
            continue
        answer = known.get(id(row))
        if answer is None:
            cells, fixed = _cells(maker, row, number, box)
            answer = {"values": cells} if cells else empty
            if fixed:
                known[id(row)] = answer
        rows.append(answer)
    return rows


def _cells(maker: _CellMaker, row: Row, number: int, box: Box) -> tuple[list[JSON], bool]:
    last = max((column for column in row if column < box.right), default=-1)
    cells: list[JSON] = []
    fixed = True
    nothing: JSON = {}
    for column in range(box.left, last + 1):
        cell = row.get(column)
        if cell is None:
            cells.append(nothing)
            continue
        cells.append(maker.make(cell, number, column))
        fixed = fixed and not isinstance(cell.value, Formula)
    return cells, fixed


class _CellMaker:
    """Makes CellData with the fields of a mask."""

    def __init__(self, spreadsheet: Spreadsheet, tab: Tab, calculator: Calculator, mask: Mask) -> None:
        everything = not mask or "*" in mask
        self._tab, self._calculator, self._locale = tab, calculator, spreadsheet.locale
        (
            self._entered,
            self._effective,
            self._formatted,
            self._format,
            self._effective_format,
            self._note,
            self._rule,
        ) = (
            everything or name in mask
            for name in (
                "userEnteredValue",
                "effectiveValue",
                "formattedValue",
                "userEnteredFormat",
                "effectiveFormat",
                "note",
                "dataValidation",
            )
        )
        # A rule changes colours and letters, never the format of a number.
        looked_at = mask.get("effectiveFormat") or {"*": {}}
        self._is_coloured = bool(tab.conditional) and looked_at.keys() != {"numberFormat"}
        self._spreadsheet = spreadsheet
        self._below: Mapping[str, Mask] = {} if everything else {name: below for name, below in mask.items() if below}
        # The same few formats stand in thousands of cells.
        self._looks: dict[tuple[str, int], JSON] = {}

    def make(self, cell: Cell, row: int, column: int) -> JSON:
        data: JSON = {}
        value = cell.value
        if value is not None:
            if isinstance(value, Formula):
                self._calculated(data, value, cell, row, column)
            else:
                one = {_KIND[type(value)]: tidy(value) if isinstance(value, float) else value}
                if self._entered:
                    data["userEnteredValue"] = one
                if self._effective:
                    data["effectiveValue"] = one
                if self._formatted:
                    data["formattedValue"] = shown(value, cell.format.get("numberFormat"), self._locale)
        if self._format and cell.format:
            data["userEnteredFormat"] = self._look("userEnteredFormat", cell.format, cell.format)
        if self._effective_format and (cell.format or value is not None or self._is_coloured):
            data["effectiveFormat"] = self._final_format(cell, row, column)
        if self._note and cell.note is not None:
            data["note"] = cell.note
        if self._rule and cell.rule is not None:
            data["dataValidation"] = cell.rule
        for name, below in self._below.items():
            if name in data and not name.endswith("Format"):
                data[name] = project(data[name], below)
        return data

    def _look(self, name: str, own: Mapping[str, Any], whole: Mapping[str, Any]) -> JSON:
        """A format cut to the mask; ``own``, kept by the cell, is what the same result is known by."""
        look = self._looks.get((name, id(own)))
        if look is None:
            look = project(whole, self._below.get(name, EVERYTHING))
            self._looks[name, id(own)] = look
        return look

    def _final_format(self, cell: Cell, row: int, column: int) -> JSON:
        """How a cell looks in the end: default, own format, and what the conditional formats make of it."""
        if not self._is_coloured:
            known = self._looks.get(("effectiveFormat", id(cell.format)))
            return known or self._look("effectiveFormat", cell.format, {**DEFAULT_FORMAT, **cell.format})
        given = format_at(self._spreadsheet, self._tab, row, column, self._calculator)
        look: JSON = project({**DEFAULT_FORMAT, **cell.format, **given}, self._below.get("effectiveFormat", EVERYTHING))
        return look

    def _calculated(self, data: JSON, formula: Formula, cell: Cell, row: int, column: int) -> None:
        if self._entered:
            data["userEnteredValue"] = {"formulaValue": formula.text}
        result = self._calculator.value(self._tab, row, column)
        if isinstance(result, ErrorValue):
            kind, message = _ERRORS.get(result.code, ("ERROR", "Formula parse error."))
            effective: JSON = {"errorValue": {"type": kind, "message": message}}
            text = result.code
        else:
            worth = 0 if result is None else result
            effective = {_KIND[type(worth)]: tidy(worth) if isinstance(worth, float) else worth}
            text = shown(worth, cell.format.get("numberFormat"), self._locale)
        if self._effective:
            data["effectiveValue"] = effective
        if self._formatted:
            data["formattedValue"] = text


_KIND: Mapping[type, str] = {bool: "boolValue", int: "numberValue", float: "numberValue", str: "stringValue"}
