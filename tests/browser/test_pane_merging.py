"""Merging from the pane: look, agree, undo, with the open workbook as witness."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from excel_books import book_of, table_rows
from office import Office
from pane import Pane, open_pane
from playwright.sync_api import Browser
from running_service import Service

from workbooks.layouts import table_name
from xl_ctd.core.tables import TABLES

DATA = tuple(table_name(table) for table in TABLES)

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")


@pytest.fixture
def pane(browser: Browser, service: Service, office: Office) -> Iterator[Pane]:
    with open_pane(browser, service, book_of(office.master)) as opened:
        yield opened


def data(sheets: Sequence[Mapping[str, Any]]) -> dict[str, list[list[Any]]]:
    """The units' rows, each table in an order of its own."""
    rows = table_rows(sheets)
    return {name: sorted((row for row in rows[name] if any(row)), key=repr) for name in DATA}


def test_looking_agreeing_and_undoing_leave_what_the_command_line_leaves(pane: Pane, office: Office) -> None:
    untouched = data(pane.content())

    pane.press("hop_nhat")
    assert "Xem trước khi hợp nhất" == pane.title()
    assert untouched == data(pane.content())

    pane.choose("Đồng ý")
    assert "Đã hợp nhất" == pane.title()
    merged = data(pane.content())
    beside = office.copy_to(office.folder.parent / "beside")
    beside.workspace.folder.rename(beside.folder / "other.ctd")  # its ledger knows of the merge already
    beside.merge()
    assert data(book_of(beside.master)["sheets"]) == merged

    pane.press("hoan_tac")
    assert "Hoàn tác" == pane.title()
    assert untouched == data(pane.content())
    assert ([], []) == (pane.excel("(excel) => excel.refusals"), pane.complaints)
