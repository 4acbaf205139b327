"""What worksheet functions ask of the master, kept between requests and read anew when master or ledger changed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NoReturn, cast

from sync.settings import Settings, master_of
from sync.workspace import CannotRun, Workspace
from xl_ctd.cell_values import CannotAnswer
from xl_ctd.facts import Facts, NoFacts

Seen = tuple[tuple[str, int, int], ...]
"""Name, time and size of the files that facts were read from, and the day."""


class FactsKeeper:
    """The facts of this service's master, loaded by one thread at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._guard = threading.Lock()
        self._seen: Seen | None = None
        self._facts: Facts = NoFacts()

    def __call__(self) -> Facts:
        """The facts as the master is now. Where there is no master, or it cannot be read, every question is answered
        with the sentence that says why."""
        with self._guard:
            return self._now()

    def _now(self) -> Facts:
        try:
            master = master_of(self._settings)
            return NoFacts() if master is None else self._of(master)
        except CannotRun as stop:
            return cast(Facts, _NoAnswer(stop))

    def _of(self, master: Path) -> Facts:
        from sync.facts import facts_of

        Workspace(master).check(reading=True)
        now = datetime.now()
        seen = _look(master, now)
        if seen != self._seen:
            self._facts = facts_of(master, now)
            self._seen = seen
        return self._facts


class _NoAnswer:
    """Facts that cannot be had now: any question is answered with ``#N/A`` and the sentence of what is in the way."""

    def __init__(self, stop: CannotRun) -> None:
        self._stop = stop

    def __getattr__(self, question: str) -> Callable[..., NoReturn]:
        def refuse(*asked: object) -> NoReturn:
            raise CannotAnswer("#N/A", self._stop.code, self._stop.args_)

        return refuse


def _look(master: Path, now: datetime) -> Seen:
    files = [master, *sorted(Workspace(master).folder.glob("ledger*"))]
    return (f"{now:%Y-%m-%d}", 0, 0), *((f.name, (stat := f.stat()).st_mtime_ns, stat.st_size) for f in files)
