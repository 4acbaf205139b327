"""Units' figures already worked out: a file beside the ledger that may be deleted at any time.

A unit's figures depend on the setup in force, on the day, and on what was counted from its own rows and those of its
predecessors. The name of all these is the key, so that an entry is either right or never found.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import orjson

from sync.encoding import digest_of
from sync.notes import Notes
from workbooks.master_tables import Cell, Figure
from xl_ctd.core.setup import Setup

UnitKey = tuple[str, int]
FILE = "figures.json"
_NAMES = tuple(field.name for field in fields(Figure))


class FigureCache:
    """The figures of one write: what the file holds, and what is used of it or worked out anew."""

    def __init__(self, folder: Path, setup: Setup, notes: Mapping[UnitKey, Notes], today: date) -> None:
        self._path = folder / FILE
        self._kept = _read(self._path)
        self._used: dict[str, Any] = {}
        self._notes, self._today = notes, today
        self._setup = digest_of(repr(setup).encode())
        self._sources: dict[str, set[str]] = {}
        for unit in setup.units.units:
            for succession in unit.successions:
                self._sources.setdefault(succession.successor, set()).add(unit.uid)
        self._years = sorted({year for _, year in notes})

    def figures(self, uid: str, year: int, make: Callable[[], list[Figure]]) -> list[Figure]:
        """A unit's figures of a year, made only when nothing of theirs is as it was."""
        key = self._key(uid, year)
        rows = self._kept.get(key)
        if rows is None:
            made = make()
            self._used[key] = _stored([[_plain(getattr(figure, name)) for name in _NAMES] for figure in made])
            return made
        self._used[key] = rows
        return [Figure(*map(_value, row)) for row in rows]

    def monitored(self, uid: str, year: int, make: Callable[[], list[Cell]]) -> list[Cell]:
        """A unit's numbers without a threshold, likewise."""
        key = f"{self._key(uid, year)}/monitored"
        row = self._kept.get(key)
        if row is None:
            made = make()
            self._used[key] = _stored([_plain(value) for value in made])
            return made
        self._used[key] = row
        return [_value(plain) for plain in row]

    def keep(self) -> None:
        """Leave in the file what this write used."""
        with suppress(OSError):  # half of a cache, or none, costs time and nothing else
            self._path.write_bytes(orjson.dumps(self._used))

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


def _read(path: Path) -> dict[str, list[Any]]:
    try:
        kept = orjson.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _stored(rows: list[Any]) -> orjson.Fragment:
    """The rows as they will stand in the file: a tenth of the memory."""
    # Not orjson: it leaves a second copy in every text that is not ASCII.
    return orjson.Fragment(json.dumps(rows, ensure_ascii=False).encode())


def _plain(value: object) -> object:
    if isinstance(value, Fraction):
        return [value.numerator, value.denominator]
    return [str(value)] if isinstance(value, Decimal) else value


def _value(plain: Any) -> Any:
    if isinstance(plain, list):
        return Fraction(*plain) if len(plain) == 2 else Decimal(plain[0])
    return plain
