"""Sheets written in the usual way, read straight from their XML; anything unusual is left to the parser.

Excel, LibreOffice and our own writer put a cell as ``<c r="B7" s="3" t="s"><v>12</v></c>``. A sheet is split at such
cells, and what is left between them is proved to be nothing but rows and blank cells. That costs half of parsing, and
a text that stands in many cells is one string. Whatever does not fit (rich or inline texts, other prefixes or quotes,
comments, times of day, odd numbers, 1904 …) is answered with None, never with a guess.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from math import isfinite

from lxml import etree

from workbooks.layouts import column_number

LARGEST_SHEET = 8 << 20
"""Bytes of XML. Larger ones, which only masters have, are left to the parser: it needs less memory a cell."""
MOST_CELLS = 4_000_000

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_HEAD = r"""(?:<\?xml version=["']1\.0["'](?: encoding=["'](?i:UTF-8)["'])?(?: standalone=["']\w+["'])?\s*\?>\s*)?"""
_SHEET = re.compile(rf'{_HEAD}<worksheet xmlns="{_MAIN}"'.encode())
_CELL = re.compile(
    rb'<c r="([A-Z]++)([0-9]++)"([^>]*+)>'
    rb"(?><f[^>]*+>(?>[^<]*+</f>)?+)?+"
    rb"(?:<v>([^<]*+)</v></c>|(?:<v ?/>)?+</c>)"
)
_ROWS_AND_BLANKS = re.compile(rb"(?:</?row[^>]*>|<c [^>]*/>)*")
_ATTRIBUTES = re.compile(rb'(?: s="([0-9]{1,5})")?(?: t="(n|s|str|b|e)")?')
_NUMBER = re.compile(rb"-?[0-9]+(?:\.[0-9]+)?(?:[Ee][+-]?[0-9]{1,3})?")


class _Unusual(Exception):
    """This is for the parser."""


@dataclass(frozen=True, slots=True)
class UsualSheet:
    """The rows from A1 on, exactly as the parser gives them.

    ``flawed``: letters of the columns in which an error stands, or a formula that nobody calculated; both look blank.
    """

    rows: list[list[object]]
    flawed: frozenset[str]


@dataclass(frozen=True, slots=True)
class UsualBook:
    """What the sheets of a workbook share: its texts by number, and what a number is in each cell format."""

    texts: Mapping[bytes | None, str]
    formats: Sequence[str]

    def read(self, xml: bytes) -> UsualSheet | None:
        """A sheet's cells; None when it is for the parser."""
        try:
            return _read(xml, self)
        except _Unusual:
            return None


def usual_book(parts: Mapping[str, bytes]) -> UsualBook | None:
    """The workbook made of these parts; None when it is for the parser."""
    book, styles = parts.get("xl/workbook.xml", b""), parts.get("xl/styles.xml", b"")
    if not book or not styles or re.search(rb'date1904="(?!0"|false")', book):
        return None
    try:
        return UsualBook(_shared_texts(parts.get("xl/sharedStrings.xml", b"")), _formats(styles))
    except _Unusual:
        return None


# --- a sheet ------------------------------------------------------------------------------------------------------


def _read(xml: bytes, book: UsualBook) -> UsualSheet:
    pieces = _CELL.split(_sheet_data(xml))
    if not _ROWS_AND_BLANKS.fullmatch(b"".join(pieces[::5])):
        raise _Unusual
    letters, numbers, attributes, values = pieces[1::5], pieces[2::5], pieces[3::5], pieces[4::5]
    columns = {name: column_number(name.decode()) - 1 for name in set(letters)}
    lines = {number: int(number) - 1 for number in set(numbers)}
    width, height = max(columns.values(), default=-1) + 1, max(lines.values(), default=-1) + 1
    if width * height > MOST_CELLS or any(number.startswith(b"0") for number in lines):
        raise _Unusual
    rows: list[list[object]] = [[""] * width for _ in range(height)]
    row_of = {number: rows[line] for number, line in lines.items()}
    known = _Kinds(book)
    try:
        for name, number, kind, value in zip(letters, numbers, attributes, values, strict=True):
            row_of[number][columns[name]] = known[kind][value]
    except KeyError:  # a text that is not among the shared ones
        raise _Unusual from None
    flawed = set()
    if flaws := known.flaws():
        flawed = {name.decode() for name, *cell in zip(letters, attributes, values, strict=True) if (*cell,) in flaws}
    return UsualSheet(rows, frozenset(flawed))


def _sheet_data(xml: bytes) -> bytes:
    """What stands between the tags ``sheetData``."""
    start = xml.find(b"<sheetData")
    head = xml[:start]
    if len(xml) > LARGEST_SHEET or start < 0 or not _SHEET.match(head) or b"<!" in head:
        raise _Unusual
    if xml.startswith(b"<sheetData/>", start):
        return b""
    end = xml.find(b"</sheetData>", start)
    if end < 0 or not xml.startswith(b"<sheetData>", start):
        raise _Unusual
    return xml[start + len(b"<sheetData>") : end]


class _Cells(dict[bytes | None, object]):
    """The cells of one type and format: XML → value. Each different one is read once; ``flaws`` are those without a
    value to read: errors, and formulas that nobody calculated (or blank cells: only their XML could tell)."""

    def __init__(self, type_: bytes, meaning: str) -> None:
        self.type, self.meaning = type_, meaning
        self.flaws: set[bytes | None] = set()

    def __missing__(self, value: bytes | None) -> object:
        if self.type == b"e" or (not value and self.type != b"str"):
            self.flaws.add(value)
        found = self[value] = self._value(value) if value else ""
        return found

    def _value(self, value: bytes) -> object:
        if self.type == b"n":
            return self._number(value)
        if self.type == b"str":
            return _unescaped(_decoded(value))
        if self.type == b"e":
            return ""
        if self.type == b"b" and value in (b"0", b"1"):
            return value == b"1"
        raise _Unusual

    def _number(self, value: bytes) -> float | date:
        if not value.isdigit() and not _NUMBER.fullmatch(value):
            raise _Unusual
        number = float(value)
        if self.meaning == "number" and isfinite(number):
            return number
        # Before March 1900 Excel's calendar has a day too many; parts of a day are times.
        if self.meaning != "date" or not 60 < number < 2_958_466 or not number.is_integer():
            raise _Unusual
        return date(1899, 12, 30) + timedelta(days=int(number))


class _Kinds(dict[bytes, Mapping[bytes | None, object]]):
    """A cell's attributes → the cells that have them."""

    def __init__(self, book: UsualBook) -> None:
        self.book = book

    def __missing__(self, attributes: bytes) -> Mapping[bytes | None, object]:
        match = _ATTRIBUTES.fullmatch(attributes)
        style = int(match[1] or 0) if match else len(self.book.formats)
        if not match or style >= len(self.book.formats):
            raise _Unusual
        shared = match[2] == b"s"
        cells = self[attributes] = self.book.texts if shared else _Cells(match[2] or b"n", self.book.formats[style])
        return cells

    def flaws(self) -> set[tuple[bytes, bytes | None]]:
        """Attributes and value of the cells without a value to read."""
        own = [(attributes, cells) for attributes, cells in self.items() if isinstance(cells, _Cells)]
        return {(attributes, value) for attributes, cells in own for value in cells.flaws}


# --- texts --------------------------------------------------------------------------------------------------------

_TEXTS = re.compile(rf'{_HEAD}<sst xmlns="{_MAIN}"[^>]*>')
_ITEM = re.compile(r'<si><t(?: xml:space="preserve")?>([^<]*)</t></si>')
_ESCAPED = re.compile(r"_x[0-9A-Fa-f]{4}_")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))


def _shared_texts(xml: bytes) -> dict[bytes | None, str]:
    """The texts that cells name by number."""
    if not xml:
        return {}
    text = _decoded(xml)
    head = _TEXTS.match(text)
    pieces = _ITEM.split(text[head.end() :]) if head else []
    if not head or any(pieces[:-1:2]) or pieces[-1] != "</sst>":
        raise _Unusual
    texts = _unescaped("\0".join(pieces[1::2])).split("\0")
    return {b"%d" % number: text for number, text in enumerate(texts)}


def _decoded(xml: bytes) -> str:
    try:
        return xml.decode()
    except UnicodeDecodeError:
        raise _Unusual from None


def _unescaped(text: str) -> str:
    if "&#" in text or "\r" in text or ("_x" in text and _ESCAPED.search(text)):
        raise _Unusual
    if "&" in text:
        for entity, letter in _ENTITIES:
            text = text.replace(entity, letter)
    return text


# --- formats ------------------------------------------------------------------------------------------------------

_NUMBERS_BUILT_IN = {*range(14), *range(37, 45), 48, 49}
_DATES_BUILT_IN = {14, 15, 16, 17, 22}
_DATE_FORMAT = re.compile(r"(?:\[\$-[0-9A-Fa-f,]+\])?[dmy]+[dmy/. \\-]*(?:;@)?", re.IGNORECASE)
_NUMBER_FORMAT = re.compile(r'(?:General|"[^"]*"|_.|\\.|[^A-Za-z"\\\[_])+')


@lru_cache(64)
def _formats(styles: bytes) -> tuple[str, ...]:
    """What numbers mean in each cell format: "number", "date", or "unusual" for all that is not plainly one of them."""
    try:
        root = etree.fromstring(styles)
    except etree.XMLSyntaxError:
        raise _Unusual from None
    codes = {n.get("numFmtId", ""): n.get("formatCode", "") for n in root.iterfind("{*}numFmts/{*}numFmt")}
    return tuple([_meaning(xf.get("numFmtId", "0"), codes) for xf in root.iterfind("{*}cellXfs/{*}xf")])


def _meaning(number: str, codes: Mapping[str, str]) -> str:
    if not number.isascii() or not number.isdigit():
        return "unusual"
    code = codes.get(number)
    if code is None:
        built_in = int(number)
        return "number" if built_in in _NUMBERS_BUILT_IN else "date" if built_in in _DATES_BUILT_IN else "unusual"
    if int(number) < 164:  # a built-in format described anew
        return "unusual"
    return "number" if _NUMBER_FORMAT.fullmatch(code) else "date" if _DATE_FORMAT.fullmatch(code) else "unusual"
