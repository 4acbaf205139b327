"""What ``xl-ctd doctor`` says of the service, before it runs, while it runs and when something is in its way."""

from __future__ import annotations

import shutil
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from office import NOW, PERSON, Office
from running_service import Service

from sync.doctor import examine
from sync.service_page_key import PageKey
from sync.service_tls import SERVICE_DAYS, certificate_for
from sync.service_tokens import Role, Tokens, utc_now
from sync.settings import Settings, load_settings

pytestmark = pytest.mark.xdist_group("service")

ABOUT_THE_SERVICE = ("doctor-certificate", "tls-", "doctor-token", "tokens-", "doctor-port", "port-", "doctor-service")


@pytest.fixture(autouse=True)
def _an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def said(settings: Settings) -> list[tuple[bool, str]]:
    answers = examine(None, NOW, PERSON, settings=settings)
    return [(answer.good, answer.code) for answer in answers if answer.code.startswith(ABOUT_THE_SERVICE)]


def test_before_the_first_start_nothing_is_wrong_and_nothing_is_made(tmp_path: Path) -> None:
    settings = load_settings(folder=tmp_path / "kept", port=free_port())

    assert [
        (True, "doctor-certificate-none"),
        (True, "doctor-tokens-none"),
        (True, "doctor-port-free"),
    ] == said(settings)
    assert not settings.folder.exists()


def test_while_the_service_runs_it_is_found_and_greeted(service: Service) -> None:
    settings = load_settings(folder=service.folder, port=int(service.url.rpartition(":")[2]))

    assert [(True, "doctor-certificate"), (True, "doctor-tokens"), (True, "doctor-service")] == said(settings)


def test_another_program_on_the_port_is_told(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        settings = load_settings(folder=tmp_path / "kept", port=other.getsockname()[1])

        assert (False, "port-taken") == said(settings)[-1]


def test_tokens_that_all_ended_and_a_damaged_file_of_tokens_are_told(tmp_path: Path) -> None:
    settings = load_settings(folder=tmp_path / "kept", port=free_port())
    Tokens(settings.tokens, lambda: datetime(2020, 1, 1, tzinfo=UTC)).add("Hà", Role.CITY)
    ended = said(settings)[1]
    settings.tokens.write_text("[]", "utf-8")

    assert [(False, "doctor-tokens-over"), (False, "tokens-unreadable")] == [ended, said(settings)[1]]


def test_a_damaged_key_of_the_pages_is_told_and_a_good_one_needs_no_word(tmp_path: Path) -> None:
    settings = load_settings(folder=tmp_path / "kept", port=free_port())
    key = PageKey(settings.page_key)
    key.renew()
    good = examine(None, NOW, PERSON, settings=settings)
    key.file.write_text("x", "utf-8")
    damaged = examine(None, NOW, PERSON, settings=settings)

    told = [(one.good, one.code, one.args) for one in (*good, *damaged) if one.code.startswith("page-key")]
    assert [(False, "page-key-unreadable", {"file": str(key.file)})] == told


@pytest.mark.parametrize(
    ("days_left", "answer"),
    [(60, (True, "doctor-certificate")), (10, (False, "doctor-certificate-soon")), (-1, (False, "tls-expired"))],
)
def test_an_offices_certificate_is_told_before_it_ends(
    days_left: int, answer: tuple[bool, str], tmp_path: Path
) -> None:
    begun = utc_now() + timedelta(days=days_left - SERVICE_DAYS)
    own = certificate_for(load_settings(folder=tmp_path / "own"), begun)
    tls = {"certificate": own.chain, "key": own.key}

    assert answer == said(load_settings(folder=tmp_path / "kept", port=free_port(), tls=tls))[0]


def test_a_certificate_of_our_own_that_ended_only_needs_a_start(tmp_path: Path) -> None:
    settings = load_settings(folder=tmp_path / "kept", port=free_port())
    certificate_for(settings, utc_now() - timedelta(days=SERVICE_DAYS + 1))

    assert (False, "doctor-certificate-over") == said(settings)[0]


def test_the_master_that_the_service_would_take_is_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(folder=office.folder / "kept", port=free_port())
    monkeypatch.chdir(office.folder)
    one = examine(None, NOW, PERSON, settings=settings)[-1]
    shutil.copy(office.master, office.folder / "ban-sao.xlsx")
    two = examine(None, NOW, PERSON, settings=settings)[-1]

    assert (True, "serve-master", {"file": office.master.name}) == (one.good, one.code, one.args)
    assert (False, "service-several-masters") == (two.good, two.code)
