"""The board is formulas: LibreOffice must find the same figures in them that were put into the tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from workbooks.build_master import build_master
from workbooks.master_tables import Figure, figure_rows
from xl_ctd.core.setup import Setup

# What openpyxl does not know (sparklines, data bars) it says and drops; these tests look at the rest.
pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported")


@pytest.fixture(scope="module")
def of_year(tmp_path_factory: pytest.TempPathFactory, tu_son: Setup, sample: Any) -> Callable[[int], Any]:

    books: dict[int, Any] = {}

    def read(year: int) -> Any:
        if year not in books:
            folder = tmp_path_factory.mktemp(f"year-{year}")
            sample.build(folder / "master.xlsx", replace(tu_son, shown_year=year))
            books[year] = openpyxl.load_workbook(sample.recalculated(folder / "master.xlsx", folder), data_only=True)
        return books[year]

    return read


def column(sheet: Any, letters: str, first: int, last: int) -> list[Any]:
    return [sheet[f"{letters}{row}"].value for row in range(first, last + 1)]


def test_the_board_shows_the_figures_of_its_year(of_year: Callable[[int], Any], sample: Any) -> None:
    sheet = of_year(2024)["Bảng điều hành"]

    assert [row[0] for row in sample.city] == column(sheet, "B", 10, 23)
    assert [row[5] for row in sample.city] == column(sheet, "D", 10, 23)
    assert [row[6] for row in sample.city] == column(sheet, "E", 10, 23)
    assert [row[7] for row in sample.city] == column(sheet, "G", 10, 23)
    assert [sample.said(row) for row in sample.city] == column(sheet, "H", 10, 23)
    assert [row[8] or row[9] or None for row in sample.city] == [text or None for text in column(sheet, "I", 10, 23)]
    assert [row[10] for row in sample.city] == column(sheet, "K", 10, 23)


def test_the_cards_count_the_words(of_year: Callable[[int], Any]) -> None:
    sheet = of_year(2024)["Bảng điều hành"]

    assert [10, 3, 1, "83 %"] == [sheet[f"{letters}6"].value for letters in "BDGI"]
    assert "1 chậm lộ trình · 0 chưa đủ số liệu" == sheet["G7"].value
    assert "nộp đúng hạn (10/12 phường)" == sheet["I7"].value


def test_the_heading_carries_the_caveats(of_year: Callable[[int], Any]) -> None:
    sheet = of_year(2024)["Bảng điều hành"]

    assert [
        "HỘI CHỮ THẬP ĐỎ · KHU VỰC TỪ SƠN",
        "Kế hoạch 17-KH/TU ngày 30/3/2023 · Ban Thường vụ Thành ủy Từ Sơn · số liệu đến 31/12/2024 · "
        "năm dương lịch (TK)",
        "đã nhận 11/12 phường, thiếu: Phù Chẩn · hợp nhất lúc 16:05 ngày 06/01/2025, bản 14",
    ] == [sheet[cell].value for cell in ("B1", "B3", "B4")]


def test_another_year_shows_other_figures(of_year: Callable[[int], Any]) -> None:
    sheet = of_year(2023)["Bảng điều hành"]

    assert ["1", "0.712", "0.76"] == column(sheet, "D", 10, 12)
    assert "–" == sheet["D16"].value, "TS-07 has no figure in 2023"
    assert "○ CHƯA HỢP NHẤT" == sheet["H16"].value
    assert "100 %" == sheet["I6"].value


def test_a_year_without_a_merge_is_not_a_year_of_zeros(of_year: Callable[[int], Any]) -> None:
    sheet = of_year(2030)["Bảng điều hành"]

    assert ["–"] * 14 == column(sheet, "D", 10, 23)
    assert ["○ CHƯA HỢP NHẤT"] * 14 == column(sheet, "H", 10, 23)
    assert [0, 0, 14, "–"] == [sheet[f"{letters}6"].value for letters in "BDGI"]


def test_units_stand_in_official_order_the_city_last(of_year: Callable[[int], Any], tu_son: Setup, sample: Any) -> None:
    sheet = of_year(2024)["Theo phường"]
    units = [unit.name for unit in tu_son.units.expected_in(2024)]

    assert [*units, "Thành phố Từ Sơn", None] == [name or None for name in column(sheet, "A", 9, 22)]
    assert [str(bags) for bags in sample.blood] == column(sheet, "I", 9, 20)
    assert "274.567.890" == sheet["O21"].value


def test_city_totals_are_the_sum_of_the_units_and_the_ratio_of_sums(of_year: Callable[[int], Any], sample: Any) -> None:
    sheet = of_year(2024)["Theo phường"]
    have, of = (sum(pair) for pair in zip(*sample.with_branch, strict=True))

    assert pytest.approx(have / of) == sheet["C8"].value
    assert sum(sample.blood) == sheet["I8"].value
    assert f"{sum(fund >= 20_000_000 for fund in sample.funds)}/12" == sheet["M8"].value
    assert 12 * 80_000_000 + 274_567_890 == sheet["O8"].value
    assert "–" == sheet["N8"].value, "the city's own fund has no sum of wards"


def test_a_figure_leads_to_its_rows_in_two_clicks(filled: Callable[[int], Path], tmp_path: Path, sample: Any) -> None:
    path = sample.recalculated(filled(2024), tmp_path)
    formulas, values = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    first = formulas["Bảng điều hành"]["D17"].value
    second = formulas["Theo phường"]["I12"].value

    assert "#'Theo phường'!I3" in first
    assert "'_Số liệu'!$AB:$AB" in second.replace("$'_Số liệu'", "'_Số liệu'")
    row = next(row for row in values["_Số liệu"].iter_rows(min_row=5, values_only=True) if row[0] == KEY)
    tab, line = row[27], row[28]
    target = values[tab]
    header = [cell.value for cell in target[4]]
    assert ["CTD_09376_2024.xlsx", "Hiến máu", 7] == [
        target.cell(line, header.index(name) + 1).value for name in ("Tệp nguồn", "Trang tính", "Dòng")
    ]


KEY = "2024|TS.2021.09376|TS-08"


def test_no_cell_shows_an_error(of_year: Callable[[int], Any]) -> None:
    book = of_year(2024)
    wrong = [
        (sheet.title, cell.coordinate, cell.value)
        for sheet in book
        if sheet.sheet_state == "visible"
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "e"
    ]

    assert [] == wrong


def test_targets_show_figures_beside_the_plans_words(of_year: Callable[[int], Any], sample: Any) -> None:
    sheet = of_year(2024)["Chỉ tiêu"]

    assert [row[5] for row in sample.city] == column(sheet, "E", 5, 18)
    assert "✘ CHƯA ĐẠT" == sheet["H6"].value
    assert "Phân đấu đạt tỷ lệ 80%" in sheet["D6"].value


def test_tasks_count_the_wards_that_reported(of_year: Callable[[int], Any]) -> None:
    sheet = of_year(2024)["Kế hoạch nhiệm vụ"]

    assert {"0/12", "–"} == set(column(sheet, "J", 5, 40))


def test_a_units_figure_never_stands_in_for_the_groups(tmp_path: Path, tu_son: Setup, sample: Any) -> None:
    ward = tu_son.units.expected_in(2024)[0]
    figure = Figure(2024, ward.uid, "TS-08", unit=ward.name, order=1, value=300, value_text="300")
    path = tmp_path / "master.xlsx"
    build_master(path, setup=tu_son, created=date(2024, 1, 2), bodies={"tblSoLieu": figure_rows([figure])})
    book = openpyxl.load_workbook(sample.recalculated(path, tmp_path), data_only=True)

    assert ("–", "300") == (book["Bảng điều hành"]["D17"].value, book["Theo phường"]["I9"].value)


@pytest.mark.parametrize(("choice", "half_way"), [("TT", 0.0155), ("KEP", 0.006 * (0.025 / 0.006) ** 0.5)])
def test_the_trajectory_ahead_follows_the_convention(
    tmp_path: Path, tu_son: Setup, sample: Any, choice: str, half_way: float
) -> None:
    own = replace(tu_son, conventions=dict(tu_son.conventions) | {"TS09_LO_TRINH": choice})
    path = tmp_path / "master.xlsx"
    sample.build(path, own)
    drawn = openpyxl.load_workbook(sample.recalculated(path, tmp_path), data_only=True)["_Bảng"]

    # From 0,6 % in 2023 to 2,5 % in 2033.
    assert (2028, pytest.approx(half_way)) == (drawn["W10"].value, drawn["X10"].value)
