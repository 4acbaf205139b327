"""What one cell means as an argument: a number, a kind of target, a day, … Read strictly, by the rules of all input.

Readers take a cell (None for a blank one) and raise ``Unreadable``; the caller adds which argument it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from xl_ctd.cell_values import CannotAnswer, Cell, CellError, ErrorCode
from xl_ctd.core.cells import Unreadable, read_text, shown
from xl_ctd.core.dates import parse_date
from xl_ctd.core.numbers import parse_count, parse_number, parse_year
from xl_ctd.core.targets import OverRange, Status, TargetKind
from xl_ctd.core.text import fold
from xl_ctd.registry import Parameter, Takes

T = TypeVar("T")
Read = Callable[[Any], Any]


class Missing(Unreadable):
    """The cell is blank, and nothing can stand in for it."""

    def __init__(self) -> None:
        super().__init__("function-cell-blank")


class NotOffered(Unreadable):
    """The cell names none of the choices there are."""

    def __init__(self, cell: Cell, choices: str) -> None:
        super().__init__("function-not-offered", text=shown(cell), choices=choices)


@contextmanager
def answering(error: ErrorCode, code: str, **details: str) -> Iterator[None]:
    """Give this answer where the core says that what it was asked makes no sense."""
    try:
        yield
    except ValueError:
        raise CannotAnswer(error, code, details) from None


# --- parameters -------------------------------------------------------------------------------------------------


def given(name: str, reads: Read) -> Parameter:
    """An argument that must be there; a blank cell is for ``reads`` to judge."""
    return Parameter(name, Takes.SCALAR, required=True, reads=reads)


def optional(name: str, reads: Read, default: Any = None) -> Parameter:
    """An argument that may be left out or blank."""
    return Parameter(name, Takes.SCALAR, required=False, default=default, reads=reads)


def many(name: str, reads: Read) -> Parameter:
    """A range, read cell by cell."""
    return Parameter(name, Takes.RANGE, required=True, reads=reads)


# --- readers ----------------------------------------------------------------------------------------------------


def needed(reads: Callable[[Any], T | None]) -> Callable[[Any], T]:
    """A reader for which a blank cell is not enough."""

    def read(cell: Any) -> T:
        value = reads(cell)
        if value is None:
            raise Missing
        return value

    return read


def or_nothing(reads: Callable[[Any], T | None]) -> Callable[[Any], T | None]:
    """A reader for functions that never fail: what cannot be read, and an error cell, is as good as nothing."""

    def read(cell: Any) -> T | None:
        if isinstance(cell, CellError):
            return None
        try:
            return reads(cell)
        except Unreadable:
            return None

    return read


def figure(cell: Any) -> Decimal | Status:
    """A figure to be judged, or the status that its cell alone decides: 0/0 is nothing to judge."""
    if cell == CellError("#DIV/0!") or (isinstance(cell, CellError) and cell.code == "#DIV/0!"):
        return Status.NOT_APPLICABLE
    value = or_nothing(parse_number)(cell)
    return Status.NO_DATA if value is None else value


number = parse_number
the_number = needed(parse_number)
the_count = needed(parse_count)
the_year = needed(parse_year)
the_day = needed(parse_date)


def text(cell: Any) -> str | None:
    """Text as it would be stored; a number as Excel shows it. None for a blank cell."""
    return read_text(cell)[0]


the_text = needed(text)


def one_of(*choices: str) -> Callable[[Any], str]:
    """One of a few words, whatever its case and marks."""
    by_key = {_key(choice): choice for choice in choices}

    def read(cell: Any) -> str:
        choice = by_key.get(_key(needed(text)(cell)))
        if choice is None:
            raise NotOffered(cell, ", ".join(choices))
        return choice

    return read


def kind(cell: Any) -> TargetKind:
    """A kind of target by its code or its words: ``TYLE``, ``Tỷ lệ``, ``muc_nam``.

    >>> kind("Tỷ lệ"), kind("khoảng")
    (<TargetKind.RATIO: 'TYLE'>, <TargetKind.RANGE: 'KHOANG'>)
    """
    return TargetKind(_kinds(cell))


def choice_of(words: type[StrEnum]) -> Callable[[Any], Any]:
    """A reader for the members of an enumeration."""
    read = one_of(*words)
    return lambda cell: words(read(cell))


def _key(words: str) -> str:
    return re.sub(r"[\s_-]", "", fold(words))


_kinds = one_of(*TargetKind)


@dataclass(frozen=True, slots=True)
class Options:
    """How a target is compared: ``strict`` asks for more than the threshold."""

    strict: bool = False
    over_range: OverRange = OverRange.EXCEEDED


PLAIN = Options()
_OPTIONS = (">", ">=", *OverRange)
_option = {_key(name): name for name in _OPTIONS}


def options(cell: Any) -> Options:
    """Any of ``>`` (more than the target), ``>=``, ``VUOT`` and ``NGOAI_KHOANG``, with blanks or commas between.

    >>> options("> NGOAI_KHOANG")
    Options(strict=True, over_range=<OverRange.OUTSIDE: 'NGOAI_KHOANG'>)
    """
    words = re.split(r"[\s,;]+", the_text(cell))
    if not all(_key(word) in _option for word in words):
        raise NotOffered(cell, ", ".join(_OPTIONS))
    chosen = {_option[_key(word)] for word in words}
    return Options(">" in chosen, OverRange.OUTSIDE if OverRange.OUTSIDE in chosen else OverRange.EXCEEDED)


def period(cell: Any) -> str:
    """The code of a period as text; a year may be a number cell: 2026 → ``2026``."""
    return the_text(cell).upper()


def day(cell: Any) -> date | None:
    """A day, None for a blank cell."""
    return parse_date(cell)
