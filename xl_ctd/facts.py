"""What worksheet functions ask of a master; who answers, and from where, is decided outside (``sync.facts``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import NoReturn, Protocol

from xl_ctd.cell_values import CannotAnswer


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One target of a scorecard, in figures and in the words of the report. None is "nothing reported"."""

    target: str
    name: str
    unit: str
    value: Fraction | None
    goal: Fraction | None
    attainment: Fraction | None
    gap: Fraction | None
    status: str
    light: str
    word: str
    coverage: str


class Facts(Protocol):
    """What is known of one master. Every method raises ``CannotAnswer`` where it has no answer to give.

    ``period`` is the code of a year or of its first part, such as ``2026`` or ``2026-6T1``; ``unit`` is the key, code
    or name of a unit, "" for the whole group. Nothing asked here changes anything.
    """

    def value(self, indicator: str, period: str, unit: str, mode: str) -> Fraction:
        """The figure of a target or a monitored number. ``mode`` is GIATRI, TU, MAU, THAP or CAO."""

    def goal(self, indicator: str, period: str, unit: str, side: str) -> Fraction:
        """What the plan in force demands: ``side`` T, L or U; "" is T, or L of a range."""

    def source(self, place: str) -> str:
        """Where a figure comes from: ``place`` is a cell such as ``Chỉ tiêu!D5``, the code of a target or a row id."""

    def unit(self, unit: str, day: date | None, mode: str) -> str:
        """By ``mode`` its name on a day (TEN), its successors (KE_THUA), its predecessors (TRUOC) or its key (MA)."""

    def task(self, task: str, unit: str, day: date | None) -> str:
        """How a task stands on a day, in words; ``day`` None is today."""

    def scorecard(self, period: str, unit: str) -> tuple[ScoreLine, ...]:
        """Every target of a year in official order."""


class NoFacts:
    """A machine without a master: whatever needs one answers ``#N/A`` and says how to get one."""

    def value(self, indicator: str, period: str, unit: str, mode: str) -> Fraction:
        _no_master()

    def goal(self, indicator: str, period: str, unit: str, side: str) -> Fraction:
        _no_master()

    def source(self, place: str) -> str:
        _no_master()

    def unit(self, unit: str, day: date | None, mode: str) -> str:
        _no_master()

    def task(self, task: str, unit: str, day: date | None) -> str:
        _no_master()

    def scorecard(self, period: str, unit: str) -> tuple[ScoreLine, ...]:
        _no_master()


def _no_master() -> NoReturn:
    raise CannotAnswer("#N/A", "function-no-master")
