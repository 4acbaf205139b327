"""Worksheet functions as Excel calls them: through xlwings' client and Microsoft's CustomFunctions, over HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from asking import column, serial
from excel_books import plain_book
from office import UNITS, YEAR, Office
from pane import Pane, open_pane
from playwright.sync_api import Browser
from running_service import Service

from sync.facts import facts_of
from xl_ctd.calling import CellError, Grid, call
from xl_ctd.facts import Facts
from xl_ctd.registry import FUNCTIONS

pytestmark = pytest.mark.xdist_group("browser")

B = None
WARD = UNITS[0]
UNREADABLE = {
    "error": "#VALUE!",
    "reason": "Đối số “văn bản”: Không đọc được số “12k”. Hãy nhập số, ví dụ 1.250 hoặc 12,5.",
}
CASES: dict[str, tuple[tuple[Any, ...], Any]] = {
    "GIATRI": (("TS-12", YEAR, WARD.code), 9_000_006),
    "MUCTIEU": (("TS-08", YEAR, B, "U"), 1400),
    "TYLE": ((column(8, 15, 3), column(10, 20, 3)), round(26 / 33, 12)),
    "DAT": ((0.8, "TYLE", 0.8), True),
    "MUCDAT": ((760, "KHOANG", 800, 1400), 0.95),
    "TRANGTHAI": (
        (column(760, 800, 1520, "#DIV/0!"), "KHOANG", 800, 1400),
        ["CHƯA ĐẠT", "ĐẠT", "VƯỢT", "KHÔNG ÁP DỤNG"],
    ),
    "TRANGTHAI_KHOANG": ((0.825, 0.925, "TYLE", 0.8), "ĐẠT (chắc chắn)"),
    "CONTHIEU": ((0.7995, "TYLE", 0.8, 2000), 1),
    "LOTRINH": ((0.6, 2023, 2.5, 2033, 2026), 1.17),
    "NHIP": ((800, "15/12/2025", "14/12/2026", "30/6/2026"), round(800 * 198 / 365, 12)),
    "DEN": ((420, 433.97), "VÀNG"),
    "CAGR": ((0.6, 2.5, 10), round((2.5 / 0.6) ** 0.1 - 1, 12)),
    "DUBAO": ((column(2023, 2024, 2025, 2026), column(0.6, 0.75, 0.9, 1.05), 2033), 2.1),
    "SAN": ((column(25e6, 19_999_999, B), 20e6, "THIEU"), 1),
    "DAYDU": ((10, 12), round(10 / 12, 12)),
    "DUNGHAN": ((column("1/7/2026", "3/7/2026", B), "2/7/2026"), round(1 / 3, 12)),
    "DUYNHAT": ((column("Đồng Kỵ", "ĐỒNG KỴ", "Tam Sơn"),), 2),
    "SO": ((column("1.234.567,89", B, "12k"),), [1_234_567.89, "", UNREADABLE]),
    "TIEN": (("2 tỷ rưỡi",), 2_500_000_000),
    "NGAY": (("ngày 30 tháng 3 năm 2023",), serial(30, 3, 2023)),
    "CHUAN": (("Hôị Chữ thâp̣ đỏ",), "Hội Chữ thập đỏ"),
    "KHONGDAU": (("Phường Đồng Kỵ",), "phuong dong ky"),
    "BANGCHU": ((20_000_000,), "Hai mươi triệu đồng"),
    "KY": (("2026-6T1", "HC", "HAN"), serial(15, 6, 2026)),
    "NGUON": (
        ("Hỗ trợ!H7",),
        "502000 ← CTD_09367_2024.xlsx, trang Hỗ trợ, ô E9: 502000 (Phường Đông Ngàn, năm 2024)",
    ),
    "DONVI": ((WARD.code, "1/7/2025", "KE_THUA"), "Phường Từ Sơn"),
    "NHIEMVU": (("TS-N19", B, "1/6/2024"), "12 đơn vị: 12 thường xuyên – chưa cập nhật kỳ này"),
    "BANGCHITIEU": ((YEAR,), None),
}
"""A call of every function and what Excel must show: a cell, or a column; a whole table is compared with Python's."""

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


@pytest.fixture(scope="module")
def facts(merged: Office) -> Facts:
    return facts_of(merged.master, datetime.now())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_excel_shows_what_python_answers(pane: Pane, facts: Facts, name: str) -> None:
    for grid in ([[1]], SOME, [["không phải số"]]):
        arguments = [grid] * len(FUNCTIONS[name].parameters)
        assert as_excel_shows(call(name, arguments, facts)) == in_excel(pane.calculate(name, arguments))


@pytest.mark.parametrize("runtime", ["1.4", "1.3"])
def test_every_function_shows_its_value_also_in_excel_2021(
    browser: Browser, asked: Service, facts: Facts, runtime: str
) -> None:
    """Excel LTSC 2021 knows ExcelApi 1.14 and CustomFunctionsRuntime 1.3: no typed values beyond errors."""
    old = {"excelapi": "1.14", "sharedruntime": "1.1"} if runtime < "1.4" else {}
    book = {**plain_book(Trang1=[["a"]]), "sets": {"customfunctionsruntime": runtime, **old}}
    with open_pane(browser, asked, book) as pane:
        shown = {name: in_excel(pane.calculate(name, as_excel_asks(name, given))) for name, (given, _) in CASES.items()}

    expected = {name: column(*(value if isinstance(value, list) else [value])) for name, (_, value) in CASES.items()}
    table = as_excel_shows(call("BANGCHITIEU", [[[YEAR]], []], facts))
    assert list(FUNCTIONS) == list(shown)
    assert {**expected, "BANGCHITIEU": table} == {name: rounded(rows) for name, rows in shown.items()}


def as_excel_asks(name: str, given: tuple[Any, ...]) -> list[Any]:
    """Ranges as rows of cells, and nothing for what was left out at the end."""
    grids = [one if isinstance(one, list) else [[one]] for one in given]
    return [*grids, *[None] * (len(FUNCTIONS[name].parameters) - len(grids))]


def rounded(rows: Any) -> Any:
    return [[round(cell, 12) if isinstance(cell, float) else cell for cell in row] for row in rows]


def test_an_argument_left_out_arrives_as_nothing(pane: Pane) -> None:
    given = [[[0.9]], [["TYLE"]], [[0.8]]]

    assert [["ĐẠT"]] == pane.calculate("TRANGTHAI", [*given, None])


def test_error_cells_and_linked_values_of_a_range_are_understood(pane: Pane) -> None:
    rate = {"type": "FormattedNumber", "basicValue": 8, "numberFormat": "0"}
    wrong = {"type": "Error", "basicType": "Error", "basicValue": "#REF!"}

    assert [[0.8]] == pane.calculate("TYLE", [[[rate]], [[10]]])
    assert "#REF!" == in_excel(pane.calculate("TYLE", [[[wrong]], [[10]]]))[0][0]["error"]


def requests(service: Service) -> int:
    """How many were answered so far. A line is written just after its answer went out, so they are left to settle."""
    counted, before = 0, -1
    while counted != before:
        time.sleep(0.5)
        counted, before = len([line for line in service.log() if line.get("route") == "/api/functions"]), counted
    return counted


@pytest.mark.parametrize(("cells", "asked_for"), [(300, 1), (1200, 2)])
def test_one_recalculation_is_one_request_and_a_huge_one_a_few(pane: Pane, cells: int, asked_for: int) -> None:
    before = requests(pane.service)
    answers = pane.excel(
        """(excel, cells) => Promise.all(
            Array.from({ length: cells }, (_, n) => excel.calculate("TYLE", [[[n]], [[300]]])))""",
        cells,
    )

    assert [[[n / 300]] for n in range(cells)] == answers
    assert asked_for == requests(pane.service) - before


def test_without_a_sign_in_the_cell_says_so(browser: Browser, asked: Service) -> None:
    with open_pane(browser, asked, plain_book(Trang1=[["a"]]), role=None) as pane:
        answer = in_excel(pane.calculate("TYLE", [[[8]], [[10]]]))

    assert ("#VALUE!", True) == (answer["error"], "đăng nhập" in answer["reason"])
