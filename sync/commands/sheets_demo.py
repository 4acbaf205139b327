"""``xl-ctd demo --google``: every second ward works in a Google Sheet of the emulator, which this command runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sync.book import open_book
from sync.commands.sheets import show_merged
from sync.demo import DemoReport
from sync.demonstrate import WARDS, Demonstration, demonstrate
from sync.emulator import Emulator
from sync.google.client import Google
from sync.google.identities import owner_identity, service_identity
from sync.google.links import write_links
from sync.google.moving import typed_in
from sync.google.quota import Quota
from sync.google.road import merge_with_sheets
from sync.google.share import share
from sync.google.state import GoogleFolder
from sync.google.template import sheet_template
from sync.run import MergeReport, Options
from sync.workspace import Workspace
from xl_ctd.core.units import Unit

OWNER = "hoi.ctd@example.vn"


def demonstrate_with_sheets(
    folder: Path,
    *,
    year: int,
    seed: int,
    clean: bool,
    progress: Callable[[str, int, int], None] = lambda step, done, total: None,
) -> Demonstration:
    """The demonstration with half of the wards in Google Sheets; the master's data are the same as without."""
    with Emulator() as emulator:
        owner = owner_identity(emulator.authorized_user(OWNER))
        google = Google([service_identity(emulator.key()), owner], Quota(emulator.clock), emulator.url)

        def merge_made(master: Path, made: DemoReport, options: Options) -> MergeReport:
            move_to_sheets(master, made, google, options, year)
            done = merge_with_sheets(master, [folder / WARDS], google, options)
            show_merged(done, master)
            return done.report

        return demonstrate(folder, year=year, seed=seed, clean=clean, progress=progress, merge_made=merge_made)


def move_to_sheets(master: Path, made: DemoReport, google: Google, options: Options, year: int) -> list[Unit]:
    """Every second ward's workbook of the year becomes a sheet with the same cells, linked in the master."""
    workspace = Workspace(master)
    with (
        workspace.locked(options.who),
        open_book(workspace, options.now, options.who, options.ledger_url) as book,
    ):
        sent = {uid: path for (uid, of), path in made.files.items() if of == year}
        units = [unit for unit in book.setup.units.expected_in(year) if unit.uid in sent][::2]
        setup = book.setup
        done = share(
            book,
            google,
            GoogleFolder(workspace),
            units,
            year,
            template_of=lambda unit: sheet_template(unit, year, setup, *typed_in(sent[unit.uid])),
        )
        write_links(master, {one.unit.uid: one.spreadsheet for one in done})
    for unit in units:
        sent[unit.uid].unlink()
    return units
