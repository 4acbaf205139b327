"""A person at Google's own interface: types, pastes, sorts, inserts, renames, shares, looks.

What a person does is not counted against quotas and meets no fault; roles and protected ranges hold for people too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import RLock
from typing import Any

from sync.emulator.a1 import column_letters
from sync.emulator.batch import full_range
from sync.emulator.conditional import coloured
from sync.emulator.errors import GoogleError, file_unknown
from sync.emulator.grid import JSON, MAX_CELLS, Spreadsheet, Tab
from sync.emulator.requests import batch_update
from sync.emulator.validation import broken_rule
from sync.emulator.values import Reading, entered, value_range, write_values
from sync.emulator.world import FOLDER, OWNS, READS, SPREADSHEET, WRITES, SharedDrive, World, permission

CLIENT = "browser"


class Person:
    """Somebody signed in as ``email``. Tabs are named by title, cells in A1 notation, columns by letter.

    Whatever Google would not let this person do raises ``GoogleError``."""

    def __init__(self, world: World, lock: RLock, email: str) -> None:
        self._world, self._lock, self.email = world, lock, email

    # Looking

    def see(self, spreadsheet: str, tab: str, cells: str | None = None) -> list[list[str]]:
        """The texts on the screen, without blank ends."""
        with self._lock:
            return self._rows(spreadsheet, tab, cells, "FORMATTED_VALUE")

    def values(self, spreadsheet: str, tab: str, cells: str | None = None) -> list[list[Any]]:
        """The values behind the texts: numbers as numbers."""
        with self._lock:
            return self._rows(spreadsheet, tab, cells, "UNFORMATTED_VALUE")

    def _rows(self, spreadsheet: str, tab: str, cells: str | None, render: str) -> list[list[Any]]:
        book = self._world.spreadsheet(spreadsheet, self.email, READS)
        one, box, _ = book.resolve(_range(tab, cells))
        asked = Reading(render=render)
        rows: list[list[Any]] = value_range(book, one, box, asked, self._world.calculator(book)).get("values", [])
        return rows

    def tabs(self, spreadsheet: str) -> list[str]:
        """The titles of the tabs that are not hidden, from left to right."""
        with self._lock:
            book = self._world.spreadsheet(spreadsheet, self.email, READS)
            return [tab.title for tab in book.tabs if not tab.properties.get("hidden")]

    def colours(self, spreadsheet: str, tab: str, cells: str | None = None) -> dict[str, str]:
        """Which cells conditional formats have given a background now: A1 → ``#rrggbb``."""
        with self._lock:
            book = self._world.spreadsheet(spreadsheet, self.email, READS)
            one, box, _ = book.resolve(_range(tab, cells))
            if cells is None:
                box = box._replace(bottom=max(one.rows, default=-1) + 1)
            found = coloured(book, one, box, self._world.calculator(book))
            return {f"{column_letters(column)}{row + 1}": _hex(colour) for row, column, colour in found}

    # Entering

    def type(self, spreadsheet: str, tab: str, cell: str, text: str) -> None:
        """Type into one cell; a rule of validation that refuses bad input is kept."""
        with self._lock:
            book = self._world.spreadsheet(spreadsheet, self.email, WRITES)
            one, box, _ = book.resolve(_range(tab, cell))
            old, today = one.cell(box.top, box.left), self._world.today(book)
            new = entered(text, old, "USER_ENTERED", book, today)
            if (
                new is not None
                and old.rule is not None
                and broken_rule(book, old.rule, new.value, self._world.calculator(book))
            ):
                raise GoogleError(
                    400,
                    f"The data you entered in cell {cell} violates the data validation rules set on this cell.",
                    "INVALID_ARGUMENT",
                )
            write_values(
                book, _range(tab, cell), {"values": [[text]]}, "USER_ENTERED", self._editor(spreadsheet), today
            )
            self._world.touch(spreadsheet, self.email)

    def paste(self, spreadsheet: str, tab: str, cell: str, rows: Sequence[Sequence[str]]) -> None:
        """Paste texts from elsewhere; the grid grows as far as it must, and validation does not stop it."""
        with self._lock:
            book = self._world.spreadsheet(spreadsheet, self.email, WRITES)
            one, box, _ = book.resolve(_range(tab, cell))
            book.grow(one, box.top + len(rows), box.left + max((len(row) for row in rows), default=0))
            today = self._world.today(book)
            write_values(book, _range(tab, cell), {"values": rows}, "USER_ENTERED", self._editor(spreadsheet), today)
            self._world.touch(spreadsheet, self.email)

    def clear(self, spreadsheet: str, tab: str, cells: str) -> None:
        self._ask(
            spreadsheet,
            "updateCells",
            {"range": self._grid_range(spreadsheet, tab, cells), "fields": "userEnteredValue"},
        )

    def note(self, spreadsheet: str, tab: str, cell: str, text: str) -> None:
        where = self._grid_range(spreadsheet, tab, cell)
        self._ask(spreadsheet, "repeatCell", {"range": where, "cell": {"note": text}, "fields": "note"})

    def copy(
        self, spreadsheet: str, tab: str, cells: str, to: str, *, to_tab: str | None = None, kind: str = "NORMAL"
    ) -> None:
        """Copy and paste within a spreadsheet; ``kind`` NORMAL, VALUES, FORMAT, …"""
        source = self._grid_range(spreadsheet, tab, cells)
        target = self._grid_range(spreadsheet, to_tab or tab, to)
        self._ask(spreadsheet, "copyPaste", {"source": source, "destination": target, "pasteType": f"PASTE_{kind}"})

    def format_as(self, spreadsheet: str, tab: str, cells: str, kind: str, pattern: str = "") -> None:
        """A number format from the menu: TEXT, NUMBER, DATE, …"""
        number_format = {"type": kind, "pattern": pattern or ("@" if kind == "TEXT" else "")}
        where, fields = self._grid_range(spreadsheet, tab, cells), "userEnteredFormat.numberFormat"
        cell = {"userEnteredFormat": {"numberFormat": number_format}}
        self._ask(spreadsheet, "repeatCell", {"range": where, "cell": cell, "fields": fields})

    # Rows and columns

    def sort(self, spreadsheet: str, tab: str, cells: str, column: str, *, descending: bool = False) -> None:
        where = self._grid_range(spreadsheet, tab, cells)
        with self._lock:
            book = self._world.spreadsheet(spreadsheet, self.email, WRITES)
            index = book.resolve(_range(tab, f"{column}1"))[1].left
        order = "DESCENDING" if descending else "ASCENDING"
        specification = {"dimensionIndex": index, "sortOrder": order}
        self._ask(spreadsheet, "sortRange", {"range": where, "sortSpecs": [specification]})

    def insert_rows(self, spreadsheet: str, tab: str, before: int, count: int = 1) -> None:
        """New rows above the row with this number, counted from 1."""
        self._insert(spreadsheet, tab, "ROWS", before - 1, count)

    def insert_columns(self, spreadsheet: str, tab: str, before: str, count: int = 1) -> None:
        """New columns to the left of this letter."""
        self._insert(spreadsheet, tab, "COLUMNS", self._column(spreadsheet, tab, before), count)

    def delete_rows(self, spreadsheet: str, tab: str, first: int, last: int | None = None) -> None:
        span = self._span(spreadsheet, tab, "ROWS", first - 1, last or first)
        self._ask(spreadsheet, "deleteDimension", {"range": span})

    def delete_columns(self, spreadsheet: str, tab: str, first: str, last: str | None = None) -> None:
        start, end = self._column(spreadsheet, tab, first), self._column(spreadsheet, tab, last or first) + 1
        self._ask(spreadsheet, "deleteDimension", {"range": self._span(spreadsheet, tab, "COLUMNS", start, end)})

    def move_column(self, spreadsheet: str, tab: str, column: str, before: str) -> None:
        start, to = self._column(spreadsheet, tab, column), self._column(spreadsheet, tab, before)
        span = self._span(spreadsheet, tab, "COLUMNS", start, start + 1)
        self._ask(spreadsheet, "moveDimension", {"source": span, "destinationIndex": to})

    def move_rows(self, spreadsheet: str, tab: str, first: int, last: int, before: int) -> None:
        span = self._span(spreadsheet, tab, "ROWS", first - 1, last)
        self._ask(spreadsheet, "moveDimension", {"source": span, "destinationIndex": before - 1})

    def hide_rows(self, spreadsheet: str, tab: str, first: int, last: int | None = None) -> None:
        span = self._span(spreadsheet, tab, "ROWS", first - 1, last or first)
        properties = {"hiddenByUser": True}
        self._ask(
            spreadsheet,
            "updateDimensionProperties",
            {"range": span, "properties": properties, "fields": "hiddenByUser"},
        )

    def filter(self, spreadsheet: str, tab: str, cells: str, column: str, hidden: Sequence[str]) -> None:
        """Data > Filter, with the ticks taken from some values of a column; the first row is the header."""
        criteria = {str(self._column(spreadsheet, tab, column)): {"hiddenValues": list(hidden)}}
        where = self._grid_range(spreadsheet, tab, cells)
        self._ask(spreadsheet, "setBasicFilter", {"filter": {"range": where, "criteria": criteria}})

    def merge(self, spreadsheet: str, tab: str, cells: str) -> None:
        self._ask(
            spreadsheet, "mergeCells", {"range": self._grid_range(spreadsheet, tab, cells), "mergeType": "MERGE_ALL"}
        )

    def _insert(self, spreadsheet: str, tab: str, dimension: str, at: int, count: int) -> None:
        span = self._span(spreadsheet, tab, dimension, at, at + count)
        self._ask(spreadsheet, "insertDimension", {"range": span, "inheritFromBefore": at > 0})

    # Tabs

    def add_tab(self, spreadsheet: str, title: str) -> None:
        self._ask(spreadsheet, "addSheet", {"properties": {"title": title}})

    def grow_to_the_limit(self, spreadsheet: str, tab: str) -> None:
        """Add rows at the bottom until the workbook has as many cells as Google allows."""
        with self._lock:
            book, one = self._world.spreadsheet(spreadsheet, self.email, WRITES), self._tab(spreadsheet, tab)
            room = MAX_CELLS - sum(other.height * other.width for other in book.tabs)
        self._ask(spreadsheet, "appendDimension", {"sheetId": one.id, "dimension": "ROWS", "length": room // one.width})

    def rename_tab(self, spreadsheet: str, tab: str, title: str) -> None:
        self._change_tab(spreadsheet, tab, "title", title)

    def hide_tab(self, spreadsheet: str, tab: str) -> None:
        self._change_tab(spreadsheet, tab, "hidden", True)

    def move_tab(self, spreadsheet: str, tab: str, index: int) -> None:
        """Drag a tab to a place, counted from 0 among the tabs as they stand before."""
        self._change_tab(spreadsheet, tab, "index", index)

    def copy_tab(self, spreadsheet: str, tab: str) -> None:
        self._ask(
            spreadsheet, "duplicateSheet", {"sourceSheetId": self._tab(spreadsheet, tab).id, "insertSheetIndex": 1}
        )

    def delete_tab(self, spreadsheet: str, tab: str) -> None:
        self._ask(spreadsheet, "deleteSheet", {"sheetId": self._tab(spreadsheet, tab).id})

    def _change_tab(self, spreadsheet: str, tab: str, name: str, value: object) -> None:
        properties = {"sheetId": self._tab(spreadsheet, tab).id, name: value}
        self._ask(spreadsheet, "updateSheetProperties", {"properties": properties, "fields": name})

    def set_locale(self, spreadsheet: str, locale: str) -> None:
        """File > Settings. Values stay; only how they are written and read changes."""
        self._ask(spreadsheet, "updateSpreadsheetProperties", {"properties": {"locale": locale}, "fields": "locale"})

    # Drive

    def create(self, title: str, folder: str | None = None) -> str:
        """A new spreadsheet; its id."""
        with self._lock:
            return self._world.create_file(self.email, CLIENT, title, SPREADSHEET, [folder] if folder else None).id

    def create_folder(self, name: str, parent: str | None = None) -> str:
        with self._lock:
            return self._world.create_file(self.email, CLIENT, name, FOLDER, [parent] if parent else None).id

    def create_shared_drive(self, name: str) -> str:
        with self._lock:
            drive_id = f"0A{len(self._world.drives) + 1:017d}"
            member = permission("user", "organizer", self.email)
            self._world.drives[drive_id] = SharedDrive(drive_id, name, self._world.clock.now(), [member])
            return drive_id

    def share(self, file: str, email: str, role: str = "writer") -> None:
        """Share a file, folder or shared drive."""
        with self._lock:
            kept = self._permissions(file)
            one = permission("user", role, email)
            kept[:] = [other for other in kept if other["id"] != one["id"]] + [one]
            self._shared(file)

    def unshare(self, file: str, email: str) -> None:
        with self._lock:
            kept = self._permissions(file)
            kept[:] = [one for one in kept if one.get("emailAddress") != email or one["role"] == "owner"]
            self._shared(file)

    def _permissions(self, file: str) -> list[JSON]:
        if file in self._world.drives and self._world.role(file, self.email) >= WRITES:
            return self._world.drives[file].permissions
        return self._world.file(file, self.email, WRITES).permissions

    def _shared(self, file: str) -> None:
        if file in self._world.files:
            self._world.touch(file, self.email, content=False)

    def rename(self, file: str, name: str) -> None:
        with self._lock:
            self._world.rename(self._world.file(file, self.email, WRITES), name)
            self._world.touch(file, self.email)

    def move(self, file: str, folder: str) -> None:
        with self._lock:
            one = self._world.file(file, self.email, WRITES)
            if self._world.role(folder, self.email) < WRITES:
                raise file_unknown(folder)
            one.parents = [folder]
            self._world.touch(file, self.email, content=False)

    def version(self, spreadsheet: str) -> Spreadsheet:
        """File > Version history: the spreadsheet as it is now, to be restored later."""
        with self._lock:
            return self._world.spreadsheet(spreadsheet, self.email, WRITES).snapshot()

    def restore(self, spreadsheet: str, version: Spreadsheet) -> None:
        """Restore this version: all tabs as they were, ours and everybody's."""
        with self._lock:
            self._world.spreadsheet(spreadsheet, self.email, WRITES).restore(version.snapshot())
            self._world.touch(spreadsheet, self.email)

    def trash(self, file: str) -> None:
        self._put(file, trashed=True)

    def take_from_trash(self, file: str) -> None:
        self._put(file, trashed=False)

    def _put(self, file: str, *, trashed: bool) -> None:
        with self._lock:
            self._world.file(file, self.email, OWNS).trashed = trashed
            self._world.touch(file, self.email, content=False)

    def delete(self, file: str) -> None:
        """Delete for good."""
        with self._lock:
            self._world.delete(self._world.file(file, self.email, OWNS).id)

    # Between the words of people and the requests of the API

    def _ask(self, spreadsheet: str, request: str, body: JSON) -> None:
        with self._lock:
            book = self._world.spreadsheet(spreadsheet, self.email, WRITES)
            caller = self._world.caller(spreadsheet, self.email)
            batch_update(book, [{request: body}], caller, self._world.today(book), self._world.new_id)
            self._world.touch(spreadsheet, self.email)

    def _editor(self, spreadsheet: str) -> str:
        return self._world.caller(spreadsheet, self.email).editor

    def _tab(self, spreadsheet: str, tab: str) -> Tab:
        return self._world.spreadsheet(spreadsheet, self.email, READS).resolve(_range(tab, None))[0]

    def _column(self, spreadsheet: str, tab: str, letter: str) -> int:
        book: Spreadsheet = self._world.spreadsheet(spreadsheet, self.email, READS)
        return book.resolve(_range(tab, f"{letter}1"))[1].left

    def _grid_range(self, spreadsheet: str, tab: str, cells: str) -> JSON:
        with self._lock:
            book = self._world.spreadsheet(spreadsheet, self.email, READS)
            one, box, _ = book.resolve(_range(tab, cells))
            return full_range(one, box)

    def _span(self, spreadsheet: str, tab: str, dimension: str, start: int, end: int) -> JSON:
        sheet_id = self._tab(spreadsheet, tab).id
        return {"sheetId": sheet_id, "dimension": dimension, "startIndex": start, "endIndex": end}


def _hex(colour: Mapping[str, float]) -> str:
    return "#" + "".join(f"{round(colour.get(channel, 0) * 255):02x}" for channel in ("red", "green", "blue"))


def _range(tab: str, cells: str | None) -> str:
    title = "'" + tab.replace("'", "''") + "'"
    return title if cells is None else f"{title}!{cells}"
