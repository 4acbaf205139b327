"""What only the saved file tells about a table that is open: its formula columns, and merged cells on its sheet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from workbooks.live_tables import Area
from workbooks.package import Package, WriteRefused
from workbooks.parts import Book, TablePart, child, local, parse
from workbooks.ranges import parse_area

_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([^"]+)"')


@dataclass(frozen=True, slots=True)
class FileFacts:
    """``calculated`` are the headers of columns that one formula fills, ``merged`` the merged cells of the sheet."""

    calculated: frozenset[str] = frozenset()
    merged: tuple[Area, ...] = ()


def facts_of_file(path: Path) -> Mapping[str, FileFacts]:
    """Table → what its saved file tells. Nothing of a file that cannot be read now: it may be held by Excel."""
    try:
        with Package(path) as package:
            book = Book(package)
            return {name: _facts(package, table) for name, table in book.tables.items()}
    except (WriteRefused, OSError):
        return {}


def _facts(package: Package, table: TablePart) -> FileFacts:
    columns = [one for one in parse(package, table.part).iter(etree.Element) if local(one) == "tableColumn"]
    calculated = {one.get("name") or "" for one in columns if child(one, "calculatedColumnFormula") is not None}
    areas = (parse_area(ref.decode()) for ref in _MERGED.findall(package.read(table.sheet_part)))
    merged = (Area(table.sheet, a.first_row, a.first_column, a.last_row, a.last_column) for a in areas)
    return FileFacts(frozenset(calculated), tuple(merged))
