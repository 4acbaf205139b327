"""Which spreadsheets are worth reading: pure, from what Drive lists, what was seen before and what the moment asks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sync.google.client import Listed
from sync.google.state import State

SWEEP_EVERY = 24 * 3600.0
"""Drive's versions lag an edit by minutes, and nobody promises that they never skip one: once a day all are read."""


@dataclass(frozen=True, slots=True)
class ReadingPlan:
    """``versions`` maps each spreadsheet to read to the version to remember: the one seen before the reading, so that
    an edit made while we read is read again. ``unseen`` are wanted but not listed: gone, or no longer shared."""

    versions: Mapping[str, int]
    unseen: tuple[str, ...]
    is_sweep: bool


def plan_reading(
    wanted: Collection[str], listed: Mapping[str, Listed], state: State, now: float, *, everything: bool = False
) -> ReadingPlan:
    """What to read now. ``everything`` is what a person asks for who knows of an edit that Drive does not show yet."""
    is_sweep = everything or now - state.swept >= SWEEP_EVERY
    versions = {
        spreadsheet: listed[spreadsheet].version
        for spreadsheet in wanted
        if spreadsheet in listed
        and (is_sweep or state.of(spreadsheet).trouble or state.of(spreadsheet).version != listed[spreadsheet].version)
    }
    return ReadingPlan(versions, tuple(one for one in wanted if one not in listed), is_sweep)
