"""A PostgreSQL of our own for one run of the tests: in a folder of its own, on a socket, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

OWNER = "ctd"
CLERK = "ctd_ghi"
"""May read and add; may change and delete nothing."""


class Server:
    """A running server; every database is a new one."""

    def __init__(self, socket: Path) -> None:
        self._socket, self._numbers = socket, count(1)

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"so_cai_{next(self._numbers)}"
        self.tell("postgres", f"CREATE DATABASE {name}".encode())
        return self.url(name)

    def url(self, database: str, who: str = OWNER) -> str:
        return f"postgresql://{who}@/{database}?host={self._socket}"

    def tell(self, database: str, *statements: bytes) -> None:
        """Carry out what only the owner may."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


@contextmanager
def running() -> Iterator[Server]:
    """Start a server for as long as the context lasts."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    folder = Path(tempfile.mkdtemp(prefix="ctd-pg-"))
    data, as_owner = folder / "data", []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as the system's administrator
        shutil.chown(folder, "postgres", "postgres")
        as_owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]

    def call(program: str, *arguments: str) -> None:
        subprocess.run([*as_owner, programs / program, *arguments], check=True, stdout=subprocess.DEVNULL, cwd=folder)

    call("initdb", "-D", str(data), "-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=40"
    call("pg_ctl", "-D", str(data), "-l", str(folder / "log"), "-w", "-o", options, "start")
    try:
        yield Server(folder)
    finally:
        call("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)
