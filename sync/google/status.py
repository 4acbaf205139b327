"""Where each unit's spreadsheet stands: shared, read, merged, in trouble."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sync.book import MasterBook
from sync.google.links import links_of
from sync.google.state import LINK, GoogleFolder, Seen


@dataclass(frozen=True, slots=True)
class SheetStatus:
    """One unit's spreadsheet. ``state`` is the code of a sentence; ``revision`` is Drive's version of the content in
    use, -1 when Drive did not say; blanks for a unit without one."""

    unit: str
    code: str
    spreadsheet: str
    link: str
    state: str
    read_at: str = ""
    revision: int = -1
    digest: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def status_of(book: MasterBook, folder: GoogleFolder) -> list[SheetStatus]:
    """Every unit that owes a report for the year shown, and every other that has a spreadsheet, in official order."""
    links = links_of(book.setup, book.workspace.master.name)
    state = folder.load()
    merged = {slot.digest for slot in book.slots.values() if slot.digest}
    expected = {unit.uid for unit in book.setup.units.expected_in(book.setup.shown_year)}
    rows = []
    for unit in book.setup.units.units:
        own = [one for one, uid in links.units.items() if uid == unit.uid]
        for spreadsheet in own:
            seen = state.of(spreadsheet)
            link = LINK.format(id=spreadsheet)
            said = _state(seen, merged)
            rows.append(
                SheetStatus(unit.name, unit.code, spreadsheet, link, said, seen.read_at, seen.revision, seen.digest)
            )
        if not own and unit.uid in expected:
            rows.append(SheetStatus(unit.name, unit.code, "", "", "sheets-state-not-shared"))
    return rows


def _state(seen: Seen, merged: set[str]) -> str:
    if seen.trouble:
        return seen.trouble
    if not seen.digest:
        return "sheets-state-not-read"
    return "sheets-state-merged" if seen.digest in merged else "sheets-state-waiting"
