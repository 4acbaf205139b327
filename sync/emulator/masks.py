"""Field masks: ``a,b(c,d),e.f`` or ``e/f`` names the parts of an answer that are wanted, or of a thing to change.

https://developers.google.com/workspace/sheets/api/guides/field-masks
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from sync.emulator.errors import GoogleError, invalid

Mask = Mapping[str, Any]
"""Name → mask of what is below it; an empty mask means everything below, ``*`` every name."""

_NAME = re.compile(r"\s*([\w*]+)\s*")


@lru_cache(maxsize=256)
def parse_mask(text: str) -> Mask:
    """
    >>> parse_mask("properties.title,sheets(data/rowData,merges)")
    {'properties': {'title': {}}, 'sheets': {'data': {'rowData': {}}, 'merges': {}}}
    """
    mask, position = _names(text, 0)
    if position != len(text):
        raise _unreadable(text)
    return mask


def _names(text: str, position: int) -> tuple[dict[str, Any], int]:
    names: dict[str, Any] = {}
    while True:
        below = names
        while True:
            found = _NAME.match(text, position)
            if found is None:
                raise _unreadable(text)
            position = found.end()
            below = below.setdefault(found.group(1), {})
            if text[position : position + 1] not in (".", "/"):
                break
            position += 1
        if text[position : position + 1] == "(":
            inner, position = _names(text, position + 1)
            if text[position : position + 1] != ")":
                raise _unreadable(text)
            position += 1
            _join(below, inner)
        if text[position : position + 1] != ",":
            return names, position
        position += 1


def _join(mask: dict[str, Any], other: Mapping[str, Any]) -> None:
    for name, below in other.items():
        _join(mask.setdefault(name, {}), below)


def _unreadable(text: str) -> GoogleError:
    return invalid(f"Request contains an invalid argument. Invalid field mask: {text}")


def project(thing: Any, mask: Mask) -> Any:
    """The part of an answer that a mask asks for; names that it does not have are left out."""
    if not mask or "*" in mask:
        return thing
    if isinstance(thing, list):
        return [project(one, mask) for one in thing]
    if not isinstance(thing, Mapping):
        return thing
    return {name: project(value, mask[name]) for name, value in thing.items() if name in mask}


def changed(thing: Mapping[str, Any], new: Mapping[str, Any], mask: Mask) -> dict[str, Any]:
    """``thing`` with the named parts taken from ``new``; a named part that ``new`` lacks is cleared."""
    result = dict(thing)
    for name, below in mask.items():
        if name == "*":
            result |= new
        elif below and "*" not in below and isinstance(new.get(name, {}), Mapping):
            part = changed(result.get(name) or {}, new.get(name) or {}, below)
            if part or name in new:
                result[name] = part
            else:
                result.pop(name, None)
        elif name in new:
            result[name] = new[name]
        else:
            result.pop(name, None)
    return result


def required_mask(text: object, place: str) -> Mask:
    """The mask of a request that changes something; Google refuses one without fields."""
    if not isinstance(text, str) or not text.strip():
        raise invalid(
            f"Invalid {place}: At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)"
        )
    return parse_mask(text)


EVERYTHING: Mask = MappingProxyType({})
"""The mask that cuts nothing away."""
