"""Which spreadsheet belongs to which unit: the links in the master's ``Đơn vị``."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from sync.google.state import LINK
from workbooks.emit import Written
from workbooks.layouts import MASTER_CODE_ROW
from workbooks.setup_tables import UNITS
from workbooks.write import TableBody, patch_workbook
from xl_ctd.core.findings import Finding, Place, Severity
from xl_ctd.core.setup import Setup

_ID = re.compile(r"/spreadsheets/(?:u/\d+/)?d/([A-Za-z0-9_-]{20,})|^([A-Za-z0-9_-]{20,})$")
MOST_LINKS = 2
"""A unit's cell holds this year's sheet and last year's, which is still corrected in January."""


@dataclass(frozen=True, slots=True)
class Links:
    """Spreadsheet → key of the unit it is listed for, in the units' order; what could not be used, as findings."""

    units: Mapping[str, str]
    findings: tuple[Finding, ...]


def ids_in(text: str) -> tuple[str, ...]:
    """The ids of the spreadsheets that a cell names.

    >>> ids_in("https://docs.google.com/spreadsheets/d/1AbCdEfGhIjKlMnOpQrStUvWxYz012/edit#gid=0")
    ('1AbCdEfGhIjKlMnOpQrStUvWxYz012',)
    """
    found = (_ID.search(part) for part in text.replace(";", " ").split())
    return tuple(match[1] or match[2] for match in found if match)


def links_of(setup: Setup, master: str) -> Links:
    """Every spreadsheet that the master lists. One that two units claim is nobody's until that is settled."""
    claimed: dict[str, list[str]] = {}
    findings = []
    for unit in setup.units.units:
        ids = ids_in(unit.sheet)
        if unit.sheet.strip() and not ids:
            where = Place(master, UNITS.tab)
            findings.append(Finding("sheet-link-unreadable", Severity.ERROR, where, {"text": unit.sheet[:60]}))
        for one in ids:
            claimed.setdefault(one, []).append(unit.uid)
    for uids in claimed.values():
        if len(uids) > 1:
            names = ", ".join(setup.units.by_uid[uid].name for uid in uids)
            findings.append(Finding("sheet-link-twice", Severity.ERROR, Place(master, UNITS.tab), {"units": names}))
    return Links({one: uids[0] for one, uids in claimed.items() if len(uids) == 1}, tuple(findings))


def write_links(master: Path, new: Mapping[str, str], gone: Collection[str] = ()) -> int:
    """Put each unit's new spreadsheet first in its cell of ``Đơn vị`` and take out those that are gone; how many cells
    changed.

    Every other cell of the table keeps what it holds. Raises ``WriteRefused``; then the master is untouched.
    """
    with CalamineWorkbook.from_path(str(master)) as book:
        rows = book.get_sheet_by_name(UNITS.tab).to_python(skip_empty_area=False)
    first = next((n for n, row in enumerate(rows[:30]) if f"{UNITS.code}.UID" in row), MASTER_CODE_ROW - 1)
    codes = [str(cell).removeprefix(f"{UNITS.code}.") for cell in rows[first]]
    body = [row for row in rows[first + 2 :] if any(cell != "" for cell in row)]
    columns = {code: [_written(row[codes.index(code)]) for row in body] for code in UNITS.codes if code in codes}
    before = list(columns["LIEN_KET"])
    columns["LIEN_KET"] = [
        _with_link(str(cell or ""), new.get(str(uid)), gone) for uid, cell in zip(columns["UID"], before, strict=True)
    ]
    changed = sum(old != now for old, now in zip(before, columns["LIEN_KET"], strict=True))
    if changed:
        patch_workbook(master, master, tables={UNITS.name: TableBody.of(columns, row_key=("UID",))})
    return changed


def _written(cell: Any) -> Written:
    return None if cell == "" else cell


def _with_link(text: str, spreadsheet: str | None, gone: Collection[str]) -> str | None:
    if spreadsheet is None or spreadsheet in ids_in(text):
        return text or None
    kept = [LINK.format(id=one) for one in ids_in(text) if one not in gone][: MOST_LINKS - 1]
    return " ".join([LINK.format(id=spreadsheet), *kept])
