"""LibreOffice with our extension: headless for recalculating, on a screen of its own for the buttons."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from libreoffice import ALWAYS, SETTINGS

from xl_ctd.hosts.calc import build_oxt

PROGRAM = [sys.executable, "-c", "from sync.cli import main; main()", "calc", "helper"]
SYSTEM_PYTHON = "/usr/bin/python3"
"""The one that has LibreOffice's uno."""

DRIVER = Path(__file__).with_name("at_the_desk.py")


@dataclass(frozen=True)
class Calc:
    """A LibreOffice of its own: profile, extension and environment. ``chosen`` is what its settings file says."""

    folder: Path
    environment: Mapping[str, str]

    @classmethod
    def installed(cls, folder: Path, chosen: object = None, **environment: str) -> Calc:
        user, extension = folder / "profile/user", folder / "extensions/ctd.oxt"
        user.mkdir(parents=True)
        extension.parent.mkdir()
        (user / "registrymodifications.xcu").write_text(SETTINGS.format(mode=ALWAYS), "utf-8")
        (user / "ctd-calc.json").write_text(json.dumps(chosen or {"program": PROGRAM}), "utf-8")
        build_oxt(folder / "ctd.oxt")
        with zipfile.ZipFile(folder / "ctd.oxt") as package:
            package.extractall(extension)
        return cls(folder, {**os.environ, "CTD_WHO": "Hà", **environment})

    @property
    def command(self) -> list[str]:
        # Extensions of the machine itself are taken in by whoever starts, root too, where unopkg refuses root.
        profile, extensions = f"file://{self.folder}/profile", f"file://{self.folder}/extensions"
        options = (f"-env:UserInstallation={profile}", f"-env:BUNDLED_EXTENSIONS={extensions}")
        return ["soffice", *options, "--norestore", "--nologo", "--nodefault"]

    def converted(self, workbook: Path, kind: str = "xlsx") -> Path:
        """The workbook as LibreOffice saves it after calculating every formula anew."""
        went = self.folder / "went"
        told = ["--headless", "--convert-to", kind, "--outdir", str(went), str(workbook)]
        subprocess.run([*self.command, *told], check=True, capture_output=True, timeout=300, env=self.environment)
        return went / f"{workbook.stem}.{kind.split(':')[0]}"

    @contextmanager
    def desk(self, *, screen: bool = False) -> Iterator[Desk]:
        """Somebody works with it, on a screen of its own or without one."""
        pipe = f"ctd-{os.getpid()}-{self.folder.name}-{time.monotonic_ns()}"
        accept = f"--accept=pipe,name={pipe};urp;"
        options = [] if screen else ["--headless"]
        with (
            _screen() if screen else nullcontext({}) as environment,
            (self.folder / "said.txt").open("w") as said,
            subprocess.Popen(
                [*self.command, *options, accept],
                env={**self.environment, **environment},
                stdout=said,
                stderr=said,
                start_new_session=True,
            ) as office,
            subprocess.Popen(
                [SYSTEM_PYTHON, str(DRIVER), pipe], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            ) as person,
        ):
            try:
                yield Desk(person)
            finally:
                person.kill()
                os.killpg(office.pid, signal.SIGKILL)


class Desk:
    """The person at the desk: ``desk.put("A1", "=CTD.SO(…)")``; see ``at_the_desk.py``."""

    def __init__(self, person: subprocess.Popen[str]) -> None:
        self._person = person

    def __getattr__(self, step: str) -> Any:
        def do(*arguments: object) -> Any:
            assert self._person.stdin and self._person.stdout
            self._person.stdin.write(json.dumps([step, *arguments]) + "\n")
            self._person.stdin.flush()
            line = self._person.stdout.readline()
            assert line, f"{step} went wrong at the desk"
            return json.loads(line)

        return do


@contextmanager
def _screen() -> Iterator[dict[str, str]]:
    reading, writing = os.pipe()
    # Without -noreset the server begins anew when LibreOffice's splash has gone, and refuses who comes just then.
    options = ("-noreset", "-screen", "0", "1280x800x24", "-nolisten", "tcp")
    command = ["Xvfb", "-displayfd", str(writing), *options]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        try:
            with os.fdopen(reading) as told:
                yield {"DISPLAY": f":{told.readline().strip()}"}
        finally:
            server.terminate()
