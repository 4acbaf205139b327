"""Which days belong to a period, by which calendar, and when the report is due."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xl_ctd.core.periods import (
    CALENDARS,
    HC,
    TC,
    TET,
    TK,
    Calendar,
    Period,
    PeriodKind,
    custom_calendar,
    elapsed_share,
    fixed_days_off,
    in_year_pace,
    parse_period,
    period_of,
    working_day_after,
    year_of,
)

BLOOD_YEAR = custom_calendar(1, 11)

calendars = st.sampled_from([TK, HC, TC, BLOOD_YEAR])
days = st.dates(date(2020, 1, 1), date(2034, 12, 31))


@pytest.mark.parametrize(
    ("code", "calendar", "start", "end"),
    [
        ("2026", TK, date(2026, 1, 1), date(2026, 12, 31)),
        ("2026", HC, date(2025, 12, 15), date(2026, 12, 14)),
        ("2026", TC, date(2026, 1, 1), date(2026, 12, 31)),
        ("2026", BLOOD_YEAR, date(2025, 11, 1), date(2026, 10, 31)),
        ("2026-T01", HC, date(2025, 12, 15), date(2026, 1, 14)),
        ("2026-T03", HC, date(2026, 2, 15), date(2026, 3, 14)),
        ("2024-T02", TK, date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-Q1", HC, date(2025, 12, 15), date(2026, 3, 14)),
        ("2026-Q4", HC, date(2026, 9, 15), date(2026, 12, 14)),
        ("2026-Q4", TK, date(2026, 10, 1), date(2026, 12, 31)),
        ("2026-6T1", HC, date(2025, 12, 15), date(2026, 6, 14)),
        ("2026-6T2", HC, date(2026, 6, 15), date(2026, 12, 14)),
        ("2026-6T1", TK, date(2026, 1, 1), date(2026, 6, 30)),
        ("2026-9T", HC, date(2025, 12, 15), date(2026, 9, 14)),
    ],
)
def test_a_period_begins_and_ends_as_its_calendar_says(code: str, calendar: Calendar, start: date, end: date) -> None:
    period = parse_period(code, calendar)

    assert (start, end, code) == (period.start, period.end, str(period))
    assert (end - start).days + 1 == period.days


@pytest.mark.parametrize("code", ["26", "2026-Q5", "2026-Q0", "2026-6T3", "2026-9T1", "2026-T13", "2026-Q", "2026-T"])
def test_a_period_that_does_not_exist_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="no period"):
        parse_period(code)


def test_an_unknown_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="no calendar 'AL'"):
        parse_period("2026", "AL")
    with pytest.raises(ValueError, match="29/2"):
        custom_calendar(29, 2)


@given(calendars, st.sampled_from(PeriodKind), st.integers(2020, 2033), st.integers(1, 12))
def test_a_period_code_is_read_back_as_the_same_period(
    calendar: Calendar, kind: PeriodKind, year: int, number: int
) -> None:
    most = {"T": 12, "Q": 4, "6T": 2}.get(kind.value, 1)
    period = Period(calendar, kind, year, min(number, most))

    assert period == parse_period(str(period), calendar)


@given(days, calendars, st.sampled_from([PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.HALF, PeriodKind.YEAR]))
def test_every_day_lies_in_exactly_one_period_of_a_kind(day: date, calendar: Calendar, kind: PeriodKind) -> None:
    period = period_of(day, calendar, kind)

    assert day in period
    assert period.start - timedelta(1) not in period
    assert period_of(period.end + timedelta(1), calendar, kind).start == period.end + timedelta(1)


def test_nine_months_do_not_hold_every_day() -> None:
    assert "2026-9T" == str(period_of(date(2026, 9, 14), HC, PeriodKind.NINE_MONTHS))
    with pytest.raises(ValueError, match="no 9T period of 2026"):
        period_of(date(2026, 9, 15), HC, PeriodKind.NINE_MONTHS)


@pytest.mark.parametrize(
    ("code", "level", "deadline"),
    [
        ("2026-6T1", "phuong", date(2026, 6, 15)),  # closed on a Sunday
        ("2026", "phuong", date(2026, 12, 15)),  # closed on a Monday
        ("2026-T08", "phuong", date(2026, 8, 17)),  # closed on a Friday
        ("2026-6T1", "thanh_pho", date(2026, 6, 17)),
        ("2026-6T1", "tinh", date(2026, 6, 19)),
    ],
)
def test_a_report_is_due_on_a_working_day_after_the_close(code: str, level: str, deadline: date) -> None:
    assert deadline == parse_period(code, HC).deadline(level)


def test_holidays_and_offsets_move_the_deadline() -> None:
    april = parse_period("2026-T04", TK)

    assert date(2026, 5, 4) == april.deadline()  # 1/5 is a holiday, then comes a weekend
    assert date(2026, 5, 5) == april.deadline(holidays={date(2026, 5, 4)})
    assert date(2026, 5, 6) == april.deadline("xa", offsets={"xa": 3})
    with pytest.raises(KeyError):
        april.deadline("xa")
    with pytest.raises(ValueError, match="at least one working day"):
        april.deadline("xa", offsets={"xa": 0})


@given(days, st.integers(1, 10))
def test_a_deadline_is_a_weekday_and_later_than_the_close(day: date, count: int) -> None:
    due = working_day_after(day, count)

    assert due > day
    assert due.weekday() < 5
    passed = [day + timedelta(n) for n in range(1, (due - day).days + 1)]
    assert count == sum(one.weekday() < 5 and one not in fixed_days_off(one.year) for one in passed)


def test_holidays_on_a_weekend_are_made_good_on_the_next_working_days() -> None:
    assert date(2028, 1, 4) == working_day_after(date(2027, 12, 31), 1)  # 1/1 is a Saturday, Monday makes it good
    assert date(2023, 5, 3) == working_day_after(date(2023, 4, 28), 1)  # 30/4 a Sunday, 1/5 a Monday
    assert [date(2022, 1, 1), date(2022, 1, 3)] == sorted(fixed_days_off(2022))[:2]
    assert {date(2022, 5, 2), date(2022, 5, 3)} < fixed_days_off(2022)  # both on a weekend


@pytest.mark.parametrize(
    ("day", "share"),
    [
        (date(2025, 12, 14), Fraction(0)),
        (date(2025, 12, 15), Fraction(1, 365)),
        (date(2026, 6, 14), Fraction(182, 365)),
        (date(2026, 6, 30), Fraction(198, 365)),
        (date(2026, 12, 14), Fraction(1)),
        (date(2027, 1, 1), Fraction(1)),
    ],
)
def test_the_pace_follows_the_days_of_the_calendar(day: date, share: Fraction) -> None:
    assert 800 * share == in_year_pace(Fraction(800), year_of(2026, HC), day)


def test_a_period_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="cannot end"):
        elapsed_share(date(2026, 2, 1), date(2026, 1, 1), date(2026, 1, 15))


def test_the_calendars_staff_choose_are_there() -> None:
    assert ["TK", "HC", "TC"] == list(CALENDARS)
    assert list(range(2023, 2034)) == list(TET)
    assert {1, 2} == {day.month for day in TET.values()}
