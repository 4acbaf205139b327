"""Nothing that is generated departs from the standard: wards, an empty master, one merged once, one merged twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from demos import Demos, change_ward, xl_ctd
from known import CLEAN, SHOWN
from openxml_audit import OpenXmlValidator

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*extension is not supported"),
    pytest.mark.xdist_group("demos"),
]


def wrong(path: Path) -> list[str]:
    return [str(error) for error in OpenXmlValidator(max_errors=0).validate(path).errors]


@pytest.mark.parametrize("name", ["2024", "2026"])
def test_a_merged_master_keeps_to_the_standard(demos: Demos, name: str) -> None:
    assert [] == wrong(demos(*SHOWN[name]).master)


@pytest.mark.parametrize("made", [SHOWN["2024"], CLEAN, SHOWN["2026"]])
def test_wards_workbooks_keep_to_the_standard_with_mistakes_and_without(
    demos: Demos, made: tuple[int, int, bool]
) -> None:
    assert {} == {path.name: found for path in demos(*made).wards(made[0])[:3] if (found := wrong(path))}


@pytest.mark.parametrize("plan", ["TS", "BT"])
def test_a_new_master_keeps_to_the_standard(tmp_path: Path, plan: str) -> None:
    xl_ctd("new", "master", "--plan", plan, "--year", 2024, "-o", tmp_path / "new.xlsx")
    assert [] == wrong(tmp_path / "new.xlsx")


def test_a_new_ward_workbook_keeps_to_the_standard(tmp_path: Path) -> None:
    xl_ctd("new", "ward", "--unit", "09382", "--year", 2024, "-o", tmp_path / "new.xlsx")
    assert [] == wrong(tmp_path / "new.xlsx")


def test_a_master_merged_twice_keeps_to_the_standard(demos: Demos, tmp_path: Path) -> None:
    demo = demos(*CLEAN).copy_to(tmp_path / "demo")
    change_ward(demo.wards(2024)[0])
    merged = json.loads(xl_ctd("merge", "--master", demo.master, demo.folder / "wards", "--json"))

    assert 2 == merged["applied"]
    assert [] == wrong(demo.master)
