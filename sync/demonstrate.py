"""The whole road shown at once: wards' workbooks as people fill them, a master with the city's own rows, the merge."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from sync.book import open_book
from sync.demo import DemoReport, build_demo
from sync.demo_rows import Raw, Row
from sync.run import MergeReport, Options, merge
from sync.workspace import CannotRun, Workspace
from workbooks.build_master import build_master
from workbooks.emit import Written
from workbooks.layouts import master_columns, table_name
from workbooks.write import TableBody, patch_workbook
from xl_ctd.core.scorecard import Figure
from xl_ctd.core.setup import Setup
from xl_ctd.core.tables import BY_CODE
from xl_ctd.plans import setup_for

MASTER = "city-master.xlsx"
WARDS = "wards"
PERSON = "Hội CTĐ thành phố"

MergeMade = Callable[[Path, DemoReport, Options], MergeReport]
"""Master, what was made, how to run → what the merge did"""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What was made and what it says."""

    folder: Path
    made: DemoReport
    report: MergeReport
    figures: tuple[Figure, ...]
    setup: Setup


def demonstrate(
    folder: Path,
    *,
    year: int,
    seed: int,
    clean: bool,
    progress: Callable[[str, int, int], None] = lambda step, done, total: None,
    merge_made: MergeMade | None = None,
) -> Demonstration:
    """Make everything in a folder and merge it. The clock stands in the January after the year, so that the same
    seed gives the same master. ``merge_made`` merges in another way than from the wards' folder alone.

    Raises ``CannotRun`` when the folder already holds a master.
    """
    master = folder / MASTER
    if master.exists():
        raise CannotRun("file-exists", file=str(master))
    if not setup_for("TS", year).units.expected_in(year):
        raise CannotRun("no-units-in-year", year=str(year))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise CannotRun("folder-read-only", folder=str(folder)) from None
    done = 0

    def built(_: str) -> None:
        nonlocal done
        done += 1
        progress("build", done, 2 * len(setup_for("TS", year).units.expected_in(year)))

    made = build_demo(folder, year=year, seed=seed, clean=clean, setup_for=lambda y: setup_for("TS", y), progress=built)
    now = datetime(year + 1, 1, 6, 16, 5)
    _date_files(made, now)
    build_master(master, setup=_setup(made, year), created=now.date())
    type_city_rows(master, city_rows(made))
    options = Options(PERSON, now, progress=progress)
    report = merge_made(master, made, options) if merge_made else merge(master, [folder / WARDS], options)
    with open_book(Workspace(master), now, PERSON) as book:
        return Demonstration(folder, made, report, book.figures_of(year), book.setup)


def _setup(made: DemoReport, year: int) -> Setup:
    """The plan as the demonstration's office has it: its population, and the first year of what it maintains."""
    setup = setup_for("TS", year)
    first = min(made.city_covers)
    targets = tuple(
        replace(target, base_year=first) if target.id in ("TS-04", "TS-05") else target for target in setup.targets
    )
    order = {unit.uid: unit.order for unit in setup.units.units}
    population = sorted(made.population, key=lambda fact: (fact.year, order.get(fact.uid) or len(order), fact.uid))
    return replace(setup, population=tuple(population), targets=targets)


def _date_files(made: DemoReport, now: datetime) -> None:
    """Give each file the day on which its ward would have sent it; one is late."""
    for n, ((_, year), path) in enumerate(sorted(made.files.items(), key=lambda item: item[1].name)):
        sent = datetime(year, 12, 20 + n % 11, 9, 30) if n % 12 else min(now, datetime(year + 1, 1, 5, 8, 0))
        os.utime(path, (sent.timestamp(), sent.timestamp()))


def city_rows(made: DemoReport) -> dict[int, dict[str, list[Row]]]:
    """The city's own rows by year and table; its fund's book opens with a line, since a master has no cover."""
    rows = {year: {code: list(table) for code, table in tables.items()} for year, tables in made.city_tables.items()}
    first = min(rows, default=None)
    opening = made.city_covers.get(first or 0, {}).get("DU_DAU")
    if first is not None and opening is not None:
        line: dict[str, Raw] = {
            "SO_CT": "DU-DAU",
            "NGAY": date(first, 1, 1),
            "THU_CHI": "Thu",
            "KHOAN_MUC": "Số dư đầu kỳ chuyển sang",
            "NOI_DUNG": "Số dư năm trước chuyển sang",
            "SO_TIEN": opening,
        }
        rows[first]["QUY"] = [line, *rows[first].get("QUY", [])]
    return rows


def type_city_rows(master: Path, tables_by_year: Mapping[int, Mapping[str, Sequence[Row]]]) -> None:
    """Put rows into the master as the city officer types them: no key, no row id, no source."""
    bodies: dict[str, TableBody] = {}
    codes = {code for tables in tables_by_year.values() for code in tables}
    for code in sorted(codes):
        table = BY_CODE[code]
        rows = [
            {**row, "_year": year} for year, tables in sorted(tables_by_year.items()) for row in tables.get(code, ())
        ]
        columns: dict[str, list[Written]] = {
            column.code: [row.get(column.code) for row in rows] for column in master_columns(table)
        }
        bodies[table_name(table)] = TableBody.of(columns)
    patch_workbook(master, master, tables=bodies)
