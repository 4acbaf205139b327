"""Names, units, targets, population and conventions changed in the master take effect at the next merge."""

from __future__ import annotations

from datetime import timedelta

import pytest
from office import NOW
from small_office import DONG_NGAN, SmallOffice

from sync.workspace import file_digest
from workbooks.layouts import FIGURES_TAB, PROGRESS_TAB

LATER = NOW + timedelta(days=1)


def set_target(office: SmallOffice, target: str, **cells: object) -> None:
    with office.in_master() as book:
        book.table("CHI_TIEU").change(target, **cells)


def test_a_changed_threshold_is_judged_by_at_the_next_merge_without_any_new_file(merged: SmallOffice) -> None:
    before = merged.figures()["TS-02"]
    assert ("0.8", "0.8", "12", "15") == (before["value"], before["target"], before["numerator"], before["denominator"])
    set_target(merged, "TS-02", NGUONG=0.95)

    done = merged.merge(now=LATER)

    assert [("setup-edits-taken", {"tabs": "Chỉ tiêu"})] == list(done.notices)
    assert (0, 48) == (done.counts.applied, done.counts.unchanged)
    after = merged.figures()["TS-02"]
    assert ("0.8", "0.95") == (after["value"], after["target"])
    row = next(row for row in merged.seen()[FIGURES_TAB] if row[0] == "2024||TS-02")
    assert 0.95 == row[10]
    assert ["sửa trong sổ", "hợp nhất"] == merged.log()


def test_after_the_change_is_taken_nothing_more_is_written(merged: SmallOffice) -> None:
    set_target(merged, "TS-02", NGUONG=0.95)
    merged.merge(now=LATER)
    before = file_digest(merged.master)

    again = merged.merge(now=LATER + timedelta(days=1))

    assert ((), before) == (again.notices, file_digest(merged.master))


def test_choosing_another_year_is_no_change(merged: SmallOffice) -> None:
    with merged.in_master() as book:
        book.book["Bảng điều hành"]["D2"] = 2023
    before = file_digest(merged.master)

    done = merged.merge(now=LATER)

    assert ((), before) == (done.notices, file_digest(merged.master))


def test_a_renamed_unit_is_renamed_on_every_sheet_and_keeps_its_rows(merged: SmallOffice) -> None:
    rows = merged.held()
    with merged.in_master() as book:
        book.table("TO_CHUC").change(DONG_NGAN.uid, TEN="Phường Đông Ngàn (mới)")

    done = merged.merge(now=LATER)

    assert ["Đơn vị"] == [args["tabs"] for code, args in done.notices if code == "setup-edits-taken"]
    assert {"Phường Đông Ngàn (mới)"} == set(merged.rows("QUY", "_unit", unit=DONG_NGAN).values())
    assert "Phường Đông Ngàn (mới)" in {row[2] for row in merged.seen()[PROGRESS_TAB]}
    assert rows == merged.held()


def test_a_changed_convention_is_counted_by(merged: SmallOffice) -> None:
    with merged.in_master() as book:
        sheet = book.table("DON_VI")
        sheet.put(sheet.line(MA="TH-5", _uid=DONG_NGAN.uid), LOAI_HINH="Doanh nghiệp")
    merged.merge()
    footnotes = dict(row[:2] for row in merged.seen()["_META"])["ctd_quy_uoc"]
    assert "14" == merged.figures()["TS-02"]["denominator"]
    with merged.in_master() as book:
        book.table("QUY_UOC").change("TS02_DOANH_NGHIEP", CHON="Có")

    merged.merge(now=LATER)

    assert "15" == merged.figures()["TS-02"]["denominator"]
    assert footnotes != dict(row[:2] for row in merged.seen()["_META"])["ctd_quy_uoc"]


def test_a_changed_population_is_divided_by(merged: SmallOffice) -> None:
    assert "192554" == merged.figures()["TS-09"]["denominator"]
    with merged.in_master() as book:
        book.table("DAN_SO").add(UID="TS.2021", NAM=2024, SO_NGUOI=200_000, NGUON="Công an thành phố")

    done = merged.merge(now=LATER)

    assert ["Dân số"] == [args["tabs"] for _, args in done.notices]
    assert "200000" == merged.figures()["TS-09"]["denominator"]


def test_undo_of_the_last_merge_keeps_a_change_of_the_setup(merged: SmallOffice) -> None:
    with merged.in_ward() as book:
        book.table("QUY").change("PT-1", SO_TIEN=1_500_000)
    set_target(merged, "TS-02", NGUONG=0.95)
    merged.merge(now=LATER)

    merged.undo(LATER)
    assert (1_001_000, "0.95") == (
        merged.rows("QUY", "SO_TIEN", unit=DONG_NGAN)["PT-1"],
        merged.figures()["TS-02"]["target"],
    )

    merged.merge(merged.ward_file(), now=LATER)
    assert 1_500_000 == merged.rows("QUY", "SO_TIEN", unit=DONG_NGAN)["PT-1"]
    row = next(row for row in merged.seen()[FIGURES_TAB] if row[0] == "2024||TS-02")
    assert 0.95 == row[10]


def test_a_board_taken_back_to_before_the_change_is_brought_along_by_the_next_merge(merged: SmallOffice) -> None:
    """Undo gives the file back byte for byte, with the office's change typed and the board still of before it."""
    with merged.in_ward() as book:
        book.table("QUY").change("PT-1", SO_TIEN=1_500_000)
    set_target(merged, "TS-02", NGUONG=0.95)
    typed = merged.master.read_bytes()
    merged.merge(now=LATER)
    assert merged.undo(LATER).exact
    assert typed == merged.master.read_bytes()

    done = merged.merge(merged.inbox / "CTD_09370_2024.xlsx", now=LATER)

    assert 0 == done.counts.applied
    assert 0.95 == next(row for row in merged.seen()[FIGURES_TAB] if row[0] == "2024||TS-02")[10]


def test_a_setting_that_makes_no_sense_is_told_and_leaves_the_plans_own(merged: SmallOffice) -> None:
    set_target(merged, "TS-02", NGUONG="rất cao")

    done = merged.merge(now=LATER)

    assert "0.8" == merged.figures()["TS-02"]["target"]
    assert ["Chỉ tiêu"] == [one.where.sheet for one in done.findings]


@pytest.mark.parametrize("tab", ["Chỉ tiêu", "Quy ước", "Dân số"])
def test_a_lost_setup_sheet_leaves_the_plans_own_and_stops_nothing(merged: SmallOffice, tab: str) -> None:
    with merged.in_master() as book:
        del book.book[tab]
    with merged.in_ward() as book:
        book.table("QUY").change("PT-1", SO_TIEN=1_500_000)

    done = merged.merge(now=LATER)

    assert 1 == done.counts.applied
    assert [("setup-sheet-missing", {"sheet": tab})] == [(one.code, one.args) for one in done.findings]
    assert "192554" == merged.figures()["TS-09"]["denominator"]
