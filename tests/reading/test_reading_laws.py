"""Promises that hold whatever a file holds: reading never raises, and what was written is what is read."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbooks import layouts
from workbooks.read import read_submission
from xl_ctd.core.codes import CODE_LISTS
from xl_ctd.core.submissions import SourceInfo
from xl_ctd.core.tables import BY_CODE, WARD_TABLES, Field, Kind, Table
from xl_ctd.core.text import clean, repair_and_count

SOURCE = SourceInfo("CTD_09382_2024.xlsx", "digest")
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

SOUP = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates(date(1905, 1, 1), date(9000, 1, 1)),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20),
    st.sampled_from(
        ["QUY.SO_TIEN", "QUY._rid", "BIA.NAM", "DON_VI.MA", "Số tiền *", "#REF!", "Tổng cộng", "=1/0", "_uid"]
    ),
)


def book_of(fill) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        fill(book)
    return target.getvalue()


class Unprinted(bytes):
    """A file that no report of a failure spells out: Hypothesis warns of long ones, and that would hide the failure."""

    def __repr__(self) -> str:
        return f"{len(self)} bytes"


@pytest.fixture(scope="module")
def good_file(template) -> bytes:
    def fill(book):
        template.write_cover(book, template.cover)
        for code in layouts.BLANK_ROWS:
            template.write_table(book, code, template.fund if code == "QUY" else ())

    return Unprinted(book_of(fill))


@FEW
@given(soup=st.lists(st.lists(SOUP, max_size=16), max_size=14), cover=st.booleans(), over=st.booleans())
def test_any_cells_in_any_place_are_read_without_raising(setup, template, soup, cover, over):
    def fill(book):
        if cover:
            template.write_cover(book, template.cover)
        template.write_table(book, "QUY", template.fund)
        sheet = book.get_worksheet_by_name("Sổ quỹ") if over else book.add_worksheet("Trang1")
        dates = book.add_format({"num_format": "dd/mm/yyyy"})
        for line, row in enumerate(soup):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(line, column, datetime(cell.year, cell.month, cell.day), dates)
                elif cell is not None:
                    sheet.write(line, column, cell)

    submission = read_submission(SOURCE, book_of(fill), setup=setup)

    assert submission.uid == "TS.2021.09382" or submission.findings
    for rows in submission.tables.values():
        assert all(len(column) == len(rows) for column in rows.columns.values())


@FEW
@given(changes=st.lists(st.tuples(st.integers(0, 2**31), st.binary(min_size=1, max_size=4)), min_size=1, max_size=6))
def test_a_file_damaged_on_its_way_is_read_or_refused_without_raising(setup, good_file, changes):
    data = bytearray(good_file)
    for place, content in changes:
        start = place % len(data)
        data[start : start + len(content)] = content

    submission = read_submission(SOURCE, bytes(data), setup=setup)

    assert submission.tables or submission.findings


def test_a_file_whose_main_part_has_another_name_is_refused(setup, good_file):
    damaged = good_file.replace(b"xl/workbook.xml", b"xl/workb\0ok.xml")

    submission = read_submission(SOURCE, damaged, setup=setup)

    assert not submission.tables
    assert submission.findings


@settings(FEW, max_examples=150)
@given(
    number=st.integers(0, 30),
    changes=st.lists(st.tuples(st.floats(0, 0.999), st.binary(max_size=3), st.integers(0, 9)), min_size=1, max_size=3),
)
def test_a_file_with_damaged_parts_is_read_or_refused_without_raising(setup, good_file, number, changes):
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good_file)) as good, zipfile.ZipFile(target, "w") as damaged:
        names = good.namelist()
        for name in names:
            content = bytearray(good.read(name))
            if name == names[number % len(names)]:
                for place, new, length in changes:
                    start = int(place * len(content))
                    content[start : start + length] = new
            damaged.writestr(name, bytes(content))

    submission = read_submission(SOURCE, target.getvalue(), setup=setup)

    assert submission.tables or submission.findings


def value_of(field: Field) -> st.SearchStrategy[object]:
    texts = st.text(
        st.characters(codec="latin-1", categories=["L", "N", "P", "Zs"]) | st.sampled_from("đĐơƯắộữ"), max_size=20
    )
    values: dict[Kind, st.SearchStrategy[object]] = {
        Kind.TEXT: texts.map(clean).filter(lambda text: text.isascii() or not repair_and_count(text)[1]),
        Kind.IDENTIFIER: st.from_regex(r"[A-Z0-9/.-]{1,12}", fullmatch=True),
        Kind.DATE: st.dates(date(2013, 1, 1), date(2036, 12, 31)),
        Kind.YEAR: st.integers(1930, 2035),
        Kind.COUNT: st.integers(0, 10**9),
        Kind.MONEY: st.integers(0, 10**14 - 1),
        Kind.NUMBER: st.decimals(0, 10**6, places=2),
        Kind.PERCENT: st.decimals(0, 1, places=3),
        Kind.CHOICE: st.sampled_from([choice.code for choice in CODE_LISTS.get(field.choices or "", ())] or [None]),
    }
    return st.none() | values[field.kind]


def rows_of(table: Table) -> st.SearchStrategy[list[dict[str, object]]]:
    row = st.fixed_dictionaries({field.code: value_of(field) for field in table.stored})
    return st.lists(row.filter(lambda row: any(value not in (None, "") for value in row.values())), max_size=4)


@FEW
@given(data=st.data(), table=st.sampled_from(WARD_TABLES))
def test_what_was_written_is_what_is_read(setup, template, data, table):
    rows = data.draw(rows_of(table))

    def fill(book):
        template.write_cover(book, template.cover)
        cells = [{c: float(v) if isinstance(v, Decimal) else v for c, v in row.items()} for row in rows]
        template.write_table(book, table.code, cells)

    read = read_submission(SOURCE, book_of(fill), setup=setup).tables[table.code]

    written = [{code: None if value == "" else value for code, value in row.items()} for row in rows]
    assert written == list(read.dicts())
    assert BY_CODE[read.table] is table
