"""The year's picture: judged for the group, shown for every ward; and the numbers without a threshold."""

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
)

from xl_ctd.core.books import GROUP, calendars_of, span_of
from xl_ctd.core.monitoring import NUMBERS, monitoring
from xl_ctd.core.scorecard import JUDGED_PER_UNIT, Figure, caveats_of, figure, score
from xl_ctd.core.setup import Setup
from xl_ctd.core.submissions import UnitYear
from xl_ctd.core.targets import Caveat, Certainty, Status
from xl_ctd.messages import catalogue, message


def scored(setup: Setup, *sent: UnitYear, year: int = 2024, as_of: date | None = None) -> tuple[Figure, ...]:
    return score(setup, tallied(setup, sent, year, as_of), year, as_of=as_of)


def blood(uid: str, bags: int) -> UnitYear:
    return unit_year(uid, 2024, rows("HIEN_MAU", session(uid, TUI_350=bags)))


def judged(one: Figure) -> tuple[Status, Certainty]:
    return one.judgement.status, one.judgement.certainty


def test_the_group_stands_first_and_wards_follow_in_official_order_without_the_citys_targets(setup):
    found = [(one.uid, one.target_id) for one in scored(setup)]

    ids = [one.id for one in setup.targets]
    ward_ids = [target_id for target_id in ids if target_id not in ("TS-01", "TS-13")]
    assert [(GROUP, one) for one in ids] + [(uid, one) for uid in WARDS for one in ward_ids] == found


def test_a_ward_is_shown_but_not_judged_by_what_only_the_whole_area_can_reach(setup):
    found = scored(setup, blood("A", 790), blood("B", 5), blood("C", 5))
    ward = figure(found, "TS-08", "A")

    assert (Fraction(800), Status.ATTAINED) == (
        figure(found, "TS-08").observation.value,
        figure(found, "TS-08").judgement.status,
    )
    assert (Fraction(790), Status.NOT_APPLICABLE) == (ward.observation.value, ward.judgement.status)
    assert {"TS-02", "TS-03", "TS-04", "TS-10", "TS-12"} == JUDGED_PER_UNIT


def test_enough_blood_from_two_wards_is_certain_and_too_little_is_undecided(setup):
    enough = figure(scored(setup, blood("A", 500), blood("B", 300)), "TS-08")
    too_little = figure(scored(setup, blood("A", 500), blood("B", 299)), "TS-08")

    assert [(Status.ATTAINED, Certainty.CERTAIN), (Status.UNDECIDED, Certainty.UNDECIDED)] == [
        judged(enough),
        judged(too_little),
    ]


def test_one_known_fund_below_the_floor_decides_whatever_the_missing_ward_holds(setup):
    sent = [unit_year("A", DU_DAU=20_000_000), unit_year("B", DU_DAU=19_999_999)]
    found = figure(scored(setup, *sent), "TS-12")

    assert (Status.NOT_ATTAINED, Certainty.CERTAIN) == judged(found)
    assert (Fraction(1), (Fraction(1, 3), Fraction(2, 3))) == (
        found.judgement.gap,
        found.judgement.attainment_range,
    )


def test_one_association_is_still_missing(setup):
    sent = [
        unit_year(uid, 2024, rows("DON_VI", *(organisation("TH", "C" if n < have else "K") for n in range(of))))
        for uid, have, of in (("A", 8, 10), ("B", 15, 20), ("C", 3, 3))
    ]
    found = figure(scored(setup, *sent), "TS-02")

    assert (Status.NOT_ATTAINED, Fraction(1), "đơn vị") == (
        found.judgement.status,
        found.judgement.gap,
        found.judgement.gap_unit,
    )


def gift_of(uid: str, year: int) -> UnitYear:
    gift = activity("QT", NAM_TET=year, NGAY_BD=day(f"2/2/{year}"))
    return unit_year(uid, year, rows("HOAT_DONG", gift))


def test_a_year_without_gifts_breaks_the_chain(setup):
    kept = [gift_of(uid, year) for uid in WARDS for year in (2023, 2024)]
    broken = [gift_of(uid, 2023) for uid in WARDS] + [unit_year(uid) for uid in WARDS]

    assert [Status.ATTAINED, Status.NOT_ATTAINED] == [
        figure(scored(setup, *sent), "TS-04").judgement.status for sent in (kept, broken)
    ]
    assert 2024 == figure(scored(setup, *broken), "TS-04").judgement.broken_year


def test_a_year_that_still_runs_is_not_broken_yet(setup):
    sent = [gift_of(uid, 2023) for uid in WARDS] + [unit_year(uid) for uid in WARDS]

    found = figure(scored(setup, *sent, as_of=day("1/2")), "TS-04")

    assert (None, Certainty.PROVISIONAL) == (found.judgement.broken_year, found.judgement.certainty)


def test_a_ward_that_came_later_is_not_asked_for_the_years_before(setup):
    born = replace(setup.units.by_uid["C"], valid_from=day("1/1"))
    young = replace(setup, units=setup.units.with_units([born]))
    sent = [gift_of("C", 2024)]

    assert Status.ATTAINED == figure(scored(young, *sent), "TS-04", "C").judgement.status


def test_a_frozen_target_is_judged_in_its_last_year(setup):
    frozen = replace(setup, targets=(replace(target(setup, "TS-13"), frozen_from=2025),))
    fund = UnitYear(CITY, 2024, {"DU_DAU": 120_000_000}, {"QUY": rows("QUY", entry("T", 1))})

    found = figure(scored(frozen, fund, year=2027), "TS-13")

    assert (2027, 2024, Status.ATTAINED) == (found.year, found.observation.frozen_at, found.judgement.status)


def test_a_target_nobody_knows_how_to_count_has_no_data(setup):
    strange = replace(setup, targets=(replace(target(setup, "TS-08"), id="XX-01"),))

    assert Status.NO_DATA == figure(scored(strange, blood("A", 900)), "XX-01").judgement.status


def test_there_is_no_figure_for_a_target_that_was_not_scored(setup):
    with pytest.raises(KeyError):
        figure(scored(setup), "TS-13", "A")


def test_a_reader_is_told_what_the_figure_stands_on(setup):
    sent = [
        unit_year("A", 2024, rows("DON_VI", organisation()), rows("HIEN_MAU", session(TINH_TRANG="TAM_TINH"))),
        unit_year("C", 2023, rows("DON_VI", organisation())),
    ]
    found = scored(setup, *sent)

    assert (
        Caveat("caveat-carried", {"units": "Phường C"}),
        Caveat("caveat-missing", {"units": "Phường B"}),
    ) == caveats_of(figure(found, "TS-02"), setup)
    assert (Caveat("caveat-provisional"), Caveat("caveat-missing", {"units": "Phường B, Phường C"})) == caveats_of(
        figure(found, "TS-08"), setup
    )


def test_units_are_counted_in_every_calendar_that_a_target_uses(setup):
    administrative = replace(setup, targets=tuple(replace(one, calendar="HC") for one in setup.targets))

    assert [("TK",), ("HC", "TK")] == [calendars_of(setup), calendars_of(administrative)]
    assert (day("15/12/2023"), day("30/6")) == span_of(administrative, "A", 2024, "HC", day("30/6"))
    assert span_of(administrative, "A", 2025, "TK", day("30/6")) is None


def test_the_administrative_year_counts_december_of_the_year_before(setup):
    administrative = replace(setup, targets=(replace(target(setup, "TS-08"), calendar="HC"),))
    last = unit_year("A", 2023, rows("HIEN_MAU", session("1", NGAY=day("15/12/2023"), TUI_350=3)))
    this = unit_year("A", 2024, rows("HIEN_MAU", session("2", NGAY=day("15/12"), TUI_350=50), session("3", TUI_350=4)))

    assert Fraction(7) == figure(scored(administrative, last, this), "TS-08").observation.value


# --- numbers without a threshold ---


def monitored(setup: Setup, *sent: UnitYear, uid: str = GROUP) -> Mapping[str, list[Any]]:
    found = monitoring(tallied(setup, sent), setup, 2024, uid=uid)
    return {one.id: [(part.code, part.words, part.value) for part in one.parts] for one in found}


def test_all_thirteen_numbers_are_followed_and_blank_when_nobody_reports(setup):
    found = monitored(setup)

    assert [one.id for one in setup.plan.monitored] == list(found) == list(NUMBERS)
    assert {None} == {value for parts in found.values() for _, _, value in parts}


def test_every_part_has_its_label_in_both_languages(setup):
    parts = {code: words for found in monitored(setup).values() for code, words, _ in found}

    for language in ("vi", "en"):
        assert [] == [code for code in parts if "{" in message(code, {"words": "x"}, language)]
        assert set() == parts.keys() - catalogue(language).keys()


def test_monitored_numbers_add_up_over_wards_and_the_city(setup):
    sent = [
        unit_year(
            "A",
            2024,
            rows("DON_VI", organisation(HOI_VIEN=10, TNV=4, CTV=1, TTN=6, XEP_LOAI="T", NGAY_TL=day("1/3"))),
            rows("DIA_CHI", address("1", NGAY_KS=day("1/2"))),
            rows("HO_TRO", support("1", GIA_TRI=30, SINH_KE="C", NHA_TAI_TRO="An Phát", LOAI_NTT="DN")),
            rows(
                "HOAT_DONG",
                activity("DT", LUOT=25),
                activity("KB", MA_HD="2", LUOT=5, TIEN=9, PHONG_TRAO="TND"),
                activity("KT", MA_HD="3"),
                activity("TT", MA_HD="4"),
            ),
            rows("DOI_MO_HINH", team("CSSK", HIEU_QUA="C", THANH_VIEN=8)),
            rows("NHIEM_VU", {"MA_NV": "TS-N19", "TRANG_THAI": "HTDH"}),
        ),
        unit_year("B", 2024, rows("HO_TRO", support("1", GIA_TRI=10, NHA_TAI_TRO="an phát", LOAI_NTT="TC"))),
        unit_year("C", 2024, rows("HO_TRO", support("1", GIA_TRI=0, NHA_TAI_TRO="Bà Lan", LOAI_NTT="CN"))),
        UnitYear(CITY, 2024, {}, {"HOAT_DONG": rows("HOAT_DONG", activity("DT", LUOT=75))}),
    ]
    found = monitored(setup, *sent)

    assert [("part-consolidated", "", 1)] == found["TS-M01"]
    assert [("part-associations-new", "", 1)] == found["TS-M02"]
    assert ("part-members", "Trường học", 10) in found["TS-M03"]
    assert [10, 4, 6] == [value for _, _, value in found["TS-M04"][:3]]
    assert ("part-graded", "Tốt", 1) in found["TS-M04"]
    assert [1, 1, 0] == [value for _, _, value in found["TS-M05"]]
    assert [1, 8] == [value for _, _, value in found["TS-M06"]]
    assert [2, 100] == [value for _, _, value in found["TS-M07"]]
    assert [9, 5, 0, 0] == [value for _, _, value in found["TS-M08"]]
    health = [(code, value) for code, words, value in found["TS-M09"] if words == "Chăm sóc sức khoẻ"]
    assert [("part-activities", 1), ("part-people", 5), ("part-value", 9)] == health
    assert [1, 1] == [value for _, _, value in found["TS-M10"]]
    assert [1] == [value for _, _, value in found["TS-M11"]]
    assert [1, 1] == [value for _, _, value in found["TS-M12"]]
    assert [Fraction(3, 4)] == [value for _, _, value in found["TS-M13"]]
    assert [1, 25] == [value for _, _, value in monitored(setup, *sent, uid="A")["TS-M07"]]


def test_the_citys_fund_is_no_part_of_what_each_ward_must_have(setup):
    book = rows("QUY", entry("T", 30_000_000))
    found = scored(setup, unit_year("A", 2024, book, DU_DAU=1), unit_year(CITY, 2024, book, DU_DAU=1))

    assert "TS-12" not in [one.target_id for one in found if one.uid == CITY]
    assert Fraction(30_000_001) == figure(found, "TS-12").observation.value
