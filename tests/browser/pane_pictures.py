"""Pictures of every screen of the pane, narrow and wide, for the documentation and for whoever changes the pane.

Run by hand: ``PYTHONPATH=.:tests:tests/browser python tests/browser/pane_pictures.py FOLDER [--whole]``; ``--whole``:
with all that lies below the fold. The office is made up: one ward disagrees with the city and mistyped, one deleted
much, one sent two files, nine have not sent.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from excel_books import book_of
from office import UNITS, YEAR, Office, new_office, ward_tables
from pane import NARROW, WIDE, Pane, launch, open_pane
from playwright.sync_api import Browser, sync_playwright
from running_service import Service, running_service

from xl_ctd.messages import message

SIZES = {"320": NARROW, "1280": WIDE}
LONG_NAME = f"Bao cao tong hop phuong (ban sua lan 3, gui lai ngay 20-12-{YEAR}) - Copy (2).xlsx"
OTHERWISE = """(excel) => {
    for (const sheet of excel.book.sheets.filter((one) => one.Name === "Hỗ trợ")) {
        for (const cell of sheet.cells.values()) if (cell.v === 500000 || cell.v === 501000) cell.v += 100000;
    }
}"""


def a_busy_office(folder: Path) -> Office:
    """Merged once; since then everything has happened that a preview can tell."""
    office = new_office(folder, units=UNITS[:3])
    office.merge()
    first, second, third = UNITS[:3]
    tables = ward_tables(first, of_each=12)
    for row in tables["HO_TRO"][:2]:
        row["GIA_TRI"] = 700_000
    tables["QUY"][3]["SO_TIEN"] = "khoảng 1 triệu"
    tables["QUY"][4]["NOI_DUNG"] = "Thu hội phí đợt 4 của chi hội khu phố Đồng Ngàn, có chuyển khoản"
    del tables["DON_VI"][9]
    office.send(first, tables)
    office.send(second, ward_tables(second) | {"QUY": ward_tables(second)["QUY"][:4]})
    shutil.copy(office.ward_file(third), office.inbox / LONG_NAME)
    office.send(third, ward_tables(third, of_each=11))
    return office


def take_all(folder: Path, *, whole: bool) -> None:
    """Every screen once narrow and once wide."""
    with TemporaryDirectory() as made, sync_playwright() as playwright:
        browser = launch(playwright)
        for name, size in SIZES.items():
            office = a_busy_office(Path(made) / name)
            with running_service(office.folder / "kept", "--no-tls", "--master", office.master) as service:
                _take(browser, service, office, folder, (name, size), whole=whole)
        browser.close()


def _take(
    browser: Browser,
    service: Service,
    office: Office,
    folder: Path,
    named_size: tuple[str, tuple[int, int]],
    *,
    whole: bool,
) -> None:
    name, size = named_size

    def shoot(pane: Pane, screen: str) -> None:
        if screen != "dang-lam":
            pane.page.wait_for_function("[...document.images].every((one) => one.complete)")
        pane.page.screenshot(path=folder / f"pane-{screen}-{name}.png", full_page=whole)

    def pressed(pane: Pane, action: str, screen: str) -> None:
        pane.press(action)
        pane.title()
        shoot(pane, screen)

    with open_pane(browser, service, book_of(office.master), role=None, size=size) as pane:
        shoot(pane, "dang-nhap")
        pane.sign_in("ctd-khong-co")
        pane.wrong()
        shoot(pane, "sai-ma")
        pane.sign_in(service.words["city"])
        pane.page.wait_for_selector(".action")
        shoot(pane, "danh-muc")
        pane.page.keyboard.press("Tab")
        pane.page.keyboard.press("Tab")
        shoot(pane, "ban-phim")
        pane.excel(OTHERWISE)
        pane.press("hop_nhat")
        pane.page.wait_for_timeout(700)
        shoot(pane, "dang-lam")
        pane.title()
        shoot(pane, "xem-truoc")
        pane.choose(message("pane-agree"))
        pane.title()
        pane.page.locator(".conflicts input[value=ward]").first.check()
        shoot(pane, "da-hop-nhat")
        pressed(pane, "xung_dot", "xung-dot")
        pane.page.locator(".conflicts input[value=ward]").first.check()
        shoot(pane, "xung-dot")
        pane.page.get_by_role("button", name=message("pane-let-pass")).first.click()
        pane.title()
        shoot(pane, "cho-qua")
        pane.excel("(excel) => excel.book.sheets.find((one) => one.Name === 'Hỗ trợ').GetRange('H7').Select()")
        pressed(pane, "nguon_so_lieu", "nguon")
        pane.excel("(excel) => excel.book.sheets.find((one) => one.Name === 'Bảng điều hành').GetRange('C9').Select()")
        pressed(pane, "nguon_so_lieu", "nguon-chi-tieu")
        pressed(pane, "tien_do", "tien-do")
        for action in ("kiem_tra", "gui_mau", "tra_lai", "bao_cao", "tro_giup", "hoan_tac"):
            pressed(pane, action, action.replace("_", "-"))
        pressed(pane, "kiem_tra", "kiem-tra")
        pane.page.locator("button.cell").first.click()
        pane.wrong()
        shoot(pane, "o-tep-khac")
        pane.page.context.set_offline(True)
        pane.press("tien_do")
        pane.wrong()
        shoot(pane, "loi")


if __name__ == "__main__":
    take_all(Path(sys.argv[1]), whole="--whole" in sys.argv[2:])
