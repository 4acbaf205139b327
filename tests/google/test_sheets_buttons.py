"""The buttons of the ribbon over an office whose wards work in Google Sheets."""

from __future__ import annotations

import pytest
from office import NOW, PERSON, UNITS
from sheets_office import SheetsOffice, letters
from test_sheets_commands import environment_of

from sync.google.answers import FEEDBACK_TAB
from sync.office import Office
from sync.workspace import CannotRun
from workbooks import layouts
from xl_ctd.messages import spoken
from xl_ctd.ribbon import perform

QUY = layouts.TABS["QUY"]


@pytest.fixture
def office(shared: SheetsOffice, monkeypatch: pytest.MonkeyPatch) -> Office:
    for name, value in environment_of(shared.emulator).items():
        monkeypatch.setenv(name, value)
    return Office(shared.office.master, (), PERSON, None, lambda: NOW)


def test_a_preview_fetches_and_the_merge_takes_what_was_looked_at(shared: SheetsOffice, office: Office) -> None:
    looked = perform("xem_truoc", None, office, {})
    shared.ward().type(shared.sheet(), QUY, f"{letters('QUY', 'SO_TIEN')}7", "777000")
    calls = shared.emulator.calls.count("sheets.*")
    merged = perform("hop_nhat", None, office, {})
    with shared.office.open() as book:
        (slot,) = [slot for slot in book.slots.values() if slot.uid == UNITS[0].uid]
        amounts = book.unit_year(slot.state or "").table("QUY").column("SO_TIEN")

    assert ("hop_nhat", calls) == (looked.asks, shared.emulator.calls.count("sheets.*"))
    assert 777_000 not in amounts
    assert merged.sentence


def test_the_button_fetches_what_is_new_and_tells_the_wards(shared: SheetsOffice, office: Office) -> None:
    perform("xem_truoc", None, office, {})
    perform("hop_nhat", None, office, {})
    shared.ward().type(shared.sheet(), QUY, f"{letters('QUY', 'SO_TIEN')}7", "nhiều lắm")

    done = perform("google_sheets", None, office, {})

    said = "Đã xem 1 bảng tính, đọc 1, có 1 bảng mới hoặc thay đổi."
    assert (said, "xem_truoc") == (done.sentence[: len(said)], done.asks)
    (row,) = [row for row in done.tables[0].rows if row[3]]
    assert (UNITS[0].name, "chờ hợp nhất") == (row[0], row[2])


def test_a_preview_without_a_way_to_google_goes_on_with_what_is_held(
    shared: SheetsOffice, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    perform("xem_truoc", None, office, {})
    monkeypatch.delenv("CTD_GOOGLE_KEYS")
    monkeypatch.delenv("CTD_GOOGLE_OWNER")
    monkeypatch.setattr("sync.google.identities.keyring", _NoKeystore())

    looked = perform("xem_truoc", None, office, {})

    assert "hop_nhat" == looked.asks
    unread = spoken("sheet-not-read")
    assert ["Google Sheets"] == [one.file for one in looked.findings if one.code == unread]
    with pytest.raises(CannotRun) as refused:
        perform("google_sheets", None, office, {})
    assert "google-no-key" == refused.value.code


class _NoKeystore:
    def __getattr__(self, name: str) -> object:
        return lambda *_: None


def test_a_ward_with_a_sheet_is_sent_no_workbook_but_pointed_to_its_own_feedback(
    shared: SheetsOffice, office: Office
) -> None:
    shared.ward().type(shared.sheet(), QUY, f"{letters('QUY', 'SO_TIEN')}7", "nhiều lắm")
    perform("xem_truoc", None, office, {})
    perform("hop_nhat", None, office, {})
    perform("google_sheets", None, office, {})

    done = perform("tra_lai", None, office, {})

    said = (
        "Chưa có tệp nào cần trả lại. Dùng Google Sheets nên không có tệp: Phường Đông Ngàn. Điều cần sửa đứng ở trang "
    )
    said += "Phản hồi của bảng tính; bấm Google Sheets để ghi phản hồi mới nhất vào đó."
    link = f"https://docs.google.com/spreadsheets/d/{shared.sheet()}/edit"
    assert (said, [((UNITS[0].name, link),)]) == (done.sentence, [table.rows for table in done.tables])
    assert [] == list((shared.office.master.parent / "Trả lại 2024").iterdir())
    told = [
        line for line in shared.ward().values(shared.sheet(), FEEDBACK_TAB) if "nhiều lắm" in " ".join(map(str, line))
    ]
    assert 1 == len(told)
