"""Planning one table's new body: where its columns stand now, what staff keep in its rows, which rows must make room.

Rules for what is not ours, in this order:
- Columns that staff inserted into the table stay with their row: the row is known by its unit, year and row id. A
  formula column is filled down to new rows, as Excel does.
- Cells left or right of the table stay in their sheet row: they are no part of the table, and sorting it does not move
  them either.
- Comments and links on a cell of the body follow its row. Colours do not: a body's cells look as their column does.
- What stands below the table keeps its place while there is room, and is pushed down by whole rows when there is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from html import escape, unescape

from lxml import etree

from workbooks.block_index import BlockIndex
from workbooks.emit import Job, Ready, Written
from workbooks.layouts import column_letters
from workbooks.package import PackageDamaged, Placed, WriteRefused
from workbooks.parts import Book, TablePart, child, elements, local, parse
from workbooks.ranges import LAST_ROW, Change, parse_area
from workbooks.sheet_xml import (
    BodyRow,
    Looks,
    Sheet,
    Unusual,
    after_address,
    cell_text,
    cells_of,
    fragment,
    has_content,
    head,
    normalized,
    renumber,
    take_apart,
    translated,
)

BLOCK_ROWS = 1024
"""What a process holds while it makes a block is a hundred times as much as the block."""
_FORMULA = re.compile(r"(<(?:[\w.-]+:)?f(?:\s[^>]*)?>)([^<]+)(</)")
_RESULT = re.compile(
    r"(</(?:[\w.-]+:)?f>|<(?:[\w.-]+:)?f(?:\s[^>]*)?/>)\s*<((?:[\w.-]+:)?)v(?:\s[^>]*)?(?:/>|>[^<]*</\2v>)"
)
_HEIGHT = re.compile(r'(?:^| )(?:ht|customHeight)="[^"]*"')
_RESULT_TYPE = re.compile(r"""\st=(?:"(?:str|s|e|b|n|d)"|'(?:str|s|e|b|n|d)')""")


Strings = Callable[..., Sequence[str]]
"""Gives the workbook's shared texts, all of them or up to a number."""


class WouldLose(WriteRefused):
    """Writing would lose something staff put there. Nothing has been written."""


class _NeedsAllRows(Exception):
    """Something of staff's hangs on the body's rows, so remembered blocks will not do."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows that belong together, such as one unit's rows of one table.

    Equal non-empty keys promise equal values, so that rows which did not change need not be loaded. ``load`` gives
    the columns by code, each ``rows`` long; with a key it must do so in any process.
    """

    key: str
    rows: int
    load: Callable[[], Mapping[str, Sequence[Written]]]


@dataclass(frozen=True, slots=True)
class LateJob:
    """A job whose columns are loaded where it is done, which may be another process: then ``load`` must travel.

    ``codes`` names the column that stands in each of the job's places, "" for one that stays blank.
    """

    load: Callable[[], Mapping[str, Sequence[Written]]]
    codes: tuple[str, ...]
    part: range
    job: Job

    def loaded(self) -> Job:
        """The job with its columns."""
        columns = self.load()
        blank = (None,) * len(self.part)
        cut = slice(self.part.start, self.part.stop)
        return replace(self.job, columns=[columns[code][cut] if code in columns else blank for code in self.codes])


@dataclass(frozen=True, slots=True)
class TableBody:
    """What a table shall hold. ``codes`` are its columns that are ours; ``row_key`` are those of
    them that identify a row; a stock table's row has the same row id every year, so the year belongs to it.

    ``headers`` finds a column by its header when the hidden code row is gone. ``index`` is what the previous write
    of this table reported. ``adopted`` says which key was given to rows that people typed into the master without
    one: sheet row → key, so that what stands beside them stays with them. ``heights`` are each row's own in points, for
    texts of several lines, which LibreOffice does not find by itself; without them all rows are alike.
    """

    codes: tuple[str, ...]
    segments: tuple[Segment, ...]
    row_key: tuple[str, ...] = ("_uid", "_year", "_rid")
    headers: Mapping[str, str] = field(default_factory=dict)
    index: BlockIndex | None = None
    adopted: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    heights: tuple[float, ...] = ()

    @classmethod
    def of(
        cls, columns: Mapping[str, Sequence[Written]], row_key: tuple[str, ...] = ("_uid", "_year", "_rid")
    ) -> TableBody:
        """A body of columns that are at hand. Raises ``ValueError`` when they differ in length.

        >>> TableBody.of({"MA": ["a", "b"]}).rows
        2
        """
        rows = {len(column) for column in columns.values()}
        if len(rows) > 1:
            raise ValueError("columns differ in length")
        return cls(tuple(columns), (Segment("", rows.pop() if rows else 0, lambda: columns),), row_key)

    @property
    def rows(self) -> int:
        return sum(segment.rows for segment in self.segments)


@dataclass(frozen=True, slots=True)
class Orphan:
    """A cell or comment of staff's own whose row is gone: its column, the row's key and what it said."""

    table: str
    column: str
    key: tuple[str, ...]
    text: str


@dataclass(slots=True)
class TablePlan:
    """One table's new body, decided but not written."""

    table: TablePart
    body: TableBody
    sheet: Sheet
    change: Change
    columns: dict[str, int]
    styles: dict[int, int]
    matched: dict[int, BodyRow]
    beside: dict[int, dict[int, str]]
    fillers: dict[int, tuple[int, str]]
    orphans: tuple[Orphan, ...]
    date_1904: bool
    rows_moved: dict[int, int]
    """Old row → new row of the body's rows, as far as ``rows_known``: where something of staff's hangs on them."""
    rows_known: bool

    @property
    def layout(self) -> str:
        parts = (sorted(self.columns.items()), sorted(self.styles.items()), self.sheet.row_looks(), self.sheet.prefix)
        return blake2b(repr((parts, self.date_1904)).encode(), digest_size=8).hexdigest()

    @property
    def looks(self) -> Looks:
        """How the rows look that this plan writes."""
        return Looks(tuple(self.styles), tuple(self.styles.values()), self.sheet.row_looks())

    @property
    def is_plain(self) -> bool:
        """Do staff keep nothing in or beside the rows? Then the blocks hang on nothing that is still to be decided."""
        return not self.matched and not self.beside and not self.fillers

    def blocks(self) -> Iterator[Job | LateJob | Placed]:
        """What to write between head and tail: rows to emit, or blocks of the present file to copy."""
        layout = self.layout
        plain = self.is_plain
        known = {placed.key: placed for placed in self.body.index.blocks} if self.body.index and plain else {}
        codes, job = self._late_pattern()
        row = self.change.first
        if not self.body.rows:
            yield self._job({}, range(1), row, "")
        for segment in self.body.segments:
            columns: Mapping[str, Sequence[Written]] | None = None
            for start in range(0, segment.rows, BLOCK_ROWS):
                part = range(start, min(start + BLOCK_ROWS, segment.rows))
                key = f"{segment.key}/{start}@{row}/{layout}" if segment.key and plain else ""
                if key and key in known:
                    yield known[key]
                elif key:
                    late = replace(job, first_row=row, rows=len(part), key=key)
                    if self.body.heights:
                        late = replace(late, row_attributes=self._row_looks(part))
                    yield LateJob(segment.load, codes, part, late)
                else:
                    columns = columns or segment.load()
                    yield self._job(columns, part, row, key)
                row += len(part)

    def _job(self, columns: Mapping[str, Sequence[Written]], part: range, row: int, key: str) -> Job:
        made: dict[int, Sequence[Written] | Ready] = {}
        for code, number in self.columns.items():
            made[number] = columns[code][part.start : part.stop] if code in columns else (None,) * len(part)
        rows = range(row, row + len(part))
        if self.matched or self.fillers:
            for number in self.extra_columns:
                made[number] = Ready([self._extra(number, one) for one in rows])
        else:
            made |= {number: (None,) * len(part) for number in self.extra_columns}
        if self.beside:
            for number in sorted({number for one in rows for number in self.beside.get(one, ())}):
                made[number] = Ready([self.beside.get(one, {}).get(number, "") for one in rows])
        numbers = sorted(made)
        # fmt: off
        return Job(
            [made[number] for number in numbers], numbers, [self.styles.get(number, 0) for number in numbers], row,
            len(part), self._row_looks(part), self.sheet.prefix, self.date_1904, key,
        )
        # fmt: on

    def _row_looks(self, part: range) -> str | list[str]:
        looks = self.sheet.row_looks()
        if not self.body.heights:
            return looks
        plain = _HEIGHT.sub("", looks).strip()
        return [f'ht="{height:g}" {plain}'.rstrip() for height in self.body.heights[part.start : part.stop]]

    def _late_pattern(self) -> tuple[tuple[str, ...], Job]:
        """What all late jobs have in common: one copy of it stands in memory and travels to another process."""
        codes = {number: code for code, number in self.columns.items()}
        numbers = tuple(sorted({*codes, *self.extra_columns}))
        styles = tuple(self.styles.get(number, 0) for number in numbers)
        job = Job((), numbers, styles, 0, 0, self.sheet.row_looks(), self.sheet.prefix, self.date_1904)
        return tuple(codes.get(number, "") for number in numbers), job

    @property
    def extra_columns(self) -> tuple[int, ...]:
        """The columns that staff put into the table."""
        ours = set(self.columns.values())
        area = self.table.area
        return tuple(number for number in range(area.first_column, area.last_column + 1) if number not in ours)

    def _extra(self, column: int, row: int) -> str:
        old = self.matched.get(row)
        if old is not None and column in old.cells:
            return _at_row(old.cells[column], column, old.number, row)
        if column in self.fillers:
            number, cell = self.fillers[column]
            return _at_row(_RESULT.sub(r"\1", cell), column, number, row)
        style = self.styles.get(column, 0)
        return f'" s="{style}"/>' if style else ""


def _at_row(cell: str, column: int, old: int, new: int) -> str:
    """A cell's XML with its formula as it reads in another row."""
    if old == new or "<" not in cell:
        return cell
    letters = column_letters(column)

    def move(match: re.Match[str]) -> str:
        moved = translated(unescape(match[2]), f"{letters}{old}", f"{letters}{new}")
        return match[1] + escape(moved, quote=False) + match[3]

    return _FORMULA.sub(move, cell)


def forget_result(cell: str) -> str:
    """A cell's XML without the cached result of its formula, which the new rows have made stale.

    >>> forget_result('<c r="A1" s="2" t="str"><f>B1</f><v>cũ</v></c>')
    '<c r="A1" s="2"><f>B1</f></c>'
    >>> forget_result("<x:c r='A1' t='s'><x:f si='0' t='shared'/> <x:v/></x:c>")
    "<x:c r='A1'><x:f si='0' t='shared'/></x:c>"
    >>> forget_result('<c r="A1" t="s"><v>7</v></c>')
    '<c r="A1" t="s"><v>7</v></c>'
    """
    forgotten = _RESULT.sub(r"\1", cell)
    if forgotten == cell:
        return cell
    end = forgotten.index(">")
    return _RESULT_TYPE.sub("", forgotten[:end]) + forgotten[end:]


def plan_table(
    book: Book,
    name: str,
    body: TableBody,
    strings: Strings,
    obstacles: Callable[[TablePart], list[int]],
    anchored: Callable[[TablePart], bool],
) -> TablePlan:
    """Decide a table's new body.

    ``strings`` loads the shared texts when needed, ``obstacles`` gives the rows below the table where something
    floats or begins, ``anchored`` says whether comments or links hang on cells of the body. Raises ``WouldLose``.
    """
    package = book.package
    table = book.tables.get(name)
    if table is None:
        raise WouldLose("write-table-missing", file=package.path.name, table=name)
    if body.index and not body.index.describes(package, table):
        body = replace(body, index=None)

    def parser(data: bytes) -> etree._Element:
        return parse(package, table.sheet_part, data)

    def chunks(whole: bool) -> Iterator[bytes]:
        if whole:
            return iter([normalized(parser(package.read(table.sheet_part)))])
        return body.index.pieces(package) if body.index else package.chunks(table.sheet_part)

    def read(whole: bool, hung: bool) -> tuple[dict[str, int], Sheet]:
        columns = _columns(table, body, head(chunks(whole), table.first, parser), strings)
        ours = frozenset(columns.values())
        width = table.area.last_column - table.area.first_column + 1
        keys = [columns[code] for code in body.row_key if code in columns]
        wanted = bool(keys) and (len(ours) < width or hung)
        if (wanted or whole) and body.index:
            raise _NeedsAllRows

        def key_of(row: etree._Element) -> tuple[str, ...]:
            cells = dict(cells_of(row))
            texts = strings()
            return tuple(cell_text(cells[number], texts) if number in cells else "" for number in keys)

        rows = range(table.first, table.last + 1)
        sheet = take_apart(chunks(whole), rows, ours, key_of if wanted else None, parser)
        sheet.looks = body.index.looks if body.index else None
        return columns, sheet

    whole, hung = False, anchored(table)
    while True:
        try:
            columns, sheet = read(whole, hung)
        except _NeedsAllRows:
            body = replace(body, index=None)
        except Unusual:
            if whole:
                raise PackageDamaged("write-package-damaged", file=package.path.name, part=table.sheet_part) from None
            whole = True
        else:
            if hung or not _has_links(sheet, table):
                break
            hung = True
    return _planned(book, table, body, columns, sheet, strings, obstacles)


def _has_links(sheet: Sheet, table: TablePart) -> bool:
    links = (one.get("ref") or "" for one in elements(sheet.root, "hyperlink"))
    return any(table.first <= parse_area(ref).first_row <= table.last for ref in links)


def _columns(table: TablePart, body: TableBody, top: etree._Element, strings: Strings) -> dict[str, int]:
    """Where each of our columns stands: by the code row above the headers, else by header."""
    start = table.area.first_column
    by_code: dict[str, int] = {}
    data = child(top, "sheetData")
    for row in data if data is not None else ():
        if int(row.get("r") or 0) != table.area.first_row - 1:
            continue
        for number, cell in cells_of(row):
            if start <= number <= table.area.last_column and has_content(cell):
                number_of_text = int("".join(cell.itertext())) if cell.get("t") == "s" else 0
                text = cell_text(cell, strings(number_of_text) if cell.get("t") == "s" else ()).strip()
                by_code.setdefault(text.rpartition(".")[2], number)
    by_header = {_folded(header): start + index for index, header in enumerate(table.columns)}
    found = {}
    for code in body.codes:
        header = body.headers.get(code, code)
        place = by_code.get(code) or by_header.get(_folded(header))
        if place is None:
            raise WouldLose("write-column-missing", table=table.name, sheet=table.sheet, column=header)
        found[code] = place
    return found


def _folded(header: str) -> str:
    return " ".join(header.replace("*", " ").split()).casefold()


def _planned(
    book: Book,
    table: TablePart,
    body: TableBody,
    columns: dict[str, int],
    sheet: Sheet,
    strings: Strings,
    obstacles: Callable[[TablePart], list[int]],
) -> TablePlan:
    change = _change(table, body, sheet, obstacles)
    numbers = range(table.area.first_column, table.area.last_column + 1)
    ours = set(columns.values())
    extra = [number for number in numbers if number not in ours]
    fillers = _fillers(book, table, sheet, extra)
    matched, rows_moved, orphans = _match(table, body, sheet, extra, fillers.keys(), change, strings)
    plan = TablePlan(
        table=table,
        body=body,
        sheet=sheet,
        change=change,
        columns=columns,
        styles=sheet.styles(numbers),
        matched=matched,
        beside={},
        fillers=fillers,
        orphans=orphans,
        date_1904=book.date_1904,
        rows_moved=rows_moved,
        rows_known=any(any(row.key) for row in sheet.rows) or bool(body.adopted),
    )
    _make_room(plan)
    return plan


def _change(table: TablePart, body: TableBody, sheet: Sheet, obstacles: Callable[[TablePart], list[int]]) -> Change:
    """The table's new extent and what it pushes down."""
    new_last = table.first + max(1, body.rows) - 1
    old_end, new_end = table.last + table.totals, new_last + table.totals
    area = table.area
    columns = range(area.first_column, area.last_column + 1)
    standing = [row for row in obstacles(table) + merged_rows(sheet, columns) if row > old_end]
    for row in sheet.rows_after():
        number = int(row.get("r") or 0)
        inside = (cell for column, cell in cells_of(row) if column in columns)
        if number > old_end and any(map(has_content, inside)):
            standing.append(number)
            break
    below = min(standing, default=LAST_ROW + 1)
    gap = min(1, below - old_end - 1)
    pushed = max(0, new_end + gap + 1 - below) if standing else 0
    bottom = max((int(row.get("r") or 0) for row in sheet.rows_after()), default=0)
    if max(new_end, bottom + pushed if bottom >= below else 0) > LAST_ROW:
        raise WouldLose("write-too-many-rows", table=table.name, rows=str(body.rows))
    # fmt: off
    return Change(
        table.sheet, area.first_column, area.last_column, table.first, table.last, new_last, table.totals,
        below, pushed,
    )
    # fmt: on


def _match(
    table: TablePart,
    body: TableBody,
    sheet: Sheet,
    extra: Sequence[int],
    filled: Collection[int],
    change: Change,
    strings: Strings,
) -> tuple[dict[int, BodyRow], dict[int, int], tuple[Orphan, ...]]:
    """Which old row each new row continues, for the sake of what staff keep in it."""
    by_key: dict[tuple[str, ...], list[BodyRow]] = {}
    keyless = []
    for row in sheet.rows:
        key = body.adopted.get(row.number, row.key)
        if any(key):
            by_key.setdefault(key, []).append(row)
        else:
            keyless.append(row)
    matched: dict[int, BodyRow] = {}
    number = change.first
    for segment in body.segments if by_key else ():
        columns = segment.load()
        keys = [columns[code] for code in body.row_key if code in columns]
        for key in zip(*keys, strict=True):
            waiting = by_key.get(tuple("" if part is None else str(part) for part in key))
            if waiting:
                matched[number] = waiting.pop(0)
            number += 1
    left = [row for rows in by_key.values() for row in rows] + keyless
    orphans = [
        Orphan(table.name, table.columns[column - table.area.first_column], row.key, _shown(row.cells[column], strings))
        for row in left
        for column in extra
        if column not in filled and not row.cells.get(column, "/>").endswith("/>")
    ]
    moved = {row.number: number for number, row in matched.items()}
    if not extra:
        matched = {}
    return matched, moved, tuple(orphans)


def _shown(cell: str, strings: Strings) -> str:
    """What a cell says, from its XML behind the address."""
    attributes, _, inner = cell.partition(">")
    formula = _FORMULA.search(inner)
    if formula:
        return f"={unescape(formula[2])}"
    text = unescape(re.sub("<[^>]*>", "", inner))
    return strings()[int(text)] if ' t="s"' in attributes and text.isdigit() else text


def _fillers(book: Book, table: TablePart, sheet: Sheet, extra: Sequence[int]) -> dict[int, tuple[int, str]]:
    """For staff's formula columns: the row and the cell that new rows copy."""
    if not extra:
        return {}
    root = parse(book.package, table.part)
    columns = [one for one in root.iter(etree.Element) if local(one) == "tableColumn"]
    found = {}
    for column in extra:
        if child(columns[column - table.area.first_column], "calculatedColumnFormula") is None:
            continue
        pattern = next((row for row in sheet.rows if _FORMULA.search(row.cells.get(column, ""))), None)
        if pattern is not None:
            found[column] = (pattern.number, pattern.cells[column])
    return found


def _make_room(plan: TablePlan) -> None:
    """Sort the cells beside and below the table into the new body's rows and the rows after it."""
    change, sheet, area = plan.change, plan.sheet, plan.table.area
    inside = range(area.first_column, area.last_column + 1)
    loose: dict[int, dict[int, str]] = {}
    for row in sheet.rows:
        cells = {column: cell for column, cell in row.cells.items() if column not in inside}
        if cells:
            loose[row.number] = cells
    totals: dict[int, dict[int, str]] = {}
    looks: dict[int, dict[str, str]] = {}
    new_end = change.new_last + change.totals
    for row in sheet.rows_after():
        number = int(row.get("r") or 0)
        if number >= change.below:
            if change.pushed:
                renumber(row, change.row(number))
            continue
        is_totals = number <= change.old_last + change.totals
        if is_totals:
            looks[change.row(number)] = {key: value for key, value in row.attrib.items() if key not in ("r", "spans")}
        if not is_totals and number > new_end:
            continue
        for column, cell in cells_of(row):
            if column not in inside:
                loose.setdefault(number, {})[column] = after_address(cell)
            elif is_totals:
                totals.setdefault(change.row(number), {})[column] = after_address(cell)
        sheet.data.remove(row)
    plan.beside = {row: cells for row, cells in loose.items() if row <= change.new_last}
    for number, cells in totals.items():
        loose.setdefault(number, {}).update(cells)
    for number in sorted(loose):
        if number > change.new_last:
            _insert_row(sheet, number, loose[number], looks.get(number, {}))


def _insert_row(sheet: Sheet, number: int, cells: Mapping[int, str], looks: Mapping[str, str]) -> None:
    tag = f"{sheet.prefix}:" if sheet.prefix else ""
    xml = "".join(f'<{tag}c r="{column_letters(column)}{number}{cells[column]}' for column in sorted(cells))
    row = fragment(sheet.data, f'<{tag}row r="{number}">{xml}</{tag}row>')
    for name, value in looks.items():
        row.set(name, value)
    after = next((one for one in sheet.rows_after() if int(one.get("r") or 0) > number), None)
    if after is not None:
        after.addprevious(row)
    else:
        sheet.data.append(row)


def table_area_after(plan: TablePlan) -> str:
    """The table's new ``ref``."""
    area = plan.table.area
    start = f"{column_letters(area.first_column)}{area.first_row}"
    return f"{start}:{column_letters(area.last_column)}{plan.change.new_last + plan.change.totals}"


def merged_rows(sheet: Sheet, columns: range) -> list[int]:
    """The first rows of merged cells in some columns."""
    rows = []
    for one in sheet.root.iter(etree.Element):
        if local(one) == "mergeCell":
            area = parse_area(one.get("ref") or "")
            if area.first_column < columns.stop and area.last_column >= columns.start:
                rows.append(area.first_row)
    return rows
