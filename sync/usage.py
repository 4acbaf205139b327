"""A command line that cannot be understood, told in a sentence of our own: staff do not read a parser's English."""

from __future__ import annotations

import re
from typing import Any

import typer

from xl_ctd.messages import message

UsageError: type[Exception] = typer.BadParameter.__bases__[0]
"""What typer raises for a command line it cannot understand; where the class lives differs between its versions."""

_CODES = {
    "MissingParameter": "usage-missing",
    "NoSuchOption": "usage-option-unknown",
    "BadOptionUsage": "usage-value-missing",
    "BadParameter": "usage-value-wrong",
}
_QUOTED = re.compile(r"'([^']*)'|\(([^()]*)\)$")


def usage_sentence(error: Exception, language: str) -> str:
    """What is wrong with the command line and where to look; empty when nothing was typed and the help was shown."""
    kind = type(error).__name__
    if kind == "NoArgsIsHelpError":
        return ""
    return message(_CODES.get(kind, "usage-not-understood"), {"what": _what(error), "help": _help_of(error)}, language)


def _what(error: Any) -> str:
    """The option, argument or word in question."""
    if hint := getattr(error, "param_hint", None):
        return str(hint)
    param = getattr(error, "param", None)
    if param is not None:
        flag = next((one for one in getattr(param, "opts", ()) if one.startswith("-")), "")
        name = flag or str(getattr(param, "name", "")).upper()
        told = str(getattr(param, "help", None) or "").rstrip(".")
        if not told:
            return name
        return f"{name} ({told})" if flag else f"“{told}”"
    if name := getattr(error, "option_name", None):
        return str(name)
    said = str(getattr(error, "message", error))
    quoted = _QUOTED.search(said)
    return next(filter(None, quoted.groups()), said) if quoted else said


def _help_of(error: Any) -> str:
    """The command whose help explains it."""
    context = getattr(error, "ctx", None)
    return f"{context.command_path if context else 'xl-ctd'} --help"
