"""Calling functions as a cell does: single values become one cell, lists a column, and one answer comes back bare."""

from __future__ import annotations

from datetime import date
from typing import Any

from xl_ctd.calling import Cell, CellError, Facts, Grid, NoFacts, call

NO_MASTER = NoFacts()


def column(*cells: Cell) -> list[list[Cell]]:
    return [[cell] for cell in cells]


def ask(name: str, *arguments: Any, facts: Facts = NO_MASTER) -> Any:
    """The answer: a bare cell where one comes back, a list where a column does."""
    answer = call(name, [_grid(argument) for argument in arguments], facts)
    cells = [row[0] for row in answer]
    return cells if len(cells) > 1 or len(answer[0]) > 1 else cells[0]


def _grid(argument: Any) -> Grid:
    if isinstance(argument, list):
        return argument if argument and isinstance(argument[0], list) else column(*argument)
    return [[argument]]


def error(name: str, *arguments: Any, facts: Facts = NO_MASTER) -> str:
    """The error a single cell shows; it always comes with a sentence."""
    answer = ask(name, *arguments, facts=facts)
    assert isinstance(answer, CellError), answer
    assert answer.reason
    return answer.code


def serial(day: int, month: int, year: int) -> int:
    return (date(year, month, day) - date(1899, 12, 30)).days
