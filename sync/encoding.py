"""Rows and unit-years as bytes for the ledger: plain JSON, deflated, with a digest of the content as its name.

The same content always gives the same bytes, so an unchanged table is stored once however often it is merged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import orjson
from isal import isal_zlib

from xl_ctd.core.records import Cell, Rows, Value
from xl_ctd.core.submissions import UnitYear
from xl_ctd.core.tables import BY_CODE, COVER, Kind

DIGEST = 32
"""Hexadecimal digits of a digest. Processors of today compute SHA-256 by themselves, faster than any other good one."""

Fetch = Callable[[str], bytes]
"""digest → the stored bytes"""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Content-named pieces: ``root`` names the unit-year's manifest, ``pieces`` all bytes it needs by digest, and
    ``tables`` each table's digest and number of rows."""

    root: str
    pieces: Mapping[str, bytes]
    tables: Mapping[str, tuple[str, int]]


def encode(unit_year: UnitYear) -> Encoded:
    """A unit-year as content-named pieces: one a table and a manifest that names them."""
    pieces: dict[str, bytes] = {}
    tables: dict[str, tuple[str, int]] = {}
    for code, rows in sorted(unit_year.tables.items()):
        if len(rows):
            digest, data = _named(_table_content(rows))
            pieces[digest] = data
            tables[code] = (digest, len(rows))
    manifest = {
        "uid": unit_year.uid,
        "year": unit_year.year,
        "cover": {code: _plain(value) for code, value in sorted(unit_year.cover.items())},
        "submitted": unit_year.submitted,
        "tables": tables,
    }
    root, data = _named(orjson.dumps(manifest, default=str))
    pieces[root] = data
    return Encoded(root, pieces, tables)


def decode(root: str, fetch: Fetch) -> UnitYear:
    """The unit-year that ``encode`` named ``root``."""
    manifest = orjson.loads(_inflated(fetch(root)))
    cover = {code: _typed(_COVER_KINDS.get(code, Kind.TEXT), value) for code, value in manifest["cover"].items()}
    tables = {code: decode_table(fetch(digest)) for code, (digest, _) in manifest["tables"].items()}
    return UnitYear(manifest["uid"], manifest["year"], cover, tables, manifest["submitted"])


def table_digests(root: str, fetch: Fetch) -> dict[str, tuple[str, int]]:
    """Each table of a stored unit-year: its digest and its number of rows, without reading the rows."""
    manifest = orjson.loads(_inflated(fetch(root)))
    return {code: (digest, size) for code, (digest, size) in manifest["tables"].items()}


def said_name(unit_year: UnitYear) -> str:
    """A name for the values of a unit-year, wherever they stood: two files that say the same have the same. What a
    template says of itself, its version and the file's id, nobody said."""
    tables = {
        code: [rows.rids, dict(sorted(rows.columns.items()))]
        for code, rows in sorted(unit_year.tables.items())
        if len(rows)
    }
    cover = {code: value for code, value in sorted(unit_year.cover.items()) if code not in ("MA_TEP", "PHIEN_BAN")}
    return digest_of(orjson.dumps([cover, tables], default=str))


def decode_table(data: bytes) -> Rows:
    """The rows of one stored table."""
    content: dict[str, Any] = orjson.loads(_inflated(data))
    fields = BY_CODE[content["table"]].by_code
    columns = {code: _typed_column(fields[code].kind, column) for code, column in content["columns"].items()}
    return Rows(
        content["table"],
        tuple(content["rids"]),
        columns,
        tuple(content["lines"]),
        content["file"],
        content["sheet"],
        content["letters"],
    )


def pack(content: object) -> bytes:
    """Any plain content as deflated JSON."""
    return isal_zlib.compress(orjson.dumps(content, default=str), 1)


def unpack(data: bytes) -> Any:
    """What ``pack`` packed."""
    return orjson.loads(_inflated(data))


def digest_of(data: bytes) -> str:
    """The name of some content."""
    return hashlib.sha256(data).hexdigest()[:DIGEST]


_COVER_KINDS = {item.code: item.kind for item in COVER}


def _table_content(rows: Rows) -> bytes:
    content = {
        "table": rows.table,
        "rids": rows.rids,
        "columns": dict(sorted(rows.columns.items())),
        "lines": rows.lines,
        "file": rows.file,
        "sheet": rows.sheet,
        "letters": rows.letters,
    }
    return orjson.dumps(content, default=str)


def _named(content: bytes) -> tuple[str, bytes]:
    return digest_of(content), isal_zlib.compress(content, 1)


def _inflated(data: bytes) -> bytes:
    return isal_zlib.decompress(data)


def _plain(value: Cell) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _typed(kind: Kind, value: Any) -> Value:
    if value is None:
        return None
    if kind is Kind.DATE:
        return date.fromisoformat(value)
    return Decimal(value) if kind in (Kind.NUMBER, Kind.PERCENT) else value


def _typed_column(kind: Kind, column: list[Any]) -> tuple[Value, ...]:
    if kind is Kind.DATE:
        parse = date.fromisoformat
        return tuple([None if value is None else parse(value) for value in column])
    if kind in (Kind.NUMBER, Kind.PERCENT):
        return tuple([None if value is None else Decimal(value) for value in column])
    return tuple(column)
