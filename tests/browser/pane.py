"""A task pane in a real Chromium, on Microsoft's office.js, over an Excel in memory."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from excel_books import Book
from playwright.sync_api import Browser, Page, Playwright, Route
from running_service import Service

HERE = Path(__file__).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
NARROW, WIDE = (320, 700), (1280, 800)


@cache
def office_js() -> str:
    """Microsoft's library as xlwings-server ships it, without its loader."""
    [library] = Path(str(files("xlwings_server"))).glob("static/vendor/office-js/*/dist/excel-web-16.00.js")
    return library.read_text("utf-8")


@dataclass
class Pane:
    """The pane that is open beside a workbook. ``complaints`` are errors nobody caught, and files that were missing."""

    page: Page
    service: Service
    complaints: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def excel(self, script: str, argument: object = None) -> Any:
        """Ask the Excel in memory: ``script`` is a function of it (and of an argument)."""
        return self.page.evaluate(f"(argument) => ({script})(globalThis.testExcel, argument)", argument)

    def press(self, action: str) -> None:
        """A click on the ribbon."""
        self.excel("(excel, action) => excel.press(action)", action)

    def sent_with(self, action: str) -> Any:
        """What goes to the service when a button is pressed that reads the workbook."""
        with self.page.expect_request(f"**/custom-scripts-call/{action}") as request:
            self.press(action)
        self.title()
        return request.value.post_data_json

    def calculate(self, name: str, grids: Sequence[object]) -> Any:
        """What Excel shows for a formula with one of our functions."""
        return self.excel("(excel, [name, grids]) => excel.calculate(name, grids)", [name, grids])

    def content(self) -> Any:
        return self.excel("(excel) => excel.content()")

    def title(self) -> str:
        """The heading of the screen once nothing is under way."""
        self.page.wait_for_function("document.querySelector('#view h2') && !document.querySelector('.bar-of-work')")
        return self.page.inner_text("#view h2")

    def wrong(self) -> str:
        """The sentence of an error."""
        self.page.wait_for_selector("#view [role=alert]:not(:empty)")
        return self.page.inner_text("#view [role=alert]:not(:empty)")

    def answer(self) -> tuple[str, str, list[list[list[str]]]]:
        """The heading, the sentence and the tables of an answer."""
        title = self.title()
        tables = """() => [...document.querySelectorAll("#view table")].map((table) =>
            [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent)))"""
        return title, self.page.inner_text("#view .sentence"), self.page.evaluate(tables)

    def fit(self) -> tuple[int, int]:
        """How wide the screen would like to be, and how high its lowest button is."""
        measured: tuple[int, int] = self.page.evaluate("""() => {
            const heights = [...document.querySelectorAll("button")].map((one) => one.offsetHeight).filter(Boolean);
            return [document.documentElement.scrollWidth, Math.min(...heights)];
        }""")
        return measured

    def select(self, sheet: str, cell: str) -> None:
        """A click on a cell."""
        select = "(excel, [sheet, cell]) => excel.book.sheets.find((one) => one.Name === sheet).GetRange(cell).Select()"
        self.excel(select, [sheet, cell])

    def choose(self, words: str) -> None:
        self.page.get_by_role("button", name=words, exact=True).click()

    def sign_in(self, words: str) -> None:
        self.page.fill("#token", words)
        self.page.keyboard.press("Enter")


@contextmanager
def open_pane(
    browser: Browser,
    service: Service,
    book: Book,
    *,
    role: str | None = "city",
    size: tuple[int, int] = NARROW,
    locale: str = "vi-VN",
    instead: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Pane]:
    """Excel opens with a workbook and the pane beside it, signed in with a role or (None) not yet. ``locale`` is that
    of Windows; ``instead`` gives the page another program text for an address."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale=locale)
    if role is not None:
        context.add_init_script(f"localStorage.setItem('ctdToken', {json.dumps(service.words[role])})")
    page = context.new_page()
    pane = Pane(page, service)
    library = "\n".join(
        (office_js(), f"globalThis.excelToBe = {json.dumps(book)};", (HERE / "excel.js").read_text("utf-8"))
    )

    for address, program in {"**/office.js": library, **instead}.items():
        page.route(address, partial(_give, program))
    page.on("console", lambda told: pane.told.append(f"{told.type}: {told.text}"))
    page.on("pageerror", lambda error: pane.complaints.append(str(error)))
    page.on("requestfailed", lambda request: pane.complaints.append(f"failed {request.url}"))
    page.goto(f"{service.url}{service.pages}/taskpane.html")
    page.wait_for_function("globalThis.testExcel?.functions().length && document.querySelector('#view h2')")
    try:
        yield pane
    finally:
        context.close()


def _give(program: str, route: Route) -> None:
    route.fulfill(content_type="text/javascript", body=program)


def launch(playwright: Playwright) -> Browser:
    """The system's Chromium, else Playwright's own, without its conversations with its makers."""
    quiet = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
    installed = next(filter(None, map(shutil.which, BROWSERS)), None)
    return playwright.chromium.launch(executable_path=installed, args=["--no-sandbox", "--disable-gpu", *quiet])


__all__ = ["NARROW", "WIDE", "Mapping", "Pane", "launch", "open_pane"]
