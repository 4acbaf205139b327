"""An invented year in twelve wards: figures as a merge would write them, for pictures and for recalculation."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from workbooks.build_master import build_master, data_table
from workbooks.master_tables import (
    GROUP,
    NAME_MERGED_AT,
    NAME_VERSION,
    SYMBOLS,
    Cell,
    Figure,
    figure_rows,
)
from xl_ctd.core.setup import Setup
from xl_ctd.core.tables import BY_CODE
from xl_ctd.plans import setup_for

CREATED = date(2025, 1, 6)
BLOOD = (141, 122, 88, 97, 64, 103, 110, 71, 92, 86, 79, 73)
FUNDS = (
    31_500_000,
    22_000_000,
    20_000_000,
    27_300_000,
    45_000_000,
    20_500_000,
    24_000_000,
    33_000_000,
    21_000_000,
    26_400_000,
    38_000_000,
    19_999_999,
)
WITH_BRANCH = ((8, 10), (15, 20), (3, 3), (9, 11), (6, 8), (7, 9), (10, 12), (5, 6), (4, 6), (8, 11), (9, 11), (6, 8))

# target, value, goal, attainment, word, result, goal, attainment, gap, milestone, coverage (in words)
CITY_2024 = (
    ("TS-01", 2, 2, 1.0, "ĐẠT", "2 người", "2–3 người", "100 %", "", "", "–"),
    ("TS-02", 90 / 115, 0.8, 0.978, "CHƯA ĐẠT", "78,3 %", "≥ 80 %", "97,8 %", "cần thêm 2 đơn vị", "", "12/12"),
    ("TS-03", 0.834, 0.8, 1.0425, "ĐẠT", "83,4 %", "≥ 80 %", "104,3 %", "", "", "12/12"),
    ("TS-04", 2, 1, 1.0, "ĐẠT", "2/2 năm", "mọi năm", "100 %", "", "", "12/12"),
    ("TS-05", 2, 1, 1.0, "ĐẠT", "2/2 năm", "mọi năm", "100 %", "", "", "–"),
    ("TS-06", 3, 1, 1.0, "ĐẠT", "3 đội", "≥ 1 đội", "100 %", "", "", "12/12"),
    ("TS-07", 1, 1, 1.0, "ĐẠT", "1 mô hình", "≥ 1 mô hình", "100 %", "", "", "12/12"),
    ("TS-08", 1126, 800, 1.0, "ĐẠT", "1.126 túi", "800–1.400 túi", "100 %", "", "", "12/12"),
    ("TS-09", 0.0075, 0.025, 0.3, "CHẬM LỘ TRÌNH", "0,75 %", "≥ 2,5 %", "30 %", "", "mốc 2024: 0,79 %", "12/12"),
    ("TS-10", 9, 1, 1.0, "ĐẠT", "9 cuộc", "≥ 1 cuộc", "100 %", "", "", "12/12"),
    ("TS-11", 6, 1, 1.0, "ĐẠT", "6 người", "≥ 1 người", "100 %", "", "", "12/12"),
    (
        "TS-12",
        19_999_999,
        20_000_000,
        10 / 12,
        "CHƯA ĐẠT (chắc chắn)",
        "10–11/12 phường",
        "12/12 phường",
        "83,3 %",
        "Phù Khê thiếu 1 đồng",
        "",
        "11/12",
    ),
    (
        "TS-13",
        98_500_000,
        100_000_000,
        0.985,
        "CHƯA ĐẠT",
        "98.500.000 đ",
        "≥ 100 triệu đ",
        "98,5 %",
        "thiếu 1.500.000 đồng",
        "",
        "–",
    ),
    ("TS-14", 1_234_567_890, 1_000_000_000, 1.2346, "VƯỢT", "1.234.567.890 đ", "≥ 1 tỷ đ", "123,5 %", "", "", "12/12"),
)
CITY_2023 = {
    "TS-01": 1,
    "TS-02": 0.712,
    "TS-03": 0.76,
    "TS-04": 1,
    "TS-05": 1,
    "TS-06": 2,
    "TS-08": 742,
    "TS-09": 0.006,
    "TS-10": 4,
    "TS-11": 2,
    "TS-12": 15_000_000,
    "TS-13": 81_000_000,
    "TS-14": 910_000_000,
}


def symbol_of(word: str) -> str:
    return SYMBOLS[word.removesuffix(" (chắc chắn)")]


def figures(setup: Setup) -> list[Figure]:
    """Two years of the city and one of its wards."""
    city = [
        Figure(
            2024,
            GROUP,
            target,
            value=value,
            goal=goal,
            attainment=attainment,
            word=word,
            symbol=symbol_of(word),
            value_text=said,
            goal_text=wanted,
            attainment_text=reached,
            gap_text=gap,
            milestone_text=milestone,
            coverage_text=coverage,
            milestone=0.0079 if target == "TS-09" else None,
        )
        for target, value, goal, attainment, word, said, wanted, reached, gap, milestone, coverage in CITY_2024
    ]
    before = [
        Figure(2023, GROUP, target, value=value, word="CHƯA ĐẠT", symbol="✘", value_text=str(value), attainment=0.5)
        for target, value in CITY_2023.items()
    ]
    wards = []
    for place, unit in enumerate(setup.units.expected_in(2024)):
        have, of = WITH_BRANCH[place]
        mine = Figure(2024, unit.uid, "", unit=unit.name, order=unit.order)
        good = "✔" if FUNDS[place] >= 20_000_000 else "✘"
        wards += [
            replace(
                mine,
                target="TS-02",
                value=have / of,
                numerator=have,
                denominator=of,
                value_text=f"{have}/{of}",
                symbol="✔" if have * 5 >= of * 4 else "✘",
                link_tab="Cơ quan, đơn vị",
                link_row=5 + place,
            ),
            replace(
                mine,
                target="TS-08",
                value=BLOOD[place],
                value_text=str(BLOOD[place]),
                link_tab="Hiến máu",
                link_row=5 + place,
                link_count=1,
            ),
            replace(
                mine,
                target="TS-12",
                value=FUNDS[place],
                value_text=f"{FUNDS[place]:,}".replace(",", "."),
                symbol=good,
                link_tab="Sổ quỹ",
                link_row=5 + place,
            ),
            replace(mine, target="TS-14", value=80_000_000, value_text="80.000.000"),
        ]
    office = setup.units.by_uid[setup.units.city]
    own = Figure(2024, office.uid, "TS-14", unit=office.name, is_city=True, value=274_567_890)
    return [*before, *city, *wards, replace(own, value_text="274.567.890")]


def blood_rows(setup: Setup) -> list[list[Cell]]:
    codes = data_table(BY_CODE["HIEN_MAU"]).codes
    rows = []
    for place, unit in enumerate(setup.units.expected_in(2024)):
        cells: dict[str, Cell] = {
            "_uid": unit.uid,
            "_unit": unit.name,
            "_year": 2024,
            "MA_DOT": f"{unit.code}-24-01",
            "NGAY": date(2024, 4, 7),
            "TIEP_NHAN": BLOOD[place],
            "TUI_350": BLOOD[place],
            "_file": f"CTD_{unit.code}_2024.xlsx",
            "_sheet": "Hiến máu",
            "_line": 7,
        }
        rows.append([cells.get(code) for code in codes])
    return rows


def bodies(setup: Setup) -> dict[str, Sequence[Sequence[Cell]]]:
    wards = setup.units.expected_in(2024)
    late = {9: "trễ 3 ngày", 11: "chưa nộp", 4: "có lỗi"}
    progress: list[Sequence[Cell]] = [
        (
            2024,
            ward.uid,
            ward.name,
            late.get(place, "đúng hạn"),
            date(2025, 1, 3),
            None if place == 11 else datetime(2025, 1, 2, 9, 30),
            None if place == 11 else f"CTD_{ward.code}_2024.xlsx",
            None if place == 11 else 88 + place,
            None if place == 11 else int(place == 4),
            0,
            None,
        )
        for place, ward in enumerate(wards)
    ]
    sentence = "Không đọc được số “khoảng 12k”. Hãy nhập số, ví dụ 1.250 hoặc 12,5."
    amounts, file = ("1.000.000", "1.200.000", "1.100.000"), "CTD_09382_2024.xlsx"
    cutoffs = ("số liệu đến 31/12/2023", "số liệu đến 31/12/2024")
    coverage = "đã nhận 11/12 phường, thiếu: Phù Chẩn"
    return {
        "tblSoLieu": figure_rows(figures(setup)),
        "tblNam": [
            (2023, cutoffs[0], "năm dương lịch (TK)", 12, 12, "đã nhận 12/12 phường", "100 %", None),
            (
                2024,
                "số liệu đến 31/12/2024",
                "năm dương lịch (TK)",
                11,
                12,
                coverage,
                "83 %",
                "nộp đúng hạn (10/12 phường)",
            ),
        ],
        "tblTienDo": progress,
        "tblLoi": [
            ("E-07", "lỗi", 2024, "Phường Trang Hạ", sentence, "CTD_09383_2024.xlsx", "Hỗ trợ", "E12", date(2025, 1, 6))
        ],
        "tblXungDot": [
            ("1", 2024, "Phường Đồng Kỵ", "Sổ quỹ", "PT-07", "Số tiền", *amounts, None, file, date(2025, 1, 6)),
        ],
        "tblNhatKy": [(14, datetime(2025, 1, 6, 16, 5), "Nguyễn An", "Hợp nhất 11 tệp", 1204, 1190, 8, 1, 5, None)],
        "tblHIEN_MAU": blood_rows(setup),
    }


class Sample:
    """The invented figures and what to do with them, for tests that look at a filled master."""

    city, blood, funds, with_branch = CITY_2024, BLOOD, FUNDS, WITH_BRANCH

    @staticmethod
    def said(row: tuple[Any, ...]) -> str:
        return f"{symbol_of(row[4])} {row[4]}"

    @staticmethod
    def bodies(setup: Setup) -> dict[str, Sequence[Sequence[Cell]]]:
        return bodies(setup)

    @staticmethod
    def build(path: Path, setup: Setup) -> None:
        build_filled(path, setup)

    @staticmethod
    def recalculated(path: Path, folder: Path) -> Path:
        return recalculated(path, folder)


@pytest.fixture(scope="session")
def sample() -> Sample:
    return Sample()


@pytest.fixture(scope="session")
def tu_son() -> Setup:
    return setup_for("TS", 2024)


@pytest.fixture
def filled(tmp_path: Path, tu_son: Setup) -> Callable[[int], Path]:
    """A master filled with the invented figures, showing the year asked for."""

    def build(year: int) -> Path:
        path = tmp_path / f"master-{year}.xlsx"
        build_filled(path, replace(tu_son, shown_year=year))
        return path

    return build


def build_filled(path: Path, setup: Setup) -> None:
    cells: dict[str, Cell] = {NAME_MERGED_AT: "16:05 ngày 06/01/2025", NAME_VERSION: 14}
    build_master(path, setup=setup, created=CREATED, bodies=bodies(setup), cells=cells)


ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item></oor:items>"""


def recalculated(path: Path, folder: Path) -> Path:
    """The workbook as LibreOffice calculates it anew."""
    out, user = folder / "recalculated", folder / "profile" / "user"
    user.mkdir(parents=True, exist_ok=True)
    (user / "registrymodifications.xcu").write_text(ALWAYS_RECALCULATE, "utf-8")
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out)]
    subprocess.run([*command, str(path)], check=True, capture_output=True, timeout=180)
    return out / path.name
