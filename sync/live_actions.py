"""What each button does. Every function here has the id of its action and is called by ``xl_ctd.ribbon.perform``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sync import live_answers
from sync.book import MasterBook, open_book
from sync.office import Answer, Office
from sync.run import Options, merge
from sync.workspace import CannotRun, Workspace

if TYPE_CHECKING:
    import xlwings as xw

Arguments = Mapping[str, str]


def master_of(office: Office) -> Path:
    """The master on disk. Raises ``CannotRun`` when none was chosen."""
    if office.master is None:
        raise CannotRun("action-needs-master")
    return office.master


@contextmanager
def asking(office: Office) -> Iterator[MasterBook]:
    """The master's ledger for an action that only asks; somebody may have the master open."""
    workspace = Workspace(master_of(office))
    workspace.check(reading=True)
    with workspace.locked(office.who), open_book(workspace, office.now(), office.who, office.ledger_url) as book:
        yield book


def xem_truoc(book: xw.Book | None, office: Office, arguments: Arguments) -> Answer:
    """What merging would do."""
    return _merge_on_disk(office, preview=True)


def hop_nhat(book: xw.Book | None, office: Office, arguments: Arguments) -> Answer:
    """Merge what the units have sent."""
    return _merge_on_disk(office, preview=False)


def _merge_on_disk(office: Office, *, preview: bool) -> Answer:
    master = master_of(office)
    if not office.sources:
        raise CannotRun("action-needs-sources")
    options = Options(office.who, office.now(), None, preview, office.ledger_url, office.progress)
    report = merge(master, office.sources, options)
    with asking(office) as opened:
        return live_answers.merge_answer(opened, report, preview=preview, is_open=False)


def tien_do(book: xw.Book | None, office: Office, arguments: Arguments) -> Answer:
    """Who has sent what, and when."""
    with asking(office) as opened:
        return live_answers.progress_answer(opened.progress())
