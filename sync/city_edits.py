"""What the city office changed in the master between two merges, laid over what the ledger holds.

The master on disk was written from one version of the ledger. Whatever differs from that version now was changed by
the office, and it stands: a row typed, a cell corrected, a row deleted. Pure.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from xl_ctd.core.records import UNREAD, Rows
from xl_ctd.core.submissions import UnitYear
from xl_ctd.core.tables import BY_CODE


def overlay(written: UnitYear, found: UnitYear, current: UnitYear) -> UnitYear:
    """``current`` with the office's edits: the difference between what was ``written`` and what is ``found``.

    Usually ``written`` is ``current`` and the answer holds what was found. A cell that cannot be read keeps its
    value. A row the office deleted stays only when a unit changed it after the master had been written.
    """
    codes = dict.fromkeys((*current.tables, *found.tables, *written.tables))
    tables = {
        code: _overlay_table(written.table(code), found.table(code), current.table(code))
        for code in codes
        if code in BY_CODE
    }
    return replace(current, tables={code: rows for code, rows in tables.items() if len(rows)})


def _overlay_table(written: Rows, found: Rows, current: Rows) -> Rows:
    codes = [item.code for item in BY_CODE[current.table].stored]
    was, now, held = (_rows_by_id(rows, codes) for rows in (written, found, current))
    if was == now:
        return current
    line_of = dict(zip(current.rids, current.lines, strict=True))
    kept: list[tuple[str, tuple[Any, ...]]] = []
    for rid in dict.fromkeys((*current.rids, *found.rids)):
        row = _overlay_row(was.get(rid), now.get(rid), held.get(rid))
        if row is not None:
            kept.append((rid, row))
    columns = zip(*(values for _, values in kept), strict=True) if kept else ((),) * len(codes)
    return Rows(
        current.table,
        tuple(rid for rid, _ in kept),
        dict(zip(codes, columns, strict=True)),
        tuple(line_of.get(rid, 0) for rid, _ in kept),
        current.file,
        current.sheet,
        current.letters,
    )


def _overlay_row(
    was: tuple[Any, ...] | None, now: tuple[Any, ...] | None, held: tuple[Any, ...] | None
) -> tuple[Any, ...] | None:
    if now is None:
        return held if was is None or held != was else None
    if was is None:
        return _readable(now, held or (None,) * len(now))
    if held is None:
        return None if now == was else _readable(now, was)
    return tuple(
        after if after is not UNREAD and after != before else value
        for before, after, value in zip(was, now, held, strict=True)
    )


def _readable(row: tuple[Any, ...], instead: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(old if value is UNREAD else value for value, old in zip(row, instead, strict=True))


def _rows_by_id(rows: Rows, codes: list[str]) -> dict[str, tuple[Any, ...]]:
    columns = [rows.column(code) for code in codes]
    return dict(zip(rows.rids, zip(*columns, strict=True), strict=True)) if len(rows) else {}
