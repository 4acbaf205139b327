"""Runs that can be cut off: a server with everything loaded forks one process a run and kills it when told.

Each run is a real process with a life of its own; only its start is cheap, so that hundreds can be killed in a minute.
"""

from __future__ import annotations

import errno
import json
import os
import resource
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
    steps = Steps(order["folder"], order["kill_at"], order.get("full_at"))
    steps.watch()
    if order.get("largest_file"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["largest_file"], resource.RLIM_INFINITY))
    try:
        answer = JOBS[order["job"]](order)
    except BaseException as error:
        answer = {"refused": getattr(error, "code", ""), "error": f"{type(error).__name__}: {error}"}
    os.write(answers, json.dumps({**answer, "steps": steps.taken}).encode())
    os._exit(0)


class Steps:
    """Counts the moments before anything changes on the disk, and at the one it was told dies or finds it full."""

    CHANGES = frozenset({"os.rename", "os.remove", "os.link", "os.mkdir", "os.chmod", "os.truncate"})

    def __init__(self, folder: str, last: int | None, full: int | None) -> None:
        self.folder, self.last, self.full, self.taken = folder, last, full, 0

    def watch(self) -> None:
        """Python tells of every file it opens, renames and removes; SQLite of every row it adds and commits."""
        from sync.database import Sqlite

        sys.addaudithook(self._heard)
        connect = Sqlite._connect

        def watched(database: Sqlite) -> Any:
            connection = connect(database)
            connection.set_trace_callback(self._statement)
            return connection

        Sqlite._connect = watched
        synced = os.fsync

        def fsync(handle: int) -> None:
            self.step()
            synced(handle)

        os.fsync = fsync

    def step(self, *database: object) -> None:
        self.taken += 1
        if self.taken == self.last:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.taken == self.full and not database:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _heard(self, event: str, details: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = details
            changes = bool(flags & (os.O_WRONLY | os.O_RDWR))
        else:
            path, changes = details[0] if details else None, event in self.CHANGES
        if changes and isinstance(path, str | os.PathLike) and os.fspath(path).startswith(self.folder):
            self.step()

    def _statement(self, statement: str) -> None:
        if not statement.lstrip().startswith(("SELECT", "PRAGMA")):
            self.step(statement)


def _office(order: Mapping[str, Any]) -> Any:
    from office import Office

    return Office(Path(order["folder"]), order.get("ledger_url"))


def _merge(order: Mapping[str, Any]) -> dict[str, Any]:
    report = _office(order).merge(workers=order.get("workers", 1))
    return {
        "version": report.version,
        "applied": report.counts.applied,
        "notices": [code for code, _ in report.notices],
        "errors": [(f.code, f.where.file) for f in report.findings if f.severity.value == "error"],
    }


def _merge_deadly(order: Mapping[str, Any]) -> dict[str, Any]:
    """Merge by several workers while one file kills whoever reads it, as often as it is told."""
    import sync.reading

    read, deaths = sync.reading.read_submission, Path(order["deaths"])

    def deadly(source: Any, *args: Any, **names: Any) -> Any:
        if source.name == order["deadly"] and len(list(deaths.iterdir())) < order["times"]:
            (deaths / str(os.getpid())).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return read(source, *args, **names)

    sync.reading.read_submission = deadly
    return _merge({**order, "workers": 2})


def _merge_slow(order: Mapping[str, Any]) -> dict[str, Any]:
    """Merge by several workers that leave their process numbers and then take long."""
    import sync.reading

    def slow(*_: Any, **__: Any) -> Any:
        Path(order["workers_seen"], str(os.getpid())).touch()
        time.sleep(120)

    sync.reading.read_submission = slow
    return _merge({**order, "workers": 2})


def _undo(order: Mapping[str, Any]) -> dict[str, Any]:
    from sync.history import undo

    with _office(order).open() as book:
        undone = undo(book)
        return {"version": undone.version, "exact": undone.exact, "notices": [code for code, _ in book.notices]}


def _resolve(order: Mapping[str, Any]) -> dict[str, Any]:
    from sync.history import resolve_conflicts

    with _office(order).open() as book:
        version = resolve_conflicts(book, order["decisions"])
        return {"version": version, "notices": [code for code, _ in book.notices]}


def _emit(order: Mapping[str, Any]) -> dict[str, Any]:
    """Make the blocks of a large master by workers, one of which dies."""
    from sync.pool import Emitter, Workers
    from workbooks.emit import Job

    jobs = [Job([[f"{n}"] * 4_000], [1], [0], 1 + 4_000 * n, 4_000) for n in range(12)]
    with Emitter(48_000, Workers(2), Path(order["folder"])) as emitter:
        made = list(emitter(_emit_or_die(Path(order["folder"], "died")), iter(jobs)))
    with Emitter(48_000, Workers(1), Path(order["folder"])) as emitter:
        alone = list(emitter(_emit_or_die(Path(order["folder"], "died")), iter(jobs)))
    return {"died": Path(order["folder"], "died").exists(), "same": made == alone, "blocks": len(made)}


@dataclass(frozen=True)
class _emit_or_die:
    mark: Path

    def __call__(self, job: Any) -> Any:
        from workbooks.emit import emit_block

        if job.first_row > 20_000 and not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return emit_block(job)


JOBS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "merge": _merge,
    "merge-deadly": _merge_deadly,
    "merge-slow": _merge_slow,
    "undo": _undo,
    "resolve": _resolve,
    "emit": _emit,
}


if __name__ == "__main__":
    sys.path.insert(0, str(TESTS))
    import office  # noqa: F401 - loaded once, for all runs

    import sync.history
    import sync.run  # noqa: F401

    serve()
