"""Reading the setup sheets of a master back: what staff changed takes effect, what makes no sense is told.

A cell that cannot be used leaves the plan's own value in force, and a finding says so. A sheet that is missing or
has lost its columns leaves the whole plan's defaults in force. Nothing typed here can stop a merge.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

from python_calamine import CalamineWorkbook

from workbooks import layouts
from workbooks.master_tables import META_TAB, NAME_PLAN, NAME_VERSION, MasterTable
from workbooks.setup_tables import (
    BOARD_YEAR_CELL,
    CALENDAR_WORDS,
    CONVENTIONS,
    FOLLOWS_CONVENTION,
    HOLIDAYS,
    KIND_WORDS,
    OVER_WORDS,
    POPULATION,
    ROLE_WORDS,
    STRICT_WORDS,
    TARGETS,
    TRAJECTORY_WORDS,
    UNITS,
    governed,
    is_share,
)
from xl_ctd.core.cells import Unreadable
from xl_ctd.core.conventions import with_conventions
from xl_ctd.core.dates import parse_date
from xl_ctd.core.findings import Finding, Place, Severity
from xl_ctd.core.numbers import parse_money, parse_number, parse_percent
from xl_ctd.core.setup import Convention, Plan, Population, Setup
from xl_ctd.core.targets import OverRange, Target, TargetKind, Trajectory
from xl_ctd.core.text import clean, fold
from xl_ctd.core.units import Succession, Unit, UnitTree
from xl_ctd.plans import conventions as plan_conventions
from xl_ctd.plans import default_population, plan_ids

T = TypeVar("T")

HEADER_SEARCH_ROWS = 30
"""A setup table's header stands within the first rows of its tab, wherever it was moved."""


def read_setup(source: Path | str | CalamineWorkbook, plan: Plan) -> tuple[Setup, tuple[Finding, ...]]:
    """What the office has in force, as its master says, with findings for what could not be used.

    ``source`` is the master's path or a workbook already open. Every part that is missing or damaged falls back to
    the plan as issued. Raises what calamine raises when the file cannot be opened at all.
    """
    if not isinstance(source, CalamineWorkbook):
        with closing(CalamineWorkbook.from_path(str(source))) as opened:
            return read_setup(opened, plan)
    book, file = source, _file_name(source)
    findings: list[Finding] = []
    questions = plan_conventions(plan.id)
    conventions = _sheet(book, file, CONVENTIONS, findings)
    chosen = _read_conventions(conventions, questions)
    base = with_conventions(plan.targets, chosen)
    decided = governed(plan, questions)
    targets = _read_targets(_sheet(book, file, TARGETS, findings), base, decided)
    units = _read_units(_sheet(book, file, UNITS, findings), plan)
    population = _read_population(_sheet(book, file, POPULATION, findings), plan, units)
    year = _read_year(book, file, plan, findings)
    return Setup(plan, targets, units, population, chosen, year, _read_holidays(conventions)), tuple(findings)


class NotAMaster(ValueError):
    """The workbook does not say which plan it is the master of."""


def read_plan_id(source: Path | str | CalamineWorkbook) -> str:
    """The id of the plan that a master belongs to, from its hidden sheet; else from the ids of its targets.

    Raises ``NotAMaster`` when neither is there, and what calamine raises when the file cannot be opened.
    """
    if not isinstance(source, CalamineWorkbook):
        with closing(CalamineWorkbook.from_path(str(source))) as opened:
            return read_plan_id(opened)
    book = source
    grids = {tab: book.get_sheet_by_name(tab).to_python() for tab in (META_TAB, TARGETS.tab) if tab in book.sheet_names}
    named = [str(row[1]) for row in grids.get(META_TAB, []) if len(row) > 1 and row[0] == NAME_PLAN]
    prefixes = [str(row[0]).partition("-")[0] for row in grids.get(TARGETS.tab, []) if row]
    for candidate in (*named, *prefixes):
        if candidate in plan_ids():
            return candidate
    raise NotAMaster(
        f"{_file_name(book)} does not look like a master (looked for {NAME_PLAN!r} on the sheet {META_TAB!r})"
    )


def read_version(master: Path) -> int | None:
    """The version of the ledger that a master was written from, as it says itself: 0 before its first merge, None when
    the hidden sheet that says it is gone."""
    with closing(CalamineWorkbook.from_path(str(master))) as book:
        grid = book.get_sheet_by_name(META_TAB).to_python() if META_TAB in book.sheet_names else []
    said = [row[1] for row in grid if len(row) > 1 and row[0] == NAME_VERSION]
    if not said:
        return None
    return int(said[0]) if isinstance(said[0], int | float) else 0


def _file_name(book: CalamineWorkbook) -> str:
    return Path(book.path).name if book.path else ""


# --- a sheet, its rows, a cell ---------------------------------------------------------------------------------------


@dataclass
class _Sheet:
    """The rows of one setup table and the place to complain about them."""

    file: str
    table: MasterTable
    findings: list[Finding]
    found: bool = False
    columns: dict[str, int] = field(default_factory=dict)
    rows: list[tuple[int, Sequence[Any]]] = field(default_factory=list)

    def tell(self, code: str, cell: str | None, severity: Severity, args: Mapping[str, str]) -> None:
        self.findings.append(Finding(code, severity, Place(self.file, self.table.tab, cell), args))


@dataclass(frozen=True)
class _Row:
    """One row of a setup table; every reader takes the value that stays in force when the cell is no use."""

    sheet: _Sheet
    line: int
    cells: Sequence[Any]

    def raw(self, code: str) -> Any:
        position = self.sheet.columns.get(code)
        value = self.cells[position] if position is not None and position < len(self.cells) else None
        return None if value is None or (isinstance(value, str) and not value.strip()) else value

    def text(self, code: str) -> str:
        value = self.raw(code)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return "" if value is None else clean(str(value)).strip()

    def choice(self, code: str, words: Mapping[str, str]) -> str | None:
        """The code of the words chosen; None for a blank; a finding and None for anything else."""
        text = self.text(code)
        if not text:
            return None
        for key, said in words.items():
            if fold(text) in (fold(said), fold(key)) or text in (said, key):
                return key
        self.refuse("setup-choice-unknown", code, choices=", ".join(words.values()))
        return None

    def number(self, code: str, *, share: bool = False, money: bool = False) -> Decimal | None:
        """A number or what people write for one; None for a blank, a finding and None for what cannot be read."""
        if money:
            amount = self._parsed(code, parse_money)
            return None if amount is None else Decimal(amount)
        return self._parsed(code, parse_percent if share else parse_number)

    def whole(self, code: str, low: int, high: int) -> int | None:
        """A whole number between the bounds; a finding and None for anything else that is typed."""
        number = self._parsed(code, parse_number)
        if number is None:
            return None
        if number == int(number) and low <= number <= high:
            return int(number)
        self.refuse("setup-number-outside", code, low=str(low), high=str(high))
        return None

    def day(self, code: str) -> date | None:
        """A day; a finding and None for what is no day."""
        return self._parsed(code, parse_date)

    def _parsed(self, code: str, parse: Callable[[object], T | None]) -> T | None:
        try:
            return parse(self.raw(code))
        except Unreadable as trouble:
            self.refuse(trouble.code, code, **trouble.details)
            return None

    def refuse(self, finding: str, code: str, **args: str) -> None:
        """Say that what is typed here is no use, with its cell, its words and its column."""
        header = next(column.header for column in self.sheet.table.columns if column.code == code)
        position = self.sheet.columns.get(code)
        cell = f"{layouts.column_letters(position + 1)}{self.line}" if position is not None else None
        self.sheet.tell(finding, cell, Severity.ERROR, {"text": self.text(code), "column": header} | args)


def _sheet(book: CalamineWorkbook, file: str, table: MasterTable, findings: list[Finding]) -> _Sheet:
    """The table's rows, found by its codes on its tab or on any other, else by its headers on its tab."""
    sheet = _Sheet(file, table, findings)
    names = sorted(book.sheet_names, key=lambda name: name != table.tab)
    for name in names:
        if name != table.tab and name in _OTHER_TABS:
            continue
        grid = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        if _find_columns(sheet, grid, by_header=name == table.tab):
            return sheet
        if name == table.tab:
            findings.append(Finding("setup-columns-missing", Severity.WARNING, Place(file, name), {"sheet": name}))
            return sheet
    findings.append(Finding("setup-sheet-missing", Severity.WARNING, Place(file), {"sheet": table.tab}))
    return sheet


_OTHER_TABS = frozenset(
    {
        *layouts.TABS.values(),
        layouts.FIGURES_TAB,
        layouts.PROGRESS_TAB,
        layouts.ERRORS_TAB,
        layouts.CONFLICTS_TAB,
        layouts.LOG_TAB,
        layouts.BOARD_TAB,
        layouts.BY_UNIT_TAB,
        layouts.MONITORED_TAB,
        layouts.MONITORED_FIGURES_TAB,
    }
)
"""Large or generated tabs: not searched for a setup table whose tab was renamed."""


def _find_columns(sheet: _Sheet, grid: list[list[Any]], *, by_header: bool) -> bool:
    prefix = f"{sheet.table.code}."
    headers = {fold(column.header): column.code for column in sheet.table.columns}
    key = sheet.table.columns[0].code
    for index, row in enumerate(grid[:HEADER_SEARCH_ROWS]):
        coded = {str(cell)[len(prefix) :]: n for n, cell in enumerate(row) if str(cell).startswith(prefix)}
        first = index + 2
        if not coded and by_header:
            named = {headers[fold(str(cell))]: n for n, cell in enumerate(row) if fold(str(cell)) in headers}
            coded, first = (named, index + 1) if len(named) * 2 > len(headers) else ({}, 0)
        if key in coded:
            sheet.columns = coded
            sheet.rows = [(n, cells) for n, cells in enumerate(grid[first:], first + 1) if any(c != "" for c in cells)]
            sheet.found = True
            return True
    return False


def _rows(sheet: _Sheet) -> list[_Row]:
    """The rows with something in the first column or in the second: a formula alone makes no row."""
    return [_Row(sheet, line, cells) for line, cells in sheet.rows]


# --- Quy ước ---------------------------------------------------------------------------------------------------------


def _read_conventions(sheet: _Sheet, questions: Sequence[Convention]) -> dict[str, str]:
    chosen = {question.code: question.value for question in questions}
    known = {question.code: question for question in questions}
    for row in _rows(sheet):
        question = known.get(row.text("MA"))
        if question is None:
            row.refuse("setup-row-unknown", "MA")
            continue
        if not question.choices:
            chosen[question.code] = row.text("CHON")
            continue
        words = {choice: question.words.get(choice, choice) for choice in question.choices}
        exact = {said: choice for choice, said in words.items()} | {choice: choice for choice in words}
        text = row.text("CHON")
        # ">=" and ">" fold to the same nothing, so the very words come first.
        choice = exact.get(text) if text in exact else row.choice("CHON", words)
        if choice is not None:
            chosen[question.code] = choice
    return chosen


LONGEST_HOLIDAY = 31
"""Days. A longer stretch is a mistyped year."""


def _read_holidays(sheet: _Sheet) -> tuple[date, ...]:
    """The days off that the office lists: days and stretches of days, semicolons between them."""
    days: set[date] = set()
    for row in _rows(sheet):
        if row.text("MA") != HOLIDAYS:
            continue
        raw = row.raw("CHON")
        for part in [raw] if isinstance(raw, date) else filter(None, re.split(r"\s*[;\n]\s*", row.text("CHON"))):
            days.update(_stretch(row, part))
    return tuple(sorted(days))


def _stretch(row: _Row, typed: str | date) -> list[date]:
    """The days of ``08/02/2024–14/02/2024`` or of a single date; none, and a finding, when it cannot be read."""
    ends = re.split(r"\s*(?:–|—|\s-\s|đến)\s*", typed) if isinstance(typed, str) else [typed]
    try:
        first, *others = (parse_date(end) for end in ends)
    except Unreadable:
        first, others = None, []
    last = others[0] if others else first
    if first is None or last is None or len(others) > 1 or not 0 <= (last - first).days < LONGEST_HOLIDAY:
        row.refuse("setup-holiday-unreadable", "CHON", day=str(typed))
        return []
    return [first + timedelta(n) for n in range((last - first).days + 1)]


# --- Chỉ tiêu --------------------------------------------------------------------------------------------------------


def _read_targets(sheet: _Sheet, base: tuple[Target, ...], decided: frozenset[tuple[str, str]]) -> tuple[Target, ...]:
    if not sheet.found:
        return base
    known = {target.id: target for target in base}
    read: dict[str, Target] = {}
    for row in _rows(sheet):
        target = known.get(row.text("MA"))
        if target is None:
            row.refuse("setup-row-unknown", "MA")
        elif target.id in read:
            row.refuse("setup-row-twice", "MA")
        else:
            read[target.id] = _read_target(row, target, decided)
    for target in base:
        if target.id not in read:
            sheet.tell("setup-target-missing", None, Severity.WARNING, {"id": target.id, "name": target.name})
    return tuple(read.get(target.id, target) for target in base)


def _read_target(row: _Row, plan: Target, decided: frozenset[tuple[str, str]]) -> Target:
    kind = row.choice("LOAI", KIND_WORDS)
    money = plan.unit.strip() == "đồng"

    def amount(code: str, fallback: Decimal | None) -> Decimal | None:
        before = len(row.sheet.findings)
        number = row.number(code, share=is_share(plan), money=money)
        if number is not None and number < 0:
            row.refuse("setup-number-negative", code)
        return fallback if len(row.sheet.findings) > before else number

    def year(code: str, fallback: int | None) -> int | None:
        before = len(row.sheet.findings)
        number = row.whole(code, 1990, 2100)
        return fallback if len(row.sheet.findings) > before else number

    def told(code: str, attribute: str, words: Mapping[str, str], make: Callable[[str], Any]) -> Any:
        if fold(row.text(code)) == fold(FOLLOWS_CONVENTION):
            return getattr(plan, attribute)
        picked = row.choice(code, words)
        return getattr(plan, attribute) if picked is None else make(picked)

    amber = row.number("VANG_TU", share=True)
    decimals = row.whole("SO_LE", 0, 6)
    changed = replace(
        plan,
        name=row.text("TEN") or plan.name,
        kind=TargetKind(kind) if kind else plan.kind,
        unit=row.text("DVT") or plan.unit,
        threshold=amount("NGUONG", plan.threshold),
        lower=amount("CAN_DUOI", plan.lower),
        upper=amount("CAN_TREN", plan.upper),
        over_range=told("TREN_CAN", "over_range", OVER_WORDS, OverRange),
        strict=told("SO_SANH", "strict", STRICT_WORDS, lambda sign: sign == ">"),
        calendar=told("LICH", "calendar", CALENDAR_WORDS, str),
        trajectory=told("LO_TRINH", "trajectory", TRAJECTORY_WORDS, Trajectory),
        base_year=year("NAM_GOC", plan.base_year),
        base_value=amount("GIA_TRI_GOC", plan.base_value),
        due_year=year("HAN", plan.due_year),
        amber_from=plan.amber_from if amber is None else amber,
        frozen_from=year("DONG_BANG", plan.frozen_from),
        decimals=plan.decimals if decimals is None else decimals,
        note=row.text("GHI_CHU"),
    )
    return _with_needed_bounds(row, changed, plan)


def _with_needed_bounds(row: _Row, changed: Target, plan: Target) -> Target:
    """Put back what the kind of target cannot do without, and say so."""
    if changed.kind is TargetKind.RANGE:
        if changed.lower is None or changed.upper is None or changed.lower > changed.upper:
            row.refuse("setup-range-impossible", "CAN_DUOI", id=changed.id)
            return replace(changed, kind=plan.kind, lower=plan.lower, upper=plan.upper)
        return changed
    if changed.kind is not TargetKind.MAINTAIN and changed.threshold is None and plan.threshold is not None:
        row.refuse("setup-threshold-missing", "NGUONG", id=changed.id)
        return replace(changed, threshold=plan.threshold)
    if changed.kind is TargetKind.LEVEL and changed.due_year is None:
        row.refuse("setup-due-missing", "HAN", id=changed.id)
        return replace(changed, kind=plan.kind, due_year=plan.due_year)
    return changed


# --- Đơn vị ----------------------------------------------------------------------------------------------------------


def _read_units(sheet: _Sheet, plan: Plan) -> UnitTree:
    if not sheet.found:
        return plan.units
    units: dict[str, Unit] = {}
    roles: dict[str, str] = {}
    rows: dict[str, _Row] = {}
    for row in _rows(sheet):
        unit = _read_unit(row, plan)
        if unit is None:
            continue
        if unit.uid in units:
            row.refuse("setup-row-twice", "UID")
            continue
        units[unit.uid], rows[unit.uid] = unit, row
        roles[unit.uid] = row.choice("VAI_TRO", ROLE_WORDS) or _plan_role(plan, unit.uid)
    for uid in (*plan.units.members, plan.units.city):
        if uid not in units:
            name = plan.units.by_uid[uid].name
            sheet.tell("setup-unit-missing", None, Severity.WARNING, {"id": uid, "name": name})
    kept = {unit.uid: unit for unit in plan.units.units} | units
    ordered = [kept[uid] for uid in (*plan.units.by_uid, *(uid for uid in units if uid not in plan.units.by_uid))]
    checked = tuple(_with_successors(unit, kept, rows.get(unit.uid), plan) for unit in ordered)
    members = [uid for uid in plan.units.members if roles.get(uid, "member") == "member"]
    members += [uid for uid in units if roles[uid] == "member" and uid not in plan.units.members]
    city = next((uid for uid, role in roles.items() if role == "city"), plan.units.city)
    return UnitTree(checked, tuple(members), city, plan.units.group)


def _plan_role(plan: Plan, uid: str) -> str:
    return "member" if uid in plan.units.members else "city" if uid == plan.units.city else "above"


def _read_unit(row: _Row, plan: Plan) -> Unit | None:
    known = plan.units.by_uid.get(row.text("UID"))
    code, name = row.text("MA") or (known.code if known else ""), row.text("TEN") or (known.name if known else "")
    start, end = row.day("TU_NGAY"), row.day("DEN_NGAY")
    if not isinstance(row.raw("MA"), str | None) and known is None:
        row.refuse("setup-code-number", "MA")
        return None
    if not code or not name:
        row.refuse("setup-unit-incomplete", "UID")
        return known
    if known and not isinstance(row.raw("MA"), str | None):
        code = known.code
    if start and end and end < start:
        row.refuse("setup-dates-reversed", "DEN_NGAY")
        start, end = (known.valid_from, known.valid_to) if known else (start, None)
    uid = row.text("UID") or f"{plan.id}.{start.year if start else plan.first_year}.{code}"
    order = row.whole("THU_TU", 0, 9999)
    return Unit(
        uid=uid,
        code=code,
        name=name,
        parent=row.text("CAP_TREN") or None,
        valid_from=start,
        valid_to=end,
        order=order or 0,
        successions=_read_successions(row, known),
        email=row.text("EMAIL"),
        sheet=row.text("LIEN_KET"),
    )


def _read_successions(row: _Row, known: Unit | None) -> tuple[Succession, ...]:
    before = known.successions if known else ()
    successors = [part.strip() for part in row.text("KE_THUA").split(";") if part.strip()]
    if not successors:
        return ()
    on = row.day("NGAY_KT")
    try:
        shares = [parse_share(part) for part in _share_parts(row.raw("TY_LE"), len(successors))]
    except (Unreadable, ValueError, ZeroDivisionError):
        row.refuse("setup-shares-unreadable", "TY_LE")
        return before
    if len(shares) != len(successors) or sum(shares) != 1:
        row.refuse("setup-shares-not-whole", "TY_LE")
        return before
    if on is None:
        row.refuse("setup-date-missing", "NGAY_KT")
        return before
    return tuple(Succession(successor, share, on) for successor, share in zip(successors, shares, strict=True))


def _share_parts(raw: Any, count: int) -> list[Any]:
    if raw is None:
        return ["100%"] if count == 1 else []
    return [part for part in raw.split(";") if part.strip()] if isinstance(raw, str) else [raw]


def parse_share(part: Any) -> Fraction:
    """A share as typed: a fraction, a percentage or a number.

    >>> parse_share("2/3"), parse_share("37,5%"), parse_share(1.0)
    (Fraction(2, 3), Fraction(3, 8), Fraction(1, 1))
    """
    if isinstance(part, str) and "/" in part:
        numerator, denominator = part.split("/")
        return Fraction(int(numerator), int(denominator))
    if isinstance(part, str):
        percent = parse_percent(part)
        if percent is None:
            raise ValueError(part)
        return Fraction(percent)
    number = Fraction(Decimal(str(part)))
    return number / 100 if number > 1 else number


def _with_successors(unit: Unit, known: Mapping[str, Unit], row: _Row | None, plan: Plan) -> Unit:
    unknown = [s.successor for s in unit.successions if s.successor not in known and s.successor not in _outside(plan)]
    if not unknown or row is None:
        return unit
    row.refuse("setup-unit-unknown", "KE_THUA", id=", ".join(unknown))
    before = plan.units.by_uid.get(unit.uid)
    return replace(unit, successions=before.successions if before else ())


def _outside(plan: Plan) -> frozenset[str]:
    """Successors the plan itself names outside its own tree, such as the province after the merger."""
    return frozenset(succession.successor for unit in plan.units.units for succession in unit.successions)


# --- Dân số, năm đang xem --------------------------------------------------------------------------------------------


def _read_population(sheet: _Sheet, plan: Plan, units: UnitTree) -> tuple[Population, ...]:
    if not sheet.found:
        return default_population(plan.id)
    facts: list[Population] = []
    for row in _rows(sheet):
        uid = row.text("UID")
        if not uid and row.raw("SO_NGUOI") is None:
            continue
        if uid not in units.by_uid:
            row.refuse("setup-unit-unknown", "UID", id=uid)
            continue
        before = len(sheet.findings)
        year, people = row.whole("NAM", 1990, 2100), row.whole("SO_NGUOI", 1, 200_000_000)
        if year is None or people is None:
            if len(sheet.findings) == before:
                row.refuse("setup-population-incomplete", "SO_NGUOI", id=uid)
            continue
        facts.append(Population(uid, year, people, row.text("NGUON"), row.day("NGAY")))
    return tuple(facts)


def _read_year(book: CalamineWorkbook, file: str, plan: Plan, findings: list[Finding]) -> int:
    """The year shown on the board; the plan's first year when the cell is no use."""
    if layouts.BOARD_TAB not in book.sheet_names:
        place = Place(file)
        findings.append(Finding("setup-sheet-missing", Severity.WARNING, place, {"sheet": layouts.BOARD_TAB}))
        return plan.first_year
    grid = book.get_sheet_by_name(layouts.BOARD_TAB).to_python(skip_empty_area=False, nrows=12)
    letters = BOARD_YEAR_CELL.rstrip("0123456789")
    row, column = int(BOARD_YEAR_CELL[len(letters) :]) - 1, layouts.column_number(letters) - 1
    typed = grid[row][column] if row < len(grid) and column < len(grid[row]) else None
    # The board may have been moved: any year of the plan in its heading will do.
    for cell in (typed, *(cell for line in grid for cell in line)):
        year = _as_year(cell)
        if year is not None and plan.first_year <= year <= plan.last_year:
            return year
    args = {"text": str(typed or ""), "first": str(plan.first_year), "last": str(plan.last_year)}
    place = Place(file, layouts.BOARD_TAB, BOARD_YEAR_CELL)
    findings.append(Finding("setup-year-unreadable", Severity.WARNING, place, args))
    return plan.first_year


def _as_year(cell: Any) -> int | None:
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        return int(cell) if cell == int(cell) else None
    return int(cell) if isinstance(cell, str) and cell.strip().isdecimal() else None
