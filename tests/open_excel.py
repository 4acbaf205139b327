"""A workbook open in Excel, as far as a merge can see it: what Office.js sends of it, and what it does when asked.

The remote engine of xlwings runs unchanged: it gets the payload that its client would send, and the actions it answers
are carried out here, strictly: an action that nobody has thought of fails, and so does a text that Excel would read as
a number, a day or a formula.
"""

from __future__ import annotations

import json
import os
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.utils.datetime import from_excel, to_excel
from openpyxl.worksheet.formula import ArrayFormula

os.environ.setdefault("XLWINGS_LICENSE_KEY", "noncommercial")
# Otherwise xlwings looks for a browser's Python at every single cell.
sys.modules.setdefault("pyodide", None)  # type: ignore[arg-type]
sys.modules.setdefault("pyodide.ffi", None)  # type: ignore[arg-type]

import xlwings as xw  # noqa: E402

Place = tuple[int, int]


@dataclass
class Cell:
    """A cell: its value as Excel keeps it (days are numbers), its number format, its formula if it has one."""

    value: Any = None
    number_format: str = "General"
    formula: Any = None

    @property
    def is_day(self) -> bool:
        return any(mark in self.number_format.lower() for mark in ("yy", "dd", "hh"))


@dataclass
class Table:
    name: str
    first_row: int
    first_column: int
    last_row: int
    last_column: int
    totals: bool

    @property
    def address(self) -> str:
        return _address(self.first_row, self.first_column, self.last_row, self.last_column)


@dataclass
class Sheet:
    name: str
    cells: dict[Place, Cell] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    notes: dict[Place, str] = field(default_factory=dict)
    touched: bool = False

    def value(self, row: int, column: int) -> Any:
        cell = self.cells.get((row, column))
        return None if cell is None or cell.value == "" else cell.value

    @property
    def size(self) -> Place:
        filled = [place for place, cell in self.cells.items() if cell.value not in (None, "")]
        return max((row for row, _ in filled), default=1), max((column for _, column in filled), default=1)


class Refused(Exception):
    """Excel would not do this, or something else than was meant."""


class OpenExcel:
    """One workbook, opened from a file. ``done`` are the names of the actions carried out so far; with
    ``breaks_after`` the connection breaks after so many of them, and nobody learns of it."""

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.name
        self.done: list[str] = []
        self.breaks_after: int | None = None
        formulas, values = loaded(path), loaded(path, data_only=True)
        self.sheets = [_sheet(formulas[name], values[name]) for name in formulas.sheetnames]
        self.names = {
            name: defined.attr_text.replace("'", "").replace("$", "").split("!")
            for name, defined in formulas.defined_names.items()
            if "#REF" not in defined.attr_text and ":" not in defined.attr_text
        }
        self.selection = ("", "A1")
        formulas.close()
        values.close()

    @classmethod
    def of(cls, *sheets: Sheet) -> OpenExcel:
        """A workbook that was never saved."""
        excel = cls.__new__(cls)
        excel.path, excel.name = Path("Book1.xlsx"), "Book1.xlsx"
        excel.done, excel.breaks_after = [], None
        excel.sheets, excel.names, excel.selection = list(sheets), {}, ("", "A1")
        return excel

    def __getitem__(self, name: str) -> Sheet:
        return next(sheet for sheet in self.sheets if sheet.name == name)

    def table(self, name: str) -> tuple[Sheet, Table]:
        return next((sheet, table) for sheet in self.sheets for table in sheet.tables if table.name == name)

    def rows(self, name: str) -> list[tuple[Any, ...]]:
        """What a table shows, row by row; wholly blank rows left out."""
        sheet, table = self.table(name)
        columns = range(table.first_column, table.last_column + 1)
        rows = [
            tuple(sheet.value(row, column) for column in columns)
            for row in range(table.first_row + 1, table.last_row + 1)
        ]
        return [row for row in rows if any(value is not None for value in row)]

    @contextmanager
    def book(self, payload: str | None = None) -> Iterator[xw.Book]:
        """The workbook as xlwings' remote engine sees it, from a ``payload`` made before or now; what was queued is
        carried out when all went well."""
        book = xw.Book(json=json.loads(payload or json.dumps(self.payload())))
        try:
            yield book
            answer = json.loads(json.dumps(book.json()))
        finally:
            book.close()
        self.apply(answer["actions"])

    # --- what is sent

    def payload(self) -> dict[str, Any]:
        places = [sheet.name for sheet in self.sheets]
        return {
            "client": "Office.js",
            "version": xw.__version__,
            "book": {
                "name": self.name,
                "active_sheet_index": places.index(self.selection[0]) if self.selection[0] else 0,
                "selection": self.selection[1],
                "calculation": "Automatic",
            },
            "names": [
                {
                    "name": name,
                    "sheet_index": places.index(tab),
                    "address": address,
                    "book_scope": True,
                    "scope_sheet_name": None,
                    "scope_sheet_index": None,
                }
                for name, (tab, address) in self.names.items()
                if tab in places
            ],
            "sheets": [_sent(sheet) for sheet in self.sheets],
        }

    # --- what is done

    def apply(self, actions: list[dict[str, Any]]) -> None:
        for action in actions[: self.breaks_after]:
            self.done.append(action["func"])
            sheet = self.sheets[action["sheet_position"]]
            sheet.touched = True
            getattr(self, f"_{action['func']}")(sheet, action, _area(action))

    def _setValues(self, sheet: Sheet, action: dict[str, Any], area: tuple[int, int, int, int]) -> None:
        row, column, rows, columns = area
        if len(action["values"]) != rows or {len(line) for line in action["values"]} != {columns}:
            raise Refused("the values have another size than the range")
        for at, line in enumerate(action["values"], row):
            for place, value in enumerate(line, column):
                if value is None:
                    raise Refused("null leaves a cell as it is")
                cell = sheet.cells.get((at, place))
                if cell is None:
                    cell = sheet.cells[at, place] = Cell()
                shown = _shown_by(value)
                cell.value, cell.formula = (_typed(value), None) if shown is None else (shown, value)

    def _rangeClearContents(self, sheet: Sheet, action: dict[str, Any], area: tuple[int, int, int, int]) -> None:
        for place in _places(area):
            if place in sheet.cells:
                sheet.cells[place].value = sheet.cells[place].formula = None

    def _rangeInsert(self, sheet: Sheet, action: dict[str, Any], area: tuple[int, int, int, int]) -> None:
        row, column, rows, columns = area
        if action["args"][0] != "down":
            raise Refused(action["args"][0])
        for table in sheet.tables:
            if _misses(table, column, columns) or table.last_row < row:
                continue
            if not _covers(table, column, columns):
                raise Refused(f"the operation would shift cells of {table.name}")
            if table.first_row >= row:
                table.first_row += rows
            table.last_row += rows
        self._shift(sheet, row, column, columns, rows)
        for place in _places(area):
            above = sheet.cells.get((row - 1, place[1]))
            if above is not None:
                sheet.cells[place] = Cell(None, above.number_format)

    def _rangeDelete(self, sheet: Sheet, action: dict[str, Any], area: tuple[int, int, int, int]) -> None:
        row, column, rows, columns = area
        if action["args"][0] != "up":
            raise Refused(action["args"][0])
        for table in sheet.tables:
            if _misses(table, column, columns) or table.last_row < row:
                continue
            if not _covers(table, column, columns) or row <= table.first_row < row + rows:
                raise Refused(f"the operation would shift cells of {table.name}")
            if table.first_row >= row:
                table.first_row -= rows
            elif row + rows > table.last_row + 1 or rows >= table.last_row - table.first_row:
                raise Refused(f"nothing would be left of {table.name}")
            table.last_row -= rows
        for place in _places(area):
            sheet.cells.pop(place, None)
            sheet.notes.pop(place, None)
        self._shift(sheet, row + rows, column, columns, -rows)

    def _shift(self, sheet: Sheet, row: int, column: int, columns: int, by: int) -> None:
        def moved(place: Place) -> Place:
            inside = place[0] >= row and column <= place[1] < column + columns
            return (place[0] + by, place[1]) if inside else place

        sheet.cells = {moved(place): cell for place, cell in sheet.cells.items()}
        sheet.notes = {moved(place): note for place, note in sheet.notes.items()}

    def _resizeTable(self, sheet: Sheet, action: dict[str, Any], area: object) -> None:
        table = sheet.tables[action["args"][0]]
        first_column, first_row, last_column, last_row = range_boundaries(action["args"][1].replace("$", ""))
        if (first_row, first_column, last_column) != (table.first_row, table.first_column, table.last_column):
            raise Refused("the header must stay where it is")
        for other in sheet.tables:
            if other is not table and table.last_row < other.first_row <= last_row:
                raise Refused("tables must not overlap")
        table.last_row = last_row

    def _copyFromRange(self, sheet: Sheet, action: dict[str, Any], area: tuple[int, int, int, int]) -> None:
        position, address, kind, _, _ = action["args"]
        first_column, row, last_column, last_row = range_boundaries(address.replace("$", ""))
        if kind != "formats" or row != last_row or last_column - first_column + 1 != area[3]:
            raise Refused(str(action["args"]))
        for column in range(first_column, last_column + 1):
            look = self.sheets[position].cells.get((row, column), Cell()).number_format
            for at in range(area[0], area[0] + area[2]):
                cell = sheet.cells.get((at, column))
                if cell is None:
                    sheet.cells[at, column] = Cell(None, look)
                else:
                    cell.number_format = look

    def _tableSort(self, sheet: Sheet, action: dict[str, Any], area: object) -> None:
        number, keys, ascending = action["args"]
        table = sheet.tables[number]
        ((key, up),) = zip(*(one if isinstance(one, list) else [one] for one in (keys, ascending)), strict=True)
        columns = range(table.first_column, table.last_column + 1)
        body = range(table.first_row + 1, table.last_row + 1 - table.totals)
        rows = [[(sheet.cells.get((r, c)), sheet.notes.get((r, c))) for c in columns] for r in body]
        rows.sort(key=lambda row: row[key - 1][0].value, reverse=not up)  # type: ignore[union-attr]
        for r, row in zip(body, rows, strict=True):
            for c, (cell, note) in zip(columns, row, strict=True):
                sheet.cells[r, c] = cell or Cell()
                sheet.notes.pop((r, c), None)
                if note:
                    sheet.notes[r, c] = note

    def _setAutofit(self, sheet: Sheet, action: dict[str, Any], area: object) -> None:
        if action["args"] != ["rows"]:
            raise Refused(str(action["args"]))

    def _clearAutoFilterTable(self, sheet: Sheet, action: dict[str, Any], area: object) -> None:
        sheet.tables[action["args"][0]]

    # --- saving

    def save(self, path: Path | None = None) -> None:
        """Save the workbook, as Excel would, over its file or as another one."""
        book = loaded(self.path)
        for sheet in self.sheets:
            if not sheet.touched:
                continue
            written = book[sheet.name]
            for row in list(written.iter_rows()):
                for cell in row:
                    cell.value = None
            for (row, column), cell in sheet.cells.items():
                target = written.cell(row, column)
                target.value = cell.formula if cell.formula is not None else cell.value
                target.number_format = cell.number_format
                if isinstance(cell.value, str) and cell.formula is None:
                    target.data_type = "s"
            for table in sheet.tables:
                written.tables[table.name].ref = table.address
                if written.tables[table.name].autoFilter:
                    written.tables[table.name].autoFilter.ref = table.address
        book.save(path or self.path)
        book.close()

    def type(self, tab: str, row: int, column: int, value: object) -> None:
        """A person types into a cell."""
        cell = self[tab].cells.setdefault((row, column), Cell())
        if isinstance(value, date):
            value, cell.number_format = to_excel(value), "dd/mm/yyyy"
        cell.value, cell.formula = value, None
        self[tab].touched = True


def loaded(path: Path, **how: bool) -> Any:
    """openpyxl warns of what it does not know; none of it is looked at here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(path, **how)


def _sheet(formulas: Any, values: Any) -> Sheet:
    sheet = Sheet(formulas.title)
    for row in formulas.iter_rows():
        for cell in row:
            if cell.value is None and not cell.has_style:
                continue
            shown = _shown_by(cell.value) or values.cell(cell.row, cell.column).value
            formula = cell.value if cell.data_type == "f" or isinstance(cell.value, ArrayFormula) else None
            if isinstance(shown, date | time | timedelta):
                shown = to_excel(shown)
            sheet.cells[cell.row, cell.column] = Cell(shown, cell.number_format, formula)
            if cell.comment:
                sheet.notes[cell.row, cell.column] = cell.comment.text
    for table in formulas.tables.values():
        first_column, first_row, last_column, last_row = range_boundaries(table.ref)
        totals = bool(table.totalsRowCount)
        sheet.tables.append(Table(table.name, first_row, first_column, last_row, last_column, totals))
    return sheet


def _sent(sheet: Sheet) -> dict[str, Any]:
    height, width = sheet.size
    values = [[""] * width for _ in range(height)]
    for (row, column), cell in sheet.cells.items():
        if row <= height and column <= width and cell.value is not None:
            values[row - 1][column - 1] = _shown(cell)
    return {
        "name": sheet.name,
        "visibility": "Visible",
        "used_range_address": _address(1, 1, height, width),
        "used_range_row_count": height,
        "used_range_column_count": width,
        "values": values,
        "pictures": [],
        "shapes": [],
        "charts": [],
        "pivot_tables": [],
        "tables": [_sent_table(sheet, table) for table in sheet.tables],
    }


def _sent_table(sheet: Sheet, table: Table) -> dict[str, Any]:
    body = (table.first_row + 1, table.first_column, table.last_row - table.totals, table.last_column)
    header = (table.first_row, table.first_column, table.first_row, table.last_column)
    return {
        "name": table.name,
        "range_address": table.address,
        "row_count": table.last_row - table.first_row + 1,
        "column_count": table.last_column - table.first_column + 1,
        "columns": [sheet.value(table.first_row, n) for n in range(table.first_column, table.last_column + 1)],
        "header_row_range_address": _address(*header),
        "data_body_range_address": _address(*body),
        "total_row_range_address": None,
        "show_headers": True,
        "show_totals": table.totals,
        "table_style": "",
        "show_autofilter": True,
    }


def _shown(cell: Cell) -> Any:
    if cell.is_day and isinstance(cell.value, int | float) and not isinstance(cell.value, bool):
        moment = from_excel(cell.value)
        if isinstance(moment, datetime):
            return moment.isoformat(timespec="milliseconds") + "Z"
    return cell.value


_LINK = re.compile(r'=HYPERLINK\("(?:[^"]|"")+","((?:[^"]|"")+)"\)')
"""The only formula that a merge writes; its result is its second text."""


def _shown_by(formula: object) -> str | None:
    """What a link of the merge shows, None for anything else."""
    link = _LINK.fullmatch(formula) if isinstance(formula, str) else None
    return link[1].replace('""', '"') if link else None


def _typed(value: Any) -> Any:
    """What Excel makes of a value that is put into a cell."""
    if not isinstance(value, str) or value == "":
        return None if value == "" else value
    if value.startswith("'"):
        return value[1:]
    if value[0] in "=+-@" or value.upper() in ("TRUE", "FALSE") or _reads_as_number(value):
        raise Refused(f"Excel would not keep {value!r} as a text")
    return value


def _reads_as_number(text: str) -> bool:
    """Whether a text may be taken for a number or a day: of digits and marks, or a month with a number."""
    return not text.strip("0123456789.,:/- %₫$eE()") and any(mark.isdigit() for mark in text)


def _area(action: dict[str, Any]) -> tuple[int, int, int, int]:
    if action["start_row"] is None:
        return 0, 0, 0, 0
    return action["start_row"] + 1, action["start_column"] + 1, action["row_count"], action["column_count"]


def _places(area: tuple[int, int, int, int]) -> Iterator[Place]:
    row, column, rows, columns = area
    if columns > 1_000:
        return  # whole rows: only what they hold matters, and that moves
    yield from ((r, c) for r in range(row, row + rows) for c in range(column, column + columns))


def _misses(table: Table, column: int, columns: int) -> bool:
    return table.last_column < column or table.first_column >= column + columns


def _covers(table: Table, column: int, columns: int) -> bool:
    return column <= table.first_column and column + columns > table.last_column


def _address(first_row: int, first_column: int, last_row: int, last_column: int) -> str:
    return f"{get_column_letter(first_column)}{first_row}:{get_column_letter(last_column)}{last_row}"
