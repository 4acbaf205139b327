"""What waits for a person, as people read it: a conflict with its three values, and why a unit is held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from sync.plan import Conflict
from workbooks import layouts
from xl_ctd.core.codes import CODE_LISTS
from xl_ctd.core.formats import format_number
from xl_ctd.core.records import Value
from xl_ctd.core.submissions import Hold
from xl_ctd.core.tables import BY_CODE, Field, Kind
from xl_ctd.messages import message

_WORDS = {name: {choice.code: choice.words for choice in choices} for name, choices in CODE_LISTS.items()}
_AMOUNTS = frozenset({Kind.COUNT, Kind.MONEY, Kind.NUMBER})


@dataclass(frozen=True, slots=True)
class ConflictWords:
    """``place`` is the cell in the unit's file, the row id where no cell is left. A value is None for a blank cell."""

    table: str
    place: str
    column: str
    base: str | None
    ward: str | None
    master: str | None


class Reader(StrEnum):
    """Who reads why a unit is held: each lets its file pass in another way (``let-pass-…`` in the catalogue)."""

    TERMINAL = "command"
    OFFICE = "button"
    """At a pane, a dialog or a sheet of the master."""
    WARD = "ward"


def hold_words(hold: Hold, reader: Reader, language: str = "vi") -> str:
    """Why a unit is held, and what to do about it where the reader is."""
    way = message(f"let-pass-{reader}", {}, language)
    return message(hold.code, {**hold.args, "let_pass": way}, language)


def conflict_words(conflict: Conflict, language: str = "vi") -> ConflictWords:
    """The words for one conflict."""
    table = BY_CODE.get(conflict.table)
    field = table.by_code.get(conflict.field or "") if table else None

    def said(value: Value) -> str | None:
        return value_words(field, value)

    return ConflictWords(
        table.label if table else layouts.COVER_TAB,
        conflict.place.cell or conflict.rid,
        field.label if field else message("conflict-whole-row", {}, language),
        said(conflict.base),
        said(conflict.ward),
        said(conflict.master),
    )


def value_words(field: Field | None, value: Value) -> str | None:
    """A field's value as people read it: words for a code, marks in an amount. None for a blank."""
    if value is None:
        return None
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if field is not None and field.kind in _AMOUNTS and isinstance(value, int | Decimal):
        return format_number(value)
    words = _WORDS.get((field.choices if field else None) or "", {})
    return words.get(str(value), str(value))
