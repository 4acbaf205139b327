"""Reading 168 wards from Google: our calls and our waiting beside plain gspread, on the emulator's virtual clock.

    python -m bench.google [--wards 168] [--rows 20]

Waiting is counted in virtual seconds, so a run says the same on every machine. Plain gspread is what its manual shows:
``open_by_key``, ``worksheet``, ``get_all_values``, and waiting a minute after every 429.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from unittest.mock import patch

import gspread
from google.oauth2.service_account import Credentials
from gspread.exceptions import APIError

from sync.emulator import Emulator
from sync.google.client import Google
from sync.google.identities import owner_identity, service_identity
from sync.google.links import Links
from sync.google.pull import pull
from sync.google.quota import Quota
from sync.google.shape import shape_of
from sync.google.shaping import plan_shape
from sync.google.state import GoogleFolder
from sync.google.template import SheetTemplate, sheet_template
from sync.workspace import Workspace
from workbooks import layouts
from xl_ctd.plans import setup_for

YEAR = 2024
TABS = ("DON_VI", "HO_TRO", "QUY")
OWNER = "hoi.ctd@example.vn"
LIMITS = {"cold, one identity": (168, 120.0), "cold, five": (168, 0.0), "three changed": (5, 0.0), "nothing": (1, 0.0)}
"""Calls of Sheets when everything is read, else of Sheets and Drive together; seconds of waiting."""


@dataclass(frozen=True)
class Figure:
    """One run: requests to Sheets and Drive, seconds waited for the quota, seconds of work on this machine."""

    name: str
    sheets: int
    drive: int
    waited: float
    worked: float


def ward_template(number: int, rows: int) -> SheetTemplate:
    """One ward's sheet with three tabs of rows besides its cover."""
    setup = setup_for("TS", YEAR)
    units = setup.units.expected_in(YEAR)
    unit = units[number % len(units)]
    day = date(YEAR, 3, 5)
    tables = {
        "DON_VI": [
            {"MA": f"TH-{n}", "TEN": f"Trường {n}", "LOAI_HINH": "Trường học", "CO_HOI": "Có"} for n in range(rows)
        ],
        "HO_TRO": [{"MA_HT": f"HT-{n}", "MA_DC": "DC", "NGAY": day, "GIA_TRI": 500_000 + n} for n in range(rows)],
        "QUY": [{"SO_CT": f"PT-{n}", "NGAY": day, "THU_CHI": "Thu", "SO_TIEN": 1_000_000 + n} for n in range(rows)],
    }
    made = sheet_template(unit, YEAR, setup, {}, tables)
    wanted = {layouts.COVER_TAB, *(layouts.TABS[code] for code in TABS)}
    return SheetTemplate(made.title, made.unit, YEAR, tuple(tab for tab in made.tabs if tab.title in wanted))


def make(emulator: Emulator, wards: int, rows: int) -> list[str]:
    """The wards' sheets, shared with five service accounts; made without counting anything."""
    emulator.quotas.enforced = False
    owner = Google([owner_identity(emulator.authorized_user(OWNER))], Quota(emulator.clock), emulator.url)
    owner.quota.wait_for = lambda *_: 0.0  # type: ignore[method-assign]
    emails = [emulator.key(f"doc-{n}")["client_email"] for n in range(5)]
    sheets = []
    for number in range(wards):
        sheet = owner.create(f"CTD {number}", None)
        template = ward_template(number, rows)
        owner.write(
            sheet, plan_shape(template, shape_of(owner.shape(sheet, by_owner=True)), []).requests, by_owner=True
        )
        for email in emails:
            owner.share(sheet, email, notify=False)
        sheets.append(sheet)
    emulator.quotas.enforced = True
    return sheets


def ours(emulator: Emulator, sheets: Sequence[str], folder: Path, name: str, services: int) -> Figure:
    """One pull of every sheet that changed."""
    emulator.clock.sleep(120)
    keys = [service_identity(emulator.key(f"doc-{n}")) for n in range(services)]
    google = Google(keys, Quota(emulator.clock), emulator.url)
    emulator.calls.clear()
    begun = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    place = GoogleFolder(Workspace(folder / "m.xlsx"))
    with place.locked("bench"):
        pull(google, place, Links(dict.fromkeys(sheets, "TS"), ()))
    return Figure(name, *_calls(emulator), google.quota.waited, time.perf_counter() - begun)


def plain(emulator: Emulator, sheets: Sequence[str]) -> Figure:
    """gspread as its manual has it; after a 429 it waits a minute, which its own back-off comes to."""
    emulator.clock.sleep(120)
    emulator.calls.clear()
    begun, before = time.perf_counter(), emulator.clock.now()
    key = emulator.key("doc-0")
    scopes = ["https://www.googleapis.com/auth/spreadsheets", "https://www.googleapis.com/auth/drive"]
    made = Credentials.from_service_account_info(key, scopes=scopes)  # type: ignore[no-untyped-call]
    client = gspread.Client(made, http_client=_to(emulator))
    for sheet in sheets:
        book = _patiently(emulator, lambda sheet=sheet: client.open_by_key(sheet))
        for code in TABS:
            tab = _patiently(emulator, lambda book=book, code=code: book.worksheet(layouts.TABS[code]))
            _patiently(emulator, lambda tab=tab: tab.get_all_values())
    return Figure("plain gspread", *_calls(emulator), emulator.clock.now() - before, time.perf_counter() - begun)


def _to(emulator: Emulator) -> type[gspread.HTTPClient]:
    class Here(gspread.HTTPClient):
        def request(self, method: str, endpoint: str, *args: object, **more: object):  # type: ignore[no-untyped-def]
            for host in ("https://sheets.googleapis.com", "https://www.googleapis.com"):
                endpoint = endpoint.replace(host, emulator.url)
            return super().request(method, endpoint, *args, **more)

    return Here


def _patiently(emulator: Emulator, call):  # type: ignore[no-untyped-def]
    while True:
        try:
            return call()
        except APIError as error:
            if error.response.status_code != 429:
                raise
            emulator.clock.sleep(60)


def _calls(emulator: Emulator) -> tuple[int, int]:
    return emulator.calls.count("sheets.*"), emulator.calls.count("drive.*")


def run(wards: int, rows: int) -> list[Figure]:
    # Fewer prepared rows than a real sheet has: calls are what is counted here, and the emulator copies every cell.
    few = patch.dict(layouts.BLANK_ROWS, dict.fromkeys(layouts.BLANK_ROWS, rows))
    with few, Emulator(sliding_quota=True) as emulator, tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        sheets = make(emulator, wards, rows)
        figures = [ours(emulator, sheets, folder / "one", "cold, one identity", 1)]
        figures.append(ours(emulator, sheets, folder / "five", "cold, five", 5))
        person = emulator.person(OWNER)
        for sheet in sheets[:3]:
            person.type(sheet, layouts.TABS["QUY"], "A7", "PT-X")
        figures.append(ours(emulator, sheets, folder / "one", "three changed", 1))
        figures.append(ours(emulator, sheets, folder / "one", "nothing", 1))
        return [*figures, plain(emulator, sheets)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wards", type=int, default=168)
    parser.add_argument("--rows", type=int, default=20)
    chosen = parser.parse_args()
    print(f"{'':22}{'Sheets':>8}{'Drive':>8}{'waited (s)':>12}{'worked (s)':>12}   bound")
    failed = False
    for one in run(chosen.wards, chosen.rows):
        calls, waited = LIMITS.get(one.name, (10**9, 10.0**9))
        counted = one.sheets if one.name.startswith("cold") else one.sheets + one.drive
        kept = counted <= calls and one.waited <= waited
        failed |= not kept
        bound = f"≤ {calls} calls, ≤ {waited:g} s {'✔' if kept else '✘'}" if one.name in LIMITS else ""
        print(f"{one.name:22}{one.sheets:>8}{one.drive:>8}{one.waited:>12.1f}{one.worked:>12.2f}   {bound}")
    raise SystemExit(int(failed))


if __name__ == "__main__":
    main()
