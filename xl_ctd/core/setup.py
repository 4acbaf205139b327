"""What the office has in force: its plan, targets, units, population and conventions. Read anew each time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from xl_ctd.core.targets import Target
from xl_ctd.core.units import UnitTree


@dataclass(frozen=True, slots=True)
class Population:
    """People living in a unit in a year; two sources may differ, so the source and its day are part of the fact."""

    uid: str
    year: int
    people: int
    source: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One task of a plan, its wording kept as written.

    ``due`` is the time in the plan's words, ``due_on`` the last day it means, None when the plan names no day.
    ``obligated`` lists who owes the task: the uid of a unit, or the name of a body that is not a unit of the tree.
    """

    id: str
    plan: str
    section: str
    verbatim: str
    lead: str
    coordinating: str
    kind: str
    due: str
    cadence: str
    deliverable: str
    report_to: str = ""
    note: str = ""
    due_on: date | None = None
    obligated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Monitored:
    """One number the plan asks to follow without a threshold."""

    id: str
    plan: str
    section: str
    verbatim: str
    name: str
    unit: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as issued: number, issuer, date, period, and all it asks for."""

    id: str
    number: str
    issuer: str
    issued: str
    first_year: int
    last_year: int
    targets: tuple[Target, ...]
    monitored: tuple[Monitored, ...]
    tasks: tuple[Task, ...]
    units: UnitTree


@dataclass(frozen=True, slots=True)
class Convention:
    """A decision the plan leaves open, with the choice in force. Printed as a footnote of the report.

    ``words`` says each choice in the words staff see, ``brief`` in the few words of a footnote that stands alone; a
    choice without them needs no footnote. Without choices the office writes the answer in its own words.
    """

    code: str
    question: str
    value: str
    choices: tuple[str, ...] = ()
    note: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    brief: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything a merge needs to know that is not data: the plan with the office's own changes applied.

    ``holidays`` are the days off that the office lists besides those that fall on the same day every year.
    """

    plan: Plan
    targets: tuple[Target, ...]
    units: UnitTree
    population: tuple[Population, ...] = ()
    conventions: Mapping[str, str] = field(default_factory=dict)
    shown_year: int = 2024
    holidays: tuple[date, ...] = ()

    def convention(self, code: str, default: str) -> str:
        """The choice in force for an open question, the default when the office has not chosen."""
        return self.conventions.get(code) or default
