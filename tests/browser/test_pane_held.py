"""Units that wait for a person, decided in the pane: what the command line offers with ``resolve --accept``."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from excel_books import book_of, table_rows
from office import NOW, UNITS, YEAR, Office, new_office, ward_tables
from pane import NARROW, Pane, open_pane
from playwright.sync_api import Browser
from running_service import running_service

from xl_ctd.messages import message

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning"),
    pytest.mark.xdist_group("browser"),
]

DELETED, TWICE = UNITS[:2]
CORRECTED = f"Bao cao phuong (ban sua lan 3, gui lai 20-12-{YEAR}) - Copy (2).xlsx"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Merged once; then one ward sends a book without most of its fund, another a corrected copy beside the old one."""
    office = new_office(tmp_path / "office", units=UNITS[:2])
    office.merge(now=NOW)
    tables = ward_tables(DELETED)
    office.send(DELETED, tables | {"QUY": tables["QUY"][:4]})
    old = shutil.copy(office.ward_file(TWICE), tmp_path / "old.xlsx")
    tables = ward_tables(TWICE)
    tables["QUY"][0]["SO_TIEN"] = 1_234_567
    office.send(TWICE, tables).rename(office.inbox / CORRECTED)
    shutil.copy(old, office.ward_file(TWICE))
    return office


def amounts(pane: Pane) -> list[float]:
    """What stands in the fund's book, ward by ward as in the master."""
    return [
        cell for row in table_rows(pane.content())["tblQUY"] for cell in row if isinstance(cell, float) and cell > 9e5
    ]


def test_a_held_unit_is_let_pass_and_of_two_files_one_is_chosen(browser: Browser, office: Office) -> None:
    with (
        running_service(office.folder / "kept", "--no-tls", "--master", office.master) as service,
        open_pane(browser, service, book_of(office.master)) as pane,
    ):
        before = amounts(pane)
        pane.press("hop_nhat")
        pane.title()
        assert 2 == pane.page.locator(".held li").count()
        assert [] == pane.page.locator(".held button").all_inner_texts()  # before a merge there is nothing to decide

        pane.choose(message("pane-agree"))
        pane.title()
        offered = [message("pane-let-pass"), f"Cho qua: {CORRECTED}", f"Cho qua: CTD_{TWICE.code}_{YEAR}.xlsx"]
        assert offered == pane.page.locator(".held button").all_inner_texts()
        assert before == amounts(pane)

        assert NARROW[0] == pane.fit()[0]  # also with the long name
        pane.page.locator(".held button").nth(1).click()
        _, sentence, _ = pane.answer()
        assert f"Đã ghi nhận: dùng {CORRECTED}. Hãy chạy Hợp nhất lại để đưa vào sổ tổng hợp." == sentence
        pane.press("xung_dot")
        pane.title()
        pane.page.locator(".held button").first.click()
        _, sentence, _ = pane.answer()
        assert f"Đã ghi nhận: dùng CTD_{DELETED.code}_{YEAR}.xlsx." == sentence[: sentence.index(" Hãy")]

        pane.choose("Xem trước")
        _, sentence, _ = pane.answer()
        counts = "Sẽ thêm 0 dòng, sửa 1 dòng, xóa 6 dòng. 0 xung đột, 0 đơn vị phải chờ, 10 đơn vị chưa nộp."
        assert f"{counts} Bấm Đồng ý để hợp nhất." == sentence
        pane.choose(message("pane-agree"))
        pane.title()
        assert len(before) - 6 == len(amounts(pane))
        assert 1_234_567 in amounts(pane)

        pane.choose(message("action-hoan_tac"))
        assert message("action-hoan_tac") == pane.title()
        assert sorted(before) == sorted(amounts(pane))
        assert ([], []) == (pane.excel("(excel) => excel.refusals"), pane.complaints)
