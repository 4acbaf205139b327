"""What each table of the master shall hold: the units' rows, and what a merge says about them."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from typing import TYPE_CHECKING

import orjson

from sync.conflict_words import conflict_words
from sync.encoding import decode_table, digest_of
from sync.figure_cache import FigureCache, KeptRows
from sync.figures import unit_name, words_of
from sync.ledger import Ledger
from sync.progress import Progress
from sync.workers import end_with_parent
from workbooks import layouts
from workbooks.emit import Link, Written
from workbooks.master_tables import (
    CONFLICTS,
    ERRORS,
    FIGURES,
    LOG,
    MONITORED,
    MONITORED_TABLES,
    PROGRESS,
    YEARS,
    Figure,
    MasterTable,
    figure_rows,
    monitored_row,
    monitored_values,
    row_heights,
)
from workbooks.master_tables import Cell as Shown
from workbooks.table_patch import Segment, TableBody
from workbooks.write import Body
from xl_ctd.core.books import GROUP
from xl_ctd.core.codes import CODE_LISTS
from xl_ctd.core.findings import Finding, Severity
from xl_ctd.core.monitoring import monitored_figures
from xl_ctd.core.periods import year_of
from xl_ctd.core.records import Cell, Rows
from xl_ctd.core.scorecard import Figure as JudgedFigure
from xl_ctd.core.scorecard import group_figures, unit_figures
from xl_ctd.core.tables import BY_CODE, TABLES, Kind, Table
from xl_ctd.messages import message, spoken

if TYPE_CHECKING:
    from sync.book import MasterBook

MOST_ROWS = 1_000_000
"""A sheet ends at 1.048.576 rows. A table with more stands in the ledger only, and the log says so."""

COUNTED_IN: Mapping[str, str] = {
    "TS-01": "CAN_BO",
    "TS-02": "DON_VI",
    "TS-03": "HO_TRO",
    "TS-04": "HOAT_DONG",
    "TS-05": "HOAT_DONG",
    "TS-06": "DOI_MO_HINH",
    "TS-07": "DOI_MO_HINH",
    "TS-08": "HIEN_MAU",
    "TS-09": "HIEN_MAU",
    "TS-10": "HOAT_DONG",
    "TS-11": "HIEN_MO_TANG",
    "TS-12": "QUY",
    "TS-13": "QUY",
    "TS-14": "HOAT_DONG",
}
"""Target → the table whose rows lead a reader to what was counted."""
OF_THE_CITY = frozenset({"TS-01", "TS-13"})
"""Targets whose rows are the city's own."""

MOST_NAMES = 8
WRAPPED = (PROGRESS, ERRORS, CONFLICTS, LOG)
"""Tables with sentences, whose rows are as high as these need."""

UnitKey = tuple[str, int]
Starts = dict[tuple[str, UnitKey], tuple[int, int]]
"""(table, unit and year) → the first of its rows on the data sheet and how many there are"""


@dataclass(frozen=True, slots=True)
class Content:
    """Everything one write puts into the master. ``oversized`` are tables with more rows than a sheet holds.

    The units' rows are at hand; what is said about them is worked out when it is asked for.
    """

    tables: Mapping[str, Body]
    oversized: tuple[str, ...]


def content_of(book: MasterBook) -> Content:
    """The master's tables as the ledger's newest version has them."""
    order = _official_order(book)
    placed = {table.code: _placed(book, table, order) for table in TABLES}
    oversized = tuple(code for code, places in placed.items() if sum(size for _, _, size in places) > MOST_ROWS)
    tables: dict[str, Body] = {}
    starts: Starts = {}
    for table in TABLES:
        places = [] if table.code in oversized else placed[table.code]
        row = layouts.MASTER_FIRST_ROW
        for key, _, size in places:
            starts[table.code, key] = (row, size)
            row += size
        tables[layouts.table_name(table)] = _data_body(book, table, places)
    years = sorted({year for _, year in book.slots})
    progress = book.progress()
    remembered = cache(lambda: FigureCache(book.kept, book.setup, book.notes, book.today))
    tables[FIGURES.name] = lambda: _figures_body(book, years, starts, remembered())
    tables[MONITORED.name] = lambda: _body(MONITORED, list(_monitored_rows(book, years, starts, remembered())))
    tables[YEARS.name] = lambda: _body(YEARS, [_year_row(book, year, progress) for year in years])
    tables[PROGRESS.name] = lambda: _body(PROGRESS, [_progress_row(row) for row in progress])
    tables[ERRORS.name] = lambda: _body(ERRORS, _error_rows(book))
    tables[CONFLICTS.name] = lambda: _body(CONFLICTS, _conflict_rows(book))
    tables[LOG.name] = lambda: _body(LOG, _log_rows(book, oversized))
    return Content(tables, oversized)


def _body(table: MasterTable, rows: Sequence[Sequence[Written]]) -> TableBody:
    columns = zip(*rows, strict=True) if rows else ((),) * len(table.codes)
    at_hand = AtHand(dict(zip(table.codes, columns, strict=True)))
    heights = row_heights(table, rows) if table in WRAPPED else ()
    return TableBody(table.codes, (Segment(_name_of(rows), len(rows), at_hand),), row_key=(), heights=heights)


def _name_of(rows: Sequence[Sequence[Written]]) -> str:
    """A name that only rows have which are written alike."""

    def plain(value: object) -> object:
        return [value.formula] if isinstance(value, Link) else repr(value)

    return digest_of(orjson.dumps(rows, default=plain, option=orjson.OPT_PASSTHROUGH_SUBCLASS))


@dataclass(frozen=True, slots=True)
class AtHand:
    """Columns that need no loading."""

    columns: Mapping[str, Sequence[Written]]

    def __call__(self) -> Mapping[str, Sequence[Written]]:
        return self.columns


# --- the units' rows


def _official_order(book: MasterBook) -> list[UnitKey]:
    """By year, the city first, then the units in their official order."""
    units = book.setup.units

    def place(key: UnitKey) -> tuple[int, bool, int, str]:
        unit = units.by_uid.get(key[0])
        return key[1], key[0] != units.city, unit.order if unit else 0, key[0]

    return sorted(book.slots, key=place)


def _placed(book: MasterBook, table: Table, order: Iterable[UnitKey]) -> list[tuple[UnitKey, str, int]]:
    found = ((key, book.notes[key].tables.get(table.code)) for key in order)
    return [(key, entry[0], entry[1]) for key, entry in found if entry and entry[1]]


def _data_body(book: MasterBook, table: Table, places: Sequence[tuple[UnitKey, str, int]]) -> TableBody:
    codes = tuple(column.code for column in layouts.master_columns(table))
    headers = {column.code: column.header for column in layouts.master_columns(table)}
    segments = []
    for (uid, year), digest, size in places:
        name = unit_name(book.setup, uid)
        rows = StoredRows(book.ledger.url, digest, uid, name, year)
        segments.append(Segment(f"{digest}/{uid}/{year}/{name}", size, rows))
    strays = [stray for stray in book.strays if stray["table"] == table.code]
    if strays:
        columns = {code: tuple(_stray_cell(stray["cells"].get(code)) for stray in strays) for code in codes}
        segments.append(Segment("", len(strays), lambda: columns))
    return TableBody(codes, tuple(segments), headers=headers)


@dataclass(frozen=True, slots=True)
class StoredRows:
    """One unit's rows of one table as a data sheet shows them, loaded from the ledger in whichever process asks."""

    url: str
    digest: str
    uid: str
    name: str
    year: int

    def __call__(self) -> Mapping[str, Sequence[Written]]:
        rows = decode_table(_ledger(self.url).fetch(self.digest))
        return shown_rows(BY_CODE[rows.table], rows, self.uid, self.name, self.year)


_ledgers: dict[str, Ledger] = {}


def _ledger(url: str) -> Ledger:
    """The ledger that is open in this process, or this worker's own connection, kept for the blocks to come."""
    return _ledgers.get(url) or _ledgers.setdefault(url, Ledger(url))


@contextmanager
def serving(ledger: Ledger) -> Iterator[None]:
    """Let stored rows be loaded through an open ledger while a master is written."""
    _ledgers[ledger.url] = ledger
    try:
        yield
    finally:
        del _ledgers[ledger.url]


def start_emitting() -> None:
    """Prepare a worker process: a connection inherited from the parent must not be used, and what was inherited is
    never looked through for cycles."""
    _ledgers.clear()
    gc.freeze()
    gc.disable()
    end_with_parent()


_WORDS = {name: {choice.code: choice.words for choice in choices} for name, choices in CODE_LISTS.items()}


def shown_rows(table: Table, rows: Rows, uid: str, name: str, year: int) -> dict[str, Sequence[Written]]:
    """The columns of a data sheet for one unit's rows: words for codes, and where each row was typed."""
    size = len(rows)
    columns: dict[str, Sequence[Written]] = {"_uid": (uid,) * size, "_unit": (name,) * size, "_year": (year,) * size}
    for field in table.stored:
        column = rows.column(field.code)
        if field.kind is Kind.CHOICE:
            words = _WORDS[field.choices or ""]
            columns[field.code] = [words.get(value, value) if value is not None else None for value in column]  # type: ignore[arg-type]
        else:
            columns[field.code] = column  # type: ignore[assignment]
    typed = [line > 0 for line in rows.lines]
    columns["_file"] = [rows.file if one else None for one in typed]
    columns["_sheet"] = [rows.sheet if one else None for one in typed]
    columns["_line"] = [line or None for line in rows.lines]
    columns[layouts.RID] = rows.rids
    return columns


def _stray_cell(value: Cell | list[object]) -> Written:
    return value if isinstance(value, str | int | date) else None if value is None else str(value)


# --- what the merge says about them


def _figures_body(book: MasterBook, years: Iterable[int], starts: Starts, remembered: FigureCache) -> TableBody:
    """A segment a unit and year, so that a unit whose figures and rows stand where they stood is not looked at."""
    segments = []
    city = book.setup.units.city
    for year in years:
        place = 0
        for uid, rows in _figures(book, year, remembered):
            place += uid not in (GROUP, city)
            slot = "" if uid == GROUP else f"{year}#{0 if uid == city else place}"
            shown = FigureRows(rows.text, slot, _links(year, uid, starts, city))
            segments.append(Segment(shown.name, rows.count, shown))
    return TableBody(FIGURES.codes, tuple(segments), row_key=())


def _figures(book: MasterBook, year: int, remembered: FigureCache) -> Iterator[tuple[str, KeptRows]]:
    """The rows of the whole group, the city and each unit that has any, in official order."""
    whole = [_in_words(book, one) for one in group_figures(book.books, year)]
    for of_group in (True, False):
        rows = KeptRows.of(figure_rows(one for one in whole if (one.uid == GROUP) == of_group))
        if rows.count:
            yield GROUP if of_group else book.setup.units.city, rows
    for unit in book.setup.units.expected_in(year):
        rows = remembered.rows("figures", unit.uid, year, partial(_figures_of_unit, book, year, unit.uid))
        if rows.count:
            yield unit.uid, rows


def _figures_of_unit(book: MasterBook, year: int, uid: str) -> list[tuple[Shown, ...]]:
    return figure_rows(_in_words(book, one) for one in unit_figures(book.books, year, uid))


def _links(year: int, uid: str, starts: Starts, city: str) -> dict[str, tuple[str, int, int]]:
    """For each target the tab, the first row and the number of the rows that lead a reader to what was counted."""
    links = {}
    for target, table in COUNTED_IN.items():
        start = starts.get((table, (city if target in OF_THE_CITY else uid, year)))
        if start is not None:
            links[target] = (layouts.TABS[table], *start)
    return links


@dataclass(frozen=True, slots=True)
class FigureRows:
    """One unit's rows of ``tblSoLieu`` as the sheet shows them: with the unit's place in the year, and with the way to
    the rows that were counted, which moves whenever rows above them come or go."""

    text: bytes
    slot: str
    links: Mapping[str, tuple[str, int, int]]

    @property
    def name(self) -> str:
        return digest_of(repr((self.slot, self.links)).encode() + self.text)

    def __call__(self) -> Mapping[str, Sequence[Written]]:
        rows: list[list[Written]] = orjson.loads(self.text)
        columns: dict[str, Sequence[Written]] = dict(zip(FIGURES.codes, zip(*rows, strict=True), strict=True))
        links = [self.links.get(str(target), (None,) * len(_LINK)) for target in columns["target"]]
        columns |= zip(_LINK, zip(*links, strict=True), strict=True)
        columns["slot"] = (self.slot or None, *(None,) * (len(rows) - 1))
        return columns


_LINK = ("link_tab", "link_row", "link_count")


def _monitored_rows(
    book: MasterBook,
    years: Iterable[int],
    starts: Starts,
    remembered: FigureCache,
) -> Iterator[tuple[Written, ...]]:
    """The numbers without a threshold: of the whole group, of every unit that owes a report, and of the city."""
    units = book.setup.units
    if not book.setup.plan.monitored:
        return
    for year in years:
        for uid in (GROUP, *(unit.uid for unit in units.expected_in(year)), units.city):
            rows = {table: starts.get((table, (uid, year)), (None, 0))[0] for table in MONITORED_TABLES}
            make = partial(_monitored_values, book, year, uid)
            (values,) = make() if uid == GROUP else remembered.rows("monitored", uid, year, make).rows()
            yield monitored_row(year, uid, unit_name(book.setup, uid), rows, values)


def _monitored_values(book: MasterBook, year: int, uid: str) -> list[list[Shown]]:
    return [monitored_values(monitored_figures(book.books, year, uid))]


def _in_words(book: MasterBook, one: JudgedFigure) -> Figure:
    target = book.targets[one.target_id]
    words = words_of(target, one)
    seen, judged = one.observation, one.judgement
    units = book.setup.units
    unit = units.by_uid.get(one.uid)
    return Figure(
        one.year,
        one.uid,
        one.target_id,
        unit.name if unit else units.group,
        unit.order if unit else 0,
        one.uid == units.city,
        seen.value,
        seen.numerator,
        seen.denominator,
        target.threshold if target.threshold is not None else target.lower,
        judged.attainment,
        judged.gap,
        judged.milestone,
        judged.status.value,
        judged.certainty.value,
        judged.light.value,
        words.word,
        words.symbol,
        words.value,
        words.goal,
        words.attainment,
        words.gap,
        words.milestone,
        words.coverage,
        seen.reported,
        seen.expected,
    )


def _year_row(book: MasterBook, year: int, progress: Iterable[Progress]) -> tuple[Written, ...]:
    rows = [row for row in progress if row.year == year]
    received = [row for row in rows if row.state != "missing"]
    absent = [row.unit for row in rows if row.state == "missing"]
    in_time = [row for row in received if row.in_time]
    period = year_of(year)
    cutoff = min(period.end, book.today)
    args = {"received": len(received), "expected": len(rows), "missing": _named(absent)}
    share = f"{round(100 * len(in_time) / len(rows))}%" if rows else "–"
    return (
        year,
        message("board-cutoff", {"day": f"{cutoff:%d/%m/%Y}"}),
        message("board-calendar"),
        len(received),
        len(rows),
        message("board-coverage-missing" if absent else "board-coverage", args),
        share,
        message("board-on-time", {"count": len(in_time), "expected": len(rows)}),
    )


def _named(units: Sequence[str]) -> str:
    """The first units by name and how many more: the board's heading is one line."""
    if len(units) <= MOST_NAMES:
        return ", ".join(units)
    names, count = ", ".join(units[: MOST_NAMES - 1]), len(units) - MOST_NAMES + 1
    return message("board-others", {"names": names, "count": count})


def _progress_row(row: Progress) -> tuple[Written, ...]:
    state = message(f"state-{row.state}", {"days": row.days_late})
    received = datetime.fromisoformat(row.received) if row.received else None
    return (
        row.year,
        row.uid,
        row.unit,
        state,
        row.deadline,
        received,
        row.file,
        row.rows or None,
        row.errors or None,
        row.warnings or None,
        row.note,
    )


_SEVERITY = {Severity.ERROR: "severity-error", Severity.WARNING: "severity-warning", Severity.INFO: "severity-info"}


def _error_rows(book: MasterBook) -> list[tuple[Written, ...]]:
    years = sorted({year for _, year in book.slots})
    found: list[tuple[int | None, str, str, Finding]] = []
    for key in _official_order(book):
        notes = book.notes[key]
        for finding in notes.findings:
            found.append((key[1], unit_name(book.setup, key[0]), notes.received, finding))
    for year in years:
        found += [(year, "", book.when.at, finding) for finding in book.across([year])]
    found += [(None, "", book.when.at, finding) for finding in (*book.setup_findings, *book.loose())]
    grave = list(Severity)
    found.sort(key=lambda item: grave.index(item[3].severity))
    return [_error_row(*item) for item in found]


def _error_row(year: int | None, unit: str, moment: str, finding: Finding) -> tuple[Written, ...]:
    where = finding.where
    return (
        spoken(finding.code),
        message(_SEVERITY[finding.severity]),
        year,
        unit,
        message(finding.code, finding.args),
        where.file,
        where.sheet,
        where.cell,
        date.fromisoformat(moment[:10]) if moment else None,
    )


def _conflict_rows(book: MasterBook) -> list[tuple[Written, ...]]:
    rows: list[tuple[Written, ...]] = []
    for key in _official_order(book):
        notes = book.notes[key]
        for conflict in notes.conflicts:
            words = conflict_words(conflict)
            rows.append(
                (
                    conflict.id,
                    conflict.year,
                    unit_name(book.setup, conflict.uid),
                    words.table,
                    words.place,
                    words.column,
                    words.base,
                    words.ward,
                    words.master,
                    None,
                    conflict.place.file,
                    date.fromisoformat(notes.received[:10]) if notes.received else None,
                )
            )
    return rows


def _log_rows(book: MasterBook, oversized: Iterable[str]) -> list[tuple[Written, ...]]:
    rows: list[tuple[Written, ...]] = []
    for version in book.versions:
        counts = version.detail.get("counts") or {}
        units = (unit_name(book.setup, uid) for uid in version.detail.get("units", ())[:12])
        names = ", ".join((*version.detail.get("setup", ()), *units))
        rows.append(
            (
                version.number,
                datetime.fromisoformat(version.at),
                version.who,
                message(f"action-{version.action}"),
                *(counts.get(name) for name in ("read", "applied", "unchanged", "conflicted", "rejected")),
                names,
            )
        )
    for code in oversized:
        size = sum(notes.tables.get(code, ("", 0))[1] for notes in book.notes.values())
        note = message("sheet-oversized", {"table": BY_CODE[code].label, "rows": size})
        rows.insert(0, (None, None, None, None, None, None, None, None, None, note))
    return rows
