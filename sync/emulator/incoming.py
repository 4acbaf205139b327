"""A request on its way to a handler, and what a handler can answer besides JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from re import Pattern
from typing import Any

from sync.emulator.grid import JSON
from sync.emulator.identity import Token
from sync.emulator.masks import EVERYTHING, Mask, parse_mask, project
from sync.emulator.world import World


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer that is not JSON; no content and 204 for a deletion."""

    content: bytes
    content_type: str
    code: int = 200


@dataclass(frozen=True, slots=True)
class Incoming:
    """Who asks, for what, and with which parameters."""

    world: World
    token: Token
    parts: Sequence[str]
    """what the pattern of the path left open: file id, range, …"""
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    body: JSON = field(default_factory=dict)
    content: bytes = b""

    @property
    def email(self) -> str:
        return self.token.email

    def one(self, name: str) -> str | None:
        """The last value of a query parameter; None when it is missing or blank."""
        values = self.query.get(name)
        return values[-1] if values and values[-1] != "" else None

    def flag(self, name: str) -> bool:
        return (self.one(name) or "false").lower() == "true"

    @property
    def mask(self) -> Mask:
        fields = self.one("fields") or self.one("$fields")
        return parse_mask(fields) if fields else EVERYTHING

    def masked(self, answer: JSON, default: Mask = EVERYTHING) -> JSON:
        """The answer cut to what ``fields`` asks for, or to what the API sends without it."""
        return project(answer, self.mask or default)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Route:
    """A method of an API: its name in Google's discovery, where it is, and the quota it counts against."""

    name: str
    http: str
    path: Pattern[str]
    kind: str
    """read, write or drive"""
    handle: Callable[[Incoming], JSON | Raw]

    @property
    def service(self) -> str:
        return self.name.split(".")[0]


def parameters(query: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    return {name: values[-1] for name, values in query.items() if values}
