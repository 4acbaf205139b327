"""Rows about single units already worked out.

A unit's figures depend on the setup in force, on the day, and on what was counted from its own rows and those of its
predecessors. The name of all these is the name under which they are kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import orjson

from sync.encoding import digest_of
from sync.kept import KeptTexts
from sync.notes import Notes
from sync.tallying import COUNTING
from workbooks.master_tables import FIGURES, MONITORED, Cell
from xl_ctd.core.setup import Setup

UnitKey = tuple[str, int]


@dataclass(frozen=True, slots=True)
class KeptRows:
    """Some rows of a table of the master, as JSON: a tenth of the memory, and nobody who only copies reads them."""

    count: int
    text: bytes

    @classmethod
    def of(cls, rows: Sequence[Sequence[Cell]]) -> KeptRows:
        """Rows with every fraction as the nearest number that a cell can hold."""
        plain = [[float(value) if isinstance(value, Fraction | Decimal) else value for value in row] for row in rows]
        # Not orjson: it leaves a second copy in every text that is not ASCII.
        return cls(len(rows), json.dumps(plain, ensure_ascii=False).encode())

    @classmethod
    def from_text(cls, text: bytes) -> KeptRows:
        """The rows that ``to_text`` made a text of."""
        count, _, rows = text.partition(b" ")
        return cls(int(count), rows)

    def to_text(self) -> bytes:
        return b"%d %b" % (self.count, self.text)

    def rows(self) -> list[list[Any]]:
        return list(orjson.loads(self.text))


class FigureCache:
    """The rows of one write, each made only when it is not kept."""

    def __init__(self, kept: KeptTexts, setup: Setup, notes: Mapping[UnitKey, Notes], today: date) -> None:
        self._kept, self._notes, self._today = kept, notes, today
        self._setup = digest_of(repr((COUNTING, FIGURES.codes, MONITORED.codes, setup)).encode())
        self._sources: dict[str, set[str]] = {}
        for unit in setup.units.units:
            for succession in unit.successions:
                self._sources.setdefault(succession.successor, set()).add(unit.uid)
        self._years = sorted({year for _, year in notes})

    def rows(self, what: str, uid: str, year: int, make: Callable[[], Sequence[Sequence[Cell]]]) -> KeptRows:
        """``what`` there is to say of a unit's year, made only when nothing of it is as it was."""
        name = f"{self._name(uid, year)}/{what}"
        return KeptRows.from_text(self._kept.text(name, lambda: KeptRows.of(make()).to_text()))

    def _name(self, uid: str, year: int) -> str:
        units = (uid, *sorted(self._sources.get(uid, ())))
        counted = [
            name
            for unit in units
            for past in self._years
            if past <= year and (unit, past) in self._notes
            for name in self._notes[unit, past].tallies
        ]
        last_day = min(date(year, 12, 31), self._today)
        return digest_of("\n".join([self._setup, uid, last_day.isoformat(), *counted]).encode())
