"""What each button does. Every function here has the id of its action and is called by ``xl_ctd.ribbon.perform``.

With an open workbook an action works on it; without one on the master on disk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from sync import live_answers
from sync.checking import check_files
from sync.history import let_pass, open_conflicts, resolve_conflicts, undo
from sync.live_google import sheets_of
from sync.live_open import asking, changing, master_of, sources_of
from sync.live_sheets import OpenMaster
from sync.office import Answer, Office
from sync.run import Options, merge, merge_into
from sync.sources.folder import collect
from sync.tracing import trace
from sync.workspace import CannotRun, file_digest

if TYPE_CHECKING:
    import xlwings as xw

Arguments = Mapping[str, str]


# --- Tổng hợp


def xem_truoc(book: xw.Book | None, office: Office, arguments: Arguments) -> Answer:
    """What merging would do."""
    return _merge(book, office, preview=True)


def hop_nhat(book: xw.Book | None, office: Office, arguments: Arguments) -> Answer:
    """Merge what the units have sent."""
    return _merge(book, office, preview=False)


def _merge(book: xw.Book | None, office: Office, *, preview: bool) -> Answer:
    master = master_of(office)
    pulled, told = sheets_of(office, fetch=preview)
    sources = office.sources if pulled else sources_of(office)
    options = Options(
        office.who, office.now(), None, preview, office.ledger_url, office.progress, pulled=pulled, told=told
    )
    if book is None:
        report = merge(master, sources, options)
        with asking(None, office) as opened:
            return live_answers.merge_answer(opened, report, preview=preview, is_open=False)
    with changing(book, office) as live:
        report = merge_into(live, sources, options)
        return live_answers.merge_answer(live, report, preview=preview, is_open=True)


def hoan_tac(book: xw.Book | None, office: Office, arguments: Arguments) -> Answer:
    """Take back the newest step."""
    with changing(book, office) as opened:
        return live_answers.undone_answer(opened, undo(opened), is_open=book is not None)


def tien_do(book: xw.Book | None, office: Office, arguments: Arguments) -> Answer:
    """Who has sent what, and when."""
    with asking(None, office) as opened:
        return live_answers.progress_answer(opened.progress())


# --- Kiểm tra


def kiem_tra(book: xw.Book | None, office: Office, arguments: Arguments) -> Answer:
    """Check files without merging them: those named in ``files``, one a line, else all that units have sent."""
    named = tuple(Path(line.strip()) for line in arguments.get("files", "").splitlines() if line.strip())
    paths = named or sources_of(office)
    return live_answers.checked_answer(check_files(paths, office.master, office.now()))


def xung_dot(book: xw.Book | None, office: Office, arguments: Arguments) -> Answer:
    """What waits for a decision; with ``conflict`` (numbers) and ``take`` (one side for all, or one for each) decide,
    with ``unit`` and ``accept`` (a file) or ``name`` (of one that waits, else the only one) let a held unit's file
    pass."""
    if arguments.get("unit"):
        return _let_pass(office, arguments)
    numbers = arguments.get("conflict", "").replace(",", " ").split()
    if not numbers:
        with asking(book, office) as opened:
            return live_answers.conflicts_answer(opened, open_conflicts(opened))
    sides = arguments.get("take", "").split()
    decisions = dict(zip_longest(numbers, sides * len(numbers) if len(sides) == 1 else sides, fillvalue=""))
    with changing(book, office) as opened:
        resolve_conflicts(opened, decisions)
        return live_answers.decided_answer(opened, open_conflicts(opened), len(decisions), is_open=book is not None)


def _let_pass(office: Office, arguments: Arguments) -> Answer:
    year = arguments.get("year", "")
    with asking(None, office) as opened:
        uid, held_year = opened.held_unit(arguments["unit"], int(year) if year.isdigit() else None)
        waiting = opened.notes[uid, held_year].waiting
        file = Path(arguments["accept"]) if arguments.get("accept") else _waiting_file(office, waiting, arguments)
        let_pass(opened, uid, held_year, file)
    return live_answers.said("action-xung_dot", "decision-kept", {"file": file.name}, asks="xem_truoc")


def _waiting_file(office: Office, waiting: Sequence[tuple[str, str]], arguments: Arguments) -> Path:
    """Where the file lies that a unit waits with: the one of this ``name``, else the only one. ``waiting`` are names
    and digests. Raises ``CannotRun`` when there is none, or still a choice."""
    name = arguments.get("name", "")
    sheets, _ = sheets_of(office, fetch=False)
    there = (*collect(path for path in office.sources if path.exists()), *sheets)
    found = [one.path for one in there if name in ("", one.name) and (one.name, file_digest(one.path)) in waiting]
    if len(found) != 1:
        files = ", ".join(name for name, _ in waiting)
        raise CannotRun("file-not-waiting", file=name or "?", unit=arguments["unit"], files=files)
    return found[0]


def nguon_so_lieu(book: xw.Book | None, office: Office, arguments: Arguments) -> Answer:
    """Where the number in ``cell``, else in the selected cell, came from."""
    with asking(book, office) as opened:
        return live_answers.trace_answer(trace(opened, arguments.get("cell") or _selected(book)))


def _selected(book: xw.Book | None) -> str:
    cell = OpenMaster(book).selected() if book is not None else None
    if cell is None:
        raise CannotRun("action-needs-cell")
    return cell
