"""The commands, as an office runs them, against the emulator by ``CTD_GOOGLE_URL`` and keys in the environment."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import keyring
import pytest
from keyring.backend import KeyringBackend
from office import NOW, PERSON, UNITS, YEAR, new_office, ward_tables
from sheets_office import OWNER, SheetsOffice, letters, sheets_office

from sync.emulator import Emulator
from sync.google.connect import connect
from sync.google.identities import forget_keys, identities, keep_owner, keep_service_key
from sync.google.proof import prove
from sync.google.road import answer
from sync.run import Options
from sync.workspace import CannotRun
from workbooks import layouts

RUN = (sys.executable, "-c", "from sync.cli import main; main()")
QUY = layouts.TABS["QUY"]


def environment_of(emulator: Emulator) -> dict[str, str]:
    return {
        "CTD_GOOGLE_URL": emulator.url,
        "CTD_GOOGLE_KEYS": json.dumps(emulator.key("doc")),
        "CTD_GOOGLE_OWNER": json.dumps(emulator.authorized_user(OWNER)),
    }


def run(shared: SheetsOffice, *arguments: object, **environment: str) -> tuple[int, str]:
    """Exit code and everything printed."""
    done = subprocess.run(
        [*RUN, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
        env={**os.environ, **environment_of(shared.emulator), "COLUMNS": "200", **environment},
    )
    return done.returncode, done.stdout + done.stderr


def test_share_merge_status_and_revoke_from_the_command_line(shared: SheetsOffice) -> None:
    master, unit = shared.office.master, UNITS[0]
    shared.ward().type(shared.sheet(), QUY, f"{letters('QUY', 'SO_TIEN')}7", "nhiều lắm")
    again = run(shared, "sheets", "share", "--master", master, "--year", YEAR, "--units", unit.code)
    merged = run(shared, "merge", "--master", master, "--google")
    status = run(shared, "sheets", "status", "--master", master, "--json")
    revoked = run(shared, "sheets", "revoke", "--master", master, "--unit", unit.code)
    told = shared.emulator.person(OWNER).see(shared.sheet(), "Phản hồi", "A5:B9")

    assert (0, True) == (again[0], f"{unit.name}: bảng tính đúng mẫu, không phải sửa gì." in again[1])
    assert (1, True) == (merged[0], f"{unit.name}: đã ghi phản hồi (1 chỗ phải sửa, 0 chỗ khác nhau)." in merged[1])
    (row,) = [row for row in json.loads(status[1]) if row["spreadsheet"]]
    assert (shared.sheet(), "sheets-state-merged") == (row["spreadsheet"], row["state"])
    assert (0, f"{unit.name}: đã thu hồi quyền của 1 tài khoản.\n") == revoked
    assert ["Phải sửa", QUY] in told


def in_shared_drive(shared: SheetsOffice, **environment: str) -> tuple[str, list[tuple[int, str]]]:
    """A Shared Drive of the office; what sharing its second ward there, sharing again and merging printed."""
    drive = shared.emulator.person(OWNER).create_shared_drive("Hội Chữ thập đỏ")
    shared.emulator.person(OWNER).share(drive, shared.emulator.key("doc")["client_email"], "fileOrganizer")
    master = ("--master", shared.office.master)
    unit = ("--year", YEAR, "--units", UNITS[1].code)
    commands = [("sheets", "share", *master, *unit, "--folder", drive)] * 2 + [("merge", *master, "--google")]
    return drive, [run(shared, *command, **environment) for command in commands]


@pytest.mark.parametrize("who", ["a person", "a service account"])
def test_the_sheets_of_an_office_with_a_shared_drive_lie_in_it(shared: SheetsOffice, who: str) -> None:
    files = set(shared.emulator.world.files)
    robot = json.dumps(shared.emulator.key("doc"))
    drive, printed = in_shared_drive(shared, **({} if who == "a person" else {"CTD_GOOGLE_OWNER": robot}))
    (made,) = [file for id, file in shared.emulator.world.files.items() if id not in files]

    name = UNITS[1].name
    assert (drive, [drive], None) == (made.drive_id, made.parents, made.owner)
    assert [0, 0, 0] == [code for code, _ in printed], printed
    assert f"{name}: đã tạo bảng tính và chia sẻ." in printed[0][1]
    assert f"{name}: bảng tính đúng mẫu, không phải sửa gì." in printed[1][1]
    assert "Đã xem 2 bảng tính, đọc 2" in printed[2][1]
    assert f"{name}: đã ghi phản hồi" in printed[2][1]


def test_many_rows_that_a_ward_deleted_wait_until_the_sheet_is_accepted(tmp_path: Path) -> None:
    with sheets_office(tmp_path / "office", tables=ward_tables(UNITS[0], of_each=8)) as made:
        made.merged()
        made.ward().delete_rows(made.sheet(), QUY, 7, 12)
        master = ("--master", made.office.master)
        waited, accepted, merged = (
            run(made, *command)
            for command in (
                ("merge", *master, "--google", "--now"),
                ("sheets", "accept", *master, "--unit", UNITS[0].code),
                ("merge", *master, "--google"),
            )
        )
        left = [row[0] for key, row in made.office.held().items() if key[2] == "QUY"]

    assert (1, 0, 0) == (waited[0], accepted[0], merged[0]), (waited, accepted, merged)
    assert ["PT-06", "PT-07"] == sorted(left)


def test_two_services_that_merge_at_once_lose_and_double_nothing(shared: SheetsOffice) -> None:
    command = [*RUN, "merge", "--master", str(shared.office.master), "--google", "--now"]
    environment = {**os.environ, **environment_of(shared.emulator)}
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) for _ in range(2)]
    ended = [one.wait(timeout=120) for one in both]
    amounts = {row[0]: row[7] for key, row in shared.office.held().items() if key[2] == "QUY"}

    assert [0, 0] == ended
    assert {"PT-00": 1_000_000, "PT-01": 1_000_001, "PT-02": 1_000_002} == amounts
    assert 0 == shared.emulator.calls.count(code=429)


def test_a_comment_tells_the_ward_that_there_is_something_new_once(shared: SheetsOffice) -> None:
    master = ("--master", shared.office.master)
    shared.ward().type(shared.sheet(), QUY, f"{letters('QUY', 'SO_TIEN')}7", "nhiều lắm")
    merged = run(shared, "merge", *master, "--google")
    shared.emulator.person(OWNER).clear(shared.sheet(), "Phản hồi", "A6:I9")
    for _ in range(2):
        run(shared, "sheets", "pull", *master)
        assert 0 == run(shared, "sheets", "push", *master, "--comment")[0]
    comments = shared.emulator.world.files[shared.sheet()].comments

    assert 1 == merged[0]
    said = "Hội thành phố đã đọc bảng này: 1 chỗ phải sửa, 0 chỗ khác sổ tổng hợp. Xem trang Phản hồi."
    assert [(OWNER, said)] == [(one["author"].get("emailAddress", OWNER), one["content"]) for one in comments]


def test_without_a_key_the_office_is_led_through_the_set_up(tmp_path: Path) -> None:
    done = subprocess.run(
        [*RUN, "sheets", "setup"],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
        env={**os.environ, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"},
    )
    assert 2 == done.returncode
    assert "https://console.cloud.google.com" in done.stdout
    assert "Traceback" not in done.stderr


def test_every_permission_is_proved_and_nothing_is_left_behind() -> None:
    with Emulator() as emulator:
        proofs = list(prove(connect(environment=environment_of(emulator), clock=emulator.clock)))
        left = emulator.spreadsheets

    names = ("list", "sign-in", "create", "share", "write", "clean")
    assert [f"sheets-proof-{name}" for name in names] == [proof.code for proof in proofs]
    assert () == left


def test_a_proof_that_fails_says_which_and_why() -> None:
    with Emulator() as emulator:
        environment = {**environment_of(emulator), "CTD_GOOGLE_OWNER": json.dumps(emulator.key("chu"))}
        *_, last = prove(connect(environment=environment, clock=emulator.clock))
    assert last.failed is not None
    assert "google-storage" == last.failed.code


class Memory(KeyringBackend):
    """A keystore that lasts as long as a test."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


def test_keys_live_in_the_keystore_and_can_be_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    store, before = Memory(), keyring.get_keyring()
    keyring.set_keyring(store)
    try:
        with Emulator() as emulator:
            names = [keep_service_key(emulator.key(name)) for name in ("doc", "ghi")]
            keep_owner({**emulator.authorized_user(OWNER), "account": OWNER})
            known = [one.name for one in identities({})]
        forgotten = forget_keys()
        with pytest.raises(CannotRun, match="google-no-key"):
            connect(environment={})
    finally:
        keyring.set_keyring(before)

    assert [*sorted(names), OWNER] == known
    assert ({*names, "owner"}, {}) == (set(forgotten), store.kept)


def test_a_real_key_is_never_sent_to_a_stand_in() -> None:
    with Emulator() as emulator:
        key = {**emulator.key("doc"), "token_uri": "https://oauth2.googleapis.com/token"}
        environment = {"CTD_GOOGLE_URL": emulator.url, "CTD_GOOGLE_KEYS": json.dumps(key)}
        with pytest.raises(CannotRun, match="google-real-key-elsewhere"):
            connect(environment=environment)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "google-key-unreadable"),
        ('{"type": "service_account"}', "google-key-unreadable"),
        ("khong-co-tep.json", "source-missing"),
    ],
)
def test_a_damaged_key_is_called_damaged_and_a_missing_one_missing(text: str, code: str) -> None:
    with pytest.raises(CannotRun, match=code):
        connect(environment={"CTD_GOOGLE_KEYS": text})


def test_no_key_stands_in_a_representation() -> None:
    with Emulator() as emulator:
        known = identities(environment_of(emulator))
    assert "private" not in repr(known).casefold()
    assert emulator.authorized_user(OWNER)["refresh_token"] not in repr(known)


def test_merging_needs_something_to_merge(tmp_path: Path) -> None:
    done = subprocess.run(
        [*RUN, "merge", "--master", "x.xlsx"], capture_output=True, text=True, check=False, encoding="utf-8"
    )
    assert (2, True) == (done.returncode, "--google" in done.stderr)


def test_the_emulator_says_all_it_takes_to_practise(tmp_path: Path) -> None:
    """Every address and variable of its sentence, followed word by word, leads to a proved set-up."""
    command = [*RUN, "sheets", "emulator", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as emulator:
        assert emulator.stdout is not None
        told = emulator.stdout.readline()
        for address, file in re.findall(r"(http://\S+) thành (\S+\.json)", told):
            with urlopen(address, timeout=10) as answered:
                (tmp_path / file).write_bytes(answered.read())
        done = subprocess.run(
            [*RUN, "sheets", "setup"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            encoding="utf-8",
            env={**os.environ, **dict(re.findall(r"(CTD_\w+)=([^\s,]+)", told))},
        )
        emulator.terminate()

    assert (0, "") == (done.returncode, done.stderr)
    assert {"✔"} == {line[0] for line in done.stdout.splitlines()}


def test_nothing_can_be_told_where_no_sheet_was_shared(tmp_path: Path) -> None:
    office = new_office(tmp_path / "office", units=UNITS[:1], of_each=1)
    with Emulator() as emulator:
        google = connect(environment=environment_of(emulator))
        with pytest.raises(CannotRun, match="google-nothing-listed"):
            answer(office.master, google, Options(PERSON, NOW))
