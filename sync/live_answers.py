"""Results of the merge as answers of the ribbon: titles, sentences, small tables. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sync.book import Held, MasterBook
from sync.checking import Checked
from sync.conflict_words import Reader, conflict_words, hold_words, value_words
from sync.history import Undone
from sync.office import Answer, AnswerTable, shown_findings
from sync.plan import Change, Conflict
from sync.progress import Progress
from sync.run import MergeReport
from sync.tracing import Trace
from workbooks.layouts import COVER_TAB
from xl_ctd.core.findings import Severity
from xl_ctd.core.formats import format_moment
from xl_ctd.core.tables import BY_CODE
from xl_ctd.messages import message

MOST_CHANGES = 200
"""So many changes are listed one by one; a pane shows no more anyway."""


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
    tables = (
        held_table(report.held),
        conflict_table(book, report.conflicts),
        change_table(report.changes),
        missing_table(report.missing),
    )
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
        (item.unit, item.name, str(item.year), hold_words(item.hold, Reader.OFFICE), "; ".join(item.files))
        for item in held
    )
    return AnswerTable(
        message("live-held"), headers("code-of-unit", "unit", "year", "sentence", "file"), tuple(rows), "held"
    )


def conflict_table(book: MasterBook, conflicts: Iterable[Conflict]) -> AnswerTable:
    """What waits for a decision, with the three values."""
    rows = []
    for conflict in conflicts:
        words = conflict_words(conflict)
        place = " · ".join((words.table, words.place, words.column))
        values = (value or "" for value in (words.base, words.ward, words.master))
        rows.append((conflict.id, f"{book.name_of(conflict.uid)} ({conflict.year})", place, *values))
    columns = headers("id", "unit", "place", "base", "ward", "master")
    return AnswerTable(message("action-xung_dot"), columns, tuple(rows), "conflicts")


def change_table(changes: Sequence[Change]) -> AnswerTable:
    """The rows and cells that become something else; the first ones when there are many, with how many in the title."""
    rows = []
    for change in changes[:MOST_CHANGES]:
        table = BY_CODE.get(change.table)
        field = table.by_code.get(change.field or "") if table else None
        place = " · ".join(filter(None, (table.label if table else COVER_TAB, field.label if field else "")))
        values = (value_words(field, value) or "" for value in (change.before, change.after))
        # A code may have belonged to several units, and only the row id is at hand: so the code is shown.
        unit = change.rid.partition("-")[0]
        rows.append((unit, message(f"change-{change.kind}"), place, change.rid, *values))
    title = message("live-changes", {"count": len(changes), "shown": len(rows)})
    columns = headers("code-of-unit", "change", "place", "row", "before", "after")
    return AnswerTable(title, columns, tuple(rows), "changes")


def missing_table(missing: Sequence[str]) -> AnswerTable:
    """Who has not sent."""
    return AnswerTable(message("live-missing"), headers("unit"), tuple((name,) for name in missing))


def progress_answer(rows: Iterable[Progress]) -> Answer:
    """Who has sent what, and when."""
    shown, late = [], 0
    for row in rows:
        state = message(f"state-{row.state}", {"days": row.days_late})
        numbers = (str(row.rows or ""), str(row.errors or ""))
        shown.append((str(row.year), row.unit, state, format_moment(row.received or ""), row.file, *numbers))
        late += row.state == "missing"
    title = message("action-tien_do")
    columns = headers("year", "unit", "state", "received", "file", "rows", "errors")
    sentence = message("live-progress", {"received": len(shown) - late, "expected": len(shown)})
    return Answer(title, sentence, (AnswerTable(title, columns, tuple(shown)),))


def said(title: str, sentence: str, args: Mapping[str, object] | None = None, *, asks: str | None = None) -> Answer:
    """One sentence of the catalogue under the name of its action."""
    return Answer(message(title), message(sentence, args), asks=asks)


def undone_answer(book: MasterBook, undone: Undone, *, is_open: bool) -> Answer:
    """What an undo took back."""
    code = "undone-exactly" if undone.exact else "undone-keeping-edits"
    sentences = [message(code, {"version": undone.version, "at": format_moment(undone.at)})]
    sentences += [message(notice, names) for notice, names in book.notices]
    sentences += [message("live-save-now")] if is_open else []
    return Answer(message("action-hoan_tac"), " ".join(sentences), findings=shown_findings(book.setup_findings))


def checked_answer(checked: Sequence[Checked]) -> Answer:
    """Files looked at, with what is wrong in them."""
    title = message("action-kiem_tra")
    rows = []
    for item in checked:
        grave = sum(finding.severity is Severity.ERROR for finding in item.findings)
        light = sum(finding.severity is Severity.WARNING for finding in item.findings)
        rows.append((item.file, item.unit or "?", str(item.rows), str(grave or ""), str(light or "")))
    columns = headers("file", "code-of-unit", "rows", "errors", "warnings")
    wrong = sum(item.has_errors for item in checked)
    sentence = message("live-checked", {"files": len(checked), "wrong": wrong})
    findings = shown_findings(finding for item in checked for finding in item.findings)
    return Answer(title, sentence, (AnswerTable(title, columns, tuple(rows)),), findings)


def conflicts_answer(book: MasterBook, conflicts: Sequence[Conflict]) -> Answer:
    """Everything that waits for a person."""
    held = book.held()
    args = {"conflicts": len(conflicts), "held": len(held)}
    sentence = message("live-conflicts", args) if conflicts or held else message("no-conflicts")
    tables = (conflict_table(book, conflicts), held_table(held))
    return Answer(message("action-xung_dot"), sentence, tuple(table for table in tables if table.rows))


def decided_answer(book: MasterBook, left: Sequence[Conflict], decided: int, *, is_open: bool) -> Answer:
    """What was decided, and what is left."""
    answer = conflicts_answer(book, left)
    sentences = [message("conflicts-closed", {"count": decided}), answer.sentence]
    sentences += [message("live-save-now")] if is_open else []
    return replace(answer, sentence=" ".join(sentences))


def trace_answer(found: Trace) -> Answer:
    """Where a number came from."""
    title = message("action-nguon_so_lieu")
    columns = headers("unit", "year", "file", "sheet", "cell", "value", "received")
    rows = ((o.unit, str(o.year), o.file, o.sheet, o.cell, o.value, format_moment(o.received)) for o in found.origins)
    sentence = message("trace-value", {"cell": found.cell, "value": found.value})
    tables = [AnswerTable(title, columns, tuple(rows))]
    if found.spreadsheets:
        tables.append(AnswerTable("Google Sheets", headers("unit", "link", "revision"), found.spreadsheets))
    return Answer(title, sentence, tuple(tables))


def made_answer(title: str, sentence: str, args: Mapping[str, object], files: Iterable[Path]) -> Answer:
    """Files that an action made."""
    rows = tuple((file.name,) for file in files)
    tables = (AnswerTable(message(title), headers("file"), rows),) if rows else ()
    return Answer(message(title), message(sentence, args), tables)
