"""Deciding what to write into a table of a master that is open in a spreadsheet program. Nothing is written here.

Rows come and go by inserting and deleting the table's cells, so the program itself moves what hangs on the other rows:
staff's own columns, comments, colours, formulas that point there. Then only the cells of ours that differ are written.

The steps of a table may be cut off after any of them without harm: a row is never gone for a while, and the cell that
says the master's version is written last of all, so the next run sees every row as it was before or as it shall be.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from workbooks.emit import Link, Written, clean_text
from workbooks.layouts import column_letters
from workbooks.table_patch import Orphan, WouldLose

Shown = str | int | float | bool | datetime | None
"""What an open workbook gives for a cell; None is a blank."""
Plain = str | int | float | None
"""What is handed to a spreadsheet program: days as serial numbers, texts guarded so that they stay texts."""

_EPOCH = datetime(1899, 12, 30)
_SECOND = 1.5 / 86_400
LAST_COLUMN = 16_384
LAST_ROW = 1_048_576
LONGEST_TEXT = 32_767
_READ_OTHERWISE = re.compile(r"\d|^[=+\-@'#\s]|\s$|^(?:true|false)$", re.IGNORECASE)
"""A text that a spreadsheet program may take for something else, or trim."""


@dataclass(frozen=True, slots=True)
class Area:
    """Cells of one sheet, rows and columns from 1, all inclusive."""

    sheet: str
    first_row: int
    first_column: int
    last_row: int
    last_column: int

    @property
    def rows(self) -> int:
        return self.last_row - self.first_row + 1


@dataclass(frozen=True, slots=True)
class ClearFilter:
    """Show all rows of a table: rows that a filter hides would be left out by what follows."""

    sheet: str
    table: str


@dataclass(frozen=True, slots=True)
class SortTable:
    """Sort a table's rows by one of its columns, counted from 1 within the table."""

    sheet: str
    table: str
    column: int


@dataclass(frozen=True, slots=True)
class InsertCells:
    """Push everything in and below the area down by its height."""

    area: Area


@dataclass(frozen=True, slots=True)
class DeleteCells:
    """Take the area out; everything below it moves up."""

    area: Area


@dataclass(frozen=True, slots=True)
class Resize:
    """Let a table cover exactly this area, its header included."""

    table: str
    area: Area


@dataclass(frozen=True, slots=True)
class CopyFormats:
    """Make the area look like one row of the same width."""

    source: Area
    area: Area


@dataclass(frozen=True, slots=True)
class ClearContents:
    """Empty cells; their formats stay."""

    area: Area


@dataclass(frozen=True, slots=True)
class SetValues:
    """Values for the cells of an area, row by row."""

    area: Area
    rows: tuple[tuple[Plain, ...], ...]


@dataclass(frozen=True, slots=True)
class FitRows:
    """Make rows as high as their texts need."""

    area: Area


Step = ClearFilter | SortTable | InsertCells | DeleteCells | Resize | CopyFormats | ClearContents | SetValues | FitRows


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another table on the same sheet."""

    name: str
    area: Area


@dataclass(frozen=True, slots=True)
class LiveTable:
    """A table of an open workbook. ``area`` is the table with its header and, with ``totals``, its row of totals.

    ``columns`` says where each column of ours stands, ``headers`` what stands above every column. ``cells`` are the
    sheet's from A1 on, a missing one is blank. ``calculated`` are staff's columns that one formula fills in every row.
    """

    name: str
    area: Area
    totals: bool
    columns: Mapping[str, int]
    headers: Mapping[int, str]
    cells: Sequence[Sequence[Shown]]
    neighbours: tuple[Neighbour, ...] = ()
    calculated: frozenset[int] = frozenset()

    @property
    def first(self) -> int:
        return self.area.first_row + 1

    @property
    def last(self) -> int:
        return self.area.last_row - self.totals

    @property
    def extra(self) -> tuple[int, ...]:
        """The columns that staff put into the table."""
        ours = set(self.columns.values())
        return tuple(n for n in range(self.area.first_column, self.area.last_column + 1) if n not in ours)

    def cell(self, row: int, column: int) -> Shown:
        """What stands in a cell of the sheet."""
        cells = self.cells[row - 1] if row <= len(self.cells) else ()
        value = cells[column - 1] if column <= len(cells) else None
        return None if value == "" else value

    def part(self, first_row: int, last_row: int) -> Area:
        """Some rows of the table's columns, or of those below it."""
        return Area(self.area.sheet, first_row, self.area.first_column, last_row, self.area.last_column)

    def refuse_torn(self, merged: Sequence[Area] = ()) -> None:
        """Raise ``WouldLose`` when cells that move with this table's rows would tear other ones apart: another table,
        or ``merged`` cells."""
        for other in self.neighbours:
            if self._tears(other.area):
                raise WouldLose("write-no-room", table=self.name, sheet=self.area.sheet, other=other.name)
        for area in merged:
            if self._tears(area):
                cell = f"{column_letters(area.first_column)}{area.first_row}"
                raise WouldLose("live-merged-cells", table=self.name, sheet=self.area.sheet, cell=cell)

    def _tears(self, other: Area) -> bool:
        mine = self.area
        inside = other.first_column >= mine.first_column and other.last_column <= mine.last_column
        apart = other.last_column < mine.first_column or other.first_column > mine.last_column
        return not (inside or apart or other.last_row <= mine.first_row)

    def holds(self, cell: Area) -> bool:
        """Does a cell of this sheet lie in the table's body or totals?"""
        inside = self.area.first_column <= cell.first_column <= self.area.last_column
        return inside and self.first <= cell.first_row <= self.area.last_row

    def below(self) -> int | None:
        """The first row below the table with anything in it, None when there is none."""
        columns = range(self.area.first_column, self.area.last_column + 1)
        filled = (
            row
            for row in range(self.area.last_row + 1, len(self.cells) + 1)
            if any(self.cell(row, column) is not None for column in columns)
        )
        return next(filled, None)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a table shall hold: its columns by code, all equally long, and which of them recognise a row.

    Without a ``key`` a row is recognised by all it says. ``rank`` is a column that may carry an order for a while.
    ``wrapped``: rows are as high as their texts need.
    """

    columns: Mapping[str, Sequence[Written]]
    key: tuple[str, ...] = ()
    rank: str = ""
    wrapped: bool = False

    @property
    def rows(self) -> int:
        return len(next(iter(self.columns.values()), ()))


@dataclass(frozen=True, slots=True)
class TableSteps:
    """What to do to one table, in order; ``orphans`` are staff's own cells whose row is gone."""

    steps: tuple[Step, ...] = ()
    orphans: tuple[Orphan, ...] = ()


# --- cells ----------------------------------------------------------------------------------------------------------


def serial(day: date) -> float | int:
    """A day, or a moment, as the number that a cell holds.

    >>> serial(date(2024, 1, 8)), serial(datetime(2024, 1, 8, 12))
    (45299, 45299.5)
    """
    moment = day if isinstance(day, datetime) else datetime(day.year, day.month, day.day)
    passed = moment.replace(tzinfo=None) - _EPOCH
    whole = passed // timedelta(days=1)
    rest = passed - timedelta(days=whole)
    return whole + rest / timedelta(days=1) if rest else whole


def plain(value: Written) -> Plain:
    """A value as it is handed to a spreadsheet program.

    A text that could be read as a number, a day or a formula gets an apostrophe before it, which is not shown.

    >>> plain("=1+1"), plain("00123"), plain("Hà Nội"), plain(Decimal("1.5")), plain(date(2024, 1, 8)), plain("")
    ("'=1+1", "'00123", 'Hà Nội', 1.5, 45299, None)
    """
    if value is None or value == "":
        return None
    if isinstance(value, Link):
        return f"={value.formula}"
    if isinstance(value, str):
        text = _clean(value)
        if len(text) > LONGEST_TEXT // 2 and len(text.encode("utf-16-le")) // 2 > LONGEST_TEXT:
            raise ValueError(text[:40])
        return f"'{text}" if _READ_OTHERWISE.search(text) else text
    if isinstance(value, date):
        return serial(value)
    if isinstance(value, int):
        return value
    number = float(value)
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _clean(text: str) -> str:
    return text if text.isprintable() else clean_text(text)


def same(found: Shown, wanted: Written) -> bool:
    """Does a cell say already what it shall say?

    >>> same(1.0, 1), same(None, ""), same(datetime(2024, 1, 8), date(2024, 1, 8)), same("1", 1)
    (True, True, True, False)
    """
    if wanted is None or wanted == "":
        return found is None or found == ""
    if isinstance(wanted, str):
        return found == _clean(wanted)
    if found is None or isinstance(found, str | bool):
        return False
    if isinstance(wanted, date):
        number = serial(found) if isinstance(found, datetime) else found
        return abs(number - serial(wanted)) < _SECOND
    return not isinstance(found, datetime) and float(found) == float(wanted)


def _text(value: Shown | Written) -> str:
    """What a row is recognised by, whichever way the cell was read."""
    if value is None or isinstance(value, str):
        return _clean(value or "")
    if isinstance(value, date):
        return str(round(serial(value), 4))
    if isinstance(value, int | float | Decimal | Fraction):
        number = float(value)
        return str(int(number)) if number.is_integer() else repr(number)
    raise TypeError(type(value).__name__)


# --- rows -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Rows:
    """The table's present rows side by side with the wanted ones. Present rows are counted from 0."""

    table: LiveTable
    wanted: Wanted
    pairs: dict[int, int] = field(default_factory=dict)
    """present row → wanted row that continues it"""

    @property
    def present(self) -> int:
        return self.table.last - self.table.first + 1

    def shown(self, row: int, code: str) -> Shown:
        return self.table.cell(self.table.first + row, self.table.columns[code])

    def is_blank(self, row: int) -> bool:
        line = self.table.first + row
        columns = range(self.table.area.first_column, self.table.area.last_column + 1)
        return all(self.table.cell(line, n) is None for n in columns if n not in self.table.calculated)

    def pair(self) -> None:
        """Recognise rows by their key; those that staff typed without one, or copied, by what they say."""
        filled = [row for row in range(self.present) if not self.is_blank(row)]
        key = self.wanted.key
        if not key:
            self._pair_by(tuple(self.wanted.columns), filled)
            return
        said = [tuple(_text(self.shown(row, code)) for code in key) for row in filled]
        keyed = [row for row, text in zip(filled, said, strict=True) if text[-1]]
        self._pair_by(key, keyed)
        known = {text for row, text in zip(filled, said, strict=True) if row in self.pairs}
        strangers = [row for row, text in zip(filled, said, strict=True) if not text[-1] or text in known]
        own = tuple(code for code in self.wanted.columns if not code.startswith("_"))
        self._pair_by(own, [row for row in strangers if row not in self.pairs])

    def _pair_by(self, codes: tuple[str, ...], rows: Sequence[int]) -> None:
        if not rows:
            return
        taken = set(self.pairs.values())
        waiting: dict[tuple[str, ...], list[int]] = {}
        columns = [self.wanted.columns[code] for code in codes]
        for number, values in enumerate(zip(*columns, strict=True)):
            if number not in taken:
                waiting.setdefault(tuple(map(_text, values)), []).append(number)
        for row in rows:
            said = tuple(_text(self.shown(row, code)) for code in codes)
            if any(said) and waiting.get(said):
                self.pairs[row] = waiting[said].pop(0)


def plan_live_table(table: LiveTable, wanted: Wanted) -> TableSteps:
    """The steps that bring an open table to what it shall hold; none when it does already.

    Raises ``WouldLose`` when there is no room for its rows or a text is too long for a cell.
    """
    rows = _Rows(table, wanted)
    rows.pair()
    if not wanted.rows and all(map(rows.is_blank, range(rows.present))):
        return TableSteps()
    order = [rows.pairs[row] for row in sorted(rows.pairs)]
    sequence = list(range(rows.present))
    sorting = bool(wanted.rank) and order != sorted(order) and any(_own_cells(table, row) for row in rows.pairs)
    steps: list[Step] = list(_sort(rows, sequence)) if sorting else []
    ending = _Ending(table, wanted, rows, sequence)
    steps += ending.structure()
    if steps:
        steps.insert(0, ClearFilter(table.area.sheet, table.name))
    try:
        written = list(ending.values(rewrite=sorting))
    except ValueError as error:
        raise WouldLose("write-text-too-long", table=table.name, reason=str(error)) from None
    steps += written
    if wanted.wrapped and written and wanted.rows:
        steps.append(FitRows(table.part(table.first, table.first + wanted.rows - 1)))
    return TableSteps(tuple(steps), ending.orphans())


def _own_cells(table: LiveTable, row: int) -> list[int]:
    """The columns of staff's own in which a row has something typed."""
    typed = (column for column in table.extra if column not in table.calculated)
    return [column for column in typed if table.cell(table.first + row, column) is not None]


def _sort(rows: _Rows, sequence: list[int]) -> Iterator[Step]:
    """Let the program bring the rows into the wanted order, so that staff's own columns go along; ``sequence`` then
    tells which present row stands where. The order is written into a column that says nothing about the row."""
    table = rows.table
    sequence.sort(key=lambda row: (rows.pairs.get(row, len(rows.pairs) + rows.wanted.rows), row))
    rank = {row: place for place, row in enumerate(sequence, 1)}
    column = table.columns[rows.wanted.rank]
    area = Area(table.area.sheet, table.first, column, table.last, column)
    yield SetValues(area, tuple((rank[row],) for row in range(rows.present)))
    yield SortTable(table.area.sheet, table.name, column - table.area.first_column + 1)


class _Ending:
    """How the present rows, standing in ``sequence``, become the wanted ones."""

    def __init__(self, table: LiveTable, wanted: Wanted, rows: _Rows, sequence: Sequence[int]) -> None:
        self.table, self.wanted, self.rows, self.sequence = table, wanted, rows, sequence
        self.size = max(1, wanted.rows)
        self.origin: list[int | None] = []
        """wanted place → the present row whose cells stand there, None for new cells"""
        self.removed: list[int] = []
        """places in ``sequence`` that go"""
        self.added: list[tuple[int, int]] = []
        """(wanted place, how many) of new cells"""
        self._settle()

    def _settle(self) -> None:
        # Paired rows keep their places among each other: where they change order, only their values are rewritten.
        places = [place for place, row in enumerate(self.sequence) if row in self.rows.pairs]
        wanted = sorted(self.rows.pairs.values())
        before, done = 0, 0
        for place, number in zip([*places, len(self.sequence)], [*wanted, self.wanted.rows], strict=True):
            self._fill(range(before, place), number - done)
            if place < len(self.sequence):
                self.origin.append(self.sequence[place])
            before, done = place + 1, number + 1
        if len(self.removed) == len(self.sequence):
            self._keep_one()

    def _fill(self, places: range, new: int) -> None:
        """Between two paired rows: blank rows take new ones, others go, and what is still missing is added."""
        blank = [place for place in places if self.rows.is_blank(self.sequence[place])][:new]
        self.removed += [place for place in places if place not in blank]
        self.origin += [self.sequence[place] for place in blank]
        if new > len(blank):
            self.added.append((len(self.origin), new - len(blank)))
            self.origin += [None] * (new - len(blank))

    def _keep_one(self) -> None:
        """A table never loses its last row."""
        self.removed.remove(0)
        self.origin = [self.sequence[0], *self.origin[1:]] if self.origin else [self.sequence[0]]
        if self.added:
            place, count = self.added[0]
            self.added = [(place + 1, count - 1), *self.added[1:]] if count > 1 else self.added[1:]

    def structure(self) -> Iterator[Step]:
        """Cells out, cells in, what stands below back in its place."""
        table = self.table
        if not self.removed and not self.added:
            return
        below, grown = table.below(), self.size - self.rows.present
        self._refuse_overflow(below, grown)
        pushed = self._pushed(below, grown)
        if pushed and below:
            yield InsertCells(Area(table.area.sheet, below, 1, below + pushed - 1, LAST_COLUMN))
        for first, last in reversed(list(_runs(self.removed))):
            yield DeleteCells(table.part(table.first + first, table.first + last))
        looks: list[Step] = []
        left = self.rows.present - len(self.removed)
        for place, count in self.added:
            area = table.part(table.first + place, table.first + place + count - 1)
            if place < left or below or table.totals:
                yield InsertCells(area)
            if place >= left and not table.totals:
                whole = table.part(table.area.first_row, table.first + place + count - 1)
                yield Resize(table.name, whole)
            if place >= left or place == 0:
                like = table.first + (place - 1 if place else count)
                looks.append(CopyFormats(table.part(like, like), area))
            left += count
        yield from looks
        yield from self._put_back(below, grown)

    def _pushed(self, below: int | None, grown: int) -> int:
        """How far what stands below must give way: one row stays free where one was."""
        if below is None:
            return 0
        gap = min(1, below - self.table.area.last_row - 1)
        return max(0, self.table.area.last_row + grown + gap + 1 - below)

    def _put_back(self, below: int | None, grown: int) -> Iterator[Step]:
        """Cells below moved along with the rows above them; they return to where they stood."""
        after = self.table.area.last_row + grown + 1
        if below is None or not grown:
            return
        if grown > 0:
            yield DeleteCells(self.table.part(after, after + grown - 1))
        else:
            yield InsertCells(self.table.part(after, after - grown - 1))

    def _refuse_overflow(self, below: int | None, grown: int) -> None:
        table = self.table
        if self.size + table.first > LAST_ROW or (below and len(table.cells) + max(grown, 0) > LAST_ROW):
            raise WouldLose("write-too-many-rows", table=table.name, rows=str(self.size))

    # --- values

    def values(self, *, rewrite: bool) -> Iterator[Step]:
        """The cells of ours that say something else than they shall; ``rewrite``: all of them."""
        for codes in self._groups():
            spans = [None if not rewrite else (0, len(codes) - 1)] * self.size
            if not rewrite:
                spans = [self._span(place, codes) for place in range(self.size)]
                displaced = [place for place in range(self.size) if self._is_displaced(place)]
                for place in range(min(displaced, default=0), max(displaced, default=-1) + 1):
                    spans[place] = (0, len(codes) - 1)
            yield from self._rectangles(codes, spans)
        yield from self._emptied()

    def _groups(self) -> Iterator[list[str]]:
        """Our columns that stand side by side."""
        placed = sorted((number, code) for code, number in self.table.columns.items() if code in self.wanted.columns)
        for _, group in groupby(enumerate(placed), key=lambda item: item[1][0] - item[0]):
            yield [code for _, (_, code) in group]

    def _is_displaced(self, place: int) -> bool:
        origin = self.origin[place]
        return origin is not None and self.rows.pairs.get(origin, place) != place

    def _span(self, place: int, codes: Sequence[str]) -> tuple[int, int] | None:
        """The first and the last column of a group in which a row differs; all for new cells."""
        origin = self.origin[place]
        if origin is None:
            return 0, len(codes) - 1
        differ = [
            n for n, code in enumerate(codes) if not same(self.rows.shown(origin, code), self._value(place, code))
        ]
        return (differ[0], differ[-1]) if differ else None

    def _value(self, place: int, code: str) -> Written:
        column = self.wanted.columns[code]
        return column[place] if place < len(column) else None

    def _rectangles(self, codes: Sequence[str], spans: Sequence[tuple[int, int] | None]) -> Iterator[SetValues]:
        table = self.table
        for span, run in groupby(range(self.size), key=lambda place: spans[place]):
            if span is None:
                continue
            places, (low, high) = list(run), span
            first = table.columns[codes[low]]
            top, bottom = table.first + places[0], table.first + places[-1]
            columns = [[plain(self._value(place, code)) for place in places] for code in codes[low : high + 1]]
            area = Area(table.area.sheet, top, first, bottom, first + high - low)
            yield SetValues(area, tuple(zip(*columns, strict=True)))

    def _emptied(self) -> Iterator[Step]:
        """A row that is kept only because a table needs one carries nothing of the row it was."""
        for place, origin in enumerate(self.origin):
            if origin is None or origin in self.rows.pairs:
                continue
            for column in _own_cells(self.table, origin):
                line = self.table.first + place
                yield ClearContents(Area(self.table.area.sheet, line, column, line, column))

    def orphans(self) -> tuple[Orphan, ...]:
        table, key = self.table, self.wanted.key or tuple(self.wanted.columns)[:3]
        gone = [row for row in range(self.rows.present) if row not in self.rows.pairs]
        return tuple(
            Orphan(
                table.name,
                table.headers.get(column, column_letters(column)),
                tuple(_text(self.rows.shown(row, code)) for code in key),
                _text(table.cell(table.first + row, column)),
            )
            for row in gone
            for column in _own_cells(table, row)
        )


def _runs(places: Collection[int]) -> Iterator[tuple[int, int]]:
    """Neighbouring numbers as first and last.

    >>> list(_runs([1, 2, 5]))
    [(1, 2), (5, 5)]
    """
    for _, group in groupby(enumerate(sorted(places)), key=lambda item: item[1] - item[0]):
        run = [place for _, place in group]
        yield run[0], run[-1]
