"""The values of an open workbook as a plain file, so that one reader serves the file on disk and the open master."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from workbooks.grids import ERROR_TEXTS
from workbooks.live_tables import Shown, serial

_DAY, _MOMENT = "dd/mm/yyyy", "dd/mm/yyyy hh:mm:ss"


def write_values(path: Path, sheets: Mapping[str, Sequence[Sequence[Shown]]]) -> None:
    """Write sheets by name with their values from A1 on. Texts stay texts, errors stay errors, days stay days."""
    book = xlsxwriter.Workbook(
        str(path), {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False}
    )
    day, moment = book.add_format({"num_format": _DAY}), book.add_format({"num_format": _MOMENT})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for line, row in enumerate(rows):
            for column, value in enumerate(row):
                if value is not None and value != "":
                    _write(sheet, line, column, value, day, moment)
    book.close()


def _write(sheet: Worksheet, line: int, column: int, value: Shown, day: Format, moment: Format) -> None:
    if isinstance(value, str):
        if value in ERROR_TEXTS:
            sheet.write_formula(line, column, "=NA()", None, value)
        else:
            sheet.write_string(line, column, value)
    elif isinstance(value, bool):
        sheet.write_boolean(line, column, value)
    elif isinstance(value, date):
        number = serial(value)
        sheet.write_number(line, column, number, day if number == int(number) else moment)
    elif value is not None:
        sheet.write_number(line, column, float(value))
