"""A spreadsheet in memory: tabs, rows of cells that are never changed in place, and what belongs to them.

Cells and rows are replaced, not edited, so that a copy of a tab to fall back on costs one dictionary.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from sync.emulator.a1 import Box, Open, named, parse_cells, split_title
from sync.emulator.dimensions import Edit, edited, retitled
from sync.emulator.errors import GoogleError, invalid, too_many_cells
from sync.emulator.formulas import ErrorValue, Scalar, Table, evaluate
from sync.emulator.locales import Formula

MAX_CELLS = 10_000_000
MAX_COLUMNS = 18_278
MAX_CHARACTERS = 50_000
"""https://support.google.com/drive/answer/37603"""

Value = bool | int | float | str | Formula | None
JSON = dict[str, Any]
NOTHING: Mapping[str, Any] = MappingProxyType({})


def _nothing() -> Mapping[str, Any]:
    return NOTHING


@dataclass(frozen=True, slots=True)
class Cell:
    """What was entered (None: nothing), how it looks, its note and its validation rule."""

    value: Value = None
    format: Mapping[str, Any] = field(default_factory=_nothing)
    note: str | None = None
    rule: Mapping[str, Any] | None = None

    @property
    def blank(self) -> bool:
        return self.value is None and not self.format and self.note is None and self.rule is None

    @property
    def is_text(self) -> bool:
        """Whether the cell takes everything that is typed into it as text."""
        number_format: Mapping[str, Any] = self.format.get("numberFormat") or NOTHING
        return number_format.get("type") == "TEXT" or number_format.get("pattern") == "@"


BLANK = Cell()
Row = Mapping[int, Cell]
EMPTY_ROW: Row = MappingProxyType({})


@dataclass
class Tab:
    """One sheet of a spreadsheet."""

    properties: JSON
    rows: dict[int, Row] = field(default_factory=dict)
    row_properties: dict[int, JSON] = field(default_factory=dict)
    column_properties: dict[int, JSON] = field(default_factory=dict)
    merges: list[Box] = field(default_factory=list)
    protected: list[JSON] = field(default_factory=list)
    conditional: list[JSON] = field(default_factory=list)
    banded: list[JSON] = field(default_factory=list)
    tables: list[JSON] = field(default_factory=list)
    filter: JSON | None = None
    groups: dict[str, list[JSON]] = field(default_factory=lambda: {"ROWS": [], "COLUMNS": []})

    @property
    def id(self) -> int:
        return int(self.properties["sheetId"])

    @property
    def title(self) -> str:
        return str(self.properties["title"])

    @property
    def height(self) -> int:
        return int(self.properties["gridProperties"]["rowCount"])

    @property
    def width(self) -> int:
        return int(self.properties["gridProperties"]["columnCount"])

    @property
    def box(self) -> Box:
        return Box(0, self.height, 0, self.width)

    def cell(self, row: int, column: int) -> Cell:
        return self.rows.get(row, EMPTY_ROW).get(column, BLANK)

    def put(self, row: int, column: int, cell: Cell) -> None:
        cells = dict(self.rows.get(row, EMPTY_ROW))
        if cell.blank:
            cells.pop(column, None)
        else:
            cells[column] = cell
        if cells:
            self.rows[row] = cells
        else:
            self.rows.pop(row, None)

    def filled(self, box: Box | None = None) -> Iterator[tuple[int, int, Cell]]:
        """Cells with a value, from top to bottom and left to right."""
        box = box or self.box
        for row in sorted(number for number in self.rows if box.top <= number < box.bottom):
            for column, cell in sorted(self.rows[row].items()):
                if box.left <= column < box.right and cell.value is not None:
                    yield row, column, cell

    def span(self, dimension: str) -> int:
        return self.height if dimension == "ROWS" else self.width

    def snapshot(self) -> Tab:
        """The tab as it is now; later edits of the one do not reach the other."""
        rest = {name: value for name, value in vars(self).items() if name != "rows"}
        return Tab(rows=dict(self.rows), **copy.deepcopy(rest))

    def box_of(self, written: Mapping[str, Any]) -> Box:
        """The cells of a GridRange: indexes that were not written reach to the edge."""
        return Box(
            int(written.get("startRowIndex", 0)),
            int(written.get("endRowIndex", self.height)),
            int(written.get("startColumnIndex", 0)),
            int(written.get("endColumnIndex", self.width)),
        )

    def edit(self, edit: Edit, *, rows: bool) -> None:
        """Move cells, sizes, merges and every range of this tab as rows or columns come, go or move."""
        if rows:
            self.rows = {moved: row for old, row in self.rows.items() if (moved := edit.index(old)) is not None}
        else:
            shared: dict[int, Row] = {}
            for number, row in self.rows.items():
                if id(row) not in shared:
                    shared[id(row)] = {new: cell for old, cell in row.items() if (new := edit.index(old)) is not None}
                self.rows[number] = shared[id(row)]
        sizes = self.row_properties if rows else self.column_properties
        moved_sizes = {new: value for old, value in sizes.items() if (new := edit.index(old)) is not None}
        sizes.clear()
        sizes.update(moved_sizes)
        self.merges = [merged for box in self.merges if (merged := _edited_box(box, edit, rows=rows)) is not None]
        self.protected = [one for one in self.protected if edit_range(one["range"], edit, rows=rows)]
        for one in self.protected:
            one["unprotectedRanges"] = [
                part for part in one.get("unprotectedRanges", []) if edit_range(part, edit, rows=rows)
            ]
        for rule in self.conditional:
            rule["ranges"] = [part for part in rule["ranges"] if edit_range(part, edit, rows=rows)]
        self.conditional = [rule for rule in self.conditional if rule["ranges"]]
        for kept in (self.banded, self.tables):
            kept[:] = [one for one in kept if edit_range(one["range"], edit, rows=rows)]
        if self.filter is not None and not edit_range(self.filter["range"], edit, rows=rows):
            self.filter = None
        dimension = "ROWS" if rows else "COLUMNS"
        self.groups[dimension] = [one for one in self.groups[dimension] if edit_dimension(one["range"], edit)]


def _edited_box(box: Box, edit: Edit, *, rows: bool) -> Box | None:
    span = edit.span(box.top, box.bottom) if rows else edit.span(box.left, box.right)
    if span is None:
        return None
    return Box(*span, box.left, box.right) if rows else Box(box.top, box.bottom, *span)


def edit_range(written: JSON, edit: Edit, *, rows: bool) -> bool:
    """Move a GridRange in place; False when nothing of it is left. An edge that is not written stays open."""
    start, end = ("startRowIndex", "endRowIndex") if rows else ("startColumnIndex", "endColumnIndex")
    if start not in written and end not in written:
        return True
    span = edit.span(int(written.get(start, 0)), int(written.get(end, 10**9)))
    if span is None:
        return False
    if start in written or span[0]:
        written[start] = span[0]
    if end in written:
        written[end] = span[1]
    return True


def edit_dimension(written: JSON, edit: Edit) -> bool:
    """Move a DimensionRange in place; False when nothing of it is left."""
    span = edit.span(int(written.get("startIndex", 0)), int(written.get("endIndex", 10**9)))
    if span is None:
        return False
    written["startIndex"], written["endIndex"] = span
    return True


def new_tab(sheet_id: int, title: str, rows: int = 1000, columns: int = 26) -> Tab:
    return Tab(
        {
            "sheetId": sheet_id,
            "title": title,
            "index": 0,
            "sheetType": "GRID",
            "gridProperties": {"rowCount": rows, "columnCount": columns},
        }
    )


@dataclass
class Spreadsheet:
    """One spreadsheet."""

    id: str
    properties: JSON
    tabs: list[Tab]
    named_ranges: list[JSON] = field(default_factory=list)
    metadata: list[JSON] = field(default_factory=list)
    comments: list[JSON] = field(default_factory=list)

    def snapshot(self) -> Spreadsheet:
        rest = {name: value for name, value in vars(self).items() if name != "tabs"}
        return Spreadsheet(tabs=[tab.snapshot() for tab in self.tabs], **copy.deepcopy(rest))

    def restore(self, snapshot: Spreadsheet) -> None:
        vars(self).update(vars(snapshot))

    @property
    def locale(self) -> str:
        return str(self.properties["locale"])

    def tab(self, sheet_id: int) -> Tab | None:
        return next((tab for tab in self.tabs if tab.id == sheet_id), None)

    def titled(self, title: str) -> Tab | None:
        """The tab of a name; capital letters do not count, as in Google."""
        return next((tab for tab in self.tabs if tab.title.lower() == title.lower()), None)

    def number_tabs(self) -> None:
        for index, tab in enumerate(self.tabs):
            tab.properties["index"] = index

    def check_size(self) -> None:
        """Raise the refusal of a spreadsheet that is larger than Google allows."""
        if sum(tab.height * tab.width for tab in self.tabs) > MAX_CELLS:
            raise too_many_cells(MAX_CELLS)

    def grow(self, tab: Tab, rows: int = 0, columns: int = 0) -> None:
        """Give a tab at least so many rows and columns."""
        grid = tab.properties["gridProperties"]
        grid["rowCount"], grid["columnCount"] = max(tab.height, rows), max(tab.width, columns)
        self.check_size()

    def edit(self, tab: Tab, edit: Edit, *, rows: bool) -> None:
        """Insert, delete or move rows or columns of a tab, with everything that points at them."""
        tab.edit(edit, rows=rows)
        self.named_ranges = [
            one
            for one in self.named_ranges
            if one["range"].get("sheetId", 0) != tab.id or edit_range(one["range"], edit, rows=rows)
        ]
        self.metadata = [one for one in self.metadata if self._kept(one, tab, edit, "ROWS" if rows else "COLUMNS")]
        for other in self.tabs:
            self._rewrite(
                other, lambda text, own=other is tab: edited(text, edit, rows=rows, titled=tab.title, own=own)
            )

    @staticmethod
    def _kept(entry: JSON, tab: Tab, edit: Edit, dimension: str) -> bool:
        place = entry["location"].get("dimensionRange")
        if place is None or place.get("sheetId", 0) != tab.id or place["dimension"] != dimension:
            return True
        return edit_dimension(place, edit)

    def rename_tab(self, tab: Tab, title: str) -> None:
        old = tab.title
        tab.properties["title"] = title
        for other in self.tabs:
            self._rewrite(other, lambda text: retitled(text, old, title))

    @staticmethod
    def _rewrite(tab: Tab, change: Any) -> None:
        for row, column, cell in list(tab.filled()):
            if isinstance(cell.value, Formula):
                text = change(cell.value.text)
                if text != cell.value.text:
                    tab.put(row, column, replace(cell, value=Formula(text)))

    def resolve(self, text: object) -> tuple[Tab, Box, Open]:
        """The tab and cells of a range in A1 notation or by name, cut to the grid; and the cells as written.

        Raises Google's refusals: a range that cannot be read, or lies outside the grid."""
        if not isinstance(text, str) or not text:
            raise invalid(f"Unable to parse range: {text or ''}")
        title, cells = split_title(text)
        if title is None and cells is not None and (tab := self.titled(cells)):
            title, cells = cells, None
        tab = self.tabs[0] if title is None else self.titled(title)
        if tab is None:
            raise invalid(f"Unable to parse range: {text}")
        if cells is None:
            return tab, tab.box, Open(0, None, 0, None, True)
        written = parse_cells(cells)
        if written is None:
            return self._named(cells, text, None if title is None else tab)
        return tab, self._clipped(tab, written), written

    def _named(self, name: str, text: str, within: Tab | None) -> tuple[Tab, Box, Open]:
        for one in self.named_ranges:
            tab = self.tab(int(one["range"].get("sheetId", 0)))
            if one["name"].lower() == name.lower() and tab is not None and within in (None, tab):
                box = tab.box_of(one["range"])
                return tab, box, Open(*box, False)
        raise invalid(f"Unable to parse range: {text}")

    @staticmethod
    def _clipped(tab: Tab, written: Open) -> Box:
        if written.top >= tab.height or written.left >= tab.width:
            raise exceeds_grid(
                tab, Box(written.top, written.bottom or tab.height, written.left, written.right or tab.width)
            )
        return Box(
            written.top,
            min(tab.height if written.bottom is None else written.bottom, tab.height),
            written.left,
            min(tab.width if written.right is None else written.right, tab.width),
        )


def exceeds_grid(tab: Tab, box: Box) -> GoogleError:
    return invalid(
        f"Range ({named(tab.title, box)}) exceeds grid limits. Max rows: {tab.height}, max columns: {tab.width}"
    )


class Calculator:
    """Values of the cells of a spreadsheet as it is now; formulas are worked out once."""

    def __init__(self, spreadsheet: Spreadsheet, today: date) -> None:
        self._spreadsheet, self.today = spreadsheet, today
        self._known: dict[tuple[int, int, int], Scalar] = {}

    def value(self, tab: Tab, row: int, column: int) -> Scalar:
        """What a cell is worth; None when it is empty."""
        entered = tab.cell(row, column).value
        if not isinstance(entered, Formula):
            return entered
        place = (tab.id, row, column)
        if place not in self._known:
            # Until it is known, a formula that comes back to itself meets the error of a circle.
            self._known[place] = ErrorValue("#REF!")
            self._known[place] = self.formula(tab, entered.text)
        return self._known[place]

    def formula(self, tab: Tab, text: str) -> Scalar:
        """What a formula would be worth if it stood in a tab."""
        return evaluate(text, _View(self, self._spreadsheet, tab, self.today))


class _View:
    """What a formula in one tab can look at."""

    def __init__(self, calculator: Calculator, spreadsheet: Spreadsheet, tab: Tab, today: date) -> None:
        self._calculator, self._spreadsheet, self._tab = calculator, spreadsheet, tab
        self.locale, self.today = spreadsheet.locale, today

    def cells(self, title: str | None, cells: str) -> Table:
        tab = self._tab if title is None else self._spreadsheet.titled(title)
        written = parse_cells(cells)
        if tab is None or written is None:
            return [[ErrorValue("#REF!")]]
        if written.top >= tab.height or written.left >= tab.width:
            return [[ErrorValue("#REF!")]]
        last_row = max(tab.rows, default=-1) + 1 if written.bottom is None else min(written.bottom, tab.height)
        last_column = tab.width if written.right is None else min(written.right, tab.width)
        return [
            [self._calculator.value(tab, row, column) for column in range(written.left, last_column)]
            for row in range(written.top, last_row)
        ] or [[None]]
