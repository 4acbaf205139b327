"""What one unit's rows contribute: the edge cases of every counting rule."""

from __future__ import annotations

import json
from typing import Any

import pytest
from counting_rows import (
    activity,
    address,
    day,
    entry,
    organisation,
    rows,
    session,
    support,
    team,
    unit_year,
    unit_years,
)
from hypothesis import given

from xl_ctd.core.records import UNREAD, Rows
from xl_ctd.core.tallies import Activities, Associations, Session, Tally, Teams, TetGifts, months_before, tally

YEAR = (day("1/1"), day("31/12"))


def count(*tables: Rows, **cover: Any) -> Tally:
    return tally(unit_year("A", 2024, *tables, **cover), *YEAR)


def units(*entries: dict[str, Any]) -> tuple[int, int]:
    found = count(rows("DON_VI", *entries)).associations.get("TH", Associations(0, 0, 0, 0, 0, 0, 0, 0))
    return found.with_association, found.active


@pytest.mark.parametrize(
    ("entry_", "expected"),
    [
        (organisation(), (1, 1)),
        (organisation(association="K"), (0, 1)),
        (organisation(NGAY_TL=day("31/12")), (1, 1)),
        (organisation(NGAY_TL=day("1/1/2025")), (0, 1)),
        (organisation(NGAY_GT=day("31/12")), (0, 1)),
        (organisation(NGAY_GT=day("1/1/2025")), (1, 1)),
        (organisation(NGAY_NGUNG=day("31/12")), (0, 0)),
        (organisation(NGAY_NGUNG=day("1/1/2025")), (1, 1)),
        (organisation(NGAY_HD=day("1/1/2025")), (0, 0)),
    ],
)
def test_an_association_counts_while_its_unit_is_open_and_it_is_not_dissolved(entry_, expected):
    assert expected == units(entry_)


def test_members_volunteers_and_grades_are_those_of_open_units():
    found = count(
        rows(
            "DON_VI",
            organisation(HOI_VIEN=10, TNV=2, TTN=5, CTV=1, XEP_LOAI="T", CAP_QL="T"),
            organisation("DN", "K", HOI_VIEN=3),
            organisation(NGAY_NGUNG=day("1/2"), HOI_VIEN=100, XEP_LOAI="XS"),
        )
    )

    assert {
        "TH": Associations(1, 1, 1, 1, 10, 2, 5, 1),
        "DN": Associations(1, 0, 0, 0, 3, 0, 0, 0),
    } == found.associations
    assert found.grades == {"T": 1}


def test_only_associations_of_the_three_named_kinds_founded_in_the_year_are_new():
    found = count(
        rows(
            "DON_VI",
            organisation(NGAY_TL=day("1/3")),
            organisation("DN", NGAY_TL=day("1/3")),
            organisation(NGAY_TL=day("1/3/2023")),
            organisation(),
        )
    )

    assert found.new_associations == 1


@pytest.mark.parametrize(
    ("entry_", "expected"),
    [
        (address("A1"), "A1|"),
        (address("A1", NGAY_KS=day("31/12")), "A1|"),
        (address("A1", NGAY_KS=day("1/1/2025")), ""),
        (address("A1", NGAY_CN=day("31/12/2023")), "A1|"),
        (address("A1", NGAY_CN=day("30/12/2023")), ""),
        (address("A1", NGAY_CN=day("1/1/2025")), ""),
        (address("A1", NGAY_CN=None), ""),
        (address("A1", NGAY_KT=day("31/12/2023"), TINH_TRANG="XONG"), ""),
        (address("A1", NGAY_KT=day("1/1"), TINH_TRANG="MAT"), "A1|"),
        (address("A1", TINH_TRANG="XONG"), "A1|"),
        (address("A1", BAM="f00"), "A1|f00"),
        (address("A1", BAM="f00", DONG_Y="K"), "A1|"),
        (address("a 1"), "A1|"),
    ],
)
def test_an_address_counts_when_surveyed_up_to_date_and_open_at_the_start(entry_, expected):
    assert expected == count(rows("DIA_CHI", entry_)).households


def test_addresses_are_also_told_as_new_updated_and_stale():
    found = count(
        rows("DIA_CHI", address("1", NGAY_KS=day("2/3")), address("2"), address("3", NGAY_CN=day("2/3/2023")))
    )

    assert (found.surveyed_new, found.updated, found.stale, found.address_count()) == (1, 2, 1, 2)


@pytest.mark.parametrize("code", ["A|1", "|", "A1"])
def test_every_address_keeps_its_own_hash_whatever_signs_its_code_has(code):
    found = count(rows("DIA_CHI", address(code, BAM="f00"), address("B2")))

    assert [(code, "f00"), ("B2", "")] == sorted(zip(*found.addresses(), strict=True), key=lambda pair: pair[0] == "B2")


def test_help_worth_nothing_is_help_and_three_times_is_one_address():
    found = count(
        rows(
            "HO_TRO",
            support("A1", GIA_TRI=0, HINH_THUC="NC"),
            support("A1"),
            support("a1"),
            support("A2", NGAY=day("1/1/2025")),
        )
    )

    assert found.helped == "A1"


def test_support_adds_what_no_activity_and_no_higher_level_already_counted():
    found = count(
        rows(
            "HO_TRO",
            support("A1", GIA_TRI=1, NGUON="TVD"),
            support("A1", GIA_TRI=20, NGUON=None),
            support("A1", GIA_TRI=300, MA_HD="HD-1"),
            support("A1", GIA_TRI=4000, NGUON="CTC", SINH_KE="C"),
            support("A1", GIA_TRI=None),
        )
    )

    assert (
        found.support,
        found.support_passed_on,
        found.support_all,
        found.support_livelihood,
    ) == (21, 4000, 4321, 4000)


def test_sponsoring_organisations_keep_their_names_and_persons_only_their_number():
    found = count(
        rows(
            "HO_TRO",
            support("1", NHA_TAI_TRO="Công ty An Phát", LOAI_NTT="DN"),
            support("2", NHA_TAI_TRO="công ty  an phát", LOAI_NTT="DN"),
            support("3", NHA_TAI_TRO="Bà Lan", LOAI_NTT="CN"),
            support("4"),
        )
    )

    assert (found.sponsors, found.sponsors_private) == (("CÔNGTYANPHÁT",), 1)


def test_activities_add_up_by_kind_and_those_of_the_city_level_stay_apart():
    found = count(
        rows(
            "HOAT_DONG",
            activity("KB", TIEN=5, LUOT=10, PHONG_TRAO="TND"),
            activity("KB", TIEN=7, HIEN_VAT=1, NGAY_CONG=2, CAP_TREN=3, LUOT=20, PHONG_TRAO="TND"),
            activity("TT", LONG_GHEP="C", CAP_GHI="TP", MA_HD="tp-9"),
            activity("KB", TIEN=1000, NGAY_BD=day("31/12/2023")),
        )
    )

    assert (
        Activities("KB", "TND", False, "", 2, 30, 12, 1, 2, 3),
        Activities("TT", "", True, "TP-9", 1, 0, 0, 0, 0, 0),
    ) == found.activities


def test_tet_gifts_belong_to_the_tet_they_were_for():
    found = count(
        rows(
            "HOAT_DONG",
            activity("QT", NAM_TET=2024, NGAY_BD=day("2/2")),
            activity("QT", NAM_TET=2025, NGAY_BD=day("28/12")),
            activity("QT", NAM_TET=2025, NGAY_BD=day("28/12"), CAP_GHI="TP", MA_HD="T1"),
            activity("QT", NGAY_BD=day("3/2")),
            activity("KB", NAM_TET=2024),
        )
    )

    assert (TetGifts(2024, "", 1), TetGifts(2025, "", 1), TetGifts(2025, "T1", 1)) == found.tet


def test_a_blood_drive_keeps_every_step_apart():
    found = count(
        rows(
            "HIEN_MAU",
            session("d 1", DANG_KY=50, DEN_HIEN=40, TIEP_NHAN=32, TUI_250=10, TUI_350=20, TUI_450=2, TIEU_CAU=4, HUY=1),
            session("D2", TINH_TRANG="TAM_TINH"),
            session("D3", NGAY=day("1/1/2025")),
        )
    )

    assert (
        Session("D1", "2024-05-01", 50, 40, 32, 10, 20, 2, 4, 1, False),
        Session("D2", "2024-05-01", 0, 0, 10, 0, 0, 0, 0, 0, True),
    ) == found.sessions


def test_the_fund_counts_up_to_the_day_and_keeps_earmarked_money_apart():
    book = rows(
        "QUY",
        entry("T", 100),
        entry("C", 30, NGAY=day("30/6")),
        entry("T", 7, MUC_DICH="C"),
        entry("C", 2, MUC_DICH="C"),
        entry("T", 1000, NGAY=day("1/7")),
    )
    found = tally(unit_year("A", 2024, book, DU_DAU=5), day("1/1"), day("30/6"))

    assert (
        found.opening,
        found.income,
        found.spending,
        found.earmarked_income,
        found.earmarked_spending,
    ) == (5, 100, 30, 7, 2)


def test_an_opening_balance_that_is_blank_or_unreadable_is_unknown():
    assert tuple(count(DU_DAU=stated).opening for stated in (None, UNREAD, 0)) == (None, None, 0)


def test_teams_count_when_founded_and_still_at_work():
    found = count(
        rows(
            "DOI_MO_HINH",
            team(THANH_VIEN=9),
            team(CON_HD="K"),
            team(NGAY_TL=day("1/1/2025")),
            team("CSSK", HIEU_QUA="C"),
            team("CSSK", HIEU_QUA="K"),
        )
    )

    assert {"SCC": Teams(1, 0, 9), "CSSK": Teams(2, 1, 0)} == found.teams


def test_officers_count_full_time_and_on_the_day():
    found = count(
        rows(
            "CAN_BO",
            {"MA": "1", "CHUYEN_TRACH": "C", "TU_NGAY": day("1/1/2020")},
            {"MA": "2", "CHUYEN_TRACH": "K", "TU_NGAY": day("1/1/2020")},
            {"MA": "3", "CHUYEN_TRACH": "C", "TU_NGAY": day("1/1/2020"), "DEN_NGAY": day("31/12")},
            {"MA": "4", "CHUYEN_TRACH": "C", "TU_NGAY": day("1/1/2025")},
        )
    )

    assert found.full_time_staff == 1


def test_an_empty_table_is_zero_only_from_a_unit_that_declared_completeness():
    said = [count(rows("QUY", entry("T", 1)), CAM_KET=word) for word in ("C", "K", None)]

    assert [(one.answers("QUY"), one.answers("DON_VI")) for one in said] == [(True, True), (True, False), (True, False)]


def test_what_could_not_be_read_adds_nothing():
    found = count(
        rows(
            "HOAT_DONG",
            activity("KB", TIEN=UNREAD, LUOT=4),
            activity("KB", TIEN=6, NGAY_BD=UNREAD),
            activity("KB", TIEN=5),
        )
    )

    assert (Activities("KB", "", False, "", 2, 4, 5, 0, 0, 0),) == found.activities


def test_the_administrative_year_takes_its_first_days_from_last_years_workbook():
    last = unit_year(
        "A", 2023, rows("HIEN_MAU", session("D1", NGAY=day("20/12/2023")), session("D0", NGAY=day("1/12/2023")))
    )
    this = unit_year("A", 2024, rows("HIEN_MAU", session("D2"), session("D3", NGAY=day("20/12"))))

    found = tally(this, day("15/12/2023"), day("14/12"), before=last)

    assert [one.code for one in found.sessions] == ["D1", "D2"]


def test_a_row_repeated_in_the_next_workbook_counts_once():
    repeated = rows("HIEN_MAU", session("D1", NGAY=day("20/12/2023")))

    found = tally(
        unit_year("A", 2024, repeated), day("15/12/2023"), day("14/12"), before=unit_year("A", 2023, repeated)
    )

    assert [one.code for one in found.sessions] == ["D1"]


def test_twelve_months_before_the_last_of_february_is_the_last_of_february():
    assert [day("28/2/2023"), day("31/12/2023")] == [months_before(day("29/2")), months_before(day("31/12"))]


@given(unit_years())
def test_a_tally_survives_json(one):
    counted = tally(one, *YEAR)

    assert counted == Tally.from_json(json.loads(json.dumps(counted.to_json())))
