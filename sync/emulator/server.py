"""The HTTP side: finds the method that is called, meets faults and quotas, and sends what Google would send."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import orjson

from sync.emulator import control, drive_api, drive_content, drive_sharing, sheets_api
from sync.emulator.errors import GoogleError, invalid
from sync.emulator.faults import HTML, Call, Fault, refusal
from sync.emulator.identity import TokenRefused, scope_missing
from sync.emulator.incoming import Incoming, Raw, Route

if TYPE_CHECKING:
    from sync.emulator.emulator import Emulator

ROUTES: tuple[Route, ...] = (*sheets_api.ROUTES, *drive_api.ROUTES, *drive_sharing.ROUTES, *drive_content.ROUTES)
JSON_TYPE = "application/json; charset=UTF-8"
LONGEST_SILENCE = 600.0


class Server(ThreadingHTTPServer):
    """One thread a connection; closing it ends the connections that are still open."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, emulator: Emulator) -> None:
        self.emulator = emulator
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__((host, port), _Handler)

    def opened(self, connection: socket.socket) -> None:
        with self._open_lock:
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._open_lock:
            self._open.discard(connection)

    def server_close(self) -> None:
        self.closing.set()
        with self._open_lock:
            for connection in self._open:
                _shut(connection)
        super().server_close()


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):  # the other side was quicker
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        super().finish()

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Calls are kept by the emulator, not printed."""

    def _serve(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        address = urlsplit(self.path)
        query = parse_qs(address.query, keep_blank_values=True)
        if address.path.startswith("/emulator/"):
            self._send(
                200, orjson.dumps(control.answer(self.server.emulator, self.command, address.path, query, content))
            )
        elif address.path in ("/token", "/revoke"):
            self._token(address.path, query, content)
        elif address.path == "/o/oauth2/auth":
            self._send(302, b"", location=control.consent(self.server.emulator, query))
        else:
            self._call(address.path, query, content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _token(self, path: str, query: Mapping[str, list[str]], content: bytes) -> None:
        emulator = self.server.emulator
        form = {name: values[-1] for name, values in {**query, **parse_qs(content.decode())}.items()}
        fault = emulator.faults.due("oauth2.token")
        email, code = "", 200
        try:
            with emulator.lock:
                if path == "/revoke":
                    emulator.accounts.revoke(form.get("token", ""))
                    answer: Any = {}
                else:
                    answer = emulator.accounts.answer(form)
        except TokenRefused as refused:
            answer, code = refused.body, refused.code
        if fault is not None and fault.kind == "status":
            answer, code = {"error": "internal_failure", "error_description": "Backend Error"}, fault.code
        emulator.calls.add(Call("oauth2.token", "token", email, None, code, emulator.clock.now()))
        self._answer(code, orjson.dumps(answer), JSON_TYPE, fault)

    def _call(self, path: str, query: Mapping[str, list[str]], content: bytes) -> None:
        emulator = self.server.emulator
        found = [
            (route, match) for route in ROUTES if route.http == self.command and (match := route.path.fullmatch(path))
        ]
        if not found:
            error = GoogleError(404, "Method not found.", "NOT_FOUND")
            self._send(404, orjson.dumps(error.sheets_body()))
            return
        route, match = found[0]
        parts = [unquote(part) for part in match.groups()]
        with emulator.lock:
            fault = emulator.faults.due(route.name)
            code, body, kind, email = 0, b"", JSON_TYPE, ""
            if fault is None or fault.done or fault.kind == "cut":
                code, body, kind, email = self._carried_out(route, parts, query, content)
            if fault is not None and fault.kind in ("status", "html"):
                code, body, kind = _faulty(fault, route)
            silent = fault is not None and fault.kind in ("drop", "hang")
            file_id = parts[0] if parts else None
            emulator.calls.add(
                Call(route.name, route.kind, email, file_id, 0 if silent else code, emulator.clock.now())
            )
        self._answer(code, body, kind, fault)

    def _carried_out(
        self, route: Route, parts: list[str], query: Mapping[str, list[str]], content: bytes
    ) -> tuple[int, bytes, str, str]:
        emulator, email = self.server.emulator, ""
        try:
            emulator.faults.act("before", route.name)
            token = emulator.accounts.bearer(self.headers.get("Authorization") or "")
            email = token.email
            emulator.quotas.spend(route.kind, email)
            writing = route.kind == "write" or (route.kind == "drive" and route.http != "GET")
            if not token.allows(route.service, writing=writing):
                raise scope_missing()
            body = _json(content) if "json" in (self.headers.get("Content-Type") or "") else {}
            body = without_null(body) if route.service == "sheets" else body
            answer = route.handle(Incoming(emulator.world, token, parts, query, body, content))
            emulator.faults.act("after", route.name)
        except GoogleError as error:
            body = error.sheets_body() if route.service == "sheets" else error.drive_body()
            return error.code, orjson.dumps(body), JSON_TYPE, email
        if isinstance(answer, Raw):
            return answer.code, answer.content, answer.content_type, email
        return 200, orjson.dumps(answer), JSON_TYPE, email

    def _answer(self, code: int, body: bytes, kind: str, fault: Fault | None) -> None:
        if fault is not None and fault.kind == "hang":
            self.server.closing.wait(LONGEST_SILENCE)
        if fault is not None and fault.kind in ("hang", "drop"):
            self.close_connection = True
            _shut(self.connection)
            return
        if fault is not None and fault.kind == "cut":
            self._send(code, body, kind, sent=len(body) // 2)
            self.close_connection = True
            _shut(self.connection)
            return
        self._send(code, body, kind)

    def _send(
        self, code: int, body: bytes, kind: str = JSON_TYPE, *, sent: int | None = None, location: str | None = None
    ) -> None:
        lines = [f"HTTP/1.1 {code} {HTTPStatus(code).phrase}"]
        if code != 204:
            lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
        if location is not None:
            lines.append(f"Location: {location}")
        # Head and body in one piece: two would wait for each other on the way.
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + body[:sent])


def _faulty(fault: Fault, route: Route) -> tuple[int, bytes, str]:
    if fault.kind == "html":
        return fault.code, HTML.format(code=fault.code).encode(), "text/html; charset=UTF-8"
    error = refusal(fault, route.kind)
    body = error.sheets_body() if route.service == "sheets" else error.drive_body()
    return fault.code, orjson.dumps(body), JSON_TYPE


def without_null(thing: Any) -> Any:
    """A null member says no more than a missing one; a null in a list of values says «leave this cell»."""
    if isinstance(thing, list):
        return [without_null(one) for one in thing]
    if isinstance(thing, dict):
        return {name: without_null(value) for name, value in thing.items() if value is not None}
    return thing


def _json(content: bytes) -> dict[str, Any]:
    if not content:
        return {}
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise invalid(f"Invalid JSON payload received. {error}") from None
    if not isinstance(body, dict):
        raise invalid('Invalid JSON payload received. Unknown name "": Root element must be a message.')
    return body
