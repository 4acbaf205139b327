"""Reporting periods: which days belong to "Quý II/2026", by which calendar, and when the report is due.

Sources: TK, calendar months as in Nghị định 60/2018/NĐ-CP; HC, Nghị định 09/2019/NĐ-CP Điều 12 (figures are closed on
the 14th of the last month) and Điều 8 khoản 5 (a deadline at least one working day after the close, one per level);
TC, the fund's books, closed on 31/12. Days off: Bộ luật Lao động 2019, Điều 112 khoản 1 (holidays) and Điều 111 khoản 3
(a holiday on a weekend is made good on the next working day).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import cache, lru_cache

DAY = timedelta(days=1)
SATURDAY = 5


SAME_EVERY_YEAR = ((1, 1), (30, 4), (1, 5), (2, 9))
"""Holidays (day, month) that need no list. Tết and 10/3 go by the moon, and the second day around 2/9 is decided each
year: the office lists those."""


class PeriodKind(StrEnum):
    """How long a period is; the values are those staff choose on the cover."""

    MONTH = "T"
    QUARTER = "Q"
    HALF = "6T"
    NINE_MONTHS = "9T"
    YEAR = "N"


_MONTHS: Mapping[PeriodKind, tuple[int, int]] = {
    PeriodKind.MONTH: (1, 12),
    PeriodKind.QUARTER: (3, 4),
    PeriodKind.HALF: (6, 2),
    PeriodKind.NINE_MONTHS: (9, 1),
    PeriodKind.YEAR: (12, 1),
}
"""Kind → months long, how many a year."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Where a reporting year begins. A year bears the number of the year in which it closes."""

    code: str
    first_day: int = 1
    first_month: int = 1

    def __post_init__(self) -> None:
        if not (1 <= self.first_day <= 28 and 1 <= self.first_month <= 12):
            raise ValueError(f"a year cannot begin on {self.first_day}/{self.first_month}: choose a day from 1 to 28")

    def month_start(self, year: int, month: int) -> date:
        """The first day of the month-th month of a reporting year; 13 is the first day of the next year.

        >>> HC.month_start(2026, 1), HC.month_start(2026, 4)
        (datetime.date(2025, 12, 15), datetime.date(2026, 3, 15))
        """
        opens_before = (self.first_day, self.first_month) != (1, 1)
        years, index = divmod(self.first_month - 1 + month - 1, 12)
        return date(year - opens_before + years, index + 1, self.first_day)


TK = Calendar("TK")
HC = Calendar("HC", 15, 12)
TC = Calendar("TC")
CALENDARS: Mapping[str, Calendar] = {calendar.code: calendar for calendar in (TK, HC, TC)}

DEADLINE_DAYS: Mapping[str, int] = {"phuong": 1, "thanh_pho": 3, "tinh": 5}
"""Working days after the close by which each level sends its report; one is the least the decree allows."""


def custom_calendar(first_day: int, first_month: int, code: str = "TUY") -> Calendar:
    """A calendar of the office's own, such as a blood-donation year that begins on 1 November.

    Raises ``ValueError`` for a day that not every month has.
    """
    return Calendar(code, first_day, first_month)


@dataclass(frozen=True, slots=True)
class Period:
    """One period of one calendar: quarter 4 of 2026 in HC runs from 15/9/2026 to 14/12/2026.

    >>> quarter = Period(HC, PeriodKind.QUARTER, 2026, 4)
    >>> quarter.start, quarter.end, str(quarter)
    (datetime.date(2026, 9, 15), datetime.date(2026, 12, 14), '2026-Q4')
    """

    calendar: Calendar
    kind: PeriodKind
    year: int
    number: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.number <= _MONTHS[self.kind][1]:
            raise ValueError(f"{self.year} has no period {self.kind}{self.number}")

    @property
    def start(self) -> date:
        """The first day that counts."""
        months, _ = _MONTHS[self.kind]
        return self.calendar.month_start(self.year, (self.number - 1) * months + 1)

    @property
    def end(self) -> date:
        """The last day that counts: the cut-off of the figures."""
        months, _ = _MONTHS[self.kind]
        return self.calendar.month_start(self.year, self.number * months + 1) - DAY

    @property
    def days(self) -> int:
        """How many days long."""
        return (self.end - self.start).days + 1

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    def __str__(self) -> str:
        if self.kind is PeriodKind.YEAR:
            return f"{self.year}"
        if self.kind is PeriodKind.NINE_MONTHS:
            return f"{self.year}-9T"
        return f"{self.year}-{self.kind}{self.number:0{2 if self.kind is PeriodKind.MONTH else 1}}"

    def deadline(
        self,
        level: str = "phuong",
        *,
        offsets: Mapping[str, int] = DEADLINE_DAYS,
        holidays: Collection[date] = (),
    ) -> date:
        """The last day on which a level may send its report: working days after the close, days off skipped.

        Raises ``KeyError`` for a level without an offset and ``ValueError`` for less than one working day.

        >>> Period(HC, PeriodKind.HALF, 2026, 1).deadline()  # 14/6/2026 is a Sunday
        datetime.date(2026, 6, 15)
        >>> Period(TK, PeriodKind.YEAR, 2024).deadline()  # 1/1/2025 is a holiday
        datetime.date(2025, 1, 2)
        """
        return working_day_after(self.end, offsets[level], holidays)


_CODE = re.compile(r"(?P<year>\d{4})(?:-(?P<kind>T|Q|6T|9T)(?P<number>\d{1,2})?)?")


def parse_period(code: str, calendar: Calendar | str = TK) -> Period:
    """The period a code names: ``2026``, ``2026-Q4``, ``2026-6T1``, ``2026-9T``, ``2026-T03``; inverse of ``str``.

    Raises ``ValueError`` for anything else and for a calendar we do not have.

    >>> parse_period("2026-6T1", "HC").end
    datetime.date(2026, 6, 14)
    """
    if isinstance(calendar, str):
        if calendar not in CALENDARS:
            raise ValueError(f"no calendar {calendar!r}; there are {', '.join(CALENDARS)}")
        calendar = CALENDARS[calendar]
    match = _CODE.fullmatch(code.strip().upper())
    if match is None:
        raise ValueError(f"{code!r} is no period; write 2026, 2026-Q4, 2026-6T1, 2026-9T or 2026-T03")
    kind = PeriodKind(match["kind"] or "N")
    numbered = kind not in (PeriodKind.YEAR, PeriodKind.NINE_MONTHS)
    if numbered != bool(match["number"]):
        raise ValueError(f"{code!r} is no period; write 2026, 2026-Q4, 2026-6T1, 2026-9T or 2026-T03")
    return Period(calendar, kind, int(match["year"]), int(match["number"] or 1))


def periods_of(year: int, kind: PeriodKind, calendar: Calendar = TK) -> tuple[Period, ...]:
    """The periods of a kind in a reporting year.

    >>> [str(period) for period in periods_of(2026, PeriodKind.HALF)]
    ['2026-6T1', '2026-6T2']
    """
    return tuple(Period(calendar, kind, year, number) for number in range(1, _MONTHS[kind][1] + 1))


def period_of(day: date, calendar: Calendar, kind: PeriodKind) -> Period:
    """The period of this kind that a day belongs to. Raises ``ValueError`` when no nine months hold the day.

    >>> str(period_of(date(2025, 12, 15), HC, PeriodKind.MONTH))
    '2026-T01'
    """
    year = day.year if day < calendar.month_start(day.year, 13) else day.year + 1
    for period in periods_of(year, kind, calendar):
        if day in period:
            return period
    raise ValueError(f"{day} lies in no {kind} period of {year}")


@lru_cache(256)
def year_of(year: int, calendar: Calendar | str = TK) -> Period:
    """A whole reporting year."""
    return parse_period(f"{year:04}", calendar)


def working_day_after(day: date, count: int, holidays: Collection[date] = ()) -> date:
    """The count-th working day after a day; weekends, the fixed holidays and the other holidays given do not count.

    Raises ``ValueError`` when count is below 1.

    >>> working_day_after(date(2026, 4, 29), 1, [date(2026, 5, 4)])
    datetime.date(2026, 5, 5)
    """
    if count < 1:
        raise ValueError("a deadline lies at least one working day after the close (Nghị định 09/2019, Điều 8)")
    while count:
        day += DAY
        if day.weekday() < SATURDAY and day not in holidays and day not in fixed_days_off(day.year):
            count -= 1
    return day


@cache
def fixed_days_off(year: int) -> frozenset[date]:
    """The holidays that fall on the same days every year, and the days that make good those on a weekend.

    >>> sorted(day.isoformat() for day in fixed_days_off(2023))  # 1/1 and 30/4 were Sundays
    ['2023-01-01', '2023-01-02', '2023-04-30', '2023-05-01', '2023-05-02', '2023-09-02', '2023-09-04']
    """
    holidays = {date(year, month, day) for day, month in SAME_EVERY_YEAR}
    days_off = set(holidays)
    for holiday in sorted(holidays):
        instead = holiday
        while holiday.weekday() >= SATURDAY and (instead in days_off or instead.weekday() >= SATURDAY):
            instead += DAY
        days_off.add(instead)
    return frozenset(days_off)


def elapsed_share(start: date, end: date, day: date) -> Fraction:
    """How much of a period has passed at the end of a day: 0 before it, 1 after it.

    Raises ``ValueError`` when the period ends before it starts.

    >>> elapsed_share(date(2025, 12, 15), date(2026, 12, 14), date(2026, 6, 30))
    Fraction(198, 365)
    """
    if end < start:
        raise ValueError(f"a period cannot end ({end}) before it starts ({start})")
    total = (end - start).days + 1
    return Fraction(min(max((day - start).days + 1, 0), total), total)


def in_year_pace(goal: Fraction, period: Period, day: date) -> Fraction:
    """What an even pace towards the period's goal would have reached by the end of a day."""
    return goal * elapsed_share(period.start, period.end, day)


TET: Mapping[int, date] = {
    day.year: day
    for day in (
        date(2023, 1, 22),
        date(2024, 2, 10),
        date(2025, 1, 29),
        date(2026, 2, 17),
        date(2027, 2, 6),
        date(2028, 1, 26),
        date(2029, 2, 13),
        date(2030, 2, 3),
        date(2031, 1, 23),
        date(2032, 2, 11),
        date(2033, 1, 31),
    )
}
"""The first day of the lunar year. A Tết gift belongs to the Tết it was for, not to the day it was given."""
