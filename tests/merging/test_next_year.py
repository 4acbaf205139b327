"""What lives on: next year's workbook prefilled, and the successors of wards that were joined."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from by_hand import opened
from office import PERSON, SETUP
from small_office import COVER, DONG_NGAN, SmallOffice, build_ward, ward_tables

from sync.templates import new_unit_workbook
from workbooks.layouts import RID
from xl_ctd.core.units import Unit

NEXT_YEAR = datetime(2025, 2, 3, 8, 0)


def new_workbook(office: SmallOffice, unit: str, year: int, name: str = "moi.xlsx") -> Path:
    path = office.folder / name
    new_unit_workbook(unit, year, path, office.master, NEXT_YEAR, PERSON)
    return path


def sign(path: Path) -> None:
    with opened(path) as book:
        book.cover("NGUOI_LAP", "Trần Thị Lan")
        book.cover("NGAY_LAP", date(2025, 6, 20))
        book.cover("CAM_KET", "Có")


def test_next_years_workbook_carries_stock_rows_with_their_ids_and_the_fund(merged: SmallOffice) -> None:
    path = new_workbook(merged, "TS.2021.09367", 2025)

    ids = merged.rows("DON_VI", RID, unit=DONG_NGAN)
    with opened(path, save=False) as book:
        assert ids == book.table("DON_VI").rids()
        assert "Trường học" == book.table("DON_VI").get(7, "LOAI_HINH")
        assert 0 == book.table("QUY").last
        cover = {row[3]: row[1] for row in book.book["Bìa"].iter_rows(max_col=4, values_only=True)}
    collected = sum(1_000_000 + 1_000 * n for n in range(1, 9))
    assert (2025, "09367", 20_000_000 + collected) == (
        cover["BIA.NAM"],
        cover["BIA.MA_DON_VI"],
        cover["BIA.DU_DAU"],
    )


def test_the_prefilled_workbook_merges_as_the_new_year_with_the_same_ids(merged: SmallOffice) -> None:
    path = new_workbook(merged, "TS.2021.09367", 2025)
    sign(path)

    done = merged.merge(path, now=NEXT_YEAR)

    assert (5, 5, []) == (
        done.counts.read,
        done.counts.applied,
        [one for one in done.findings if one.severity == "error"],
    )
    both = {
        year: sorted(key[3] for key in merged.held() if key[:3] == (DONG_NGAN.uid, year, "DON_VI"))
        for year in (2024, 2025)
    }
    assert both[2024] == both[2025]
    assert 0 == merged.merge(path, now=NEXT_YEAR).counts.applied


def test_the_carried_stock_counts_in_the_new_year(merged: SmallOffice) -> None:
    sign(path := new_workbook(merged, "TS.2021.09367", 2025))
    merged.merge(path, now=NEXT_YEAR)
    with merged.open(NEXT_YEAR) as book:
        figures = {(one.uid, one.target_id): one for one in book.figures_of(2025)}

    assert (4, 5) == (
        figures[DONG_NGAN.uid, "TS-02"].observation.numerator,
        figures[DONG_NGAN.uid, "TS-02"].observation.denominator,
    )


def test_the_successor_of_joined_wards_takes_over_their_rows_and_the_sum_of_their_funds(office: SmallOffice) -> None:
    """From 1/7/2025 the ward Tam Sơn (09370, new) stands for Tam Sơn (09370, old) and Tương Giang."""
    by_code = {unit.code: unit for unit in office_units()}
    for code in ("09370", "09376"):
        tables = {"DON_VI": ward_tables(by_code[code])["DON_VI"][:2]}
        build_ward(office.inbox / f"CTD_{code}_2025.xlsx", by_code[code], tables, year=2025)
    office.merge(office.inbox / "CTD_09370_2025.xlsx", office.inbox / "CTD_09376_2025.xlsx", now=NEXT_YEAR)

    path = new_workbook(office, "09370", 2025)

    with opened(path, save=False) as book:
        sheet = book.table("DON_VI")
        rids = [sheet.get(line, RID) for line in range(sheet.first, sheet.last + 1)]
        cover = {row[3]: row[1] for row in book.book["Bìa"].iter_rows(max_col=4, values_only=True)}
    held = [key[3] for key in office.held() if key[1:3] == (2025, "DON_VI")]
    assert (sorted(held), 4) == (sorted(rids), len(rids))
    assert ("BN.2025.09370", 40_000_000) == (cover["BIA.UID"], cover["BIA.DU_DAU"])

    sign(path)
    done = office.merge(path, now=datetime(2025, 12, 20, 8, 0))
    assert (4, 4, ()) == (
        done.counts.read,
        done.counts.applied,
        tuple(f for f in done.findings if f.code.startswith("row-id")),
    )
    assert {"TS.2021.09370", "TS.2021.09376", "BN.2025.09370"} == {key[0] for key in office.held()}


def test_in_the_year_of_change_one_code_is_two_wards_told_apart_by_their_key(office: SmallOffice) -> None:
    units = {unit.uid: unit for unit in office_units(2025)}
    old, new = units["TS.2021.09367"], units["BN.2025.09367"]
    tables = {"QUY": [{**ward_tables(DONG_NGAN)["QUY"][0], "NGAY": date(2025, 3, 1)}]}
    later = {"QUY": [{**ward_tables(DONG_NGAN)["QUY"][0], "NGAY": date(2025, 9, 1)}]}
    build_ward(office.inbox / "a.xlsx", old, tables, year=2025)
    build_ward(office.inbox / "b.xlsx", new, later, year=2025)

    done = office.merge(office.inbox / "a.xlsx", office.inbox / "b.xlsx", now=datetime(2025, 12, 20))

    assert ([], 2) == ([one.unit for one in done.held], done.counts.applied)
    assert {old.uid: 1, new.uid: 1} == {uid: sum(key[0] == uid for key in office.held()) for uid in (old.uid, new.uid)}
    assert [("Phường Đông Ngàn",), ("Phường Từ Sơn",)] == all_rows(office, "QUY", "_unit")


def test_a_file_of_that_year_without_its_key_waits_to_be_told_apart(office: SmallOffice) -> None:
    build_ward(office.inbox / "a.xlsx", DONG_NGAN, {}, year=2025)
    with opened(office.inbox / "a.xlsx") as book:
        book.cover("UID", None)

    done = office.merge(office.inbox / "a.xlsx", now=datetime(2025, 12, 20))

    assert [("unit-ambiguous", "a.xlsx")] == [(one.code, one.where.file) for one in done.findings]


@pytest.mark.parametrize(("year", "count"), [(2024, 12), (2025, 16), (2026, 4)])
def test_who_owes_a_workbook_follows_the_units_of_the_year(office: SmallOffice, year: int, count: int) -> None:
    unit = next(iter(office_units(year)))
    build_ward(office.inbox / "x.xlsx", unit, {}, year=year, cover={**COVER, "NGAY_LAP": date(year, 12, 20)})

    done = office.merge(office.inbox / "x.xlsx", now=datetime(year, 12, 30))

    assert count - 1 == len(done.missing)
    with office.open(datetime(year, 12, 30)) as book:
        assert count == len([row for row in book.progress() if row.year == year])


def office_units(year: int = 2024) -> tuple[Unit, ...]:
    return SETUP.units.expected_in(year)


def all_rows(office: SmallOffice, table: str, *codes: str) -> list[tuple[object, ...]]:
    with opened(office.master, save=False) as book:
        sheet = book.table(table)
        return [tuple(sheet.get(line, code) for code in codes) for line in range(sheet.first, sheet.last + 1)]
