"""The ledger keeps everything, changes nothing, and says what stood in it at any version."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from postgresql import Server

from sync.database import database_at
from sync.encoding import encode, pack
from sync.ledger import Event, Ledger, LedgerError, Slot, Version
from xl_ctd.core.records import Rows
from xl_ctd.core.submissions import UnitYear

AT = "2025-01-06T16:05:00"


def version(number: int, action: str = "merge") -> Version:
    return Version(number, AT, "Hà", action, {"counts": {"read": number}})


def slot(uid: str, content: str, year: int = 2024) -> Slot:
    return Slot(uid, year, content, content, content, content)


def add(ledger: Ledger, number: int, *slots: Slot) -> None:
    one = version(number)
    with ledger.adding() as adding:
        adding.version(one, pack(one.detail), slots)


def unit_year(amount: int) -> UnitYear:
    columns = {
        "SO_CT": ("PT-00", "00123"),
        "NGAY": (date(2024, 1, 8), None),
        "THU_CHI": ("T", None),
        "SO_TIEN": (amount, None),
    }
    rows = Rows("QUY", ("r1", "r2"), columns, (7, 0), "CTD.xlsx", "Sổ quỹ", {"SO_CT": "A"})
    share = Rows("NHIEM_VU", ("n1",), {"MA_NV": ("NV-01",), "PHAN_TRAM": (Decimal("0.755"),)}, (7,))
    return UnitYear("TS.2021.09367", 2024, {"DU_DAU": 5}, {"QUY": rows, "NHIEM_VU": share}, submitted=True)


def count(ledger: Ledger, table: str) -> int:
    database = database_at(ledger.url)
    ((found,),) = database.run(f"SELECT count(*) FROM {table}")
    database.close()
    return int(found)


def test_what_was_stored_comes_back_as_it_was(ledger: Ledger) -> None:
    stored = encode(unit_year(1_000_000))
    with ledger.adding() as adding:
        adding.contents(stored.pieces)

    assert unit_year(1_000_000) == ledger.unit_year(stored.root)
    assert dict(stored.pieces) == ledger.fetch_all([*stored.pieces, "not there"])


def test_the_same_content_is_stored_once(ledger: Ledger) -> None:
    first, second = encode(unit_year(1)), encode(unit_year(2))
    for pieces in (first.pieces, first.pieces, second.pieces):
        with ledger.adding() as adding:
            adding.contents(pieces)

    # Two manifests and two funds; the table of tasks is the same.
    assert 5 == len({**first.pieces, **second.pieces}) == count(ledger, "blob")


def test_a_new_ledger_has_seen_nothing(ledger: Ledger) -> None:
    assert (None, [], {}, []) == (ledger.last_version(), ledger.versions(), ledger.slots(), ledger.events())
    assert {} == ledger.notes(None)


def test_history_is_told_newest_first(ledger: Ledger) -> None:
    for number in (1, 2, 3):
        add(ledger, number)

    assert [version(3), version(2), version(1)] == ledger.versions()
    assert [version(3)] == ledger.versions(limit=1)
    assert version(3) == ledger.last_version()


def test_units_stand_as_of_any_version(ledger: Ledger) -> None:
    a1, b1, a2, c3 = slot("a", "1"), slot("b", "1"), slot("a", "2"), slot("c", "3", year=2023)
    add(ledger, 1, a1, b1)
    add(ledger, 2, a2)
    add(ledger, 3, c3)

    assert {} == ledger.slots(0)
    assert {("a", 2024): a1, ("b", 2024): b1} == ledger.slots(1)
    assert {("a", 2024): a2, ("b", 2024): b1} == ledger.slots(2)
    assert {("a", 2024): a2, ("b", 2024): b1, ("c", 2023): c3} == ledger.slots(3) == ledger.slots()
    assert [("a", 2024)] == ledger.changed_in(2)


def test_events_are_told_oldest_first_and_by_kind(ledger: Ledger) -> None:
    with ledger.adding() as adding:
        adding.event(1, AT, "writing", pack({"digest": "x"}))
        adding.event(1, AT, "written", pack({"digest": "x"}))
    with ledger.adding() as adding:
        adding.event(2, AT, "writing", pack({"digest": "y"}))
    begun, done = Event(1, AT, "writing", {"digest": "x"}), Event(1, AT, "written", {"digest": "x"})
    again = Event(2, AT, "writing", {"digest": "y"})

    assert [begun, done, again] == ledger.events()
    assert [begun, again] == ledger.events("writing")
    assert [again] == ledger.events("writing", version=2)


def test_a_version_is_kept_whole_or_not_at_all(ledger: Ledger) -> None:
    add(ledger, 1, slot("a", "1"))
    with pytest.raises(ZeroDivisionError), ledger.adding() as adding:
        adding.contents(encode(unit_year(1)).pieces)
        adding.version(version(2), pack({}), [slot("a", "2")])
        raise ZeroDivisionError

    assert ([version(1)], {("a", 2024): slot("a", "1")}) == (ledger.versions(), ledger.slots())
    assert 0 == count(ledger, "blob")


def test_a_version_is_never_written_over(ledger: Ledger) -> None:
    add(ledger, 1, slot("a", "1"))
    with pytest.raises(LedgerError) as refused:
        add(ledger, 1, slot("a", "2"))

    assert "ledger-busy" == refused.value.code
    assert {("a", 2024): slot("a", "1")} == ledger.slots()


def test_content_that_is_gone_is_said(ledger: Ledger) -> None:
    with pytest.raises(LedgerError) as refused:
        ledger.fetch("0" * 32)

    assert ("ledger-damaged", {"reason": "0" * 32}) == (refused.value.code, refused.value.args_)


def test_a_long_name_of_a_person_is_no_obstacle(ledger: Ledger) -> None:
    with ledger.adding() as adding:
        adding.version(Version(1, AT, "Hà " * 200, "merge", {}), pack({}), [])

    assert ["Hà " * 66 + "Hà"] == [one.who for one in ledger.versions()]


def test_readers_see_whole_versions_while_others_are_added(url: str) -> None:
    units, finished = [f"u{n}" for n in range(40)], threading.Event()
    seen: set[tuple[tuple[str | None, int], ...]] = set()
    Ledger(url).close()

    def read() -> None:
        with Ledger(url) as own:
            while not finished.is_set():
                seen.add(tuple(Counter(one.state for one in own.slots().values()).items()))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    with Ledger(url) as ledger:
        for number in range(1, 31):
            add(ledger, number, *(slot(uid, str(number)) for uid in units))
    finished.set()
    for reader in readers:
        reader.join()

    assert seen <= {(), *(((str(number), 40),) for number in range(1, 31))}
    assert seen


EARLIER = (
    "CREATE TABLE blob (digest VARCHAR(32) NOT NULL, data {bytes} NOT NULL, PRIMARY KEY (digest))",
    "CREATE TABLE version (number INTEGER NOT NULL, at VARCHAR(32) NOT NULL, who VARCHAR(200) NOT NULL,"
    " action VARCHAR(20) NOT NULL, detail {bytes} NOT NULL, format INTEGER NOT NULL, PRIMARY KEY (number))",
    "CREATE TABLE slot (version INTEGER NOT NULL, uid VARCHAR(64) NOT NULL, year INTEGER NOT NULL, state VARCHAR(32),"
    " base VARCHAR(32), notes VARCHAR(32), digest VARCHAR(64), PRIMARY KEY (version, uid, year))",
    "CREATE TABLE event (id {counted} NOT NULL, version INTEGER NOT NULL, at VARCHAR(32) NOT NULL,"
    " kind VARCHAR(20) NOT NULL, detail {bytes} NOT NULL, PRIMARY KEY (id))",
)
"""The tables as SQLAlchemy made them."""


def test_a_ledger_that_an_earlier_program_made_is_continued(url: str) -> None:
    database = database_at(url)
    counted = "INTEGER" if url.startswith("sqlite") else "SERIAL"
    for statement in EARLIER:
        database.run(statement.format(bytes=database.BYTES, counted=counted))
    database.close()

    with Ledger(url) as ledger:
        add(ledger, 1, slot("a", "1"))
        with ledger.adding() as adding:
            adding.contents({"x": b"1"})
            adding.event(1, AT, "written", pack({}))

        assert ([version(1)], {("a", 2024): slot("a", "1")}) == (ledger.versions(), ledger.slots())
        assert (b"1", [Event(1, AT, "written", {})]) == (ledger.fetch("x"), ledger.events())


@pytest.mark.xdist_group("postgresql")
def test_a_server_that_went_away_is_said_and_asked_again_when_it_is_back(postgresql: Server) -> None:
    url = postgresql.database()
    with Ledger(url) as ledger:
        add(ledger, 1)
        name = url.partition("?")[0].rpartition("/")[2]
        gone = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        postgresql.tell("postgres", gone.encode())

        with pytest.raises(LedgerError) as refused:
            ledger.versions()
        assert "ledger-unreachable" == refused.value.code
        assert [version(1)] == ledger.versions()


# --- when it cannot be used


def test_a_full_disk_is_said_and_nothing_is_half_kept(tmp_path: Path) -> None:
    with Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}") as ledger:
        add(ledger, 1, slot("a", "1"))
        ledger._database.run("PRAGMA max_page_count=1")
        with pytest.raises(LedgerError) as refused, ledger.adding() as adding:
            adding.contents({str(n): b"x" * 4_000 for n in range(99)})
        ledger.close()

        assert "ledger-disk-full" == refused.value.code
        assert ([version(1)], 0) == (ledger.versions(), count(ledger, "blob"))
        add(ledger, 2, slot("a", "2"))


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("postgresql+psycopg://ctd@127.0.0.1:1/so_cai", "ledger-unreachable"),
        ("sqlite:////no/such/folder/ledger.sqlite", "ledger-read-only"),
        ("postgresql://ctd@127.0.0.1:1/so_cai?khac=1", "ledger-url-unknown"),
        ("so-cai", "ledger-url-unknown"),
        ("khac://may/so_cai", "ledger-url-unknown"),
    ],
)
def test_a_ledger_that_cannot_be_reached_is_a_sentence(url: str, code: str) -> None:
    with pytest.raises(LedgerError) as refused:
        Ledger(url)

    assert code == refused.value.code


@pytest.mark.parametrize("name", ["Tháng 1, phường Đồng Nguyên", "100% xong", "a#b&c=d", "thư mục 'mới'"])
def test_the_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    with Ledger.beside(tmp_path / name) as ledger:
        add(ledger, 1)
        with Ledger(ledger.url) as again:
            assert [version(1)] == again.versions()

    assert (tmp_path / name / "ledger.sqlite").is_file()
