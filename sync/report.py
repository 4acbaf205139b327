"""What the command line prints as JSON, and as tables for people. Decimals are strings; null means "not there"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

from sync.book import Held
from sync.checking import Checked
from sync.conflict_words import Reader, hold_words
from sync.ledger import Version
from sync.period_progress import PeriodProgress
from sync.plan import Conflict
from sync.progress import Progress
from sync.run import MergeReport
from sync.tracing import Trace
from xl_ctd.core.books import GROUP
from xl_ctd.core.findings import Finding
from xl_ctd.core.scorecard import Figure
from xl_ctd.core.targets import Target, TargetKind
from xl_ctd.messages import message

_EXACT = Context(prec=28)


def decimal_text(value: Fraction | None) -> str | None:
    """A number exactly, or to 28 digits where it has no end; None stays None.

    >>> decimal_text(Fraction(26, 33)), decimal_text(Fraction(1126)), decimal_text(Fraction(1, 4)), decimal_text(None)
    ('0.7878787878787878787878787879', '1126', '0.25', None)
    """
    if value is None:
        return None
    quotient = _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
    return f"{quotient.normalize(_EXACT):f}"


def finding_json(finding: Finding, language: str) -> dict[str, Any]:
    """A finding with its sentence."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "file": finding.where.file,
        "sheet": finding.where.sheet,
        "cell": finding.where.cell,
        "args": dict(finding.args),
        "message": message(finding.code, finding.args, language),
    }


def merge_json(report: MergeReport, language: str) -> dict[str, Any]:
    """A merge, done or only looked at."""
    counts = report.counts
    return {
        "read": counts.read,
        "applied": counts.applied,
        "unchanged": counts.unchanged,
        "conflicted": counts.conflicted,
        "rejected": counts.rejected,
        "held": [
            {"unit": held.unit, "reason": hold_words(held.hold, Reader.TERMINAL, language)} for held in report.held
        ],
        "findings": [finding_json(finding, language) for finding in report.findings],
    }


def target_json(target: Target, figure: Figure) -> dict[str, Any]:
    """One target's figure for the group or a unit."""
    seen, judged = figure.observation, figure.judgement
    ratio = seen.denominator is not None
    return {
        "id": target.id,
        "value": decimal_text(seen.value),
        "numerator": decimal_text(seen.numerator) if ratio else None,
        "denominator": decimal_text(seen.denominator) if ratio else None,
        "target": goal_text(target),
        "status": judged.status.value,
        "certainty": judged.certainty.value,
        "attainment": decimal_text(judged.attainment),
        "gap": decimal_text(judged.gap),
        "reported": seen.reported,
        "expected": seen.expected,
    }


def goal_text(target: Target) -> str | None:
    """The planned number as text: a range as ``800-1400``, None where the plan names no number."""
    if target.kind is TargetKind.RANGE:
        return f"{_plain(target.lower)}-{_plain(target.upper)}"
    return _plain(target.threshold)


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"


def check_json(files: Iterable[Checked], language: str) -> dict[str, Any]:
    """Several checked files."""
    return {
        "files": [
            {
                "file": item.file,
                "unit": item.unit,
                "rows": item.rows,
                "findings": [finding_json(finding, language) for finding in item.findings],
            }
            for item in files
        ]
    }


def targets_json(figures: Iterable[Figure], targets: Iterable[Target], *, by_unit: bool) -> list[dict[str, Any]]:
    """Every target of the group; with ``by_unit`` of every unit as well, each entry naming its unit's key."""
    by_id = {target.id: target for target in targets}
    if not by_unit:
        return [target_json(by_id[one.target_id], one) for one in figures if one.uid == GROUP]
    return [{"unit": one.uid, **target_json(by_id[one.target_id], one)} for one in figures]


def status_json(rows: Iterable[Progress]) -> list[dict[str, Any]]:
    """Who has sent what."""
    return [{**asdict(row), "deadline": row.deadline.isoformat()} for row in rows]


def periods_json(rows: Iterable[PeriodProgress]) -> list[dict[str, Any]]:
    """Who reported on which period."""
    return [
        {**asdict(row), "deadline": row.deadline.isoformat(), "sent": row.sent and row.sent.isoformat()} for row in rows
    ]


def conflicts_json(conflicts: Iterable[Conflict], held: Iterable[Held], language: str) -> dict[str, Any]:
    """What waits for a decision: conflicts by their number, and held units with the reason."""
    return {
        "conflicts": [
            {
                "id": conflict.id,
                "unit": conflict.uid,
                "year": conflict.year,
                "table": conflict.table,
                "row": conflict.rid,
                "field": conflict.field,
                "base": _text(conflict.base),
                "ward": _text(conflict.ward),
                "master": _text(conflict.master),
                "file": conflict.place.file,
                "sheet": conflict.place.sheet,
                "cell": conflict.place.cell,
            }
            for conflict in conflicts
        ],
        "held": [
            {
                "unit": item.unit,
                "year": item.year,
                "reason": hold_words(item.hold, Reader.TERMINAL, language),
                "files": list(item.files),
            }
            for item in held
        ],
    }


def history_json(versions: Iterable[Version]) -> list[dict[str, Any]]:
    """The master's versions, newest first."""
    return [
        {"version": v.number, "at": v.at, "who": v.who, "action": v.action, "counts": v.detail.get("counts")}
        for v in versions
    ]


def trace_json(found: Trace) -> dict[str, Any]:
    """Where a number came from."""
    return asdict(found)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
