"""Pictures of the pane for the documentation and for whoever changes it, from a real service and a real master.

Run by hand: ``PYTHONPATH=.:tests:tests/browser python tests/browser/pane_pictures.py OFFICE docs/hinh``. ``OFFICE``
is a folder with ``so-tong-hop.xlsx``, nothing merged yet, and the wards' workbooks in ``wards``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from excel_books import book_of
from office import UNITS, new_office, ward_tables
from pane import NARROW, WIDE, Pane, launch, open_pane
from playwright.sync_api import Browser, sync_playwright
from running_service import Service, running_service

SIZES = {"320": NARROW, "1280": WIDE}
OTHERWISE = """(excel) => {
    for (const sheet of excel.book.sheets.filter((one) => one.Name === "Hỗ trợ")) {
        for (const cell of sheet.cells.values()) if (cell.v === 500000 || cell.v === 501000) cell.v += 100000;
    }
}"""


def take_all(office: Path, folder: Path) -> None:
    """Every screen once narrow and once wide."""
    with (
        running_service(office / "kept", "--no-tls", "--master", office / "so-tong-hop.xlsx") as service,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        for name, size in SIZES.items():
            _take(browser, service, office, folder, name, size)
        browser.close()


def take_conflicts(folder: Path) -> None:
    """Two values that a ward and the city have written differently."""
    with TemporaryDirectory() as made, sync_playwright() as playwright:
        office = new_office(Path(made) / "office", units=UNITS[:2], of_each=4)
        office.merge()
        tables = ward_tables(UNITS[0], of_each=4)
        for row in tables["HO_TRO"][:2]:
            row["GIA_TRI"] = 700_000
        office.send(UNITS[0], tables)
        with running_service(office.folder / "kept", "--no-tls", "--master", office.master) as service:
            browser = launch(playwright)
            for name, size in SIZES.items():
                with open_pane(browser, service, book_of(office.master), size=size) as pane:
                    pane.excel(OTHERWISE)
                    pane.press("hop_nhat")
                    pane.title()
                    pane.choose("Đồng ý")
                    pane.title()
                    pane.page.locator(".conflicts input[value=ward]").first.check()
                    pane.page.screenshot(path=folder / f"pane-xung-dot-{name}.png")
            browser.close()


def _take(browser: Browser, service: Service, office: Path, folder: Path, name: str, size: tuple[int, int]) -> None:
    book = book_of(office / "so-tong-hop.xlsx")

    def shoot(pane: Pane, screen: str) -> None:
        if screen != "dang-lam":
            pane.page.wait_for_function("[...document.images].every((one) => one.complete)")
        pane.page.screenshot(path=folder / f"pane-{screen}-{name}.png")

    with open_pane(browser, service, book, role=None, size=size) as pane:
        shoot(pane, "dang-nhap")
        pane.sign_in(service.words["city"])
        pane.page.wait_for_selector(".action")
        shoot(pane, "danh-muc")
        pane.press("hop_nhat")
        pane.page.wait_for_timeout(700)
        shoot(pane, "dang-lam")
        pane.title()
        shoot(pane, "xem-truoc")
        pane.choose("Đồng ý")
        pane.title()
        shoot(pane, "da-hop-nhat")
        pane.press("kiem_tra")
        pane.title()
        shoot(pane, "kiem-tra")
        pane.press("tien_do")
        pane.title()
        shoot(pane, "tien-do")
        pane.page.context.set_offline(True)
        pane.press("tien_do")
        pane.wrong()
        shoot(pane, "loi")


if __name__ == "__main__":
    take_all(Path(sys.argv[1]), Path(sys.argv[2]))
    take_conflicts(Path(sys.argv[2]))
