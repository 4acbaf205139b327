"""Again, in any order, one at a time, taken back and done again: the master says the same."""

import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path

import orjson
import pytest
from office import NOW, UNITS
from small_office import ROWS_OF_A_WARD, DemoOffice, SmallOffice

from sync.kept import FILE
from sync.master_file import INDEX_FILE
from sync.run import MergeReport
from sync.workspace import CannotRun

LATER = NOW + timedelta(days=1)


def counts(done: MergeReport) -> tuple[int, int, int, int, int]:
    one = done.counts
    return one.read, one.applied, one.unchanged, one.conflicted, one.rejected


def test_a_clean_merge_takes_every_row_and_says_nothing(office: SmallOffice) -> None:
    done = office.merge()

    assert (48, 48, 0, 0, 0) == counts(done)
    assert ((), (), (), 1) == (done.held, done.findings, done.conflicts, done.version)
    assert not done.needs_people


def test_merging_the_same_files_again_writes_nothing(merged: SmallOffice) -> None:
    before = merged.master.read_bytes()
    folder = sorted(path.name for path in merged.workspace.folder.iterdir())

    again = merged.merge(now=LATER)

    assert (48, 0, 48, 0, 0) == counts(again)
    assert (None, ()) == (again.version, again.notices)
    assert before == merged.master.read_bytes()
    assert folder == sorted(path.name for path in merged.workspace.folder.iterdir())


def test_merging_the_demonstration_again_writes_nothing(demo: DemoOffice) -> None:
    before = demo.master.read_bytes()

    again = demo.merge(now=datetime(2025, 1, 7, 8, 0))

    assert (0, None, before) == (again.counts.applied, again.version, demo.master.read_bytes())
    one = again.counts
    assert one.read == one.unchanged + one.conflicted + one.rejected


def test_wards_may_arrive_in_any_order_and_one_at_a_time(office: SmallOffice, tmp_path: Path) -> None:
    together = office.copied(tmp_path / "together")
    together.merge()
    expected = together.seen()
    for number, order in enumerate([*permutations(UNITS)][1::2]):
        alone = office.copied(tmp_path / str(number))
        for unit in order:
            alone.merge(alone.ward_file(unit))

        assert expected == alone.seen()
        assert together.figures() == alone.figures()


def parts(master: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(master) as package:
        return {name: package.read(name) for name in package.namelist()}


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: None,
        lambda content: content[:-100],
        lambda content: content.replace(b"2", b"3", 40),
    ],
    ids=["gone", "cut off", "other digits"],
)
@pytest.mark.parametrize("name", [FILE, INDEX_FILE])
def test_what_is_remembered_may_be_gone_or_damaged_and_changes_nothing(
    office: SmallOffice, tmp_path: Path, name: str, damage: Callable[[bytes], bytes | None]
) -> None:
    office.merge(office.ward_file(UNITS[0]))
    whole = office.copied(tmp_path / "whole")
    remembered = office.workspace.folder / name
    content = damage(remembered.read_bytes())
    remembered.unlink() if content is None else remembered.write_bytes(content)

    office.merge()
    whole.merge()

    assert parts(whole.master) == parts(office.master)


def test_where_the_blocks_lie_is_known_again_after_one_merge(merged: SmallOffice) -> None:
    remembered = merged.workspace.folder / INDEX_FILE
    expected = orjson.loads(remembered.read_bytes()).keys()
    remembered.unlink()
    with merged.in_ward() as book:
        book.table("QUY").change("PT-3", SO_TIEN=1_555_000)

    merged.merge(now=LATER)

    assert {"tblQUY", "tblDON_VI", "tblSoLieu"} <= expected
    assert expected == orjson.loads(remembered.read_bytes()).keys()


def test_the_demonstrations_wards_may_arrive_in_any_order(demo: DemoOffice) -> None:
    """Backwards, in three deliveries, last year's files last: the same data, figures, findings and progress."""
    expected = demo.seen()
    demo.undo()
    assert [] == demo.seen()["Tiến độ nộp"][4:]
    files = sorted(demo.inbox.glob("*.xlsx"), key=lambda path: (path.stem[-4:], path.name), reverse=True)
    for start in (0, 9, 18):
        demo.merge(*files[start : start + 9])

    assert expected == demo.seen()


def test_undo_restores_the_master_byte_for_byte_back_to_the_empty_one(office: SmallOffice) -> None:
    empty = office.master.read_bytes()
    office.merge(office.ward_file(UNITS[0]))
    one = office.master.read_bytes()
    office.merge(now=LATER)

    first = office.undo(LATER)
    assert (2, True, one) == (first.version, first.exact, office.master.read_bytes())
    second = office.undo(LATER)
    assert (1, True, empty) == (second.version, second.exact, office.master.read_bytes())
    assert {} == office.held()


def test_what_was_taken_back_can_be_merged_again(office: SmallOffice) -> None:
    office.merge()
    expected, figures, held = office.seen(), office.figures(), office.held()
    office.undo()

    again = office.merge()

    assert 3 * ROWS_OF_A_WARD == again.counts.applied
    assert (expected, figures, held) == (office.seen(), office.figures(), office.held())


def test_undo_after_the_city_edited_the_master_keeps_the_edit(office: SmallOffice) -> None:
    office.merge(office.ward_file(UNITS[0]), office.ward_file(UNITS[1]))
    office.merge(office.ward_file(UNITS[2]), now=LATER)
    with office.in_master() as book:
        quy = book.table("QUY")
        quy.put(quy.line(SO_CT="PT-3", _uid=UNITS[0].uid), NOI_DUNG="Hội phí quý I")

    undone = office.undo(LATER)

    assert (2, False) == (undone.version, undone.exact)
    assert "Hội phí quý I" == office.rows("QUY", "NOI_DUNG", unit=UNITS[0])["PT-3"]
    assert {} == office.rows("QUY", "NOI_DUNG", unit=UNITS[2])
    assert 8 == len(office.rows("QUY", "NOI_DUNG", unit=UNITS[1]))


def test_undo_with_nothing_left_changes_nothing(office: SmallOffice) -> None:
    office.merge()
    office.undo()
    before = office.master.read_bytes()

    with pytest.raises(CannotRun) as stop:
        office.undo()

    assert ("nothing-to-undo", before) == (stop.value.code, office.master.read_bytes())
