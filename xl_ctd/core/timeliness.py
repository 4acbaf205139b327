"""Which sending counts as a unit's report on a whole year. What came before it was a report on the year so far.

A unit sends the same workbook again in every period, so the first file of a year says nothing about the year's report;
and a correction after the deadline does not make a report late that was there in time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from xl_ctd.core.periods import CALENDARS, TK, Calendar, Period, PeriodKind, year_of
from xl_ctd.core.records import Cell, Rows
from xl_ctd.core.tables import TABLES

LAST_MONTH = 12


def reports_year(cover: Mapping[str, Cell], tables: Mapping[str, Rows], year: int, sent: date) -> bool:
    """Does a workbook sent on a day report on its whole year?

    It does when its cover names a period that ends with the year (a blank period is the whole year), it was sent in
    the year's last month or later, and it holds a row of the year or commits itself that there was nothing to report.
    """
    calendar = CALENDARS.get(str(cover.get("LICH")), TK)
    return (
        _ends_with_year(cover, calendar, year)
        and sent >= calendar.month_start(year, LAST_MONTH)
        and (cover.get("CAM_KET") == "C" or _has_event_of(tables, year))
    )


def _ends_with_year(cover: Mapping[str, Cell], calendar: Calendar, year: int) -> bool:
    kind, number = cover.get("LOAI_KY"), cover.get("SO_KY")
    if kind not in set(PeriodKind) or kind == PeriodKind.YEAR:
        return True
    try:
        period = Period(calendar, PeriodKind(str(kind)), year, number if isinstance(number, int) else 1)
    except ValueError:  # no such period: the cover says nothing we could go by
        return True
    return period.end == year_of(year, calendar).end


def _has_event_of(tables: Mapping[str, Rows], year: int) -> bool:
    dated = ((tables[table.code], table.date_field) for table in TABLES if table.date_field and table.code in tables)
    return any(isinstance(day, date) and day.year == year for rows, field in dated for day in rows.column(field))
