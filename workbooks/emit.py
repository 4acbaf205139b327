"""Rows as the XML of a sheet, column by column, and as blocks of deflate that may be joined in any process.

Every row and cell carries its address, every text is an inline string, so that nothing depends on another part. Text
stays text: ``=1+1`` typed by a ward is written as the five characters and never becomes a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from html import escape
from itertools import chain, repeat
from typing import cast

from isal import isal_zlib

from workbooks.layouts import column_letters
from xl_ctd.core.records import Value

Written = Value | float | Fraction | datetime
"""What a cell of the master may be given: a value of a record, or a computed figure or moment."""

LONGEST_TEXT = 32_767
"""UTF-16 units that a cell can hold (Excel's limit); a longer text is refused, never cut."""

LEVEL = 2
FINISH = b"\x03\x00"
"""The empty last block that ends a stream of blocks."""

_EPOCH = date(1899, 12, 30).toordinal()
_EPOCH_1904 = date(1904, 1, 1).toordinal()
_MARCH_1900, _FIRST_1900 = date(1900, 3, 1), date(1900, 1, 1)

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LINE_END = re.compile("\r\n?")
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_NONE = type(None)
_DISTINCT_BY_VALUE = {str, int, date, _NONE}
"""Kinds whose equal values are written alike; 1.0 and 1.00 are equal decimals but two texts."""


class Link(str):
    """A text that opens a file or an address when it is clicked: a formula, and the text is its result.

    ``place`` is what ``HYPERLINK`` is told; neither may be longer than the 255 characters of a text in a formula.

    >>> Link("CTD_1.xlsx", "wards/CTD_1.xlsx").formula
    'HYPERLINK("wards/CTD_1.xlsx","CTD_1.xlsx")'
    """

    __slots__ = ("place",)
    place: str

    def __new__(cls, text: str, place: str) -> Link:
        link = super().__new__(cls, text)
        link.place = place
        return link

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        return str(self), self.place

    @property
    def formula(self) -> str:
        place, text = (part.replace('"', '""') for part in (self.place, self))
        return f'HYPERLINK("{place}","{text}")'


@dataclass(frozen=True, slots=True)
class Ready:
    """A column whose cells are XML already: what follows ``<c r="B7`` in each row, "" for no cell at all."""

    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows, deflated so that blocks may be joined: ``crc`` and ``size`` describe the XML."""

    deflated: bytes
    crc: int
    size: int
    rows: int
    key: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """Everything one block is made of; plain data, so that a worker process can do it."""

    columns: Sequence[Sequence[Written] | Ready]
    numbers: Sequence[int]
    styles: Sequence[int]
    first_row: int
    rows: int
    row_attributes: str | Sequence[str] = ""
    prefix: str = ""
    date_1904: bool = False
    key: str = ""


def clean_text(text: str) -> str:
    """The text as a cell can hold it: without the characters XML forbids, every line end a line feed.

    >>> clean_text("a\\x00b\\r\\nc")
    'ab\\nc'
    """
    return _LINE_END.sub("\n", _ILLEGAL.sub("", text))


def emit_rows(
    columns: Sequence[Sequence[Written]],
    styles: Sequence[int],
    first_row: int,
    first_column: int = 1,
    *,
    date_1904: bool = False,
) -> bytes:
    """Rows as XML. A blank becomes an empty cell with the column's style, or no cell when the style is 0.

    Dates become day numbers; a date before 1900, which sheets cannot hold, becomes text such as ``1899-12-31``.
    Raises ``ValueError`` for a text or number no cell can hold and ``TypeError`` for what is no ``Value``.

    >>> emit_rows([["a"], [None]], [0, 4], 7)
    b'<row r="7"><c r="A7" t="inlineStr"><is><t>a</t></is></c><c r="B7" s="4"/></row>'
    """
    rows = len(columns[0]) if columns else 0
    numbers = range(first_column, first_column + len(columns))
    return emit(Job(columns, numbers, styles, first_row, rows, date_1904=date_1904))


def emit(job: Job) -> bytes:
    """The XML of a job's rows."""
    if not job.rows:
        return b""
    row_numbers = [b"%d" % number for number in range(job.first_row, job.first_row + job.rows)]
    tag = f"{job.prefix}:" if job.prefix else ""
    pieces: list[Iterable[bytes]] = [repeat(f'<{tag}row r="'.encode()), row_numbers]
    if isinstance(job.row_attributes, str):
        attributes = f" {job.row_attributes}" if job.row_attributes else ""
        literal = f'"{attributes}>'.encode()
    else:
        pieces += [repeat(b'" '), _encoded(job.row_attributes)]
        literal = b">"
    for column, number, style in zip(job.columns, job.numbers, job.styles, strict=True):
        opening = f'<{tag}c r="{column_letters(number)}'.encode()
        ready = isinstance(column, Ready)
        cells = _encoded(column.cells) if isinstance(column, Ready) else _cells(column, style, tag, job.date_1904)
        if len(cells) != job.rows:
            raise ValueError(f"column {column_letters(number)} has {len(cells)} rows, not {job.rows}")
        if (ready or not style) and b"" in cells:
            some = [b"%b%b%b" % (opening, n, cell) if cell else b"" for n, cell in zip(row_numbers, cells, strict=True)]
            pieces += [repeat(literal), some]
        else:
            pieces += [repeat(literal + opening), row_numbers, cells]
        literal = b""
    pieces.append(repeat(literal + f"</{tag}row>".encode()))
    return b"".join(chain.from_iterable(zip(*pieces, strict=False)))


def emit_block(job: Job) -> Block:
    """A job's rows, emitted and deflated."""
    return deflate(emit(job), job.rows, job.key)


def deflate(xml: bytes, rows: int = 0, key: str = "") -> Block:
    """Bytes as a block that any other block may follow."""
    compressor = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, -15)
    deflated = compressor.compress(xml) + compressor.flush(isal_zlib.Z_FULL_FLUSH)
    return Block(deflated, isal_zlib.crc32(xml), len(xml), rows, key)


def _cells(column: Sequence[Written], style: int, tag: str, date_1904: bool) -> list[bytes]:
    """What follows the address of each cell: style, type and content."""
    types = set(map(type, column))
    styled = f'" s="{style}"' if style else '"'
    blank = f"{styled}/>" if style else ""
    if types <= {_NONE}:
        return [blank.encode()] * len(column)
    if types <= _DISTINCT_BY_VALUE and len(types - {_NONE}) == 1:
        (kind,) = types - {_NONE}
        distinct = set(column)
        if len(distinct) == len(column) and _NONE not in types:
            return _encoded(_cells_of(kind, column, styled, tag, date_1904))
        distinct.discard(None)
        values = list(distinct)
        known: dict[Written, bytes] = dict(
            zip(values, _encoded(_cells_of(kind, values, styled, tag, date_1904)), strict=True)
        )
        known[None] = blank.encode()
        return list(map(known.__getitem__, column))
    return _encoded(
        [blank if value is None else _cells_of(type(value), [value], styled, tag, date_1904)[0] for value in column]
    )


def _cells_of(kind: type, values: Sequence[Written], styled: str, tag: str, date_1904: bool) -> list[str]:
    """The cells of values that are all of one kind and none of them blank."""
    if kind is str:
        return _text_cells(cast("Sequence[str]", values), styled, tag)
    if kind is Link:
        return [_link_cell(link, styled, tag) for link in cast("Sequence[Link]", values)]
    opening, closing = f"{styled}><{tag}v>", f"</{tag}v></{tag}c>"
    if kind is int:
        return [f"{opening}{number}{closing}" for number in values]
    if kind is Decimal:
        return [f"{opening}{_digits(number)}{closing}" for number in cast("Sequence[Decimal]", values)]
    if kind is date:
        return [_date_cell(day, styled, tag, date_1904) for day in cast("Sequence[date]", values)]
    if kind is datetime:
        return [_moment_cell(moment, styled, tag, date_1904) for moment in cast("Sequence[datetime]", values)]
    if kind in (float, Fraction):
        return [f"{opening}{_float_digits(number)}{closing}" for number in cast("Sequence[float]", values)]
    raise TypeError(f"no cell can hold {values[0]!r} of {kind.__name__}")


def _encoded(cells: Sequence[str]) -> list[bytes]:
    # One encoding for all: no cell contains the zero character, which XML forbids.
    return "\0".join(cells).encode().split(b"\0") if cells else []


def _digits(number: Decimal) -> str:
    if not number.is_finite() or (number and abs(number.adjusted()) > 300):
        raise ValueError(f"no cell can hold the number {number}")
    return str(number)


def _float_digits(number: float | Fraction) -> str:
    """A figure that has no exact decimal, as the nearest number a cell can hold."""
    nearest = float(number)
    if nearest - nearest != 0:
        raise ValueError(f"no cell can hold the number {number}")
    return repr(int(nearest)) if nearest.is_integer() and abs(nearest) < 1e15 else repr(nearest)


def _moment_cell(moment: datetime, styled: str, tag: str, date_1904: bool) -> str:
    """A date with its time of day, as the clock on the wall shows it: cells know no time zone."""
    wall = moment.replace(tzinfo=None)
    day = _date_cell(wall.date(), styled, tag, date_1904)
    seconds = wall.hour * 3600 + wall.minute * 60 + wall.second + wall.microsecond / 1e6
    end = f"</{tag}v></{tag}c>"
    if not seconds or not day.endswith(end):
        return day
    start, serial = day[: -len(end)].rsplit(">", 1)
    return f"{start}>{int(serial) + seconds / 86400!r}{end}"


def _date_cell(day: date, styled: str, tag: str, date_1904: bool) -> str:
    if date_1904:
        serial = day.toordinal() - _EPOCH_1904
        too_early = serial < 0
    else:
        # The sheet's calendar has a 29/02/1900 that never was, so earlier days count one less.
        serial = day.toordinal() - _EPOCH - (day < _MARCH_1900)
        too_early = day < _FIRST_1900
    if too_early:
        return _text_cells([day.isoformat()], styled, tag)[0]
    return f"{styled}><{tag}v>{serial}</{tag}v></{tag}c>"


def _link_cell(link: Link, styled: str, tag: str) -> str:
    formula, text = escape(link.formula, quote=False), escape(link, quote=False)
    return f'{styled} t="str"><{tag}f>{formula}</{tag}f><{tag}v>{text}</{tag}v></{tag}c>'


def _text_cells(texts: Sequence[str], styled: str, tag: str) -> list[str]:
    opening = f'{styled} t="inlineStr"><{tag}is><{tag}t'
    closing = f"</{tag}t></{tag}is></{tag}c>"
    joined = f"|{'|'.join(texts)}|"
    if _plain(joined) and max(map(len, texts)) <= LONGEST_TEXT // 2:
        opening += ">"
        return [f"{opening}{text}{closing}" for text in texts]
    return [f"{opening}{_escaped(text)}{closing}" for text in texts]


def _plain(joined: str) -> bool:
    """Whether none of the texts needs care: one look at all of them together."""
    return joined.isprintable() and not any(mark in joined for mark in ("&", "<", ">", "_x", "| ", " |"))


def _escaped(text: str) -> str:
    """The rest of the start tag and the content: ``> spaced``, ``>a &amp; b``."""
    text = clean_text(text)
    if len(text) > LONGEST_TEXT // 2 and len(text.encode("utf-16-le")) // 2 > LONGEST_TEXT:
        raise ValueError(f"a text of {len(text)} characters does not fit into a cell: {text[:40]}…")
    kept = ' xml:space="preserve">' if text != text.strip() or "\n" in text or "\t" in text or "  " in text else ">"
    # Excel reads _x0041_ as "A" even where people typed just that.
    text = _LOOKS_ESCAPED.sub("_x005F_", text)
    return kept + text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
