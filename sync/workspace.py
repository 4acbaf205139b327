"""The master file and the folder beside it: ledger, lock, backups. Nobody else opens the master for writing."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from workbooks.package import refusal

KEPT_BACKUPS = 20
UNFINISHED = ".xl-ctd-"
"""Begins the last part of every name that a file has only while it is being written."""


class CannotRun(Exception):
    """The work cannot begin or go on; ``code`` and ``args_`` name the sentence that says why and what to do."""

    def __init__(self, code: str, **args: str) -> None:
        super().__init__(code)
        self.code, self.args_ = code, args


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where everything that belongs to one master lies."""

    master: Path

    @property
    def folder(self) -> Path:
        return self.master.with_name(f"{self.master.stem}.ctd")

    def remembered(self, path: str) -> str:
        """A file's path as the ledger keeps it: from the master's folder on when it lies in there, because the two are
        moved together; else in full."""
        full, home = Path(os.path.abspath(path)), os.path.abspath(self.folder.parent)  # noqa: PTH100  links stay links
        return full.relative_to(home).as_posix() if full.is_relative_to(home) else str(full)

    def place_of(self, remembered: str) -> Path:
        """Where a remembered file lies."""
        return self.folder.parent / remembered

    @property
    def own_paths(self) -> tuple[Path, ...]:
        """What is never a unit's file, wherever units send to."""
        return (self.master, self.folder)

    @property
    def backups(self) -> Path:
        return self.folder / "backups"

    @property
    def unfinished(self) -> Path:
        """The new master while it is being written, beside the old one."""
        return self.master.with_name(f".{self.master.name}{UNFINISHED}new")

    def backup_of(self, version: int) -> Path:
        """The master as it was before a version."""
        return self.backups / f"{version:06d}{self.master.suffix}"

    def check(self, *, reading: bool = False) -> None:
        """Raise ``CannotRun`` when the master is missing or, unless it is only for ``reading``, when it is read-only
        or open in a spreadsheet program."""
        if not self.master.is_file():
            raise CannotRun("master-missing", file=str(self.master))
        if reading:
            return
        if opener := self.open_elsewhere():
            raise CannotRun("master-open", file=self.master.name, who=opener)
        if not os.access(self.master, os.W_OK) or not os.access(self.master.parent, os.W_OK):
            raise CannotRun("master-read-only", file=self.master.name)

    def open_elsewhere(self) -> str | None:
        """Who has the master open, None when nobody has. Excel and LibreOffice leave a small file beside it."""
        for name in (f"~${self.master.name}", f"~${self.master.name[2:]}", f".~lock.{self.master.name}#"):
            lock = self.master.with_name(name)
            if lock.is_file():
                return _opener(lock)
        return None

    @contextmanager
    def locked(self, who: str, wait: float = 60.0) -> Iterator[None]:
        """Hold the master for one run; a second run waits, then says for whom it waited."""
        holder = self.folder / "lock.txt"
        lock = FileLock(self.folder / "lock")
        try:
            with refusing(self.master):
                self.folder.mkdir(parents=True, exist_ok=True)
                _acquire(lock, wait, holder)
                holder.write_text(who, "utf-8")
            yield
        finally:
            lock.release()

    def backup(self, version: int) -> Path:
        """Keep the master as it is now, as it was before this version; only the newest backups are kept."""
        self.backups.mkdir(parents=True, exist_ok=True)
        kept = self.backup_of(version)
        beside = kept.with_name(f"{kept.name}{UNFINISHED}part")
        try:
            # The master is only ever replaced, never written into, so its present bytes may have a second name.
            os.link(self.master, beside)
        except OSError:
            copy_whole(self.master, beside)
        beside.replace(kept)
        beside.unlink(missing_ok=True)  # two names of one file: then the system leaves both
        for old in sorted(self.backups.glob(f"*{self.master.suffix}"))[:-KEPT_BACKUPS]:
            old.unlink()
        return kept

    def clear_unfinished(self) -> None:
        """Remove what a run that was cut off had begun to write. Call it only while the master is ``locked``."""
        ours = (f"{self.master.name}{UNFINISHED}", f".{self.master.name}{UNFINISHED}")
        left = [path for path in self.master.parent.iterdir() if path.name.startswith(ours)]
        if self.backups.is_dir():
            left += [path for path in self.backups.iterdir() if UNFINISHED in path.name]
        for path in left:
            path.unlink(missing_ok=True)


def _acquire(lock: FileLock, wait: float, holder: Path) -> None:
    try:
        lock.acquire(timeout=wait)
    except Timeout:
        name = holder.read_text("utf-8") if holder.is_file() else "?"
        raise CannotRun("master-busy", who=name) from None


@contextmanager
def refusing(file: Path) -> Iterator[None]:
    """What the system refuses inside (disk full, not permitted) as ``WriteRefused``, which knows its sentence."""
    try:
        yield
    except OSError as error:
        raise refusal(error, file) from error


def refuse_other_ending(output: Path, ending: str) -> None:
    """Raise ``CannotRun`` unless the file to be made ends in this: the program that shall open it goes by it."""
    if output.suffix.casefold() != ending:
        raise CannotRun("output-other-ending", file=str(output), ending=ending)


def copy_whole(source: Path, target: Path) -> None:
    """Copy a file, its time included; it is on the disk when this returns."""
    shutil.copy2(source, target)
    with target.open("rb+") as copy:
        os.fsync(copy.fileno())


def file_digest(path: Path) -> str:
    """The digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]


def _opener(lock: Path) -> str:
    """The name inside an owner file: Excel pads it after a length byte, LibreOffice writes comma-separated fields."""
    try:
        data = lock.read_bytes()
    except OSError:
        return "?"
    if lock.name.startswith(".~lock."):
        return data.decode("utf-8", "replace").split(",")[1 if data.startswith(b",") else 0].strip() or "?"
    return data[1 : 1 + data[0]].decode("latin-1").strip() if data else "?"
