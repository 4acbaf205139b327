"""Worksheet functions as Excel calls them: through xlwings' client and Microsoft's CustomFunctions, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from excel_books import plain_book
from pane import Pane, open_pane
from playwright.sync_api import Browser
from running_service import Service

from xl_ctd.calling import CellError, Grid, NoFacts, call
from xl_ctd.registry import FUNCTIONS

SOME: Grid = [[1], [0.5], ["1.250"], ["12,5"], [""], ["Thu"], ["01/02/2024"], [45_000], [True], ["#N/A"], ["TYLE"]]


@pytest.fixture(scope="module")
def pane(browser: Browser, asked: Service) -> Iterator[Pane]:
    with open_pane(browser, asked, plain_book(Trang1=[["a"]])) as opened:
        yield opened


def as_excel_shows(answer: Grid) -> Any:
    """What Python answers as it should stand in cells: blanks as empty text, errors with their reason."""
    return [[shown(cell) for cell in row] for row in answer]


def shown(cell: object) -> object:
    if cell is None:
        return ""
    if not isinstance(cell, CellError):
        return cell
    has_reason = cell.code in ("#VALUE!", "#N/A") and cell.reason
    return {"error": cell.code, "reason": cell.reason if has_reason else None}


def in_excel(answer: Any) -> Any:
    """The page's answer with Microsoft's error objects in the same words."""
    if isinstance(answer, dict):
        return {"error": answer["basicValue"], "reason": answer.get("message")}
    return [[in_excel(cell) if isinstance(cell, dict) else cell for cell in row] for row in answer]


def test_every_function_of_the_registry_is_known_to_excel(pane: Pane) -> None:
    assert sorted(FUNCTIONS) == sorted(pane.excel("(excel) => excel.functions()"))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_excel_shows_what_python_answers(pane: Pane, name: str) -> None:
    for grid in ([[1]], SOME, [["không phải số"]]):
        arguments = [grid] * len(FUNCTIONS[name].parameters)
        assert as_excel_shows(call(name, arguments, NoFacts())) == in_excel(pane.calculate(name, arguments))


def test_an_argument_left_out_arrives_as_nothing(pane: Pane) -> None:
    given = [[[0.9]], [["TYLE"]], [[0.8]]]

    assert [["ĐẠT"]] == pane.calculate("TRANGTHAI", [*given, None])


def test_error_cells_and_linked_values_of_a_range_are_understood(pane: Pane) -> None:
    rate = {"type": "FormattedNumber", "basicValue": 8, "numberFormat": "0"}
    wrong = {"type": "Error", "basicType": "Error", "basicValue": "#REF!"}

    assert [[0.8]] == pane.calculate("TYLE", [[[rate]], [[10]]])
    assert "#REF!" == in_excel(pane.calculate("TYLE", [[[wrong]], [[10]]]))[0][0]["error"]


def test_one_recalculation_is_one_request(pane: Pane) -> None:
    before = len([line for line in pane.service.log() if line.get("route") == "/api/functions"])
    answers = pane.excel(
        "(excel) => Promise.all(Array.from({length: 300}, (_, n) => excel.calculate('TYLE', [[[n]], [[300]]])))"
    )

    assert [[[n / 300]] for n in range(300)] == answers
    assert 1 == len([line for line in pane.service.log() if line.get("route") == "/api/functions"]) - before


def test_without_a_sign_in_the_cell_says_so(browser: Browser, asked: Service) -> None:
    with open_pane(browser, asked, plain_book(Trang1=[["a"]]), role=None) as pane:
        answer = in_excel(pane.calculate("TYLE", [[[8]], [[10]]]))

    assert ("#VALUE!", True) == (answer["error"], "đăng nhập" in answer["reason"])
