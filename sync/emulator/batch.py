"""What every request of a batch needs: the spreadsheet, who asks, and the place to name in a refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sync.emulator.a1 import Box
from sync.emulator.errors import GoogleError, invalid
from sync.emulator.grid import JSON, Spreadsheet, Tab


@dataclass(frozen=True, slots=True)
class Batch:
    """One request on its way."""

    spreadsheet: Spreadsheet
    email: str
    editor: str
    """the name that protected ranges know; empty for the owner"""
    today: date
    new_id: Callable[[], int]
    place: str

    def tab(self, sheet_id: object) -> Tab:
        """The tab of an id; an id that was not written is 0, as everywhere in Google's JSON."""
        tab = self.spreadsheet.tab(int(str(sheet_id or 0)))
        if tab is None:
            raise self.refusal(f"No grid with id: {sheet_id or 0}")
        return tab

    def range(self, written: Mapping[str, Any]) -> tuple[Tab, Box]:
        """The tab and cells of a GridRange, which must lie within the grid."""
        tab = self.tab(written.get("sheetId"))
        box = tab.box_of(written)
        if box.bottom > tab.height or box.right > tab.width or box.top > box.bottom or box.left > box.right:
            raise self.refusal(f"range: exceeds grid limits. Max rows: {tab.height}, max columns: {tab.width}")
        return tab, box

    def refusal(self, message: str) -> GoogleError:
        return invalid(f"Invalid {self.place}: {message}")


def full_range(tab: Tab, box: Box) -> JSON:
    return {
        "sheetId": tab.id,
        "startRowIndex": box.top,
        "endRowIndex": box.bottom,
        "startColumnIndex": box.left,
        "endColumnIndex": box.right,
    }


def without_zero_sheet(written: Mapping[str, Any]) -> JSON:
    """A range as answers have it: the id of the first sheet, 0, is left out."""
    return {name: value for name, value in written.items() if (name, value) != ("sheetId", 0)}
