"""What the command line shows people: tables, sentences, progress bars. Nothing is decided here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from sync.book import Held, MasterBook
from sync.checking import Checked
from sync.conflict_words import Reader, conflict_words, hold_words
from sync.figures import status_words, words_of
from sync.ledger import Version
from sync.period_progress import PeriodProgress
from sync.plan import Conflict
from sync.progress import Progress as UnitProgress
from sync.run import MergeReport
from sync.tracing import Trace
from xl_ctd.core.books import GROUP
from xl_ctd.core.findings import Finding, Severity
from xl_ctd.core.formats import format_moment
from xl_ctd.core.scorecard import Figure
from xl_ctd.core.setup import Setup
from xl_ctd.messages import message, spoken

if TYPE_CHECKING:
    from sync.doctor import Answer

MOST_FINDINGS = 30
_STATE_COLOURS = {
    "missing": "red",
    "held": "yellow",
    "late": "yellow",
    "partial": "red",
    "on-time": "green",
    "open": "dim",
    "unknown": "dim",
}
_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "dim"}

# Names of files and what people typed stand in the sentences: square brackets and colons in them are no mark-up.
console = Console(highlight=False, markup=False, emoji=False)
errors = Console(stderr=True, highlight=False, markup=False, emoji=False)


@contextmanager
def progress(language: str, *, quiet: bool = False) -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each step while it runs; nothing when ``quiet`` or when nobody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=errors, transient=True, disable=quiet or not errors.is_terminal) as bars:
        known = {}

        def tell(step: str, done: int, total: int) -> None:
            if step not in known:
                known[step] = bars.add_task(message(f"step-{step}", {}, language), total=total)
            bars.update(known[step], completed=done, total=total)

        yield tell


def targets(figures: Iterable[Figure], setup: Setup, language: str, *, by_unit: bool = False) -> None:
    """Target by target: result, goal, judgement, what is missing."""
    by_id = {target.id: target for target in setup.targets}
    table = _table(
        language, "target", "unit" if by_unit else "", "name", "result", "goal", "judgement", "gap", "coverage"
    )
    for one in figures:
        if one.uid != GROUP and not by_unit:
            continue
        target = by_id[one.target_id]
        words = words_of(target, one, language)
        colour = status_words(one)[1]
        unit = () if not by_unit else (setup.units.group if one.uid == GROUP else setup.units.by_uid[one.uid].name,)
        table.add_row(
            target.id,
            *unit,
            target.name,
            words.value,
            words.goal,
            Text(f"{words.symbol} {words.word}", colour),
            words.gap,
            words.coverage,
        )
    console.print(table)


def merge(report: MergeReport, language: str, *, dry_run: bool = False) -> None:
    """What a merge did, or would do."""
    for code, names in report.notices:
        console.print(message(code, names, language))
    counts = report.counts
    changed = counts.applied - counts.added - counts.removed
    args: dict[str, object] = {
        "read": counts.read,
        "added": counts.added,
        "changed": changed,
        "removed": counts.removed,
        "unchanged": counts.unchanged,
        "conflicted": counts.conflicted,
        "rejected": counts.rejected,
    }
    console.print(message("merge-counts", args, language))
    if report.missing:
        console.print(message("merge-missing", {"units": "; ".join(report.missing)}, language))
    for held in report.held:
        _held(held, language)
    if report.conflicts:
        console.print(message("merge-conflicts", {"count": len(report.conflicts)}, language), style="yellow")
    findings(report.findings, language)
    if dry_run:
        console.print(message("merge-only-looked", {}, language))
    elif report.version is None:
        console.print(message("merge-nothing-new", {}, language))
    else:
        console.print(f"✔ {message('merge-done', {'version': report.version}, language)}", style="bold green")


def findings(found: Sequence[Finding], language: str) -> None:
    """Errors and warnings with their places; notes are only counted."""
    tally = Counter(finding.severity for finding in found)
    if not found:
        return
    sums = {severity.value: tally[severity] for severity in Severity}
    console.print(message("findings-counted", sums, language))
    urgent = [finding for finding in found if finding.severity is not Severity.INFO]
    urgent.sort(key=lambda finding: (finding.severity is not Severity.ERROR, finding.where.file))
    table = _table(language, "code", "place", "sentence")
    for finding in urgent[:MOST_FINDINGS]:
        where = finding.where
        place = " · ".join(filter(None, (where.file, where.sheet, where.cell)))
        colour = _COLOURS[finding.severity]
        table.add_row(
            Text(spoken(finding.code), colour),
            Text(place, colour),
            message(finding.code, finding.args, language),
        )
    console.print(table)
    if len(urgent) > MOST_FINDINGS:
        console.print(message("findings-more", {"count": len(urgent) - MOST_FINDINGS}, language))


def check(checked: Sequence[Checked], language: str) -> None:
    """Several checked files, each with its findings."""
    if not checked:
        console.print(message("checked-nothing", {}, language))
    for item in checked:
        args = {"file": item.file, "unit": item.unit or "?", "rows": item.rows}
        console.print(message("checked-file", args, language), style="bold")
        findings(item.findings, language)
        if not item.findings:
            console.print(f"✔ {message('checked-clean', {}, language)}", style="green")


def status(rows: Iterable[UnitProgress], language: str) -> None:
    """Who has sent what."""
    table = _table(language, "year", "unit", "state", "received", "file", "rows", "errors")
    for row in rows:
        received = format_moment(row.received or "")
        table.add_row(
            str(row.year),
            row.unit,
            _state(row, language),
            received,
            row.file,
            str(row.rows or ""),
            str(row.errors or ""),
        )
    console.print(table)


def periods(rows: Sequence[PeriodProgress], language: str) -> None:
    """Who reported on which period: a line for each unit and year, a column for each period."""
    table = _table(language, "year", "unit")
    for name in dict.fromkeys(row.period.partition("-")[2] for row in rows):
        table.add_column(message(f"period-{name}", {}, language), overflow="fold")
    for (year, _), line in groupby(rows, key=lambda row: (row.year, row.uid)):
        cells = list(line)
        table.add_row(str(year), cells[0].unit, *(_state(cell, language) for cell in cells))
    console.print(table)
    if any(row.state == "unknown" for row in rows):
        console.print(message("state-unknown-means", {}, language))


def _state(row: UnitProgress | PeriodProgress, language: str) -> Text:
    """The state in its colour."""
    return Text(message(f"state-{row.state}", {"days": row.days_late}, language), _STATE_COLOURS[row.state])


def conflicts(found: Sequence[Conflict], book: MasterBook, language: str) -> None:
    """What waits for a decision."""
    for held in book.held():
        _held(held, language)
    if found:
        _conflicts(found, book, language)
    else:
        console.print(message("no-conflicts", {}, language))


def _held(held: Held, language: str) -> None:
    reason = hold_words(held.hold, Reader.TERMINAL, language)
    console.print(f"⏸ {held.name} ({held.unit}, {held.year}): {reason}", style="yellow")


def _conflicts(found: Iterable[Conflict], book: MasterBook, language: str) -> None:
    table = _table(language, "id", "unit", "place", "base", "ward", "master")
    for conflict in found:
        words = conflict_words(conflict, language)
        table.add_row(
            conflict.id,
            f"{book.name_of(conflict.uid)} ({conflict.year})",
            f"{words.table} · {words.place} · {words.column}",
            *(value or "" for value in (words.base, words.ward, words.master)),
        )
    console.print(table)


def ask(found: Sequence[Conflict], book: MasterBook, language: str) -> dict[str, str]:
    """Go through the conflicts with the person at the keyboard; an empty answer leaves one open, no answer all."""
    decisions: dict[str, str] = {}
    sides = {"1": "ward", "2": "master", "3": "base"}
    for conflict in found:
        _conflicts([conflict], book, language)
        try:
            answer = console.input(message("ask-side", {}, language) + " ")
        except EOFError:
            break
        if answer.strip() in sides:
            decisions[conflict.id] = sides[answer.strip()]
    return decisions


def history(versions: Iterable[Version], language: str) -> None:
    """The master's versions, newest first."""
    table = _table(language, "version", "at", "who", "action", "read", "applied", "unchanged", "conflicted", "rejected")
    for version in versions:
        counts: Mapping[str, int] = version.detail.get("counts") or {}
        numbers = (str(counts.get(name, "")) for name in ("read", "applied", "unchanged", "conflicted", "rejected"))
        action = message(f"action-{version.action}", {}, language)
        table.add_row(str(version.number), format_moment(version.at), version.who, action, *numbers)
    console.print(table)


def trace(found: Trace, language: str) -> None:
    """Where a number came from."""
    console.print(message("trace-value", {"cell": found.cell, "value": found.value}, language), style="bold")
    table = _table(language, "unit", "year", "file", "sheet", "cell", "value", "received")
    for origin in found.origins:
        table.add_row(
            origin.unit,
            str(origin.year),
            origin.file,
            origin.sheet,
            origin.cell,
            origin.value,
            format_moment(origin.received),
        )
    console.print(table)
    if found.spreadsheets:
        sheets = _table(language, "unit", "link", "revision")
        for row in found.spreadsheets:
            sheets.add_row(*row)
        console.print(sheets)


def doctor(answers: Iterable[Answer], language: str) -> None:
    """Each thing examined, good or with a remedy."""
    for answer in answers:
        mark = Text("✔ ", "green") if answer.good else Text("✘ ", "red")
        console.print(mark + Text(message(answer.code, answer.args, language)))


def next_steps(folder: Path, language: str) -> None:
    """What to open after a demonstration."""
    console.print(message("demo-next", {"folder": str(folder)}, language))


def _table(language: str, *columns: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in filter(None, columns):
        table.add_column(message(f"column-{column}", {}, language), overflow="fold")
    return table
