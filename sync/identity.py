"""Telling which row is which: hidden row id, then the natural key where it is unique, then a new row.

Likeness never decides. A copied id stays with the row closest to what was sent last time; copies become new rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from xl_ctd.core.findings import Finding, Place, Severity
from xl_ctd.core.records import Cell, Rows
from xl_ctd.core.rids import TAIL, is_ours, mint
from xl_ctd.core.tables import Table
from xl_ctd.core.text import fold


def settle(
    table: Table,
    base: Rows,
    ours: Rows,
    theirs: Rows,
    uid: str,
    code: str,
    predecessor_codes: Iterable[str],
    year: int,
) -> tuple[Rows, list[Finding]]:
    """The same rows with every row id set, unique and this unit's own; findings say which were mended and how."""
    codes = (code, *predecessor_codes)
    rids = theirs.rids
    if len(set(rids)) == len(rids) and {rid[:-TAIL] for rid in rids} <= set(codes):
        return theirs, []  # the usual case, at the speed of a set: every id there, unique, ours
    findings: list[Finding] = []
    known = {*base.rids, *ours.rids}
    chosen: list[str] = [""] * len(rids)
    closest = _closest_copies(table, base, theirs)
    doubled = {rid for rid, times in Counter(rids).items() if rid and times > 1}
    for n, rid in enumerate(rids):
        if rid in doubled and closest.get(rid, n) != n:
            findings.append(_tell(table, theirs, n, "row-id-copied", Severity.INFO))
        elif rid in known or any(is_ours(rid, one) for one in codes):
            chosen[n] = rid
        elif rid:
            findings.append(_tell(table, theirs, n, "row-id-foreign", Severity.WARNING))
    taken = set(chosen) | known
    waiting = _by_natural_key(table, base, ours, set(chosen))
    for n, key in enumerate(_natural_keys(table, theirs)):
        if chosen[n]:
            continue
        restored = waiting.pop(key, "") if not rids[n] else ""
        chosen[n] = restored or _new_rid(table, theirs, n, key, uid, code, year, taken)
        taken.add(chosen[n])
    return replace(theirs, rids=tuple(chosen)), findings


def _closest_copies(table: Table, base: Rows, theirs: Rows) -> dict[str, int]:
    """For every id that stands on several rows: the row that agrees most with base; the first where none does."""
    places: dict[str, list[int]] = {}
    for n, rid in enumerate(theirs.rids):
        if rid:
            places.setdefault(rid, []).append(n)
    at = {rid: n for n, rid in enumerate(base.rids)}
    chosen: dict[str, int] = {}
    for rid, rows in places.items():
        if len(rows) == 1:
            continue
        before = base.row(at[rid]) if rid in at else {}
        agreement = [sum(theirs.column(code)[n] == value for code, value in before.items()) for n in rows]
        chosen[rid] = rows[agreement.index(max(agreement))]
    return chosen


def _by_natural_key(table: Table, base: Rows, ours: Rows, used: set[str]) -> dict[tuple[str, ...], str]:
    """Natural keys of known rows that nobody claims yet, where they are unique."""
    found: dict[tuple[str, ...], set[str]] = {}
    for rows in (base, ours):
        for rid, key in zip(rows.rids, _natural_keys(table, rows), strict=True):
            if rid not in used and all(key):
                found.setdefault(key, set()).add(rid)
    return {key: next(iter(rids)) for key, rids in found.items() if len(rids) == 1}


def _natural_keys(table: Table, rows: Rows) -> list[tuple[str, ...]]:
    columns = [[_folded(value) for value in rows.column(code)] for code in table.natural_key]
    return list(zip(*columns, strict=True))


def _folded(value: Cell) -> str:
    return fold(value) if isinstance(value, str) else "" if value is None else str(value)


def _new_rid(
    table: Table, theirs: Rows, index: int, key: tuple[str, ...], uid: str, code: str, year: int, taken: set[str]
) -> str:
    """A derived id: the same new row gets the same id wherever and whenever it is merged."""
    name = "/".join(key) if all(key) else "/".join(map(str, theirs.row(index).values()))
    for copy in range(len(taken) + 1):
        rid = mint(code, uid, table.code, f"{year}/{name}/{copy}")
        if rid not in taken:
            return rid
    raise AssertionError("there are more ids than rows")


def _tell(table: Table, rows: Rows, index: int, code: str, severity: Severity) -> Finding:
    place = Place(rows.file, rows.sheet, rows.cell_of(index, table.natural_key[0]))
    return Finding(code, severity, place, {"row": str(rows.lines[index])})
