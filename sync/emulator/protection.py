"""Protected ranges: who may edit what.

The owner of the file may edit everything, the editors of a protected range that range; a range that only warns stops
nobody (https://developers.google.com/workspace/sheets/api/samples/ranges#protect,
https://support.google.com/docs/answer/1218656).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sync.emulator.a1 import Box
from sync.emulator.errors import protected
from sync.emulator.grid import JSON, Spreadsheet, Tab

OwnerOf = Callable[[str], str | None]


def may_edit(protection: JSON, who: str) -> bool:
    """``who`` is an e-mail address; an empty one stands for the owner, who may edit everything."""
    return bool(not who or protection.get("warningOnly") or who in protection.get("editors", {}).get("users", []))


def _closed_to(tab: Tab, who: str) -> Iterator[JSON]:
    return (one for one in tab.protected if not may_edit(one, who))


def check_cells(spreadsheet: Spreadsheet, tab: Tab, box: Box, who: str) -> None:
    """Raise when a protected range that is closed to ``who`` meets the box, outside what it leaves open."""
    for one in _closed_to(tab, who):
        if not tab.box_of(one["range"]).meets(box):
            continue
        if any(tab.box_of(part).holds(box) for part in one.get("unprotectedRanges", [])):
            continue
        raise protected()


def check_insertion(tab: Tab, at: int, who: str, *, rows: bool) -> None:
    """Raise when rows or columns would be pushed into the middle of a protected range that is closed to ``who``."""
    for one in _closed_to(tab, who):
        box = tab.box_of(one["range"])
        start, end = (box.top, box.bottom) if rows else (box.left, box.right)
        if start < at < end:
            raise protected()


def check_tab(tab: Tab, who: str, *, whole: bool = True) -> None:
    """Raise when the tab is closed to ``who``; not ``whole``: when anything in it is."""
    for one in _closed_to(tab, who):
        if not whole or tab.box_of(one["range"]).holds(tab.box):
            raise protected()
