"""The door in front of the parsers: hostile or hopeless files stop here with one clear finding.

The parser behind it is fast but trusts its input: a single value in a far corner makes it allocate the whole grid
and abort the process. So every part is inflated here under a limit counted on real bytes, and what is dangerous to
parse is looked for in those bytes. Sheets that need no parser (``usual_sheets.py``) are read instead.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

from isal import isal_zlib
from lxml import etree

from workbooks.layouts import column_letters, column_number
from workbooks.usual_sheets import UsualSheet, usual_book
from xl_ctd.core.findings import Finding, Place, Severity

MEGABYTE = 1 << 20
RATIO_LIMIT, RATIO_FROM = 400, 8 * MEGABYTE
"""Rows of a worksheet deflate 10 to 100 times; only a bomb is near deflate's own limit of 1,032."""
PARTS_LIMIT = 2_000
EMPTY_ROWS = 20_000
"""From this many formatted rows on, nearly all of them empty, people are told to clear the formats."""

Kind = Literal["xlsx", "ods"]

OLE, ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK"
ODS_MIMETYPE = b"application/vnd.oasis.opendocument.spreadsheet"

INNOCENT_EXTRAS: tuple[tuple[str, str, Severity], ...] = (
    ("vbaproject", "workbook-has-macros", Severity.INFO),
    ("macrosheets/", "workbook-has-macros", Severity.INFO),
    ("activex/", "workbook-has-embeddings", Severity.INFO),
    ("embeddings/", "workbook-has-embeddings", Severity.INFO),
    ("externallinks/", "workbook-has-links", Severity.WARNING),
    ("connections.xml", "workbook-has-connections", Severity.WARNING),
    ("querytables/", "workbook-has-connections", Severity.WARNING),
)
"""Parts that could act in Excel. Nothing of them is run or fetched here: the values are read and people are told."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken in: bytes of the file, bytes of all parts inflated, cells between A1 and the farthest value.

    The parser allocates all those cells, 24 bytes each, and Python again.
    """

    file: int
    inflated: int
    grid: int


UNIT_LIMITS = Limits(64 * MEGABYTE, 400 * MEGABYTE, 4_000_000)
"""A ward's workbook is about 0.1 MB; one with a million formatted empty rows, which is innocent, about 25 MB."""
MASTER_LIMITS = Limits(256 * MEGABYTE, 2_000 * MEGABYTE, 40_000_000)
"""A master is the office's own and may hold a million rows."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A workbook that may be parsed. ``parts`` are the inflated parts under their own names, ``tabs`` the parts of the
    tabs of an Excel workbook, ``sheets`` the parts that needed no parser and were read on the way."""

    name: str
    kind: Kind
    data: bytes
    parts: Mapping[str, bytes]
    findings: tuple[Finding, ...] = ()
    tabs: Mapping[str, str] = field(default_factory=dict)
    sheets: Mapping[str, UsualSheet] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """What identifies the content: SHA-256 of the file's bytes, its first 32 hexadecimal digits."""
        return hashlib.sha256(self.data).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that is not parsed at all, and why. A lock file of an open workbook is refused as mere information."""

    finding: Finding


_PROLOG = re.compile(rb"(?:\xef\xbb\xbf|\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
"""What may stand before a document's first real tag; a DOCTYPE can only come right after it."""


class _Stop(Exception):
    """Refuse the file for this reason."""

    def __init__(self, code: str, **args: str) -> None:
        super().__init__(code)
        self.code, self.details = code, args
        self.sheet: str | None = None
        self.cell: str | None = None


def _far(sheet: str | None, cell: str) -> _Stop:
    stop = _Stop("value-far-away", cell=cell)
    stop.sheet, stop.cell = sheet, cell
    return stop


def inspect(
    source: Path | bytes, name: str, limits: Limits = UNIT_LIMITS, unread: Collection[str] = ()
) -> Passed | Refused:
    """Decide whether a file may be parsed. Never raises for what a file holds, only when it cannot be opened.

    ``unread`` are tabs that nobody will look at: their parts are left out.

    >>> inspect(b"", "empty.xlsx").finding.code
    'file-empty'
    """
    if name.startswith(("~$", ".~lock.")):
        return Refused(Finding("lock-file", Severity.INFO, Place(name), {}))
    try:
        data = source if isinstance(source, bytes) else _read_limited(source, limits)
        return _inspect(data, name, limits, unread)
    except _Stop as stop:
        where = Place(name, stop.sheet, stop.cell)
        return Refused(Finding(stop.code, Severity.ERROR, where, stop.details))


def _read_limited(path: Path, limits: Limits) -> bytes:
    with path.open("rb") as file:
        return file.read(limits.file + 1)


def _inspect(data: bytes, name: str, limits: Limits, unread: Collection[str]) -> Passed:
    if not data.strip(b"\0"):
        raise _Stop("file-empty")
    if len(data) > limits.file:
        raise _Stop("file-too-large", limit=str(limits.file // MEGABYTE))
    if data.startswith(OLE):
        raise _Stop(_what_ole_holds(data))
    if not data.startswith(ZIP):
        raise _Stop("not-a-workbook")
    parts = dict(_inflate(data, limits))
    kind = _kind(parts)
    for part, content in parts.items():
        if content.startswith(b"<!", _PROLOG.match(content).end()):  # type: ignore[union-attr]
            raise _Stop("file-hostile", reason=f"DOCTYPE: {part}")
        if content[:2] in (b"\xff\xfe", b"\xfe\xff") and part.lower().endswith((".xml", ".rels")):
            raise _Stop("file-hostile", reason=f"UTF-16: {part}")
    if kind == "ods":
        _check_ods(parts, limits)
        return Passed(name, kind, data, parts)
    tabs = sheet_parts(parts)
    for part in set(tabs.values()) - {part for tab, part in tabs.items() if tab not in unread}:
        del parts[part]
    sheets = dict(_usual_sheets(parts))
    findings = (*_check_sheets(parts, tabs, sheets.keys(), name, limits), *_extras(parts, name))
    return Passed(name, kind, data, parts, findings, tabs, sheets)


def _what_ole_holds(data: bytes) -> str:
    """The old container holds an encrypted package, or a workbook of Excel 97–2003, or something else."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return "file-encrypted"
    if any(stream.encode("utf-16-le") in data for stream in ("Workbook", "Book")):
        return "file-xls"
    return "not-a-workbook"


def _inflate(data: bytes, limits: Limits) -> Iterator[tuple[str, bytes]]:
    try:
        entries = zipfile.ZipFile(io.BytesIO(data)).infolist()
    # All that zipfile raises for a damaged directory; NotImplementedError is its word for an unknown zip version.
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, UnicodeDecodeError):
        raise _Stop("file-truncated") from None
    if len(entries) > PARTS_LIMIT or sum(entry.file_size for entry in entries) > limits.inflated:
        raise _Stop("file-bomb")
    names = [entry.filename.replace("\\", "/").lower() for entry in entries]
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise _Stop("file-hostile", reason=f"2 × {twice}")
    for entry, name in zip(entries, names, strict=True):
        if name.startswith("/") or ".." in name.split("/") or ":" in name.split("/")[0]:
            raise _Stop("file-hostile", reason=entry.filename)
        yield entry.filename, _inflate_one(data, entry)


def _inflate_one(data: bytes, entry: zipfile.ZipInfo) -> bytes:
    size, packed = entry.file_size, entry.compress_size
    if entry.flag_bits & 1:
        raise _Stop("file-encrypted")
    if size > RATIO_FROM and size > packed * RATIO_LIMIT:
        raise _Stop("file-bomb")
    head = entry.header_offset
    if data[head : head + 4] != b"PK\x03\x04":
        raise _Stop("file-truncated")
    start = head + 30 + int.from_bytes(data[head + 26 : head + 28], "little")
    start += int.from_bytes(data[head + 28 : head + 30], "little")
    content = data[start : start + packed]
    if len(content) != packed or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _Stop("file-truncated")
    if entry.compress_type == zipfile.ZIP_DEFLATED:
        try:
            # One byte more than declared is enough to see that a size is a lie.
            content = isal_zlib.decompressobj(-15).decompress(content, size + 1)
        except isal_zlib.error:  # type: ignore[misc]
            raise _Stop("file-truncated") from None
    if len(content) > size:
        raise _Stop("file-bomb")
    if len(content) < size or isal_zlib.crc32(content) != entry.CRC:
        raise _Stop("file-truncated")
    return content


def _kind(parts: Mapping[str, bytes]) -> Kind:
    if parts.get("mimetype", b"").strip() == ODS_MIMETYPE:
        if b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
            raise _Stop("file-encrypted")
        return "ods"
    names = {name.replace("\\", "/").lower() for name in parts}
    if "xl/workbook.bin" in names:
        raise _Stop("file-xlsb")
    types = next((parts[name] for name in parts if name.lower() == "[content_types].xml"), b"")
    if b"spreadsheetml" not in types and b"ms-excel" not in types:
        raise _Stop("not-a-workbook")
    return "xlsx"


# --- the grid of an Excel workbook --------------------------------------------------------------------------------

_SHAPE = bytes.maketrans(
    b"BCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz123456789'\"", b"A" * 51 + b"0" * 9 + b"AA"
)
"""Letters and quotes become A, digits 0: then two searches prove that no reference is far away."""

_BLANKS = bytes.maketrans(b"\t\r\n", b"   ")
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|is|t)[ >]")
_REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]{1,3})(\d{1,7})[\"']")
_ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*?\br\s*=\s*[\"'](\d{1,7})")
_CELL_SIGNS = (b"<c ", b"<c>", b":c ", b":c>")


def sheet_parts(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Tab → part of its sheet, by the workbook's relations; a tab that cannot be followed is left out."""
    usual = {name.replace("\\", "/").lower().lstrip("/"): name for name in parts}
    book = next((name for name in usual if name.endswith("workbook.xml")), "")
    folder, _, file = book.rpartition("/")
    relations = usual.get(f"{folder}/_rels/{file}.rels".lstrip("/"))
    if not book or relations is None:
        return {}
    paths = _sheet_paths(parts[usual[book]], parts[relations], folder)
    return {tab: usual[path] for tab, path in paths.items() if path in usual}


@lru_cache(8)
def _sheet_paths(book: bytes, relations: bytes, folder: str) -> Mapping[str, str]:
    """Tab → path of its sheet in small letters. Workbooks from one template mostly share these two parts."""
    try:
        targets = {relation.get("Id"): relation.get("Target", "") for relation in etree.fromstring(relations)}
        sheets = list(etree.fromstring(book).iterfind("{*}sheets/{*}sheet"))
    except etree.XMLSyntaxError:
        return {}
    found = {}
    for sheet in sheets:
        key = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), None)
        target = targets.get(key, "").replace("\\", "/").lower()
        found[sheet.get("name", "")] = (
            target.lstrip("/") if target.startswith("/") else f"{folder}/{target}".lstrip("/")
        )
    return found


def _usual_sheets(parts: Mapping[str, bytes]) -> Iterator[tuple[str, UsualSheet]]:
    """The sheets that need no parser, and so no more measuring: all of their cells are known."""
    book = usual_book(parts)
    for part, content in parts.items():
        sheet = book.read(content) if book else None
        if sheet:
            yield part, sheet


def _check_sheets(
    parts: dict[str, bytes], tabs: Mapping[str, str], known: Collection[str], name: str, limits: Limits
) -> Iterator[Finding]:
    """Measure the sheets that are not known, and leave out the formatted empty rows below the last value of those that
    have too many."""
    tab_of = {part: tab for tab, part in tabs.items()}
    for part, content in list(parts.items()):
        start = -1 if part in known else content.find(b"sheetData")
        if start < 0:
            continue
        end = content.rfind(b"sheetData")
        end = end if end > start else len(content)
        if not _may_reach_far(content, start, end):
            continue
        where = Place(name, tab_of.get(part, part.rpartition("/")[2]))
        cells = content[start:end].translate(_BLANKS)
        last_value, values = _measure(cells, where, limits)
        rows = cells.count(b"<row ")
        if rows <= EMPTY_ROWS or values >= rows:
            continue
        yield Finding("formats-to-clear", Severity.INFO, where, {"rows": str(rows)})
        row_end = content.find(b"</row>", start + last_value, end)
        closing = content.rfind(b"</sheetData", 0, end + 10)
        if 0 <= row_end < closing:
            parts[part] = content[: row_end + len(b"</row>")] + content[closing:]


def _may_reach_far(content: bytes, start: int, end: int) -> bool:
    """Could a cell lie beyond column ZZ or row 9,999? False is certain, True asks for a closer look."""
    shape = content[start:end].translate(_SHAPE)
    return shape.find(b"AAAA0") >= 0 or shape.find(b"A00000") >= 0


def _measure(cells: bytes, where: Place, limits: Limits) -> tuple[int, int]:
    """Where the last value stands in the XML and how many there are; formatted cells without one do not count.

    Stops the file when the grid from A1 to the farthest value is too large.
    """
    last_row = last_column = values = before = 0
    reach: tuple[int, int] | None = None
    for value in _VALUE.finditer(cells):
        at = value.start()
        start = max(cells.rfind(sign, before, at) for sign in _CELL_SIGNS)
        before = at
        if start < 0:
            continue  # a text inside the cell that was just looked at
        values += 1
        found = _REFERENCE.search(cells, start, at)
        if found:
            row, column = int(found[2]), column_number(found[1].decode().upper())
        else:
            row, column = reach = reach or _farthest(cells)
        if row <= last_row and column <= last_column:
            continue
        last_row, last_column = max(row, last_row), max(column, last_column)
        if last_row * last_column > limits.grid:
            raise _far(where.sheet, f"{column_letters(column)}{row}")
    return before, values


def _farthest(cells: bytes) -> tuple[int, int]:
    """How far a cell could lie that does not say where: as far as any other reference, formatted ones too."""
    rows = [int(row) for row in _ROW.findall(cells)]
    columns = {letters.upper() for letters, _ in _REFERENCE.findall(cells)}
    return max(rows, default=1), max((column_number(letters.decode()) for letters in columns), default=1)


def _extras(parts: Mapping[str, bytes], name: str) -> Iterator[Finding]:
    told: set[str] = set()
    for part in parts:
        lowered = part.lower()
        for sign, code, severity in INNOCENT_EXTRAS:
            if sign not in lowered:
                continue
            if b"ddeLink" in parts[part]:
                code = "workbook-has-dde"
            if code not in told:
                told.add(code)
                yield Finding(code, severity, Place(name), {})


# --- the grid of an OpenDocument workbook -------------------------------------------------------------------------

ODS_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"


def _check_ods(parts: Mapping[str, bytes], limits: Limits) -> None:
    """Measure each table with its repetitions: two short attributes can ask for 17 thousand million values."""
    content = parts.get("content.xml", b"")
    tab, row, last_column, valued = "", 0, 0, 0
    try:
        for event, element in etree.iterparse(io.BytesIO(content), events=("start", "end"), resolve_entities=False):
            if event == "start":
                if element.tag == f"{ODS_TABLE}table":
                    tab, row, last_column = element.get(f"{ODS_TABLE}name", ""), 0, 0
                continue
            if element.tag != f"{ODS_TABLE}table-row":
                continue
            width = _ods_width(element)
            row += repeated(element, "rows")
            if width:
                last_column, valued = max(last_column, width), row
                if valued * last_column > limits.grid:
                    raise _far(tab, f"{column_letters(width)}{min(row, 1_048_576)}")
            element.clear()
    except etree.XMLSyntaxError:
        raise _Stop("file-truncated") from None


def repeated(element: etree._Element, what: str) -> int:
    """How many times a row or cell of an OpenDocument table stands there; ``what`` is "rows" or "columns"."""
    text = element.get(f"{ODS_TABLE}number-{what}-repeated", "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1


def _ods_width(row: etree._Element) -> int:
    """The column of a row's last value, 0 for a row without values."""
    column = last = 0
    for cell in row:
        column += repeated(cell, "columns")
        if len(cell) or cell.get(f"{_OFFICE}value-type"):
            last = column
    return last
