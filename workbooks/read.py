"""Reading one unit's workbook: whose it is, its cover, its tables, and everything people should be told.

Good rows count and bad cells do not stop a file. Whatever a file holds, reading it returns a ``Submission``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from unicodedata import normalize

from workbooks import gate, snapshots
from workbooks.find_tables import Cover, Found, find_cover, find_tables
from workbooks.grids import Grid, Position, columns_below, old_fonts, read_grids, styled_cells, trouble_in
from workbooks.layouts import (
    FINDINGS_TAB,
    LISTS_TAB,
    META_TAB,
    RESULT_TAB,
    RID,
    TEMPLATE_VERSION,
    column_letters,
    header_of,
)
from workbooks.read_cells import Parsed, identity_numbers, parse_column
from xl_ctd.core.findings import Finding, Place, Severity
from xl_ctd.core.records import UNREAD, Cell, Rows
from xl_ctd.core.setup import Setup
from xl_ctd.core.submissions import Hold, SourceInfo, Submission
from xl_ctd.core.tables import COVER, WARD_TABLES, Field, Kind
from xl_ctd.core.text import fold

NOT_TABLES = frozenset({RESULT_TAB, FINDINGS_TAB, LISTS_TAB, META_TAB})
TOTALS = frozenset({"tong", "tong cong", "cong", "tong so"})
YEARS_BEFORE = 3
"""Workbooks of this many years before the plan are taken: trajectories start from them."""
COVER_FIELDS = tuple(field for field in COVER if field.kind is not Kind.AUTO and not field.personal)


def read_submission(source: SourceInfo, data: bytes | Path, *, setup: Setup) -> Submission:
    """What a unit's workbook says, with findings. ``uid`` is None when the unit could not be told.

    Raises ``OSError`` when the file cannot be opened; for what it holds, never.
    """
    file = normalize("NFC", source.name)
    if isinstance(data, bytes) and snapshots.is_snapshot(data):
        return _read_snapshot(source, data, file, setup)
    passed = gate.inspect(data, file, unread=NOT_TABLES)
    if isinstance(passed, gate.Refused):
        return Submission(source, None, None, None, findings=(passed.finding,))
    grids, findings = read_grids(passed, lambda tab: tab not in NOT_TABLES)
    findings = [*passed.findings, *findings]
    return _said(source, grids, findings, old_fonts(passed.parts), file, setup)


def _read_snapshot(source: SourceInfo, data: bytes, file: str, setup: Setup) -> Submission:
    """The same of a Google Sheet as it was pulled. A sheet speaks only for the unit it is listed for."""
    try:
        snapshot = snapshots.unpack(data)
    except ValueError:
        damaged = Finding("file-damaged", Severity.ERROR, Place(file), {"reason": "ctdsheet"})
        return Submission(source, None, None, None, findings=(damaged,))
    submission = _said(source, snapshots.grids_of(snapshot), snapshots.told_of(snapshot, file), {}, file, setup)
    if submission.uid is None or snapshot.unit in ("", submission.uid):
        return submission
    listed = setup.units.by_uid.get(snapshot.unit)
    args = {"unit": listed.name if listed else snapshot.unit, "other": submission.unit_code or ""}
    stranger = Finding("sheet-of-other-unit", Severity.ERROR, Place(file), args)
    return Submission(source, submission.unit_code, None, submission.year, findings=(*submission.findings, stranger))


def _said(
    source: SourceInfo,
    grids: Sequence[Grid],
    findings: list[Finding],
    fonts: Mapping[str, str],
    file: str,
    setup: Setup,
) -> Submission:
    """What the tabs say, whatever kind of file they came from."""
    found = find_tables(grids)
    cover = find_cover(grids)
    stranger = _not_a_units_workbook(found, cover, file)
    if stranger:
        return Submission(source, None, None, None, findings=(*findings, stranger))
    values = _read_cover(cover, file, findings) if cover else {}
    unit = _unit_of(values, setup)
    findings += [*_told_of_unit(unit, cover, file), *_version(values, file)]
    tables = _read_tables(found, file, fonts, findings)
    hold = unit.hold or _first_hold(findings)
    return Submission(source, unit.code, unit.uid, unit.year, values, tables, tuple(findings), hold)


def _not_a_units_workbook(found: Sequence[Found], cover: Cover | None, file: str) -> Finding | None:
    if any("_uid" in table.columns for table in found):
        return Finding("file-is-a-master", Severity.ERROR, Place(file))
    if cover is None or not found:
        return Finding("not-our-template", Severity.ERROR, Place(file))
    return None


def _first_hold(findings: Sequence[Finding]) -> Hold | None:
    """A table that stands twice with different rows cannot be chosen from by a program."""
    return next((Hold(f.code, f.args) for f in findings if f.code == "table-twice"), None)


# --- the cover and the unit ---------------------------------------------------------------------------------------


def _place_of(cover: Cover | None, code: str, file: str) -> Place:
    if cover is None or code not in cover.cells:
        return Place(file, cover.grid.tab if cover else None)
    line, column = cover.cells[code]
    return Place(file, cover.grid.tab, f"{column_letters(column + 1)}{line + 1}")


def _read_cover(cover: Cover, file: str, findings: list[Finding]) -> dict[str, Cell]:
    letters = {column_letters(column + 1) for _, column in cover.cells.values()}
    trouble = trouble_in(cover.grid, letters)
    values: dict[str, Cell] = {}
    for field in COVER_FIELDS:
        if field.code not in cover.cells:
            continue
        line, column = cover.cells[field.code]
        row = cover.grid.rows[line]
        cell = trouble.get((line + 1, column_letters(column + 1))) or (row[column] if column < len(row) else "")
        parsed = parse_column(field, [cell])
        values[field.code] = parsed.values[0]
        # The name is only shown: whose workbook it is, the code says.
        problems = parsed.problems if field.code != "TEN_DON_VI" else []
        place = _place_of(cover, field.code, file)
        findings += [Finding(p.code, p.severity, place, {**p.args, "field": field.label}) for p in problems]
    return values


@dataclass(frozen=True, slots=True)
class _Unit:
    """Whose workbook this is, and for which year; ``uid`` is None when ``hold`` says what has to be settled first."""

    code: str | None
    uid: str | None
    year: int | None
    hold: Hold | None = None


def _unit_of(cover: Mapping[str, Cell], setup: Setup) -> _Unit:
    """The unit by code, key and year of the cover; never by the file's name."""
    code, key, year = (cover.get(name) for name in ("MA_DON_VI", "UID", "NAM"))
    if not isinstance(code, str):
        return _Unit(None, None, None, Hold("unit-missing", {}))
    if not isinstance(year, int):
        return _Unit(code, None, None, Hold("year-missing", {"unit": code}))
    args = {"unit": code, "year": str(year)}
    units = setup.units.find(code, year)
    if not units:
        known = any(unit.code == code for unit in setup.units.units)
        return _Unit(code, None, year, Hold("unit-not-in-year" if known else "unit-unknown", args))
    chosen = [unit for unit in units if unit.uid == key] if key else list(units)
    if not chosen:
        return _Unit(code, None, year, Hold("unit-key-differs", {**args, "key": str(key)}))
    if len(chosen) > 1:
        names = "; ".join(f"{unit.name} ({unit.uid})" for unit in chosen)
        return _Unit(code, None, year, Hold("unit-ambiguous", {**args, "units": names}))
    if not setup.plan.first_year - YEARS_BEFORE <= year <= setup.plan.last_year:
        return _Unit(code, None, year, Hold("year-outside-plan", {**args, "plan": setup.plan.number}))
    return _Unit(code, chosen[0].uid, year)


def _told_of_unit(unit: _Unit, cover: Cover | None, file: str) -> list[Finding]:
    if unit.hold is None:
        return []
    field = "NAM" if unit.hold.code in ("year-missing", "year-outside-plan") else "MA_DON_VI"
    return [Finding(unit.hold.code, Severity.ERROR, _place_of(cover, field, file), unit.hold.args)]


def _version(cover: Mapping[str, Cell], file: str) -> list[Finding]:
    version = cover.get("PHIEN_BAN")
    if version is None or version == TEMPLATE_VERSION:
        return []
    # Codes never change once sent out, so another version is read all the same.
    args = {"version": str(version), "current": TEMPLATE_VERSION}
    return [Finding("template-version-differs", Severity.INFO, Place(file), args)]


# --- the tables ---------------------------------------------------------------------------------------------------


def _read_tables(
    found: Sequence[Found], file: str, fonts: Mapping[str, str], findings: list[Finding]
) -> dict[str, Rows]:
    tables: dict[str, Rows] = {}
    for table in WARD_TABLES:
        candidates = [candidate for candidate in found if candidate.table is table]
        if not candidates:
            findings.append(Finding("table-missing", Severity.ERROR, Place(file), {"table": table.label}))
            continue
        read = [read_rows(candidate, file, fonts) for candidate in candidates]
        filled = [each for each in read if len(each[0])] or read[:1]
        rows, told = filled[0]
        tables[table.code] = rows
        findings += told
        if any(other.columns != rows.columns for other, _ in filled[1:]):
            tabs = "; ".join(candidate.grid.tab for candidate in candidates)
            findings.append(
                Finding("table-twice", Severity.ERROR, Place(file, rows.sheet), {"table": table.label, "tabs": tabs})
            )
    return tables


def read_rows(
    found: Found, file: str, fonts: Mapping[str, str] | None = None, extra: Sequence[Field] = ()
) -> tuple[Rows, list[Finding]]:
    """The rows of a table that was found, blank ones left out; ``extra`` are columns to read besides its own."""
    own = [field for field in found.table.stored if field.code in found.columns]
    fields = [*own, *(field for field in extra if field.code in found.columns)]
    findings = list(_told_of_columns(found, file))
    data = columns_below(found.grid, found.first)
    height = max(0, len(found.grid.rows) - found.first)
    letters = {code: column_letters(number + 1) for code, number in found.columns.items()}
    if not height or not own:
        return Rows(found.table.code, (), {f.code: () for f in fields}, (), file, found.grid.tab, letters), findings
    raw = _raw_columns(found, fields, data, height, letters)
    keep, totals = _filled(raw[: len(own)])
    lines = list(compress(range(found.first + 1, found.first + 1 + height), keep))
    styled = styled_cells(found.grid.xml, fonts) if fonts else {}
    columns: dict[str, tuple[Cell, ...]] = {}
    parsed_columns: list[tuple[Field, Parsed]] = []
    if not all(keep):
        raw = [list(compress(column, keep)) for column in raw]
    for field, column in zip(fields, raw, strict=True):
        parsed = parse_column(field, column, _fonts_of(styled, letters[field.code], lines))
        columns[field.code] = parsed.values
        parsed_columns.append((field, parsed))
    rids = _rids(found, data, keep)
    rows = Rows(found.table.code, rids, columns, tuple(lines), file, found.grid.tab, letters)
    findings += _told_of_cells(rows, parsed_columns)
    for index in totals:
        place = Place(file, rows.sheet, f"A{found.first + 1 + index}")
        findings.append(Finding("total-row", Severity.WARNING, place, {"table": found.table.label}))
    return _without_hollow(rows, [field.code for field in own]), findings


def _raw_columns(
    found: Found, fields: Sequence[Field], data: Sequence[Sequence[object]], height: int, letters: Mapping[str, str]
) -> list[Sequence[object]]:
    places = [found.columns[field.code] for field in fields]
    columns: list[Sequence[object]] = [data[place] if place < len(data) else ("",) * height for place in places]
    place = {letters[field.code]: n for n, field in enumerate(fields)}
    for (line, column), trouble in trouble_in(found.grid, place.keys()).items():
        index, number = line - 1 - found.first, place[column]
        if 0 <= index < height:
            changed = list(columns[number])
            changed[index] = trouble
            columns[number] = changed
    return columns


def _filled(raw: Sequence[Sequence[object]]) -> tuple[list[bool], list[int]]:
    """Which rows hold anything of their own, and which of the last ones are totals that somebody put below.

    Row ids and formulas stand in empty rows too, so they do not count.
    """
    blank = ("",) * len(raw)
    if any("" not in column for column in raw):
        keep = [True] * len(raw[0])
    else:
        keep = [row != blank for row in zip(*raw, strict=True)]
    totals = []
    for index in list(compress(range(len(keep)), keep))[-3:]:
        words = next((column[index] for column in raw if column[index] != ""), "")
        if isinstance(words, str) and fold(words).rstrip(": ") in TOTALS:
            keep[index] = False
            totals.append(index)
    return keep, totals


def _fonts_of(styled: Mapping[Position, str], letters: str, lines: Sequence[int]) -> dict[int, str] | None:
    if not styled:
        return None
    return {index: styled[line, letters] for index, line in enumerate(lines) if (line, letters) in styled} or None


def _rids(found: Found, data: Sequence[Sequence[object]], keep: Sequence[bool]) -> tuple[str, ...]:
    number = found.columns.get(RID)
    if number is None:
        return ("",) * sum(keep)
    cells = compress(data[number], keep) if number < len(data) else [""] * sum(keep)
    return tuple([cell.strip() if type(cell) is str else "" for cell in cells])


def _without_hollow(rows: Rows, own: Sequence[str]) -> Rows:
    """Leave out rows whose cells held nothing but blanks that nobody sees."""
    if any(None not in rows.columns[code] for code in own):
        return rows
    blank = (None,) * len(own)
    keep = [row != blank for row in zip(*(rows.columns[code] for code in own), strict=True)]
    if all(keep):
        return rows
    columns = {code: tuple(compress(column, keep)) for code, column in rows.columns.items()}
    rids, lines = tuple(compress(rows.rids, keep)), tuple(compress(rows.lines, keep))
    return Rows(rows.table, rids, columns, lines, rows.file, rows.sheet, rows.letters)


# --- what people are told -----------------------------------------------------------------------------------------


def _told_of_columns(found: Found, file: str) -> Iterator[Finding]:
    label, tab = found.table.label, found.grid.tab
    header = found.first

    def at(number: int) -> Place:
        return Place(file, tab, f"{column_letters(number + 1)}{header}")

    if found.by_header:
        yield Finding("table-by-header", Severity.INFO, Place(file, tab), {"table": label})
    for number, text in found.unknown.items():
        yield Finding("column-unknown", Severity.INFO, at(number), {"header": text, "table": label})
    by_code = found.table.by_code
    for code in found.renamed:
        if code in by_code:
            args = {"header": by_code[code].label, "table": label}
            yield Finding("column-by-header", Severity.INFO, at(found.columns[code]), args)
    for code in found.doubled:
        if code in by_code:
            args = {"header": by_code[code].label, "table": label}
            yield Finding("column-twice", Severity.ERROR, Place(file, tab), args)
    for field in found.table.stored:
        if field.code not in found.columns and field.code not in found.doubled:
            args = {"header": header_of(field), "table": label}
            yield Finding("column-missing", Severity.ERROR, Place(file, tab), args)


def _told_of_cells(rows: Rows, parsed_columns: Sequence[tuple[Field, Parsed]]) -> Iterator[Finding]:
    for field, parsed in parsed_columns:
        for problem in parsed.problems:
            place = Place(rows.file, rows.sheet, rows.cell_of(problem.index, field.code))
            yield Finding(problem.code, problem.severity, place, {**problem.args, "field": field.label})
        if field.kind is not Kind.TEXT:
            continue
        for index in identity_numbers(parsed.values):
            place = Place(rows.file, rows.sheet, rows.cell_of(index, field.code))
            yield Finding("personal-data-in-text", Severity.WARNING, place, {"field": field.label})


def unread_cells(rows: Rows) -> int:
    """How many cells of these rows could not be read."""
    return sum(column.count(UNREAD) for column in rows.columns.values())
