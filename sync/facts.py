"""What worksheet functions learn of a master: read from its ledger and setup, never written, no lock taken.

A master is looked at once and remembered until its file, its ledger or the day changes, so that a sheet full of
formulas costs one reading. What the office typed into the master since the last merge counts from the next one on.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from sync.book import MasterBook
from sync.encoding import decode_table
from sync.figures import words_of
from sync.ledger import LEDGER_FILE, Ledger
from sync.notes import Notes
from sync.tallying import tallies_of
from sync.tracing import Origin, Trace, trace
from sync.unit_names import named_unit, unit_words
from sync.workspace import CannotRun, Workspace
from xl_ctd.cell_values import CannotAnswer
from xl_ctd.core.attainment import threshold_of
from xl_ctd.core.books import GROUP, Books
from xl_ctd.core.codes import CODE_LISTS
from xl_ctd.core.indicators import of_unit
from xl_ctd.core.monitoring import Part, monitoring
from xl_ctd.core.periods import CALENDARS, Period, PeriodKind, parse_period, year_of
from xl_ctd.core.records import Rows
from xl_ctd.core.scorecard import JUDGED_PER_UNIT, Figure, figure_of
from xl_ctd.core.setup import Setup, Task
from xl_ctd.core.submissions import UnitYear
from xl_ctd.core.tables import BY_CODE
from xl_ctd.core.targets import Target
from xl_ctd.core.tasks import TaskState, obligated_on, status_of_task
from xl_ctd.facts import Facts, NoFacts, ScoreLine
from xl_ctd.messages import message

__all__ = ["Facts", "NoFacts", "facts_of"]

YEARS = range(2000, 2101)
MOST_SOURCES = 6
MOST_LOOKS = 4
"""So many masters are remembered at a time."""
READER = "worksheet"

_DONE = frozenset({TaskState.ON_TIME, TaskState.LATE})
_WORDS = {choice.code: choice.words for choice in CODE_LISTS["trang_thai_nhiem_vu"]}
_PARTS: Mapping[str, str] = {
    "GIATRI": "value",
    "TU": "numerator",
    "MAU": "denominator",
    "THAP": "low",
    "CAO": "high",
}


def facts_of(master: Path, now: datetime, ledger_url: str | None = None) -> Facts:
    """What is known of a master at a moment. Nothing is read before the first question; a master that cannot be read
    makes the questions fail, not this call."""
    return _MasterFacts(master, now, ledger_url)


# --- looking at a master ----------------------------------------------------------------------------------------

Stamp = tuple[object, ...]
UnitKey = tuple[str, int]


@dataclass
class _Look:
    """A master as it was when it was looked at, with what was worked out since."""

    stamp: Stamp
    book: MasterBook
    books: dict[date, Books] = field(default_factory=dict)
    figures: dict[tuple[str, int, str, date], Figure] = field(default_factory=dict)
    monitored: dict[tuple[int, str, date], Mapping[str, Sequence[Part]]] = field(default_factory=dict)
    traces: dict[str, Trace] = field(default_factory=dict)
    stored: dict[UnitKey, UnitYear] = field(default_factory=dict)

    @property
    def setup(self) -> Setup:
        return self.book.setup

    def books_on(self, day: date) -> Books:
        """All tallies up to a day. Those up to today are at hand; for an earlier one every row is counted again."""
        if day >= self.book.today:
            return self.book.books
        if day not in self.books:
            tallies, _ = tallies_of(self.setup, self.book.slots, {}, self.book.unit_year, day)
            self.books[day] = Books(self.setup, tallies, day)
        return self.books[day]

    def figure(self, target: Target, year: int, uid: str, day: date) -> Figure:
        key = (target.id, year, uid, day)
        if key not in self.figures:
            self.figures[key] = figure_of(self.books_on(day), target, year, uid)
        return self.figures[key]

    def parts(self, number: str, year: int, uid: str, day: date) -> Sequence[Part]:
        """The parts of a monitored number; none of a number nobody counts."""
        key = (year, uid, day)
        if key not in self.monitored:
            found = monitoring(self.books_on(day).tallies, self.setup, year, day, uid=uid)
            self.monitored[key] = {one.id: one.parts for one in found}
        return self.monitored[key].get(number, ())

    def trace(self, cell: str) -> Trace:
        """Where a cell of the master comes from. Raises ``CannotRun`` as ``tracing.trace``."""
        if cell not in self.traces:
            self.traces[cell] = trace(self.book, cell)
        return self.traces[cell]

    def row(self, rid: str) -> tuple[UnitKey, Rows, int] | None:
        """The unit and year that hold a row, its table and its place there. A row id begins with the code of the unit
        that typed it, so that unit is asked first."""
        for key in sorted(self.book.slots, key=lambda key: (not rid.startswith(self.book.code_of(key[0])), key)):
            if key not in self.stored:
                self.stored[key] = self.book.stored(self.book.slots[key])
            for rows in self.stored[key].tables.values():
                if rid in rows.rids:
                    return key, rows, rows.rids.index(rid)
        return None

    @cached_property
    def tasks(self) -> Mapping[tuple[str, int, str], Mapping[str, object]]:
        """(unit, year, task) → what the unit said of it."""
        kept = {
            key: notes.tables["NHIEM_VU"][0] for key, notes in self.book.notes.items() if "NHIEM_VU" in notes.tables
        }
        contents = self.book.ledger.fetch_all(kept.values())
        rows = ((key, row) for key, name in kept.items() for row in decode_table(contents[name]).dicts())
        return {(*key, str(row["MA_NV"])): row for key, row in rows}


_LOOKS: dict[tuple[Path, str | None], _Look] = {}
_LOOKING = threading.Lock()


@contextmanager
def _looking(master: Path, now: datetime, ledger_url: str | None) -> Iterator[_Look]:
    """The newest look at a master, for one question at a time."""
    with _LOOKING, _as_answers():
        key = (master, ledger_url)
        look = _LOOKS.pop(key, None)
        if look is None or look.stamp != _stamp(master, now, look.book.ledger if ledger_url else None):
            ledger = _ledger(master, ledger_url)
            stamp = _stamp(master, now, ledger if ledger_url else None)
            look = _Look(stamp, MasterBook(Workspace(master), ledger, now, READER))
        _LOOKS[key] = look
        for oldest in list(_LOOKS)[:-MOST_LOOKS]:
            _LOOKS.pop(oldest).book.ledger.close()
        try:
            yield look
        finally:
            if ledger_url is None:
                look.book.ledger.close()  # nobody should find the file in use


@contextmanager
def _as_answers() -> Iterator[None]:
    try:
        yield
    except CannotRun as why:
        raise CannotAnswer("#N/A", why.code, why.args_) from None


def _stamp(master: Path, now: datetime, elsewhere: Ledger | None) -> Stamp:
    """What tells whether a look is still good: the day, the master, its ledger (``elsewhere``, or the file beside)."""
    last = elsewhere.last_version() if elsewhere else None
    ledger = (last.number if last else 0,) if elsewhere else _stamp_of(Workspace(master).folder / LEDGER_FILE)
    return now.date(), _stamp_of(master), ledger


def _stamp_of(file: Path) -> Stamp:
    try:
        stat = file.stat()
    except OSError:
        return ()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _ledger(master: Path, ledger_url: str | None) -> Ledger:
    """The ledger, beside the master opened for reading only; an empty one in memory when there is none yet."""
    Workspace(master).check(reading=True)
    if ledger_url is not None:
        return Ledger(ledger_url)
    return Ledger.only_read(Workspace(master).folder.absolute())


# --- answers ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _MasterFacts:
    """``Facts`` over one master."""

    master: Path
    now: datetime
    ledger_url: str | None

    def value(self, indicator: str, period: str, unit: str, mode: str) -> Fraction:
        with _looking(self.master, self.now, self.ledger_url) as look:
            code = indicator.upper()
            if any(code.partition(".")[0] == one.id for one in look.setup.plan.monitored):
                return _monitored(look, code, period, unit, mode)
            target = _target(look, code)
            when = _period(period, target.calendar)
            uid = named_unit(look.setup.units, unit, when.start, when.end)
            seen = _figure(look, target, when, uid).observation
            if seen.not_applicable and mode == "GIATRI":
                raise CannotAnswer("#DIV/0!", "function-divides-by-nothing")
            found: Fraction | None = getattr(seen, _PARTS[mode])
            return _known(found, code, when)

    def goal(self, indicator: str, period: str, unit: str, side: str) -> Fraction:
        with _looking(self.master, self.now, self.ledger_url) as look:
            target = _target(look, indicator.upper())
            when = _period(period, target.calendar)
            uid = named_unit(look.setup.units, unit, when.start, when.end)
            if uid not in (GROUP, look.setup.units.city) and target.id not in JUDGED_PER_UNIT:
                raise CannotAnswer("#N/A", "function-not-for-units", {"code": target.id})
            return _side(target, side)

    def source(self, place: str) -> str:
        with _looking(self.master, self.now, self.ledger_url) as look:
            if "!" in place:
                with _as_reference(place):
                    found = look.trace(place)
                return _origins(found.value, found.origins)
            code, _, year = place.upper().partition("/")
            if code in look.book.targets:
                return _origins_of_target(look, look.book.targets[code], year)
            return _origin_of_row(look, place)

    def unit(self, unit: str, day: date | None, mode: str) -> str:
        with _looking(self.master, self.now, self.ledger_url) as look:
            return unit_words(look.setup.units, unit, day or look.book.today, mode)

    def task(self, task: str, unit: str, day: date | None) -> str:
        with _looking(self.master, self.now, self.ledger_url) as look:
            on = day or look.book.today
            found = next((one for one in look.setup.plan.tasks if one.id == task.upper()), None)
            if found is None:
                raise CannotAnswer("#REF!", "function-unknown-code", {"code": task})
            if unit:
                return _task_words(look, found, named_unit(look.setup.units, unit, on, on), on)
            return _task_of_all(look, found, on)

    def scorecard(self, period: str, unit: str) -> tuple[ScoreLine, ...]:
        with _looking(self.master, self.now, self.ledger_url) as look:
            when = _period(period, "TK")
            uid = named_unit(look.setup.units, unit, when.start, when.end)
            asked = [one for one in look.setup.targets if uid == GROUP or uid == look.setup.units.city or of_unit(one)]
            return tuple(_line(look, target, period, uid) for target in asked)


def _target(look: _Look, code: str) -> Target:
    try:
        return look.book.targets[code]
    except KeyError:
        raise CannotAnswer("#REF!", "function-unknown-code", {"code": code}) from None


def _period(code: str, calendar: str) -> Period:
    """A year, or a part of it that begins with it: figures add up from the first day of the year on."""
    try:
        period = parse_period(code, CALENDARS[calendar])
    except ValueError:
        raise CannotAnswer("#VALUE!", "function-no-period", {"text": code}) from None
    if period.year not in YEARS:
        raise CannotAnswer("#VALUE!", "function-no-period", {"text": code})
    if period.start != year_of(period.year, period.calendar.code).start:
        raise CannotAnswer("#N/A", "function-only-from-new-year", {"year": str(period.year)})
    return period


def _figure(look: _Look, target: Target, when: Period, uid: str) -> Figure:
    if uid not in (GROUP, look.setup.units.city) and not of_unit(target):
        raise CannotAnswer("#N/A", "function-not-for-units", {"code": target.id})
    return look.figure(target, when.year, uid, _day(look, when))


def _day(look: _Look, when: Period) -> date:
    """The day to look from: today, or the end of a part of a year. A whole year ends by itself."""
    return look.book.today if when.kind is PeriodKind.YEAR else min(when.end, look.book.today)


def _known(value: Fraction | None, code: str, when: Period) -> Fraction:
    if value is None:
        raise CannotAnswer("#N/A", "function-no-figure", {"code": code, "period": str(when)})
    return value


def _monitored(look: _Look, code: str, period: str, unit: str, mode: str) -> Fraction:
    name, _, number = code.partition(".")
    when = _period(period, "TK")
    uid = named_unit(look.setup.units, unit, when.start, when.end)
    parts = look.parts(name, when.year, uid, _day(look, when))
    if not number and len(parts) > 1:
        raise CannotAnswer("#REF!", "function-many-parts", {"code": name, "first": _label(parts[0])})
    place = int(number or 1) if (number or "1").isdecimal() else 0
    if mode != "GIATRI" or not 1 <= place <= len(parts):
        raise CannotAnswer("#REF!", "function-unknown-code", {"code": code})
    return _known(parts[place - 1].value, code, when)


def _label(part: Part) -> str:
    return message(part.code, {"words": part.words})


def _side(target: Target, side: str) -> Fraction:
    stated = {"L": target.lower, "U": target.upper, "T": target.threshold}
    try:
        found = threshold_of(target) if side in ("", "T") and target.lower is None else stated[side or "L"]
    except ValueError:
        found = None
    if found is None:
        raise CannotAnswer("#N/A", "function-no-such-side", {"code": target.id, "side": side or "T"})
    return Fraction(found)


def _line(look: _Look, target: Target, period: str, uid: str) -> ScoreLine:
    one = _figure(look, target, _period(period, target.calendar), uid)
    words = words_of(target, one)
    judged = one.judgement
    return ScoreLine(
        target.id,
        target.name,
        target.unit,
        one.observation.value,
        _side(target, ""),
        judged.attainment,
        judged.gap,
        judged.status.value,
        judged.light.value,
        words.word,
        words.coverage,
    )


# --- where figures come from ------------------------------------------------------------------------------------


@contextmanager
def _as_reference(place: str) -> Iterator[None]:
    try:
        yield
    except CannotRun:
        raise CannotAnswer("#REF!", "function-no-such-place", {"place": place}) from None


def _origins(value: str, origins: tuple[Origin, ...]) -> str:
    if not origins:
        return message("source-nothing")
    told = [_origin(one) for one in origins[:MOST_SOURCES]]
    if len(origins) > MOST_SOURCES:
        told.append(message("source-others", {"count": len(origins) - MOST_SOURCES}))
    return message("source-of", {"value": value or "–", "origins": "; ".join(told)})


def _origin(one: Origin) -> str:
    code = "source-cell" if one.is_cell else "source-unit"
    names = {"unit": one.unit, "year": one.year, "file": one.file, "sheet": one.sheet, "cell": one.cell}
    return message(code, {**names, "value": one.value or "–"})


def _origins_of_target(look: _Look, target: Target, year: str) -> str:
    """A figure of the group and the units whose files went into it."""
    when = _period(year or str(look.setup.shown_year), target.calendar)
    whole = words_of(target, _figure(look, target, when, GROUP)).value
    units = [*look.setup.units.expected_in(when.year), look.setup.units.by_uid[look.setup.units.city]]
    notes = {unit.uid: look.book.notes.get((unit.uid, when.year), Notes()) for unit in units}
    origins = [
        Origin(unit.name, when.year, notes[unit.uid].file, "", "", words.value, notes[unit.uid].received)
        for unit in units
        if notes[unit.uid].file and (of_unit(target) or unit.uid == look.setup.units.city)
        for words in [words_of(target, _figure(look, target, when, unit.uid))]
    ]
    return _origins(whole, tuple(origins))


def _origin_of_row(look: _Look, rid: str) -> str:
    found = look.row(rid)
    if found is None:
        raise CannotAnswer("#REF!", "function-no-such-place", {"place": rid})
    (uid, year), rows, at = found
    key = BY_CODE[rows.table].natural_key[0]
    names = {"unit": look.book.name_of(uid), "year": year, "file": rows.file, "sheet": rows.sheet}
    cell = rows.cell_of(at, key)
    value = rows.column(key)[at]
    code = "source-cell" if cell else "source-typed-in-master"
    return message(code, {**names, "cell": cell or "", "value": "–" if value is None else str(value)})


# --- tasks ------------------------------------------------------------------------------------------------------


def _task_of_all(look: _Look, task: Task, on: date) -> str:
    members = {*look.setup.units.members, look.setup.units.city}
    owing = [uid for uid in obligated_on(task, look.setup.units, on) if uid in members]
    if not owing:
        who = ", ".join(task.obligated) or task.lead
        raise CannotAnswer("#N/A", "function-task-of-others", {"code": task.id, "who": who})
    told = Counter(_task_words(look, task, uid, on) for uid in owing)
    states = "; ".join(f"{count} {words}" for words, count in told.most_common())
    return message("task-of-units", {"count": len(owing), "states": states}) if len(owing) > 1 else next(iter(told))


def _task_words(look: _Look, task: Task, uid: str, on: date) -> str:
    """How a task stands with a unit. Days decide where they are known; without them the unit's own word stands."""
    row = look.tasks.get((uid, on.year, task.id)) or (
        look.tasks.get((uid, on.year - 1, task.id)) if task.due_on else None
    )
    state = str(row["TRANG_THAI"]) if row and row.get("TRANG_THAI") else ""
    document, updated = (row.get(code) if row else None for code in ("NGAY_VB", "NGAY_CN"))
    done = (document or updated) if state in _DONE else None
    days = [day for day in (done, updated) if isinstance(day, date)]
    if state and (not days or (task.due_on is None and min(days) <= on)):
        return _WORDS.get(state, state)
    status = status_of_task(
        task.due_on,
        done_on=done if isinstance(done, date) else None,
        updated_on=updated if isinstance(updated, date) else None,
        as_of=on,
        period=year_of(on.year),
    )
    return message(*status.sentence)
