"""The program behind the Calc extension: LibreOffice starts it and asks it, one JSON line for every question.

The first line it says is ``{"version": …}``. A question is ``{"call", "arguments", "document"}`` for a worksheet
function or ``{"action", "arguments", "master"}`` for a button, answered with ``{"result": grid}`` or ``{"answer": …}``;
what cannot be carried out is ``{"refused": sentence}``. Cells travel as they do to the service.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from sync.settings import Settings, is_master, office_of
from xl_ctd.calling import NoFacts, call
from xl_ctd.cell_values import Cell, CellError, Grid, error_named
from xl_ctd.registry import FUNCTIONS

Answer = dict[str, Any]


class Asked:
    """Answers the questions of one LibreOffice for one office.

    ``load`` reads the office's settings when they are first needed, so that a wrong settings file is a sentence too;
    ``who`` is named in the ledger.
    """

    def __init__(self, load: Callable[[], Settings], who: str) -> None:
        self._load, self._who = load, who
        self._loaded: Settings | None = None

    def answer(self, line: bytes) -> Answer:
        """Never raises: what cannot be carried out, or not even read, is answered with a sentence."""
        try:
            question = orjson.loads(line)
            if "call" in question:
                grids = [_grid(grid) for grid in question["arguments"]]
                return {"result": self._call(question["call"], grids, question.get("document"))}
            return {"answer": self._act(question["action"], question["arguments"], question.get("master"))}
        except Exception as error:
            return {"refused": _sentence(error)}

    def _call(self, name: str, arguments: list[Grid], document: str | None) -> Grid:
        declared = FUNCTIONS.get(name)
        if declared is None or not declared.reads_master:
            return call(name, arguments, NoFacts())
        from sync.service_facts import facts_now

        return call(name, arguments, facts_now(self._settings_for(document, prefer_chosen=True)))

    def _act(self, action: str, arguments: dict[str, str], document: str | None) -> Answer:
        from xl_ctd.ribbon import perform

        office = office_of(self._settings_for(document, prefer_chosen=False), self._who)
        return perform(action, None, office, arguments).to_json()

    def _settings_for(self, document: str | None, *, prefer_chosen: bool) -> Settings:
        """The settings with the open document as master: for a button always when it is one, for a formula when none
        was chosen."""
        settings = self._loaded = self._loaded or self._load()
        if not document or (prefer_chosen and settings.master) or not is_master(Path(document)):
            return settings
        return settings.model_copy(update={"master": Path(document)})


def _sentence(error: Exception) -> str:
    from sync.service_door import refusal_of, unexpected

    return (refusal_of(error) or unexpected(error)).sentence("vi")


def _grid(grid: list[list[Any]]) -> Grid:
    return [[_cell(cell) for cell in row] for row in grid]


def _cell(cell: Any) -> Cell:
    return error_named(cell["error"]) if isinstance(cell, dict) else cell


def _plain(cell: object) -> dict[str, str]:
    if isinstance(cell, CellError):
        return {"error": cell.code, "reason": cell.reason}
    raise TypeError(type(cell).__name__)


def converse(questions: BinaryIO, answers: BinaryIO, answer: Callable[[bytes], Answer]) -> None:
    """Say the version, then answer line for line until LibreOffice is gone."""

    def say(content: Answer) -> None:
        answers.write(orjson.dumps(content, default=_plain, option=orjson.OPT_PASSTHROUGH_DATACLASS) + b"\n")
        answers.flush()

    say({"version": version("xl-ctd")})
    for line in questions:
        say(answer(line))


def take_wire() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output for ourselves alone: what a library prints or a child process reads is elsewhere."""
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(sys.stderr.fileno(), 1)
    return questions, answers
