"""Signing in: service accounts by a signed assertion, people by OAuth; tokens that expire.

https://developers.google.com/identity/protocols/oauth2/service-account (assertion, errors),
https://developers.google.com/identity/protocols/oauth2/native-app (people).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from sync.emulator.clock import Clock
from sync.emulator.errors import GoogleError

PROJECT = "xl-ctd-emulator"
LIFETIME = 3600
SCOPE = "https://www.googleapis.com/auth/"
_SHEETS = frozenset({"spreadsheets", "drive", "drive.file"})
_DRIVE = frozenset({"drive", "drive.file"})
_READING: Mapping[str, frozenset[str]] = {
    "sheets": _SHEETS | {"spreadsheets.readonly", "drive.readonly"},
    "drive": _DRIVE | {"drive.readonly", "drive.metadata", "drive.metadata.readonly"},
}
_WRITING: Mapping[str, frozenset[str]] = {"sheets": _SHEETS, "drive": _DRIVE}


@dataclass(frozen=True, slots=True)
class Token:
    """An access token: whom it stands for, with which program and scopes (short names), and until when."""

    email: str
    client: str
    scopes: frozenset[str]
    expires: float

    def allows(self, service: str, *, writing: bool) -> bool:
        return bool(self.scopes & (_WRITING if writing else _READING)[service])

    @property
    def own_files_only(self) -> bool:
        """Whether it reaches only files that its own program made (scope drive.file alone)."""
        return "drive.file" in self.scopes and not self.scopes & {"drive", "drive.readonly", "spreadsheets"}


class TokenRefused(Exception):
    """The token endpoint says no: an OAuth error code and its description."""

    def __init__(self, error: str, description: str, code: int = 400) -> None:
        super().__init__(description)
        self.body, self.code = {"error": error, "error_description": description}, code


class Accounts:
    """Keys that were handed out, people who signed in, tokens in use.

    ``wall`` is the clock that callers stamp their assertions with; ``skew`` is how far they are off."""

    def __init__(self, clock: Clock, wall: Callable[[], float]) -> None:
        self._clock, self._wall = clock, wall
        self.skew = 0.0
        self._tokens: dict[str, Token] = {}
        self._refresh: dict[str, tuple[str, str, str]] = {}
        self._codes: dict[str, tuple[str, str]] = {}
        self._keys: dict[str, str] = {}
        self._count = 0

    def key(self, name: str, url: str) -> dict[str, str]:
        """A throw-away service-account key, in the form of Google's JSON file."""
        email = f"{name}@{PROJECT}.iam.gserviceaccount.com"
        self._keys[email] = name
        return {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": f"emulator-{name}",
            "private_key": private_key_text(name),
            "client_email": email,
            "client_id": f"emulator-{name}",
            "auth_uri": f"{url}/o/oauth2/auth",
            "token_uri": f"{url}/token",
            "universe_domain": "googleapis.com",
        }

    def authorized_user(
        self, email: str, url: str, scopes: str = f"{SCOPE}spreadsheets {SCOPE}drive"
    ) -> dict[str, str]:
        """What a person's sign-in leaves behind, in the form that google-auth reads."""
        return {
            "type": "authorized_user",
            "client_id": f"{PROJECT}.apps.googleusercontent.com",
            "client_secret": "emulator",
            "refresh_token": self._refresh_token(email, f"{PROJECT}.apps.googleusercontent.com", scopes),
            "token_uri": f"{url}/token",
        }

    def _refresh_token(self, email: str, client: str, scopes: str) -> str:
        token = f"1//emulator-{len(self._refresh) + 1}-{email}"
        self._refresh[token] = email, client, scopes
        return token

    def consent(self, email: str, scopes: str) -> str:
        """The code that a person's consent in the browser sends back to the program."""
        code = f"4/emulator-{len(self._codes) + 1}"
        self._codes[code] = email, scopes
        return code

    def forget(self, email: str) -> None:
        """The person takes the permission away: no refresh any more, and the tokens in use are void."""
        self._refresh = {token: one for token, one in self._refresh.items() if one[0] != email}
        self._tokens = {text: token for text, token in self._tokens.items() if token.email != email}

    def revoke(self, token: str) -> None:
        """https://developers.google.com/identity/protocols/oauth2/native-app#tokenrevoke"""
        known = self._refresh.get(token)
        held = self._tokens.get(token)
        if known is None and held is None:
            raise TokenRefused("invalid_token", "Token expired or revoked")
        self.forget(known[0] if known else held.email if held else "")

    def expire_tokens(self) -> None:
        """Void every token in use; refresh tokens and keys stay good."""
        self._tokens.clear()

    def answer(self, form: Mapping[str, str]) -> dict[str, Any]:
        """What the token endpoint answers. Raises ``TokenRefused``."""
        grant = form.get("grant_type", "")
        if grant == "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return self._issue(*self._asserted(form.get("assertion", "")))
        if grant == "refresh_token":
            known = self._refresh.get(form.get("refresh_token", ""))
            if known is None:
                raise TokenRefused("invalid_grant", "Token has been expired or revoked.")
            return self._issue(*known)
        if grant == "authorization_code":
            email, scopes = self._codes.pop(form.get("code", ""), (None, ""))
            if email is None:
                raise TokenRefused("invalid_grant", "Malformed auth code.")
            client = form.get("client_id", "")
            answer = self._issue(email, client, scopes)
            return answer | {"refresh_token": self._refresh_token(email, client, scopes)}
        raise TokenRefused("unsupported_grant_type", f"Invalid grant_type: {grant}")

    def _issue(self, email: str, client: str, scopes: str) -> dict[str, Any]:
        self._count += 1
        text = f"ya29.emulator-{self._count}"
        names = frozenset(scope.removeprefix(SCOPE) for scope in scopes.split())
        self._tokens[text] = Token(email, client, names, self._clock.now() + LIFETIME)
        return {"access_token": text, "expires_in": LIFETIME - 1, "token_type": "Bearer", "scope": scopes}

    def _asserted(self, assertion: str) -> tuple[str, str, str]:
        try:
            head, claims, signature = assertion.split(".")
            told = json.loads(_decoded(claims))
        except ValueError:
            raise TokenRefused("invalid_grant", "Bad JWT format") from None
        email = str(told.get("iss"))
        if email not in self._keys:
            raise TokenRefused("invalid_grant", "Invalid grant: account not found")
        try:
            _private_key(self._keys[email]).public_key().verify(
                _decoded(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256()
            )
        except InvalidSignature:
            raise TokenRefused("invalid_grant", "Invalid JWT Signature.") from None
        now = self._wall() - self.skew
        issued, expires = float(told.get("iat", 0)), float(told.get("exp", 0))
        if not (now - 3900 <= issued <= now + 300 and now < expires <= issued + 3600):
            raise TokenRefused(
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
                "Check your iat and exp values in the JWT claim.",
            )
        if not told.get("scope"):
            raise TokenRefused("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        return email, PROJECT, str(told["scope"])

    def bearer(self, header: str) -> Token:
        """The token of an Authorization header. Raises Google's 401."""
        if not header.lower().startswith("bearer "):
            raise GoogleError(
                401,
                "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie "
                "or other valid authentication credential. "
                "See https://developers.google.com/identity/sign-in/web/devconsole-project.",
                "UNAUTHENTICATED",
                details=_auth_details("CREDENTIALS_MISSING"),
            )
        token = self._tokens.get(header[7:].strip())
        if token is None or token.expires <= self._clock.now():
            raise GoogleError(
                401,
                "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other "
                "valid authentication credential. "
                "See https://developers.google.com/identity/sign-in/web/devconsole-project.",
                "UNAUTHENTICATED",
                details=_auth_details("ACCESS_TOKEN_EXPIRED"),
            )
        return token


def scope_missing() -> GoogleError:
    return GoogleError(
        403,
        "Request had insufficient authentication scopes.",
        "PERMISSION_DENIED",
        reason="insufficientPermissions",
        details=_auth_details("ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
    )


def _auth_details(reason: str) -> list[Any]:
    return [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}]


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


@cache
def _private_key(name: str) -> rsa.RSAPrivateKey:
    # One for each name in a process: making a key takes a tenth of a second.
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_key_text(name: str) -> str:
    return (
        _private_key(name)
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )
