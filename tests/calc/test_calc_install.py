"""``xl-ctd calc``: the extension put into a real LibreOffice, used there, and taken out again."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from demos import RUN

from sync.workspace import CannotRun
from xl_ctd.hosts import calc_install
from xl_ctd.hosts.calc import oxt
from xl_ctd.hosts.calc_install import PROGRAM, Desk
from xl_ctd.messages import message

SETTINGS = Path("user/ctd-calc.json")

NOBODYS_UNOPKG = """#!/bin/sh
for one in "$@"; do
    case "$one" in *.oxt) chmod a+rx "$(dirname "$one")" "$one" ;; esac
done
chown -R 65534:65534 "$(dirname "$0")/../profile" 2>/dev/null  # LibreOffice itself ran there as root
cd /  # the checkout may lie where nobody else comes
exec setpriv --reuid=65534 --regid=65534 --clear-groups /usr/bin/unopkg "$@"
"""


class Terminal:
    """The command line of a person whose LibreOffice has this profile."""

    def __init__(self, folder: Path) -> None:
        self.profile = folder / "profile"
        self.environment = dict(os.environ)
        if os.geteuid() == 0:  # unopkg refuses root, so root is somebody else for a moment
            stand_in = folder / "bin/unopkg"
            stand_in.parent.mkdir()
            folder.chmod(0o777)
            stand_in.write_text(NOBODYS_UNOPKG)
            stand_in.chmod(0o755)
            self.environment["PATH"] = f"{stand_in.parent}:{os.environ['PATH']}"

    def run(self, *arguments: object) -> tuple[int, str]:
        command = [*RUN, "calc", *map(str, arguments), "--profile", str(self.profile)]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=self.environment)
        return done.returncode, (done.stdout + done.stderr).strip()


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """In a folder that others may enter too, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as folder:
        yield Terminal(Path(folder))


def test_the_extension_is_built_by_command(tmp_path: Path) -> None:
    subprocess.run([*RUN, "calc", "build", "-o", tmp_path / "ctd.oxt"], check=True, capture_output=True)

    assert oxt() == (tmp_path / "ctd.oxt").read_bytes()


def test_another_ending_is_refused_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "ctd.zip"
    done = subprocess.run([*RUN, "calc", "build", "-o", file], capture_output=True, text=True, encoding="utf-8")

    sentence = message("output-other-ending", {"file": file, "ending": ".oxt"})
    assert (2, "", sentence, []) == (done.returncode, done.stdout, done.stderr.strip(), [*tmp_path.iterdir()])


def test_put_in_used_and_taken_out(terminal: Terminal, tmp_path: Path) -> None:
    assert (1, message("oxt-status-missing")) == terminal.run("status")
    assert (0, message("oxt-installed")) == terminal.run("install")
    code, said = terminal.run("status")
    assert (0, message("oxt-status-program")) == (code, said.splitlines()[-1])
    assert {"program": list(PROGRAM)} == json.loads((terminal.profile / SETTINGS).read_text("utf-8"))

    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = '=CTD.KHONGDAU("Đông Ngàn")'
    book.save(tmp_path / "typed.xlsx")
    profile = f"-env:UserInstallation={terminal.profile.as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "csv", "--outdir", tmp_path, tmp_path / "typed.xlsx"]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    assert "dong ngan" == (tmp_path / "typed.csv").read_text("utf-8").strip()

    assert (0, message("oxt-removed")) == terminal.run("uninstall")
    assert not (terminal.profile / SETTINGS).exists()
    assert (0, message("oxt-nothing-to-remove")) == terminal.run("uninstall")


def test_a_token_is_kept_where_only_its_owner_reads_it(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "token.txt").write_text("ctd-abc\n")
    where = ("--url", "https://may-chu:8765", "--token-file", tmp_path / "token.txt")

    assert (0, message("oxt-installed")) == terminal.run("install", *where)
    settings = terminal.profile / SETTINGS
    assert {"service": "https://may-chu:8765", "token": "ctd-abc", "certificate": None} == json.loads(
        settings.read_text("utf-8")
    )
    assert 0o600 == stat.S_IMODE(settings.stat().st_mode)


def test_what_cannot_be_installed_is_one_sentence(terminal: Terminal, tmp_path: Path) -> None:
    code, said = terminal.run("install", "--token-file", tmp_path / "nothing.txt")
    assert (2, message("addin-token-unreadable", {"file": str(tmp_path / "nothing.txt")})) == (code, said)


@pytest.mark.parametrize(("still", "outcome"), [(1, "installed"), (2, "oxt-unopkg-failed")])
def test_a_libreoffice_that_stands_still_is_started_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, still: int, outcome: str
) -> None:
    begun, program = tmp_path / "begun", tmp_path / "unopkg"
    program.write_text(
        f"#!/bin/sh\necho x >> {begun}\n[ $(wc -l < {begun}) -gt {still} ] || sleep 600\necho installed\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(calc_install, "SECONDS", 3)

    try:
        told = Desk(program, tmp_path / "profile", usual=True).run("list").strip()
    except CannotRun as refused:
        told = refused.code

    assert (outcome, 2) == (told, len(begun.read_text().splitlines()))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("ERROR: Cannot run unopkg as root without --shared or --bundled option.", "oxt-as-root"),
        ("ERROR: unopkg cannot be started. The lock file indicates it is already running.", "oxt-office-open"),
        ("ERROR: something else", "oxt-unopkg-failed"),
    ],
)
def test_what_unopkg_refuses_is_one_sentence(terminal: Terminal, tmp_path: Path, said: str, code: str) -> None:
    refusing = tmp_path / "refusing/unopkg"
    refusing.parent.mkdir()
    refusing.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 1\n")
    refusing.chmod(0o755)
    terminal.environment["PATH"] = f"{refusing.parent}:{terminal.environment['PATH']}"

    assert (2, message(code, {"reason": said})) == terminal.run("install")
