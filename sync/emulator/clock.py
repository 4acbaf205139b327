"""The clock an emulator lives by: one that only moves when told, or the machine's own."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Protocol

BEGINNING = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
"""Where a virtual clock starts: a Monday morning in Vietnam, on a whole minute."""


class Clock(Protocol):
    """Seconds since 1970, and a way to let them pass."""

    def now(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...


class VirtualClock:
    """Time that passes only when somebody sleeps on it; every run sees the same minutes."""

    def __init__(self, beginning: datetime = BEGINNING) -> None:
        self._now = beginning.timestamp()
        self._lock = threading.Lock()

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._now += max(0.0, seconds)

    advance = sleep


class SystemClock:
    """The machine's own time."""

    def now(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds))


def stamp(seconds: float) -> str:
    """A moment as Drive writes it: RFC 3339 with milliseconds, in UTC."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
