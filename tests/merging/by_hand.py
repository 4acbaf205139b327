"""What people do with their workbooks between two merges, done with openpyxl as with a spreadsheet program.

A table is found by its hidden code row, in a ward's workbook as in the master; cells are named by field code.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from workbooks.layouts import RID, column_letters

FORMULA = "="


class Sheet:
    """One table of an opened workbook."""

    def __init__(self, sheet: Worksheet, prefix: str) -> None:
        self.sheet, self.prefix = sheet, prefix
        line, self.columns = next(_code_rows(sheet, prefix))
        self.first = line + 2

    @property
    def last(self) -> int:
        """The last row that holds anything typed; formulas and row ids stand in empty rows too."""
        return max((line for line in range(self.first, self.sheet.max_row + 1) if self.typed(line)), default=0)

    def typed(self, line: int) -> dict[str, Any]:
        cells = {code: self.sheet.cell(line, column).value for code, column in self.columns.items() if code != RID}
        return {code: value for code, value in cells.items() if value is not None and not _formula(value)}

    def line(self, **where: Any) -> int:
        """The one row whose cells are these."""
        lines = [line for line in range(self.first, self.last + 1) if where.items() <= self.typed(line).items()]
        if len(lines) != 1:
            raise LookupError(f"{len(lines)} rows of {self.prefix} with {where}")
        return lines[0]

    def cell(self, line: int, code: str) -> str:
        """The name of a cell, such as ``H9``."""
        return f"{column_letters(self.columns[code])}{line}"

    def get(self, line: int, code: str) -> Any:
        return self.sheet.cell(line, self.columns[code]).value

    def put(self, line: int, **cells: Any) -> None:
        for code, value in cells.items():
            self.sheet.cell(line, self.columns[code]).value = value

    def change(self, key: str, **cells: Any) -> None:
        """Type over cells of the row with this number or code in its first field."""
        self.put(self.line(**{self.key: key}), **cells)

    @property
    def key(self) -> str:
        return next(code for code in self.columns if not code.startswith("_"))

    def add(self, **cells: Any) -> int:
        """Type a row below the last one."""
        line = max(self.last + 1, self.first)
        self.put(line, **cells)
        self._reach(line)
        return line

    def delete(self, *keys: str) -> None:
        """Delete whole rows of the sheet."""
        for key in keys:
            self.sheet.delete_rows(self.line(**{self.key: key}))

    def rids(self) -> dict[Any, Any]:
        """First field → row id, of the rows typed."""
        return {self.get(line, self.key): self.get(line, RID) for line in range(self.first, self.last + 1)}

    def rows(self) -> list[list[Any]]:
        """The cells of the rows typed, whole."""
        wide = max(self.columns.values())
        return [
            [self.sheet.cell(line, column).value for column in range(1, wide + 1)]
            for line in range(self.first, self.last + 1)
        ]

    def replace_rows(self, rows: Sequence[Sequence[Any]]) -> None:
        """Put these rows in the place of the typed ones: a sort, a paste."""
        for line, row in enumerate(rows, self.first):
            for column, value in enumerate(row, 1):
                self.sheet.cell(line, column).value = value

    def _reach(self, line: int) -> None:
        """A table grows when people type below it."""
        for table in self.sheet.tables.values():
            start, end = table.ref.split(":")
            letters = end.rstrip("0123456789")
            table.ref = f"{start}:{letters}{max(line, int(end[len(letters) :]))}"


def _code_rows(sheet: Worksheet, prefix: str) -> Iterator[tuple[int, dict[str, int]]]:
    for line, row in enumerate(sheet.iter_rows(max_row=40, values_only=True), 1):
        found = {
            str(value).partition(".")[2]: column
            for column, value in enumerate(row, 1)
            if isinstance(value, str) and value.startswith(f"{prefix}.")
        }
        if found:
            yield line, found


def _formula(value: object) -> bool:
    return isinstance(value, str) and value.startswith(FORMULA)


class Book:
    """An opened workbook."""

    def __init__(self, book: Workbook) -> None:
        self.book = book

    def table(self, prefix: str) -> Sheet:
        """The table with these field codes, such as ``QUY`` or ``CHI_TIEU``, wherever it stands."""
        sheet = next(sheet for sheet in self.book.worksheets if any(_code_rows(sheet, prefix)))
        return Sheet(sheet, prefix)

    def cover(self, code: str, value: object) -> None:
        """Type into the cover."""
        sheet = self.book["Bìa"]
        line = next(line for line in range(1, 60) if sheet.cell(line, 4).value == f"BIA.{code}")
        sheet.cell(line, 2).value = value


@contextmanager
def opened(path: Path, *, save: bool = True) -> Iterator[Book]:
    """Open, let somebody type, save."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl says what it will lose
        book = openpyxl.load_workbook(path)
        yield Book(book)
        if save:
            book.save(path)
        book.close()


def looked_at(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every filled row of every sheet, as values; formulas as they are written."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path)
    rows = {
        sheet.title: [row for row in sheet.iter_rows(values_only=True) if any(value is not None for value in row)]
        for sheet in book.worksheets
    }
    book.close()
    return rows
