"""HTTPS: the office's own certificate, or one the service makes and renews itself.

What it makes is a small authority of its own (ten years) and under it a certificate for the service (a year, renewed a
month before its end). People trust the authority once; a renewal asks nothing of them. The authority can vouch for the
service's own names only, so its key is of no use against anybody's bank or mail.
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sync.service_tokens import write_private
from sync.settings import Settings
from sync.workspace import CannotRun

AUTHORITY_DAYS, SERVICE_DAYS, RENEW_DAYS = 3650, 397, 30
NAME = "XL-CTD"


@dataclass(frozen=True, slots=True)
class Certificate:
    """The files the server shows, and what to trust. ``authority`` is None for an office's own certificate."""

    chain: Path
    key: Path
    expires: datetime
    names: tuple[str, ...]
    authority: Path | None = None


def certificate_for(settings: Settings, now: datetime) -> Certificate:
    """The certificate to serve with; one of our own is made or renewed when that is due. ``now`` is UTC.

    Raises ``CannotRun`` when the office's certificate is missing, unreadable, expired or does not fit its key.
    """
    tls = settings.tls
    if (tls.certificate is None) != (tls.key is None):
        raise CannotRun("tls-half-given")
    if tls.certificate is not None and tls.key is not None:
        return _office_certificate(tls.certificate, tls.key, now)
    return _own_certificate(settings.folder, names_of(settings), now)


def names_of(settings: Settings) -> tuple[str, ...]:
    """The names the service answers to: this machine's own and, when it listens wider, the one it listens on."""
    own = ("localhost", "127.0.0.1", "::1")
    return own if settings.is_loopback or settings.host in ("0.0.0.0", "::") else (*own, settings.host)


def look_at(settings: Settings) -> Certificate | None:
    """The certificate as it lies there, whatever its age; None when none was made yet. Raises ``CannotRun``."""
    chain = settings.tls.certificate or settings.folder / "service.pem"
    key = settings.tls.key or settings.folder / "service.key"
    if settings.tls.certificate is None and not chain.is_file():
        return None
    own = None if settings.tls.certificate else settings.folder / "authority.crt"
    return _described(chain, key, own)


def context_of(certificate: Certificate) -> ssl.SSLContext:
    """A server's context with this certificate. Raises ``CannotRun`` when certificate and key do not fit."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    load_into(context, certificate)
    return context


def load_into(context: ssl.SSLContext, certificate: Certificate) -> None:
    """Let a running server show a newer certificate from its next connection on."""
    try:
        context.load_cert_chain(certificate.chain, certificate.key)
    except (OSError, ssl.SSLError):
        raise CannotRun("tls-does-not-fit", file=str(certificate.chain), key=str(certificate.key)) from None


def _office_certificate(chain: Path, key: Path, now: datetime) -> Certificate:
    for file in (chain, key):
        if not file.is_file():
            raise CannotRun("tls-missing", file=str(file))
    found = _described(chain, key, None)
    if found.expires <= now:
        raise CannotRun("tls-expired", file=str(chain), day=f"{found.expires:%d/%m/%Y}")
    context_of(found)
    return found


def _described(chain: Path, key: Path, authority: Path | None) -> Certificate:
    try:
        first = x509.load_pem_x509_certificates(chain.read_bytes())[0]
    except (OSError, ValueError):
        raise CannotRun("tls-unreadable", file=str(chain)) from None
    return Certificate(chain, key, first.not_valid_after_utc, _names_in(first), authority)


def _own_certificate(folder: Path, names: tuple[str, ...], now: datetime) -> Certificate:
    authority, authority_key = folder / "authority.crt", folder / "authority.key"
    chain, key = folder / "service.pem", folder / "service.key"
    if not _still_good(authority, names, now, spare_days=SERVICE_DAYS) or not authority_key.is_file():
        _make_authority(authority, authority_key, names, now)
        chain.unlink(missing_ok=True)  # it was signed by the one before
    if not _still_good(chain, names, now, spare_days=RENEW_DAYS) or not key.is_file():
        _make_service(chain, key, authority, authority_key, names, now)
    return _described(chain, key, authority)


def _still_good(file: Path, names: Iterable[str], now: datetime, *, spare_days: int) -> bool:
    """Is there a certificate that lasts some days longer and vouches for all these names?"""
    try:
        found = x509.load_pem_x509_certificate(file.read_bytes())
    except (OSError, ValueError):
        return False
    return found.not_valid_after_utc - now > timedelta(days=spare_days) and set(names) <= set(_names_in(found))


def _names_in(certificate: x509.Certificate) -> tuple[str, ...]:
    """The names a service's certificate is for, or those an authority may vouch for."""
    for extension in certificate.extensions:
        if isinstance(extension.value, x509.SubjectAlternativeName):
            return tuple(str(name.value) for name in extension.value)
        if isinstance(extension.value, x509.NameConstraints):
            permitted = extension.value.permitted_subtrees or []
            return tuple(str(name.value).removesuffix("/32").removesuffix("/128") for name in permitted)
    return ()


def _make_authority(file: Path, key_file: Path, names: Iterable[str], now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"{NAME} {now:%Y-%m-%d}")
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    built = (
        _builder(name, name, key.public_key(), now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.NameConstraints([_subtree(one) for one in names], None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _keep_key(key_file, key)
    write_private(file, built.public_bytes(serialization.Encoding.PEM))


def _make_service(
    chain: Path, key_file: Path, authority: Path, authority_key: Path, names: Iterable[str], now: datetime
) -> None:
    issuer = x509.load_pem_x509_certificate(authority.read_bytes())
    issuer_key = serialization.load_pem_private_key(authority_key.read_bytes(), None)
    if not isinstance(issuer_key, ec.EllipticCurvePrivateKey):
        raise CannotRun("tls-unreadable", file=str(authority_key))
    key = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    built = (
        _builder(_name(f"{NAME} localhost"), issuer.subject, key.public_key(), now, SERVICE_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general(one) for one in names]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .sign(issuer_key, hashes.SHA256())
    )
    _keep_key(key_file, key)
    write_private(chain, built.public_bytes(serialization.Encoding.PEM))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # clocks in an office differ
        .not_valid_after(now + timedelta(days=days))
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _subtree(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_network(name))
    except ValueError:
        return x509.DNSName(name)


def _keep_key(file: Path, key: ec.EllipticCurvePrivateKey) -> None:
    plain = serialization.NoEncryption()
    write_private(file, key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
