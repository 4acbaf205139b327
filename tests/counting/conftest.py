"""A small town to count: wards A, B and C and their city; rows are written by hand in ``counting_rows``."""

from __future__ import annotations

import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from counting_rows import CITY, WARDS, day

from xl_ctd.core.setup import Population, Setup
from xl_ctd.core.units import Succession, Unit, UnitTree
from xl_ctd.plans import setup_for


@pytest.fixture(scope="session")
def setup() -> Setup:
    """Plan TS over three wards that live on, with 10.000 people in 2024 and every open question at its default."""
    units = tuple(Unit(uid, uid, f"Phường {uid}", CITY, order=n) for n, uid in enumerate(WARDS, 1))
    tree = UnitTree((*units, Unit(CITY, "261", "Thành phố")), WARDS, CITY, "Nhóm")
    return replace(setup_for("TS", 2024), units=tree, population=(Population(CITY, 2024, 10_000),))


@pytest.fixture
def merged(setup: Setup) -> Setup:
    """A and B became N on 1/7/2024; C lives on."""
    ends, change = day("30/6"), (Succession("N", Fraction(1), day("1/7")),)
    units = (
        Unit("A", "A", "A", CITY, valid_to=ends, order=1, successions=change),
        Unit("B", "B", "B", CITY, valid_to=ends, order=2, successions=change),
        Unit("C", "C", "C", CITY, order=3),
        Unit("N", "N", "N", CITY, valid_from=day("1/7"), order=4),
        Unit(CITY, "261", "Thành phố", valid_to=ends),
    )
    return replace(setup, units=UnitTree(units, ("A", "B", "C", "N"), CITY, "Nhóm"))
