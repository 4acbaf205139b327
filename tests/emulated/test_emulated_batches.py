"""``spreadsheets.batchUpdate``: https://developers.google.com/workspace/sheets/api/guides/batchupdate
and https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/request"""

from typing import Any

import gspread
import pytest
from gspread.exceptions import APIError

from sync.emulator import Emulator

MASK = "sheets(properties(title,gridProperties(rowCount,columnCount)),merges,data(rowData(values(userEnteredValue))))"


def ask(book: gspread.Spreadsheet, *requests: dict[str, Any]) -> list[dict[str, Any]]:
    replies: list[dict[str, Any]] = book.batch_update({"requests": list(requests)})["replies"]
    return replies


def refused(book: gspread.Spreadsheet, *requests: dict[str, Any]) -> str:
    with pytest.raises(APIError) as caught:
        ask(book, *requests)
    assert (400, "INVALID_ARGUMENT") == (caught.value.response.status_code, caught.value.error["status"])
    return str(caught.value.error["message"])


def cells(tab: gspread.Worksheet) -> list[list[str]]:
    return tab.get_all_values()


def row(*values: Any) -> dict[str, Any]:
    kinds = {str: "stringValue", int: "numberValue", float: "numberValue", bool: "boolValue"}
    return {"values": [{"userEnteredValue": {kinds[type(value)]: value}} for value in values]}


def lines(tab: gspread.Worksheet, dimension: str, start: int, end: int) -> dict[str, Any]:
    return {"sheetId": tab.id, "dimension": dimension, "startIndex": start, "endIndex": end}


# guides/batchupdate: "If any request is not valid, the entire request fails and nothing is applied."


def test_one_bad_request_undoes_the_whole_batch(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    tab.update([["giữ"]], "A1")
    before = book.fetch_sheet_metadata({"includeGridData": "true"})

    message = refused(
        book,
        {"addSheet": {"properties": {"title": "Mới"}}},
        {"updateCells": {"start": {"sheetId": 0}, "rows": [row("mất")], "fields": "userEnteredValue"}},
        {"insertDimension": {"range": lines(tab, "ROWS", 0, 1)}},
        {"deleteSheet": {"sheetId": 99}},
    )

    assert "Invalid requests[3].deleteSheet: No grid with id: 99" == message
    assert before == book.fetch_sheet_metadata({"includeGridData": "true"})


def test_an_empty_batch_and_an_unknown_request_are_refused(book: gspread.Spreadsheet) -> None:
    assert "Must specify at least one request." == refused(book)
    assert "Invalid JSON payload received. Unknown name \"makeCoffee\" at 'requests[0]': Cannot find field." == refused(
        book, {"makeCoffee": {}}
    )


def test_a_change_without_fields_is_refused(book: gspread.Spreadsheet) -> None:
    message = refused(book, {"updateSheetProperties": {"properties": {"sheetId": 0, "title": "x"}}})

    assert message.startswith("Invalid requests[0].updateSheetProperties: At least one field must be listed in")


# request#UpdateCellsRequest, #RepeatCellRequest, #AppendCellsRequest


def test_a_field_that_is_named_but_not_given_is_cleared(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    tab.update([["a", "b"]], "A1")
    tab.update_note("A1", "ghi chú")

    ask(book, {"updateCells": {"start": {"sheetId": 0}, "rows": [{"values": [{}, {}]}], "fields": "userEnteredValue"}})

    assert ([[]], "ghi chú") == (tab.get("A1:B1"), tab.get_note("A1"))


def test_cells_are_written_as_they_are_said_to_be(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    written = row("=1+1", "012", 5, True)
    written["values"].append({"userEnteredValue": {"formulaValue": "=C1*2"}})

    ask(book, {"updateCells": {"start": {"sheetId": 0}, "rows": [written], "fields": "userEnteredValue"}})

    values = book.fetch_sheet_metadata({"fields": "sheets.data.rowData.values(userEnteredValue,effectiveValue)"})
    data = values["sheets"][0]["data"][0]["rowData"][0]["values"]
    assert written["values"] == [{"userEnteredValue": one["userEnteredValue"]} for one in data]
    assert {"numberValue": 10} == data[4]["effectiveValue"]


def test_a_repeated_formula_moves_along(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    tab.update([[1], [2], [3]], "A1")
    where = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 3, "startColumnIndex": 1, "endColumnIndex": 2}
    cell = {"userEnteredValue": {"formulaValue": "=A1+$A$1"}}

    ask(book, {"repeatCell": {"range": where, "cell": cell, "fields": "userEnteredValue"}})

    assert [["1", "2"], ["2", "3"], ["3", "4"]] == cells(tab)


def test_appended_cells_go_below_the_last_row_with_data(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    tab.update([["a"], [""], ["b"]], "A1")

    ask(book, {"appendCells": {"sheetId": 0, "rows": [row("c")], "fields": "*"}})

    assert [["a"], [""], ["b"], ["c"]] == cells(tab)


# request#InsertDimensionRequest and its sisters


def test_inserted_rows_move_everything_that_points_below(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    tab.update([[1], [2], ["=A1+A2"], ["=SUM(A1:A2)"]], "A1", raw=False)
    tab.define_named_range("A2:A3", "Hai")
    tab.merge_cells("C2:D3")
    metadata = {
        "metadataKey": "field",
        "metadataValue": "total",
        "visibility": "DOCUMENT",
        "location": {"dimensionRange": lines(tab, "ROWS", 2, 3)},
    }
    ask(book, {"createDeveloperMetadata": {"developerMetadata": metadata}})

    ask(book, {"insertDimension": {"range": lines(tab, "ROWS", 1, 3), "inheritFromBefore": True}})

    assert [[1], [], [], [2], ["=A1+A4"], ["=SUM(A1:A4)"]] == tab.get("A1:A6", value_render_option="FORMULA")
    assert {
        "startRowIndex": 3,
        "endRowIndex": 5,
        "startColumnIndex": 0,
        "endColumnIndex": 1,
    } == book.list_named_ranges()[0]["range"]
    assert {
        "startRowIndex": 3,
        "endRowIndex": 5,
        "startColumnIndex": 2,
        "endColumnIndex": 4,
    } == book.fetch_sheet_metadata({"fields": "sheets.merges"})["sheets"][0]["merges"][0]
    rows = book.fetch_sheet_metadata({"fields": "sheets.data.rowMetadata.developerMetadata"})["sheets"][0]["data"][0]
    assert {4: "field"} == {
        index: one["developerMetadata"][0]["metadataKey"] for index, one in enumerate(rows["rowMetadata"]) if one
    }


def test_what_a_formula_pointed_at_is_gone_with_its_column(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    tab.update([[1, 2, "=A1+B1", "=SUM(A1:B1)"]], "A1", raw=False)

    ask(book, {"deleteDimension": {"range": lines(tab, "COLUMNS", 1, 2)}})

    assert [[1, "=A1+#REF!", "=SUM(A1:A1)"]] == tab.get("A1:C1", value_render_option="FORMULA")
    assert [["1", "#REF!", "1"]] == tab.get("A1:C1")


def test_moved_columns_take_their_metadata_along(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    tab.update([["a", "b", "c", "d"]], "A1")
    metadata = {
        "metadataKey": "field",
        "visibility": "PROJECT",
        "location": {"dimensionRange": lines(tab, "COLUMNS", 1, 2)},
    }
    number = ask(book, {"createDeveloperMetadata": {"developerMetadata": metadata}})[0]
    metadata_id = number["createDeveloperMetadata"]["developerMetadata"]["metadataId"]

    ask(book, {"moveDimension": {"source": lines(tab, "COLUMNS", 0, 2), "destinationIndex": 3}})

    address = f"https://sheets.googleapis.com/v4/spreadsheets/{book.id}/developerMetadata/{metadata_id}"
    found = book.client.request("get", address).json()
    assert [["c", "a", "b", "d"]] == cells(tab)
    assert ("COLUMN", lines(tab, "COLUMNS", 2, 3)) == (
        found["location"]["locationType"],
        found["location"]["dimensionRange"],
    )


def test_rows_that_are_not_there_cannot_be_deleted(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    assert (
        "Invalid requests[0].deleteDimension: Cannot delete a row that doesn't exist. "
        "Tried to delete row index 1000 but there are only 1000 rows."
        == refused(book, {"deleteDimension": {"range": lines(tab, "ROWS", 1000, 1001)}})
    )
    assert "Invalid requests[0].deleteDimension: You can't delete all the rows on the sheet." == refused(
        book, {"deleteDimension": {"range": lines(tab, "ROWS", 0, 1000)}}
    )


def test_hidden_rows_are_told_in_the_metadata_of_rows(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    tab.hide_rows(1, 3)

    rows = book.fetch_sheet_metadata({"fields": "sheets.data.rowMetadata(hiddenByUser,hiddenByFilter)"})
    assert [{}, {"hiddenByUser": True}, {"hiddenByUser": True}, {}] == rows["sheets"][0]["data"][0]["rowMetadata"][:4]


# request#AddSheetRequest, #UpdateSheetPropertiesRequest, #DeleteSheetRequest


def test_two_tabs_cannot_have_one_name(book: gspread.Spreadsheet) -> None:
    assert (
        'Invalid requests[0].addSheet: A sheet with the name "sheet1" already exists. Please enter another name.'
        == refused(book, {"addSheet": {"properties": {"title": "sheet1"}}})
    )


def test_the_last_tab_stays(book: gspread.Spreadsheet) -> None:
    assert "Invalid requests[0].deleteSheet: You can't remove all the visible sheets in a document." == refused(
        book, {"deleteSheet": {"sheetId": 0}}
    )
    hidden = {"properties": {"sheetId": 0, "hidden": True}, "fields": "hidden"}
    assert "Invalid requests[0].updateSheetProperties: You can't hide all the sheets in a document." == refused(
        book, {"updateSheetProperties": hidden}
    )


def test_formulas_follow_a_renamed_tab(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    other = book.add_worksheet("Khác", 5, 5)
    tab.update([[7]], "A1")
    other.update([["=Sheet1!A1*2"]], "A1", raw=False)

    tab.update_title("Dân số")

    assert ([["='Dân số'!A1*2"]], [["14"]]) == (other.get("A1", value_render_option="FORMULA"), other.get("A1"))


def test_ten_million_cells_are_the_limit(book: gspread.Spreadsheet, emulator: Emulator) -> None:
    """https://support.google.com/drive/answer/37603"""
    big = {"properties": {"title": "Lớn", "gridProperties": {"rowCount": 99_740, "columnCount": 100}}}
    ask(book, {"addSheet": big})

    assert (
        "Invalid requests[0].appendDimension: This action would increase the number of cells in the workbook above the "
        "limit of 10000000 cells."
        == refused(book, {"appendDimension": {"sheetId": 0, "dimension": "ROWS", "length": 1}})
    )
    with pytest.raises(APIError, match="above the limit of 10000000 cells"):
        book.sheet1.append_rows([["x"]] * 2, table_range="A1000")
    assert 1000 == book.sheet1.row_count


# other requests


def test_sorting_moves_whole_rows_of_the_range(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    tab.update([["b", 2, "x"], ["a", 3, "y"], ["", 1, "z"], ["c", 1, "w"]], "A1")

    tab.sort((2, "asc"), (1, "des"), range="A1:B4")

    assert [["c", "1", "x"], ["", "1", "y"], ["b", "2", "z"], ["a", "3", "w"]] == cells(tab)


def test_merging_keeps_the_first_value(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    tab.update([["a", "b"], ["c", "d"]], "A1")
    tab.merge_cells("A1:B2")

    assert [["a"]] == cells(tab)
    where = {"sheetId": 0, "startRowIndex": 1, "endRowIndex": 3, "startColumnIndex": 0, "endColumnIndex": 1}
    assert (
        "Invalid requests[0].mergeCells: You must select all cells in a merged range to merge or unmerge them."
        == refused(book, {"mergeCells": {"range": where, "mergeType": "MERGE_ALL"}})
    )


def test_pasted_formulas_move_along_and_values_do_not(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    tab.update([[1, "=A1+1"], [5, ""]], "A1", raw=False)

    tab.copy_range("B1", "B2")
    tab.copy_range("B1", "C1", paste_type="PASTE_VALUES")

    assert [[1, "=A1+1", 2], [5, "=A2+1"]] == tab.get("A1:C2", value_render_option="FORMULA")


def test_conditional_formats_are_kept_in_order(book: gspread.Spreadsheet) -> None:
    """samples/conditional-formatting"""

    def rule(text: str) -> dict[str, Any]:
        condition = {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": text}]}
        where = [{"sheetId": 0, "startRowIndex": 0, "endRowIndex": 5}]
        return {"ranges": where, "booleanRule": {"condition": condition, "format": {"textFormat": {"bold": True}}}}

    ask(book, {"addConditionalFormatRule": {"rule": rule("=A1>1"), "index": 0}})
    ask(book, {"addConditionalFormatRule": {"rule": rule("=A1>2"), "index": 0}})
    ask(book, {"deleteConditionalFormatRule": {"sheetId": 0, "index": 1}})

    kept = book.fetch_sheet_metadata({"fields": "sheets.conditionalFormats"})["sheets"][0]["conditionalFormats"]
    assert [rule("=A1>2")] == kept


def test_validation_rules_belong_to_cells(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    """samples/data-validation"""
    tab.add_validation("B2:B3", gspread.utils.ValidationConditionType.one_of_list, ["Có", "Không"], strict=True)

    rows = book.fetch_sheet_metadata({"fields": "sheets.data.rowData.values.dataValidation"})
    rule = rows["sheets"][0]["data"][0]["rowData"][2]["values"][1]["dataValidation"]
    condition = {"type": "ONE_OF_LIST", "values": [{"userEnteredValue": "Có"}, {"userEnteredValue": "Không"}]}
    assert (condition, True) == (rule["condition"], rule["strict"])


def test_metadata_is_found_by_key_value_and_place(book: gspread.Spreadsheet) -> None:
    """guides/metadata"""
    for key, value, location in (
        ("unit", "09382", {"spreadsheet": True}),
        ("layout", "ward-3", {"spreadsheet": True}),
        ("layout", "people", {"sheetId": 0}),
    ):
        entry = {"metadataKey": key, "metadataValue": value, "visibility": "DOCUMENT", "location": location}
        ask(book, {"createDeveloperMetadata": {"developerMetadata": entry}})

    address = f"https://sheets.googleapis.com/v4/spreadsheets/{book.id}/developerMetadata:search"
    lookup = {"metadataKey": "layout", "locationType": "SHEET"}
    found = book.client.request("post", address, json={"dataFilters": [{"developerMetadataLookup": lookup}]}).json()

    assert ["people"] == [one["developerMetadata"]["metadataValue"] for one in found["matchedDeveloperMetadata"]]
    listed = book.fetch_sheet_metadata({"fields": "developerMetadata(metadataKey,metadataValue)"})
    assert {"unit": "09382", "layout": "ward-3"} == {
        one["metadataKey"]: one["metadataValue"] for one in listed["developerMetadata"]
    }


def test_a_comment_is_put_on_a_cell(book: gspread.Spreadsheet) -> None:
    place = {"sheetId": 0, "rowIndex": 2, "columnIndex": 1}

    reply = ask(book, {"insertComment": {"coordinate": place, "content": "Số này đúng chưa?"}})[0]

    assert ("Số này đúng chưa?", place) == (
        reply["insertComment"]["commentThread"]["content"],
        reply["insertComment"]["commentThread"]["coordinate"],
    )


def test_found_and_replaced(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    tab.update([["Phường Đình Bảng", "đình bảng"], ["x"]], "A1")

    reply = ask(book, {"findReplace": {"find": "Đình Bảng", "replacement": "Từ Sơn", "allSheets": True}})[0]

    assert {"findReplace": {"occurrencesChanged": 2, "cellsChanged": 2, "rowsChanged": 1, "sheetsChanged": 1}} == reply
    assert [["Phường Từ Sơn", "Từ Sơn"], ["x", ""]] == cells(tab)
