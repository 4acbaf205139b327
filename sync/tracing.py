"""Where a number of the master came from: from the cell asked for to the cell where it was typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sync.book import MasterBook
from sync.encoding import decode_table
from sync.figures import words_of
from sync.google.state import SheetReading
from sync.master_content import COUNTED_IN
from sync.workspace import CannotRun
from workbooks.addresses import Address, address_of
from workbooks.layouts import BOARD_TAB, BY_UNIT_TAB, MONITORED_TAB, column_number
from xl_ctd.core.books import GROUP
from xl_ctd.core.formats import format_number, format_percent
from xl_ctd.core.monitoring import Part, monitored_figures
from xl_ctd.core.records import Rows
from xl_ctd.core.tables import BY_CODE

_CELL = re.compile(r"^'?(?P<sheet>[^!]+?)'?!\$?(?P<letters>[A-Za-z]{1,3})\$?(?P<row>\d{1,7})$")


@dataclass(frozen=True, slots=True)
class Origin:
    """One source of a number: the unit, its file, the cell it was typed into, what stands there, when it came.

    A figure was counted from rows: then ``cell`` is the range of the unit's rows, from the first to the last, and
    ``value`` the unit's own figure. ``spreadsheet`` when it was read from Google, else None.
    """

    unit: str
    year: int
    file: str
    sheet: str
    cell: str
    value: str
    received: str
    spreadsheet: SheetReading | None = None

    @property
    def is_cell(self) -> bool:
        """Does it lead to one cell, and not to rows that were counted?"""
        return bool(self.cell) and ":" not in self.cell


@dataclass(frozen=True, slots=True)
class Trace:
    """A cell of the master with everything that went into it."""

    cell: str
    value: str
    origins: tuple[Origin, ...]

    @property
    def spreadsheets(self) -> tuple[tuple[str, str, str], ...]:
        """Unit, link and revision of every origin that was read from Google."""
        read = ((one.unit, one.spreadsheet) for one in self.origins)
        return tuple((unit, one.link, str(one.revision or "")) for unit, one in read if one is not None)


def trace(book: MasterBook, cell: str) -> Trace:
    """Follow a cell of a data sheet to its source, or a figure of a target or of a monitored number to the rows of
    the units that make it up.

    Raises ``CannotRun`` for what is no cell or holds nothing that a merge put there.
    """
    match = _CELL.match(cell.strip())
    if match is None:
        raise CannotRun("cell-unknown", cell=cell)
    sheet, row, column = match["sheet"], int(match["row"]), column_number(match["letters"].upper())
    if sheet.casefold() == MONITORED_TAB.casefold():
        return _of_monitored(book, cell, row, column)
    address = _of_board(book, sheet, row, column) or address_of(book.workspace.master, sheet, row, column)
    if address is None or (address.rid and not address.field):  # a row of ours, but a column beside the table
        raise CannotRun("cell-not-traced", cell=cell)
    if address.target:
        return _of_target(book, cell, address.target, _place_of_unit(sheet, row))
    return _of_row(book, cell, address)


def _of_board(book: MasterBook, sheet: str, row: int, column: int) -> Address | None:
    """The board and the matrix of units are formulas: their targets stand in the order of the plan."""
    from workbooks.master_board import FIRST_ROW  # brings the builder's library along, which merging does not need
    from workbooks.master_by_unit import target_column

    order = {
        BOARD_TAB.casefold(): row - FIRST_ROW,
        BY_UNIT_TAB.casefold(): column - column_number(target_column(0)),
    }
    place = order.get(sheet.casefold(), -1)
    targets = book.setup.targets
    return Address(target=targets[place].id) if 0 <= place < len(targets) else None


def _place_of_unit(sheet: str, row: int) -> int | None:
    """Which unit's line of the matrix this is, counted from 0; None for what concerns the whole group."""
    from workbooks.master_by_unit import FIRST_UNIT_ROW

    return row - FIRST_UNIT_ROW if sheet.casefold() == BY_UNIT_TAB.casefold() and row >= FIRST_UNIT_ROW else None


def _of_row(book: MasterBook, cell: str, address: Address) -> Trace:
    key = (address.uid, address.year)
    slot = book.slots.get(key)
    rows = book.stored(slot).table(address.table) if slot else None
    if rows is None or address.rid not in rows.rids:
        raise CannotRun("cell-not-traced", cell=cell)
    at = rows.rids.index(address.rid)
    table = BY_CODE[address.table]
    code = address.field if address.field in table.by_code else table.natural_key[0]
    value = rows.column(code)[at]
    text = "" if value is None else str(value)
    source = rows.cell_of(at, code)
    sheet, place = cell.rsplit("!", 1)
    if source is None:  # typed by the city in the master itself
        master = book.workspace.master.name
        origin = Origin(book.name_of(address.uid), address.year, master, sheet.strip("'"), place, text, "")
    else:
        received = book.notes[key].received.replace("T", " ")
        reading = SheetReading.of(book.notes[key].path)
        unit = book.name_of(address.uid)
        origin = Origin(unit, address.year, rows.file, rows.sheet, source, text, received, reading)
    return Trace(cell, text, (origin,))


def _of_target(book: MasterBook, cell: str, target_id: str, place: int | None) -> Trace:
    everyone = book.figures(None)
    figures = [one for one in everyone if one.target_id == target_id]
    if place is not None:
        units = _in_official_order(book, {one.uid for one in everyone} - {GROUP})
        if place >= len(units):
            raise CannotRun("cell-not-traced", cell=cell)
        figures = [one for one in figures if one.uid == units[place]]
    target = next(target for target in book.setup.targets if target.id == target_id)
    values = {one.uid: words_of(target, one).value for one in figures}
    total = values.pop(GROUP, "")
    if place is not None:
        total = next(iter(values.values()), "")
    year = book.setup.shown_year
    return Trace(cell, total, _origins_of_units(book, year, COUNTED_IN.get(target_id, ""), values))


def _of_monitored(book: MasterBook, cell: str, row: int, column: int) -> Trace:
    """A number without a threshold: of the group in the year shown or the year before, or of one unit."""
    from workbooks.master_monitored import BEFORE_COLUMN, FIRST_ROW, FIRST_UNIT_COLUMN, GROUP_COLUMN, lines_of

    lines = dict(enumerate(lines_of(book.setup), FIRST_ROW))
    line = lines.get(row)
    year = book.setup.shown_year - (column == BEFORE_COLUMN)
    units = [unit.uid for unit in book.setup.units.expected_in(year)] + [book.setup.units.city]
    shown = [GROUP] if column in (GROUP_COLUMN, BEFORE_COLUMN) else units[column - FIRST_UNIT_COLUMN :][:1]
    if line is None or line.part is None or column < GROUP_COLUMN or not shown:
        raise CannotRun("cell-not-traced", cell=cell)
    number, _, place = line.code.rpartition(".")

    def words(uid: str) -> str:
        found = next(one for one in monitored_figures(book.books, year, uid) if one.id == number)
        return _part_words(found.parts[int(place) - 1])

    told = {uid: words(uid) for uid in (units if shown == [GROUP] else shown)}
    reporting = {uid: value for uid, value in told.items() if value}
    return Trace(cell, words(shown[0]), _origins_of_units(book, year, line.part.table, reporting))


def _part_words(part: Part) -> str:
    """A part as people read it; "" when nobody reported."""
    from workbooks.master_monitored import SHARES

    if part.value is None:
        return ""
    return format_percent(part.value) if part.code in SHARES else format_number(part.value)


def _origins_of_units(book: MasterBook, year: int, table: str, values: Mapping[str, str]) -> tuple[Origin, ...]:
    """For each unit that sent something, its value and the rows of a table that it was counted from."""
    sent = [(key, value) for uid, value in values.items() for key in _behind(book, uid, year, value)]
    kept = {key: book.notes[key].tables[table][0] for key, _ in sent if table in book.notes[key].tables}
    contents = book.ledger.fetch_all(kept.values())
    origins = []
    for key, value in sent:
        rows = decode_table(contents[kept[key]]) if key in kept else Rows.empty(table)
        notes = book.notes[key]
        received, reading = notes.received.replace("T", " "), SheetReading.of(notes.path)
        unit = book.name_of(key[0])
        origins.append(Origin(unit, key[1], notes.file, rows.sheet, _range(rows), value, received, reading))
    return tuple(origins)


def _behind(book: MasterBook, uid: str, year: int, value: str) -> list[tuple[str, int]]:
    """What a unit's figure was counted from: its year, or last year's stock that stands in while nothing has come."""
    if (uid, year) in book.notes or not value:
        return [key for key in ((uid, year),) if key in book.notes]
    return [(one, year - 1) for one in (uid, *book.books.predecessors.get(uid, ())) if (one, year - 1) in book.notes]


def _range(rows: Rows) -> str:
    """The cells a unit typed its rows into; "" when it has none, or they were typed in the master."""
    lines = [line for line in rows.lines if line]
    columns = sorted(rows.letters.values(), key=column_number)
    return f"{columns[0]}{min(lines)}:{columns[-1]}{max(lines)}" if lines and columns else ""


def _in_official_order(book: MasterBook, uids: Iterable[str]) -> list[str]:
    """The units as they stand on the matrix: by order, the city last."""
    units = book.setup.units
    return sorted(uids, key=lambda uid: (uid == units.city, units.by_uid[uid].order, uid))
