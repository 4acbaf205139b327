"""How one target is judged: statuses, certainty, gaps, lights, and what missing reports leave open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction as F
from string import Formatter
from typing import Any

import pytest

from xl_ctd.core.attainment import (
    attainment_share,
    floor_statistics,
    gap,
    is_attained,
    judge,
    light,
    milestone,
    pace,
    progress,
    ratio_of_sums,
    status_of,
    status_of_interval,
    threshold_of,
)
from xl_ctd.core.periods import parse_period
from xl_ctd.core.sentences import attainment_text, gap_sentence, value_text
from xl_ctd.core.targets import (
    Certainty,
    Judgement,
    Light,
    Observation,
    OverRange,
    Status,
    Target,
    TargetKind,
    Trajectory,
)
from xl_ctd.messages import catalogue, message
from xl_ctd.plans import load_plan

YEAR_END, JUNE = date(2024, 12, 31), date(2024, 6, 30)


def target(target_id: str, **changes: Any) -> Target:
    return replace(next(one for one in load_plan("TS").targets if one.id == target_id), **changes)


def ceiling(**changes: Any) -> Target:
    """At most ten complaints a year, as an office may add it."""
    return target("TS-13", id="X-01", kind=TargetKind.MAX, threshold=Decimal(10), unit="đơn", **changes)


def figure(value: F | int | Decimal, **more: Any) -> Observation:
    return Observation(F(value), **{"low": F(value), "high": F(value), **more})


# --- the word -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "at_threshold", "above"),
    [
        (TargetKind.MIN, "ĐẠT", "ĐẠT"),
        (TargetKind.RATIO, "ĐẠT", "ĐẠT"),
        (TargetKind.LEVEL, "ĐẠT", "ĐẠT"),
        (TargetKind.EXISTENCE, "ĐẠT", "ĐẠT"),
        (TargetKind.SUM, "ĐẠT", "VƯỢT"),
        (TargetKind.MAX, "ĐẠT", "CHƯA ĐẠT"),
    ],
)
def test_each_kind_has_its_word_at_and_above_its_threshold(kind: TargetKind, at_threshold: str, above: str) -> None:
    assert [at_threshold, above] == [status_of(value, kind, 10) for value in (10, 11)]
    assert "KHÔNG CÓ SỐ LIỆU" == status_of(None, kind, 10)


def test_a_strict_target_wants_more_than_its_threshold() -> None:
    assert ["CHƯA ĐẠT", "ĐẠT"] == [status_of(value, TargetKind.MIN, 10, strict=True) for value in (10, F(101, 10))]
    assert ["CHƯA ĐẠT", "ĐẠT"] == [status_of(value, TargetKind.MAX, 10, strict=True) for value in (10, 9)]


def test_only_two_words_mean_attained() -> None:
    assert {
        "ĐẠT": True,
        "VƯỢT": True,
        "CHƯA ĐẠT": False,
        "NGOÀI KHOẢNG": False,
        "CHƯA ĐỦ SỐ LIỆU": None,
        "KHÔNG CÓ SỐ LIỆU": None,
        "KHÔNG ÁP DỤNG": None,
    } == {status.value: is_attained(status) for status in Status}


def test_comparisons_are_exact_where_binary_numbers_are_not() -> None:
    assert 7 == gap(0, TargetKind.RATIO, Decimal("0.07"), denominator=100)
    assert "ĐẠT" == status_of(F(7, 100), TargetKind.RATIO, Decimal("0.07"))


def test_a_strict_target_misses_one_whole_thing_at_its_threshold() -> None:
    assert [1, 3, 0] == [gap(value, TargetKind.MIN, 10, strict=True) for value in (10, 8, 11)]
    assert F(1, 2) == gap(F(19, 2), TargetKind.MIN, 10, strict=True)


def test_a_target_without_its_threshold_cannot_be_judged() -> None:
    for broken in (target("TS-13", threshold=None), target("TS-08", upper=None), target("TS-01", lower=None)):
        with pytest.raises(ValueError, match=broken.id):
            judge(broken, figure(1), as_of=YEAR_END)
    assert 1 == threshold_of(target("TS-06", threshold=None))


# --- how much and what is missing ---------------------------------------------------------------------------------


def test_the_attainment_of_a_ceiling_is_inverse_and_capped() -> None:
    assert [2, 2, 2, 1, F(1, 2)] == [attainment_share(x, TargetKind.MAX, 10) for x in (0, 1, 5, 10, 20)]
    assert [0, 0, 10] == [gap(x, TargetKind.MAX, 10) for x in (0, 10, 20)]


def test_no_share_of_a_zero_threshold_and_no_way_from_a_value_to_itself() -> None:
    with pytest.raises(ValueError, match="zero"):
        attainment_share(5, TargetKind.MIN, 0)
    with pytest.raises(ValueError, match="itself"):
        progress(1, 2, 2)
    assert judge(target("TS-13", threshold=Decimal(0)), figure(5), as_of=YEAR_END).attainment is None


def test_nothing_reported_has_no_share_and_no_gap() -> None:
    assert (None, None) == (attainment_share(None, TargetKind.MIN, 10), gap(None, TargetKind.MIN, 10))
    assert Judgement(Status.NO_DATA, Certainty.UNDECIDED, None, None) == judge(
        target("TS-14"), Observation(None, expected=12), as_of=YEAR_END
    )


def test_a_ratio_with_one_half_of_a_pair_is_unknown() -> None:
    assert ratio_of_sums([8, None], [10, 20]) is None
    assert F(8, 10) == ratio_of_sums([8, None], [10, None])
    with pytest.raises(ZeroDivisionError):
        ratio_of_sums([None], [None])
    with pytest.raises(ValueError, match="zip"):
        ratio_of_sums([1], [1, 2])


def test_a_floor_knows_its_smallest_and_never_a_mean() -> None:
    stats = floor_statistics([30, 10, None, 20], 20)

    assert (2, 1, 1, 4, 10, 10) == (
        stats.meeting,
        stats.below,
        stats.unknown,
        stats.total,
        stats.minimum,
        stats.shortfall,
    )
    assert (F(2, 4), F(3, 4)) == (stats.low, stats.high)
    with pytest.raises(ValueError, match="at least one"):
        floor_statistics([], 20)


# --- missing reports ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (799, None, "CHƯA ĐỦ SỐ LIỆU"),
        (800, None, "ĐẠT"),
        (1401, None, "VƯỢT"),
        (700, 799, "CHƯA ĐẠT"),
        (900, 1500, "ĐẠT"),
        (700, 1500, "CHƯA ĐỦ SỐ LIỆU"),
    ],
)
def test_a_flow_that_can_only_grow_is_certain_once_it_is_enough(low: int, high: int | None, expected: str) -> None:
    assert expected == status_of_interval(low, high, TargetKind.RANGE, 800, upper=1400)


def test_between_too_few_and_too_many_nothing_is_certain() -> None:
    outside = {"upper": 3, "over_range": OverRange.OUTSIDE}

    assert ["CHƯA ĐỦ SỐ LIỆU", "CHƯA ĐỦ SỐ LIỆU", "NGOÀI KHOẢNG"] == [
        status_of_interval(low, high, TargetKind.RANGE, 2, **outside)  # type: ignore[arg-type]
        for low, high in ((1, 4), (2, None), (4, None))
    ]


def test_a_missing_flow_is_never_not_attained_and_its_gap_is_the_most_it_can_be() -> None:
    seen = Observation(F(600), low=F(600), open_above=True, reported=10, expected=12, missing=("a", "b"))
    result = judge(target("TS-08"), seen, as_of=YEAR_END)

    assert ("CHƯA ĐỦ SỐ LIỆU", "chưa đủ số liệu", 200, "XÁM") == (
        result.status,
        result.certainty,
        result.gap,
        result.light,
    )
    assert "Thiếu tối đa 200 đơn vị máu. Hãy chờ hoặc đôn đốc các đơn vị chưa báo cáo." == message(
        *gap_sentence(target("TS-08"), result)
    )


def test_an_open_ratio_has_a_range_and_no_gap() -> None:
    seen = Observation(F(150, 180), F(150), F(180), F(150, 200), F(170, 200), reported=10, expected=12)
    result = judge(target("TS-02"), seen, as_of=YEAR_END)

    assert ("CHƯA ĐỦ SỐ LIỆU", None, (F(15, 16), F(17, 16))) == (result.status, result.gap, result.attainment_range)
    assert "93,8–106,3%" == attainment_text(result, 1)


def test_the_most_that_can_be_missing_is_counted_from_the_least_there_can_be() -> None:
    seen = Observation(F(80_000_000), low=F(50_000_000), open_above=True, carried=("a",))

    assert F(50_000_000) == judge(target("TS-13"), seen, as_of=YEAR_END).gap


def test_a_certain_failure_shows_the_worse_of_its_two_lights() -> None:
    seen = Observation(F(130, 180), F(130), F(180), F(65, 100), F(75, 100), reported=10, expected=12)
    result = judge(target("TS-02"), seen, as_of=YEAR_END)

    assert ("CHƯA ĐẠT", "ĐỎ") == (result.status, result.light)


@pytest.mark.parametrize(
    ("balances", "status", "certainty", "share"),
    [
        ({"a": 20, "b": 25}, "ĐẠT", "chắc chắn", None),
        ({"a": 20, "b": None}, "CHƯA ĐỦ SỐ LIỆU", "chưa đủ số liệu", (F(1, 2), F(1))),
        ({"a": 19, "b": None}, "CHƯA ĐẠT", "chắc chắn", (F(0), F(1, 2))),
        ({"a": None, "b": None}, "KHÔNG CÓ SỐ LIỆU", "chưa đủ số liệu", None),
    ],
)
def test_a_floor_is_certain_once_one_unit_is_below_it(
    balances: Mapping[str, int | None], status: str, certainty: str, share: tuple[F, F] | None
) -> None:
    per_unit = {uid: None if one is None else F(one) for uid, one in balances.items()}
    least = min((one for one in per_unit.values() if one is not None), default=None)
    result = judge(target("TS-12", threshold=Decimal(20)), Observation(least, per_unit=per_unit), as_of=YEAR_END)

    assert (status, certainty, share) == (result.status, result.certainty, result.attainment_range)


def test_counts_that_await_results_and_carried_stocks_make_a_status_provisional() -> None:
    assert ["chắc chắn", "tạm tính", "tạm tính"] == [
        judge(target("TS-08"), figure(900, **more), as_of=YEAR_END).certainty
        for more in ({}, {"provisional": True}, {"carried": ("a",)})
    ]


# --- while the year runs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target_id", "value", "status", "certainty"),
    [
        ("TS-14", 5 * 10**8, "CHƯA ĐẠT", "tạm tính"),
        ("TS-14", 10**9, "ĐẠT", "chắc chắn"),
        ("TS-08", 1401, "VƯỢT", "chắc chắn"),
        ("TS-08", 900, "ĐẠT", "chắc chắn"),
        ("TS-10", 0, "CHƯA ĐẠT", "tạm tính"),
        ("TS-13", 10, "CHƯA ĐẠT", "chắc chắn"),  # a stock is what it is on the day
        ("TS-06", 0, "CHƯA ĐẠT", "chắc chắn"),
    ],
)
def test_a_flow_may_still_come_until_its_year_ends(target_id: str, value: int, status: str, certainty: str) -> None:
    result = judge(target(target_id), figure(value), as_of=JUNE)

    assert (status, certainty) == (result.status, result.certainty)


def test_a_flow_with_a_ceiling_may_still_pass_it() -> None:
    capped = target("TS-08", over_range=OverRange.OUTSIDE)

    assert ["tạm tính", "chắc chắn"] == [judge(capped, figure(n), as_of=JUNE).certainty for n in (900, 1500)]
    assert ["tạm tính", "chắc chắn"] == [judge(ceiling(flow=True), figure(n), as_of=JUNE).certainty for n in (9, 11)]


def test_the_light_of_a_running_year_follows_its_pace() -> None:
    half = F(182, 366)
    values = (int(800 * half) + 1, int(800 * half * F(95, 100)), 100)
    results = [judge(target("TS-08"), figure(value), as_of=JUNE) for value in values]

    assert [("XANH", 800 * half), ("VÀNG", 800 * half), ("ĐỎ", 800 * half)] == [
        (one.light, one.milestone) for one in results
    ]


def test_at_the_end_of_the_year_the_goal_itself_is_the_mark() -> None:
    assert [("XANH", None), ("VÀNG", None), ("ĐỎ", None)] == [
        (one.light, one.milestone)
        for one in (judge(target("TS-08"), figure(value), as_of=YEAR_END) for value in (800, 720, 719))
    ]


def test_what_must_happen_once_a_year_is_amber_until_the_year_is_over() -> None:
    assert ["VÀNG", "ĐỎ", "XANH"] == [
        judge(target("TS-10"), figure(number), as_of=day).light
        for number, day in ((0, JUNE), (0, YEAR_END), (1, YEAR_END))
    ]


def test_a_quarter_is_judged_on_its_own_days() -> None:
    quarter = parse_period("2024-Q2")
    result = judge(target("TS-08"), figure(400), as_of=date(2024, 5, 15), period=quarter)

    assert F(800 * 45, 91) == result.milestone


# --- trajectories -------------------------------------------------------------------------------------------------


def test_a_trajectory_starts_at_its_base_and_ends_at_its_goal() -> None:
    for way in Trajectory:
        assert [F(6, 10), F(6, 10), F(25, 10), F(25, 10)] == [
            milestone(F(6, 10), 2023, F(25, 10), 2033, year, way) for year in (2020, 2023, 2033, 2040)
        ]


def test_a_trajectory_that_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        milestone(1, 2033, 2, 2033, 2030)
    with pytest.raises(ValueError, match="above zero"):
        milestone(0, 2023, 2, 2033, 2030, Trajectory.COMPOUND)


def test_without_a_base_value_a_level_has_no_light_until_its_due_year() -> None:
    level = target("TS-09")

    assert [("CHƯA ĐẠT", "XÁM"), ("CHƯA ĐẠT", "ĐỎ"), ("ĐẠT", "XANH")] == [
        (one.status, one.light)
        for one in (
            judge(level, figure(F(value, 1000)), as_of=date(year, 12, 31))
            for value, year in ((10, 2026), (10, 2033), (25, 2026))
        )
    ]


def test_a_compound_trajectory_from_zero_leaves_the_light_grey() -> None:
    level = target("TS-09", base_value=Decimal(0), trajectory=Trajectory.COMPOUND)

    assert "XÁM" == judge(level, figure(F(1, 100)), as_of=YEAR_END).light


def test_a_ratio_with_a_base_value_is_on_track_before_it_is_attained() -> None:
    ratio = target("TS-02", base_value=Decimal("0.5"))
    result = judge(ratio, Observation(F(6, 10), F(60), F(100)), as_of=date(2026, 12, 31))

    assert ("CHƯA ĐẠT", "XANH", F(59, 100), 20) == (result.status, result.light, result.milestone, result.gap)


def test_a_trajectory_starts_from_what_was_observed_unless_the_office_stated_its_own() -> None:
    seen, end = figure(F(1, 100)), date(2028, 12, 31)
    stated = target("TS-09", base_value=Decimal("0.005"))

    assert [F(16, 1000), F(15, 1000), None] == [
        judge(target("TS-09"), seen, as_of=end, base=F(7, 1000)).milestone,
        judge(stated, seen, as_of=end, base=F(7, 1000)).milestone,
        judge(target("TS-09"), seen, as_of=end).milestone,
    ]


def test_the_light_needs_both_a_figure_and_a_mark() -> None:
    assert [Light.GREY, Light.GREY, Light.GREEN, Light.AMBER, Light.RED] == [
        light(None, 1), light(1, None), light(1, 1), light(F(9, 10), 1), light(F(89, 100), 1)
    ]  # fmt: skip
    assert Light.RED is light(F(95, 100), 1, Decimal("0.96"))


def test_the_pace_of_a_leap_year_counts_its_day() -> None:
    assert F(100 * 60, 366) == pace(100, date(2024, 1, 1), YEAR_END, date(2024, 2, 29))


# --- chains of years ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("years", "as_of", "status", "certainty", "gap_left", "broken"),
    [
        ({2023: True, 2024: True}, YEAR_END, "ĐẠT", "chắc chắn", 0, None),
        ({2023: True, 2024: False}, YEAR_END, "CHƯA ĐẠT", "chắc chắn", None, 2024),
        ({2023: True, 2024: False}, JUNE, "CHƯA ĐẠT", "tạm tính", 1, None),
        ({2023: False, 2024: False}, JUNE, "CHƯA ĐẠT", "chắc chắn", None, 2023),
        ({2023: True, 2024: None}, YEAR_END, "CHƯA ĐỦ SỐ LIỆU", "chưa đủ số liệu", None, None),
        ({2023: None, 2024: None}, YEAR_END, "KHÔNG CÓ SỐ LIỆU", "chưa đủ số liệu", None, None),
        ({2024: True}, YEAR_END, "CHƯA ĐỦ SỐ LIỆU", "chưa đủ số liệu", None, None),
        ({2023: False, 2024: None}, YEAR_END, "CHƯA ĐẠT", "chắc chắn", None, 2023),
    ],
)
def test_a_chain_holds_only_when_every_year_since_the_base_year_does(
    years: Mapping[int, bool | None], as_of: date, status: str, certainty: str, gap_left: int | None, broken: int | None
) -> None:
    result = judge(target("TS-05"), Observation(F(0), per_year=years), as_of=as_of)

    assert (status, certainty, gap_left, broken) == (result.status, result.certainty, result.gap, result.broken_year)


def test_an_unknown_year_leaves_the_kept_share_open() -> None:
    result = judge(target("TS-05"), Observation(F(0), per_year={2023: True, 2024: None}), as_of=YEAR_END)

    assert (F(1, 2), (F(1, 2), F(1))) == (result.attainment, result.attainment_range)


def test_without_a_chain_the_year_itself_is_judged() -> None:
    assert ["ĐẠT", "CHƯA ĐẠT"] == [judge(target("TS-05"), figure(n), as_of=YEAR_END).status for n in (3, 0)]


# --- in words -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target_id", "seen", "as_of", "sentence"),
    [
        ("TS-14", figure(10**9), YEAR_END, "Đã đạt, không còn thiếu."),
        ("TS-14", figure(2 * 10**9), YEAR_END, "Đã đạt và vượt mức."),
        ("TS-14", figure(7 * 10**8), YEAR_END, "Cần thêm 300.000.000 đồng."),
        ("TS-09", figure(F(105, 10000)), YEAR_END, "Cần tăng thêm 1,45 điểm %."),
        ("TS-09", figure(F(249999, 10**7)), YEAR_END, "Cần tăng thêm 0,00001 điểm %."),
        ("TS-05", Observation(F(0), per_year={2023: True, 2024: False}), JUNE,
         "Năm nay chưa ghi nhận đợt nào. Hãy tổ chức, hoặc bổ sung báo cáo nếu đã có."),
        ("TS-02", Observation(None), YEAR_END, "Không có số liệu. Hãy kiểm tra các đơn vị đã nộp báo cáo chưa."),
        ("TS-02", Observation(None, not_applicable=True), YEAR_END, "Không áp dụng: không có đối tượng để tính."),
        ("TS-12", Observation(F(1), per_unit={"a": F(10**8), "b": None}), YEAR_END,
         "Chưa kết luận được. Hãy đôn đốc các đơn vị chưa báo cáo."),
    ],
)  # fmt: skip
def test_the_gap_is_said_in_words(target_id: str, seen: Observation, as_of: date, sentence: str) -> None:
    assert sentence == message(*gap_sentence(target(target_id), judge(target(target_id), seen, as_of=as_of)))


def test_a_ceiling_that_is_passed_says_by_how_much() -> None:
    assert "Cao hơn mức cho phép 2 đơn." == message(
        *gap_sentence(ceiling(), judge(ceiling(), figure(12), as_of=YEAR_END))
    )


def test_a_strict_amount_exactly_at_its_threshold_says_that_more_is_asked() -> None:
    strict = target("TS-09", strict=True)

    assert "gap-points" == gap_sentence(strict, judge(strict, figure(F(24, 1000)), as_of=YEAR_END))[0]
    assert "Đúng bằng mức; phải trên mức mới đạt." == message(
        *gap_sentence(strict, judge(strict, figure(F(25, 1000)), as_of=YEAR_END))
    )


def test_figures_are_written_in_the_targets_own_way() -> None:
    assert ["78,8%", "79,96%", "1.234.567.890", "2,50%", ""] == [
        value_text(target(target_id), value)
        for target_id, value in (
            ("TS-02", F(26, 33)),
            ("TS-02", F(7996, 10000)),
            ("TS-14", F(1_234_567_890)),
            ("TS-09", F(25, 1000)),
            ("TS-02", None),
        )
    ]


def test_both_languages_have_every_sentence_of_judging_with_the_same_names() -> None:
    def names(language: str) -> dict[str, set[str | None]]:
        return {
            code: {name for _, name, _, _ in Formatter().parse(sentence) if name}
            for code, sentence in catalogue(language).items()
            if code.startswith(("gap-", "task-"))
        }

    assert names("vi") == names("en")
    assert {"count", "thing"} == names("vi")["gap-things"]
