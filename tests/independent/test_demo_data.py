"""The demonstration's story: the same for the same seed, carried on from year to year, and like a real city."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from recompute import balance as balance_on
from recompute import frame_of, typed_book
from test_core_against_recompute import city_setup, held, typed
from typed_cells import Unreadable, read_cell

from sync.demo import demo_city, demo_year, just_missing, mistyped_year, not_sending
from sync.demo_mistakes import FINDINGS, SLIPS
from workbooks.layouts import FIRST_ROW, TABS, unit_columns
from xl_ctd.core.checks import check_submission
from xl_ctd.core.rids import is_ours
from xl_ctd.core.submissions import SourceInfo, Submission
from xl_ctd.core.tables import BY_CODE, WARD_TABLES
from xl_ctd.messages import catalogue

STOCK = ("DON_VI", "DIA_CHI", "DOI_MO_HINH")


@pytest.mark.parametrize("clean", [True, False])
def test_the_same_seed_tells_the_same_year(clean: bool) -> None:
    setup = city_setup(2024)

    assert demo_year(setup, 2024, seed=7, clean=clean) == demo_year(setup, 2024, seed=7, clean=clean)
    assert demo_year(setup, 2024, seed=7, clean=clean) != demo_year(setup, 2024, seed=8, clean=clean)


def test_twelve_wards_then_sixteen_in_the_year_of_change_then_four() -> None:
    assert [12, 16, 4] == [len(demo_year(city_setup(year), year, seed=1)) for year in (2024, 2025, 2026)]


def test_what_exists_keeps_its_row_ids_from_year_to_year() -> None:
    before, after = (demo_year(city_setup(year), year, seed=1, clean=True) for year in (2023, 2024))

    for uid, ward in after.items():
        for table in STOCK:
            old, new = ([row["_rid"] for row in year.tables[table]] for year in (before[uid], ward))
            assert old == new[: len(old)]


def test_every_row_id_is_unique_and_begins_with_its_unit_s_code() -> None:
    setup = city_setup(2025)
    for uid, ward in demo_year(setup, 2025, seed=1, clean=True).items():
        for table, rows in ward.tables.items():
            ids = [str(row["_rid"]) for row in rows]
            assert len(ids) == len(set(ids)), (uid, table)
            assert all(is_ours(rid, setup.units.by_uid[uid].code) for rid in ids)


def test_a_fund_opens_the_year_with_what_it_closed_the_last_one_with() -> None:
    before, after = (demo_year(city_setup(year), year, seed=1, clean=True) for year in (2023, 2024))

    closed = {
        uid: balance_on(typed_book(uid, 2023, u.cover, u.tables), date(2023, 12, 31)) for uid, u in before.items()
    }
    assert closed == {uid: ward.cover["DU_DAU"] for uid, ward in after.items()}


def test_four_new_wards_open_with_the_sum_of_those_they_took_over() -> None:
    setup = city_setup(2025)
    wards = demo_year(setup, 2025, seed=1, clean=True)

    for uid, ward in wards.items():
        old = [wards[unit.uid] for unit, _ in setup.units.predecessors(uid)]
        if old:
            closings = [balance_on(typed_book("x", 2025, unit.cover, unit.tables), date(2025, 6, 30)) for unit in old]
            assert sum(filter(None, closings)) == ward.cover["DU_DAU"]
            assert sum(len(unit.tables["DON_VI"]) for unit in old) == len(ward.tables["DON_VI"])


def test_one_fund_just_misses_the_floor() -> None:
    setup = city_setup(2024)
    uid = just_missing(setup, 2024, 1)
    ward = demo_year(setup, 2024, seed=1)[uid]

    assert 19_999_999 == balance_on(typed_book(uid, 2024, ward.cover, ward.tables), date(2024, 12, 31))
    assert uid != not_sending(setup, 2024, 1)


def test_no_event_happens_outside_its_unit_s_days() -> None:
    setup = city_setup(2025)
    for uid, ward in demo_year(setup, 2025, seed=1, clean=True).items():
        unit = setup.units.by_uid[uid]
        for table in WARD_TABLES:
            if table.date_field:
                days = [row[table.date_field] for row in ward.tables[table.code]]
                assert all(isinstance(day, date) and day.year == 2025 and unit.valid_on(day) for day in days)


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_the_checks_have_nothing_to_say_about_a_clean_year(year: int) -> None:
    setup = city_setup(year)
    units = typed(setup, year, 1, clean=True)
    said = []
    for (uid, told), unit in units.items():
        now, before = held(uid, told, unit), units.get((uid, told - 1))
        sent = Submission(SourceInfo("x", "x"), setup.units.by_uid[uid].code, uid, told, now.cover, now.tables)
        last_year = held(uid, told - 1, before) if before else None
        said += check_submission(sent, setup=setup, previous=last_year, as_of=date(year + 1, 1, 10))

    assert [] == [(finding.code, dict(finding.args)) for finding in said]


def test_every_cell_of_a_clean_year_can_be_read() -> None:
    setup = city_setup(2024)
    units = [*demo_year(setup, 2024, seed=1, clean=True).values(), demo_city(setup, 2024, seed=1)]

    for unit in units:
        for table, rows in unit.tables.items():
            assert len(rows) == len(frame_of(table, rows))
            for row in rows:
                for code, value in row.items():
                    if code != "_rid":
                        read_cell(value, BY_CODE[table].by_code[code])


def test_a_mistyped_year_has_one_slip_of_every_kind_where_the_list_says() -> None:
    setup = city_setup(2024)
    clean = demo_year(setup, 2024, seed=1, clean=True)
    wards, mistakes = mistyped_year(clean, setup, 2024, 1)

    assert Counter(slip.kind for slip in SLIPS) + Counter(["demo-sorted"]) == Counter(m.kind for m in mistakes)
    for mistake in mistakes:
        if mistake.cell is None:
            continue
        letters, line = mistake.cell.rstrip("0123456789"), int(mistake.cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        field = next(c.code for c in unit_columns(BY_CODE[mistake.table]) if c.letters == letters)
        value = wards[mistake.uid].tables[mistake.table][line - FIRST_ROW][field]
        assert (mistake.typed, TABS[mistake.table]) == ("" if value is None else str(value), mistake.sheet)
        if mistake.harmless:
            read_cell(value, BY_CODE[mistake.table].by_code[field])


def test_the_ward_that_just_misses_the_floor_types_without_mistakes() -> None:
    setup = city_setup(2024)
    spared = {just_missing(setup, 2024, 1), not_sending(setup, 2024, 1)}

    assert not spared & {m.uid for m in mistyped_year(demo_year(setup, 2024, clean=True), setup, 2024, 1)[1]}


def test_every_kind_of_mistake_has_its_sentence() -> None:
    kinds = {slip.kind for slip in SLIPS} | set(FINDINGS)
    said = {code for code in catalogue("vi") if code.startswith("demo-")}

    assert kinds <= said
    assert said == {code for code in catalogue("en") if code.startswith("demo-")}


@pytest.mark.parametrize("typed_cell", ["khoảng 2 triệu", "1,400", "20 triệu 5", "#REF!", "2tr5tr"])
def test_the_second_count_refuses_what_nobody_can_be_sure_of(typed_cell: str) -> None:
    with pytest.raises(Unreadable):
        read_cell(typed_cell, BY_CODE["QUY"].by_code["SO_TIEN"])
