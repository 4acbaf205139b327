"""Turning a decided plan into the next version of the ledger. No file is touched here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sync.arrange import HeldUnit, MergePlan
from sync.encoding import Encoded, digest_of, pack
from sync.ledger import Ledger, Slot, Version
from sync.notes import Notes, plain_finding, to_plain
from sync.plan import Conflict
from sync.reading import Outcome

UnitKey = tuple[str, int]


@dataclass(frozen=True, slots=True)
class When:
    """The moment and the person of a step; ``at`` is ISO local time."""

    at: str
    who: str


def apply_plan(
    ledger: Ledger,
    plan: MergePlan,
    slots: Mapping[UnitKey, Slot],
    notes: Mapping[UnitKey, Notes],
    when: When,
    place: Callable[[str], str],
) -> int:
    """Record the plan as a new version, in one transaction; the number of the new version.

    ``place`` says how a file's path is remembered.
    """
    changed: list[tuple[Slot, Notes]] = [_taken(outcome, notes, when, place) for outcome in plan.taken]
    changed += [_held(unit, slots, notes, when) for unit in plan.held if not unit.again]
    pieces: dict[str, bytes] = {}
    for outcome in plan.taken:
        for encoded in (outcome.state, outcome.base):
            pieces.update(encoded.pieces if encoded else {})
    detail = {
        "counts": asdict(plan.counts),
        "units": sorted({slot.uid for slot, _ in changed}),
        "loose": [plain_finding(finding) for finding in plan.findings],
    }
    return record(ledger, "merge", when, changed, pieces, detail)


def stored_early(ledger: Ledger, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The outcomes without their rows, which stand in the ledger now.

    No version names them yet: were the run cut off, they would only lie there until they are wanted.
    """
    held = [encoded for outcome in outcomes for encoded in (outcome.state, outcome.base) if encoded is not None]
    with ledger.adding() as adding:
        adding.contents({name: data for encoded in held for name, data in encoded.pieces.items()})
    return [replace(one, state=_without_rows(one.state), base=_without_rows(one.base)) for one in outcomes]


def _without_rows(encoded: Encoded | None) -> Encoded | None:
    return encoded and replace(encoded, pieces={})


def record(
    ledger: Ledger,
    action: str,
    when: When,
    changed: list[tuple[Slot, Notes]],
    pieces: Mapping[str, bytes],
    detail: Mapping[str, Any],
) -> int:
    """Add one version with the slots it changes."""
    last = ledger.last_version()
    number = last.number + 1 if last else 1
    contents, slots = dict(pieces), []
    for slot, remembered in changed:
        data = pack(to_plain(remembered))
        name = digest_of(data)
        contents[name] = data
        slots.append(replace(slot, notes=name))
    with ledger.adding() as adding:
        adding.contents(contents)
        adding.version(Version(number, when.at, when.who, action, detail), pack(detail), slots)
    return number


def _taken(
    outcome: Outcome, notes: Mapping[UnitKey, Notes], when: When, place: Callable[[str], str]
) -> tuple[Slot, Notes]:
    if outcome.uid is None or outcome.year is None or outcome.state is None or outcome.base is None:
        raise ValueError(f"{outcome.source.name} has nothing to take")
    slot = Slot(outcome.uid, outcome.year, outcome.state.root, outcome.base.root, None, outcome.source.digest)
    remembered = Notes(
        outcome.source.name,
        place(outcome.source.path),
        outcome.source.modified,
        when.at,
        outcome.counts,
        outcome.findings,
        _opened(outcome.conflicts, notes.get((outcome.uid, outcome.year))),
        None,
        outcome.state.tables,
        outcome.tallies,
        _first_reported(outcome, notes.get((outcome.uid, outcome.year))),
    )
    return slot, remembered


def _first_reported(outcome: Outcome, before: Notes | None) -> str:
    """The first report on the whole year decides whether it was in time; what follows corrects it."""
    if before is not None and before.reported:
        return before.reported
    return outcome.reported.isoformat() if outcome.reported else ""


def _opened(conflicts: tuple[Conflict, ...], before: Notes | None) -> tuple[Conflict, ...]:
    """The conflicts now open, those known before first."""
    order = {conflict.id: n for n, conflict in enumerate(before.conflicts if before else ())}
    return tuple(sorted(conflicts, key=lambda conflict: (order.get(conflict.id, len(order)), conflict.id)))


def _held(
    unit: HeldUnit, slots: Mapping[UnitKey, Slot], notes: Mapping[UnitKey, Notes], when: When
) -> tuple[Slot, Notes]:
    key = (unit.uid, unit.year)
    slot = slots.get(key) or Slot(unit.uid, unit.year, None, None, None, None)
    before = notes.get(key) or Notes()
    findings = unit.outcome.findings if unit.outcome else ()
    name = ", ".join(unit.files)
    counts = before.counts.settled()
    waiting = replace(before, hold=unit.hold, findings=findings, counts=counts, waiting=unit.waiting)
    if not before.file:
        waiting = replace(waiting, file=name, received=when.at)
    return slot, waiting
