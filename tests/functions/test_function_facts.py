"""Functions that look things up in a master: what they find, and that looking changes nothing."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asking import ask, error, serial
from office import NOW, UNITS, YEAR, Office, ward_tables

from sync import facts as looking
from sync.facts import facts_of
from sync.ledger import LEDGER_FILE
from workbooks.build_master import build_master
from xl_ctd.calling import CellError, call
from xl_ctd.core.books import GROUP
from xl_ctd.facts import Facts
from xl_ctd.plans import setup_for

FIRST = UNITS[0]


# --- figures


def test_a_figure_of_the_whole_area_and_of_one_ward(facts: Facts) -> None:
    assert 1.0 == ask("GIATRI", "TS-02", YEAR, facts=facts)
    assert [10.0, 10.0] == [ask("GIATRI", "ts-02", str(YEAR), "09367", part, facts=facts) for part in ("TU", "MAU")]
    assert 15_000_045.0 == ask("GIATRI", "TS-12", YEAR, "Đông Ngàn", facts=facts)


def test_figures_are_those_the_merge_put_into_the_master(office: Office, facts: Facts, tmp_path: Path) -> None:
    with office.copy_to(tmp_path / "mine").open() as book:
        figures = {one.target_id: one.observation for one in book.figures_of(YEAR) if one.uid == GROUP}
    asked = [ask("GIATRI", code, YEAR, facts=facts) for code in figures]

    assert 14 == len(figures)
    assert [None if seen.value is None else float(seen.value) for seen in figures.values()] == [
        None if isinstance(cell, CellError) else cell for cell in asked
    ]


def test_case_23_blood_is_counted_in_bags_less_those_discarded(facts: Facts) -> None:
    assert 314.0 == ask("GIATRI", "TS-08", YEAR, facts=facts)


def test_missing_wards_bound_a_figure(facts: Facts) -> None:
    low, high = (ask("GIATRI", "TS-02", YEAR, None, end, facts=facts) for end in ("THAP", "CAO"))

    assert (0.0, 1.0) == (low, high)
    assert "CHƯA ĐỦ SỐ LIỆU" == ask("TRANGTHAI_KHOANG", low, high, "TYLE", 0.8)
    assert 314.0 == ask("GIATRI", "TS-08", YEAR, None, "THAP", facts=facts)
    assert "#N/A" == error("GIATRI", "TS-08", YEAR, None, "CAO", facts=facts)


def test_the_first_part_of_a_year_adds_up_from_new_year(facts: Facts) -> None:
    parts = [ask("GIATRI", "TS-08", period, facts=facts) for period in ("2024-Q1", "2024-6T1", "2024-9T", "2024")]

    assert [0.0, 314.0, 314.0, 314.0] == parts
    assert "#N/A" == error("GIATRI", "TS-08", "2024-Q2", facts=facts)
    assert "#VALUE!" == error("GIATRI", "TS-08", "quý 2", facts=facts)


def test_monitored_numbers_are_asked_for_part_by_part(facts: Facts) -> None:
    members = [ask("GIATRI", f"TS-M03.{n}", YEAR, facts=facts) for n in range(1, 12)]

    assert 3 * sum(range(40, 50)) == sum(cell for cell in members if isinstance(cell, float))
    assert ["#REF!"] * 3 == [error("GIATRI", code, YEAR, facts=facts) for code in ("TS-M03", "TS-M03.99", "TS-M03.x")]


def test_what_is_not_reported_is_not_there(facts: Facts) -> None:
    assert "#N/A" == error("GIATRI", "TS-13", YEAR, facts=facts)
    assert "#N/A" == error("GIATRI", "TS-02", 2023, facts=facts)
    assert "#N/A" == error("GIATRI", "TS-13", YEAR, FIRST.code, facts=facts)
    assert "#REF!" == error("GIATRI", "TS-99", YEAR, facts=facts)
    assert "#REF!" == error("GIATRI", "TS-02", YEAR, "Xã Nào Đó", facts=facts)


def test_a_ward_without_addresses_has_no_ratio_and_is_not_judged(facts: Facts) -> None:
    nothing = ask("GIATRI", "TS-03", YEAR, "Hương Mạc", facts=facts)

    assert "#DIV/0!" == nothing.code
    assert "KHÔNG ÁP DỤNG" == ask("TRANGTHAI", nothing, "TYLE", 0.8)


def test_a_column_of_codes_gives_a_column_of_figures(facts: Facts) -> None:
    found = ask("GIATRI", ["TS-02", "TS-99", "TS-08"], YEAR, facts=facts)

    assert [1.0, "#REF!", 314.0] == [cell.code if isinstance(cell, CellError) else cell for cell in found]


def test_what_the_plan_demands(facts: Facts) -> None:
    assert [0.8, 800.0, 1.0] == ask("MUCTIEU", ["TS-02", "TS-08", "TS-11"], YEAR, facts=facts)
    assert [800.0, 1400.0] == ask("MUCTIEU", "TS-08", YEAR, None, ["L", "U"], facts=facts)
    assert "#N/A" == error("MUCTIEU", "TS-08", YEAR, None, "T", facts=facts)
    assert "#REF!" == error("MUCTIEU", "TS-15", YEAR, facts=facts)
    assert 20e6 == ask("MUCTIEU", "TS-12", YEAR, "Tam Sơn", facts=facts)
    assert "#N/A" == error("MUCTIEU", "TS-08", YEAR, "Tam Sơn", facts=facts)


def test_a_whole_scorecard_spills(facts: Facts) -> None:
    table = call("BANGCHITIEU", [[[YEAR]]], facts)
    blood = next(row for row in table if row[0] == "TS-08")

    assert ["Mã", "Chỉ tiêu", "Đơn vị tính", "Kết quả", "Mục tiêu"] == list(table[0])[:5]
    assert [f"TS-{n:02}" for n in range(1, 15)] == [row[0] for row in table[1:]]
    assert [314.0, 800.0, 0.3925, 486.0, "CHƯA ĐỦ SỐ LIỆU", "XÁM"] == list(blood)[3:9]
    assert ["TS-02", "TS-03"] == [row[0] for row in call("BANGCHITIEU", [[[YEAR]], [["09367"]]], facts)][1:3]


# --- where figures come from


def test_a_row_leads_to_the_cell_it_was_typed_into(office: Office, facts: Facts) -> None:
    rid = next(rid for uid, _, table, rid in office.held() if table == "HIEN_MAU")

    assert "CTD_09367_2024.xlsx, trang Hiến máu, ô A7: HM-1 (Phường Đông Ngàn, năm 2024)" == ask(
        "NGUON", rid, facts=facts
    )


def test_a_target_leads_to_the_files_that_make_it_up(facts: Facts) -> None:
    told = "100,0% ← " + "; ".join(f"{unit.name}: 100,0% (CTD_{unit.code}_2024.xlsx)" for unit in UNITS)

    assert [told, told] == ask("NGUON", ["TS-02", "ts-02/2024"], facts=facts)
    assert told == ask("NGUON", "Chỉ tiêu!D6", facts=facts)


def test_a_place_that_holds_nothing_of_ours_is_told(facts: Facts) -> None:
    assert ["#REF!"] * 3 == [error("NGUON", place, facts=facts) for place in ("Quy ước!Z99", "09367-XXX", "Trang!")]


# --- units and tasks


def test_a_unit_has_the_name_of_its_day(facts: Facts) -> None:
    before, after = serial(30, 6, 2025), serial(1, 7, 2025)

    assert ["Phường Đông Ngàn", "Phường Từ Sơn"] == ask("DONVI", "09367", [before, after], facts=facts)
    assert "#N/A" == error("DONVI", "09382", after, facts=facts)
    assert "Phường Đồng Nguyên" == ask("DONVI", "Đồng Kỵ", after, "KE_THUA", facts=facts)
    assert "Phường Từ Sơn" == ask("DONVI", "09367", after, "KE_THUA", facts=facts)
    assert "không có đơn vị kế thừa" == ask("DONVI", "Đồng Kỵ", before, "KE_THUA", facts=facts)
    assert "BN.2025.09367" == ask("DONVI", "phuong tu son", after, "MA", facts=facts)
    assert "Phường Đông Ngàn, Phường Tân Hồng, Phường Đình Bảng, Phường Phù Chẩn" == ask(
        "DONVI", "09367", after, "TRUOC", facts=facts
    )


def test_a_code_that_means_two_wards_in_a_year_is_not_guessed(office: Office) -> None:
    later = facts_of(office.master, datetime(2026, 1, 5))

    assert "#VALUE!" == error("GIATRI", "TS-02", 2025, "09367", facts=later)
    assert 1.0 == ask("GIATRI", "TS-02", 2025, "TS.2021.09367", facts=later)  # last year's stock stands in


def test_a_task_stands_as_the_ward_reported_it(facts: Facts) -> None:
    on = serial(31, 12, YEAR)
    updated, not_updated = "thường xuyên – đã cập nhật kỳ này", "thường xuyên – chưa cập nhật kỳ này"

    assert "Thường xuyên – đã cập nhật kỳ này" == ask("NHIEMVU", "TS-N19", "Đông Ngàn", on, facts=facts)
    assert [not_updated, not_updated] == [
        ask("NHIEMVU", "TS-N19", *asked, facts=facts) for asked in (("Tam Sơn", on), ("Đông Ngàn", serial(1, 6, YEAR)))
    ]
    assert f"12 đơn vị: 11 {not_updated}; 1 {updated.capitalize()}" == ask("NHIEMVU", "TS-N19", None, on, facts=facts)
    assert ["#N/A", "#REF!"] == [error("NHIEMVU", code, facts=facts) for code in ("TS-N18", "BT-N13")]


def test_case_24_a_plan_due_in_october_in_time_late_and_overdue(province: Path) -> None:
    told = facts_of(province, datetime(2023, 11, 30))
    districts = [unit.name for unit in setup_for("BT", 2023).units.expected_in(2023)[:3]]

    assert ["đúng hạn", "trễ 15 ngày", "quá hạn 30 ngày"] == ask("NHIEMVU", "BT-N13", districts, facts=told)
    assert "10 đơn vị: 8 quá hạn 30 ngày; 1 đúng hạn; 1 trễ 15 ngày" == ask("NHIEMVU", "BT-N13", facts=told)


# --- looking changes nothing, and is done once


def test_looking_leaves_the_folder_as_it_was(office: Office, tmp_path: Path) -> None:
    mine = office.copy_to(tmp_path / "mine")
    before = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in mine.folder.rglob("*")}

    told = facts_of(mine.master, NOW)
    ask("GIATRI", "TS-02", YEAR, facts=told)
    ask("NGUON", "Chỉ tiêu!D6", facts=told)

    assert before == {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in mine.folder.rglob("*")}


def test_a_master_that_never_merged_knows_its_plan_and_gets_no_ledger(tmp_path: Path) -> None:
    master = tmp_path / "new.xlsx"
    build_master(master, setup=setup_for("TS", YEAR), created=NOW.date())
    told = facts_of(master, NOW)

    assert 0.8 == ask("MUCTIEU", "TS-02", YEAR, facts=told)
    assert "#N/A" == error("GIATRI", "TS-02", YEAR, facts=told)
    assert [master] == list(tmp_path.iterdir())


def test_a_merge_is_seen_by_the_next_formula(office: Office, tmp_path: Path) -> None:
    busy = office.copy_to(tmp_path / "busy")
    told = facts_of(busy.master, NOW)
    before = ask("GIATRI", "TS-02", YEAR, "09367", "TU", facts=told)
    tables = ward_tables(FIRST)
    new = {"MA": "TH-99", "TEN": "Trường mới", "LOAI_HINH": "Trường học", "CO_HOI": "Có"}
    busy.send(FIRST, {**tables, "DON_VI": [*tables["DON_VI"], new]})

    busy.merge()

    assert (10.0, 11.0) == (before, ask("GIATRI", "TS-02", YEAR, "09367", "TU", facts=told))


def test_many_formulas_cost_one_reading(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []

    class Counted(looking.MasterBook):
        def __init__(self, *arguments: object) -> None:
            opened.append(arguments)
            super().__init__(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(looking, "MasterBook", Counted)
    told = [facts_of(office.master, NOW + timedelta(days=2, seconds=n)) for n in range(20)]
    answers: list[object] = []
    threads = [
        threading.Thread(target=lambda one=one: answers.append(ask("GIATRI", "TS-02", YEAR, facts=one))) for one in told
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [1.0] * 20 == answers
    assert 1 == len(opened)


def test_a_formula_waits_for_no_merge(office: Office, tmp_path: Path) -> None:
    mine = office.copy_to(tmp_path / "mine")

    with mine.workspace.locked("ai đó"):
        assert 1.0 == ask("GIATRI", "TS-02", YEAR, facts=facts_of(mine.master, NOW))


@pytest.mark.parametrize("content", [None, b"not a workbook"])
def test_a_master_that_cannot_be_read_is_one_sentence(tmp_path: Path, content: bytes | None) -> None:
    master = tmp_path / "so.xlsx"
    if content is not None:
        master.write_bytes(content)
    told = facts_of(master, NOW)

    assert "#N/A" == error("GIATRI", "TS-02", YEAR, facts=told)
    assert 1400.0 == ask("SO", "1.400", facts=told)


def test_a_damaged_ledger_is_one_sentence(office: Office, tmp_path: Path) -> None:
    broken = office.copy_to(tmp_path / "broken")
    (broken.workspace.folder / LEDGER_FILE).write_bytes(b"nothing" * 1000)

    assert "#N/A" == error("GIATRI", "TS-02", YEAR, facts=facts_of(broken.master, NOW))


def test_another_ledger_may_be_named(office: Office, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'elsewhere.sqlite'}"
    elsewhere = replace(office.copy_to(tmp_path / "office"), ledger_url=url)
    elsewhere.merge()

    assert 1.0 == ask("GIATRI", "TS-02", YEAR, facts=facts_of(elsewhere.master, NOW, url))
