"""Formulas that another host saved, spelled so that the host at hand understands them; nothing else is touched.

Excel saves a function of an Office.js add-in as ``_xldudf_CTD_TYLE``, one of a classic add-in as ``CTD_TYLE``, and one
of an add-in in another folder as ``[1]!CTD_TYLE`` with a link to that file; LibreOffice saves ``CTD.TYLE``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property, partial
from html import escape, unescape
from pathlib import Path
from urllib.parse import unquote

from lxml import etree

from workbooks.followers import drop_calculation_chain, follow_in_workbook
from workbooks.package import Package, WriteRefused
from workbooks.parts import Book, attribute, elements, local, parse, related, rels_part, serialize
from workbooks.write import replace_atomically, verify

LARGEST_PART = 1 << 29
"""A sheet is held in memory whole; half a gigabyte is several million formulas."""


class Spelling(Enum):
    """How a function is written in a file. ``COMMON`` is what LibreOffice and a module named ``CTD`` understand."""

    COMMON = "CTD."
    OFFICE_JS = "_xldudf_CTD_"
    VBA = "CTD_"


@dataclass(frozen=True, slots=True)
class Change:
    """One formula as it was and as it is now. ``place`` is a cell (``Hỗ trợ!H12``), or the part it stands in."""

    place: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a workbook's formulas needed. ``removed`` and ``left`` are files that it linked to and that no formula
    needs any more; those left stand before other links, whose numbers must stay."""

    changes: tuple[Change, ...] = ()
    removed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


_ADDIN_FILE = re.compile(r"(?:^|[\\/\[])ctd(?:[ _(.-][^\\/\[\]]*)?\.xlam\]?[^\\/]*$", re.IGNORECASE)
_TOKEN = re.compile(
    r"""
      "(?:[^"]|"")*"
    | (?<![\w.!'\]])
      (?P<link>'(?:[^']|'')*'!|\[(?P<number>\d+)\]!|[\w.]+\.xlam!)?
      (?P<prefix>_xldudf_|_xll\.)?
      (?P<ours>CTD[._])?(?P<name>[A-Z]\w*)(?=\()
    | '(?:[^']|'')*'
    """,
    re.IGNORECASE | re.VERBOSE,
)
_FORMULA = re.compile(
    rb"(<(?:\w+:)?(?:f|formula[12]?|definedName|calculatedColumnFormula|totalsRowFormula)(?:\s[^>]*[^/>]|\s*)>)"
    rb"([^<]+)(</)"
)
_CELL = re.compile(rb'<(?:\w+:)?c\s(?:[^>]*?\s)?r="([A-Z]{1,3}\d+)"')
_NAME = re.compile(rb'<(?:\w+:)?definedName\s(?:[^>]*?\s)?name="([^"]*)"')


def respelled(
    formula: str, functions: Collection[str], spelling: Spelling, is_ours: Callable[[int], bool] = lambda _: False
) -> str:
    """A formula with our functions in one spelling, and without links to the add-in's file.

    ``functions`` are bare names in capitals; ``is_ours`` says whether the workbook's link of a number leads to the
    add-in. Text, names of sheets and other functions stay as they are.

    >>> respelled("SUM(_xldudf_CTD_TYLE(A1,B1))", {"TYLE"}, Spelling.COMMON)
    'SUM(CTD.TYLE(A1,B1))'
    >>> respelled('[1]!CTD_TYLE(A1,B1)&"CTD_TYLE("', {"TYLE"}, Spelling.COMMON, {1}.__contains__)
    'CTD.TYLE(A1,B1)&"CTD_TYLE("'
    """

    def spell(found: re.Match[str]) -> str:
        name = (found["name"] or "").upper()
        if name not in functions:
            return found[0]
        link, number = found["link"], found["number"]
        linked = (
            is_ours(int(number)) if number else bool(link) and bool(_ADDIN_FILE.search(link.rstrip("!").strip("'")))
        )
        if link and not linked:
            return found[0]
        return f"{spelling.value}{name}" if link or found["ours"] else found[0]

    return _TOKEN.sub(spell, formula)


def repair_formulas(path: Path, functions: Collection[str], spelling: Spelling, backup: Path) -> Repaired:
    """Repair a workbook's formulas; the file as it was is kept as ``backup`` when anything changed.

    Only parts with such formulas, the workbook part and the links concerned are rewritten; everything is calculated
    anew when the file is opened. Raises ``WriteRefused``; then the file is as before.
    """
    with Package(path) as package:
        repair = _Repair(package, functions, spelling)
        done = repair.carry_out()
        if not (done.changes or done.removed):
            return done
        temporary, changed = package.save(path)
    try:
        verify(temporary, changed, {})
        backup.write_bytes(path.read_bytes())
        replace_atomically(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return done


@dataclass
class _Repair:
    """One workbook being repaired; new contents wait in the package until it is saved."""

    package: Package
    functions: Collection[str]
    spelling: Spelling
    changes: list[Change] = field(default_factory=list)

    @cached_property
    def book(self) -> Book:
        return Book(self.package)

    @cached_property
    def links(self) -> list[tuple[etree._Element, str, str]]:
        """The workbook's links in the order of their numbers: its element, its part, the file it leads to."""
        parts = {one.id: one.part for one in self.book.related}
        found = []
        for element in elements(self.book.root, "externalReference"):
            part = parts.get(attribute(element, "id") or "", "")
            found.append((element, part, _target(self.package, part)))
        return found

    def _is_ours(self, number: int) -> bool:
        return 0 < number <= len(self.links) and bool(_ADDIN_FILE.search(self.links[number - 1][2]))

    def carry_out(self) -> Repaired:
        for part, sheet in self._parts():
            self._repair(part, sheet)
        removed, left = self._unused_links()
        if self.changes or removed:
            self.package.replace(self.book.part, follow_in_workbook(self.book, ()))
            drop_calculation_chain(self.package, self.book)
        return Repaired(tuple(self.changes), removed, left)

    def _parts(self) -> Iterator[tuple[str, str]]:
        """Parts with formulas, each with the name that people know it by."""
        yield self.book.part, ""
        for sheet, part in self.book.sheets.items():
            yield part, sheet
            for one in related(self.package, part):
                if one.kind == "table":
                    yield one.part, sheet

    def _repair(self, part: str, sheet: str) -> None:
        if self.package.member(part).size > LARGEST_PART:
            raise WriteRefused("formulas-too-large", file=self.package.path.name, part=sheet or part)
        data = self.package.read(part)
        content = _FORMULA.sub(partial(self._respell, data, part, sheet), data)
        if content != data:
            self.package.replace(part, content)

    def _respell(self, data: bytes, part: str, sheet: str, found: re.Match[bytes]) -> bytes:
        before = unescape(found[2].decode())
        after = respelled(before, self.functions, self.spelling, self._is_ours)
        if after == before:
            return found[0]
        self.changes.append(Change(_place(data, found.start(), part, sheet), before, after))
        return found[1] + escape(after, quote=False).encode() + found[3]

    def _unused_links(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Take away links to the add-in that nothing uses, from the last one on; a link's number is its place."""
        removed: list[str] = []
        left: list[str] = []
        for number in range(len(self.links), 0, -1):
            element, part, target = self.links[number - 1]
            if not self._is_ours(number) or self._is_used(number):
                continue
            if number < len(self.links) - len(removed):
                left.append(target)
                continue
            self._remove(element, part)
            removed.append(target)
        return tuple(removed), tuple(left)

    def _is_used(self, number: int) -> bool:
        mark = f"[{number}]".encode()
        strings = {one.part for one in self.book.related if one.kind == "sharedStrings"}
        return any(
            mark in self.package.read(part)
            for part in self.package.names()
            if part.endswith(".xml") and part not in strings
        )

    def _remove(self, element: etree._Element, part: str) -> None:
        id_ = attribute(element, "id")
        root = parse(self.package, self.book.part)
        for reference in list(elements(root, "externalReference")):
            if attribute(reference, "id") == id_:
                _take_out(reference)
        self.package.replace(self.book.part, serialize(root))
        self._take_from(rels_part(self.book.part), "Relationship", "Id", id_ or "")
        self._take_from("[Content_Types].xml", "Override", "PartName", f"/{part}")
        for gone in (part, rels_part(part)):
            if gone in self.package:
                self.package.drop(gone)

    def _take_from(self, part: str, name: str, key: str, value: str) -> None:
        root = parse(self.package, part)
        for one in list(elements(root, name)):
            if one.get(key) == value:
                _take_out(one)
        self.package.replace(part, serialize(root))


def _take_out(element: etree._Element) -> None:
    """Remove an element, and a list of links that is empty then: Excel allows none without links."""
    parent = element.getparent()
    if parent is None:
        return
    parent.remove(element)
    grandparent = parent.getparent()
    if len(parent) == 0 and local(parent) == "externalReferences" and grandparent is not None:
        grandparent.remove(parent)


def _target(package: Package, part: str) -> str:
    """The file that a link leads to, as it is written; "" when it names none."""
    rels = rels_part(part)
    if not part or rels not in package:
        return ""
    targets = [one.get("Target") or "" for one in parse(package, rels) if one.get("TargetMode") == "External"]
    return unquote(targets[0]) if targets else ""


def _place(data: bytes, at: int, part: str, sheet: str) -> str:
    """Where a formula stands, as people say it: a cell, a name, at least a sheet."""
    if not sheet:
        named = _NAME.search(data, data.rfind(b"<", 0, at + 1))
        return unescape(named[1].decode()) if named else part
    start = max(data.rfind(b"<c ", 0, at), data.rfind(b":c ", 0, at))
    cell = _CELL.search(data, start - 1 if data[start : start + 1] == b":" else start, at) if start >= 0 else None
    if cell is None or b"</c>" in data[cell.end() : at]:
        return sheet
    return f"{sheet}!{cell[1].decode()}"
