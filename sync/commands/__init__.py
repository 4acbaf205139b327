"""Groups of commands that are loaded only when they are called, so that a merge does not wait for them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from typer.main import get_command

from sync.commands.spoken import Group

LATER: dict[str, str] = {
    "serve": "sync.commands.serve",
    "addin": "sync.commands.addin",
    "formulas": "sync.commands.formulas",
    "calc": "sync.commands.calc",
    "sheets": "sync.commands.sheets",
}
"""command → the module that holds it as ``app``"""


class WithLater(Group):
    """A group that knows the names of its later commands and imports one when it is wanted."""

    # Context and command are click's or, in newer versions, the copy inside typer: their types have no common name.
    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), *LATER]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in LATER:
            return super().get_command(ctx, cmd_name)
        command = get_command(import_module(LATER[cmd_name]).app)
        command.name = cmd_name
        return command
