"""How a spreadsheet stands now, as far as a repair must know it: tabs, filled cells, column names, protections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sync.google.answers import FEEDBACK_TAB, FIELD_KEY

SIGNATURE_KEY, UNIT_KEY, YEAR_KEY = "ctd-template", "ctd-unit", "ctd-year"
"""Developer metadata of the whole spreadsheet."""
OURS = "xl-ctd"
"""Begins the description of every protected range that is ours."""


@dataclass(frozen=True, slots=True)
class TabShape:
    """One tab. ``cells`` are the filled ones, row and column from 0 → what was entered; ``names`` column → its field by
    developer metadata; ``rules`` the places of our own conditional formats."""

    id: int
    title: str
    index: int
    rows: int
    width: int
    cells: Mapping[tuple[int, int], Any] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)
    protections: Mapping[str, int] = field(default_factory=dict)
    rules: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """A whole spreadsheet; ``metadata`` is key → (id, value)."""

    id: str
    title: str
    locale: str
    time_zone: str
    tabs: Mapping[int, TabShape]
    metadata: Mapping[str, tuple[int, str]]

    @property
    def signature(self) -> str:
        return self.metadata.get(SIGNATURE_KEY, (0, ""))[1]

    @property
    def owner(self) -> tuple[str, str]:
        """The unit's key and the year it was made for, blank for a spreadsheet that is not ours."""
        return self.metadata.get(UNIT_KEY, (0, ""))[1], self.metadata.get(YEAR_KEY, (0, ""))[1]


def shape_of(answer: Mapping[str, Any]) -> Shape:
    """The shape in Google's answer to ``SHAPE_MASK``."""
    properties = answer.get("properties", {})
    tabs = [_tab(sheet) for sheet in answer.get("sheets", ())]
    metadata = {
        entry["metadataKey"]: (int(entry.get("metadataId", 0)), str(entry.get("metadataValue", "")))
        for entry in answer.get("developerMetadata", ())
    }
    return Shape(
        str(answer.get("spreadsheetId", "")),
        str(properties.get("title", "")),
        str(properties.get("locale", "")),
        str(properties.get("timeZone", "")),
        {tab.id: tab for tab in tabs},
        metadata,
    )


def _tab(sheet: Mapping[str, Any]) -> TabShape:
    properties = sheet.get("properties", {})
    grid = properties.get("gridProperties", {})
    cells: dict[tuple[int, int], Any] = {}
    names: dict[int, str] = {}
    for block in sheet.get("data", ()):
        top, left = block.get("startRow", 0), block.get("startColumn", 0)
        for line, row in enumerate(block.get("rowData", ()), top):
            for number, cell in enumerate(row.get("values", ()), left):
                entered = cell.get("userEnteredValue")
                if entered:
                    cells[line, number] = next(iter(entered.values()))
        for number, column in enumerate(block.get("columnMetadata", ()), left):
            for entry in column.get("developerMetadata", ()):
                if entry.get("metadataKey") == FIELD_KEY:
                    names[number] = entry.get("metadataValue", "")
    protections = {
        one["description"]: int(one["protectedRangeId"])
        for one in sheet.get("protectedRanges", ())
        if str(one.get("description", "")).startswith(OURS)
    }
    rules = tuple(n for n, rule in enumerate(sheet.get("conditionalFormats", ())) if FEEDBACK_TAB in str(rule))
    return TabShape(
        int(properties.get("sheetId", 0)),
        str(properties.get("title", "")),
        int(properties.get("index", 0)),
        int(grid.get("rowCount", 0)),
        int(grid.get("columnCount", 0)),
        cells,
        names,
        protections,
        rules,
    )
