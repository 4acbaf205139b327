"""How an action comes to its master: the open workbook, or the file on disk when none is open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sync.book import MasterBook, open_book
from sync.live_book import open_live
from sync.office import Office
from sync.workspace import CannotRun, Workspace

if TYPE_CHECKING:
    import xlwings as xw


def master_of(office: Office) -> Path:
    """The master on disk. Raises ``CannotRun`` when none was chosen."""
    if office.master is None:
        raise CannotRun("action-needs-master")
    return office.master


def sources_of(office: Office) -> tuple[Path, ...]:
    """Where units send to. Raises ``CannotRun`` when that is not known."""
    if not office.sources:
        raise CannotRun("action-needs-sources")
    return office.sources


@contextmanager
def asking(book: xw.Book | None, office: Office) -> Iterator[MasterBook]:
    """The master for an action that only asks; somebody may have its file open."""
    with _opened(book, office, reading=True) as opened:
        yield opened


@contextmanager
def changing(book: xw.Book | None, office: Office) -> Iterator[MasterBook]:
    """The master for an action that writes into it."""
    with _opened(book, office, reading=False) as opened:
        yield opened


@contextmanager
def _opened(book: xw.Book | None, office: Office, *, reading: bool) -> Iterator[MasterBook]:
    master = master_of(office)
    if book is not None:
        with open_live(book, office, master) as live:
            yield live
        return
    workspace = Workspace(master)
    workspace.check(reading=reading)
    with workspace.locked(office.who), open_book(workspace, office.now(), office.who, office.ledger_url) as opened:
        yield opened
