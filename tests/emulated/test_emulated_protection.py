"""Protected ranges: https://developers.google.com/workspace/sheets/api/samples/ranges#protect
and https://support.google.com/docs/answer/1218656"""

import gspread
import pytest
from gspread.exceptions import APIError

from sync.emulator import Emulator, GoogleError

CITY, WARD = "thanhpho@chuthapdo.example", "phuong@chuthapdo.example"
CLOSED = (
    "You are trying to edit a protected cell or object. "
    "Please contact the spreadsheet owner to remove protection if you need to edit."
)


@pytest.fixture
def shared(book: gspread.Spreadsheet, tab: gspread.Worksheet) -> str:
    """A spreadsheet whose first row and first column only the city may edit; the ward may write elsewhere."""
    tab.update([["mã", "Tên"], ["id-1", "Lan"], ["id-2", "Mai"]], "A1")
    tab.add_protected_range("A1:Z1", editor_users_emails=[CITY])
    tab.add_protected_range("A1:A1000", editor_users_emails=[CITY])
    book.share(WARD, perm_type="user", role="writer", notify=False)
    return book.id


def test_a_ward_writes_beside_the_protected_cells_and_not_into_them(emulator: Emulator, shared: str) -> None:
    ward = emulator.person(WARD)

    ward.type(shared, "Sheet1", "B2", "Hoa")
    for cell in ("B1", "A2"):
        with pytest.raises(GoogleError, match="protected cell"):
            ward.type(shared, "Sheet1", cell, "khác")

    assert [["mã", "Tên"], ["id-1", "Hoa"], ["id-2", "Mai"]] == ward.see(shared, "Sheet1")


def test_the_api_refuses_what_the_interface_refuses(emulator: Emulator, shared: str, sign_in: gspread.Client) -> None:
    tab = sign_in(emulator, WARD).open_by_key(shared).sheet1

    number = tab.spreadsheet.list_protected_ranges(0)[0]["protectedRangeId"]

    tab.update([["Hoa"]], "B2")
    for write in (
        lambda: tab.update([["x"]], "A2"),
        lambda: tab.batch_clear(["A1:B2"]),
        lambda: tab.sort((2, "asc"), range="A2:B3"),
        lambda: tab.delete_rows(2),
        lambda: tab.delete_columns(1),
        lambda: tab.insert_rows([["y"]], row=3),
        lambda: tab.copy_range("B2", "A2"),
        lambda: tab.spreadsheet.batch_update({"requests": [{"deleteProtectedRange": {"protectedRangeId": number}}]}),
    ):
        with pytest.raises(APIError) as caught:
            write()
        assert (400, True) == (caught.value.response.status_code, caught.value.error["message"].endswith(CLOSED))

    assert [["mã", "Tên"], ["id-1", "Hoa"], ["id-2", "Mai"]] == tab.get_all_values()


def test_the_owner_may_edit_everything(shared: str, tab: gspread.Worksheet) -> None:
    tab.update([["id-9"]], "A2")

    assert "id-9" == tab.acell("A2").value


def test_a_service_account_edits_what_names_it(
    emulator: Emulator, shared: str, book: gspread.Spreadsheet, robot: gspread.Client
) -> None:
    account = emulator.key()["client_email"]
    book.share(account, perm_type="user", role="writer", notify=False)
    with pytest.raises(APIError, match="protected"):
        robot.open_by_key(shared).sheet1.update([["x"]], "A5")

    for one in book.list_protected_ranges(0):
        fields = {"protectedRangeId": one["protectedRangeId"], "editors": {"users": [CITY, account]}}
        book.batch_update({"requests": [{"updateProtectedRange": {"protectedRange": fields, "fields": "editors"}}]})
    robot.open_by_key(shared).sheet1.update([["x"]], "A5")

    assert "x" == book.sheet1.acell("A5").value


def test_who_may_edit_is_told_only_to_those_who_may(
    emulator: Emulator, shared: str, book: gspread.Spreadsheet, sign_in: gspread.Client
) -> None:
    """reference/rest/v4/spreadsheets/sheets#ProtectedRange: requestingUserCanEdit, editors"""
    theirs = sign_in(emulator, WARD).open_by_key(shared).list_protected_ranges(0)
    ours = book.list_protected_ranges(0)

    assert [(False, False)] * 2 == [("editors" in one, one.get("requestingUserCanEdit", False)) for one in theirs]
    assert [({"users": [CITY]}, True)] * 2 == [(one["editors"], one["requestingUserCanEdit"]) for one in ours]


def test_a_range_that_only_warns_stops_nobody(emulator: Emulator, book: gspread.Spreadsheet) -> None:
    book.sheet1.add_protected_range("A1:B2", warning_only=True)
    book.share(WARD, perm_type="user", role="writer", notify=False)

    emulator.person(WARD).type(book.id, "Sheet1", "A1", "vẫn ghi được")

    assert "vẫn ghi được" == book.sheet1.acell("A1").value


def test_a_closed_tab_leaves_open_what_it_says(emulator: Emulator, book: gspread.Spreadsheet) -> None:
    open_part = {"sheetId": 0, "startRowIndex": 1, "endRowIndex": 5, "startColumnIndex": 1, "endColumnIndex": 3}
    closed = {"range": {"sheetId": 0}, "unprotectedRanges": [open_part], "editors": {"users": [CITY]}}
    book.batch_update({"requests": [{"addProtectedRange": {"protectedRange": closed}}]})
    book.share(WARD, perm_type="user", role="writer", notify=False)
    ward = emulator.person(WARD)

    ward.type(book.id, "Sheet1", "B2", "12")
    for act in (
        lambda: ward.type(book.id, "Sheet1", "D2", "12"),
        lambda: ward.rename_tab(book.id, "Sheet1", "Khác"),
        lambda: ward.delete_rows(book.id, "Sheet1", 2),
    ):
        with pytest.raises(GoogleError, match="protected cell"):
            act()

    assert [[], ["", "12"]] == ward.see(book.id, "Sheet1")


def test_a_reader_writes_nothing(emulator: Emulator, book: gspread.Spreadsheet, sign_in: gspread.Client) -> None:
    book.share(WARD, perm_type="user", role="reader", notify=False)
    tab = sign_in(emulator, WARD).open_by_key(book.id).sheet1

    with pytest.raises(APIError) as caught:
        tab.update([["x"]], "A1")

    expected = {"code": 403, "message": "The caller does not have permission", "status": "PERMISSION_DENIED"}
    assert expected == caught.value.error


def test_a_copy_belongs_to_whoever_made_it(emulator: Emulator, shared: str, sign_in: gspread.Client) -> None:
    copied = sign_in(emulator, WARD).copy(shared, title="Bản của phường", copy_comments=False)

    copied.sheet1.update([["sửa được"]], "A1")

    assert [{"users": [WARD]}] * 2 == [one["editors"] for one in copied.list_protected_ranges(0)]
