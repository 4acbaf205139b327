"""What the ledger remembers of one unit's newest submission besides its rows: counts, findings, conflicts, tallies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sync.plan import Conflict, Counts
from xl_ctd.core.findings import Finding, Place, Severity
from xl_ctd.core.records import Value
from xl_ctd.core.submissions import Hold


@dataclass(frozen=True, slots=True)
class Notes:
    """``path`` is where the file lies, from the master's folder on when it lies in there. ``tables`` maps each table to
    the digest and number of its rows in the master's state; ``tallies`` maps the name of a period to what the unit's
    rows contribute to it. ``received`` and ``modified`` are ISO times; ``reported`` is the ISO day of the first file
    that reported on the whole year. ``waiting`` are the names and digests of the files that a person has to decide
    about."""

    file: str = ""
    path: str = ""
    modified: str = ""
    received: str = ""
    counts: Counts = Counts()
    findings: tuple[Finding, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    hold: Hold | None = None
    tables: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    tallies: Mapping[str, str] = field(default_factory=dict)
    reported: str = ""
    waiting: tuple[tuple[str, str], ...] = ()


def to_plain(notes: Notes) -> dict[str, Any]:
    """The notes as plain JSON content."""
    return {
        "file": notes.file,
        "path": notes.path,
        "modified": notes.modified,
        "received": notes.received,
        "counts": asdict(notes.counts),
        "findings": [plain_finding(finding) for finding in notes.findings],
        "conflicts": [_plain_conflict(conflict) for conflict in notes.conflicts],
        "hold": [notes.hold.code, dict(notes.hold.args)] if notes.hold else None,
        "tables": notes.tables,
        "tallies": notes.tallies,
        "reported": notes.reported,
        "waiting": notes.waiting,
    }


def from_plain(content: Mapping[str, Any]) -> Notes:
    """The notes that ``to_plain`` made."""
    if not content:
        return Notes()
    return Notes(
        content["file"],
        content["path"],
        content["modified"],
        content["received"],
        Counts(**content["counts"]),
        tuple(finding_from(item) for item in content["findings"]),
        tuple(_conflict(item) for item in content["conflicts"]),
        Hold(*content["hold"]) if content["hold"] else None,
        {code: (digest, size) for code, (digest, size) in content["tables"].items()},
        content["tallies"],
        content.get("reported", ""),  # a ledger of an older version does not say
        tuple((name, digest) for name, digest in content.get("waiting", ())),
    )


def plain_finding(finding: Finding) -> list[Any]:
    """A finding as plain content."""
    place = finding.where
    return [finding.code, finding.severity.value, place.file, place.sheet, place.cell, dict(finding.args)]


def finding_from(item: list[Any]) -> Finding:
    """The finding that ``plain_finding`` made."""
    code, severity, file, sheet, cell, args = item
    return Finding(code, Severity(severity), Place(file, sheet, cell), args)


def _plain_conflict(conflict: Conflict) -> list[Any]:
    place = conflict.place
    values = [_tagged(value) for value in (conflict.base, conflict.ward, conflict.master)]
    row = None if conflict.ward_row is None else [_tagged(value) for value in conflict.ward_row]
    name = [conflict.uid, conflict.year, conflict.table, conflict.rid, conflict.field]
    return [name, values, [place.file, place.sheet, place.cell], row]


def _conflict(item: list[Any]) -> Conflict:
    name, values, place, row = item
    ward_row = None if row is None else tuple(_untagged(value) for value in row)
    base, ward, master = (_untagged(value) for value in values)
    uid, year, table, rid, code = name
    return Conflict(uid, year, table, rid, code, base, ward, master, Place(*place), ward_row)


def _tagged(value: Value) -> Any:
    """JSON knows neither days nor exact decimals."""
    if isinstance(value, date):
        return {"day": value.isoformat()}
    return {"decimal": str(value)} if isinstance(value, Decimal) else value


def _untagged(value: Any) -> Value:
    if not isinstance(value, dict):
        return value  # type: ignore[no-any-return]
    return date.fromisoformat(value["day"]) if "day" in value else Decimal(value["decimal"])
