"""``spreadsheets.batchUpdate``: all requests or none.

https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/request
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sync.emulator import requests_cells, requests_dimensions, requests_ranges, requests_tabs
from sync.emulator.batch import Batch
from sync.emulator.errors import GoogleError, invalid
from sync.emulator.grid import JSON, Spreadsheet
from sync.emulator.masks import parse_mask
from sync.emulator.schema import check_request

HANDLERS: Mapping[str, Callable[[Batch, JSON], JSON]] = {
    **requests_tabs.HANDLERS,
    **requests_cells.HANDLERS,
    **requests_dimensions.HANDLERS,
    **requests_ranges.HANDLERS,
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who changes a spreadsheet: the e-mail address, and whether the file belongs to it."""

    email: str
    owner: bool

    @property
    def editor(self) -> str:
        """The name that protected ranges know; empty for the owner, to whom they are open."""
        return "" if self.owner else self.email


def batch_update(
    spreadsheet: Spreadsheet,
    requests: Sequence[Mapping[str, Any]],
    caller: Caller,
    today: date,
    new_id: Callable[[], int],
) -> list[JSON]:
    """Carry out requests in order and return their replies; when one is refused, nothing of the batch remains."""
    if not requests:
        raise invalid("Must specify at least one request.")
    before = spreadsheet.snapshot()
    replies = []
    try:
        for index, request in enumerate(requests):
            replies.append(_one(spreadsheet, index, request, caller, today, new_id))
    except GoogleError:
        spreadsheet.restore(before)
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        spreadsheet.restore(before)
        raise invalid(f"Invalid requests[{len(replies)}]: {error}") from error
    return replies


def _one(
    spreadsheet: Spreadsheet,
    index: int,
    request: Mapping[str, Any],
    caller: Caller,
    today: date,
    new_id: Callable[[], int],
) -> JSON:
    if len(request) != 1:
        raise invalid(f"Invalid requests[{index}]: No request set.")
    ((name, body),) = request.items()
    if name not in HANDLERS:
        raise invalid(
            f"Invalid JSON payload received. Unknown name \"{name}\" at 'requests[{index}]': Cannot find field."
        )
    fields = body.get("fields") if isinstance(body, Mapping) else None
    mask = parse_mask(fields) if isinstance(fields, str) and fields.strip() else None
    check_request(name, body, f"requests[{index}].{name}", mask)
    batch = Batch(spreadsheet, caller.email, caller.editor, today, new_id, f"requests[{index}].{name}")
    try:
        return HANDLERS[name](batch, body)
    except GoogleError as error:
        if error.code == 400 and "requests[" not in error.message:
            error.message = f"Invalid {batch.place}: {error.message}"
        raise
