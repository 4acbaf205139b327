"""The way from LibreOffice to the functions and actions: a helper program on this computer, or the office's service.

Runs inside LibreOffice's own Python (3.8 or newer): standard library only. Both ways take a request and give an
answer as plain dictionaries; whatever goes wrong is one ``NoAnswer`` with the code of a sentence.
"""

from __future__ import annotations

import http.client
import json
import os
import queue
import shutil
import ssl
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlsplit

CALL_SECONDS, ACTION_SECONDS = 60, 3600
REST_SECONDS = 5
"""How long a way that failed is not tried again: a sheet asks for every cell."""

OF_LIBREOFFICE = ("PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "PYTHONIOENCODING")
"""Variables that LibreOffice sets for its own Python; another Python does not start with them."""


class NoAnswer(Exception):
    """Nobody answers; ``code`` names the sentence, ``details`` its names."""

    def __init__(self, code, **details):
        super().__init__(code)
        self.code, self.details = code, details


class Helper:
    """``xl-ctd calc helper`` as a child of LibreOffice: one JSON line in, one JSON line out."""

    def __init__(self, program, version):
        self._program, self._version = program, version
        self._process = self._reader = self._lines = None

    def ask(self, request, seconds):
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._process is None:
            self._start()
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
            line = self._lines.get(timeout=seconds)
        except (OSError, queue.Empty):
            line = b""
        if not line:
            self.close()
            raise NoAnswer("calc-helper-stopped")
        return json.loads(line)

    def close(self):
        if self._process is not None:
            process, self._process = self._process, None
            process.kill()
            process.wait()
            self._reader.join()
            with suppress(OSError):  # it was gone before it had read everything
                process.stdin.close()

    def _start(self):
        environment = {name: value for name, value in os.environ.items() if name not in OF_LIBREOFFICE}
        quiet = {"creationflags": subprocess.CREATE_NO_WINDOW} if os.name == "nt" else {}
        try:
            self._process = subprocess.Popen(
                self._program,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd=str(Path.home()),
                **quiet,
            )
        except OSError:
            raise NoAnswer("calc-helper-missing", program=self._program[0]) from None
        self._lines = queue.Queue()
        self._reader = threading.Thread(target=_read_lines, args=(self._process.stdout, self._lines), daemon=True)
        self._reader.start()
        try:
            hello = json.loads(self._lines.get(timeout=CALL_SECONDS) or b"{}")
        except (queue.Empty, ValueError):
            hello = {}
        if hello.get("version") != self._version:
            self.close()
            if "version" in hello:
                raise NoAnswer("calc-version", extension=self._version, program=hello["version"])
            raise NoAnswer("calc-helper-missing", program=self._program[0])


def _read_lines(stream, lines):
    with stream:
        for line in stream:
            lines.put(line)
    lines.put(b"")


class Service:
    """``xl-ctd serve`` of the office, over one connection that stays open."""

    def __init__(self, url, token, certificate, version):
        self._url, self._token, self._certificate, self._version = urlsplit(url), token, certificate, version
        self._connection = None

    def ask(self, request, seconds):
        what, name = ("functions", request["call"]) if "call" in request else ("actions", request["action"])
        path = f"{self._url.path.rstrip('/')}/api/{what}/{quote(name)}"
        body = json.dumps({"arguments": request["arguments"]}).encode()
        headers = {"Content-Type": "application/json", "X-CTD-Version": self._version}
        if self._token:
            headers["Authorization"] = "Bearer " + self._token
        status, content = self._post(path, body, headers, seconds)
        try:
            answer = json.loads(content)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise NoAnswer("calc-service-down", url=self._url.geturl())
        if status != 200:
            return {"refused": answer.get("sentence", str(status))}
        return answer

    def close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _post(self, path, body, headers, seconds):
        # A connection that was left alone may have been closed at the other end; a fresh one is tried once. An action
        # is never sent twice: what was sent over a fresh connection may have been done.
        for fresh in (self._connection is None, True):
            try:
                connection = self._open(seconds)
                connection.request("POST", path, body, headers)
                answer = connection.getresponse()
                return answer.status, answer.read()
            except (OSError, http.client.HTTPException):
                self.close()
                if fresh:
                    break
        raise NoAnswer("calc-service-down", url=self._url.geturl())

    def _open(self, seconds):
        if self._connection is None:
            place = (self._url.hostname, self._url.port)
            if self._url.scheme == "https":
                trust = ssl.create_default_context(cafile=self._certificate or None)
                self._connection = http.client.HTTPSConnection(*place, timeout=seconds, context=trust)
            else:
                self._connection = http.client.HTTPConnection(*place, timeout=seconds)
        elif self._connection.sock is not None:
            self._connection.sock.settimeout(seconds)
        return self._connection


class Road:
    """The way this computer was set up for, found anew when the settings file changes."""

    def __init__(self, settings, version):
        self._settings, self._version = settings, version
        self._lock = threading.Lock()
        self._way = None
        self._stamp = None
        self._failed = None

    def call(self, name, arguments, document=None):
        """One worksheet function: grids in, a grid out. ``document`` is the workbook that asks, for functions that read
        the master."""
        answer = self._ask({"call": name, "arguments": arguments, "document": document}, CALL_SECONDS)
        return answer.get("result") or [[{"error": "#N/A", "reason": answer["refused"]}]]

    def act(self, action, master, arguments):
        """One action of the ribbon on a master (None: the one of the settings); the answer, or the sentence that says
        why not."""
        self._failed = None
        return self._ask({"action": action, "master": master, "arguments": arguments}, ACTION_SECONDS)

    def close(self):
        with self._lock:
            if self._way is not None:
                self._way.close()

    def _ask(self, request, seconds):
        with self._lock:
            if self._failed is not None and time.monotonic() - self._failed[0] < REST_SECONDS:
                raise self._failed[1]
            try:
                return self._here().ask(request, seconds)
            except NoAnswer as why:
                self._failed = time.monotonic(), why
                raise

    def _here(self):
        stamp = _stamp(self._settings)
        if self._way is None or stamp != self._stamp:
            if self._way is not None:
                self._way.close()
            self._way, self._stamp = _way(self._settings, self._version), stamp
        return self._way


def _stamp(path):
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None


def _way(settings, version):
    try:
        chosen = json.loads(settings.read_text("utf-8"))
    except FileNotFoundError:
        chosen = {}
    except (OSError, ValueError):
        raise NoAnswer("calc-settings-unreadable", file=str(settings)) from None
    if chosen.get("service"):
        return Service(chosen["service"], chosen.get("token"), chosen.get("certificate"), version)
    program = chosen.get("program") or [shutil.which("xl-ctd") or "xl-ctd", "calc", "helper"]
    return Helper(program, version)
