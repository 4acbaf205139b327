"""Running the service in this process: its port, its certificate, its first tokens and pages, its calm end."""

from __future__ import annotations

import asyncio
import errno
import multiprocessing
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import uvicorn
from uvicorn.server import HANDLED_SIGNALS

from sync.service import create_app
from sync.service_door import VERSION
from sync.service_log import start_log, tell
from sync.service_page_key import MANIFEST, PageKey
from sync.service_tls import Certificate, certificate_for, load_into
from sync.service_tokens import Role, Tokens, utc_now
from sync.settings import Settings
from sync.workspace import CannotRun

DAY_SECONDS = 24 * 60 * 60
_GOODBYE_SECONDS = 1.0
KEEP_ALIVE_SECONDS = 60
"""Excel asks in bursts; a connection that stays open spares the next burst its handshake."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What people are told when the service begins. ``words`` are the tokens made on the very first start.

    ``manifest`` is the address of the manifest when its key was made just now, else None: what a service prints that
    starts by itself is kept in the system's journal.
    """

    url: str
    certificate: Certificate | None
    words: tuple[tuple[Role, str], ...]
    manifest: str | None


def serve(settings: Settings, opened: Callable[[Opening], None]) -> None:
    """Run until a signal or an administrator says stop; what is under way is finished first.

    ``opened`` is told once, when the port is ours. Raises ``CannotRun`` when the service cannot begin: port taken,
    certificate unusable, no encryption where others could listen.
    """
    if not settings.tls.on and not settings.is_loopback:
        raise CannotRun("tls-needed", host=settings.host)
    certificate = certificate_for(settings, utc_now()) if settings.tls.on else None
    listening = _listen(settings)
    start_log(settings.log)
    _start_workers_apart()
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        ssl_certfile=certificate.chain if certificate else None,
        ssl_keyfile=certificate.key if certificate else None,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
    )
    config.load()
    server = _Server(config)

    def stop(*_: object) -> None:
        server.should_exit = True

    app.state.stop = stop
    for number in HANDLED_SIGNALS:  # until the server handles them itself, and when it raises them again at its end
        signal.signal(number, stop)
    port = listening.getsockname()[1]
    url = settings.model_copy(update={"port": port}).url
    manifest = _first_manifest(PageKey(settings.page_key), url)
    opened(Opening(url, certificate, _first_tokens(app.state.tokens), manifest))
    tell("started", version=VERSION, port=port, tls=settings.tls.on)
    with _renewing(settings, config.ssl):
        server.run(sockets=[listening])
    tell("stopped")


class _Server(uvicorn.Server):
    """The server, which does not wait for clients that have their answer and do not hang up.

    Closing an encrypted connection waits half a minute for the other side's goodbye, and Excel keeps its connections.
    """

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        hanging_up = asyncio.create_task(self._hang_up())
        await super().shutdown(sockets)
        hanging_up.cancel()

    async def _hang_up(self) -> None:
        waited: dict[Any, int] = {}
        while True:
            await asyncio.sleep(_GOODBYE_SECONDS / 4)
            connections: list[Any] = list(self.server_state.connections)
            for connection in connections:
                if connection.cycle is None or connection.cycle.response_complete:
                    waited[connection] = waited.get(connection, 0) + 1
                if waited.get(connection, 0) > 4:
                    connection.transport.abort()


def _listen(settings: Settings) -> socket.socket:
    """The port, ours from now on. Raises ``CannotRun``."""
    try:
        [(family, kind, protocol, _, address), *_] = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        listening = socket.socket(family, kind, protocol)
        if sys.platform != "win32":  # there it would let two programs share the port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen()
    except socket.gaierror:
        raise CannotRun("host-wrong", host=settings.host) from None
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise CannotRun("host-wrong", host=settings.host) from None
        raise CannotRun("port-taken", port=str(settings.port), other=str(settings.port % 65535 + 1)) from None
    listening.set_inheritable(False)
    return listening


def _start_workers_apart() -> None:
    """Worker processes of a merge must not be copies of this one with its threads, its port and its signals.

    They come from a process that is started here while Ctrl+C is ignored, and inherit that: it reaches every process of
    a terminal, also a worker that is only beginning.
    """
    if "forkserver" in multiprocessing.get_all_start_methods():
        multiprocessing.set_start_method("forkserver", force=True)
        from multiprocessing import forkserver  # not to be had on Windows

        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        forkserver.ensure_running()
        signal.signal(signal.SIGINT, before)


def _first_tokens(tokens: Tokens) -> tuple[tuple[Role, str], ...]:
    if tokens.all():
        return ()
    return tuple((role, tokens.add(role.word, role)[1]) for role in Role)


def _first_manifest(key: PageKey, url: str) -> str | None:
    is_first = not key.file.exists()
    root = key.root()
    return f"{url}{root}{MANIFEST}" if is_first else None


class _renewing:
    """While this is open the certificate is looked at once a day and renewed before it ends."""

    def __init__(self, settings: Settings, context: ssl.SSLContext | None) -> None:
        self._settings, self._context = settings, context
        self._over = threading.Event()

    def __enter__(self) -> None:
        if self._context is not None:
            threading.Thread(target=self._watch, args=(self._context,), daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def _watch(self, context: ssl.SSLContext) -> None:
        while not self._over.wait(DAY_SECONDS):
            try:
                load_into(context, certificate_for(self._settings, utc_now()))
            except CannotRun as stop:
                tell("certificate_unusable", code=stop.code)
