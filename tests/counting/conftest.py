"""A small town to count: wards A, B and C and their city; rows are written by hand in ``counting_rows``."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from counting_rows import CITY, WARDS

from xl_ctd.core.setup import Population, Setup
from xl_ctd.core.units import Unit, UnitTree
from xl_ctd.plans import setup_for


@pytest.fixture(scope="session")
def setup() -> Setup:
    """Plan TS over three wards that live on, with 10.000 people in 2024 and every open question at its default."""
    units = tuple(Unit(uid, uid, f"Phường {uid}", CITY, order=n) for n, uid in enumerate(WARDS, 1))
    tree = UnitTree((*units, Unit(CITY, "261", "Thành phố")), WARDS, CITY, "Nhóm")
    return replace(setup_for("TS", 2024), units=tree, population=(Population(CITY, 2024, 10_000),))
