"""What can go wrong between the pane, Excel and the service: one sentence, and the workbook as before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from excel_books import Book, book_of, plain_book
from office import Office
from pane import Pane, open_pane
from playwright.sync_api import Browser, Route
from running_service import Service, running_service

from sync.service_page_key import PageKey
from sync.settings import load_settings
from xl_ctd.messages import message

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning"),
    pytest.mark.xdist_group("browser"),
]

MERGE_ROAD = "**/custom-scripts-call/hop_nhat"


@pytest.fixture(scope="module")
def office(sent: Office, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """What goes wrong never reaches the master's file, so one office serves all."""
    return sent.copy_to(tmp_path_factory.mktemp("troubles") / "office")


@pytest.fixture(scope="module")
def service(office: Office) -> Iterator[Service]:
    with running_service(office.folder / "kept", "--no-tls", "--master", office.master) as running:
        yield running


@pytest.fixture(scope="module")
def book(office: Office) -> Book:
    return book_of(office.master)


def text(pane: Pane, code: str) -> str:
    return str(pane.page.evaluate("code => JSON.parse(document.getElementById('ctd').textContent).texts[code]", code))


def look_and_agree(pane: Pane) -> None:
    pane.press("hop_nhat")
    pane.title()
    pane.choose("Đồng ý")


def test_a_service_that_is_down_is_told_and_nothing_is_lost(browser: Browser, office: Office, book: Book) -> None:
    with (
        running_service(office.folder / "down", "--no-tls", "--master", office.master) as service,
        open_pane(browser, service, book) as pane,
    ):
        before = pane.content()
        service.stop()
        pane.press("hop_nhat")

        assert text(pane, "pane-service-down") == pane.wrong()
        assert before == pane.content()


def test_an_older_pane_is_asked_to_load_again(browser: Browser, service: Service, book: Book) -> None:
    with open_pane(browser, service, book) as pane:
        before = pane.content()

        def as_an_older_pane(route: Route) -> None:
            route.continue_(headers={**route.request.headers, "x-ctd-version": "0.0.9"})

        pane.page.route("**/custom-scripts-call/*", as_an_older_pane)
        pane.press("hop_nhat")

        assert text(pane, "pane-outdated") == pane.wrong()
        assert before == pane.content()
        assert pane.page.get_by_role("button", name=text(pane, "pane-reload")).is_visible()


def test_a_token_that_was_revoked_leads_back_to_the_sign_in(browser: Browser, service: Service, book: Book) -> None:
    with service.client("admin") as client:
        words = client.post("/api/tokens", json={"name": "Máy 2", "role": "city"}).json()["words"]
    with open_pane(browser, service, book, role=None) as pane:
        before = pane.content()
        pane.sign_in(words)
        pane.page.wait_for_selector("#action-hop_nhat")
        assert "Máy 2" == pane.page.inner_text("#person")
        with service.client("admin") as client:
            client.delete(f"/api/tokens/{words.split('-')[1]}").raise_for_status()
        pane.press("hop_nhat")

        assert "thu hồi" in pane.wrong()
        assert pane.page.is_visible("#token")
        assert before == pane.content()


def test_a_wrong_token_opens_nothing(browser: Browser, service: Service) -> None:
    with open_pane(browser, service, plain_book(Trang1=[["a"]]), role=None) as pane:
        pane.sign_in("ctd-khong-co")

        assert "mã đăng nhập không đúng" in pane.wrong()
        assert pane.page.is_visible("#token")


def test_a_reader_may_look_and_not_merge(browser: Browser, service: Service, book: Book) -> None:
    with open_pane(browser, service, book, role="reader") as pane:
        before = pane.content()
        look_and_agree(pane)

        assert "reader" in pane.wrong()
        assert before == pane.content()


def test_a_sheet_deleted_during_the_merge_stops_it_before_anything_is_written(
    browser: Browser, service: Service, book: Book
) -> None:
    with open_pane(browser, service, book) as pane:
        look_and_delete = """(excel) => {
            let done = false;
            excel.meanwhile(() => {
                const answered = performance.getEntriesByType("resource").some((one) => one.name.endsWith("/hop_nhat"));
                if (done || !answered) return;
                done = true;
                excel.book.remove(excel.book.sheets.find((sheet) => sheet.Name === "Hỗ trợ"));
            });
        }"""
        pane.excel(look_and_delete)
        before = pane.content()
        look_and_agree(pane)

        assert text(pane, "pane-workbook-changed") == pane.wrong()
        assert [sheet for sheet in before if sheet["name"] != "Hỗ trợ"] == pane.content()


def test_a_cell_typed_during_the_merge_is_kept_and_the_next_try_finishes(
    browser: Browser, service: Service, book: Book
) -> None:
    with open_pane(browser, service, book) as pane:
        type_meanwhile = """(excel) => {
            let done = false;
            excel.meanwhile(() => {
                const answered = performance.getEntriesByType("resource").some((one) => one.name.endsWith("/hop_nhat"));
                if (done || !answered) return;
                done = true;
                excel.book.sheets.find((sheet) => sheet.Name === "Dân số").own(30, 2).v = "ghi chú";
            });
        }"""
        pane.excel(type_meanwhile)
        look_and_agree(pane)
        assert text(pane, "pane-workbook-changed") == pane.wrong()

        pane.choose(text(pane, "pane-again"))
        pane.title()
        pane.choose("Đồng ý")
        pane.title()
        [population] = [sheet for sheet in pane.content() if sheet["name"] == "Dân số"]
        assert "ghi chú" == population["cells"]["30,2"]["v"]
        assert [] == pane.excel("(excel) => excel.refusals")


def test_a_read_only_workbook_is_told(browser: Browser, service: Service, book: Book) -> None:
    with open_pane(browser, service, {**book, "readOnly": True}) as pane:
        before = pane.content()
        look_and_agree(pane)

        assert text(pane, "pane-not-written") == pane.wrong()
        assert before == pane.content()


def test_excel_failing_half_way_is_told_with_what_to_do(browser: Browser, service: Service, book: Book) -> None:
    with open_pane(browser, service, book) as pane:
        pane.excel(
            """(excel) => excel.meanwhile(() => {
                if (excel.book.writes >= 5) excel.book.readOnly = true;
            })"""
        )
        look_and_agree(pane)

        assert text(pane, "pane-half-written") == pane.wrong()


@pytest.mark.parametrize("name", ["Sổ khác.xlsx", "so-tong-hop.xlsx"])
def test_another_workbook_is_not_touched(browser: Browser, service: Service, name: str) -> None:
    with open_pane(browser, service, plain_book(name, Trang1=[["Mã", "Số"], ["A", 1]])) as pane:
        before = pane.content()
        pane.press("hop_nhat")

        assert name in pane.wrong()
        assert before == pane.content()


def test_sentences_are_vietnamese_also_where_windows_is_english(browser: Browser, service: Service) -> None:
    book = plain_book("Sổ khác.xlsx", Trang1=[["Mã", "Số"]])
    with open_pane(browser, service, book, locale="en-US") as pane:
        reason = pane.calculate("SO", [[["12k"]]])[0][0]["message"]
        pane.press("hop_nhat")

        assert "Đối số “văn bản”: Không đọc được số “12k”. Hãy nhập số, ví dụ 1.250 hoặc 12,5." == reason
        assert "Sổ đang mở là “Sổ khác.xlsx”, không phải sổ tổng hợp so-tong-hop.xlsx." in pane.wrong()


def test_the_information_for_support_holds_nothing_that_was_typed(browser: Browser, service: Service) -> None:
    with open_pane(browser, service, plain_book("Sổ khác.xlsx", Trang1=[["Nguyễn Văn A"]])) as pane:
        pane.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        pane.press("hop_nhat")
        pane.wrong()
        pane.choose(text(pane, "pane-copy-support"))
        pane.page.wait_for_selector(f"text={text(pane, 'pane-copied')}")
        copied = pane.page.evaluate("navigator.clipboard.readText()")

    names = [line.partition(":")[0] for line in copied.splitlines()]
    assert ["when", "action", "kind", "status", "code", "sentence", "version", "host"] == names
    assert "Nguyễn" not in copied


def test_the_information_for_support_holds_no_key_of_an_address(browser: Browser, service: Service, book: Book) -> None:
    with open_pane(browser, service, book) as pane:
        pane.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        failing = """(pages) => {
            globalThis.xwRequest.post = () => { throw new Error(`Failed to fetch ${location.origin}${pages}/x.js`); };
        }"""
        pane.page.evaluate(failing, service.pages)
        pane.press("tien_do")
        assert text(pane, "pane-unexpected") == pane.wrong()
        pane.choose(text(pane, "pane-copy-support"))
        pane.page.wait_for_selector(f"text={text(pane, 'pane-copied')}")
        copied = pane.page.evaluate("navigator.clipboard.readText()")

    assert f"cause: Failed to fetch {service.url}/xl/…/x.js" in copied.splitlines()
    assert service.pages not in copied


def test_a_pane_whose_key_was_renewed_says_so_and_stays_signed_in(browser: Browser, office: Office, book: Book) -> None:
    folder = office.folder / "renewed"
    with (
        running_service(folder, "--no-tls", "--master", office.master) as service,
        open_pane(browser, service, book) as pane,
    ):
        before = pane.content()
        PageKey(load_settings(folder=folder).page_key).renew()
        pane.press("hop_nhat")

        assert message("page-key-wrong") == pane.wrong()
        assert before == pane.content()
        assert service.words["city"] == pane.page.evaluate("localStorage.getItem('ctdToken')")
        pane.page.reload()
        assert message("page-key-wrong") == pane.page.inner_text("body")
