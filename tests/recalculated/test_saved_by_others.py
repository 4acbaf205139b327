"""Wards' workbooks opened, edited and saved by another program merge to the same figures as those saved by ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from demos import Demos
from known import CLEAN
from libreoffice import ODS, XLSX, converted, work
from office import held_in

from sync.book import open_book
from sync.demo import demo_year, population
from sync.ledger import Ledger
from sync.report import targets_json
from sync.run import Options, merge
from sync.workspace import Workspace
from workbooks import layouts
from workbooks.build_master import build_master
from workbooks.build_ward import build_unit_workbook
from xl_ctd.core.tables import BY_CODE
from xl_ctd.plans import setup_for

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*extension is not supported"),
    pytest.mark.filterwarnings("ignore:.*cannot be serialized"),
    pytest.mark.xdist_group("demos"),
]

YEAR, SEED, _ = CLEAN
NOW = datetime(YEAR + 1, 1, 6, 16, 5)
SETUP = setup_for("TS", YEAR)
UNITS = SETUP.units.expected_in(YEAR)[:2]
EDITED = UNITS[0]

Value = str | int | date
Edits = Mapping[tuple[str, int, str], Value]
"""(table, row from 0, field) → what is typed there; the row after the last one is a new one."""


def edits_of(tables: Mapping[str, Any]) -> Edits:
    """A day's work: corrected amounts, money in words, a new association, a new line at the end of the fund's book."""
    founded = next(
        n for n, row in enumerate(tables["DON_VI"]) if row["CO_HOI"] == "Không" and row["LOAI_HINH"] != "Doanh nghiệp"
    )
    new = len(tables["QUY"])
    line: dict[str, Value] = {
        "SO_CT": "PT-0999",
        "NGAY": date(YEAR, 12, 30),
        "THU_CHI": "Thu",
        "KHOAN_MUC": tables["QUY"][0]["KHOAN_MUC"],
        "NOI_DUNG": "Ủng hộ cuối năm – “đợt 2”",
        "SO_TIEN": 5_250_000,
    }
    return {
        ("HO_TRO", 0, "GIA_TRI"): 12_345_000,
        ("HOAT_DONG", 0, "TIEN"): "7 triệu 501 nghìn",
        ("HIEN_MAU", 0, "HUY"): 2,
        ("DON_VI", founded, "CO_HOI"): "Có",
        ("DON_VI", founded, "NGAY_TL"): date(YEAR, 5, 2),
        **{("QUY", new, field): value for field, value in line.items()},
    }


def cell_of(table: str, row: int, field: str) -> tuple[str, str]:
    """Tab and cell."""
    letters = next(column.letters for column in layouts.unit_columns(BY_CODE[table]) if column.code == field)
    return layouts.TABS[table], f"{letters}{layouts.FIRST_ROW + row}"


def saved_by_ours(folder: Path, sent: Mapping[str, Path], wards: Mapping[str, Any], edits: Edits) -> None:
    for unit in UNITS:
        tables = {code: [dict(row) for row in rows] for code, rows in wards[unit.uid].tables.items()}
        for (table, row, field), value in edits.items() if unit is EDITED else ():
            if row == len(tables[table]):
                tables[table].append({})
            tables[table][row][field] = value
        build_unit_workbook(
            folder / sent[unit.uid].name,
            unit=unit,
            year=YEAR,
            setup=SETUP,
            cover=wards[unit.uid].cover,
            tables=tables,
            created=date(YEAR, 12, 31),
        )


def saved_by_openpyxl(folder: Path, sent: Mapping[str, Path], edits: Edits) -> None:
    for uid, path in sent.items():
        book = openpyxl.load_workbook(path)
        for place, value in edits.items() if uid == EDITED.uid else ():
            tab, cell = cell_of(*place)
            book[tab][cell] = value
        book.save(folder / path.name)


def saved_by_libreoffice(folder: Path, sheets: Path, desk: Path, sent: Mapping[str, Path], edits: Edits) -> None:
    """As a workbook and as a spreadsheet of its own kind, which then becomes a workbook again."""
    steps: list[tuple[str, ...]] = []
    for uid, path in sent.items():
        steps.append(("open", str(path)))
        for place, value in edits.items() if uid == EDITED.uid else ():
            number = (value - date(1899, 12, 30)).days if isinstance(value, date) else value
            steps.append(("text" if isinstance(value, str) else "number", *cell_of(*place), str(number)))
        steps.append(("save", str(folder / path.name), XLSX))
        steps.append(("save", str(desk / f"{path.stem}.ods"), ODS))
        steps.append(("close",))
    work(steps, desk)
    again = converted({path.stem: desk / f"{path.stem}.ods" for path in sent.values()}, desk, recalculate=False)
    for path in again.values():
        path.rename(sheets / path.name)


@dataclass(frozen=True)
class Merged:
    """What came of merging one folder of workbooks."""

    figures: list[dict[str, Any]]
    rows: dict[Any, Any]
    findings: list[tuple[str, str, str]]


def merged(folder: Path) -> Merged:
    master = folder / "so-tong-hop.xlsx"
    build_master(master, setup=replace(SETUP, population=population(SETUP)), created=NOW.date())
    report = merge(master, [folder / "wards"], Options("kiểm tra", NOW, workers=1))
    assert not report.held
    with open_book(Workspace(master), NOW, "kiểm tra") as book:
        figures = targets_json(book.figures_of(YEAR), book.setup.targets, by_unit=True)
    with Ledger.beside(Workspace(master).folder) as ledger:
        rows = held_in(ledger)
    found = sorted((one.code, one.where.sheet, one.where.cell) for one in report.findings if one.where.file)
    return Merged(figures, rows, found)


@pytest.fixture(scope="module")
def programs(demos: Demos, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Merged]:
    """Program → what came of its workbooks; each holds the same day's work."""
    demo, folder = demos(*CLEAN), tmp_path_factory.mktemp("programs")
    sent = {unit.uid: demo.folder / "wards" / f"CTD_{unit.code}_{YEAR}.xlsx" for unit in UNITS}
    wards = demo_year(SETUP, YEAR, seed=SEED, clean=True)
    edits = edits_of(wards[EDITED.uid].tables)
    inbox = {}
    for name in ("ours", "openpyxl", "libreoffice", "ods"):
        inbox[name] = folder / name / "wards"
        inbox[name].mkdir(parents=True)
    saved_by_ours(inbox["ours"], sent, wards, edits)
    saved_by_openpyxl(inbox["openpyxl"], sent, edits)
    saved_by_libreoffice(inbox["libreoffice"], inbox["ods"], folder, sent, edits)
    done = {name: merged(path.parent) for name, path in inbox.items()}
    return done.__getitem__


@pytest.mark.parametrize("program", ["openpyxl", "libreoffice", "ods"])
def test_figures_and_rows_are_the_same_whoever_saved_the_workbook(
    programs: Callable[[str], Merged], program: str
) -> None:
    ours, theirs = programs("ours"), programs(program)

    assert ours.figures == theirs.figures
    assert ours.rows == theirs.rows
    assert ours.findings == theirs.findings


def test_the_days_work_has_arrived(programs: Callable[[str], Merged]) -> None:
    rows = programs("ours").rows
    fields = [field.code for field in BY_CODE["QUY"].stored]
    found = [
        dict(zip(fields, values, strict=True))
        for (uid, _, table, _), values in rows.items()
        if table == "QUY" and uid == EDITED.uid
    ]
    added = [row for row in found if row["SO_CT"] == "PT-0999"]
    assert [(date(YEAR, 12, 30), "T", 5_250_000)] == [(row["NGAY"], row["THU_CHI"], row["SO_TIEN"]) for row in added]
    money = [values for (uid, _, table, _), values in rows.items() if table == "HOAT_DONG" and 7_501_000 in values]
    assert 1 == len(money)
