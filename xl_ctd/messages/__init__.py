"""Every sentence staff see, in Vietnamese with an English twin: ``message("number-unreadable", {"text": "12k"})``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

LANGUAGES = ("vi", "en")


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """All sentences of one language, code → sentence with ``{names}``.

    Raises ``KeyError`` for a language we do not have and ``ValueError`` when two files define one code.
    """
    if language not in LANGUAGES:
        raise KeyError(language)
    sentences: dict[str, str] = {}
    for part in sorted(files(__package__).joinpath(language).iterdir(), key=lambda entry: entry.name):
        if not part.name.endswith(".toml"):
            continue
        entries = tomllib.loads(part.read_text("utf-8"))
        twice = sentences.keys() & entries.keys()
        if twice:
            raise ValueError(f"{part.name} defines again: {', '.join(sorted(twice))}")
        sentences.update(entries)
    return sentences


def message(code: str, args: Mapping[str, object] | None = None, language: str = "vi") -> str:
    """The sentence for a code with its names filled in. Raises ``KeyError`` for an unknown code."""
    return catalogue(language)[code].format_map(args or {})


@cache
def _spoken() -> Mapping[str, str]:
    return tomllib.loads(files(__package__).joinpath("spoken.toml").read_text("utf-8"))


def spoken(code: str) -> str:
    """The short name of a finding, to be read out on the phone: ``E-07``. Raises ``KeyError`` for an unknown one."""
    return _spoken()[code]
