"""Long lists of a tally: small in memory, objects only while somebody looks at them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeVar, cast, overload

import orjson

Entry = TypeVar("Entry")
MOST_READ = 16
"""So many units' entries are at hand as objects: whoever judges a unit asks for them again and again."""


class Entries(Sequence[Entry]):
    """A unit's entries of one shape, kept as JSON and read whenever they are asked for: a thousand units have a
    quarter of a million of them, which as objects would take ten times the memory.

    >>> from typing import NamedTuple
    >>> class Gifts(NamedTuple):
    ...     year: int
    ...     number: int
    >>> Entries(Gifts, "[[2024,3]]") == (Gifts(2024, 3),)
    True
    """

    __slots__ = ("_shape", "_text")

    def __init__(self, shape: type[Entry], text: str) -> None:
        self._shape: Any = shape
        self._text = text

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._read())

    def __bool__(self) -> bool:
        return self._text != "[]"

    def __len__(self) -> int:
        return len(self._read())

    @overload
    def __getitem__(self, place: int) -> Entry: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Entry]: ...
    def __getitem__(self, place: int | slice) -> Entry | Sequence[Entry]:
        return self._read()[place]

    @property
    def text(self) -> str:
        """The entries as JSON."""
        return self._text

    def plain(self) -> list[list[Any]]:
        """The entries as lists in the order of their fields, read anew."""
        return cast("list[list[Any]]", orjson.loads(self._text))

    def __eq__(self, other: object) -> bool:
        return self._read() == tuple(other) if isinstance(other, Sequence) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._read())

    def _read(self) -> tuple[Entry, ...]:
        return cast("tuple[Entry, ...]", _entries(self._shape, self._text))


@lru_cache(MOST_READ)
def _entries(shape: Any, text: str) -> tuple[Any, ...]:
    return tuple(map(shape._make, orjson.loads(text)))


def plain_entries(entries: Sequence[Any]) -> list[list[Any]]:
    """Entries as lists in the order of their fields: quicker for whoever goes through those of all units once."""
    return entries.plain() if isinstance(entries, Entries) else list(map(list, entries))


def entries_text(entries: Sequence[Any]) -> str:
    """Entries as the JSON they are kept as."""
    return entries.text if isinstance(entries, Entries) else orjson.dumps(list(map(list, entries))).decode()
