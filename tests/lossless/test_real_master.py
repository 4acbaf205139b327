"""The master we really send out, filled with a year of twelve wards."""

import re
from datetime import date, timedelta

import openpyxl
import pytest
from openxml_audit import OpenXmlValidator

from workbooks.build_master import build_master
from workbooks.layouts import TABS, master_columns, table_name
from workbooks.master_tables import NAME_BOARD_CALC, NAME_MERGED_AT
from workbooks.write import Segment, TableBody, patch_workbook
from xl_ctd.core.tables import TABLES, Kind
from xl_ctd.plans import setup_for

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")

ROWS = 30


@pytest.fixture(scope="module")
def empty_master(tmp_path_factory):
    path = tmp_path_factory.mktemp("master") / "so-tong-hop.xlsx"
    build_master(path, setup=setup_for("TS", 2024), created=date(2025, 1, 6))
    return path


@pytest.fixture
def real_master(empty_master, tmp_path):
    path = tmp_path / empty_master.name
    path.write_bytes(empty_master.read_bytes())
    return path


def value(kind, unit, row):
    if kind is Kind.DATE:
        return date(2024, 1, 1) + timedelta(unit * 7 + row)
    if kind in (Kind.COUNT, Kind.MONEY, Kind.NUMBER, Kind.YEAR):
        return 1_000 * unit + row
    return None if (unit + row) % 5 == 0 else f"Giá trị {unit}.{row}"


def body(table):
    kinds = {field.code: field.kind for field in table.stored}
    codes = tuple(column.code for column in master_columns(table))

    def segment(unit):
        def load():
            return {code: [value(kinds.get(code, Kind.TEXT), unit, row) for row in range(ROWS)] for code in codes}

        return Segment(f"{unit}", ROWS, load)

    return TableBody(codes, tuple(segment(unit) for unit in range(12)))


def fill(path, **options):
    tables = {table_name(table): body(table) for table in TABLES}
    cells = {NAME_MERGED_AT: date(2025, 1, 15)}
    return patch_workbook(path, path, tables=tables, cells=cells, forget_results=[NAME_BOARD_CALC], **options)


def test_the_filled_master_holds_every_row_and_only_our_parts_changed(real_master, contents):
    before = contents(real_master)
    report = fill(real_master)
    after = contents(real_master)
    assert set(report.changed) == {name for name in before if before[name] != after.get(name)}
    assert {"xl/worksheets", "xl/tables", "xl"} >= {name.rpartition("/")[0] for name in report.changed}
    assert {table_name(table): 12 * ROWS for table in TABLES} == dict(report.rows)
    book = openpyxl.load_workbook(real_master)
    for table in TABLES:
        sheet = book[TABS[table.code]]
        low, high = map(int, re.findall(r"\d+", sheet.tables[table_name(table)].ref))
        assert 12 * ROWS == high - low
        codes = [column.code for column in master_columns(table)]
        kinds = {field.code: field.kind for field in table.stored}
        expected = [[value(kinds.get(code, Kind.TEXT), 11, ROWS - 1) for code in codes]]
        row = sheet.iter_rows(min_row=high, max_row=high, max_col=len(codes), values_only=True)
        assert expected == [[one.date() if hasattr(one, "date") else one for one in cells] for cells in row]


def test_the_auditor_finds_nothing_in_the_filled_master(real_master):
    fill(real_master)
    assert [] == [str(error) for error in OpenXmlValidator(max_errors=0).validate(real_master).errors]


def test_filling_the_real_master_twice_changes_nothing(real_master):
    first = fill(real_master)
    before = real_master.read_bytes()
    assert ((), before) == (fill(real_master).changed, real_master.read_bytes())
    assert {table_name(table) for table in TABLES} == set(first.indexes)


def test_libreoffice_shows_the_filled_masters_board(real_master, in_office):
    empty = in_office(real_master)
    fill(real_master)
    full = in_office(real_master)
    assert any("TS-08" in cell or "hiến máu" in cell.lower() for row in full for cell in row)
    assert len(empty) == len(full)
