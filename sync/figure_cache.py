"""Rows about single units already worked out: a file beside the ledger that may be deleted or damaged at any time.

A unit's figures depend on the setup in force, on the day, and on what was counted from its own rows and those of its
predecessors. The name of all these is the key, so that an entry is either right or never found.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import orjson

from sync.encoding import digest_of
from sync.notes import Notes
from sync.tallying import COUNTING
from workbooks.master_tables import FIGURES, MONITORED, Cell
from xl_ctd.core.setup import Setup

UnitKey = tuple[str, int]
FILE = "figures.txt"


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

    def rows(self) -> list[list[Any]]:
        return list(orjson.loads(self.text))


class FigureCache:
    """The rows of one write: what the file holds, and what is used of it or worked out anew."""

    def __init__(self, folder: Path, setup: Setup, notes: Mapping[UnitKey, Notes], today: date) -> None:
        self._path = folder / FILE
        self._kept = _read(self._path)
        self._used: dict[str, KeptRows] = {}
        self._notes, self._today = notes, today
        self._setup = digest_of(repr((COUNTING, FIGURES.codes, MONITORED.codes, setup)).encode())
        self._sources: dict[str, set[str]] = {}
        for unit in setup.units.units:
            for succession in unit.successions:
                self._sources.setdefault(succession.successor, set()).add(unit.uid)
        self._years = sorted({year for _, year in notes})

    def rows(self, what: str, uid: str, year: int, make: Callable[[], Sequence[Sequence[Cell]]]) -> KeptRows:
        """``what`` there is to say of a unit's year, made only when nothing of it is as it was."""
        key = f"{self._key(uid, year)}/{what}"
        self._used[key] = rows = self._kept.get(key) or KeptRows.of(make())
        return rows

    def keep(self) -> None:
        """Leave in the file what this write used."""
        lines = (f"{key} {rows.count} ".encode() + rows.text for key, rows in self._used.items())
        content = b"\n".join(lines)
        with suppress(OSError):  # half of a cache, or none, costs time and nothing else
            self._path.write_bytes(digest_of(content).encode() + b"\n" + content)

    def _key(self, uid: str, year: int) -> str:
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


def _read(path: Path) -> dict[str, KeptRows]:
    """What the file holds; nothing when a single byte of it is not as it was written."""
    try:
        digest, _, content = path.read_bytes().partition(b"\n")
    except OSError:
        return {}
    if digest != digest_of(content).encode():
        return {}
    lines = (line.split(b" ", 2) for line in content.split(b"\n") if line)
    return {key.decode(): KeptRows(int(count), text) for key, count, text in lines}
