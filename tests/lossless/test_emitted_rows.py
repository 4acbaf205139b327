"""What is written into a cell is what is read from it, by another library."""

import pickle
import re
import warnings
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from workbooks.emit import LONGEST_TEXT, Job, Link, Ready, clean_text, deflate, emit, emit_block, emit_rows
from workbooks.write import TableBody, patch_workbook
from xl_ctd.core.records import Value

TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["=1+1", "+84912345678", "-5", "@SUM(A1)", " đầu", "cuối ", "hai\ndòng", "", "&<>\"'", "👩‍⚕️ đỏ", "00123"]
    ),
    st.text(alphabet="\x00\x01\x0b\r\n\t\ufffe ab", max_size=8),
)
VALUES = st.one_of(
    st.none(),
    TEXTS,
    st.integers(-(10**14), 10**14),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=4),
    st.dates(date(1900, 3, 1), date(2199, 12, 31)),
)


def read_back(columns: list[list[Value]]) -> list[list[object]]:
    """Patch the columns into a workbook and read them with openpyxl, column by column."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "t.xlsx")
        book = xlsxwriter.Workbook(path)
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        codes = [f"C{i}" for i in range(len(columns))]
        headers = [{"header": code} for code in codes]
        sheet.add_table(0, 0, 1, len(columns) - 1, {"name": "tblX", "columns": headers})
        for number, column in enumerate(columns):
            if any(type(value) is date for value in column):
                sheet.write_blank(1, number, None, day)
        book.close()
        patch_workbook(path, path, tables={"tblX": TableBody.of(dict(zip(codes, columns, strict=True)))})
        rows = openpyxl.load_workbook(path).active.iter_rows(
            min_row=2, max_row=4, max_col=len(columns), values_only=True
        )
        return [list(column) for column in zip(*rows, strict=True)]


def seen(value: Value) -> object:
    """A value as openpyxl gives it back: an escape is one that Excel undoes."""
    if isinstance(value, str):
        return re.sub("_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", clean_text(value))
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    return float(value) if isinstance(value, Decimal) else value


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(VALUES, min_size=3, max_size=3), min_size=1, max_size=4))
def test_rows_are_read_back_as_they_were_written(columns):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # A column has one format: days and numbers do not stand in one column of a table.
        for column in columns:
            if any(type(value) is date for value in column):
                column[:] = [value if isinstance(value, str | date) else None for value in column]
        assert [[seen(value) for value in column] for column in columns] == read_back(columns)


def test_texts_that_look_like_formulas_stay_texts():
    looks = ["=1+1", "+1", '=HYPERLINK("http://x")']
    assert [looks] == read_back([list(looks)])
    assert b"<f>" not in emit_rows([looks], [0], 1)


def test_numbers_keep_their_exact_digits():
    column = [Decimal("0.10"), Decimal("12345678901234567890.5"), 10**20, Decimal("-0.000001")]
    found = re.findall(rb"<v>([^<]*)</v>", emit_rows([column], [0], 1))
    assert [b"0.10", b"12345678901234567890.5", b"100000000000000000000", b"-0.000001"] == found


def test_equal_decimals_with_other_digits_are_not_confused():
    found = re.findall(rb"<v>([^<]*)</v>", emit_rows([[Decimal("1.0"), Decimal("1.00"), Decimal("1")]], [0], 1))
    assert [b"1.0", b"1.00", b"1"] == found


@pytest.mark.parametrize(
    ("day", "serial"),
    [
        (date(1900, 1, 1), b"1"),
        (date(1900, 2, 28), b"59"),
        (date(1900, 3, 1), b"61"),
        (date(2024, 2, 29), b"45351"),
    ],
)
def test_days_become_the_numbers_that_sheets_count(day, serial):
    assert [serial] == re.findall(rb"<v>([^<]*)</v>", emit_rows([[day]], [0], 1))


def test_a_day_before_1900_becomes_text():
    expected = b'<row r="1"><c r="A1" t="inlineStr"><is><t>1899-12-31</t></is></c></row>'
    assert expected == emit_rows([[date(1899, 12, 31)]], [0], 1)


def test_days_in_a_1904_workbook_count_from_1904():
    assert b'<row r="1"><c r="A1"><v>0</v></c></row>' == emit_rows([[date(1904, 1, 1)]], [0], 1, date_1904=True)


def test_moments_and_figures_without_exact_decimal_become_the_nearest_number():
    column = [datetime(2024, 1, 1, 12), Fraction(1, 3), Fraction(4, 2), 0.25]
    found = re.findall(rb"<v>([^<]*)</v>", emit_rows([column], [0], 1))
    assert [b"45292.5", b"0.3333333333333333", b"2", b"0.25"] == found


def test_a_blank_keeps_the_style_of_its_column():
    expected = (
        b'<row r="9"><c r="C9" s="7"/></row><row r="10"><c r="C10" s="7"><v>1</v></c><c r="D10"><v>2</v></c></row>'
    )
    assert expected == emit_rows([[None, 1], [None, 2]], [7, 0], 9, 3)


def test_what_looks_like_an_escape_is_escaped_as_excel_does():
    assert b"<t>_x005F_x0041_</t>" in emit_rows([["_x0041_"]], [0], 1)


@pytest.mark.parametrize("value", [True, b"x", float("nan"), Decimal("NaN"), "a" * (LONGEST_TEXT + 1), object()])
def test_what_no_cell_can_hold_is_refused(value):
    with pytest.raises((TypeError, ValueError)):
        emit_rows([[value]], [0], 1)


def test_a_text_of_the_greatest_length_is_kept():
    text = "ộ" * LONGEST_TEXT
    assert text.encode() in emit_rows([[text]], [0], 1)


def test_blocks_hold_the_same_rows_as_one_emission():
    columns = [["a", "b", "c", "d"], [1, None, 3, 4]]
    whole = emit(Job(columns, [1, 2], [0, 5], 7, 4))
    halves = [
        emit(Job([c[:2] for c in columns], [1, 2], [0, 5], 7, 2)),
        emit(Job([c[2:] for c in columns], [1, 2], [0, 5], 9, 2)),
    ]
    assert whole == b"".join(halves)


def test_ready_cells_stand_between_ours():
    job = Job([["a", "b"], Ready(['" s="2"><v>1</v></c>', ""]), [1, 2]], [1, 2, 4], [0, 0, 0], 3, 2)
    assert (
        b'<row r="3"><c r="A3" t="inlineStr"><is><t>a</t></is></c>'
        b'<c r="B3" s="2"><v>1</v></c><c r="D3"><v>1</v></c></row>'
        b'<row r="4"><c r="A4" t="inlineStr"><is><t>b</t></is></c><c r="D4"><v>2</v></c></row>'
    ) == emit(job)


def test_a_block_says_what_it_holds():
    block = emit_block(Job([["a"]], [1], [0], 1, 1, key="k"))
    same = deflate(emit_rows([["a"]], [0], 1), 1, "k")
    assert same == block


def test_a_link_shows_its_text_and_keeps_its_place_on_the_way_to_another_process():
    link = Link('a "b" & <c>.xlsx', 'wards/a "b" & <c>.xlsx')
    sent = pickle.loads(pickle.dumps(link))

    formula = """HYPERLINK("wards/a ""b"" &amp; &lt;c&gt;.xlsx","a ""b"" &amp; &lt;c&gt;.xlsx")"""
    cell = f'<c r="B1" s="3" t="str"><f>{formula}</f><v>a "b" &amp; &lt;c&gt;.xlsx</v></c>'
    assert f'<row r="1"><c r="A1"><v>1</v></c>{cell}</row>' == emit_rows([[1], [sent]], [0, 3], 1).decode()
    assert [[f"={link.formula}", None, None]] == read_back([[sent]])
