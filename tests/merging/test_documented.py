"""Every command and every option stands in the README or in the guide; a command nobody can find is no command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from sync.cli import app
from sync.commands import LATER

ROOT = Path(__file__).parents[2]
COMMANDS = typer.main.get_command(app)


def commands() -> list[str]:
    """``merge``, ``new ward``, …; of a group that is loaded when it is called, its name."""
    found = []
    for name, command in COMMANDS.commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        found += [f"{name} {one}" for one in inner] if inner else [name]
    return sorted([*found, *LATER])


def test_there_are_the_commands_that_were_promised() -> None:
    assert [
        "addin",
        "calc",
        "check",
        "conflicts",
        "demo",
        "doctor",
        "formulas",
        "history",
        "merge",
        "new master",
        "new ward",
        "resolve",
        "serve",
        "sheets",
        "status",
        "targets",
        "trace",
        "undo",
    ] == commands()


@pytest.mark.parametrize("command", commands())
def test_every_command_stands_in_the_readme(command: str) -> None:
    assert f"xl-ctd {command}" in (ROOT / "README.md").read_text("utf-8")


def test_every_command_line_of_the_readme_exists() -> None:
    said = re.findall(r"`xl-ctd (?!demo\b)([a-z]+(?: (?:ward|master)\b)?)", (ROOT / "README.md").read_text("utf-8"))

    assert len(said) > 10
    assert set() == set(said) - set(commands())


@pytest.mark.parametrize("command", commands())
def test_every_command_explains_itself_in_vietnamese(command: str) -> None:
    node = COMMANDS
    for name in command.split():
        node = node.get_command(None, name)  # type: ignore[attr-defined]
    texts = [node.help or "", *(getattr(param, "help", None) or "" for param in node.params if param.name != "help")]

    assert all(texts), command
