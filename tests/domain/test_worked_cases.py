"""The worked cases by which the office can check the program by hand. Every figure is exact; texts are as shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction as F
from typing import Any

import pytest

from xl_ctd.core.attainment import (
    attainment_share,
    floor_statistics,
    judge,
    light,
    milestone,
    needed,
    pace,
    progress,
    ratio_of_sums,
    status_of_interval,
)
from xl_ctd.core.books import tallies_for
from xl_ctd.core.forecast import (
    forecast_gap,
    growth_forecast,
    linear_forecast,
    required_growth,
    required_step,
    weighted_forecast,
)
from xl_ctd.core.formats import format_number, format_percent
from xl_ctd.core.indicators import observe
from xl_ctd.core.numbers import Unreadable, parse_money, parse_number
from xl_ctd.core.periods import HC, TK, year_of
from xl_ctd.core.records import Rows
from xl_ctd.core.sentences import attainment_text, gap_sentence, value_text
from xl_ctd.core.setup import Setup
from xl_ctd.core.submissions import UnitYear
from xl_ctd.core.succession import opening_balance
from xl_ctd.core.targets import Judgement, Light, Observation, Target, TargetKind, Trajectory
from xl_ctd.core.tasks import status_of_task
from xl_ctd.messages import message
from xl_ctd.plans import load_plan, setup_for

END_OF_2024 = date(2024, 12, 31)
DONG_KY, TRANG_HA, CITY = "TS.2021.09382", "TS.2021.09383", "TS.2021"


def target(target_id: str, **changes: Any) -> Target:
    found = next(one for one in load_plan("TS").targets if one.id == target_id)
    return replace(found, **changes)


def figure(value: F | int | Decimal, **more: Any) -> Observation:
    """One figure that every unit reported."""
    return Observation(F(value), low=F(value), high=F(value), **more)


def ratio(top: int, bottom: int) -> Observation:
    return figure(F(top, bottom), numerator=F(top), denominator=F(bottom))


def judged(target_id: str, seen: Observation, **changes: Any) -> Judgement:
    return judge(target(target_id, **changes), seen, as_of=END_OF_2024)


def words(target_id: str, judgement: Judgement, **changes: Any) -> str:
    return message(*gap_sentence(target(target_id, **changes), judgement))


def rows(table: str, *entries: Mapping[str, Any]) -> Rows:
    codes = sorted({code for entry in entries for code in entry})
    columns = {code: tuple(entry.get(code) for entry in entries) for code in codes}
    return Rows(table, tuple(f"{table}{n}" for n in range(len(entries))), columns, tuple(range(len(entries))))


def counted(target_id: str, setup: Setup, *unit_years: UnitYear) -> Observation:
    """What rows say about a target, with only these units expected."""
    wards = tuple(dict.fromkeys(one.uid for one in unit_years if one.uid != CITY))
    setup = replace(setup, units=replace(setup.units, members=wards))
    tallies = tallies_for(setup, {(one.uid, one.year): one for one in unit_years}, 2024)
    return observe(next(one for one in setup.targets if one.id == target_id), tallies, setup, 2024)


def year_of_unit(uid: str, *tables: Rows) -> UnitYear:
    return UnitYear(uid, 2024, {"CAM_KET": "C"}, {table.table: table for table in tables}, submitted=True)


def test_case_1_a_ratio_is_the_ratio_of_sums_and_one_unit_is_missing() -> None:
    city = ratio_of_sums([8, 15, 3], [10, 20, 3])
    result = judged("TS-02", ratio(26, 33))

    assert F(26, 33) == city
    assert ("CHƯA ĐẠT", 1, "đơn vị") == (result.status, result.gap, result.gap_unit)
    assert "78,79%" == format_percent(F(26, 33), 2)
    assert "Cần thêm 1 đơn vị." == words("TS-02", result)


def test_case_2_a_ward_without_units_changes_nothing_and_is_not_judged() -> None:
    assert F(26, 33) == ratio_of_sums([8, 15, 3, 0], [10, 20, 3, 0])
    with pytest.raises(ZeroDivisionError):
        ratio_of_sums([0], [0])

    nothing = Observation(None, numerator=F(0), denominator=F(0))
    assert "KHÔNG ÁP DỤNG" == judged("TS-02", nothing).status


def test_case_3_exactly_eighty_percent_is_attained_unless_more_is_asked() -> None:
    plain, strict = judged("TS-03", ratio(80, 100)), judged("TS-03", ratio(80, 100), strict=True)

    assert [("ĐẠT", 0), ("CHƯA ĐẠT", 1)] == [(one.status, one.gap) for one in (plain, strict)]
    assert "Cần thêm 1 địa chỉ." == words("TS-03", strict, strict=True)
    assert "ĐẠT" == judged("TS-03", ratio(81, 100), strict=True).status


def test_case_4_a_figure_is_not_rounded_up_to_its_threshold() -> None:
    result = judged("TS-03", ratio(1599, 2000))

    assert ("CHƯA ĐẠT", 1) == (result.status, result.gap)
    assert "79,95%" == value_text(target("TS-03"), F(1599, 2000))


def test_case_5_addresses_are_counted_and_not_supports() -> None:
    surveyed = {"NGAY_KS": date(2024, 1, 5), "NGAY_CN": date(2024, 1, 5), "TINH_TRANG": "CHO", "DONG_Y": "C"}
    addresses = rows("DIA_CHI", *({"MA_DC": f"DC{n}"} | surveyed for n in range(1, 5)))
    supports = rows(
        "HO_TRO",
        *(
            {"MA_HT": f"HT{n}", "MA_DC": address, "NGAY": date(2024, 3, 1), "GIA_TRI": 0}
            for n, address in enumerate(("DC1", "DC1", "DC1", "DC2"))
        ),
    )
    seen = counted("TS-03", setup_for("TS", 2024), year_of_unit(DONG_KY, addresses, supports))

    assert (F(2), F(4), F(1, 2)) == (seen.numerator, seen.denominator, seen.value)


def test_case_6_blood_below_inside_and_above_its_range() -> None:
    results = [judged("TS-08", figure(bags)) for bags in (760, 800, 1100, 1400, 1520)]

    assert [
        ("CHƯA ĐẠT", F(95, 100), 40),
        ("ĐẠT", 1, 0),
        ("ĐẠT", 1, 0),
        ("ĐẠT", 1, 0),
        ("VƯỢT", F(1520, 1400), 0),
    ] == [(one.status, one.attainment, one.gap) for one in results]
    assert F(1, 2) == progress(1100, 800, 1400)
    assert "108,57%" == format_percent(F(1520, 1400), 2)
    assert "Cần thêm 40 đơn vị máu." == words("TS-08", results[0])


def test_case_7_a_dot_groups_thousands_and_a_comma_before_three_digits_is_refused() -> None:
    assert 1400 == parse_number("1.400")
    with pytest.raises(Unreadable):
        parse_number("1,400")


def test_case_8_the_pace_of_the_year_depends_on_its_calendar() -> None:
    half_year = date(2026, 6, 30)
    administrative, solar = year_of(2026, HC), year_of(2026, TK)
    marks = [pace(800, year.start, year.end, half_year) for year in (administrative, solar)]

    assert [F(800 * 198, 365), F(800 * 181, 365)] == marks
    assert ["433,97", "396,71"] == [format_number(mark, 2) for mark in marks]
    assert ["0,968", "1,059"] == [format_number(420 / mark, 3) for mark in marks]
    assert [Light.AMBER, Light.GREEN] == [light(420, mark) for mark in marks]
    assert "398,90" == format_number(pace(800, administrative.start, administrative.end, date(2026, 6, 14)), 2)
    assert [("VÀNG", "tạm tính"), ("XANH", "tạm tính")] == [
        (one.light, one.certainty)
        for one in (
            judge(target("TS-08", calendar=year.calendar.code), figure(420), as_of=half_year)
            for year in (administrative, solar)
        )
    ]


def test_case_9_the_trajectory_decides_the_light() -> None:
    way = (Decimal("0.6"), 2023, Decimal("2.5"), 2033, 2026)
    linear, compound = milestone(*way), milestone(*way, Trajectory.COMPOUND)

    assert F("1.17") == linear
    assert ["0,921", "0,897", "1,141"] == [
        format_number(compound, 3),
        format_number(F("1.05") / linear, 3),
        format_number(F("1.05") / compound, 3),
    ]
    end = date(2026, 12, 31)
    start = {"base_value": Decimal("0.006"), "calendar": "TK"}
    assert [("CHƯA ĐẠT", "ĐỎ", F("0.0117")), ("CHƯA ĐẠT", "XANH", milestone(*_shares(), Trajectory.COMPOUND))] == [
        (one.status, one.light, one.milestone)
        for one in (
            judge(target("TS-09", trajectory=kind, **start), figure(F("0.0105")), as_of=end) for kind in Trajectory
        )
    ]


def _shares() -> tuple[Decimal, int, Decimal, int, int]:
    return Decimal("0.006"), 2023, Decimal("0.025"), 2033, 2026


def test_case_10_the_growth_that_is_still_needed() -> None:
    assert ["15,34%", "13,19%"] == [
        format_percent(F(rate), 2)
        for rate in (
            required_growth(Decimal("0.6"), 2023, Decimal("2.5"), 2033),
            required_growth(Decimal("1.05"), 2026, Decimal("2.5"), 2033),
        )
    ]
    assert F("1.45") / 7 == required_step(Decimal("1.05"), 2026, Decimal("2.5"), 2033)
    assert "0,207" == format_number(required_step(Decimal("1.05"), 2026, Decimal("2.5"), 2033), 3)


def test_case_11_share_of_the_goal_and_progress_since_the_base_year() -> None:
    assert F(42, 100) == attainment_share(F("0.0105"), TargetKind.LEVEL, F("0.025"))
    assert F(45, 190) == progress(Decimal("1.05"), Decimal("0.6"), Decimal("2.5"))
    assert "23,68%" == format_percent(F(45, 190), 2)


def test_case_12_two_forecasts_of_one_series() -> None:
    series = [(2023, Decimal("0.60")), (2024, Decimal("0.75")), (2025, Decimal("0.90")), (2026, Decimal("1.05"))]
    line, growth = linear_forecast(series, 2033), growth_forecast(series, 2033)

    assert line is not None and growth is not None
    assert (F("2.1"), F(84, 100)) == (line, attainment_share(line, TargetKind.LEVEL, F("2.5")))
    assert F(4, 19) == forecast_gap(line, Decimal("2.5"), Decimal("0.6"))
    assert ("21,05%", "3,875") == (format_percent(F(4, 19), 2), format_number(F(growth), 3))


def test_case_12b_recent_years_weigh_more() -> None:
    series = [(2023, Decimal("0.60")), (2024, Decimal("0.80")), (2025, Decimal("0.90")), (2026, Decimal("0.90"))]

    assert (F("1.65"), F("1.49")) == (linear_forecast(series, 2033), weighted_forecast(series, 2033))


def test_case_13_what_two_and_a_half_percent_of_the_people_are() -> None:
    assert "0,600%" == format_percent(F(1155, 192_554), 3)
    assert (F(4814), F(5075)) == (needed(Decimal("0.025"), 192_554), needed(Decimal("0.025"), 203_000))


def test_case_14_one_known_unit_below_the_floor_decides_whatever_is_missing() -> None:
    balances = {f"phuong-{n}": F(20_000_000) for n in range(10)} | {"thieu": F(19_999_999), "vang": None}
    result = judged("TS-12", Observation(F(19_999_999), per_unit=balances))

    assert ("CHƯA ĐẠT", "chắc chắn", 1, (F(10, 12), F(11, 12))) == (
        result.status,
        result.certainty,
        result.gap,
        result.attainment_range,
    )
    assert "83–92%" == attainment_text(result)
    assert 19_999_999 == floor_statistics(balances.values(), 20_000_000).minimum
    assert "thiếu tổng cộng 1 đồng" in words("TS-12", result)


def test_case_15_four_small_funds_make_one_that_is_enough() -> None:
    tree = load_plan("TS").units
    closing = dict(
        zip(
            ("TS.2021.09367", "TS.2021.09391", "TS.2021.09394", "TS.2021.09397"),
            (F(12_000_000), F(5_000_000), F(15_000_000), F(9_000_000)),
            strict=True,
        )
    )
    opening = opening_balance(tree, "BN.2025.09367", closing)

    assert F(41_000_000) == opening
    assert "CHƯA ĐẠT" == judged("TS-12", Observation(F(5_000_000), per_unit=closing)).status
    assert "ĐẠT" == judged("TS-12", Observation(opening, per_unit={"BN.2025.09367": opening})).status


def test_case_16_the_city_fund_is_nearly_there() -> None:
    result = judged("TS-13", figure(98_500_000))

    assert ("CHƯA ĐẠT", F(985, 1000), "VÀNG") == (result.status, result.attainment, result.light)
    assert "Cần thêm 1.500.000 đồng." == words("TS-13", result)


def test_case_17_a_sum_above_its_goal_exceeds_it() -> None:
    result = judged("TS-14", figure(1_234_567_890))

    assert ("VƯỢT", F(1_234_567_890, 10**9)) == (result.status, result.attainment)
    assert "123,46%" == attainment_text(result, 2)


def test_case_18_money_passed_on_counts_once() -> None:
    def worth(code: str, amount: int, from_above: int = 0) -> Mapping[str, Any]:
        return {"MA_HD": code, "NGAY_BD": date(2024, 5, 1), "LOAI": "HT", "TIEN": amount, "CAP_TREN": from_above}

    seen = counted(
        "TS-14",
        setup_for("TS", 2024),
        year_of_unit(CITY, rows("HOAT_DONG", worth("TP1", 600_000_000))),
        year_of_unit(DONG_KY, rows("HOAT_DONG", worth("DK1", 350_000_000, 250_000_000))),
        year_of_unit(TRANG_HA, rows("HOAT_DONG", worth("TH1", 200_000_000))),
    )
    result = judged("TS-14", seen)

    assert (F(900_000_000), "CHƯA ĐẠT", F(9, 10)) == (seen.value, result.status, result.attainment)


def test_case_19_missing_wards_leave_a_ratio_certain_or_open() -> None:
    ends = [(F(n, 200), F(n + 20, 200)) for n in (150, 165, 130)]

    assert [(F(75, 100), F(85, 100)), (F(825, 1000), F(925, 1000)), (F(65, 100), F(75, 100))] == ends
    assert ["CHƯA ĐỦ SỐ LIỆU", "ĐẠT", "CHƯA ĐẠT"] == [
        status_of_interval(low, high, TargetKind.RATIO, Decimal("0.8")) for low, high in ends
    ]
    assert ["chưa đủ số liệu", "chắc chắn", "chắc chắn"] == [
        judged("TS-02", Observation(F(n, 180), F(n), F(180), low, high, reported=10, expected=12)).certainty
        for n, (low, high) in zip((150, 165, 130), ends, strict=True)
    ]


def test_case_20_too_many_officers_is_outside_and_not_better() -> None:
    results = [judged("TS-01", figure(n)) for n in (1, 2, 3, 4)]

    assert ["CHƯA ĐẠT", "ĐẠT", "ĐẠT", "NGOÀI KHOẢNG"] == [one.status for one in results]
    assert [(F(1, 2), 1), (1, 0), (1, 0), (F(3, 4), 1)] == [(one.attainment, one.gap) for one in results]
    assert ["ĐỎ", "XANH", "XANH", "VÀNG"] == [one.light for one in results]
    assert "Cao hơn mức cho phép 1 người." == words("TS-01", results[3])


def test_case_21_one_year_without_breaks_the_chain() -> None:
    years = {2023: True, 2024: True, 2025: False, 2026: True}
    result = judge(target("TS-04"), Observation(F(1), per_year=years), as_of=date(2026, 12, 31))

    assert ("CHƯA ĐẠT", "chắc chắn", F(3, 4), 2025) == (
        result.status,
        result.certainty,
        result.attainment,
        result.broken_year,
    )
    assert "Gián đoạn năm 2025." == words("TS-04", result)


def test_case_22_one_registered_donor_is_enough() -> None:
    assert [("CHƯA ĐẠT", 1), ("ĐẠT", 0)] == [
        (one.status, one.gap) for one in (judged("TS-11", figure(n)) for n in (0, 1))
    ]


def test_case_23_bags_are_units_and_discarded_ones_are_not_safe() -> None:
    drive = {"MA_DOT": "D1", "NGAY": date(2024, 5, 7), "TUI_250": 100, "TUI_350": 200, "TUI_450": 20}
    drive |= {"TIEP_NHAN": 320, "TINH_TRANG": "CHINH_THUC"}
    setup = setup_for("TS", 2024)
    by_volume = replace(setup, conventions={**setup.conventions, "TS08_DON_VI": "250ML"})
    full, safe = (year_of_unit(DONG_KY, rows("HIEN_MAU", drive | {"HUY": n})) for n in (0, 6))

    assert [F(320), F(314), F(416)] == [
        counted("TS-08", setup, full).value,
        counted("TS-08", setup, safe).value,
        counted("TS-08", by_volume, full).value,
    ]


def test_case_24_a_plan_due_in_october_is_on_time_late_or_overdue() -> None:
    due = next(task for task in load_plan("BT").tasks if task.id == "BT-N13").due_on
    day = date(2023, 11, 30)
    statuses = [status_of_task(due, done_on=done, as_of=day) for done in (date(2023, 10, 25), date(2023, 11, 15), None)]

    assert date(2023, 10, 31) == due
    assert ["đúng hạn", "trễ 15 ngày", "quá hạn 30 ngày"] == [message(*status.sentence) for status in statuses]
    assert ["HTDH", "HTTR", "QH"] == [status.state for status in statuses]


def test_case_25_money_in_words_is_read_exactly_or_refused() -> None:
    texts = ("20 triệu", "20tr", "1,5 tỷ", "1 tỷ 200 triệu", "1tỷ2", "2 tỷ rưỡi", "500k")

    assert [20_000_000, 20_000_000, 1_500_000_000, 1_200_000_000, 1_200_000_000, 2_500_000_000, 500_000] == [
        parse_money(text) for text in texts
    ]
    assert Decimal("1234567.89") == parse_number("1.234.567,89")
    for refused in (parse_money, parse_number):
        with pytest.raises(Unreadable):
            refused("1.5")
    with pytest.raises(Unreadable):
        parse_money("1.234.567,89")
