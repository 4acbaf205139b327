"""Which file speaks for which unit, and what the whole merge would do. Pure: this is also the preview."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

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
    """A unit and year that waits for a person, with the names and digests of the files concerned. ``outcome`` is what
    the file would do, None when two files disagree; ``again``: it already waited for just this reason."""

    uid: str
    year: int
    hold: Hold
    waiting: tuple[tuple[str, str], ...]
    outcome: Outcome | None = None
    again: bool = False

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.waiting)


@dataclass(frozen=True, slots=True)
class MergePlan:
    """What a merge would do: ``taken`` go into the master, ``held`` wait, ``again`` said nothing new, and ``loose``
    could not be told to belong to any unit."""

    taken: tuple[Outcome, ...]
    held: tuple[HeldUnit, ...]
    again: tuple[Known, ...]
    loose: tuple[Outcome, ...]
    findings: tuple[Finding, ...]
    counts: Counts

    @property
    def units(self) -> set[UnitKey]:
        """The units and years that some file speaks for."""
        known = {(one.uid, one.year) for one in self.again} | {(unit.uid, unit.year) for unit in self.held}
        return known | {(item.uid, item.year) for item in self.taken if item.uid and item.year}

    @property
    def changes_something(self) -> bool:
        """Is there anything to write into the ledger?"""
        return bool(self.taken) or any(not unit.again for unit in self.held)


def arrange(
    outcomes: Sequence[Outcome],
    again: Sequence[Known],
    notes: Mapping[UnitKey, Notes],
    confirmed: frozenset[str],
    said: Callable[[Outcome | Known], str] | None = None,
) -> MergePlan:
    """Two files for one unit and year that say different things hold that unit; everybody else goes on.

    ``confirmed`` holds the digests a person chose: a chosen file wins over the others of its unit. ``said`` names what
    a file says, so that a workbook and a Google Sheet with the same rows are one; without it only equal bytes are.
    """
    said = said or _digest
    groups: dict[UnitKey, list[Outcome | Known]] = {}
    findings: list[Finding] = []
    everything: list[Outcome | Known] = [*outcomes, *again]
    for item in everything:
        if item.uid is not None and item.year is not None:
            groups.setdefault((item.uid, item.year), []).append(item)
    taken: list[Outcome] = []
    held: list[HeldUnit] = []
    quiet: list[Known] = []
    for (uid, year), items in sorted(groups.items()):
        distinct = {_digest(item): item for item in reversed(items)}  # of equal ones the first
        chosen = [digest for digest in distinct if digest in confirmed]
        if len(distinct) > 1 and len(chosen) != 1:
            distinct = _saying_different_things(distinct, said)
        if len(distinct) > 1 and len(chosen) != 1:
            waiting = tuple(sorted((_name(item), _digest(item)) for item in distinct.values()))
            hold = Hold("hold-two-files", {"files": ", ".join(name for name, _ in waiting)})
            held.append(HeldUnit(uid, year, hold, waiting))
            continue
        item = distinct[chosen[0]] if len(distinct) > 1 else next(iter(distinct.values()))
        findings += [_not_chosen(other) for other in distinct.values() if other is not item]
        others = distinct.keys() - {_digest(item)}
        findings += [_twice(other) for other in items if other is not item and _digest(other) not in others]
        if isinstance(item, Known):
            quiet.append(item)
        elif item.hold is not None:
            held.append(HeldUnit(uid, year, item.hold, ((_name(item), _digest(item)),), item))
        else:
            taken.append(item)
    loose = tuple(item for item in outcomes if item.uid is None or item.year is None)
    return MergePlan(
        tuple(taken),
        tuple(_seen_before(unit, notes) for unit in held),
        tuple(quiet),
        loose,
        (*findings, *(finding for item in loose for finding in item.findings)),
        _count(taken, held, quiet, notes),
    )


def _saying_different_things(
    distinct: Mapping[str, Outcome | Known], said: Callable[[Outcome | Known], str]
) -> dict[str, Outcome | Known]:
    """One file for each thing that is said; of several that say the same one that was merged before, else the first."""
    by_content: dict[str, tuple[str, Outcome | Known]] = {}
    for digest, item in sorted(distinct.items(), key=lambda pair: (isinstance(pair[1], Outcome), _name(pair[1]))):
        by_content.setdefault(said(item), (digest, item))
    return dict(by_content.values())


def _seen_before(unit: HeldUnit, notes: Mapping[UnitKey, Notes]) -> HeldUnit:
    before = notes.get((unit.uid, unit.year))
    return replace(unit, again=before is not None and (before.hold, before.waiting) == (unit.hold, unit.waiting))


def _count(
    taken: Iterable[Outcome],
    held: Iterable[HeldUnit],
    again: Iterable[Known],
    notes: Mapping[UnitKey, Notes],
) -> Counts:
    total = Counts()
    for outcome in taken:
        total += outcome.counts
    for unit in held:
        if unit.outcome is not None:
            total += unit.outcome.counts
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
