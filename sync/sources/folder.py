"""Submissions as files: single workbooks, or folders of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

WORKBOOK_SUFFIXES = frozenset({".xlsx", ".xlsm", ".xltx", ".xls", ".xlsb", ".ods"})
"""What is looked at inside a folder. The gate decides what can be read and says so; other files are none of ours."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file to look at: its path, its name as staff read it (composed letters), its time as ISO text."""

    path: Path
    name: str
    modified: str


class SourceMissing(Exception):
    """A path that was named does not exist; ``str()`` is the path."""


def collect(paths: Iterable[Path], *, leave_out: Iterable[Path] = ()) -> list[SourceFile]:
    """The files behind some paths, folders searched through, each file once, in the order of their names.

    Office's lock files (``~$…``), hidden files and what stands in ``leave_out`` (the master and its own folder) are
    passed over. Raises ``SourceMissing``.
    """
    outside = {path.resolve() for path in leave_out}
    found: dict[Path, SourceFile] = {}
    for path in paths:
        if not path.exists():
            raise SourceMissing(str(path))
        for file in _files(path):
            real = file.resolve()
            if real in outside or outside.intersection(real.parents):
                continue
            time = datetime.fromtimestamp(file.stat().st_mtime, UTC).isoformat(timespec="seconds")
            found.setdefault(real, SourceFile(file, unicodedata.normalize("NFC", file.name), time))
    return sorted(found.values(), key=lambda source: (source.name, str(source.path)))


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for entry in sorted(path.rglob("*")):
        lock = entry.name.startswith(("~$", ".", "._"))
        if not lock and entry.suffix.lower() in WORKBOOK_SUFFIXES and entry.is_file():
            yield entry
