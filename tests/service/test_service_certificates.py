"""The certificates the service makes: trusted once, renewed in time, of no use for other names."""

from __future__ import annotations

import shutil
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from sync.service_tls import RENEW_DAYS, SERVICE_DAYS, Certificate, certificate_for, load_into, look_at
from sync.settings import Settings, load_settings
from sync.workspace import CannotRun

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def made(folder: Path, days: int = 0, host: str = "127.0.0.1") -> Certificate:
    return certificate_for(load_settings(folder=folder, host=host), NOW + timedelta(days=days))


def read(file: Path | None) -> x509.Certificate:
    assert file is not None
    return x509.load_pem_x509_certificate(file.read_bytes())


def office_settings(folder: Path, certificate: Path, key: Path) -> Settings:
    return load_settings(folder=folder, tls={"certificate": certificate, "key": key})


def code_of(settings: Settings, days: int = 0) -> str:
    with pytest.raises(CannotRun) as stop:
        certificate_for(settings, NOW + timedelta(days=days))
    return stop.value.code


def test_it_is_made_for_this_machine_by_an_authority_that_can_vouch_for_nothing_else(tmp_path: Path) -> None:
    found = made(tmp_path)
    service, authority = read(found.chain), read(found.authority)
    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints)
    usage = service.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value

    service.verify_directly_issued_by(authority)
    assert ("localhost", "127.0.0.1", "::1") == found.names
    assert constraints.critical
    assert {"localhost", "127.0.0.1/32", "::1/128"} == {
        str(name.value) for name in constraints.value.permitted_subtrees or []
    }
    assert [ExtendedKeyUsageOID.SERVER_AUTH] == list(usage)
    assert timedelta(days=SERVICE_DAYS) == found.expires - NOW


def test_it_is_kept_until_a_month_before_its_end_and_then_renewed_under_the_same_authority(tmp_path: Path) -> None:
    first = made(tmp_path)
    chain, authority = first.chain.read_bytes(), first.authority.read_bytes()  # type: ignore[union-attr]
    made(tmp_path, days=SERVICE_DAYS - RENEW_DAYS - 1)
    kept = first.chain.read_bytes()
    renewed = made(tmp_path, days=SERVICE_DAYS - RENEW_DAYS)

    assert chain == kept != renewed.chain.read_bytes()
    assert authority == renewed.authority.read_bytes()  # type: ignore[union-attr]
    assert {0o600} == {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}


@pytest.mark.parametrize("lost", ["authority.crt", "authority.key", "service.key", "service.pem"])
def test_what_is_lost_or_damaged_is_made_anew_and_fits(lost: str, tmp_path: Path) -> None:
    made(tmp_path)
    (tmp_path / lost).unlink()

    found = made(tmp_path, days=1)

    load_into(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), found)
    read(found.chain).verify_directly_issued_by(read(found.authority))


def test_an_address_in_the_offices_network_needs_a_new_authority(tmp_path: Path) -> None:
    here = read(made(tmp_path).authority)
    wider = made(tmp_path, host="192.168.1.20")

    assert here != read(wider.authority)
    assert "192.168.1.20" in wider.names


def test_an_offices_own_certificate_is_taken_as_it_is(tmp_path: Path) -> None:
    own = made(tmp_path / "own")
    found = certificate_for(office_settings(tmp_path, own.chain, own.key), NOW)

    assert (own.chain, None, own.expires) == (found.chain, found.authority, found.expires)
    assert not (tmp_path / "service.pem").exists()


def test_an_offices_certificate_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    own, other = made(tmp_path / "own"), made(tmp_path / "other")
    broken = tmp_path / "broken.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----", "utf-8")

    assert [
        "tls-missing",
        "tls-unreadable",
        "tls-does-not-fit",
        "tls-expired",
    ] == [
        code_of(office_settings(tmp_path, tmp_path / "none.pem", own.key)),
        code_of(office_settings(tmp_path, broken, own.key)),
        code_of(office_settings(tmp_path, own.chain, other.key)),
        code_of(office_settings(tmp_path, own.chain, own.key), days=SERVICE_DAYS),
    ]


def test_looking_makes_nothing(tmp_path: Path) -> None:
    settings = load_settings(folder=tmp_path / "kept")

    assert look_at(settings) is None
    assert not (tmp_path / "kept").exists()

    found = made(tmp_path / "kept")
    assert found == look_at(settings)
    shutil.rmtree(tmp_path / "kept")
