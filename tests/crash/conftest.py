"""Offices before a run that will be cut off, built once, and the server that lets runs happen."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from by_hand import opened
from filelock import FileLock
from office import UNITS, YEAR, Office, new_office
from runs import Runs

from sync.demonstrate import type_city_rows

CITY_ROW = {
    "SO_CT": "TP-01",
    "NGAY": datetime(YEAR, 3, 1).date(),
    "THU_CHI": "Thu",
    "KHOAN_MUC": "Ngân sách hỗ trợ",
    "NOI_DUNG": "Ngân sách cấp",
    "SO_TIEN": 30_000_000,
}


def first_office(folder: Path) -> None:
    """Three wards have sent their workbooks, the city typed a row of its own; nothing is merged yet."""
    type_city_rows(new_office(folder).master, {YEAR: {"QUY": [CITY_ROW]}})


def later_office(folder: Path) -> None:
    """After the first merge a ward changed, added and removed rows, and the city changed cells: one of them too."""
    first_office(folder)
    office = Office(folder)
    office.merge()
    with opened(office.ward_file()) as book:
        fund = book.table("QUY")
        fund.change("PT-01", SO_TIEN=2_500_000)
        fund.change("PT-02", NOI_DUNG="Thu lại đợt 2")
        fund.delete("PT-07")
        book.table("DON_VI").add(MA="TH-90", TEN="Trường mới", LOAI_HINH="Trường học", CO_HOI="Không")
    with opened(office.master) as book:
        fund = book.table("QUY")
        fund.put(fund.line(SO_CT="PT-01", _uid=UNITS[0].uid), SO_TIEN=1_700_000)
        fund.put(fund.line(SO_CT="PT-03", _uid=UNITS[1].uid), DOI_TAC="Công ty A")


def conflicted_office(folder: Path) -> None:
    """The later office after its merge: one conflict waits for a decision."""
    later_office(folder)
    Office(folder).merge()


BUILDERS = {"first": first_office, "later": later_office, "conflicted": conflicted_office}


@pytest.fixture(scope="session")
def before(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Office]:
    """An office by its name, to be looked at and copied; built once for all test processes."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def build(name: str) -> Office:
        folder = shared / f"crash-{name}"
        with FileLock(shared / f"crash-{name}.lock"):
            if not folder.exists():
                half = shared / f"crash-{name}.half"
                shutil.rmtree(half, ignore_errors=True)
                BUILDERS[name](half)
                half.rename(folder)
        return Office(folder)

    return build


@pytest.fixture(scope="session")
def runs() -> Iterator[Runs]:
    with Runs() as server:
        yield server
