"""Finding tables and the cover wherever people moved them: by the hidden code row, else by the headers.

Nothing depends on a tab's name, a column's place or the number of rows above a table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

from workbooks.grids import Grid, texts
from workbooks.layouts import COVER_PREFIX, MASTER_AFTER, MASTER_BEFORE, RID
from xl_ctd.core.tables import BY_CODE, COVER, Table
from xl_ctd.core.text import fold

SEARCHED_LINES = 40
"""A code row or header further down than this is not found."""
ENOUGH_HEADERS = 0.6
"""Without a code row a table is recognised by this share of its required headers …"""
FEWEST_HEADERS = 4
"""… and by so many headers at all, one less in a table that hardly has more: "Tên" and "Loại" say nothing."""
OURS = {code for code, _ in (*MASTER_BEFORE, *MASTER_AFTER)} | {RID}


@dataclass(slots=True)
class Found:
    """A table on a tab. ``columns`` maps field codes to column numbers from 0; ``first`` is the first data row, from 0.

    ``unknown`` are headed columns that no field claims, ``doubled`` the fields that two columns claim, ``renamed``
    the fields whose code was gone and that were found by their header; ``by_header``: there was no code row at all.
    """

    table: Table
    grid: Grid
    columns: dict[str, int]
    first: int
    unknown: dict[int, str] = field(default_factory=dict)
    doubled: tuple[str, ...] = ()
    renamed: tuple[str, ...] = ()
    by_header: bool = False


@cache
def _coded() -> dict[str, tuple[str, str]]:
    """``QUY.SO_TIEN`` → table and field."""
    return {
        f"{table.code}.{code}": (table.code, code)
        for table in BY_CODE.values()
        for code in (*(field.code for field in table.fields), *OURS)
    }


@cache
def _headed(table: str) -> dict[str, str]:
    """Folded header → field; a header that two fields share names neither."""
    labels = [(fold(field.label), field.code) for field in BY_CODE[table].fields]
    labels += [(RID, RID), *((fold(label), code) for code, label in MASTER_BEFORE)]
    known = [label for label, _ in labels]
    return {label: code for label, code in labels if known.count(label) == 1}


@lru_cache(4096)
def header_key(text: str) -> str:
    """What is compared of a header: no case, no marks, no star for "required".

    >>> header_key("Số  tiền *"), header_key("SỐ TIỀN")
    ('so tien', 'so tien')
    """
    return fold(text.replace("*", " "))


def find_tables(grids: Sequence[Grid]) -> list[Found]:
    """Every table of every tab, in the order of the tabs; one table may be found twice."""
    found, coded = [], set()
    for grid in grids:
        for table in _by_codes(grid):
            found.append(table)
            coded.add(grid.tab)
    missing = [table for table in BY_CODE.values() if all(table is not f.table for f in found)]
    for grid in grids:
        if grid.tab not in coded and missing and (table_found := _by_headers(grid, missing)):
            found.append(table_found)
    return found


def _by_codes(grid: Grid) -> Iterator[Found]:
    codes = _coded()
    known = codes.keys()
    for line, row in enumerate(grid.rows[:SEARCHED_LINES]):
        if known.isdisjoint(row):
            continue
        places: dict[str, list[tuple[str, int]]] = {}
        for number, cell in enumerate(row):
            if isinstance(cell, str) and cell in codes:
                table, code = codes[cell]
                places.setdefault(table, []).append((code, number))
        for table, cells in places.items():
            yield _settle(BY_CODE[table], grid, line, cells)
        return


def _settle(table: Table, grid: Grid, line: int, cells: list[tuple[str, int]]) -> Found:
    named = [code for code, _ in cells]
    columns = dict(reversed(cells))
    doubled = tuple(dict.fromkeys(code for code in named if named.count(code) > 1 and code != RID))
    header = _header_line(table, grid, line)
    found = Found(table, grid, columns, (line if header is None else header) + 1, doubled=doubled)
    if header is not None:
        _look_at_headers(found, grid.rows[header], {number for _, number in cells})
    for code in doubled:
        del columns[code]
    return found


def _header_line(table: Table, grid: Grid, line: int) -> int | None:
    """The header row below the code row: the first of ten with some known headers; else the next row when all text.

    None when the headers are gone and data follow at once.
    """
    known = _headed(table.code).keys()
    for number in range(line + 1, min(line + 11, len(grid.rows))):
        headers = {header_key(text) for text in texts(grid.rows[number]) if text}
        if len(headers & known) >= max(2, len(known) // 4):
            return number
    if line + 1 >= len(grid.rows):
        return None
    below = [cell for cell in grid.rows[line + 1] if cell != ""]
    return line + 1 if below and all(isinstance(cell, str) for cell in below) else None


def _look_at_headers(found: Found, headers: Sequence[object], claimed: Collection[int]) -> None:
    """Find the fields whose code was wiped out, and the columns that are not ours."""
    by_header = _headed(found.table.code)
    for number, text in enumerate(texts(headers)):
        if number in claimed or not text.strip():
            continue
        code = by_header.get(header_key(text))
        if code and code not in found.columns and code not in found.doubled:
            found.columns[code] = number
            found.renamed += (code,)
        else:
            found.unknown[number] = text.strip()


def _by_headers(grid: Grid, missing: list[Table]) -> Found | None:
    """The table whose required headers stand on this tab, when enough of them do."""
    best: tuple[float, int, Found] | None = None
    for line, row in enumerate(grid.rows[:SEARCHED_LINES]):
        keys = [header_key(text) if text else "" for text in texts(row)]
        if sum(map(bool, keys)) < 2:
            continue
        for table in missing:
            headed = _headed(table.code)
            cells = [(headed[key], number) for number, key in enumerate(keys) if key in headed]
            required = {field.code for field in table.fields if field.required}
            share = len(required & {code for code, _ in cells}) / len(required)
            fewest = min(FEWEST_HEADERS, len(table.fields) - 1)
            if share < ENOUGH_HEADERS or len(cells) < fewest or (best and (share, len(cells)) <= best[:2]):
                continue
            found = Found(table, grid, dict(reversed(cells)), line + 1, by_header=True)
            _look_at_headers(found, row, found.columns.values())
            best = share, len(cells), found
    return best[2] if best else None


# --- the cover ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cover:
    """The cover's tab and, for each field, the line and column (from 0) of its value."""

    grid: Grid
    cells: dict[str, tuple[int, int]]


_COVER_CODES = {f"{COVER_PREFIX}.{field.code}": field.code for field in COVER}
_COVER_LABELS = {fold(field.label): field.code for field in COVER}


def find_cover(grids: Sequence[Grid]) -> Cover | None:
    """The cover by its hidden codes, else by the labels of at least the unit's code and the year."""
    for grid in grids:
        cells: dict[str, tuple[int, int]] = {}
        for line, row in enumerate(grid.rows[: 2 * SEARCHED_LINES]):
            for number, cell in enumerate(row):
                if isinstance(cell, str) and cell in _COVER_CODES:
                    cells.setdefault(_COVER_CODES[cell], (line, _value_column(row, number)))
        if cells:
            return Cover(grid, cells)
    for grid in grids:
        cells = {}
        for line, row in enumerate(grid.rows[: 2 * SEARCHED_LINES]):
            for number, text in enumerate(texts(row)):
                code = _COVER_LABELS.get(header_key(text.rstrip(" :"))) if text else None
                if code:
                    cells.setdefault(code, (line, number + 1))
        if {"MA_DON_VI", "NAM"} <= cells.keys():
            return Cover(grid, cells)
    return None


def _value_column(row: Sequence[object], code_column: int) -> int:
    """The value stands right of its label; where the label was changed, two columns left of the code."""
    for number, text in enumerate(texts(row[:code_column])):
        if text and header_key(text.rstrip(" :")) in _COVER_LABELS:
            return number + 1
    return max(code_column - 2, 0)
