"""One unit's whole year so far, as sent; and the same as the master holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from xl_ctd.core.findings import Finding
from xl_ctd.core.records import Cell, Rows


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """Where a submission came from. ``digest`` identifies the content, ``modified`` is ISO time or empty."""

    name: str
    digest: str
    modified: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a unit's submission waits for a person while the others go on; ``code`` names a sentence."""

    code: str
    args: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Submission:
    """What one workbook says. ``uid`` is None when the unit could not be told; then ``hold`` or a finding says why.

    ``cover`` maps cover field codes (``NAM``, ``DU_DAU``, ``CAM_KET`` …) to values. ``tables`` holds every table the
    workbook had; a table that is missing from the mapping was missing from the file. ``rids`` in its rows may be
    empty strings or doubled: identity is settled in planning, not in reading. ``rejected`` counts rows that cannot
    count at all, by table.
    """

    source: SourceInfo
    unit_code: str | None
    uid: str | None
    year: int | None
    cover: Mapping[str, Cell] = field(default_factory=dict)
    tables: Mapping[str, Rows] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    hold: Hold | None = None


@dataclass(frozen=True, slots=True)
class UnitYear:
    """What the master holds for one unit and year: settled rows (every rid set and unique, nothing unread)."""

    uid: str
    year: int
    cover: Mapping[str, Cell] = field(default_factory=dict)
    tables: Mapping[str, Rows] = field(default_factory=dict)
    submitted: bool = False

    def table(self, code: str) -> Rows:
        """The rows of a table, none when the unit never reported it."""
        return self.tables.get(code) or Rows.empty(code)
