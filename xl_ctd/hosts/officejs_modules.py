"""The two modules that xlwings-server looks for, made from our own registries: ``custom_functions`` with a function for
every worksheet function and ``custom_scripts`` with a script for every action of the ribbon.

Imported only when xlwings-server is served: it needs ``xlwings.server``.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

import xlwings as xw
import xlwings.server as xs
from anyio.to_thread import run_sync

import xl_ctd.functions  # noqa: F401 - declares every function
from sync.service_door import Refusal
from xl_ctd.cell_values import Cell, CellError, Grid
from xl_ctd.registry import FUNCTIONS, WorksheetFunction
from xl_ctd.ribbon import ACTIONS, Action

CallFunction = Callable[[str, Sequence[Grid]], Grid]
"""(bare name, arguments) → answer, for whoever is asking now"""

RunAction = Callable[[str, xw.Book, Mapping[str, str], str], Mapping[str, Any]]
"""(id, open workbook, arguments, ticket) → the answer as JSON; by its ticket the pane asks how far the action is"""

ANSWER_MACRO = "ctdAnswer"
"""What the pane registers with xlwings to be handed the answer of an action, after everything else was written."""

DESCRIPTION_LIMIT = 255
"""Excel cuts the help of a function or argument that is longer."""


def custom_functions(call: CallFunction) -> ModuleType:
    """Every worksheet function as xlwings-server registers it; ``call`` never raises for what people typed."""
    module = ModuleType("custom_functions")
    for declared in FUNCTIONS.values():
        setattr(module, declared.name, _registered(declared, call))
    return module


def _registered(declared: WorksheetFunction, call: CallFunction) -> Callable[..., Any]:
    async def function(*given: Any) -> list[list[Any]]:
        arguments = [_grid(one) for one in given]
        answer = await run_sync(call, declared.name, arguments)
        return [[_shown(cell) for cell in row] for row in answer]

    function.__name__ = declared.name
    function.__doc__ = _short(declared.help())
    function.__annotations__ = {}
    function.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(
                one.name,
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=inspect.Parameter.empty if one.required else None,
            )
            for one in declared.parameters
        ]
    )
    registered: Callable[..., Any] = xs.func(name=declared.name)(function)
    for one in declared.parameters:
        xs.arg(one.name, doc=_short(declared.help_of(one)), ndim=2)(registered)
    return registered


def _grid(given: Any) -> Grid:
    """An argument as xlwings hands it over: rows, or None where nothing was given."""
    return given if isinstance(given, list) else ()


def _shown(cell: Cell) -> Any:
    """An error cell travels by its name: xlwings-server knows no other way to put one into a cell."""
    return cell.code if isinstance(cell, CellError) else cell


def _short(text: str) -> str:
    return text if len(text) <= DESCRIPTION_LIMIT else text[: DESCRIPTION_LIMIT - 1] + "…"


def custom_scripts(run: RunAction) -> ModuleType:
    """Every action of the ribbon as a script that xlwings-server runs on the workbook the pane sends along."""
    module = ModuleType("custom_scripts")
    for action in ACTIONS:
        setattr(module, action.id, _script(action, run))
    return module


def _script(action: Action, run: RunAction) -> Callable[..., Any]:
    async def script(book, arguments="{}", ticket=""):  # type: ignore[no-untyped-def]
        answer = await run_sync(run, action.id, book, _chosen(arguments), str(ticket))
        # Last of all, so that the pane says "done" only when everything before it stands in the sheets. Not through
        # App.macro, which writes to whichever workbook came in last.
        book.impl.append_json_action(func="runMacro", args=[ANSWER_MACRO, json.dumps(answer, ensure_ascii=False)])

    script.__name__ = action.id
    script.__annotations__ = {"book": xw.Book}
    decorated: Callable[..., Any] = xs.script(name=action.label())(script)
    return decorated


def _chosen(arguments: object) -> Mapping[str, str]:
    """What a person chose beside the button, as sent by the pane. Raises ``Refusal`` for anything else."""
    try:
        chosen = json.loads(arguments) if isinstance(arguments, str) else None
    except ValueError:
        chosen = None
    if not isinstance(chosen, dict) or not all(isinstance(value, str) for value in chosen.values()):
        raise Refusal(422, "pane-arguments-unreadable")
    return chosen
