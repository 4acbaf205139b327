"""What is remembered of every spreadsheet beside the master: what was seen when, and each content that was read.

    <master>.ctd/google/state.json          versions, digests, moments
    <master>.ctd/google/<id>/<digest>.<revision>.ctdsheet   contents as read, named by digest and Drive's version

Losing it costs calls, never rows: everything is read again and, being the same, changes nothing. The ledger remembers
the path of what was merged, and with it the spreadsheet and the revision, whatever is lost here.
"""

from __future__ import annotations

import re
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
_CONTENT = re.compile(rf"(?P<id>[\w-]+)[/\\][0-9a-f]+\.(?P<revision>-?\d+){re.escape(SUFFIX)}$")
LINK = "https://docs.google.com/spreadsheets/d/{id}/edit"


@dataclass(frozen=True, slots=True)
class Seen:
    """One spreadsheet as it was seen last. ``version`` is what Drive said before the read, -1 when nothing was read;
    ``read_at`` ISO time; ``trouble`` the code of a finding while it cannot be read; ``answered`` names what stands in
    the service's own tabs, as read or as written since; ``changed_at`` is when its content became what it is, by Drive,
    and ``revision`` Drive's version then."""

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
class SheetReading:
    """Which reading of which spreadsheet something came from; ``revision`` is Drive's version, None when unknown."""

    id: str
    link: str
    revision: int | None

    @classmethod
    def of(cls, path: str) -> SheetReading | None:
        """The reading that a kept content holds, by its path; None for any other file.

        >>> SheetReading.of("so-tong-hop.ctd/google/1AbC/0d5f.17.ctdsheet")
        SheetReading(id='1AbC', link='https://docs.google.com/spreadsheets/d/1AbC/edit', revision=17)
        """
        found = _CONTENT.search(path)
        if found is None:
            return None
        revision = int(found["revision"])
        return cls(found["id"], LINK.format(id=found["id"]), revision if revision >= 0 else None)


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
            sheets = {key: self._still_held(key, Seen(**seen)) for key, seen in content["sheets"].items()}
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

    def content(self, spreadsheet: str, seen: Seen) -> Path:
        """Where the content that was seen last lies."""
        return self.path / spreadsheet / f"{seen.digest}.{seen.revision}{SUFFIX}"

    def _still_held(self, spreadsheet: str, seen: Seen) -> Seen:
        """Without its content a spreadsheet counts as never read."""
        held = not seen.digest or self.content(spreadsheet, seen).is_file()
        return seen if held else Seen(seen.unit, seen.title, trouble=seen.trouble, answered=seen.answered)

    def keep(self, spreadsheet: str, seen: Seen, data: bytes) -> Path:
        """Keep a content, and of the spreadsheet's older ones only some."""
        path = self.content(spreadsheet, seen)
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
