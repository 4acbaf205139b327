"""``spreadsheets.values``: https://developers.google.com/workspace/sheets/api/guides/values
and https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import gspread
import pytest
from gspread.exceptions import APIError
from gspread.utils import DateTimeOption, Dimension, ValueInputOption, ValueRenderOption

from sync.emulator import Emulator

RAW, TYPED = ValueInputOption.raw, ValueInputOption.user_entered
UNFORMATTED, FORMULA = ValueRenderOption.unformatted, ValueRenderOption.formula


def refused(call: object, *args: object, **kwargs: object) -> tuple[int, str]:
    """Code and message of Google's refusal."""
    with pytest.raises(APIError) as caught:
        call(*args, **kwargs)  # type: ignore[operator]
    return caught.value.response.status_code, caught.value.error["message"]


# reference/rest/v4/ValueInputOption


def test_raw_is_never_parsed(tab: gspread.Worksheet) -> None:
    given = ["=1+1", "1.234,5", "5/3/2026", "TRUE", "0912345678", "'x", "50%"]

    tab.update([given], "A1", value_input_option=RAW)

    assert [given] == tab.get("A1:G1", value_render_option=UNFORMATTED)


def test_raw_keeps_numbers_and_truth_values_as_such(tab: gspread.Worksheet) -> None:
    tab.update([[1.5, True, 7, ""]], "A1", value_input_option=RAW)

    assert [[1.5, True, 7]] == tab.get("A1:D1", value_render_option=UNFORMATTED)


def test_typed_texts_are_parsed_as_in_vietnam(tab: gspread.Worksheet) -> None:
    tab.update([["1.234,5", "1.234", "12,5", "5/3/2026", "0912345678", "50%", "'012", "=1+1", "12k"]], "A1", raw=False)

    assert [[1234.5, 1234, 12.5, 46086, 912345678, 0.5, "012", 2, "12k"]] == tab.get(
        "A1:I1", value_render_option=UNFORMATTED
    )
    assert [["1.234,50", "1.234", "12,5", "05/03/2026", "912345678", "50%", "012", "2", "12k"]] == tab.get("A1:I1")


def test_typed_texts_are_parsed_as_in_america_where_the_spreadsheet_is_american(city: gspread.Client) -> None:
    tab = city.create("An American one").sheet1

    tab.update([["1,234.5", "1.234,5", "5/3/2026", "12.5"]], "A1", raw=False)

    assert [[1234.5, "1.234,5", 46145, 12.5]] == tab.get("A1:D1", value_render_option=UNFORMATTED)


def test_what_is_typed_into_a_cell_formatted_as_text_stays_text(tab: gspread.Worksheet) -> None:
    tab.format("A1:D1", {"numberFormat": {"type": "TEXT"}})

    tab.update([["0912345678", "5/3/2026", "=1+1", "1,5"]], "A1", raw=False)

    assert [["0912345678", "5/3/2026", "=1+1", "1,5"]] == tab.get("A1:D1", value_render_option=UNFORMATTED)


def test_a_null_leaves_the_cell_as_it_is_and_an_empty_text_empties_it(tab: gspread.Worksheet) -> None:
    tab.update([["a", "b", "c"]], "A1")

    tab.update([[None, "", "d"]], "A1")

    assert [["a", "", "d"]] == tab.get("A1:C1")


def test_writing_without_an_input_option_is_refused(book: gspread.Spreadsheet) -> None:
    assert (400, "'valueInputOption' is required but not specified") == refused(
        book.values_update, "A1", body={"values": [["x"]]}
    )


# reference/rest/v4/ValueRenderOption, DateTimeRenderOption


def test_dates_are_serial_numbers_from_30_december_1899(tab: gspread.Worksheet) -> None:
    tab.update([["30/12/1899", "1/1/1900", "5/3/2026 12:00:00"]], "A1", raw=False)

    assert [[0, 2, 46086.5]] == tab.get("A1:C1", value_render_option=UNFORMATTED)
    assert [[0, 2, 46086.5]] == tab.get("A1:C1", value_render_option=FORMULA)
    shown = tab.get("A1:C1", value_render_option=UNFORMATTED, date_time_render_option=DateTimeOption.formatted_string)
    assert [["30/12/1899", "01/01/1900", "05/03/2026 12:00:00"]] == shown


def test_formulas_come_back_only_when_asked_for(tab: gspread.Worksheet) -> None:
    tab.update([[2, 3, "=A1+B1", "=A1/0"]], "A1", raw=False)

    assert [["2", "3", "5", "#DIV/0!"]] == tab.get("A1:D1")
    assert [[2, 3, 5, "#DIV/0!"]] == tab.get("A1:D1", value_render_option=UNFORMATTED)
    assert [[2, 3, "=A1+B1", "=A1/0"]] == tab.get("A1:D1", value_render_option=FORMULA)


# guides/values#read: "empty trailing rows and columns are omitted"


def test_blank_ends_are_left_out(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    tab.update([["a", "", ""], ["", "b", ""], ["", "", ""]], "A1")

    assert {"range": "Sheet1!A1:Z1000", "majorDimension": "ROWS", "values": [["a"], ["", "b"]]} == book.values_get(
        "Sheet1"
    )
    assert {"range": "Sheet1!C1:D4", "majorDimension": "ROWS"} == book.values_get("Sheet1!C1:D4")


def test_columns_first(tab: gspread.Worksheet) -> None:
    tab.update([["a", "b"], ["c"]], "A1")

    assert [["a", "c"], ["b"]] == tab.get("A1:B2", major_dimension=Dimension.cols)


def test_several_ranges_in_one_call(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    tab.batch_update([{"range": "A1", "values": [["x"]]}, {"range": "C3:C4", "values": [["y"], ["z"]]}])

    assert [[["x"]], [[], [], ["y"], ["z"]], []] == tab.batch_get(["A1", "C:C", "B2"])
    answer = book.values_batch_get(["A1", "C3:C4"])
    assert ["Sheet1!A1", "Sheet1!C3:C4"] == [one["range"] for one in answer["valueRanges"]]


def test_a_batch_of_values_is_all_or_nothing(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    data = [{"range": "A1", "values": [["kept?"]]}, {"range": "AAA1", "values": [["outside"]]}]

    code, message = refused(book.values_batch_update, {"valueInputOption": "RAW", "data": data})

    assert (400, "Range (Sheet1!AAA1) exceeds grid limits. Max rows: 1000, max columns: 26") == (code, message)
    assert [[]] == tab.get("A1")


def test_the_answer_counts_what_was_written(book: gspread.Spreadsheet) -> None:
    body = {"valueInputOption": "RAW", "data": [{"range": "A1:B2", "values": [[1, None], [2, 3]]}]}

    answer = book.values_batch_update(body)

    one = {"updatedRange": "Sheet1!A1:B2", "updatedRows": 2, "updatedColumns": 2, "updatedCells": 3}
    totals = {"totalUpdatedRows": 2, "totalUpdatedColumns": 2, "totalUpdatedCells": 3, "totalUpdatedSheets": 1}
    own = {"spreadsheetId": book.id}
    assert {**own, **totals, "responses": [{**own, **one}]} == answer


def test_more_values_than_the_range_holds_are_refused(tab: gspread.Worksheet) -> None:
    assert (400, "Requested writing within range [Sheet1!A1:B1], but tried writing to column [C]") == refused(
        tab.update, [[1, 2, 3]], "A1:B1"
    )
    assert (400, "Requested writing within range [Sheet1!A1:B1], but tried writing to row [2]") == refused(
        tab.update, [[1], [2]], "A1:B1"
    )


def test_ranges_that_cannot_be_read_are_refused(book: gspread.Spreadsheet) -> None:
    assert (400, "Unable to parse range: Nowhere!A1") == refused(book.values_get, "Nowhere!A1")
    assert (400, "Unable to parse range: A1:B2:C3") == refused(book.values_get, "A1:B2:C3")


def test_tabs_whose_names_look_like_cells_or_have_spaces_are_quoted(book: gspread.Spreadsheet) -> None:
    for title in ("Dân số 2026", "A1", "Phường 'Đình Bảng'"):
        added = book.add_worksheet(title, 5, 5)
        added.update([[title]], "B2")
        assert [[title]] == added.get("B2")

    assert "'Phường ''Đình Bảng'''!B2" == book.values_get("'Phường ''Đình Bảng'''!B2")["range"]


# guides/values#append: values go below the table that the range touches


def test_appending_finds_the_end_of_the_table(tab: gspread.Worksheet) -> None:
    tab.update([["Tên", "Số"], ["Lan", 1]], "B2")

    answer = tab.append_rows([["Mai", 2]], table_range="B2")

    assert ("Sheet1!B2:C3", "Sheet1!B4:C4") == (answer["tableRange"], answer["updates"]["updatedRange"])
    assert [["Tên", "Số"], ["Lan", "1"], ["Mai", "2"]] == tab.get("B2:C9")


def test_appending_grows_the_grid(book: gspread.Spreadsheet) -> None:
    small = book.add_worksheet("Nhỏ", 2, 2)
    small.update([["a", "b"], ["c", "d"]], "A1")

    small.append_row(["e", "f"])

    assert (3, 2) == (book.worksheet("Nhỏ").row_count, book.worksheet("Nhỏ").col_count)


def test_appending_can_push_what_is_below_down(tab: gspread.Worksheet) -> None:
    tab.update([["a"], ["b"], [""], ["Tổng"]], "A1")

    tab.append_row(["c"], table_range="A1:A2", insert_data_option="INSERT_ROWS")

    assert [["a"], ["b"], ["c"], [], ["Tổng"]] == tab.get("A1:A6")


def test_clearing_keeps_formats_and_notes(tab: gspread.Worksheet) -> None:
    tab.format("A1", {"numberFormat": {"type": "TEXT"}})
    tab.update([["012"]], "A1")
    tab.update_note("A1", "Mã đơn vị")

    tab.batch_clear(["A1:B2"])
    tab.update([["034"]], "A1", raw=False)

    assert ([["034"]], "Mã đơn vị") == (tab.get("A1"), tab.get_note("A1"))


def test_a_cell_takes_fifty_thousand_characters_and_no_more(tab: gspread.Worksheet) -> None:
    """https://support.google.com/drive/answer/37603"""
    tab.update([["x" * 50_000]], "A1")

    assert 400 == refused(tab.update, [["x" * 50_001]], "A1")[0]


def test_a_named_range_is_a_range(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> None:
    tab.define_named_range("B2:C3", "SoLieu")
    tab.update([[1, 2], [3, 4]], "B2")

    assert [["1", "2"], ["3", "4"]] == book.values_get("SoLieu")["values"]
    assert ["1", "2", "3", "4"] == [cell.value for cell in book.named_range("SoLieu")]


def test_values_that_are_no_lists_are_refused_with_the_field(book: gspread.Spreadsheet) -> None:
    """https://cloud.google.com/apis/design/errors#error_details"""
    with pytest.raises(APIError) as caught:
        book.values_update("A1", {"valueInputOption": "RAW"}, {"values": ["x"]})

    message = "Invalid value at 'data.values[0]' (type.googleapis.com/google.protobuf.ListValue), \"x\""
    violation = {"field": "data.values[0]", "description": message}
    details = [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}]
    expected = {"code": 400, "message": message, "status": "INVALID_ARGUMENT", "details": details}
    assert expected == caught.value.error


def test_a_spreadsheet_that_nobody_knows_is_not_found(city: gspread.Client) -> None:
    with pytest.raises(gspread.SpreadsheetNotFound):
        city.open_by_key("1xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")


def test_rows_that_many_append_at_once_are_all_there(
    emulator: Emulator, book: gspread.Spreadsheet, sign_in: Callable[..., gspread.Client]
) -> None:
    """guides/concurrency: "Sheets API processes batch updates in the order they're received" """
    tabs = []
    for name in ("mot", "hai", "ba", "bon"):
        book.share(emulator.key(name)["client_email"], perm_type="user", role="writer", notify=False)
        tabs.append(sign_in(emulator, robot=name).open_by_key(book.id).sheet1)

    def append(tab: gspread.Worksheet) -> None:
        for number in range(10):
            tab.append_row([f"{id(tab)}-{number}"])

    with ThreadPoolExecutor() as pool:
        list(pool.map(append, tabs))

    expected = sorted(f"{id(tab)}-{number}" for tab in tabs for number in range(10))
    assert expected == sorted(row[0] for row in book.sheet1.get_all_values())
