"""Rows and columns that people moved, copied, renamed or stripped of their ids are still recognised."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from by_hand import Book, opened
from small_office import DONG_NGAN, TAM_SON, SmallOffice, build_ward

from workbooks.layouts import RID

SAME = (48, 0, 48, 0, 0)


def counts(office: SmallOffice) -> tuple[int, int, int, int, int]:
    one = office.merge().counts
    return one.read, one.applied, one.unchanged, one.conflicted, one.rejected


def quy(office: SmallOffice, *codes: str) -> dict[object, object]:
    return office.rows("QUY", *codes, unit=DONG_NGAN)


def sorted_backwards(book: Book) -> None:
    for code in ("QUY", "DON_VI", "HIEN_MAU"):
        sheet = book.table(code)
        sheet.replace_rows(list(reversed(sheet.rows())))


def rids_wiped(book: Book) -> None:
    for code in ("QUY", "DON_VI", "HIEN_MAU"):
        sheet = book.table(code)
        for line in range(sheet.first, sheet.last + 1):
            sheet.put(line, **{RID: None})


def column_of_ids_deleted(book: Book) -> None:
    sheet = book.table("QUY")
    sheet.sheet.delete_cols(sheet.columns[RID])


def column_inserted(book: Book) -> None:
    sheet = book.table("QUY")
    sheet.sheet.insert_cols(3)
    sheet.sheet.cell(sheet.first - 1, 3).value = "Ghi chú riêng"
    sheet.sheet.cell(sheet.first, 3).value = "chuyện nhà"


def headers_renamed(book: Book) -> None:
    sheet = book.table("QUY")
    for code, text in {"SO_CT": "Chứng từ số", "SO_TIEN": "Số tiền thu chi"}.items():
        sheet.sheet.cell(sheet.first - 1, sheet.columns[code]).value = text


def codes_wiped(book: Book) -> None:
    sheet = book.table("QUY")
    for column in sheet.columns.values():
        sheet.sheet.cell(sheet.first - 2, column).value = None


def tab_renamed(book: Book) -> None:
    book.table("QUY").sheet.title = "Quỹ Hội 2024"


def table_moved_down(book: Book) -> None:
    book.table("QUY").sheet.insert_rows(1, 4)


def tabs_in_another_order(book: Book) -> None:
    book.book.move_sheet("Sổ quỹ", -5)


def rows_hidden_and_filtered(book: Book) -> None:
    sheet = book.table("QUY").sheet
    for line in (8, 9, 10):
        sheet.row_dimensions[line].hidden = True
    sheet.auto_filter.ref = "A6:L14"
    sheet.auto_filter.add_filter_column(0, ["PT-1"])


def empty_rows_between(book: Book) -> None:
    book.table("QUY").sheet.insert_rows(9, 3)


def total_below(book: Book) -> None:
    sheet = book.table("QUY")
    sheet.put(sheet.last + 2, SO_CT="Tổng cộng", SO_TIEN="=SUM(H7:H14)")


def text_in_decomposed_letters(book: Book) -> None:
    sheet = book.table("QUY")
    for line in range(sheet.first, sheet.last + 1):
        sheet.put(line, NOI_DUNG=unicodedata.normalize("NFD", str(sheet.get(line, "NOI_DUNG"))))


@pytest.mark.parametrize(
    "how",
    [
        sorted_backwards,
        rids_wiped,
        column_of_ids_deleted,
        column_inserted,
        headers_renamed,
        codes_wiped,
        tab_renamed,
        table_moved_down,
        tabs_in_another_order,
        rows_hidden_and_filtered,
        empty_rows_between,
        total_below,
        text_in_decomposed_letters,
    ],
    ids=lambda how: how.__name__,
)
def test_a_workbook_in_disorder_says_the_same(merged: SmallOffice, how: Callable[[Book], None]) -> None:
    rows = merged.held()
    with merged.in_ward() as book:
        how(book)

    assert SAME == counts(merged)
    assert rows == merged.held()


@pytest.mark.parametrize("how", [rids_wiped, column_of_ids_deleted, codes_wiped], ids=lambda how: how.__name__)
def test_a_first_submission_without_ids_gets_the_same_ids_every_time(
    office: SmallOffice, how: Callable[[Book], None]
) -> None:
    with office.in_ward() as book:
        how(book)
    office.merge()
    first = office.held()
    office.undo()
    with office.in_ward() as book:
        sorted_backwards(book)
    office.merge()

    assert first == office.held()
    assert 8 == len(quy(office, "SO_TIEN"))


def test_a_copied_row_becomes_a_new_row_and_the_first_keeps_its_id(merged: SmallOffice) -> None:
    ids = quy(merged, RID)
    with merged.in_ward() as book:
        sheet = book.table("QUY")
        copied = sheet.rows()[2]
        line = sheet.add(SO_CT="x")
        for column, value in enumerate(copied, 1):
            sheet.sheet.cell(line, column).value = value
        sheet.put(line, SO_CT="PT-9", SO_TIEN=1_200_000)

    done = merged.merge()

    assert [("row-id-copied", "A15")] == [(one.code, one.where.cell) for one in done.findings]
    after = quy(merged, RID)
    assert ids == {key: rid for key, rid in after.items() if key != "PT-9"}
    assert after["PT-9"] not in ids.values()
    assert 0 == merged.merge().counts.applied


def test_rows_pasted_from_another_ward_become_this_wards_own(merged: SmallOffice) -> None:
    others = merged.rows("QUY", RID, "SO_TIEN", unit=TAM_SON)
    with merged.in_ward(TAM_SON) as book:
        pasted = book.table("QUY").rows()[:2]
    with merged.in_ward() as book:
        sheet = book.table("QUY")
        for n, row in enumerate(pasted, 1):
            line = sheet.add(SO_CT="x")
            for column, value in enumerate(row, 1):
                sheet.sheet.cell(line, column).value = value
            sheet.put(line, SO_CT=f"TS-{n}")

    done = merged.merge()

    assert [("row-id-foreign", "warning")] * 2 == [
        (one.code, one.severity.value) for one in done.findings if one.code.startswith("row-id")
    ]
    assert 2 == done.counts.added
    assert others == merged.rows("QUY", RID, "SO_TIEN", unit=TAM_SON)
    own = quy(merged, RID)
    assert own["TS-1"] not in {rid for rid, _ in others.values()}
    assert SAME != counts(merged)
    assert 0 == merged.merge().counts.applied


def test_a_row_typed_below_the_table_without_an_id_keeps_its_id_later(merged: SmallOffice) -> None:
    with merged.in_ward() as book:
        sheet = book.table("QUY")
        line = sheet.add(
            SO_CT="PT-9", NGAY="15/9/2024", THU_CHI="Thu", KHOAN_MUC="Hội phí", NOI_DUNG="Mới", SO_TIEN=1_100_000
        )
        sheet.put(line, **{RID: None})
    merged.merge()
    first = quy(merged, RID)["PT-9"]
    with merged.in_ward() as book:
        sheet = book.table("QUY")
        sheet.change("PT-9", SO_TIEN=1_200_000)
        sheet.replace_rows(list(reversed(sheet.rows())))

    done = merged.merge()

    assert (1, 0, first) == (done.counts.applied, done.counts.added, quy(merged, RID)["PT-9"])


def test_a_column_the_ward_added_is_told_and_changes_nothing(merged: SmallOffice) -> None:
    with merged.in_ward() as book:
        column_inserted(book)

    assert [("column-unknown", "Ghi chú riêng")] == [(one.code, one.args["header"]) for one in merged.merge().findings]


def test_a_workbook_built_anew_with_the_same_rows_is_the_same_workbook(merged: SmallOffice) -> None:
    """The template is filled from scratch: other row ids could come of it; they do not."""
    rows = merged.held()
    build_ward(merged.ward_file(), DONG_NGAN)
    with opened(merged.ward_file()):
        pass

    assert SAME == counts(merged)
    assert rows == merged.held()
