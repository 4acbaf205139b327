"""The master as the merge sees it: its ledger, its setup, what each unit holds; opened once for one run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sync.apply import When, record
from sync.city_edits import overlay
from sync.encoding import decode, encode, pack, unpack
from sync.kept import KeptTexts
from sync.ledger import Ledger, Slot, Version
from sync.master_content import MOST_ROWS
from sync.master_file import restore_master, write_master
from sync.master_whole import refuse_incomplete
from sync.notes import Notes, finding_from, from_plain, plain_finding
from sync.pool import Workers
from sync.progress import Progress, progress_of
from sync.setup_changes import changed_tabs, read_setup_of, setup_digests
from sync.tallying import tallies_of, tally_names
from sync.workspace import CannotRun, Workspace, file_digest
from workbooks.layouts import RID
from workbooks.read_master import MasterUnreadable, Stray, read_master
from workbooks.setup_reading import read_version
from xl_ctd.core.books import Books, Tallies
from xl_ctd.core.checks import check_across
from xl_ctd.core.findings import Finding
from xl_ctd.core.records import UNREAD
from xl_ctd.core.scorecard import Figure, score
from xl_ctd.core.submissions import Hold, UnitYear
from xl_ctd.core.targets import Target
from xl_ctd.messages import message

UnitKey = tuple[str, int]
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Held:
    """A unit that waits for a person, in the words of the report."""

    unit: str
    name: str
    year: int
    hold: Hold
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _View:
    """The part of the ledger that a run looks at again and again."""

    slots: Mapping[UnitKey, Slot] = field(default_factory=dict)
    notes: Mapping[UnitKey, Notes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CityEdits:
    """What the office changed in the master: the units it touched, and rows of no unit we know."""

    units: Mapping[UnitKey, UnitYear] = field(default_factory=dict)
    strays: tuple[Mapping[str, Any], ...] | None = None


class MasterBook:
    """One master, opened for one run. ``notices`` collects what the run did about the master itself."""

    def __init__(self, workspace: Workspace, ledger: Ledger, now: datetime, who: str) -> None:
        self.workspace, self.ledger, self.now, self.who = workspace, ledger, now, who
        self.notices: list[tuple[str, dict[str, str]]] = []
        self.imagined: Mapping[str, bytes] = {}
        self.is_older_copy = False
        self.plan, self.setup, self.setup_findings = read_setup_of(workspace.master)
        self._view = _View()
        self._read_notes: dict[str | None, Notes] = {None: Notes()}
        self.reload()

    def reload(self) -> None:
        """Look at the newest version of the ledger."""
        slots = self.ledger.slots()
        stored = self.ledger.fetch_all(
            slot.notes for slot in slots.values() if slot.notes and slot.notes not in self._read_notes
        )
        self._read_notes |= {name: from_plain(unpack(data)) for name, data in stored.items()}
        self._look_at(slots, {key: self._read_notes[slot.notes] for key, slot in slots.items()})

    def _look_at(self, slots: Mapping[UnitKey, Slot], notes: Mapping[UnitKey, Notes]) -> None:
        self._view = _View(slots, notes)
        for name in ("tallies", "books", "figures_by_year", "versions", "_across_by_year"):
            self.__dict__.pop(name, None)

    def let_go(self) -> None:
        """Keep no longer in memory what figures were made from; whoever asks once more has it made once more."""
        for name in ("tallies", "books"):
            self.__dict__.pop(name, None)

    @property
    def slots(self) -> Mapping[UnitKey, Slot]:
        """Every unit and year in the ledger's newest version."""
        return self._view.slots

    @property
    def notes(self) -> Mapping[UnitKey, Notes]:
        """What is remembered of every unit and year."""
        return self._view.notes

    @cached_property
    def versions(self) -> list[Version]:
        """The history, newest first."""
        return self.ledger.versions()

    @cached_property
    def targets(self) -> Mapping[str, Target]:
        """The targets in force by their id."""
        return {target.id: target for target in self.setup.targets}

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def when(self) -> When:
        return When(self.now.isoformat(timespec="seconds"), self.who)

    @cached_property
    def kept(self) -> KeptTexts:
        """What earlier runs worked out."""
        return KeptTexts(self.workspace.folder)

    @cached_property
    def tallies(self) -> Tallies:
        """Every unit's tallies up to today; what had to be counted anew is counted from the stored rows."""
        kept = {key: notes.tallies for key, notes in self.notes.items()}
        found, _ = tallies_of(self.setup, self.slots, kept, self.unit_year, self.today)
        return found

    def name_of(self, uid: str) -> str:
        unit = self.setup.units.by_uid.get(uid)
        return unit.name if unit else uid

    def code_of(self, uid: str) -> str:
        unit = self.setup.units.by_uid.get(uid)
        return unit.code if unit else uid

    @cached_property
    def figures_by_year(self) -> dict[int, tuple[Figure, ...]]:
        """Judged figures already worked out in this run."""
        return {}

    def figures_of(self, year: int) -> tuple[Figure, ...]:
        """Every target of a year, judged on its last day or today."""
        if year not in self.figures_by_year:
            self.figures_by_year[year] = score(self.setup, self.tallies, year, as_of=self.today)
        return self.figures_by_year[year]

    def figures(self, as_of: date | None) -> tuple[Figure, ...]:
        """Every target on a day; without one, of the year shown on the board."""
        if as_of is None:
            return self.figures_of(self.setup.shown_year)
        tallies, _ = tallies_of(self.setup, self.slots, {}, self.unit_year, as_of)
        return score(self.setup, tallies, as_of.year, as_of=as_of)

    def progress(self) -> list[Progress]:
        """Who has sent what, for every year that anybody reported."""
        return progress_of(self.setup, self.notes, {year for _, year in self.slots}, self.today)

    def held(self) -> list[Held]:
        """The units that wait for a person."""
        return [
            Held(self.code_of(uid), self.name_of(uid), year, notes.hold, tuple(name for name, _ in notes.waiting))
            for (uid, year), notes in sorted(self.notes.items())
            if notes.hold is not None
        ]

    def held_unit(self, code: str, year: int | None) -> UnitKey:
        """The waiting unit with a code, or a key. Raises ``CannotRun`` when none waits."""
        waiting = [
            key
            for key, notes in sorted(self.notes.items())
            if notes.hold and code in (key[0], self.code_of(key[0])) and year in (None, key[1])
        ]
        if not waiting:
            raise CannotRun("unit-not-held", unit=code)
        return waiting[-1]

    @property
    def strays(self) -> list[Mapping[str, Any]]:
        """Rows the office typed that belong to no unit we know; they are kept as they are."""
        last = next((v for v in self.versions if "strays" in v.detail), None)
        return list(last.detail["strays"]) if last else []

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
        for year in sorted(set(years) - self._across_by_year.keys()):
            self._across_by_year[year] = check_across(self.tallies, self.setup, year, self.kept.answer)
        return tuple(finding for year in sorted(set(years)) for finding in self._across_by_year[year])

    @cached_property
    def _across_by_year(self) -> dict[int, tuple[Finding, ...]]:
        return {}

    @cached_property
    def books(self) -> Books:
        """All tallies side by side, as of today."""
        return Books(self.setup, self.tallies, self.today, self.kept.answer)

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
        return next((version for version in self.versions if version.action == action), None)

    # --- the master on disk and the ledger

    @cached_property
    def _written(self) -> tuple[int, str] | None:
        """The version and digest of the master as we last wrote it, None when we never did."""
        events = self.ledger.events("written")
        return (events[-1].version, events[-1].detail["digest"]) if events else None

    @property
    def is_stale(self) -> bool:
        """Does the master on disk still lack what the ledger's newest version says?"""
        return self.is_behind or self.is_older_copy or bool(self._written_detail.get("behind"))

    @property
    def is_behind(self) -> bool:
        """Was the newest version never written?"""
        last = self.ledger.last_version()
        return last is not None and (self._written is None or self._written[0] < last.number)

    @property
    def _written_detail(self) -> Mapping[str, Any]:
        events = self.ledger.events("written")
        return events[-1].detail if events else {}

    def finish_interrupted(self) -> Version | None:
        """After a crash the ledger may be ahead of the file: bring the file along before anything else, and tell so.

        When the file was replaced but that was not noted, only the note is missing. The office may have typed into
        the master since; that is taken in first. The version that had been cut off, None when all was well.
        """
        self.workspace.clear_unfinished()
        last = self.ledger.last_version()
        if last is None or not self.is_behind:
            return None
        digest = file_digest(self.workspace.master)
        begun = next((e for e in self.ledger.events("writing", last.number) if e.detail["digest"] == digest), None)
        if begun is not None:
            self.note_written(last.number, begun.detail)
            self.notices.append(("interrupted-after-write", {"version": str(last.number)}))
            return last
        self.notices.append(("interrupted-before-write", {"version": str(last.number)}))
        backup = self.workspace.backup_of(last.detail.get("undoes", 0))
        if self.untouched_since_written() and backup.is_file() and last.detail.get("restores") == file_digest(backup):
            restore_master(self, backup, last.number)
            return last
        self.take_in_city_edits()
        self.write()
        return last

    def looks(self, digest: str, version: int) -> dict[str, Any]:
        """What to remember of a master just made: its bytes, the version it says it is of, and the setup its figures
        were judged by."""
        return {"digest": digest, "says": version, "setup": setup_digests(self.setup), "behind": False}

    def looks_restored(self, digest: str, version: int) -> dict[str, Any]:
        """The same of a master that an undo brings back. It is ``behind`` when it carries what the office typed just
        before the step that is undone: its figures do not know that yet, the ledger does."""
        undone = next(v.detail["undoes"] for v in self.ledger.versions() if v.number == version)
        earlier = [event for event in self.ledger.events("written") if event.version < undone]
        before, number = (earlier[-1].detail, earlier[-1].version) if earlier else ({}, 0)
        return {
            "digest": digest,
            "says": before.get("says", 0),
            "setup": before.get("setup", {}),
            "behind": number < undone - 1,
        }

    def untouched_since_written(self) -> bool:
        """Is the master on disk, byte for byte, what we wrote last?"""
        return self._written is not None and self._written[1] == file_digest(self.workspace.master)

    def notes_of(self, slot: Slot) -> Notes:
        """The notes that belonged to a slot of any version."""
        return from_plain(self.ledger.notes(slot.notes))

    def note_writing(self, version: int, detail: Mapping[str, Any]) -> None:
        """Note which bytes are about to become the master, so that a crash just after it is understood."""
        with self.ledger.adding() as adding:
            adding.event(version, self.when.at, "writing", pack(detail))

    def note_orphans(self, version: int, orphans: list[tuple[str, str, str, str]]) -> None:
        """Keep what the office had written beside rows that are gone now, and say so."""
        if not orphans:
            return
        with self.ledger.adding() as adding:
            adding.event(version, self.when.at, "orphans", pack({"cells": orphans}))
        texts = "; ".join(f"{column}: {text}" for _, column, _, text in orphans[:5])
        self.notices.append(("notes-of-gone-rows", {"count": str(len(orphans)), "texts": texts}))

    def note_written(self, version: int, detail: Mapping[str, Any]) -> None:
        """Note what the master is now; ``detail`` is what ``looks`` or ``looks_restored`` said about it."""
        with self.ledger.adding() as adding:
            adding.event(version, self.when.at, "written", pack(detail))
        self.__dict__.pop("_written", None)

    def city_edits(self) -> CityEdits:
        """The office's own edits since we wrote the master last; none when the file is as we wrote it."""
        if self.untouched_since_written():
            return CityEdits()
        try:
            content = read_master(self.workspace.master, setup=self.setup)
        except MasterUnreadable as unreadable:
            sentence = message(unreadable.finding.code, unreadable.finding.args)
            raise CannotRun("master-unreadable", file=self.workspace.master.name, reason=sentence) from None
        self.setup_findings = (*self.setup_findings, *content.findings)
        on_disk = self._version_on_disk()
        self.is_older_copy = self._written is not None and on_disk < self._written[0]
        written = self.ledger.slots(on_disk)
        edited: dict[UnitKey, UnitYear] = {}
        for key in sorted({*content.holdings, *written, *self.slots}):
            was = self.stored(written.get(key) or _nothing(key))
            current = self.stored(self.slots.get(key) or _nothing(key))
            silent = {*content.missing, *self._oversized()}
            found = content.holdings.get(key) or UnitYear(*key)
            found = replace(found, tables={**found.tables, **{code: was.table(code) for code in silent}})
            after = overlay(was, found, current)
            if after != current:
                edited[key] = after
        return CityEdits(edited, tuple(_plain_stray(stray) for stray in content.strays))

    def _version_on_disk(self) -> int:
        """The version that the file says it was written from: somebody may have put an older copy back, or a new
        master in its place. A file that says nothing is taken for the one we wrote last."""
        said = read_version(self.workspace.master)
        # After an undo the newest file says an older version: the one it was of when it was made.
        is_newest = "says" in self._written_detail and said == self._written_detail["says"]
        if said is not None and not is_newest:
            return said
        return self._written[0] if self._written else 0

    def _oversized(self) -> tuple[str, ...]:
        """Tables too large for a sheet stand only in the ledger: their absence from the master says nothing."""
        sizes: dict[str, int] = {}
        for notes in self.notes.values():
            for code, (_, size) in notes.tables.items():
                sizes[code] = sizes.get(code, 0) + size
        return tuple(code for code, size in sizes.items() if size > MOST_ROWS)

    def stored(self, slot: Slot) -> UnitYear:
        """What a slot's unit held; nothing for a slot that is empty yet."""
        return self.unit_year(slot.state) if slot.state else UnitYear(slot.uid, slot.year)

    def unit_year(self, root: str) -> UnitYear:
        """A unit-year by its name, from the ledger or from what this run only imagines."""
        return decode(root, lambda digest: self.imagined.get(digest) or self.ledger.fetch(digest))

    def take_in_city_edits(self) -> None:
        """Record what the office changed in the master as a version of its own, before anything is merged."""
        edits = self.city_edits()
        if self.is_older_copy:
            self.notices.append(("older-copy", {"file": self.workspace.master.name}))
        strays = self.strays if edits.strays is None else list(edits.strays)
        # What an interrupted run has recorded already will be written by this one anyway.
        tabs = () if self.is_behind else changed_tabs(self._written_detail.get("setup", {}), self.setup)
        if not edits.units and strays == self.strays and not tabs:
            return
        changed, pieces = self._edited(edits)
        uids = sorted({uid for uid, _ in edits.units})
        self.record("edit", changed, pieces, {"units": uids, "strays": strays, "setup": list(tabs)})
        if tabs:
            self.notices.append(("setup-edits-taken", {"tabs": ", ".join(tabs)}))
        if uids:
            self.notices.append(("city-edits-taken", {"units": ", ".join(self.name_of(uid) for uid in uids)}))

    def imagine_city_edits(self) -> None:
        """Look at the ledger as if the office's edits had been taken in, for a preview. Nothing is recorded."""
        self.imagine(*self._edited(self.city_edits()))

    def imagine(self, changed: list[tuple[Slot, Notes]], pieces: Mapping[str, bytes]) -> None:
        """Look at the ledger as if these units had changed. Nothing is recorded."""
        slots = {**self.slots, **{(slot.uid, slot.year): slot for slot, _ in changed}}
        notes = {**self.notes, **{(slot.uid, slot.year): one for slot, one in changed}}
        self.imagined = {**self.imagined, **pieces}
        self._look_at(slots, notes)

    def _edited(self, edits: CityEdits) -> tuple[list[tuple[Slot, Notes]], dict[str, bytes]]:
        """The units as the office left them. Where a conflict is open its file is read again: it may be settled."""
        pieces: dict[str, bytes] = {}
        changed: list[tuple[Slot, Notes]] = []
        for key, unit_year in edits.units.items():
            encoded = encode(unit_year)
            pieces.update(encoded.pieces)
            slot = self.slots.get(key) or _nothing(key)
            notes = self.notes.get(key) or Notes()
            digest = None if notes.conflicts else slot.digest
            changed.append((replace(slot, state=encoded.root, digest=digest), replace(notes, tables=encoded.tables)))
        return changed, pieces

    def record(
        self, action: str, changed: list[tuple[Slot, Notes]], pieces: Mapping[str, bytes], detail: Mapping[str, Any]
    ) -> int:
        """Add a version, its tallies counted, and look at it. Raises as ``refuse_incomplete``."""
        self.refuse_incomplete()
        version = record(self.ledger, action, self.when, self._counted(changed, pieces), pieces, detail)
        self.reload()
        return version

    def refuse_incomplete(self) -> None:
        """Raise ``WriteRefused`` when the master lost something that has to be written: then nothing is recorded."""
        refuse_incomplete(self.workspace.master)

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

    def write(self, progress: Tell = lambda done, total: None, *, workers: Workers | None = None) -> None:
        """Bring the master on disk to the ledger's newest version."""
        version = self.ledger.last_version()
        if version is None:
            return
        with nullcontext(workers) if workers else Workers() as used:
            write_master(self, version, progress, used)


def _plain_stray(stray: Stray) -> dict[str, Any]:
    cells = {code: value for code, value in stray.cells.items() if value is not UNREAD}
    return {"table": stray.table, "cells": {**cells, RID: stray.rid}}


def _nothing(key: UnitKey) -> Slot:
    return Slot(*key, None, None, None, None)


@contextmanager
def open_book(workspace: Workspace, now: datetime, who: str, ledger_url: str | None = None) -> Iterator[MasterBook]:
    """Open a master with its ledger; ``ledger_url`` names another database than the one beside the master."""
    with Ledger(ledger_url) if ledger_url else Ledger.beside(workspace.folder) as ledger:
        yield MasterBook(workspace, ledger, now, who)
