"""The ledger: everything that was ever merged, append-only, in one database beside the master.

Each version of the master lists which units changed; what a unit held is stored under the digest of its content, so
history costs only what changed. A version stands here, in one committed transaction, before any file is touched.
SQLite by default; another database by URL, one database per master.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sync.database import Database, LedgerError, database_at, sqlite_url
from sync.encoding import decode, unpack
from xl_ctd.core.submissions import UnitYear

__all__ = ["Adding", "Event", "Ledger", "LedgerError", "Slot", "Version"]

FORMAT = 1
LEDGER_FILE = "ledger.sqlite"
WHO = 200
"""Letters of a person's name that are kept."""
_TABLES = {
    "blob": "digest VARCHAR(32) PRIMARY KEY, data {bytes} NOT NULL",
    "version": """number INTEGER PRIMARY KEY, at VARCHAR(32) NOT NULL, who VARCHAR(200) NOT NULL,
        action VARCHAR(20) NOT NULL, detail {bytes} NOT NULL, format INTEGER NOT NULL""",
    "slot": """version INTEGER NOT NULL, uid VARCHAR(64) NOT NULL, year INTEGER NOT NULL, state VARCHAR(32),
        base VARCHAR(32), notes VARCHAR(32), digest VARCHAR(64), PRIMARY KEY (version, uid, year)""",
    "event": """id {numbered}, version INTEGER NOT NULL, at VARCHAR(32) NOT NULL, kind VARCHAR(20) NOT NULL,
        detail {bytes} NOT NULL""",
}
_SLOT = "uid, year, state, base, notes, digest"
_VERSION = "number, at, who, action, detail"
MOST_NAMES = 500
"""Contents asked for in one statement."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One unit and year as of some version: names of its state, its base and its notes (None: nothing yet).

    ``digest`` identifies the file or sheet last merged, so that the same file is not read again.
    """

    uid: str
    year: int
    state: str | None
    base: str | None
    notes: str | None
    digest: str | None


@dataclass(frozen=True, slots=True)
class Version:
    """One step of the master's history. ``detail`` holds counts and what the step was about."""

    number: int
    at: str
    who: str
    action: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a version after it was decided: the file being written, written, repaired; or a
    person's decision about a held unit."""

    version: int
    at: str
    kind: str
    detail: Mapping[str, Any]


class Ledger:
    """One open ledger. Use as a context manager; asked after ``close``, it opens once more."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._database = database_at(url)
        self._database.prepare = _make_tables
        self._database.tables()  # what cannot be reached is said now

    @classmethod
    def beside(cls, folder: Path) -> Ledger:
        """The ledger in a master's own folder, made when there is none."""
        folder.mkdir(parents=True, exist_ok=True)
        return cls(sqlite_url((folder / LEDGER_FILE).as_posix()))

    @classmethod
    def only_read(cls, folder: Path) -> Ledger:
        """The ledger in a master's own folder, to look at; an empty one in memory when there is none."""
        file = folder / LEDGER_FILE
        return cls(sqlite_url(file.as_posix(), reading=True) if file.is_file() else "sqlite://")

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()

    # --- reading

    def fetch(self, digest: str) -> bytes:
        """Stored content by its name. Raises ``LedgerError`` when it is not there."""
        found = self._database.run("SELECT data FROM blob WHERE digest = ?", [digest])
        if not found:
            raise LedgerError("ledger-damaged", reason=digest)
        return bytes(found[0][0])

    def fetch_all(self, digests: Iterable[str]) -> dict[str, bytes]:
        """Several stored contents at once; names that are not there are left out."""
        wanted = list(dict.fromkeys(digests))
        found: dict[str, bytes] = {}
        for start in range(0, len(wanted), MOST_NAMES):
            names = wanted[start : start + MOST_NAMES]
            marks = ", ".join("?" * len(names))
            found.update(self._database.run(f"SELECT digest, data FROM blob WHERE digest IN ({marks})", names))
        return found

    def unit_year(self, root: str) -> UnitYear:
        """A stored unit-year."""
        return decode(root, self.fetch)

    def notes(self, name: str | None) -> Mapping[str, Any]:
        """The notes of a slot, empty when there are none."""
        return unpack(self.fetch(name)) if name else {}

    def last_version(self) -> Version | None:
        """The newest version, None for a ledger that has seen nothing."""
        newest = self.versions(limit=1)
        return newest[0] if newest else None

    def versions(self, limit: int | None = None) -> list[Version]:
        """The history, newest first."""
        most = "" if limit is None else f" LIMIT {limit:d}"
        found = self._database.run(f"SELECT {_VERSION} FROM version ORDER BY number DESC{most}")
        return [Version(number, at, who, action, unpack(detail)) for number, at, who, action, detail in found]

    def slots(self, version: int | None = None) -> dict[tuple[str, int], Slot]:
        """Every unit and year as of a version (the newest when not given)."""
        until, values = ("", []) if version is None else (" WHERE version <= ?", [version])
        found = self._database.run(
            f"SELECT {_SLOT} FROM slot JOIN"
            f" (SELECT uid, year, max(version) AS version FROM slot{until} GROUP BY uid, year) AS newest"
            " USING (uid, year, version)",
            values,
        )
        return {(slot.uid, slot.year): slot for slot in (Slot(*row) for row in found)}

    def history(self) -> list[tuple[int, Slot]]:
        """Every change of a unit's year with its version, oldest first."""
        found = self._database.run(f"SELECT version, {_SLOT} FROM slot ORDER BY version")
        return [(version, Slot(*row)) for version, *row in found]

    def changed_in(self, version: int) -> list[tuple[str, int]]:
        """Which units and years a version touched."""
        return [
            (uid, year) for uid, year in self._database.run("SELECT uid, year FROM slot WHERE version = ?", [version])
        ]

    def events(self, kind: str | None = None, version: int | None = None) -> list[Event]:
        """What happened, oldest first."""
        asked = {name: value for name, value in (("kind", kind), ("version", version)) if value is not None}
        where = f" WHERE {' AND '.join(f'{name} = ?' for name in asked)}" if asked else ""
        found = self._database.run(f"SELECT version, at, kind, detail FROM event{where} ORDER BY id", [*asked.values()])
        return [Event(number, at, kind, unpack(detail)) for number, at, kind, detail in found]

    # --- writing: only ever adding

    @contextmanager
    def adding(self) -> Iterator[Adding]:
        """One transaction: all of it is kept, or nothing."""
        with self._database.transaction():
            yield Adding(self._database)


class Adding:
    """The open transaction of ``Ledger.adding``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def contents(self, pieces: Mapping[str, bytes]) -> None:
        """Store contents under their names; what is already there stays."""
        if pieces:
            self._add("blob", "digest, data", list(pieces.items()), " ON CONFLICT DO NOTHING")

    def version(self, version: Version, detail: bytes, slots: Sequence[Slot]) -> None:
        """Store a version with the units it changes."""
        number = version.number
        self._add(
            "version", f"{_VERSION}, format", [(number, version.at, version.who[:WHO], version.action, detail, FORMAT)]
        )
        if slots:
            rows = [(number, one.uid, one.year, one.state, one.base, one.notes, one.digest) for one in slots]
            self._add("slot", f"version, {_SLOT}", rows)

    def event(self, version: int, at: str, kind: str, detail: bytes) -> None:
        """Store something that happened."""
        self._add("event", "version, at, kind, detail", [(version, at, kind, detail)])

    def _add(self, table: str, columns: str, rows: Sequence[Sequence[object]], or_else: str = "") -> None:
        marks = ", ".join("?" * len(rows[0]))
        self._database.run_each(f"INSERT INTO {table} ({columns}) VALUES ({marks}){or_else}", rows)


def _make_tables(database: Database) -> None:
    """Make what is not there. Whoever may only read and add is not asked for more."""
    there = database.tables()
    missing = {name: columns for name, columns in _TABLES.items() if name not in there}
    if missing:
        with database.transaction():
            for name, columns in missing.items():
                shape = columns.format(bytes=database.BYTES, numbered=database.NUMBERED)
                database.run(f"CREATE TABLE IF NOT EXISTS {name} ({shape})")
