"""The laws of the merge, whatever the numbers are."""

from __future__ import annotations

from hypothesis import given, settings
from merging_strategies import (
    CODES,
    RIDS,
    TABLE,
    UID,
    WARD,
    YEAR,
    Table3,
    content_of,
    plan,
    rows_of,
    sent_tables,
    tables,
)

from sync.plan import ChangeKind, plan_table, resolve
from xl_ctd.core.records import UNREAD
from xl_ctd.core.submissions import UnitYear

three = given(base=tables(), ours=tables(), theirs=sent_tables())
many = settings(max_examples=300, deadline=None)


def readable(row: tuple[object, ...] | None) -> dict[str, object]:
    return {code: value for code, value in zip(CODES, row or (), strict=False) if value is not UNREAD}


@many
@three
def test_merging_twice_changes_nothing_more(base: Table3, ours: Table3, theirs: Table3) -> None:
    once = plan(base, ours, theirs)
    twice = plan_table(TABLE, once.base, once.state, rows_of(theirs), WARD, YEAR)

    assert content_of(once.state) == content_of(twice.state)
    assert content_of(once.base) == content_of(twice.base)
    assert (0, ()) == (twice.counts.applied, twice.changes)
    assert {c.id for c in once.conflicts} == {c.id for c in twice.conflicts}


@many
@three
def test_every_row_read_is_accounted_for_once(base: Table3, ours: Table3, theirs: Table3) -> None:
    counts = plan(base, ours, theirs).counts

    vanished = len(base.keys() - theirs.keys())
    assert len(theirs) + vanished == counts.read
    assert counts.read == counts.applied + counts.unchanged + counts.conflicted + counts.rejected


@many
@three
def test_a_change_of_the_ward_is_in_the_master_or_in_a_conflict(base: Table3, ours: Table3, theirs: Table3) -> None:
    done = plan(base, ours, theirs)
    state = content_of(done.state)
    open_cells = {(c.rid, c.field) for c in done.conflicts}

    for rid, row in theirs.items():
        was = readable(base.get(rid))
        for code, value in readable(row).items():
            # A row nobody knows and a blank cell say the same thing: nothing reported.
            if value == was.get(code) or (rid, code) in open_cells or (rid, None) in open_cells:
                continue
            assert rid in state
            assert value == state[rid][CODES.index(code)]


@many
@three
def test_a_change_of_the_city_is_never_overwritten(base: Table3, ours: Table3, theirs: Table3) -> None:
    done = plan(base, ours, theirs)
    state = content_of(done.state)

    for rid, row in ours.items():
        was = base.get(rid)
        for place, value in enumerate(row):
            if was is not None and value == was[place]:
                continue
            if was is None and value is None:
                continue
            assert rid in state
            assert value == state[rid][place]


@many
@three
def test_a_conflict_is_exactly_three_different_values(base: Table3, ours: Table3, theirs: Table3) -> None:
    conflicts = plan(base, ours, theirs).conflicts
    cells = {(c.rid, c.field) for c in conflicts if c.field}
    expected = set()
    for rid in ours.keys() & theirs.keys():
        was = base.get(rid, (None,) * len(CODES))
        for code, x, y, z in zip(CODES, theirs[rid], ours[rid], was, strict=True):
            if x is not UNREAD and x != y and x != z and y != z and not (x is None and code == "SO_CT"):
                expected.add((rid, code))

    assert expected == cells


@many
@three
def test_what_was_emptied_or_removed_is_mentioned(base: Table3, ours: Table3, theirs: Table3) -> None:
    done = plan(base, ours, theirs)
    state = content_of(done.state)
    emptied = [
        (rid, place)
        for rid in ours.keys() & theirs.keys() & base.keys()
        for place in range(1, len(CODES))
        if ours[rid][place] is not None and state[rid][place] is None
    ]
    removed = [rid for rid in ours if rid not in state]

    assert len(emptied) == sum(f.code == "cell-emptied" for f in done.findings)
    assert len(removed) == sum(f.code == "row-removed" for f in done.findings)
    assert len(removed) == sum(c.kind is ChangeKind.REMOVED for c in done.changes)


@many
@three
def test_a_decided_conflict_never_comes_back(base: Table3, ours: Table3, theirs: Table3) -> None:
    done = plan(base, ours, theirs)
    for conflict in done.conflicts:
        for value in (conflict.ward, conflict.master, conflict.base) if conflict.field else ():
            before = (UnitYear(UID, YEAR, tables={"QUY": rows}) for rows in (done.state, done.base))
            state, was = (unit_year.table("QUY") for unit_year in resolve(*before, conflict, value))
            again = plan_table(TABLE, was, state, rows_of(theirs), WARD, YEAR)

            assert {c.id for c in done.conflicts} - {conflict.id} == {c.id for c in again.conflicts}
            assert content_of(state) == content_of(again.state)
            assert value == content_of(state)[conflict.rid][CODES.index(str(conflict.field))]


@many
@three
def test_a_row_the_city_deleted_never_comes_back_by_itself(base: Table3, ours: Table3, theirs: Table3) -> None:
    state = content_of(plan(base, ours, theirs).state)

    assert [] == [rid for rid in base if rid not in ours and rid in state]


@many
@three
def test_a_row_without_its_number_is_told_and_never_counts(base: Table3, ours: Table3, theirs: Table3) -> None:
    done = plan(base, ours, {rid: (None, *row[1:]) for rid, row in theirs.items()})
    state = content_of(done.state)
    new = [rid for rid in theirs if rid not in ours and rid not in base]
    kept = [rid for rid in theirs if rid in ours and rid in base]

    assert [] == [rid for rid in new if rid in state]
    assert len(new) == sum(f.code == "required-missing" for f in done.findings) == done.counts.rejected
    assert [ours[rid][0] for rid in kept] == [state[rid][0] for rid in kept]
    assert len(kept) == sum(f.code == "required-emptied" for f in done.findings)


@many
@three
def test_the_order_of_the_rows_in_the_file_does_not_matter(base: Table3, ours: Table3, theirs: Table3) -> None:
    forwards = plan(base, ours, theirs)
    backwards = plan(base, ours, dict(reversed(theirs.items())))

    assert content_of(forwards.state) == content_of(backwards.state)
    assert content_of(forwards.base) == content_of(backwards.base)
    assert forwards.counts == backwards.counts


@many
@given(ours=tables(), theirs=sent_tables())
def test_a_lost_ledger_turns_differences_into_conflicts(ours: Table3, theirs: Table3) -> None:
    done = plan({}, ours, theirs)
    state = content_of(done.state)

    for rid, row in ours.items():
        assert [v for v in row if v is not None] == [
            now for now, old in zip(state[rid], row, strict=True) if old is not None
        ]
    assert not any(change.kind is ChangeKind.REMOVED for change in done.changes)


def test_ids_of_the_strategies_are_good() -> None:
    assert 6 == len(set(RIDS))
