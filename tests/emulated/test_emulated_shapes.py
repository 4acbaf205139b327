"""Messages are taken only as Google's reference describes them, and come back so:
https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets"""

from typing import Any

import gspread
import pytest
from gspread.exceptions import APIError

from sync.emulator import Emulator

CITY, WARD = "thanhpho@chuthapdo.example", "phuong@chuthapdo.example"
FIELD_MASK = "(type.googleapis.com/google.protobuf.FieldMask), Field"


def refused(book: gspread.Spreadsheet, *requests: dict[str, Any]) -> str:
    with pytest.raises(APIError) as caught:
        book.batch_update({"requests": list(requests)})
    assert 400 == caught.value.response.status_code
    return str(caught.value.error["message"])


# https://developers.google.com/workspace/sheets/api/guides/field-masks


@pytest.mark.parametrize(
    ("mask", "unknown"),
    [
        ("sheets.property.title", "sheets.property"),
        ("sheets(data(rowData(values(userEnteredValues))))", "sheets.data.rowData.values.userEnteredValues"),
        ("title", "title"),
        ("properties(title", None),
    ],
)
def test_a_mask_may_name_only_what_is_there(book: gspread.Spreadsheet, mask: str, unknown: str | None) -> None:
    with pytest.raises(APIError) as caught:
        book.fetch_sheet_metadata({"fields": mask})

    text = f"Field '{unknown}' could not be found in request message." if unknown else "Invalid field mask"
    assert (400, True) == (caught.value.response.status_code, text in caught.value.error["message"])


def test_masks_are_written_with_dots_slashes_and_brackets(book: gspread.Spreadsheet) -> None:
    expected = {"properties": {"title": "Báo cáo phường"}, "sheets": [{"properties": {"sheetId": 0}}]}

    for mask in (
        "properties.title,sheets.properties.sheetId",
        "properties/title,sheets/properties/sheetId",
        "properties(title),sheets(properties(sheetId))",
    ):
        assert expected == book.fetch_sheet_metadata({"fields": mask})
    assert "defaultFormat" in book.fetch_sheet_metadata({"fields": "*"})["properties"]


def test_without_cells_in_the_mask_no_cells_come(book: gspread.Spreadsheet) -> None:
    book.sheet1.update([["x"]], "A1")

    assert [{"properties": {"title": "Sheet1"}}] == book.fetch_sheet_metadata({"fields": "sheets.properties.title"})[
        "sheets"
    ]
    assert "data" not in book.fetch_sheet_metadata()["sheets"][0]
    assert "data" in book.fetch_sheet_metadata({"includeGridData": "true"})["sheets"][0]


def test_a_part_of_the_grid_says_where_it_begins(book: gspread.Spreadsheet) -> None:
    book.sheet1.update([["a", "b"], ["c", "d"]], "B2")
    asked = {"ranges": ["Sheet1!C3:D4", "Sheet1!A1"], "fields": "sheets.data(startRow,startColumn,rowData.values.note)"}
    book.sheet1.update_note("C3", "ở đây")

    data = book.fetch_sheet_metadata(asked)["sheets"][0]["data"]

    assert [{"startRow": 2, "startColumn": 2, "rowData": [{"values": [{"note": "ở đây"}]}]}, {}] == data


# reference/rest/v4/spreadsheets/request


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            {"addSheet": {"property": {}}},
            "Invalid JSON payload received. Unknown name \"property\" at 'requests[0].addSheet': Cannot find field.",
        ),
        (
            {"repeatCell": {"range": {"sheetId": 0}, "cell": {}, "fields": "userEnteredFormat.bold"}},
            f"Invalid value at 'requests[0].repeatCell.fields' {FIELD_MASK} 'userEnteredFormat.bold' could not be "
            "found in request message.",
        ),
        (
            {"setDataValidation": {"range": {"sheetId": 0}, "rule": {"condition": {"type": "NUMBER_IS_FINE"}}}},
            "Invalid value at 'requests[0].setDataValidation.rule.condition.type' "
            '(type.googleapis.com/google.apps.sheets.v4), "NUMBER_IS_FINE"',
        ),
        (
            {"updateCells": {"start": {"sheetId": 0}, "rows": [{"values": ["x"]}], "fields": "*"}},
            "Invalid value at 'requests[0].updateCells.rows[0].values': a message is expected.",
        ),
    ],
)
def test_what_a_message_does_not_know_is_refused(
    book: gspread.Spreadsheet, request_: dict[str, Any], message: str
) -> None:
    assert message == refused(book, request_)


# guides/conditional-format


def rule(formula: str) -> dict[str, Any]:
    condition = {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": formula}]}
    look = {"backgroundColor": {"red": 1, "green": 0.8, "blue": 0.8}}
    where = [{"sheetId": 0, "startRowIndex": 1, "startColumnIndex": 0, "endColumnIndex": 2}]
    added = {"ranges": where, "booleanRule": {"condition": condition, "format": look}}
    return {"addConditionalFormatRule": {"rule": added, "index": 0}}


def test_a_rule_colours_rows_that_another_tab_names_wherever_they_are_sorted(
    emulator: Emulator, book: gspread.Spreadsheet
) -> None:
    book.add_worksheet("Phản hồi", 10, 2).update([["x2"]], "A2")
    book.sheet1.update([["Mã", "Tên"], ["x1", "Lan"], ["x2", "Mai"], ["x3", "Hoa"]], "A1")
    names = "INDIRECT(\"'Phản hồi'!$A:$A\")"
    book.batch_update({"requests": [rule(f'=($A2<>"")*SUMPRODUCT(--({names}=$A2))>0')]})
    person = emulator.person(CITY)
    assert {"A3": "#ffcccc", "B3": "#ffcccc"} == person.colours(book.id, "Sheet1")

    person.sort(book.id, "Sheet1", "A2:B4", "B", descending=True)

    assert {"A2": "#ffcccc", "B2": "#ffcccc"} == person.colours(book.id, "Sheet1")
    looks = book.fetch_sheet_metadata(
        {"fields": "sheets.data.rowData.values.effectiveFormat.backgroundColor", "ranges": "Sheet1!A2:A3"}
    )["sheets"][0]["data"][0]["rowData"]
    assert [{"red": 1, "green": 0.8, "blue": 0.8}, {"red": 1, "green": 1, "blue": 1}] == [
        one["values"][0]["effectiveFormat"]["backgroundColor"] for one in looks
    ]


def test_a_rule_cannot_name_another_tab_nor_be_unreadable(book: gspread.Spreadsheet) -> None:
    book.add_worksheet("Phản hồi", 10, 2)
    place = "Invalid requests[0].addConditionalFormatRule: "

    assert f"{place}Conditional format rule cannot reference a different sheet." == refused(
        book, rule("=COUNTIF('Phản hồi'!$A:$A;$A2)>0")
    )
    for formula in ("=COUNTIF($A:$A,$A2)>0", "A2>1"):
        assert f"{place}Invalid ConditionValue.userEnteredValue: {formula}" == refused(book, rule(formula))


def test_the_earlier_rule_wins(emulator: Emulator, book: gspread.Spreadsheet) -> None:
    book.sheet1.update([["x"], [5]], "A1")
    look = {"backgroundColor": {"green": 1}}
    condition = {"type": "NUMBER_BETWEEN", "values": [{"userEnteredValue": "4,5"}, {"userEnteredValue": "6"}]}
    second = {"ranges": [{"sheetId": 0}], "booleanRule": {"condition": condition, "format": look}}
    book.batch_update({"requests": [{"addConditionalFormatRule": {"rule": second, "index": 0}}, rule("=$A2=5")]})
    assert {"A2": "#ffcccc", "B2": "#ffcccc"} == emulator.person(CITY).colours(book.id, "Sheet1")

    book.batch_update({"requests": [{"deleteConditionalFormatRule": {"sheetId": 0, "index": 0}}]})

    assert {"A2": "#00ff00"} == emulator.person(CITY).colours(book.id, "Sheet1")


# samples/filters


def test_rows_that_a_filter_hides_are_still_there(emulator: Emulator, book: gspread.Spreadsheet) -> None:
    book.sheet1.update([["Tên", "Số"], ["Lan", 1], ["Mai", 2], ["Lan", 3]], "A1")

    emulator.person(CITY).filter(book.id, "Sheet1", "A1:B4", "A", ["Lan"])

    rows = book.fetch_sheet_metadata({"fields": "sheets.data.rowMetadata(hiddenByUser,hiddenByFilter)"})
    hidden = {"hiddenByFilter": True}
    assert [{}, hidden, {}, hidden, {}] == rows["sheets"][0]["data"][0]["rowMetadata"][:5]
    assert 4 == len(book.sheet1.get_all_values())
