"""How worksheet functions travel as JSON: grids of cells; an error cell is ``{"error": "#N/A", "reason": "…"}``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Any

import orjson

from sync.service_door import Refusal
from xl_ctd.cell_values import ERROR_CODES, Cell, CellError, Column, Grid, cells_of, error_named, widths_of

MOST_CALLS = 20_000
"""How many functions one request may ask: more than a recalculation asks at once, and few enough to answer soon."""

_WITHOUT_COMMA = {NoneType, bool, int, float}
_PLAIN = {*_WITHOUT_COMMA, str}
_CELL = {
    "anyOf": [
        {"type": ["null", "boolean", "number", "string"]},
        {
            "type": "object",
            "properties": {"error": {"type": "string", "enum": list(ERROR_CODES)}, "reason": {"type": "string"}},
            "required": ["error"],
            "additionalProperties": False,
        },
    ]
}
_GRID = {"type": "array", "items": {"type": "array", "items": _CELL}}
_ARGUMENTS = {"type": "array", "items": _GRID}
_CALL = {
    "type": "object",
    "properties": {"arguments": _ARGUMENTS},
    "required": ["arguments"],
    "additionalProperties": False,
}
_NAMED_CALL = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 100}, "arguments": _ARGUMENTS},
    "required": ["name", "arguments"],
    "additionalProperties": False,
}
_CALLS = {
    "type": "object",
    "properties": {"calls": {"type": "array", "items": _NAMED_CALL, "maxItems": MOST_CALLS}},
    "required": ["calls"],
    "additionalProperties": False,
}


def _json_body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


ONE_CALL_BODY, MANY_CALLS_BODY = _json_body(_CALL), _json_body(_CALLS)
"""For the description of our interface: these bodies are read here and not by FastAPI, because they may be large."""


@dataclass(frozen=True, slots=True)
class Call:
    """One function asked, with its grids."""

    name: str
    arguments: Sequence[Grid]


def read_call(name: str, body: bytes) -> Call:
    """The call in a request for one function. Raises ``Refusal`` for anything but the form described above."""
    return _call({"name": name, **_of_form(_object(body), {"arguments"})}, b'"error"' in body)


def read_calls(body: bytes) -> list[Call]:
    """The calls in a request for many functions. Raises ``Refusal``, also when there are too many."""
    calls = _of_form(_object(body), {"calls"})["calls"]
    if not isinstance(calls, list):
        raise _not_understood()
    if len(calls) > MOST_CALLS:
        raise Refusal(422, "too-many-calls", most=str(MOST_CALLS))
    has_errors = b'"error"' in body
    return [_call(_of_form(call, {"name", "arguments"}), has_errors) for call in calls]


def result_json(result: Grid) -> bytes:
    """The answer for one function."""
    return _json({"result": result})


def results_json(results: Sequence[Grid]) -> bytes:
    """The answers for many functions, in the order they were asked."""
    return _json({"results": results})


def _json(content: object) -> bytes:
    return orjson.dumps(content, default=_plain, option=orjson.OPT_PASSTHROUGH_DATACLASS)


def _plain(found: object) -> object:
    if isinstance(found, CellError):
        return {"error": found.code, "reason": found.reason}
    if isinstance(found, Column):
        return orjson.Fragment(_column_json(found.cells))
    raise TypeError(type(found).__name__)


def _column_json(cells: Sequence[Cell]) -> bytes:
    """A long column is mostly numbers, which hold no comma, or the same few words."""
    if not cells:
        return b"[]"
    kinds = set(map(type, cells))
    if kinds <= _WITHOUT_COMMA:
        return b"[%b]" % orjson.dumps(cells).replace(b",", b"],[")
    if kinds <= {str, NoneType}:
        written = {cell: orjson.dumps(cell) for cell in dict.fromkeys(cells)}
        return b"[[%b]]" % b"],[".join(map(written.__getitem__, cells))
    return _json([[cell] for cell in cells])


def _not_understood() -> Refusal:
    return Refusal(422, "request-not-understood")


def _object(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _not_understood() from None


def _of_form(content: object, keys: set[str]) -> dict[str, Any]:
    if not isinstance(content, dict) or content.keys() != keys:
        raise _not_understood()
    return content


def _call(plain: dict[str, Any], may_hold_errors: bool) -> Call:
    name, arguments = plain["name"], plain["arguments"]
    if not isinstance(name, str) or not isinstance(arguments, list):
        raise _not_understood()
    return Call(name, [_grid(grid, may_hold_errors) for grid in arguments])


def _grid(grid: object, may_hold_errors: bool) -> Grid:
    if not isinstance(grid, list) or not {list}.issuperset(map(type, grid)):
        raise _not_understood()
    cells = cells_of(grid)
    if _PLAIN.issuperset(map(type, cells)):
        return Column(cells) if widths_of(grid) == {1} else grid
    if not may_hold_errors:
        raise _not_understood()
    return [[_cell(cell) for cell in row] for row in grid]


def _cell(cell: object) -> Cell:
    if cell is None or isinstance(cell, bool | int | float | str):
        return cell
    if isinstance(cell, dict) and {"error"} <= cell.keys() <= {"error", "reason"}:
        found = error_named(cell["error"]) if isinstance(cell["error"], str) else None
        reason = cell.get("reason", "")
        if found is not None and isinstance(reason, str):
            return CellError(found.code, reason)
    raise _not_understood()
