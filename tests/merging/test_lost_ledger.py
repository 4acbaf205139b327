"""The folder with the ledger is gone, or the master is an older copy: nothing is overwritten and nothing is lost."""

from __future__ import annotations

import shutil
from datetime import timedelta

from office import NOW
from small_office import DONG_NGAN, TAM_SON, SmallOffice

from sync.history import resolve_conflicts

LATER = NOW + timedelta(days=1)


def lose(office: SmallOffice) -> None:
    shutil.rmtree(office.workspace.folder)


def without_places(office: SmallOffice) -> dict[str, list[object]]:
    """What the master shows, but for the times at which things were received."""
    return {tab: list(rows) for tab, rows in office.seen().items() if not tab.startswith("_META")}


def test_the_same_files_again_change_nothing(merged: SmallOffice) -> None:
    expected, figures, held = without_places(merged), merged.figures(), merged.held()
    lose(merged)

    done = merged.merge()

    assert (48, 0, 48, 0) == (done.counts.read, done.counts.applied, done.counts.unchanged, done.counts.conflicted)
    assert (held, figures) == (merged.held(), merged.figures())
    assert expected == without_places(merged)
    again = merged.merge(now=LATER)
    assert (None, 0) == (again.version, again.counts.applied)


def test_every_difference_is_a_conflict_and_the_master_keeps_its_own(merged: SmallOffice) -> None:
    with merged.in_ward() as book:
        book.table("QUY").change("PT-1", SO_TIEN=1_500_000)
    lose(merged)

    done = merged.merge()

    assert [(None, 1_500_000, 1_001_000)] == [(one.base, one.ward, one.master) for one in done.conflicts]
    assert 1_001_000 == merged.rows("QUY", "SO_TIEN", unit=DONG_NGAN)["PT-1"]
    with merged.open() as book:
        resolve_conflicts(book, {done.conflicts[0].id: "ward"})
    assert (1_500_000, 0) == (
        merged.rows("QUY", "SO_TIEN", unit=DONG_NGAN)["PT-1"],
        merged.merge().counts.conflicted,
    )


def test_rows_that_are_missing_from_a_file_stay_and_new_ones_come(merged: SmallOffice) -> None:
    with merged.in_ward() as book:
        sheet = book.table("QUY")
        sheet.delete("PT-8")
        sheet.add(SO_CT="PT-9", NGAY="15/9/2024", THU_CHI="Thu", KHOAN_MUC="Hội phí", NOI_DUNG="Mới", SO_TIEN=1_100_000)
    lose(merged)

    done = merged.merge()

    assert (1, 0, 0) == (done.counts.applied, done.counts.removed, done.counts.conflicted)
    assert [f"PT-{n}" for n in range(1, 10)] == sorted(merged.rows("QUY", "SO_TIEN", unit=DONG_NGAN))


def test_units_whose_files_are_not_at_hand_keep_their_rows_and_still_count(merged: SmallOffice) -> None:
    figures = merged.figures()
    lose(merged)

    merged.merge(merged.ward_file(TAM_SON))

    assert 48 == len(merged.held())
    assert {name: one["numerator"] for name, one in figures.items()} == {
        name: one["numerator"] for name, one in merged.figures().items()
    }
    assert 3 == merged.figures()["TS-02"]["reported"]


def test_what_the_city_typed_is_still_there(merged: SmallOffice) -> None:
    with merged.in_master() as book:
        book.table("CAN_BO").add(_year=2024, MA="CB-1", CHUYEN_TRACH="Có", TU_NGAY="1/1/2020")
        sheet = book.table("QUY")
        sheet.put(sheet.line(SO_CT="PT-3", _uid=DONG_NGAN.uid), NOI_DUNG="Sửa ở thành phố")
    lose(merged)

    done = merged.merge()

    assert {"CB-1": "Có"} == merged.rows("CAN_BO", "CHUYEN_TRACH")
    assert "Sửa ở thành phố" == merged.rows("QUY", "NOI_DUNG", unit=DONG_NGAN)["PT-3"]
    assert [("NOI_DUNG", "Hội phí tháng 3", "Sửa ở thành phố")] == [
        (one.field, one.ward, one.master) for one in done.conflicts
    ]


def test_an_older_copy_of_the_master_is_brought_up_to_date(merged: SmallOffice) -> None:
    """Somebody puts last week's copy back in its place: what was merged since is not taken for deleted."""
    older = merged.master.read_bytes()
    with merged.in_ward() as book:
        sheet = book.table("QUY")
        sheet.change("PT-1", SO_TIEN=1_500_000)
        sheet.add(SO_CT="PT-9", NGAY="15/9/2024", THU_CHI="Thu", KHOAN_MUC="Hội phí", NOI_DUNG="Mới", SO_TIEN=1_100_000)
    merged.merge(now=LATER)
    expected = merged.held()
    merged.master.write_bytes(older)

    done = merged.merge(now=LATER)

    assert ["older-copy"] == [code for code, _ in done.notices]
    assert expected == merged.held()
    assert (1_500_000, 1_100_000) == tuple(
        merged.rows("QUY", "SO_TIEN", unit=DONG_NGAN)[key] for key in ("PT-1", "PT-9")
    )


def test_edits_in_an_older_copy_are_taken_and_the_rest_is_brought_up_to_date(merged: SmallOffice) -> None:
    older = merged.master.read_bytes()
    with merged.in_ward() as book:
        book.table("QUY").change("PT-1", SO_TIEN=1_500_000)
    merged.merge(now=LATER)
    merged.master.write_bytes(older)
    with merged.in_master() as book:
        sheet = book.table("QUY")
        sheet.put(sheet.line(SO_CT="PT-3", _uid=DONG_NGAN.uid), NOI_DUNG="Sửa ở thành phố")

    merged.merge(now=LATER)

    assert ("Sửa ở thành phố", 1_500_000) == (
        merged.rows("QUY", "NOI_DUNG", unit=DONG_NGAN)["PT-3"],
        merged.rows("QUY", "SO_TIEN", unit=DONG_NGAN)["PT-1"],
    )


def test_a_correction_of_the_city_taken_back_after_an_undo_is_taken_back(merged: SmallOffice) -> None:
    """The undone file says it is of an older version; it still is the newest one."""
    typed = "Sửa ở thành phố"
    with merged.in_master() as book:
        sheet = book.table("QUY")
        sheet.put(sheet.line(SO_CT="PT-3", _uid=DONG_NGAN.uid), NOI_DUNG=typed)
    with merged.in_ward() as book:
        book.table("QUY").change("PT-1", SO_TIEN=1_500_000)
    merged.merge(now=LATER)
    assert merged.undo(LATER).exact
    with merged.in_master() as book:
        sheet = book.table("QUY")
        sheet.put(sheet.line(SO_CT="PT-3", _uid=DONG_NGAN.uid), NOI_DUNG="Hội phí tháng 3")

    merged.merge(merged.ward_file(TAM_SON), now=LATER)

    assert "Hội phí tháng 3" == merged.rows("QUY", "NOI_DUNG", unit=DONG_NGAN)["PT-3"]
