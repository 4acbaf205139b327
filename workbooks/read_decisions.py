"""Reading back what the office chose on the sheet of conflicts, wherever the sheet was moved or sorted to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from python_calamine import CalamineWorkbook

from workbooks.layouts import column_letters
from workbooks.master_tables import CONFLICT_DECISIONS, CONFLICTS
from xl_ctd.core.text import fold

SIDES = dict(zip(map(fold, CONFLICT_DECISIONS), ("ward", "master", "base"), strict=True))
"""The words of the list, folded → the side they choose."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One choice: the conflict's number, the side chosen (None: the words are none of the list), and its place."""

    conflict: str
    side: str | None
    text: str
    sheet: str
    cell: str


def read_decisions(master: Path) -> list[Decision]:
    """Every row of the conflicts' table in which something was chosen. Raises what calamine raises."""
    with closing(CalamineWorkbook.from_path(str(master))) as book:
        tabs = sorted(book.sheet_names, key=lambda tab: tab != CONFLICTS.tab)  # its own tab first; it may be renamed
        for tab in tabs:
            grid = book.get_sheet_by_name(tab).to_python(skip_empty_area=False)
            for line, row in enumerate(grid[:30]):
                if f"{CONFLICTS.code}.id" in row:
                    return list(_chosen(grid, line, tab))
    return []


def _chosen(grid: Sequence[Sequence[object]], code_line: int, tab: str) -> Iterator[Decision]:
    codes = grid[code_line]
    if f"{CONFLICTS.code}.decision" not in codes:
        return
    name, choice = codes.index(f"{CONFLICTS.code}.id"), codes.index(f"{CONFLICTS.code}.decision")
    for line, row in enumerate(grid[code_line + 2 :], code_line + 3):
        text = str(row[choice]).strip()
        if text and row[name]:
            yield Decision(str(row[name]), SIDES.get(fold(text)), text, tab, f"{column_letters(choice + 1)}{line}")
