"""The ``q`` of ``files.list``. https://developers.google.com/workspace/drive/api/guides/ref-search-terms"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Protocol

from sync.emulator.errors import GoogleError

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?P<word>[A-Za-z]+)|(?P<sign><=|>=|!=|[=<>(){}]))""",
)


class Searched(Protocol):
    """What a query asks of a file."""

    def field(self, name: str) -> str | bool | None: ...
    def collection(self, name: str) -> set[str]: ...
    def pairs(self, name: str) -> Mapping[str, str]: ...


Condition = Callable[[Searched], bool]
_COMPARISONS: Mapping[str, Callable[[object, object], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,  # type: ignore[dict-item]  # texts with texts
    ">": operator.gt,  # type: ignore[dict-item]
    "<=": operator.le,  # type: ignore[dict-item]
    ">=": operator.ge,  # type: ignore[dict-item]
    "contains": lambda held, wanted: str(wanted).lower() in str(held).lower(),
}
_COLLECTIONS = ("parents", "owners", "writers", "readers")
_FIELDS = ("name", "mimeType", "modifiedTime", "createdTime", "viewedByMeTime")
_FLAGS = ("trashed", "starred", "sharedWithMe")


def parse_query(text: str) -> Condition:
    """What ``q`` asks for. Raises Drive's «Invalid Value» when it cannot be read."""
    parser = _Parser(text)
    condition = parser.either()
    if parser.waiting:
        raise _invalid()
    return condition


def _invalid() -> GoogleError:
    return GoogleError(400, "Invalid Value", "INVALID_ARGUMENT", reason="invalid")


class _Parser:
    def __init__(self, text: str) -> None:
        self.waiting: list[str] = []
        position = 0
        text = text.rstrip()
        while position < len(text):
            found = _TOKEN.match(text, position)
            if found is None:
                raise _invalid()
            self.waiting.append(found[0].strip())
            position = found.end()

    def _next(self) -> str:
        if not self.waiting:
            raise _invalid()
        return self.waiting.pop(0)

    def _take(self, word: str) -> bool:
        if self.waiting and self.waiting[0] == word:
            self.waiting.pop(0)
            return True
        return False

    def _expect(self, word: str) -> None:
        if self._next() != word:
            raise _invalid()

    def either(self) -> Condition:
        parts = [self._all()]
        while self._take("or"):
            parts.append(self._all())
        return lambda file: any(part(file) for part in parts)

    def _all(self) -> Condition:
        parts = [self._term()]
        while self._take("and"):
            parts.append(self._term())
        return lambda file: all(part(file) for part in parts)

    def _term(self) -> Condition:
        if self._take("not"):
            inner = self._term()
            return lambda file: not inner(file)
        if self._take("("):
            inner = self.either()
            self._expect(")")
            return inner
        first = self._next()
        if first[0] in "'\"":
            self._expect("in")
            return _member(self._next(), _unquoted(first))
        if first in _COLLECTIONS:
            # The other way round is understood as well.
            self._expect("in")
            return _member(first, _unquoted(self._next()))
        if first in ("properties", "appProperties"):
            return self._pair(first)
        return self._comparison(first)

    def _pair(self, name: str) -> Condition:
        for word in ("has", "{", "key", "="):
            self._expect(word)
        key = _unquoted(self._next())
        for word in ("and", "value", "="):
            self._expect(word)
        value = _unquoted(self._next())
        self._expect("}")
        return lambda file: file.pairs(name).get(key) == value

    def _comparison(self, name: str) -> Condition:
        sign, wanted = self._next(), self._next()
        compare = _COMPARISONS.get(sign)
        if compare is None:
            raise _invalid()
        if name in _FLAGS and wanted in ("true", "false") and sign in ("=", "!="):
            return lambda file: compare(file.field(name), wanted == "true")
        if name not in _FIELDS or wanted[0] not in "'\"":
            raise _invalid()
        text = _unquoted(wanted)
        if name.endswith("Time"):
            # "2026-01-05T08:00:00" and "…Z" are both UTC; a zone with minutes is not modelled.
            text = text[:19]
            return lambda file: compare(str(file.field(name))[:19], text)
        return lambda file: compare(file.field(name), text)


def _member(collection: str, wanted: str) -> Condition:
    if collection not in _COLLECTIONS:
        raise _invalid()
    return lambda file: wanted in file.collection(collection)


def _unquoted(text: str) -> str:
    if text[0] not in "'\"":
        raise _invalid()
    return re.sub(r"\\(.)", r"\1", text[1:-1])
