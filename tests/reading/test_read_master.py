"""The master read back: what staff changed there is seen, and no row of it is ever lost."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from workbooks import layouts
from workbooks.build_master import build_master
from workbooks.read_master import MasterContent, MasterUnreadable, read_master
from xl_ctd.core.records import UNREAD
from xl_ctd.core.setup import Setup
from xl_ctd.core.tables import BY_CODE, TABLES, Kind
from xl_ctd.messages import LANGUAGES, message
from xl_ctd.plans import setup_for

DONG_KY = {"_uid": "TS.2021.09382", "_unit": "Đồng Kỵ", "_year": 2024, "_file": "a.xlsx", "_sheet": "Sổ quỹ"}

FILLED = {field.code: 2024 for table in TABLES for field in table.stored if field.kind is not Kind.TEXT} | {"_line": 5}


@pytest.fixture(scope="module")
def office() -> Setup:
    return setup_for("TS", 2024)


@pytest.fixture(scope="module")
def empty_master(office, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("master") / "city-master.xlsx"
    build_master(path, setup=office, created=date(2024, 1, 1))
    return path


def opened(path: Path) -> openpyxl.Workbook:
    """The master as another program opens it, which does not know all of its parts and warns of that."""
    with warnings.catch_warnings(action="ignore", category=UserWarning):
        return openpyxl.load_workbook(path)


@pytest.fixture
def master(empty_master, tmp_path) -> Callable[..., Path]:
    """A master with these rows typed into a table: ``master("QUY", {...}, {...})``."""

    def write(table: str, *rows: Mapping[str, object]) -> Path:
        path = tmp_path / "city-master.xlsx"
        if not path.exists():
            shutil.copy(empty_master, path)
        book = opened(path)
        sheet = book[layouts.TABS[table]]
        letters = {column.code: column.letters for column in layouts.master_columns(BY_CODE[table])}
        for line, row in enumerate(rows, layouts.MASTER_FIRST_ROW):
            for code, value in row.items():
                sheet[f"{letters[code]}{line}"] = value
        book.save(path)
        return path

    return write


@pytest.fixture
def read(office) -> Callable[[Path], MasterContent]:
    def read_file(path: Path) -> MasterContent:
        content = read_master(path, setup=office)
        for finding in content.findings:
            assert all(message(finding.code, finding.args, language) for language in LANGUAGES)
        return content

    return read_file


def told(content: MasterContent) -> list[tuple[str, str | None, str | None]]:
    return [(finding.code, finding.where.sheet, finding.where.cell) for finding in content.findings]


def test_a_new_master_holds_nothing_and_has_every_table(read, empty_master):
    assert MasterContent({}) == read(empty_master)


def test_rows_come_back_by_unit_and_year_with_where_they_came_from(read, master):
    path = master(
        "QUY",
        {**DONG_KY, "SO_CT": "PT01", "NGAY": date(2024, 1, 15), "SO_TIEN": 5, "_line": 7, "_rid": "09382-A-1"},
        {**DONG_KY, "_year": 2023, "SO_CT": "PT09", "SO_TIEN": 6, "_line": 9, "_rid": "09382-B-1"},
        {**DONG_KY, "SO_CT": "PT02", "THU_CHI": "Chi", "SO_TIEN": 7, "_line": 8, "_rid": "09382-C-1"},
    )

    content = read(path)

    assert [] == told(content)
    assert [("TS.2021.09382", 2023), ("TS.2021.09382", 2024)] == list(content.holdings)
    rows = content.holdings["TS.2021.09382", 2024].table("QUY")
    assert (("09382-A-1", "09382-C-1"), (7, 8), "a.xlsx", "Sổ quỹ") == (rows.rids, rows.lines, rows.file, rows.sheet)
    assert {field.code for field in BY_CODE["QUY"].stored} == rows.columns.keys()
    assert (("PT01", "PT02"), (5, 7), (None, "C"), (date(2024, 1, 15), None)) == tuple(
        rows.columns[code] for code in ("SO_CT", "SO_TIEN", "THU_CHI", "NGAY")
    )


def test_a_row_typed_without_unit_is_the_citys_and_gets_the_same_id_every_time(read, master, office):
    path = master(
        "CAN_BO",
        {"MA": "CB01", "CHUYEN_TRACH": "Có", "TU_NGAY": date(2024, 2, 1), "_year": 2024},
        {"MA": "CB01", "CHUYEN_TRACH": "Có", "TU_NGAY": date(2024, 2, 1), "_year": 2024},
    )

    first, again = read(path), read(path)

    rows = first.holdings[office.units.city, 2024].table("CAN_BO")
    assert ((0, 0), 2, "") == (rows.lines, len(set(rows.rids)), rows.file)
    assert all(rows.rids)
    assert first == again


def test_a_row_typed_with_a_units_code_or_name_is_that_units_and_its_day_gives_the_year(read, master):
    path = master(
        "QUY",
        {"_unit": "09382", "SO_CT": "PT01", "NGAY": date(2024, 1, 15)},
        {"_unit": "đồng kỵ", "SO_CT": "PT02", "NGAY": date(2024, 5, 15)},
    )

    content = read(path)

    assert ("PT01", "PT02") == content.holdings["TS.2021.09382", 2024].table("QUY").columns["SO_CT"]


def test_a_copied_row_keeps_its_id_once_and_the_copy_gets_its_own(read, master):
    row = {**DONG_KY, "SO_CT": "PT01", "SO_TIEN": 5, "_rid": "09382-A-1"}

    rids = read(master("QUY", row, {**row, "SO_CT": "PT02"})).holdings["TS.2021.09382", 2024].table("QUY").rids

    assert "09382-A-1" == rids[0]
    assert len(set(rids)) == 2


def test_a_row_of_no_known_unit_or_year_is_kept_aside_as_it_is(read, master):
    path = master(
        "QUY",
        {"_unit": "Phường Lạ", "_year": 2024, "SO_CT": "PT01", "SO_TIEN": 5, "_rid": "x"},
        {"_uid": "TS.1999.00000", "_year": 2024, "SO_CT": "PT02"},
        {"SO_CT": "PT03"},
        {**DONG_KY, "SO_CT": "PT04", "_rid": "09382-A-1"},
    )

    content = read(path)

    assert [("master-row-unknown-unit", "Sổ quỹ", f"B{line}") for line in (5, 6, 7)] == told(content)
    assert [("PT01", 5, "x"), ("PT02", None, ""), ("PT03", None, "")] == [
        (stray.cells["SO_CT"], stray.cells["SO_TIEN"], stray.rid) for stray in content.strays
    ]
    assert ("PT04",) == content.holdings["TS.2021.09382", 2024].table("QUY").columns["SO_CT"]


def test_a_row_moved_to_another_unit_follows_what_staff_see(read, master):
    path = master("QUY", {**DONG_KY, "_unit": "Trang Hạ", "SO_CT": "PT01"})

    assert [("TS.2021.09383", 2024)] == list(read(path).holdings)


def test_a_unit_that_the_office_has_renamed_keeps_its_rows(read, master):
    path = master("QUY", {**DONG_KY, "_unit": "Tên cũ", "SO_CT": "PT01"})

    assert [("TS.2021.09382", 2024)] == list(read(path).holdings)


def test_an_unreadable_cell_keeps_its_earlier_value_in_force(read, master):
    path = master("QUY", {**DONG_KY, "SO_CT": "PT01", "SO_TIEN": "khoảng 20", "_rid": "09382-A-1"})

    content = read(path)

    assert [("master-cell-unreadable", "Sổ quỹ", "K5")] == told(content)
    assert (UNREAD,) == content.holdings["TS.2021.09382", 2024].table("QUY").columns["SO_TIEN"]


def test_renamed_tabs_are_found_and_a_lost_table_says_nothing(read, master):
    path = master("QUY", {**DONG_KY, "SO_CT": "PT01"})
    book = opened(path)
    book["Sổ quỹ"].title = "Quỹ 2024"
    del book["Hiến máu"]
    book.save(path)

    content = read(path)

    assert (("HIEN_MAU",), [("master-table-missing", None, None)]) == (content.missing, told(content))
    assert ("PT01",) == content.holdings["TS.2021.09382", 2024].table("QUY").columns["SO_CT"]


def test_a_master_that_is_no_workbook_stops_the_run_with_its_reason(office, tmp_path):
    (tmp_path / "city-master.xlsx").write_bytes(b"")

    with pytest.raises(MasterUnreadable) as stopped:
        read_master(tmp_path / "city-master.xlsx", setup=office)

    assert "file-empty" == stopped.value.finding.code


def test_every_table_is_read_with_every_stored_field(read, office, tmp_path):
    bodies = {
        layouts.table_name(table): [[{**DONG_KY, **FILLED}.get(c.code, "x") for c in layouts.master_columns(table)]]
        for table in TABLES
    }
    path = tmp_path / "city-master.xlsx"
    build_master(path, setup=office, created=date(2024, 1, 1), bodies=bodies)

    tables = read(path).holdings["TS.2021.09382", 2024].tables

    assert {table.code: {field.code for field in table.stored} for table in TABLES} == {
        code: set(rows.columns) for code, rows in tables.items()
    }
