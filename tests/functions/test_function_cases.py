"""The worked cases of the plan, typed into cells. Numbers are as a cell shows them, to the last digit of a float."""

from __future__ import annotations

import pytest
from asking import ask, error, serial

MILLION = 10**6


def test_case_1_a_ratio_is_the_ratio_of_sums_and_one_unit_is_missing() -> None:
    city = ask("TYLE", [8, 15, 3], [10, 20, 3])

    assert 26 / 33 == city
    assert "CHƯA ĐẠT" == ask("TRANGTHAI", city, "TYLE", 0.8)
    assert 1.0 == ask("CONTHIEU", city, "TYLE", 0.8, 33)
    assert 1.0 == ask("CONTHIEU", 0.787878787878788, "TYLE", 0.8, 33)  # as Excel writes 26/33


def test_case_2_a_ward_without_units_changes_nothing_and_is_not_judged() -> None:
    assert 26 / 33 == ask("TYLE", [8, 15, 3, 0], [10, 20, 3, 0])
    assert "#DIV/0!" == error("TYLE", 0, 0)
    assert "KHÔNG ÁP DỤNG" == ask("TRANGTHAI", "#DIV/0!", "TYLE", 0.8)


def test_case_3_exactly_eighty_percent_is_attained_unless_more_is_asked() -> None:
    assert ["ĐẠT", "CHƯA ĐẠT"] == [ask("TRANGTHAI", 0.8, "TYLE", 0.8, None, how) for how in (None, ">")]
    assert [True, False] == [ask("DAT", 0.8, "TYLE", 0.8, None, how) for how in (">=", ">")]
    assert [0.0, 1.0] == [ask("CONTHIEU", 0.8, "TYLE", 0.8, 100, None, how) for how in (None, ">")]
    assert "ĐẠT" == ask("TRANGTHAI", 0.81, "TYLE", 0.8, None, ">")


def test_case_4_a_figure_is_not_rounded_up_to_its_threshold() -> None:
    assert 0.7995 == ask("TYLE", 1599, 2000)
    assert "CHƯA ĐẠT" == ask("TRANGTHAI", 0.7995, "TYLE", 0.8)
    assert 1.0 == ask("CONTHIEU", 0.7995, "TYLE", 0.8, 2000)


def test_case_5_an_address_helped_three_times_is_one_address() -> None:
    assert 2 == ask("DUYNHAT", ["ĐC1", "đc1", " ĐC1 ", "ĐC2"])
    assert 0.5 == ask("TYLE", 2, 4)


def test_case_6_blood_between_800_and_1400() -> None:
    units = [760, 800, 1100, 1400, 1520]

    assert ["CHƯA ĐẠT", "ĐẠT", "ĐẠT", "ĐẠT", "VƯỢT"] == ask("TRANGTHAI", units, "KHOANG", 800, 1400)
    assert [0.95, 1.0, 1.0, 1.0, 1520 / 1400] == ask("MUCDAT", units, "KHOANG", 800, 1400)
    assert [40.0, 0.0, 0.0, 0.0, 0.0] == ask("CONTHIEU", units, "KHOANG", 800)
    assert [False, True, True, True, True] == ask("DAT", units, "KHOANG", 800, 1400)


def test_case_7_a_number_that_could_be_two_is_refused() -> None:
    assert 1400.0 == ask("SO", "1.400")
    assert "#VALUE!" == error("SO", "1,400")


def test_case_8_the_pace_follows_the_calendar() -> None:
    start, end = (ask("KY", "2026", "HC", part) for part in ("TU", "DEN"))
    by_decree, on_the_14th = (ask("NHIP", 800, start, end, on) for on in ("30/6/2026", "14/6/2026"))
    solar = ask("NHIP", 800, "1/1/2026", "31/12/2026", serial(30, 6, 2026))

    assert (serial(15, 12, 2025), serial(14, 12, 2026)) == (start, end)
    assert (433.97, 396.71, 398.90) == tuple(round(mark, 2) for mark in (by_decree, solar, on_the_14th))
    assert ["VÀNG", "XANH"] == ask("DEN", 420, [by_decree, solar])


def test_case_9_the_kind_of_trajectory_decides_the_light() -> None:
    line, rate = (ask("LOTRINH", 0.6, 2023, 2.5, 2033, 2026, how) for how in ("TT", "KEP"))

    assert (1.17, 0.921) == (line, round(rate, 3))
    assert ["ĐỎ", "XANH"] == ask("DEN", 1.05, [line, rate])


def test_case_10_the_growth_that_is_needed() -> None:
    assert 0.1534 == round(ask("CAGR", 0.6, 2.5, 10), 4)
    assert 0.1319 == round(ask("CAGR", 1.05, 2.5, 7), 4)


def test_case_11_attainment_and_progress_are_two_things() -> None:
    assert 0.42 == ask("MUCDAT", 1.05, "MUC_NAM", 2.5)
    assert 0.2368 == round(ask("MUCDAT", 1.05, "MUC_NAM", 2.5, None, 0.6), 4)


def test_case_12_a_line_and_a_rate_lead_to_different_places() -> None:
    years, shares = [2023, 2024, 2025, 2026], [0.6, 0.75, 0.9, 1.05]

    assert 2.1 == ask("DUBAO", years, shares, 2033)
    assert 0.84 == ask("MUCDAT", ask("DUBAO", years, shares, 2033, "TT"), "MUC_NAM", 2.5)
    assert 3.875 == round(ask("DUBAO", years, shares, 2033, "CAGR"), 3)


def test_case_12b_recent_years_weigh_more() -> None:
    years, shares = [2023, 2024, 2025, 2026], [0.6, 0.8, 0.9, 0.9]

    assert [1.65, 1.49] == [round(ask("DUBAO", years, shares, 2033, how), 2) for how in ("TT", "TRONGSO")]


def test_case_13_how_many_donors_two_and_a_half_percent_are() -> None:
    share = ask("TYLE", 1155, 192_554)

    assert 0.006 == round(share, 5)
    assert [4814.0 - 1155] == [ask("CONTHIEU", share, "TYLE", 0.025, 192_554)]
    assert 5075.0 == ask("CONTHIEU", 0, "TYLE", 0.025, 203_000)


def test_case_14_one_dong_short_is_not_attained_whatever_the_missing_ward_has() -> None:
    funds = [20 * MILLION] * 10 + [19_999_999, None]
    asked = ("TYLE", "CAO", "MIN", "THIEU", "DEM", "TRANGTHAI")

    found = [ask("SAN", funds, 20 * MILLION, what) for what in asked]

    assert [10 / 12, 11 / 12, 19_999_999.0, 1.0, 10, "CHƯA ĐẠT (chắc chắn)"] == found


def test_case_15_a_new_ward_holds_what_it_took_over() -> None:
    assert "CHƯA ĐẠT (chắc chắn)" == ask("SAN", ["12", 5, 15, 9], 20, "TRANGTHAI")
    assert "ĐẠT" == ask("TRANGTHAI", 41 * MILLION, "SAN", 20 * MILLION)


def test_case_16_the_city_fund_is_not_there_yet() -> None:
    fund = 98_500_000

    assert 0.985 == ask("MUCDAT", fund, "MIN", 100 * MILLION)
    assert "CHƯA ĐẠT" == ask("TRANGTHAI", fund, "MIN", 100 * MILLION)
    assert "VÀNG" == ask("DEN", fund, 100 * MILLION)


def test_case_17_more_than_a_billion_is_exceeded() -> None:
    assert "VƯỢT" == ask("TRANGTHAI", 1_234_567_890, "TONG", 10**9)
    assert 1.23456789 == ask("MUCDAT", 1_234_567_890, "TONG", 10**9)


def test_case_18_money_passed_on_counts_once() -> None:
    assert "CHƯA ĐẠT" == ask("TRANGTHAI", (600 + 550 - 250) * MILLION, "TONG", 10**9)
    assert 0.9 == ask("MUCDAT", 900 * MILLION, "TONG", 10**9)


@pytest.mark.parametrize(
    ("associations", "word"),
    [(150, "CHƯA ĐỦ SỐ LIỆU"), (165, "ĐẠT (chắc chắn)"), (130, "CHƯA ĐẠT (chắc chắn)")],
)
def test_case_19_what_is_certain_while_two_wards_are_missing(associations: int, word: str) -> None:
    low, high = ask("TYLE", associations, 200), ask("TYLE", associations + 20, 200)

    assert word == ask("TRANGTHAI_KHOANG", low, high, "TYLE", 0.8)


def test_case_20_two_or_three_officers() -> None:
    words = ask("TRANGTHAI", [1, 2, 3, 4], "KHOANG", 2, 3, "NGOAI_KHOANG")

    assert ["CHƯA ĐẠT", "ĐẠT", "ĐẠT", "NGOÀI KHOẢNG"] == words
    assert [0.5, 1.0, 1.0, 0.75] == ask("MUCDAT", [1, 2, 3, 4], "KHOANG", 2, 3, None, "NGOAI_KHOANG")
    assert [1.0, 0.0, 0.0, 1.0] == ask("CONTHIEU", [1, 2, 3, 4], "KHOANG", 2, None, 3, "NGOAI_KHOANG")


def test_case_21_three_of_four_years_were_kept() -> None:
    assert 0.75 == ask("TYLE", 3, 4)
    assert "CHƯA ĐẠT" == ask("TRANGTHAI", 3, "DUYTRI", 4)


def test_case_22_one_person_is_enough() -> None:
    assert ["CHƯA ĐẠT", "ĐẠT"] == ask("TRANGTHAI", [0, 1], "TONTAI", 1)


def test_case_25_money_as_people_write_it() -> None:
    amounts = ["20 triệu", "20tr", "1,5 tỷ", "1 tỷ 200 triệu", "1tỷ2", "2 tỷ rưỡi", "500k"]
    dong = [20, 20, 1500, 1200, 1200, 2500, 0.5]

    assert [int(amount * MILLION) for amount in dong] == ask("TIEN", amounts)
    assert 1_234_567.89 == ask("SO", "1.234.567,89")
    assert "#VALUE!" == error("TIEN", "1.234.567,89")
    assert ["#VALUE!", "#VALUE!"] == [error(name, "1.5") for name in ("SO", "TIEN")]
