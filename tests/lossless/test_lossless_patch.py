"""A merge rewrites our rows and what points at them; everything else in the package lives on, byte for byte."""

import re
import zipfile

import openpyxl
import pytest
from lxml import etree
from openxml_audit import OpenXmlValidator

from workbooks.write import PackageDamaged, TableBody, WouldLose, patch_workbook

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")

OURS = {
    "[Content_Types].xml",  # the calculation chain is dropped
    "xl/_rels/workbook.xml.rels",
    "xl/calcChain.xml",
    "xl/workbook.xml",
    "xl/worksheets/sheet1.xml",  # the board: one named cell, no stale results
    "xl/worksheets/sheet2.xml",
    "xl/tables/table1.xml",
}
POINTING_AT_OURS = {"xl/charts/chart1.xml", "xl/pivotCache/pivotCacheDefinition1.xml"}


def patched(master, columns, target=None):
    return patch_workbook(
        master,
        target or master,
        tables={"tblQUY": TableBody.of(columns)},
        cells={"ctd_updated": "hôm nay"},
        forget_results=["ctd_board"],
    )


def fund_rows(path):
    sheet = openpyxl.load_workbook(path)["Sổ quỹ & nợ"]
    low, high = re.findall(r"\d+", sheet.tables["tblQUY"].ref)
    rows = sheet.iter_rows(min_row=int(low) + 1, max_row=int(high), max_col=6, values_only=True)
    return [[value.date() if hasattr(value, "date") else value for value in row] for row in rows]


@pytest.mark.parametrize("rows", [0, 1, 7, 30, 31, 500])
def test_every_part_that_is_not_ours_stays_byte_identical(rich_master, fund_columns, contents, rows):
    before = contents(rich_master)
    report = patched(rich_master, fund_columns(rows))
    after = contents(rich_master)
    differing = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert set(report.changed) == differing
    assert differing - POINTING_AT_OURS <= OURS
    assert before.keys() - after.keys() == {"xl/calcChain.xml"}


@pytest.mark.parametrize("rows", [1, 7, 30, 31, 500])
def test_our_rows_are_read_back_by_another_library(master, fund_columns, rows):
    columns = fund_columns(rows)
    patched(master, columns)
    assert [list(row) for row in zip(*columns.values(), strict=True)] == fund_rows(master)


def test_an_empty_table_keeps_one_blank_row(master, fund_columns):
    patched(master, fund_columns(0))
    assert [[None] * 6] == fund_rows(master)


@pytest.mark.parametrize("rows", [7, 500])
def test_what_covered_the_body_covers_the_new_one(master, fund_columns, contents, rows):
    last = 4 + rows
    patched(master, fund_columns(rows))
    parts = contents(master)
    sheet, book = parts["xl/worksheets/sheet2.xml"].decode(), parts["xl/workbook.xml"].decode()
    tag = "'Sổ quỹ &amp; nợ'!"
    assert {f"C5:C{last}", f"D5:D{last}", f"A5:F{last}"} <= set(re.findall(r'sqref="([^"]*)"', sheet))
    assert [f"D5:D{last}"] == re.findall("<xm:sqref>([^<]*)<", sheet)
    assert [f"A3:F{last}"] == re.findall('<dimension ref="([^"]*)"', sheet)
    assert f'name="so_tien">{tag}$D$5:$D${last}<' in book
    assert f"{tag}$A$1:$F${last}<" in book
    assert {f"{tag}$D$5:$D${last}", f"{tag}$B$5:$B${last}"} == set(
        re.findall("<c:f>([^<]*)<", parts["xl/charts/chart1.xml"].decode())
    )
    assert 2 == parts["xl/tables/table1.xml"].decode().count(f'ref="A4:F{last}"')
    assert f'ref="A4:F{last}"' in parts["xl/pivotCache/pivotCacheDefinition1.xml"].decode()
    assert b'refreshOnLoad="1"' in parts["xl/pivotCache/pivotCacheDefinition1.xml"]
    assert b'fullCalcOnLoad="1"' in parts["xl/workbook.xml"]


def test_growing_and_shrinking_back_gives_the_same_sheets(master, fund_columns, contents):
    patched(master, fund_columns(30))
    once = contents(master)
    patched(master, fund_columns(400))
    patched(master, fund_columns(30))
    assert once == contents(master)


def test_patching_twice_changes_nothing(rich_master, fund_columns):
    patched(rich_master, fund_columns(44))
    bytes_before, time_before = rich_master.read_bytes(), rich_master.stat().st_mtime_ns
    assert () == patched(rich_master, fund_columns(44)).changed
    assert (bytes_before, time_before) == (rich_master.read_bytes(), rich_master.stat().st_mtime_ns)


def test_the_source_may_be_another_file(master, fund_columns, tmp_path):
    before = master.read_bytes()
    patched(master, fund_columns(3), tmp_path / "moi.xlsx")
    assert before == master.read_bytes()
    assert [1_000, 2_000, 3_000] == [row[3] for row in fund_rows(tmp_path / "moi.xlsx")]


def test_sheets_of_staff_keep_even_their_cached_results(master, fund_columns, contents):
    patched(master, fund_columns(3))
    assert b"<v>12345</v>" in contents(master)["xl/worksheets/sheet4.xml"]


def test_the_auditor_finds_nothing_new(rich_master, fund_columns):
    found = [str(error) for error in OpenXmlValidator(max_errors=0).validate(rich_master).errors]
    patched(rich_master, fund_columns(77))
    assert found == [str(error) for error in OpenXmlValidator(max_errors=0).validate(rich_master).errors]


def test_libreoffice_opens_it_and_shows_the_new_totals(master, fund_columns, in_office):
    patched(master, fund_columns(100))
    board = in_office(master)
    total = str(sum(fund_columns(100)["SO_TIEN"]))
    assert [[total], [total], ["hôm nay"]] == [row[1:2] for row in board[:3]]


def test_a_renamed_tab_and_an_inserted_column_do_no_harm(master, fund_columns):
    book = openpyxl.load_workbook(master)
    sheet = book["Sổ quỹ & nợ"]
    sheet.title = "Quỹ 'của' ta"
    sheet.move_range("A1:F40", rows=3, cols=2)
    table = sheet.tables["tblQUY"]
    table.ref, table.autoFilter.ref = "C7:H37", "C7:H37"
    book.save(master)
    patch_workbook(master, master, tables={"tblQUY": TableBody.of(fund_columns(4))})
    sheet = openpyxl.load_workbook(master)["Quỹ 'của' ta"]
    assert ("C7:H11", [1_000, 2_000, 3_000, 4_000]) == (
        sheet.tables["tblQUY"].ref,
        [sheet.cell(row, 6).value for row in range(8, 12)],
    )


def test_columns_are_found_by_their_codes_in_any_order(master, fund_columns):
    columns = fund_columns(4)
    patched(master, dict(reversed(columns.items())))
    assert [list(row) for row in zip(*columns.values(), strict=True)] == fund_rows(master)


def test_without_the_code_row_columns_are_found_by_their_headers(small_book, fund_columns):
    path = small_book()
    book = openpyxl.load_workbook(path)
    book.active.delete_rows(1, 3)
    book.active.tables["tblQUY"].ref = book.active.tables["tblQUY"].autoFilter.ref = "A1:F6"
    book.save(path)
    columns = fund_columns(2)
    headers = ("Khóa đơn vị", "ngày", "Thu/Chi *", "Số tiền", "Ghi chú", "_rid")
    body = TableBody(tuple(columns), TableBody.of(columns).segments, headers=dict(zip(columns, headers, strict=True)))
    patch_workbook(path, path, tables={"tblQUY": body})
    assert [list(row) for row in zip(*columns.values(), strict=True)] == fund_rows(path)


@pytest.mark.parametrize(
    ("tables", "cells", "code"),
    [
        ({"tblKHONG": TableBody.of({"A": []})}, {}, "write-table-missing"),
        ({"tblQUY": TableBody.of({"KHONG_CO": []})}, {}, "write-column-missing"),
        ({}, {"khong_co": 1}, "write-name-missing"),
        (
            {
                "tblQUY": TableBody.of(
                    {code: ["a" * 40_000] for code in ("_uid", "NGAY", "THU_CHI", "SO_TIEN", "GHI_CHU", "_rid")}
                )
            },
            {},
            "write-text-too-long",
        ),
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_is(master, tables, cells, code):
    before = master.read_bytes()
    with pytest.raises(WouldLose) as refused:
        patch_workbook(master, master, tables=tables, cells=cells)
    assert (code, before) == (refused.value.code, master.read_bytes())
    assert refused.value.sentence("vi") and refused.value.sentence("en")
    assert [master] == list(master.parent.glob("*.xlsx*"))


def test_filters_are_cleared_and_hidden_rows_show_again(small_book, fund_columns, contents):
    def hide(book, sheet):
        sheet.set_row(5, None, None, {"hidden": True})

    path = small_book(5, hide)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    plain = b'<autoFilter ref="A4:F9"/>'
    rule = b'<filterColumn colId="2"><filters><filter val="T"/></filters></filterColumn>'
    assert plain in parts["xl/tables/table1.xml"]
    parts["xl/tables/table1.xml"] = parts["xl/tables/table1.xml"].replace(
        plain, plain[:-2] + b">" + rule + b"</autoFilter>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    patch_workbook(path, path, tables={"tblQUY": TableBody.of(fund_columns(6))})
    after = contents(path)
    assert b'<autoFilter ref="A4:F10"/>' in after["xl/tables/table1.xml"]
    hidden = [
        row.get("r") for row in etree.fromstring(after["xl/worksheets/sheet1.xml"]).iter("{*}row") if row.get("hidden")
    ]
    assert ["3"] == hidden


@pytest.mark.parametrize("reorder", [False, True])
def test_prefixed_namespaces_and_other_attribute_orders_are_understood(small_book, fund_columns, contents, reorder):
    path = small_book(5)
    parts = contents(path)
    sheet = etree.fromstring(parts["xl/worksheets/sheet1.xml"])
    if reorder:
        for element in sheet.iter("{*}row", "{*}c"):
            attributes = sorted(element.attrib.items(), reverse=True)
            element.attrib.clear()
            element.attrib.update(attributes)
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    moved = etree.Element(f"{{{space}}}worksheet", nsmap={"x": space, "r": sheet.nsmap["r"]})
    moved[:] = sheet[:]
    etree.cleanup_namespaces(moved, keep_ns_prefixes=["r", "x"])
    text = etree.tostring(moved).replace(b"<!--", b"")
    assert b"<x:sheetData>" in text
    parts["xl/worksheets/sheet1.xml"] = text
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    patch_workbook(path, path, tables={"tblQUY": TableBody.of(fund_columns(9))})
    columns = fund_columns(9)
    assert [list(row) for row in zip(*columns.values(), strict=True)] == fund_rows(path)


def test_rows_without_addresses_comments_and_character_data_are_understood(small_book, fund_columns, contents):
    path = small_book(5)
    parts = contents(path)
    text = parts["xl/worksheets/sheet1.xml"]
    text = re.sub(rb"(<c[^>]*?) r=\"[A-Z]+[5-9]\"", rb"\1", text)
    text = text.replace(b"<sheetData>", b"<sheetData><!-- <row r='99'> -->")
    parts["xl/worksheets/sheet1.xml"] = text
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    columns = fund_columns(9)
    patch_workbook(path, path, tables={"tblQUY": TableBody.of(columns)})
    assert [list(row) for row in zip(*columns.values(), strict=True)] == fund_rows(path)


def test_a_sheet_without_rows_at_all_is_refused_not_looped_over(small_book, fund_columns, contents):
    path = small_book(5)
    parts = contents(path)
    text = re.sub(b"<sheetData>.*</sheetData>", b"", parts["xl/worksheets/sheet1.xml"], flags=re.DOTALL)
    parts["xl/worksheets/sheet1.xml"] = text
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(PackageDamaged):
        patch_workbook(path, path, tables={"tblQUY": TableBody.of(fund_columns(9))})


def test_a_workbook_saved_by_openpyxl_is_patched(small_book, fund_columns):
    path = small_book(5)
    openpyxl.load_workbook(path).save(path)
    columns = fund_columns(12)
    patch_workbook(path, path, tables={"tblQUY": TableBody.of(columns)})
    assert [list(row) for row in zip(*columns.values(), strict=True)] == fund_rows(path)


def test_a_workbook_saved_by_libreoffice_is_patched(master, fund_columns, saved_by_office, contents):
    path = saved_by_office(master)
    columns = fund_columns(64)
    patched(path, columns)
    assert [list(row) for row in zip(*columns.values(), strict=True)] == fund_rows(path)
    assert "C5:C68" in contents(path)["xl/worksheets/sheet2.xml"].decode()
