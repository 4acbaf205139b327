"""An action of the ribbon as the service carries it out, for whichever host asks: who may, and on which files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sync.office import Answer, Office
from sync.service_door import Refusal
from sync.service_runs import Progress
from sync.service_tokens import Role
from sync.settings import Settings, office_of
from xl_ctd.ribbon import perform

if TYPE_CHECKING:
    import xlwings as xw

READERS_ACTIONS = frozenset({"xem_truoc", "tien_do", "kiem_tra", "nguon_so_lieu", "tro_giup"})
"""What a reader may press: looking, never deciding, writing or sending."""

PATH_ARGUMENTS = ("files", "accept", "file", "folder")
"""Arguments that name files or folders of the computer where the service runs, one a line."""


def needed_role(action: str) -> Role:
    """The role that an action asks for."""
    return Role.READER if action in READERS_ACTIONS else Role.CITY


def carry_out(
    settings: Settings,
    who: str,
    action: str,
    book: xw.Book | None,
    arguments: Mapping[str, str],
    progress: Progress,
) -> Answer:
    """Perform an action for whoever asked. Raises ``CannotRun`` and ``Refusal``; then nothing was changed."""
    office = replace(office_of(settings, who), progress=progress)
    keep_inside(arguments, office)
    return perform(action, book, office, arguments)


def keep_inside(arguments: Mapping[str, str], office: Office) -> None:
    """Raise ``Refusal`` when an argument names a place outside the folders of the master and of the sources.

    Whoever asks may sit at another computer: a token must not open the rest of this one's disk.
    """
    roots = [*([office.master.parent] if office.master else []), *office.sources]
    for name in PATH_ARGUMENTS:
        for line in filter(None, map(str.strip, arguments.get(name, "").splitlines())):
            if not _lies_in(Path(line), roots):
                raise Refusal(403, "path-outside", file=line)


def _lies_in(path: Path, roots: Iterable[Path]) -> bool:
    # By its words alone: asking the system about a path on somebody's network would already call there.
    return any(_whole(path).is_relative_to(_whole(root)) for root in roots)


def _whole(path: Path) -> Path:
    return Path(os.path.normpath(path.absolute()))
