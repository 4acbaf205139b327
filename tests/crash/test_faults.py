"""Full disks, read-only folders, dying workers, damaged ledgers: one sentence, nothing lost, the next run goes on."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path

import pytest
from by_hand import opened
from office import NOW, PERSON, UNITS, Held, Office
from runs import Ran, Runs
from test_killed_runs import left_over, shown_by

from sync.history import undo
from sync.spool import Arrival, Made, Spool
from sync.workspace import CannotRun, Workspace
from workbooks.emit import Block

Before = Callable[[str], Office]
FULL = {"write-disk-full", "ledger-disk-full"}


@pytest.fixture(scope="session")
def merged(before: Before, tmp_path_factory: pytest.TempPathFactory) -> Held:
    """What the first office holds when nothing went wrong."""
    office = before("first").copy_to(tmp_path_factory.mktemp("merged") / "office")
    office.merge()
    return office.held()


def check_mended(office: Office, expected: Held) -> None:
    office.merge()
    assert expected == office.held() == shown_by(office.master)
    assert [] == left_over(office)


# --- disks


@pytest.mark.parametrize("largest_file", [1, 6_000, 25_000, 60_000, 110_000, 140_000])
def test_a_disk_that_takes_no_more_bytes_refuses_and_the_next_run_goes_on(
    before: Before, runs: Runs, tmp_path: Path, merged: Held, largest_file: int
) -> None:
    office = before("first").copy_to(tmp_path / "office")
    old = office.master.read_bytes()

    ran = runs.run("merge", office.folder, largest_file=largest_file)

    assert ran.answer["refused"] in FULL, ran
    assert old == office.master.read_bytes()
    check_mended(office, merged)


def test_a_disk_full_at_any_one_step_refuses_or_does_not_matter(
    before: Before, runs: Runs, tmp_path: Path, merged: Held
) -> None:
    office = before("first")
    steps = runs.run("merge", office.copy_to(tmp_path / "whole").folder).steps
    for step in range(1, steps + 1):
        copy = office.copy_to(tmp_path / str(step))
        ran = runs.run("merge", copy.folder, full_at=step)
        assert ran.answer.get("refused", "write-disk-full") in FULL, ran
        check_mended(copy, merged)


def command(office: Office, *arguments: object, **how: object) -> subprocess.CompletedProcess[str]:
    """The command line as a person calls it."""
    call = [sys.executable, "-c", "from sync.cli import main; main()", *map(str, arguments), "--master", office.master]
    return subprocess.run(call, capture_output=True, text=True, check=False, encoding="utf-8", **how)  # type: ignore[call-overload, no-any-return]


def test_the_command_says_in_one_sentence_that_the_disk_is_full(before: Before, tmp_path: Path) -> None:
    office = before("first").copy_to(tmp_path / "office")

    def small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (110_000, resource.RLIM_INFINITY))

    done = command(office, "merge", office.inbox, preexec_fn=small_disk)

    assert (2, "") == (done.returncode, done.stdout)
    assert 1 == done.stderr.count("\n") and "đầy" in done.stderr, done.stderr


def test_a_disk_that_takes_no_block_is_told_where_the_block_is_wanted(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.close()
    with Path("/dev/full").open("r+b", buffering=0) as full:
        spool._file = full
        made: Future[list[Made]] = Future()
        arrival = Arrival(spool, made)
        made.set_result([Block(b"rows", 1, 4, 1)])

        with pytest.raises(OSError, match="No space left"):
            list(arrival.blocks())


def test_a_read_only_folder_is_said_and_nothing_changes(before: Before, tmp_path: Path, merged: Held) -> None:
    office = before("first").copy_to(tmp_path / "office")
    old = office.master.read_bytes()
    # The system's administrator may write anywhere, so the run gives that right away.
    drop = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search,-fowner"] if os.geteuid() == 0 else []
    call = [*drop, sys.executable, "-c", "from sync.cli import main; main()"]
    office.folder.chmod(0o555)
    try:
        done = subprocess.run(
            [*call, "merge", office.inbox, "--master", office.master], capture_output=True, text=True, check=False
        )
    finally:
        office.folder.chmod(0o755)

    assert (2, "") == (done.returncode, done.stdout)
    assert 1 == done.stderr.count("\n") and office.master.name in done.stderr, done.stderr
    assert old == office.master.read_bytes()
    check_mended(office, merged)


# --- workers


@pytest.mark.parametrize("times", [1, 9])
def test_a_worker_that_is_killed_costs_nobody_else_anything(
    before: Before, runs: Runs, tmp_path: Path, merged: Held, times: int
) -> None:
    office = before("first").copy_to(tmp_path / "office")
    deaths = tmp_path / "deaths"
    deaths.mkdir()
    deadly = office.ward_file(UNITS[1]).name

    ran = runs.run("merge-deadly", office.folder, deadly=deadly, deaths=str(deaths), times=times)

    others = {key: row for key, row in merged.items() if key[0] != UNITS[1].uid}
    named = [["reader-died", deadly]]
    assert ([] if times == 1 else named) == ran.answer["errors"], ran
    assert (merged if times == 1 else others) == office.held() == shown_by(office.master)
    check_mended(office, merged)


def test_a_worker_killed_while_the_master_is_written_costs_no_block(runs: Runs, tmp_path: Path) -> None:
    made = runs.run("emit", tmp_path).answer

    assert (True, True, 12) == (made["died"], made["same"], made["blocks"])


def test_a_killed_run_takes_its_workers_along(before: Before, runs: Runs, tmp_path: Path, merged: Held) -> None:
    office = before("first").copy_to(tmp_path / "office")
    seen = tmp_path / "seen"
    seen.mkdir()

    assert runs.run("merge-slow", office.folder, workers_seen=str(seen), kill_after=3.0).killed

    workers = [int(path.name) for path in seen.iterdir()]
    assert workers
    end = time.monotonic() + 20
    while any(map(alive, workers)) and time.monotonic() < end:
        time.sleep(0.05)
    assert [] == [worker for worker in workers if alive(worker)]
    check_mended(office, merged)


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


# --- two at once


def test_two_merges_at_once_do_the_work_once(before: Before, tmp_path: Path, merged: Held) -> None:
    office = before("first").copy_to(tmp_path / "office")
    rans: list[Ran] = []

    def run() -> None:
        with Runs() as own:
            rans.append(own.run("merge", office.folder))

    both = [threading.Thread(target=run) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()

    versions = [ran.answer["version"] for ran in rans]
    assert [None, 2] == sorted(versions, key=lambda version: version or 0)
    assert merged == office.held() == shown_by(office.master)


def test_who_waits_too_long_hears_for_whom(before: Before, tmp_path: Path) -> None:
    workspace = Workspace(before("first").copy_to(tmp_path / "office").master)

    with workspace.locked("Lan"), pytest.raises(CannotRun) as stopped, workspace.locked(PERSON, wait=0.1):
        pass

    assert ("master-busy", {"who": "Lan"}) == (stopped.value.code, stopped.value.args_)


# --- people between two runs


def test_what_the_city_typed_after_a_run_was_cut_off_is_kept(
    before: Before, runs: Runs, tmp_path: Path, merged: Held
) -> None:
    steps = runs.run("merge", before("first").copy_to(tmp_path / "whole").folder).steps
    for step in range(steps // 2, steps + 1, 2):
        office = before("first").copy_to(tmp_path / str(step))
        assert runs.run("merge", office.folder, kill_at=step).killed
        with opened(office.master) as book:
            fund = book.table("QUY")
            fund.put(fund.line(SO_CT="TP-01"), NOI_DUNG="Ngân sách cấp lần hai")

        office.merge()

        changed = {key for key, row in office.held().items() if merged.get(key) != row}
        typed = [row for key, row in office.held().items() if "Ngân sách cấp lần hai" in row]
        assert merged.keys() == office.held().keys()
        assert (1, 1) == (len(changed), len(typed))
        assert office.held() == shown_by(office.master)


def test_an_older_copy_of_the_master_put_back_deletes_nothing(before: Before, tmp_path: Path, merged: Held) -> None:
    office = before("later").copy_to(tmp_path / "office")
    older = office.workspace.backup_of(2).read_bytes()
    office.merge()
    held = office.held()
    office.master.write_bytes(older)

    report = office.merge()

    assert held == office.held()
    assert [] == [notice for notice in report.notices if notice[0] == "city-edits-taken"]


def test_a_lost_ledger_loses_no_row(before: Before, tmp_path: Path, merged: Held) -> None:
    office = before("first").copy_to(tmp_path / "office")
    office.merge()
    shutil.rmtree(office.workspace.folder)

    check_mended(office, merged)


@pytest.mark.parametrize("content", [b"", b"no database at all" * 999])
def test_a_ledger_that_is_no_database_is_said_or_begun_anew(
    before: Before, tmp_path: Path, merged: Held, content: bytes
) -> None:
    office = before("first").copy_to(tmp_path / "office")
    office.merge()
    old = office.master.read_bytes()
    ledger = office.workspace.folder / "ledger.sqlite"
    ledger.write_bytes(content)
    if content:
        with pytest.raises(CannotRun) as stopped:
            office.merge()
        assert ("ledger-damaged", old) == (stopped.value.code, office.master.read_bytes())
        shutil.rmtree(office.workspace.folder)

    check_mended(office, merged)


def test_undo_of_a_merge_that_was_cut_off_gives_the_old_master_back(before: Before, runs: Runs, tmp_path: Path) -> None:
    steps = runs.run("merge", before("later").copy_to(tmp_path / "whole").folder).steps
    for step in range(steps // 3, steps, 3):
        office = before("later").copy_to(tmp_path / str(step))
        held = office.held()
        assert runs.run("merge", office.folder, kill_at=step).killed
        with office.ledger() as ledger:
            recorded = next(v for v in ledger.versions()).action == "merge" and len(ledger.versions()) > 2
        with office.open(NOW + timedelta(hours=1)) as book:
            undone = undo(book)
        assert recorded == (undone.version > 2), (step, undone)
        kept = {key: row for key, row in office.held().items() if held.get(key) != row}
        assert office.held() == shown_by(office.master)
        if recorded:
            assert 2 == len(kept)  # the city's two edits
