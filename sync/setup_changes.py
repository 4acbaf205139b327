"""Whether what the office has in force – targets, units, population, conventions – is still what the master was
written by."""

from __future__ import annotations

from collections.abc import Mapping

from sync.encoding import digest_of
from workbooks.layouts import CONVENTIONS_TAB, POPULATION_TAB, TARGETS_TAB, UNITS_TAB
from xl_ctd.core.setup import Setup


def setup_digests(setup: Setup) -> dict[str, str]:
    """Tab → digest of what it says. The year shown is left out: choosing another one needs no merge."""
    parts = {
        TARGETS_TAB: setup.targets,
        UNITS_TAB: setup.units,
        POPULATION_TAB: setup.population,
        CONVENTIONS_TAB: sorted(setup.conventions.items()),
    }
    return {tab: digest_of(repr(part).encode()) for tab, part in parts.items()}


def changed_tabs(before: Mapping[str, str], setup: Setup) -> tuple[str, ...]:
    """The tabs that say something else than they did; none when it is not known what they said."""
    return tuple(tab for tab, digest in setup_digests(setup).items() if before and before.get(tab) != digest)
