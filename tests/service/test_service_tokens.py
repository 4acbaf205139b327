"""The file of tokens: digests only, read again when it changed."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from demos import RUN
from hypothesis import given
from hypothesis import strategies as st

from sync.service_tokens import LONGEST_DAYS, Role, TokenRefused, Tokens
from sync.workspace import CannotRun

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    return Tokens(tmp_path / "kept" / "tokens.json", lambda: NOW)


def test_the_words_open_what_they_were_made_for_and_are_kept_nowhere(tokens: Tokens) -> None:
    token, words = tokens.add("Hà", Role.CITY, days=30)

    assert token == tokens.check(words)
    assert (Role.CITY, NOW + timedelta(days=30)) == (token.role, token.expires)
    assert words.split("-", 2)[2] not in tokens.file.read_text("utf-8")


def test_another_program_revokes_and_this_one_knows(tokens: Tokens) -> None:
    token, words = tokens.add("Hà", Role.CITY)
    tokens.check(words)

    Tokens(tokens.file, lambda: NOW).revoke(token.id)

    with pytest.raises(TokenRefused, match="token-revoked"):
        tokens.check(words)
    assert ["revoked"] == [tokens.state_of(one) for one in tokens.all()]


def test_what_cannot_be_done_is_said(tokens: Tokens) -> None:
    codes = []
    for attempt in (
        lambda: tokens.revoke("khongco"),
        lambda: tokens.add("Hà", Role.CITY, days=0),
        lambda: tokens.add("Hà", Role.CITY, days=LONGEST_DAYS + 1),
        lambda: Role.named("chu tich"),
    ):
        with pytest.raises(CannotRun) as stop:
            attempt()
        codes.append(stop.value.code)

    assert ["token-not-found", "token-days-wrong", "token-days-wrong", "token-role-unknown"] == codes
    assert () == tokens.all()


def test_the_list_names_roles_in_the_language_of_the_command(tokens: Tokens) -> None:
    def listed(*language: str) -> list[str]:
        command = [*RUN, *language, "serve", "token", "list", "--settings", str(settings)]
        said = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout
        return [re.split("  +", line)[1] for line in said.splitlines()]

    settings = tokens.file.with_name("ctd.toml")
    for role in Role:
        tokens.add("Hà", role)
    settings.write_text(f'folder = "{tokens.file.parent}"', "utf-8")

    assert ["xem", "thành phố", "quản trị"] == listed()
    assert ["reader", "city", "admin"] == listed("--lang", "en")


@given(presented=st.text())
def test_nothing_but_the_words_opens(presented: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    tokens = Tokens(tmp_path_factory.getbasetemp() / "tokens-of-nobody.json", lambda: NOW)
    if not tokens.all():
        tokens.add("Hà", Role.ADMIN)
    [token] = tokens.all()

    for text in (presented, f"ctd-{token.id}-{presented}"):
        with pytest.raises(TokenRefused, match="token-unknown"):
            tokens.check(text)
