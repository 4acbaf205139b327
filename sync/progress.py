"""Who has sent what, and when: the rows of ``Tiến độ nộp``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sync.conflict_words import Reader, hold_words
from sync.file_links import opened_by_click
from sync.notes import Notes
from sync.reading import sent_on
from xl_ctd.core.findings import Severity
from xl_ctd.core.periods import year_of
from xl_ctd.core.setup import Setup
from xl_ctd.messages import message

UnitKey = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Progress:
    """One unit's year: ``state`` is ``missing``, ``held``, ``on-time``, ``late``, or ``partial``: the deadline passed
    and no file reports on the whole year. ``days_late`` counts from the deadline to the first such report;
    ``received`` is the ISO time of the newest file, None when nothing came; ``file`` is its name, a ``Link`` where a
    click can open it. ``in_time``: the deadline was kept, or has not passed yet."""

    year: int
    uid: str
    code: str
    unit: str
    state: str
    deadline: date
    received: str | None = None
    days_late: int = 0
    file: str = ""
    rows: int = 0
    errors: int = 0
    warnings: int = 0
    note: str = ""
    in_time: bool = False


def progress_of(
    setup: Setup, notes: Mapping[UnitKey, Notes], years: Iterable[int], today: date, language: str = "vi"
) -> list[Progress]:
    """Every unit that owes a workbook for these years, by year and official order."""
    return [
        _one(setup, unit.uid, year, notes.get((unit.uid, year)), today, language)
        for year in sorted(set(years))
        for unit in setup.units.expected_in(year)
    ]


def _one(setup: Setup, uid: str, year: int, notes: Notes | None, today: date, language: str) -> Progress:
    unit = setup.units.by_uid[uid]
    due = year_of(year).deadline(holidays=setup.holidays)
    if notes is None or not notes.file:
        return Progress(year, uid, unit.code, unit.name, "missing", due)
    newest = sent_on(notes.modified, date.fromisoformat(notes.received[:10]))
    first = date.fromisoformat(notes.reported) if notes.reported else None
    late = max(0, (first - due).days) if first else 0
    in_time = first <= due if first else today <= due
    state = "on-time" if in_time else "late" if first else "partial"
    said = []
    if notes.hold:
        state = "held"
        said.append(hold_words(notes.hold, Reader.OFFICE, language))
    elif state == "partial":
        said.append(message("partial-since", {"day": f"{newest:%d/%m/%Y}"}, language))
    if first and newest > max(first, due):
        said.append(message("supplemented-on", {"day": f"{newest:%d/%m/%Y}"}, language))
    severities = [finding.severity for finding in notes.findings]
    return Progress(
        year,
        uid,
        unit.code,
        unit.name,
        state,
        due,
        notes.received,
        late,
        opened_by_click(notes.file, notes.path),
        sum(size for _, size in notes.tables.values()),
        severities.count(Severity.ERROR),
        severities.count(Severity.WARNING),
        " ".join(said),
        in_time,
    )
