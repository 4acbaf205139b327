"""What a ward changed and what the city changed since the last merge, side by side in the real files."""

import pytest
from office import UNITS
from small_office import DONG_NGAN, TAM_SON, SmallOffice

from sync.history import resolve_conflicts
from sync.plan import Change, ChangeKind
from workbooks.layouts import CONFLICTS_TAB, RID

KEPT = "Hội phí quý I"


def quy(office: SmallOffice, code: str = "SO_TIEN") -> dict[str, object]:
    return office.rows("QUY", code, unit=DONG_NGAN)


def in_city(office: SmallOffice, key: str, **cells: object) -> None:
    """The city types over cells of Đông Ngàn's row in the master."""
    with office.in_master() as book:
        sheet = book.table("QUY")
        sheet.put(sheet.line(SO_CT=key, _uid=DONG_NGAN.uid), **cells)


def in_ward(office: SmallOffice, key: str, **cells: object) -> None:
    with office.in_ward() as book:
        book.table("QUY").change(key, **cells)


def test_a_cell_the_ward_changed_is_taken(merged: SmallOffice) -> None:
    in_ward(merged, "PT-2", SO_TIEN=9_999_000)

    done = merged.merge()

    assert [(ChangeKind.CHANGED, "QUY", "SO_TIEN", 1_002_000, 9_999_000)] == [
        (change.kind, change.table, change.field, change.before, change.after) for change in done.changes
    ]
    assert (1, 47, 9_999_000) == (done.counts.applied, done.counts.unchanged, quy(merged)["PT-2"])
    assert 2_002_000 == merged.rows("QUY", "SO_TIEN", unit=TAM_SON)["PT-2"]


def test_a_row_the_ward_adds_and_one_it_deletes(merged: SmallOffice) -> None:
    with merged.in_ward() as book:
        sheet = book.table("QUY")
        sheet.add(SO_CT="PT-9", NGAY="15/9/2024", THU_CHI="Thu", KHOAN_MUC="Hội phí", NOI_DUNG="Mới", SO_TIEN="2 triệu")
        sheet.delete("PT-4")

    done = merged.merge()

    assert (2, 1, 1) == (done.counts.applied, done.counts.added, done.counts.removed)
    assert ["PT-1", "PT-2", "PT-3", "PT-5", "PT-6", "PT-7", "PT-8", "PT-9"] == sorted(quy(merged))
    assert 2_000_000 == quy(merged)["PT-9"]
    assert [("row-removed", {"row": "PT-4"})] == [(one.code, one.args) for one in done.findings]


def test_a_cell_the_ward_empties_becomes_blank_and_is_mentioned(merged: SmallOffice) -> None:
    with merged.in_ward() as book:
        sheet = book.table("HIEN_MAU")
        sheet.put(sheet.line(MA_DOT="HM-09367-2"), DIA_DIEM=None)
        place = sheet.cell(sheet.line(MA_DOT="HM-09367-2"), "DIA_DIEM")

    done = merged.merge()

    assert merged.rows("HIEN_MAU", "DIA_DIEM", unit=DONG_NGAN)["HM-09367-2"] is None
    assert [("cell-emptied", place, "Nhà văn hoá")] == [
        (one.code, one.where.cell, one.args["before"]) for one in done.findings
    ]


def test_a_required_cell_the_ward_empties_keeps_the_masters_value(merged: SmallOffice) -> None:
    in_ward(merged, "PT-2", SO_TIEN=None)

    done = merged.merge()

    assert 1_002_000 == quy(merged)["PT-2"]
    assert ["required-emptied"] == [one.code for one in done.findings]


def test_an_unreadable_cell_keeps_the_masters_value_and_is_an_error(merged: SmallOffice) -> None:
    in_ward(merged, "PT-2", SO_TIEN="khoảng 12k?", NOI_DUNG="Sửa lại")

    done = merged.merge()

    assert (1_002_000, "Sửa lại") == (quy(merged)["PT-2"], quy(merged, "NOI_DUNG")["PT-2"])
    assert done.needs_people


def test_what_the_city_changes_types_and_deletes_stays(merged: SmallOffice) -> None:
    with merged.in_master() as book:
        sheet = book.table("QUY")
        sheet.put(sheet.line(SO_CT="PT-3", _uid=DONG_NGAN.uid), NOI_DUNG=KEPT)
        sheet.add(
            _year=2024, SO_CT="TP-1", NGAY="1/2/2024", THU_CHI="Thu", KHOAN_MUC="Hội phí", NOI_DUNG="x", SO_TIEN=70
        )
        sheet.sheet.delete_rows(sheet.line(SO_CT="PT-8", _uid=DONG_NGAN.uid))
    in_ward(merged, "PT-2", SO_TIEN=9_999_000)

    done = merged.merge()

    assert (9_999_000, KEPT) == (quy(merged)["PT-2"], quy(merged, "NOI_DUNG")["PT-3"])
    assert "PT-8" not in quy(merged)
    assert {"TP-1": ("Thành phố Từ Sơn", 70)} == {
        key: value for key, value in merged.rows("QUY", "_unit", "SO_TIEN").items() if key == "TP-1"
    }
    assert () == done.conflicts
    assert ["city-edits-taken"] == [code for code, _ in done.notices]

    in_ward(merged, "PT-1", SO_TIEN=8_888_000)
    merged.merge()
    assert (8_888_000, KEPT, False) == (quy(merged)["PT-1"], quy(merged, "NOI_DUNG")["PT-3"], "PT-8" in quy(merged))


def test_a_row_the_city_typed_in_two_merges_is_one_row(merged: SmallOffice) -> None:
    with merged.in_master() as book:
        book.table("CAN_BO").add(_year=2024, MA="CB-1", CHUYEN_TRACH="Có", TU_NGAY="1/1/2020")
    merged.merge()
    first = merged.held()
    with merged.in_master() as book:
        book.table("CAN_BO").change("CB-1", CHUC_VU="Phó Chủ tịch")
    merged.merge()

    assert list(first) == list(merged.held())
    assert {"CB-1": "Phó Chủ tịch"} == merged.rows("CAN_BO", "CHUC_VU")


def test_the_same_change_on_both_sides_is_no_conflict(merged: SmallOffice) -> None:
    in_city(merged, "PT-3", NOI_DUNG=KEPT)
    in_ward(merged, "PT-3", NOI_DUNG=KEPT)

    assert () == merged.merge().conflicts
    assert KEPT == quy(merged, "NOI_DUNG")["PT-3"]


def test_different_cells_of_one_row_are_no_conflict(merged: SmallOffice) -> None:
    in_city(merged, "PT-3", NOI_DUNG=KEPT)
    in_ward(merged, "PT-3", SO_TIEN=5_000_000)

    assert () == merged.merge().conflicts
    assert (5_000_000, KEPT) == (quy(merged)["PT-3"], quy(merged, "NOI_DUNG")["PT-3"])


@pytest.fixture
def torn(merged: SmallOffice) -> SmallOffice:
    """Both sides changed one cell; merged once."""
    in_city(merged, "PT-3", SO_TIEN=3_333_000)
    in_ward(merged, "PT-3", SO_TIEN=5_555_000)
    done = merged.merge()
    assert (1, 0, True) == (done.counts.conflicted, done.counts.applied, done.needs_people)
    return merged


def test_a_conflict_keeps_the_masters_value_and_is_listed(torn: SmallOffice) -> None:
    (conflict,) = torn.conflicts()

    assert (1_003_000, 5_555_000, 3_333_000) == (conflict.base, conflict.ward, conflict.master)
    assert ("QUY", "SO_TIEN", "CTD_09367_2024.xlsx", "Sổ quỹ", "H9") == (
        conflict.table,
        conflict.field,
        conflict.place.file,
        conflict.place.sheet,
        conflict.place.cell,
    )
    assert 3_333_000 == quy(torn)["PT-3"]
    row = torn.seen()[CONFLICTS_TAB][4]
    assert (conflict.id, 2024, DONG_NGAN.name, "Sổ quỹ", "H9", "Số tiền") == row[:6]
    assert ("1.003.000", "5.555.000", "3.333.000", None, "CTD_09367_2024.xlsx") == row[6:11]


def test_an_open_conflict_stays_open_and_counted_until_it_is_resolved(torn: SmallOffice) -> None:
    before = torn.conflicts()
    master = torn.master.read_bytes()

    again = torn.merge()

    assert (before, 1, 47, master) == (
        torn.conflicts(),
        again.counts.conflicted,
        again.counts.unchanged,
        torn.master.read_bytes(),
    )
    in_ward(torn, "PT-1", NOI_DUNG="Việc khác")
    third = torn.merge()
    assert ([one.id for one in before], 1) == ([one.id for one in torn.conflicts()], third.counts.conflicted)


@pytest.mark.parametrize(("side", "expected"), [("ward", 5_555_000), ("master", 3_333_000), ("base", 1_003_000)])
def test_a_resolved_conflict_never_comes_back(torn: SmallOffice, side: str, expected: int) -> None:
    (conflict,) = torn.conflicts()
    with torn.open() as book:
        resolve_conflicts(book, {conflict.id: side})

    assert (expected, [], []) == (quy(torn)["PT-3"], torn.conflicts(), torn.seen()[CONFLICTS_TAB][4:])
    again = torn.merge()
    assert (0, 0, 48) == (again.counts.conflicted, again.counts.applied, again.counts.unchanged)
    in_ward(torn, "PT-1", NOI_DUNG="Việc khác")
    third = torn.merge()
    assert (0, 1, expected) == (third.counts.conflicted, third.counts.applied, quy(torn)["PT-3"])
    assert not third.needs_people


def test_undo_of_a_decision_opens_the_conflict_again(torn: SmallOffice) -> None:
    (conflict,) = torn.conflicts()
    before = torn.master.read_bytes()
    with torn.open() as book:
        resolve_conflicts(book, {conflict.id: "ward"})

    assert torn.undo().exact
    assert ([conflict], before) == (torn.conflicts(), torn.master.read_bytes())


def test_a_decision_keeps_what_the_city_typed_meanwhile(torn: SmallOffice) -> None:
    (conflict,) = torn.conflicts()
    in_city(torn, "PT-6", NOI_DUNG=KEPT)
    with torn.open() as book:
        resolve_conflicts(book, {conflict.id: "ward"})

    assert (KEPT, 5_555_000) == (quy(torn, "NOI_DUNG")["PT-6"], quy(torn)["PT-3"])


def test_the_ward_deletes_what_the_city_edited(merged: SmallOffice) -> None:
    in_city(merged, "PT-3", NOI_DUNG=KEPT)
    with merged.in_ward() as book:
        book.table("QUY").delete("PT-3")

    done = merged.merge()

    assert [(None, "có", None, "có")] == [(one.field, one.base, one.ward, one.master) for one in done.conflicts]
    assert KEPT == quy(merged, "NOI_DUNG")["PT-3"]
    with merged.open() as book:
        resolve_conflicts(book, {done.conflicts[0].id: "ward"})
    assert "PT-3" not in quy(merged)
    assert () == merged.merge().conflicts


def test_the_city_deletes_what_the_ward_edits(merged: SmallOffice) -> None:
    with merged.in_master() as book:
        sheet = book.table("QUY")
        sheet.sheet.delete_rows(sheet.line(SO_CT="PT-3", _uid=DONG_NGAN.uid))
    in_ward(merged, "PT-3", NOI_DUNG="Phường sửa")

    done = merged.merge()

    assert [(None, "có", "có", None)] == [(one.field, one.base, one.ward, one.master) for one in done.conflicts]
    assert "PT-3" not in quy(merged)
    with merged.open() as book:
        resolve_conflicts(book, {done.conflicts[0].id: "ward"})
    assert "Phường sửa" == quy(merged, "NOI_DUNG")["PT-3"]
    assert () == merged.merge().conflicts


def test_a_preview_knows_what_the_city_changed_and_changes_nothing(merged: SmallOffice) -> None:
    in_city(merged, "PT-3", SO_TIEN=3_333_000)
    in_ward(merged, "PT-3", SO_TIEN=5_555_000)
    before = merged.master.read_bytes()

    preview = merged.merge(dry_run=True)

    assert (1, 0, None, before) == (
        preview.counts.conflicted,
        preview.counts.applied,
        preview.version,
        merged.master.read_bytes(),
    )
    assert [] == merged.conflicts()
    assert preview.conflicts == merged.merge().conflicts


def test_a_row_keeps_its_id_through_everything(merged: SmallOffice) -> None:
    before = quy(merged, RID)
    in_city(merged, "PT-3", SO_TIEN=3_333_000)
    in_ward(merged, "PT-4", SO_TIEN=1)
    merged.merge()

    assert before == quy(merged, RID)


def test_a_ward_changes_no_other_wards_rows(merged: SmallOffice) -> None:
    others = {key: row for key, row in merged.held().items() if key[0] != DONG_NGAN.uid}
    with merged.in_ward() as book:
        book.table("QUY").delete("PT-1", "PT-2")
        book.table("DON_VI").change("TH-1", TEN="Đổi tên", CO_HOI="Không")

    done = merged.merge(merged.ward_file())

    assert others == {key: row for key, row in merged.held().items() if key[0] != DONG_NGAN.uid}
    assert {Change(ChangeKind.CHANGED, "DON_VI", done.changes[0].rid, "TEN", done.changes[0].before, "Đổi tên")} <= set(
        done.changes
    )
    assert len(UNITS) * 16 - 2 == len(merged.held())
