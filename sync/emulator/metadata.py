"""Developer metadata: words that a program hangs on a spreadsheet, a tab, a row or a column; they move with it.

https://developers.google.com/workspace/sheets/api/guides/metadata
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from sync.emulator.batch import Batch
from sync.emulator.errors import invalid
from sync.emulator.grid import JSON

MAX_CHARACTERS = 30_000
"""of keys and values together, in a spreadsheet and again in each tab"""


def added_metadata(batch: Batch, given: JSON) -> JSON:
    """A new entry with its number and the kind of its place; raises Google's refusals."""
    if not given.get("metadataKey"):
        raise batch.refusal("developerMetadata.metadataKey: may not be blank.")
    if given.get("visibility") not in ("DOCUMENT", "PROJECT"):
        raise batch.refusal("developerMetadata.visibility: must be DOCUMENT or PROJECT.")
    entry = copy.deepcopy(given)
    number = entry.get("metadataId")
    if any(other["metadataId"] == number for other in batch.spreadsheet.metadata):
        raise batch.refusal(f"Developer metadata with id {number} already exists.")
    location = _location(batch, entry.get("location") or {})
    size = sum(len(one["metadataKey"]) + len(one.get("metadataValue", "")) for one in batch.spreadsheet.metadata)
    if size + len(entry["metadataKey"]) + len(entry.get("metadataValue", "")) > MAX_CHARACTERS * (
        1 + len(batch.spreadsheet.tabs)
    ):
        raise batch.refusal("The amount of developer metadata exceeds the limit.")
    return entry | {"metadataId": number or batch.new_id(), "location": location}


def _location(batch: Batch, given: JSON) -> JSON:
    if given.get("spreadsheet"):
        return {"locationType": "SPREADSHEET", "spreadsheet": True}
    if "sheetId" in given:
        return {"locationType": "SHEET", "sheetId": batch.tab(given["sheetId"]).id}
    place = given.get("dimensionRange")
    if place is None:
        raise batch.refusal("developerMetadata.location: No location set.")
    tab, dimension = batch.tab(place.get("sheetId")), place.get("dimension")
    start, end = place.get("startIndex", 0), place.get("endIndex", 0)
    if dimension not in ("ROWS", "COLUMNS") or end - start != 1:
        raise batch.refusal("developerMetadata.location.dimensionRange: must be a single row or column.")
    if end > tab.span(dimension):
        raise batch.refusal("developerMetadata.location.dimensionRange: exceeds grid limits.")
    kind = "ROW" if dimension == "ROWS" else "COLUMN"
    written = {"sheetId": tab.id, "dimension": dimension, "startIndex": start, "endIndex": end}
    return {"locationType": kind, "dimensionRange": written}


def metadata_lookup(data_filter: Mapping[str, Any]) -> Mapping[str, Any]:
    lookup: Mapping[str, Any] | None = data_filter.get("developerMetadataLookup")
    if lookup is None:
        raise invalid("dataFilter: only developerMetadataLookup can be used here.")
    return lookup


def matches(entry: JSON, lookup: Mapping[str, Any]) -> bool:
    """Whether an entry is what a DeveloperMetadataLookup asks for; what it does not name may be anything."""
    for name in ("metadataId", "metadataKey", "metadataValue", "visibility"):
        if name in lookup and entry.get(name) != lookup[name]:
            return False
    location = entry["location"]
    if lookup.get("locationType", location["locationType"]) != location["locationType"]:
        return False
    wanted = lookup.get("metadataLocation")
    if wanted is None:
        return True
    if wanted.get("spreadsheet"):
        return bool(location.get("spreadsheet")) or lookup.get("locationMatchingStrategy") == "INTERSECTING_LOCATION"
    place = location.get("dimensionRange", location)
    asked = wanted.get("dimensionRange", wanted)
    if place.get("sheetId") != asked.get("sheetId", 0):
        return False
    if "dimensionRange" not in wanted:
        return "dimensionRange" not in location or lookup.get("locationMatchingStrategy") == "INTERSECTING_LOCATION"
    return bool(
        place.get("dimension") == asked["dimension"]
        and asked.get("startIndex", 0) <= place.get("startIndex", -1) < asked.get("endIndex", 10**9)
    )
