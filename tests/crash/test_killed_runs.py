"""kill -9 at any moment: the old master or the new one, no row lost, and the next run says what it did."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from office import SETUP, Held, Office
from runs import Ran, Runs

from sync.history import open_conflicts
from sync.workspace import file_digest
from workbooks.read_master import read_master
from xl_ctd.core.tables import BY_CODE

Before = Callable[[str], Office]
TOLD = {"interrupted-before-write", "interrupted-after-write"}


@dataclass(frozen=True)
class Undisturbed:
    """What a run makes of an office when nobody disturbs it, what undoing it leaves, and how long the run takes."""

    ran: Ran
    held: Held
    undone: Held


def undisturbed(runs: Runs, office: Office, job: str, folder: Path, **how: object) -> Undisturbed:
    copy = office.copy_to(folder)
    ran = runs.run(job, copy.folder, **how)
    held = copy.held()
    undone = runs.run("undo", copy.folder)
    assert "error" not in ran.answer and "error" not in undone.answer, (ran, undone)
    return Undisturbed(ran, held, copy.held())


def shown_by(master: Path) -> Held:
    """Every row of the units that a master shows."""
    found: Held = {}
    for (uid, year), unit_year in read_master(master, setup=SETUP).holdings.items():
        for code, rows in unit_year.tables.items():
            columns = [rows.column(field.code) for field in BY_CODE[code].stored]
            for rid, values in zip(rows.rids, zip(*columns, strict=True), strict=True):
                found[uid, year, code, rid] = values
    return found


def left_over(office: Office) -> list[Path]:
    """Files that only exist while something is being written."""
    known = {office.master, office.workspace.folder, office.inbox}
    kept = [path for path in office.workspace.backups.iterdir() if path.suffix != ".xlsx"]
    return [path for path in office.folder.iterdir() if path not in known] + kept


def cut_off(office: Office) -> bool:
    """Does the ledger know a version that no file was noted for?"""
    with office.ledger() as ledger:
        last = ledger.last_version()
        return last is not None and not ledger.events("written", last.number)


def check_what_is_there(office: Office, before: bytes) -> None:
    """Right after a kill: the master is the old one or one the ledger expects, whole; and the ledger is sound."""
    with office.ledger() as ledger:
        expected = {event.detail["digest"] for event in ledger.events("writing")}
        numbers = [version.number for version in ledger.versions()]
    assert list(range(len(numbers), 0, -1)) == numbers
    assert before == office.master.read_bytes() or file_digest(office.master) in expected
    with zipfile.ZipFile(office.master) as archive:
        assert archive.testzip() is None
    office.held()


def check_the_next_run(office: Office, ran: Ran, was_cut_off: bool, expected: Held) -> None:
    """A run that nobody disturbed, after any number that somebody did."""
    assert not ran.killed and "error" not in ran.answer, ran
    assert was_cut_off == bool(TOLD & set(ran.answer["notices"])), ran
    assert expected == office.held() == shown_by(office.master)
    assert [] == left_over(office)
    assert not cut_off(office)


@pytest.mark.parametrize("name", ["first", "later"])
def test_merges_killed_a_hundred_times_at_random_moments_lose_nothing(
    before: Before, runs: Runs, tmp_path: Path, name: str
) -> None:
    office = before(name)
    whole = undisturbed(runs, office, "merge", tmp_path / "whole")
    old, random = office.master.read_bytes(), Random(name)
    killed = rounds = 0
    while killed < 100:
        rounds += 1
        copy = office.copy_to(tmp_path / str(rounds))
        for _ in range(random.randint(1, 6)):
            killed += runs.run("merge", copy.folder, kill_after=random.uniform(0, 1.1 * whole.ran.seconds)).killed
            check_what_is_there(copy, old)
        broken = cut_off(copy)
        check_the_next_run(copy, runs.run("merge", copy.folder), broken, whole.held)
        if rounds % 4 == 0:
            undone = runs.run("undo", copy.folder)
            assert "error" not in undone.answer, undone
            assert whole.undone == copy.held() == shown_by(copy.master)


@pytest.mark.parametrize("name", ["first", "later"])
def test_a_merge_killed_before_any_change_on_the_disk_is_finished_by_the_next(
    before: Before, runs: Runs, tmp_path: Path, name: str
) -> None:
    office = before(name)
    whole = undisturbed(runs, office, "merge", tmp_path / "whole")
    for step in range(1, whole.ran.steps + 1):
        copy = office.copy_to(tmp_path / str(step))
        assert runs.run("merge", copy.folder, kill_at=step).killed
        check_what_is_there(copy, office.master.read_bytes())
        broken = cut_off(copy)
        check_the_next_run(copy, runs.run("merge", copy.folder), broken, whole.held)


@pytest.mark.parametrize("job", ["undo", "resolve"])
def test_a_decision_killed_before_any_change_on_the_disk_is_done_once_when_asked_again(
    before: Before, runs: Runs, tmp_path: Path, job: str
) -> None:
    office = before("conflicted")
    with office.open() as book:
        decisions = {conflict.id: "ward" for conflict in open_conflicts(book)}
        versions = len(book.ledger.versions())
    assert 1 == len(decisions)
    whole = undisturbed(runs, office, job, tmp_path / "whole", decisions=decisions)
    for step in range(1, whole.ran.steps + 1):
        copy = office.copy_to(tmp_path / str(step))
        assert runs.run(job, copy.folder, kill_at=step, decisions=decisions).killed
        check_what_is_there(copy, office.master.read_bytes())
        broken = cut_off(copy)
        with copy.ledger() as ledger:
            done = len(ledger.versions()) > versions and not broken
        if not done:
            check_the_next_run(copy, runs.run(job, copy.folder, decisions=decisions), broken, whole.held)
        assert whole.held == copy.held() == shown_by(copy.master)
