"""Dates as people in Vietnam type them: day, month, year, in that order or not at all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

from xl_ctd.core.cells import Misread, Unreadable, parse_column, shown
from xl_ctd.core.records import Unread
from xl_ctd.core.text import clean

EARLIEST, LATEST = date(1930, 1, 1), date(2100, 12, 31)
"""A date cell outside is a year or a number that Excel turned into a date: 2023 becomes 15/07/1905."""

FIRST_SERIAL, LAST_SERIAL = 41_275, 50_040
"""Excel's own numbers for 01/01/2013 to 31/12/2036, as left behind by pasting values. Numbers outside could as well be
a date typed without strokes (40324 for 4/03/24), so they are refused."""

TWO_DIGIT_YEARS = range(20, 41)

TET: Mapping[int, date] = MappingProxyType(
    {
        2023: date(2023, 1, 22),
        2024: date(2024, 2, 10),
        2025: date(2025, 1, 29),
        2026: date(2026, 2, 17),
        2027: date(2027, 2, 6),
        2028: date(2028, 1, 26),
        2029: date(2029, 2, 13),
        2030: date(2030, 2, 3),
        2031: date(2031, 1, 23),
        2032: date(2032, 2, 11),
        2033: date(2033, 1, 31),
    }
)
"""First day of each lunar year of the plan, Vietnamese calendar."""

_STROKES = re.compile(r"([0-9]{1,2})\s*([/.-])\s*([0-9]{1,2})\s*\2\s*([0-9]{4}|[0-9]{2})")
_IN_WORDS = re.compile(r"(?:ngày\s+)?([0-9]{1,2})\s+tháng\s+([0-9]{1,2})\s+năm\s+([0-9]{4})", re.IGNORECASE)
_MONTH = re.compile(r"(?:tháng\s+)?([0-9]{1,2})\s*(?:[/.-]|\s+năm\s+)\s*([0-9]{4})", re.IGNORECASE)
_NO_YEAR = re.compile(r"(?:ngày\s+)?[0-9]{1,2}\s*(?:[/.-]|\s+tháng\s+)\s*[0-9]{1,2}", re.IGNORECASE)


def parse_date(cell: object) -> date | None:
    """The day a cell names, None for a blank cell.

    A date cell is trusted, its time of day dropped. Text must be day, month, year; a year of two digits only from
    20 to 40. A whole number is Excel's own date number when it falls in 2013–2036.

    >>> parse_date("05/3/2024"), parse_date("30.3.23"), parse_date("ngày 30 tháng 3 năm 2023"), parse_date(45015.0)
    (datetime.date(2024, 3, 5), datetime.date(2023, 3, 30), datetime.date(2023, 3, 30), datetime.date(2023, 3, 30))

    Raises ``Unreadable`` for days that no calendar has, for months without a day, and for anything else.
    """
    if cell is None:
        return None
    if isinstance(cell, date):
        return _sane(cell.date() if isinstance(cell, datetime) else cell)
    if isinstance(cell, str):
        text = clean(cell)
        return _from_text(text) if text else None
    if isinstance(cell, float | int) and FIRST_SERIAL <= cell <= LAST_SERIAL and cell == int(cell):
        return date(1899, 12, 30) + timedelta(days=int(cell))
    if isinstance(cell, time | timedelta):
        raise Unreadable("date-only-time", text=shown(cell))
    raise Unreadable("date-unreadable", text=shown(cell))


def _sane(day: date) -> date:
    if EARLIEST <= day <= LATEST:
        return day
    serial = (day - date(1899, 12, 30)).days
    if 1900 <= serial <= 2100:
        raise Unreadable("date-was-year", str(serial), text=shown(day), year=str(serial))
    raise Unreadable("date-out-of-range", text=shown(day))


def _from_text(text: str) -> date:
    if strokes := _STROKES.fullmatch(text):
        day, month, year = int(strokes[1]), int(strokes[3]), int(strokes[4])
        if len(strokes[4]) == 2:
            if year not in TWO_DIGIT_YEARS:
                raise Unreadable("date-two-digit-year", text=text)
            year += 2000
        return _on_calendar(day, month, year, text)
    if words := _IN_WORDS.fullmatch(text):
        return _on_calendar(int(words[1]), int(words[2]), int(words[3]), text)
    if _MONTH.fullmatch(text):
        raise Unreadable("date-only-month", text=text)
    if _NO_YEAR.fullmatch(text):
        raise Unreadable("date-without-year", text=text)
    raise Unreadable("date-unreadable", text=shown(text))


def _on_calendar(day: int, month: int, year: int, text: str) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        if month > 12 >= day:
            meant = f"{month:02d}/{day:02d}/{year}"
            raise Unreadable("date-month-first", meant, text=text, meant=meant) from None
        raise Unreadable("date-impossible", text=text) from None
    return _sane(found)


def parse_month(cell: object) -> date | None:
    """The first day of the month a cell names, only for columns that ask for a month; None for a blank cell.

    >>> parse_month("tháng 10/2023"), parse_month("10/2023"), parse_month("Tháng 3 năm 2024")
    (datetime.date(2023, 10, 1), datetime.date(2023, 10, 1), datetime.date(2024, 3, 1))
    """
    month = _MONTH.fullmatch(clean(cell)) if isinstance(cell, str) else None
    try:
        day = parse_date(f"1/{month[1]}/{month[2]}" if month else cell)
    except Unreadable:
        raise Unreadable("month-unreadable", text=shown(cell)) from None
    return None if day is None else day.replace(day=1)


def looks_flipped(day: date, newest: date) -> bool:
    """Does this date look as if day and month had changed places on a PC with American settings?

    It does when it lies after ``newest``, the last day the report can speak of, and its twin does not.

    >>> looks_flipped(date(2024, 11, 3), newest=date(2024, 6, 30)), looks_flipped(date(2024, 3, 11), date(2024, 6, 30))
    (True, False)
    """
    return day > newest and day.day <= 12 and day.replace(month=day.day, day=day.month) <= newest


def _days(column: list[date]) -> list[date] | None:
    return column if min(column) >= EARLIEST and max(column) <= LATEST else None


def parse_dates(column: Sequence[object]) -> tuple[list[date | Unread | None], Misread]:
    """``parse_date`` for a column.

    >>> parse_dates([date(2024, 3, 5), ""])
    ([datetime.date(2024, 3, 5), None], [])
    """
    return parse_column(parse_date, column, date, _days)
