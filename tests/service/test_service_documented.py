"""The guide to the service names every setting, every address, every command and every role."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from sync.commands.serve import app
from sync.service import create_app
from sync.service_actions import READERS_ACTIONS
from sync.service_tokens import Role
from sync.settings import Settings, Tls, load_settings
from xl_ctd.ribbon import BY_ID

GUIDE = (Path(__file__).parents[2] / "docs" / "dich-vu.md").read_text("utf-8")


@pytest.mark.parametrize(
    "name", sorted({*Settings.model_fields} - {"tls"} | {f"tls.{one}" for one in Tls.model_fields})
)
def test_every_setting_stands_in_the_guide_with_its_variable(name: str) -> None:
    assert f"`{name}`" in GUIDE
    assert f"`CTD_{name.upper().replace('.', '__')}" in GUIDE


def test_every_address_stands_in_the_guide() -> None:
    described = create_app(load_settings(folder=Path("kept"))).openapi()["paths"]
    asked = {f"{method.upper()} {path}" for path, methods in described.items() for method in methods}

    assert {one for one in asked if f"`{one}`" not in GUIDE} == set()


def test_every_command_and_role_stands_in_the_guide() -> None:
    command = typer.main.get_command(app)
    inner = command.commands  # type: ignore[attr-defined]
    names = [name for name in inner if name != "token"] + [f"token {name}" for name in inner["token"].commands]

    assert [] == [name for name in names if f"xl-ctd serve {name}" not in GUIDE]
    assert [] == [role.word for role in Role if f"`{role.word}`" not in GUIDE]


def test_what_a_reader_may_press_stands_in_the_guide_in_the_words_of_the_buttons() -> None:
    line = next(line for line in GUIDE.splitlines() if line.startswith("| `reader`"))

    assert [] == [action for action in READERS_ACTIONS if BY_ID[action].label() not in line]
