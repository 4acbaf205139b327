"""Trying every permission once, on a spreadsheet that is made for it and deleted again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sync.google.client import Google, stopped
from sync.google.trouble import SourceUnavailable
from sync.workspace import CannotRun

TRIAL = "XL-CTD: thử quyền, xóa được"


@dataclass(frozen=True, slots=True)
class Proof:
    """One permission that was tried: the code of its sentence, and why it failed, None when it did not."""

    code: str
    args: dict[str, str] = field(default_factory=dict)
    failed: CannotRun | None = None


def prove(google: Google) -> Iterator[Proof]:
    """Sign in, list, create, share, write and read, delete: in this order, up to the first that fails."""
    trial = ""
    try:
        yield Proof("sheets-proof-list", {"count": str(len(google.listing()))})
        yield from (Proof("sheets-proof-sign-in", {"name": name}) for name in google.services)
        trial = google.create(TRIAL, None)
        yield Proof("sheets-proof-create")
        for email in google.services:
            google.share(trial, email, notify=False)
        yield Proof("sheets-proof-share")
        cell = {"userEnteredValue": {"stringValue": "Hội Chữ thập đỏ"}}
        start = {"sheetId": 0, "rowIndex": 0, "columnIndex": 0}
        request = {"updateCells": {"rows": [{"values": [cell]}], "fields": "userEnteredValue", "start": start}}
        google.write(trial, [request])
        google.read(trial)
        yield Proof("sheets-proof-write")
    except (SourceUnavailable, CannotRun) as trouble:
        yield Proof("", failed=trouble if isinstance(trouble, CannotRun) else stopped(trouble, sheet=TRIAL))
    finally:
        if trial:
            google.delete(trial)
    if trial:
        yield Proof("sheets-proof-clean")
