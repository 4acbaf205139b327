"""Every button of the ribbon, and what a person does with its answer: jump, decide, go back, by mouse and keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from excel_books import book_of
from office import SETUP, UNITS, YEAR, Office
from office import ward_tables as rows_of_a_ward
from pane import NARROW, Pane, open_pane
from playwright.sync_api import Browser
from running_service import Service, running_service

from xl_ctd.messages import message
from xl_ctd.ribbon import ACTIONS

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning"),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture(scope="module")
def office(merged: Office, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Merged once by the command line; since then one ward has sent another value."""
    office = merged.copy_to(tmp_path_factory.mktemp("actions") / "office")
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


EXPECTED = SETUP.units.expected_in(YEAR)
FILES = [[f"CTD_{unit.code}_{YEAR}.xlsx"] for unit in EXPECTED]
SENT = "06/01/2025 16:05"
OUTCOMES: dict[str, tuple[str, str, list[list[str]]]] = {
    "xem_truoc": (
        "Xem trước khi hợp nhất",
        "Sẽ thêm 0 dòng, sửa 1 dòng, xóa 0 dòng. 0 xung đột, 0 đơn vị phải chờ, 10 đơn vị chưa nộp. "
        "Bấm Đồng ý để hợp nhất.",
        [["09367", "sửa ô", "Hỗ trợ · Giá trị (đồng)", "09367-2VT22TT7YX-G", "500.000", "700.000"]],
    ),
    "tien_do": (
        "Tiến độ nộp",
        "Đã nhận 2 trên 12 sổ phải nộp.",
        [
            *(
                ["2024", unit.name, "trễ 4 ngày", SENT, name, "16", ""]
                for unit, [name] in zip(UNITS[:2], FILES[:2], strict=True)
            ),
            *(["2024", unit.name, "chưa nộp", "", "", "", ""] for unit in EXPECTED[2:]),
        ],
    ),
    "kiem_tra": (
        "Kiểm tra tệp",
        "Đã kiểm tra 2 tệp; 0 tệp có lỗi cần sửa.",
        [[name, unit.code, "16", "", "4"] for unit, [name] in zip(UNITS[:2], FILES[:2], strict=True)],
    ),
    "xung_dot": ("Xung đột", "Không có xung đột nào.", []),
    "nguon_so_lieu": (
        "Nguồn số liệu",
        "Hỗ trợ!H7 = 502000",
        [["Phường Đông Ngàn", "2024", "CTD_09367_2024.xlsx", "Hỗ trợ", "E9", "502000", SENT]],
    ),
    "gui_mau": (
        "Gửi mẫu",
        "Đã tạo 12 sổ mẫu trong {folder}/Mẫu 2024; 0 sổ đã có sẵn được giữ nguyên. Hãy gửi cho từng đơn vị.",
        FILES,
    ),
    "tra_lai": (
        "Trả lại",
        "Đã tạo 2 bản trả lại trong {folder}/Trả lại 2024. Hãy gửi cho từng đơn vị; "
        "đơn vị sửa rồi gửi lại chính tệp đó.",
        FILES[:2],
    ),
    "bao_cao": (
        "Báo cáo Word",
        "Đã tạo {folder}/Báo cáo chỉ tiêu 2024.docx",
        [["Báo cáo chỉ tiêu 2024.docx"]],
    ),
    "tro_giup": ("Trợ giúp", message("help-sentence"), [[one.label(), one.hint()] for one in ACTIONS]),
}
"""Title, sentence and first table; hop_nhat and hoan_tac write (``test_pane_merging``), Google is asked below."""

FINGER = 24
"""Pixels that a button must be high to be touched (WCAG 2.2, 2.5.8)."""

MADE = {"gui_mau": "Mẫu 2024", "tra_lai": "Trả lại 2024", "bao_cao": "."}


@pytest.mark.parametrize("action", OUTCOMES)
def test_a_button_answers_in_the_pane_and_changes_no_cell(pane: Pane, office: Office, action: str) -> None:
    before = pane.content()
    pane.select("Hỗ trợ", "H7")
    pane.press(action)

    title, sentence, tables = pane.answer()
    expected_title, expected, rows = OUTCOMES[action]
    assert (expected_title, expected.format(folder=office.folder)) == (title, sentence)
    assert rows == (tables[0] if tables else [])
    assert [] == pane.page.query_selector_all("#view .wrong:not(:empty)")
    assert ([], []) == (pane.excel("(excel) => excel.refusals"), pane.complaints)
    assert before == pane.content()
    width, lowest = pane.fit()
    assert NARROW[0] == width
    assert lowest >= FINGER
    if action in MADE:
        assert {True} == {(office.folder / MADE[action] / name).is_file() for [name] in rows}


def test_how_far_an_action_is_can_be_asked_only_by_whoever_started_it(pane: Pane, service: Service) -> None:
    ticket = pane.sent_with("xem_truoc")["args"][1]
    with service.client("city") as client:
        assert {"step": "read", "done": 1, "total": 1} == client.get(f"/api/pane/{ticket}").json()
        assert {"step": "", "done": 0, "total": 0} == client.get("/api/pane/unknown").json()
    with service.client("reader") as client:
        assert 404 == client.get(f"/api/pane/{ticket}").status_code


@pytest.mark.parametrize(
    ("formula", "sentence", "rows"),
    [
        ('=CTD.NGUON("Hỗ trợ!H7")', "Hỗ trợ!H7 = 502000", OUTCOMES["nguon_so_lieu"][2]),
        ("=CTD.NGUON('Hỗ trợ'!$AB$60)", "Hỗ trợ!H7 = 502000", OUTCOMES["nguon_so_lieu"][2]),
        ("=_xldudf_CTD_NGUON(AB60)", "Hỗ trợ!H7 = 502000", OUTCOMES["nguon_so_lieu"][2]),
        (
            '=CTD.NGUON("TS-02")',
            "100,0% ← Phường Đông Ngàn: 100,0% (CTD_09367_2024.xlsx); Phường Tam Sơn: 100,0% (CTD_09370_2024.xlsx)",
            None,
        ),
    ],
)
def test_the_source_a_formula_asks_for_is_shown_whole(
    pane: Pane, formula: str, sentence: str, rows: list[list[str]] | None
) -> None:
    """A worksheet function cannot open the pane; the button reads the formula of the selected cell."""
    pane.excel(
        """(excel, formula) => {
            const sheet = excel.book.sheets.find((one) => one.Name === "Hỗ trợ");
            Object.assign(sheet.own(59, 27), { v: "Hỗ trợ!H7" });
            Object.assign(sheet.own(60, 27), { f: formula, v: "…" });
        }""",
        formula,
    )
    pane.select("Hỗ trợ", "AB61")
    pane.press("nguon_so_lieu")

    assert ("Nguồn số liệu", sentence, [rows] if rows else []) == pane.answer()


def test_a_formula_that_asks_for_nothing_known_is_told(pane: Pane) -> None:
    pane.excel(
        """(excel) => Object.assign(excel.book.sheets.find((one) => one.Name === "Hỗ trợ").own(60, 27),
            { f: '=CTD.NGUON("TS-99")', v: 0 })"""
    )
    pane.select("Hỗ trợ", "AB61")
    pane.press("nguon_so_lieu")

    assert "TS-99" in pane.wrong()


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
    pane.page.wait_for_selector(f"#view h2:has-text('{message('action-tien_do')}')")
    assert message("action-tien_do") == pane.title()


def test_conflicts_are_decided_in_the_pane_and_stand_in_the_workbook(
    browser: Browser, service: Service, office: Office
) -> None:
    tables = rows_of_a_ward(UNITS[0], of_each=4)
    for row in tables["HO_TRO"][:3]:
        row["GIA_TRI"] = 700_000
    office.send(UNITS[0], tables)
    with open_pane(browser, service, book_of(office.master)) as pane:
        pane.excel(
            """(excel) => {
                const sheet = excel.book.sheets.find((one) => one.Name === "Hỗ trợ");
                for (const row of [4, 5, 6]) sheet.own(row, 7).v += 100000;
            }"""
        )
        typed = values(pane)
        pane.press("hop_nhat")
        pane.title()
        pane.choose("Đồng ý")
        assert message("live-merged-title") == pane.title()
        assert typed == values(pane)

        cards = pane.page.locator(".conflicts li")
        assert [f"{value}.000" for value in (500, 700, 600)] == cards.first.locator("b").all_inner_texts()
        for place, side in enumerate(("ward", "ward", "master")):
            cards.nth(place).locator(f"input[value={side}]").check()
        pane.choose(message("pane-decide", {"count": 3}))
        assert message("action-xung_dot") == pane.title()
        assert [700_000, 700_000, typed[2]] == values(pane)
        assert ([], []) == (pane.excel("(excel) => excel.refusals"), pane.complaints)


def values(pane: Pane) -> Any:
    return pane.excel(
        "(excel) => excel.book.sheets.find((one) => one.Name === 'Hỗ trợ').GetRange('H5:H7').Values.flat()"
    )
