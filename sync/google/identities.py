"""Who we are to Google: service accounts that read and answer, and the person or Shared Drive that owns the sheets.

Keys live in the system's keystore or in the environment, never in a workbook, a log or a setting:

``CTD_GOOGLE_KEYS``   service-account keys: JSON texts or paths of JSON files, divided as the system divides PATH
``CTD_GOOGLE_OWNER``  a person's OAuth consent (``authorized_user`` JSON, or its path)
``CTD_GOOGLE_URL``    where Google is answered for, in demonstrations and tests
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keyring
from google.auth.credentials import Credentials
from google.oauth2 import credentials as people
from google.oauth2 import service_account
from keyring.errors import KeyringError

from sync.workspace import CannotRun

SERVICE = "xl-ctd-google"
OWNER, INDEX = "owner", "service-accounts"
READING = (
    "https://www.googleapis.com/auth/spreadsheets",
    "https://www.googleapis.com/auth/drive.metadata.readonly",
)
"""What a service account asks for: the sheets shared with it, and to see when they changed."""
OWNING = (
    "https://www.googleapis.com/auth/spreadsheets",
    "https://www.googleapis.com/auth/drive",
)
"""What the owner asks for: to make sheets in the office's folder and share them."""

GOOGLES_TOKENS = "https://oauth2.googleapis.com/token"

Key = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Identity:
    """One account. ``name`` is its e-mail address, or ``owner`` where Google does not tell it."""

    name: str
    credentials: Credentials = field(repr=False)
    is_owner: bool = False


class _OfStandIn(service_account.Credentials):
    """A key for trying. google-auth asks Google itself, in a thread, where an account may be used; here it must not."""

    def _is_regional_access_boundary_lookup_required(self) -> bool:
        return False


def identities(environment: Mapping[str, str] = os.environ) -> tuple[Identity, ...]:
    """Every account that this machine has a key of, the owner last. Raises ``CannotRun`` for a key that is none."""
    found = [service_identity(key) for key in _service_keys(environment)]
    owner = _owner(environment)
    return (*found, *([owner_identity(owner)] if owner else []))


def service_identity(key: Key) -> Identity:
    """A service account from its key. Raises ``CannotRun`` when the key is damaged or of another kind."""
    kind = service_account.Credentials if key.get("token_uri") == GOOGLES_TOKENS else _OfStandIn
    try:
        made = kind.from_service_account_info(key, scopes=READING)  # type: ignore[no-untyped-call]
        return Identity(str(key["client_email"]), made)
    except (ValueError, KeyError, TypeError):
        raise CannotRun("google-key-unreadable") from None


def owner_identity(consent: Key) -> Identity:
    """The owner from the consent a person gave, or from the key of a service account in a Shared Drive."""
    if consent.get("type") == "service_account":
        made = service_identity(consent)
        return Identity(made.name, made.credentials.with_scopes(OWNING), is_owner=True)  # type: ignore[attr-defined]
    try:
        person = people.Credentials(  # type: ignore[no-untyped-call]
            None,
            refresh_token=consent["refresh_token"],
            token_uri=consent.get("token_uri", GOOGLES_TOKENS),
            client_id=consent["client_id"],
            client_secret=consent["client_secret"],
            scopes=OWNING,
        )
    except (ValueError, KeyError, TypeError):
        raise CannotRun("google-key-unreadable") from None
    return Identity(str(consent.get("account") or OWNER), person, is_owner=True)


def keep_service_key(key: Key) -> str:
    """Put a service account's key into the keystore; its name. Raises ``CannotRun``."""
    name = service_identity(key).name
    names = _kept_names()
    _put(name, json.dumps(dict(key)))
    _put(INDEX, json.dumps(sorted({*names, name})))
    return name


def keep_owner(consent: Key) -> str:
    """Put the owner's consent into the keystore; the owner's name. Raises ``CannotRun``."""
    name = owner_identity(consent).name
    _put(OWNER, json.dumps(dict(consent)))
    return name


def forget_keys() -> tuple[str, ...]:
    """Take every key of ours out of the keystore; the names of the accounts."""
    names = (*_kept_names(), OWNER)
    gone = []
    for name in names:
        if _get(name) is not None:
            keyring.delete_password(SERVICE, name)
            gone.append(name)
    if _get(INDEX) is not None:
        keyring.delete_password(SERVICE, INDEX)
    return tuple(gone)


def read_key(text_or_path: str) -> Key:
    """A key from its JSON text or from a file. Raises ``CannotRun``."""
    text = text_or_path.strip()
    if not text.startswith("{") and not Path(text).is_file():
        raise CannotRun("source-missing", file=text)
    try:
        content = json.loads(text if text.startswith("{") else Path(text).read_text("utf-8"))
    except (OSError, ValueError):
        raise CannotRun("google-key-unreadable") from None
    if not isinstance(content, dict):
        raise CannotRun("google-key-unreadable")
    return content


def _service_keys(environment: Mapping[str, str]) -> Iterator[Key]:
    given = environment.get("CTD_GOOGLE_KEYS", "").strip()
    if given.startswith("{"):
        yield read_key(given)
    elif given:
        yield from (read_key(path) for path in given.split(os.pathsep) if path)
    else:
        yield from (read_key(text) for name in _kept_names() if (text := _get(name)))


def _owner(environment: Mapping[str, str]) -> Key | None:
    given = environment.get("CTD_GOOGLE_OWNER", "").strip()
    if given:
        return read_key(given)
    if environment.get("CTD_GOOGLE_KEYS"):
        return None  # the environment says everything or nothing
    kept = _get(OWNER)
    return read_key(kept) if kept else None


def _kept_names() -> list[str]:
    kept = _get(INDEX)
    return list(json.loads(kept)) if kept else []


def _get(name: str) -> str | None:
    try:
        return keyring.get_password(SERVICE, name)
    except KeyringError:
        return None  # a machine without a keystore uses the environment


def _put(name: str, text: str) -> None:
    try:
        keyring.set_password(SERVICE, name, text)
    except KeyringError:
        raise CannotRun("google-no-keystore") from None
