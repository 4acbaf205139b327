"""Dates: day, month, year, in that order or not at all."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from xl_ctd.core.cells import UNREAD, Unreadable
from xl_ctd.core.dates import looks_flipped, parse_date, parse_dates, parse_month
from xl_ctd.messages import message


def answer(parser, cell):
    """The value, or the code of the refusal."""
    try:
        return parser(cell)
    except Unreadable as why:
        return why.code


def test_dates_that_cannot_be_read_say_why():
    expected = {
        "31/02/2025": "date-impossible",
        "29/2/2023": "date-impossible",
        "00/01/2024": "date-impossible",
        "01/01/0000": "date-impossible",
        "03/15/2024": "date-month-first",
        "31/13/2024": "date-impossible",
        "tháng 10/2023": "date-only-month",
        "10/2023": "date-only-month",
        "30/3": "date-without-year",
        "ngày 30 tháng 3": "date-without-year",
        "5/3/19": "date-two-digit-year",
        "5/3-2024": "date-unreadable",
        "2024-03-05": "date-unreadable",
        "hôm qua": "date-unreadable",
        "01/01/1905": "date-out-of-range",
        40324.0: "date-unreadable",  # 26/05/2010 to Excel, 4/03/24 to the one who typed it
        45015.5: "date-unreadable",
        2023.0: "date-unreadable",
        float("nan"): "date-unreadable",
        time(8, 30): "date-only-time",
        timedelta(hours=30): "date-only-time",
        date(1905, 7, 15): "date-was-year",
        date(1900, 1, 5): "date-out-of-range",
    }
    assert expected == {cell: answer(parse_date, cell) for cell in expected}
    assert "date-unreadable" == answer(parse_date, True)


def test_a_year_typed_into_a_date_cell_is_recognised():
    with pytest.raises(Unreadable) as why:
        parse_date(date(1905, 7, 15))
    assert (
        "Ô là ngày 15/07/1905: có lẽ chỉ gõ năm 2023 vào ô định dạng ngày. Hãy gõ đủ ngày/tháng/năm, ví dụ 01/01/2024."
        == message(why.value.code, why.value.details)
    )


def test_excel_serials_are_read_within_the_years_of_the_plan():
    assert [date(2013, 1, 1), date(2023, 3, 30), date(2036, 12, 31)] == [parse_date(n) for n in (41275, 45015.0, 50040)]
    assert ["date-unreadable"] * 2 == [answer(parse_date, n) for n in (41274, 50041)]


def test_two_digit_years_are_2020_to_2040():
    assert [date(2020, 3, 5), date(2040, 3, 5)] == [parse_date("5/3/20"), parse_date("05.03.40")]


def test_months_only_where_the_column_asks_for_them():
    assert [date(2023, 10, 1), date(2023, 10, 1), date(2024, 3, 1), date(2024, 3, 1), None] == [
        parse_month(cell) for cell in ("tháng 10/2023", "10-2023", "Tháng 3 năm 2024", date(2024, 3, 17), "")
    ]
    assert ["month-unreadable"] * 3 == [answer(parse_month, cell) for cell in ("13/2023", "1/0000", "x")]


def test_a_column_of_dates_reads_as_its_cells_do():
    day, moment = date(2024, 3, 5), datetime(2024, 3, 5, 8, 30)
    assert ([day, day], []) == parse_dates([day, day])
    assert ([day, None, day], []) == parse_dates([day, "", moment])
    values, misread = parse_dates([day, "5/3/2024", "31/02/2025", date(1905, 7, 15), None])
    assert [day, day, UNREAD, UNREAD, None] == values
    assert [(2, "date-impossible"), (3, "date-was-year")] == [(index, why.code) for index, why in misread]
    assert ([UNREAD, day], [(0, "date-was-year")]) == (
        (odd := parse_dates([date(1905, 7, 15), day]))[0],
        [(index, why.code) for index, why in odd[1]],
    )


def test_a_flip_is_only_suspected_when_the_twin_is_in_time():
    newest = date(2024, 6, 30)
    assert [True, False, False] == [
        looks_flipped(day, newest) for day in (date(2024, 11, 3), date(2024, 11, 7), date(2025, 3, 4))
    ]
    assert False is looks_flipped(date(2024, 10, 31), newest)
