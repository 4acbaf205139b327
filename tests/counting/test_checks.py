"""What looks wrong in a workbook, with its cell; and that a workbook in order is left in peace."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from counting_rows import (
    CITY,
    activity,
    address,
    day,
    entry,
    organisation,
    rows,
    session,
    support,
    tallied,
    team,
    unit_year,
)

from xl_ctd.core import across as across_module
from xl_ctd.core import checks
from xl_ctd.core.checks import check_across, check_submission, modified_z
from xl_ctd.core.findings import Finding, Severity
from xl_ctd.core.records import UNREAD, Rows
from xl_ctd.core.setup import Setup
from xl_ctd.core.submissions import SourceInfo, Submission, UnitYear
from xl_ctd.core.units import Unit
from xl_ctd.messages import catalogue, message

TODAY = date(2025, 1, 10)


def sent(*tables: Rows, **cover: Any) -> Submission:
    said = {"DU_DAU": 0, "CAM_KET": "C", **cover}
    return Submission(SourceInfo("CTD_A_2024.xlsx", "digest"), "A", "A", 2024, said, {one.table: one for one in tables})


def check(setup: Setup, *tables: Rows, previous: UnitYear | None = None, as_of: date = TODAY, **cover: Any) -> Any:
    return check_submission(sent(*tables, **cover), setup=setup, previous=previous, as_of=as_of)


def brief(findings: tuple[Finding, ...]) -> list[tuple[str, str | None]]:
    return [(one.code, one.where.cell) for one in findings]


IN_ORDER = (
    rows("DON_VI", organisation(NGAY_TL=day("1/3/2020")), organisation(association="K", MA="DV-2")),
    rows("DIA_CHI", address("1"), address("2", TINH_TRANG="XONG", NGAY_KT=day("1/9"))),
    rows("HO_TRO", support("1"), support("2", MA_HT="HT-2", HINH_THUC="HV", NGUON_GIA="hoá đơn", MA_HD="HD-1")),
    rows("HOAT_DONG", activity(NGAY_KT=day("2/4"), LUOT=9, NGUOI=9, TIEN=5, CAP_TREN=5)),
    rows("HIEN_MAU", session(DANG_KY=12, DEN_HIEN=11, TIEP_NHAN=10, TUI_350=9, TIEU_CAU=1, HUY=1)),
    rows("QUY", entry("T", 5), entry("C", 5, SO_CT="CT-2")),
    rows("DOI_MO_HINH", team(THANH_VIEN=9, CHUNG_NHAN=2)),
)


def test_a_workbook_in_order_raises_no_question(setup):
    assert () == check(setup, *IN_ORDER)


@pytest.mark.parametrize(
    ("table", "entries", "expected"),
    [
        ("HO_TRO", [support("1", NGAY=day("1/7/2023"))], [("date-outside-year", "C7")]),
        ("HO_TRO", [support("1", NGAY=day("1/2/2025"))], [("date-in-future", "C7")]),
        ("HO_TRO", [support("1", NGAY=day("25/2/2025"))], [("date-in-future", "C7")]),
        ("HO_TRO", [support("1"), support("1", MA_HT="x", NGAY=day("1/7/2023"))], [("date-outside-year", "C8")]),
        ("DIA_CHI", [address("1", NGAY_CN=day("31/1/2025"))], [("date-in-future", "J7")]),
        ("DIA_CHI", [address("1", NGAY_CN=day("1/2/2023"))], [("date-order", "J7")]),
        ("DIA_CHI", [address("1", TINH_TRANG="MAT")], [("end-day-missing", "L7")]),
        ("DON_VI", [organisation()], [("founding-day-missing", "J7")]),
        ("DON_VI", [organisation(association="K", NGAY_TL=day("1/1"))], [("founded-without-association", "J7")]),
        ("DON_VI", [organisation(NGAY_TL=day("2/1"), NGAY_GT=day("1/1"))], [("date-order", "K7")]),
        ("HOAT_DONG", [activity("QT")], [("tet-year-missing", "G7")]),
        ("HOAT_DONG", [activity("QT", NAM_TET=2022)], [("tet-year-odd", "G7")]),
        ("HOAT_DONG", [activity("QT", NAM_TET=2025)], []),
        ("HOAT_DONG", [activity("QT", NAM_TET=UNREAD)], []),
        ("HOAT_DONG", [activity(LUOT=3, NGUOI=4)], [("number-above-whole", "K7")]),
        ("HOAT_DONG", [activity(TIEN=3, CAP_TREN=4)], [("from-above-too-large", "O7")]),
        ("HOAT_DONG", [activity(TIEN=UNREAD, CAP_TREN=4)], []),
        ("HOAT_DONG", [activity(NGAY_KT=day("31/3"))], [("date-order", "C7")]),
        ("HO_TRO", [support("1", HINH_THUC="HV")], [("price-source-missing", "H7")]),
        ("HIEN_MAU", [session(DANG_KY=9, DEN_HIEN=10, TUI_350=10)], [("number-above-whole", "F7")]),
        ("HIEN_MAU", [session(DEN_HIEN=9, TUI_350=10)], [("number-above-whole", "G7")]),
        ("HIEN_MAU", [session(TUI_350=9)], [("bags-differ", "G7")]),
        ("HIEN_MAU", [session(TUI_350=9, TIEU_CAU=UNREAD)], []),
        ("HIEN_MAU", [session()], [("bags-blank", "H7")]),
        ("HIEN_MAU", [session(TIEP_NHAN=0)], []),
        ("HIEN_MAU", [session(TUI_350=10, HUY=11)], [("discarded-above-bags", "L7")]),
        ("DOI_MO_HINH", [team(CHUNG_NHAN=0)], [("team-without-certificates", "E7")]),
        ("DOI_MO_HINH", [team(THANH_VIEN=1, CHUNG_NHAN=2)], [("number-above-whole", "E7")]),
        ("QUY", [entry("C", 5)], [("fund-negative", "H7")]),
        ("QUY", [entry("C", 5), entry("T", 5, SO_CT="2")], []),
        ("QUY", [entry("C", 5, MUC_DICH="C")], []),
        ("QUY", [entry("T", 5), entry("T", 5, SO_CT="ct-1")], [("key-twice", "A8")]),
        ("CAN_BO", [{"MA": "1", "TU_NGAY": day("2/1"), "DEN_NGAY": day("1/1")}], [("date-order", "E7")]),
    ],
)  # fmt: skip
def test_a_row_that_contradicts_itself_is_asked_about_at_its_cell(setup, table, entries, expected):
    assert expected == brief(check(setup, rows(table, *entries)))


def test_only_what_counts_nowhere_is_an_error(setup):
    findings = check(
        setup,
        rows("HOAT_DONG", activity("QT")),
        rows("DIA_CHI", address("1")),
        rows("HO_TRO", support("1", MA_HD="HD-9")),
    )

    assert [("tet-year-missing", Severity.ERROR), ("activity-unknown", Severity.ERROR)] == [
        (one.code, one.severity) for one in findings
    ]


def test_the_administrative_year_may_begin_on_15_december(setup):
    given_early = rows("HO_TRO", support("1", NGAY=day("15/12/2023")), support("1", MA_HT="2", NGAY=day("14/12/2023")))

    assert [("date-outside-year", "C8")] == brief(check(setup, given_early, LICH="HC"))


def test_days_outside_the_units_life_are_named(setup):
    unit = replace(setup.units.by_uid["A"], valid_from=day("1/3"), valid_to=day("30/6"))
    short = replace(setup, units=setup.units.with_units([unit]))
    gifts = rows("HO_TRO", *(support("1", MA_HT=when, NGAY=day(when)) for when in ("25/2", "30/6", "1/7")))

    assert [("date-before-unit", "C7"), ("date-after-unit", "C9")] == brief(check(short, gifts))


def test_a_support_for_an_unknown_address_is_named_with_its_code(setup):
    findings = check(setup, rows("DIA_CHI", address("1")), rows("HO_TRO", support(" 1"), support("7", MA_HT="HT-2")))

    assert [("address-unknown", "B8", "7")] == [(one.code, one.where.cell, one.args["key"]) for one in findings]


def test_links_are_not_checked_against_a_table_the_file_does_not_have(setup):
    assert () == check(setup, rows("HO_TRO", support("7", MA_HD="HD-9")))


def test_a_cover_without_opening_balance_and_empty_tables_without_a_promise_are_named(setup):
    findings = check(setup, rows("QUY"), rows("DON_VI"), DU_DAU=None, CAM_KET="K")

    assert ["opening-balance-blank", "tables-not-reported"] == [one.code for one in findings]
    assert {"tables": "Sổ quỹ, Cơ quan, đơn vị"} == findings[1].args


def test_an_amount_typed_in_millions_is_recognised_by_the_others(setup):
    usual = [entry("T", amount, SO_CT=str(amount)) for amount in (18_000_000, 20_000_000, 25_000_000)]

    findings = check(setup, rows("QUY", *usual, entry("T", 20)))

    assert [("money-scale", "H10", "20.000.000")] == [
        (one.code, one.where.cell, one.args["suggestion"]) for one in findings
    ]


def test_an_amount_is_compared_with_what_the_unit_sent_before(setup):
    before = unit_year("A", 2023, rows("QUY", *(entry("T", 20_000_000, SO_CT=str(n)) for n in range(3))))

    assert [("money-scale", "H7")] == brief(check(setup, rows("QUY", entry("T", 20_000)), previous=before))


def test_one_wild_number_among_seven_is_found(setup):
    drives = [
        session(f"D{n}", TIEP_NHAN=people, TUI_350=people) for n, people in enumerate((12, 15, 11, 14, 13, 16, 150))
    ]

    assert [("number-unusual", "G13")] == brief(check(setup, rows("HIEN_MAU", *drives)))


def test_a_number_far_above_the_middle_is_no_question_where_all_are_far_apart(setup):
    drives = [session(f"D{n}", TIEP_NHAN=people, TUI_350=people) for n, people in enumerate((1, 20, 30, 300, 310, 320))]
    wide = [session(f"D{n}", TIEP_NHAN=people, TUI_350=people) for n, people in enumerate((1, 1, 10, 40, 55))]

    assert [[], []] == [brief(check(setup, rows("HIEN_MAU", *some))) for some in (drives, wide)]


def test_a_book_without_an_opening_balance_is_not_called_overdrawn(setup):
    assert [("opening-balance-blank", None)] == brief(check(setup, rows("QUY", entry("C", 5)), DU_DAU=None))


def test_where_most_values_are_equal_only_what_is_half_the_median_away_stands_out():
    assert [0, 0, 0, 0, 7] == modified_z([10, 10, 10, 14, 16])


def test_a_day_that_makes_sense_with_day_and_month_swapped_is_suggested(setup):
    findings = check(setup, rows("HO_TRO", support("1", NGAY=day("3/9"))), as_of=day("30/4"))

    assert [("day-month-swapped", "C7", "03/09/2024", "09/03/2024")] == [
        (one.code, one.where.cell, one.args["day"], one.args["suggestion"]) for one in findings
    ]


def test_a_list_that_lost_many_rows_is_asked_about(setup):
    before = unit_year(
        "A", 2023, rows("DON_VI", *(organisation(MA=str(n), NGAY_TL=day("1/1/2020")) for n in range(20)))
    )
    now = rows("DON_VI", *(organisation(MA=str(n), NGAY_TL=day("1/1/2020")) for n in range(14)))

    (finding,) = check(setup, now, previous=before)

    assert ("stock-shrank", None, {"before": "20", "now": "14"}) == (finding.code, finding.where.cell, finding.args)


def test_a_submission_of_nobody_is_not_checked(setup):
    nobody = replace(sent(rows("HIEN_MAU", session())), uid=None)

    assert () == check_submission(nobody, setup=setup, previous=None, as_of=TODAY)


# --- units side by side ---


def across(setup: Setup, *unit_years: UnitYear) -> list[tuple[str, Mapping[str, str]]]:
    return [
        (one.code, {name: text for name, text in one.args.items() if name != "year"})
        for one in check_across(tallied(setup, unit_years), setup, 2024)
    ]


def test_one_household_in_two_wards_is_listed_with_both_codes(setup):
    found = across(
        setup,
        unit_year("A", 2024, rows("DIA_CHI", address("1", BAM="f0"), address("2", BAM="e1"))),
        unit_year("B", 2024, rows("DIA_CHI", address("7", BAM="f0"))),
    )

    assert [("household-twice", {"addresses": "1 (Phường A), 7 (Phường B)"})] == found


def test_one_household_twice_in_one_ward_or_in_three_wards_is_one_finding_each(setup):
    found = across(
        setup,
        unit_year("A", 2024, rows("DIA_CHI", address("1", BAM="f0"), address("2", BAM="f0"), address("3", BAM="e1"))),
        unit_year("B", 2024, rows("DIA_CHI", address("7", BAM="e1"), address("8", BAM=None))),
        unit_year("C", 2024, rows("DIA_CHI", address("9", BAM="e1"), address("8", BAM=None))),
    )

    assert [
        ("household-twice", {"addresses": "1 (Phường A), 2 (Phường A)"}),
        ("household-twice", {"addresses": "3 (Phường A), 7 (Phường B), 9 (Phường C)"}),
    ] == found


def test_one_activity_with_the_same_values_in_several_wards_is_a_word_and_no_warning(setup):
    shared = activity(MA_HD="TP-1", CAP_GHI="TP", TIEN=5)
    found = across(
        setup,
        unit_year("A", 2024, rows("HOAT_DONG", shared, activity(MA_HD="TP-2", CAP_GHI="TP"))),
        unit_year("B", 2024, rows("HOAT_DONG", shared)),
    )

    assert [("activity-shared", {"activity": "TP-1", "units": "Phường A, Phường B"})] == found


def test_drives_and_city_activities_of_several_wards_are_listed(setup):
    shared = activity(MA_HD="TP-1", CAP_GHI="TP", TIEN=5)
    found = across(
        setup,
        unit_year(
            "A",
            2024,
            rows("HIEN_MAU", session("1"), session("2", TUI_350=1)),
            rows("HOAT_DONG", shared, activity(MA_HD="x")),
        ),
        unit_year(
            "B", 2024, rows("HIEN_MAU", session("1"), session("2", TUI_350=2)), rows("HOAT_DONG", {**shared, "TIEN": 6})
        ),
    )

    both = {"units": "Phường A, Phường B"}
    assert [
        ("session-twice", {"session": "1", "day": "01/05/2024", **both}),
        ("session-in-parts", {"session": "2", "day": "01/05/2024", **both}),
        ("activity-differs", {"activity": "TP-1", **both}),
    ] == found


def test_money_that_left_one_book_must_arrive_in_the_other(setup):
    city = UnitYear(CITY, 2024, {}, {"QUY": rows("QUY", entry("C", 50, CHUYEN="A"), entry("C", 30, CHUYEN="B"))})
    found = across(
        setup,
        city,
        unit_year("A", 2024, rows("QUY", entry("T", 50, CHUYEN="261"))),
        unit_year("B", 2024, rows("QUY", entry("T", 20, CHUYEN="261"), entry("C", 1, CHUYEN="999"))),
    )

    assert [
        ("transfer-partner-unknown", {"unit": "Phường B", "code": "999"}),
        ("transfer-differs", {"giver": "Thành phố", "taker": "Phường B", "sent": "30", "received": "20"}),
    ] == found


def test_money_for_the_province_is_nobodys_business_here(setup):
    province = replace(setup, units=setup.units.with_units([Unit("BN.1997", "27", "Tỉnh")]))
    city = UnitYear(CITY, 2024, {}, {"QUY": rows("QUY", entry("C", 5, CHUYEN="27"), entry("C", 5, CHUYEN="bn.1997"))})

    assert [] == across(province, city)


def test_a_book_without_any_partner_codes_is_asked_about_once(setup):
    books = [unit_year(uid, 2024, rows("QUY", entry("C", 5, CHUYEN="261"))) for uid in "AB"]
    city = UnitYear(CITY, 2024, {}, {"QUY": rows("QUY", entry("T", 10))})

    assert [("transfers-one-sided", {"unit": "Thành phố", "partners": "Phường A, Phường B"})] == across(
        setup, *books, city
    )


def test_a_partner_that_sent_nothing_is_not_asked(setup):
    assert [] == across(
        setup, unit_year("A", 2024, rows("QUY", entry("C", 5, CHUYEN="B"))), unit_year("B", CAM_KET="K")
    )


def test_an_old_and_a_new_ward_of_one_code_answer_together(merged):
    tree = merged.units.with_units([replace(merged.units.by_uid["N"], code="A")])
    city = UnitYear(CITY, 2024, {}, {"QUY": rows("QUY", entry("C", 8, CHUYEN="A"))})
    old = unit_year("A", 2024, rows("QUY", entry("T", 5, CHUYEN="261")))
    new = unit_year("N", 2024, rows("QUY", entry("T", 3, CHUYEN="261", NGAY=day("1/9"))))

    assert [] == across(replace(merged, units=tree), city, old, new)


def test_addresses_that_went_on_to_a_successor_are_not_double_households(merged):
    files = [unit_year(uid, 2024, rows("DIA_CHI", address("1", BAM="f0"))) for uid in ("A", "N")]

    assert [] == across(merged, *files)


def test_a_fund_opens_where_it_closed(setup):
    last = [unit_year(uid, 2023, rows("QUY", entry("T", 5, NGAY=day("1/2/2023"))), DU_DAU=10) for uid in "AB"]
    found = across(setup, *last, unit_year("A", DU_DAU=15), unit_year("B", DU_DAU=14))

    assert [("opening-differs", {"unit": "Phường B", "opening": "14", "closing": "15"})] == found


def test_after_a_merger_a_fund_opens_with_what_its_predecessors_held_together(merged):
    closed = [unit_year("A", DU_DAU=12), unit_year("B", DU_DAU=5)]

    assert [] == across(merged, *closed, unit_year("N", DU_DAU=17))
    assert ["opening-differs"] == [code for code, _ in across(merged, *closed, unit_year("N", DU_DAU=12))]


# --- sentences ---


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_finding_has_a_sentence_that_its_words_fill(setup, language):
    findings = [
        *check(setup, rows("HOAT_DONG", activity("QT", NGAY_BD=day("1/2/2025"), LUOT=1, NGUOI=2)), DU_DAU=None),
        *check(setup, rows("HIEN_MAU", session(DEN_HIEN=9)), rows("DON_VI"), CAM_KET=None),
    ]

    sentences = [message(one.code, one.args, language) for one in findings]

    assert ["opening-balance-blank", "date-in-future", "tet-year-missing", "number-above-whole"] == [
        one.code for one in findings[:4]
    ]
    assert ["tables-not-reported", "number-above-whole", "bags-blank"] == [one.code for one in findings[4:]]
    assert [] == [text for text in sentences if "{" in text]


SOURCES = [Path(checks.__file__), Path(across_module.__file__)]


def test_every_code_that_a_check_uses_stands_in_both_catalogues():
    used = {code for path in SOURCES for code in re.findall(r'"([a-z]+(?:-[a-z]+)+)"', path.read_text("utf-8"))}

    assert set() == used - catalogue("vi").keys()
    assert set() == used - catalogue("en").keys()
