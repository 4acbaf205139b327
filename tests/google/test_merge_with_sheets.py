"""A ward in a Google Sheet is merged exactly as it would be with its Excel workbook."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from office import SETUP, UNITS, YEAR, Office, new_office, ward_tables
from sheets_office import OWNER, SheetsOffice, letters, sheets_office

from sync.demo import DemoReport, build_demo
from sync.google.links import write_links
from sync.google.moving import typed_in
from sync.google.shape import shape_of
from sync.google.shaping import plan_shape
from sync.google.share import share
from sync.google.template import sheet_template
from sync.run import MergeReport
from workbooks import layouts
from workbooks.emit import Link
from workbooks.layouts import master_columns
from xl_ctd.core.findings import Severity
from xl_ctd.core.tables import WARD_TABLES
from xl_ctd.plans import setup_for

QUY, HO_TRO = layouts.TABS["QUY"], layouts.TABS["HO_TRO"]


def data_of(master: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every data sheet of a master, cell by cell, without where the rows came from."""
    book = openpyxl.load_workbook(master, read_only=True)
    found = {}
    for table in WARD_TABLES:
        codes = [column.code for column in master_columns(table)]
        kept = [n for n, code in enumerate(codes) if code not in ("_file", "_sheet", "_line")]
        rows = book[layouts.TABS[table.code]].iter_rows(min_row=layouts.MASTER_FIRST_ROW, values_only=True)
        found[table.code] = [tuple(row[n] for n in kept) for row in rows]
    book.close()
    return found


@pytest.fixture(scope="session")
def mistyped(tmp_path_factory: pytest.TempPathFactory) -> DemoReport:
    """Wards as people fill them, mistakes and all."""
    folder = tmp_path_factory.mktemp("mistyped")
    return build_demo(folder, year=YEAR, seed=1, clean=False, setup_for=lambda year: setup_for("TS", year))


@pytest.mark.xdist_group("sheets-mistyped")
def test_wards_half_in_excel_and_half_in_sheets_give_the_same_master_as_all_in_excel(
    tmp_path: Path, mistyped: DemoReport
) -> None:
    sent = {uid: path for (uid, year), path in mistyped.files.items() if year == YEAR}
    sent = dict(sorted(sent.items())[:6])
    with sheets_office(tmp_path / "half", ()) as half:
        excel = Office(tmp_path / "excel")
        half.office.copy_to(excel.folder)
        for n, path in enumerate(sent.values()):
            (excel.inbox / path.name).write_bytes(path.read_bytes())
            if n % 2:
                (half.office.inbox / path.name).write_bytes(path.read_bytes())
        with half.office.open() as book:
            setup = book.setup
            moved = [setup.units.by_uid[uid] for uid in list(sent)[::2]]
            done = share(
                book,
                half.google,
                half.folder,
                moved,
                YEAR,
                template_of=lambda unit: sheet_template(unit, YEAR, setup, *typed_in(sent[unit.uid])),
            )
        online = {one.unit.uid: one.spreadsheet for one in done}
        write_links(half.office.master, online)
        in_sheets, in_excel = half.merged(half.office.inbox), excel.merge()

    assert in_excel.counts == in_sheets.counts
    assert sorted(codes(in_excel)) == sorted(codes(in_sheets))
    assert excel.held() == half.office.held()
    assert data_of(excel.master) == data_of(half.office.master)
    with half.office.open() as book:
        clicked = {row.uid: row.file.place for row in book.progress() if isinstance(row.file, Link)}
    for uid in sent:
        assert clicked[uid].startswith("https://docs.google.com/" if uid in online else "wards/CTD_")
    assert online == {uid: clicked[uid].split("/")[5] for uid in online}


def codes(report: MergeReport) -> list[str]:
    """Codes of findings, apart from those about an Excel file as such, such as a column somebody put beside a table."""
    return [one.code for one in report.findings if not one.code.startswith(("workbook-", "formats-", "column-"))]


def test_merging_a_sheet_again_changes_nothing(shared: SheetsOffice) -> None:
    shared.merged()
    held = shared.office.held()
    again = shared.merged()

    assert (None, 0) == (again.version, again.counts.applied)
    assert held == shared.office.held()


def test_a_wards_edit_and_new_row_arrive(shared: SheetsOffice) -> None:
    shared.merged()
    ward, sheet = shared.ward(), shared.sheet()
    ward.type(sheet, QUY, f"{letters('QUY', 'SO_TIEN')}7", "2 triệu")
    ward.paste(sheet, QUY, "A10", [["PT-99", "31/12/2024", "Thu", "Hội phí", "Thu cuối năm", "", "", "500.000"]])
    counts = shared.merged().counts

    assert (2, 1) == (counts.applied, counts.added)
    amounts = {row[0]: row[7] for key, row in shared.office.held().items() if key[2] == "QUY"}
    assert {"PT-00": 2_000_000, "PT-01": 1_000_001, "PT-02": 1_000_002, "PT-99": 500_000} == amounts


def test_sorting_moving_and_hiding_change_nothing(shared: SheetsOffice) -> None:
    shared.merged()
    held = shared.office.held()
    chief, sheet = shared.emulator.person(OWNER), shared.sheet()
    chief.sort(sheet, QUY, f"A7:{letters('QUY', '_rid')}30", letters("QUY", "SO_TIEN"), descending=True)
    chief.rename_tab(sheet, HO_TRO, "Hỗ trợ các hộ")
    chief.move_tab(sheet, QUY, 1)
    chief.insert_columns(sheet, QUY, "C")
    chief.move_column(sheet, QUY, "A", "F")
    chief.hide_rows(sheet, QUY, 7, 8)
    report = shared.merged()

    assert 0 == report.counts.applied
    assert held == shared.office.held()


def test_a_copied_row_becomes_a_new_one_and_the_first_keeps_its_id(shared: SheetsOffice) -> None:
    shared.merged()
    rid = letters("QUY", "_rid")
    ward, sheet = shared.ward(), shared.sheet()
    ward.copy(sheet, QUY, f"A7:{rid}7", "A10")
    ward.type(sheet, QUY, "A10", "PT-77")
    report = shared.merged()

    assert (1, 1) == (report.counts.applied, report.counts.added)
    assert "row-id-copied" in codes(report)


@pytest.mark.parametrize("differs", [False, True])
def test_a_copied_tab_says_nothing_new_and_one_that_differs_holds_the_unit(shared: SheetsOffice, differs: bool) -> None:
    shared.merged()
    held = shared.office.held()
    chief, sheet = shared.emulator.person(OWNER), shared.sheet()
    chief.copy_tab(sheet, QUY)
    if differs:
        (copy,) = [tab for tab in chief.tabs(sheet) if QUY in tab and tab != QUY]
        chief.type(sheet, copy, f"{letters('QUY', 'SO_TIEN')}7", "123")
    report = shared.merged()

    assert (["table-twice"] if differs else []) == [one.hold.code for one in report.held]
    assert held == shared.office.held()


def test_a_pasted_format_that_makes_days_of_amounts_changes_no_amount(shared: SheetsOffice) -> None:
    shared.merged()
    held = shared.office.held()
    amounts = f"{letters('QUY', 'SO_TIEN')}7:{letters('QUY', 'SO_TIEN')}9"
    shared.emulator.person(OWNER).format_as(shared.sheet(), QUY, amounts, "DATE", "dd/mm/yyyy")
    report = shared.merged()

    assert 3 == sum(one.severity is Severity.ERROR and one.where.sheet == QUY for one in report.findings)
    assert held == shared.office.held()


@pytest.mark.parametrize("harm", ["column", "tab", "rows"])
def test_what_vanished_holds_the_unit_and_loses_nothing(shared: SheetsOffice, harm: str) -> None:
    shared.merged()
    held = shared.office.held()
    chief, sheet = shared.emulator.person(OWNER), shared.sheet()
    match harm:
        case "column":
            chief.delete_columns(sheet, QUY, letters("QUY", "SO_TIEN"))
        case "tab":
            chief.delete_tab(sheet, QUY)
        case "rows":
            chief.delete_rows(sheet, QUY, 7, 9)
    report = shared.merged()

    expected = held if harm != "rows" else {key: row for key, row in held.items() if key[2] != "QUY"}
    assert expected == shared.office.held()
    assert report.needs_people or harm == "rows"


def test_a_sheet_and_a_file_that_say_the_same_are_one(shared: SheetsOffice) -> None:
    office = new_office(shared.office.folder / "excel", units=UNITS[:1], of_each=3)
    report = shared.merged(office.inbox)

    assert () == report.held
    assert ["file-twice"] == [one.code for one in report.findings if one.code.startswith("file-")]
    assert () == shared.merged(office.inbox).held


def test_a_sheet_and_a_file_that_differ_hold_the_unit_until_a_person_decides(shared: SheetsOffice) -> None:
    office = new_office(shared.office.folder / "excel", units=UNITS[:1], of_each=3)
    shared.ward().type(shared.sheet(), QUY, f"{letters('QUY', 'SO_TIEN')}7", "123")
    report = shared.merged(office.inbox)

    assert ["hold-two-files"] == [held.hold.code for held in report.held]
    assert {} == shared.office.held()
    told = " ".join(str(cell) for line in shared.ward().values(shared.sheet(), "Phản hồi") for cell in line)
    assert (True, False) == ("chọn tệp đúng rồi báo Hội cấp trên cho qua." in told, "xl-ctd" in told)


def test_a_sheet_speaks_only_for_the_unit_it_is_listed_for(shared: SheetsOffice) -> None:
    shared.emulator.person(OWNER).type(shared.sheet(), "Bìa", "B6", UNITS[1].code)
    shared.emulator.person(OWNER).clear(shared.sheet(), "Bìa", "B7")
    report = shared.merged()

    assert "sheet-of-other-unit" in codes(report)
    assert {} == shared.office.held()


def test_an_error_in_a_cell_keeps_the_earlier_value(shared: SheetsOffice) -> None:
    shared.merged()
    amount = f"{letters('QUY', 'SO_TIEN')}7"
    chief = shared.emulator.person(OWNER)
    chief.format_as(shared.sheet(), QUY, amount, "NUMBER", "0")
    chief.type(shared.sheet(), QUY, amount, "=1/0")
    report = shared.merged()

    assert ["cell-error"] == [one.code for one in report.findings if one.code == "cell-error"]
    assert [1_000_000] == [row[7] for key, row in shared.office.held().items() if row[0] == "PT-00"]


def test_another_country_is_told_and_a_personal_column_is_not_read(shared: SheetsOffice) -> None:
    chief, sheet = shared.emulator.person(OWNER), shared.sheet()
    chief.set_locale(sheet, "en_US")
    chief.insert_columns(sheet, QUY, "C")
    chief.type(sheet, QUY, "C6", "Họ tên")
    chief.type(sheet, QUY, "C7", "Trần Thị Lan")
    report = shared.merged()

    assert {"sheet-other-country", "sheet-personal-column"} <= set(codes(report))
    kept = b"".join(path.read_bytes() for path in shared.office.workspace.folder.rglob("*") if path.is_file())
    assert b"Lan" not in kept


def test_two_sheets_for_one_unit_and_year_hold_it(shared: SheetsOffice) -> None:
    copied = shared.emulator.person(OWNER).create("Bản sao")
    template = sheet_template(UNITS[0], YEAR, SETUP, {}, ward_tables(UNITS[0], of_each=2))
    shape = shape_of(shared.google.shape(copied, by_owner=True))
    shared.google.write(copied, plan_shape(template, shape, [OWNER]).requests, by_owner=True)
    shared.google.share(copied, shared.google.services[0], notify=False)
    write_links(shared.office.master, {UNITS[0].uid: copied})

    assert ["hold-two-files"] == [held.hold.code for held in shared.merged().held]
