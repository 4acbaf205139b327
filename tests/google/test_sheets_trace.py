"""A value of the master leads back to the spreadsheet, the tab, the cell and the revision it was read from."""

from __future__ import annotations

import json

from office import NOW, PERSON, SETUP, UNITS
from sheets_office import OWNER, SheetsOffice, letters
from test_sheets_commands import run

from sync.google.state import LINK, SheetReading
from sync.office import Office
from sync.tracing import Trace, trace
from workbooks import layouts
from workbooks.master_board import FIRST_ROW
from xl_ctd.core.tables import BY_CODE
from xl_ctd.ribbon import perform

QUY = layouts.TABS["QUY"]
AMOUNT = letters("QUY", "SO_TIEN")


def place() -> str:
    """The amount of the fund's first line in the master."""
    codes = [column.code for column in layouts.master_columns(BY_CODE["QUY"])]
    return f"{QUY}!{layouts.column_letters(codes.index('SO_TIEN') + 1)}{layouts.MASTER_FIRST_ROW}"


def traced(shared: SheetsOffice, cell: str = "") -> Trace:
    with shared.office.open() as book:
        return trace(book, cell or place())


def revision(shared: SheetsOffice) -> int:
    return shared.google.listing()[shared.sheet()].version


def test_a_row_of_a_sheet_leads_to_spreadsheet_tab_cell_and_revision(shared: SheetsOffice) -> None:
    shared.ward().insert_rows(shared.sheet(), QUY, 7)
    listed = revision(shared)
    shared.merged()
    done = run(shared, "trace", "--master", shared.office.master, place(), "--json")
    shown = run(shared, "trace", "--master", shared.office.master, place())

    (origin,) = json.loads(done[1])["origins"]
    link = LINK.format(id=shared.sheet())
    assert (QUY, f"{AMOUNT}8") == (origin["sheet"], origin["cell"])
    assert {"id": shared.sheet(), "link": link, "revision": listed} == origin["spreadsheet"]
    assert shared.state.of(shared.sheet()).title in shown[1]
    assert link in shown[1].replace("\n", "")
    assert str(listed) in shown[1]


def test_the_revision_is_the_one_that_was_merged_whatever_is_read_or_held_since(shared: SheetsOffice) -> None:
    shared.merged()
    (merged,) = traced(shared).origins
    shared.ward().type(shared.sheet(), QUY, f"{AMOUNT}7", "7000")
    shared.pull()
    shared.emulator.person(OWNER).delete_columns(shared.sheet(), QUY, AMOUNT)
    shared.merged()
    (shared.folder.path / "state.json").unlink()

    assert merged.spreadsheet is not None
    assert (merged,) == traced(shared).origins


def test_a_target_names_the_spreadsheets_that_went_into_it(shared: SheetsOffice) -> None:
    shared.merged()
    line = FIRST_ROW + [target.id for target in SETUP.targets].index("TS-02")
    found = traced(shared, f"Bảng điều hành!D{line}")
    assert {shared.sheet()} == {origin.spreadsheet.id for origin in found.origins if origin.spreadsheet}


def test_the_button_shows_link_and_revision_too(shared: SheetsOffice) -> None:
    office = Office(shared.office.master, (), PERSON, None, lambda: NOW)
    listed = revision(shared)
    shared.merged()
    answer = perform("nguon_so_lieu", None, office, {"cell": place()})

    assert ((UNITS[0].name, LINK.format(id=shared.sheet()), str(listed)),) == answer.tables[1].rows


def test_a_workbook_is_no_reading_of_a_spreadsheet() -> None:
    assert SheetReading.of("/home/an/phuong/CTD_09367_2024.xlsx") is None
