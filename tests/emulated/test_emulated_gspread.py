"""What people do with gspread 6.2.1, unchanged, as its documentation tells: https://docs.gspread.org/en/v6.2.1/user-guide.html"""

from collections.abc import Callable
from datetime import datetime

import gspread
import pytest
from gspread.cell import Cell
from gspread.utils import ExportFormat, PasteType

from sync.emulator import Emulator

CITY, WARD = "thanhpho@chuthapdo.example", "phuong@chuthapdo.example"


def test_opening_by_key_title_and_address(city: gspread.Client, book: gspread.Spreadsheet) -> None:
    assert [book.id] * 3 == [
        city.open_by_key(book.id).id,
        city.open("Báo cáo phường").id,
        city.open_by_url(f"https://docs.google.com/spreadsheets/d/{book.id}/edit#gid=0").id,
    ]
    with pytest.raises(gspread.SpreadsheetNotFound):
        city.open("Không có")


def test_making_listing_and_deleting_spreadsheets(city: gspread.Client, book: gspread.Spreadsheet) -> None:
    other = city.create("Khác")
    assert {"Khác", "Báo cáo phường"} == {one["name"] for one in city.list_spreadsheet_files()}
    assert {"Khác", "Báo cáo phường"} == {one.title for one in city.openall()}

    city.del_spreadsheet(other.id)

    assert ["Báo cáo phường"] == [one["name"] for one in city.list_spreadsheet_files()]


def test_tabs(book: gspread.Spreadsheet) -> None:
    added = book.add_worksheet("Dân số", rows=20, cols=4, index=0)
    assert ["Dân số", "Sheet1"] == [one.title for one in book.worksheets()]
    assert (20, 4, 0) == (added.row_count, added.col_count, added.index)

    copied = added.duplicate(insert_sheet_index=2, new_sheet_name="Dân số 2")
    book.reorder_worksheets([copied, book.sheet1, book.worksheet("Sheet1")])
    book.del_worksheet(added)
    added = book.worksheet("Dân số 2")
    added.resize(rows=5)
    added.add_cols(2)
    added.freeze(rows=1, cols=1)
    added.hide()

    again = book.get_worksheet_by_id(copied.id)
    assert (5, 6, 1, 1, True) == (
        again.row_count,
        again.col_count,
        again.frozen_row_count,
        again.frozen_col_count,
        again.isSheetHidden,
    )
    assert ["Sheet1"] == [one.title for one in book.worksheets(exclude_hidden=True)]
    with pytest.raises(gspread.WorksheetNotFound):
        book.worksheet("Dân số")


def test_cells_rows_columns_and_ranges(tab: gspread.Worksheet) -> None:
    tab.update([["Tên", "Số"], ["Lan", 1], ["Mai", 2]], "A1")
    tab.update_acell("C1", "Ghi chú")
    tab.update_cell(2, 3, "tốt")
    tab.update_cells([Cell(3, 3, "kém"), Cell(4, 1, "Hoa")])

    assert ("Lan", "2") == (tab.acell("A2").value, tab.cell(3, 2).value)
    assert (["Mai", "2", "kém"], ["Tên", "Lan", "Mai", "Hoa"]) == (tab.row_values(3), tab.col_values(1))
    assert ["Tên", "Số", "Lan", "1"] == [cell.value for cell in tab.range("A1:B2")]
    assert [["Tên", "Số", "Ghi chú"], ["Lan", "1", "tốt"], ["Mai", "2", "kém"], ["Hoa", "", ""]] == tab.get_all_values()


def test_finding(tab: gspread.Worksheet) -> None:
    tab.update([["Lan", "Mai"], ["Mai", "Hoa"]], "A1")

    found = tab.find("Mai")
    assert found is not None
    assert ((1, 2), [(1, 2), (2, 1)]) == ((found.row, found.col), [(one.row, one.col) for one in tab.findall("Mai")])
    assert tab.find("Cúc") is None


def test_rows_and_columns_come_and_go(tab: gspread.Worksheet) -> None:
    tab.update([["a"], ["d"]], "A1")

    tab.insert_rows([["b"], ["c"]], row=2)
    tab.insert_cols([["0", "0"]], col=1)
    tab.delete_rows(1)

    assert [["0", "b"], ["", "c"], ["", "d"]] == tab.get_all_values()


def test_formats(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    colour = {"red": 1, "green": 0.4, "blue": 0}
    tab.format("A1:B1", {"textFormat": {"bold": True}, "backgroundColor": colour})
    tab.batch_format([{"range": "A1", "format": {"textFormat": {"italic": True}}}])
    tab.update_tab_color("#ff0000")

    answer = book.fetch_sheet_metadata({"fields": "sheets.data.rowData.values.userEnteredFormat"})
    first, second = answer["sheets"][0]["data"][0]["rowData"][0]["values"]
    assert {"italic": True} == first["userEnteredFormat"]["textFormat"]
    assert {"bold": True} == second["userEnteredFormat"]["textFormat"]
    assert {"red": 1, "green": 0.4} == second["userEnteredFormat"]["backgroundColor"]
    assert "#FF0000" == book.sheet1.get_tab_color()


def test_notes(tab: gspread.Worksheet) -> None:
    tab.insert_notes({"A1": "một", "B2": "hai"})
    tab.clear_note("A1")

    assert ("", "hai", [[], ["", "hai"]]) == (tab.get_note("A1"), tab.get_note("B2"), tab.get_notes())


def test_protected_ranges(tab: gspread.Worksheet) -> None:
    reply = tab.add_protected_range("A1:B2", editor_users_emails=[CITY], description="tiêu đề")
    added = reply["replies"][0]["addProtectedRange"]["protectedRange"]
    assert [added["protectedRangeId"]] == [
        one["protectedRangeId"] for one in tab.spreadsheet.list_protected_ranges(tab.id)
    ]

    tab.delete_protected_range(added["protectedRangeId"])

    assert [] == tab.spreadsheet.list_protected_ranges(tab.id)


def test_named_ranges(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    reply = tab.define_named_range("A1:B2", "SoLieu")
    number = reply["replies"][0]["addNamedRange"]["namedRange"]["namedRangeId"]
    assert ["SoLieu"] == [one["name"] for one in book.list_named_ranges()]

    tab.delete_named_range(number)

    assert [] == book.list_named_ranges()


def test_groups_filters_and_hidden_lines(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    tab.add_dimension_group_rows(1, 4)
    tab.add_dimension_group_rows(2, 3)
    tab.set_basic_filter("A1:C5")
    tab.hide_columns(2, 3)

    assert [1, 2] == [one["depth"] for one in tab.list_dimension_group_rows()]
    kept = book.fetch_sheet_metadata({"fields": "sheets(basicFilter,data.columnMetadata.hiddenByUser)"})["sheets"][0]
    expected = {"startRowIndex": 0, "endRowIndex": 5, "startColumnIndex": 0, "endColumnIndex": 3}
    assert expected == kept["basicFilter"]["range"]
    assert [{}, {}, {"hiddenByUser": True}] == kept["data"][0]["columnMetadata"][:3]
    tab.clear_basic_filter()
    tab.delete_dimension_group_rows(1, 4)
    assert [2] == [one["depth"] for one in tab.list_dimension_group_rows()]


def test_copying_and_cutting(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    tab.update([["a", "b"]], "A1")
    tab.copy_range("A1:B1", "A2:B3", PasteType.normal)
    tab.cut_range("A1:B1", "C1")

    assert [["", "", "a", "b"], ["a", "b", "", ""], ["a", "b", "", ""]] == tab.get_all_values()
    assert "Copy of Sheet1" == tab.copy_to(book.id)["title"]


def test_titles_locales_and_times(emulator: Emulator, book: gspread.Spreadsheet) -> None:
    book.update_title("Tên mới")
    book.update_timezone("Asia/Ho_Chi_Minh")

    changed = datetime.fromisoformat(book.get_lastUpdateTime()).timestamp()
    assert ("Tên mới", "vi_VN", "Asia/Ho_Chi_Minh") == (book.title, book.locale, book.timezone)
    assert emulator.clock.now() == pytest.approx(changed, abs=1)


def test_new_spreadsheets_are_american(city: gspread.Client) -> None:
    """As recorded from the real API."""
    made = city.create("Mới")

    assert ("en_US", "Etc/GMT", ["Sheet1"], (1000, 26)) == (
        made.locale,
        made.timezone,
        [one.title for one in made.worksheets()],
        (made.sheet1.row_count, made.sheet1.col_count),
    )


def test_exporting(book: gspread.Spreadsheet) -> None:
    book.sheet1.update([["a", "b"], [1, 2]], "A1")

    assert b"a\tb\r\n1\t2" == book.export(ExportFormat.TSV)


def test_giving_a_spreadsheet_away(
    emulator: Emulator, book: gspread.Spreadsheet, sign_in: Callable[..., gspread.Client]
) -> None:
    number = book.share(WARD, perm_type="user", role="writer", notify=False).json()["id"]

    book.transfer_ownership(number)
    sign_in(emulator, WARD).open_by_key(book.id).accept_ownership(number)

    assert {CITY: "writer", WARD: "owner"} == {one["emailAddress"]: one["role"] for one in book.list_permissions()}
