"""Putting the extension into a person's LibreOffice, taking it out, and saying how it stands.

LibreOffice's own ``unopkg`` does the work. Beside it a settings file in the same profile says whom the extension asks:
the program of this computer, or the office's service.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sync.workspace import CannotRun, refusing
from xl_ctd.hosts.calc import IDENTIFIER, SETTINGS_FILE, build_oxt

PLACES = (
    Path("C:/Program Files/LibreOffice/program/unopkg.com"),
    Path("C:/Program Files (x86)/LibreOffice/program/unopkg.com"),
    Path("/Applications/LibreOffice.app/Contents/MacOS/unopkg"),
    Path("/usr/lib/libreoffice/program/unopkg"),
    Path("/opt/libreoffice/program/unopkg"),
)
PROGRAM = (sys.executable, "-P", "-m", "sync.cli", "calc", "helper")
"""What LibreOffice starts to have somebody to ask."""

SECONDS, TRIES = 100, 2
"""LibreOffice now and then stands still while it starts; started again it answers."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One person's LibreOffice: its ``unopkg`` and its profile. ``usual``: the profile is the one LibreOffice takes by
    itself, so ``unopkg`` need not be told."""

    unopkg: Path
    profile: Path
    usual: bool

    @property
    def settings(self) -> Path:
        return self.profile / "user" / SETTINGS_FILE

    def run(self, *arguments: str) -> str:
        """What ``unopkg`` prints. Raises ``CannotRun``."""
        profile = [] if self.usual else [f"-env:UserInstallation={self.profile.absolute().as_uri()}"]
        command = [str(self.unopkg), *arguments, *profile]
        for _ in range(TRIES):
            done = self._run(command)
            if done is not None:
                break
        else:
            raise CannotRun("oxt-unopkg-failed", reason=str(self.unopkg))
        if done.returncode:
            raise _refusal(done.stderr or done.stdout)
        return done.stdout

    def _run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str] | None:
        """What a program answered, None when it stood still. Raises ``CannotRun`` when it cannot be started."""
        own_group = os.name == "posix"
        try:
            process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=own_group,
            )
        except OSError:
            raise CannotRun("oxt-unopkg-failed", reason=str(self.unopkg)) from None
        with process:
            try:
                said, complained = process.communicate(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                if own_group:
                    os.killpg(process.pid, signal.SIGKILL)  # the program is a child of what was started
                else:
                    process.kill()
                return None
        return subprocess.CompletedProcess(command, process.returncode, said, complained)


def _refusal(said: str) -> CannotRun:
    if "as root" in said:
        return CannotRun("oxt-as-root")
    if "running" in said or "lock" in said.lower():
        return CannotRun("oxt-office-open")
    return CannotRun("oxt-unopkg-failed", reason=" ".join(said.split())[-300:])


@dataclass(frozen=True, slots=True)
class Standing:
    """``installed`` is the version in LibreOffice, None without one; ``service`` None: the program of this computer."""

    installed: str | None
    settings: Path
    has_settings: bool
    service: str | None


def this_desk(profile: Path | None = None) -> Desk:
    """The LibreOffice of whoever runs this. Raises ``CannotRun`` when there is none."""
    found = shutil.which("unopkg") or next((str(place) for place in PLACES if place.is_file()), None)
    if found is None:
        raise CannotRun("oxt-no-office")
    return Desk(Path(found), profile or _usual_profile(), profile is None)


def _usual_profile() -> Path:
    if sys.platform == "win32":
        return Path(os.environ["APPDATA"]) / "LibreOffice/4"
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support/LibreOffice/4"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "libreoffice/4"


def install(desk: Desk, *, url: str | None = None, token: str | None = None, certificate: Path | None = None) -> None:
    """Put the extension in, over an earlier one. ``url`` None: it asks the program of this computer."""
    with tempfile.TemporaryDirectory() as folder:
        oxt = Path(folder) / "ctd.oxt"
        build_oxt(oxt)
        desk.run("add", "--force", "--suppress-license", str(oxt))
    chosen: dict[str, Any] = {"program": list(PROGRAM)}
    if url is not None:
        chosen = {"service": url, "token": token, "certificate": str(certificate) if certificate else None}
    with refusing(desk.settings):
        desk.settings.parent.mkdir(parents=True, exist_ok=True)
        _write_privately(desk.settings, json.dumps(chosen, ensure_ascii=False, indent=1))


def _write_privately(path: Path, text: str) -> None:
    """Only its owner may read what holds a token."""
    path.unlink(missing_ok=True)
    path.touch(0o600, exist_ok=False)
    path.write_text(text, "utf-8")


def uninstall(desk: Desk) -> bool:
    """Take the extension out, its settings too. False when there was none."""
    there = _installed(desk) is not None
    if there:
        desk.run("remove", IDENTIFIER)
    with refusing(desk.settings):
        desk.settings.unlink(missing_ok=True)
    return there


def standing(desk: Desk) -> Standing:
    """How the extension stands in this LibreOffice."""
    chosen = _chosen(desk.settings)
    return Standing(_installed(desk), desk.settings, bool(chosen), chosen.get("service"))


def _chosen(settings: Path) -> dict[str, Any]:
    try:
        chosen = json.loads(settings.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return chosen if isinstance(chosen, dict) else {}


def _installed(desk: Desk) -> str | None:
    lines: Sequence[str] = [line.strip() for line in desk.run("list").splitlines()]
    if f"Identifier: {IDENTIFIER}" not in lines:
        return None
    after = lines[lines.index(f"Identifier: {IDENTIFIER}") :]
    return next((line.removeprefix("Version: ") for line in after if line.startswith("Version: ")), "?")
