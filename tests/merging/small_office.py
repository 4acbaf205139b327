"""A city office with three wards that filled their workbooks without a mistake, and what can be seen of its master."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from by_hand import Book, looked_at, opened
from office import NOW, PERSON, SETUP, UNITS, YEAR, Office

from sync import report
from sync.history import Undone, open_conflicts, undo
from sync.plan import Conflict
from sync.run import MergeReport, Options, merge
from workbooks.build_master import build_master
from workbooks.build_ward import build_unit_workbook
from workbooks.layouts import LOG_TAB
from xl_ctd.core.units import Unit

DONG_NGAN, TAM_SON, HUONG_MAC = UNITS
SENT = datetime(2024, 12, 20, 9, 30)
COVER = {"NGUOI_LAP": "Trần Thị Lan", "NGAY_LAP": date(2024, 12, 20), "DU_DAU": 20_000_000, "CAM_KET": "Có"}

Tables = dict[str, list[dict[str, Any]]]


def ward_tables(unit: Unit) -> Tables:
    """A small ward's year. Codes are the same in every ward, as they are in life."""
    place = UNITS.index(unit) + 1 if unit in UNITS else 9
    return {
        "DON_VI": [
            {
                "MA": f"TH-{n}",
                "TEN": f"Trường Tiểu học {n} {unit.name}",
                "LOAI_HINH": "Trường học",
                "CO_HOI": "Có" if n < 5 else "Không",
                "SO_QD": f"{n}/QĐ-CTĐ" if n < 5 else None,
                "NGAY_TL": date(2015, 5, n) if n < 5 else None,
                "HOI_VIEN": 30 + n if n < 5 else None,
            }
            for n in range(1, 6)
        ],
        "QUY": [
            {
                "SO_CT": f"PT-{n}",
                "NGAY": date(2024, n, 15),
                "THU_CHI": "Thu",
                "KHOAN_MUC": "Hội phí",
                "NOI_DUNG": f"Hội phí tháng {n}",
                "SO_TIEN": 1_000_000 * place + 1_000 * n,
            }
            for n in range(1, 9)
        ],
        "HIEN_MAU": [
            {
                "MA_DOT": f"HM-{unit.code}-{n}",
                "NGAY": date(2024, 2 + n, 10),
                "DIA_DIEM": "Nhà văn hoá",
                "DANG_KY": 40,
                "DEN_HIEN": 35,
                "TIEP_NHAN": 30 + n,
                "TUI_250": 10 + n,
                "TUI_350": 20,
                "HUY": 0,
                "TINH_TRANG": "Chính thức",
            }
            for n in range(1, 4)
        ],
    }


ROWS_OF_A_WARD = 16


def build_ward(
    path: Path,
    unit: Unit,
    tables: Mapping[str, Any] | None = None,
    *,
    year: int = YEAR,
    cover: Mapping[str, object] | None = None,
) -> Path:
    """A ward's workbook, sent on 20/12."""
    path.parent.mkdir(parents=True, exist_ok=True)
    build_unit_workbook(
        path,
        unit=unit,
        year=year,
        setup=SETUP,
        cover={**COVER, **(cover or {})},
        tables=ward_tables(unit) if tables is None else tables,
        created=date(year, 1, 2),
    )
    os.utime(path, (SENT.timestamp(), SENT.timestamp()))
    return path


class SmallOffice(Office):
    """The office with what tests ask of it."""

    def merge(self, *sources: Path, now: datetime = NOW, dry_run: bool = False, who: str = PERSON) -> MergeReport:  # type: ignore[override]
        """Merge these files and folders; the inbox when none is named."""
        options = Options(who, now, 1, dry_run, self.ledger_url)
        return merge(self.master, list(sources) or [self.inbox], options)

    def in_ward(self, unit: Unit = DONG_NGAN) -> AbstractContextManager[Book]:
        """Somebody opens the ward's workbook, types and saves."""
        return opened(self.ward_file(unit))

    def in_master(self) -> AbstractContextManager[Book]:
        """Somebody at the city opens the master, types and saves."""
        return opened(self.master)

    def undo(self, now: datetime = NOW) -> Undone:
        with self.open(now) as book:
            return undo(book)

    def conflicts(self) -> list[Conflict]:
        with self.open() as book:
            return open_conflicts(book)

    def figures(self, now: datetime = NOW) -> dict[str, dict[str, Any]]:
        """Target → its figure for the group, as ``targets --json`` gives it."""
        with self.open(now) as book:
            found = report.targets_json(book.figures(None), book.setup.targets, by_unit=False)
        return {one["id"]: one for one in found}

    def rows(self, table: str, *codes: str, unit: Unit | None = None) -> dict[Any, Any]:
        """What the master shows of a table: first field → the value of one field, or of several."""
        with opened(self.master, save=False) as book:
            sheet = book.table(table)
            found = {}
            for line in range(sheet.first, sheet.last + 1):
                if unit is None or sheet.get(line, "_uid") == unit.uid:
                    values = tuple(sheet.get(line, code) for code in codes)
                    found[sheet.get(line, sheet.key)] = values[0] if len(codes) == 1 else values
        return found

    def seen(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything the master shows but for its log and the number of its version."""
        shown = looked_at(self.master)
        del shown[LOG_TAB]
        shown["_META"] = [row for row in shown["_META"] if row[0] != "ctd_phien_ban"]
        return shown

    def log(self) -> list[str]:
        """What the master's log says was done, newest first."""
        return [row[3] for row in looked_at(self.master)[LOG_TAB] if isinstance(row[0], int)]

    def copied(self, folder: Path) -> SmallOffice:
        shutil.copytree(self.folder, folder)
        return SmallOffice(folder, self.ledger_url)


class DemoOffice(SmallOffice):
    """The folder of a demonstration, looked at and merged in the same way."""

    @property
    def master(self) -> Path:
        return self.folder / "city-master.xlsx"


def build_office(folder: Path) -> SmallOffice:
    """Three wards have sent their workbooks; nothing is merged yet."""
    office = SmallOffice(folder)
    office.inbox.mkdir(parents=True)
    build_master(office.master, setup=SETUP, created=NOW.date())
    for unit in UNITS:
        build_ward(office.ward_file(unit), unit)
    return office
