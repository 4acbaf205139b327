"""A ward's Google Sheet as it was read once: a small file of our own that is read like a workbook.

Its bytes are its content and nothing else, neither the moment nor a revision: the same cells give the same digest.
A cell is text, a number, true or false, nothing, or one of ``{"date": "2024-03-05"}``, ``{"time": 0.5}``,
``{"error": "#REF!"}``. Personal columns were left out before it was written; ``refused`` says which.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import orjson

from workbooks.grids import Grid, Trouble
from workbooks.layouts import column_letters
from xl_ctd.core.findings import Finding, Place, Severity

SUFFIX = ".ctdsheet"
MARK = b'{"ctd_sheet":1,'
"""How every such file begins; no workbook does."""

EPOCH = datetime(1899, 12, 30)
NOT_CALCULATED = "…"
"""Stands in ``error`` for a formula that Google had not finished."""

Plain = str | float | bool | None | dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab from A1 on, rows of equal length."""

    title: str
    rows: Sequence[Sequence[Plain]]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """``spreadsheet`` is Google's id; ``unit`` the key of the unit it is listed for, "" when for none. ``refused`` are
    the personal columns that were left out: tab, cell of the header, header."""

    spreadsheet: str
    unit: str
    locale: str
    tabs: tuple[Tab, ...]
    refused: tuple[tuple[str, str, str], ...] = ()


def is_snapshot(data: bytes) -> bool:
    """Is this one of our files rather than a workbook?"""
    return data.startswith(MARK)


def pack(snapshot: Snapshot) -> bytes:
    """The file of a snapshot; equal snapshots give equal bytes."""
    content = {
        "ctd_sheet": 1,
        "spreadsheet": snapshot.spreadsheet,
        "unit": snapshot.unit,
        "locale": snapshot.locale,
        "refused": snapshot.refused,
        "tabs": [{"title": tab.title, "rows": tab.rows} for tab in snapshot.tabs],
    }
    return orjson.dumps(content)


def unpack(data: bytes) -> Snapshot:
    """The snapshot of a file. Raises ``ValueError`` for a file that is damaged."""
    try:
        content: dict[str, Any] = orjson.loads(data)
        tabs = tuple(Tab(tab["title"], tab["rows"]) for tab in content["tabs"])
        refused = tuple((tab, cell, header) for tab, cell, header in content["refused"])
        return Snapshot(content["spreadsheet"], content["unit"], content["locale"], tabs, refused)
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError("not a snapshot") from error


def grids_of(snapshot: Snapshot) -> list[Grid]:
    """The tabs as the reader of workbooks wants them: equal cells, equal values."""
    grids = []
    for tab in snapshot.tabs:
        errors = {
            (line, column_letters(number)): _trouble(cell["error"])
            for line, row in enumerate(tab.rows, 1)
            for number, cell in enumerate(row, 1)
            if isinstance(cell, dict) and "error" in cell
        }
        width = max((len(row) for row in tab.rows), default=0)
        rows = [[*map(_value, row), *([""] * (width - len(row)))] for row in tab.rows]
        if rows:
            grids.append(Grid(unicodedata.normalize("NFC", tab.title), rows, ods_errors=errors))
    return grids


def told_of(snapshot: Snapshot, file: str) -> list[Finding]:
    """What people should hear of the sheet as a whole: personal columns, and a country whose dates read differently."""
    findings = [
        Finding("sheet-personal-column", Severity.ERROR, Place(file, tab, cell), {"header": header})
        for tab, cell, header in snapshot.refused
    ]
    if snapshot.locale and not snapshot.locale.startswith("vi"):
        findings.append(Finding("sheet-other-country", Severity.WARNING, Place(file), {"locale": snapshot.locale}))
    return findings


def _trouble(text: str) -> Trouble:
    return Trouble("formula-without-value", "") if text == NOT_CALCULATED else Trouble("cell-error", text)


def _value(cell: Plain) -> object:
    """A cell as the parser of Excel workbooks would give it."""
    if cell is None:
        return ""
    if isinstance(cell, bool | str):
        return cell
    if isinstance(cell, int | float):
        return float(cell)
    if "date" in cell:
        text = cell["date"]
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    if "time" in cell:
        moment = EPOCH + timedelta(days=cell["time"])
        return moment.time() if 0 <= cell["time"] < 1 else timedelta(days=cell["time"])
    return ""
