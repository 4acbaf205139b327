"""The demonstration with half of its wards in Google Sheets, run as people run it."""

from __future__ import annotations

from pathlib import Path

import pytest
from demos import Demos, xl_ctd
from test_merge_with_sheets import data_of


@pytest.mark.xdist_group("sheets-mistyped")
def test_the_demonstration_with_google_gives_the_master_of_the_one_without(demos: Demos, tmp_path: Path) -> None:
    plain = demos(2024, 1, False)
    told = xl_ctd("demo", tmp_path, "--google", "--year", plain.year, "--seed", plain.seed)

    left = {path.name for path in (tmp_path / "wards").glob("*_2024*.xlsx")}
    assert left < {path.name for path in plain.wards(2024)}
    assert len(plain.wards(2024)) // 2 == len(left)
    assert "đã ghi phản hồi" in told
    assert data_of(plain.master) == data_of(tmp_path / "city-master.xlsx")
