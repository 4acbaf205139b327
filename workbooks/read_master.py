"""Reading the data sheets of a master back: what it holds for each unit and year, with everything staff changed there.

Rows are told apart by their hidden unit key and row id. A row that staff typed has neither: its unit and year are
looked up, its row id is derived, the same in every run. A row that cannot be placed is kept aside, never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from workbooks import gate
from workbooks.find_tables import find_tables
from workbooks.grids import Grid, old_fonts, read_grids
from workbooks.layouts import TABS
from workbooks.read import read_rows
from xl_ctd.core.findings import Finding, Place, Severity
from xl_ctd.core.records import Cell, Rows
from xl_ctd.core.rids import mint
from xl_ctd.core.setup import Setup
from xl_ctd.core.submissions import UnitYear
from xl_ctd.core.tables import TABLES, Field, Kind, Table
from xl_ctd.core.text import fold
from xl_ctd.core.units import Unit

UNIT_COLUMNS = (
    Field("_uid", "Khóa đơn vị", Kind.IDENTIFIER),
    Field("_unit", "Đơn vị", Kind.IDENTIFIER),
    Field("_year", "Năm", Kind.YEAR),
    Field("_file", "Tệp nguồn", Kind.IDENTIFIER),
    Field("_sheet", "Trang tính", Kind.IDENTIFIER),
    Field("_line", "Dòng", Kind.COUNT),
)
OURS = frozenset(field.code for field in UNIT_COLUMNS)


class MasterUnreadable(Exception):
    """The master cannot be opened at all; ``finding`` says why. Nothing can go on without it."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


@dataclass(frozen=True, slots=True)
class Stray:
    """A row of the master whose unit or year is unknown: kept as it is, counted nowhere.

    ``cells`` are all its values with ours (``_unit``, ``_year`` …) as they were read; ``line`` is its row in the tab.
    """

    table: str
    tab: str
    line: int
    rid: str
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class MasterContent:
    """What a master holds. A cell that cannot be read is ``UNREAD``: what was known of it stays in force.

    ``missing`` are the tables that the master has lost: about them it says nothing.
    """

    holdings: Mapping[tuple[str, int], UnitYear]
    strays: tuple[Stray, ...] = ()
    missing: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def read_master(path: Path, *, setup: Setup) -> MasterContent:
    """All rows of all data sheets, by unit and year.

    Raises ``MasterUnreadable`` when the file is no workbook any more and ``OSError`` when it cannot be opened.
    """
    passed = gate.inspect(path, path.name, gate.MASTER_LIMITS)
    if isinstance(passed, gate.Refused):
        raise MasterUnreadable(passed.finding)
    grids, findings = _data_grids(passed)
    fonts = old_fonts(passed.parts)
    found = {candidate.table.code: candidate for candidate in reversed(find_tables(grids))}
    keeper = _Keeper(setup, path.name)
    missing = []
    for table in TABLES:
        if table.code not in found:
            missing.append(table.code)
            keeper.findings.append(
                Finding("master-table-missing", Severity.ERROR, Place(path.name), {"table": table.label})
            )
            continue
        rows, told = read_rows(found[table.code], path.name, fonts, UNIT_COLUMNS)
        keeper.findings += _in_words_of_master(told)
        keeper.take(table, rows)
    return MasterContent(keeper.holdings(), tuple(keeper.strays), tuple(missing), (*findings, *keeper.findings))


def _data_grids(passed: gate.Passed) -> tuple[list[Grid], list[Finding]]:
    """The tabs named as data sheets; when a table is not on them, all the others too: it may have been renamed."""
    grids, findings = read_grids(passed, set(TABS.values()).__contains__)
    if findings and not grids:
        raise MasterUnreadable(findings[0])
    if {found.table.code for found in find_tables(grids)} >= {table.code for table in TABLES}:
        return grids, findings
    others, more = read_grids(passed, lambda tab: tab not in TABS.values())
    return [*grids, *others], [*findings, *more]


def _in_words_of_master(told: Sequence[Finding]) -> Iterator[Finding]:
    """In the master an unreadable cell keeps its earlier value, and own columns are nobody's concern."""
    for finding in told:
        if finding.code in ("column-unknown", "personal-data-in-text"):
            continue
        if finding.severity is Severity.ERROR and finding.where.cell and "field" in finding.args:
            args = {"text": finding.args.get("text", ""), "field": finding.args["field"]}
            yield replace(finding, code="master-cell-unreadable", args=args)
        else:
            yield finding


class _Keeper:
    """Sorts rows into units and years, table by table."""

    def __init__(self, setup: Setup, file: str) -> None:
        self.setup, self.file = setup, file
        self.strays: list[Stray] = []
        self.findings: list[Finding] = []
        self._tables: dict[tuple[str, int], dict[str, Rows]] = {}
        self._units: dict[tuple[Cell, Cell, int | None], str | None] = {}

    def holdings(self) -> dict[tuple[str, int], UnitYear]:
        return {(uid, year): UnitYear(uid, year, tables=tables) for (uid, year), tables in sorted(self._tables.items())}

    def take(self, table: Table, rows: Rows) -> None:
        places: dict[tuple[str, int], list[int]] = {}
        keys = zip(rows.column("_uid"), rows.column("_unit"), self._years(table, rows), strict=True)
        for index, key in enumerate(keys):
            uid, year = self._unit(*key), key[2]
            if uid is None or year is None:
                self._put_aside(rows, index)
            else:
                places.setdefault((uid, year), []).append(index)
        own = {code: column for code, column in rows.columns.items() if code not in OURS}
        for (uid, year), indices in places.items():
            self._tables.setdefault((uid, year), {})[table.code] = self._of_unit(table, rows, own, indices, uid, year)

    def _years(self, table: Table, rows: Rows) -> list[int | None]:
        """The year of each row; of a row typed without one, the year of its day."""
        days = rows.column(table.date_field) if table.date_field else (None,) * len(rows)
        return [
            year if isinstance(year, int) else day.year if isinstance(day, date) else None
            for year, day in zip(rows.column("_year"), days, strict=True)
        ]

    def _unit(self, uid: Cell, unit: Cell, year: int | None) -> str | None:
        key = uid, unit, year
        if key not in self._units:
            self._units[key] = self._look_up(uid, unit, year)
        return self._units[key]

    def _look_up(self, uid: Cell, unit: Cell, year: int | None) -> str | None:
        """The unit that a row means: what staff see, when it names another unit than the hidden key does."""
        units = self.setup.units
        if uid is None and unit is None:
            return units.city
        keyed = units.by_uid.get(uid) if isinstance(uid, str) else None
        if keyed and (unit is None or _names(keyed, unit)):
            return keyed.uid
        # Typed by staff, or copied from another unit's row and then given this unit.
        owing = [units.by_uid[key] for key in (*units.members, units.city) if key in units.by_uid]
        meant = [other for other in owing if _names(other, unit) and (year is None or other.valid_in(year))]
        if len(meant) == 1:
            return meant[0].uid
        # A name of earlier times: the office has renamed the unit since.
        return keyed.uid if keyed and not meant else None

    def _put_aside(self, rows: Rows, index: int) -> None:
        cells = rows.row(index)
        self.strays.append(Stray(rows.table, rows.sheet, rows.lines[index], rows.rids[index], cells))
        args = {"unit": str(cells.get("_unit") or cells.get("_uid") or ""), "year": str(cells.get("_year") or "")}
        place = Place(self.file, rows.sheet, rows.cell_of(index, "_unit"))
        self.findings.append(Finding("master-row-unknown-unit", Severity.ERROR, place, args))

    def _of_unit(
        self,
        table: Table,
        rows: Rows,
        own: Mapping[str, tuple[Cell, ...]],
        indices: Sequence[int],
        uid: str,
        year: int,
    ) -> Rows:
        columns = {code: _picked(column, indices) for code, column in own.items()}
        files, sheets, lines = (_picked(rows.column(code), indices) for code in ("_file", "_sheet", "_line"))
        copied = [rows.rids[index] for index in indices]
        rids = _settled(self.setup.units.by_uid[uid].code, uid, year, table, copied, columns)
        return Rows(
            table.code,
            tuple(rids),
            columns,
            tuple([line if isinstance(line, int) else 0 for line in lines]),
            next((file for file in files if isinstance(file, str)), ""),
            next((sheet for sheet in sheets if isinstance(sheet, str)), ""),
        )


_LEVELS = re.compile(r"^(?:phuong|xa|thi tran|thi xa|thanh pho|huyen|tinh)\s+")


def _names(unit: Unit, typed: Cell) -> bool:
    """Is this the unit's code, or its name with or without "Phường"?"""
    if not isinstance(typed, str):
        return False
    return typed == unit.code or _LEVELS.sub("", fold(typed)) == _LEVELS.sub("", fold(unit.name))


def _picked(column: Sequence[Cell], indices: Sequence[int]) -> tuple[Cell, ...]:
    if indices[-1] - indices[0] + 1 == len(indices):
        return tuple(column[indices[0] : indices[-1] + 1])
    return tuple([column[index] for index in indices])


def _settled(
    code: str, uid: str, year: int, table: Table, rids: list[str], columns: Mapping[str, tuple[Cell, ...]]
) -> list[str]:
    """Row ids, one each: a copied one stays with the first row, the others get a derived one as typed rows do.

    The seed is the row's natural key, or all it holds when that is blank, and how often it came before.
    """
    if "" not in rids and len(set(rids)) == len(rids):
        return rids
    taken, settled, met = set(rids), [], dict[str, int]()
    seen: set[str] = set()
    for index, rid in enumerate(rids):
        if rid and rid not in seen:
            seen.add(rid)
            settled.append(rid)
            continue
        key = [columns[field][index] for field in table.natural_key if field in columns]
        if all(value is None for value in key):
            key = [column[index] for column in columns.values()]
        seed = f"master/{year}/" + "\n".join(map(str, key))
        while True:
            met[seed] = met.get(seed, 0) + 1
            rid = mint(code, uid, table.code, f"{seed}/{met[seed]}")
            if rid not in taken:
                break
        taken.add(rid)
        settled.append(rid)
    return settled
