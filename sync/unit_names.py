"""Units as people name them in a formula: by key, by code or by name, on a day or in a year."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from xl_ctd.cell_values import CannotAnswer
from xl_ctd.core.books import GROUP
from xl_ctd.core.formats import format_percent
from xl_ctd.core.text import fold
from xl_ctd.core.units import Unit, UnitTree
from xl_ctd.messages import message

_KIND = re.compile(r"(?:phuong|xa|thi tran|thanh pho|thi xa) ")
"""What stands before the proper name of a unit."""


def named_unit(tree: UnitTree, text: str, start: date, end: date) -> str:
    """The key of the unit a text names between two days, ``GROUP`` for the whole area (also for no text at all).

    Raises ``CannotAnswer`` for a text that names nobody, or several.
    """
    if not text or fold(text) in (GROUP, fold(tree.group)):
        return GROUP
    found = _named(tree, text)
    then = [unit for unit in found if (unit.valid_from or start) <= end and start <= (unit.valid_to or end)]
    return _the_one(text, then or found).uid


def unit_words(tree: UnitTree, text: str, day: date, mode: str) -> str:
    """A unit's name on a day (``TEN``), its key (``MA``), or who came after (``KE_THUA``) or before it (``TRUOC``)."""
    found = _named(tree, text)
    if mode == "KE_THUA":
        ended = [unit for unit in found if any(one.on <= day for one in unit.successions)]
        unit = _the_one(text, ended or found)
        heirs = [(tree.by_uid[one.successor].name, one.share) for one in unit.successions if one.on <= day]
        return _shared(heirs) or message("unit-without-successor")
    then = [unit for unit in found if unit.valid_on(day)]
    if not then:
        raise CannotAnswer("#N/A", "function-unit-not-then", {"unit": text, "day": f"{day:%d/%m/%Y}"})
    unit = _the_one(text, then)
    if mode == "TRUOC":
        before = [(old.name, share) for old, share in tree.predecessors(unit.uid)]
        return _shared(before) or message("unit-without-predecessor")
    return unit.uid if mode == "MA" else unit.name


def _shared(units: Iterable[tuple[str, object]]) -> str:
    """Names, each with its share where that is not the whole."""
    return ", ".join(
        name if share == 1 else message("unit-with-share", {"name": name, "share": format_percent(share)})  # type: ignore[arg-type]
        for name, share in units
    )


def _named(tree: UnitTree, text: str) -> list[Unit]:
    known = [tree.by_uid[uid] for uid in (*tree.members, tree.city) if uid in tree.by_uid]
    key = fold(text)
    for names in (
        lambda unit: (unit.uid, unit.code, fold(unit.name)),
        lambda unit: (_KIND.sub("", fold(unit.name), 1),),
    ):
        found = [unit for unit in known if text in names(unit) or key in names(unit)]
        if found:
            return found
    raise CannotAnswer("#REF!", "function-unknown-unit", {"unit": text})


def _the_one(text: str, found: list[Unit]) -> Unit:
    if len(found) > 1:
        names = {"unit": text, "units": ", ".join(unit.name for unit in found), "example": found[0].uid}
        raise CannotAnswer("#VALUE!", "function-unit-ambiguous", names)
    return found[0]
