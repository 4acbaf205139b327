"""Google's minute quotas, kept by ourselves: a bucket of tokens whose every token comes back a minute after its use.

Refilling by the second would let 119 calls into one minute: 60 at once and 59 that drip in. Here no window of sixty
seconds, wherever it begins, holds more than the quota. The quotas: https://developers.google.com/workspace/sheets/api/limits
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import orjson

from sync.google.clock import Clock

MINUTE = 60.0
PER_IDENTITY, PER_PROJECT = 60, 300
PROJECT = "*"


class Kind(StrEnum):
    """Reads and writes are counted apart."""

    READ = "read"
    WRITE = "write"


class Quota:
    """The calls of the last minute, by identity and for the whole project. ``waited`` adds up the seconds waited for.

    ``kept`` is a file that remembers them, so that two runs within a minute do not take the quota twice. A run that
    waited for another one ``recall``s what that one did.
    """

    def __init__(self, clock: Clock, kept: Path | None = None) -> None:
        self.clock, self.waited = clock, 0.0
        self._kept = kept
        self._used: dict[tuple[str, Kind], deque[float]] = {}
        self._unkept: Counter[tuple[str, Kind]] = Counter()
        """How many of the newest calls the file does not know of."""
        self.recall()

    def take(self, identity: str, kind: Kind) -> None:
        """Wait until one more call is allowed, and count it."""
        while (wait := self.wait_for(identity, kind)) > 0:
            self.waited += wait
            self.clock.sleep(wait)
        for name in (identity, PROJECT):
            self._of(name, kind).append(self.clock.now())
            self._unkept[name, kind] += 1

    def answered(self, identity: str, kind: Kind) -> None:
        """Count the newest call from now on: Google counts it when it arrives, which may be long after it was sent."""
        for name in (identity, PROJECT):
            self._of(name, kind)[-1] = self.clock.now()

    def wait_for(self, identity: str, kind: Kind) -> float:
        """Seconds until this identity may call; 0 when it may at once."""
        now = self.clock.now()
        waits = [0.0]
        for name, limit in ((identity, PER_IDENTITY), (PROJECT, PER_PROJECT)):
            used = self._of(name, kind)
            while used and used[0] <= now - MINUTE:
                used.popleft()
            if len(used) >= limit:
                waits.append(used[-limit] + MINUTE - now)
        return max(waits)

    def freest(self, identities: Iterable[str], kind: Kind) -> str:
        """The identity that may call first, and of several the one that has called least."""
        return min(identities, key=lambda name: (self.wait_for(name, kind), len(self._of(name, kind))))

    def keep(self) -> None:
        """Write the calls of the last minute down."""
        if self._kept is None:
            return
        calls = {f"{name} {kind}": list(used) for (name, kind), used in self._used.items() if used}
        beside = self._kept.with_name(f"{self._kept.name}.part")
        beside.write_bytes(orjson.dumps(calls))
        beside.replace(self._kept)
        self._unkept.clear()

    def recall(self) -> None:
        """Take in what the file knows by now: the calls of whoever ran meanwhile, beside our own."""
        now = self.clock.now()
        try:
            calls: dict[str, list[float]] = orjson.loads(self._kept.read_bytes()) if self._kept else {}
            for key, stamps in calls.items():
                name, _, word = key.rpartition(" ")
                kind = Kind(word)
                used, own = self._of(name, kind), self._unkept[name, kind]
                # A stamp from the future is of a clock that was set back since: it would block for ever.
                kept = [at for at in stamps if now - MINUTE < at <= now]
                self._used[name, kind] = deque(sorted([*kept, *list(used)[max(0, len(used) - own) :]]))
        except (OSError, ValueError, TypeError, AttributeError):
            return  # a memory of one minute: without it Google's own 429 says the same

    def _of(self, name: str, kind: Kind) -> deque[float]:
        return self._used.setdefault((name, kind), deque())
