"""The numbers without a threshold that stand in a merged master are those of the wards' own files, counted again."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from demos import Demos
from followed import Number, followed
from python_calamine import CalamineWorkbook
from test_demo_files_against_recompute import DEMOS, world_of

from workbooks.layouts import MONITORED_FIGURES_TAB


def standing_in(master: Path) -> dict[tuple[int, str], dict[str, Number]]:
    """(year, unit) → part → what stands in the master."""
    with CalamineWorkbook.from_path(str(master)) as book:
        grid = book.get_sheet_by_name(MONITORED_FIGURES_TAB).to_python(skip_empty_area=False)
    codes = [str(cell).partition(".")[2] for cell in grid[2]]
    rows = [dict(zip(codes, row, strict=True)) for row in grid[4:]]
    return {
        (int(row["year"]), str(row["key"]).partition("|")[2] or "*"): {
            code: None if value == "" else Fraction(Decimal(str(value)))
            for code, value in row.items()
            if code.startswith("TS-M")
        }
        for row in rows
    }


@pytest.mark.parametrize(("year", "seed", "clean"), DEMOS)
@pytest.mark.xdist_group("demos")
def test_followed_numbers_of_the_whole_and_of_every_unit_are_those_of_the_wards_files(
    demos: Demos, year: int, seed: int, clean: bool
) -> None:
    demo = demos(year, seed, clean)
    world = world_of(demo)
    told = standing_in(demo.master)

    keys = [(of, uid) for of in (year - 1, year) for uid in ("*", *world.owing(of), world.city)]
    assert set(keys) == told.keys()
    for key in keys:
        mine = followed(world, *key)
        assert mine == {code: near(value, mine.get(code)) for code, value in told[key].items()}, key


def near(value: Number, exact: Number) -> Number:
    """A share of thirds has no end in decimals: what agrees to fifteen digits is the exact one."""
    if value is None or exact is None or exact.denominator == 1:
        return value
    return exact if abs(value / exact - 1) < Fraction(1, 10**14) else value
