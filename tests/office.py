"""A small office for tests of the whole road: three wards with some forty rows each, a master of its plan, a merge."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl

from sync.book import MasterBook, open_book
from sync.ledger import Ledger
from sync.run import MergeReport, Options, merge
from sync.workspace import Workspace
from workbooks.build_master import build_master
from workbooks.build_ward import build_unit_workbook
from xl_ctd.core.tables import BY_CODE
from xl_ctd.core.units import Unit
from xl_ctd.plans import setup_for

YEAR = 2024
NOW = datetime(2025, 1, 6, 16, 5)
PERSON = "Hà, Hội CTĐ thành phố"
SETUP = setup_for("TS", YEAR)
UNITS: tuple[Unit, ...] = SETUP.units.expected_in(YEAR)[:3]

Row = dict[str, object]
Tables = Mapping[str, Sequence[Row]]
Held = dict[tuple[str, int, str, str], tuple[object, ...]]
"""(unit, year, table, row id) → the row's values in the order of the table's fields"""


def ward_tables(unit: Unit, *, of_each: int = 10) -> dict[str, list[Row]]:
    """What a small ward typed this year: organisations, addresses, help given and the fund's book."""
    days = [date(YEAR, 1, 8) + timedelta(days=30 * n % 350) for n in range(of_each)]
    return {
        "DON_VI": [
            {
                "MA": f"TH-{n:02}",
                "TEN": f"Trường {unit.code}-{n}",
                "LOAI_HINH": "Trường học",
                "CO_HOI": "Có",
                "HOI_VIEN": 40 + n,
            }
            for n in range(of_each)
        ],
        "DIA_CHI": [
            {
                "MA_DC": f"DC-{n:02}",
                "KHU_PHO": f"Khu phố {n % 4}",
                "NHOM": "Hộ nghèo",
                "NAM_SINH": 1940 + n,
                "NGAY_KS": day,
                "NGAY_CN": day,
                "TINH_TRANG": "Chờ kết nối",
                "DONG_Y": "Có",
            }
            for n, day in enumerate(days)
        ],
        "HO_TRO": [
            {
                "MA_HT": f"HT-{n:02}",
                "MA_DC": f"DC-{n:02}",
                "NGAY": day,
                "HINH_THUC": "Tiền mặt",
                "GIA_TRI": 500_000 + 1_000 * n,
                "DV_TH": "Hội CTĐ phường",
            }
            for n, day in enumerate(days)
        ],
        "QUY": [
            {
                "SO_CT": f"PT-{n:02}",
                "NGAY": day,
                "THU_CHI": "Thu",
                "KHOAN_MUC": "Hội phí",
                "NOI_DUNG": f"Thu đợt {n}",
                "SO_TIEN": 1_000_000 + n,
            }
            for n, day in enumerate(days)
        ],
    }


@dataclass(frozen=True)
class Office:
    """One folder with the master and the wards' files. ``ledger_url`` None: the ledger beside the master."""

    folder: Path
    ledger_url: str | None = None

    @property
    def master(self) -> Path:
        return self.folder / "so-tong-hop.xlsx"

    @property
    def inbox(self) -> Path:
        return self.folder / "wards"

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.master)

    def ward_file(self, unit: Unit = UNITS[0]) -> Path:
        return self.inbox / f"CTD_{unit.code}_{YEAR}.xlsx"

    def send(self, unit: Unit, tables: Tables) -> Path:
        """A ward's workbook arrives, in place of the one it sent before."""
        path = self.ward_file(unit)
        cover = {"NGUOI_LAP": "Trần Thị Lan", "NGAY_LAP": date(YEAR, 12, 20), "DU_DAU": 5_000_000, "CAM_KET": "Có"}
        build_unit_workbook(
            path, unit=unit, year=YEAR, setup=SETUP, cover=cover, tables=tables, created=date(YEAR, 12, 20)
        )
        return path

    def merge(self, *, now: datetime = NOW, workers: int | None = 1, dry_run: bool = False) -> MergeReport:
        options = Options(PERSON, now, workers, dry_run, self.ledger_url)
        return merge(self.master, [self.inbox], options)

    @contextmanager
    def open(self, now: datetime = NOW) -> Iterator[MasterBook]:
        """The master opened for one command, as the command line opens it."""
        self.workspace.check()
        with self.workspace.locked(PERSON), open_book(self.workspace, now, PERSON, self.ledger_url) as book:
            yield book

    def copy_to(self, folder: Path) -> Office:
        shutil.copytree(self.folder, folder)
        return Office(folder, self.ledger_url)

    def ledger(self) -> Ledger:
        return Ledger(self.ledger_url) if self.ledger_url else Ledger.beside(self.workspace.folder)

    def held(self) -> Held:
        """Every row the ledger's newest version holds, by unit, year, table and row id."""
        with self.ledger() as ledger:
            return held_in(ledger)

    def type_in_master(self, tab: str, cell: str, value: object) -> None:
        """The office types into one cell of the master and saves it with a program of its own."""
        book = openpyxl.load_workbook(self.master)
        book[tab][cell] = value
        book.save(self.master)
        book.close()


def held_in(ledger: Ledger, version: int | None = None) -> Held:
    """Every row a version of the ledger holds."""
    found: Held = {}
    for (uid, year), slot in ledger.slots(version).items():
        if slot.state is None:
            continue
        unit_year = ledger.unit_year(slot.state)
        for code, rows in unit_year.tables.items():
            columns = [rows.column(field.code) for field in BY_CODE[code].stored]
            for rid, values in zip(rows.rids, zip(*columns, strict=True), strict=True):
                found[uid, year, code, rid] = values
    return found


def new_office(folder: Path, *, units: Sequence[Unit] = UNITS, of_each: int = 10) -> Office:
    """An office whose wards have sent their workbooks and that has not merged yet."""
    office = Office(folder)
    office.inbox.mkdir(parents=True)
    build_master(office.master, setup=SETUP, created=NOW.date())
    for unit in units:
        office.send(unit, ward_tables(unit, of_each=of_each))
    return office


__all__ = ["NOW", "PERSON", "SETUP", "UNITS", "YEAR", "Held", "MasterBook", "Office", "held_in", "new_office"]
