"""A unit's workbook sent back with what is to be corrected: listed on its sheet *Lỗi*, and as comments at the cells.

The copy stays the unit's working file: whatever the unit has in it is copied, only the list, the comments and the
sheet's visibility change. Comments of an earlier return are replaced; the unit's own comments stay.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from html import escape
from itertools import zip_longest
from math import ceil
from pathlib import Path

from lxml import etree

from workbooks.layouts import FINDINGS_DAY, FINDINGS_TAB, FINDINGS_WIDTHS, RED
from workbooks.package import Package, refusal
from workbooks.parts import Book, child, local, parse, related, rels_part, serialize
from workbooks.ranges import parse_area
from workbooks.write import replace_atomically, verify
from xl_ctd.core.findings import Finding, Severity
from xl_ctd.messages import message, spoken

AUTHOR = "Hội Chữ thập đỏ thành phố"
"""Tells our comments from those of the unit."""
HEADERS = ("column-code", "column-severity", "column-sheet", "column-cell", "column-sentence")
COLUMNS = "ABCDE"
LINE_HEIGHT = 15

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_VML_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_AFTER_LEGACY = (
    *("legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts"),
    "extLst",
)
_AFTER_LINKS = ("printOptions", "pageMargins", "pageSetup", "headerFooter", "drawing", "legacyDrawing", *_AFTER_LEGACY)

Comments = dict[str, str]
"""Cell → text."""


def write_returned(source: Path, target: Path, findings: Sequence[Finding], returned: date) -> None:
    """Write a copy of a unit's workbook that says what to correct. The source stays as it is.

    Raises ``WriteRefused`` when the source is no Excel workbook or the copy cannot be written.
    """
    with Package(source) as package:
        changed = _changed_parts(package, findings, returned)
        temporary = target.with_name(f".{target.name}.part")
        try:
            _write(package, temporary, changed)
            verify(temporary, tuple(changed), {})
            replace_atomically(temporary, target)
        except OSError as error:
            raise refusal(error, target) from error
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def _write(package: Package, path: Path, changed: Mapping[str, bytes]) -> None:
    """The package with some parts changed or added, its content types first as every program expects."""
    names = [*package.names(), *(name for name in changed if name not in package)]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name in sorted(names, key=lambda name: name != "[Content_Types].xml"):
            content = changed[name] if name in changed else package.read(name)
            out.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)


def _changed_parts(package: Package, findings: Sequence[Finding], returned: date) -> dict[str, bytes]:
    book = Book(package)
    parts: dict[str, bytes] = {}
    listing = book.sheets.get(FINDINGS_TAB)
    if listing is not None:
        parts[listing] = _listing(package, listing, findings, returned)
        parts[book.part] = _shown(package, book.part)
    added: list[str] = []
    for tab, part in book.sheets.items():
        told = _comments(findings, tab)
        if part != listing:
            parts |= _commented(package, part, told, added)
    if added:
        parts["[Content_Types].xml"] = _with_types(package, added)
    return parts


def _comments(findings: Iterable[Finding], tab: str) -> Comments:
    told: dict[str, list[str]] = {}
    for finding in findings:
        if finding.where.sheet == tab and finding.where.cell and finding.severity is not Severity.INFO:
            sentence = f"{spoken(finding.code)}: {message(finding.code, finding.args)}"
            told.setdefault(finding.where.cell, []).append(sentence)
    return {cell: "\n".join(dict.fromkeys(sentences)) for cell, sentences in told.items()}


# --- the list -------------------------------------------------------------------------------------------------------


def _listing(package: Package, part: str, findings: Sequence[Finding], returned: date) -> bytes:
    """The sheet *Lỗi* with a line for each finding, the gravest first, and a link to its cell."""
    root = parse(package, part)
    data = child(root, "sheetData")
    assert data is not None
    looks = _looks(data)
    for row in [row for row in data if int(row.get("r") or 0) >= FINDINGS_DAY]:
        data.remove(row)
    for old in [one for one in root if local(one) in ("cols", "hyperlinks", "dimension")]:
        root.remove(old)
    told = sorted(findings, key=lambda finding: tuple(Severity).index(finding.severity))
    day = message("returned-on", {"day": f"{returned:%d/%m/%Y}"})
    lines = [(day,), tuple(map(message, HEADERS)), *map(_line, told)]
    for number, cells in enumerate(lines, FINDINGS_DAY):
        data.append(_row(number, cells, looks.get(min(number, FINDINGS_DAY + 2), {})))
    root.insert(list(root).index(data), _columns())
    links = etree.SubElement(root, f"{{{_MAIN}}}hyperlinks")
    for number, finding in enumerate(told, FINDINGS_DAY + 2):
        if finding.where.sheet and finding.where.cell:
            sheet = finding.where.sheet.replace("'", "''")
            place = f"'{sheet}'!{finding.where.cell}"
            etree.SubElement(links, f"{{{_MAIN}}}hyperlink", ref=f"D{number}", location=place)
    root.remove(links)
    if len(links):
        _put_before(root, links, _AFTER_LINKS)
    _colour_tab(root)
    return serialize(root)


def _line(finding: Finding) -> tuple[str, ...]:
    where = finding.where
    severity = message(f"severity-{finding.severity.value}")
    return spoken(finding.code), severity, where.sheet or "", where.cell or "", message(finding.code, finding.args)


def _looks(data: etree._Element) -> dict[int, dict[str, str]]:
    """The styles of the day, the header and the first line, by row and column: a list written before has them too."""
    rows = {int(row.get("r") or 0): row for row in data}
    return {
        number: {(cell.get("r") or "")[:1]: cell.get("s") or "" for cell in rows[number]}
        for number in range(FINDINGS_DAY, FINDINGS_DAY + 3)
        if number in rows
    }


def _row(number: int, cells: Sequence[str], looks: Mapping[str, str]) -> etree._Element:
    row = etree.Element(f"{{{_MAIN}}}row", r=str(number))
    # Excel would find the height of a long sentence by itself, LibreOffice does not.
    lines = max(ceil(len(text) / (width - 2)) for text, width in zip(cells, FINDINGS_WIDTHS, strict=False))
    if lines > 1 and number > FINDINGS_DAY:
        row.set("ht", str(LINE_HEIGHT * lines))
        row.set("customHeight", "1")
    for letters, text in zip_longest(COLUMNS, cells, fillvalue=""):
        cell = etree.Element(f"{{{_MAIN}}}c", r=f"{letters}{number}")
        if looks.get(letters):
            cell.set("s", looks[letters])
            row.append(cell)
        if not text:
            continue
        cell.set("t", "inlineStr")
        row.append(cell)
        said = etree.SubElement(etree.SubElement(cell, f"{{{_MAIN}}}is"), f"{{{_MAIN}}}t")
        said.text = text
    return row


def _columns() -> etree._Element:
    columns = etree.Element(f"{{{_MAIN}}}cols")
    for number, width in enumerate(FINDINGS_WIDTHS, 1):
        attributes = {"min": str(number), "max": str(number), "width": str(width), "customWidth": "1"}
        etree.SubElement(columns, f"{{{_MAIN}}}col", attributes)
    return columns


def _colour_tab(root: etree._Element) -> None:
    properties = child(root, "sheetPr")
    if properties is None:
        properties = etree.Element(f"{{{_MAIN}}}sheetPr")
        root.insert(0, properties)
    for old in [one for one in properties if local(one) == "tabColor"]:
        properties.remove(old)
    properties.insert(0, etree.Element(f"{{{_MAIN}}}tabColor", rgb=f"FF{RED[1:]}"))


def _shown(package: Package, part: str) -> bytes:
    """The workbook with its sheet *Lỗi* in sight."""
    root = parse(package, part)
    for sheet in root.iter(etree.Element):
        if local(sheet) == "sheet" and sheet.get("name") == FINDINGS_TAB:
            sheet.attrib.pop("state", None)
    return serialize(root)


# --- comments -------------------------------------------------------------------------------------------------------


def _commented(package: Package, part: str, told: Comments, added: list[str]) -> dict[str, bytes]:
    """The parts of one sheet's comments. A sheet with controls or threads, whose drawing is not only notes, keeps its
    comments as they are: the list says it all."""
    kinds = {one.kind: one for one in related(package, part)}
    notes, drawing = kinds.get("comments"), kinds.get("vmlDrawing")
    if "threadedComment" in kinds or (notes is None) != (drawing is None):
        return {}
    if notes is None or drawing is None:
        return _first_comments(package, part, told, added) if told else {}
    if package.read(drawing.part).count(b"ObjectType=") != package.read(drawing.part).count(b'ObjectType="Note"'):
        return {}
    kept = list(_of_others(parse(package, notes.part)))
    if not told and len(kept) == len(_written(parse(package, notes.part))):
        return {}
    made, cells = _comments_part(kept, told)
    return {notes.part: made, drawing.part: _drawing_part(cells)}


def _first_comments(package: Package, part: str, told: Comments, added: list[str]) -> dict[str, bytes]:
    number = 1
    while any(f"xl/{name}" in (*package.names(), *added) for name in _names(number)):
        number += 1
    comments, drawing = (f"xl/{name}" for name in _names(number))
    added += [comments, drawing]
    made, cells = _comments_part([], told)
    root = parse(package, part)
    relations, drawing_id = _relations(package, part, comments, drawing)
    legacy = etree.Element(f"{{{_MAIN}}}legacyDrawing", {f"{{{_OFFICE}}}id": drawing_id})
    _put_before(root, legacy, _AFTER_LEGACY)
    return {
        part: serialize(root),
        rels_part(part): relations,
        comments: made,
        drawing: _drawing_part(cells),
    }


def _names(number: int) -> tuple[str, str]:
    return f"ctdComments{number}.xml", f"drawings/ctdDrawing{number}.vml"


def _relations(package: Package, part: str, comments: str, drawing: str) -> tuple[bytes, str]:
    """The sheet's relationships with two more; the id of the drawing's."""
    name = rels_part(part)
    if name in package:
        root = parse(package, name)
    else:
        root = etree.Element(f"{{{_RELATIONS}}}Relationships", nsmap={None: _RELATIONS})
    taken = {one.get("Id") for one in root}
    free = (f"rIdCtd{n}" for n in range(1, 1_000) if f"rIdCtd{n}" not in taken)
    ids = next(free), next(free)
    for identity, kind, target in zip(ids, ("comments", "vmlDrawing"), (comments, drawing), strict=True):
        where = posixpath.relpath(target, posixpath.dirname(part))
        attributes = {"Id": identity, "Type": f"{_OFFICE}/{kind}", "Target": where}
        etree.SubElement(root, f"{{{_RELATIONS}}}Relationship", attributes)
    return serialize(root), ids[1]


def _with_types(package: Package, added: Iterable[str]) -> bytes:
    root = parse(package, "[Content_Types].xml")
    if not any(one.get("Extension") == "vml" for one in root):
        root.insert(0, etree.Element(f"{{{_TYPES}}}Default", Extension="vml", ContentType=_VML_TYPE))
    for name in added:
        if name.endswith(".xml"):
            etree.SubElement(root, f"{{{_TYPES}}}Override", PartName=f"/{name}", ContentType=_COMMENTS_TYPE)
    return serialize(root)


def _written(root: etree._Element) -> list[etree._Element]:
    return [one for one in root.iter(etree.Element) if local(one) == "comment"]


def _of_others(root: etree._Element) -> Iterator[tuple[str, str, etree._Element]]:
    """The comments that are not ours: author, cell, text."""
    authors = ["".join(one.itertext()) for one in root.iter(etree.Element) if local(one) == "author"]
    for comment in _written(root):
        number = int(comment.get("authorId") or 0)
        author = authors[number] if number < len(authors) else ""
        text = child(comment, "text")
        if author != AUTHOR and text is not None:
            yield author, comment.get("ref") or "A1", text


def _comments_part(kept: Sequence[tuple[str, str, etree._Element]], told: Comments) -> tuple[bytes, list[str]]:
    """The comments' part, and the cells that carry one. What we say of a cell with a comment is added to it."""
    authors = list(dict.fromkeys((AUTHOR, *(author for author, _, _ in kept))))
    root = etree.Element(f"{{{_MAIN}}}comments", nsmap={None: _MAIN})
    named = etree.SubElement(root, f"{{{_MAIN}}}authors")
    for author in authors:
        etree.SubElement(named, f"{{{_MAIN}}}author").text = author
    items = etree.SubElement(root, f"{{{_MAIN}}}commentList")
    cells: list[str] = []
    for author, cell, text in kept:
        comment = etree.SubElement(items, f"{{{_MAIN}}}comment", ref=cell, authorId=str(authors.index(author)))
        comment.append(text)
        cells.append(cell)
    for cell, sentences in told.items():
        if cell in cells:
            continue  # the unit's own comment stays as it is; the list says what is wrong
        comment = etree.SubElement(items, f"{{{_MAIN}}}comment", ref=cell, authorId="0")
        said = etree.SubElement(etree.SubElement(comment, f"{{{_MAIN}}}text"), f"{{{_MAIN}}}t")
        said.text = sentences
        cells.append(cell)
    return serialize(root), cells


_SHEET_OF_NOTES = """<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" \
xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/>\
</o:shapelayout><v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">\
<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>{notes}</xml>"""
_NOTE = """<v:shape id="_x0000_s{id}" type="#_x0000_t202" style="position:absolute;visibility:hidden" \
fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>\
<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>\
<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor>\
<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"""


def _drawing_part(cells: Sequence[str]) -> bytes:
    """The boxes that Excel shows comments in."""
    notes = []
    for number, cell in enumerate(cells, 1025):
        area = parse_area(cell)
        row, column = area.first_row - 1, area.first_column - 1
        anchor = f"{column + 1}, 15, {max(row - 1, 0)}, 10, {column + 5}, 15, {row + 5}, 4"
        notes.append(_NOTE.format(id=number, anchor=escape(anchor), row=row, column=column))
    return _SHEET_OF_NOTES.format(notes="".join(notes)).encode()


def _put_before(root: etree._Element, element: etree._Element, after: Sequence[str]) -> None:
    """Put an element where the format wants it: before the first of those that come after it."""
    follower = next((one for one in root if local(one) in after), None)
    if follower is None:
        root.append(element)
    else:
        follower.addprevious(element)
