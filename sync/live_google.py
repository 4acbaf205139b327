"""The units' Google Sheets behind the buttons: what is held of them joins every merge, what is new is fetched first.

A preview fetches, because it is what a click runs first; the merge that follows takes exactly what was looked at.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sync.google.links import links_of
from sync.google.state import GoogleFolder
from sync.google.status import status_of
from sync.live_open import asking, master_of
from sync.office import Answer, AnswerTable, Office, shown_findings
from sync.run import Options
from sync.setup_changes import read_setup_of
from sync.sources.folder import SourceFile
from sync.workspace import CannotRun, Workspace
from xl_ctd.core.findings import Finding, Place, Severity
from xl_ctd.core.formats import format_moment
from xl_ctd.messages import message

if TYPE_CHECKING:
    from sync.google.client import Google
    from sync.sources.google_sheets import Pulled

# What talks to Google takes long to load, and most offices have no sheets: it is loaded where it is used.

Sheets = tuple[tuple[SourceFile, ...], tuple[Finding, ...]]


def sheets_of(office: Office, *, fetch: bool) -> Sheets:
    """The sheets that the master lists, as files, and what is to be told of them; with ``fetch`` what is new is read
    first. An office without a list has none; one that cannot reach Google now goes on with what it holds."""
    master = master_of(office)
    Workspace(master).check(reading=True)
    _, setup, _ = read_setup_of(master)
    links = links_of(setup, master.name)
    if not links.units:
        return (), links.findings
    if fetch:
        try:
            pulled = _fetched(master, office)
        except CannotRun:
            unread = Finding("sheet-not-read", Severity.WARNING, Place(message("action-google_sheets")))
            return _held(master), (*links.findings, unread)
        return pulled.files, pulled.findings
    return _held(master), links.findings


def synchronised(office: Office) -> Answer:
    """Fetch what is new and tell the units what the last merge found. Raises ``CannotRun`` without key or list."""
    from sync.google.road import answer

    master = master_of(office)
    google = _google(master)
    pulled = _fetched(master, office, google)
    report = pulled.report
    counts = {"listed": str(report.listed), "read": str(report.read), "changed": str(len(report.changed))}
    answered = answer(master, google, Options(office.who, office.now(), ledger_url=office.ledger_url))
    told = sum(1 for one in answered if one.trouble is None)
    sentences = (message("sheets-pulled", counts), message("sheets-told", {"count": str(told)}))
    title = message("action-google_sheets")
    table = AnswerTable(title, _headers(), _rows(office))
    findings = shown_findings(pulled.findings)
    return Answer(title, " ".join(sentences), (table,), findings, asks="xem_truoc")


def _fetched(master: Path, office: Office, google: Google | None = None) -> Pulled:
    from sync.sources.google_sheets import pull_sheets

    return pull_sheets(
        master,
        google or _google(master),
        office.who,
        progress=lambda done, total: office.progress("sheets", done, total),
    )


def _google(master: Path) -> Google:
    from sync.google.connect import connect

    return connect(GoogleFolder(Workspace(master)).quota)


def _held(master: Path) -> tuple[SourceFile, ...]:
    from sync.sources.google_sheets import source_files

    _, setup, _ = read_setup_of(master)
    folder = GoogleFolder(Workspace(master))
    return source_files(folder, folder.load(), links_of(setup, master.name))


def _headers() -> tuple[str, ...]:
    return tuple(message(f"sheets-column-{name}") for name in ("unit", "read", "state", "link"))


def _rows(office: Office) -> tuple[tuple[str, ...], ...]:
    with asking(None, office) as book:
        rows = status_of(book, GoogleFolder(book.workspace))
    return tuple((row.unit, format_moment(row.read_at), message(row.state), row.link) for row in rows)
