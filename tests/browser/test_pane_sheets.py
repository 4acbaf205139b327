"""The button of Google Sheets, over an office whose wards work there."""

from __future__ import annotations

from pathlib import Path

import pytest
from excel_books import book_of
from office import UNITS
from pane import open_pane
from playwright.sync_api import Browser
from running_service import running_service
from sheets_office import sheets_office
from test_sheets_commands import environment_of

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning"),
    pytest.mark.xdist_group("browser"),
]


def test_what_is_new_in_google_is_fetched_and_then_looked_at(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sheets_office(tmp_path / "office") as shared:
        for name, value in environment_of(shared.emulator).items():
            monkeypatch.setenv(name, value)
        office = shared.office
        with (
            running_service(office.folder / "kept", "--no-tls", "--master", office.master) as service,
            open_pane(browser, service, book_of(office.master)) as pane,
        ):
            before = pane.content()
            pane.choose("Google Sheets Lấy số liệu mới từ các trang Google Sheets của đơn vị.")
            title, sentence, [rows] = pane.answer()
            assert "Google Sheets" == title
            assert sentence.startswith("Đã xem 1 bảng tính, đọc 1, có 1 bảng mới hoặc thay đổi.")
            assert [(UNITS[0].name, "chờ hợp nhất")] == [(row[0], row[2]) for row in rows if row[3]]

            pane.choose("Xem trước")
            title, sentence, _ = pane.answer()
            assert ("Xem trước khi hợp nhất", "Sẽ thêm 12 dòng") == (title, sentence[:15])
            assert ([], before) == (pane.complaints, pane.content())
