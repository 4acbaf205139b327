"""The merge: collect → gate → read → check → plan → apply → write. One way, one page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from sync.apply import apply_plan, stored_early
from sync.arrange import Known, MergePlan, arrange
from sync.book import Held, MasterBook, open_book
from sync.encoding import decode, said_name
from sync.history import take_in_decisions
from sync.plan import Change, Conflict, Counts
from sync.pool import Workers, read_all
from sync.reading import Context, Outcome
from sync.sources.folder import SourceFile, SourceMissing, collect
from sync.workspace import CannotRun, Workspace, file_digest
from xl_ctd.core.findings import Finding, Severity, worst

MANY_FILES = 100
"""With more, what they hold goes into the ledger as it comes, so that memory does not grow with their number."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to run: for whom, at what moment, with how many processes; ``dry_run`` only says what would happen.

    ``pulled`` are submissions that were fetched from elsewhere beforehand, ``told`` what was found on the way.
    """

    who: str
    now: datetime
    workers: int | None = None
    dry_run: bool = False
    ledger_url: str | None = None
    progress: Callable[[str, int, int], None] = lambda step, done, total: None
    pulled: tuple[SourceFile, ...] = ()
    told: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class MergeReport:
    """What a merge did or, for a dry run, would do. ``version`` None: nothing changed, nothing was written.

    ``missing`` are the units of the years concerned that have sent nothing. ``notices`` are codes of sentences about
    the master itself, such as a run that had been cut off and was finished.
    """

    counts: Counts
    held: tuple[Held, ...]
    findings: tuple[Finding, ...]
    changes: tuple[Change, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    version: int | None = None
    missing: tuple[str, ...] = ()
    notices: tuple[tuple[str, dict[str, str]], ...] = ()

    @property
    def needs_people(self) -> bool:
        """Is anything left that a person has to look at: an error, a conflict, a held unit?"""
        return bool(self.held or self.conflicts or worst(list(self.findings)) is Severity.ERROR)


def merge(master: Path, sources: Sequence[Path], options: Options) -> MergeReport:
    """Merge what branches sent into the master and say what happened.

    Raises ``CannotRun`` when it cannot begin (master missing, open, busy, read-only; a source that does not exist);
    then nothing was changed.
    """
    workspace = Workspace(master)
    workspace.check(reading=options.dry_run)
    with (
        workspace.locked(options.who),
        open_book(workspace, options.now, options.who, options.ledger_url) as book,
    ):
        return merge_into(book, sources, options)


def merge_into(book: MasterBook, sources: Sequence[Path], options: Options) -> MergeReport:
    """The merge into a master that is held already: a file, or a workbook open in Excel."""
    book.refuse_incomplete()
    with Workers(options.workers) as workers:
        if options.dry_run:
            book.imagine_city_edits()
        else:
            book.finish_interrupted()
            book.take_in_city_edits()
        take_in_decisions(book, imagine=options.dry_run)
        files = [*_collect(book.workspace, sources), *options.pulled]
        if sources and not files:
            book.notices.append(("nothing-to-read", {"places": ", ".join(source.name for source in sources)}))
        plan = _plan(book, files, options, workers)
        version = None
        if not options.dry_run:
            version = _apply(book, plan)
            if version is not None or book.is_stale:
                book.write(lambda done, total: options.progress("write", done, total), workers=workers)
        return _report(book, plan, version, options.told)


def _collect(workspace: Workspace, sources: Sequence[Path]) -> list[SourceFile]:
    try:
        return collect(sources, leave_out=workspace.own_paths)
    except SourceMissing as missing:
        raise CannotRun("source-missing", file=str(missing)) from None


def _plan(book: MasterBook, files: Sequence[SourceFile], options: Options, workers: Workers) -> MergePlan:
    """Gate, read, check and plan every file that is not known already, byte for byte."""
    confirmed = book.confirmed()
    known = {slot.digest: slot for slot in book.slots.values() if slot.digest}
    again: list[Known] = []
    new: list[SourceFile] = []
    for file in files:
        digest = _digest_now(file)
        slot = known.get(digest)
        if slot is None or book.notes[slot.uid, slot.year].hold:
            new.append(file)
        else:
            again.append(Known(file.name, digest, slot.uid, slot.year))
    roots = {key: (slot.state, slot.base) for key, slot in book.slots.items()}
    context = Context(book.setup, book.ledger.url, roots, options.now.date(), confirmed, book.imagined)
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        options.progress("read", done, len(new))

    def keep(outcomes: list[Outcome]) -> list[Outcome]:
        return outcomes if options.dry_run or len(new) <= MANY_FILES else stored_early(book.ledger, outcomes)

    outcomes = read_all(new, context, workers, progress=tell, arrived=keep)
    return arrange(outcomes, again, book.notes, confirmed, partial(_said, book))


def _digest_now(file: SourceFile) -> str:
    """The digest of a file, none when it cannot be read at this moment: whoever reads it next will say so."""
    try:
        return file_digest(file.path)
    except OSError:
        return ""


def _said(book: MasterBook, item: Outcome | Known) -> str:
    """A name for what a file said, wherever it stood in it; the file's own digest when it is held."""
    if isinstance(item, Known):
        slot = book.slots[item.uid, item.year]
        return said_name(book.unit_year(slot.base)) if slot.base else item.digest
    if item.base is None:
        return item.source.digest
    pieces = item.base.pieces
    return said_name(decode(item.base.root, lambda name: pieces.get(name) or book.ledger.fetch(name)))


def _apply(book: MasterBook, plan: MergePlan) -> int | None:
    if not plan.changes_something and book.loose_are(plan.findings):
        return None
    version = apply_plan(book.ledger, plan, book.slots, book.notes, book.when, book.workspace.remembered)
    book.reload()
    return version


def _report(book: MasterBook, plan: MergePlan, version: int | None, told: tuple[Finding, ...]) -> MergeReport:
    concerned = plan.units
    held = tuple(
        Held(book.code_of(unit.uid), book.name_of(unit.uid), unit.year, unit.hold, unit.files) for unit in plan.held
    )
    findings = [finding for item in plan.taken for finding in item.findings]
    findings += [finding for unit in plan.held if unit.outcome for finding in unit.outcome.findings]
    findings += [finding for known in plan.again for finding in book.notes[known.uid, known.year].findings]
    conflicts = [conflict for item in plan.taken for conflict in item.conflicts]
    conflicts += [conflict for known in plan.again for conflict in book.notes[known.uid, known.year].conflicts]
    years = {year for _, year in concerned}
    across = book.across(years)
    return MergeReport(
        plan.counts,
        held,
        (*told, *book.setup_findings, *plan.findings, *findings, *across),
        tuple(change for item in plan.taken for change in item.changes),
        tuple(conflicts),
        version,
        book.missing(years, also_sent=concerned),
        tuple(book.notices),
    )
