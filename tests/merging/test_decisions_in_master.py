"""A choice in the column Quyết định of the sheet Xung đột is as good as the command ``resolve``."""

from __future__ import annotations

import pytest
from small_office import DONG_NGAN, SmallOffice

from sync.history import resolve_conflicts
from workbooks.layouts import CONFLICTS_TAB
from workbooks.master_tables import CONFLICT_DECISIONS


def quy(office: SmallOffice, key: str) -> object:
    return office.rows("QUY", "SO_TIEN", unit=DONG_NGAN)[key]


def decide(office: SmallOffice, text: str, was: str = "1.003.000") -> str:
    """The city chooses in the list on the sheet, in the line of what was this before; the number of the conflict."""
    with office.in_master() as book:
        sheet = book.table("XUNG_DOT")
        line = sheet.line(base=was)
        sheet.put(line, decision=text)
        return str(sheet.get(line, "id"))


@pytest.fixture
def torn(merged: SmallOffice) -> SmallOffice:
    """Two cells that both sides changed; merged once."""
    with merged.in_master() as book:
        sheet = book.table("QUY")
        sheet.put(sheet.line(SO_CT="PT-3", _uid=DONG_NGAN.uid), SO_TIEN=3_333_000)
        sheet.put(sheet.line(SO_CT="PT-5", _uid=DONG_NGAN.uid), SO_TIEN=3_555_000)
    with merged.in_ward() as book:
        book.table("QUY").change("PT-3", SO_TIEN=4_333_000)
        book.table("QUY").change("PT-5", SO_TIEN=4_555_000)
    assert 2 == len(merged.merge().conflicts)
    return merged


@pytest.mark.parametrize(
    ("text", "expected"), list(zip(CONFLICT_DECISIONS, (4_333_000, 3_333_000, 1_003_000), strict=True))
)
def test_a_choice_on_the_sheet_is_taken_at_the_next_merge(torn: SmallOffice, text: str, expected: int) -> None:
    chosen = decide(torn, text)

    done = torn.merge()

    assert (expected, 3_555_000) == (quy(torn, "PT-3"), quy(torn, "PT-5"))
    assert [("decisions-taken", {"count": "1"})] == [
        notice for notice in done.notices if notice[0] == "decisions-taken"
    ]
    assert (1, False) == (len(torn.conflicts()), chosen in {one.id for one in torn.conflicts()})
    assert 1 == len(done.conflicts)
    assert [None] == [row[9] for row in torn.seen()[CONFLICTS_TAB][4:]]
    assert (0, 1) == (torn.merge().counts.applied, len(torn.conflicts()))


def test_words_typed_with_other_letters_are_understood(torn: SmallOffice) -> None:
    decide(torn, " theo PHƯỜNG ")

    torn.merge()

    assert 4_333_000 == quy(torn, "PT-3")


def test_words_that_choose_nothing_are_told_and_change_nothing(torn: SmallOffice) -> None:
    decide(torn, "hỏi lại chị Lan")

    done = torn.merge()

    assert (3_333_000, 2) == (quy(torn, "PT-3"), len(torn.conflicts()))
    assert [("decision-unreadable", CONFLICTS_TAB, "hỏi lại chị Lan")] == [
        (one.code, one.where.sheet, one.args["text"]) for one in done.findings if one.code.startswith("decision")
    ]


def test_a_choice_is_taken_though_the_sheet_was_sorted_and_renamed(torn: SmallOffice) -> None:
    first, second = torn.conflicts()
    with torn.in_master() as book:
        sheet = book.table("XUNG_DOT")
        sheet.put(sheet.line(id=second.id), decision="Theo phường")
        sheet.replace_rows(list(reversed(sheet.rows())))
        sheet.sheet.title = "Cần quyết"

    torn.merge()

    assert [first.id] == [one.id for one in torn.conflicts()]


def test_a_preview_takes_choices_into_account_and_keeps_them(torn: SmallOffice) -> None:
    decide(torn, "Theo phường")
    before = torn.master.read_bytes()

    preview = torn.merge(dry_run=True)

    assert (1, before) == (len(preview.conflicts), torn.master.read_bytes())
    assert 2 == len(torn.conflicts())
    assert 1 == len(torn.merge().conflicts)


def test_a_command_about_one_conflict_takes_the_choice_about_another_along(torn: SmallOffice) -> None:
    first, second = torn.conflicts()
    with torn.in_master() as book:
        sheet = book.table("XUNG_DOT")
        sheet.put(sheet.line(id=second.id), decision="Theo phường")
    with torn.open() as book:
        resolve_conflicts(book, {first.id: "base"})

    assert [] == torn.conflicts()
    assert {first.base, second.ward} == {quy(torn, "PT-3"), quy(torn, "PT-5")}


def test_a_later_edit_of_the_city_is_what_the_master_says(torn: SmallOffice) -> None:
    """The office chooses the master's value after correcting it once more."""
    decide(torn, "Theo sổ tổng hợp")
    with torn.in_master() as book:
        sheet = book.table("QUY")
        sheet.put(sheet.line(SO_CT="PT-3", _uid=DONG_NGAN.uid), SO_TIEN=3_999_000)

    torn.merge()

    assert (3_999_000, 1) == (quy(torn, "PT-3"), len(torn.conflicts()))
    torn.merge()
    assert 3_999_000 == quy(torn, "PT-3")


def test_a_city_that_types_the_wards_value_has_settled_the_conflict(torn: SmallOffice) -> None:
    with torn.in_master() as book:
        sheet = book.table("QUY")
        sheet.put(sheet.line(SO_CT="PT-3", _uid=DONG_NGAN.uid), SO_TIEN=4_333_000)

    torn.merge()

    assert ["PT-5"] == [key for key in ("PT-3", "PT-5") if quy(torn, key) == 3_555_000]
    assert 1 == len(torn.conflicts())
