"""What the group sees: units put together, missing reports, the city's own rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from counting_rows import (
    CITY,
    WARDS,
    activity,
    address,
    day,
    entry,
    organisation,
    rows,
    session,
    support,
    tallied,
    target,
    team,
    unit_year,
    unit_years,
)
from hypothesis import given
from hypothesis import strategies as st

from xl_ctd.core.books import GROUP
from xl_ctd.core.indicators import observe
from xl_ctd.core.setup import Population, Setup
from xl_ctd.core.submissions import UnitYear
from xl_ctd.core.targets import Caveat, Observation

MILLION = 1_000_000


def seen(
    setup: Setup, target_id: str, *sent: UnitYear, uid: str = GROUP, year: int = 2024, as_of: date | None = None
) -> Observation:
    return observe(target(setup, target_id), tallied(setup, sent, year, as_of), setup, year, as_of, uid=uid)


def all_wards(*tables: Any) -> list[UnitYear]:
    """Every ward sent a complete workbook; the first one's holds these tables."""
    return [unit_year("A", 2024, *tables), unit_year("B"), unit_year("C")]


def with_choice(setup: Setup, **choices: str) -> Setup:
    return replace(setup, conventions={**setup.conventions, **choices})


def bounds(one: Observation) -> tuple[Any, Any, bool]:
    return one.low, one.high, one.open_above


# --- TS-01, TS-13: the city's own ---


def test_the_citys_officers_are_counted_and_no_ward_is_asked(setup):
    staff = rows("CAN_BO", {"MA": "1", "CHUYEN_TRACH": "C", "TU_NGAY": day("1/1/2020")})

    one = seen(setup, "TS-01", UnitYear(CITY, 2024, {}, {"CAN_BO": staff}))

    assert (Fraction(1), 1, 1, ()) == (one.value, one.reported, one.expected, one.missing)


def test_a_city_without_a_list_of_officers_is_no_data(setup):
    assert Observation(None, expected=1, missing=(CITY,)) == seen(setup, "TS-01", *all_wards())


def test_the_citys_fund_starts_from_its_cover_and_goes_on_from_its_last_closing(setup):
    first = UnitYear(
        CITY, 2023, {"DU_DAU": 90 * MILLION}, {"QUY": rows("QUY", entry("T", MILLION, NGAY=day("1/2/2023")))}
    )
    second = UnitYear(CITY, 2024, {}, {"QUY": rows("QUY", entry("T", 10 * MILLION), entry("C", 2_500_000))})

    assert Fraction(98_500_000) == seen(setup, "TS-13", first, second).value


def test_an_opening_balance_that_the_city_states_goes_before_last_years_closing(setup):
    first = UnitYear(CITY, 2023, {"DU_DAU": 90}, {"QUY": rows("QUY", entry("T", 1, NGAY=day("1/2/2023")))})

    assert Fraction(70) == seen(setup, "TS-13", first, UnitYear(CITY, 2024, {"DU_DAU": 70})).value


def test_a_city_fund_that_never_had_an_opening_balance_is_unknown(setup):
    assert seen(setup, "TS-13", UnitYear(CITY, 2024, {}, {"QUY": rows("QUY", entry("T", 1))})).value is None


# --- TS-02 ---


def schools(with_association: int, all_of_them: int) -> Any:
    return rows("DON_VI", *(organisation("TH", "C" if n < with_association else "K") for n in range(all_of_them)))


def test_the_groups_ratio_is_the_ratio_of_sums_and_not_the_mean(setup):
    sent = [unit_year(uid, 2024, schools(n, d)) for uid, n, d in (("A", 8, 10), ("B", 15, 20), ("C", 3, 3))]

    one = seen(setup, "TS-02", *sent)

    assert (Fraction(26, 33), 26, 33) == (one.value, one.numerator, one.denominator)


def test_a_ward_without_any_such_unit_is_not_applicable_and_changes_nothing(setup):
    sent = [unit_year("A", 2024, schools(8, 10)), unit_year("B"), unit_year("C")]

    assert Fraction(8, 10) == seen(setup, "TS-02", *sent).value
    assert seen(setup, "TS-02", *sent, uid="B").not_applicable


def test_enterprises_and_communities_do_not_count(setup):
    sent = all_wards(rows("DON_VI", organisation("CQ"), organisation("DN"), organisation("KDC", "K")))

    assert Fraction(1) == seen(setup, "TS-02", *sent).denominator
    assert Fraction(2) == seen(with_choice(setup, TS02_DOANH_NGHIEP="C"), "TS-02", *sent).denominator


def test_units_that_a_higher_level_manages_count_unless_the_office_says_no(setup):
    sent = all_wards(rows("DON_VI", organisation(CAP_QL="T"), organisation(association="K", CAP_QL="P")))
    without = seen(with_choice(setup, TS02_CAP_TREN="K"), "TS-02", *sent)

    assert (Fraction(1, 2), Fraction(0)) == (seen(setup, "TS-02", *sent).value, without.value)


@pytest.mark.parametrize(("n", "low", "high"), [(150, "3/4", "17/20"), (165, "33/40", "37/40"), (130, "13/20", "3/4")])
def test_missing_wards_bound_the_ratio_by_their_last_known_units(setup, n, low, high):
    sent = [unit_year("A", 2024, schools(n, 180)), unit_year("B"), unit_year("C", 2023, schools(9, 20))]

    one = seen(setup, "TS-02", *sent)

    assert (Fraction(low), Fraction(high)) == (one.low, one.high)
    assert (Fraction(n + 9, 200), 2, 3, ("C",), ("C",)) == (
        one.value,
        one.reported,
        one.expected,
        one.missing,
        one.carried,
    )


def test_a_stock_stands_in_for_one_year_and_no_longer(setup):
    sent = [unit_year("A", 2024, schools(1, 2)), unit_year("B"), unit_year("C", 2022, schools(9, 20))]

    one = seen(setup, "TS-02", *sent)

    assert (Fraction(1, 2), ("C",), (), (Fraction(0), Fraction(1), False)) == (
        one.value,
        one.missing,
        one.carried,
        bounds(one),
    )


def test_an_empty_list_without_the_promise_of_completeness_is_not_reported(setup):
    sent = [unit_year("A", 2024, schools(1, 2)), unit_year("B"), unit_year("C", CAM_KET="K")]

    assert ("C",) == seen(setup, "TS-02", *sent).missing


# --- TS-03 ---


def test_addresses_count_once_however_often_they_were_helped(setup):
    sent = all_wards(
        rows("DIA_CHI", *(address(code) for code in "1234")),
        rows("HO_TRO", support("1"), support("1"), support("1"), support("2"), support("9")),
    )

    one = seen(setup, "TS-03", *sent)

    assert (Fraction(2, 4), 2, 4) == (one.value, one.numerator, one.denominator)


def test_a_household_in_two_wards_counts_once_and_is_helped_if_either_helped(setup):
    sent = [
        unit_year("A", 2024, rows("DIA_CHI", address("1", BAM="f0"), address("2"))),
        unit_year("B", 2024, rows("DIA_CHI", address("7", BAM="f0")), rows("HO_TRO", support("7"))),
        unit_year("C"),
    ]

    assert Fraction(1, 2) == seen(setup, "TS-03", *sent).value


def test_the_same_code_in_two_wards_is_two_addresses(setup):
    sent = [
        unit_year("A", 2024, rows("DIA_CHI", address("1")), rows("HO_TRO", support("1"))),
        unit_year("B", 2024, rows("DIA_CHI", address("1"))),
        unit_year("C"),
    ]

    assert Fraction(1, 2) == seen(setup, "TS-03", *sent).value


def test_a_ward_that_says_nothing_of_support_leaves_its_addresses_open(setup):
    sent = [
        unit_year("A", 2024, rows("DIA_CHI", *(address(c) for c in "123")), rows("HO_TRO", support("1"))),
        unit_year("B", 2024, rows("DIA_CHI", address("1")), CAM_KET=None),
        unit_year("C"),
    ]

    one = seen(setup, "TS-03", *sent)

    assert (Fraction(1, 3), ("B",), Fraction(1, 4), Fraction(2, 4)) == (one.value, one.missing, one.low, one.high)


# --- TS-04, TS-05 ---


def tet(year: int, when: str, **more: Any) -> Any:
    return rows("HOAT_DONG", activity("QT", NAM_TET=year, NGAY_BD=day(when), **more))


def test_gifts_given_in_december_belong_to_the_next_tet(setup):
    sent = [unit_year(uid, 2023, *([tet(2024, "28/12/2023")] if uid == "A" else [])) for uid in WARDS]

    assert {2023: False, 2024: True} == seen(setup, "TS-04", *sent, *all_wards()).per_year


def test_a_year_is_unknown_while_a_ward_that_might_have_given_is_missing(setup):
    sent = [unit_year("A", 2023), unit_year("B", 2023), *all_wards(tet(2024, "2/2"))]

    assert {2023: None, 2024: True} == seen(setup, "TS-04", *sent).per_year


def test_an_examination_day_that_city_and_ward_report_counts_once(setup):
    shared = activity("KB", MA_HD="TP-7", CAP_GHI="TP")
    sent = [
        unit_year("A", 2024, rows("HOAT_DONG", shared, activity("KB"))),
        unit_year("B", 2024, rows("HOAT_DONG", {**shared, "MA_HD": "tp-7"})),
        unit_year("C"),
        UnitYear(CITY, 2024, {}, {"HOAT_DONG": rows("HOAT_DONG", shared)}),
    ]

    assert Fraction(2) == seen(setup, "TS-05", *sent).value


def test_wards_number_their_own_activities_and_equal_numbers_are_different_activities(setup):
    sent = [unit_year(uid, 2024, rows("HOAT_DONG", activity("KB"))) for uid in WARDS]

    assert Fraction(3) == seen(setup, "TS-05", *sent).value


# --- TS-06, TS-07 ---


def test_first_aid_teams_and_effective_health_models_are_counted(setup):
    sent = all_wards(
        rows("DOI_MO_HINH", team(), team("CSSK", HIEU_QUA="C"), team("CSSK", HIEU_QUA="K"), team(CON_HD="K"))
    )

    assert [1, 1] == [seen(setup, target_id, *sent).value for target_id in ("TS-06", "TS-07")]


def test_a_missing_wards_team_of_last_year_shows_but_is_not_certain(setup):
    sent = [unit_year("A"), unit_year("B"), unit_year("C", 2023, rows("DOI_MO_HINH", team()))]

    one = seen(setup, "TS-06", *sent)

    assert (Fraction(1), ("C",), (Fraction(0), None, True)) == (one.value, one.carried, bounds(one))


# --- TS-08, TS-09 ---


def blood(*drives: dict[str, Any]) -> Any:
    return rows("HIEN_MAU", *drives)


def test_bags_of_every_size_are_one_unit_discarded_ones_none_and_platelets_apart(setup):
    drive = session(TUI_250=100, TUI_350=200, TUI_450=20, TIEU_CAU=9, HUY=6)

    one = seen(setup, "TS-08", *all_wards(blood(drive)))

    assert (Fraction(314), False) == (one.value, one.provisional)


def test_the_office_may_count_250_ml_equivalents_platelets_or_all_bags_received(setup):
    sent = all_wards(blood(session(TUI_250=100, TUI_350=200, TUI_450=20, TIEU_CAU=9, HUY=6)))

    values = [
        seen(with_choice(setup, **{code: choice}), "TS-08", *sent).value
        for code, choice in (("TS08_DON_VI", "250ML"), ("TS08_TIEU_CAU", "C"), ("TS08_AN_TOAN", "TIEP_NHAN"))
    ]

    assert [410, 323, 320] == values


def test_a_drive_that_awaits_its_tests_makes_the_figure_provisional(setup):
    assert seen(setup, "TS-08", *all_wards(blood(session(TUI_250=1), session(TINH_TRANG="TAM_TINH")))).provisional


def test_the_same_drive_with_the_same_counts_reported_by_two_wards_counts_once(setup):
    sent = [unit_year(uid, 2024, blood(session(code, TUI_350=50))) for uid, code in (("A", "HM 1"), ("B", "hm1"))]

    assert Fraction(50) == seen(setup, "TS-08", *sent, unit_year("C")).value


def test_the_same_drive_with_different_counts_is_each_wards_own_part(setup):
    sent = [unit_year(uid, 2024, blood(session(TUI_350=n))) for uid, n in (("A", 50), ("B", 30))]

    assert Fraction(80) == seen(setup, "TS-08", *sent, unit_year("C")).value


def test_equal_drives_of_one_ward_all_count(setup):
    assert Fraction(4) == seen(setup, "TS-08", *all_wards(blood(session(TUI_350=2), session(TUI_350=2)))).value


@pytest.mark.parametrize("twice", WARDS)
def test_a_drive_that_one_ward_lists_twice_counts_twice_whoever_else_lists_it_once(setup, twice):
    drive = session(TUI_350=2)
    sent = [unit_year(uid, 2024, blood(*[drive] * (1 + (uid == twice)))) for uid in WARDS]

    assert Fraction(4) == seen(setup, "TS-08", *sent).value


def test_a_missing_ward_leaves_a_sum_open_above(setup):
    sent = [unit_year("A", 2024, blood(session(TUI_350=50))), unit_year("B")]

    one = seen(setup, "TS-08", *sent)

    assert (Fraction(50), ("C",), (Fraction(50), None, True)) == (one.value, one.missing, bounds(one))


def test_nothing_from_anybody_is_not_zero(setup):
    assert Observation(None, expected=3, missing=WARDS) == seen(setup, "TS-08")
    assert Fraction(0) == seen(setup, "TS-08", *all_wards()).value


def test_donations_are_compared_with_the_people_living_there(setup):
    one = seen(setup, "TS-09", *all_wards(blood(session(DANG_KY=90, DEN_HIEN=80, TIEP_NHAN=60))))

    assert (Fraction(60, 10_000), 60, 10_000, ()) == (one.value, one.numerator, one.denominator, one.caveats)


def test_an_older_count_of_people_serves_and_is_named(setup):
    older = replace(setup, population=(Population(CITY, 2019, 100), Population(CITY, 2022, 200)))

    one = seen(older, "TS-09", *all_wards(blood(session(TIEP_NHAN=5))))

    assert (Fraction(5, 200), (Caveat("caveat-population-year", {"year": "2022"}),)) == (one.value, one.caveats)


def test_the_groups_people_are_the_sum_of_its_wards_when_all_are_known(setup):
    wards = replace(setup, population=tuple(Population(uid, 2024, 100) for uid in WARDS))

    assert Fraction(300) == seen(wards, "TS-09", *all_wards(blood(session()))).denominator


@pytest.mark.parametrize("population", [(), (Population(CITY, 2024, 0),)])
def test_without_people_there_is_no_share(setup, population):
    one = seen(replace(setup, population=population), "TS-09", *all_wards(blood(session())))

    assert (None, (Caveat("caveat-no-population", {"year": "2024"}),)) == (one.value, one.caveats)


def test_units_of_blood_may_stand_for_donors_but_distinct_persons_are_never_invented(setup):
    sent = all_wards(blood(session(TUI_350=50, TIEP_NHAN=60)))
    choices = [seen(with_choice(setup, TS09_BIEN_THE=word), "TS-09", *sent) for word in ("DON_VI", "NGUOI")]

    assert [Fraction(50, 10_000), None] == [one.value for one in choices]


# --- TS-10, TS-11 ---


def test_activities_that_also_speak_of_organ_donation_are_counted(setup):
    sent = all_wards(rows("HOAT_DONG", activity("TT", LONG_GHEP="C"), activity("TT", LONG_GHEP="K"), activity("HM")))

    assert Fraction(1) == seen(setup, "TS-10", *sent).value


def test_registrations_add_up_since_the_plan_began_and_withdrawals_are_taken_off(setup):
    def organs(when: str, registered: int, withdrawn: int) -> Any:
        return rows("HIEN_MO_TANG", {"NGAY": day(when), "DANG_KY": registered, "HUY": withdrawn})

    earlier = [unit_year("A", 2023, organs("1/5/2023", 3, 0)), unit_year("B", 2023), unit_year("C", 2023)]
    one = seen(setup, "TS-11", *earlier, *all_wards(organs("1/5", 2, 1)))

    assert (Fraction(4), (Fraction(4), Fraction(4), False)) == (one.value, bounds(one))


def test_a_ward_missing_in_an_earlier_year_leaves_the_sum_since_then_open(setup):
    one = seen(setup, "TS-11", unit_year("A", 2023), unit_year("B", 2023), *all_wards())

    assert (Fraction(0), (Fraction(0), None, True), ()) == (one.value, bounds(one), one.missing)


# --- TS-12 ---


def fund(opening: int | None, *entries: dict[str, Any], uid: str = "A", **cover: Any) -> UnitYear:
    return unit_year(uid, 2024, rows("QUY", *entries), DU_DAU=opening, **cover)


def test_every_wards_balance_stands_by_itself(setup):
    sent = [fund(15 * MILLION, entry("T", 6 * MILLION), entry("C", MILLION)), fund(19_999_999, uid="B")]

    one = seen(setup, "TS-12", *sent)

    assert {"A": 20 * MILLION, "B": 19_999_999, "C": None} == one.per_unit
    assert (Fraction(19_999_999), 2, 3, ("C",), None) == (one.value, one.reported, one.expected, one.missing, one.low)


def test_an_unknown_opening_balance_makes_the_balance_unknown(setup):
    assert {"A": None} == seen(setup, "TS-12", fund(None, entry("T", 50 * MILLION)), uid="A").per_unit


def test_an_empty_book_without_a_promise_of_completeness_is_an_unknown_balance(setup):
    assert {"A": None} == seen(setup, "TS-12", fund(50 * MILLION, CAM_KET=None), uid="A").per_unit


def test_earmarked_money_is_left_out_unless_the_office_counts_it(setup):
    sent = fund(0, entry("T", 30), entry("T", 5, MUC_DICH="C"), entry("C", 2, MUC_DICH="C"))

    assert 30 == seen(setup, "TS-12", sent, uid="A").value
    assert 33 == seen(with_choice(setup, TS12_QUY_MUC_DICH="C"), "TS-12", sent, uid="A").value


# --- TS-14 ---


def test_what_the_city_passed_on_to_wards_counts_once(setup):
    wards = rows("HOAT_DONG", activity("CT", TIEN=550 * MILLION, CAP_TREN=250 * MILLION))
    city = UnitYear(CITY, 2024, {}, {"HOAT_DONG": rows("HOAT_DONG", activity("CT", TIEN=600 * MILLION))})
    sent = [*all_wards(wards), city]

    assert 900 * MILLION == seen(setup, "TS-14", *sent).value
    assert 1_150 * MILLION == seen(with_choice(setup, TS14_CHUYEN_NOI_BO="CONG"), "TS-14", *sent).value


def test_goods_count_and_labour_only_if_the_office_prices_it(setup):
    sent = all_wards(rows("HOAT_DONG", activity("CT", TIEN=1, HIEN_VAT=20, NGAY_CONG=300)))

    assert 21 == seen(setup, "TS-14", *sent).value
    assert 321 == seen(with_choice(setup, TS14_NGAY_CONG="C"), "TS-14", *sent).value


def test_a_support_that_names_its_activity_is_not_added_again(setup):
    sent = all_wards(
        rows("HOAT_DONG", activity("HT", TIEN=100)),
        rows("HO_TRO", support("1", GIA_TRI=100, MA_HD="HD-1"), support("2", GIA_TRI=7), support("3", NGUON="CTC")),
    )

    assert 107 == seen(setup, "TS-14", *sent).value


def test_of_a_city_activity_that_wards_report_too_the_citys_own_entry_counts(setup):
    ward = rows("HOAT_DONG", activity("CT", MA_HD="TP-1", CAP_GHI="TP", TIEN=50))
    city = rows("HOAT_DONG", activity("CT", MA_HD="TP-1", CAP_GHI="TP", TIEN=40))

    assert 40 == seen(setup, "TS-14", *all_wards(ward), UnitYear(CITY, 2024, {}, {"HOAT_DONG": city})).value


def test_without_an_entry_of_the_city_the_largest_own_value_of_a_shared_activity_counts(setup):
    shared = [
        activity("CT", MA_HD="TP-1", CAP_GHI="TP", TIEN=cash, CAP_TREN=above) for cash, above in ((50, 45), (40, 10))
    ]
    sent = [unit_year(uid, 2024, rows("HOAT_DONG", one)) for uid, one in zip("AB", shared, strict=True)]

    assert 30 == seen(setup, "TS-14", *sent, unit_year("C")).value


# --- units that changed, years that run ---


def test_help_given_before_a_merger_counts_for_the_address_its_successor_keeps(merged):
    sent = [
        unit_year("A", 2024, rows("DIA_CHI", address("A1")), rows("HO_TRO", support("A1", NGAY=day("1/3")))),
        unit_year("B"),
        unit_year("C"),
        unit_year("N", 2024, rows("DIA_CHI", address("A1"), address("B1"))),
    ]

    one = seen(merged, "TS-03", *sent)

    assert (Fraction(1, 2), 2, ()) == (one.value, one.expected, one.missing)


def test_a_new_ward_that_has_not_sent_yet_is_represented_by_those_it_took_over(merged):
    sent = [
        unit_year("A", 2024, schools(1, 2)),
        unit_year("B", 2024, schools(2, 2)),
        unit_year("C", 2024, schools(0, 4)),
    ]

    one = seen(merged, "TS-02", *sent)

    assert (Fraction(3, 8), ("N",), ("N",), Fraction(0), Fraction(4, 8)) == (
        one.value,
        one.missing,
        one.carried,
        one.low,
        one.high,
    )


def test_events_of_old_and_new_wards_add_up_over_the_year_of_change(merged):
    sent = [
        unit_year("A", 2024, blood(session("1", NGAY=day("1/3"), TUI_350=10))),
        unit_year("B"),
        unit_year("C"),
        unit_year("N", 2024, blood(session("2", NGAY=day("1/9"), TUI_350=5))),
    ]

    one = seen(merged, "TS-08", *sent)

    assert (Fraction(15), 4) == (one.value, one.expected)


def test_before_a_merger_nobody_waits_for_the_new_ward(merged):
    sent = [unit_year("A"), unit_year("B"), unit_year("C")]

    assert () == seen(merged, "TS-08", *sent, as_of=day("1/5")).missing


def test_the_citys_fund_stops_with_the_city_and_its_last_figure_stands(merged):
    frozen = replace(merged, targets=(replace(target(merged, "TS-13"), frozen_from=2025),))
    book = rows("QUY", entry("T", 5), entry("T", 70, NGAY=day("1/7")))

    one = seen(frozen, "TS-13", UnitYear(CITY, 2024, {"DU_DAU": 100}, {"QUY": book}), year=2026)

    assert (Fraction(105), 2024) == (one.value, one.frozen_at)


def test_only_what_happened_by_the_day_is_seen(setup):
    sent = all_wards(blood(session("1", NGAY=day("1/3"), TUI_350=1), session("2", NGAY=day("1/9"), TUI_350=10)))

    assert 1 == seen(setup, "TS-08", *sent, as_of=day("30/6")).value


# --- laws ---


def plain(values: Mapping[str, Observation]) -> Mapping[str, Fraction | None]:
    return {target_id: one.value for target_id, one in values.items()}


def everything(setup: Setup, sent: list[UnitYear], uid: str = GROUP) -> dict[str, Observation]:
    tallies = tallied(setup, sent)
    return {one.id: observe(one, tallies, setup, 2024, uid=uid) for one in setup.targets}


OWN = {
    "HOAT_DONG": {"CAP_GHI": st.just("P")},
    "DIA_CHI": {"BAM": st.none()},
}


def own_codes(uid: str) -> dict[str, Any]:
    return {**OWN, "HIEN_MAU": {"MA_DOT": st.sampled_from([f"{uid}1", f"{uid}2"])}}


@given(st.tuples(*(unit_years(uid) for uid in WARDS)), st.permutations(range(3)))
def test_wards_may_stand_in_any_order(setup, sent, order):
    assert everything(setup, list(sent)) == everything(setup, [sent[n] for n in order])


@given(st.tuples(*(unit_years(uid, **own_codes(uid)) for uid in WARDS)))
def test_the_groups_sums_are_the_sums_of_its_wards(setup, sent):
    group = plain(everything(setup, list(sent)))
    wards = [plain(everything(setup, list(sent), uid)) for uid in WARDS]

    for target_id in ("TS-05", "TS-06", "TS-07", "TS-08", "TS-10", "TS-11", "TS-14"):
        assert sum(one[target_id] or 0 for one in wards) == group[target_id]


@given(st.tuples(*(unit_years(uid, **own_codes(uid)) for uid in WARDS)))
def test_the_groups_ratios_are_the_ratios_of_its_wards_sums(setup, sent):
    group = everything(setup, list(sent))
    wards = [everything(setup, list(sent), uid) for uid in WARDS]

    for target_id in ("TS-02", "TS-03"):
        top = sum(one[target_id].numerator or 0 for one in wards)
        bottom = sum(one[target_id].denominator or 0 for one in wards)
        assert (Fraction(top, bottom) if bottom else None) == group[target_id].value


@given(unit_years("A", **own_codes("A")), st.randoms(use_true_random=False))
def test_rows_spread_over_two_wards_give_the_same_sums(setup, whole, random):
    def part(keep: Mapping[str, list[bool]], uid: str, wanted: bool) -> UnitYear:
        tables = [
            rows(code, *(row for row, first in zip(one.dicts(), keep[code], strict=True) if first is wanted))
            for code, one in whole.tables.items()
        ]
        return unit_year(uid, 2024, *tables, DU_DAU=0)

    keep = {code: [random.random() < 0.5 for _ in range(len(one))] for code, one in whole.tables.items()}
    together = plain(everything(setup, [whole, unit_year("B"), unit_year("C")]))
    apart = plain(everything(setup, [part(keep, "A", True), part(keep, "B", False), unit_year("C")]))

    for target_id in ("TS-02", "TS-05", "TS-06", "TS-07", "TS-10", "TS-11", "TS-14"):
        assert together[target_id] == apart[target_id]


def test_a_new_ward_goes_on_with_the_gifts_of_the_wards_it_took_over(merged):
    old, new = unit_year("A", 2024, tet(2024, "2/2")), unit_year("N", 2024)
    later = unit_year("N", 2025, tet(2025, "20/1/2025"))

    assert {2024: True, 2025: True} == seen(merged, "TS-04", old, new, later, year=2025, uid="N").per_year
    assert {2024: None, 2025: True} == seen(merged, "TS-04", new, later, year=2025, uid="N").per_year
    nothing = [unit_year(uid, 2024) for uid in ("A", "B", "N")]
    assert {2024: False} == seen(merged, "TS-04", *nothing, uid="N").per_year
