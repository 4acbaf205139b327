"""Whatever Google or the network does: read again what can be, never write twice, end in a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from sheets_office import OWNER, google_of

from sync.emulator import Emulator
from sync.google.client import Google
from sync.google.transport import BoundedHTTPClient
from sync.google.trouble import Reason, SourceUnavailable
from sync.workspace import CannotRun

GET = "sheets.spreadsheets.get"
UPDATE = "sheets.spreadsheets.batchUpdate"
ROW = {
    "updateCells": {
        "rows": [{"values": [{"userEnteredValue": {"stringValue": "x"}}]}],
        "fields": "userEnteredValue",
        "start": {"sheetId": 0, "rowIndex": 0, "columnIndex": 0},
    }
}


@dataclass
class Line:
    emulator: Emulator
    google: Google
    sheet: str

    def reason_of(self, call: Callable[[], object]) -> Reason:
        with pytest.raises(SourceUnavailable) as caught:
            call()
        return caught.value.reason

    def read(self) -> object:
        return self.google.read(self.sheet)

    def write(self) -> None:
        self.google.write(self.sheet, [ROW])


@pytest.fixture
def line() -> Iterator[Line]:
    with Emulator(sliding_quota=True) as emulator:
        google = google_of(emulator)
        sheet = google.create("x", None)
        google.share(sheet, google.services[0], notify=False)
        google.read(sheet)
        emulator.calls.clear()
        yield Line(emulator, google, sheet)


PASSING = {
    "429": lambda faults: faults.answer(429, methods="sheets.*", times=2),
    "500": lambda faults: faults.answer(500, methods="sheets.*", times=2),
    "502 in HTML": lambda faults: faults.html(502, methods="sheets.*", times=2),
    "503": lambda faults: faults.answer(503, methods="sheets.*", times=2),
    "cut": lambda faults: faults.cut(methods="sheets.*", times=2),
    "dropped": lambda faults: faults.drop(methods="sheets.*", times=2),
    "expired token": lambda faults: faults.expire_tokens(),
    "a page of a portal": lambda faults: faults.html(200, methods="sheets.*", times=1),
}


@pytest.mark.parametrize("fault", PASSING)
def test_a_read_gets_through_passing_trouble(line: Line, fault: str) -> None:
    PASSING[fault](line.emulator.faults)
    assert {"spreadsheetId"} <= set(line.read() or ())


def test_429_for_ten_minutes_is_waited_for(line: Line) -> None:
    line.emulator.faults.answer(429, methods="sheets.*", seconds=600)
    begun = line.emulator.clock.now()
    line.read()
    assert 600 <= line.emulator.clock.now() - begun < 700


def test_trouble_that_does_not_pass_ends_after_a_bounded_time(line: Line) -> None:
    line.emulator.faults.answer(500, methods="sheets.*")
    begun = line.emulator.clock.now()

    assert Reason.BUSY == line.reason_of(line.read)
    assert line.emulator.clock.now() - begun < 200


def test_silence_ends_by_our_own_time_out(line: Line) -> None:
    for client in line.google._clients.values():
        http = client.http_client
        assert isinstance(http, BoundedHTTPClient)
        http.timeout = (0.2, 0.2)
    line.emulator.faults.hang(methods="sheets.*", times=1)
    assert line.read()


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("fault", ["cut", "drop"])
def test_a_write_whose_answer_is_lost_is_not_sent_again(line: Line, fault: str, done: bool) -> None:
    getattr(line.emulator.faults, fault)(methods=UPDATE, times=1, done=done)

    assert Reason.UNCERTAIN == line.reason_of(line.write)
    assert 1 == line.emulator.calls.count(UPDATE)


def test_a_write_that_google_says_it_did_not_do_is_sent_again(line: Line) -> None:
    line.emulator.faults.answer(429, methods=UPDATE, times=2)
    line.write()
    assert 3 == line.emulator.calls.count(UPDATE)


def test_a_sheet_that_is_gone_is_gone_at_once(line: Line) -> None:
    assert Reason.GONE == line.reason_of(lambda: line.google.read("1" * 44))
    assert 1 == line.emulator.calls.count(GET)


def test_a_sheet_that_is_no_longer_shared_may_not_be_read(line: Line) -> None:
    permission, _ = line.google.permissions(line.sheet)[line.google.services[0].lower()]
    line.google.revoke(line.sheet, permission)
    assert Reason.NO_ACCESS == line.reason_of(line.read)


def test_a_wrong_clock_is_called_a_wrong_clock(line: Line) -> None:
    fresh = google_of(line.emulator, "other")
    line.emulator.faults.skew_clock(7200)
    assert Reason.CLOCK == line.reason_of(fresh.listing)


def test_a_service_account_owns_no_storage_and_that_is_said(line: Line) -> None:
    from sync.google.identities import owner_identity
    from sync.google.quota import Quota

    owner = owner_identity(line.emulator.key("chu"))
    google = Google([owner], Quota(line.emulator.clock), line.emulator.url)
    assert Reason.STORAGE == line.reason_of(lambda: google.create("x", None))


def test_without_an_owner_nothing_can_be_created(line: Line) -> None:
    with pytest.raises(CannotRun, match="google-no-owner"):
        google_of(line.emulator, owner=False).create("x", None)


def test_an_answer_too_large_to_take_in_is_left(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.google.transport.MOST_BYTES", 100)
    assert Reason.TOO_LARGE == line.reason_of(line.read)


def test_the_quota_is_never_exceeded_however_fast_we_are(line: Line) -> None:
    for _ in range(130):
        line.read()
    assert 0 == line.emulator.calls.count(code=429)
    assert line.google.quota.waited >= 60


def test_several_identities_share_the_reading(line: Line) -> None:
    google = google_of(line.emulator, "a", "b", "c")
    for email in google.services:
        google.share(line.sheet, email, notify=False)
    line.emulator.calls.clear()
    for _ in range(30):
        google.read(line.sheet)

    readers = [call.email for call in line.emulator.calls if call.method == GET]
    assert {10} == {readers.count(email) for email in google.services}
    assert OWNER not in readers
