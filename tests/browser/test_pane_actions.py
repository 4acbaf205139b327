"""Every button of the ribbon, and what a person does with its answer: jump, decide, go back, by mouse and keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from excel_books import book_of
from office import UNITS, Office
from office import ward_tables as rows_of_a_ward
from pane import Pane, open_pane
from playwright.sync_api import Browser
from running_service import Service, running_service

from xl_ctd.messages import message
from xl_ctd.ribbon import ACTIONS

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning"),
    pytest.mark.xdist_group("browser"),
]

GIVEN = "HT-00"
"""The code of the help whose value ward and city write differently."""


@pytest.fixture(scope="module")
def office(sent: Office, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Merged once by the command line; since then one ward has sent another value."""
    office = sent.copy_to(tmp_path_factory.mktemp("actions") / "office")
    office.merge()
    tables = rows_of_a_ward(UNITS[0], of_each=4)
    tables["HO_TRO"][0]["GIA_TRI"] = 700_000
    office.send(UNITS[0], tables)
    return office


@pytest.fixture(scope="module")
def service(office: Office) -> Iterator[Service]:
    with running_service(office.folder / "kept", "--no-tls", "--master", office.master) as running:
        yield running


@pytest.fixture(scope="module")
def pane(browser: Browser, service: Service, office: Office) -> Iterator[Pane]:
    with open_pane(browser, service, book_of(office.master)) as opened:
        yield opened


def test_the_ribbon_knows_every_action_but_google_where_none_was_set_up(pane: Pane) -> None:
    wanted = [action.id for action in ACTIONS if action.id != "google_sheets"]

    assert sorted(wanted) == sorted(pane.excel("(excel) => excel.buttons()"))
    assert wanted == pane.page.eval_on_selector_all(".action", "all => all.map((one) => one.id.replace('action-', ''))")


@pytest.mark.parametrize(
    ("action", "title"),
    [
        ("xem_truoc", "live-preview-title"),
        ("tien_do", "action-tien_do"),
        ("kiem_tra", "action-kiem_tra"),
        ("xung_dot", "action-xung_dot"),
        ("nguon_so_lieu", "action-nguon_so_lieu"),
        ("gui_mau", "action-gui_mau"),
        ("tra_lai", "action-tra_lai"),
        ("bao_cao", "action-bao_cao"),
        ("tro_giup", "action-tro_giup"),
    ],
)
def test_a_button_answers_in_the_pane_and_changes_no_cell(pane: Pane, action: str, title: str) -> None:
    before = pane.content()
    pane.excel("(excel) => { excel.book.sheets.find((one) => one.Name === 'Hỗ trợ').GetRange('H7').Select(); }")
    pane.press(action)

    assert message(title) == pane.title()
    assert [] == pane.page.query_selector_all("#view .wrong:not(:empty)")
    assert ([], []) == (pane.excel("(excel) => excel.refusals"), pane.complaints)
    assert before == pane.content()


def test_a_finding_of_another_file_says_which_to_open(pane: Pane) -> None:
    pane.press("kiem_tra")
    pane.title()
    pane.page.locator("button.cell").first.click()

    assert "CTD_" in pane.wrong()


def test_a_finding_of_the_open_workbook_selects_its_cell(browser: Browser, service: Service, office: Office) -> None:
    ward = office.ward_file()
    with open_pane(browser, service, book_of(ward)) as pane:
        pane.press("kiem_tra")
        pane.title()
        cell = pane.page.locator(f".page:has-text('{ward.name}') button.cell").first
        wanted = cell.inner_text()
        cell.click()
        pane.page.wait_for_function("testExcel.book.selected")

        assert ["Cơ quan, đơn vị", wanted] == pane.excel("(excel) => excel.selection()")


def test_the_pane_is_used_without_a_mouse(pane: Pane) -> None:
    pane.press("tro_giup")
    pane.title()
    assert "H2" == pane.page.evaluate("document.activeElement.tagName")
    pane.page.keyboard.press("Escape")
    pane.page.wait_for_selector(".action")
    order = []
    for _ in range(3):
        pane.page.keyboard.press("Tab")
        order.append(pane.page.evaluate("document.activeElement.id"))
    assert ["action-hop_nhat", "action-xem_truoc", "action-hoan_tac"] == order
    pane.page.keyboard.press("Tab")
    pane.page.keyboard.press("Enter")
    pane.page.wait_for_selector(".bar-of-work")
    assert message("action-tien_do") == pane.title()


def test_a_conflict_is_decided_in_the_pane_and_stands_in_the_workbook(
    browser: Browser, service: Service, office: Office
) -> None:
    with open_pane(browser, service, book_of(office.master)) as pane:
        place = pane.excel(
            """(excel, given) => {
                const sheet = excel.book.sheets.find((one) => one.Name === "Hỗ trợ");
                const [key] = [...sheet.cells].find(([, cell]) => cell.v === given);
                const row = Number(key.split(",")[0]);
                const [value] = [...sheet.cells].find(([at, cell]) => at.startsWith(`${row},`) && cell.v === 500000);
                sheet.cells.get(value).v = 600000;
                return value;
            }""",
            GIVEN,
        )
        pane.press("hop_nhat")
        pane.title()
        pane.choose("Đồng ý")
        assert message("live-merged-title") == pane.title()
        assert 600_000 == value_at(pane, place)

        assert ["500.000", "700.000", "600.000"] == pane.page.locator(".conflicts .value b").all_inner_texts()
        pane.page.locator(".conflicts input[value=ward]").check()
        pane.choose(message("pane-decide", {"count": 1}))
        assert message("action-xung_dot") == pane.title()
        assert 700_000 == value_at(pane, place)
        assert ([], []) == (pane.excel("(excel) => excel.refusals"), pane.complaints)


def value_at(pane: Pane, place: str) -> Any:
    [sheet] = [one for one in pane.content() if one["name"] == "Hỗ trợ"]
    return sheet["cells"][place]["v"]
