"""Actions that people have started: each in a thread of its own, those that change something one after another."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass
from typing import Any

from sync.service_door import Caller, Refusal, refusal_of, unexpected
from sync.service_log import tell

Progress = Callable[[str, int, int], None]
Work = Callable[[Progress], dict[str, Any]]
"""What a run does: it is handed a function that hears (step, done, total), and returns the answer as plain JSON."""

REMEMBERED = 100
_AT_ONCE = 4


@dataclass(slots=True)
class Run:
    """One action under way or done. ``done`` of ``total`` pieces of a ``step`` (``read``, ``write``) are finished."""

    id: str
    action: str
    caller: Caller
    future: Future[dict[str, Any]]
    step: str = ""
    done: int = 0
    total: int = 0

    @property
    def is_over(self) -> bool:
        return self.future.done()

    @property
    def refusal(self) -> Refusal | None:
        """Why it failed; None while it runs and when it did not."""
        error = self.future.exception() if self.is_over else None
        return error if isinstance(error, Refusal) else None

    def report(self, step: str, done: int, total: int) -> None:
        self.step, self.done, self.total = step, done, total


class Runs:
    """All runs of this service. What another process does with the same master is kept apart by the master's lock."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="action")
        self._guard = threading.Lock()
        self._runs: dict[str, Run] = {}
        self._changing: str | None = None
        self._is_stopping = False

    def start(self, action: str, caller: Caller, work: Work, *, changes: bool) -> Run:
        """Begin an action. Raises ``Refusal`` when the service is stopping, and when ``changes`` and another action
        that changes something is not over yet."""
        with self._guard:
            if self._is_stopping:
                raise Refusal(503, "service-stopping")
            busy = self._runs.get(self._changing or "")
            if changes and busy and not busy.is_over:
                raise Refusal(409, "action-busy", action=busy.action, who=busy.caller.name)
            run = Run(secrets.token_hex(8), action, caller, Future())
            self._runs[run.id] = run
            if changes:
                self._changing = run.id
            self._forget_oldest()
            self._threads.submit(_carry_out, run, work)
        return run

    def find(self, id_: str, caller: Caller) -> Run:
        """A run that this caller started. Raises ``Refusal`` for another's and for one that is long gone."""
        run = self._runs.get(id_)
        if run is None or run.caller.token != caller.token:
            raise Refusal(404, "run-unknown")
        return run

    def of(self, caller: Caller) -> list[Run]:
        """Every remembered run that this caller started, oldest first."""
        with self._guard:
            return [run for run in self._runs.values() if run.caller.token == caller.token]

    def stop(self) -> None:
        """Take nothing new and come back when everything under way is finished."""
        with self._guard:
            self._is_stopping = True
            waiting = [run.future for run in self._runs.values() if not run.is_over]
        if waiting:
            tell("finishing", runs=len(waiting))
        wait_for(waiting)
        self._threads.shutdown(wait=True)

    def _forget_oldest(self) -> None:
        over = [id_ for id_, run in self._runs.items() if run.is_over]
        for id_ in over[: max(0, len(self._runs) - REMEMBERED)]:
            del self._runs[id_]


def _carry_out(run: Run, work: Work) -> None:
    run.future.set_running_or_notify_cancel()
    try:
        run.future.set_result(work(run.report))
    except BaseException as error:  # whatever it is, somebody waits for this run to be over
        run.future.set_exception((isinstance(error, Exception) and refusal_of(error)) or unexpected(error))
