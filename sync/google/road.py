"""The merge with Google Sheets among its sources: read what changed, merge, answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sync.book import open_book
from sync.google.answering import Answered, answer_sheets
from sync.google.client import Google
from sync.google.links import links_of
from sync.google.state import GoogleFolder
from sync.run import MergeReport, Options, merge
from sync.sources.google_sheets import Pulled, pull_sheets
from sync.workspace import CannotRun, Workspace


@dataclass(frozen=True, slots=True)
class SheetsMerge:
    """What was read, what the merge did, what the sheets were told: None when they were not to be told anything.
    ``unanswered`` says why nothing could be told."""

    pulled: Pulled
    report: MergeReport
    answered: tuple[Answered, ...] | None = None
    unanswered: CannotRun | None = None


def merge_with_sheets(
    master: Path, sources: Sequence[Path], google: Google, options: Options, *, everything: bool = False
) -> SheetsMerge:
    """Merge files and the sheets that the master lists. A dry run reads the sheets and writes nowhere.

    ``everything`` reads every sheet, whatever Drive says of changes: for the person who knows of a fresh edit.
    Raises ``CannotRun`` when reading or merging cannot begin; a merge that is done stays done when answering fails.
    """
    pulled = pull_sheets(
        master,
        google,
        options.who,
        everything=everything,
        progress=lambda done, total: options.progress("sheets", done, total),
    )
    report = merge(master, sources, replace(options, pulled=pulled.files, told=pulled.findings))
    if options.dry_run:
        return SheetsMerge(pulled, report)
    try:
        return SheetsMerge(pulled, report, tuple(answer(master, google, options)))
    except CannotRun as trouble:
        return SheetsMerge(pulled, report, unanswered=trouble)


def answer(master: Path, google: Google, options: Options, *, comment: bool = False) -> list[Answered]:
    """Bring the feedback in every listed sheet up to date. Raises ``CannotRun``."""
    workspace = Workspace(master)
    workspace.check(reading=True)
    with (
        workspace.locked(options.who),
        open_book(workspace, options.now, options.who, options.ledger_url) as book,
    ):
        if not links_of(book.setup, master.name).units:
            raise CannotRun("google-nothing-listed")
        return answer_sheets(book, google, GoogleFolder(workspace), comment=comment)
