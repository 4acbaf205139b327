"""Going back and deciding: undo, conflicts, held units, and where a number came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sync.book import MasterBook
from sync.city_edits import overlay
from sync.encoding import encode, pack
from sync.ledger import Slot, Version
from sync.master_file import restore_master
from sync.notes import Notes
from sync.plan import COVER, Conflict, Counts, resolve
from sync.workspace import CannotRun, file_digest
from workbooks.read_decisions import read_decisions
from xl_ctd.core.findings import Finding, Place, Severity
from xl_ctd.core.records import Value
from xl_ctd.core.submissions import UnitYear

UNDOABLE = ("merge", "resolve")


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo took back: the version, and whether the master is now byte for byte what it was before it."""

    version: int
    action: str
    at: str
    exact: bool


def undo(book: MasterBook) -> Undone:
    """Take back the newest step that is not taken back yet. History grows: undoing is a version of its own.

    The master returns byte for byte from its backup. When the office edited it since, its edits are kept: then the
    units return to what they held before and the master is written anew. Raises ``CannotRun`` when nothing is left.
    """
    cut_off = book.finish_interrupted()
    if cut_off is not None and cut_off.action == "undo":
        return _undone(book, cut_off)  # the person asks again for what was cut off
    taken_back = {version.detail["undoes"] for version in book.ledger.versions() if version.action == "undo"}
    target = next((v for v in book.ledger.versions() if v.action in UNDOABLE and v.number not in taken_back), None)
    if target is None:
        raise CannotRun("nothing-to-undo")
    untouched = book.untouched_since_written()
    backup = book.workspace.backup_of(target.number)
    newest = _newest_content_version(book, taken_back)
    exact = untouched and backup.is_file() and newest is not None and newest.number == target.number
    if not untouched:
        book.take_in_city_edits()
    changed, pieces = _taken_back(book, target.number)
    detail: dict[str, Any] = {"undoes": target.number, "units": sorted({s.uid for s, _ in changed})}
    if exact:
        detail["restores"] = file_digest(backup)
    version = book.record("undo", changed, pieces, detail)
    if exact:
        restore_master(book, backup, version)
    else:
        book.write()
    return Undone(target.number, target.action, target.at, exact)


def _undone(book: MasterBook, undoing: Version) -> Undone:
    target = next(v for v in book.ledger.versions() if v.number == undoing.detail["undoes"])
    return Undone(target.number, target.action, target.at, "restores" in undoing.detail)


def _taken_back(book: MasterBook, number: int) -> tuple[list[tuple[Slot, Notes]], dict[str, bytes]]:
    """The slots a version changed, as they were before it; what changed since then, by the office, stays."""
    before, then = book.ledger.slots(number - 1), book.ledger.slots(number)
    changed: list[tuple[Slot, Notes]] = []
    pieces: dict[str, bytes] = {}
    for key in book.ledger.changed_in(number):
        slot = before.get(key) or Slot(*key, None, None, None, None)
        notes = book.notes_of(slot)
        if book.slots[key].state != then[key].state:
            was, found, back = (book.stored(one) for one in (then[key], book.slots[key], slot))
            encoded = encode(overlay(was, found, back))
            pieces.update(encoded.pieces)
            slot, notes = replace(slot, state=encoded.root), replace(notes, tables=encoded.tables)
        changed.append((slot, notes))
    return changed, pieces


def _newest_content_version(book: MasterBook, taken_back: set[int]) -> Version | None:
    """The newest version that still shapes the master: undone steps and their undoings no longer do."""
    for version in book.ledger.versions():
        if version.action != "undo" and version.number not in taken_back:
            return version
    return None


def open_conflicts(book: MasterBook) -> list[Conflict]:
    """Every conflict that waits for a decision, by unit and year."""
    return [conflict for _, notes in sorted(book.notes.items()) for conflict in notes.conflicts]


def resolve_conflicts(book: MasterBook, decisions: Mapping[str, str]) -> int:
    """Close conflicts: id → ``ward``, ``master`` or ``base``, and write the master. The new version's number.

    What the office changed in the master since it was written is taken in first and kept.
    Raises ``CannotRun`` for an id that is not open or a word that is none of the three; then nothing is changed.
    """
    cut_off = book.finish_interrupted()
    if cut_off is not None and decisions.items() <= cut_off.detail.get("conflicts", {}).items():
        return cut_off.number  # the person decides again what was cut off
    _refuse_unknown(book, decisions)
    book.take_in_city_edits()
    version = _close(book, {**typed_decisions(book), **decisions})
    book.write()
    return version


def typed_decisions(book: MasterBook) -> dict[str, str]:
    """What the office chose for open conflicts on the master's sheet since we wrote it: id → side. Words that choose
    nothing become findings."""
    waiting = {conflict.id for conflict in open_conflicts(book)}
    if not waiting or book.untouched_since_written():
        return {}
    chosen: dict[str, str] = {}
    for decision in read_decisions(book.workspace.master):
        if decision.conflict not in waiting:
            continue  # settled meanwhile in another way
        if decision.side is None:
            place = Place(book.workspace.master.name, decision.sheet, decision.cell)
            finding = Finding("decision-unreadable", Severity.WARNING, place, {"text": decision.text})
            book.setup_findings = (*book.setup_findings, finding)
        else:
            chosen[decision.conflict] = decision.side
    return chosen


def take_in_decisions(book: MasterBook, *, imagine: bool = False) -> None:
    """Close the conflicts the office decided on the master's sheet; for a preview only ``imagine`` it."""
    decisions = typed_decisions(book)
    if not decisions:
        return
    if imagine:
        book.imagine(*_decided(book, decisions))
    else:
        _close(book, decisions)
    book.notices.append(("decisions-taken", {"count": str(len(decisions))}))


def _close(book: MasterBook, decisions: Mapping[str, str]) -> int:
    """Record the decisions as a version of their own, without writing the master; its number."""
    changed, pieces = _decided(book, decisions)
    return book.record("resolve", changed, pieces, {"conflicts": dict(decisions)})


def _decided(book: MasterBook, decisions: Mapping[str, str]) -> tuple[list[tuple[Slot, Notes]], dict[str, bytes]]:
    """What the decisions make of the units concerned. ``master`` means what the master says now."""
    conflicts = _refuse_unknown(book, decisions)
    chosen: dict[tuple[str, int], list[Conflict]] = {}
    for name in decisions:
        conflict = conflicts[name]
        chosen.setdefault((conflict.uid, conflict.year), []).append(conflict)
    pieces: dict[str, bytes] = {}
    changed: list[tuple[Slot, Notes]] = []
    for key, items in chosen.items():
        slot, notes = book.slots[key], book.notes[key]
        state = book.stored(slot)
        base = book.unit_year(slot.base) if slot.base else UnitYear(*key)
        for conflict in items:
            side = decisions[conflict.id]
            value = _in_master(state, conflict) if side == "master" else getattr(conflict, side)
            state, base = resolve(state, base, conflict, value)
        encoded, encoded_base = encode(state), encode(base)
        pieces.update({**encoded.pieces, **encoded_base.pieces})
        left = tuple(conflict for conflict in notes.conflicts if conflict not in items)
        changed.append(
            (
                replace(slot, state=encoded.root, base=encoded_base.root),
                replace(notes, conflicts=left, tables=encoded.tables, counts=_recounted(notes.counts, left)),
            )
        )
    return changed, pieces


def _refuse_unknown(book: MasterBook, decisions: Mapping[str, str]) -> dict[str, Conflict]:
    """The open conflicts by id. Raises ``CannotRun`` for a decision about none of them, or for no side."""
    conflicts = {conflict.id: conflict for conflict in open_conflicts(book)}
    for name, side in decisions.items():
        if side not in ("ward", "master", "base"):
            raise CannotRun("side-unknown", side=side)
        if name not in conflicts:
            raise CannotRun("conflict-unknown", id=name)
    return conflicts


def _in_master(state: UnitYear, conflict: Conflict) -> Value:
    """What the master holds now in the place of a conflict: the office may have changed it since it was found."""
    if conflict.field is None:
        return conflict.master
    if conflict.table == COVER:
        return state.cover.get(conflict.field)  # type: ignore[return-value]
    rows = state.table(conflict.table)
    return rows.column(conflict.field)[rows.rids.index(conflict.rid)] if conflict.rid in rows.rids else None  # type: ignore[return-value]


def _recounted(counts: Counts, left: Iterable[Conflict]) -> Counts:
    """Rows without a conflict left count as agreed; the cover's fields are no rows."""
    still = len({(conflict.table, conflict.rid) for conflict in left if conflict.table != COVER})
    return replace(counts, conflicted=still, unchanged=counts.unchanged + counts.conflicted - still)


def let_pass(book: MasterBook, uid: str, year: int, file: Path) -> None:
    """Decide for a held unit that this very file is right; the next merge takes it.

    Raises ``CannotRun`` when the unit does not wait, or the file is not there, cannot be read or is none of those it
    waits with.
    """
    notes = book.notes.get((uid, year))
    if notes is None or notes.hold is None:
        raise CannotRun("unit-not-held", unit=book.name_of(uid))
    try:
        digest = file_digest(file)
    except FileNotFoundError:
        raise CannotRun("source-missing", file=str(file)) from None
    except OSError:
        raise CannotRun("chosen-unreadable", file=str(file)) from None
    if digest not in {waiting for _, waiting in notes.waiting}:
        names = ", ".join(name for name, _ in notes.waiting)
        raise CannotRun("file-not-waiting", file=file.name, unit=book.name_of(uid), files=names)
    last = book.ledger.last_version()
    detail = {"uid": uid, "year": year, "digest": digest, "file": file.name, "who": book.who}
    with book.ledger.adding() as adding:
        adding.event(last.number if last else 0, book.when.at, "decision", pack(detail))
