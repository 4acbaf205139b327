"""Workbooks for the Excel in memory, read from files, and what it made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell.cell import Cell
from openpyxl.utils import range_boundaries
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet.worksheet import Worksheet

Book = dict[str, Any]
VISIBILITY = {"visible": "Visible", "hidden": "Hidden", "veryHidden": "VeryHidden"}


def book_of(path: Path, name: str | None = None, **more: Any) -> Book:
    """A file as the Excel in memory takes it: sheets with cells (``row,column`` from 0), tables, names."""
    read = openpyxl.load_workbook(path, rich_text=False)
    sheets = [_sheet(sheet) for sheet in read.worksheets]
    names = [{"name": one.name, "formula": f"={one.attr_text}"} for one in read.defined_names.values()]
    read.close()
    return {"name": name or path.name, "sheets": sheets, "names": names, **more}


def plain_book(name: str = "Sổ trống.xlsx", **sheets: list[list[Any]]) -> Book:
    """A workbook with a few typed cells."""
    made = [
        {
            "name": title,
            "cells": {f"{i},{j}": {"v": value} for i, row in enumerate(rows) for j, value in enumerate(row)},
        }
        for title, rows in sheets.items()
    ]
    return {"name": name, "sheets": made}


def _sheet(sheet: Worksheet) -> Mapping[str, Any]:
    cells = {
        f"{cell.row - 1},{cell.column - 1}": _cell(cell)
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell, Cell) and (cell.value is not None or not cell.protection.locked)
    }
    return {
        "name": sheet.title,
        "visibility": VISIBILITY[sheet.sheet_state],
        "isProtected": bool(sheet.protection.sheet),
        "cells": cells,
        "tables": [
            {
                "name": table.displayName,
                "ref": table.ref,
                "totals": bool(table.totalsRowCount),
                "style": table.tableStyleInfo.name if table.tableStyleInfo else "",
                "filter": table.autoFilter is not None,
            }
            for table in sheet.tables.values()
        ],
    }


def _cell(cell: Cell) -> Mapping[str, Any]:
    """Value, number format, and whether it may be typed into on a protected sheet. A formula has no result here."""
    traits: dict[str, Any] = {} if cell.number_format == "General" else {"nf": cell.number_format}
    if not cell.protection.locked:
        traits["open"] = True
    value = cell.value
    if value is None:
        return traits
    if cell.data_type == "f":
        text = value if isinstance(value, str) else f"={value.text.removeprefix('=')}"
        return {**traits, "f": text, "v": 0}
    if isinstance(value, datetime | date | time):
        return {**traits, "v": float(to_excel(value))}
    return {**traits, "v": value}


def table_rows(sheets: Sequence[Mapping[str, Any]]) -> dict[str, list[list[Any]]]:
    """Every table's rows below its header, as cells hold them: formulas as their text, blanks as None."""
    found: dict[str, list[list[Any]]] = {}
    for sheet in sheets:
        tables = sheet["tables"]
        places = {one["name"]: one["ref"] for one in tables} if isinstance(tables, list) else tables
        for name, place in places.items():
            left, top, right, bottom = range_boundaries(place)
            keys = [[f"{row},{column - 1}" for column in range(left, right + 1)] for row in range(top, bottom)]
            found[name] = [[_held(sheet["cells"].get(key, {})) for key in row] for row in keys]
    return found


def _held(cell: Mapping[str, Any]) -> Any:
    value = cell.get("f", cell.get("v"))
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
