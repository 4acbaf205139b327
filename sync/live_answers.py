"""Results of the merge as answers of the ribbon: titles, sentences, small tables. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from sync.book import Held, MasterBook
from sync.conflict_words import conflict_words
from sync.office import Answer, AnswerTable, shown_findings
from sync.plan import Conflict
from sync.progress import Progress
from sync.run import MergeReport
from xl_ctd.messages import message


def headers(*columns: str) -> tuple[str, ...]:
    """The words above columns, as the command line has them."""
    return tuple(message(f"column-{column}") for column in columns)


def merge_answer(book: MasterBook, report: MergeReport, *, preview: bool, is_open: bool) -> Answer:
    """A merge, done or only looked at. ``is_open``: it is in the open workbook, which a person still has to save."""
    counts = report.counts
    args: dict[str, object] = {
        "added": counts.added,
        "changed": counts.applied - counts.added - counts.removed,
        "removed": counts.removed,
        "conflicts": len(report.conflicts),
        "held": len(report.held),
        "missing": len(report.missing),
        "version": report.version or "",
    }
    notices = [message(code, names) for code, names in report.notices]
    if preview:
        title, sentence = message("live-preview-title"), message("live-preview-sentence", args)
    elif report.version is None:
        title, sentence = message("live-nothing-title"), message("merge-nothing-new")
    else:
        title, sentence = message("live-merged-title"), message("live-merged-sentence", args)
        notices += [message("live-save-now")] if is_open else []
    tables = (held_table(report.held), conflict_table(book, report.conflicts), missing_table(report.missing))
    return Answer(
        title,
        " ".join((sentence, *notices)),
        tuple(table for table in tables if table.rows),
        shown_findings(report.findings),
        "hop_nhat" if preview else None,
    )


def held_table(held: Iterable[Held]) -> AnswerTable:
    """The units that wait, and why."""
    rows = (
        (item.unit, item.name, str(item.year), message(item.hold.code, item.hold.args), "; ".join(item.files))
        for item in held
    )
    return AnswerTable(message("live-held"), headers("code-of-unit", "unit", "year", "sentence", "file"), tuple(rows))


def conflict_table(book: MasterBook, conflicts: Iterable[Conflict]) -> AnswerTable:
    """What waits for a decision, with the three values."""
    rows = []
    for conflict in conflicts:
        words = conflict_words(conflict)
        place = " · ".join((words.table, words.place, words.column))
        values = (value or "" for value in (words.base, words.ward, words.master))
        rows.append((conflict.id, f"{book.name_of(conflict.uid)} ({conflict.year})", place, *values))
    columns = headers("id", "unit", "place", "base", "ward", "master")
    return AnswerTable(message("action-xung_dot"), columns, tuple(rows))


def missing_table(missing: Sequence[str]) -> AnswerTable:
    """Who has not sent."""
    return AnswerTable(message("live-missing"), headers("unit"), tuple((name,) for name in missing))


def progress_answer(rows: Iterable[Progress]) -> Answer:
    """Who has sent what, and when."""
    shown, late = [], 0
    for row in rows:
        state = message(f"state-{row.state}", {"days": row.days_late})
        received = (row.received or "").replace("T", " ")
        numbers = (str(row.rows or ""), str(row.errors or ""))
        shown.append((str(row.year), row.unit, state, received, row.file, *numbers))
        late += row.state == "missing"
    title = message("action-tien_do")
    columns = headers("year", "unit", "state", "received", "file", "rows", "errors")
    sentence = message("live-progress", {"received": len(shown) - late, "expected": len(shown)})
    return Answer(title, sentence, (AnswerTable(title, columns, tuple(shown)),))


def names_of(files: Iterable[Path]) -> tuple[tuple[str, ...], ...]:
    """A column of file names."""
    return tuple((file.name,) for file in files)
