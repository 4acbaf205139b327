"""Submissions as Google Sheets: what was pulled of the sheets that a master lists, as files like any other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sync.google.client import Google, stopped
from sync.google.links import Links, links_of
from sync.google.pull import PullReport, pull
from sync.google.state import GoogleFolder, Seen, State
from sync.setup_changes import read_setup_of
from sync.sources.folder import SourceFile
from sync.workspace import CannotRun, Workspace
from xl_ctd.core.findings import Finding, Place, Severity
from xl_ctd.core.setup import Setup


@dataclass(frozen=True, slots=True)
class Pulled:
    """The sheets as files for the merge, what people should hear of those that could not be read, and what was done."""

    files: tuple[SourceFile, ...]
    findings: tuple[Finding, ...]
    report: PullReport


def pull_sheets(
    master: Path,
    google: Google,
    who: str,
    *,
    everything: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Pulled:
    """Read the changed sheets of a master. ``everything`` reads all, whatever Drive says of changes.

    A sheet that cannot be read now speaks with what was read of it last. Raises ``CannotRun`` when the master lists no
    sheet, when another run is at work, or when Google cannot be asked at all and nothing was ever read.
    """
    workspace = Workspace(master)
    workspace.check(reading=True)
    _, setup, _ = read_setup_of(master)
    links = links_of(setup, master.name)
    if not links.units and not links.findings:
        raise CannotRun("google-nothing-listed")
    folder = GoogleFolder(workspace)
    with folder.locked(who):
        report = pull(google, folder, links, everything=everything, progress=progress)
    files = source_files(folder, report.state, links)
    if report.stopped is not None and not files:
        raise stopped(report.stopped)
    return Pulled(files, (*links.findings, *_told(report, links, setup)), report)


def source_files(folder: GoogleFolder, state: State, links: Links) -> tuple[SourceFile, ...]:
    """What is held of every listed sheet, in the order of the list."""
    found = []
    for spreadsheet in links.units:
        seen = state.of(spreadsheet)
        path = folder.content(spreadsheet, seen)
        if seen.digest and path.is_file():
            found.append(SourceFile(path, name_of(seen), seen.changed_at))
    return tuple(found)


def name_of(seen: Seen) -> str:
    """What the master calls a sheet where it would name a file.

    >>> name_of(Seen(title="CTD_09382_2024 Phường Đồng Kỵ"))
    'CTD_09382_2024 Phường Đồng Kỵ (Google Sheets)'
    """
    return f"{seen.title} (Google Sheets)"


def _told(report: PullReport, links: Links, setup: Setup) -> list[Finding]:
    """A finding for every sheet that could not be read: an error where somebody must act, else a warning."""
    findings = []
    for spreadsheet, uid in links.units.items():
        seen = report.state.of(spreadsheet)
        unit = setup.units.by_uid.get(uid)
        where = Place(name_of(seen) if seen.title else unit.name if unit else uid)
        if seen.trouble:
            findings.append(Finding(seen.trouble, Severity.ERROR, where))
        elif spreadsheet in report.unread:
            findings.append(Finding("sheet-not-read", Severity.WARNING, where))
    return findings
