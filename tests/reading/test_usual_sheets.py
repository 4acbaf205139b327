"""Sheets read without the parser hold what the parser reads; what is not written in the usual way is left to it."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date, datetime, time

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from workbooks.gate import Passed, inspect
from workbooks.grids import Grid, read_grids, trouble_in
from workbooks.layouts import column_letters

TAB = "Sổ quỹ"
SHEET = "xl/worksheets/sheet1.xml"


def passed(data: bytes) -> Passed:
    answer = inspect(data, "a.xlsx")
    assert isinstance(answer, Passed)
    return answer


def book_of(fill) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        fill(book, book.add_worksheet(TAB))
    return target.getvalue()


def patched(data: bytes, changes: dict[str, tuple[bytes, bytes]]) -> bytes:
    """The same package with a text of some parts replaced."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as package:
        for name in source.namelist():
            old, new = changes.get(name, (b"", b""))
            content = source.read(name)
            assert old in content
            package.writestr(name, content.replace(old, new) if old else content)
    return target.getvalue()


def with_rows(rows: str) -> bytes:
    """A workbook whose first sheet has exactly these rows; the texts 0 and 1 are "Thu" and "Chi"."""

    def fill(book, sheet):
        sheet.write_column(0, 0, ["Thu", "Chi"])
        sheet.write_blank(2, 0, None, book.add_format({"num_format": "dd/mm/yyyy"}))

    plain = book_of(fill)
    with zipfile.ZipFile(io.BytesIO(plain)) as package:
        xml = package.read(SHEET)
    old = xml[xml.index(b"<sheetData>") : xml.index(b"</sheetData>")]
    return patched(plain, {SHEET: (old, b"<sheetData>" + rows.encode())})


def seen(answer: Passed) -> tuple[list[list[tuple[type, object]]], dict[object, object]]:
    """What can be seen of the only tab: each cell with its type, without blanks at the ends, and the troubles."""
    grids, findings = read_grids(answer, lambda tab: True)
    assert [] == findings
    grid = grids[0] if grids else Grid(TAB, [])
    rows = [[(type(cell), cell) for cell in row] for row in grid.rows]
    for row in rows:
        while row and row[-1] == (str, ""):
            row.pop()
    while rows and not rows[-1]:
        rows.pop()
    return rows, dict(trouble_in(grid, {column_letters(n) for n in range(1, 40)}))


def same_by_the_parser(answer: Passed) -> bool:
    return seen(answer) == seen(replace(answer, sheets={}))


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t&<>'\"đĐ_x"), max_size=12)
CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**8), 10**8),  # with a format for days or hours more makes the parser fail
    st.floats(-1e8, 1e8),
    st.dates(date(1900, 1, 2), date(9000, 1, 1)),
    st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)),
    st.times(),
    TEXTS,
    st.sampled_from(["=1/0", "=A1", '=""', "_x000D_", "<v>1</v>", "</c>", " ", "000123"]),
)
FORMATS = (
    "General",
    "0.00",
    "#,##0 đ",
    '0" ngày"',
    "dd/mm/yyyy",
    "d-mmm",
    "[$-42A]dd/mm/yyyy;@",
    "hh:mm",
    "[h]:mm",
    "@",
)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.lists(st.tuples(CELLS, st.sampled_from(FORMATS)), max_size=6), max_size=8),
    results=st.lists(st.sampled_from([0, "", "chữ & số", 1.5, "#N/A", True]), min_size=1, max_size=3),
)
def test_whatever_is_written_the_parser_reads_the_same(rows, results):
    def fill(book, sheet):
        formats = {name: book.add_format({"num_format": name}) for name in FORMATS}
        for line, row in enumerate(rows):
            for column, (cell, name) in enumerate(row):
                if isinstance(cell, str) and cell.startswith("=") and cell != "=":  # no program writes an empty formula
                    sheet.write_formula(line, column, cell, formats[name], results[(line + column) % len(results)])
                elif isinstance(cell, str):
                    sheet.write_string(line, column, cell, formats[name])
                elif isinstance(cell, datetime | date | time):
                    sheet.write_datetime(line, column, cell, formats[name])
                elif isinstance(cell, bool):
                    sheet.write_boolean(line, column, cell, formats[name])
                elif cell is None:
                    sheet.write_blank(line, column, None, formats[name])
                else:
                    sheet.write_number(line, column, cell, formats[name])

    assert same_by_the_parser(passed(book_of(fill)))


def regular(first: int, last: int) -> str:
    return "".join(
        f'<row r="{n}"><c r="A{n}" t="s"><v>{n % 2}</v></c><c r="B{n}" s="1"/><c r="D{n}"><v>{n}</v></c></row>'
        for n in range(first, last + 1)
    )


@pytest.mark.parametrize(
    "rows",
    [
        "",
        regular(1, 3),
        regular(3, 90),
        regular(30, 33) + regular(64, 100),
        '<row r="2"><c r="C2"><v>7</v></c></row>' + regular(5, 70),
        regular(1, 70) + '<row r="80"><c r="B80" t="s"><v>1</v></c></row>',
        '<row r="1"/>' + regular(2, 40) + '<row r="41" hidden="1"/>',
        '<row r="9"><c r="B9"><v>9</v></c></row>' + regular(1, 3),
        '<row r="1"><c r="B1"><v>2</v></c><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>',
        '<row r="1"><c r="A1" t="b"><v>1</v></c><c r="B1" t="n"><v>-1.5E-3</v></c>'
        '<c r="C1" t="str"><v>a &gt; b</v></c></row>',
        '<row r="1"><c r="A1" s="1"><v>45000</v></c><c r="B1" s="1"><v>61</v></c>'
        '<c r="C1" s="1"><v>2958465</v></c></row>',
        '<row r="1"><c r="A1" t="e"><v>#N/A</v></c><c r="C1"><v>1</v></c></row>'
        '<row r="2"><c r="A2"><f>B1</f></c><c r="B2"><f>B1</f><v></v></c><c r="C2"><f t="shared" si="0"/><v/></c>'
        '<c r="D2" t="str"><f>IF(A1&gt;1,"","")</f><v></v></c><c r="E2"><f>1+1</f><v>2</v></c></row>',
    ],
)
def test_usual_rows_need_no_parser_and_hold_what_it_reads(rows):
    answer = passed(with_rows(rows))

    assert [SHEET] == list(answer.sheets)
    assert same_by_the_parser(answer)


@pytest.mark.parametrize(
    "cells",
    [
        '<c r="A1" t="inlineStr"><is><t>x</t></is></c>',
        '<c r="A1"><!-- --><v>1</v></c>',
        '<c r="A1"><v><![CDATA[1]]></v></c>',
        '<c r="A1" t="s"><v>2</v></c>',
        '<c r="A1" t="s"><v></v></c>',
        '<c r="A1" t="s"><v>01</v></c>',
        '<c r="A1" t="d"><v>2024-03-05</v></c>',
        '<c r="A1" t="b"><v>true</v></c>',
        '<c r="A1"><v> 1</v></c>',
        '<c r="A1"><v>1_0</v></c>',
        '<c r="A1"><v>1e999</v></c>',
        '<c r="A1"><v>nan</v></c>',
        '<c r="A1" s="9"><v>1</v></c>',
        '<c r="A1" s="1"><v>60</v></c>',
        '<c r="A1" s="1"><v>45000.5</v></c>',
        '<c r="A1" t="str"><v>&#10;</v></c>',
        '<c r="A1" t="str"><v>_x0041_</v></c>',
        '<c r="A1" cm="1"><v>1</v></c>',
        "<c r='A1'><v>1</v></c>",
        '<c r="a1"><v>1</v></c>',
        '<c r="A0"><v>1</v></c>',
        '<c r="AAAA1"><v>1</v></c>',
        '<c r="A12345678"><v>1</v></c>',
        "<c><v>1</v></c>",
        '<x:c r="A1"><x:v>1</x:v></x:c>',
        '<c r="A1"><v>1</v><extLst/></c>',
        '<c r="A1"><v>1</v></c> ',
        '<c r="A1" s="1"/><v>1</v>',
        '<c r="XFD1048576"/>',
        '<c r="A1"',
    ],
)
def test_what_is_written_otherwise_is_left_to_the_parser(cells):
    assert {} == passed(with_rows(f'<row r="1">{cells}</row>')).sheets


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("xl/sharedStrings.xml", b"<si><t>Thu</t></si>", b"<si><r><t>Th</t></r><r><t>u</t></r></si>"),
        ("xl/sharedStrings.xml", b"<si><t>Thu</t></si>", b"<si/>"),
        ("xl/sharedStrings.xml", b"Thu", b"&#84;hu"),
        ("xl/sharedStrings.xml", b"Thu", b"T_x0041_"),
        ("xl/sharedStrings.xml", b"Thu", b"T\xff"),
        ("xl/sharedStrings.xml", b"UTF-8", b"UTF-7"),
        ("xl/workbook.xml", b"<workbookPr ", b'<workbookPr date1904="1" '),
        (SHEET, b"UTF-8", b"UTF-7"),
        (SHEET, b"spreadsheetml/2006/main", b"spreadsheetml/2005/main"),
        (SHEET, b"<sheetData>", b"<!-- <sheetData> --><sheetData>"),
        (SHEET, b"</sheetData>", b"</sheetData><sheetData></sheetData>"),
    ],
)
def test_a_workbook_that_writes_its_parts_otherwise_is_left_to_the_parser(part, old, new):
    data = patched(with_rows(regular(1, 3)), {part: (old, new)})

    assert {} == passed(data).sheets


def test_texts_with_marks_and_blanks_are_what_people_typed():
    texts = ["a & b", "<t>", "\"nháy\" 'đơn'", "  hai  ", "dòng\nmới", "&lt;", "_x", ""]

    def fill(book, sheet):
        sheet.write_column(0, 1, [text or None for text in texts])

    answer = passed(book_of(fill))

    assert [["", text] for text in texts[:-1]] == [list(row) for row in answer.sheets[SHEET].rows]


def test_the_columns_with_a_cell_to_look_at_are_named():
    rows = '<row r="1"><c r="A1" t="e"><v>#N/A</v></c><c r="B1"><v>1</v></c><c r="C1"><f>B1</f><v></v></c></row>'

    assert frozenset("AC") == passed(with_rows(rows)).sheets[SHEET].flawed
