"""What an office adds to its master over the years, put into the package part by part as Excel would store it.

A sheet of their own with charts, sparklines, rules, a picture, a text box, comments and a button; a pivot table, a
slicer and threaded comments; and on our own sheets a sparkline, a rule of 2010 and a slicer for our table.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from pathlib import Path

import xlsxwriter

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
MICROSOFT = "http://schemas.microsoft.com/office"
X14 = f"{MICROSOFT}/spreadsheetml/2009/9/main"
THREADS = f"{MICROSOFT}/spreadsheetml/2018/threadedcomments"
SHEETML = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
ONE = "{11111111-2222-3333-4444-555555555555}"
OWN_TAB = "Ghi chú của Lan"

Parts = dict[str, bytes]


def parts_of(path: Path) -> Parts:
    """Every part's content."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info) for info in archive.infolist()}


def sheet_parts(parts: Parts) -> dict[str, str]:
    """Tab → part."""
    rels = dict(re.findall(r'Id="([^"]+)"[^>]*?Target="([^"]+)"', parts["xl/_rels/workbook.xml.rels"].decode()))
    sheets = re.findall(r'<sheet name="([^"]+)"[^>]*?r:id="([^"]+)"', parts["xl/workbook.xml"].decode())
    return {name: "xl/" + rels[rid].removeprefix("/xl/") for name, rid in sheets}


def add_everything(source: Path, target: Path, *, our_tab: str, our_table: str, money: str) -> set[str]:
    """Write the master with everything added; a target ending in ``.xlsm`` has macros too. Returns the new parts.

    ``our_tab`` and ``our_table`` are one of our data sheets, ``money`` the letters of a column of numbers on it.
    """
    parts = parts_of(source)
    before = set(parts)
    ours = sheet_parts(parts)[our_tab]
    table_id = _table_id(parts, our_table)
    own = _transplant(parts, our_tab, money)
    _by_hand(parts, own, our_tab, table_id)
    _on_our_sheet(parts, ours, our_tab, money)
    if target.suffix == ".xlsm":
        main = f"{SHEETML}.sheet.main+xml".encode()
        parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
            main, b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
        )
        _add(parts, "xl/vbaProject.bin", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 20)
        _declare(parts, "xl/vbaProject.bin", "application/vnd.ms-office.vbaProject")
        _relate(parts, "xl/workbook.xml", f"{MICROSOFT}/2006/relationships/vbaProject", "vbaProject.bin", "rId980")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2025, 3, 4, 5, 6, 8)), content, zipfile.ZIP_DEFLATED)
    return set(parts) - before


# --- a sheet of their own ------------------------------------------------------------------------------------------


def _transplant(parts: Parts, our_tab: str, money: str) -> str:
    """A sheet that XlsxWriter makes, with all its parts, under names of its own in the master."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"constant_memory": True})
    sheet = book.add_worksheet(OWN_TAB)
    book.add_worksheet(our_tab)  # so that a chart may name it; it stays behind
    sheet.insert_button("K1", {"macro": "HopNhat", "caption": "Hợp nhất"})
    for row in range(8):
        sheet.write_row(row, 0, [row, row * 3 % 7, f"ghi {row}"])
    for row, range_ in ((1, f"'{OWN_TAB}'!A1:A6"), (2, f"'{our_tab}'!{money}5:{money}9")):
        sheet.add_sparkline(row, 4, {"range": range_})
    own, over_ours = book.add_chart({"type": "pie"}), book.add_chart({"type": "column"})
    own.add_series({"values": f"='{OWN_TAB}'!$A$1:$A$6"})
    over_ours.add_series({"values": f"='{our_tab}'!${money}$5:${money}$9"})
    sheet.insert_chart("G2", own)
    sheet.insert_chart("G20", over_ours)
    sheet.insert_image("G40", "pixel.png", {"image_data": io.BytesIO(_png())})
    sheet.insert_textbox("A20", "Nhớ nộp trước ngày 15")
    sheet.write_comment("C2", "Hỏi lại phường")
    sheet.conditional_format("B1:B6", {"type": "icon_set", "icon_style": "3_arrows"})
    sheet.conditional_format("A1:A6", {"type": "data_bar", "data_bar_2010": True})
    sheet.data_validation("C1:C6", {"validate": "list", "source": ["x", "y"]})
    sheet.set_background(io.BytesIO(_png()))
    book.close()
    with zipfile.ZipFile(made) as archive:
        donor = {name: archive.read(name) for name in archive.namelist()}
    renamed = {
        name: f"{name.rpartition('/')[0]}/lan_{name.rpartition('/')[2]}"
        for name in donor
        if re.match(r"xl/(worksheets|drawings|charts|media)/[^/]+$|xl/comments\d+\.xml$", name)
    }
    names = {old.rpartition("/")[2].encode(): new.rpartition("/")[2].encode() for old, new in renamed.items()}
    types = dict(re.findall(r'PartName="/([^"]+)" ContentType="([^"]+)"', donor["[Content_Types].xml"].decode()))
    for old, new in renamed.items():
        _add(parts, new, donor[old])
        if old in types:
            _declare(parts, new, types[old])
        folder, _, name = old.rpartition("/")
        rels = donor.get(f"{folder}/_rels/{name}.rels")
        if rels:
            for was, now in names.items():
                rels = rels.replace(b"/" + was + b'"', b"/" + now + b'"')
            _add(parts, f"{new.rpartition('/')[0]}/_rels/{new.rpartition('/')[2]}.rels", rels)
    for extension, kind in (("png", "image/png"), ("vml", "application/vnd.openxmlformats-officedocument.vmlDrawing")):
        default = f'<Default Extension="{extension}" ContentType="{kind}"/><Override'.encode()
        if default[:20] not in parts["[Content_Types].xml"]:
            parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"<Override", default, 1)
    part = renamed["xl/worksheets/sheet1.xml"]
    _relate(parts, "xl/workbook.xml", "worksheet", part.removeprefix("xl/"), "rId900")
    entry = f'<sheet name="{OWN_TAB}" sheetId="900" r:id="rId900"/></sheets>'.encode()
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b"</sheets>", entry)
    return part


def _by_hand(parts: Parts, own: str, our_tab: str, table_id: str) -> None:
    """What XlsxWriter cannot write: threaded comments, a pivot table, a slicer, a form control, printer settings."""
    for name, (content, kind) in _hand_made(our_tab, table_id).items():
        _add(parts, name, content)
        if kind:
            _declare(parts, name, kind)
    _relate(parts, "xl/workbook.xml", f"{MICROSOFT}/2017/10/relationships/person", "persons/lan.xml", "rId901")
    _relate(parts, "xl/workbook.xml", "customXml", "../customXml/lan.xml", "rId902")
    _relate(parts, "xl/workbook.xml", "pivotCacheDefinition", "pivotCache/lan.xml", "rId903")
    _relate(parts, "xl/workbook.xml", f"{MICROSOFT}/2007/relationships/slicerCache", "slicerCaches/lan.xml", "rId904")
    _relate(parts, "xl/pivotCache/lan.xml", "pivotCacheRecords", "lanRecords.xml", "rId1")
    _relate(parts, "xl/pivotTables/lan.xml", "pivotCacheDefinition", "../pivotCache/lan.xml", "rId1")
    threads = f"{MICROSOFT}/2017/10/relationships/threadedComment"
    for kind, at, identifier in (
        (threads, "../threadedComments/lan.xml", "rId905"),
        ("pivotTable", "../pivotTables/lan.xml", "rId906"),
        ("printerSettings", "../printerSettings/lan.bin", "rId907"),
        ("ctrlProp", "../ctrlProps/lan.xml", "rId908"),
        (f"{MICROSOFT}/2007/relationships/slicer", "../slicers/lan.xml", "rId909"),
    ):
        _relate(parts, own, kind, at, identifier)
    caches = b'<pivotCaches><pivotCache cacheId="1" r:id="rId903"/></pivotCaches></workbook>'
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b"</workbook>", caches)


def _hand_made(our_tab: str, table_id: str) -> dict[str, tuple[bytes, str]]:
    texts = {
        "xl/persons/lan.xml": (
            f'<personList xmlns="{THREADS}"><person displayName="Lan" id="{ONE}" userId="lan" providerId="None"/>'
            "</personList>",
            "application/vnd.ms-excel.person+xml",
        ),
        "xl/threadedComments/lan.xml": (
            f'<ThreadedComments xmlns="{THREADS}"><threadedComment ref="C2" dT="2025-01-02T03:04:05.00" '
            f'personId="{ONE}" id="{ONE}"><text>Hỏi lại phường</text></threadedComment></ThreadedComments>',
            "application/vnd.ms-excel.threadedcomments+xml",
        ),
        "xl/slicers/lan.xml": (
            f'<slicers xmlns="{X14}"><slicer name="Lan" cache="Slicer_Lan" caption="Thu/Chi" rowHeight="241300"/>'
            "</slicers>",
            "application/vnd.ms-excel.slicer+xml",
        ),
        "xl/slicerCaches/lan.xml": (
            f'<slicerCacheDefinition xmlns="{X14}" xmlns:x="{MAIN}" name="Slicer_Lan" sourceName="Thu/Chi *"><extLst>'
            f'<x:ext uri="{{2F2917AC-EB37-4324-AD4E-5DD8C200BD13}}" xmlns:x15="{MICROSOFT}/spreadsheetml/2010/11/main">'
            f'<x15:tableSlicerCache tableId="{table_id}" column="6"/></x:ext></extLst></slicerCacheDefinition>',
            "application/vnd.ms-excel.slicerCache+xml",
        ),
        "xl/pivotTables/lan.xml": (
            f'<pivotTableDefinition xmlns="{MAIN}" name="Tổng hợp" cacheId="1" dataCaption="Giá trị">'
            '<location ref="A30:B33" firstHeaderRow="1" firstDataRow="1" firstDataCol="1"/></pivotTableDefinition>',
            f"{SHEETML}.pivotTable+xml",
        ),
        "xl/pivotCache/lan.xml": (
            f'<pivotCacheDefinition xmlns="{MAIN}" xmlns:r="{OFFICE}/relationships" r:id="rId1" recordCount="0">'
            f'<cacheSource type="worksheet"><worksheetSource ref="A1:B8" sheet="{OWN_TAB}"/></cacheSource>'
            '<cacheFields count="1"><cacheField name="a" numFmtId="0"/></cacheFields></pivotCacheDefinition>',
            f"{SHEETML}.pivotCacheDefinition+xml",
        ),
        "xl/pivotCache/lanRecords.xml": (
            f'<pivotCacheRecords xmlns="{MAIN}" count="0"/>',
            f"{SHEETML}.pivotCacheRecords+xml",
        ),
        "xl/ctrlProps/lan.xml": (
            f'<formControlPr xmlns="{X14}" objectType="CheckBox" fmlaLink="$B$1" lockText="1"/>',
            "application/vnd.ms-excel.controlproperties+xml",
        ),
        "customXml/lan.xml": ("<ghi-chú>riêng</ghi-chú>", ""),
    }
    made = {name: (text.encode(), kind) for name, (text, kind) in texts.items()}
    made["xl/printerSettings/lan.bin"] = (bytes(range(256)) * 3, f"{SHEETML}.printerSettings")
    return made


# --- on our own sheets ---------------------------------------------------------------------------------------------


def _on_our_sheet(parts: Parts, part: str, our_tab: str, money: str) -> None:
    """A sparkline and a rule of 2010 beside our table, in the sheet's own XML."""
    bar = (
        f'<ext xmlns:x14="{X14}" uri="{{78C0D931-6437-407d-A8EE-F0AAD7539E65}}"><x14:conditionalFormattings>'
        f'<x14:conditionalFormatting xmlns:xm="{MICROSOFT}/excel/2006/main"><x14:cfRule type="dataBar" '
        'id="{00000000-0000-0000-0000-000000000001}"><x14:dataBar minLength="0" maxLength="100">'
        '<x14:cfvo type="autoMin"/><x14:cfvo type="autoMax"/></x14:dataBar></x14:cfRule><xm:sqref>AZ5:AZ9</xm:sqref>'
        "</x14:conditionalFormatting></x14:conditionalFormattings></ext>"
    )
    line = (
        f'<ext xmlns:x14="{X14}" uri="{{05C60535-1F16-4fd2-B633-F4F36F0B64E0}}"><x14:sparklineGroups '
        f'xmlns:xm="{MICROSOFT}/excel/2006/main"><x14:sparklineGroup displayEmptyCellsAs="gap"><x14:sparklines>'
        f"<x14:sparkline><xm:f>'{our_tab}'!{money}5:{money}9</xm:f><xm:sqref>AZ2</xm:sqref></x14:sparkline>"
        "</x14:sparklines></x14:sparklineGroup></x14:sparklineGroups></ext>"
    )
    assert b"<extLst>" not in parts[part]
    parts[part] = parts[part].replace(b"</worksheet>", f"<extLst>{bar}{line}</extLst></worksheet>".encode())


# --- the package ---------------------------------------------------------------------------------------------------


def _add(parts: Parts, name: str, content: bytes) -> None:
    assert name not in parts, name
    parts[name] = content


def _declare(parts: Parts, name: str, kind: str) -> None:
    override = f'<Override PartName="/{name}" ContentType="{kind}"/></Types>'.encode()
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", override)


def _relate(parts: Parts, part: str, kind: str, target: str, identifier: str) -> None:
    folder, _, name = part.rpartition("/")
    rels = f"{folder}/_rels/{name}.rels"
    empty = f'<?xml version="1.0"?><Relationships xmlns="{PACKAGE}"></Relationships>'.encode()
    kind = kind if kind.startswith("http") else f"{OFFICE}/relationships/{kind}"
    entry = f'<Relationship Id="{identifier}" Type="{kind}" Target="{target}"/></Relationships>'.encode()
    parts[rels] = parts.get(rels, empty).replace(b"</Relationships>", entry)


def _table_id(parts: Parts, table: str) -> str:
    for name, content in parts.items():
        found = re.search(rb'<table [^>]*?\bid="(\d+)" name="' + table.encode() + b'"', content)
        if name.startswith("xl/tables/") and found:
            return found[1].decode()
    raise LookupError(table)


def _png() -> bytes:
    """One red pixel."""

    def piece(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(b"\x00\xb5\x12\x1b")
    return b"\x89PNG\r\n\x1a\n" + piece(b"IHDR", header) + piece(b"IDAT", pixel) + piece(b"IEND", b"")
