"""Making the units' spreadsheets and putting them right again: plan from what is there, then one atomic write each.

Running it twice changes nothing: a spreadsheet is found again by the master's link, by what was remembered, or by its
name and its own mark in the office's folder, so that a run that was cut off makes no second one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sync.book import MasterBook
from sync.google.client import Google, stopped
from sync.google.links import ids_in
from sync.google.shape import Shape, shape_of
from sync.google.shaping import plan_shape
from sync.google.state import GoogleFolder, State
from sync.google.template import SheetTemplate, sheet_template, title_of
from sync.google.trouble import Reason, SourceUnavailable
from sync.templates import carried_over
from sync.workspace import CannotRun
from workbooks.build_ward import as_typed
from xl_ctd.core.units import Unit
from xl_ctd.messages import message


@dataclass(frozen=True, slots=True)
class Shared:
    """What was done for one unit: its spreadsheet, whether it is new, how many places were put right, and which
    spreadsheets the master lists that are gone."""

    unit: Unit
    spreadsheet: str
    is_new: bool
    repaired: int
    gone: tuple[str, ...] = ()


def units_to_share(book: MasterBook, year: int, codes: Sequence[str]) -> list[Unit]:
    """The units that owe a report for a year, or those of them that are named by code or key. Raises ``CannotRun``."""
    units = book.setup.units.expected_in(year)
    if not codes:
        return list(units)
    for code in codes:
        if not any(code in (unit.code, unit.uid) for unit in units):
            raise CannotRun("no-such-unit", unit=code, year=str(year))
    return [unit for unit in units if unit.code in codes or unit.uid in codes]


def share(
    book: MasterBook,
    google: Google,
    folder: GoogleFolder,
    units: Iterable[Unit],
    year: int,
    *,
    notify: bool = True,
    parent: str | None = None,
    template_of: Callable[[Unit], SheetTemplate] | None = None,
    tell: Callable[[Shared], None] = lambda shared: None,
) -> list[Shared]:
    """Make, repair and share the spreadsheets of these units.

    ``parent`` is the id of a folder or Shared Drive; without one a folder of the owner's is made once. Raises
    ``CannotRun`` when Google refuses; what was done until then stays and is found by the next run.
    """
    template_of = template_of or (lambda unit: template_for(book, unit, year))
    done = []
    with folder.locked(book.who):
        google.quota.recall()
        try:
            state = _with_folder(google, folder, parent, year)
            owned = {file.name: file.id for file in google.owned(state.folder or None).values()}
            for unit in units:
                state, shared = _share_one(google, folder, state, unit, year, template_of(unit), owned, notify=notify)
                done.append(shared)
                tell(shared)
        except SourceUnavailable as trouble:
            raise stopped(trouble) from trouble
        finally:
            google.quota.keep()
    return done


def template_for(book: MasterBook, unit: Unit, year: int) -> SheetTemplate:
    """A unit's template, prefilled with what the unit sent last of that year, before it sent anything with what lives
    on from the year before. So what was deleted comes back as it was, under its ids."""
    slot = book.slots.get((unit.uid, year))
    if slot is None or slot.base is None:
        return sheet_template(unit, year, book.setup, *carried_over(book, unit, year))
    sent = book.unit_year(slot.base)
    tables = {code: as_typed(rows) for code, rows in sent.tables.items()}
    return sheet_template(unit, year, book.setup, sent.cover, tables)


def _with_folder(google: Google, folder: GoogleFolder, parent: str | None, year: int) -> State:
    state = folder.load()
    if parent is not None or not state.folder:
        made = parent if parent is not None else google.make_folder(message("google-folder-name", {"year": str(year)}))
        state = State(state.sheets, state.swept, made)
        folder.save(state)
    return state


def _share_one(
    google: Google,
    folder: GoogleFolder,
    state: State,
    unit: Unit,
    year: int,
    template: SheetTemplate,
    owned: dict[str, str],
    *,
    notify: bool,
) -> tuple[State, Shared]:
    gone: list[str] = []
    found = _find(google, state, unit, year, owned, gone)
    spreadsheet, shape = found or _made(google, state, unit, year)
    state = state.saw(spreadsheet, unit=unit.uid, title=template.title)
    folder.save(state)
    _let_in(google, spreadsheet, unit, notify=notify)
    editors = [*google.services, *([google.owner_name] if "@" in (google.owner_name or "") else [])]
    plan = plan_shape(template, shape, [str(one) for one in editors])
    google.write(spreadsheet, plan.requests, by_owner=True)
    return state, Shared(unit, spreadsheet, found is None, 0 if found is None else plan.repaired, tuple(gone))


def _find(
    google: Google, state: State, unit: Unit, year: int, owned: dict[str, str], gone: list[str]
) -> tuple[str, Shape] | None:
    """The unit's spreadsheet of the year when there is one already; those that are no more are put into ``gone``."""
    remembered = [one for one, seen in state.sheets.items() if seen.unit == unit.uid]
    named = owned.get(title_of(unit, year))
    for spreadsheet in dict.fromkeys((*ids_in(unit.sheet), *remembered, *([named] if named else []))):
        try:
            shape = shape_of(google.shape(spreadsheet, by_owner=True))
            google.listed(spreadsheet, by_owner=True)
        except SourceUnavailable as trouble:
            if trouble.reason not in (Reason.GONE, Reason.NO_ACCESS):
                raise
            gone += [spreadsheet] if trouble.reason is Reason.GONE else []
            continue
        is_blank = shape.owner == ("", "") and not any(tab.cells for tab in shape.tabs.values())
        if shape.owner == (unit.uid, str(year)) or (spreadsheet == named and is_blank):
            return spreadsheet, shape
    return None


def _made(google: Google, state: State, unit: Unit, year: int) -> tuple[str, Shape]:
    spreadsheet = google.create(title_of(unit, year), state.folder or None)
    return spreadsheet, shape_of(google.shape(spreadsheet, by_owner=True))


def _let_in(google: Google, spreadsheet: str, unit: Unit, *, notify: bool) -> None:
    """Share with the service accounts, who are told nothing, and with the unit."""
    allowed = google.permissions(spreadsheet)
    for email in google.services:
        if email.lower() not in allowed:
            google.share(spreadsheet, email, notify=False)
    if unit.email and unit.email.lower() not in allowed:
        google.share(spreadsheet, unit.email, notify=notify)


def revoke(google: Google, spreadsheet: str, emails: Sequence[str] = ()) -> int:
    """Take the access of these addresses back, of everybody but the owner when none is named; how many lost it.
    Raises ``CannotRun``."""
    wanted = {email.lower() for email in emails}
    try:
        gone = [
            permission
            for email, (permission, role) in google.permissions(spreadsheet).items()
            if role != "owner" and (email in wanted or (not wanted and email not in _services(google)))
        ]
        for permission in gone:
            google.revoke(spreadsheet, permission)
    except SourceUnavailable as trouble:
        raise stopped(trouble, sheet=spreadsheet) from trouble
    return len(gone)


def _services(google: Google) -> set[str]:
    return {name.lower() for name in google.services}
