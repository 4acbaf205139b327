"""LibreOffice with our extension: headless for recalculating, on a screen of its own for the buttons."""

from __future__ import annotations

import json
import os
import select
import signal
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from libreoffice import ALWAYS, PATIENCE, SETTINGS, run_to_its_end

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
        build_oxt(folder / "ctd.oxt")
        with zipfile.ZipFile(folder / "ctd.oxt") as package:
            package.extractall(extension)
        calc = cls(folder, {**os.environ, "CTD_WHO": "Hà", **environment})
        calc.choose(chosen or {"program": PROGRAM})
        return calc

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
        run_to_its_end([*self.command, *told], self.folder / "profile", self.environment)
        return went / f"{workbook.stem}.{kind.split(':')[0]}"

    def choose(self, chosen: object) -> None:
        """Whom the extension asks from now on; a text is the settings file itself."""
        settings = self.folder / "profile/user/ctd-calc.json"
        settings.write_text(chosen if isinstance(chosen, str) else json.dumps(chosen), "utf-8")

    @contextmanager
    def desk(self, *, screen: bool = False) -> Iterator[Desk]:
        """Somebody works with it, on a screen of its own or without one."""
        with _screen(self.folder) if screen else nullcontext({}) as environment:
            for patience in PATIENCE:
                with self._at_work(environment) as person:
                    assert person.stdout
                    if select.select([person.stdout], [], [], patience)[0]:
                        assert person.stdout.readline(), (self.folder / "said.txt").read_text("utf-8")
                        yield Desk(person)
                        return
                (self.folder / "profile/.lock").unlink(missing_ok=True)
            raise TimeoutError("LibreOffice stood still twice")

    @contextmanager
    def _at_work(self, screen: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
        pipe = f"ctd-{os.getpid()}-{self.folder.name}-{time.monotonic_ns()}"
        options = [] if screen else ["--headless"]
        with (
            (self.folder / "said.txt").open("w") as said,
            subprocess.Popen(
                [*self.command, *options, f"--accept=pipe,name={pipe};urp;"],
                env={**self.environment, **screen},
                stdout=said,
                stderr=said,
                start_new_session=True,
            ) as office,
            subprocess.Popen(
                [SYSTEM_PYTHON, str(DRIVER), pipe], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            ) as person,
        ):
            try:
                yield person
            finally:
                person.kill()
                os.killpg(office.pid, signal.SIGKILL)

    def picture(self, path: Path) -> None:
        """What is on the screen now, as a PNG."""
        _as_png((self.folder / "screen/Xvfb_screen0").read_bytes(), path)


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
def _screen(folder: Path) -> Iterator[dict[str, str]]:
    reading, writing = os.pipe()
    (folder / "screen").mkdir(exist_ok=True)
    # Without -noreset the server begins anew when LibreOffice's splash has gone, and refuses who comes just then.
    options = ("-noreset", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-fbdir", str(folder / "screen"))
    command = ["Xvfb", "-displayfd", str(writing), *options]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        try:
            with os.fdopen(reading) as told:
                yield {"DISPLAY": f":{told.readline().strip()}"}
        finally:
            server.terminate()


def _as_png(dump: bytes, path: Path) -> None:
    """An X window dump of 32 bits a dot, as Xvfb keeps its screen, written as PNG."""
    start, *_ = struct.unpack_from(">I", dump)
    width, height = struct.unpack_from(">II", dump, 16)
    row_bytes, colours = struct.unpack_from(">I", dump, 48)[0], struct.unpack_from(">I", dump, 76)[0]
    dots = np.frombuffer(dump, np.uint8, row_bytes * height, start + 12 * colours).reshape(height, row_bytes // 4, 4)
    rows = np.zeros((height, 1 + 3 * width), np.uint8)
    rows[:, 1:] = dots[:, :width, 2::-1].reshape(height, 3 * width)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b""))
    content = b"".join(
        struct.pack(">I", len(part)) + kind + part + struct.pack(">I", zlib.crc32(kind + part)) for kind, part in parts
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + content)
