"""Deciding what a submission changes in the master. Pure: nothing is read or written here.

Three versions of every cell are compared: what the unit sent last time (base), the master now (ours) and what the
unit sends today (theirs). One-sided changes are taken, equal ones are agreed, two different ones are a conflict and
the master keeps its own. A unit's file can change only that unit's rows, so units may arrive in any order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from operator import attrgetter
from typing import Any

from sync.identity import settle
from xl_ctd.core.findings import Finding, Place, Severity
from xl_ctd.core.records import UNREAD, Cell, Rows, Unread, Value
from xl_ctd.core.submissions import Hold, Submission, UnitYear
from xl_ctd.core.tables import BY_CODE, WARD_TABLES, Field, Owner, Table

MASS_DELETION_SHARE = 0.2
MASS_DELETION_ROWS = 5
"""More rows than both of these gone at once looks like an accident: the unit is held for a confirmation."""

COVER = "BIA"
"""Stands for the cover where a conflict names its table; a cover field is one cell of it."""


class ChangeKind(StrEnum):
    """What happens to a row of the master."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """One row added or removed, or one cell of a row changed (then ``field``, ``before`` and ``after`` are set).

    The rows of a table that comes for the first time are only counted, not listed: a province has a million.
    """

    kind: ChangeKind
    table: str
    rid: str
    field: str | None = None
    before: Value = None
    after: Value = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """Three different values for one cell, or a row that one side deleted and the other edited (``field`` None).

    For a row the values say which side still has it: "có" or blank; ``ward_row`` is then the unit's row now.
    """

    uid: str
    year: int
    table: str
    rid: str
    field: str | None
    base: Value
    ward: Value
    master: Value
    place: Place
    ward_row: tuple[Value, ...] | None = None

    @property
    def id(self) -> str:
        """A short name for the conflict that stays the same until it is resolved."""
        name = f"{self.uid}/{self.year}/{self.table}/{self.rid}/{self.field or ''}"
        return hashlib.blake2b(name.encode(), digest_size=4).hexdigest().upper()


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows by what became of them. A row that vanished from the unit's file is also a row read: it says "delete".

    Always: read = applied + unchanged + conflicted + rejected. Of the applied ones ``added`` are new and ``removed``
    are gone; the rest changed in some cell.
    """

    read: int = 0
    applied: int = 0
    unchanged: int = 0
    conflicted: int = 0
    rejected: int = 0
    added: int = 0
    removed: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(a + b for a, b in zip(_tuple(self), _tuple(other), strict=True)))

    def settled(self) -> Counts:
        """The same rows seen again without any change."""
        return replace(self, applied=0, added=0, removed=0, unchanged=self.unchanged + self.applied)


_tuple = attrgetter("read", "applied", "unchanged", "conflicted", "rejected", "added", "removed")


@dataclass(frozen=True, slots=True)
class TablePlan:
    """What one table of a unit becomes: the master's rows, the next base, and all there is to tell."""

    state: Rows
    base: Rows
    counts: Counts = Counts()
    changes: tuple[Change, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """What one submission does to one unit and year; with ``hold`` set it does nothing until a person decides."""

    uid: str
    year: int
    state: UnitYear
    base: UnitYear
    counts: Counts = Counts()
    changes: tuple[Change, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    findings: tuple[Finding, ...] = ()
    hold: Hold | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose rows these are: the unit's key and code, and the codes of the units it took over."""

    uid: str
    code: str
    predecessor_codes: tuple[str, ...] = ()


def plan_unit(
    submission: Submission,
    identity: Identity,
    base: UnitYear | None,
    ours: UnitYear | None,
    *,
    confirmed: bool = False,
) -> UnitPlan:
    """Compare what a unit sends with what it sent before and with the master, and say what should happen.

    ``base`` None means that nothing of this unit and year is known to have been sent (or that the ledger was lost);
    then whatever already stands in the master differs from the file only by conflict, never by overwriting.
    ``confirmed``: a person has looked at what would hold this submission and let it pass.
    """
    year = submission.year
    if year is None:
        raise ValueError("a submission without a year cannot be planned")
    was = base or UnitYear(identity.uid, year)
    mine = ours or UnitYear(identity.uid, year)
    hold = submission.hold or (None if confirmed else _lost_columns(submission, was))
    plans: dict[str, TablePlan] = {}
    gone = 0
    if hold is None:
        for table in WARD_TABLES:
            theirs = submission.tables.get(table.code)
            if theirs is None:
                plans[table.code] = TablePlan(mine.table(table.code), was.table(table.code))
                continue
            plan = plan_table(table, was.table(table.code), mine.table(table.code), theirs, identity, year)
            lost = sum(change.kind is ChangeKind.REMOVED for change in plan.changes)
            if not confirmed and lost > max(MASS_DELETION_ROWS, MASS_DELETION_SHARE * len(was.table(table.code))):
                gone += lost
                hold = Hold("hold-mass-deletion", {"rows": str(gone), "table": table.label})
            plans[table.code] = plan
    if hold is not None:
        rows = sum(map(len, submission.tables.values()))
        return UnitPlan(identity.uid, year, mine, was, Counts(read=rows, rejected=rows), hold=hold)
    cover, next_cover, cover_conflicts = _plan_cover(submission, was, mine)
    city_tables = {code: rows for code, rows in mine.tables.items() if code not in plans and len(rows)}
    return UnitPlan(
        identity.uid,
        year,
        UnitYear(identity.uid, year, cover, {**_filled(plans, "state"), **city_tables}, submitted=True),
        UnitYear(identity.uid, year, next_cover, _filled(plans, "base"), submitted=True),
        sum((plan.counts for plan in plans.values()), Counts()),
        tuple(change for plan in plans.values() for change in plan.changes),
        (*cover_conflicts, *(conflict for plan in plans.values() for conflict in plan.conflicts)),
        tuple(finding for plan in plans.values() for finding in plan.findings),
    )


def _filled(plans: Mapping[str, TablePlan], which: str) -> dict[str, Rows]:
    rows = ((code, getattr(plan, which)) for code, plan in plans.items())
    return {code: table for code, table in rows if len(table)}


def _lost_columns(submission: Submission, base: UnitYear) -> Hold | None:
    """A column or table that was there last time and is not now is "no information", never "all blank"."""
    for table in WARD_TABLES:
        before, now = base.table(table.code), submission.tables.get(table.code)
        if now is None:
            if len(before):
                return Hold("hold-table-missing", {"table": table.label})
            continue
        for item in table.stored:
            needed = item.required or any(value is not None for value in before.columns.get(item.code, ()))
            if needed and item.code not in now.columns:
                return Hold("hold-column-missing", {"table": table.label, "column": item.label})
    return None


def _plan_cover(
    submission: Submission, base: UnitYear, ours: UnitYear
) -> tuple[dict[str, Cell], dict[str, Cell], tuple[Conflict, ...]]:
    """The cover's few values follow the same rule; a cover field is one cell of a table named BIA."""
    state, next_base, conflicts = dict(ours.cover), dict(base.cover), []
    for code, theirs in submission.cover.items():
        was, mine = base.cover.get(code), ours.cover.get(code)
        if theirs is UNREAD:
            continue
        if theirs in (mine, was) or mine == was:
            state[code] = mine if theirs == was else theirs
            next_base[code] = theirs
        elif not (isinstance(was, type(UNREAD)) or isinstance(mine, type(UNREAD))):
            place = Place(submission.source.name)
            conflicts.append(
                Conflict(ours.uid, ours.year, COVER, "", code, was, theirs, mine, place)  # type: ignore[arg-type]
            )
    return state, next_base, tuple(conflicts)


def plan_table(table: Table, base: Rows, ours: Rows, theirs: Rows, identity: Identity, year: int) -> TablePlan:
    """Three-way comparison of one table, cell by cell. ``theirs`` may still lack row ids or hold doubled ones."""
    theirs, findings = settle(table, base, ours, theirs, identity.uid, identity.code, identity.predecessor_codes, year)
    if not len(base) and not len(ours):
        return _first_time(table, theirs, findings)
    if theirs.rids == base.rids and theirs.columns == base.columns:
        state = _with_lines(ours, theirs)
        return TablePlan(state, base, Counts(read=len(theirs), unchanged=len(theirs)), findings=tuple(findings))
    return _Comparison(table, base, ours, theirs, identity.uid, year, findings).plan()


_NO_VALUE = (type(None), Unread)


def _first_time(table: Table, theirs: Rows, findings: list[Finding]) -> TablePlan:
    """Nothing known of this table: every row that can count is new. The road of a first merge, so kept fast."""
    columns = {item.code: theirs.column(item.code) for item in table.stored}
    rejected: set[int] = set()
    for item in table.stored:
        column = columns[item.code]
        types = set(map(type, column))
        if item.required and not types.isdisjoint(_NO_VALUE):
            bad = [n for n, value in enumerate(column) if value is None or value is UNREAD]
            findings += [_missing(theirs, n, item) for n in bad if column[n] is None]
            rejected.update(bad)
        if Unread in types:
            columns[item.code] = tuple(None if value is UNREAD else value for value in column)
    rows = Rows(table.code, theirs.rids, columns, theirs.lines, theirs.file, theirs.sheet, theirs.letters)
    if rejected:
        rows = take(rows, [n for n in range(len(rows)) if n not in rejected])
    counts = Counts(read=len(theirs), applied=len(rows), rejected=len(rejected), added=len(rows))
    return TablePlan(rows, rows, counts, findings=tuple(findings))


def take(rows: Rows, indices: Iterable[int]) -> Rows:
    """The rows at these positions, in this order."""
    chosen = list(indices)
    columns = {code: tuple([column[n] for n in chosen]) for code, column in rows.columns.items()}
    rids, lines = tuple(rows.rids[n] for n in chosen), tuple(rows.lines[n] for n in chosen)
    return Rows(rows.table, rids, columns, lines, rows.file, rows.sheet, rows.letters)


def _with_lines(ours: Rows, theirs: Rows) -> Rows:
    """The master's rows, pointing to where the newest file states them."""
    line_of = dict(zip(theirs.rids, theirs.lines, strict=True))
    lines = tuple(line_of.get(rid, 0) for rid in ours.rids)
    return Rows(ours.table, ours.rids, ours.columns, lines, theirs.file, theirs.sheet, theirs.letters)


def _missing(rows: Rows, index: int, item: Field) -> Finding:
    place = Place(rows.file, rows.sheet, rows.cell_of(index, item.code))
    return Finding("required-missing", Severity.ERROR, place, {"column": item.label})


_ABSENT = object()


@dataclass(slots=True)
class _Comparison:
    """One general three-way comparison; collects rows of the next state and the next base in the master's order."""

    table: Table
    base: Rows
    ours: Rows
    theirs: Rows
    uid: str
    year: int
    findings: list[Finding]
    state_rows: list[tuple[str, tuple[Value, ...], int]] = field(default_factory=list)
    base_rows: list[tuple[str, tuple[Value, ...], int]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    applied: int = 0
    unchanged: int = 0
    conflicted: int = 0
    rejected: int = 0

    def plan(self) -> TablePlan:
        fields = self.table.stored
        was, mine, new = (_by_rid(rows, fields) for rows in (self.base, self.ours, self.theirs))
        order = dict.fromkeys((*self.ours.rids, *self.theirs.rids, *self.base.rids))
        for rid in order:
            self._row(rid, was.get(rid), mine.get(rid), new.get(rid))
        read = self.applied + self.unchanged + self.conflicted + self.rejected
        kinds = [change.kind for change in self.changes]
        added, removed = kinds.count(ChangeKind.ADDED), kinds.count(ChangeKind.REMOVED)
        counts = Counts(read, self.applied, self.unchanged, self.conflicted, self.rejected, added, removed)
        return TablePlan(
            self._rows(self.state_rows),
            self._rows(self.base_rows),
            counts,
            tuple(self.changes),
            tuple(self.conflicts),
            tuple(self.findings),
        )

    def _row(self, rid: str, was: _Row | None, mine: _Row | None, new: _Row | None) -> None:
        if new is None:
            self._not_in_file(rid, was, mine)
        elif mine is None and was is None:
            self._new_row(rid, new)
        elif mine is None and was is not None:
            self._deleted_by_city(rid, was, new)
        elif mine is not None:
            self._in_both(rid, was, mine, new)

    def _not_in_file(self, rid: str, was: _Row | None, mine: _Row | None) -> None:
        if mine is None:
            self.unchanged += 1  # gone on both sides: agreed
            return
        if was is None:  # a row the city typed; none of the unit's business
            self.state_rows.append((rid, mine.values, 0))
            return
        if was.values == mine.values:
            self.applied += 1
            self.changes.append(Change(ChangeKind.REMOVED, self.table.code, rid))
            args = {"row": self._name(mine)}
            place = Place(self.theirs.file, self.theirs.sheet)
            self.findings.append(Finding("row-removed", Severity.INFO, place, args))
            return
        self.conflicted += 1
        self.state_rows.append((rid, mine.values, 0))
        self.base_rows.append((rid, was.values, was.line))
        self._conflict(rid, None, "có", None, "có", None)

    def _new_row(self, rid: str, new: _Row) -> None:
        if not self._complete(new, new.values):
            self.rejected += 1
            return
        values = tuple(_plain(value) for value in new.values)
        self.applied += 1
        self.changes.append(Change(ChangeKind.ADDED, self.table.code, rid))
        self.state_rows.append((rid, values, new.line))
        self.base_rows.append((rid, values, new.line))

    def _deleted_by_city(self, rid: str, was: _Row, new: _Row) -> None:
        # The row stays in base until the unit's copy is gone; otherwise it would come back as new.
        self.base_rows.append((rid, was.values, was.line))
        if all(a is UNREAD or a is _ABSENT or a == b for a, b in zip(new.values, was.values, strict=True)):
            self.unchanged += 1
            return
        self.conflicted += 1
        self._conflict(rid, None, "có", "có", None, new)

    def _in_both(self, rid: str, was: _Row | None, mine: _Row, new: _Row) -> None:
        if was is not None and new.values == was.values:
            self.unchanged += 1
            self.state_rows.append((rid, mine.values, new.line))
            self.base_rows.append((rid, was.values, new.line))
            return
        before = was.values if was else (None,) * len(mine.values)
        state, base = list(mine.values), list(before)
        changed = conflict = False
        for n, item in enumerate(self.table.stored):
            x, y, z = new.values[n], mine.values[n], before[n]
            if x is UNREAD or x is _ABSENT:
                continue
            if x in (y, z):
                base[n] = x
                continue
            if x is None and item.required:
                self._tell("required-emptied", Severity.WARNING, new, item)
                continue
            winner = item.owner if item.owner is not Owner.BOTH else None
            if y == z or winner is Owner.WARD:
                state[n] = base[n] = x
                changed = True
                self.changes.append(Change(ChangeKind.CHANGED, self.table.code, rid, item.code, y, x))
                if x is None:
                    self._tell("cell-emptied", Severity.INFO, new, item, before=_words(y))
            else:
                conflict = True
                self._conflict(rid, item.code, z, x, y, new)
        self.conflicted += conflict
        self.applied += changed and not conflict
        self.unchanged += not changed and not conflict
        self.state_rows.append((rid, tuple(state), new.line))
        self.base_rows.append((rid, tuple(base), new.line))

    def _complete(self, row: _Row, values: tuple[object, ...]) -> bool:
        complete = True
        for item, value in zip(self.table.stored, values, strict=True):
            if not item.required or not (value is None or value is UNREAD or value is _ABSENT):
                continue
            complete = False
            if value is None:
                self._tell("required-missing", Severity.ERROR, row, item)
        return complete

    def _tell(self, code: str, severity: Severity, row: _Row, item: Field, **args: str) -> None:
        place = Place(self.theirs.file, self.theirs.sheet, self._cell(row, item.code))
        self.findings.append(Finding(code, severity, place, {"column": item.label, **args}))

    def _cell(self, row: _Row | None, code: str | None) -> str | None:
        if row is None or not row.line:
            return None
        letters = self.theirs.letters.get(code or self.table.natural_key[0])
        return f"{letters}{row.line}" if letters else None

    def _conflict(self, rid: str, code: str | None, was: object, new: object, mine: object, row: _Row | None) -> None:
        place = Place(self.theirs.file, self.theirs.sheet, self._cell(row, code))
        ward_row = tuple(_plain(value) for value in row.values) if row and code is None else None
        conflict = Conflict(self.uid, self.year, self.table.code, rid, code, was, new, mine, place, ward_row)  # type: ignore[arg-type]
        self.conflicts.append(conflict)

    def _name(self, row: _Row) -> str:
        position = {item.code: n for n, item in enumerate(self.table.stored)}
        return " · ".join(_words(row.values[position[code]]) for code in self.table.natural_key)

    def _rows(self, rows: list[tuple[str, tuple[Value, ...], int]]) -> Rows:
        codes = [item.code for item in self.table.stored]
        columns = zip(*(values for _, values, _ in rows), strict=True) if rows else ((),) * len(codes)
        return Rows(
            self.table.code,
            tuple(rid for rid, _, _ in rows),
            dict(zip(codes, columns, strict=True)),
            tuple(line for _, _, line in rows),
            self.theirs.file,
            self.theirs.sheet,
            self.theirs.letters,
        )


@dataclass(frozen=True, slots=True)
class _Row:
    values: tuple[Any, ...]  # Cell, or _ABSENT where the file has no such column
    line: int


def _by_rid(rows: Rows, fields: Iterable[Field]) -> dict[str, _Row]:
    if not len(rows):
        return {}
    missing = (_ABSENT,) * len(rows)
    columns = [rows.columns.get(item.code, missing) for item in fields]
    return {
        rid: _Row(values, line)
        for rid, values, line in zip(rows.rids, zip(*columns, strict=True), rows.lines, strict=True)
    }


def _plain(value: object) -> Value:
    return None if value is UNREAD or value is _ABSENT else value  # type: ignore[return-value]


def _words(value: object) -> str:
    return "" if value is None else str(value)


def resolve(unit_year: UnitYear, base: UnitYear, conflict: Conflict, value: Value) -> tuple[UnitYear, UnitYear]:
    """Close a conflict for good: the master takes ``value`` and base takes what the unit holds now.

    For a row conflict ``value`` None removes the row from the master and anything else keeps the master's version.
    """
    if conflict.table == COVER:
        code = conflict.field or ""
        return (
            replace(unit_year, cover={**unit_year.cover, code: value}),
            replace(base, cover={**base.cover, code: conflict.ward}),
        )
    table = BY_CODE[conflict.table]
    ours, was = unit_year.table(table.code), base.table(table.code)
    if conflict.field is None and conflict.ward is None:
        # The unit deleted it. Agreed to delete: both forget it. Agreed to keep: it becomes the city's own row.
        ours, was = ours if value is not None else _without(ours, conflict.rid), _without(was, conflict.rid)
    elif conflict.field is None:
        # The city deleted it and the unit edits it: either way base learns what the unit has now.
        was = _with_row(was, conflict)
        ours = ours if value is None else _with_row(ours, conflict)
    else:
        ours = _with_cell(ours, conflict.rid, conflict.field, value)
        was = _with_cell(was, conflict.rid, conflict.field, conflict.ward)
    return (
        replace(unit_year, tables={**unit_year.tables, table.code: ours}),
        replace(base, tables={**base.tables, table.code: was}),
    )


def _without(rows: Rows, rid: str) -> Rows:
    return take(rows, [n for n, other in enumerate(rows.rids) if other != rid])


def _with_row(rows: Rows, conflict: Conflict) -> Rows:
    """The rows with the unit's present version of the conflicting row, replaced or added at the end."""
    codes = [item.code for item in BY_CODE[conflict.table].stored]
    rest = _without(rows, conflict.rid)
    values = dict(zip(codes, conflict.ward_row or (None,) * len(codes), strict=True))
    columns = {code: (*rest.column(code), values[code]) for code in codes}
    return replace(rest, rids=(*rest.rids, conflict.rid), columns=columns, lines=(*rest.lines, 0))


def _with_cell(rows: Rows, rid: str, code: str, value: Value) -> Rows:
    if rid not in rows.rids:
        return rows
    at = rows.rids.index(rid)
    column = rows.column(code)
    changed = (*column[:at], value, *column[at + 1 :])
    return replace(rows, columns={**rows.columns, code: changed})
