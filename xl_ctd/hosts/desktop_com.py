"""Excel on this computer through COM (Windows) or Apple events (Mac): the workbook a person has open.

Elsewhere no workbook is ever open, and actions work on the master on disk.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xlwings as xw

HAS_EXCEL = sys.platform in ("win32", "darwin")


@contextmanager
def open_workbook(full_name: str | None) -> Iterator[xw.Book | None]:
    """The workbook of this full name, as it is open in Excel on this computer; None when no name was given or the
    computer has no Excel.

    Raises ``CannotRun`` when there is an Excel but the workbook is not open in it any more.
    """
    if not full_name or not HAS_EXCEL:
        yield None
        return
    with _this_thread_may_talk_to_excel():
        yield find_workbook(full_name, _running())


def find_workbook(full_name: str, running: Any) -> xw.Book:
    """The workbook among those of the Excels that run; where it lies may be spelled in either case."""
    from sync.workspace import CannotRun

    wanted = full_name.casefold()
    for app in running:
        for book in app.books:
            if str(book.fullname).casefold() == wanted:
                found: xw.Book = book
                return found
    raise CannotRun("addin-book-closed", file=PureWindowsPath(full_name).name)


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
