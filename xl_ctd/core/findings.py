"""What is wrong, where it stands and what to do: the one shape of everything the program tells people about data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding changes.

    ERROR: the cell, row or file named does not count until it is corrected. WARNING: it counts, but somebody
    should look. INFO: the program changed or assumed something and says so (a repaired letter, a new row id).
    """

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands, in the words staff see: file name, tab, cell such as ``B7``.

    ``cell`` is None when the whole tab is meant, ``sheet`` is None when the whole file is meant.
    """

    file: str
    sheet: str | None = None
    cell: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to tell people about what they typed or sent.

    ``code`` names a sentence of the message catalogue (``xl_ctd/messages``); ``args`` fills the sentence's
    names and holds text only, so that a finding can be stored and shown in any language later.
    """

    code: str
    severity: Severity
    where: Place
    args: Mapping[str, str] = field(default_factory=dict)


def worst(findings: tuple[Finding, ...] | list[Finding]) -> Severity | None:
    """The gravest severity among the findings, None when there are none."""
    for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO):
        if any(finding.severity is severity for finding in findings):
            return severity
    return None
