"""Faults on purpose: refusals, broken answers, silence, and people who act between two calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from sync.emulator.clock import Clock
from sync.emulator.errors import GoogleError
from sync.emulator.identity import Accounts
from sync.emulator.quotas import exhausted

Kind = Literal["status", "html", "cut", "drop", "hang"]
HTML = (
    "<!DOCTYPE html>\n<html lang=en>\n<title>Error {code} (Server Error)!!1</title>\n"
    "<p><b>{code}.</b> <ins>That’s an error.</ins>\n<p>The server encountered a temporary error and could not complete "
    "your request.<p>Please try again in 30 seconds.\n"
)
_WORDS = {
    403: ("PERMISSION_DENIED", "The caller does not have permission"),
    408: ("DEADLINE_EXCEEDED", "Request timeout"),
    500: ("INTERNAL", "Internal error encountered."),
    502: ("UNAVAILABLE", "Bad gateway"),
    503: ("UNAVAILABLE", "The service is currently unavailable."),
    504: ("DEADLINE_EXCEEDED", "Deadline exceeded"),
}


@dataclass
class Fault:
    """One kind of trouble. ``done``: the request was carried out, only its answer is lost or wrong."""

    kind: Kind
    methods: str
    """a pattern over the names of methods, such as ``sheets.*`` or ``drive.files.list``"""
    times: int | None
    until: float | None
    skip: int
    done: bool
    code: int = 0
    reason: str | None = None


@dataclass
class _Hook:
    when: Literal["before", "after"]
    methods: str
    act: Callable[[], object]
    skip: int
    times: int


class Faults:
    """What goes wrong, and when. Without ``times`` and ``seconds`` a fault lasts until ``clear``.

    ``skip`` lets that many matching requests pass first. ``methods`` are patterns over the names in Google's discovery
    (``sheets.spreadsheets.values.*``, ``drive.files.list``, ``oauth2.token``)."""

    def __init__(self, clock: Clock, accounts: Accounts) -> None:
        self._clock, self._accounts = clock, accounts
        self._faults: list[Fault] = []
        self._hooks: list[_Hook] = []

    def _add(
        self,
        kind: Kind,
        methods: str,
        times: int | None,
        seconds: float | None,
        skip: int,
        done: bool,
        code: int = 0,
        reason: str | None = None,
    ) -> None:
        until = None if seconds is None else self._clock.now() + seconds
        self._faults.append(Fault(kind, methods, times, until, skip, done, code, reason))

    def answer(
        self,
        code: int,
        *,
        methods: str = "*",
        times: int | None = None,
        seconds: float | None = None,
        skip: int = 0,
        done: bool = False,
        reason: str | None = None,
    ) -> None:
        """Answer with this HTTP code and Google's body for it, such as 429 for ten minutes: ``seconds=600``."""
        self._add("status", methods, times, seconds, skip, done, code, reason)

    def html(
        self, code: int = 502, *, methods: str = "*", times: int | None = 1, skip: int = 0, done: bool = False
    ) -> None:
        """Answer with a page of HTML, as Google's front does when what is behind it is away."""
        self._add("html", methods, times, None, skip, done, code)

    def cut(self, *, methods: str = "*", times: int | None = 1, skip: int = 0, done: bool = True) -> None:
        """Break the connection in the middle of the body."""
        self._add("cut", methods, times, None, skip, done)

    def drop(self, *, methods: str = "*", times: int | None = 1, skip: int = 0, done: bool = False) -> None:
        """Close the connection without an answer."""
        self._add("drop", methods, times, None, skip, done)

    def hang(self, *, methods: str = "*", times: int | None = 1, skip: int = 0, done: bool = False) -> None:
        """Never answer: the caller's own timeout has to end it."""
        self._add("hang", methods, times, None, skip, done)

    def before(self, methods: str, act: Callable[[], object], *, skip: int = 0, times: int = 1) -> None:
        """Let somebody act just before a matching request is carried out."""
        self._hooks.append(_Hook("before", methods, act, skip, times))

    def after(self, methods: str, act: Callable[[], object], *, skip: int = 0, times: int = 1) -> None:
        """Let somebody act just after a matching request was carried out: between this call and the next."""
        self._hooks.append(_Hook("after", methods, act, skip, times))

    def expire_tokens(self) -> None:
        """Every access token in use is refused with 401 from now on; signing in again helps."""
        self._accounts.expire_tokens()

    def skew_clock(self, seconds: float) -> None:
        """The caller's clock is so far ahead of Google's (behind, when negative): assertions are refused."""
        self._accounts.skew = seconds

    def clear(self) -> None:
        self._faults.clear()
        self._hooks.clear()
        self._accounts.skew = 0.0

    def due(self, method: str) -> Fault | None:
        """The fault that this request meets; it is used up by it."""
        now = self._clock.now()
        self._faults = [one for one in self._faults if one.until is None or one.until > now]
        for fault in self._faults:
            if fault.times == 0 or not fnmatchcase(method, fault.methods):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            if fault.times is not None:
                fault.times -= 1
            return fault
        return None

    def act(self, when: Literal["before", "after"], method: str) -> None:
        for hook in [one for one in self._hooks if one.when == when and fnmatchcase(method, one.methods)]:
            if hook.skip:
                hook.skip -= 1
            elif hook.times:
                hook.times -= 1
                hook.act()


def refusal(fault: Fault, kind: str) -> GoogleError:
    """The body that belongs to a fault's code, for a request of this kind."""
    if fault.code == 429:
        return exhausted("read" if kind == "drive" else kind, 60, per_user=True)
    status, message = _WORDS.get(fault.code, ("UNKNOWN", "Unknown Error."))
    return GoogleError(fault.code, message, status, reason=fault.reason)


@dataclass(frozen=True, slots=True)
class Call:
    """One request that came in: what it asked for, by whom, when, and how it was answered (0: not at all)."""

    method: str
    kind: str
    email: str
    file_id: str | None
    code: int
    at: float


@dataclass
class Calls:
    """The requests that came in, in order."""

    _calls: list[Call] = field(default_factory=list)

    def add(self, call: Call) -> None:
        self._calls.append(call)

    def clear(self) -> None:
        self._calls.clear()

    def __iter__(self) -> Iterator[Call]:
        return iter(list(self._calls))

    def __len__(self) -> int:
        return len(self._calls)

    def by_method(self) -> Counter[str]:
        return Counter(call.method for call in self._calls)

    def count(self, methods: str = "*", *, code: int | None = None) -> int:
        """How many requests matched a pattern of methods, or among them were answered with a code."""
        return sum(1 for call in self if fnmatchcase(call.method, methods) and (code is None or call.code == code))
