"""From this machine's keys to Google: the one place where environment, keystore and clock come in."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sync.google.client import Google
from sync.google.clock import Clock, SystemClock
from sync.google.identities import GOOGLES_TOKENS, OWNING, Identity, Key, identities
from sync.google.quota import Quota
from sync.workspace import CannotRun


def connect(
    quota_file: Path | None = None,
    *,
    environment: Mapping[str, str] = os.environ,
    clock: Clock | None = None,
) -> Google:
    """Google by every account this machine has a key of. Raises ``CannotRun``.

    ``CTD_GOOGLE_URL`` names a stand-in; a real key is never shown to one.
    """
    url = stand_in(environment)
    known = identities(environment)
    if url is not None and (real := [one for one in known if _is_real(one)]):
        raise CannotRun("google-real-key-elsewhere", name=real[0].name, url=url)
    return Google(known, Quota(clock or SystemClock(), quota_file), url)


def stand_in(environment: Mapping[str, str]) -> str | None:
    """The address that stands for Google's, None for Google itself."""
    url = environment.get("CTD_GOOGLE_URL", "").strip()
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise CannotRun("google-url-wrong", url=url)
    return url


def _is_real(identity: Identity) -> bool:
    tokens = getattr(identity.credentials, "_token_uri", "") or getattr(identity.credentials, "token_uri", "")
    return bool(tokens == GOOGLES_TOKENS)


def consent_by_browser(client: Key, *, scopes: Sequence[str] = OWNING) -> Key:
    """The consent of the person who answers in the browser that opens now, from an OAuth client of the kind "Desktop".

    Raises ``CannotRun`` when the client is of another kind, or nobody consents.
    """
    from google_auth_oauthlib.flow import InstalledAppFlow

    if "installed" not in client:
        raise CannotRun("google-key-unreadable")
    if str(client["installed"].get("token_uri", "")).startswith("http://127.0.0.1:"):
        os.environ.setdefault("OAUTHLIB_INSECURE_TRANSPORT", "1")  # the stand-in on this very machine
    try:
        flow = InstalledAppFlow.from_client_config(client, list(scopes))
        given: Any = flow.run_local_server(port=0, timeout_seconds=300)
    except Exception as refused:  # oauthlib's errors have no common name
        raise CannotRun("google-no-consent", text=type(refused).__name__) from refused
    return {
        "type": "authorized_user",
        "client_id": given.client_id,
        "client_secret": given.client_secret,
        "refresh_token": given.refresh_token,
        "token_uri": given.token_uri,
    }
