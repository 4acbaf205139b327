"""The door of the service: everything that comes in passes here, also what the hosts mounted.

Without a token only ``GET /health`` answers. Program text under ``/xl`` is fetched by Excel and the browser, which add
no header: there the token stands in the address (see ``sync.service_page_key``). Whatever goes wrong behind the door
leaves it as ``{"code", "sentence"}`` in the language asked for, and one line in the log.
"""

from __future__ import annotations

import json
import logging
import re
import time
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.service_log import support_id, tell
from sync.service_page_key import PAGES, PageKey, root_of
from sync.service_tokens import Role, TokenRefused, Tokens
from sync.workspace import CannotRun
from workbooks.package import WriteRefused
from xl_ctd.messages import message

VERSION = installed_version("xl-ctd")
VERSION_HEADER = "X-CTD-Version"
HEALTH = "/health"
READING = ("GET", "HEAD")
STATIC_FILES = "/static/"
PROGRAM_TEXT = frozenset(
    {
        *("/", "/favicon.ico", "/taskpane", "/taskpane.html", "/xlwings/alert"),
        *("/manifest", "/manifest.xml", "/manifest/download"),
        *("/xlwings/custom-functions-meta", "/xlwings/custom-functions-meta.json"),
        *("/xlwings/custom-functions-code", "/xlwings/custom-functions-code.js"),
        *("/xlwings/custom-scripts-meta", "/xlwings/custom-scripts-meta.json"),
    }
)
"""What the key of the pages opens, as it follows the key: the same in every office, without any data."""
MEGABYTE = 1024 * 1024
_DRAINED = 8
"""A body that is too large is still read to its end, up to this many times the limit, so that the sender hears why."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking: the token's id, the name it was made for, its role."""

    token: str
    name: str
    role: Role


class Refusal(Exception):
    """A request is not carried out; it becomes an answer with this status and sentence."""

    def __init__(self, status: int, code: str, **args: str) -> None:
        super().__init__(code)
        self.status, self.code, self.args_ = status, code, args

    def sentence(self, language: str) -> str:
        return message(self.code, self.args_, language)


def refusal_of(error: Exception) -> Refusal | None:
    """An error that has a sentence of its own, as a refusal; None for one that nobody expected."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, TokenRefused):
        return Refusal(401, error.code, **error.args_)
    if isinstance(error, CannotRun):
        return Refusal(409, error.code, **error.args_)
    if isinstance(error, WriteRefused):
        return Refusal(409, error.code, **error.details)
    return None


def unexpected(error: BaseException) -> Refusal:
    """One calm sentence for what nobody expected; its support id leads to what the log knows."""
    support = support_id()
    tell("unexpected", error=error, level=logging.ERROR, support=support)
    return Refusal(500, "service-unexpected", support=support)


def told(refusal: Refusal, language: str) -> dict[str, str]:
    """A refusal in words, for a pane or a script."""
    support = {"support": refusal.args_["support"]} if "support" in refusal.args_ else {}
    return {"code": refusal.code, "sentence": refusal.sentence(language), **support}


def answer_to(refusal: Refusal, language: str, *, as_page: bool = False) -> Response:
    """The refusal as JSON. Only ASCII bytes, so that a host without a JSON reader (VBA) can show the sentence too.

    ``as_page``: the sentence itself, where a person would see the JSON.
    """
    headers = {"WWW-Authenticate": "Bearer"} if refusal.status == 401 else None
    if as_page:
        return PlainTextResponse(refusal.sentence(language), refusal.status, headers)
    return Response(json.dumps(told(refusal, language)), refusal.status, headers, "application/json")


def language_of(headers: Headers) -> str:
    """The language asked for among ours; Vietnamese when none of ours is.

    >>> language_of(Headers({"Accept-Language": "fr, en-GB;q=0.8, vi;q=0.5"}))
    'en'
    """
    wanted: list[tuple[float, str]] = []
    for part in headers.get("accept-language", "").split(","):
        tag, _, weight = part.strip().partition(";")
        share = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", weight)
        wanted.append((float(share[1]) if share else 1.0, tag.partition("-")[0].lower()))
    return next((tag for _, tag in sorted(wanted, key=lambda one: -one[0]) if tag in ("vi", "en")), "vi")


def page_asked(path: str) -> tuple[str, str] | None:
    """The key presented in an address of Office.js and what follows it; None for an address elsewhere.

    >>> page_asked("/xl/k3y/xlwings/alert"), page_asked("/xl/k3y"), page_asked("/xl"), page_asked("/xlsx")
    (('k3y', '/xlwings/alert'), ('k3y', '/'), ('', '/'), None)
    """
    if path != PAGES and not path.startswith(f"{PAGES}/"):
        return None
    key, _, rest = path.removeprefix(PAGES)[1:].partition("/")
    return key, f"/{rest}"


def check_version(headers: Headers) -> None:
    """Raise ``Refusal`` when an add-in says it is of a version that does not talk like this service.

    Versions that differ only in their last part understand each other. Who says no version is not asked.
    """
    said = headers.get(VERSION_HEADER)
    if said is None:
        return
    theirs, ours = _talks(said), _talks(VERSION)
    if theirs is None:
        raise Refusal(426, "addin-version-unreadable", service=VERSION)
    if theirs != ours:
        code = "addin-older" if theirs < (ours or theirs) else "addin-newer"
        raise Refusal(426, code, addin=said.strip(), service=VERSION)


def _talks(version: str) -> tuple[int, int] | None:
    parts = re.fullmatch(r"\s*(\d{1,4})\.(\d{1,4})(?:\.\w{1,20})*\s*", version, re.ASCII)
    return (int(parts[1]), int(parts[2])) if parts else None


class Door:
    """The outermost layer of the application (ASGI)."""

    def __init__(self, app: ASGIApp, *, tokens: Tokens, page_key: PageKey, body_limit: int) -> None:
        self._app, self._tokens, self._page_key, self._limit = app, tokens, page_key, body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":  # nothing here speaks it; a socket would be an endpoint without a token
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await _Visit(scope, receive, send, self._limit).run(self._app, self._tokens, self._page_key)


class _Visit:
    """One request from its first byte to its line in the log."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        self._scope, self._receive, self._send, self._limit = scope, receive, send, limit
        self._headers = Headers(scope=scope)
        self._page = page_asked(scope["path"])
        self._status, self._started, self._read = 0, False, 0
        self._told: dict[str, Any] = {}

    async def run(self, app: ASGIApp, tokens: Tokens, page_key: PageKey) -> None:
        began = time.perf_counter()
        language = language_of(self._headers)
        try:
            self._let_in(tokens, page_key, language)
            self._check_length()
            await app(self._scope, self._receive_counted, self._send_marked)
        except ClientDisconnect:
            self._told["code"] = "client-gone"
        except Exception as error:
            # What a mounted application has answered and told already comes out of it as an error once more.
            if not (self._started and self._status >= 500):
                await self._refuse(refusal_of(error) or unexpected(error), language)
        finally:
            took = round((time.perf_counter() - began) * 1000, 1)
            tell("request", **self._pattern(), status=self._status, ms=took, **self._told)

    def _let_in(self, tokens: Tokens, page_key: PageKey, language: str) -> None:
        """Raise ``Refusal`` or ``TokenRefused`` for whoever does not show what opens this address."""
        state = self._scope.setdefault("state", {})
        state["language"], state["caller"] = language, None
        is_reading = self._scope["method"] in READING
        if is_reading and self._scope["path"] == HEALTH:
            return
        if self._page is not None:
            key, rest = self._page
            if not page_key.opens(key):
                raise Refusal(401, "page-key-wrong")
            state["pages"] = root_of(key)
            if is_reading and (rest in PROGRAM_TEXT or rest.startswith(STATIC_FILES)):
                return
        presented = self._headers.get("authorization", "").strip()
        scheme, _, words = presented.partition(" ")
        token = tokens.check(words if scheme.lower() == "bearer" else presented)
        state["caller"] = Caller(token.id, token.name, token.role)
        self._told |= {"token": token.id, "role": token.role.word}
        check_version(self._headers)

    def _check_length(self) -> None:
        length = self._headers.get("content-length", "0")
        if length.isdecimal() and int(length) > self._limit:
            raise self._too_large()

    def _too_large(self) -> Refusal:
        return Refusal(413, "body-too-large", megabytes=str(self._limit // MEGABYTE))

    async def _receive_counted(self) -> Message:
        part = await self._receive()
        self._read += len(part.get("body", b""))
        if self._read > self._limit:
            raise self._too_large()
        return part

    async def _send_marked(self, part: Message) -> None:
        if part["type"] == "http.response.start":
            self._status, self._started = part["status"], True
            headers = MutableHeaders(scope=part)
            headers[VERSION_HEADER] = VERSION
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Referrer-Policy"] = "no-referrer"  # the address of a page holds its key
            if self._page is None:
                headers["Cache-Control"] = "no-store"
        await self._send(part)

    async def _refuse(self, refusal: Refusal, language: str) -> None:
        self._told["code"] = refusal.code
        self._told |= {name: refusal.args_[name] for name in ("support",) if name in refusal.args_}
        if refusal.status == 413:
            await self._drain()
        if not self._started:
            as_page = self._page is not None and "text/html" in self._headers.get("accept", "")
            await answer_to(refusal, language, as_page=as_page)(self._scope, self._receive, self._send_marked)

    async def _drain(self) -> None:
        while self._read <= self._limit * _DRAINED:
            part = await self._receive()
            self._read += len(part.get("body", b""))
            if part["type"] != "http.request" or not part.get("more_body"):
                return

    def _pattern(self) -> dict[str, Any]:
        """The pattern of the address, not the address: what stands in its place may have been typed by anyone."""
        pattern = getattr(self._scope.get("route"), "path", None)
        unknown = f"{PAGES}/" if self._page else "?"
        return {"method": self._scope["method"], "route": pattern or unknown, "bytes": self._read}
