"""What a new master is made of."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from openxml_audit import OpenXmlValidator

from workbooks import layouts
from workbooks.build_master import PLAN_TASKS, build_master, data_table
from workbooks.master_tables import FIGURES, FORMULA_SHEETS, WRITTEN_TABLES, MasterTable
from workbooks.setup_tables import BOARD_YEAR_CELL, SETUP_TABLES
from xl_ctd.core.setup import Setup
from xl_ctd.core.tables import TABLES
from xl_ctd.plans import plan_ids, setup_for

# What openpyxl does not know (sparklines, data bars) it says and drops; these tests look at the rest.
pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported")

EVERY_TABLE = (*WRITTEN_TABLES, *SETUP_TABLES, PLAN_TASKS, *(data_table(table) for table in TABLES))

EXCEL_2010 = {"AND", "COUNT", "COUNTIF", "COUNTIFS", "FIND", "HYPERLINK", "IF", "IFERROR", "INDEX", "INT", "ISNUMBER"}
EXCEL_2010 |= {"LEFT", "MATCH", "MAX", "MIN", "N", "NA", "OR", "POWER", "RIGHT", "SEARCH", "SUBSTITUTE", "SUM"}
EXCEL_2010 |= {"SUMIF", "SUMPRODUCT", "TRIM"}


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "master.xlsx"
    build_master(path, setup=setup_for("TS", 2024), created=date(2024, 1, 2))
    return path


def test_staff_see_these_tabs_and_the_rest_is_hidden(empty: Path) -> None:
    book = openpyxl.load_workbook(empty)

    assert [
        "Bảng điều hành",
        "Chỉ tiêu",
        "Theo phường",
        "Theo dõi",
        "Tiến độ nộp",
        "Lỗi",
        "Xung đột",
        *(layouts.TABS[table.code] for table in TABLES if table.code != "NHIEM_VU"),
        "Nhiệm vụ",
        "Kế hoạch nhiệm vụ",
        "Quy ước",
        "Đơn vị",
        "Dân số",
        "Nhật ký",
    ] == [sheet.title for sheet in book if sheet.sheet_state == "visible"]
    assert all(sheet.title.startswith("_") for sheet in book if sheet.sheet_state != "visible")


@pytest.mark.parametrize("table", EVERY_TABLE, ids=lambda table: table.name)
def test_every_table_stands_where_the_merge_looks_for_it(empty: Path, table: MasterTable) -> None:
    sheet = openpyxl.load_workbook(empty)[table.tab]
    width = len(table.columns)

    assert [table.name] == list(sheet.tables)
    assert sheet.tables[table.name].ref.startswith(f"A4:{layouts.column_letters(width)}")
    assert [f"{table.code}.{code}" for code in table.codes] == [cell.value for cell in sheet[3]][:width]
    assert [column.header for column in table.columns] == [cell.value for cell in sheet[4]][:width]
    assert sheet.row_dimensions[3].hidden


def test_the_cells_that_a_merge_fills_have_names(empty: Path) -> None:
    book = openpyxl.load_workbook(empty)
    column, row = BOARD_YEAR_CELL[0], BOARD_YEAR_CELL[1:]

    assert {
        "ctd_nam": f"'Bảng điều hành'!${column}${row}",
        "ctd_theo_phuong": "'Theo phường'!$A$1",
        "ctd_theo_doi": "'Theo dõi'!$A$1",
        "ctd_tinh_bang": "'_Bảng'!$A$1",
        "ctd_tinh_phuong": "'_Phường'!$A$1",
        "ctd_layout": "'_META'!$B$1",
        "ctd_plan": "'_META'!$B$2",
        "ctd_mau": "'_META'!$B$3",
        "ctd_hop_nhat_luc": "'_META'!$B$4",
        "ctd_phien_ban": "'_META'!$B$5",
        "ctd_quy_uoc": "'_META'!$B$6",
    } == {name: defined.attr_text for name, defined in book.defined_names.items()}
    assert set(FORMULA_SHEETS) <= {*book.defined_names, *(name for sheet in book for name in sheet.tables)}
    assert ("master", "TS") == (book["_META"]["B1"].value, book["_META"]["B2"].value)
    assert book["Bảng điều hành"][BOARD_YEAR_CELL].value == 2024


def test_a_plan_that_follows_no_numbers_has_no_sheet_for_them(tmp_path: Path) -> None:
    path = tmp_path / "master.xlsx"
    build_master(path, setup=setup_for("BT", 2024), created=date(2024, 1, 2))

    assert "Theo dõi" not in openpyxl.load_workbook(path).sheetnames


def test_lists_offer_words_and_personal_columns_do_not_exist(empty: Path) -> None:
    book = openpyxl.load_workbook(empty)
    for table in TABLES:
        master = data_table(table)
        sheet = book[master.tab]
        offered = {
            str(area).split(":")[0][:-1]
            for validation in sheet.data_validations.dataValidation
            if validation.type == "list"
            for area in validation.sqref.ranges
        }
        choices = {field.code for field in table.stored if field.choices}

        assert {master.letters(code) for code in choices} == offered
        assert not {field.code for field in table.fields if field.personal} & set(master.codes)


@pytest.mark.parametrize("plan", plan_ids())
def test_the_same_plan_and_day_give_the_same_bytes(tmp_path: Path, plan: str) -> None:
    first, second = tmp_path / "first.xlsx", tmp_path / "second.xlsx"
    for path in (first, second):
        build_master(path, setup=setup_for(plan, 2024), created=date(2024, 1, 2))

    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("plan", plan_ids())
def test_the_package_keeps_to_the_standard(tmp_path: Path, plan: str) -> None:
    path = tmp_path / "master.xlsx"
    build_master(path, setup=setup_for(plan, 2024), created=date(2024, 1, 2))

    assert [] == [str(error) for error in OpenXmlValidator().validate(path).errors]


def test_a_filled_master_keeps_to_the_standard(filled: Callable[[int], Path]) -> None:
    assert [] == [str(error) for error in OpenXmlValidator().validate(filled(2024)).errors]


def test_formulas_use_only_what_excel_2010_has(empty: Path) -> None:
    with zipfile.ZipFile(empty) as package:
        sheets = [name for name in package.namelist() if name.startswith("xl/worksheets/sheet")]
        formulas = [
            formula
            for name in sheets
            for formula in re.findall(r"<(?:x14:)?(?:f|formula)>([^<]*)</", package.read(name).decode())
        ]
    without_text = (re.sub(r'(&quot;|").*?(&quot;|")', "", formula) for formula in formulas)
    used = {name for formula in without_text for name in re.findall(r"([A-Z][A-Z0-9.]*)\(", formula)}

    assert used <= EXCEL_2010
    assert len(formulas) > 1000


def test_a_year_of_many_units_has_a_place_for_each(tmp_path: Path, tu_son: Setup) -> None:
    path = tmp_path / "master.xlsx"
    build_master(path, setup=replace(tu_son, shown_year=2025), created=date(2025, 1, 2))
    sheet = openpyxl.load_workbook(path)["_Phường"]
    places = [cell.value for cell in sheet["A"][5:]]

    # Twelve old wards and four new ones, the city, and eight to spare.
    assert list(range(1, 16 + 1 + 8 + 1)) == places


def test_letters_of_a_column_it_does_not_have_are_refused() -> None:
    with pytest.raises(ValueError):
        FIGURES.letters("nothing")


def test_every_sheet_with_formulas_can_be_told_to_forget_their_results(empty: Path) -> None:
    book = openpyxl.load_workbook(empty)
    with_formulas = {
        sheet.title for sheet in book if any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
    }
    named = {name: defined.attr_text.split("!")[0].strip("'") for name, defined in book.defined_names.items()}
    named |= {table: sheet.title for sheet in book for table in sheet.tables}

    assert with_formulas == {named[name] for name in FORMULA_SHEETS}
