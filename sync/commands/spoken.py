"""Commands whose help speaks Vietnamese throughout: typer frames what we write in English."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from xl_ctd.messages import message

_FRAME = {
    "ARGUMENTS_PANEL_TITLE": "help-arguments",
    "OPTIONS_PANEL_TITLE": "help-options",
    "COMMANDS_PANEL_TITLE": "help-commands",
    "DEFAULT_STRING": "help-default",
    "REQUIRED_LONG_STRING": "help-required",
}
"""What typer writes around the options, and our words for it."""


class _Spoken:
    """A command or a group. Context and formatter are click's or typer's copy of it: they have no common name."""

    def get_usage(self, ctx: Any) -> str:
        said: str = super().get_usage(ctx)  # type: ignore[misc]
        return said.replace("Usage:", message("help-usage"), 1)

    def get_help_option(self, ctx: Any) -> Any:
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = message("help-help")
        return option

    def format_help(self, ctx: Any, formatter: Any) -> None:
        from typer import rich_utils

        for name, code in _FRAME.items():
            setattr(rich_utils, name, message(code, {"value": "{}"}))
        super().format_help(ctx, formatter)  # type: ignore[misc]


class Command(_Spoken, TyperCommand):
    """One command."""


class Group(_Spoken, TyperGroup):
    """Several commands under one name."""


class App(typer.Typer):
    """``typer.Typer`` with help in Vietnamese, shown when nothing was asked."""

    def __init__(self, *, help: str, cls: type[Group] = Group, no_args_is_help: bool = True, **more: Any) -> None:
        words = {"options_metavar": message("help-options-meta"), "subcommand_metavar": message("help-command-meta")}
        super().__init__(cls=cls, help=help, no_args_is_help=no_args_is_help, add_completion=False, **{**words, **more})

    def command(self, name: str | None = None, **more: Any) -> Callable[[Any], Any]:
        return super().command(name, cls=Command, options_metavar=message("help-options-meta"), **more)
