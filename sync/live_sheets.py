"""A master that is open in a spreadsheet program, read once and whole through xlwings, and written to step by step.

Only what every engine of xlwings can do is used: desktop Excel by COM or AppleScript and the remote engine behind
Office.js, which reads what was sent along and queues what is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sync.master_whole import TAB_OF
from sync.workspace import CannotRun
from workbooks.layouts import FIGURES_TAB, LISTS_TAB, column_letters
from workbooks.live_copy import write_values
from workbooks.live_file import FileFacts
from workbooks.live_tables import (
    Area,
    ClearContents,
    ClearFilter,
    CopyFormats,
    DeleteCells,
    FitRows,
    InsertCells,
    LiveTable,
    Neighbour,
    Resize,
    SetValues,
    Shown,
    SortTable,
    Step,
)
from workbooks.master_tables import YEARS_TAB

if TYPE_CHECKING:
    import xlwings as xw

NOT_COPIED = frozenset({FIGURES_TAB, LISTS_TAB, YEARS_TAB})
"""Tabs that nobody reads back: the merge makes their content."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """A table as the program tells of it."""

    name: str
    area: Area
    totals: bool


@dataclass
class OpenMaster:
    """The open workbook. Its cells are read when first asked for and never again: what is written is not read back."""

    book: xw.Book
    _cells: dict[str, list[list[Shown]]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.book.name)

    @cached_property
    def tabs(self) -> tuple[str, ...]:
        return tuple(sheet.name for sheet in self.book.sheets)

    def cells(self, tab: str) -> list[list[Shown]]:
        """All cells of a sheet from A1 on."""
        if tab not in self._cells:
            sheet = self.book.sheets[tab]
            end = sheet.used_range.last_cell
            values = sheet.range((1, 1), (end.row, end.column)).options(ndim=2, err_to_str=True).value
            self._cells[tab] = values
        return self._cells[tab]

    def copy_to(self, path: Path) -> None:
        """Put the values of every tab that is read back into a plain file."""
        write_values(path, {tab: self.cells(tab) for tab in self.tabs if tab not in NOT_COPIED})

    @cached_property
    def _tables(self) -> Mapping[str, _Placed]:
        found = {}
        for sheet in self.book.sheets:
            for table in sheet.tables:
                if not table.show_headers:
                    continue
                where = table.range
                area = Area(sheet.name, where.row, where.column, where.last_cell.row, where.last_cell.column)
                found[table.name] = _Placed(table.name, area, bool(table.show_totals))
        return found

    def table(self, name: str, headers: Mapping[str, str], facts: FileFacts) -> LiveTable:
        """One of our tables with its columns, found by the hidden code row, else by ``headers`` (code → header).

        Raises ``CannotRun`` when the table or a column is gone, ``WouldLose`` when its rows cannot move freely.
        """
        placed = self._tables.get(name)
        if placed is None:
            raise CannotRun("write-table-missing", file=self.name, table=TAB_OF[name])
        area, cells = placed.area, self.cells(placed.area.sheet)
        numbers = range(area.first_column, area.last_column + 1)
        codes = {_said(cells, area.first_row - 1, n).rpartition(".")[2]: n for n in reversed(numbers)}
        shown = {n: _said(cells, area.first_row, n) for n in numbers}
        named = {_folded(text): n for n, text in reversed(shown.items())}
        columns = {}
        for code, header in headers.items():
            number = codes.get(code) or named.get(_folded(header))
            if number is None:
                raise CannotRun("write-column-missing", table=name, sheet=area.sheet, column=header)
            columns[code] = number
        others = tuple(
            Neighbour(one.name, one.area)
            for one in self._tables.values()
            if one.name != name and one.area.sheet == area.sheet
        )
        calculated = frozenset(n for n, text in shown.items() if text in facts.calculated)
        table = LiveTable(name, area, placed.totals, columns, shown, cells, others, calculated)
        table.refuse_torn(facts.merged)
        return table

    def named_cell(self, name: str) -> Area:
        """The cell with a name of ours. Raises ``CannotRun`` when the name is gone or means something else."""
        try:
            where = next(one for one in self.book.names if one.name == name).refers_to_range
            row, column = int(where.row), int(where.column)
        except Exception:  # every engine has its own way to say that a name leads nowhere
            raise CannotRun("write-name-missing", file=self.name, name=name) from None
        return Area(where.sheet.name, row, column, row, column)

    def selected(self) -> str | None:
        """The selected cell as ``Sheet!B7``, None when something else is selected."""
        where = self.book.app.selection
        if where is None or where.row is None:
            return None
        return f"{where.sheet.name}!{column_letters(where.column)}{where.row}"

    def perform(self, steps: Iterable[Step]) -> None:
        """Do all steps in order. Raises ``CannotRun`` when the program refuses one, such as on a protected sheet."""
        for step in steps:
            try:
                self._perform(step)
            except Exception as error:  # every engine has its own kind
                raise CannotRun("live-write-failed", reason=str(error) or type(error).__name__) from error

    def _perform(self, step: Step) -> None:
        match step:
            case SetValues(area, rows):
                self._range(area).value = [list(row) for row in rows]
            case InsertCells(area):
                self._range(area).insert("down", "format_from_left_or_above")
            case DeleteCells(area):
                self._range(area).delete("up")
            case ClearContents(area):
                self._range(area).clear_contents()
            case Resize(table, area):
                self.book.sheets[area.sheet].tables[table].resize(self._range(area))
            case CopyFormats(source, area):
                self._copy_formats(self._range(source), self._range(area))
            case FitRows(area):
                self._range(area).rows.autofit()
            case ClearFilter(sheet, table):
                self.book.sheets[sheet].tables[table].autofilter.clear()
            case SortTable(sheet, table, column):
                self.book.sheets[sheet].tables[table].sort(column)

    def _range(self, area: Area) -> Any:
        sheet = self.book.sheets[area.sheet]
        return sheet.range((area.first_row, area.first_column), (area.last_row, area.last_column))

    def _copy_formats(self, source: Any, target: Any) -> None:
        if self.book.app.engine.type == "remote":
            target.copy_from(source, "formats")
        else:  # the desktop engines have only the older way, over the clipboard
            source.copy()
            target.paste("formats")


def _said(cells: Sequence[Sequence[Shown]], row: int, column: int) -> str:
    line = cells[row - 1] if 0 < row <= len(cells) else ()
    value = line[column - 1] if column <= len(line) else None
    return value.strip() if isinstance(value, str) else ""


def _folded(header: str) -> str:
    return " ".join(header.replace("*", " ").split()).casefold()
