"""Which file speaks for which unit, and what the whole merge would do. Pure: this is also the preview."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sync.ledger import Slot
from sync.notes import Notes
from sync.plan import Counts
from sync.reading import Outcome
from xl_ctd.core.findings import Finding, Place, Severity
from xl_ctd.core.submissions import Hold

UnitKey = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Known:
    """A file that was merged before, byte for byte: it says what it said then."""

    name: str
    digest: str
    uid: str
    year: int


@dataclass(frozen=True, slots=True)
class HeldUnit:
    """A unit and year that waits for a person, with the files concerned."""

    uid: str
    year: int
    hold: Hold
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MergePlan:
    """What a merge would do: ``taken`` go into the master, ``held`` wait, ``again`` said nothing new, and ``loose``
    could not be told to belong to any unit."""

    taken: tuple[Outcome, ...]
    held: tuple[tuple[HeldUnit, Outcome | None], ...]
    again: tuple[Known, ...]
    loose: tuple[Outcome, ...]
    findings: tuple[Finding, ...]
    counts: Counts

    @property
    def changes_something(self) -> bool:
        """Is there anything to write into the ledger?"""
        return bool(self.taken or self.held)


def arrange(
    outcomes: Sequence[Outcome],
    again: Sequence[Known],
    slots: Mapping[UnitKey, Slot],
    notes: Mapping[UnitKey, Notes],
    confirmed: frozenset[str],
) -> MergePlan:
    """Two different files for one unit and year hold that unit; everybody else goes on.

    ``confirmed`` holds the digests a person chose: a chosen file wins over the others of its unit.
    """
    groups: dict[UnitKey, list[Outcome | Known]] = {}
    findings: list[Finding] = []
    for item in (*outcomes, *again):
        if item.uid is not None and item.year is not None:
            groups.setdefault((item.uid, item.year), []).append(item)
    taken: list[Outcome] = []
    held: list[tuple[HeldUnit, Outcome | None]] = []
    quiet: list[Known] = []
    for (uid, year), items in sorted(groups.items()):
        distinct = {_digest(item): item for item in items}
        chosen = [digest for digest in distinct if digest in confirmed]
        if len(distinct) > 1 and len(chosen) != 1:
            files = tuple(sorted(_name(item) for item in distinct.values()))
            hold = Hold("hold-two-files", {"files": ", ".join(files)})
            held.append((HeldUnit(uid, year, hold, files), None))
            continue
        item = distinct[chosen[0]] if len(distinct) > 1 else items[0]
        findings += [_not_chosen(other) for other in distinct.values() if other is not item]
        findings += [_twice(other) for other in items if other is not item and _digest(other) == _digest(item)]
        if isinstance(item, Known):
            quiet.append(item)
        elif item.hold is not None:
            held.append((HeldUnit(uid, year, item.hold, (item.source.name,)), item))
        else:
            taken.append(item)
    loose = tuple(item for item in outcomes if item.uid is None or item.year is None)
    return MergePlan(
        tuple(taken),
        tuple(_news(held, slots, notes)),
        tuple(quiet),
        loose,
        (*findings, *(finding for item in loose for finding in item.findings)),
        _count(taken, held, quiet, notes),
    )


def _news(
    held: Iterable[tuple[HeldUnit, Outcome | None]], slots: Mapping[UnitKey, Slot], notes: Mapping[UnitKey, Notes]
) -> Iterable[tuple[HeldUnit, Outcome | None]]:
    """Only units that were not already waiting for just this reason; the others are reported but change nothing."""
    for unit, outcome in held:
        before = notes.get((unit.uid, unit.year))
        if before is None or before.hold != unit.hold:
            yield unit, outcome


def _count(
    taken: Iterable[Outcome],
    held: Iterable[tuple[HeldUnit, Outcome | None]],
    again: Iterable[Known],
    notes: Mapping[UnitKey, Notes],
) -> Counts:
    total = Counts()
    for outcome in taken:
        total += outcome.counts
    for _, waiting in held:
        if waiting is not None:
            total += waiting.counts
    for known in again:
        before = notes.get((known.uid, known.year))
        if before is not None:
            total += before.counts.settled()
    return total


def _digest(item: Outcome | Known) -> str:
    return item.digest if isinstance(item, Known) else item.source.digest


def _name(item: Outcome | Known) -> str:
    return item.name if isinstance(item, Known) else item.source.name


def _not_chosen(item: Outcome | Known) -> Finding:
    return Finding("file-not-chosen", Severity.INFO, Place(_name(item)))


def _twice(item: Outcome | Known) -> Finding:
    return Finding("file-twice", Severity.INFO, Place(_name(item)))


def without_changes(notes: Notes) -> Notes:
    """The notes of a unit whose last counts no longer describe news."""
    return replace(notes, counts=notes.counts.settled())
