"""What an action of the ribbon is given and what it answers, the same in every host: plain values, sent as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from xl_ctd.core.findings import Finding
from xl_ctd.messages import message, spoken


@dataclass(frozen=True, slots=True)
class Office:
    """For whom and on which files an action works.

    ``master`` is the master on disk beside which the ledger lies, None where none was chosen; ``sources`` are the
    files and folders that units send to. ``now`` is asked once an action. ``progress`` hears (step, done, total).
    """

    master: Path | None
    sources: tuple[Path, ...]
    who: str
    ledger_url: str | None
    now: Callable[[], datetime]
    progress: Callable[[str, int, int], None] = lambda step, done, total: None


@dataclass(frozen=True, slots=True)
class AnswerTable:
    """A small table for a pane: what it is about, its headers, its rows as people read them.

    ``kind`` names a table that a pane shows in its own way: ``conflicts``, ``held`` or ``changes``.
    """

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    kind: str = ""


@dataclass(frozen=True, slots=True)
class AnswerFinding:
    """One thing people should look at, with its place: a pane jumps to ``cell`` on ``sheet`` when the open workbook
    is ``file``. ``code`` is the short one for the telephone, ``severity`` is ``error``, ``warning`` or ``info``."""

    code: str
    severity: str
    file: str
    sheet: str
    cell: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What an action says. ``asks`` names the action to run when the person agrees, None when nothing is asked."""

    title: str
    sentence: str
    tables: tuple[AnswerTable, ...] = ()
    findings: tuple[AnswerFinding, ...] = ()
    asks: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The answer for a host on the other side of a wire."""
        return asdict(self)


def shown_findings(findings: Iterable[Finding], language: str = "vi") -> tuple[AnswerFinding, ...]:
    """Findings in words, the gravest first, each once."""
    order = ("error", "warning", "info")
    shown = dict.fromkeys(_shown(finding, language) for finding in findings)
    return tuple(sorted(shown, key=lambda one: (order.index(one.severity), one.file)))


def _shown(finding: Finding, language: str) -> AnswerFinding:
    where = finding.where
    sentence = message(finding.code, finding.args, language)
    place = (where.file, where.sheet or "", where.cell or "")
    return AnswerFinding(spoken(finding.code), finding.severity.value, *place, sentence)
