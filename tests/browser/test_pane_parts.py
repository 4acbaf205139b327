"""Parts of the pane that no ribbon button alone shows: long tables, jumps that fail, what is sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from excel_books import book_of
from office import Office
from pane import Pane, open_pane
from playwright.sync_api import Browser
from running_service import Service

from xl_ctd.messages import message

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning"),
    pytest.mark.xdist_group("browser"),
]

OWN = {"name": "Ghi chú riêng", "cells": {"0,0": {"v": "của văn phòng"}}}
HIDDEN = {"name": "Nháp", "visibility": "Hidden", "cells": {}}


@pytest.fixture(scope="module")
def pane(browser: Browser, asked: Service, merged: Office) -> Iterator[Pane]:
    """The master with two sheets of the office's own."""
    book = book_of(merged.master)
    with open_pane(browser, asked, {**book, "sheets": [*book["sheets"], OWN, HIDDEN]}) as opened:
        yield opened


def test_sheets_of_the_offices_own_stay_in_the_workbook(pane: Pane) -> None:
    sent = pane.sent_with("nguon_so_lieu")
    sheets = {sheet["name"]: sheet["values"] for sheet in sent["sheets"]}

    assert [[]] == sheets["Ghi chú riêng"]
    assert len(sheets["Hỗ trợ"]) > 8


def test_of_a_long_table_the_rest_is_shown_when_asked_for(pane: Pane) -> None:
    shown = """async (pages) => {
        const { table } = await import(`${pages}/static/ctd/show.js`);
        const rows = Array.from({ length: 20 }, (_, n) => ["2024", "09367", n ? "1.250,5" : "", `dòng ${n}`]);
        const made = table({ title: "Dài", headers: ["Năm", "Mã", "Tiền", "Chữ"], rows, kind: "" });
        document.getElementById("view").replaceChildren(made);
        return [...made.querySelectorAll("tbody tr:last-child td")].map((cell) => cell.className);
    }"""
    assert ["", "", "number", ""] == pane.page.evaluate(shown, pane.service.pages)  # years and codes are no numbers
    rows = pane.page.locator("#view tbody tr")
    assert 12 == rows.count()

    pane.choose(message("pane-show-more", {"count": 8}))
    assert 20 == rows.count()
    assert 0 == pane.page.get_by_role("button", name=message("pane-show-more", {"count": 8})).count()


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ({"sheet": "Không có", "cell": "B7"}, message("pane-sheet-gone", {"sheet": "Không có"})),
        ({"sheet": "Nháp", "cell": "B7"}, message("pane-sheet-hidden", {"sheet": "Nháp"})),
        ({"sheet": "Hỗ trợ", "cell": "7"}, message("pane-cell-unreachable", {"sheet": "Hỗ trợ", "cell": "7"})),
        (
            {"file": "khác.xlsx", "sheet": "Hỗ trợ", "cell": "B7"},
            message("pane-cell-elsewhere", {"file": "khác.xlsx", "sheet": "Hỗ trợ", "cell": "B7"}),
        ),
    ],
)
def test_a_cell_that_cannot_be_reached_is_told(pane: Pane, place: dict[str, str], sentence: str) -> None:
    jump = """async ([pages, place]) => {
        const { jump } = await import(`${pages}/static/ctd/workbook.js`);
        return jump(place).then(() => "", (error) => error.message);
    }"""

    assert sentence == pane.page.evaluate(jump, [pane.service.pages, place])
