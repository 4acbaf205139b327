"""What Google answers to a read, as a snapshot: values as they count, columns by the names that survive renaming,
personal columns left out before anything is kept.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import orjson

from sync.encoding import digest_of
from workbooks.find_tables import SEARCHED_LINES, header_key
from workbooks.layouts import CODE_ROW, COVER_PREFIX, COVER_TAB, META_TAB, RESULT_TAB, column_letters
from workbooks.snapshots import EPOCH, NOT_CALCULATED, Plain, Snapshot, Tab
from xl_ctd.core.tables import COVER, WARD_TABLES
from xl_ctd.core.text import fold

FEEDBACK_TAB = "Phản hồi"
TOLD = (FEEDBACK_TAB, RESULT_TAB)
OURS = frozenset({*TOLD, META_TAB})
"""Tabs that the service writes; what stands there is never read back."""
FIELD_KEY = "ctd-field"
"""Developer metadata of a column: ``QUY.SO_TIEN``. It stays with the column when people rename, move or insert."""

ERRORS = {
    "NULL_VALUE": "#NULL!",
    "DIVIDE_BY_ZERO": "#DIV/0!",
    "VALUE": "#VALUE!",
    "REF": "#REF!",
    "NAME": "#NAME?",
    "NUM": "#NUM!",
    "N_A": "#N/A",
    "LOADING": NOT_CALCULATED,
}
FARTHEST_SERIAL = 2_958_465
"""31/12/9999: a number formatted as a date beyond is no day."""

PERSONAL_WORDS = (
    frozenset(fold(field.label) for table in WARD_TABLES for field in table.fields if field.personal)
    | frozenset(fold(field.label) for field in COVER if field.personal)
    | {
        fold(text)
        for text in ("Họ và tên", "CCCD", "Số CCCD", "CMND", "Căn cước", "Căn cước công dân", "Số điện thoại")
    }
)
"""Headers of what must not stand in a shared sheet, folded."""
PERSONAL_CODES = frozenset(
    f"{table.code}.{field.code}" for table in WARD_TABLES for field in table.fields if field.personal
)


def snapshot_of(answer: Mapping[str, Any], unit: str) -> Snapshot:
    """The snapshot of one answer; ``unit`` is the key of the unit whose sheet it is listed as, "" for none."""
    properties = answer.get("properties", {})
    tabs, refused = [], []
    for sheet in answer.get("sheets", ()):
        title = unicodedata.normalize("NFC", sheet.get("properties", {}).get("title", ""))
        if title in OURS:
            continue
        rows, names = _cells(sheet.get("data", ()))
        _put_names(rows, names)
        refused += _leave_out_personal(title, rows)
        tabs.append(Tab(title, _trimmed(rows)))
    spreadsheet = str(answer.get("spreadsheetId", ""))
    return Snapshot(spreadsheet, unit, str(properties.get("locale", "")), tuple(tabs), tuple(refused))


def told_in(answer: Mapping[str, Any]) -> str:
    """Names what stands in the tabs that the service writes, as ``told_by`` names what it would write."""
    tabs = {}
    for sheet in answer.get("sheets", ()):
        title = sheet.get("properties", {}).get("title", "")
        if title in TOLD:
            tabs[title] = _cells(sheet.get("data", ()))[0]
    return told_by(tabs)


def told_by(tabs: Mapping[str, Sequence[Sequence[Plain]]]) -> str:
    """A name for the words in the service's tabs: the same name, nothing to write."""
    rows = {title: _trimmed([[cell or None for cell in row] for row in tabs[title]]) for title in sorted(tabs)}
    return digest_of(orjson.dumps(rows))


def _cells(blocks: Sequence[Mapping[str, Any]]) -> tuple[list[list[Plain]], dict[int, str]]:
    """The rows from A1 on, and column → field by developer metadata."""
    rows: list[list[Plain]] = []
    names: dict[int, str] = {}
    for block in blocks:
        top, left = block.get("startRow", 0), block.get("startColumn", 0)
        for offset, row in enumerate(block.get("rowData", ())):
            values = [_plain(cell) for cell in row.get("values", ())]
            while len(rows) <= top + offset:
                rows.append([])
            line = rows[top + offset]
            line += [None] * (left - len(line))
            line[left : left + len(values)] = values
        for offset, column in enumerate(block.get("columnMetadata", ())):
            for entry in column.get("developerMetadata", ()):
                if entry.get("metadataKey") == FIELD_KEY:
                    names[left + offset] = entry.get("metadataValue", "")
    width = max((len(row) for row in rows), default=0)
    return [[*row, *([None] * (width - len(row)))] for row in rows], names


def _plain(cell: Mapping[str, Any]) -> Plain:
    """One cell: the value that counts, a formula's result, a day where the format shows a day."""
    value = cell.get("effectiveValue", {})
    if "numberValue" in value:
        number = float(value["numberValue"])
        return _moment(number, cell.get("effectiveFormat", {}).get("numberFormat", {}).get("type", ""))
    if "errorValue" in value:
        return {"error": ERRORS.get(value["errorValue"].get("type", ""), "#ERROR!")}
    if "boolValue" in value:
        return bool(value["boolValue"])
    text = value.get("stringValue")
    return text or None


def _moment(number: float, kind: str) -> Plain:
    if kind == "TIME":
        return {"time": number}
    if kind not in ("DATE", "DATE_TIME") or not 0 <= number <= FARTHEST_SERIAL:
        return number
    moment = EPOCH + timedelta(days=number)
    return {"date": (moment.date() if number.is_integer() else moment.replace(microsecond=0)).isoformat()}


def _put_names(rows: list[list[Plain]], names: Mapping[int, str]) -> None:
    """Let the columns' own names speak where the code row was typed over, wiped or copied.

    Where the row itself is gone, the headers have to do: nothing may move.
    """
    if not names or not rows:
        return
    known = set(names.values())
    lines = [n for n, row in enumerate(rows[:SEARCHED_LINES]) if known & {c for c in row if isinstance(c, str)}]
    blank = len(rows) >= CODE_ROW and not any(rows[CODE_ROW - 1])
    line = lines[0] if lines else CODE_ROW - 1 if blank else None
    if line is None:
        return
    width = max(len(rows[0]), max(names) + 1)
    for row in rows:
        row += [None] * (width - len(row))
    for number, cell in enumerate(rows[line]):
        if number in names:
            rows[line][number] = names[number]
        elif cell in known:
            rows[line][number] = None  # a copied column: the one it was copied from has the name


def _leave_out_personal(title: str, rows: list[list[Plain]]) -> list[tuple[str, str, str]]:
    """Blank every column below a personal header or code; on the cover, what stands right of a personal label."""
    is_cover = title == COVER_TAB or any(
        isinstance(cell, str) and cell.startswith(f"{COVER_PREFIX}.") for row in rows[:SEARCHED_LINES] for cell in row
    )
    told: list[tuple[str, str, str]] = []
    for line, row in enumerate(rows[:SEARCHED_LINES]):
        for number, cell in enumerate(row):
            if not isinstance(cell, str) or not _is_personal(cell):
                continue
            if is_cover:
                wiped = [(line, n) for n in range(number + 1, len(row)) if row[n] is not None]
            else:
                wiped = [(n, number) for n in range(line + 1, len(rows)) if rows[n][number] is not None]
            for at, column in wiped:
                rows[at][column] = None
            if wiped:
                told.append((title, f"{column_letters(number + 1)}{line + 1}", cell))
    return told


def _is_personal(text: str) -> bool:
    return text in PERSONAL_CODES or header_key(text.rstrip(" :")) in PERSONAL_WORDS


def _trimmed(rows: list[list[Plain]]) -> list[list[Plain]]:
    """Without the blank rows and cells at the end: a sheet's own size says nothing."""
    kept = []
    for row in rows:
        last = max((n for n, cell in enumerate(row) if cell is not None), default=-1)
        kept.append(row[: last + 1])
    while kept and not kept[-1]:
        kept.pop()
    return kept
