"""Who reported on which part of a year, and when: every unit against the quarters, halves or nine months of a year.

A unit sends one workbook again and again, and each sending replaces the one before it in the folder. What was merged
stands in the ledger; what came and was replaced before the office merged, nobody can know, and nobody is called late
for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sync.book import MasterBook, UnitKey
from sync.encoding import unpack
from sync.ledger import Slot
from sync.notes import Notes, from_plain
from sync.progress import Progress
from sync.reading import sent_on
from xl_ctd.core.periods import Period, PeriodKind, periods_of, year_of
from xl_ctd.core.timeliness import reports_period

KINDS = (PeriodKind.QUARTER, PeriodKind.HALF, PeriodKind.NINE_MONTHS)
"""A month is too short to tell its report from that on the month before."""


@dataclass(frozen=True, slots=True)
class PeriodProgress:
    """One unit and one period. ``state`` is that of ``Progress``, or ``open``: nothing came and the deadline has not
    passed; or ``unknown``: what came after the deadline may have replaced what came before it, because the office did
    not merge in between. ``sent`` is the day the first report on the period was sent, None without one; ``days_late``
    counts from the deadline to it."""

    period: str
    year: int
    uid: str
    code: str
    unit: str
    state: str
    deadline: date
    sent: date | None = None
    days_late: int = 0


@dataclass(frozen=True, slots=True)
class _Sending:
    """A file as it was taken: the version that took it, the day it was sent, and what it said (by its name)."""

    version: int
    sent: date
    root: str


def progress_by_period(book: MasterBook, kind: PeriodKind) -> list[PeriodProgress]:
    """Every unit that owes a workbook, for every period of this kind, by year, official order and period.

    A period that ends with the year is judged as the year itself is on ``Tiến độ nộp``.
    """
    merges = _merges(book)
    sendings = _sendings(book, merges)
    found = []
    for row in book.progress():
        for period in periods_of(row.year, kind):
            if period.end == year_of(row.year).end:
                found.append(_of_year(book, row, period))
            else:
                found.append(_one(book, row, period, sendings.get((row.uid, row.year), ()), merges))
    return found


def _of_year(book: MasterBook, row: Progress, period: Period) -> PeriodProgress:
    notes = book.notes.get((row.uid, row.year), Notes())
    sent = date.fromisoformat(notes.reported) if notes.reported else None
    state = "open" if sent is None and not notes.hold and book.today <= row.deadline else row.state
    return _told(row, period, state, row.deadline, sent, row.days_late)


def _one(
    book: MasterBook, row: Progress, period: Period, sendings: Sequence[_Sending], merges: Mapping[int, date]
) -> PeriodProgress:
    due = period.deadline(holidays=book.setup.holidays)
    first = next((one for one in sendings if _reports(book, one, period)), None)
    sent, late = (first.sent, max(0, (first.sent - due).days)) if first else (None, 0)
    if first is None:
        state = "open" if book.today <= due else "held" if row.state == "held" else "missing"
    elif late == 0:
        state = "on-time"
    else:
        looked = any(due < day and version < first.version for version, day in merges.items())
        state = "late" if looked else "unknown"
    return _told(row, period, state, due, sent, late if state == "late" else 0)


def _told(row: Progress, period: Period, state: str, due: date, sent: date | None, late: int) -> PeriodProgress:
    return PeriodProgress(str(period), row.year, row.uid, row.code, row.unit, state, due, sent, late)


def _reports(book: MasterBook, sending: _Sending, period: Period) -> bool:
    if sending.sent < period.start:
        return False  # without a look at what it says
    said = book.unit_year(sending.root)
    return reports_period(said.cover, said.tables, period, sending.sent)


def _merges(book: MasterBook) -> dict[int, date]:
    """The merges that were not taken back, and their days."""
    versions = book.ledger.versions()
    taken_back = {version.detail["undoes"] for version in versions if version.action == "undo"}
    return {
        one.number: date.fromisoformat(one.at[:10])
        for one in versions
        if one.action == "merge" and one.number not in taken_back
    }


def _sendings(book: MasterBook, merges: Mapping[int, date]) -> dict[UnitKey, list[_Sending]]:
    """What each unit sent for each year, oldest first, every content once."""
    taken = [(version, slot) for version, slot in book.ledger.history() if version in merges and slot.base]
    contents = book.ledger.fetch_all(slot.notes for _, slot in taken if slot.notes)
    found: dict[UnitKey, list[_Sending]] = {}
    for version, slot, root in _changes_of_content(taken):
        notes = from_plain(unpack(contents[slot.notes])) if slot.notes else Notes()
        sent = sent_on(notes.modified, date.fromisoformat(notes.received[:10]))
        found.setdefault((slot.uid, slot.year), []).append(_Sending(version, sent, root))
    return found


def _changes_of_content(taken: Sequence[tuple[int, Slot]]) -> Iterator[tuple[int, Slot, str]]:
    last: dict[UnitKey, str] = {}
    for version, slot in taken:
        key = (slot.uid, slot.year)
        if slot.base and last.get(key) != slot.base:
            last[key] = slot.base
            yield version, slot, slot.base
