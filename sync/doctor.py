"""Is this machine ready, and is this master sound? Each answer is good or says what to do."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import shutil
import socket
import sqlite3
import ssl
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sync.service_page_key import PageKey
from sync.service_tokens import Tokens, utc_now
from sync.settings import Settings, load_settings, master_of
from sync.workspace import CannotRun, Workspace

OLDEST_PYTHON = (3, 11)
NEEDED = (
    *("python-calamine", "openpyxl", "XlsxWriter", "isal", "orjson", "filelock", "lxml", "typer"),
    *("xlwings", "fastapi", "uvicorn", "pydantic-settings", "cryptography"),
)
OFFICE_JS = "xlwings-server"
"""Only for Excel 2021, 365 and the web, and with terms of its own, so an office may leave it out."""

CALC_PLACES = (
    Path("C:/Program Files/LibreOffice/program/soffice.exe"),
    Path("/Applications/LibreOffice.app/Contents/MacOS/soffice"),
)
SOON_DAYS = 14
LOW_SPACE = 500 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing examined; ``code`` and ``args`` name its sentence."""

    good: bool
    code: str
    args: Mapping[str, str] = field(default_factory=dict)


def examine(
    master: Path | None, now: datetime, who: str, ledger_url: str | None = None, settings: Settings | None = None
) -> list[Answer]:
    """Look at Python, the packages, the disk, the spreadsheet programs, the service and, when one is given, at a master
    with its ledger. ``settings`` None: those of this machine. Nothing is made or changed."""
    answers = [_python(), *_packages(), _space(master.parent if master else Path.cwd()), _calc(), _addin()]
    try:
        known = settings or load_settings()
        answers += _service(known.model_copy(update={"master": master}) if master else known)
    except CannotRun as stop:
        answers.append(Answer(False, stop.code, stop.args_))
    if master is not None:
        answers += _master(Workspace(master), now, who, ledger_url)
    return answers


def _python() -> Answer:
    good = sys.version_info >= OLDEST_PYTHON
    return Answer(good, "doctor-python" if good else "doctor-python-old", {"version": platform.python_version()})


def _packages() -> Iterator[Answer]:
    for name in NEEDED:
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            yield Answer(False, "doctor-package-missing", {"name": name})
            continue
        yield Answer(True, "doctor-package", {"name": name, "version": version})
    yield Answer(True, "doctor-sqlite", {"version": sqlite3.sqlite_version})
    try:
        yield Answer(True, "doctor-package", {"name": OFFICE_JS, "version": importlib.metadata.version(OFFICE_JS)})
    except importlib.metadata.PackageNotFoundError:
        yield Answer(True, "doctor-office-js-left-out")


def _space(folder: Path) -> Answer:
    free = shutil.disk_usage(folder).free
    good = free >= LOW_SPACE
    return Answer(good, "doctor-space" if good else "doctor-space-low", {"free": str(free // 1024 // 1024)})


def _calc() -> Answer:
    """LibreOffice is one of three hosts: a machine without it lacks nothing."""
    found = shutil.which("soffice") or next((str(path) for path in CALC_PLACES if path.is_file()), None)
    return Answer(True, "doctor-calc", {"file": found}) if found else Answer(True, "doctor-calc-none")


def _addin() -> Answer:
    """The add-in of Excel on the desktop, where there is one."""
    from xl_ctd.hosts.desktop_install import status, this_desk

    try:
        found = status(this_desk())
    except CannotRun:
        return Answer(True, "doctor-addin-elsewhere")
    if not found.is_installed:
        return Answer(True, "doctor-addin-none")
    good = found.is_well and found.has_token
    return Answer(good, "doctor-addin" if good else "doctor-addin-unwell", {"file": str(found.addin)})


def _service(settings: Settings) -> Iterator[Answer]:
    """What ``xl-ctd serve`` would find: certificate, tokens, key of the pages, port, master."""
    if settings.tls.on:
        yield _certificate(settings)
    yield _tokens(settings)
    if PageKey(settings.page_key).is_damaged():
        yield Answer(False, "page-key-unreadable", {"file": str(settings.page_key)})
    yield _port(settings)
    try:
        found = master_of(settings)
    except CannotRun as stop:
        yield Answer(False, stop.code, stop.args_)
    else:
        yield Answer(True, "serve-master", {"file": found.name}) if found else Answer(True, "doctor-no-master-here")


def _certificate(settings: Settings) -> Answer:
    from sync.service_tls import look_at

    try:
        found = look_at(settings)
    except CannotRun as stop:
        return Answer(False, stop.code, stop.args_)
    if found is None:
        return Answer(True, "doctor-certificate-none")
    names = {"file": str(found.chain), "day": f"{found.expires:%d/%m/%Y}"}
    if found.expires <= utc_now():
        # One of our own is renewed when the service starts; an office's own is for the office to replace.
        return Answer(False, "doctor-certificate-over" if found.authority else "tls-expired", names)
    is_soon = found.expires - utc_now() < timedelta(days=SOON_DAYS) and found.authority is None
    return Answer(not is_soon, "doctor-certificate-soon" if is_soon else "doctor-certificate", names)


def _tokens(settings: Settings) -> Answer:
    try:
        tokens = Tokens(settings.tokens, utc_now)
        states = [tokens.state_of(token) for token in tokens.all()]
    except CannotRun as stop:
        return Answer(False, stop.code, stop.args_)
    if not states:
        return Answer(True, "doctor-tokens-none")
    active = states.count("active")
    return Answer(active > 0, "doctor-tokens" if active else "doctor-tokens-over", {"count": str(active)})


def _port(settings: Settings) -> Answer:
    """Is the port free, or does our service answer there?"""
    names = {"port": str(settings.port), "other": str(settings.port % 65535 + 1), "url": settings.url}
    try:
        socket.create_connection((settings.host, settings.port), timeout=1).close()
    except OSError:
        return Answer(True, "doctor-port-free", names)
    try:
        version = _health_of(settings)["version"]
    except (OSError, ValueError, KeyError, TypeError):
        return Answer(False, "port-taken", names)
    good = version == importlib.metadata.version("xl-ctd")
    return Answer(good, "doctor-service" if good else "doctor-service-older", {**names, "version": str(version)})


def _health_of(settings: Settings) -> Mapping[str, object]:
    authority = settings.folder / "authority.crt"
    trusted = ssl.create_default_context(cafile=str(authority) if authority.is_file() else None)
    with urllib.request.urlopen(f"{settings.url}/health", timeout=2, context=trusted) as answer:
        told: Mapping[str, object] = json.load(answer)
    return told


def _master(workspace: Workspace, now: datetime, who: str, ledger_url: str | None) -> Iterator[Answer]:
    from sync.book import open_book

    try:
        workspace.check()
        with workspace.locked(who), open_book(workspace, now, who, ledger_url) as book:
            yield Answer(True, "doctor-master", {"file": workspace.master.name, "plan": book.plan.id})
            last = book.ledger.last_version()
            version = str(last.number if last else 0)
            yield Answer(not book.is_stale, "doctor-stale" if book.is_stale else "doctor-ledger", {"version": version})
            for slot in book.slots.values():
                book.stored(slot)
            yield Answer(True, "doctor-rows", {"units": str(len(book.slots))})
            kept = sorted(workspace.backups.glob("*")) if workspace.backups.is_dir() else []
            yield Answer(True, "doctor-backups", {"count": str(len(kept))})
    except CannotRun as stop:
        yield Answer(False, stop.code, stop.args_)
