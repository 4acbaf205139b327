"""New workbooks: a master for a plan, a unit's workbook for a year, filled with what lives on from the year before."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from sync.book import MasterBook, open_book
from sync.workspace import CannotRun, Workspace, refuse_other_ending
from workbooks.build_master import build_master
from workbooks.build_ward import build_unit_workbook, next_year_rows
from xl_ctd.core.setup import Setup
from xl_ctd.core.submissions import UnitYear
from xl_ctd.core.units import Unit
from xl_ctd.plans import plan_ids, setup_for

Tables = Mapping[str, Sequence[Mapping[str, object]]]


def new_master_workbook(plan: str, output: Path, year: int | None, today: date) -> None:
    """Make an empty master. Raises ``CannotRun`` for an unknown plan, a year outside it and a file already there."""
    if plan not in plan_ids():
        raise CannotRun("plan-unknown", plan=plan)
    setup = setup_for(plan, year or today.year)
    first, last = setup.plan.first_year, setup.plan.last_year
    if year is not None and not first <= year <= last:
        raise CannotRun("action-no-year", year=str(year), first=str(first), last=str(last))
    _make_way(output)
    build_master(output, setup=setup, created=today)


def new_unit_workbook(code: str, year: int, output: Path, master: Path | None, now: datetime, who: str) -> None:
    """Make one unit's workbook for a year. With a master it carries on what the unit, or the units it took over,
    had at the end of the year before. Raises ``CannotRun`` for an unknown unit and a file already there."""
    if master is None:
        setup = setup_for("TS", year)
        unit = _unit(setup, code, year)
        _make_way(output)
        build_unit_workbook(output, unit=unit, year=year, setup=setup, created=now.date())
        return
    workspace = Workspace(master)
    workspace.check()
    with workspace.locked(who), open_book(workspace, now, who, os.environ.get("CTD_LEDGER_URL")) as book:
        unit = _unit(book.setup, code, year)
        _make_way(output)
        cover, tables = carried_over(book, unit, year)
        build_unit_workbook(
            output, unit=unit, year=year, setup=book.setup, cover=cover, tables=tables, created=now.date()
        )


def carried_over(
    book: MasterBook, unit: Unit, year: int
) -> tuple[dict[str, object], dict[str, list[Mapping[str, object]]]]:
    """What lives on into a unit's new year: stock rows under their ids, and the fund's closing balance."""
    cover: dict[str, object] = {}
    tables: dict[str, list[Mapping[str, object]]] = {}
    for before in _forerunners(book, unit, year):
        more_cover, more = next_year_rows(before)
        for table, rows in more.items():
            tables.setdefault(table, []).extend(rows)
        balance = more_cover.get("DU_DAU")
        if isinstance(balance, int):
            so_far = cover.get("DU_DAU", 0)
            cover["DU_DAU"] = (so_far if isinstance(so_far, int) else 0) + balance
    return cover, tables


def _forerunners(book: MasterBook, unit: Unit, year: int) -> list[UnitYear]:
    """The unit's own year before; for a unit new in this year, the units it took over wholly, as they ended."""
    own = book.slots.get((unit.uid, year - 1))
    if own is not None and own.state:
        return [book.stored(own)]
    found = []
    for old, share in book.setup.units.predecessors(unit.uid):
        if share != 1:
            continue  # a part of a unit's stock is a person's decision
        slot = book.slots.get((old.uid, year)) or book.slots.get((old.uid, year - 1))
        if slot is not None and slot.state:
            found.append(book.stored(slot))
    return found


def _unit(setup: Setup, code: str, year: int) -> Unit:
    found = setup.units.find(code, year)
    by_key = setup.units.by_uid.get(code)
    if by_key is not None:
        return by_key
    if not found:
        raise CannotRun("no-such-unit", unit=code, year=str(year))
    return found[-1]  # in a year of change the unit that goes on; the old one is named by its key


def _make_way(output: Path) -> None:
    """A file that is there stays; a folder that is not there is made."""
    refuse_other_ending(output, ".xlsx")
    if output.exists():
        raise CannotRun("file-exists", file=str(output))
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise CannotRun("folder-read-only", folder=str(output.parent)) from None
    if not os.access(output.parent, os.W_OK):
        raise CannotRun("folder-read-only", folder=str(output.parent))
