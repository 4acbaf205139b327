"""Which sending counts as a unit's report on a period. What came before it was a report on the time so far.

A unit sends the same workbook again in every period, so the first file of a year says nothing about the year's report;
and a correction after the deadline does not make a report late that was there in time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from xl_ctd.core.periods import CALENDARS, TK, Period, PeriodKind, period_of, year_of
from xl_ctd.core.records import Cell, Rows
from xl_ctd.core.tables import TABLES


def reports_year(cover: Mapping[str, Cell], tables: Mapping[str, Rows], year: int, sent: date) -> bool:
    """Does a workbook sent on a day report on its whole year?"""
    return reports_period(cover, tables, year_of(year), sent)


def reports_period(cover: Mapping[str, Cell], tables: Mapping[str, Rows], period: Period, sent: date) -> bool:
    """Does a workbook sent on a day report on a period? The days of the period are those of the cover's own calendar.

    It does when its cover names a period that ends with this one or later (a blank period is the whole year), it was
    sent in this period's last month or later, and it holds a row dated in the period or commits itself that there was
    nothing to report.
    """
    asked = replace(period, calendar=CALENDARS.get(str(cover.get("LICH")), TK))
    return (
        _named(cover, asked).end >= asked.end
        and sent >= period_of(asked.end, asked.calendar, PeriodKind.MONTH).start
        and (cover.get("CAM_KET") == "C" or _has_event_in(tables, asked))
    )


def _named(cover: Mapping[str, Cell], asked: Period) -> Period:
    """The period the cover says it reports on; the whole year where it says nothing we could go by."""
    kind, number = cover.get("LOAI_KY"), cover.get("SO_KY")
    try:
        return replace(asked, kind=PeriodKind(str(kind)), number=number if isinstance(number, int) else 1)
    except ValueError:
        return year_of(asked.year, asked.calendar.code)


def _has_event_in(tables: Mapping[str, Rows], period: Period) -> bool:
    dated = ((tables[table.code], table.date_field) for table in TABLES if table.date_field and table.code in tables)
    start, end = period.start, period.end
    return any(isinstance(day, date) and start <= day <= end for rows, field in dated for day in rows.column(field))
