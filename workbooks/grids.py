"""Cells as typed values, tab by tab, from the parts that the gate has judged; and what the parser does not tell.

Sheets written in the usual way were read at the gate; the parser (calamine) takes the others. It is handed a package
made of exactly the inflated parts that were looked at, so it can meet no byte that the gate has not seen. It shows a
cell with an error such as ``#DIV/0!`` like a blank, shows a formula that was never calculated like a blank, fails a
whole tab on ``#SPILL!`` and knows no fonts: ``trouble_in`` and ``styled_cells`` find those cells in the sheet's XML.
"""

from __future__ import annotations

import io
import re
import struct
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from isal import isal_zlib
from lxml import etree
from python_calamine import CalamineWorkbook

from workbooks.gate import ODS_TABLE, Passed, repeated
from workbooks.layouts import column_letters
from workbooks.usual_sheets import ColumnRows
from xl_ctd.core.findings import Finding, Place, Severity


@dataclass(frozen=True, slots=True)
class Trouble:
    """Stands in a grid for a cell that has no value to read; ``code`` names a finding, ``text`` is what is shown."""

    code: str
    text: str


Position = tuple[int, str]
"""Line and column letters."""


@dataclass(frozen=True, slots=True)
class Grid:
    """One tab from A1 on: strings, floats, booleans, dates and times; ``""`` is a blank.

    ``xml`` is its own part in an Excel workbook, ``ods_errors`` its error cells in an OpenDocument one. ``flawed``:
    letters of the only columns in which cells without a value to read can stand, None when that is not known.
    """

    tab: str
    rows: Sequence[Sequence[object]]
    xml: bytes = b""
    ods_errors: Mapping[Position, Trouble] = field(default_factory=dict)
    flawed: frozenset[str] | None = None


def columns_below(grid: Grid, line: int) -> list[Sequence[object]]:
    """The columns of a tab from this line (from 0) on."""
    if isinstance(grid.rows, ColumnRows):
        return [column[line:] for column in grid.rows.columns]
    return list(zip(*grid.rows[line:], strict=False))


def read_grids(passed: Passed, wanted: Callable[[str], bool]) -> tuple[list[Grid], list[Finding]]:
    """The tabs that are wanted by name. A tab that cannot be parsed is left out with a finding; never raises."""
    parts = passed.tabs
    tabs = [tab for tab in parts if wanted(unicodedata.normalize("NFC", tab))]
    usual = {tab: grid for tab in tabs if (grid := _usual_grid(passed, tab, parts[tab]))}
    if tabs and len(usual) == len(tabs) and passed.parts.get("xl/workbook.xml", b"").count(b"<sheet ") == len(parts):
        return [grid for grid in usual.values() if grid.rows], []
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(_package(passed)))
        tabs = [tab for tab in book.sheet_names if wanted(unicodedata.normalize("NFC", tab))]
    except BaseException as error:  # the parser's panics are no Exceptions
        return [], [_damaged(error, Place(passed.name))]
    ods_errors = dict(_ods_errors(passed.parts)) if passed.kind == "ods" else {}
    grids, findings = [], []
    for tab in tabs:
        if tab in usual:
            grids.append(usual[tab])
            continue
        try:
            rows = book.get_sheet_by_name(tab).to_python(skip_empty_area=False)
        except BaseException as error:
            findings.append(_damaged(error, Place(passed.name, tab)))
            continue
        name, xml = unicodedata.normalize("NFC", tab), passed.parts.get(parts.get(tab, ""), b"")
        grids.append(Grid(name, rows, xml, ods_errors.get(tab, {})))
    return [grid for grid in grids if grid.rows], findings


def _usual_grid(passed: Passed, tab: str, part: str) -> Grid | None:
    """A tab that was read without the parser."""
    sheet = passed.sheets.get(part)
    if sheet is None:
        return None
    return Grid(unicodedata.normalize("NFC", tab), sheet.rows, passed.parts[part], flawed=sheet.flawed)


def _damaged(error: BaseException, where: Place) -> Finding:
    if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
        raise error
    reason = f"{type(error).__name__}: {error}"[:200]
    return Finding("tab-unreadable" if where.sheet else "file-damaged", Severity.ERROR, where, {"reason": reason})


# --- the package handed to the parser -----------------------------------------------------------------------------

_NEEDED = (".xml", ".rels", ".bin", "mimetype")
_LOCAL, _CENTRAL, _END = "<4s5H3I2H", "<4s6H3I5H2I", "<4s4H2IH"
_NEW_ERRORS = re.compile(rb"(<(?:\w+:)?v>)#(?!DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!)[^<]{1,30}(</(?:\w+:)?v>)")


def _package(passed: Passed) -> bytes:
    """The judged parts as a package without compression: inflating once is enough."""
    body, directory, offset, count = [], [], 0, 0
    for name, content in passed.parts.items():
        if not name.lower().endswith(_NEEDED):
            continue
        if content.find(b't="e"') >= 0:
            # Excel 365 knows errors that the parser does not; any known one stands for them here.
            content = _NEW_ERRORS.sub(rb"\1#VALUE!\2", content)
        coded, size, check = name.encode(), len(content), isal_zlib.crc32(content)
        common = (0x800, 0, 0, 0x21, check, size, size, len(coded), 0)
        head = struct.pack(_LOCAL, b"PK\3\4", 20, *common) + coded
        body += [head, content]
        directory.append(struct.pack(_CENTRAL, b"PK\1\2", 20, 20, *common, 0, 0, 0, 0, offset) + coded)
        offset += len(head) + size
        count += 1
    listed = b"".join(directory)
    end = struct.pack(_END, b"PK\5\6", 0, 0, count, count, len(listed), offset, 0)
    return b"".join([*body, listed, end])


# --- what the parser does not tell --------------------------------------------------------------------------------

ERROR_TEXTS = frozenset(
    {
        *("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"),
        *("#SPILL!", "#CALC!", "#FIELD!", "#GETTING_DATA", "#BLOCKED!", "#CONNECT!", "#BUSY!", "#UNKNOWN!", "#PYTHON!"),
        *("#EXTERNAL!", "Err:502", "Err:504", "Err:508", "Err:511", "Err:522"),
    }
)

_REFERENCE = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{1,3})(\d{1,7})[\"']")
_ANY_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*[^/>])>(.*?)</(?:\w+:)?c>", re.DOTALL)
_SHOWN = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]+)<")
_TYPE = re.compile(rb"\bt\s*=\s*[\"'](\w+)[\"']")
_STYLE = re.compile(rb"\bs\s*=\s*[\"'](\d+)[\"']")


def trouble_in(grid: Grid, columns: Collection[str]) -> dict[Position, Trouble]:
    """The cells of these columns that hold an error or a formula that no program has calculated yet."""
    xml = grid.xml
    if grid.flawed is not None:
        columns = grid.flawed.intersection(columns)
        if not columns:
            return {}
    if not xml:
        return {place: trouble for place, trouble in grid.ods_errors.items() if place[1] in columns}
    if xml.find(b'<c r="') < 0:
        return {place: trouble for place, trouble in _trouble_anywhere(xml) if place[1] in columns}
    found = {place: trouble for place, trouble in _errors(xml) if place[1] in columns}
    if xml.find(b"<f") >= 0 and columns:
        for cell in _uncalculated(tuple(sorted(columns))).finditer(xml):
            found[int(cell[2]), cell[1].decode()] = Trouble("formula-without-value", "")
    return found


@lru_cache(64)
def _uncalculated(columns: tuple[str, ...]) -> re.Pattern[bytes]:
    letters = "|".join(columns)
    start = rf'<c r="({letters})(\d+)"(?: s="\d+")?(?: t="n")?><f'
    return re.compile(rf"{start}(?:[^>]*/>|[^>]*>[^<]*</f>)(?:<v></v>|<v ?/>)?</c>".encode())


def _errors(xml: bytes) -> Iterator[tuple[Position, Trouble]]:
    at = xml.find(b't="e"')
    while at >= 0:
        cell = _ANY_CELL.match(xml, xml.rfind(b"<c ", 0, at))
        if cell:
            yield from _trouble_of(cell)
        at = xml.find(b't="e"', at + 5)


def _trouble_anywhere(xml: bytes) -> Iterator[tuple[Position, Trouble]]:
    """The same for packages that write their XML in an unusual, legal way: with prefixes or other quotes."""
    for cell in _ANY_CELL.finditer(xml):
        yield from _trouble_of(cell)


def _trouble_of(cell: re.Match[bytes]) -> Iterator[tuple[Position, Trouble]]:
    attributes, body = cell[1], cell[2]
    reference, kind, shown = _REFERENCE.search(attributes), _TYPE.search(attributes), _SHOWN.search(body)
    if not reference:
        return
    place = int(reference[2]), reference[1].decode().upper()
    if kind and kind[1] == b"e":
        yield place, Trouble("cell-error", shown[1].decode("utf-8", "replace") if shown else "#?")
    elif not shown and not (kind and kind[1] == b"str") and re.search(rb"<(?:\w+:)?f[\s/>]", body):
        yield place, Trouble("formula-without-value", "")


_ERROR_TYPE = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"


def _ods_errors(parts: Mapping[str, bytes]) -> Iterator[tuple[str, dict[Position, Trouble]]]:
    """Tab → its error cells, which the parser shows as blanks too."""
    content = parts.get("content.xml", b"")
    if content.find(b'value-type="error"') < 0:
        return
    for table in etree.fromstring(content).iter("{*}table"):
        found, line = {}, 0
        for row in table.iter("{*}table-row"):
            column = 0
            for cell in row:
                if cell.get(_ERROR_TYPE) == "error":
                    found[line + 1, column_letters(column + 1)] = Trouble(
                        "cell-error", "".join(cell.itertext()).strip()
                    )
                column += repeated(cell, "columns")
            line += repeated(row, "rows")
        yield table.get(f"{ODS_TABLE}name", ""), found


OLD_FONT = re.compile(r"(?:\.Vn|VNI[-_ ])", re.IGNORECASE)


def old_fonts(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Style number → name of its font, for the styles set in a font of TCVN3 (``.VnTime``) or VNI (``VNI-Times``)."""
    styles = next((parts[name] for name in parts if name.lower().endswith("styles.xml")), b"")
    if styles.find(b".Vn") < 0 and styles.upper().find(b"VNI") < 0:
        return {}
    try:
        root = etree.fromstring(styles)
    except etree.XMLSyntaxError:
        return {}
    names = [font.find("{*}name") for font in root.iterfind("{*}fonts/{*}font")]
    fonts = [name.get("val", "") if name is not None else "" for name in names]
    used = {str(n): int(xf.get("fontId", "0")) for n, xf in enumerate(root.iterfind("{*}cellXfs/{*}xf"))}
    return {n: fonts[font] for n, font in used.items() if font < len(fonts) and OLD_FONT.match(fonts[font])}


def styled_cells(xml: bytes, styles: Mapping[str, str]) -> dict[Position, str]:
    """The cells set in one of these styles, with the style's font."""
    found = {}
    for cell in _ANY_CELL.finditer(xml):
        style, reference = _STYLE.search(cell[1]), _REFERENCE.search(cell[1])
        font = styles.get(style[1].decode() if style else "0")
        if font and reference:
            found[int(reference[2]), reference[1].decode().upper()] = font
    return found


def texts(row: Iterable[object]) -> list[str]:
    """The texts of a row, anything else as an empty string."""
    return [cell if isinstance(cell, str) else "" for cell in row]
