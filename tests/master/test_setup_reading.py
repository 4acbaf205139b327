"""What staff change on the setup sheets takes effect; what makes no sense is told and the plan stays in force."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from workbooks.build_master import build_master
from workbooks.setup_reading import NotAMaster, read_plan_id, read_setup
from workbooks.setup_sheets import share_words
from workbooks.setup_tables import CONVENTIONS, POPULATION, TARGETS, UNITS
from xl_ctd.core.findings import Finding
from xl_ctd.core.setup import Population, Setup
from xl_ctd.core.targets import Target, TargetKind, Trajectory
from xl_ctd.core.units import Succession, Unit
from xl_ctd.messages import message
from xl_ctd.plans import plan_ids, setup_for

# What openpyxl does not know (sparklines, data bars) it says and drops; these tests look at the rest.
pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported")

Edit = Callable[[openpyxl.Workbook], None]


@pytest.fixture
def edited(tmp_path: Path, tu_son: Setup) -> Callable[[Edit], tuple[Setup, tuple[Finding, ...]]]:
    """The setup of a master after staff changed something in it."""

    def read(edit: Edit) -> tuple[Setup, tuple[Finding, ...]]:
        path = tmp_path / "master.xlsx"
        build_master(path, setup=tu_son, created=date(2024, 1, 2))
        book = openpyxl.load_workbook(path)
        edit(book)
        book.save(path)
        return read_setup(path, tu_son.plan)

    return read


def put(tab: str, cell: str, value: Any) -> Edit:
    def edit(book: openpyxl.Workbook) -> None:
        book[tab][cell] = value

    return edit


def cell_of(target: str, code: str) -> str:
    return f"{TARGETS.letters(code)}{4 + int(target[-2:])}"


def target(setup: Setup, target_id: str) -> Target:
    return next(target for target in setup.targets if target.id == target_id)


def told(findings: tuple[Finding, ...]) -> list[tuple[str, str | None, str | None]]:
    for finding in findings:
        assert message(finding.code, finding.args, "vi") != message(finding.code, finding.args, "en")
    return [(finding.code, finding.where.sheet, finding.where.cell) for finding in findings]


@pytest.mark.parametrize("plan", plan_ids())
def test_a_new_master_says_what_the_plan_says(tmp_path: Path, plan: str) -> None:
    setup = setup_for(plan, 2025)
    build_master(tmp_path / "master.xlsx", setup=setup, created=date(2025, 1, 2))

    assert (setup, ()) == read_setup(tmp_path / "master.xlsx", setup.plan)
    assert plan == read_plan_id(tmp_path / "master.xlsx")


def test_an_own_setup_comes_back_as_it_was(tmp_path: Path, tu_son: Setup) -> None:
    changed = {
        "TS-09": {"base_value": Decimal("0.006"), "trajectory": Trajectory.COMPOUND, "calendar": "HC"},
        "TS-02": {"threshold": Decimal("0.825"), "name": "Tên của văn phòng", "note": ""},
        "TS-12": {"threshold": Decimal(25_000_000), "strict": True, "frozen_from": 2030},
        "TS-08": {"lower": Decimal(900), "upper": Decimal(1500)},
    }
    # A choice that a convention decides stays with the convention, so these two are changed there.
    own = replace(
        tu_son,
        targets=tuple(replace(one, **changed.get(one.id, {})) for one in tu_son.targets),
        population=(Population("TS.2021", 2024, 205_000, "Chi cục Thống kê", date(2024, 7, 1)),),
        shown_year=2033,
    )
    own = replace(own, targets=tuple(replace(one, calendar="TK") if one.id == "TS-09" else one for one in own.targets))
    own = replace(
        own,
        conventions=dict(own.conventions) | {"TS09_LO_TRINH": "KEP"},
    )
    build_master(tmp_path / "master.xlsx", setup=own, created=date(2025, 1, 2))

    assert (own, ()) == read_setup(tmp_path / "master.xlsx", own.plan)


def test_a_threshold_may_be_typed_as_staff_write_it(edited: Callable[[Edit], Any]) -> None:
    def edit(book: openpyxl.Workbook) -> None:
        book["Chỉ tiêu"][cell_of("TS-02", "NGUONG")] = "85%"
        book["Chỉ tiêu"][cell_of("TS-12", "NGUONG")] = "25 triệu"
        book["Chỉ tiêu"][cell_of("TS-14", "NGUONG")] = "1,2 tỷ"

    setup, findings = edited(edit)

    assert () == findings
    assert [Decimal("0.85"), Decimal(25_000_000), Decimal(1_200_000_000)] == [
        target(setup, target_id).threshold for target_id in ("TS-02", "TS-12", "TS-14")
    ]


def test_an_ambiguous_threshold_leaves_the_plans_in_force(edited: Callable[[Edit], Any], tu_son: Setup) -> None:
    setup, findings = edited(put("Chỉ tiêu", cell_of("TS-12", "NGUONG"), "khoảng 20"))

    assert tu_son.targets == setup.targets
    assert [("money-unreadable", "Chỉ tiêu", cell_of("TS-12", "NGUONG"))] == told(findings)


def test_a_threshold_that_was_emptied_is_missed(edited: Callable[[Edit], Any], tu_son: Setup) -> None:
    setup, findings = edited(put("Chỉ tiêu", cell_of("TS-13", "NGUONG"), None))

    assert tu_son.targets == setup.targets
    assert [("setup-threshold-missing", "Chỉ tiêu", cell_of("TS-13", "NGUONG"))] == told(findings)


def test_bounds_that_cross_are_refused(edited: Callable[[Edit], Any], tu_son: Setup) -> None:
    setup, findings = edited(put("Chỉ tiêu", cell_of("TS-08", "CAN_DUOI"), 2000))

    assert tu_son.targets == setup.targets
    assert [("setup-range-impossible", "Chỉ tiêu", cell_of("TS-08", "CAN_DUOI"))] == told(findings)


def test_a_convention_decides_until_a_target_says_otherwise(edited: Callable[[Edit], Any]) -> None:
    words = "Phải trên 80% mới đạt"
    convention = put("Quy ước", "C7", words)

    strict, none = edited(convention)
    assert ((), True, ">") == (none, target(strict, "TS-03").strict, strict.conventions["TS03_SO_SANH"])

    def both(book: openpyxl.Workbook) -> None:
        convention(book)
        book["Chỉ tiêu"][cell_of("TS-03", "SO_SANH")] = "≥"

    own, none = edited(both)
    assert ((), False) == (none, target(own, "TS-03").strict)


def test_a_choice_outside_the_list_is_named(edited: Callable[[Edit], Any], tu_son: Setup) -> None:
    setup, findings = edited(put("Quy ước", "C5", "tùy"))

    assert tu_son == setup
    assert [("setup-choice-unknown", "Quy ước", "C5")] == told(findings)
    assert "Không, Có" == findings[0].args["choices"]


def test_a_unit_may_be_renamed_ended_and_added(edited: Callable[[Edit], Any], tu_son: Setup) -> None:
    new = ("", "09999", "Phường Mới", "Cơ sở", "BN.2025", date(2028, 1, 1))

    def edit(book: openpyxl.Workbook) -> None:
        sheet = book["Đơn vị"]
        sheet["C17"], sheet["G17"] = "Phường Từ Sơn (trung tâm)", date(2027, 12, 31)
        sheet["H17"], sheet["I17"], sheet["J17"] = "TS.2028.09999; BN.2025.09370", "60%; 40%", date(2028, 1, 1)
        for column, value in enumerate(new, 1):
            sheet.cell(24, column, value or None)

    setup, findings = edited(edit)
    changed = setup.units.by_uid["BN.2025.09367"]

    assert () == findings
    assert ("Phường Từ Sơn (trung tâm)", date(2027, 12, 31)) == (changed.name, changed.valid_to)
    assert (
        Succession("TS.2028.09999", Fraction(3, 5), date(2028, 1, 1)),
        Succession("BN.2025.09370", Fraction(2, 5), date(2028, 1, 1)),
    ) == changed.successions
    assert Unit("TS.2028.09999", "09999", "Phường Mới", "BN.2025", date(2028, 1, 1)) == setup.units.units[-1]
    assert (*tu_son.units.members, "TS.2028.09999") == setup.units.members


@pytest.mark.parametrize(
    ("cells", "code", "cell"),
    [
        ({"I5": "60%; 40%"}, "setup-shares-not-whole", "I5"),
        ({"I5": "90%"}, "setup-shares-not-whole", "I5"),
        ({"I5": "một nửa"}, "setup-shares-unreadable", "I5"),
        ({"H5": "XX.2030.1"}, "setup-unit-unknown", "H5"),
        ({"J5": None}, "setup-date-missing", "J5"),
        ({"G5": date(2001, 1, 1)}, "setup-dates-reversed", "G5"),
        ({"A6": "TS.2021.09367"}, "setup-row-twice", "A6"),
        ({"A24": "X.1", "B24": 9999, "C24": "Phường Mới"}, "setup-code-number", "B24"),
        ({"A24": "X.1", "B24": "09999"}, "setup-unit-incomplete", "A24"),
    ],
)
def test_nonsense_about_units_leaves_the_plan_in_force(
    edited: Callable[[Edit], Any], tu_son: Setup, cells: dict[str, Any], code: str, cell: str
) -> None:
    def edit(book: openpyxl.Workbook) -> None:
        for place, value in cells.items():
            book["Đơn vị"][place] = value

    setup, findings = edited(edit)

    assert (code, "Đơn vị", cell) in told(findings)
    assert tu_son.units == setup.units


def test_a_unit_whose_row_was_deleted_still_counts(edited: Callable[[Edit], Any], tu_son: Setup) -> None:
    setup, findings = edited(lambda book: book["Đơn vị"].delete_rows(9))

    assert tu_son.units == setup.units
    assert [("setup-unit-missing", "Đơn vị", None)] == told(findings)


def test_population_needs_a_unit_a_year_and_people(edited: Callable[[Edit], Any], tu_son: Setup) -> None:
    def edit(book: openpyxl.Workbook) -> None:
        sheet = book["Dân số"]
        last = 4 + len(tu_son.population)
        for offset, row in enumerate((("TS.2021", 2024, "205.000"), ("TS.2021", 2024, "nhiều"), ("ai", 2024, 5)), 1):
            sheet[f"A{last + offset}"], sheet[f"C{last + offset}"], sheet[f"D{last + offset}"] = row

    setup, findings = edited(edit)
    last = 4 + len(tu_son.population)

    assert (*tu_son.population, Population("TS.2021", 2024, 205_000)) == setup.population
    assert [
        ("number-unreadable", "Dân số", f"D{last + 2}"),
        ("setup-unit-unknown", "Dân số", f"A{last + 3}"),
    ] == told(findings)


@pytest.mark.parametrize("tab", [TARGETS.tab, UNITS.tab, POPULATION.tab, CONVENTIONS.tab])
def test_a_missing_sheet_falls_back_to_the_plan(edited: Callable[[Edit], Any], tu_son: Setup, tab: str) -> None:
    setup, findings = edited(lambda book: book.remove(book[tab]))

    assert tu_son == setup
    assert [("setup-sheet-missing", None, None)] == told(findings)


@pytest.mark.parametrize("tab", [TARGETS.tab, UNITS.tab, POPULATION.tab, CONVENTIONS.tab])
def test_a_sheet_without_its_headers_falls_back_to_the_plan(
    edited: Callable[[Edit], Any], tu_son: Setup, tab: str
) -> None:
    setup, findings = edited(lambda book: book[tab].delete_rows(3, 2))

    assert tu_son == setup
    assert [("setup-columns-missing", tab, None)] == told(findings)


@pytest.mark.parametrize("tab", [TARGETS.tab, UNITS.tab, POPULATION.tab, CONVENTIONS.tab])
def test_a_moved_or_renamed_table_is_found_by_its_codes(edited: Callable[[Edit], Any], tu_son: Setup, tab: str) -> None:
    def edit(book: openpyxl.Workbook) -> None:
        book[tab].insert_rows(1, 3)
        book[tab].insert_cols(1, 2)
        book[tab].title = "Trang của tôi"

    assert (tu_son, ()) == edited(edit)


def test_headers_are_enough_when_the_codes_are_gone(edited: Callable[[Edit], Any], tu_son: Setup) -> None:
    assert (tu_son, ()) == edited(lambda book: book["Dân số"].delete_rows(3))


@pytest.mark.parametrize(("typed", "year", "codes"), [(2031, 2031, []), ("2030", 2030, [])])
def test_the_year_shown_is_the_one_typed(
    edited: Callable[[Edit], Any], typed: Any, year: int, codes: list[str]
) -> None:
    setup, findings = edited(put("Bảng điều hành", "D2", typed))

    assert (year, codes) == (setup.shown_year, [finding.code for finding in findings])


def test_a_year_outside_the_plan_is_refused(edited: Callable[[Edit], Any]) -> None:
    setup, findings = edited(put("Bảng điều hành", "D2", 1999))

    assert 2023 == setup.shown_year
    assert [("setup-year-unreadable", "Bảng điều hành", "D2")] == told(findings)


def test_the_kind_of_a_target_may_be_changed(edited: Callable[[Edit], Any]) -> None:
    setup, findings = edited(put("Chỉ tiêu", cell_of("TS-06", "LOAI"), "Từ … trở lên"))

    assert ((), TargetKind.MIN) == (findings, target(setup, "TS-06").kind)


def test_a_workbook_that_is_no_master_says_so(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "other.xlsx")

    with pytest.raises(NotAMaster):
        read_plan_id(tmp_path / "other.xlsx")


def test_shares_are_written_as_people_read_them() -> None:
    assert ["100%", "37,5%", "1/3"] == [share_words(share) for share in (Fraction(1), Fraction(3, 8), Fraction(1, 3))]


# --- days off


def holidays_cell(setup: Setup) -> str:
    return f"C{5 + list(setup.conventions).index('NGAY_NGHI')}"


def test_the_office_lists_the_days_off_that_differ_from_year_to_year(edited: Any, tu_son: Setup) -> None:
    typed = "30/12/2024–02/01/2025; 18/04/2024 ; ngày 3 tháng 9 năm 2024"

    setup, findings = edited(put(CONVENTIONS.tab, holidays_cell(tu_son), typed))

    over_new_year = [date(2024, 12, 30), date(2024, 12, 31), date(2025, 1, 1), date(2025, 1, 2)]
    assert ((date(2024, 4, 18), date(2024, 9, 3), *over_new_year), ()) == (setup.holidays, findings)


def test_a_single_day_off_may_become_a_date_cell(edited: Any, tu_son: Setup) -> None:
    setup, _ = edited(put(CONVENTIONS.tab, holidays_cell(tu_son), date(2025, 1, 2)))

    assert (date(2025, 1, 2),) == setup.holidays


def test_an_unreadable_day_off_is_told_and_the_others_count(edited: Any, tu_son: Setup) -> None:
    cell = holidays_cell(tu_son)

    setup, findings = edited(put(CONVENTIONS.tab, cell, "Tết; 02/01/2025; 08/02/2024–14/02/2025"))

    assert (date(2025, 1, 2),) == setup.holidays
    assert [("setup-holiday-unreadable", cell, "Tết"), ("setup-holiday-unreadable", cell, "08/02/2024–14/02/2025")] == [
        (one.code, one.where.cell, one.args["day"]) for one in findings
    ]
