"""A master as an office really keeps it: our tables, and everything staff and Excel may have added around them."""

import csv
import io
import shutil
import struct
import subprocess
import zipfile
import zlib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

CODES = ("_uid", "NGAY", "THU_CHI", "SO_TIEN", "GHI_CHU", "_rid")
HEADERS = ("Khóa đơn vị", "Ngày", "Thu/Chi", "Số tiền *", "Ghi chú", "_rid")
FUND, BLOOD, NOTES, BOARD = "Sổ quỹ & nợ", "Hiến máu", "Ghi chú của Lan", "Bảng điều hành"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def columns(rows: int, *, unit: str = "20194") -> dict[str, list[object]]:
    """So many rows of the fund, each different."""
    return {
        "_uid": [unit] * rows,
        "NGAY": [date(2024, 1 + i % 12, 1 + i % 28) for i in range(rows)],
        "THU_CHI": ["TC"[i % 2] for i in range(rows)],
        "SO_TIEN": [1_000 * (i + 1) for i in range(rows)],
        "GHI_CHU": [None if i % 3 else f"Ủng hộ {i}" for i in range(rows)],
        "_rid": [f"r{i}" for i in range(rows)],
    }


def png() -> bytes:
    """One red pixel."""

    def piece(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\x00\xb5\x12\x1b")
    return b"\x89PNG\r\n\x1a\n" + piece(b"IHDR", header) + piece(b"IDAT", pixel) + piece(b"IEND", b"")


def write_table(book, sheet, name: str, rows: int, first_row: int = 4) -> None:
    """One of our tables as the template has it: hidden code row, headers, body."""
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    money = book.add_format({"num_format": "#,##0"})
    text = book.add_format({"num_format": "@"})
    formats = [text, day, text, money, text, text]
    sheet.write_row(first_row - 2, 0, [f"{name[3:]}.{code}" for code in CODES])
    sheet.set_row(first_row - 2, None, None, {"hidden": True})
    last = first_row + max(rows, 1) - 1
    headers = [{"header": header, "format": style} for header, style in zip(HEADERS, formats, strict=True)]
    sheet.add_table(first_row - 1, 0, last, len(CODES) - 1, {"name": name, "columns": headers})
    for number, values in enumerate(columns(rows).values()):
        for row, value in enumerate(values):
            if isinstance(value, date):
                sheet.write_datetime(first_row + row, number, value, day)
            elif value is not None:
                sheet.write(first_row + row, number, value, formats[number])
            else:
                sheet.write_blank(first_row + row, number, None, formats[number])


def build_rich(path: Path, rows: int = 30) -> Path:
    """A master with charts, sparklines, rules, pictures, notes, buttons and macros, by XlsxWriter and by hand."""
    if path.suffix == ".xlsm":
        vba = path.with_suffix(".bin")
        vba.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 20)
    book = xlsxwriter.Workbook(path, {"default_date_format": "dd/mm/yyyy"})
    board, fund, blood, notes = (book.add_worksheet(name) for name in (BOARD, FUND, BLOOD, NOTES))
    write_table(book, fund, "tblQUY", rows)
    write_table(book, blood, "tblHIEN_MAU", 5)
    last = 4 + rows
    body = f"'{FUND}'!$D$5:$D${last}"

    board.write("A1", "Tổng số tiền")
    board.write_formula("B1", "=SUM(tblQUY[Số tiền *])", None, 1)
    board.write_formula("B2", f"=SUM({body})", None, 1)
    board.write("A3", "Cập nhật"), board.write("B3", "chưa")
    board.insert_button("D1", {"macro": "HopNhat", "caption": "Hợp nhất"})
    chart = book.add_chart({"type": "column"})
    chart.add_series({"name": "Tiền", "values": f"={body}", "categories": f"='{FUND}'!$B$5:$B${last}"})
    board.insert_chart("D6", chart)
    board.insert_textbox("D25", "Nhớ nộp trước ngày 15")

    fund.data_validation(4, 2, last - 1, 2, {"validate": "list", "source": ["T", "C"]})
    fund.conditional_format(4, 3, last - 1, 3, {"type": "data_bar", "data_bar_2010": True})
    fund.conditional_format(4, 0, last - 1, 5, {"type": "formula", "criteria": '=$C5="C"', "format": book.add_format()})
    fund.write_comment("A4", "Tiêu đề này do văn phòng đặt")
    fund.print_area(0, 0, last - 1, 5)

    for row in range(6):
        notes.write_row(row, 0, [row, row * 2, f"ghi {row}"])
    notes.add_sparkline("E1", {"range": f"'{NOTES}'!A1:A6"})
    own = book.add_chart({"type": "pie"})
    own.add_series({"values": f"='{NOTES}'!$A$1:$A$6"})
    notes.insert_chart("G2", own)
    notes.insert_image("G20", "pixel.png", {"image_data": io.BytesIO(png())})
    notes.insert_textbox("A20", "Chữ trong khung")
    notes.write_comment("C2", "Hỏi lại phường")
    notes.conditional_format("B1:B6", {"type": "icon_set", "icon_style": "3_arrows"})
    notes.conditional_format("A1:A6", {"type": "data_bar", "data_bar_2010": True})
    notes.set_background(io.BytesIO(png()))
    notes.write_formula("A10", "=SUM(tblQUY[Số tiền *])", None, 12345)
    notes.autofilter("A1:C6")

    book.define_name("ctd_board", f"='{BOARD}'!$A$1")
    book.define_name("ctd_updated", f"='{BOARD}'!$B$3")
    book.define_name("so_tien", f"={body}")
    if path.suffix == ".xlsm":
        book.add_vba_project(vba)
    book.set_custom_property("Cơ quan", "Hội CTĐ")
    book.close()
    add_by_hand(path, rows)
    return path


def add_by_hand(path: Path, rows: int) -> None:
    """What XlsxWriter cannot write: threaded comments, a slicer, a pivot table, a form control, custom XML …"""
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    for name, (content, kind) in HAND_MADE.items():
        parts[name] = content.replace(b"@ROWS@", b"%d" % (4 + rows))
        if kind:
            declare(parts, name, kind)
    if "xl/calcChain.xml" not in parts:
        parts["xl/calcChain.xml"] = f'<calcChain xmlns="{MAIN}"><c r="B1" i="1"/><c r="B2"/></calcChain>'.encode()
        declare(parts, "xl/calcChain.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml")
        relate(parts, "xl/workbook.xml", "calcChain", "calcChain.xml")
    microsoft = "http://schemas.microsoft.com/office"
    relate(parts, "xl/workbook.xml", f"{microsoft}/2017/10/relationships/person", "persons/person.xml")
    relate(parts, "xl/workbook.xml", "customXml", "../customXml/item1.xml")
    relate(parts, "xl/workbook.xml", "pivotCacheDefinition", "pivotCache/pivotCacheDefinition1.xml", "rId901")
    relate(parts, "xl/workbook.xml", f"{microsoft}/2007/relationships/slicerCache", "slicerCaches/slicerCache1.xml")
    relate(parts, "xl/pivotCache/pivotCacheDefinition1.xml", "pivotCacheRecords", "pivotCacheRecords1.xml", "rId1")
    pivot = "xl/pivotTables/pivotTable1.xml"
    relate(parts, pivot, "pivotCacheDefinition", "../pivotCache/pivotCacheDefinition1.xml")
    sheet = "xl/worksheets/sheet4.xml"
    threads = f"{microsoft}/2017/10/relationships/threadedComment"
    relate(parts, sheet, threads, "../threadedComments/threadedComment1.xml")
    relate(parts, sheet, "pivotTable", "../pivotTables/pivotTable1.xml")
    relate(parts, sheet, "printerSettings", "../printerSettings/printerSettings1.bin", "rId905")
    relate(parts, sheet, "ctrlProp", "../ctrlProps/ctrlProp1.xml", "rId906")
    relate(parts, sheet, f"{microsoft}/2007/relationships/slicer", "../slicers/slicer1.xml", "rId907")
    caches = b'<pivotCaches><pivotCache cacheId="1" r:id="rId901"/></pivotCaches></workbook>'
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b"</workbook>", caches)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2025, 3, 4, 5, 6, 8)), content, zipfile.ZIP_DEFLATED)


def declare(parts: dict[str, bytes], name: str, kind: str) -> None:
    override = f'<Override PartName="/{name}" ContentType="{kind}"/></Types>'.encode()
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", override)


def relate(parts: dict[str, bytes], part: str, kind: str, target: str, identifier: str | None = None) -> None:
    folder, _, name = part.rpartition("/")
    rels = f"{folder}/_rels/{name}.rels"
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    empty = f'<?xml version="1.0"?><Relationships xmlns="{space}"></Relationships>'.encode()
    present = parts.get(rels, empty)
    kind = kind if kind.startswith("http") else f"{OFFICE}/relationships/{kind}"
    identifier = identifier or f"rId{800 + present.count(b'<Relationship ')}"
    entry = f'<Relationship Id="{identifier}" Type="{kind}" Target="{target}"/></Relationships>'.encode()
    parts[rels] = present.replace(b"</Relationships>", entry)


_SHEETML = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_X14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
_THREADS = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
_ID = "{11111111-2222-3333-4444-555555555555}"
HAND_MADE: dict[str, tuple[bytes, str]] = {
    "xl/persons/person.xml": (
        f'<personList xmlns="{_THREADS}"><person displayName="Lan" id="{_ID}" userId="lan" providerId="None"/>'
        "</personList>".encode(),
        "application/vnd.ms-excel.person+xml",
    ),
    "xl/threadedComments/threadedComment1.xml": (
        f'<ThreadedComments xmlns="{_THREADS}"><threadedComment ref="C2" dT="2025-01-02T03:04:05.00" personId="{_ID}" '
        f'id="{_ID}"><text>Hỏi lại phường</text></threadedComment></ThreadedComments>'.encode(),
        "application/vnd.ms-excel.threadedcomments+xml",
    ),
    "xl/slicers/slicer1.xml": (
        f'<slicers xmlns="{_X14}"><slicer name="Thu/Chi" cache="Slicer_ThuChi" caption="Thu/Chi" rowHeight="241300"/>'
        "</slicers>".encode(),
        "application/vnd.ms-excel.slicer+xml",
    ),
    "xl/slicerCaches/slicerCache1.xml": (
        f'<slicerCacheDefinition xmlns="{_X14}" name="Slicer_ThuChi" sourceName="Thu/Chi"/>'.encode(),
        "application/vnd.ms-excel.slicerCache+xml",
    ),
    "xl/pivotTables/pivotTable1.xml": (
        f'<pivotTableDefinition xmlns="{MAIN}" name="Tổng hợp" cacheId="1" dataCaption="Giá trị">'
        '<location ref="A30:B33" firstHeaderRow="1" firstDataRow="1" firstDataCol="1"/>'
        "</pivotTableDefinition>".encode(),
        f"{_SHEETML}.pivotTable+xml",
    ),
    "xl/pivotCache/pivotCacheDefinition1.xml": (
        f'<pivotCacheDefinition xmlns="{MAIN}" xmlns:r="{OFFICE}/relationships" r:id="rId1" recordCount="0">'
        f'<cacheSource type="worksheet"><worksheetSource ref="A4:F@ROWS@" sheet="{FUND.replace("&", "&amp;")}"/>'
        "</cacheSource>"
        '<cacheFields count="1"><cacheField name="Số tiền *" numFmtId="0"/></cacheFields>'
        "</pivotCacheDefinition>".encode(),
        f"{_SHEETML}.pivotCacheDefinition+xml",
    ),
    "xl/pivotCache/pivotCacheRecords1.xml": (
        f'<pivotCacheRecords xmlns="{MAIN}" count="0"/>'.encode(),
        f"{_SHEETML}.pivotCacheRecords+xml",
    ),
    "xl/printerSettings/printerSettings1.bin": (bytes(range(256)) * 3, f"{_SHEETML}.printerSettings"),
    "xl/ctrlProps/ctrlProp1.xml": (
        f'<formControlPr xmlns="{_X14}" objectType="CheckBox" fmlaLink="$B$1" lockText="1"/>'.encode(),
        "application/vnd.ms-excel.controlproperties+xml",
    ),
    "customXml/item1.xml": ("<ghi-chú>riêng</ghi-chú>".encode(), ""),
}


def parts_of(path: Path) -> dict[str, bytes]:
    """Every part's content."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info) for info in archive.infolist()}


@pytest.fixture(params=[".xlsx", ".xlsm"])
def rich_master(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return build_rich(tmp_path / f"so-tong-hop{request.param}")


@pytest.fixture
def master(tmp_path: Path) -> Path:
    return build_rich(tmp_path / "so-tong-hop.xlsx")


@pytest.fixture
def fund_columns() -> Callable[..., Mapping[str, list[object]]]:
    return columns


@pytest.fixture
def contents() -> Callable[[Path], dict[str, bytes]]:
    return parts_of


@pytest.fixture
def small_book(tmp_path: Path) -> Callable[..., Path]:
    """A workbook with one of our tables; ``change`` adds what a test is about."""

    def build(rows: int = 5, change: Callable[..., None] | None = None, name: str = "nho.xlsx") -> Path:
        book = xlsxwriter.Workbook(tmp_path / name)
        book.set_properties({"created": datetime(2025, 1, 6, 16, 5)})
        sheet = book.add_worksheet(FUND)
        write_table(book, sheet, "tblQUY", rows)
        if change:
            change(book, sheet)
        book.close()
        return tmp_path / name

    return build


def convert(path: Path, folder: Path, kind: str) -> Path:
    """A copy of the workbook as LibreOffice saves it."""
    folder.mkdir(exist_ok=True)
    copy = folder / path.name
    shutil.copyfile(path, copy)
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", kind, "--outdir", str(folder / "out"), str(copy)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return folder / "out" / copy.with_suffix(f".{kind.partition(':')[0]}").name


@pytest.fixture
def in_office(tmp_path: Path) -> Callable[[Path], list[list[str]]]:
    """The first sheet as LibreOffice shows it, without being told to calculate anew."""

    def show(path: Path) -> list[list[str]]:
        shown = convert(path, tmp_path / "office", "csv:Text - txt - csv (StarCalc):44,34,76")
        with shown.open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))

    return show


@pytest.fixture
def saved_by_office(tmp_path: Path) -> Callable[[Path], Path]:
    """The workbook after LibreOffice opened and saved it."""
    return lambda path: convert(path, tmp_path / "office", "xlsx:Calc MS Excel 2007 XML")
