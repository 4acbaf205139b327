"""Sheets made and put right: the template is all there, nobody's entries are touched, a second run does nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from office import SETUP, UNITS, YEAR, ward_tables
from sheets_office import OWNER, WARD, SheetsOffice, letters, sheets_office, template

from sync.emulator import GoogleError
from sync.google.answers import snapshot_of
from sync.google.client import stopped
from sync.google.links import ids_in, write_links
from sync.google.share import revoke, share
from sync.google.trouble import SourceUnavailable
from sync.setup_changes import read_setup_of
from sync.workspace import CannotRun
from workbooks import layouts
from workbooks.snapshots import pack
from xl_ctd.core.tables import COVER, WARD_TABLES

QUY = layouts.TABS["QUY"]


def content(shared: SheetsOffice) -> bytes:
    return pack(snapshot_of(shared.google.read(shared.sheet()), "TS"))


def test_every_tab_and_header_of_the_workbook_is_there(shared: SheetsOffice) -> None:
    ward = shared.ward()
    tabs = [layouts.COVER_TAB, *(layouts.TABS[table.code] for table in WARD_TABLES), "Phản hồi", "Kết quả"]
    headers = [[layouts.header_of(field) for field in table.stored] for table in WARD_TABLES]

    assert tabs == ward.tabs(shared.sheet())
    assert headers == [ward.see(shared.sheet(), layouts.TABS[t.code], "A6:Z6")[0][:-1] for t in WARD_TABLES]


def test_no_personal_column_is_in_a_shared_sheet() -> None:
    personal = {f"{t.code}.{f.code}" for t in WARD_TABLES for f in t.fields if f.personal}
    personal |= {f"BIA.{f.code}" for f in COVER if f.personal}
    there = {str(value) for tab in template(UNITS[0]).tabs for value in tab.cells.values()}

    assert len(personal) > 4
    assert set() == personal & there


def test_a_new_sheet_writes_numbers_and_days_as_in_vietnam(shared: SheetsOffice) -> None:
    properties = shared.google.shape(shared.sheet())["properties"]
    assert ("vi_VN", "Asia/Ho_Chi_Minh") == (properties["locale"], properties["timeZone"])


@pytest.mark.parametrize("known", ["from the beginning", "later"])
def test_a_ward_may_edit_its_sheet_and_is_invited_once_when_its_address_is_known(
    shared: SheetsOffice, known: str
) -> None:
    unit = replace(UNITS[1], email=WARD)
    first = unit if known == "from the beginning" else UNITS[1]
    with shared.office.open() as book:
        for one in (first, unit, unit):
            (made,) = share(book, shared.google, shared.folder, [one], YEAR)

    assert "writer" == shared.google.permissions(made.spreadsheet)[WARD][1]
    assert [(made.spreadsheet, WARD)] == shared.emulator.world.mails


def test_a_code_keeps_its_leading_zero_because_its_column_is_text_before_anybody_types(shared: SheetsOffice) -> None:
    ward, cell = shared.ward(), f"{letters('QUY', 'SO_CT')}20"
    ward.type(shared.sheet(), QUY, cell, "00123")
    assert [["00123"]] == ward.values(shared.sheet(), QUY, cell)


def test_a_day_is_typed_as_in_vietnam(shared: SheetsOffice) -> None:
    ward, cell = shared.ward(), f"{letters('QUY', 'NGAY')}20"
    ward.type(shared.sheet(), QUY, cell, "5/3/2024")
    assert [[45_356]] == ward.values(shared.sheet(), QUY, cell)


def test_a_word_that_no_list_has_is_refused(shared: SheetsOffice) -> None:
    with pytest.raises(GoogleError, match="validation"):
        shared.ward().type(shared.sheet(), QUY, f"{letters('QUY', 'THU_CHI')}20", "Có lẽ")


def test_headers_and_the_services_tabs_are_closed_to_wards_and_rows_are_open(shared: SheetsOffice) -> None:
    ward, sheet = shared.ward(), shared.sheet()
    for tab, cell in ((QUY, "A6"), ("Phản hồi", "A9"), ("Kết quả", "A1"), ("Bìa", "A6")):
        with pytest.raises(GoogleError, match="protected"):
            ward.type(sheet, tab, cell, "x")
    ward.type(sheet, "Bìa", "B14", "20/12/2024")
    ward.sort(sheet, QUY, "A7:K30", "B")
    ward.insert_rows(sheet, QUY, 9)
    ward.delete_rows(sheet, QUY, 9)


def test_the_link_stands_in_the_master_and_nothing_else_of_it_changed(tmp_path: Path) -> None:
    with sheets_office(tmp_path / "office", UNITS[:2]) as made:
        units = read_setup_of(made.office.master)[1].units
    listed = {uid: units.by_uid[uid].sheet for uid in units.by_uid if units.by_uid[uid].sheet}
    links = {uid: f"https://docs.google.com/spreadsheets/d/{sheet}/edit" for uid, sheet in made.ids.items()}

    assert links == listed
    assert [(u.uid, u.name, u.valid_to, u.successions) for u in SETUP.units.units] == [
        (u.uid, u.name, u.valid_to, u.successions) for u in units.units
    ]


def test_sharing_again_changes_nothing_and_makes_no_second_sheet(shared: SheetsOffice) -> None:
    before = content(shared)
    (again,) = shared.share(UNITS[:1])

    assert (False, 0) == (again.is_new, again.repaired)
    assert before == content(shared)
    assert 1 == len(shared.emulator.spreadsheets)


@pytest.mark.parametrize("harm", ["renamed tab", "renamed header", "wiped codes", "deleted column", "locale", "pasted"])
def test_sharing_again_mends_the_template_and_touches_no_entry(shared: SheetsOffice, harm: str) -> None:
    chief, sheet = shared.emulator.person(OWNER), shared.sheet()
    untouched = content(shared)
    match harm:
        case "renamed tab":
            chief.rename_tab(sheet, QUY, "Sổ quỹ 2024")
        case "renamed header":
            chief.type(sheet, QUY, "A6", "Chứng từ")
        case "wiped codes":
            chief.clear(sheet, QUY, "A5:K5")
        case "deleted column":
            chief.delete_columns(sheet, QUY, letters("QUY", "DOI_TAC"))
        case "locale":
            chief.set_locale(sheet, "en_US")
        case "pasted":
            chief.format_as(sheet, QUY, "A7:A30", "NUMBER", "0")
    shared.share(UNITS[:1])

    if harm == "deleted column":
        headers = chief.see(sheet, QUY, "A6:Z6")[0]
        assert sorted([layouts.header_of(f) for f in WARD_TABLES[6].stored] + ["_rid"]) == sorted(headers)
    else:
        assert untouched == content(shared)
    ward = shared.ward()
    ward.type(sheet, QUY, "A20", "00123")
    assert [["00123"]] == ward.values(sheet, QUY, "A20")


def test_a_deleted_tab_comes_back(shared: SheetsOffice) -> None:
    chief = shared.emulator.person(OWNER)
    chief.delete_tab(shared.sheet(), "Nhiệm vụ")
    shared.share(UNITS[:1])
    assert "Nhiệm vụ" in chief.tabs(shared.sheet())


def put_right(shared: SheetsOffice) -> None:
    """``sheets share`` as an office runs it: prefilled with what the ledger knows."""
    with shared.office.open() as book:
        share(book, shared.google, shared.folder, UNITS[:1], YEAR)


def test_what_was_deleted_comes_back_with_what_the_ward_had_sent(shared: SheetsOffice) -> None:
    shared.ward().type(shared.sheet(), QUY, f"{letters('QUY', 'DOI_TAC')}8", "Công ty An Bình")
    shared.merged()
    held, chief = shared.office.held(), shared.emulator.person(OWNER)
    chief.delete_tab(shared.sheet(), layouts.TABS["HO_TRO"])
    chief.delete_columns(shared.sheet(), QUY, letters("QUY", "DOI_TAC"))
    waiting = shared.merged().held
    put_right(shared)
    report = shared.merged()

    assert ["hold-table-missing"] == [one.hold.code for one in waiting]
    assert ((), 0) == (report.held, report.counts.applied)
    assert held == shared.office.held()


def test_a_tab_that_was_made_anew_without_its_rows_holds_the_unit(tmp_path: Path) -> None:
    with sheets_office(tmp_path / "office", tables=ward_tables(UNITS[0], of_each=8)) as made:
        made.merged()
        held = made.office.held()
        made.emulator.person(OWNER).delete_tab(made.sheet(), QUY)
        made.share(UNITS[:1], {"QUY": []})
        report = made.merged()

        assert ["hold-mass-deletion"] == [one.hold.code for one in report.held]
        assert held == made.office.held()


def listed(shared: SheetsOffice) -> tuple[str, ...]:
    """The spreadsheets that the master names for the first unit."""
    return ids_in(read_setup_of(shared.office.master)[1].units.by_uid[UNITS[0].uid].sheet)


@pytest.mark.parametrize("for_good", [True, False])
def test_a_sheet_that_was_deleted_is_made_again_with_what_the_ward_had_sent(
    shared: SheetsOffice, for_good: bool
) -> None:
    shared.merged()
    held, chief = shared.office.held(), shared.emulator.person(OWNER)
    chief.trash(shared.sheet())
    if for_good:
        chief.delete(shared.sheet())
    with shared.office.open() as book:
        (made,) = share(book, shared.google, shared.folder, UNITS[:1], YEAR)
        write_links(shared.office.master, {UNITS[0].uid: made.spreadsheet}, made.gone)
    report = shared.merged()

    assert (True, (shared.sheet(),)) == (made.is_new, made.gone)
    assert ((), 0, (made.spreadsheet,)) == (report.held, report.counts.applied, listed(shared))
    assert held == shared.office.held()


def test_a_column_of_the_wards_own_and_its_place_survive(shared: SheetsOffice) -> None:
    chief, sheet = shared.emulator.person(OWNER), shared.sheet()
    chief.insert_columns(sheet, QUY, "B")
    chief.type(sheet, QUY, "B6", "Ghi chú riêng")
    chief.type(sheet, QUY, "B7", "giữ lại")
    before = content(shared)
    shared.share(UNITS[:1])
    assert before == content(shared)


def test_a_run_that_was_cut_off_after_making_the_sheet_finds_it_again(tmp_path: Path) -> None:
    with sheets_office(tmp_path / "office", ()) as made:
        made.emulator.faults.drop(methods="sheets.spreadsheets.batchUpdate", times=1)
        with pytest.raises(CannotRun, match="google-uncertain"):
            made.share(UNITS[:1])
        made.folder.save(type(made.state)(folder=made.state.folder))  # even what was remembered is lost
        made.share(UNITS[:1])

        assert 1 == len(made.emulator.spreadsheets)
        assert QUY in made.ward().tabs(made.sheet())


def test_taking_access_back_leaves_the_owner_and_the_services(shared: SheetsOffice) -> None:
    ward = shared.ward()
    assert 1 == revoke(shared.google, shared.sheet())
    assert {OWNER, shared.google.services[0]} == set(shared.google.permissions(shared.sheet()))
    with pytest.raises(GoogleError):
        ward.see(shared.sheet(), QUY)
    assert WARD not in shared.google.permissions(shared.sheet())


def test_the_storage_trap_is_explained() -> None:
    from sync.google.trouble import Reason
    from xl_ctd.messages import message

    stop = stopped(SourceUnavailable(Reason.STORAGE, "quota"))
    assert "tài khoản dịch vụ không sở hữu được tệp" in message(stop.code, stop.args_)


def test_an_unknown_unit_is_named(tmp_path: Path) -> None:
    from sync.google.share import units_to_share

    with sheets_office(tmp_path / "office", ()) as made, made.office.open() as book:
        assert [UNITS[1]] == units_to_share(book, YEAR, [UNITS[1].code])
        with pytest.raises(CannotRun, match="no-such-unit"):
            units_to_share(book, YEAR, ["99999"])
