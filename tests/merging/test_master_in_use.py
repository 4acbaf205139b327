"""The master is open elsewhere, read-only or in another run's hands; the ledger lives in another place."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from command import answer_of, one_sentence, run, start
from filelock import FileLock
from small_office import SmallOffice

from sync.workspace import CannotRun, Workspace

EXCEL = b"\x0aPham Thi C" + b" " * 44 + "Phạm Thị C".encode("utf-16-le").ljust(110, b"\x00")
CALC = ",Trần Văn B,may-02,20.01.2025 08:15,file:///home/b;".encode()


@pytest.mark.parametrize(
    ("lock", "content", "name"),
    [("~$so-tong-hop.xlsx", EXCEL, "C"), (".~lock.so-tong-hop.xlsx#", CALC, "Trần Văn B")],
    ids=["Excel", "LibreOffice"],
)
def test_a_master_open_elsewhere_is_left_alone_and_it_is_said_by_whom(
    merged: SmallOffice, lock: str, content: bytes, name: str
) -> None:
    (merged.folder / lock).write_bytes(content)
    with merged.in_ward() as book:
        book.table("QUY").change("PT-1", SO_TIEN=1_500_000)
    before = merged.master.read_bytes()

    sentence = one_sentence(run("merge", merged.inbox, "--master", merged.master))
    assert name in sentence
    assert "Hãy đóng sổ" in sentence
    for change in (merged.undo, merged.merge):
        with pytest.raises(CannotRun) as stop:
            change()
        assert "master-open" == stop.value.code
    assert before == merged.master.read_bytes()

    (merged.folder / lock).unlink()
    assert 1 == merged.merge().counts.applied


def test_a_master_open_elsewhere_can_still_be_asked(merged: SmallOffice) -> None:
    (merged.folder / "~$so-tong-hop.xlsx").write_bytes(EXCEL)

    for command in ("targets", "history"):
        assert 0 == run(command, "--master", merged.master, "--json").code, command


@contextmanager
def read_only(path: Path) -> Iterator[None]:
    mode = path.stat().st_mode
    path.chmod(mode & ~0o222)
    try:
        yield
    finally:
        path.chmod(mode)


def test_a_read_only_master_or_folder_is_left_alone(merged: SmallOffice) -> None:
    with merged.in_ward() as book:
        book.table("QUY").change("PT-1", SO_TIEN=1_500_000)
    before = merged.master.read_bytes()

    for path in (merged.master, merged.folder, merged.workspace.folder):
        with read_only(path):
            assert "chỉ đọc" in one_sentence(run("merge", merged.inbox, "--master", merged.master))

    assert before == merged.master.read_bytes()
    assert sorted(path.name for path in merged.folder.iterdir()) == ["so-tong-hop.ctd", "so-tong-hop.xlsx", "wards"]
    assert 1 == run("merge", merged.inbox, "--master", merged.master, "--json").json["applied"]


def test_a_read_only_master_can_still_be_asked(merged: SmallOffice) -> None:
    with read_only(merged.master):
        assert 0 == run("targets", "--master", merged.master, "--json").code


def test_a_second_run_waits_for_the_first(merged: SmallOffice) -> None:
    with merged.in_ward() as book:
        book.table("QUY").change("PT-1", SO_TIEN=1_500_000)
    lock = FileLock(merged.workspace.folder / "lock")
    with lock:
        waiting = start("merge", merged.inbox, "--master", merged.master, "--json")
        time.sleep(3)
        assert waiting.poll() is None
    assert 1 == answer_of(waiting).json["applied"]


def test_two_real_runs_at_once_both_end_well(merged: SmallOffice) -> None:
    with merged.in_ward() as book:
        book.table("QUY").change("PT-1", SO_TIEN=1_500_000)

    both = [start("merge", merged.inbox, "--master", merged.master, "--json", CTD_WHO=who) for who in ("Lan", "Hà")]
    answers = [answer_of(one) for one in both]

    assert [0, 0] == [one.code for one in answers]
    assert [0, 1] == sorted(one.json["applied"] for one in answers)
    assert 48 == len(merged.held())


def test_a_run_that_waits_too_long_says_for_whom(merged: SmallOffice) -> None:
    workspace = Workspace(merged.master)
    with workspace.locked("Hà"), pytest.raises(CannotRun) as stop, Workspace(merged.master).locked("Lan", wait=0.2):
        pass

    assert ("master-busy", {"who": "Hà"}) == (stop.value.code, stop.value.args_)


def test_a_run_that_was_killed_holds_nobody_up(merged: SmallOffice) -> None:
    lock = FileLock(merged.workspace.folder / "lock")
    lock.acquire()
    victim = start("merge", merged.inbox, "--master", merged.master)
    time.sleep(2)
    os.kill(victim.pid, signal.SIGKILL)
    victim.communicate()
    lock.release()

    assert 0 == run("merge", merged.inbox, "--master", merged.master).code


def test_the_ledger_may_live_in_another_place(office: SmallOffice, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'so-cai.db'}"

    assert 48 == run("merge", office.inbox, "--master", office.master, "--json", CTD_LEDGER_URL=url).json["applied"]

    assert not (office.workspace.folder / "ledger.sqlite").exists()
    with sqlite3.connect(tmp_path / "so-cai.db") as database:
        assert [(1, "merge")] == database.execute("select number, action from version").fetchall()
    elsewhere = SmallOffice(office.folder, url)
    assert (0, 48) == (elsewhere.merge().counts.applied, len(elsewhere.held()))
    doctor = run("doctor", "--master", office.master, CTD_LEDGER_URL=url)
    assert (0, True) == (doctor.code, "Sổ cái ở bản 1" in doctor.out)
    assert elsewhere.undo().exact
    assert not (office.workspace.folder / "ledger.sqlite").exists()


@pytest.mark.parametrize("url", ["không phải địa chỉ", "mongodb://x/y", "postgresql+psycopg://127.0.0.1:1/nowhere"])
def test_a_ledger_that_cannot_be_reached_is_one_sentence(merged: SmallOffice, url: str) -> None:
    before = merged.master.read_bytes()

    sentence = one_sentence(run("merge", merged.inbox, "--master", merged.master, CTD_LEDGER_URL=url))

    assert "CTD_LEDGER_URL" in sentence
    assert before == merged.master.read_bytes()
