"""Old units and new units: what a successor takes over, and one series seen through either map.

A stock (members, addresses, a fund's balance) passes to the successors by their shares. A flow (what happened in a
period) stays with the unit that reported it: it may be added up for a successor that took over whole units, and is
never split. Figures are given by uid; None is "not reported" and makes everything built on it unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from fractions import Fraction

from xl_ctd.core.units import Succession, Unit, UnitTree

Figures = Mapping[str, Fraction | None]

WHOLE = Fraction(1)


class View(StrEnum):
    """Through which map figures are seen."""

    AS_REPORTED = "nhu_bao_cao"
    CURRENT = "don_vi_moi"
    OLD = "don_vi_cu"


def opening_balance(tree: UnitTree, uid: str, closing: Figures) -> Fraction | None:
    """What a new unit starts with: Σ closing balance of each predecessor × the share it passed on.

    None when the unit has no predecessor, and when one of them has not reported: a part would look like the whole.
    """
    parts = [(closing.get(unit.uid), share) for unit, share in tree.predecessors(uid)]
    if not parts or any(balance is None for balance, _ in parts):
        return None
    return sum((balance * share for balance, share in parts if balance is not None), Fraction(0))


def carry_stock(tree: UnitTree, stock: Figures, on: date) -> dict[str, Fraction | None]:
    """The stock on a day: what every unit that has ended by then held is with its successors, by their shares.

    A unit without successors keeps its figure, and a successor that reported its own stock keeps that: it holds what
    it took over. Where one of the units that were put together is unknown (None), so is their successor's stock; a
    unit missing from ``stock`` was not asked.

    Raises ``ValueError`` when the shares of a unit do not add up to 1: something would be lost or made.
    """
    carried: dict[str, Fraction | None] = dict(stock)
    reported = {uid for uid, figure in stock.items() if figure is not None}
    received: set[str] = set()
    for _ in tree.units:
        moving = [uid for uid in carried if _successions(tree, uid, on)]
        if not moving:
            break
        for uid in moving:
            figure = carried.pop(uid)
            for succession in _successions(tree, uid, on):
                heir = succession.successor
                if heir in reported:
                    continue
                so_far = carried[heir] if heir in received else Fraction(0)
                carried[heir] = _plus(so_far, None if figure is None else figure * succession.share)
                received.add(heir)
    return carried


def stocks_in_view(tree: UnitTree, stock: Figures, view: View, on: date) -> dict[str, Fraction | None]:
    """A stock seen through a map. Old units can be shown only for what they reported themselves: a successor's figure
    is left with the successor unless it took over exactly one whole unit."""
    if view is View.CURRENT:
        return carry_stock(tree, stock, on)
    return dict(stock) if view is View.AS_REPORTED else _under_old_names(tree, stock)


def flows_in_view(tree: UnitTree, flows: Figures, view: View, on: date) -> dict[str, Fraction | None]:
    """What happened in a period, seen through a map. Units that passed whole to one successor are added up there; a
    unit that was split keeps its own line, because nobody knows where the events took place."""
    if view is View.AS_REPORTED:
        return dict(flows)
    if view is View.OLD:
        return _under_old_names(tree, flows)
    shown: dict[str, Fraction | None] = {}
    for uid, figure in flows.items():
        target = _sole_successor(tree, uid, on)
        shown[target] = _plus(shown.get(target, Fraction(0)), figure)
    return shown


def units_in_view(tree: UnitTree, view: View, on: date) -> tuple[Unit, ...]:
    """The grassroots units of a map in official order: those of the day, the newest ones, or those that were there
    before any of the others."""
    if view is View.AS_REPORTED:
        return tree.on(on)
    members = sorted((tree.by_uid[uid] for uid in tree.members), key=lambda unit: (unit.order, unit.uid))
    if view is View.CURRENT:
        return tuple(unit for unit in members if not _successions(tree, unit.uid, on))
    return tuple(unit for unit in members if not tree.predecessors(unit.uid))


def _successions(tree: UnitTree, uid: str, on: date) -> tuple[Succession, ...]:
    unit = tree.by_uid.get(uid)
    due = tuple(succession for succession in unit.successions if succession.on <= on) if unit else ()
    if due and sum((succession.share for succession in due), Fraction(0)) != WHOLE:
        raise ValueError(f"the shares of {uid} do not add up to 1")
    return due


def _sole_successor(tree: UnitTree, uid: str, on: date) -> str:
    """The unit that took this one over whole, and its own successor in turn; the unit itself when it was split."""
    for _ in tree.units:
        due = _successions(tree, uid, on)
        if len(due) != 1:
            break
        uid = due[0].successor
    return uid


def _under_old_names(tree: UnitTree, figures: Figures) -> dict[str, Fraction | None]:
    shown: dict[str, Fraction | None] = {}
    for uid, figure in figures.items():
        predecessors = tree.predecessors(uid)
        renamed = len(predecessors) == 1 and predecessors[0][1] == WHOLE
        old = predecessors[0][0].uid if renamed else uid
        shown[old] = _plus(shown.get(old, Fraction(0)), figure)
    return shown


def _plus(total: Fraction | None, part: Fraction | None) -> Fraction | None:
    return None if total is None or part is None else total + part
