"""Worksheet functions as Excel calls them: through xlwings' client and Microsoft's CustomFunctions, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from excel_books import plain_book
from pane import Pane, open_pane
from playwright.sync_api import Browser
from running_service import Service

from xl_ctd.calling import FUNCTIONS


@pytest.fixture(scope="module")
def pane(browser: Browser, asked: Service) -> Iterator[Pane]:
    with open_pane(browser, asked, plain_book(Trang1=[["a"]])) as opened:
        yield opened


def test_every_function_of_the_registry_is_known_to_excel(pane: Pane) -> None:
    assert sorted(FUNCTIONS) == sorted(pane.excel("(excel) => excel.functions()"))


def test_a_whole_range_is_answered_in_one_spill(pane: Pane) -> None:
    assert [[12.5], [1250], [""]] == pane.calculate("SO", [[["12,5"], ["1.250"], [""]]])
