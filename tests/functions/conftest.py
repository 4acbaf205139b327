"""A merged master of three wards and one of a province, built once; tests only look at them."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from filelock import FileLock
from office import NOW, SETUP, UNITS, YEAR, Office, ward_tables

from sync.facts import facts_of
from sync.run import Options, merge
from workbooks.build_master import build_master
from workbooks.build_ward import build_unit_workbook
from xl_ctd.facts import Facts
from xl_ctd.plans import setup_for

BLOOD = {
    "MA_DOT": "HM-1",
    "NGAY": date(YEAR, 4, 7),
    "DANG_KY": 400,
    "DEN_HIEN": 350,
    "TIEP_NHAN": 320,
    "TUI_250": 100,
    "TUI_350": 200,
    "TUI_450": 20,
    "HUY": 6,
    "TINH_TRANG": "Chính thức",
}
"""Three hundred and twenty bags, six of them discarded."""
TASK = {"MA_NV": "TS-N19", "TRANG_THAI": "Thường xuyên – đã cập nhật kỳ này", "NGAY_CN": date(YEAR, 6, 20)}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], object]], Path]:
    """Build a folder once for all test processes of this run."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def build(name: str, how: Callable[[Path], object]) -> Path:
        folder = shared / name
        with FileLock(shared / f"{name}.lock"):
            if not folder.exists():
                half = shared / f"{name}.half"
                how(half)
                half.rename(folder)
        return folder

    return build


@pytest.fixture(scope="session")
def office(built: Callable[[str, Callable[[Path], object]], Path]) -> Office:
    """Three of twelve wards have sent; the first gave blood and reported on a task, the third has no addresses."""

    def build(folder: Path) -> None:
        one = Office(folder)
        one.inbox.mkdir(parents=True)
        build_master(one.master, setup=SETUP, created=NOW.date())
        for unit in UNITS:
            more = {"HIEN_MAU": [BLOOD], "NHIEM_VU": [TASK]} if unit is UNITS[0] else {}
            none = ("DIA_CHI", "HO_TRO") if unit is UNITS[2] else ()
            one.send(unit, {table: rows for table, rows in (ward_tables(unit) | more).items() if table not in none})
        one.merge()

    return Office(built("functions-office", build))


@pytest.fixture(scope="session")
def facts(office: Office) -> Facts:
    return facts_of(office.master, NOW)


@pytest.fixture(scope="session")
def province(built: Callable[[str, Callable[[Path], object]], Path]) -> Path:
    """A province whose plan gives its districts a task with a last day: one in time, one late, the others silent."""

    def build(folder: Path) -> None:
        setup = setup_for("BT", 2023)
        (folder / "sent").mkdir(parents=True)
        build_master(folder / "province.xlsx", setup=setup, created=date(2023, 12, 1))
        units = setup.units.expected_in(2023)[:2]
        for unit, day in zip(units, (date(2023, 10, 25), date(2023, 11, 15)), strict=True):
            done = "Hoàn thành đúng hạn" if day < date(2023, 11, 1) else "Hoàn thành trễ hạn"
            rows = {"NHIEM_VU": [{"MA_NV": "BT-N13", "TRANG_THAI": done, "NGAY_VB": day, "SO_VB": "7/KH-UBND"}]}
            file = folder / "sent" / f"CTD_{unit.code}_2023.xlsx"
            cover = {"NGUOI_LAP": "Lê Văn An", "NGAY_LAP": date(2023, 11, 20), "CAM_KET": "Có"}
            build_unit_workbook(
                file, unit=unit, year=2023, setup=setup, cover=cover, tables=rows, created=date(2023, 11, 20)
            )
        merge(folder / "province.xlsx", [folder / "sent"], Options("Thử", datetime(2023, 12, 1, 8), workers=1))

    return built("functions-province", build) / "province.xlsx"
