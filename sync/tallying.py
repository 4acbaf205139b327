"""Each unit's tallies: counted where its rows change, kept under a name that says what they were counted from."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import date

from sync.encoding import pack, unpack
from sync.ledger import Slot
from xl_ctd.core.books import calendars_of, span_of
from xl_ctd.core.setup import Setup
from xl_ctd.core.submissions import UnitYear
from xl_ctd.core.tallies import Tally, tally

COUNTING = 3
"""Raise it whenever rows are counted, judged or put into words in another way; what was kept is then made anew."""

UnitKey = tuple[str, int]
Stored = Callable[[str], UnitYear]
"""name of a stored unit-year → the unit-year"""


def packed(one: Tally) -> str:
    """A tally as it is remembered: text, a tenth of the memory of what it says."""
    return b64encode(pack(one.to_json())).decode()


def unpacked(text: str) -> Tally:
    """The tally that ``packed`` made text of."""
    return Tally.from_json(unpack(b64decode(text)))


def tally_names(setup: Setup, slots: Mapping[UnitKey, Slot], key: UnitKey, today: date) -> dict[str, str]:
    """For each calendar the name of a unit's tally: period and content. None of the year yet: no name."""
    slot = slots.get(key)
    if slot is None or slot.state is None:
        return {}
    names: dict[str, str] = {}
    for calendar in calendars_of(setup):
        span = span_of(setup, *key, calendar, today)
        if span is None:
            continue
        before = slots.get((key[0], key[1] - 1)) if calendar == "HC" else None
        content = f"{slot.state}+{before.state}" if before and before.state else slot.state
        names[calendar] = f"{COUNTING}/{span[0]}/{span[1]}/{content}"
    return names


def count(
    setup: Setup,
    key: UnitKey,
    state: UnitYear,
    before: UnitYear | None,
    today: date,
) -> dict[str, Tally]:
    """A unit's tallies, one a calendar, up to today or the year's end."""
    counted: dict[str, Tally] = {}
    for calendar in calendars_of(setup):
        span = span_of(setup, *key, calendar, today)
        if span is not None:
            counted[calendar] = tally(state, *span, before=before if calendar == "HC" else None)
    return counted


def tallies_of(
    setup: Setup,
    slots: Mapping[UnitKey, Slot],
    kept: Mapping[UnitKey, Mapping[str, str]],
    stored: Stored,
    today: date,
) -> tuple[dict[tuple[str, int, str], Tally], dict[UnitKey, dict[str, str]]]:
    """Every unit's tallies, and those that had to be counted anew (packed, to be kept)."""
    found: dict[tuple[str, int, str], Tally] = {}
    fresh: dict[UnitKey, dict[str, str]] = {}
    for key, slot in slots.items():
        names = tally_names(setup, slots, key, today)
        have = kept.get(key, {})
        if all(name in have for name in names.values()):
            for calendar, name in names.items():
                found[(*key, calendar)] = unpacked(have[name])
            continue
        before = slots.get((key[0], key[1] - 1))
        earlier = stored(before.state) if "HC" in names and before and before.state else None
        counted = count(setup, key, stored(slot.state or ""), earlier, today)
        fresh[key] = {names[calendar]: packed(one) for calendar, one in counted.items()}
        found.update({(*key, calendar): one for calendar, one in counted.items()})
    return found, fresh
