"""Only what changed is read, nothing that changed is missed, and a sheet that cannot be read keeps what was read."""

from __future__ import annotations

from pathlib import Path

import pytest
from office import UNITS
from sheets_office import OWNER, SheetsOffice, google_of, letters, sheets_office

from sync.google.quota import PER_IDENTITY
from sync.sources.google_sheets import Pulled, pull_sheets
from sync.workspace import CannotRun
from workbooks import layouts
from workbooks.snapshots import unpack

QUY = layouts.TABS["QUY"]
GET, LIST = "sheets.spreadsheets.get", "drive.files.list"
AMOUNT = letters("QUY", "SO_TIEN")


def calls(shared: SheetsOffice) -> tuple[int, int]:
    """Readings and listings since last asked."""
    counted = shared.emulator.calls.count(GET, code=200), shared.emulator.calls.count(LIST, code=200)
    shared.emulator.calls.clear()
    return counted


def amounts(pulled: Pulled) -> list[object]:
    tab = next(tab for tab in unpack(pulled.files[0].path.read_bytes()).tabs if tab.title == QUY)
    column = ord(AMOUNT) - ord("A")
    return [row[column] for row in tab.rows[layouts.FIRST_ROW - 1 :] if len(row) > column and row[column] is not None]


def codes(pulled: Pulled) -> list[str]:
    return [finding.code for finding in pulled.findings]


def test_what_did_not_change_costs_one_listing(shared: SheetsOffice) -> None:
    shared.pull()
    calls(shared)
    again = shared.pull()

    assert (0, 1) == calls(shared)
    assert 1 == len(again.files)


def test_what_changed_is_read_once(tmp_path: Path) -> None:
    with sheets_office(tmp_path / "office", UNITS) as made:
        made.pull()
        made.ward(UNITS[1]).type(made.sheet(UNITS[1]), QUY, f"{AMOUNT}7", "7000000")
        made.pull()  # sharing with the ward was a change too
        calls(made)
        made.ward(UNITS[1]).type(made.sheet(UNITS[1]), QUY, f"{AMOUNT}7", "8000000")
        report = made.pull().report

        assert (1, 1) == calls(made)
        assert (made.sheet(UNITS[1]),) == report.changed


def test_an_edit_between_listing_and_reading_is_read_and_one_after_it_is_read_next_time(shared: SheetsOffice) -> None:
    ward, sheet = shared.ward(), shared.sheet()
    shared.emulator.faults.before(GET, lambda: ward.type(sheet, QUY, f"{AMOUNT}7", "111"))
    shared.emulator.faults.after(GET, lambda: ward.type(sheet, QUY, f"{AMOUNT}8", "222"))
    first, second = amounts(shared.pull()), amounts(shared.pull())

    assert (111.0, 1_000_001.0) == (first[0], first[1])
    assert (111.0, 222.0) == (second[0], second[1])


def test_an_edit_that_drive_shows_late_is_not_missed(tmp_path: Path) -> None:
    with sheets_office(tmp_path / "office", lag=180.0) as made:
        made.emulator.clock.sleep(600)
        made.pull()
        made.ward().type(made.sheet(), QUY, f"{AMOUNT}7", "333")
        soon = amounts(made.pull())[0]
        made.emulator.clock.sleep(200)
        assert (1_000_000.0, 333.0) == (soon, amounts(made.pull())[0])


def test_now_does_not_wait_for_drive(tmp_path: Path) -> None:
    with sheets_office(tmp_path / "office", lag=180.0) as made:
        made.emulator.clock.sleep(600)
        made.pull()
        made.ward().type(made.sheet(), QUY, f"{AMOUNT}7", "333")
        assert 333.0 == amounts(made.pull(everything=True))[0]


def test_once_a_day_everything_is_read_and_being_the_same_changes_nothing(shared: SheetsOffice) -> None:
    first = shared.pull()
    calls(shared)
    shared.emulator.clock.sleep(24 * 3600)
    swept = shared.pull()

    assert (1, 1) == calls(shared)
    assert ((), first.files) == (swept.report.changed, swept.files)


@pytest.mark.parametrize("what", ["revoked", "trashed", "deleted", "busy", "too large"])
def test_a_sheet_that_cannot_be_read_keeps_what_was_read(
    shared: SheetsOffice, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = shared.pull().files
    chief, sheet = shared.emulator.person(OWNER), shared.sheet()
    chief.type(sheet, QUY, f"{AMOUNT}7", "444")
    match what:
        case "revoked":
            chief.unshare(sheet, shared.google.services[0])
        case "trashed":
            chief.trash(sheet)
        case "deleted":
            chief.trash(sheet)
            chief.delete(sheet)
        case "busy":
            shared.emulator.faults.answer(500, methods=GET)
        case "too large":
            monkeypatch.setattr("sync.google.transport.MOST_BYTES", 2_000)
    found = {
        "revoked": "sheet-no-access",
        "trashed": "sheet-gone",
        "deleted": "sheet-gone",
        "busy": "sheet-not-read",
        "too large": "sheet-too-large",
    }
    pulled = shared.pull()

    assert [found[what]] == codes(pulled)
    assert [file.path for file in before] == [file.path for file in pulled.files]


def test_a_sheet_taken_from_the_trash_is_read_again(shared: SheetsOffice) -> None:
    chief = shared.emulator.person(OWNER)
    shared.pull()
    chief.trash(shared.sheet())
    shared.pull()
    chief.take_from_trash(shared.sheet())

    assert [] == codes(shared.pull())


def test_a_sheet_shared_again_is_read_again(shared: SheetsOffice) -> None:
    shared.pull()
    chief, service = shared.emulator.person(OWNER), shared.google.services[0]
    chief.unshare(shared.sheet(), service)
    shared.pull()
    chief.share(shared.sheet(), service)

    assert [] == codes(shared.pull())


def test_trouble_that_passed_is_forgotten_though_the_sheet_did_not_change(shared: SheetsOffice) -> None:
    shared.pull()
    shared.emulator.faults.answer(403, methods=GET, times=1)
    refused = shared.pull(everything=True)

    assert (["sheet-no-access"], []) == (codes(refused), codes(shared.pull()))


def test_trouble_that_meets_every_sheet_ends_the_pull_and_names_the_unread(tmp_path: Path) -> None:
    with sheets_office(tmp_path / "office", UNITS) as made:
        made.pull()
        for unit in UNITS:
            made.ward(unit).type(made.sheet(unit), QUY, f"{AMOUNT}7", "555")
        made.emulator.faults.answer(503, methods=GET, skip=1)
        begun = made.emulator.clock.now()
        pulled = made.pull()

        assert ["sheet-not-read", "sheet-not-read"] == codes(pulled)
        assert made.emulator.clock.now() - begun < 300
        made.emulator.faults.clear()
        assert (2, []) == (made.pull().report.read, codes(made.pull()))


def test_without_google_what_was_read_before_still_speaks(shared: SheetsOffice) -> None:
    before = shared.pull().files
    shared.emulator.faults.drop(methods="*", times=None)
    pulled = shared.pull()
    assert (before, ["sheet-not-read"]) == (pulled.files, codes(pulled))


def test_a_lost_memory_costs_calls_and_no_row(shared: SheetsOffice) -> None:
    before = shared.pull().files
    (shared.folder.path / "state.json").write_text("{", "utf-8")
    assert [file.path for file in before] == [file.path for file in shared.pull().files]


def test_a_lost_content_is_read_again(shared: SheetsOffice) -> None:
    (before,) = shared.pull().files
    before.path.unlink()
    (after,) = shared.pull().files
    assert before.path.stem.partition(".")[0] == after.path.stem.partition(".")[0]


def test_a_pull_counts_the_calls_of_the_run_it_waited_for(shared: SheetsOffice) -> None:
    other, mine = (google_of(shared.emulator, kept=shared.folder.quota) for _ in range(2))
    with shared.folder.locked("An"):
        for _ in range(PER_IDENTITY):
            other.read(shared.sheet())
        other.quota.keep()
    pull_sheets(shared.office.master, mine, "Bình", everything=True)

    assert (60.0, 0) == (mine.quota.waited, shared.emulator.calls.count(code=429))


def test_two_runs_do_not_read_at_once(shared: SheetsOffice) -> None:
    with shared.folder.locked("Bình"), pytest.raises(CannotRun) as caught, shared.folder.locked("An", wait=0.1):
        raise AssertionError("two at once")
    assert ("google-at-work", {"who": "Bình"}) == (caught.value.code, caught.value.args_)


def test_a_master_that_lists_no_sheet_says_so(tmp_path: Path) -> None:
    with sheets_office(tmp_path / "office", ()) as made, pytest.raises(CannotRun, match="google-nothing-listed"):
        made.pull()
