"""Reading and writing values of ranges: ``spreadsheets.values``.

https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sync.emulator.a1 import Box, column_letters, named
from sync.emulator.errors import invalid, invalid_value
from sync.emulator.formulas import ErrorValue
from sync.emulator.grid import JSON, MAX_CHARACTERS, Calculator, Cell, Spreadsheet, Tab, exceeds_grid
from sync.emulator.locales import Formula, Typed, locale_of, tidy, typed
from sync.emulator.number_formats import MOMENTS, shown
from sync.emulator.protection import check_cells

LIST = "type.googleapis.com/google.protobuf.ListValue"


@dataclass(frozen=True, slots=True)
class Reading:
    """How values are wanted: the query parameters of a read."""

    dimension: str = "ROWS"
    render: str = "FORMATTED_VALUE"
    dates: str = "SERIAL_NUMBER"


def reading(query: Mapping[str, Any]) -> Reading:
    asked = Reading(
        str(query.get("majorDimension") or "ROWS").replace("DIMENSION_UNSPECIFIED", "ROWS"),
        str(query.get("valueRenderOption") or "FORMATTED_VALUE"),
        str(query.get("dateTimeRenderOption") or "SERIAL_NUMBER"),
    )
    _one_of(asked.dimension, "major_dimension", "Dimension", ("ROWS", "COLUMNS"))
    _one_of(
        asked.render, "value_render_option", "ValueRenderOption", ("FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA")
    )
    _one_of(asked.dates, "date_time_render_option", "DateTimeRenderOption", ("SERIAL_NUMBER", "FORMATTED_STRING"))
    return asked


def _one_of(value: str, field: str, kind: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise invalid_value(field, f"type.googleapis.com/google.apps.sheets.v4.{kind}", value)


def value_range(spreadsheet: Spreadsheet, tab: Tab, box: Box, asked: Reading, calculator: Calculator) -> JSON:
    """The values of a box of cells, without blank ends of rows and blank rows at the end."""
    last = max((row for row, _, _ in tab.filled(box)), default=box.top - 1)
    rows = [
        [_rendered(spreadsheet, tab, row, column, asked, calculator) for column in range(box.left, box.right)]
        for row in range(box.top, last + 1)
    ]
    if asked.dimension == "COLUMNS":
        rows = [list(column) for column in zip(*rows, strict=True)]
    for row in rows:
        while row and row[-1] == "":
            row.pop()
    while rows and not rows[-1]:
        rows.pop()
    answer: JSON = {"range": named(tab.title, box), "majorDimension": asked.dimension}
    return answer | {"values": rows} if rows else answer


def _rendered(
    spreadsheet: Spreadsheet, tab: Tab, row: int, column: int, asked: Reading, calculator: Calculator
) -> bool | int | float | str:
    cell = tab.cell(row, column)
    if cell.value is None:
        return ""
    if asked.render == "FORMULA" and isinstance(cell.value, Formula):
        return cell.value.text
    value = calculator.value(tab, row, column)
    if isinstance(value, ErrorValue):
        return value.code
    if value is None:
        return ""
    number_format = cell.format.get("numberFormat")
    if asked.render == "FORMATTED_VALUE":
        return shown(value, number_format, spreadsheet.locale)
    if isinstance(value, bool | str):
        return value
    if asked.dates == "FORMATTED_STRING" and (number_format or {}).get("type") in MOMENTS:
        return shown(value, number_format, spreadsheet.locale)
    return tidy(value)


def entered(given: object, cell: Cell, option: str, spreadsheet: Spreadsheet, today: date) -> Typed | None:
    """What a written value becomes in a cell; None leaves the cell as it is (a null in the body).

    RAW is never parsed. USER_ENTERED is, unless the cell is formatted as text."""
    if given is None:
        return None
    if isinstance(given, bool | int | float):
        return Typed(given)
    if not isinstance(given, str):
        raise invalid_value("data.values", "type.googleapis.com/google.protobuf.Value", given)
    if len(given) > MAX_CHARACTERS:
        raise invalid(f"Your input contains more than the maximum of {MAX_CHARACTERS} characters in a single cell.")
    if given == "":
        return Typed(None)
    if option == "RAW":
        return Typed(given)
    if cell.is_text:
        return Typed(given.removeprefix("'"))
    return typed(given, locale_of(spreadsheet.locale), today)


def with_value(cell: Cell, new: Typed) -> Cell:
    """The cell with another value; a number format that comes along is taken where the cell has none."""
    if new.number_format and not cell.format.get("numberFormat"):
        return replace(cell, value=new.value, format={**cell.format, "numberFormat": new.number_format})
    return replace(cell, value=new.value)


@dataclass(frozen=True, slots=True)
class Written:
    """Where values went: the box named in the answer, and the cells that took one."""

    tab: Tab
    box: Box
    cells: frozenset[tuple[int, int]]

    def answer(self, spreadsheet: Spreadsheet) -> JSON:
        answer: JSON = {"spreadsheetId": spreadsheet.id, "updatedRange": named(self.tab.title, self.box)}
        if self.cells:
            answer |= {
                "updatedRows": len({row for row, _ in self.cells}),
                "updatedColumns": len({column for _, column in self.cells}),
                "updatedCells": len(self.cells),
            }
        return answer


def listed_values(body: Mapping[str, Any]) -> list[list[Any]]:
    """The rows of a ValueRange in a body, turned when it came by columns."""
    values = body.get("values") or []
    if not isinstance(values, list):
        raise invalid_value("data.values", LIST, values)
    for index, row in enumerate(values):
        if not isinstance(row, list):
            raise invalid_value(f"data.values[{index}]", LIST, row)
    if body.get("majorDimension") == "COLUMNS":
        height = max((len(column) for column in values), default=0)
        return [[column[row] if row < len(column) else None for column in values] for row in range(height)]
    return values


def write_values(
    spreadsheet: Spreadsheet, text: object, body: Mapping[str, Any], option: object, who: str, today: date
) -> Written:
    """Write a ValueRange where a range says; every refusal comes before anything is written."""
    rows = listed_values(body)
    if option not in ("RAW", "USER_ENTERED"):
        raise invalid("'valueInputOption' is required but not specified")
    tab, box, place = spreadsheet.resolve(text)
    height, width = len(rows), max((len(row) for row in rows), default=0)
    if not place.single:
        _check_fits(tab, box, place.bottom, place.right, height, width)
    target = Box(box.top, box.top + max(height, 1), box.left, box.left + max(width, 1))
    if target.bottom > tab.height or target.right > tab.width:
        raise exceeds_grid(tab, target)
    if not height or not width:
        return Written(tab, Box(box.top, box.top + 1, box.left, box.left + 1), frozenset())
    check_cells(spreadsheet, tab, target, who)
    return Written(tab, target, _put(spreadsheet, tab, box.top, box.left, rows, str(option), today))


def _put(
    spreadsheet: Spreadsheet, tab: Tab, top: int, left: int, rows: Sequence[Sequence[Any]], option: str, today: date
) -> frozenset[tuple[int, int]]:
    taken: dict[tuple[int, int], Cell] = {}
    for down, row in enumerate(rows):
        for right, given in enumerate(row):
            cell = tab.cell(top + down, left + right)
            if (new := entered(given, cell, option, spreadsheet, today)) is not None:
                taken[top + down, left + right] = with_value(cell, new)
    for (row_number, column), cell in taken.items():
        tab.put(row_number, column, cell)
    return frozenset(taken)


def _check_fits(tab: Tab, box: Box, bottom: int | None, right: int | None, height: int, width: int) -> None:
    """Raise when more values come than the range that was written can hold."""
    if bottom is not None and height > bottom - box.top:
        beyond = f"row [{bottom + 1}]"
    elif right is not None and width > right - box.left:
        beyond = f"column [{column_letters(right)}]"
    else:
        return
    raise invalid(f"Requested writing within range [{named(tab.title, box)}], but tried writing to {beyond}")


def clear_values(spreadsheet: Spreadsheet, text: object, who: str) -> str:
    """Empty a range; formats, notes and rules stay. The name of the range is returned."""
    tab, box, _ = spreadsheet.resolve(text)
    check_cells(spreadsheet, tab, box, who)
    for row, column, cell in list(tab.filled(box)):
        tab.put(row, column, replace(cell, value=None))
    return named(tab.title, box)


def table_at(tab: Tab, box: Box) -> Box | None:
    """The block of cells that touch one another and reach furthest down within a range; None when it is empty.

    ``values.append`` writes below it."""
    filled = {(row, column) for row, column, _ in tab.filled()}
    within = [place for place in filled if box.top <= place[0] < box.bottom and box.left <= place[1] < box.right]
    if not within:
        return None
    block, waiting = set(), [max(within)]
    while waiting:
        row, column = waiting.pop()
        if (row, column) in block:
            continue
        block.add((row, column))
        waiting += [
            (near_row, near_column)
            for near_row in (row - 1, row, row + 1)
            for near_column in (column - 1, column, column + 1)
            if (near_row, near_column) in filled
        ]
    rows, columns = [row for row, _ in block], [column for _, column in block]
    return Box(min(rows), max(rows) + 1, min(columns), max(columns) + 1)
