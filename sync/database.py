"""The databases a ledger may live in, each through its own driver: SQLite in a file, PostgreSQL by its address.

Statements are written once, with ``?`` for each value. Whatever a database refuses is a ``LedgerError`` with its
sentence; anything else that goes wrong is our own mistake and stays what it is.
"""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, ClassVar
from urllib.parse import SplitResult, quote, unquote, urlsplit

from sync.workspace import CannotRun

Values = Sequence[object]
Row = tuple[Any, ...]


class LedgerError(CannotRun):
    """The ledger cannot be used; nothing was added to it. The sentence says what to do."""


def database_at(url: str) -> Database:
    """The database behind an address: ``sqlite:///FILE`` (``?mode=ro``: for reading only), ``sqlite://`` (in memory,
    gone when closed) or ``postgresql://PERSON:PASSWORD@MACHINE/NAME``. What is no letter or digit may stand there as
    ``%xx``.

    Raises ``LedgerError`` for an address or a kind of database we do not know.
    """
    parts = urlsplit(url)
    kind = {"sqlite": Sqlite, "postgresql": PostgreSql}.get(parts.scheme.partition("+")[0])
    if kind is None:
        raise LedgerError("ledger-url-unknown", reason=url.partition(":")[0])
    return kind(parts)


def sqlite_url(file: str, *, reading: bool = False) -> str:
    """The address of a SQLite file, given with forward slashes."""
    return f"sqlite:///{quote(file, safe='/:')}{'?mode=ro' if reading else ''}"


class Database(ABC):
    """One database. It is connected when first asked, and again when asked after ``close``."""

    BYTES: ClassVar[str]
    """The type of a column that holds bytes."""
    NUMBERED: ClassVar[str]
    """The type of a key that the database counts up by itself."""

    def __init__(self, url: SplitResult) -> None:
        self._url = url
        self._connection: Any = None
        self.prepare: Callable[[Database], None] = lambda database: None
        """Called after each time it was connected."""

    def run(self, statement: str, values: Values = ()) -> list[Row]:
        """Carry out one statement; the rows it answers."""
        with self._refused():
            return self._run(self._connected(), statement, values)

    def run_each(self, statement: str, rows: Sequence[Values]) -> None:
        """Carry out one statement for each row of values."""
        with self._refused():
            self._run_each(self._connected(), statement, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What is run inside is kept whole, or not at all."""
        with self._refused(), self._transaction(self._connected()):
            yield

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    @abstractmethod
    def tables(self) -> set[str]:
        """The names of the tables there are."""

    def _connected(self) -> Any:
        if self._connection is None or self._is_lost(self._connection):
            self._connection = self._connect()
            try:
                self.prepare(self)
            except BaseException:
                self.close()
                raise
        return self._connection

    @abstractmethod
    def _connect(self) -> Any: ...

    def _is_lost(self, connection: Any) -> bool:
        return False

    @abstractmethod
    def _run(self, connection: Any, statement: str, values: Values) -> list[Row]: ...

    @abstractmethod
    def _run_each(self, connection: Any, statement: str, rows: Sequence[Values]) -> None: ...

    @abstractmethod
    def _transaction(self, connection: Any) -> Any: ...

    @abstractmethod
    def _code_of(self, error: Exception) -> str | None:
        """The code of the sentence for what the driver raised, None when there is none."""

    @contextmanager
    def _refused(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if code := self._code_of(error):
                raise LedgerError(code, reason=" ".join(str(error).split())) from error
            raise


class Sqlite(Database):
    """A file beside the master. One run at a time writes; others wait up to half a minute."""

    BYTES, NUMBERED = "BLOB", "INTEGER PRIMARY KEY"
    WAIT_SECONDS = 30
    CODES: ClassVar = {
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

    def tables(self) -> set[str]:
        return {name for (name,) in self.run("SELECT name FROM sqlite_master WHERE type = 'table'")}

    def _connect(self) -> sqlite3.Connection:
        place = self._url.path.removeprefix("/")
        mode = f"?{self._url.query}" if self._url.query else ""
        address = f"file:{quote(unquote(place), safe='/:')}{mode}" if place else ":memory:"
        # A service asks from many threads; SQLite itself keeps them apart.
        connection = sqlite3.connect(
            address, self.WAIT_SECONDS, isolation_level=None, check_same_thread=False, uri=bool(place)
        )
        # Rollback journal, not a write-ahead log: a log does not work on a network drive, where masters like to lie,
        # and one file is all there is to copy.
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    def _run(self, connection: sqlite3.Connection, statement: str, values: Values) -> list[Row]:
        return connection.execute(statement, values).fetchall()

    def _run_each(self, connection: sqlite3.Connection, statement: str, rows: Sequence[Values]) -> None:
        connection.executemany(statement, rows)

    @contextmanager
    def _transaction(self, connection: sqlite3.Connection) -> Iterator[None]:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk may have ended it already
                connection.execute("ROLLBACK")
            raise

    def _code_of(self, error: Exception) -> str | None:
        name = getattr(error, "sqlite_errorname", None) or ""
        return next((code for start, code in self.CODES.items() if name.startswith(start)), None)


class PostgreSql(Database):
    """An office's own server. Its driver is an optional part (``postgresql``) and takes long to load."""

    BYTES, NUMBERED = "BYTEA", "INTEGER GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"

    def __init__(self, url: SplitResult) -> None:
        super().__init__(url)
        try:
            self._driver = import_module("psycopg")
        except ImportError as missing:
            raise LedgerError("ledger-url-unknown", reason=str(missing)) from missing

    def tables(self) -> set[str]:
        found = self.run("SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()")
        return {name for (name,) in found}

    def _connect(self) -> Any:
        try:
            return self._driver.connect(self._url._replace(scheme="postgresql").geturl(), autocommit=True)
        except self._driver.ProgrammingError as error:  # not an address of its kind
            raise LedgerError("ledger-url-unknown", reason=" ".join(str(error).split())) from error

    def _is_lost(self, connection: Any) -> bool:
        return bool(connection.closed)

    def _run(self, connection: Any, statement: str, values: Values) -> list[Row]:
        cursor = connection.execute(statement.replace("?", "%s"), values)
        return list(cursor.fetchall()) if cursor.description else []

    def _run_each(self, connection: Any, statement: str, rows: Sequence[Values]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(statement.replace("?", "%s"), rows)

    def _transaction(self, connection: Any) -> Any:
        return connection.transaction()

    def _code_of(self, error: Exception) -> str | None:
        if isinstance(error, self._driver.IntegrityError):
            return "ledger-busy"  # two runs, each with a lock of its own, made the same version
        return "ledger-unreachable" if isinstance(error, self._driver.OperationalError) else None
