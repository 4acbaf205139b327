"""A1 notation and the boxes of cells it names. https://developers.google.com/workspace/sheets/api/guides/concepts#cell"""

from __future__ import annotations

import re
from typing import NamedTuple

_CORNER = re.compile(r"\$?([A-Za-z]{1,3})?\$?([1-9]\d*)?")
_PLAIN_TITLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LIKE_A_CELL = re.compile(r"[A-Za-z]{1,3}\d+")
_QUOTED = re.compile(r"'((?:[^']|'')*)'(?:!(.*))?", re.DOTALL)


class Box(NamedTuple):
    """Cells from ``top`` to before ``bottom`` and ``left`` to before ``right``, counted from 0."""

    top: int
    bottom: int
    left: int
    right: int

    def meets(self, other: Box) -> bool:
        return (
            self.top < other.bottom and other.top < self.bottom and self.left < other.right and other.left < self.right
        )

    def holds(self, other: Box) -> bool:
        return (
            self.top <= other.top
            and other.bottom <= self.bottom
            and self.left <= other.left
            and other.right <= self.right
        )

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left


class Open(NamedTuple):
    """Cells as written, before they meet a grid: ``bottom`` or ``right`` is None where the end was not written."""

    top: int
    bottom: int | None
    left: int
    right: int | None
    single: bool
    """one cell, written without a colon: where writing begins, not how far it may go"""


def column_letters(index: int) -> str:
    """
    >>> column_letters(0), column_letters(25), column_letters(26)
    ('A', 'Z', 'AA')
    """
    letters, index = "", index + 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(letters: str) -> int:
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - 64
    return index - 1


def quoted(title: str) -> str:
    """A tab's name as Google writes it before ``!``: in quotes unless it is a plain ASCII word."""
    if _PLAIN_TITLE.fullmatch(title) and not _LIKE_A_CELL.fullmatch(title):
        return title
    return "'" + title.replace("'", "''") + "'"


def named(title: str, box: Box) -> str:
    """A box of cells of a tab, as Google names it in answers."""
    first = f"{column_letters(box.left)}{box.top + 1}"
    last = f"{column_letters(box.right - 1)}{box.bottom}"
    return f"{quoted(title)}!{first}" if first == last else f"{quoted(title)}!{first}:{last}"


def parse_cells(text: str) -> Open | None:
    """``A1``, ``A1:B2``, ``A:C``, ``2:5`` or ``A2:C``; None when it is none of these.

    >>> parse_cells("B2:C")
    Open(top=1, bottom=None, left=1, right=3, single=False)
    """
    corners = [_CORNER.fullmatch(part) for part in text.split(":")]
    if len(corners) > 2 or not all(corner and corner.group(0) for corner in corners):
        return None
    letters = [corner.group(1) for corner in corners if corner]
    numbers = [corner.group(2) for corner in corners if corner]
    if len(corners) == 1:
        if letters[0] is None or numbers[0] is None:
            return None
        row, column = int(numbers[0]) - 1, column_index(letters[0])
        return Open(row, row + 1, column, column + 1, True)
    if (letters[0] is None) != (letters[1] is None) and numbers[0] is None:
        return None
    columns = sorted(column_index(part) for part in letters if part)
    rows = sorted(int(part) - 1 for part in numbers if part)
    top, bottom = (rows[0] if numbers[0] else 0), (rows[-1] + 1 if numbers[1] else None)
    left, right = (columns[0] if letters[0] else 0), (columns[-1] + 1 if letters[1] else None)
    return Open(top, bottom, left, right, False)


def split_title(text: str) -> tuple[str | None, str | None]:
    """Tab and cells of a range: ``'Dân số'!A1`` → ("Dân số", "A1"); either is None when it was not written."""
    if found := _QUOTED.fullmatch(text):
        return found.group(1).replace("''", "'"), found.group(2)
    if "!" in text:
        title, cells = text.rsplit("!", 1)
        return title, cells
    return None, text
