"""Drive: https://developers.google.com/workspace/drive/api/reference/rest/v3, search:
https://developers.google.com/workspace/drive/api/guides/search-files, sharing:
https://developers.google.com/workspace/drive/api/guides/manage-sharing"""

from io import BytesIO
from typing import Any

import gspread
import pytest
from gspread.exceptions import APIError
from gspread.utils import ExportFormat
from openpyxl import load_workbook

from sync.emulator import Emulator, VirtualClock

CITY, WARD = "thanhpho@chuthapdo.example", "phuong@chuthapdo.example"
FILES = "https://www.googleapis.com/drive/v3/files"


def listed(client: gspread.Client, query: str, **parameters: Any) -> list[str]:
    asked = {"q": query, "fields": "files(name)", "orderBy": "name", **parameters}
    return [one["name"] for one in client.http_client.request("get", FILES, params=asked).json()["files"]]


def reasons(error: APIError) -> tuple[int, str]:
    return error.response.status_code, error.error["errors"][0]["reason"]


def test_a_service_account_has_no_room_for_files(emulator: Emulator, robot: gspread.Client) -> None:
    """guides/handle-errors: storageQuotaExceeded; not even in a folder that was shared with it."""
    city = emulator.person(CITY)
    folder = city.create_folder("Báo cáo 2026")
    city.share(folder, emulator.key()["client_email"])

    for place in (None, folder):
        with pytest.raises(APIError) as caught:
            robot.create("Phường", folder_id=place)
        assert (403, "storageQuotaExceeded") == reasons(caught.value)
    with pytest.raises(APIError) as caught:
        robot.http_client.request("post", "https://sheets.googleapis.com/v4/spreadsheets", json={})
    assert (403, "PERMISSION_DENIED") == (caught.value.response.status_code, caught.value.error["status"])


def test_a_shared_drive_has_room_for_everybody_in_it(emulator: Emulator, robot: gspread.Client) -> None:
    """guides/about-shareddrives"""
    city = emulator.person(CITY)
    drive = city.create_shared_drive("Chữ thập đỏ thành phố")
    city.share(drive, emulator.key()["client_email"], "fileOrganizer")

    made = robot.create("Phường", folder_id=drive)

    assert ["Phường"] == [one["name"] for one in robot.list_spreadsheet_files(folder_id=drive)]
    assert [] == listed(robot, "name = 'Phường'")
    with pytest.raises(APIError) as caught:
        robot.http_client.request("get", f"{FILES}/{made.id}")
    assert (404, "notFound") == reasons(caught.value)
    assert (
        "owners"
        not in robot.http_client.request(
            "get", f"{FILES}/{made.id}", params={"supportsAllDrives": True, "fields": "*"}
        ).json()
    )


def test_who_is_given_a_folder_gets_what_lies_in_it(emulator: Emulator, robot: gspread.Client) -> None:
    city = emulator.person(CITY)
    folder = city.create_folder("Báo cáo 2026")
    spreadsheet = city.create("Phường Đình Bảng", folder)
    with pytest.raises(PermissionError):
        robot.open_by_key(spreadsheet)

    city.share(folder, emulator.key()["client_email"])

    robot.open_by_key(spreadsheet).sheet1.update([["chào"]], "A1")
    assert [["chào"]] == city.see(spreadsheet, "Sheet1")


def test_searches(emulator: Emulator, city: gspread.Client) -> None:
    person = emulator.person(CITY)
    folder = person.create_folder("Báo cáo")
    for name in ("Phường A", "Phường B", "Xã O'Neil"):
        person.create(name, folder)
    person.create("Ở ngoài")
    person.trash(person.create("Phường cũ", folder))
    sheets = "mimeType = 'application/vnd.google-apps.spreadsheet'"

    assert ["Phường A", "Phường B", "Xã O'Neil"] == listed(city, f"'{folder}' in parents and trashed = false")
    assert ["Phường A", "Phường B", "Phường cũ"] == listed(city, "name contains 'phường'")
    assert ["Xã O'Neil"] == listed(city, r"name = 'Xã O\'Neil'")
    assert ["Xã O'Neil", "Ở ngoài"] == listed(city, f"{sheets} and not name contains 'Phường'")
    assert ["Phường A", "Ở ngoài"] == listed(city, "name = 'Phường A' or (name = 'Ở ngoài' and trashed = false)")
    assert [] == listed(city, "modifiedTime > '2030-01-01T00:00:00'")
    assert ["Báo cáo"] == listed(city, "mimeType != 'application/vnd.google-apps.spreadsheet'")
    with pytest.raises(APIError) as caught:
        listed(city, "colour = 'red'")
    assert (400, "invalid") == reasons(caught.value)


def test_own_properties_are_found_again(emulator: Emulator, city: gspread.Client) -> None:
    """guides/properties"""
    spreadsheet = city.create("Phường A")
    emulator.person(CITY).create("Phường B")
    city.http_client.request("patch", f"{FILES}/{spreadsheet.id}", json={"appProperties": {"unit": "09382"}})

    assert ["Phường A"] == listed(city, "appProperties has { key='unit' and value='09382' }")


def test_a_long_list_comes_in_pages(emulator: Emulator, city: gspread.Client) -> None:
    person = emulator.person(CITY)
    for number in range(25):
        person.create(f"Phường {number:02d}")
    names, token = [], None
    while True:
        asked = {"pageSize": 10, "orderBy": "name", "fields": "nextPageToken,files(name)", "pageToken": token}
        page = city.http_client.request("get", FILES, params=asked).json()
        names += [one["name"] for one in page["files"]]
        token = page.get("nextPageToken")
        if token is None:
            break

    assert [f"Phường {number:02d}" for number in range(25)] == names
    assert 3 == emulator.calls.count("drive.files.list")


def test_sharing_listing_and_taking_away(emulator: Emulator, book: gspread.Spreadsheet) -> None:
    book.share(WARD, perm_type="user", role="writer", notify=False)
    book.share("chuthapdo.example", perm_type="domain", role="reader", notify=False)
    book.share(None, perm_type="anyone", role="reader", notify=False)

    kept = [(one["type"], one["role"], one.get("emailAddress", one.get("domain"))) for one in book.list_permissions()]
    assert [
        ("user", "owner", CITY),
        ("user", "writer", WARD),
        ("domain", "reader", "chuthapdo.example"),
        ("anyone", "reader", None),
    ] == kept
    book.remove_permissions(WARD)
    assert [CITY] == [one["emailAddress"] for one in book.list_permissions() if one["type"] == "user"]


def test_a_revoked_share_is_refused_at_the_next_call(
    emulator: Emulator, book: gspread.Spreadsheet, robot: gspread.Client
) -> None:
    account = emulator.key()["client_email"]
    book.share(account, perm_type="user", role="writer", notify=False)
    tab = robot.open_by_key(book.id).sheet1

    emulator.person(CITY).unshare(book.id, account)

    with pytest.raises(APIError) as caught:
        tab.get("A1")
    assert (403, "PERMISSION_DENIED") == (caught.value.response.status_code, caught.value.error["status"])
    with pytest.raises(APIError) as caught:
        robot.http_client.get_file_drive_metadata(book.id)
    assert (404, "notFound") == reasons(caught.value)


def test_a_deleted_spreadsheet_is_gone_and_one_in_the_bin_is_not(
    emulator: Emulator, book: gspread.Spreadsheet, city: gspread.Client
) -> None:
    emulator.person(CITY).trash(book.id)
    trashed = city.http_client.request("get", f"{FILES}/{book.id}", params={"fields": "trashed"}).json()
    assert ({"trashed": True}, [[]]) == (trashed, book.sheet1.get("A1"))

    emulator.person(CITY).delete(book.id)
    with pytest.raises(gspread.SpreadsheetNotFound):
        city.open_by_key(book.id)


def test_a_copy_takes_cells_and_formats_and_leaves_the_shares(
    emulator: Emulator, book: gspread.Spreadsheet, city: gspread.Client
) -> None:
    book.sheet1.update([["012"]], "A1")
    book.share(WARD, perm_type="user", role="writer", notify=False)

    copied = city.copy(book.id, title="Bản sao", copy_comments=False)

    assert ([["012"]], "vi_VN", "Bản sao") == (copied.sheet1.get("A1"), copied.locale, copied.title)
    assert [CITY] == [one["emailAddress"] for one in copied.list_permissions()]


def test_comments_are_copied_unless_asked_not_to(book: gspread.Spreadsheet, city: gspread.Client) -> None:
    """guides/manage-comments"""
    address = f"{FILES}/{book.id}/comments"
    city.http_client.request("post", address, json={"content": "Xem lại"}, params={"fields": "id"})

    copied = city.copy(book.id, title="Bản sao")

    kept = city.http_client.request(
        "get", f"{FILES}/{copied.id}/comments", params={"fields": "comments/content"}
    ).json()
    assert {"comments": [{"content": "Xem lại"}]} == kept
    with pytest.raises(APIError) as caught:
        city.http_client.request("get", address)
    assert (400, "required") == reasons(caught.value)


def test_exports(book: gspread.Spreadsheet) -> None:
    """guides/ref-export-formats"""
    book.sheet1.update([["Tên", "1.234,5"], ["Lan", "=B1*2"]], "A1", raw=False)
    book.sheet1.update([["=x", "012"]], "A3")

    assert 'Tên,"1.234,50"\r\nLan,2469\r\n=x,012' == book.export(ExportFormat.CSV).decode()
    sheet = load_workbook(BytesIO(book.export(ExportFormat.EXCEL)))["Sheet1"]
    assert [("Tên", 1234.5), ("Lan", "=B1*2"), ("=x", "012")] == list(sheet.values)
    assert ("f", "s") == (sheet["B2"].data_type, sheet["A3"].data_type)
    assert book.export(ExportFormat.PDF).startswith(b"%PDF")


def test_version_and_time_reach_drive_late(sign_in: Any) -> None:
    """Seen by others (googleapis/google-api-go-client issues 444 and 906): minutes, not seconds."""
    clock = VirtualClock()
    with Emulator(clock, lag=180) as emulator:
        city = sign_in(emulator, CITY)
        book = city.create("Phường A")
        clock.sleep(600)
        asked = {"fields": "version,modifiedTime"}
        before = city.http_client.request("get", f"{FILES}/{book.id}", params=asked).json()

        book.sheet1.update([["mới"]], "A1")
        clock.sleep(179)
        during = city.http_client.request("get", f"{FILES}/{book.id}", params=asked).json()
        clock.sleep(1)
        after = city.http_client.request("get", f"{FILES}/{book.id}", params=asked).json()

    assert ("1", "2026-01-05T01:00:00.000Z") == (before["version"], before["modifiedTime"])
    assert before == during
    assert ("2", "2026-01-05T01:10:00.000Z") == (after["version"], after["modifiedTime"])


def test_sharing_is_a_new_version_and_no_modification(book: gspread.Spreadsheet, city: gspread.Client) -> None:
    """reference/rest/v3/files: version "reflects every change made to the file on the server" """
    asked = {"fields": "version,modifiedTime"}
    before = city.http_client.request("get", f"{FILES}/{book.id}", params=asked).json()

    book.share(WARD, perm_type="user", role="writer", notify=False)

    after = city.http_client.request("get", f"{FILES}/{book.id}", params=asked).json()
    assert (1, True) == (
        int(after["version"]) - int(before["version"]),
        before["modifiedTime"] == after["modifiedTime"],
    )


def test_changes_since_a_token(emulator: Emulator, book: gspread.Spreadsheet, city: gspread.Client) -> None:
    """guides/manage-changes"""
    address = "https://www.googleapis.com/drive/v3/changes"
    token = city.http_client.request("get", f"{address}/startPageToken").json()["startPageToken"]
    emulator.person(CITY).type(book.id, "Sheet1", "A1", "1")
    emulator.person(CITY).type(book.id, "Sheet1", "A2", "2")
    emulator.person("nguoila@example.com").create("Không liên quan")

    page = city.http_client.request("get", address, params={"pageToken": token}).json()

    assert [(book.id, False)] == [(one["fileId"], one["removed"]) for one in page["changes"]]
    again = city.http_client.request("get", address, params={"pageToken": page["newStartPageToken"]}).json()
    assert [] == again["changes"]


def test_ownership_passes_only_where_it_is_meant(book: gspread.Spreadsheet, city: gspread.Client) -> None:
    address = f"{FILES}/{book.id}/permissions"
    new = {"type": "user", "role": "owner", "emailAddress": WARD}
    with pytest.raises(APIError) as caught:
        city.http_client.request("post", address, json=new)
    assert (403, "forbidden") == reasons(caught.value)

    city.http_client.request("post", address, json=new, params={"transferOwnership": "true"})

    kept = {one["emailAddress"]: one["role"] for one in book.list_permissions()}
    assert {CITY: "writer", WARD: "owner"} == kept


def test_comma_separated_values_become_a_tab(city: gspread.Client, book: gspread.Spreadsheet) -> None:
    city.import_csv(book.id, "Tên,Số\nLan,12\n".encode())

    assert [["Tên", "Số"], ["Lan", "12"]] == city.open_by_key(book.id).sheet1.get_all_values()
