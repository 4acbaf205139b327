"""One small office that has merged once, built for all tests here, and a copy of it for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from office import NOW, PERSON, UNITS, Office, new_office, ward_tables
from open_excel import OpenExcel

from sync.office import Answer
from sync.office import Office as Desk
from workbooks import layouts
from workbooks.master_tables import WRITTEN_TABLES
from xl_ctd.core.tables import BY_CODE, TABLES
from xl_ctd.ribbon import perform

LATER = NOW + timedelta(days=1)
OUR_TABLES = (*(layouts.table_name(table) for table in TABLES), *(table.name for table in WRITTEN_TABLES))


@dataclass
class Desktop:
    """An office with its master open in Excel, and a person who presses buttons."""

    office: Office
    excel: OpenExcel
    now: datetime = LATER

    @property
    def desk(self) -> Desk:
        return Desk(self.office.master, (self.office.inbox,), PERSON, self.office.ledger_url, lambda: self.now)

    def press(self, action: str, **arguments: str) -> Answer:
        with self.excel.book() as book:
            return perform(action, book, self.desk, arguments)

    def press_on_disk(self, action: str, **arguments: str) -> Answer:
        return perform(action, None, self.desk, arguments)

    def versions(self) -> int:
        with self.office.ledger() as ledger:
            return len(list(ledger.versions()))

    def save(self) -> None:
        self.excel.save()


def column(table: str, field: str) -> int:
    """Where a field stands in a data sheet of the master."""
    letters = {one.code: one.letters for one in layouts.master_columns(BY_CODE[table])}
    return layouts.column_number(letters[field])


def content(excel: OpenExcel) -> Mapping[str, list[tuple[object, ...]]]:
    """What every table of ours shows, to twelve digits: openpyxl saves fewer than Excel does."""
    return {name: [tuple(map(_rounded, row)) for row in excel.rows(name)] for name in OUR_TABLES}


def _rounded(value: object) -> object:
    return float(f"{value:.12g}") if isinstance(value, float) else value


@pytest.fixture(scope="session")
def merged(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Two wards were merged by the command line."""
    office = new_office(tmp_path_factory.mktemp("ribbon") / "merged", units=UNITS[:2], of_each=4)
    office.merge()
    return office


@pytest.fixture(scope="session")
def with_news(merged: Office, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The same, and wards have sent again."""
    office = merged.copy_to(tmp_path_factory.mktemp("ribbon") / "news")
    send_news(office)
    return office


@pytest.fixture
def open_desktop(merged: Office, with_news: Office, tmp_path: Path) -> Callable[..., Desktop]:
    """A copy of the office with its master open; ``news``: then wards send again."""

    def opened(name: str = "office", *, news: bool = False) -> Desktop:
        office = (with_news if news else merged).copy_to(tmp_path / name)
        return Desktop(office, OpenExcel(office.master))

    return opened


def send_news(office: Office) -> None:
    """The first ward corrects an amount, adds a line and takes one back; a third ward sends for the first time."""
    tables = ward_tables(UNITS[0], of_each=4)
    tables["HO_TRO"][1]["GIA_TRI"] = 777_000
    del tables["HO_TRO"][2]
    tables["QUY"].append({**tables["QUY"][0], "SO_CT": "PT-90", "NOI_DUNG": "=1+1", "SO_TIEN": 42})
    office.send(UNITS[0], tables)
    office.send(UNITS[2], ward_tables(UNITS[2], of_each=3))
