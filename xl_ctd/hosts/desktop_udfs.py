"""Python behind the add-in without the service: xlwings' COM server imports this module by its name (Windows only).

VBA asks one function, ``ask``, in the same wire as over HTTP, so that both ways give the same answers.
"""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

import xlwings
from xlwings import udfs

from sync.service_facts import facts_now
from sync.settings import load_settings, office_of
from sync.workspace import CannotRun
from workbooks.package import WriteRefused
from xl_ctd.calling import call
from xl_ctd.facts import NoFacts
from xl_ctd.hosts.desktop_com import find_workbook
from xl_ctd.hosts.desktop_wire import (
    NotOurWire,
    decode_arguments,
    decode_calls,
    encode_answer,
    encode_results,
    encode_text,
)
from xl_ctd.messages import message
from xl_ctd.registry import FUNCTIONS
from xl_ctd.ribbon import BY_ID, perform

DONE, REFUSED = "+", "-"


@udfs.xlfunc
def ask(path: Any, body: Any) -> str:
    """``functions`` or ``actions/<id>`` with a body: "+" and the answer, or "-" and the sentence that says why not."""
    try:
        return DONE + answer(str(path), str(body or ""))
    except CannotRun as stop:
        return REFUSED + encode_text(message(stop.code, stop.args_))
    except WriteRefused as refused:
        return REFUSED + encode_text(refused.sentence())
    except Exception as error:
        return REFUSED + encode_text(message("addin-offline-unexpected", {"kind": type(error).__name__}))


def answer(path: str, body: str) -> str:
    """The answer in the wire. Raises ``CannotRun``, also for a body that is not our wire."""
    kind, _, action = path.partition("/")
    try:
        if kind == "functions":
            return _functions(body)
        return _action(action, decode_arguments(body))
    except NotOurWire:
        raise CannotRun("addin-wire-unreadable") from None


def _functions(body: str) -> str:
    calls = decode_calls(body)
    facts = facts_now(load_settings()) if any(_reads_master(name) for name, _ in calls) else NoFacts()
    return encode_results(call(name, arguments, facts) for name, arguments in calls)


def _reads_master(name: str) -> bool:
    function = FUNCTIONS.get(name)
    return function is not None and function.reads_master


def _action(action: str, arguments: dict[str, str]) -> str:
    office = office_of(load_settings(), _who())
    book = _book(office.master) if action in BY_ID and BY_ID[action].needs_book else None
    return encode_answer(perform(action, book, office, arguments))


def _book(master: Path | None) -> xlwings.Book:
    """The open master, else the workbook that the button was pressed in."""
    pressed_in = xlwings.Book.caller()
    names = [str(master)] if master else []
    return find_workbook([*names, pressed_in.fullname], [pressed_in.app])


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a machine that does not know who runs it
        return "?"
