"""One cell, and a column of cells: what is blank, what could not be read, and text as it goes into a record.

A cell is what the reader of workbooks gives: float, int, bool, str, date, datetime, time, timedelta, or None and ``""``
for a blank one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from xl_ctd.core.legacy import decode
from xl_ctd.core.records import UNREAD, Unread
from xl_ctd.core.text import LOST, clean, repair_and_count, suggest_lost_letters

T = TypeVar("T")
Misread = list[tuple[int, "Unreadable"]]
"""Which cells of a column could not be read, by index, and why."""

LOST_DIGITS_FROM = 10**14
"""From fifteen digits on a number cell is not trusted: Excel keeps fifteen and turns the rest into zeros."""

LONGEST_SHOWN = 60


class Unreadable(ValueError):
    """Something is typed but it cannot be read without guessing.

    ``code`` names a sentence of the catalogue, ``details`` fills its names, ``suggestion`` is what the person may
    have meant (None: no idea); it is offered, never taken.
    """

    def __init__(self, code: str, suggestion: str | None = None, **details: str) -> None:
        super().__init__(code)
        self.code = code
        self.suggestion = suggestion
        self.details: Mapping[str, str] = details


def is_blank(cell: object) -> bool:
    """Is nothing typed here? Blanks, and characters nobody can see, are nothing.

    >>> is_blank(None), is_blank(" \\u00a0"), is_blank(0.0)
    (True, True, False)
    """
    return cell is None or (isinstance(cell, str) and not clean(cell))


def shown(cell: object) -> str:
    """A cell as a person sees it in Excel, cut short, for use in a sentence.

    >>> shown(1.4), shown(123.0), shown(date(2024, 3, 5)), shown(True), len(shown("x" * 999))
    ('1,4', '123', '05/03/2024', 'TRUE', 60)
    """
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return f"{cell:.15g}".replace(".", ",")
    if isinstance(cell, date):
        day = f"{cell.day:02d}/{cell.month:02d}/{cell.year:04d}"
        has_time = isinstance(cell, datetime) and (cell.hour or cell.minute or cell.second)
        return f"{day} {cell:%H:%M}" if has_time else day
    text = clean(str(cell))
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def parse_column(
    parser: Callable[[object], T | None],
    column: Sequence[object],
    quick_type: type = float,
    quick: Callable[[list[Any]], list[T] | None] | None = None,
) -> tuple[list[T | Unread | None], Misread]:
    """Read a whole column with a parser of one cell; what cannot be read becomes ``UNREAD`` and is listed with why.

    ``quick`` reads a list of ``quick_type`` cells at once, or answers None when one of them needs a closer look; of
    the cells that are left, each different one is read once.

    >>> from xl_ctd.core.numbers import parse_count
    >>> values, misread = parse_column(parse_count, [12.0, "", "1.400", "nhiều"])
    >>> values, [(index, why.code) for index, why in misread]
    ([12, None, 1400, UNREAD], [(3, 'number-unreadable')])
    """
    kinds = set(map(type, column))
    misread: Misread = []
    if bool in kinds:  # True equals 1.0, so different cells would look the same
        return [_read_or_note(parser, cell, index, misread) for index, cell in enumerate(column)], misread
    values = None
    if quick is not None and quick_type in kinds:
        values = quick([cell for cell in column if type(cell) is quick_type])
        if values is not None and len(kinds) == 1:
            return list(values), []
    slow = set(column) if values is None else {cell for cell in column if type(cell) is not quick_type}
    read: dict[object, T | Unread | None] = {}
    failed: dict[object, Unreadable] = {}
    for cell in slow:
        try:
            read[cell] = parser(cell)
        except Unreadable as why:
            read[cell], failed[cell] = UNREAD, why
    if failed:
        misread = [(index, failed[cell]) for index, cell in enumerate(column) if cell in failed]
    if values is None:
        return [read[cell] for cell in column], misread
    following = iter(values)
    return [next(following) if type(cell) is quick_type else read[cell] for cell in column], misread


def _read_or_note(
    parser: Callable[[object], T | None], cell: object, index: int, misread: Misread
) -> T | Unread | None:
    try:
        return parser(cell)
    except Unreadable as why:
        misread.append((index, why))
        return UNREAD


@dataclass(frozen=True, slots=True)
class Note:
    """Something the program did to a text, to be told to people: a sentence's code and what fills it."""

    code: str
    details: Mapping[str, str] = field(default_factory=dict)


def read_text(cell: object, font: str | None = None) -> tuple[str | None, tuple[Note, ...]]:
    """A cell of a text column, decoded, cleaned and repaired, with notes on what was changed; None for a blank.

    A number or a date in a text column becomes what Excel shows. Raises ``Unreadable`` for a number so long that
    Excel has already lost its last digits. Lost letters stay in the text; the note carries the suggestion.

    >>> read_text(" Hôị Chữ thâp̣ đỏ ")
    ('Hội Chữ thập đỏ', (Note(code='text-repaired', details={'count': '2'}),))
    >>> read_text(2024.0), read_text("")
    (('2024', ()), (None, ()))
    """
    if not isinstance(cell, str):
        if isinstance(cell, int | float) and not abs(cell) < LOST_DIGITS_FROM:
            raise Unreadable("number-digits-lost", text=shown(cell))
        return (None if cell is None else shown(cell)), ()
    text = clean(cell)
    if text.isascii() and not font:
        return text or None, ()
    notes = []
    decoded, encoding = decode(cell, font)
    if encoding:
        text = clean(decoded)
        notes.append(Note("text-decoded", {"encoding": encoding, "text": shown(text)}))
    text, count = repair_and_count(text)
    if count:
        notes.append(Note("text-repaired", {"count": str(count)}))
    if LOST in text:
        notes.append(Note("text-lost-letters", {"text": shown(text), "suggestion": shown(suggest_lost_letters(text))}))
    return text, tuple(notes)


def read_texts(column: Sequence[object]) -> tuple[list[str | Unread | None], Misread, list[tuple[int, Note]]]:
    """A whole text column: the values, what could not be read, and notes on repaired cells, both by index.

    >>> read_texts(["Đông Ngàn", "", None, 12.0])
    (['Đông Ngàn', None, None, '12'], [], [])
    """
    noted: dict[object, tuple[Note, ...]] = {}

    def read(cell: object) -> str | None:
        text, notes = read_text(cell)
        if notes:
            noted[cell] = notes
        return text

    values, misread = parse_column(read, column)
    if not noted:
        return values, misread, []
    return values, misread, [(index, note) for index, cell in enumerate(column) for note in noted.get(cell, ())]
