"""Sheets written in the usual way, read straight from their XML; anything unusual is left to the parser.

Excel, LibreOffice and our own writer put a cell as ``<c r="B7" s="3" t="s"><v>12</v></c>``. A sheet is split at its
cells, and what is left between them is proved to be nothing but rows. Most rows have the same cells as the row below,
so they are taken column by column; a text that stands in many cells is one string. Whatever does not fit (rich or
inline texts, other prefixes or quotes, comments, times of day, odd numbers, 1904 …) is answered with None, never with
a guess.

The gate calls this on bytes that nobody has parsed before: every pattern here takes time in proportion to its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from math import isfinite
from typing import overload

from lxml import etree

from workbooks.layouts import column_number

LARGEST_PART = 8 << 20
"""Bytes of XML. Larger ones, which only masters have, are left to the parser: it needs less memory a cell."""
MOST_CELLS, MOST_ROWS = 4_000_000, 20_000
"""A sheet with a value far away, or with more rows than a ward writes, is looked at by the gate."""

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_HEAD = r"""(?:<\?xml version=["']1\.0["'](?: encoding=["'](?i:UTF-8)["'])?(?: standalone=["']\w+["'])?\s*\?>\s*)?"""
_SHEET = re.compile(rf'{_HEAD}<worksheet xmlns="{_MAIN}"'.encode())
_CELL = re.compile(
    rb'<c r="([A-Z]++[0-9]++)"([^<>]*+)>'
    rb"(?><f[^<>]*+>(?>[^<]*+</f>)?+)?+"
    rb"(?:<v>([^<]*+)</v></c>|(?:<v ?/>)?+</c>|)"
)
"""Reference, other attributes (of a blank cell up to its ``/``), value. A cell with anything else in it fits in part
only, and what is left of it stands between cells."""
_ROWS = re.compile(rb"(?:</?row[^<>]*+>)*+")
_ATTRIBUTES = re.compile(rb'(?: s="([0-9]{1,5})")?(?: t="(n|s|str|b|e)")?')
_NUMBER = re.compile(rb"-?[0-9]+(?:\.[0-9]+)?(?:[Ee][+-]?[0-9]{1,3})?")


class _Unusual(Exception):
    """This is for the parser."""


class ColumnRows(Sequence[Sequence[object]]):
    """Rows that are kept as columns of equal length, the form in which nearly all of them are wanted."""

    def __init__(self, columns: Sequence[Sequence[object]]) -> None:
        self.columns = columns

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    @overload
    def __getitem__(self, place: int) -> Sequence[object]: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Sequence[object]]: ...
    def __getitem__(self, place: int | slice) -> Sequence[object]:
        if isinstance(place, slice):
            return list(zip(*(column[place] for column in self.columns), strict=True))
        return [column[place] for column in self.columns]


@dataclass(frozen=True, slots=True)
class UsualSheet:
    """The rows from A1 on, as the parser gives them but for blank ones at the end.

    ``flawed``: letters of the columns in which an error stands, or a formula that nobody calculated; both look blank.
    """

    rows: ColumnRows
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
    between = b"".join(pieces[::4])
    if not _ROWS.fullmatch(between) or between.count(b"<row ") > MOST_ROWS:
        raise _Unusual
    references, attributes, values = pieces[1::4], pieces[2::4], pieces[3::4]
    known = _Kinds(book)
    try:
        rows = _rows(references, attributes, values, known)
    except KeyError:  # a text that is not among the shared ones
        raise _Unusual from None
    flaws = known.flaws()
    flawed = {
        _apart(references[place])[0].decode()
        for found in {value for _, value in flaws}
        for place in _places_of(found, values)
        if (attributes[place], found) in flaws
    }
    return UsualSheet(rows, frozenset(flawed))


def _rows(
    references: Sequence[bytes], attributes: Sequence[bytes], values: Sequence[bytes | None], known: _Kinds
) -> ColumnRows:
    """All rows: those above the regular ones cell by cell, the regular ones column by column."""
    start, first, letters = _regular_rows(references)
    above = [_place(*_apart(reference)) for reference in references[:start]]
    if any(line >= first for line, _ in above):  # not from the top down
        start, first, letters = len(references), MOST_ROWS, ()
        above = [_place(*_apart(reference)) for reference in references]
    places = [_place(name, b"1")[1] for name in letters]
    height = (len(references) - start) // max(1, len(letters))
    lines = first if height else max([line + 1 for line, _ in above], default=0)
    width = max([column + 1 for _, column in above] + [column + 1 for column in places], default=0)
    if (lines + height) * width > MOST_CELLS:
        raise _Unusual
    columns: list[list[object]] = [[""] * lines for _ in range(width)]
    for (line, column), kind, value in zip(above, attributes, values, strict=False):
        columns[column][line] = known[kind][value]
    regular: list[list[object]] = [[""] * height] * width
    for number, column in enumerate(places, start):
        regular[column] = known.column(attributes[number :: len(places)], values[number :: len(places)])
    return ColumnRows([head + body for head, body in zip(columns, regular, strict=True)])


def _regular_rows(references: Sequence[bytes]) -> tuple[int, int, tuple[bytes, ...]]:
    """From which cell and line (from 0) on every row has the same cells as the last one, and their letters."""
    if not references:
        return 0, 0, ()
    last = _apart(references[-1])[1]
    width = next((n for n, other in enumerate(reversed(references)) if _apart(other)[1] != last), len(references))
    letters = tuple([_apart(reference)[0] for reference in references[-width:]])
    start, first, many = len(references), _place(letters[0], last)[0] + 1, 32
    while first:  # upwards, many rows at a time where they are all alike
        count = many if first % many == 0 else 1
        size = count * width
        if size <= start and references[start - size : start] == _references(letters, first - count, first):
            start, first = start - size, first - count
        elif count == 1:
            break
        else:
            many = 1
    return start, first, letters


@lru_cache(128)
def _references(letters: tuple[bytes, ...], first: int, end: int) -> list[bytes]:
    """The references of all cells of some rows, which count from 0."""
    return [b"%b%d" % (name, line + 1) for line in range(first, end) for name in letters]


def _apart(reference: bytes) -> tuple[bytes, bytes]:
    """``B7`` → ``B`` and ``7``."""
    letters = reference.rstrip(b"0123456789")
    return letters, reference[len(letters) :]


def _place(letters: bytes, number: bytes) -> tuple[int, int]:
    """Line and column, from 0."""
    if len(letters) > 3 or len(number) > 7 or not int(number):
        raise _Unusual
    return int(number) - 1, column_number(letters.decode()) - 1


def _places_of(wanted: bytes | None, values: Sequence[bytes | None]) -> Iterator[int]:
    place = -1
    for _ in range(values.count(wanted)):
        place = values.index(wanted, place + 1)
        yield place


def _sheet_data(xml: bytes) -> bytes:
    """What stands between the tags ``sheetData``."""
    if len(xml) > LARGEST_PART or not _SHEET.match(xml):
        raise _Unusual
    start = xml.find(b"<sheetData")
    if start < 0 or xml.find(b"<!", 0, start) >= 0:
        raise _Unusual
    if xml.startswith(b"<sheetData/>", start):
        return b""
    end = xml.rfind(b"</sheetData>")
    if end < 0 or not xml.startswith(b"<sheetData>", start):
        raise _Unusual
    return xml[start + len(b"<sheetData>") : end]


class _Cells(dict[bytes | None, object]):
    """The cells of one type and format: XML → value, each different one read once."""

    flaws: tuple[bytes | None, ...] = ()
    """What was met without a value to read: errors, formulas that nobody calculated (and blanks: XML tells which)."""

    def blank(self, value: bytes | None) -> str:
        if value:
            raise _Unusual
        self.flaws += (value,)
        self[value] = ""
        return ""


class _Numbers(_Cells):
    def __missing__(self, value: bytes | None) -> object:
        if not value:
            return self.blank(value)
        if not value.isdigit() and not _NUMBER.fullmatch(value):
            raise _Unusual
        number = self[value] = float(value)
        if not isfinite(number):
            raise _Unusual
        return number


class _Dates(_Cells):
    def __missing__(self, value: bytes | None) -> object:
        # Before March 1900 Excel's calendar has a day too many; parts of a day are times.
        if not value or not value.isdigit() or len(value) > 7 or not 60 < int(value) <= _LAST_DAY:
            return self.blank(value)
        day = self[value] = date.fromordinal(int(value) + _DAY_0)
        return day


_DAY_0 = date(1899, 12, 30).toordinal()
_LAST_DAY = date.max.toordinal() - _DAY_0


class _Results(_Cells):
    """Texts that formulas gave."""

    def __missing__(self, value: bytes | None) -> object:
        text = self[value] = _unescaped(_decoded(value or b""))
        return text


class _Errors(_Cells):
    def __missing__(self, value: bytes | None) -> object:
        self[value] = ""
        self.flaws += (value,)
        return ""


class _Flags(_Cells):
    def __missing__(self, value: bytes | None) -> object:
        if value not in (b"0", b"1"):
            return self.blank(value)
        flag = self[value] = value == b"1"
        return flag


_BLANKS: Mapping[bytes | None, object] = {None: ""}
_READERS: Mapping[bytes, type[_Cells]] = {b"str": _Results, b"e": _Errors, b"b": _Flags}


class _Kinds(dict[bytes, Mapping[bytes | None, object]]):
    """A cell's attributes → the cells that have them."""

    def __init__(self, book: UsualBook) -> None:
        self.book = book

    def __missing__(self, attributes: bytes) -> Mapping[bytes | None, object]:
        if attributes.endswith(b"/"):
            blanks = self[attributes] = _BLANKS
            return blanks
        match = _ATTRIBUTES.fullmatch(attributes)
        style = int(match[1] or 0) if match else len(self.book.formats)
        if not match or style >= len(self.book.formats):
            raise _Unusual
        cells = self[attributes] = self._cells(match[2] or b"n", self.book.formats[style])
        return cells

    def _cells(self, type_: bytes, meaning: str) -> Mapping[bytes | None, object]:
        if type_ == b"s":
            return self.book.texts
        if type_ in _READERS:
            return _READERS[type_]()
        if meaning == "unusual":
            raise _Unusual
        return _Dates() if meaning == "date" else _Numbers()

    def column(self, attributes: Sequence[bytes], values: Sequence[bytes | None]) -> list[object]:
        """The values of a column's cells: mostly a few of headers, and below them all of one kind."""
        kind = attributes[-1]
        start = len(attributes) - attributes.count(kind)
        if kind in attributes[:start]:
            start = len(attributes)
        above = [self[other][value] for other, value in zip(attributes[:start], values, strict=False)]
        cells = self[kind]
        return above + [cells[value] for value in values[start:]]

    def flaws(self) -> set[tuple[bytes, bytes | None]]:
        """Attributes and value of the cells without a value to read."""
        own = [(attributes, cells.flaws) for attributes, cells in self.items() if isinstance(cells, _Cells)]
        return {(attributes, value) for attributes, values in own for value in values}


# --- texts --------------------------------------------------------------------------------------------------------

_TEXTS = re.compile(rf'{_HEAD}<sst xmlns="{_MAIN}"[^>]*><si><t>')
_ESCAPED = re.compile(r"_x[0-9A-Fa-f]{4}_")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))


def _shared_texts(xml: bytes) -> Mapping[bytes | None, str]:
    """The texts that cells name by number."""
    if not xml:
        return {}
    if len(xml) > LARGEST_PART:
        raise _Unusual
    whole = _decoded(xml).replace('<t xml:space="preserve">', "<t>")
    head, end = _TEXTS.match(whole), "</t></si></sst>"
    if not head or not whole.endswith(end) or "\0" in whole:
        raise _Unusual
    texts = whole[head.end() : -len(end)].replace("</t></si><si><t>", "\0")
    if "<" in texts:
        raise _Unusual
    return dict(zip(_numerals(len(xml).bit_length()), _unescaped(texts).split("\0"), strict=False))


@lru_cache(2)
def _numerals(bits: int) -> list[bytes]:
    """The numbers 0, 1, 2 … as XML has them, as many as texts can stand in XML whose length has so many bits."""
    return [b"%d" % number for number in range((1 << bits) // len("<si><t></t></si>"))]


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
_DATE_FORMAT = re.compile(r"(?:\[\$-[0-9A-Fa-f,]+\])?[dmy][dmy/. \\-]*(?:;@)?", re.IGNORECASE)
_NUMBER_FORMAT = re.compile(r'(?:General|"[^"]*"|_.|\\.|[^A-Za-z"\\\[_])+')


@lru_cache(8)
def _formats(styles: bytes) -> tuple[str, ...]:
    """What numbers mean in each cell format: "number", "date", or "unusual" for all that is not plainly one of them."""
    try:
        root = etree.fromstring(styles)
    except etree.XMLSyntaxError:
        raise _Unusual from None
    codes = {n.get("numFmtId", ""): n.get("formatCode", "") for n in root.iterfind("{*}numFmts/{*}numFmt")}
    return tuple([_meaning(xf.get("numFmtId", "0"), codes) for xf in root.iterfind("{*}cellXfs/{*}xf")])


def _meaning(number: str, codes: Mapping[str, str]) -> str:
    if not number.isascii() or not number.isdigit() or len(number) > 5:
        return "unusual"
    code = codes.get(number)
    if code is None:
        built_in = int(number)
        return "number" if built_in in _NUMBERS_BUILT_IN else "date" if built_in in _DATES_BUILT_IN else "unusual"
    if int(number) < 164:  # a built-in format described anew
        return "unusual"
    return "number" if _NUMBER_FORMAT.fullmatch(code) else "date" if _DATE_FORMAT.fullmatch(code) else "unusual"
