"""What looks wrong in one workbook: rules of a row, of the file, and of the unit over time.

Nothing here rejects a row; every row counts as far as it can be read, and the findings say what to look at. Rules run
over whole columns, so that a workbook in which nothing is wrong costs next to nothing. What only shows when units
stand side by side is in ``across.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from statistics import median

from xl_ctd.core.across import check_across
from xl_ctd.core.books import calendars_of
from xl_ctd.core.findings import Finding, Place, Severity
from xl_ctd.core.formats import format_number
from xl_ctd.core.numbers import suspect_scale
from xl_ctd.core.periods import year_of
from xl_ctd.core.records import UNREAD, Cell, Rows
from xl_ctd.core.setup import Setup
from xl_ctd.core.submissions import Submission, UnitYear
from xl_ctd.core.tables import BY_CODE, TABLES, Kind
from xl_ctd.core.tallies import folded

__all__ = ["check_across", "check_submission", "modified_z"]

OUTLIER_Z = Fraction(7, 2)
"""Modified z-scores from here on are questioned; the usual z-score cannot reach 3 with fewer than eleven values."""

OUTLIER_TIMES = 5
"""An amount is questioned only when it is also this many times the middle one: aid comes in all sizes."""

SHRANK_SHARE, SHRANK_ROWS = Fraction(1, 5), 5
"""A stock table that lost more than this share and more than these rows since the last time is asked about."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One table of the submission with what the rules need to know around it."""

    rows: Rows
    first: date
    last: date
    born: date
    ended: date
    as_of: date
    year: int
    usual: Rows

    def find(
        self,
        code: str,
        index: int,
        field: str,
        args: Mapping[str, str] | None = None,
        severity: Severity = Severity.WARNING,
    ) -> Finding:
        """A finding at a cell; ``column`` and ``row`` are always among its words."""
        place = Place(self.rows.file, self.rows.sheet or None, self.rows.cell_of(index, field))
        words = {"column": label_of(self.rows.table, field), "row": str(self.rows.lines[index]), **(args or {})}
        return Finding(code, severity, place, words)


Rule = Callable[[_Sheet], Iterable[Finding]]


def check_submission(
    submission: Submission, *, setup: Setup, previous: UnitYear | None, as_of: date
) -> tuple[Finding, ...]:
    """Everything worth asking a unit about its workbook, in the order of the sheets.

    ``previous`` is what this unit sent before, this year or last; None when nothing is known. A submission whose unit
    or year could not be told is not checked.
    """
    year = submission.year
    unit = setup.units.by_uid.get(submission.uid or "")
    if year is None or unit is None:
        return ()
    first = year_of(year, "HC").start if _may_begin_in_december(submission, setup) else date(year, 1, 1)
    findings = _cover(submission)
    for table in TABLES:
        rows = submission.tables.get(table.code)
        if rows is None or not len(rows):
            continue
        usual = previous.table(table.code) if previous is not None else Rows.empty(table.code)
        sheet = _Sheet(
            rows,
            first,
            date(year, 12, 31),
            unit.valid_from or date.min,
            unit.valid_to or date.max,
            as_of,
            year,
            usual,
        )
        for rule in (*_EVERY_TABLE, *_RULES.get(table.code, ())):
            findings.extend(rule(sheet))
    findings.extend(_links(submission))
    findings.extend(_negative_fund(submission, setup))
    return tuple(findings)


def label_of(table: str, field: str) -> str:
    """The header staff see above a field."""
    return BY_CODE[table].by_code[field].label


def _may_begin_in_december(submission: Submission, setup: Setup) -> bool:
    return submission.cover.get("LICH") == "HC" or "HC" in calendars_of(setup)


def _cover(submission: Submission) -> list[Finding]:
    place = Place(submission.source.name)
    findings = []
    if submission.cover.get("DU_DAU") is None:
        findings.append(Finding("opening-balance-blank", Severity.WARNING, place))
    silent = [BY_CODE[code].label for code, rows in submission.tables.items() if code in BY_CODE and not len(rows)]
    if silent and submission.cover.get("CAM_KET") != "C":
        findings.append(Finding("tables-not-reported", Severity.WARNING, place, {"tables": ", ".join(silent)}))
    return findings


# --- dates ------------------------------------------------------------------------------------------------------


def _dates(sheet: _Sheet) -> Iterator[Finding]:
    """Days in the future (with day and month swapped back when that explains them), outside the year or the unit."""
    table = BY_CODE[sheet.rows.table]
    for field in table.stored:
        if field.kind is not Kind.DATE:
            continue
        column = sheet.rows.columns.get(field.code, ())
        days = [day for day in column if type(day) is date]
        if not days:
            continue
        event = field.code == table.date_field
        first, last = min(days), max(days)
        if last <= sheet.as_of and not (event and _outside(sheet, first, last)):
            continue
        for index, day in enumerate(column):
            if type(day) is date:
                yield from _one_day(sheet, index, field.code, day, event)


def _outside(sheet: _Sheet, first: date, last: date) -> bool:
    return first < max(sheet.first, sheet.born) or last > min(sheet.last, sheet.ended)


def _one_day(sheet: _Sheet, index: int, field: str, day: date, event: bool) -> Iterator[Finding]:
    out_of_year = event and not sheet.first <= day <= sheet.last
    if day > sheet.as_of or out_of_year:
        swapped = _swapped(day)
        if swapped is not None and swapped <= sheet.as_of and sheet.first <= swapped <= sheet.last:
            yield sheet.find("day-month-swapped", index, field, {"day": _written(day), "suggestion": _written(swapped)})
            return
    if day > sheet.as_of:
        yield sheet.find("date-in-future", index, field, {"day": _written(day), "today": _written(sheet.as_of)})
    elif out_of_year:
        yield sheet.find("date-outside-year", index, field, {"day": _written(day), "year": str(sheet.year)})
    elif event and day < sheet.born:
        yield sheet.find("date-before-unit", index, field, {"day": _written(day), "limit": _written(sheet.born)})
    elif event and day > sheet.ended:
        yield sheet.find("date-after-unit", index, field, {"day": _written(day), "limit": _written(sheet.ended)})


def _swapped(day: date) -> date | None:
    """The day that US regional settings would have made of it: 5/3 for 3/5."""
    return date(day.year, day.day, day.month) if day.day <= 12 and day.day != day.month else None


def _written(day: date) -> str:
    return f"{day.day:02}/{day.month:02}/{day.year}"


def _in_order(earlier: str, later: str) -> Rule:
    def rule(sheet: _Sheet) -> Iterator[Finding]:
        for index, (first, second) in enumerate(zip(sheet.rows.column(earlier), sheet.rows.column(later), strict=True)):
            if second is not None and type(first) is date and type(second) is date and second < first:
                words = {"earlier": label_of(sheet.rows.table, earlier), "day": _written(second)}
                yield sheet.find("date-order", index, later, {**words, "other": _written(first)})

    return rule


# --- numbers ----------------------------------------------------------------------------------------------------


def _at_most(smaller: str, larger: str) -> Rule:
    """A number that is part of another one cannot exceed it; blanks are not compared."""

    def rule(sheet: _Sheet) -> Iterator[Finding]:
        for index, (part, whole) in enumerate(zip(sheet.rows.column(smaller), sheet.rows.column(larger), strict=True)):
            if isinstance(part, int) and isinstance(whole, int) and part > whole:
                words = {"larger": label_of(sheet.rows.table, larger), "number": format_number(part)}
                yield sheet.find("number-above-whole", index, smaller, {**words, "limit": format_number(whole)})

    return rule


_BAGS = ("TUI_250", "TUI_350", "TUI_450")


def _bags(sheet: _Sheet) -> Iterator[Finding]:
    """Bags against people who gave: as many bags, platelets included, as donations; and no more discarded."""
    bags = zip(*(sheet.rows.column(code) for code in (*_BAGS, "TIEU_CAU")), strict=True)
    for index, (parts, given, discarded) in enumerate(
        zip(bags, sheet.rows.column("TIEP_NHAN"), sheet.rows.column("HUY"), strict=True)
    ):
        if UNREAD in parts or not isinstance(given, int):
            continue
        filled = [part for part in parts if isinstance(part, int)]
        total = sum(filled)
        if not filled:
            if given:
                yield sheet.find("bags-blank", index, "TUI_250", {"people": format_number(given)})
        elif total != given:
            words = {"bags": format_number(total), "people": format_number(given)}
            yield sheet.find("bags-differ", index, "TIEP_NHAN", words)
        if filled and isinstance(discarded, int) and discarded > total:
            words = {"discarded": format_number(discarded), "bags": format_number(total)}
            yield sheet.find("discarded-above-bags", index, "HUY", words)


def _from_above(sheet: _Sheet) -> Iterator[Finding]:
    columns = (sheet.rows.column(code) for code in ("CAP_TREN", "TIEN", "HIEN_VAT", "NGAY_CONG"))
    for index, (above, *parts) in enumerate(zip(*columns, strict=True)):
        if not isinstance(above, int) or not above or UNREAD in parts:
            continue
        total = sum(part for part in parts if isinstance(part, int))
        if above > total:
            words = {"amount": format_number(above), "total": format_number(total)}
            yield sheet.find("from-above-too-large", index, "CAP_TREN", words)


def _scale(*fields: str) -> Rule:
    """Amounts that look as if typed in thousands or millions of đồng, beside the unit's own usual ones."""

    def rule(sheet: _Sheet) -> Iterator[Finding]:
        for field in fields:
            column = sheet.rows.columns.get(field, ())
            before = [value for value in sheet.usual.columns.get(field, ()) if type(value) is int and value]
            usual = before or [value for value in column if type(value) is int and value]
            if len(usual) < 3:
                continue
            low = median(usual) // 100
            if min((value for value in column if type(value) is int and value), default=low + 1) > low:
                continue
            for index, value in enumerate(column):
                if type(value) is not int or not 0 < value <= low:
                    continue
                times = suspect_scale(value, usual)
                if times:
                    words = {"amount": format_number(value), "suggestion": format_number(value * times)}
                    yield sheet.find("money-scale", index, field, words)

    return rule


def modified_z(values: Sequence[int | Decimal]) -> list[Fraction]:
    """How far each value stands from the middle one, in units that a single wild value cannot stretch.

    0,6745·(x − median)/MAD; where more than half of the values are equal (MAD 0), a value further than half the
    median away gets a score above any limit and the others 0. Iglewicz and Hoaglin question scores above 3,5.

    >>> [float(round(z, 2)) for z in modified_z([12, 15, 11, 14, 13, 16, 150])]
    [-0.67, 0.34, -1.01, 0.0, -0.34, 0.67, 45.87]
    """
    exact = [Fraction(value) for value in values]
    middle = median(exact)
    spread = median([abs(value - middle) for value in exact])
    if spread == 0:
        far = abs(middle) / 2
        return [OUTLIER_Z * 2 if abs(value - middle) > far else Fraction(0) for value in exact]
    return [Fraction(6745, 10_000) * (value - middle) / spread for value in exact]


def _outliers(*fields: str) -> Rule:
    """Numbers far above all others of the column; with fewer than five of them nobody can tell."""

    def rule(sheet: _Sheet) -> Iterator[Finding]:
        for field in fields:
            column = sheet.rows.columns.get(field, ())
            known = [value for value in column if type(value) is int]
            if len(known) < 5 or max(known) <= (limit := median(known) * OUTLIER_TIMES):
                continue
            scores = iter(modified_z(known))
            for index, value in enumerate(column):
                if type(value) is int and next(scores) > OUTLIER_Z and value > limit:
                    words = {"number": format_number(value), "usual": format_number(Fraction(median(known)), 0)}
                    yield sheet.find("number-unusual", index, field, words)

    return rule


# --- rows that contradict themselves ------------------------------------------------------------------------------


def _associations(sheet: _Sheet) -> Iterator[Finding]:
    for index, (has, founded) in enumerate(zip(sheet.rows.column("CO_HOI"), sheet.rows.column("NGAY_TL"), strict=True)):
        if has == "K" and founded is not None:
            yield sheet.find("founded-without-association", index, "NGAY_TL")
        elif has == "C" and founded is None:
            yield sheet.find("founding-day-missing", index, "NGAY_TL")


def _ended_addresses(sheet: _Sheet) -> Iterator[Finding]:
    for index, (state, ended) in enumerate(
        zip(sheet.rows.column("TINH_TRANG"), sheet.rows.column("NGAY_KT"), strict=True)
    ):
        if ended is None and state in ("XONG", "CHUYEN", "MAT"):
            yield sheet.find("end-day-missing", index, "NGAY_KT")


def _tet_years(sheet: _Sheet) -> Iterator[Finding]:
    kinds = sheet.rows.column("LOAI")
    if "QT" not in kinds:
        return
    for index, (kind, year) in enumerate(zip(kinds, sheet.rows.column("NAM_TET"), strict=True)):
        if kind != "QT" or year is UNREAD:
            continue
        if year is None:
            yield sheet.find("tet-year-missing", index, "NAM_TET", severity=Severity.ERROR)
        elif year not in (sheet.year, sheet.year + 1):
            yield sheet.find("tet-year-odd", index, "NAM_TET", {"value": str(year), "year": str(sheet.year)})


def _prices(sheet: _Sheet) -> Iterator[Finding]:
    kinds = sheet.rows.column("HINH_THUC")
    if "HV" in kinds:
        for index, (kind, source) in enumerate(zip(kinds, sheet.rows.column("NGUON_GIA"), strict=True)):
            if kind == "HV" and source is None:
                yield sheet.find("price-source-missing", index, "NGUON_GIA")


def _certified_teams(sheet: _Sheet) -> Iterator[Finding]:
    columns = (sheet.rows.column(code) for code in ("LOAI", "CON_HD", "CHUNG_NHAN"))
    for index, (kind, working, certified) in enumerate(zip(*columns, strict=True)):
        if kind == "SCC" and working == "C" and certified == 0 and certified is not None:
            yield sheet.find("team-without-certificates", index, "CHUNG_NHAN")


# --- the file as a whole ------------------------------------------------------------------------------------------


def _natural_keys(sheet: _Sheet) -> Iterator[Finding]:
    """Rows that people would call the same. Both count until somebody says otherwise."""
    table = BY_CODE[sheet.rows.table]
    keys = _keys(sheet.rows, table.natural_key[0])
    if len(set(keys)) == len(keys):
        return
    often = Counter(key for key in keys if key)
    first: dict[str, int] = {}
    for index, key in enumerate(keys):
        if often[key] < 2:
            continue
        if key in first:
            words = {"key": _shown(sheet.rows.column(table.natural_key[0])[index])}
            yield sheet.find(
                "key-twice", index, table.natural_key[0], {**words, "first": str(sheet.rows.lines[first[key]])}
            )
        first.setdefault(key, index)


def _keys(rows: Rows, field: str) -> list[str]:
    column = rows.column(field)
    if BY_CODE[rows.table].by_code[field].kind is Kind.DATE:
        return [day.isoformat() if type(day) is date else "" for day in column]
    return folded(column)


def _shown(value: Cell) -> str:
    return _written(value) if isinstance(value, date) else str(value)


def _shrank(sheet: _Sheet) -> Iterator[Finding]:
    if not BY_CODE[sheet.rows.table].stock:
        return
    before, now = len(sheet.usual), len(sheet.rows)
    if before - now > SHRANK_ROWS and before - now > before * SHRANK_SHARE:
        place = Place(sheet.rows.file, sheet.rows.sheet or None)
        yield Finding("stock-shrank", Severity.WARNING, place, {"before": str(before), "now": str(now)})


def _links(submission: Submission) -> Iterator[Finding]:
    """Supports must name an address and an activity that exist; a value whose activity is missing counts nowhere."""
    supports = submission.tables.get("HO_TRO")
    if supports is None or not len(supports):
        return
    for field, table, key, code, severity in (
        ("MA_DC", "DIA_CHI", "MA_DC", "address-unknown", Severity.WARNING),
        ("MA_HD", "HOAT_DONG", "MA_HD", "activity-unknown", Severity.ERROR),
    ):
        target = submission.tables.get(table)
        if target is None or field not in supports.columns:
            continue
        named = folded(supports.column(field))
        unknown = set(named) - set(folded(target.column(key))) - {""}
        for index, value in enumerate(named) if unknown else ():
            if value in unknown:
                place = Place(supports.file, supports.sheet or None, supports.cell_of(index, field))
                words = {"key": str(supports.column(field)[index]), "row": str(supports.lines[index])}
                yield Finding(code, severity, place, words)


def _negative_fund(submission: Submission, setup: Setup) -> Iterator[Finding]:
    """The first day on which the book is overdrawn; entries of one day count together. No opening, no check."""
    rows, opening = submission.tables.get("QUY"), submission.cover.get("DU_DAU")
    if rows is None or not len(rows) or not isinstance(opening, int):
        return
    with_earmarked = setup.convention("TS12_QUY_MUC_DICH", "K") == "C"
    moves: dict[date, int] = {}
    columns = (rows.column(code) for code in ("NGAY", "THU_CHI", "SO_TIEN", "MUC_DICH"))
    for day, flow, amount, earmarked in zip(*columns, strict=True):
        if type(day) is date and isinstance(amount, int) and (with_earmarked or earmarked != "C"):
            moves[day] = moves.get(day, 0) + (amount if flow == "T" else -amount)
    balance = opening
    for day in sorted(moves):
        balance += moves[day]
        if balance < 0:
            index = _last_spending(rows, day)
            place = Place(rows.file, rows.sheet or None, rows.cell_of(index, "SO_TIEN"))
            words = {"day": _written(day), "balance": format_number(balance), "row": str(rows.lines[index])}
            yield Finding("fund-negative", Severity.WARNING, place, words)
            return


def _last_spending(rows: Rows, day: date) -> int:
    spent = zip(rows.column("NGAY"), rows.column("THU_CHI"), strict=True)
    return max(index for index, (when, flow) in enumerate(spent) if when == day and flow != "T")


_EVERY_TABLE: tuple[Rule, ...] = (_dates, _natural_keys, _shrank)

_RULES: Mapping[str, tuple[Rule, ...]] = {
    "DON_VI": (_associations, _in_order("NGAY_TL", "NGAY_GT"), _in_order("NGAY_HD", "NGAY_NGUNG")),
    "DIA_CHI": (_in_order("NGAY_KS", "NGAY_CN"), _in_order("NGAY_KS", "NGAY_KT"), _ended_addresses),
    "HO_TRO": (_prices, _scale("GIA_TRI"), _outliers("GIA_TRI")),
    "HOAT_DONG": (
        _in_order("NGAY_BD", "NGAY_KT"),
        _tet_years,
        _at_most("NGUOI", "LUOT"),
        _from_above,
        _scale("TIEN", "HIEN_VAT"),
    ),
    "HIEN_MAU": (
        _at_most("DEN_HIEN", "DANG_KY"),
        _at_most("TIEP_NHAN", "DEN_HIEN"),
        _bags,
        _outliers("DANG_KY", "TIEP_NHAN"),
    ),
    "QUY": (_scale("SO_TIEN"),),
    "DOI_MO_HINH": (_at_most("CHUNG_NHAN", "THANH_VIEN"), _certified_teams),
    "CAN_BO": (_in_order("TU_NGAY", "DEN_NGAY"),),
}
