"""A master that lost something of ours: nothing is decided for it, neither in the file nor in the ledger."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from by_hand import Book
from small_office import DONG_NGAN, SmallOffice

from workbooks.layouts import PROGRESS_TAB
from workbooks.master_tables import NAME_FOOTNOTES
from workbooks.package import WriteRefused


def lose_sheets(book: Book) -> None:
    del book.book["Hỗ trợ"], book.book[PROGRESS_TAB]


def lose_name(book: Book) -> None:
    del book.book.defined_names[NAME_FOOTNOTES]


def versions(office: SmallOffice) -> int:
    with office.open() as book:
        return len(book.ledger.versions())


@pytest.mark.parametrize(
    ("lose", "code", "named"),
    [
        (lose_sheets, "write-table-missing", {"table": "Hỗ trợ, Tiến độ nộp"}),
        (lose_name, "write-name-missing", {"name": NAME_FOOTNOTES}),
    ],
)
def test_nothing_is_decided_for_a_master_that_lost_something_of_ours(
    merged: SmallOffice, lose: Callable[[Book], None], code: str, named: dict[str, str]
) -> None:
    with merged.in_ward() as book:
        book.table("QUY").change("PT-1", NOI_DUNG="Sửa")
    with merged.in_master() as master:
        fund = master.table("QUY")
        fund.put(fund.line(SO_CT="PT-2", _uid=DONG_NGAN.uid), NOI_DUNG="Thành phố sửa")
        lose(master)
    before, then = merged.master.read_bytes(), versions(merged)

    for step in (lambda: merged.merge(dry_run=True), merged.merge, merged.undo):
        with pytest.raises(WriteRefused) as refused:
            step()
        assert (code, {"file": merged.master.name, **named}) == (refused.value.code, refused.value.details)

    assert (before, then) == (merged.master.read_bytes(), versions(merged))
