"""A merge into a master that is open in Excel: the same road as for a file, except for its two ends.

What the office typed is read from the open workbook, and what the merge decides is written there. The file on disk
stays as it was until a person saves. The version that a master says it was written from tells every later run what it
sees: the saved workbook, or the file of before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sync.book import MasterBook
from sync.ledger import Ledger, Version
from sync.live_sheets import OpenMaster
from sync.master_content import content_of, serving
from sync.master_whole import NAMED_CELLS
from sync.workspace import CannotRun, Workspace
from workbooks import layouts
from workbooks.emit import Written
from workbooks.live_file import FileFacts, facts_of_file
from workbooks.live_tables import SetValues, Step, Wanted, plain, plan_live_table, same
from workbooks.master_tables import (
    CONFLICTS,
    ERRORS,
    FIGURES,
    LOG,
    MONITORED,
    NAME_FOOTNOTES,
    NAME_MERGED_AT,
    NAME_VERSION,
    PROGRESS,
    WRITTEN_TABLES,
    YEARS,
    footnotes,
)
from workbooks.table_patch import Orphan, TableBody
from xl_ctd.core.tables import TABLES
from xl_ctd.plans import conventions

if TYPE_CHECKING:
    import xlwings as xw

    from sync.office import Office
    from sync.pool import Workers

KEYS: Mapping[str, tuple[str, ...]] = {
    FIGURES.name: ("key",),
    MONITORED.name: ("key",),
    YEARS.name: ("year",),
    PROGRESS.name: ("year", "uid"),
    ERRORS.name: (),
    CONFLICTS.name: ("id",),
    LOG.name: ("version",),
}
"""What recognises a row of the tables that tell about a merge; an error has nothing but itself."""
ROW_KEY = ("_uid", "_year", layouts.RID)
WRAPPED = frozenset({PROGRESS.name, ERRORS.name, CONFLICTS.name, LOG.name})


@dataclass(frozen=True, slots=True)
class OpenWorkspace(Workspace):
    """The places of a master that is open: ``master`` holds what the open workbook says now, ``saved`` is the file."""

    saved: Path

    @property
    def folder(self) -> Path:
        return self.saved.with_name(f"{self.saved.stem}.ctd")

    @property
    def own_paths(self) -> tuple[Path, ...]:
        return (self.saved, self.folder)


class OpenBook(MasterBook):
    """An open master for one action. Raises ``CannotRun`` when something of ours is gone from the workbook and
    ``WouldLose`` when its rows cannot move freely, before anything is decided."""

    def __init__(self, workspace: OpenWorkspace, ledger: Ledger, now: datetime, who: str, opened: OpenMaster) -> None:
        super().__init__(workspace, ledger, now, who)
        self.opened = opened
        facts = facts_of_file(workspace.saved)
        self.tables = {
            name: opened.table(name, headers, facts.get(name, FileFacts())) for name, headers in _our_tables()
        }
        self.names = {name: opened.named_cell(name) for name in NAMED_CELLS}
        self._refuse_names_in_tables()

    def _refuse_names_in_tables(self) -> None:
        for name, cell in self.names.items():
            for table in self.tables.values():
                if table.area.sheet == cell.sheet and table.holds(cell):
                    raise CannotRun("write-name-in-table", name=name, table=table.name)

    def refuse_incomplete(self) -> None:
        """Nothing: it was looked at when it was opened."""

    @property
    def is_stale(self) -> bool:
        """Does the open workbook still lack what the ledger's newest version says?"""
        last = self.ledger.last_version()
        return last is not None and self._version_on_disk() != last.number

    def finish_interrupted(self) -> Version | None:
        """Nothing: whatever the open workbook still lacks is written together with the next step."""
        return None

    def untouched_since_written(self) -> bool:
        """Never known of an open workbook, so it is always looked at."""
        return False

    def write(
        self, progress: Callable[[int, int], None] = lambda done, total: None, *, workers: Workers | None = None
    ) -> None:
        """Bring the open workbook to the ledger's newest version: every write is built before the first is done."""
        version = self.ledger.last_version()
        if version is None:
            return
        progress(0, 1)
        steps, orphans = self._steps(version)
        self.opened.perform(steps)
        self.note_orphans(version.number, [(o.table, o.column, "/".join(o.key), o.text) for o in orphans])
        # No file looks like this yet: the next run reads the version from whatever file it finds.
        self.note_written(version.number, self.looks("", version.number))
        progress(1, 1)

    def _steps(self, version: Version) -> tuple[list[Step], list[Orphan]]:
        steps: list[Step] = []
        orphans: list[Orphan] = []
        with serving(self.ledger):
            for name, body in content_of(self).tables.items():
                planned = plan_live_table(self.tables[name], _wanted(name, body() if callable(body) else body))
                steps += planned.steps
                orphans += planned.orphans
        self.kept.keep()
        cells: tuple[tuple[str, Written], ...] = (
            (NAME_MERGED_AT, f"{self.now:%H:%M} ngày {self.now:%d/%m/%Y}"),
            (NAME_FOOTNOTES, footnotes(self.setup, conventions(self.plan.id))),
            (NAME_VERSION, version.number),  # last: until it stands there, the rows may be of either version
        )
        for name, value in cells:
            steps += self._cell(name, value)
        return steps, orphans

    def _cell(self, name: str, value: Written) -> Iterator[Step]:
        area = self.names[name]
        cells = self.opened.cells(area.sheet)
        row = cells[area.first_row - 1] if area.first_row <= len(cells) else []
        found = row[area.first_column - 1] if area.first_column <= len(row) else None
        if not same(found, value):
            yield SetValues(area, ((plain(value),),))


def _our_tables() -> Iterator[tuple[str, dict[str, str]]]:
    """Every table that a merge writes, with its columns' codes and headers."""
    for table in TABLES:
        yield layouts.table_name(table), {column.code: column.header for column in layouts.master_columns(table)}
    for written in WRITTEN_TABLES:
        yield written.name, {column.code: column.header for column in written.columns}


def _wanted(name: str, body: TableBody) -> Wanted:
    parts = [segment.load() for segment in body.segments]
    columns = {code: [value for part in parts for value in part[code]] for code in body.codes}
    if name in KEYS:
        return Wanted(columns, KEYS[name], wrapped=name in WRAPPED)
    return Wanted(columns, ROW_KEY, rank="_line")


@contextmanager
def open_live(book: xw.Book, office: Office, master: Path) -> Iterator[OpenBook]:
    """The open workbook with the ledger beside its file, held for one action.

    Raises ``CannotRun`` when the workbook is another one, is no master, or lacks something of ours; then nothing was
    changed.
    """
    opened = OpenMaster(book)
    if opened.name.casefold() != master.name.casefold():
        raise CannotRun("live-other-book", open=opened.name, file=master.name)
    saved = Workspace(master)
    saved.check(reading=True)
    with TemporaryDirectory(prefix="xl-ctd-") as folder:
        copy = Path(folder) / master.name
        opened.copy_to(copy)
        workspace = OpenWorkspace(copy, saved=master)
        with workspace.locked(office.who), _ledger(workspace, office.ledger_url) as ledger:
            yield OpenBook(workspace, ledger, office.now(), office.who, opened)


def _ledger(workspace: Workspace, url: str | None) -> Ledger:
    return Ledger(url) if url else Ledger.beside(workspace.folder)
