"""What people do at the interface, as the product will meet it. https://support.google.com/docs/topic/9054603"""

from typing import Any

import gspread
import pytest

from sync.emulator import Emulator, GoogleError, Person

CITY, WARD = "thanhpho@chuthapdo.example", "phuong@chuthapdo.example"
SHEET = "Sheet1"


@pytest.fixture
def ward(emulator: Emulator, book: gspread.Spreadsheet) -> Person:
    """A ward's officer who may write in the city's spreadsheet, which holds three rows."""
    book.sheet1.update([["Mã", "Tên", "Số"], ["x1", "Lan", 3], ["x2", "Mai", 1], ["x3", "Hoa", 2]], "A1")
    book.share(WARD, perm_type="user", role="writer", notify=False)
    return emulator.person(WARD)


def test_a_person_types_as_in_vietnam(ward: Person, book: gspread.Spreadsheet) -> None:
    for cell, text in (("A6", "1.250"), ("B6", "12,5"), ("C6", "5/3/2026"), ("D6", "=C2+C3"), ("E6", "0912 345 678")):
        ward.type(book.id, SHEET, cell, text)

    assert [["1.250", "12,5", "05/03/2026", "4", "0912 345 678"]] == ward.see(book.id, SHEET, "A6:E6")
    assert [[1250, 12.5, 46086, 4, "0912 345 678"]] == ward.values(book.id, SHEET, "A6:E6")


def test_rows_are_sorted_inserted_moved_and_deleted(ward: Person, book: gspread.Spreadsheet) -> None:
    ward.sort(book.id, SHEET, "A2:C4", "C")
    assert ["Mai", "Hoa", "Lan"] == [row[1] for row in ward.see(book.id, SHEET, "A2:C4")]

    ward.insert_rows(book.id, SHEET, 2)
    ward.move_rows(book.id, SHEET, 5, 5, 2)
    ward.delete_rows(book.id, SHEET, 4)

    assert [["Mã", "Tên", "Số"], ["x1", "Lan", "3"], [], ["x3", "Hoa", "2"]] == ward.see(book.id, SHEET)


def test_columns_are_inserted_moved_and_deleted(ward: Person, book: gspread.Spreadsheet) -> None:
    ward.insert_columns(book.id, SHEET, "B")
    ward.type(book.id, SHEET, "B1", "Ghi chú")
    ward.move_column(book.id, SHEET, "D", "B")
    ward.delete_columns(book.id, SHEET, "A")

    assert ["Số", "Ghi chú", "Tên"] == ward.see(book.id, SHEET)[0]


def test_rows_are_copied_with_their_ids(ward: Person, book: gspread.Spreadsheet) -> None:
    ward.copy(book.id, SHEET, "A2:C2", "A5")

    assert ["x1", "x2", "x3", "x1"] == [row[0] for row in ward.see(book.id, SHEET, "A2:A5")]


def test_tabs_are_renamed_moved_copied_hidden_and_deleted(ward: Person, book: gspread.Spreadsheet) -> None:
    ward.add_tab(book.id, "Hỗ trợ")
    ward.rename_tab(book.id, SHEET, "Dân số (mới)")
    ward.copy_tab(book.id, "Hỗ trợ")
    assert ["Dân số (mới)", "Copy of Hỗ trợ", "Hỗ trợ"] == ward.tabs(book.id)

    ward.move_tab(book.id, "Hỗ trợ", 0)
    ward.hide_tab(book.id, "Dân số (mới)")
    ward.delete_tab(book.id, "Copy of Hỗ trợ")

    assert ["Hỗ trợ"] == ward.tabs(book.id)


def test_pasting_grows_the_sheet_and_is_stopped_by_no_rule(ward: Person, book: gspread.Spreadsheet) -> None:
    condition = gspread.utils.ValidationConditionType.one_of_list
    book.sheet1.add_validation("A1:C1000", condition, ["Có"], strict=True)

    ward.paste(book.id, SHEET, "A1000", [["a", "b"], ["c", "1.500"]])

    assert [["a", "b"], ["c", "1.500"]] == ward.see(book.id, SHEET, "A1000:B1001")


@pytest.mark.parametrize(
    ("kind", "values", "good", "bad"),
    [
        ("ONE_OF_LIST", ["Có", "Không"], "Có", "có lẽ"),
        ("NUMBER_GREATER_THAN_EQ", ["0"], "1.250", "-1"),
        ("NUMBER_BETWEEN", ["0", "1,5"], "1,5", "1,6"),
        ("NUMBER_GREATER", ["0"], "12", "khoảng 12"),
        ("DATE_IS_VALID", [], "05/03/2026", "31/2/2026"),
        ("ONE_OF_RANGE", ["=Sheet1!B2:B4"], "Mai", "Mơ"),
    ],
)
def test_a_strict_rule_stops_what_is_typed(
    ward: Person, book: gspread.Spreadsheet, kind: str, values: list[str], good: str, bad: str
) -> None:
    condition = gspread.utils.ValidationConditionType(kind)
    book.sheet1.add_validation("E2", condition, values, strict=True)

    ward.type(book.id, SHEET, "E2", good)
    with pytest.raises(GoogleError, match="violates the data validation rules"):
        ward.type(book.id, SHEET, "E2", bad)

    assert [[good]] == ward.see(book.id, SHEET, "E2")


def test_a_rule_that_only_warns_lets_everything_through(ward: Person, book: gspread.Spreadsheet) -> None:
    book.sheet1.add_validation("E2", gspread.utils.ValidationConditionType.one_of_list, ["Có"], strict=False)

    ward.type(book.id, SHEET, "E2", "không có trong danh sách")

    assert [["không có trong danh sách"]] == ward.see(book.id, SHEET, "E2")


def test_a_changed_locale_changes_how_things_are_written_and_read(ward: Person, book: gspread.Spreadsheet) -> None:
    ward.type(book.id, SHEET, "E2", "12,5")
    ward.set_locale(book.id, "en_US")
    ward.type(book.id, SHEET, "E3", "12,5")
    ward.type(book.id, SHEET, "E4", "12.5")

    assert [["12.5"], ["12,5"], ["12.5"]] == ward.see(book.id, SHEET, "E2:E4")
    assert [[12.5], ["12,5"], [12.5]] == ward.values(book.id, SHEET, "E2:E4")


def test_merged_noted_and_hidden_things_are_in_the_masked_answer(ward: Person, book: gspread.Spreadsheet) -> None:
    ward.note(book.id, SHEET, "B2", "Hỏi lại")
    ward.merge(book.id, SHEET, "E1:F2")
    ward.hide_rows(book.id, SHEET, 3)
    mask = (
        "properties(title,locale,timeZone),sheets(properties(sheetId,title,hidden,gridProperties),merges,"
        "data(startRow,startColumn,rowData(values(userEnteredValue,effectiveValue,formattedValue,note)),"
        "rowMetadata(hiddenByUser,hiddenByFilter)))"
    )

    answer: dict[str, Any] = book.client.fetch_sheet_metadata(book.id, {"fields": mask, "prettyPrint": "false"})

    tab = answer["sheets"][0]
    grid = {"rowCount": 1000, "columnCount": 26}
    assert {"title": "Báo cáo phường", "locale": "vi_VN", "timeZone": "Etc/GMT"} == answer["properties"]
    assert {"sheetId": 0, "title": SHEET, "gridProperties": grid} == tab["properties"]
    assert [{"startRowIndex": 0, "endRowIndex": 2, "startColumnIndex": 4, "endColumnIndex": 6}] == tab["merges"]
    text = {"stringValue": "Lan"}
    noted = {"userEnteredValue": text, "effectiveValue": text, "formattedValue": "Lan", "note": "Hỏi lại"}
    assert noted == tab["data"][0]["rowData"][1]["values"][1]
    assert 1000 == len(tab["data"][0]["rowMetadata"])
    assert [{}, {}, {"hiddenByUser": True}, {}] == tab["data"][0]["rowMetadata"][:4]
    assert {"properties", "sheets"} == answer.keys()
    assert {"properties", "merges", "data"} == tab.keys()


def test_an_error_has_a_kind(ward: Person, book: gspread.Spreadsheet) -> None:
    """reference/rest/v4/spreadsheets/other#ErrorValue"""
    for cell, text in (("A6", "=1/0"), ("B6", "=Z2000"), ("C6", "=KHONGCO(1)"), ("D6", '=1+"a"'), ("E6", "=NA()")):
        ward.type(book.id, SHEET, cell, text)
    ward.type(book.id, SHEET, "F6", "=Khác!A1")

    mask = {"fields": "sheets.data.rowData.values(effectiveValue,formattedValue)", "ranges": f"{SHEET}!A6:F6"}
    values = book.fetch_sheet_metadata(mask)["sheets"][0]["data"][0]["rowData"][0]["values"]

    assert ["#DIV/0!", "#REF!", "#NAME?", "#VALUE!", "#N/A", "#REF!"] == [one["formattedValue"] for one in values]
    kinds = [one["effectiveValue"]["errorValue"]["type"] for one in values]
    assert ["DIVIDE_BY_ZERO", "REF", "NAME", "VALUE", "N_A", "REF"] == kinds


def test_a_stranger_sees_nothing(emulator: Emulator, book: gspread.Spreadsheet) -> None:
    stranger = emulator.person("nguoila@example.com")

    for act in (
        lambda: stranger.see(book.id, SHEET),
        lambda: stranger.type(book.id, SHEET, "A1", "x"),
        lambda: stranger.share(book.id, "nguoila@example.com"),
    ):
        with pytest.raises(GoogleError):
            act()
