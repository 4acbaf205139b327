"""What a ward is told in its own sheet: planned from the master, the ledger and the content that was read; pure.

Findings and conflicts stand in ``Phản hồi``, each under its row's id, so that sorting and inserting do no harm. Targets
and the values that the master uses instead of the ward's stand in ``Kết quả``. New rows learn their ids.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sync.book import MasterBook
from sync.conflict_words import Reader, conflict_words, hold_words
from sync.figures import words_of
from sync.google.state import Seen
from sync.ledger import Slot
from sync.notes import Notes
from sync.plan import Conflict
from sync.sources.google_sheets import name_of
from workbooks.layouts import TABS
from workbooks.read import read_submission
from xl_ctd.core.findings import Finding, Place, Severity
from xl_ctd.core.records import UNREAD, Rows
from xl_ctd.core.submissions import SourceInfo, Submission, UnitYear
from xl_ctd.core.tables import BY_CODE, WARD_TABLES
from xl_ctd.messages import message

_NOWHERE = Place("")
MOST_LINES = 900
"""So many lines of feedback; nobody reads more, and the first are the gravest."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of feedback. ``rid`` is blank where no row is meant; ``is_grave`` colours the row red, else yellow."""

    severity: str
    tab: str
    place: str
    words: str
    ward: str
    master: str
    rid: str
    is_grave: bool


@dataclass(frozen=True, slots=True)
class NewId:
    """A row id for a row that has none, or another row's: tab, line and column letters where it was read."""

    tab: str
    line: int
    letters: str
    rid: str


@dataclass(frozen=True, slots=True)
class SheetAnswer:
    """All that one spreadsheet is told. ``targets`` are name, result, goal, judgement, gap; ``accepted`` tab, row,
    column, what the ward says, what the master uses. ``ids`` hold only while the content is the one they were planned
    for."""

    spreadsheet: str
    unit: str
    digest: str
    received: str
    lines: tuple[Line, ...]
    targets: tuple[tuple[str, ...], ...]
    accepted: tuple[tuple[str, ...], ...]
    ids: tuple[NewId, ...]

    @property
    def errors(self) -> int:
        return sum(line.severity == message("feedback-severity-error") for line in self.lines)

    @property
    def conflicts(self) -> int:
        return sum(line.severity == message("feedback-severity-conflict") for line in self.lines)


def plan_answer(book: MasterBook, spreadsheet: str, seen: Seen, content: Path) -> SheetAnswer | None:
    """What to tell one spreadsheet; None before its first merge, or when it cannot be told whose it is."""
    source = SourceInfo(name_of(seen), seen.digest, seen.changed_at, str(content))
    submission = read_submission(source, content.read_bytes(), setup=book.setup)
    key = (submission.uid or "", submission.year or 0)
    notes, slot = book.notes.get(key), book.slots.get(key)
    if notes is None or slot is None:
        return None
    base, state = _stored(book, slot)
    at = _row_ids(submission, base)
    is_current = slot.digest == seen.digest
    file = notes.file if is_current else source.name  # a spreadsheet may have been renamed since
    lines = [*_held(notes), *_conflicts(notes, base, state), *_findings(notes, file, at)]
    return SheetAnswer(
        spreadsheet,
        key[0],
        seen.digest,
        notes.received if notes.file == file else "",
        tuple(lines[:MOST_LINES]),
        tuple(_targets(book, *key)),
        tuple(_accepted(base, state, notes.conflicts)),
        tuple(_new_ids(submission, base)) if is_current and notes.hold is None else (),
    )


def _stored(book: MasterBook, slot: Slot) -> tuple[UnitYear, UnitYear]:
    """What the ward sent last and what the master holds; nothing for a unit that never sent."""
    nothing = UnitYear(slot.uid, slot.year)
    base = book.unit_year(slot.base) if slot.base else nothing
    return base, book.unit_year(slot.state) if slot.state else nothing


# --- feedback -------------------------------------------------------------------------------------------------------


def _row_ids(submission: Submission, base: UnitYear) -> Mapping[tuple[str, int], str]:
    """(tab, line) → row id, as read; for a row that had none, the one it was given."""
    found: dict[tuple[str, int], str] = {}
    for code, rows in submission.tables.items():
        found |= {(rows.sheet, line): rid for line, rid in zip(rows.lines, rows.rids, strict=True) if rid}
        given = base.table(code)
        for line, rid in zip(given.lines, given.rids, strict=True):
            found.setdefault((rows.sheet, line), rid)
    return found


def _held(notes: Notes) -> Iterator[Line]:
    if notes.hold is not None:
        words = hold_words(notes.hold, Reader.WARD)
        yield Line(message("feedback-severity-error"), message("feedback-held"), "", words, "", "", "", True)


def _conflicts(notes: Notes, base: UnitYear, state: UnitYear) -> Iterator[Line]:
    for conflict in notes.conflicts:
        said = conflict_words(conflict)
        if conflict.field is None:
            code = "feedback-deleted-by-ward" if conflict.ward is None else "feedback-deleted-by-city"
            words = message(
                code, {"row": _name_of(conflict.rid, base.table(conflict.table), state.table(conflict.table))}
            )
        else:
            words = f"{said.column}: {message('feedback-conflict')}"
        tab = TABS.get(conflict.table, said.table)
        cell = conflict.place.cell or ""
        kind = message("feedback-severity-conflict")
        yield Line(kind, tab, cell, words, said.ward or "", said.master or "", conflict.rid, False)


def _findings(notes: Notes, file: str, at: Mapping[tuple[str, int], str]) -> Iterator[Line]:
    """The errors, then the warnings; what the program only mentions is for the city."""
    for severity in (Severity.ERROR, Severity.WARNING):
        for finding in notes.findings:
            if finding.severity is severity and finding.where.file == file:
                yield _line(finding, at)


def _line(finding: Finding, at: Mapping[tuple[str, int], str]) -> Line:
    place = finding.where
    digits = (place.cell or "").lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    rid = at.get((place.sheet or "", int(digits)), "") if digits.isdigit() else ""
    words = message(finding.code, finding.args)
    severity = message(f"feedback-severity-{finding.severity}")
    return Line(severity, place.sheet or "", place.cell or "", words, "", "", rid, finding.severity is Severity.ERROR)


# --- results --------------------------------------------------------------------------------------------------------


def _targets(book: MasterBook, uid: str, year: int) -> Iterator[tuple[str, ...]]:
    for figure in book.figures_of(year):
        if figure.uid == uid:
            target = book.targets[figure.target_id]
            words = words_of(target, figure)
            yield target.name, words.value, words.goal, f"{words.symbol} {words.word}".strip(), words.gap


def _accepted(base: UnitYear, state: UnitYear, conflicts: tuple[Conflict, ...]) -> Iterator[tuple[str, ...]]:
    """Cells where the master uses another value than the ward typed, open conflicts apart: the city corrected them."""
    open_ones = {(one.table, one.rid, one.field) for one in conflicts}
    open_rows = {(one.table, one.rid) for one in conflicts if one.field is None}
    for table in WARD_TABLES:
        was, now = base.table(table.code), state.table(table.code)
        places = {rid: n for n, rid in enumerate(now.rids)}
        for n, rid in enumerate(was.rids):
            if rid not in places or (table.code, rid) in open_rows:
                continue
            for field in table.stored:
                sent, used = was.column(field.code)[n], now.column(field.code)[places[rid]]
                if sent is UNREAD or used is UNREAD:
                    continue  # never in a ledger
                if sent != used and (table.code, rid, field.code) not in open_ones:
                    conflict = Conflict(base.uid, base.year, table.code, rid, field.code, sent, sent, used, _NOWHERE)
                    said = conflict_words(conflict)
                    yield TABS[table.code], _row_name(was, n), field.label, said.ward or "", said.master or ""


def _name_of(rid: str, *tables: Rows) -> str:
    """The name of a row in the first of these tables that has it."""
    return next((_row_name(rows, rows.rids.index(rid)) for rows in tables if rid in rows.rids), "")


def _row_name(rows: Rows, index: int) -> str:
    """A row as people know it: its natural key."""
    keys = [rows.column(code)[index] for code in BY_CODE[rows.table].natural_key]
    return " · ".join(str(key) for key in keys if key is not None)


# --- new ids --------------------------------------------------------------------------------------------------------


def _new_ids(submission: Submission, base: UnitYear) -> Iterator[NewId]:
    """Rows whose id is missing, copied or another unit's, with the id the merge gave them.

    A line of the base counts only where its values are the ones that stand there: the base also remembers rows from
    earlier readings.
    """
    for code, rows in submission.tables.items():
        given = base.table(code)
        letters = rows.letters.get("_rid")
        if letters is None:
            continue
        times = Counter(rows.rids)
        by_line: dict[int, list[int]] = {}
        for n, line in enumerate(given.lines):
            by_line.setdefault(line, []).append(n)
        for n, (line, rid) in enumerate(zip(rows.lines, rows.rids, strict=True)):
            if rid and times[rid] == 1 and rid in given.rids:
                continue
            same = [m for m in by_line.get(line, ()) if _says_the_same(rows, n, given, m)]
            if len(same) == 1 and given.rids[same[0]] != rid:
                yield NewId(rows.sheet, line, letters, given.rids[same[0]])


def _says_the_same(rows: Rows, n: int, given: Rows, m: int) -> bool:
    return all(value is UNREAD or value == given.column(code)[m] for code, value in rows.row(n).items())
