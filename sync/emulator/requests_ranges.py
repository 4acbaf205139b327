"""Requests about ranges that carry something: names, protection, filters, conditional formats, metadata, tables."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from typing import Any

from sync.emulator.a1 import Box
from sync.emulator.batch import Batch, full_range, without_zero_sheet
from sync.emulator.conditional import check_rule
from sync.emulator.errors import protected
from sync.emulator.formats import with_both_colours
from sync.emulator.grid import JSON, Tab
from sync.emulator.masks import changed, required_mask
from sync.emulator.metadata import added_metadata, matches, metadata_lookup
from sync.emulator.protection import may_edit

_KEPT = ("namedRangeId", "description", "warningOnly", "unprotectedRanges")
_RANGE_NAME = re.compile(r"[^\W\d]\w{0,249}")


def add_named_range(batch: Batch, body: JSON) -> JSON:
    given = body["namedRange"]
    _check_name(batch, given["name"], None)
    batch.range(given["range"])
    one = {
        "namedRangeId": given.get("namedRangeId") or str(batch.new_id()),
        "name": given["name"],
        "range": copy.deepcopy(given["range"]),
    }
    batch.spreadsheet.named_ranges.append(one)
    return {"addNamedRange": {"namedRange": {**one, "range": without_zero_sheet(one["range"])}}}


def _check_name(batch: Batch, name: str, own: str | None) -> None:
    if _RANGE_NAME.fullmatch(name) is None or name.upper() in ("TRUE", "FALSE"):
        raise batch.refusal(f"The name of the range is invalid: {name}")
    for one in batch.spreadsheet.named_ranges:
        if one["name"].lower() == name.lower() and one["namedRangeId"] != own:
            raise batch.refusal(f"A named range with the name '{name}' already exists.")


def update_named_range(batch: Batch, body: JSON) -> JSON:
    given, mask = body["namedRange"], required_mask(body.get("fields"), batch.place)
    for one in batch.spreadsheet.named_ranges:
        if one["namedRangeId"] == given["namedRangeId"]:
            new = changed(one, given, mask)
            _check_name(batch, new["name"], one["namedRangeId"])
            batch.range(new["range"])
            one.update(copy.deepcopy(new), namedRangeId=one["namedRangeId"])
            return {}
    raise batch.refusal(f"No named range with ID: {given['namedRangeId']}")


def delete_named_range(batch: Batch, body: JSON) -> JSON:
    kept = [one for one in batch.spreadsheet.named_ranges if one["namedRangeId"] != body["namedRangeId"]]
    if len(kept) == len(batch.spreadsheet.named_ranges):
        raise batch.refusal(f"No named range with ID: {body['namedRangeId']}")
    batch.spreadsheet.named_ranges = kept
    return {}


def add_protected_range(batch: Batch, body: JSON) -> JSON:
    given = copy.deepcopy(body["protectedRange"])
    tab, _ = batch.range(given.get("range") or _named(batch, given))
    one: JSON = {
        "protectedRangeId": given.get("protectedRangeId") or batch.new_id(),
        "range": given.get("range") or _named(batch, given),
    }
    if any(other["protectedRangeId"] == one["protectedRangeId"] for _, other in _protections(batch)):
        raise batch.refusal(f"Protected range with id {one['protectedRangeId']} already exists.")
    one |= {
        name: given[name]
        for name in ("namedRangeId", "description", "warningOnly", "unprotectedRanges")
        if given.get(name)
    }
    named = {kind: who for kind, who in (given.get("editors") or {}).items() if who}
    reply = {**copy.deepcopy(one), "range": without_zero_sheet(one["range"]), "requestingUserCanEdit": True}
    if "editors" in given or one.get("warningOnly"):
        reply["editors"] = copy.deepcopy(named)
    # Whoever protects a range can always edit it.
    one["editors"] = {**named, "users": list(dict.fromkeys([batch.email, *named.get("users", [])]))}
    tab.protected.append(one)
    return {"addProtectedRange": {"protectedRange": reply}}


def _named(batch: Batch, given: JSON) -> JSON:
    for one in batch.spreadsheet.named_ranges:
        if one["namedRangeId"] == given.get("namedRangeId"):
            return copy.deepcopy(one["range"])
    raise batch.refusal("No range set.")


def _protections(batch: Batch) -> list[tuple[Tab, JSON]]:
    return [(tab, one) for tab in batch.spreadsheet.tabs for one in tab.protected]


def _protection(batch: Batch, wanted: object) -> tuple[Tab, JSON]:
    for tab, one in _protections(batch):
        if one["protectedRangeId"] == wanted:
            if not may_edit(one, batch.editor):
                raise protected()
            return tab, one
    raise batch.refusal(f"No protected range with ID: {wanted}")


def update_protected_range(batch: Batch, body: JSON) -> JSON:
    given, mask = body["protectedRange"], required_mask(body.get("fields"), batch.place)
    tab, one = _protection(batch, given["protectedRangeId"])
    new = copy.deepcopy(changed(one, given, mask)) | {"protectedRangeId": one["protectedRangeId"]}
    if batch.email not in new.setdefault("editors", {}).setdefault("users", []):
        new["editors"]["users"].insert(0, batch.email)
    target, _ = batch.range(new["range"])
    tab.protected.remove(one)
    target.protected.append(new)
    return {}


def delete_protected_range(batch: Batch, body: JSON) -> JSON:
    tab, one = _protection(batch, body["protectedRangeId"])
    tab.protected.remove(one)
    return {}


def set_basic_filter(batch: Batch, body: JSON) -> JSON:
    tab, box = batch.range(body["filter"].get("range", {}))
    tab.filter = {**copy.deepcopy(body["filter"]), "range": full_range(tab, box)}
    return {}


def clear_basic_filter(batch: Batch, body: JSON) -> JSON:
    batch.tab(body.get("sheetId")).filter = None
    return {}


def _ranged_rule(batch: Batch, given: JSON) -> tuple[Tab, JSON]:
    rule = with_both_colours(copy.deepcopy(given))
    if not rule.get("ranges"):
        raise batch.refusal("No range set.")
    if "booleanRule" not in rule and "gradientRule" not in rule:
        raise batch.refusal("No condition set.")
    tabs = {batch.range(part)[0].id for part in rule["ranges"]}
    if len(tabs) > 1:
        raise batch.refusal("All ranges must be on the same sheet.")
    tab = batch.tab(tabs.pop())
    check_rule(batch.spreadsheet, tab, rule)
    return tab, rule


def add_conditional_format_rule(batch: Batch, body: JSON) -> JSON:
    tab, rule = _ranged_rule(batch, body["rule"])
    index = body.get("index", 0)
    if not 0 <= index <= len(tab.conditional):
        raise batch.refusal(f"index: No conditional format on sheet: {tab.id} at index: {index}")
    tab.conditional.insert(index, rule)
    return {}


def update_conditional_format_rule(batch: Batch, body: JSON) -> JSON:
    index = body.get("index", 0)
    if "rule" in body:
        tab, rule = _ranged_rule(batch, body["rule"])
        old = _conditional(batch, tab, index)
        tab.conditional[index] = rule
        return {"updateConditionalFormatRule": {"newRule": rule, "newIndex": index, "oldRule": old, "oldIndex": index}}
    tab = batch.tab(body.get("sheetId"))
    rule = _conditional(batch, tab, index)
    tab.conditional.remove(rule)
    tab.conditional.insert(body["newIndex"], rule)
    return {"updateConditionalFormatRule": {"newRule": rule, "newIndex": body["newIndex"], "oldIndex": index}}


def delete_conditional_format_rule(batch: Batch, body: JSON) -> JSON:
    tab = batch.tab(body.get("sheetId"))
    rule = _conditional(batch, tab, body.get("index", 0))
    tab.conditional.remove(rule)
    return {"deleteConditionalFormatRule": {"rule": rule}}


def _conditional(batch: Batch, tab: Tab, index: int) -> JSON:
    if not 0 <= index < len(tab.conditional):
        raise batch.refusal(f"No conditional format on sheet: {tab.id} at index: {index}")
    return tab.conditional[index]


def add_banding(batch: Batch, body: JSON) -> JSON:
    given = with_both_colours(copy.deepcopy(body["bandedRange"]))
    tab, box = batch.range(given["range"])
    if any(tab.box_of(other["range"]).meets(box) for other in tab.banded):
        raise batch.refusal("You cannot add alternating background colors to a range that already has them.")
    one = {"bandedRangeId": batch.new_id(), **given}
    tab.banded.append(one)
    return {"addBanding": {"bandedRange": one}}


def delete_banding(batch: Batch, body: JSON) -> JSON:
    for tab in batch.spreadsheet.tabs:
        kept = [one for one in tab.banded if one["bandedRangeId"] != body["bandedRangeId"]]
        if len(kept) < len(tab.banded):
            tab.banded = kept
            return {}
    raise batch.refusal(f"No banded range with id: {body['bandedRangeId']}")


def add_table(batch: Batch, body: JSON) -> JSON:
    given = copy.deepcopy(body["table"])
    tab, box = batch.range(given["range"])
    if any(tab.box_of(other["range"]).meets(box) for other in tab.tables):
        raise batch.refusal("Tables may not overlap.")
    one = {"tableId": given.get("tableId") or str(batch.new_id()), **given}
    tab.tables.append(one)
    return {"addTable": {"table": one}}


def create_developer_metadata(batch: Batch, body: JSON) -> JSON:
    entry = added_metadata(batch, body["developerMetadata"])
    batch.spreadsheet.metadata.append(entry)
    return {"createDeveloperMetadata": {"developerMetadata": copy.deepcopy(entry)}}


def update_developer_metadata(batch: Batch, body: JSON) -> JSON:
    mask = required_mask(body.get("fields"), batch.place)
    updated = []
    for one in body["dataFilters"]:
        for entry in batch.spreadsheet.metadata:
            if matches(entry, metadata_lookup(one)):
                new = changed(entry, body["developerMetadata"], mask) | {"metadataId": entry["metadataId"]}
                entry.update(copy.deepcopy(new))
                updated.append(copy.deepcopy(entry))
    return {"updateDeveloperMetadata": {"developerMetadata": updated} if updated else {}}


def delete_developer_metadata(batch: Batch, body: JSON) -> JSON:
    lookup = metadata_lookup(body["dataFilter"])
    deleted = [entry for entry in batch.spreadsheet.metadata if matches(entry, lookup)]
    batch.spreadsheet.metadata = [entry for entry in batch.spreadsheet.metadata if entry not in deleted]
    return {"deleteDeveloperMetadata": {"deletedDeveloperMetadata": deleted} if deleted else {}}


def insert_comment(batch: Batch, body: JSON) -> JSON:
    place = body.get("coordinate", {})
    tab = batch.tab(place.get("sheetId"))
    cell = Box(
        place.get("rowIndex", 0),
        place.get("rowIndex", 0) + 1,
        place.get("columnIndex", 0),
        place.get("columnIndex", 0) + 1,
    )
    if not tab.box.holds(cell):
        raise batch.refusal("coordinate: exceeds grid limits.")
    if not body.get("content"):
        raise batch.refusal("content: may not be blank.")
    comment: dict[str, Any] = {
        "commentId": f"AAAA{batch.new_id():x}",
        "content": body["content"],
        "author": batch.email,
        "coordinate": {**place, "sheetId": tab.id},
    }
    batch.spreadsheet.comments.append(comment)
    return {"insertComment": {"commentThread": copy.deepcopy(comment)}}


HANDLERS: Mapping[str, Callable[[Batch, JSON], JSON]] = {
    "addNamedRange": add_named_range,
    "updateNamedRange": update_named_range,
    "deleteNamedRange": delete_named_range,
    "addProtectedRange": add_protected_range,
    "updateProtectedRange": update_protected_range,
    "deleteProtectedRange": delete_protected_range,
    "setBasicFilter": set_basic_filter,
    "clearBasicFilter": clear_basic_filter,
    "addConditionalFormatRule": add_conditional_format_rule,
    "updateConditionalFormatRule": update_conditional_format_rule,
    "deleteConditionalFormatRule": delete_conditional_format_rule,
    "addBanding": add_banding,
    "deleteBanding": delete_banding,
    "addTable": add_table,
    "createDeveloperMetadata": create_developer_metadata,
    "updateDeveloperMetadata": update_developer_metadata,
    "deleteDeveloperMetadata": delete_developer_metadata,
    "insertComment": insert_comment,
}
