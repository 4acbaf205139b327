"""Excel on this computer through COM (Windows) or Apple events (Mac): the workbook a person has open.

Elsewhere no workbook is ever open, and actions work on the master on disk.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Any

from sync.workspace import CannotRun

if TYPE_CHECKING:
    import xlwings as xw

HAS_EXCEL = sys.platform in ("win32", "darwin")


@contextmanager
def open_workbook(*full_names: str | None) -> Iterator[xw.Book | None]:
    """The first of these workbooks that is open in Excel on this computer; None when no name was given or the
    computer has no Excel.

    Raises ``CannotRun`` when there is an Excel but none of them is open in it any more.
    """
    wanted = tuple(name for name in full_names if name)
    if not wanted or not HAS_EXCEL:
        yield None
        return
    with _this_thread_may_talk_to_excel():
        yield find_workbook(wanted, _running())


def find_workbook(full_names: Sequence[str], running: Iterable[Any]) -> xw.Book:
    """The first of these workbooks that one of the running Excels has open; capitals do not matter in where it lies.

    Raises ``CannotRun`` when none of them is open.
    """
    opened = {str(book.fullname).casefold(): book for app in running for book in app.books}
    for name in full_names:
        if found := opened.get(name.casefold()):
            book: xw.Book = found
            return book
    raise CannotRun("addin-book-closed", file=PureWindowsPath(full_names[-1]).name)


def _running() -> Any:
    import xlwings

    return xlwings.apps


@contextmanager
def _this_thread_may_talk_to_excel() -> Iterator[None]:
    """COM has to be set up in every thread that uses it; the service runs actions in threads of its own."""
    if sys.platform != "win32":
        yield
        return
    pythoncom = import_module("pythoncom")
    pythoncom.CoInitialize()
    try:
        yield
    finally:
        pythoncom.CoUninitialize()
