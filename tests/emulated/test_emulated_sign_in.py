"""Signing in: https://developers.google.com/identity/protocols/oauth2/service-account
and https://developers.google.com/identity/protocols/oauth2/native-app"""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import gspread
import pytest
import requests
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.oauth2.service_account import Credentials
from gspread.exceptions import APIError

from sync.emulator import Emulator, VirtualClock

CITY = "thanhpho@chuthapdo.example"
SCOPE = "https://www.googleapis.com/auth/"


def test_a_key_from_the_address_signs_in(emulator: Emulator) -> None:
    key = requests.get(f"{emulator.url}/emulator/key", params={"name": "hop-nhat"}, timeout=5).json()

    credentials = Credentials.from_service_account_info(key, scopes=[f"{SCOPE}drive"])
    with requests.Session() as session:
        credentials.refresh(Request(session))

    assert "hop-nhat@xl-ctd-emulator.iam.gserviceaccount.com" == key["client_email"]
    assert credentials.valid


def test_a_key_that_was_never_handed_out_is_refused(emulator: Emulator) -> None:
    """service-account#error-codes"""
    with Emulator() as elsewhere:
        key = elsewhere.key("la")
    credentials = Credentials.from_service_account_info(
        {**key, "token_uri": f"{emulator.url}/token"}, scopes=[f"{SCOPE}drive"]
    )

    with requests.Session() as session, pytest.raises(RefreshError, match="account not found"):
        credentials.refresh(Request(session))


def test_a_key_of_another_account_is_refused(emulator: Emulator) -> None:
    forged = {**emulator.key("mot"), "client_email": emulator.key("hai")["client_email"]}

    with requests.Session() as session, pytest.raises(RefreshError, match="Invalid JWT Signature"):
        Credentials.from_service_account_info(forged, scopes=[f"{SCOPE}drive"]).refresh(Request(session))


@pytest.mark.parametrize("seconds", [-7200, 7200])
def test_a_clock_that_is_hours_off_is_refused(emulator: Emulator, seconds: int) -> None:
    """service-account#error-codes: invalid_grant, "check that the iat and exp claims are correct" """
    emulator.faults.skew_clock(seconds)
    credentials = Credentials.from_service_account_info(emulator.key(), scopes=[f"{SCOPE}drive"])

    with requests.Session() as session, pytest.raises(RefreshError, match="reasonable timeframe"):
        credentials.refresh(Request(session))


def test_a_token_ends_after_an_hour_and_gspread_fetches_another(sign_in: Any) -> None:
    clock = VirtualClock()
    with Emulator(clock) as emulator:
        city = sign_in(emulator, CITY)
        book = city.create("Phường A")
        clock.sleep(3600)

        assert "Phường A" == city.open_by_key(book.id).title
        assert (2, 1) == (emulator.calls.count("oauth2.token"), emulator.calls.count(code=401))


def test_a_request_without_a_token_is_told_so(emulator: Emulator) -> None:
    answer = requests.get(f"{emulator.url}/v4/spreadsheets/x", timeout=5)
    drive = requests.get(f"{emulator.url}/drive/v3/files", headers={"Authorization": "Bearer abc"}, timeout=5)

    assert (401, "UNAUTHENTICATED") == (answer.status_code, answer.json()["error"]["status"])
    assert (401, "authError") == (drive.status_code, drive.json()["error"]["errors"][0]["reason"])


def test_scopes_limit_what_a_token_reaches(emulator: Emulator, book: gspread.Spreadsheet, sign_in: Any) -> None:
    """https://developers.google.com/workspace/sheets/api/scopes"""
    emulator.person(CITY).share(book.id, emulator.key("doc")["client_email"])
    reader = sign_in(emulator, robot="doc", scopes=[f"{SCOPE}spreadsheets.readonly"])
    tab = reader.open_by_key(book.id).sheet1

    for call in (lambda: tab.update([["x"]], "A1"), lambda: reader.list_spreadsheet_files()):
        with pytest.raises(APIError) as caught:
            call()
        assert 403 == caught.value.response.status_code
        assert "Request had insufficient authentication scopes." == caught.value.error["message"]


def test_drive_file_reaches_only_what_the_program_made_itself(emulator: Emulator, sign_in: Any) -> None:
    """https://developers.google.com/workspace/drive/api/guides/api-specific-auth"""
    drive = emulator.person(CITY).create_shared_drive("Ổ chung")
    account = emulator.key("it")["client_email"]
    emulator.person(CITY).share(drive, account, "fileOrganizer")
    theirs = emulator.person(CITY).create("Của người khác", drive)
    robot = sign_in(emulator, robot="it", scopes=[f"{SCOPE}drive.file"])

    own = robot.create("Của chương trình", folder_id=drive)

    assert ["Của chương trình"] == [one["name"] for one in robot.list_spreadsheet_files()]
    assert "Của chương trình" == robot.open_by_key(own.id).title
    with pytest.raises(gspread.SpreadsheetNotFound):
        robot.open_by_key(theirs)


def test_a_person_agrees_in_the_browser_and_can_take_it_back(emulator: Emulator) -> None:
    """native-app: authorization code, refresh token, revocation"""
    client = requests.get(f"{emulator.url}/emulator/oauth-client", timeout=5).json()["installed"]
    asked = {
        "client_id": client["client_id"],
        "redirect_uri": "http://localhost:8080/",
        "response_type": "code",
        "scope": f"{SCOPE}drive",
        "state": "abc",
        "login_hint": CITY,
    }
    sent_to = requests.get(client["auth_uri"], params=asked, timeout=5, allow_redirects=False).headers["Location"]
    back = parse_qs(urlsplit(sent_to).query)
    form = {"grant_type": "authorization_code", "code": back["code"][0], "client_id": client["client_id"]}
    kept = requests.post(client["token_uri"], data=form, timeout=5).json()
    refresh = {"grant_type": "refresh_token", "refresh_token": kept["refresh_token"]}
    again = requests.post(client["token_uri"], data=form, timeout=5)

    assert (["abc"], 3599, "Bearer") == (back["state"], kept["expires_in"], kept["token_type"])
    assert (400, "invalid_grant") == (again.status_code, again.json()["error"])
    assert 200 == requests.post(client["token_uri"], data=refresh, timeout=5).status_code
    who = {"fields": "user(emailAddress)"}
    header = {"Authorization": f"Bearer {kept['access_token']}"}
    about = requests.get(f"{emulator.url}/drive/v3/about", params=who, headers=header, timeout=5).json()
    assert {"user": {"emailAddress": CITY}} == about

    requests.post(f"{emulator.url}/revoke", params={"token": kept["refresh_token"]}, timeout=5)
    refused = requests.post(client["token_uri"], data=refresh, timeout=5)
    assert (400, "invalid_grant") == (refused.status_code, refused.json()["error"])
