"""The benchmarks' wards are real workbooks of ours: read, counted and recognised like any other."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from recompute import read_book

from bench.wards import ROWS, make_wards, province
from workbooks.read import read_submission
from xl_ctd.core.submissions import SourceInfo


def test_every_ward_holds_its_own_1335_rows(tmp_path: Path) -> None:
    setup = province(3)
    paths = make_wards(tmp_path, 3)

    assert ["CTD_10001_2024.xlsx", "CTD_10002_2024.xlsx", "CTD_10003_2024.xlsx"] == [path.name for path in paths]
    for unit, path in zip(setup.units.expected_in(2024), paths, strict=True):
        sent = read_submission(SourceInfo(path.name, "x"), path, setup=setup)
        assert (unit.uid, 2024, None) == (sent.uid, sent.year, sent.hold)
        assert dict(ROWS) == {code: len(rows) for code, rows in sent.tables.items()}
        assert all(len(set(rows.rids)) == len(rows) for rows in sent.tables.values())
        assert 0 < len(sent.findings) < 20
        assert (unit.uid, 900_000_000) == (read_book(path).uid, read_book(path).opening)


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    first, again, other = (
        make_wards(tmp_path / name, 2, seed=seed) for name, seed in (("first", 1), ("again", 1), ("other", 2))
    )

    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    assert first[0].read_bytes() != other[0].read_bytes() != first[1].read_bytes()


def test_a_table_reaches_as_far_as_its_rows(tmp_path: Path) -> None:
    with zipfile.ZipFile(make_wards(tmp_path, 1)[0]) as package:
        tables = [package.read(name).decode() for name in package.namelist() if name.startswith("xl/tables/")]

    assert ["A6:P306"] == [re.findall(r' ref="([^"]+)"', table)[0] for table in tables if 'name="tblHO_TRO"' in table]


@pytest.mark.parametrize("count", [0, 3322])
def test_a_province_has_at_least_one_ward_and_no_more_than_the_country(tmp_path: Path, count: int) -> None:
    with pytest.raises(ValueError, match=str(count)):
        make_wards(tmp_path, count)
