"""A small office whose wards work in Google Sheets: a master of its plan, an emulator, the sheets made and linked."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from unittest.mock import patch

from office import NOW, PERSON, SETUP, UNITS, YEAR, Office, Tables, ward_tables

from sync.emulator import Emulator, Person
from sync.google.answering import Answered
from sync.google.client import Google
from sync.google.identities import owner_identity, service_identity
from sync.google.links import write_links
from sync.google.quota import Quota
from sync.google.road import SheetsMerge, answer, merge_with_sheets
from sync.google.share import Shared, share
from sync.google.state import GoogleFolder, State
from sync.google.template import SheetTemplate, sheet_template
from sync.run import MergeReport, Options
from sync.sources.google_sheets import Pulled, pull_sheets
from workbooks import layouts
from workbooks.build_master import build_master
from xl_ctd.core.tables import BY_CODE
from xl_ctd.core.units import Unit

OWNER = "hoi.ctd@tuson.example"
WARD = "phuong@tuson.example"
PREPARED_ROWS = 24
"""Fewer than in a real sheet: the emulator copies every cell before each change."""
COVER = {"NGAY_LAP": date(YEAR, 12, 20), "DU_DAU": 5_000_000, "CAM_KET": "Có"}


@cache
def _new_master() -> Path:
    master = Path(mkdtemp(prefix="ctd-google-")) / "so-tong-hop.xlsx"
    build_master(master, setup=SETUP, created=NOW.date())
    return master


def template(unit: Unit, tables: Tables | None = None) -> SheetTemplate:
    return sheet_template(unit, YEAR, SETUP, COVER, tables or ward_tables(unit, of_each=3))


def letters(table: str, field: str) -> str:
    """The column of a field in a shared sheet."""
    codes = [one.code for one in BY_CODE[table].stored] + [layouts.RID]
    return layouts.column_letters(codes.index(field) + 1)


@dataclass
class SheetsOffice:
    """The office, the emulator and the way to it. ``ids`` maps a unit's key to its spreadsheet."""

    office: Office
    emulator: Emulator
    google: Google
    ids: dict[str, str]

    @property
    def folder(self) -> GoogleFolder:
        return GoogleFolder(self.office.workspace)

    @property
    def state(self) -> State:
        return self.folder.load()

    def sheet(self, unit: Unit = UNITS[0]) -> str:
        return self.ids[unit.uid]

    def ward(self, unit: Unit = UNITS[0]) -> Person:
        """Somebody of the ward, who may edit its sheet and is not its owner."""
        person = self.emulator.person(WARD)
        self.emulator.person(OWNER).share(self.sheet(unit), WARD)
        return person

    def share(self, units: Sequence[Unit], tables: Tables | None = None) -> list[Shared]:
        with self.office.open() as book:
            listed = [book.setup.units.by_uid[unit.uid] for unit in units]  # with their links
            done = share(book, self.google, self.folder, listed, YEAR, template_of=lambda unit: template(unit, tables))
            write_links(self.office.master, {one.unit.uid: one.spreadsheet for one in done})
        self.ids |= {one.unit.uid: one.spreadsheet for one in done}
        return done

    def pull(self, *, everything: bool = False) -> Pulled:
        return pull_sheets(self.office.master, self.google, PERSON, everything=everything)

    def merge(self, *sources: Path, now: datetime = NOW, everything: bool = False) -> SheetsMerge:
        return merge_with_sheets(
            self.office.master, sources, self.google, Options(PERSON, now, 1), everything=everything
        )

    def merged(self, *sources: Path, everything: bool = True) -> MergeReport:
        return self.merge(*sources, everything=everything).report

    def answer(self) -> list[Answered]:
        return answer(self.office.master, self.google, Options(PERSON, NOW, 1))


def google_of(emulator: Emulator, *services: str, owner: bool = True, kept: Path | None = None) -> Google:
    """The way to the emulator, as one process has it; ``kept`` is where its calls are remembered for the next."""
    people = [owner_identity(emulator.authorized_user(OWNER))] if owner else []
    keys = [service_identity(emulator.key(name)) for name in services or ("doc",)]
    return Google([*keys, *people], Quota(emulator.clock, kept), emulator.url)


@contextmanager
def sheets_office(
    folder: Path, units: Sequence[Unit] = UNITS[:1], *, tables: Tables | None = None, lag: float = 0.0
) -> Iterator[SheetsOffice]:
    """An office with a sheet for each unit, nothing read yet."""
    office = Office(folder)
    office.inbox.mkdir(parents=True)
    shutil.copy2(_new_master(), office.master)
    few = patch.dict(layouts.BLANK_ROWS, dict.fromkeys(layouts.BLANK_ROWS, PREPARED_ROWS))
    with few, Emulator(lag=lag, sliding_quota=True) as emulator:
        made = SheetsOffice(office, emulator, google_of(emulator), {})
        made.share(units, tables)
        emulator.calls.clear()
        yield made
