"""Is this machine ready, and is this master sound? Each answer is good or says what to do."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sync.workspace import CannotRun, Workspace

OLDEST_PYTHON = (3, 11)
NEEDED = ("python-calamine", "openpyxl", "XlsxWriter", "isal", "orjson", "SQLAlchemy", "filelock", "lxml", "typer")
LOW_SPACE = 500 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing examined; ``code`` and ``args`` name its sentence."""

    good: bool
    code: str
    args: Mapping[str, str] = field(default_factory=dict)


def examine(master: Path | None, now: datetime, who: str, ledger_url: str | None = None) -> list[Answer]:
    """Look at Python, the packages, the disk and, when one is given, at a master with its ledger."""
    answers = [_python(), *_packages(), _space(master.parent if master else Path.cwd())]
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


def _space(folder: Path) -> Answer:
    free = shutil.disk_usage(folder).free
    good = free >= LOW_SPACE
    return Answer(good, "doctor-space" if good else "doctor-space-low", {"free": str(free // 1024 // 1024)})


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
