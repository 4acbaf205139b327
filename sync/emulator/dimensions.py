"""Rows or columns that are inserted, deleted or moved, and what this makes of an index, a span and a formula."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sync.emulator.a1 import column_index, column_letters, quoted
from sync.emulator.formulas import TOKEN

Span = tuple[int, int]
_CORNER = re.compile(r"(\$?)([A-Za-z]{1,3})?(\$?)(\d+)?")


class Edit(Protocol):
    """What happens along one dimension; None where nothing is left."""

    def index(self, index: int) -> int | None: ...
    def span(self, start: int, end: int) -> Span | None: ...


@dataclass(frozen=True, slots=True)
class Insert:
    at: int
    count: int

    def index(self, index: int) -> int | None:
        return index + self.count if index >= self.at else index

    def span(self, start: int, end: int) -> Span | None:
        return (
            start + self.count if start >= self.at else start,
            end + self.count if end > self.at else end,
        )


@dataclass(frozen=True, slots=True)
class Delete:
    at: int
    count: int

    def index(self, index: int) -> int | None:
        if index < self.at:
            return index
        return index - self.count if index >= self.at + self.count else None

    def span(self, start: int, end: int) -> Span | None:
        start = start if start <= self.at else max(self.at, start - self.count)
        end = end if end <= self.at else max(self.at, end - self.count)
        return (start, end) if start < end else None


@dataclass(frozen=True, slots=True)
class Move:
    """The lines from ``start`` to before ``end`` go before the line that was at ``to``."""

    start: int
    end: int
    to: int

    def index(self, index: int) -> int | None:
        count = self.end - self.start
        target = self.to if self.to <= self.start else self.to - count
        if self.start <= index < self.end:
            return target + index - self.start
        rest = index if index < self.start else index - count
        return rest if rest < target else rest + count

    def span(self, start: int, end: int) -> Span | None:
        places = [self.index(index) for index in (start, end - 1)]
        first, last = (
            min(place for place in places if place is not None),
            max(place for place in places if place is not None),
        )
        return (first, last + 1) if last - first == end - start - 1 else (start, end)


def with_references(text: str, change: Callable[[str | None, str], str | None]) -> str:
    """A formula with every reference replaced by what ``change`` makes of its tab and cells; None: unchanged."""
    parts: list[str] = []
    position = 0
    while position < len(text):
        found = TOKEN.match(text, position)
        if found is None:
            parts.append(text[position])
            position += 1
            continue
        replaced = None
        if found["reference"]:
            tab = found["tab"]
            title = tab[1:-1].replace("''", "'") if tab and tab.startswith("'") else tab
            replaced = change(title, found["cells"])
        parts.append(found[0] if replaced is None else replaced)
        position = found.end()
    return "".join(parts)


def edited(text: str, edit: Edit, *, rows: bool, titled: str, own: bool) -> str:
    """A formula after an edit of the tab ``titled``; ``own``: the formula stands in that tab."""

    def change(title: str | None, cells: str) -> str | None:
        if (title is None and not own) or (title is not None and title.lower() != titled.lower()):
            return None
        moved = _edited_cells(cells, edit, rows)
        return "#REF!" if moved is None else _joined(title, moved)

    return with_references(text, change)


def _joined(title: str | None, cells: str) -> str:
    return cells if title is None else f"{quoted(title)}!{cells}"


def _edited_cells(cells: str, edit: Edit, rows: bool) -> str | None:
    corners = [_corner(part) for part in cells.split(":")]
    places = [corner[3] if rows else corner[1] for corner in corners]
    if places[0] is None:
        return cells
    if len(corners) == 1:
        moved = edit.index(places[0])
        return None if moved is None else _written(_placed(corners[0], moved, rows))
    if places[1] is None:
        moved = edit.index(places[0])
        new = [_placed(corners[0], moved if moved is not None else places[0], rows), corners[1]]
    else:
        span = edit.span(places[0], places[1] + 1)
        if span is None:
            return None
        new = [_placed(corners[0], span[0], rows), _placed(corners[1], span[1] - 1, rows)]
    return ":".join(_written(corner) for corner in new)


Corner = tuple[str, int | None, str, int | None]


def _corner(text: str) -> Corner:
    found = _CORNER.fullmatch(text)
    assert found is not None
    dollar_column, letters, dollar_row, number = found.groups()
    if letters is None:
        dollar_column, dollar_row = "", dollar_column or dollar_row
    return (
        dollar_column,
        None if letters is None else column_index(letters),
        dollar_row,
        None if number is None else int(number) - 1,
    )


def _placed(corner: Corner, place: int, rows: bool) -> Corner:
    return (*corner[:3], place) if rows else (corner[0], place, *corner[2:])


def _written(corner: Corner) -> str:
    column = "" if corner[1] is None else f"{corner[0]}{column_letters(corner[1])}"
    return column + ("" if corner[3] is None else f"{corner[2]}{corner[3] + 1}")


def displaced(text: str, down: int, right: int) -> str:
    """A formula copied to another cell: what has no dollar moves along."""

    def change(title: str | None, cells: str) -> str | None:
        corners = []
        for part in cells.split(":"):
            dollar_column, column, dollar_row, row = _corner(part)
            column = column if column is None or dollar_column else column + right
            row = row if row is None or dollar_row else row + down
            if (column or 0) < 0 or (row or 0) < 0:
                return "#REF!"
            corners.append(_written((dollar_column, column, dollar_row, row)))
        return _joined(title, ":".join(corners))

    return with_references(text, change)


def retitled(text: str, old: str, new: str) -> str:
    """A formula after a tab was renamed."""
    return with_references(
        text, lambda title, cells: _joined(new, cells) if title and title.lower() == old.lower() else None
    )
