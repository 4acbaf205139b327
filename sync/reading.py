"""One file from its bytes to what it would change: gate, read, check, plan. Runs in worker processes.

A parser may abort on a hostile file, so this never runs in the process that holds the ledger open for writing.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from sync.encoding import Encoded, decode, digest_of, encode
from sync.ledger import Ledger, Slot
from sync.plan import Change, Conflict, Counts, Identity, UnitPlan, plan_unit
from sync.sources.folder import SourceFile
from sync.tallying import count, packed, tally_names
from sync.workers import end_with_parent
from workbooks.read import read_submission
from xl_ctd.core.checks import check_submission
from xl_ctd.core.findings import Finding, Place, Severity
from xl_ctd.core.setup import Setup
from xl_ctd.core.submissions import Hold, SourceInfo, Submission, UnitYear
from xl_ctd.core.timeliness import reports_year

Roots = Mapping[tuple[str, int], tuple[str | None, str | None]]
"""(unit, year) → names of its state and its base in the ledger"""


@dataclass(frozen=True, slots=True)
class Context:
    """What every file of one merge is read against. ``confirmed`` are the digests a person let pass; ``imagined``
    are contents that a preview supposes and no ledger holds."""

    setup: Setup
    ledger_url: str
    roots: Roots
    today: date
    confirmed: frozenset[str] = frozenset()
    imagined: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one file says and would change, small enough to send between processes: rows only as stored pieces.

    ``uid`` None: the file could not be told to belong to a unit; its findings say why. ``reported`` is the day it was
    sent as the report on its whole year, None for a report on the year so far.
    """

    source: SourceInfo
    unit_code: str | None = None
    uid: str | None = None
    year: int | None = None
    findings: tuple[Finding, ...] = ()
    hold: Hold | None = None
    counts: Counts = Counts()
    changes: tuple[Change, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    state: Encoded | None = None
    base: Encoded | None = None
    tallies: Mapping[str, str] = field(default_factory=dict)
    reported: date | None = None


class Reader:
    """Reads files one after another in one process, with its own connection to the ledger. A context manager."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._ledger: Ledger | None = None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        if self._ledger is not None:
            self._ledger.close()

    def read(self, file: SourceFile) -> Outcome:
        """Everything up to the decision for one file. What is wrong with the file becomes findings."""
        try:
            data = file.path.read_bytes()
        except OSError:
            finding = Finding("file-out-of-reach", Severity.ERROR, Place(file.name))
            return Outcome(SourceInfo(file.name, "", file.modified, str(file.path)), findings=(finding,))
        digest = digest_of(data)
        source = SourceInfo(file.name, digest, file.modified, str(file.path))
        submission = read_submission(source, data, setup=self._context.setup)
        if submission.uid is None or submission.year is None:
            return Outcome(source, submission.unit_code, None, submission.year, submission.findings, submission.hold)
        return self._plan(submission)

    def _plan(self, submission: Submission) -> Outcome:
        uid, year = submission.uid or "", submission.year or 0
        state, base = self._context.roots.get((uid, year), (None, None))
        previous = self._stored(base)
        findings = check_submission(
            submission,
            setup=self._context.setup,
            previous=previous or self._last_year(uid, year),
            as_of=self._context.today,
        )
        identity = identity_of(self._context.setup, uid)
        confirmed = submission.source.digest in self._context.confirmed
        plan = plan_unit(submission, identity, previous, self._stored(state), confirmed=confirmed)
        outcome = _outcome(submission, plan, (*submission.findings, *findings, *plan.findings))
        if outcome.state is None:
            return outcome
        tallies = self._tallies(outcome.state.root, plan.state)
        sent = sent_on(submission.source.modified, self._context.today)
        whole = reports_year(submission.cover, submission.tables, year, sent)
        return replace(outcome, tallies=tallies, reported=sent if whole else None)

    def _tallies(self, root: str, state: UnitYear) -> dict[str, str]:
        """What the unit's new state contributes to the targets, under the names it will be looked for."""
        key = (state.uid, state.year)
        earlier = (state.uid, state.year - 1)
        roots = {key: (root, None), earlier: self._context.roots.get(earlier, (None, None))}
        slots = {known: Slot(*known, *pair, None, None) for known, pair in roots.items()}
        names = tally_names(self._context.setup, slots, key, self._context.today)
        before = self._last_year(*key) if "HC" in names else None
        counted = count(self._context.setup, key, state, before, self._context.today)
        return {names[calendar]: packed(one) for calendar, one in counted.items()}

    def _stored(self, root: str | None) -> UnitYear | None:
        if root is None:
            return None
        ledger = self._ledger = self._ledger or Ledger(self._context.ledger_url)
        return decode(root, lambda digest: self._context.imagined.get(digest) or ledger.fetch(digest))

    def _last_year(self, uid: str, year: int) -> UnitYear | None:
        """The unit's state of the year before, to compare balances and sizes with."""
        return self._stored(self._context.roots.get((uid, year - 1), (None, None))[0])


def sent_on(modified: str, received: date) -> date:
    """The day a file was ready: when it was last changed, if that is known, and never after it was received."""
    return min(date.fromisoformat(modified[:10]), received) if modified else received


def identity_of(setup: Setup, uid: str) -> Identity:
    """The unit's code, and the codes of the units it took over: their row ids live on in carried rows."""
    tree = setup.units
    own = tree.by_uid[uid].code
    codes = dict.fromkeys(unit.code for unit, _ in tree.predecessors(uid) if unit.code != own)
    return Identity(uid, own, tuple(codes))


def _outcome(submission: Submission, plan: UnitPlan, findings: tuple[Finding, ...]) -> Outcome:
    outcome = Outcome(submission.source, submission.unit_code, plan.uid, plan.year, findings, plan.hold, plan.counts)
    if plan.hold is not None:
        return outcome
    state = encode(plan.state)
    same = plan.base.cover == plan.state.cover and plan.base.tables == plan.state.tables
    base = state if same else encode(plan.base)
    return replace(outcome, changes=plan.changes, conflicts=plan.conflicts, state=state, base=base)


# --- the worker process: one reader each, made once

_reader: Reader | None = None


def start_worker(context: Context) -> None:
    """Prepare this process for ``read_in_worker``. Reading makes next to no cycles, so they are looked for rarely."""
    global _reader
    _reader = Reader(context)
    gc.freeze()
    gc.disable()
    end_with_parent()


def read_in_worker(files: tuple[SourceFile, ...]) -> list[Outcome]:
    """Read several files in a prepared process."""
    if _reader is None:
        raise RuntimeError("start_worker has not run in this process")
    outcomes = [_reader.read(file) for file in files]
    gc.collect()
    return outcomes
