"""What the office has in force – targets, units, population, conventions – and whether the master was written by it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from sync.encoding import digest_of
from sync.workspace import CannotRun
from workbooks.layouts import CONVENTIONS_TAB, POPULATION_TAB, TARGETS_TAB, UNITS_TAB
from workbooks.setup_reading import NotAMaster, read_plan_id, read_setup
from xl_ctd.core.findings import Finding
from xl_ctd.core.setup import Plan, Setup
from xl_ctd.plans import load_plan


def read_setup_of(master: Path) -> tuple[Plan, Setup, tuple[Finding, ...]]:
    """A master's plan and what is in force, with what could not be used. Raises ``CannotRun`` for a file that is no
    workbook any more or no master."""
    try:
        with closing(CalamineWorkbook.from_path(str(master))) as book:
            plan = load_plan(read_plan_id(book))
            return plan, *read_setup(book, plan)
    except NotAMaster:
        raise CannotRun("master-not-ours", file=master.name) from None
    except CalamineError as error:
        raise CannotRun("master-unreadable", file=master.name, reason=str(error)) from None


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
