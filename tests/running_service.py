"""The service as an office runs it: a process of its own, real HTTPS, its first tokens read from what it prints."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx
from demos import RUN
from fastapi import FastAPI

TOKEN = re.compile(r"ctd-[a-z0-9]{6}-[\w-]{43}")
ROLES = ("reader", "city", "admin")


@dataclass
class Service:
    """A running service: where it answers, what to trust, the words of its first tokens by role, its log.

    ``pages`` is the path, with its key, that everything of Office.js stands under.
    """

    process: subprocess.Popen[str]
    url: str
    pages: str
    folder: Path
    words: Mapping[str, str]
    log_file: Path
    printed: str

    @property
    def authority(self) -> Path:
        return self.folder / "authority.crt"

    def client(self, role: str | None = "admin", **headers: str) -> httpx.Client:
        """A client signed in with a role, or not signed in; it trusts the service's own authority and no other."""
        if role is not None:
            headers["Authorization"] = f"Bearer {self.words[role]}"
        trusted = ssl.create_default_context(cafile=str(self.authority)) if self.url.startswith("https") else True
        return httpx.Client(base_url=self.url, headers=headers, verify=trusted, timeout=60)

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log_file.read_text("utf-8").splitlines()]

    def stop(self) -> int:
        """Ask it to end as a system does, and wait. Returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@contextmanager
def running_service(folder: Path, *arguments: object, words: Mapping[str, str] | None = None) -> Iterator[Service]:
    """``xl-ctd serve`` on a free port with its files in ``folder``, working in ``folder``'s parent."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    log_file = folder.parent / f"{folder.name}.log"
    with log_file.open("a", encoding="utf-8") as log:
        process = start_service(folder, log, *arguments)
    printed = ""
    assert process.stdout is not None
    # What it prints ends with the tokens on the first start, and with the certificate later on.
    for line in process.stdout:
        printed += line
        if line == "\n":
            break
    found = re.search(r"https?://\S+", printed)
    if found is None:
        raise AssertionError(f"{printed}{log_file.read_text('utf-8')}")
    pages = f"/xl/{(folder / 'page.key').read_text('utf-8')}"
    made = dict(zip(ROLES, TOKEN.findall(printed), strict=False)) or dict(words or {})
    try:
        yield Service(process, found[0], pages, folder, made, log_file, printed)
    finally:
        process.terminate()
        process.communicate(timeout=60)


def start_service(folder: Path, log: IO[str], *arguments: object) -> subprocess.Popen[str]:
    """The process itself; its environment says where its files lie."""
    return subprocess.Popen(
        [*RUN, "serve", "--port", "0", *map(str, arguments)],
        cwd=folder.parent,
        env={**os.environ, "CTD_FOLDER": str(folder)},
        stdout=subprocess.PIPE,
        stderr=log,
        start_new_session=True,  # as in a terminal of its own
        text=True,
        encoding="utf-8",
    )


def ask(app: FastAPI, method: str, path: str, *, come_from: str = "127.0.0.1", **request: Any) -> httpx.Response:
    """One request to an application in this process, without a server; ``come_from`` is the asking computer."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(come_from, 123))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, path, **request)

    return asyncio.run(send())


__all__ = ["ROLES", "Service", "ask", "running_service", "start_service"]
