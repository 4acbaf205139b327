"""Who has sent what, and when: the rows of ``Tiến độ nộp``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sync.notes import Notes
from xl_ctd.core.findings import Severity
from xl_ctd.core.periods import year_of
from xl_ctd.core.setup import Setup
from xl_ctd.messages import message

UnitKey = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Progress:
    """One unit's year: ``state`` is ``missing``, ``held``, ``on-time`` or ``late``; ``days_late`` counts from the
    deadline. ``received`` is ISO time, None when nothing came."""

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


def progress_of(
    setup: Setup, notes: Mapping[UnitKey, Notes], years: Iterable[int], language: str = "vi"
) -> list[Progress]:
    """Every unit that owes a workbook for these years, by year and official order."""
    return [
        _one(setup, unit.uid, year, notes.get((unit.uid, year)), language)
        for year in sorted(set(years))
        for unit in setup.units.expected_in(year)
    ]


def _one(setup: Setup, uid: str, year: int, notes: Notes | None, language: str) -> Progress:
    unit = setup.units.by_uid[uid]
    due = year_of(year).deadline()
    if notes is None or not notes.file:
        return Progress(year, uid, unit.code, unit.name, "missing", due)
    sent = min(filter(None, (notes.modified, notes.received)))[:10]
    late = max(0, (date.fromisoformat(sent) - due).days)
    state = "held" if notes.hold else "late" if late else "on-time"
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
        notes.file,
        sum(size for _, size in notes.tables.values()),
        severities.count(Severity.ERROR),
        severities.count(Severity.WARNING),
        message(notes.hold.code, notes.hold.args, language) if notes.hold else "",
    )
