"""The master as the merge sees it: its ledger, its setup, what each unit holds; opened once for one run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sync.apply import When, record
from sync.city_edits import overlay
from sync.encoding import decode, encode, pack, unpack
from sync.ledger import Ledger, Slot, Version
from sync.master_file import write_master
from sync.notes import Notes, finding_from, from_plain, plain_finding
from sync.tallying import tallies_of, tally_names
from sync.workspace import Workspace, file_digest
from workbooks.read_master import read_master
from workbooks.setup_reading import read_plan_id, read_setup
from xl_ctd.core.books import Tallies
from xl_ctd.core.checks import check_across
from xl_ctd.core.findings import Finding
from xl_ctd.core.submissions import UnitYear
from xl_ctd.plans import load_plan

UnitKey = tuple[str, int]
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Held:
    """The part of the ledger that a run looks at again and again."""

    slots: dict[UnitKey, Slot] = field(default_factory=dict)
    notes: dict[UnitKey, Notes] = field(default_factory=dict)


class MasterBook:
    """One master, opened for one run. ``notices`` collects what the run did about the master itself."""

    def __init__(self, workspace: Workspace, ledger: Ledger, now: datetime, who: str) -> None:
        self.workspace, self.ledger, self.now, self.who = workspace, ledger, now, who
        self.notices: list[tuple[str, dict[str, str]]] = []
        self.plan = load_plan(read_plan_id(workspace.master))
        self.setup, self.setup_findings = read_setup(workspace.master, self.plan)
        self._held = Held()
        self.reload()

    def reload(self) -> None:
        """Look at the newest version of the ledger."""
        slots = self.ledger.slots()
        stored = self.ledger.fetch_all(slot.notes for slot in slots.values() if slot.notes)
        notes = {key: from_plain(unpack(stored[slot.notes])) if slot.notes else Notes() for key, slot in slots.items()}
        self._held = Held(slots, notes)
        self.__dict__.pop("tallies", None)

    @property
    def slots(self) -> Mapping[UnitKey, Slot]:
        """Every unit and year in the ledger's newest version."""
        return self._held.slots

    @property
    def notes(self) -> Mapping[UnitKey, Notes]:
        """What is remembered of every unit and year."""
        return self._held.notes

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def when(self) -> When:
        return When(self.now.isoformat(timespec="seconds"), self.who)

    @cached_property
    def tallies(self) -> Tallies:
        """Every unit's tallies up to today; what had to be counted anew is counted from the stored rows."""
        kept = {key: notes.tallies for key, notes in self.notes.items()}
        found, _ = tallies_of(self.setup, self.slots, kept, self.ledger.unit_year, self.today)
        return found

    def name_of(self, uid: str) -> str:
        unit = self.setup.units.by_uid.get(uid)
        return unit.name if unit else uid

    def code_of(self, uid: str) -> str:
        unit = self.setup.units.by_uid.get(uid)
        return unit.code if unit else uid

    def confirmed(self) -> frozenset[str]:
        """The digests of files that a person let pass or chose."""
        return frozenset(event.detail["digest"] for event in self.ledger.events("decision"))

    def missing(self, years: Iterable[int], also_sent: Iterable[UnitKey] = ()) -> tuple[str, ...]:
        """Names of units that owe a workbook for these years and have none, in official order."""
        sent = {key for key, notes in self.notes.items() if notes.file} | set(also_sent)
        return tuple(
            f"{unit.name} ({year})"
            for year in sorted(set(years))
            for unit in self.setup.units.expected_in(year)
            if (unit.uid, year) not in sent
        )

    def across(self, years: Iterable[int]) -> tuple[Finding, ...]:
        """What only shows when units stand side by side."""
        return tuple(finding for year in sorted(set(years)) for finding in check_across(self.tallies, self.setup, year))

    def loose_are(self, findings: Iterable[Finding]) -> bool:
        """Are these the findings without a unit that the newest version already shows?"""
        last = self._last("merge")
        shown = [plain_finding(finding_from(item)) for item in last.detail.get("loose", [])] if last else []
        return shown == [plain_finding(finding) for finding in findings]

    def loose(self) -> tuple[Finding, ...]:
        """The findings of the newest merge that belong to no unit."""
        last = self._last("merge")
        return tuple(finding_from(item) for item in last.detail.get("loose", [])) if last else ()

    def _last(self, action: str) -> Version | None:
        return next((version for version in self.ledger.versions() if version.action == action), None)

    # --- the master on disk and the ledger

    @cached_property
    def _written(self) -> tuple[int, str] | None:
        """The version and digest of the master as we last wrote it, None when we never did."""
        events = self.ledger.events("written")
        return (events[-1].version, events[-1].detail["digest"]) if events else None

    @property
    def is_stale(self) -> bool:
        """Does the master on disk still lack what the ledger's newest version says?"""
        last = self.ledger.last_version()
        return last is not None and (self._written is None or self._written[0] < last.number)

    def finish_interrupted(self) -> None:
        """After a crash the ledger may be ahead of the file: tell so; the write of this run brings the file along.

        When the file was replaced but that was not noted, only the note is missing.
        """
        last = self.ledger.last_version()
        if last is None or not self.is_stale:
            return
        begun = self.ledger.events("writing", last.number)
        digest = file_digest(self.workspace.master)
        if begun and begun[-1].detail["digest"] == digest:
            self.note_written(last.number, digest)
            self.notices.append(("interrupted-after-write", {"version": str(last.number)}))
        else:
            self.notices.append(("interrupted-before-write", {"version": str(last.number)}))

    def untouched_since_written(self) -> bool:
        """Is the master on disk, byte for byte, what we wrote last?"""
        return self._written is not None and self._written[1] == file_digest(self.workspace.master)

    def notes_of(self, slot: Slot) -> Notes:
        """The notes that belonged to a slot of any version."""
        return from_plain(self.ledger.notes(slot.notes))

    def note_writing(self, version: int, digest: str) -> None:
        """Note which bytes are about to become the master, so that a crash just after it is understood."""
        with self.ledger.adding() as adding:
            adding.event(version, self.when.at, "writing", pack({"digest": digest}))

    def note_written(self, version: int, digest: str) -> None:
        with self.ledger.adding() as adding:
            adding.event(version, self.when.at, "written", pack({"digest": digest}))
        self.__dict__.pop("_written", None)

    def city_edits(self) -> dict[UnitKey, UnitYear]:
        """What each unit holds after the office's own edits in the master, for the units it edited."""
        if self.untouched_since_written():
            return {}
        content = read_master(self.workspace.master, self.setup)
        self.setup_findings = (*self.setup_findings, *content.findings)
        written = self.ledger.slots(self._written[0]) if self._written else {}
        edited: dict[UnitKey, UnitYear] = {}
        for key in sorted({*content.holdings, *written, *self.slots}):
            was, current = (
                self.stored(written.get(key) or _nothing(key)),
                self.stored(self.slots.get(key) or _nothing(key)),
            )
            found = self._within_reach(content.holdings.get(key) or UnitYear(*key), was)
            after = overlay(was, found, current)
            if after != current:
                edited[key] = after
        return edited

    def _within_reach(self, found: UnitYear, was: UnitYear) -> UnitYear:
        """A table too large for a sheet stands only in the ledger: its absence from the master says nothing."""
        oversized = self.ledger.last_version()
        codes = oversized.detail.get("oversized", []) if oversized else []
        return replace(found, tables={**found.tables, **{code: was.table(code) for code in codes}})

    def stored(self, slot: Slot) -> UnitYear:
        """What a slot's unit held; nothing for a slot that is empty yet."""
        return self.ledger.unit_year(slot.state) if slot.state else UnitYear(slot.uid, slot.year)

    def take_in_city_edits(self) -> None:
        """Record what the office changed in the master as a version of its own, before anything is merged."""
        edited = self.city_edits()
        if not edited:
            return
        pieces: dict[str, bytes] = {}
        changed: list[tuple[Slot, Notes]] = []
        for key, unit_year in edited.items():
            encoded = encode(unit_year)
            pieces.update(encoded.pieces)
            slot = self.slots.get(key) or _nothing(key)
            notes = self.notes.get(key) or Notes()
            changed.append((replace(slot, state=encoded.root), replace(notes, tables=encoded.tables)))
        self.record("edit", changed, pieces, {"units": sorted({uid for uid, _ in edited})})
        self.notices.append(
            ("city-edits-taken", {"units": ", ".join(sorted({self.name_of(uid) for uid, _ in edited}))})
        )

    def record(
        self, action: str, changed: list[tuple[Slot, Notes]], pieces: Mapping[str, bytes], detail: Mapping[str, Any]
    ) -> int:
        """Add a version, its tallies counted, and look at it."""
        version = record(self.ledger, action, self.when, self._counted(changed, pieces), pieces, detail)
        self.reload()
        return version

    def _counted(self, changed: list[tuple[Slot, Notes]], pieces: Mapping[str, bytes]) -> list[tuple[Slot, Notes]]:
        slots = {**self.slots, **{(slot.uid, slot.year): slot for slot, _ in changed}}

        def stored(root: str) -> UnitYear:
            return decode(root, lambda digest: pieces.get(digest) or self.ledger.fetch(digest))

        counted = []
        for slot, notes in changed:
            key = (slot.uid, slot.year)
            if not tally_names(self.setup, slots, key, self.today):
                counted.append((slot, notes))
                continue
            only = {key: slot, **{k: s for k, s in slots.items() if k == (slot.uid, slot.year - 1)}}
            _, fresh = tallies_of(self.setup, only, {key: notes.tallies}, stored, self.today)
            counted.append((slot, replace(notes, tallies=fresh.get(key, notes.tallies))))
        return counted

    def write(self, progress: Progress = lambda done, total: None, *, workers: int | None = None) -> None:
        """Bring the master on disk to the ledger's newest version."""
        version = self.ledger.last_version()
        if version is None:
            return
        write_master(self, version, progress, workers)


def _nothing(key: UnitKey) -> Slot:
    return Slot(*key, None, None, None, None)


@contextmanager
def open_book(workspace: Workspace, now: datetime, who: str, ledger_url: str | None = None) -> Iterator[MasterBook]:
    """Open a master with its ledger; ``ledger_url`` names another database than the one beside the master."""
    with Ledger(ledger_url) if ledger_url else Ledger.beside(workspace.folder) as ledger:
        yield MasterBook(workspace, ledger, now, who)
