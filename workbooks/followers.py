"""What points at a table's rows from elsewhere and must follow them: rules, names, charts, pictures, comments.

A part is rewritten only where it names a range that moved. Every other byte of it stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from html import escape, unescape

from lxml import etree

from workbooks.layouts import column_letters
from workbooks.package import Package
from workbooks.parts import (
    Book,
    Related,
    TablePart,
    child,
    elements,
    local,
    moved_formulas,
    parse,
    related,
    rels_part,
    serialize,
)
from workbooks.ranges import Change, moved_area, moved_formula, moved_list, parse_area
from workbooks.sheet_xml import cells_of, unshare
from workbooks.table_patch import Orphan, TablePlan, forget_result, table_area_after
from xl_ctd.core.remembering import Remember, anew

_FORMULA_ELEMENTS = frozenset({"f", "formula", "formula1", "formula2"})
_LIST_ELEMENTS = frozenset({"conditionalFormatting", "dataValidation", "protectedRange", "ignoredError"})
_AREA_ELEMENTS = frozenset({"mergeCell", "hyperlink", "autoFilter", "sortState", "sortCondition"})
_AFTER_CALCULATION = frozenset(
    {
        "oleSize",
        "customWorkbookViews",
        "pivotCaches",
        "smartTagPr",
        "smartTagTypes",
        "webPublishing",
        "fileRecoveryPr",
        "webPublishObjects",
        "extLst",
    }
)
"""What stands behind ``calcPr`` in a workbook part; the order is prescribed."""
_REF = re.compile(rb'(\sref=")\$?([A-Z]+)\$?(\d+)(")')
_SHAPE = re.compile(rb"<((?:[\w.-]+:)?)shape\b(?:(?!</\1shape>).)*<(?:[\w.-]+:)?ClientData\b.*?</\1shape>", re.DOTALL)
_SHAPE_ROW = re.compile(rb"(<(?:[\w.-]+:)?Row>\s*)(\d+)(\s*</)")
_SHAPE_COLUMN = re.compile(rb"<(?:[\w.-]+:)?Column>\s*(\d+)\s*</")
_SHAPE_ANCHOR = re.compile(rb"(<(?:[\w.-]+:)?Anchor>)([^<]*)(</)")
_SOURCE = re.compile(rb"<(?:[\w.-]+:)?worksheetSource\b[^>]*>")
_FORMULA_ATTRIBUTE = re.compile(rb'(\s(?:fmlaLink|fmlaRange|fmlaTxbx|textlink)=")([^"]*)(")')


class Links:
    """Which part leads to which, read once."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._known: dict[str, tuple[Related, ...]] = {}

    def of(self, part: str, *kinds: str) -> list[str]:
        """The parts of some kinds that a part points to."""
        if part not in self._known:
            self._known[part] = related(self._package, part)
        return [one.part for one in self._known[part] if one.kind in kinds]

    def drawings(self, book: Book) -> list[str]:
        return [drawing for sheet in book.sheets.values() for drawing in self.of(sheet, "drawing")]

    def charts(self, book: Book) -> list[str]:
        """Every chart of the workbook, on worksheets and chart sheets."""
        return [chart for drawing in self.drawings(book) for chart in self.of(drawing, "chart", "chartEx")]


def obstacles(package: Package, links: Links, book: Book, table: TablePart) -> list[int]:
    """Rows at which something other than a cell begins in the table's columns: drawings, tables, pivot tables."""
    columns = range(table.area.first_column, table.area.last_column + 1)
    rows = []
    for part in links.of(table.sheet_part, "drawing"):
        for start in elements(parse(package, part), "from"):
            numbers = {local(one): int(one.text or 0) for one in start}
            if numbers.get("col", -1) + 1 in columns:
                rows.append(numbers.get("row", 0) + 1)
    others = [one.area for one in book.tables.values() if one.sheet_part == table.sheet_part and one.name != table.name]
    for part in links.of(table.sheet_part, "pivotTable"):
        others += [parse_area(one.get("ref") or "") for one in elements(parse(package, part), "location")]
    rows += [
        area.first_row for area in others if area.first_column < columns.stop and area.last_column >= columns.start
    ]
    return rows


def anchored(package: Package, links: Links, table: TablePart) -> bool:
    """Whether comments hang on cells of the table's body, so that its rows must be followed one by one."""
    parts = links.of(table.sheet_part, "comments", "threadedComment")
    rows = (int(match[3]) for part in parts for match in _REF.finditer(package.read(part)))
    return any(table.first <= row <= table.last for row in rows)


# --- the table's own sheet --------------------------------------------------------------------------------------


def follow_in_sheet(plan: TablePlan, changes: Sequence[Change]) -> tuple[Orphan, ...]:
    """Everything on the table's own sheet outside the body's rows. Links of rows that are gone are given back."""
    tab, own = plan.table.sheet, [plan.change]
    shared: dict[str, tuple[str, str]] = {}
    for cell in [cell for row in plan.sheet.data for _, cell in cells_of(row)]:
        unshare(cell, cell.get("r") or "", shared)
    gone = _drop_links_of_gone_rows(plan)
    for element in list(plan.sheet.root.iter(etree.Element)):
        name = local(element)
        if name in _FORMULA_ELEMENTS and element.text:
            element.text = moved_formula(element.text, tab, changes)
        elif name == "sqref" and element.text:
            alone = local(element.getparent()) == "sparkline"
            element.text = moved_area(element.text, own) if alone else moved_list(element.text, own)
        elif name in _LIST_ELEMENTS and element.get("sqref"):
            element.set("sqref", moved_list(element.get("sqref") or "", own))
        elif name in _AREA_ELEMENTS and element.get("ref"):
            _follow_area(plan, element, tab, changes)
        elif name == "brk" and local(element.getparent()) == "rowBreaks":
            element.set("id", str(plan.change.row(int(element.get("id") or 0) + 1) - 1))
        elif name == "row" and element.text and local(element.getparent()) in ("from", "to"):
            element.text = str(plan.change.row(int(element.text) + 1) - 1)
    plan.beside = {
        row: {column: _followed_cell(cell, tab, changes) for column, cell in cells.items()}
        for row, cells in plan.beside.items()
    }
    for cell in (cell for row in plan.sheet.data for _, cell in cells_of(row)):
        forget(cell)
    _dimension(plan)
    return gone


def _drop_links_of_gone_rows(plan: TablePlan) -> tuple[Orphan, ...]:
    gone = []
    for link in list(elements(plan.sheet.root, "hyperlink")):
        area, parent = parse_area(link.get("ref") or ""), link.getparent()
        inside = plan.change.first <= area.first_row == area.last_row <= plan.change.old_last
        if not inside or not plan.rows_known or area.first_row in plan.rows_moved:
            continue
        key = next((row.key for row in plan.sheet.rows if row.number == area.first_row), ())
        text = link.get("display") or link.get("location") or link.get("tooltip") or "→"
        gone.append(Orphan(plan.table.name, column_letters(area.first_column), key, text))
        parent.remove(link)
        if not len(parent):
            parent.getparent().remove(parent)
    return tuple(gone)


def forget(cell: etree._Element) -> bool:
    """Drop the cached result of a formula: programs that do not calculate on opening would show the old one."""
    if len(cell) < 2:
        return False
    formula, value = child(cell, "f"), child(cell, "v")
    if formula is None or value is None:
        return False
    cell.remove(value)
    cell.attrib.pop("t", None)
    return True


def _followed_cell(cell: str, tab: str, changes: Sequence[Change]) -> str:
    if "<" not in cell:
        return cell
    return forget_result(moved_formulas(cell.encode(), tab, changes).decode())


def _follow_area(plan: TablePlan, element: etree._Element, tab: str, changes: Sequence[Change]) -> None:
    ref = element.get("ref") or ""
    if local(element) == "hyperlink":
        if element.get("location"):
            element.set("location", moved_formula(element.get("location") or "", tab, changes))
        area = parse_area(ref)
        if area.first_row in plan.rows_moved and area.first_row == area.last_row:
            row = plan.rows_moved[area.first_row]
            first, last = column_letters(area.first_column), column_letters(area.last_column)
            element.set("ref", f"{first}{row}" if first == last else f"{first}{row}:{last}{row}")
            return
    element.set("ref", moved_area(ref, [plan.change]))


def _dimension(plan: TablePlan) -> None:
    """Say the range that is used: some readers believe it."""
    element = child(plan.sheet.root, "dimension")
    if element is None:
        return
    area = plan.table.area
    columns = [column for row in plan.sheet.data for column, _ in cells_of(row)]
    columns += [area.first_column, area.last_column, *(column for cells in plan.beside.values() for column in cells)]
    rows = [int(row.get("r") or 0) for row in plan.sheet.data if row.get("r")]
    rows += [area.first_row, plan.change.new_last]
    start, end = f"{column_letters(min(columns))}{min(rows)}", f"{column_letters(max(columns))}{max(rows)}"
    element.set("ref", f"{start}:{end}")


def followed_table(package: Package, plan: TablePlan) -> bytes:
    """The table's own part with its new range. Filters and sorting are cleared, for all its rows show again."""
    data = package.read(plan.table.part)
    root = parse(package, plan.table.part, data)
    root.set("ref", table_area_after(plan))
    for name in ("insertRow", "insertRowShift"):
        root.attrib.pop(name, None)
    for filters in [one for one in root if local(one) == "autoFilter"]:
        filters.set("ref", re.sub(r"\d+$", str(plan.change.new_last), filters.get("ref") or ""))
        for column in [one for one in filters if local(one) == "filterColumn" and len(one)]:
            column[:] = []
            if not {"hiddenButton", "showButton"} & set(column.attrib):
                filters.remove(column)
    for sorting in [one for one in root.iter(etree.Element) if local(one) == "sortState"]:
        sorting.getparent().remove(sorting)
    before = etree.tostring(parse(package, plan.table.part, data), method="c14n")
    return data if etree.tostring(root, method="c14n") == before else serialize(root)


def follow_anchors(package: Package, links: Links, book: Book, plan: TablePlan) -> tuple[Orphan, ...]:
    """Comments, pictures, other tables and pivot tables of the sheet. Comments of rows that are gone are given back."""
    change, sheet_part = plan.change, plan.table.sheet_part
    gone: list[Orphan] = []
    body = range(change.first, change.old_last + 1)

    def row_of(row: int) -> int | None:
        if row in body and plan.rows_known:
            return plan.rows_moved.get(row)
        return change.row(row)

    for part in links.of(sheet_part, "comments"):
        gone += _follow_comments(package, part, plan, row_of)
    for part in links.of(sheet_part, "threadedComment"):
        _follow_comments(package, part, plan, row_of)
    for part in links.of(sheet_part, "vmlDrawing", "legacyDrawing"):
        package.replace(part, _followed_shapes(package.read(part), row_of))
    if not change.pushed:
        return tuple(gone)
    for part in links.of(sheet_part, "drawing"):
        root = parse(package, part)
        for row in [one for end in elements(root, "from", "to") for one in end if local(one) == "row"]:
            row.text = str(change.row(int(row.text or 0) + 1) - 1)
        package.replace(part, serialize(root))
    others = [one.part for one in book.tables.values() if one.sheet_part == sheet_part and one.name != plan.table.name]
    for part in [*others, *links.of(sheet_part, "pivotTable")]:
        root = parse(package, part)
        for element in [root, *elements(root, "autoFilter", "location", "sortState", "sortCondition")]:
            if element.get("ref"):
                element.set("ref", moved_area(element.get("ref") or "", [change]))
        package.replace(part, serialize(root))
    return tuple(gone)


def _follow_comments(package: Package, part: str, plan: TablePlan, row_of: Callable[[int], int | None]) -> list[Orphan]:
    """Move each comment with its row; not a byte changes where no row moved."""
    data = package.read(part)
    moves = {(match[2], match[3]): row_of(int(match[3])) for match in _REF.finditer(data)}
    if all(row == int(old) for (_, old), row in moves.items()):
        return []
    root = parse(package, part, data)
    gone = []
    for comment in list(elements(root, "comment", "threadedComment")):
        area = parse_area(comment.get("ref") or "")
        row = row_of(area.first_row)
        if row is None:
            text = "".join(one.text or "" for one in elements(comment, "t", "text"))
            key = next((one.key for one in plan.sheet.rows if one.number == area.first_row), ())
            gone.append(Orphan(plan.table.name, column_letters(area.first_column), key, text))
            comment.getparent().remove(comment)
        else:
            comment.set("ref", f"{column_letters(area.first_column)}{row}")
    package.replace(part, serialize(root))
    return gone


def _followed_shapes(data: bytes, row_of: Callable[[int], int | None]) -> bytes:
    """The shapes that show the comments and buttons, moved by rows; those of rows that are gone are left out."""

    def follow(match: re.Match[bytes]) -> bytes:
        shape = match[0]
        old = _SHAPE_ROW.search(shape)
        anchor = _SHAPE_ANCHOR.search(shape)
        if old is None and anchor is None:
            return shape
        numbers = anchor[2].split(b",") if anchor else []
        start = int(old[2]) if old else int(numbers[2])
        row = row_of(start + 1)
        if row is None:
            return b"" if old else shape
        if row == start + 1:
            return shape
        if old:
            shape = _SHAPE_ROW.sub(lambda one: one[1] + b"%d" % (row - 1) + one[3], shape, count=1)
        if len(numbers) == 8:
            for place in (2, 6):
                numbers[place] = b" %d" % max(0, int(numbers[place]) + row - 1 - start)
            shape = _SHAPE_ANCHOR.sub(lambda one: one[1] + b",".join(numbers) + one[3], shape, count=1)
        return shape

    return _SHAPE.sub(follow, data)


# --- the rest of the workbook -----------------------------------------------------------------------------------


def follow_elsewhere(
    package: Package,
    links: Links,
    book: Book,
    changes: Sequence[Change],
    patched: set[str],
    tables: set[str],
    remember: Remember = anew,
) -> None:
    """Charts, pivot caches, controls and the formulas of other sheets that name ranges which moved."""
    moving = [change for change in changes if not change.nothing]
    for part in _pivot_caches(links, book):
        _follow_pivot_cache(package, part, changes, tables)
    if not moving:
        return
    rows_named = _rows_named({change.sheet for change in moving})
    for tab, part in book.sheets.items():
        if part not in patched and mentions(package, part, rows_named, remember):
            package.edit(part, partial(moved_formulas, sheet=tab, changes=moving, only=rows_named))
    for part in links.charts(book):
        package.replace(part, moved_formulas(package.read(part), None, moving, single_cells=True))
    if any(change.pushed for change in moving):
        controls = [part for sheet in book.sheets.values() for part in links.of(sheet, "ctrlProp")]
        for part in [*links.drawings(book), *controls]:
            package.replace(part, _moved_attributes(package.read(part), moving))


def _rows_named(sheets: Iterable[str]) -> re.Pattern[bytes]:
    """Finds a formula that names rows of some sheets. Whole columns, as most formulas of ours name them, stay what
    they are: only rows move. What is looked for begins with a plain sign, which is much faster than with a name."""
    names = sorted({spelling for sheet in sheets for spelling in _spellings(sheet)})
    behind = b"|".join(b"(?<=%b!)" % re.escape(name + quote) for name in names for quote in (b"", b"'", b"&apos;"))
    return re.compile(rb"!(?=\$?[A-Za-z]{1,3}\$?\d)(?:%b)" % behind)


def _spellings(sheet: str) -> tuple[bytes, ...]:
    return escape(sheet, quote=False).encode(), escape(sheet.replace("'", "''"), quote=False).encode()


def mentions(package: Package, part: str, wanted: re.Pattern[bytes], remember: Remember = anew) -> bool:
    """Does the part's present content say this anywhere? Its check sum and size stand for its content."""
    member = package.member(part)
    depends_on = (repr(wanted.pattern), f"{member.crc} {member.size}")
    return bool(remember("mentions", depends_on, lambda: _mentions(package, part, wanted)))


def _mentions(package: Package, part: str, wanted: re.Pattern[bytes]) -> bool:
    tail = b""
    for chunk in package.chunks(part):
        text = tail + chunk
        if wanted.search(text):
            return True
        tail = text[-400:]
    return False


def _moved_attributes(data: bytes, changes: Sequence[Change]) -> bytes:
    def move(match: re.Match[bytes]) -> bytes:
        formula = unescape(match[2].decode())
        return match[1] + escape(moved_formula(formula, None, changes)).encode() + match[3]

    return _FORMULA_ATTRIBUTE.sub(move, data)


def _pivot_caches(links: Links, book: Book) -> list[str]:
    return [one.part for one in book.related if one.kind == "pivotCacheDefinition"]


def _follow_pivot_cache(package: Package, part: str, changes: Sequence[Change], tables: set[str]) -> None:
    """A pivot table over one of our tables reads it again when the workbook is opened."""
    data = package.read(part)
    source = _SOURCE.search(data)
    if source is None:
        return
    root = etree.fromstring(re.sub(rb"<(?:[\w.-]+:)?worksheetSource", b"<worksheetSource", _closed(source[0])))
    own = [change for change in changes if change.sheet.casefold() == (root.get("sheet") or "").casefold()]
    if root.get("name") not in tables and not own:
        return
    tag = source[0]
    if own and root.get("ref"):
        ref = moved_area(root.get("ref") or "", own).encode()
        tag = re.sub(rb'(\sref=")[^"]*', lambda match: match[1] + ref, tag)
    data = data.replace(source[0], tag, 1)
    start = re.search(rb"<(?:[\w.-]+:)?pivotCacheDefinition\b[^>]*>", data)
    if start and b'refreshOnLoad="1"' not in start[0]:
        opened = re.sub(rb'\srefreshOnLoad="[^"]*"', b"", start[0])
        opened = re.sub(rb"(/?>)$", rb' refreshOnLoad="1"\1', opened)
        data = data.replace(start[0], opened, 1)
    package.replace(part, data)


def _closed(tag: bytes) -> bytes:
    # An attribute with a prefix (r:id) needs its declaration to be read alone; we do not need the attribute.
    plain = re.sub(rb'\s[\w.-]+:[\w.-]+="[^"]*"', b"", tag)
    return plain if plain.endswith(b"/>") else plain[:-1] + b"/>"


def follow_in_workbook(book: Book, changes: Sequence[Change]) -> bytes:
    """The workbook part: names follow their ranges, and everything is calculated anew on opening."""
    data = book.package.read(book.part)
    root = parse(book.package, book.part, data)
    before = etree.tostring(root, method="c14n")
    for name in elements(root, "definedName"):
        name.text = moved_formula(name.text or "", None, changes)
    calculation = child(root, "calcPr")
    if calculation is None:
        space = root.tag.rpartition("}")[0] + "}" if "}" in root.tag else ""
        calculation = etree.Element(f"{space}calcPr")
        follower = next((one for one in root if local(one) in _AFTER_CALCULATION), None)
        if follower is None:
            root.append(calculation)
        else:
            follower.addprevious(calculation)
    calculation.set("fullCalcOnLoad", "1")
    return data if etree.tostring(root, method="c14n") == before else serialize(root)


def drop_calculation_chain(package: Package, book: Book) -> None:
    """The order of calculation names cells that moved; programs make it anew."""
    for one in book.related:
        if one.kind != "calcChain":
            continue
        package.drop(one.part)
        rels = rels_part(book.part)
        root = parse(package, rels)
        for element in [found for found in root if found.get("Id") == one.id]:
            root.remove(element)
        package.replace(rels, serialize(root))
        types = parse(package, "[Content_Types].xml")
        for element in list(types):
            if (element.get("PartName") or "").lstrip("/").casefold() == one.part.casefold():
                types.remove(element)
        package.replace("[Content_Types].xml", serialize(types))
