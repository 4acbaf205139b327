"""Runs that can be cut off: a server with everything loaded forks one process a run and kills it when told.

Each run is a real process with a life of its own; only its start is cheap, so that hundreds can be killed in a minute.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Ran:
    """What became of a run. ``steps``: how often it was about to change something on the disk."""

    killed: bool
    seconds: float
    answer: Mapping[str, Any] = field(default_factory=dict)

    @property
    def steps(self) -> int:
        return int(self.answer["steps"])


class Runs:
    """The server; a context manager."""

    def __enter__(self) -> Runs:
        self._server = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._server.communicate(timeout=60)

    def run(
        self, job: str, folder: Path, *, kill_after: float | None = None, kill_at: int | None = None, **how: Any
    ) -> Ran:
        """Let one run happen: killed after so many seconds, at its n-th step, or not at all."""
        order = {"job": job, "folder": str(folder), "kill_after": kill_after, "kill_at": kill_at, **how}
        assert self._server.stdin and self._server.stdout
        self._server.stdin.write(json.dumps(order) + "\n")
        self._server.stdin.flush()
        return Ran(**json.loads(self._server.stdout.readline()))


# --- what the server does


def serve() -> None:
    """One order a line, one answer a line."""
    for line in sys.stdin:
        print(json.dumps(_forked(json.loads(line))), flush=True)  # noqa: T201


def _forked(order: Mapping[str, Any]) -> dict[str, Any]:
    ends = os.pipe()
    begun = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(ends[0])
        _live(order, ends[1])
    os.close(ends[1])
    with os.fdopen(ends[0], "rb") as answers:
        ready, _, _ = select.select([answers], [], [], order["kill_after"])
        if not ready:
            os.kill(child, signal.SIGKILL)
        answer = answers.read() if ready else b""
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return {"killed": killed, "seconds": time.monotonic() - begun, "answer": json.loads(answer or b"{}")}


def _live(order: Mapping[str, Any], answers: int) -> None:
    """The run itself, in a process of its own. It never returns."""
    steps = Steps(order["folder"], order["kill_at"])
    steps.watch()
    try:
        answer = JOBS[order["job"]](order)
    except BaseException as error:
        answer = {"refused": getattr(error, "code", ""), "error": f"{type(error).__name__}: {error}"}
    os.write(answers, json.dumps({**answer, "steps": steps.taken}).encode())
    os._exit(0)


class Steps:
    """Counts the moments before anything changes on the disk, and dies at the one it was told."""

    CHANGES = frozenset({"os.rename", "os.remove", "os.link", "os.mkdir", "os.chmod", "os.truncate"})

    def __init__(self, folder: str, last: int | None) -> None:
        self.folder, self.last, self.taken = folder, last, 0

    def watch(self) -> None:
        """Python tells of every file it opens, renames and removes; SQLAlchemy of every row it adds and commits."""
        import sqlalchemy as sa

        sys.addaudithook(self._heard)
        sa.event.listen(sa.Engine, "commit", self.step)
        sa.event.listen(sa.Engine, "before_cursor_execute", self._statement)
        synced = os.fsync

        def fsync(handle: int) -> None:
            self.step()
            synced(handle)

        os.fsync = fsync

    def step(self, *_: object) -> None:
        self.taken += 1
        if self.taken == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def _heard(self, event: str, details: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = details
            changes = bool(flags & (os.O_WRONLY | os.O_RDWR))
        else:
            path, changes = details[0] if details else None, event in self.CHANGES
        if changes and isinstance(path, str | os.PathLike) and os.fspath(path).startswith(self.folder):
            self.step()

    def _statement(self, _: object, __: object, statement: str, *___: object) -> None:
        if not statement.lstrip().startswith(("SELECT", "PRAGMA")):
            self.step()


def _merge(order: Mapping[str, Any]) -> dict[str, Any]:
    from office import Office

    report = Office(Path(order["folder"])).merge(workers=order.get("workers", 1))
    return {"version": report.version, "notices": [code for code, _ in report.notices]}


def _undo(order: Mapping[str, Any]) -> dict[str, Any]:
    from office import Office

    from sync.history import undo

    with Office(Path(order["folder"])).open() as book:
        undone = undo(book)
        return {"version": undone.version, "exact": undone.exact, "notices": [code for code, _ in book.notices]}


def _resolve(order: Mapping[str, Any]) -> dict[str, Any]:
    from office import Office

    from sync.history import resolve_conflicts

    with Office(Path(order["folder"])).open() as book:
        version = resolve_conflicts(book, order["decisions"])
        return {"version": version, "notices": [code for code, _ in book.notices]}


JOBS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {"merge": _merge, "undo": _undo, "resolve": _resolve}


if __name__ == "__main__":
    sys.path.insert(0, str(TESTS))
    import office  # noqa: F401 - loaded once, for all runs

    import sync.history
    import sync.run  # noqa: F401

    serve()
