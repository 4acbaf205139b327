"""Limits: https://developers.google.com/workspace/sheets/api/limits; errors:
https://developers.google.com/workspace/drive/api/guides/handle-errors and https://cloud.google.com/apis/design/errors"""

from typing import Any

import gspread
import pytest
import requests
from gspread.exceptions import APIError

from sync.emulator import Emulator, Limits, VirtualClock

CITY = "thanhpho@chuthapdo.example"
READ, WRITE = "sheets.spreadsheets.values.get", "sheets.spreadsheets.values.update"


def refused(call: Any, *args: Any) -> APIError:
    with pytest.raises(APIError) as caught:
        call(*args)
    return caught.value


def test_an_identity_reads_sixty_times_a_minute(sign_in: Any) -> None:
    clock = VirtualClock()
    with Emulator(clock) as emulator:
        tab = sign_in(emulator, CITY).create("Phường A").sheet1
        clock.sleep(60)
        for _ in range(60):
            tab.get("A1")

        error = refused(tab.get, "A1")
        tab.update([["viết vẫn được"]], "A1")
        clock.sleep(60)

        assert [["viết vẫn được"]] == tab.get("A1")
    assert (429, "RESOURCE_EXHAUSTED") == (error.response.status_code, error.error["status"])
    assert (
        "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute per user' of service "
        "'sheets.googleapis.com' for consumer 'project_number:123456789012'." == error.error["message"]
    )
    assert "RATE_LIMIT_EXCEEDED" == error.error["details"][0]["reason"]
    assert "Retry-After" not in error.response.headers


def test_a_project_reads_three_hundred_times_whoever_asks(sign_in: Any) -> None:
    clock = VirtualClock()
    with Emulator(clock, limits=Limits(project=30, identity=20)) as emulator:
        book = emulator.person(CITY).create("Phường A")
        tabs = []
        for name in ("mot", "hai"):
            emulator.person(CITY).share(book, emulator.key(name)["client_email"])
            tabs.append(sign_in(emulator, robot=name).open_by_key(book).sheet1)
        clock.sleep(60)
        for number in range(30):
            tabs[number % 2].get("A1")

        error = refused(tabs[0].get, "A1")

    assert "'Read requests per minute'" in error.error["message"]


def test_a_batch_counts_as_one_request(sign_in: Any) -> None:
    with Emulator(VirtualClock(), limits=Limits(identity=5)) as emulator:
        tab = sign_in(emulator, CITY).create("Phường A").sheet1
        for _ in range(5):
            tab.batch_update([{"range": f"A{row}", "values": [[row]]} for row in range(1, 50)])

        assert 429 == refused(tab.update, [["x"]], "A1").response.status_code


def test_sixty_seconds_of_any_kind_count_where_that_is_asked_for(sign_in: Any) -> None:
    clock = VirtualClock()
    with Emulator(clock, limits=Limits(identity=4), sliding_quota=True) as emulator:
        tab = sign_in(emulator, CITY).create("Phường A").sheet1
        clock.sleep(59)
        tab.get("A1")
        tab.get("A1")
        assert 429 == refused(tab.get, "A1").response.status_code

        clock.sleep(1)
        tab.get("A1")
        tab.get("A1")

        assert 429 == refused(tab.get, "A1").response.status_code


def test_drive_refuses_in_its_own_way(sign_in: Any) -> None:
    with Emulator(VirtualClock(), limits=Limits(drive=3)) as emulator:
        city = sign_in(emulator, CITY)
        for _ in range(3):
            city.list_spreadsheet_files()

        error = refused(city.list_spreadsheet_files)

    first = error.error["errors"][0]
    assert (403, "usageLimits", "userRateLimitExceeded") == (
        error.response.status_code,
        first["domain"],
        first["reason"],
    )


def test_a_fault_lasts_as_long_as_it_was_given(sign_in: Any) -> None:
    clock = VirtualClock()
    with Emulator(clock) as emulator:
        tab = sign_in(emulator, CITY).create("Phường A").sheet1
        emulator.faults.answer(429, seconds=600, methods="sheets.*")
        seen = []
        for _ in range(3):
            seen.append(refused(tab.get, "A1").response.status_code)
            clock.sleep(299)

        clock.sleep(3)

        assert ([429, 429, 429], [[]]) == (seen, tab.get("A1"))


@pytest.mark.parametrize(("code", "status"), [(500, "INTERNAL"), (503, "UNAVAILABLE"), (403, "PERMISSION_DENIED")])
def test_a_fault_has_googles_body(emulator: Emulator, tab: gspread.Worksheet, code: int, status: str) -> None:
    emulator.faults.answer(code, times=1, skip=1, methods="*.values.get")

    tab.get("A1")
    error = refused(tab.get, "A1")
    tab.get("A1")

    assert (code, status) == (error.response.status_code, error.error["status"])


def test_a_page_of_html_has_no_code_in_gspread(emulator: Emulator, tab: gspread.Worksheet) -> None:
    emulator.faults.html(502)

    error = refused(tab.get, "A1")

    assert (-1, 502, "text/html; charset=UTF-8") == (
        error.code,
        error.response.status_code,
        error.response.headers["Content-Type"],
    )


def test_answers_are_cut_dropped_and_held_back(emulator: Emulator, tab: gspread.Worksheet) -> None:
    tab.spreadsheet.client.set_timeout(0.2)
    for fault, error in (
        (emulator.faults.cut, requests.exceptions.ChunkedEncodingError),
        (emulator.faults.drop, requests.exceptions.ConnectionError),
        (emulator.faults.hang, requests.exceptions.ReadTimeout),
    ):
        fault(methods=READ)
        with pytest.raises(error):
            tab.get("A1")

    assert [[]] == tab.get("A1")
    assert [200, 0, 0, 200] == [call.code for call in emulator.calls if call.method == READ]


def test_a_lost_answer_may_be_of_a_write_that_was_done(emulator: Emulator, tab: gspread.Worksheet) -> None:
    for done in (False, True):
        emulator.faults.answer(503, times=1, methods="*.append", done=done)
        refused(tab.append_row, [f"{done}"])

    assert [["True"]] == tab.get_all_values()


def test_somebody_edits_between_two_calls(emulator: Emulator, tab: gspread.Worksheet) -> None:
    person = emulator.person(CITY)
    emulator.faults.after(READ, lambda: person.type(tab.spreadsheet_id, "Sheet1", "A1", "giữa hai lần"))
    emulator.faults.before(WRITE, lambda: person.type(tab.spreadsheet_id, "Sheet1", "B1", "ngay trước"))

    first = tab.get("A1:B1")
    second = tab.get("A1:B1")
    tab.update([["x"]], "A1")

    assert ([[]], [["giữa hai lần"]], [["x", "ngay trước"]]) == (first, second, tab.get("A1:B1"))


def test_a_token_that_is_void_is_renewed(emulator: Emulator, tab: gspread.Worksheet) -> None:
    emulator.faults.expire_tokens()

    assert [[]] == tab.get("A1")
    assert 1 == emulator.calls.count(READ, code=401)


def test_faults_are_set_over_http_too(emulator: Emulator, tab: gspread.Worksheet) -> None:
    address = f"{emulator.url}/emulator"
    requests.post(f"{address}/faults", json={"fault": "answer", "arguments": [500], "times": 1}, timeout=5)
    assert 500 == refused(tab.get, "A1").response.status_code

    typed = {"email": CITY, "does": "type", "with": [tab.spreadsheet_id, "Sheet1", "A1", "12"]}
    assert {"answer": None} == requests.post(f"{address}/person", json=typed, timeout=5).json()
    assert [["12"]] == tab.get("A1")
    before = emulator.clock.now()
    requests.post(f"{address}/clock", json={"advance": 90}, timeout=5)
    assert before + 90 == emulator.clock.now()
    calls = requests.get(f"{address}/calls", timeout=5).json()
    assert [500, 200] == [call["code"] for call in calls if call["method"] == READ]
    assert "error" in requests.get(f"{address}/nothing", timeout=5).json()


def test_two_runs_are_alike_to_the_last_id(sign_in: Any) -> None:
    def run() -> tuple[Any, list[tuple[str, int, float]]]:
        with Emulator(VirtualClock()) as emulator:
            book = sign_in(emulator, CITY).create("Phường A")
            book.add_worksheet("Dân số", 10, 3).update([["1,5"]], "A1", raw=False)
            book.sheet1.add_protected_range("A1")
            resource = book.fetch_sheet_metadata({"includeGridData": "true"})
            return resource, [(call.method, call.code, call.at) for call in emulator.calls]

    assert run() == run()
