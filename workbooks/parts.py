"""How the parts of a workbook hang together: sheets, their tables, names, and what each part points to.

Parts are found by following relationships, never by their usual paths: every program names them as it likes.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape, unescape

from lxml import etree

from workbooks.package import Package, PackageDamaged
from workbooks.ranges import Area, Change, moved_formula, parse_area

DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


@dataclass(frozen=True, slots=True)
class Related:
    """One relationship inside the package: its id, the last word of its type and the part it leads to."""

    id: str
    kind: str
    part: str


@dataclass(frozen=True, slots=True)
class TablePart:
    """A table as its part describes it. ``area`` includes header and totals."""

    name: str
    part: str
    sheet: str
    sheet_part: str
    area: Area
    headers: int
    totals: int
    columns: tuple[str, ...]

    @property
    def first(self) -> int:
        return self.area.first_row + self.headers

    @property
    def last(self) -> int:
        return self.area.last_row - self.totals


def local(element: etree._Element) -> str:
    """The element's name without its namespace, so that strict and prefixed files are read alike."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def child(element: etree._Element, name: str) -> etree._Element | None:
    return next((one for one in element if local(one) == name), None)


def elements(root: etree._Element, *names: str) -> Iterator[etree._Element]:
    return (one for one in root.iter(etree.Element) if local(one) in names)


def attribute(element: etree._Element, name: str) -> str | None:
    """An attribute whatever its namespace."""
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), None)


def parse(package: Package, part: str, data: bytes | None = None) -> etree._Element:
    """A part as a tree. Raises ``PackageDamaged`` when it is no XML; entities and networks are never followed."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, remove_comments=True)
    try:
        return etree.fromstring(package.read(part) if data is None else data, parser)
    except etree.XMLSyntaxError:
        raise PackageDamaged("write-package-damaged", file=package.path.name, part=part) from None


def serialize(root: etree._Element) -> bytes:
    return DECLARATION + bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=False))


def rels_part(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def related(package: Package, part: str) -> tuple[Related, ...]:
    """What a part points to inside the package; "" is the package itself."""
    rels = rels_part(part)
    if rels not in package:
        return ()
    found = []
    for one in parse(package, rels):
        if local(one) != "Relationship" or one.get("TargetMode") == "External":
            continue
        target = (one.get("Target") or "").replace("\\", "/")
        path = target[1:] if target.startswith("/") else posixpath.join(posixpath.dirname(part), target)
        path = posixpath.normpath(path)
        if path in package:
            found.append(
                Related(one.get("Id") or "", (one.get("Type") or "").rpartition("/")[2], package.spelled(path))
            )
    return tuple(found)


class Book:
    """The workbook part and the way from names to parts. Raises ``PackageDamaged`` when there is no workbook part."""

    def __init__(self, package: Package) -> None:
        self.package = package
        part = next((one.part for one in related(package, "") if one.kind == "officeDocument"), None)
        if part is None:
            raise PackageDamaged("write-package-unknown", file=package.path.name)
        self.part = part
        self.root = parse(package, part)
        self.related = related(package, part)
        by_id = {one.id: one.part for one in self.related}
        self.sheets: dict[str, str] = {}
        for sheet in elements(self.root, "sheet"):
            target = by_id.get(attribute(sheet, "id") or "")
            if target:
                self.sheets[sheet.get("name") or ""] = target
        self.tables = {table.name: table for table in self._find_tables()}

    @property
    def date_1904(self) -> bool:
        properties = child(self.root, "workbookPr")
        return properties is not None and properties.get("date1904") in ("1", "true")

    def _find_tables(self) -> Iterator[TablePart]:
        for sheet, sheet_part in self.sheets.items():
            for one in related(self.package, sheet_part):
                if one.kind == "table":
                    yield _table(parse(self.package, one.part), one.part, sheet, sheet_part)

    def names(self) -> dict[str, tuple[str, str]]:
        """Workbook-wide names of single cells: name → (sheet, address)."""
        found = {}
        for one in elements(self.root, "definedName"):
            match = re.fullmatch(r"(?:'((?:[^']|'')+)'|([^'!]+))!\$?([A-Z]{1,3})\$?(\d+)", (one.text or "").strip())
            if match and one.get("localSheetId") is None:
                sheet = match[1].replace("''", "'") if match[1] else match[2]
                found[one.get("name") or ""] = (sheet, f"{match[3]}{match[4]}")
        return found


def _table(root: etree._Element, part: str, sheet: str, sheet_part: str) -> TablePart:
    columns = tuple(one.get("name") or "" for one in elements(root, "tableColumn"))
    headers, totals = int(root.get("headerRowCount", "1")), int(root.get("totalsRowCount", "0"))
    name = root.get("displayName") or root.get("name") or ""
    return TablePart(name, part, sheet, sheet_part, parse_area(root.get("ref") or ""), headers, totals, columns)


_FORMULA = re.compile(rb"(<(?:\w+:)?(?:f|formula[12]?)(?:\s[^>]*[^/>]|\s*)>)([^<]+)(</)")


def moved_formulas(
    xml: bytes,
    sheet: str | None,
    changes: Sequence[Change],
    *,
    single_cells: bool = False,
    only: re.Pattern[bytes] | None = None,
) -> bytes:
    """XML with the ranges in its formulas moved; not one other byte changes.

    ``only`` is found in every formula that may have to move, so that the others are not taken apart.
    """

    def replace(match: re.Match[bytes]) -> bytes:
        if only is not None and not only.search(match[2]):
            return match[0]
        formula = unescape(match[2].decode())
        moved = moved_formula(formula, sheet, changes, single_cells=single_cells)
        return match[0] if moved == formula else match[1] + escape(moved, quote=False).encode() + match[3]

    return _FORMULA.sub(replace, xml)
