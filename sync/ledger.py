"""The ledger: everything that was ever merged, append-only, in one database beside the master.

Each version of the master lists which units changed; what a unit held is stored under the digest of its content, so
history costs only what changed. A version stands here, in one committed transaction, before any file is touched.
SQLite by default; another database by URL, one database per master.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sync.encoding import decode, unpack
from sync.workspace import CannotRun
from xl_ctd.core.submissions import UnitYear

FORMAT = 1
LEDGER_FILE = "ledger.sqlite"
WHO = 200
"""Letters of a person's name that are kept."""
_meta = sa.MetaData()

_blob = sa.Table(
    "blob",
    _meta,
    sa.Column("digest", sa.String(32), primary_key=True),
    sa.Column("data", sa.LargeBinary, nullable=False),
)
_version = sa.Table(
    "version",
    _meta,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("who", sa.String(WHO), nullable=False),
    sa.Column("action", sa.String(20), nullable=False),
    sa.Column("detail", sa.LargeBinary, nullable=False),
    sa.Column("format", sa.Integer, nullable=False),
)
_slot = sa.Table(
    "slot",
    _meta,
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("uid", sa.String(64), primary_key=True),
    sa.Column("year", sa.Integer, primary_key=True),
    sa.Column("state", sa.String(32)),
    sa.Column("base", sa.String(32)),
    sa.Column("notes", sa.String(32)),
    sa.Column("digest", sa.String(64)),
)
_event = sa.Table(
    "event",
    _meta,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("detail", sa.LargeBinary, nullable=False),
)


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


class LedgerError(CannotRun):
    """The ledger cannot be used; nothing was added to it. The sentence says what to do."""


class Ledger:
    """One open ledger. Use as a context manager."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = _engine(url)
        sa.event.listen(self._engine, "handle_error", _refuse)
        if self._engine.dialect.name == "sqlite":
            sa.event.listen(self._engine, "connect", _prepare_sqlite)
        # SQLAlchemy has loaded this module already; the other database's takes long to load.
        self._insert = import_module(f"sqlalchemy.dialects.{self._engine.dialect.name}").insert
        _meta.create_all(self._engine)

    @classmethod
    def beside(cls, folder: Path) -> Ledger:
        """The ledger in a master's own folder, made when there is none."""
        folder.mkdir(parents=True, exist_ok=True)
        url = sa.URL.create("sqlite", database=(folder / LEDGER_FILE).as_posix())
        return cls(url.render_as_string(hide_password=False))

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._engine.dispose()

    # --- reading

    def fetch(self, digest: str) -> bytes:
        """Stored content by its name. Raises ``LedgerError`` when it is not there."""
        with self._engine.connect() as connection:
            data = connection.execute(sa.select(_blob.c.data).where(_blob.c.digest == digest)).scalar()
        if data is None:
            raise LedgerError("ledger-damaged", reason=digest)
        return bytes(data)

    def fetch_all(self, digests: Iterable[str]) -> dict[str, bytes]:
        """Several stored contents at once; names that are not there are left out."""
        found: dict[str, bytes] = {}
        wanted = list(dict.fromkeys(digests))
        with self._engine.connect() as connection:
            for start in range(0, len(wanted), 500):
                chosen = sa.select(_blob.c.digest, _blob.c.data).where(_blob.c.digest.in_(wanted[start : start + 500]))
                found.update((digest, bytes(data)) for digest, data in connection.execute(chosen))
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
        chosen = sa.select(_version).order_by(_version.c.number.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [
                Version(row.number, row.at, row.who, row.action, unpack(bytes(row.detail)))
                for row in connection.execute(chosen)
            ]

    def slots(self, version: int | None = None) -> dict[tuple[str, int], Slot]:
        """Every unit and year as of a version (the newest when not given)."""
        newest = sa.select(_slot.c.uid, _slot.c.year, sa.func.max(_slot.c.version).label("version"))
        if version is not None:
            newest = newest.where(_slot.c.version <= version)
        latest = newest.group_by(_slot.c.uid, _slot.c.year).subquery()
        same = sa.and_(_slot.c.uid == latest.c.uid, _slot.c.year == latest.c.year, _slot.c.version == latest.c.version)
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(_slot).join(latest, same)).all()
        found = (Slot(row.uid, row.year, row.state, row.base, row.notes, row.digest) for row in rows)
        return {(slot.uid, slot.year): slot for slot in found}

    def history(self) -> list[tuple[int, Slot]]:
        """Every change of a unit's year with its version, oldest first."""
        chosen = sa.select(_slot).order_by(_slot.c.version)
        with self._engine.connect() as connection:
            rows = connection.execute(chosen).all()
        return [(row.version, Slot(row.uid, row.year, row.state, row.base, row.notes, row.digest)) for row in rows]

    def changed_in(self, version: int) -> list[tuple[str, int]]:
        """Which units and years a version touched."""
        chosen = sa.select(_slot.c.uid, _slot.c.year).where(_slot.c.version == version)
        with self._engine.connect() as connection:
            return [(row.uid, row.year) for row in connection.execute(chosen)]

    def events(self, kind: str | None = None, version: int | None = None) -> list[Event]:
        """What happened, oldest first."""
        chosen = sa.select(_event).order_by(_event.c.id)
        if kind is not None:
            chosen = chosen.where(_event.c.kind == kind)
        if version is not None:
            chosen = chosen.where(_event.c.version == version)
        with self._engine.connect() as connection:
            return [
                Event(row.version, row.at, row.kind, unpack(bytes(row.detail))) for row in connection.execute(chosen)
            ]

    # --- writing: only ever adding

    @contextmanager
    def adding(self) -> Iterator[Adding]:
        """One transaction: all of it is kept, or nothing."""
        with self._engine.begin() as connection:
            yield Adding(connection, self._insert)


class Adding:
    """The open transaction of ``Ledger.adding``."""

    def __init__(self, connection: sa.Connection, insert: Any) -> None:
        self._connection = connection
        self._insert = insert

    def contents(self, pieces: Mapping[str, bytes]) -> None:
        """Store contents under their names; what is already there stays."""
        if pieces:
            rows = [{"digest": digest, "data": data} for digest, data in pieces.items()]
            self._connection.execute(self._insert(_blob).on_conflict_do_nothing(), rows)

    def version(self, version: Version, detail: bytes, slots: Sequence[Slot]) -> None:
        """Store a version with the units it changes."""
        self._connection.execute(
            sa.insert(_version).values(
                number=version.number,
                at=version.at,
                who=version.who[:WHO],
                action=version.action,
                detail=detail,
                format=FORMAT,
            )
        )
        if slots:
            rows = [
                {
                    "version": version.number,
                    "uid": slot.uid,
                    "year": slot.year,
                    "state": slot.state,
                    "base": slot.base,
                    "notes": slot.notes,
                    "digest": slot.digest,
                }
                for slot in slots
            ]
            self._connection.execute(sa.insert(_slot), rows)

    def event(self, version: int, at: str, kind: str, detail: bytes) -> None:
        """Store something that happened."""
        self._connection.execute(sa.insert(_event).values(version=version, at=at, kind=kind, detail=detail))


def _engine(url: str) -> sa.Engine:
    """The database behind a URL. Raises ``LedgerError`` for a URL or a kind of database we do not know."""
    try:
        return sa.create_engine(url)
    except (sa.exc.ArgumentError, ImportError) as error:
        raise LedgerError("ledger-url-unknown", reason=str(error)) from error


def _prepare_sqlite(connection: Any, _: object) -> None:
    # Rollback journal, not a write-ahead log: a log does not work on a network drive, where masters like to lie, and
    # one file is all there is to copy. One run at a time writes, so nobody waits.
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=30000")
    cursor.execute("PRAGMA journal_mode=DELETE")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


_REFUSALS = {
    "SQLITE_FULL": "ledger-disk-full",
    "SQLITE_IOERR": "ledger-disk-full",
    "SQLITE_READONLY": "ledger-read-only",
    "SQLITE_CANTOPEN": "ledger-read-only",
    "SQLITE_PERM": "ledger-read-only",
    "SQLITE_BUSY": "ledger-busy",
    "SQLITE_LOCKED": "ledger-busy",
    "SQLITE_CONSTRAINT": "ledger-busy",
    "SQLITE_CORRUPT": "ledger-damaged",
    "SQLITE_NOTADB": "ledger-damaged",
}
"""What SQLite says → the sentence that helps. A disk that answers no more is nearly always a full one."""


def _refuse(context: sa.ExceptionContext) -> None:
    """A database that cannot be used is a sentence, not a traceback; anything else is our own mistake and stays."""
    error = context.original_exception
    reason = " ".join(str(error).split())
    name = getattr(error, "sqlite_errorname", None)
    if name:
        code = next((code for start, code in _REFUSALS.items() if name.startswith(start)), None)
    elif isinstance(context.sqlalchemy_exception, sa.exc.IntegrityError):
        code = "ledger-busy"  # two runs, each with a lock of its own, made the same version
    elif isinstance(context.sqlalchemy_exception, sa.exc.OperationalError):
        code = "ledger-unreachable"
    else:
        code = None
    if code:
        raise LedgerError(code, reason=reason) from error
