"""Wards type, the city types, merges, decisions and undoings come in any order: the laws hold at every step."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from paper_office import WARDS, Line, PaperOffice, Seen, line

from sync.history import open_conflicts, resolve_conflicts
from sync.run import MergeReport
from sync.workspace import CannotRun
from xl_ctd.core.records import UNREAD, Cell
from xl_ctd.core.rids import mint

MEMORY = Path("/dev/shm")  # no disk is waited for where there is a folder in memory
Typed = tuple[str, Cell]
FIELDS = ("NOI_DUNG", "SO_TIEN", "DOI_TAC")
VALUES: dict[str, list[Cell]] = {
    "NOI_DUNG": ["a", "b", "c", "d"],
    "SO_TIEN": [1, 2, 3, 1_000],
    "DOI_TAC": [None, "a", "b", "c"],
}
typed = st.sampled_from(FIELDS).flatmap(lambda code: st.tuples(st.just(code), st.sampled_from(VALUES[code])))
wards = st.sampled_from(range(len(WARDS)))
places = st.integers(0, 5)
sides = st.sampled_from(["ward", "master", "base"])


class Office(RuleBasedStateMachine):
    """Two wards, a city and their workbooks."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self.office = PaperOffice(Path(self.folder.name))
        self.sheets: list[list[Line]] = [[] for _ in WARDS]
        self.past: dict[int, Seen] = {}
        self.numbers = 0

    def teardown(self) -> None:
        for version, held in self.past.items():
            assert held == self.office.held(version)
        self.folder.cleanup()

    # --- the wards

    @initialize()
    def wards_begin(self) -> None:
        for ward in range(len(WARDS)):
            for _ in range(3):
                self.ward_adds(ward, True)
            self._send(ward)

    @rule(ward=wards, with_id=st.booleans())
    def ward_adds(self, ward: int, with_id: bool) -> None:
        if len(self.sheets[ward]) >= 5:
            return
        self.numbers += 1
        rid = mint(WARDS[ward].code, WARDS[ward].uid, "QUY", str(self.numbers)) if with_id else ""
        self.sheets[ward].append(line(f"PT-{self.numbers}", "a", 1, rid))
        self._send(ward)

    @rule(ward=wards, place=places, change=typed, unreadable=st.integers(0, 9))
    def ward_types(self, ward: int, place: int, change: Typed, unreadable: int) -> None:
        if self.sheets[ward]:
            code, value = change
            row = self.sheets[ward][place % len(self.sheets[ward])]
            row[code] = UNREAD if unreadable == 0 else value
            self._send(ward)

    @rule(ward=wards)
    def ward_adds_what_cannot_be_read(self, ward: int) -> None:
        self.ward_adds(ward, True)
        self.sheets[ward][-1]["SO_TIEN"] = UNREAD
        self._send(ward)

    @rule(ward=wards, place=places)
    def ward_deletes(self, ward: int, place: int) -> None:
        if self.sheets[ward]:
            del self.sheets[ward][place % len(self.sheets[ward])]
            self._send(ward)

    @rule(ward=wards)
    def ward_sorts(self, ward: int) -> None:
        self.sheets[ward].reverse()
        self._send(ward)

    def _send(self, ward: int) -> None:
        self.office.send(WARDS[ward], self.sheets[ward])

    # --- the city

    @rule(place=st.integers(0, 11), change=typed)
    def city_types(self, place: int, change: Typed) -> None:
        seen = self.office.seen()
        if seen:
            code, value = change
            key = sorted(seen)[place % len(seen)]
            self.office.type_in_master({**seen, key: {**seen[key], code: value}})

    @rule(place=st.integers(0, 11), code=st.sampled_from(FIELDS), side=st.none() | sides, again=st.booleans())
    def both_type_into_one_cell(self, place: int, code: str, side: str | None, again: bool) -> None:
        """Somebody at the ward and somebody at the city, between two merges; then it may be decided at once."""
        self.merge()
        seen, base = self.office.seen(), self.office.held(which="base")
        keys = [key for key in sorted(seen) if key in base and self._typed(key)]
        if not keys:
            return
        key = keys[place % len(keys)]
        ward, city = [value for value in VALUES[code] if value != base[key][code]][:2]
        self._typed(key)[0][code] = ward
        self.office.type_in_master({**seen, key: {**seen[key], code: city}})
        self._send([one.uid for one in WARDS].index(key[0]))
        self.merge()
        with self.office.open() as book:
            assert [code] == [
                one.field for one in open_conflicts(book) if one.rid == base[key]["_rid"] and one.field == code
            ]
        if side is not None:
            self.decide(side, place, again)

    def _typed(self, key: tuple[str, str]) -> list[Line]:
        """The ward's own row of this number."""
        sheet = next(sheet for ward, sheet in zip(WARDS, self.sheets, strict=True) if ward.uid == key[0])
        return [row for row in sheet if row["SO_CT"] == key[1]]

    @rule(ward=wards)
    def city_adds(self, ward: int) -> None:
        self.numbers += 1
        unit = WARDS[ward]
        rid = mint(unit.code, unit.uid, "QUY", f"master/{self.numbers}")
        added = line(f"TP-{self.numbers}", "b", 2, rid)
        self.office.type_in_master({**self.office.seen(), (unit.uid, f"TP-{self.numbers}"): added})

    @rule(place=st.integers(0, 11))
    def city_deletes(self, place: int) -> None:
        seen = self.office.seen()
        if seen:
            del seen[sorted(seen)[place % len(seen)]]
            self.office.type_in_master(seen)

    # --- what is run

    @rule()
    def merge(self) -> None:
        on_paper, base = self.office.seen(), self.office.held(which="base")
        report = self.office.merge()
        self._check_counts(report)
        state = self.office.held()
        open_cells = {(c.uid, c.rid, c.field) for c in report.conflicts}

        assert state == self.office.seen()
        self._check_nothing_of_the_wards_is_lost(base, state, open_cells)
        self._check_nothing_of_the_city_is_lost(base, on_paper, state)
        again = self.office.merge()
        assert (None, 0, ()) == (again.version, again.counts.applied, again.changes)
        assert {c.id for c in report.conflicts} == {c.id for c in again.conflicts}
        self._check_counts(again)

    def _check_counts(self, report: MergeReport) -> None:
        counts = report.counts
        assert counts.read == counts.applied + counts.unchanged + counts.conflicted + counts.rejected
        assert () == report.held

    def _check_nothing_of_the_wards_is_lost(
        self, base: Seen, state: Seen, open_cells: set[tuple[str, str, str | None]]
    ) -> None:
        for ward, lines in zip(WARDS, self.sheets, strict=True):
            for row in lines:
                key = ward.uid, str(row["SO_CT"])
                was = base.get(key)
                if any(row[code] is UNREAD for code in ("NOI_DUNG", "SO_TIEN")) and was is None:
                    assert key not in state  # a new row that cannot be read whole is told, and waits
                    continue
                rid = str((was or state.get(key, row))["_rid"])
                for code in FIELDS:
                    one_sided = row[code] is not UNREAD and row[code] != (was[code] if was else None)
                    if one_sided and not {(ward.uid, rid, code), (ward.uid, rid, None)} & open_cells:
                        assert row[code] == state.get(key, {}).get(code), (key, code)

    def _check_nothing_of_the_city_is_lost(self, base: Seen, on_paper: Seen, state: Seen) -> None:
        for key, row in on_paper.items():
            was = base.get(key)
            for code in FIELDS:
                if was is None and row[code] is None:
                    continue
                if was is None or row[code] != was[code]:
                    assert row[code] == state.get(key, {}).get(code), (key, code)
        assert [] == [key for key in base if key not in on_paper and key in state]

    @rule()
    def undo_gives_back_what_was_there(self) -> None:
        self.merge()
        before, bytes_before = self.office.seen(), self.office.workspace.master.read_bytes()
        self.ward_adds(0, False)
        report = self.office.merge()
        if report.version is None:
            return
        after = self.office.held()

        self.office.undo()
        assert before == self.office.held() == self.office.seen()
        assert bytes_before == self.office.workspace.master.read_bytes()
        self.office.merge()
        assert after == self.office.held()

    @rule(change=typed, place=st.integers(0, 11))
    def undo_keeps_what_the_city_typed_since(self, change: Typed, place: int) -> None:
        self.city_types(place, change)
        on_paper = self.office.seen()
        with self.office.ledger() as ledger:
            versions = ledger.versions()
        written = self.office.held() if versions else {}
        try:
            self.office.undo()
        except CannotRun as nothing_left:
            assert "nothing-to-undo" == nothing_left.code
            return
        state = self.office.held()
        assert state == self.office.seen()
        for key, row in on_paper.items():
            for code in FIELDS:
                if key in written and row[code] != written[key][code]:
                    assert row[code] == state.get(key, {}).get(code), (key, code)

    @rule(side=sides, which=places, again=st.booleans())
    def decide(self, side: str, which: int, again: bool) -> None:
        """Somebody decides a conflict; the city may have typed into its cell again since it was found."""
        self.office.merge()
        with self.office.open() as book:
            waiting = open_conflicts(book)
        if not waiting:
            return
        conflict = waiting[which % len(waiting)]
        code = conflict.field
        if again and code is not None:
            seen = self.office.seen()
            value = next(one for one in VALUES[code] if one not in (conflict.base, conflict.ward, conflict.master))
            anew = {key: {**row, code: value} for key, row in seen.items() if row["_rid"] == conflict.rid}
            self.office.type_in_master({**seen, **anew})
        present = self._row(self.office.seen(), conflict.rid)
        with self.office.open() as book:
            resolve_conflicts(book, {conflict.id: side})
        state = self.office.held()
        row = self._row(state, conflict.rid)
        assert state == self.office.seen()
        if code is not None:
            assert present and row
            expected = {"ward": conflict.ward, "master": present[code], "base": conflict.base}
            assert {**present, code: expected[side]} == row
        elif side != "base":
            assert (getattr(conflict, side) is None) == (row is None)
        report = self.office.merge()
        assert conflict.id not in {one.id for one in report.conflicts}
        assert state == self.office.held()

    def _row(self, seen: Seen, rid: str) -> Line | None:
        return next((row for row in seen.values() if row["_rid"] == rid), None)

    # --- always

    @invariant()
    def history_only_grows(self) -> None:
        with self.office.ledger() as ledger:
            numbers = [version.number for version in ledger.versions()]
        assert list(range(len(numbers), 0, -1)) == numbers
        for number in numbers:
            if number not in self.past:
                self.past[number] = self.office.held(number)


TestOffice = Office.TestCase
TestOffice.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
