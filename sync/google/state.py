"""What is remembered of every spreadsheet beside the master: what was seen when, and each content that was read.

    <master>.ctd/google/state.json          versions, digests, moments
    <master>.ctd/google/<id>/<digest>.ctdsheet   contents as read, named by their digest

Losing it costs calls, never rows: everything is read again and, being the same, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson
from filelock import FileLock, Timeout

from sync.workspace import CannotRun, Workspace, refusing
from workbooks.snapshots import SUFFIX

KEPT_CONTENTS = 10
"""Of each spreadsheet: the one in use and some before, for a question about an older version."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One spreadsheet as it was seen last. ``version`` is what Drive said before the read, -1 when nothing was read;
    ``read_at`` ISO time; ``trouble`` the code of a finding while it cannot be read; ``answered`` names what the service
    wrote into it last; ``changed_at`` is when its content became what it is, by Drive, and ``revision`` Drive's version
    then."""

    unit: str = ""
    title: str = ""
    version: int = -1
    digest: str = ""
    read_at: str = ""
    changed_at: str = ""
    revision: int = -1
    trouble: str = ""
    answered: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """All spreadsheets by id; ``swept`` is the moment of the last reading of everything, in seconds; ``folder`` the id
    of the office's folder, "" for none."""

    sheets: Mapping[str, Seen] = field(default_factory=dict)
    swept: float = 0.0
    folder: str = ""

    def of(self, spreadsheet: str) -> Seen:
        return self.sheets.get(spreadsheet, Seen())

    def saw(self, spreadsheet: str, **changes: Any) -> State:
        """The state after something new was seen of one spreadsheet."""
        return replace(self, sheets={**self.sheets, spreadsheet: replace(self.of(spreadsheet), **changes)})


class GoogleFolder:
    """The folder beside the master that holds the state and the contents."""

    def __init__(self, workspace: Workspace) -> None:
        self.path = workspace.folder / "google"
        self._master = workspace.master

    @property
    def quota(self) -> Path:
        return self.path / "quota.json"

    @contextmanager
    def locked(self, who: str, wait: float = 60.0) -> Iterator[None]:
        """One run at a time talks to Google for this master. Raises ``CannotRun``."""
        lock, holder = FileLock(self.path / "lock"), self.path / "lock.txt"
        with refusing(self._master):
            self.path.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=wait)
        except Timeout:
            raise CannotRun("google-at-work", who=holder.read_text("utf-8") if holder.is_file() else "?") from None
        try:
            holder.write_text(who, "utf-8")
            yield
        finally:
            lock.release()

    def load(self) -> State:
        """What was remembered; nothing when it is gone or damaged."""
        try:
            content: dict[str, Any] = orjson.loads((self.path / "state.json").read_bytes())
            sheets = {key: Seen(**seen) for key, seen in content["sheets"].items()}
            return State(sheets, float(content["swept"]), str(content["folder"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return State()

    def save(self, state: State) -> None:
        """Remember; the old memory or the new one is on the disk, never half of one."""
        content = {
            "sheets": {key: asdict(seen) for key, seen in state.sheets.items()},
            "swept": state.swept,
            "folder": state.folder,
        }
        self._write(self.path / "state.json", orjson.dumps(content, option=orjson.OPT_INDENT_2))

    def content(self, spreadsheet: str, digest: str) -> Path:
        """Where a content that was read lies."""
        return self.path / spreadsheet / f"{digest}{SUFFIX}"

    def keep(self, spreadsheet: str, digest: str, data: bytes) -> Path:
        """Keep a content, and of the spreadsheet's older ones only some."""
        path = self.content(spreadsheet, digest)
        if not path.is_file():
            with refusing(self._master):
                path.parent.mkdir(parents=True, exist_ok=True)
            self._write(path, data)
        old = sorted(path.parent.glob(f"*{SUFFIX}"), key=lambda one: one.stat().st_mtime_ns)
        for one in old[:-KEPT_CONTENTS]:
            if one != path:
                one.unlink(missing_ok=True)
        return path

    def _write(self, path: Path, data: bytes) -> None:
        beside = path.with_name(f"{path.name}.part")
        with refusing(self._master):
            beside.write_bytes(data)
            beside.replace(path)
