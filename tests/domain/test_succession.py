"""Old units and new units: nothing lost, nothing counted twice, no flow split."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xl_ctd.core.succession import View, carry_stock, flows_in_view, opening_balance, stocks_in_view, units_in_view
from xl_ctd.core.units import Succession, Unit, UnitTree
from xl_ctd.plans import load_plan

BEFORE, AFTER = date(2025, 6, 30), date(2025, 7, 1)
TREE = load_plan("TS").units
OLD = tuple(uid for uid in TREE.members if uid.startswith("TS"))
NEW = tuple(uid for uid in TREE.members if uid.startswith("BN"))


def split_tree() -> UnitTree:
    """A commune of which a third went to B and the rest to C; B was renamed D a year later."""
    step = [Succession("B", F(1, 3), AFTER), Succession("C", F(2, 3), AFTER)]
    units = (
        Unit("A", "1", "A", valid_to=BEFORE, order=1, successions=tuple(step)),
        Unit("B", "2", "B", order=2, successions=(Succession("D", F(1), date(2026, 7, 1)),)),
        Unit("C", "3", "C", order=3),
        Unit("D", "4", "D", order=4),
    )
    return UnitTree(units, ("A", "B", "C", "D"), "X")


def test_a_stock_is_split_by_shares_and_moves_on_with_the_next_change() -> None:
    stock = {"A": F(90)}

    assert {"A": 90} == carry_stock(split_tree(), stock, BEFORE)
    assert {"B": 30, "C": 60} == carry_stock(split_tree(), stock, AFTER)
    assert {"C": 60, "D": 30} == carry_stock(split_tree(), stock, date(2026, 7, 1))


def test_a_successor_that_reported_itself_holds_what_it_took_over() -> None:
    assert {"B": 100, "C": 60} == carry_stock(split_tree(), {"A": F(90), "B": F(100)}, AFTER)
    assert {"B": 30, "C": 60} == carry_stock(split_tree(), {"A": F(90), "B": None}, AFTER)


def test_one_unknown_part_makes_the_whole_unknown() -> None:
    merged = "BN.2025.09370"

    assert opening_balance(TREE, merged, {"TS.2021.09370": F(5)}) is None
    assert F(8) == opening_balance(TREE, merged, {"TS.2021.09370": F(5), "TS.2021.09376": F(3)})
    assert opening_balance(TREE, "TS.2021.09370", {}) is None
    assert {merged: None} == carry_stock(TREE, {"TS.2021.09370": F(5), "TS.2021.09376": None}, AFTER)


def test_flows_of_a_split_unit_stay_with_it() -> None:
    flows = {"A": F(90), "B": F(10)}

    assert {"A": 90, "B": 10} == flows_in_view(split_tree(), flows, View.CURRENT, AFTER)
    assert {"A": 90, "D": 10} == flows_in_view(split_tree(), flows, View.CURRENT, date(2026, 7, 1))


def test_flows_of_merged_wards_are_added_up_for_their_successor() -> None:
    flows = {"TS.2021.09370": F(5), "TS.2021.09376": F(3), "BN.2025.09370": F(2)}

    assert {"BN.2025.09370": 10} == flows_in_view(TREE, flows, View.CURRENT, AFTER)
    assert flows == flows_in_view(TREE, flows, View.AS_REPORTED, AFTER)
    assert flows == flows_in_view(TREE, flows, View.OLD, AFTER)
    assert {"BN.2025.09370": None} == flows_in_view(TREE, {**flows, "TS.2021.09376": None}, View.CURRENT, AFTER)


def test_a_unit_that_was_only_renamed_is_shown_under_its_old_name() -> None:
    assert {"B": 7} == flows_in_view(split_tree(), {"D": F(7)}, View.OLD, date(2026, 7, 1))
    assert {"C": 7} == stocks_in_view(split_tree(), {"C": F(7)}, View.OLD, AFTER)


def test_each_view_has_its_units_in_official_order() -> None:
    views = {view: [unit.uid for unit in units_in_view(TREE, view, date(2025, 12, 31))] for view in View}

    assert {View.AS_REPORTED: list(NEW), View.CURRENT: list(NEW), View.OLD: list(OLD)} == views
    assert list(OLD) == [unit.uid for unit in units_in_view(TREE, View.AS_REPORTED, BEFORE)]


def test_shares_that_do_not_add_up_are_refused() -> None:
    broken = split_tree().with_units(
        [replace(split_tree().by_uid["A"], successions=(Succession("B", F(1, 3), AFTER),))]
    )
    with pytest.raises(ValueError, match="shares of A"):
        carry_stock(broken, {"A": F(1)}, AFTER)


@given(st.dictionaries(st.sampled_from(OLD), st.integers(0, 10**9).map(F)))
def test_a_merger_neither_makes_nor_loses_anything(stock: dict[str, F]) -> None:
    total = sum(stock.values(), F(0))

    for seen in (stocks_in_view(TREE, stock, View.CURRENT, AFTER), flows_in_view(TREE, stock, View.CURRENT, AFTER)):
        assert total == sum((value for value in seen.values() if value is not None), F(0))
        assert set(seen) <= set(NEW)
