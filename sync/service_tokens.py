"""Who may ask the service for what: tokens with a role and a day of expiry, kept as digests in one file.

A token is 256 random bits, so a plain digest of it cannot be turned back and no salt or slow hash is needed. The words
of a token are shown once, when it is made.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import string
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from pathlib import Path
from typing import Any

from filelock import FileLock

from sync.workspace import CannotRun

PREFIX = "ctd"
USUAL_DAYS = 365
LONGEST_DAYS = 3660
_NOBODY = hashlib.sha256(b"nobody").hexdigest()
_ID_LETTERS = string.ascii_lowercase + string.digits


class Role(IntEnum):
    """What a token opens; each role may also do what the smaller ones may.

    A reader asks functions and looks: status, preview, checks. The city's office does everything on the master. An
    administrator also makes and revokes tokens and stops the service.
    """

    READER = 1
    CITY = 2
    ADMIN = 3

    @property
    def word(self) -> str:
        return self.name.lower()

    @classmethod
    def named(cls, word: str) -> Role:
        """The role by its word. Raises ``CannotRun`` for another word."""
        try:
            return cls[word.upper()]
        except KeyError:
            raise CannotRun("token-role-unknown", role=word) from None


@dataclass(frozen=True, slots=True)
class Token:
    """One token as it is kept. ``name`` says whose it is and becomes the "who" of what is done with it; ``digest`` is
    SHA-256 of its words in hex; moments are UTC."""

    id: str
    name: str
    role: Role
    digest: str
    created: datetime
    expires: datetime
    revoked: bool = False

    def state(self, now: datetime) -> str:
        """``active``, ``expired`` or ``revoked``."""
        if self.revoked:
            return "revoked"
        return "active" if now < self.expires else "expired"


class TokenRefused(Exception):
    """A token does not open anything; ``code`` is its sentence, ``args_`` its names."""

    def __init__(self, code: str, **args: str) -> None:
        super().__init__(code)
        self.code, self.args_ = code, args


def utc_now() -> datetime:
    """This moment; tokens and certificates are dated in UTC."""
    return datetime.now(UTC)


class Tokens:
    """The file of tokens. It is read again whenever it changed, so a token revoked elsewhere stops working at once."""

    def __init__(self, file: Path, now: Callable[[], datetime]) -> None:
        self.file, self._now = file, now
        self._seen: tuple[int, int, int] | None = None
        self._by_id: dict[str, Token] = {}

    def all(self) -> tuple[Token, ...]:
        """Every token ever made, oldest first. Raises ``CannotRun`` when the file cannot be understood."""
        self._read()
        return tuple(self._by_id.values())

    def add(self, name: str, role: Role, days: int = USUAL_DAYS) -> tuple[Token, str]:
        """Make a token; the second value is its words, kept nowhere. Raises ``CannotRun`` for a day out of reach."""
        if not 1 <= days <= LONGEST_DAYS:
            raise CannotRun("token-days-wrong", days=str(days), longest=str(LONGEST_DAYS))
        now = self._now().replace(microsecond=0)
        words = secrets.token_urlsafe(32)
        with self._locked():
            taken = {token.id for token in self.all()}
            id_ = next(new for new in iter(_new_id, None) if new not in taken)
            token = Token(id_, name.strip() or role.word, role, _digest(words), now, now + timedelta(days=days))
            self._write([*self.all(), token])
        return token, f"{PREFIX}-{id_}-{words}"

    def revoke(self, id_: str) -> Token:
        """Make a token worthless for ever. Raises ``CannotRun`` for an unknown id."""
        with self._locked():
            tokens = self.all()
            if id_ not in self._by_id:
                raise CannotRun("token-not-found", token=id_)
            self._write([replace(token, revoked=True) if token.id == id_ else token for token in tokens])
        return self.all()[[token.id for token in tokens].index(id_)]

    def state_of(self, token: Token) -> str:
        """``active``, ``expired`` or ``revoked``, as of now."""
        return token.state(self._now())

    def check(self, presented: str) -> Token:
        """The token whose words these are. Raises ``TokenRefused`` for unknown, revoked and expired ones."""
        self._read()
        _, _, rest = presented.strip().partition("-")
        id_, _, words = rest.partition("-")
        token = self._by_id.get(id_)
        # An unknown id costs the same comparison, so that the time tells nothing about which ids there are.
        same = hmac.compare_digest(_digest(words), token.digest if token else _NOBODY)
        if token is None or not same:
            raise TokenRefused("token-unknown")
        state = token.state(self._now())
        if state != "active":
            raise TokenRefused(f"token-{state}", day=f"{token.expires:%d/%m/%Y}")
        return token

    def _locked(self) -> FileLock:
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return FileLock(self.file.with_name(f"{self.file.name}.lock"))

    def _read(self) -> None:
        try:
            stat = self.file.stat()
            seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if seen != self._seen:
                kept = json.loads(self.file.read_text("utf-8"))["tokens"]
                self._by_id = {token.id: token for token in map(_from_plain, kept)}
                self._seen = seen
        except FileNotFoundError:
            self._by_id, self._seen = {}, None
        except (OSError, ValueError, KeyError, TypeError):
            raise CannotRun("tokens-unreadable", file=str(self.file)) from None

    def _write(self, tokens: Iterable[Token]) -> None:
        plain = {"tokens": [_plain(token) for token in tokens]}
        write_private(self.file, json.dumps(plain, ensure_ascii=False, indent=1).encode())


def token_in(file: Path) -> str:
    """The words of a token, kept in a file with nothing else in it. Raises ``CannotRun``."""
    try:
        words = file.read_text("utf-8-sig").split()
    except (OSError, UnicodeDecodeError):
        words = []
    if len(words) != 1:
        raise CannotRun("addin-token-unreadable", file=str(file))
    return words[0]


def write_private(file: Path, data: bytes) -> None:
    """Put a file in place that only this user may read; half of it is never seen."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = file.with_name(f"{file.name}.new")
    with suppress(FileNotFoundError):
        beside.unlink()
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(file)


def _new_id() -> str:
    return "".join(secrets.choice(_ID_LETTERS) for _ in range(6))


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(token: Token) -> dict[str, Any]:
    return asdict(token) | {
        "role": token.role.word,
        "created": token.created.isoformat(),
        "expires": token.expires.isoformat(),
    }


def _from_plain(plain: dict[str, Any]) -> Token:
    return Token(
        plain["id"],
        plain["name"],
        Role[plain["role"].upper()],
        plain["digest"],
        datetime.fromisoformat(plain["created"]),
        datetime.fromisoformat(plain["expires"]),
        plain["revoked"],
    )
