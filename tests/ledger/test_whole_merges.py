"""Whole merges over a ledger in a database of its own: the same results, and nothing in it is ever changed."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from by_hand import opened
from office import UNITS, Held, Office, held_in, new_office
from postgresql import CLERK, Server
from runs import Runs

from sync.database import Sqlite
from sync.history import open_conflicts, resolve_conflicts, undo
from sync.ledger import Ledger

FORBIDDEN = ("UPDATE", "DELETE", "DROP", "ALTER", "TRUNCATE", "REPLACE", "VACUUM")


@pytest.fixture(scope="session")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Three wards have sent their workbooks; nothing is merged yet."""
    return new_office(tmp_path_factory.mktemp("ledger") / "office", of_each=3)


@pytest.fixture
def office(sent: Office, tmp_path: Path) -> Callable[[str | None], Office]:
    """A copy of the office with its ledger at a URL."""
    return lambda url: Office(sent.copy_to(tmp_path / f"office-{url is None}").folder, url)


def a_year_of_work(office: Office) -> list[Held]:
    """Merges, a conflict, its decision, undoing it: what the ledger held after each step."""
    held = []

    def look() -> None:
        held.append(office.held())

    office.merge()
    look()
    with opened(office.ward_file()) as book:
        book.table("QUY").change("PT-01", SO_TIEN=2_500_000)
    with opened(office.master) as book:
        fund = book.table("QUY")
        fund.put(fund.line(SO_CT="PT-01", _uid=UNITS[0].uid), SO_TIEN=1_700_000)
    assert 1 == len(office.merge().conflicts)
    look()
    with office.open() as book:
        resolve_conflicts(book, {conflict.id: "ward" for conflict in open_conflicts(book)})
    look()
    for _ in range(3):
        with office.open() as book:
            undo(book)
        look()
    return held


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that SQLite itself is given meanwhile, as it tells them."""
    heard: list[str] = []
    connect = Sqlite._connect

    def heard_by_sqlite(self: Sqlite) -> sqlite3.Connection:
        connection = connect(self)
        connection.set_trace_callback(lambda statement: heard.append(" ".join(statement.split())))
        return connection

    monkeypatch.setattr(Sqlite, "_connect", heard_by_sqlite)
    return heard


def test_merging_deciding_and_undoing_only_ever_add(
    office: Callable[[str | None], Office], statements: list[str]
) -> None:
    held = a_year_of_work(office(None))

    first, with_conflict, decided, *undone = held
    city = {key: row for key, row in with_conflict.items() if first[key] != row}
    ward = {key: row for key, row in decided.items() if first[key] != row}
    assert (36, 1, 1) == (len(first), len(city), len(ward))
    assert [with_conflict, with_conflict, city] == undone  # what the city typed is never undone
    assert {"SELECT", "INSERT", "CREATE", "BEGIN", "COMMIT"} == {
        statement.split()[0].upper() for statement in statements
    }
    assert [] == [one for one in statements if any(f" {word} " in f" {one.upper()} " for word in FORBIDDEN)]


def test_every_version_stays_readable(office: Callable[[str | None], Office]) -> None:
    own = office(None)
    own.merge()
    first = own.held()
    a_year_of_work(own)

    with own.ledger() as ledger:
        assert first == held_in(ledger, 1)
        assert {} == held_in(ledger, 0)


@pytest.mark.xdist_group("postgresql")
def test_a_year_of_work_on_postgresql_is_the_same_as_beside_the_master(
    office: Callable[[str | None], Office], postgresql: Server
) -> None:
    there, here = office(postgresql.database()), office(None)

    assert a_year_of_work(here) == a_year_of_work(there)
    assert not (there.workspace.folder / "ledger.sqlite").exists()
    assert (there.workspace.folder / "lock").exists() and list(there.workspace.backups.iterdir())


@pytest.mark.xdist_group("postgresql")
def test_on_postgresql_a_right_to_read_and_add_is_enough(
    office: Callable[[str | None], Office], postgresql: Server
) -> None:
    owned = postgresql.database()
    Ledger(owned).close()
    database = owned.partition("?")[0].rpartition("/")[2]
    postgresql.tell(
        database,
        f"DROP ROLE IF EXISTS {CLERK}".encode(),
        f"CREATE ROLE {CLERK} LOGIN".encode(),
        f"GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO {CLERK}".encode(),
    )

    a_year_of_work(office(postgresql.url(database, CLERK)))


@pytest.mark.xdist_group("postgresql")
def test_runs_killed_over_postgresql_lose_nothing(
    sent: Office, office: Callable[[str | None], Office], postgresql: Server, tmp_path: Path
) -> None:
    whole = office(None)
    whole.merge()
    random, killed = Random(2024), 0
    with Runs() as runs:
        for round_ in range(6):
            copy = Office(sent.copy_to(tmp_path / str(round_)).folder, postgresql.database())
            for _ in range(3):
                killed += runs.run(
                    "merge", copy.folder, kill_after=random.uniform(0.05, 0.9), ledger_url=copy.ledger_url
                ).killed
            copy.merge()
            assert whole.held() == copy.held()
    assert killed


@pytest.mark.xdist_group("postgresql")
def test_the_command_line_takes_the_ledger_s_address_from_its_surroundings(
    office: Callable[[str | None], Office], postgresql: Server
) -> None:
    own = office(postgresql.database())
    call = [sys.executable, "-c", "from sync.cli import main; main()", "merge", own.inbox, "--master", own.master]
    done = subprocess.run(
        call, capture_output=True, text=True, check=False, env={**os.environ, "CTD_LEDGER_URL": str(own.ledger_url)}
    )

    assert (0, "") == (done.returncode, done.stderr)
    with own.ledger() as ledger:
        assert ["merge"] == [version.action for version in ledger.versions()]
