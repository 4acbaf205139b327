"""Checking unit workbooks without merging them: what a ward can do before sending, and the city after receiving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sync.encoding import digest_of
from sync.plan import plan_unit
from sync.reading import identity_of
from sync.setup_changes import read_setup_of
from sync.sources.folder import SourceFile, SourceMissing, collect
from sync.workspace import CannotRun
from workbooks.read import read_submission
from xl_ctd.core.checks import check_submission
from xl_ctd.core.findings import Finding, Place, Severity, worst
from xl_ctd.core.setup import Setup
from xl_ctd.core.submissions import SourceInfo
from xl_ctd.plans import setup_for


@dataclass(frozen=True, slots=True)
class Checked:
    """One file looked at. ``unit`` is the code it names, None when it names none; ``rows`` all rows of its tables."""

    file: str
    unit: str | None
    rows: int
    findings: tuple[Finding, ...]

    @property
    def has_errors(self) -> bool:
        return worst(self.findings) is Severity.ERROR


def check_files(paths: Sequence[Path], master: Path | None, now: datetime) -> list[Checked]:
    """Read and check every file. Units and targets are the master's, or without one those of the plan as issued.

    Raises ``CannotRun`` when a path does not exist.
    """
    setup = _setup(master, now)
    try:
        files = collect(paths)
    except SourceMissing as missing:
        raise CannotRun("source-missing", file=str(missing)) from None
    return [_check(file, setup, now) for file in files]


def _setup(master: Path | None, now: datetime) -> Setup:
    if master is None:
        return setup_for("TS", now.year)
    if not master.is_file():
        raise CannotRun("master-missing", file=str(master))
    return read_setup_of(master)[1]


def _check(file: SourceFile, setup: Setup, now: datetime) -> Checked:
    try:
        data = file.path.read_bytes()
    except OSError:
        return Checked(file.name, None, 0, (Finding("file-out-of-reach", Severity.ERROR, Place(file.name)),))
    source = SourceInfo(file.name, digest_of(data), file.modified, str(file.path))
    submission = read_submission(source, data, setup=setup)
    rows = sum(map(len, submission.tables.values()))
    findings = list(submission.findings)
    if submission.hold is not None:
        findings.append(Finding(submission.hold.code, Severity.ERROR, Place(file.name), submission.hold.args))
    if submission.uid is not None:
        findings += check_submission(submission, setup=setup, previous=None, as_of=now.date())
        findings += plan_unit(submission, identity_of(setup, submission.uid), None, None).findings
    return Checked(file.name, submission.unit_code, rows, tuple(findings))
