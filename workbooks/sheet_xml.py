"""One sheet's XML, taken apart at a table's body: everything but the body as a tree, the body as a stream.

The body of a master may hold hundreds of megabytes, so its rows are looked at in bulk. Only where staff put something
of their own into the body's rows are these parsed cell by cell.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from html import escape

from lxml import etree

from workbooks.layouts import column_letters, column_number
from workbooks.parts import child, elements, local

SAMPLE_ROWS = 64
"""The looks of a column are those that most of the first rows have, so one coloured row colours no table."""

MARKER = "xl-ctd-rows"
_START = re.compile(rb"<((?:[\w.-]+:)?)sheetData(\s[^>]*?)?(/?)>")
_NUMBER = re.compile(rb'\sr\s*=\s*["\'](\d+)["\']')
_LETTERS = re.compile(r"\$?([A-Z]+)\$?")
_DECLARATIONS = re.compile(r' xmlns(?::[\w.-]+)?="[^"]*"')
_ROW_LOOKS = ("s", "customFormat", "ht", "customHeight", "thickTop", "thickBot")


class Unusual(Exception):
    """The rows are written in a way the bulk scanner does not follow; the whole sheet must be parsed."""


@dataclass(slots=True)
class BodyRow:
    """What staff keep in one row of the body: cells that are not ours by column number, and the row's key."""

    number: int
    key: tuple[str, ...]
    cells: dict[int, str]
    """Column → what follows the cell's address; see ``emit.Ready``."""


@dataclass(frozen=True, slots=True)
class Looks:
    """How the rows of a body look: each column's style, and the attributes of a row."""

    columns: tuple[int, ...]
    styles: tuple[int, ...]
    row: str


@dataclass(slots=True)
class Sheet:
    """A sheet without its table's body. ``root`` holds all other rows and a marker where the body stood; ``looks`` is
    known where no row of the body had to be read."""

    root: etree._Element
    prefix: str
    marker: etree._Element
    sample: list[etree._Element] = field(default_factory=list)
    rows: list[BodyRow] = field(default_factory=list)
    looks: Looks | None = None

    @property
    def data(self) -> etree._Element:
        found = child(self.root, "sheetData")
        assert found is not None
        return found

    def rows_after(self) -> list[etree._Element]:
        """The rows below the body."""
        return [row for row in self.marker.itersiblings() if local(row) == "row"]

    def rows_before(self) -> list[etree._Element]:
        """The rows above the body, the nearest first."""
        return [row for row in self.marker.itersiblings(preceding=True) if local(row) == "row"]

    def split(self) -> tuple[bytes, bytes]:
        """The XML before the body's rows and after them."""
        text = bytes(etree.tostring(self.root, encoding="UTF-8", xml_declaration=False))
        at = text.index(b' %s="' % MARKER.encode())
        start, end = text.rindex(b"<", 0, at), text.index(b">", at) + 1
        return text[:start], text[end:]

    def styles(self, columns: Iterable[int]) -> dict[int, int]:
        """The style of each column in the body: what most sample rows have, else the column's own."""
        if self.looks:
            return dict(zip(self.looks.columns, self.looks.styles, strict=True))
        seen: dict[int, Counter[str]] = defaultdict(Counter)
        for row in self.sample:
            for number, cell in cells_of(row):
                seen[number][cell.get("s") or "0"] += 1
        return {
            column: int(seen[column].most_common(1)[0][0]) if column in seen else self._column_style(column)
            for column in columns
        }

    def _column_style(self, column: int) -> int:
        for one in elements(self.root, "col"):
            if int(one.get("min", "0")) <= column <= int(one.get("max", "0")):
                return int(one.get("style") or 0)
        return 0

    def row_looks(self) -> str:
        """Height and format that most sample rows have, as attributes; never hidden."""
        if self.looks:
            return self.looks.row
        looks = Counter(
            " ".join(f'{name}="{escape(row.get(name) or "")}"' for name in _ROW_LOOKS if row.get(name) is not None)
            for row in self.sample
        )
        return looks.most_common(1)[0][0] if looks else ""


def cells_of(row: etree._Element) -> Iterator[tuple[int, etree._Element]]:
    """The cells of a row with their column numbers; a cell without an address follows the one before it."""
    number = 0
    for cell in row.iterchildren("{*}c"):
        number = _column_of((cell.get("r") or "").rstrip("0123456789")) or number + 1
        yield number, cell


@lru_cache(1024)
def _column_of(letters: str) -> int | None:
    """The column of an address without its row: ``B``, ``$B$``; None for what is none."""
    match = _LETTERS.fullmatch(letters)
    return column_number(match[1]) if match else None


def has_content(cell: etree._Element) -> bool:
    return len(cell) > 0


def take_apart(
    chunks: Iterable[bytes],
    body: range,
    ours: frozenset[int],
    key_of: Callable[[etree._Element], tuple[str, ...]] | None,
    parser: Callable[[bytes], etree._Element],
) -> Sheet:
    """Read a sheet once, keeping all but our cells of the body's rows.

    ``ours`` are the column numbers that are written anew. ``key_of`` makes every body row's key be read. Raises
    ``Unusual`` when the rows must be parsed as a whole first (``normalized``).
    """
    return _Taker(body, ours, key_of, parser).read(iter(chunks))


def normalized(root: etree._Element) -> bytes:
    """The sheet with an address on every row and cell, without comments and character data sections."""
    number = 0
    shared: dict[str, tuple[str, str]] = {}
    data = child(root, "sheetData")
    for row in data if data is not None else ():
        number = int(row.get("r") or number + 1)
        row.set("r", str(number))
        for column, cell in cells_of(row):
            cell.set("r", f"{column_letters(column)}{number}")
            unshare(cell, f"{column_letters(column)}{number}", shared)
    return bytes(etree.tostring(root, encoding="UTF-8"))


def unshare(cell: etree._Element, address: str, shared: dict[str, tuple[str, str]]) -> None:
    """Give a cell that shares its formula with others one of its own, so that it may be moved alone.

    ``shared`` collects the formulas met so far. Raises ``Unusual`` for one whose first cell was not met.
    """
    formula = child(cell, "f")
    if formula is None or formula.get("t") != "shared":
        return
    index = formula.get("si") or ""
    if formula.text:
        shared[index] = (formula.text, address)
    elif index in shared:
        formula.text = translated(*shared[index], address)
    else:
        raise Unusual
    for name in ("t", "si", "ref"):
        formula.attrib.pop(name, None)


def translated(formula: str, origin: str, address: str) -> str:
    """A formula as it reads after being copied from one cell to another.

    >>> translated("A5*$B$1", "C5", "C9")
    'A9*$B$1'
    """
    from openpyxl.formula.translate import Translator  # loads much, and is needed only for staff's own formulas

    return str(Translator(f"={formula}", origin).translate_formula(address))[1:]


def head(chunks: Iterable[bytes], first: int, parser: Callable[[bytes], etree._Element]) -> etree._Element:
    """The sheet's rows above row ``first`` only, as a tree of their own."""
    buffer, start = b"", None
    for chunk in chunks:
        buffer += chunk
        start = start or _START.search(buffer)
        if start is None:
            continue
        row_start = re.compile(rb"<%brow(?=[\s/>])[^>]*>" % re.escape(start[1]))
        beyond = (one for one in row_start.finditer(buffer, start.end()) if _row_number(one[0]) >= first)
        cut = next((one.start() for one in beyond), buffer.find(b"</%bsheetData>" % start[1]))
        if cut >= 0 or start[3]:
            rows = b"" if start[3] else buffer[start.end() : cut]
            if b"<!" in rows:
                raise Unusual
            tag = start[1]
            opening = buffer[: start.start()] + b"<%bsheetData>" % tag
            return parser(opening + rows + b"</%bsheetData></%bworksheet>" % (tag, tag))
    raise Unusual


class _Taker:
    def __init__(
        self,
        body: range,
        ours: frozenset[int],
        key_of: Callable[[etree._Element], tuple[str, ...]] | None,
        parser: Callable[[bytes], etree._Element],
    ) -> None:
        self.body, self.ours, self.key_of, self.parser = body, ours, key_of, parser
        self.letters = b"|".join(column_letters(number).encode() for number in sorted(ours))
        self.before: list[bytes] = []
        self.after: list[bytes] = []
        self.sample: list[etree._Element] = []
        self.rows: list[BodyRow] = []
        self.shared: dict[str, tuple[str, str]] = {}

    def read(self, chunks: Iterator[bytes]) -> Sheet:
        buffer, start = self._prologue(chunks)
        self.tag = start[1]
        self.opening, rest = buffer[: start.start()], buffer[start.end() :]
        epilogue = rest + b"".join(chunks) if start[3] else self._rows(rest, chunks)
        return self._shell(epilogue)

    @staticmethod
    def _prologue(chunks: Iterator[bytes]) -> tuple[bytes, re.Match[bytes]]:
        buffer = b""
        for chunk in chunks:
            buffer += chunk
            if buffer[:2] in (b"\xff\xfe", b"\xfe\xff"):
                raise Unusual
            start = _START.search(buffer)
            if start:
                if b"<![CDATA[" in buffer[: start.start()] or b"<!--" in buffer[: start.start()]:
                    raise Unusual
                return buffer, start
        raise Unusual

    def _rows(self, buffer: bytes, chunks: Iterator[bytes]) -> bytes:
        tag = self.tag
        end_tag, row_end = b"</%bsheetData>" % tag, b"</%brow>" % tag
        self.row_start = re.compile(rb"<%brow(?=[\s/>])[^>]*>" % re.escape(tag))
        while True:
            end = buffer.find(end_tag)
            section = buffer if end < 0 else buffer[:end]
            if b"<!" in section:
                raise Unusual
            if end >= 0:
                self._section(section)
                return buffer[end + len(end_tag) :] + b"".join(chunks)
            cut = section.rfind(row_end)
            if cut >= 0:
                cut += len(row_end)
                self._section(section[:cut])
                buffer = section[cut:]
            chunk = next(chunks, None)
            if chunk is None:
                raise Unusual
            buffer += chunk

    @cached_property
    def foreign(self) -> re.Pattern[bytes]:
        """A cell that is not ours, or one that does not say where it stands."""
        place = rb'(?>r="|[^>]*?\sr="|)(?!(?:%b)[0-9])' % self.letters
        return re.compile(rb"<%bc(?:>|\s%b)" % (re.escape(self.tag), place))

    def _section(self, section: bytes) -> None:
        """Complete rows: above the body, in it, below it, or some of each."""
        first = self.row_start.search(section)
        if first is None:
            return
        last = section.rfind(b"<%brow" % self.tag)
        low, high = _row_number(first[0]), _row_number(section[last : section.index(b">", last) + 1])
        if high < self.body.start:
            self.before.append(section)
        elif low >= self.body.stop:
            self.after.append(section)
        elif low >= self.body.start and high < self.body.stop:
            self._body_section(section)
        else:
            cuts = [len(section), len(section)]
            for match in self.row_start.finditer(section):
                number = _row_number(match[0])
                if number >= self.body.start:
                    cuts[0] = min(cuts[0], match.start())
                if number >= self.body.stop:
                    cuts[1] = match.start()
                    break
            self.before.append(section[: cuts[0]])
            if cuts[0] < cuts[1]:
                self._body_section(section[cuts[0] : cuts[1]])
            self.after.append(section[cuts[1] :])

    def _body_section(self, section: bytes) -> None:
        if self.key_of is not None or self.foreign.search(section):
            rows = list(self._parse(section))
            self.sample += rows[: max(0, SAMPLE_ROWS - len(self.sample))]
            self.rows += map(self._body_row, rows)
        elif len(self.sample) < SAMPLE_ROWS:
            starts = [match.start() for match in self.row_start.finditer(section)]
            cut = starts[SAMPLE_ROWS] if len(starts) > SAMPLE_ROWS else len(section)
            self.sample += self._parse(section[:cut])

    def _parse(self, rows: bytes) -> etree._Element:
        opening = self.opening + b"<%bsheetData>" % self.tag
        root = self.parser(opening + rows + b"</%bsheetData>" % self.tag + self._root_end())
        found = child(root, "sheetData")
        assert found is not None
        return found

    def _root_end(self) -> bytes:
        return b"</%bworksheet>" % self.tag

    def _body_row(self, row: etree._Element) -> BodyRow:
        number = int(row.get("r") or 0)
        kept = {}
        for column, cell in cells_of(row):
            if column in self.ours:
                continue
            unshare(cell, f"{column_letters(column)}{number}", self.shared)
            kept[column] = after_address(cell)
        return BodyRow(number, self.key_of(row) if self.key_of else (), kept)

    def _shell(self, epilogue: bytes) -> Sheet:
        tag = self.tag
        marker = b'<%brow %s=""/>' % (tag, MARKER.encode())
        # fmt: off
        root = self.parser(
            self.opening + b"<%bsheetData>" % tag + b"".join(self.before) + marker + b"".join(self.after)
            + b"</%bsheetData>" % tag + epilogue
        )
        # fmt: on
        data = child(root, "sheetData")
        assert data is not None
        found = next(row for row in data if row.get(MARKER) is not None)
        if self.shared:
            for cell in (cell for row in found.itersiblings() for _, cell in cells_of(row)):
                unshare(cell, cell.get("r") or "", self.shared)
        return Sheet(root, tag.decode().rstrip(":"), found, self.sample[:SAMPLE_ROWS], self.rows)


def _row_number(tag: bytes) -> int:
    match = _NUMBER.search(tag)
    if match is None:
        raise Unusual
    return int(match[1])


def after_address(cell: etree._Element) -> str:
    """A cell's XML from behind its address on, in the form ``emit.Ready`` takes."""
    tag = f"{cell.prefix}:c" if cell.prefix else "c"
    attributes = "".join(
        f' {name}="{escape(value)}"' for name, value in cell.attrib.items() if name != "r" and not name.startswith("{")
    )
    inner = "".join(map(inner_xml, cell))
    return f'"{attributes}>{inner}</{tag}>' if inner else f'"{attributes}/>'


def inner_xml(element: etree._Element) -> str:
    """An element's XML without the namespace declarations that its surroundings make."""
    text = str(etree.tostring(element, encoding="unicode", with_tail=False))
    end = text.index(">")
    return _DECLARATIONS.sub("", text[:end]) + text[end:]


def renumber(row: etree._Element, number: int) -> None:
    """Move a row element to another row."""
    by = number - int(row.get("r") or number)
    row.set("r", str(number))
    for column, cell in cells_of(row):
        cell.set("r", f"{column_letters(column)}{number}")
        formula = child(cell, "f")
        if formula is not None and formula.get("ref"):
            formula.set("ref", re.sub(r"\d+", lambda match: str(int(match[0]) + by), formula.get("ref") or ""))


def fragment(parent: etree._Element, xml: str) -> etree._Element:
    """A piece of XML as an element that speaks of the same namespaces as ``parent``."""
    spaces = "".join(
        f' xmlns{":" + prefix if prefix else ""}="{escape(uri)}"' for prefix, uri in parent.nsmap.items() if uri
    )
    return etree.fromstring(f"<wrap{spaces}>{xml}</wrap>".encode())[0]


def cell_text(cell: etree._Element, strings: Sequence[str]) -> str:
    """What a cell shows, as far as a key needs it: text as it is, numbers as they are written, "" for a blank."""
    value = child(cell, "v")
    if cell.get("t") == "s" and value is not None and value.text:
        return strings[int(value.text)]
    if cell.get("t") == "inlineStr":
        return "".join(one.text or "" for one in elements(cell, "t"))
    return (value.text or "") if value is not None else ""


def shared_strings(chunks: Iterable[bytes], last: int | None = None) -> list[str]:
    """The shared texts without their phonetic guides, up to number ``last``; the part may be larger than memory."""
    parser = etree.XMLPullParser(("end",), tag="{*}si", resolve_entities=False, no_network=True, huge_tree=True)
    found: list[str] = []
    for chunk in chunks:
        parser.feed(chunk)
        for _, item in parser.read_events():
            runs = [one for one in item.iter("{*}t") if local(one.getparent()) != "rPh"]
            found.append("".join(one.text or "" for one in runs))
            item.clear()
            while item.getprevious() is not None:
                del item.getparent()[0]
        if last is not None and len(found) > last:
            break
    return found
