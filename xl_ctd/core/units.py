"""Units in time: the same code can mean another ward tomorrow, so a unit is its key (code, valid_from)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Succession:
    """Which unit took over, and what share of the old one's stock; the shares of one unit add up to 1."""

    successor: str
    share: Fraction
    on: date


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that reports, or a level above it. ``uid`` is our name for (code, valid_from), such as ``TS.2021.09382``.

    ``valid_from`` None: since before the plan; ``valid_to`` is the last day, None: still there. ``order`` is the
    official order, which no sort by letters gives. ``email`` and ``sheet`` are contact data for sending templates.
    """

    uid: str
    code: str
    name: str
    parent: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    order: int = 0
    successions: tuple[Succession, ...] = ()
    email: str = ""
    sheet: str = ""

    def valid_on(self, day: date) -> bool:
        """Did the unit exist on this day?"""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    def valid_in(self, year: int) -> bool:
        """Did the unit exist on any day of this calendar year?"""
        return (self.valid_from is None or self.valid_from.year <= year) and (
            self.valid_to is None or self.valid_to.year >= year
        )


@dataclass(frozen=True)
class UnitTree:
    """All units of a master: the reporting group's grassroots units over time, and the levels above.

    ``group`` names the reporting area that lives on when units change ("khu vực Từ Sơn"); ``members`` are its
    grassroots units, old and new; ``city`` is the association above them, whose rows are typed in the master.
    """

    units: tuple[Unit, ...]
    members: tuple[str, ...]
    city: str
    group: str = ""

    @cached_property
    def by_uid(self) -> Mapping[str, Unit]:
        return {unit.uid: unit for unit in self.units}

    def expected_in(self, year: int) -> tuple[Unit, ...]:
        """The grassroots units that owe a workbook for this year, in official order.

        In 2025 both the twelve old wards (until 30/6) and the four new ones (from 1/7) owe one.
        """
        owing = (self.by_uid[uid] for uid in self.members)
        return tuple(sorted((u for u in owing if u.valid_in(year)), key=lambda u: (u.order, u.uid)))

    def on(self, day: date) -> tuple[Unit, ...]:
        """The grassroots units that existed on this day, in official order."""
        return tuple(u for u in self.expected_in(day.year) if u.valid_on(day))

    def find(self, code: str, year: int) -> tuple[Unit, ...]:
        """The members (or the city) with this code in this year: none, one, or two in a year of change."""
        candidates = (self.by_uid[uid] for uid in (*self.members, self.city) if uid in self.by_uid)
        return tuple(u for u in candidates if u.code == code and u.valid_in(year))

    def predecessors(self, uid: str) -> tuple[tuple[Unit, Fraction], ...]:
        """The units this one took over, each with the share it received."""
        return tuple(
            (unit, succession.share)
            for unit in self.units
            for succession in unit.successions
            if succession.successor == uid
        )

    def with_units(self, units: Iterable[Unit]) -> UnitTree:
        """The tree with these units added or replaced."""
        changed = {unit.uid: unit for unit in units}
        kept = tuple(changed.pop(unit.uid, unit) for unit in self.units)
        return UnitTree((*kept, *changed.values()), self.members, self.city, self.group)
