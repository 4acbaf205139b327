"""The merged master with everything an office adds to it: a merge of a changed ward rewrites nine parts and no more."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from demos import Demos, change_ward, xl_ctd
from known import CLEAN
from libreoffice import converted
from openxml_audit import OpenXmlValidator
from staff_additions import OWN_TAB, Parts, add_everything, parts_of, sheet_parts

from workbooks import layouts
from xl_ctd.core.tables import BY_CODE

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*extension is not supported"),
    pytest.mark.xdist_group("demos"),
]

TAB = layouts.TABS["QUY"]
MONEY = next(column.letters for column in layouts.master_columns(BY_CODE["QUY"]) if column.code == "SO_TIEN")
REWRITTEN = {
    TAB,
    "_Số liệu",
    "_META",
    layouts.PROGRESS_TAB,
    layouts.ERRORS_TAB,
    layouts.LOG_TAB,
    "table tblQUY",
    "table tblNhatKy",
}
"""What a merge of one changed ward rewrites: its rows, the figures, and what the merge says about itself."""


@dataclass(frozen=True)
class Kept:
    """A master before and after the merge; ``added`` are the parts that staff brought."""

    master: Path
    before: Parts
    after: Parts
    added: set[str]
    problems: tuple[list[str], list[str]]
    figures: dict[str, str]


def problems(path: Path) -> list[str]:
    return sorted(str(error) for error in OpenXmlValidator(max_errors=0).validate(path).errors)


@pytest.fixture(scope="module", params=[".xlsx", ".xlsm"])
def kept(request: pytest.FixtureRequest, demos: Demos, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    demo = demos(*CLEAN).copy_to(tmp_path_factory.mktemp("everything") / "demo")
    filled = demo.folder / f"filled{request.param}"
    added = add_everything(demo.master, filled, our_tab=TAB, our_table="tblQUY", money=MONEY)
    demo.master.unlink()
    master = filled.rename(demo.master.with_suffix(request.param))
    before, wrong = parts_of(master), problems(master)
    change_ward(demo.wards(CLEAN[0])[0])
    done = json.loads(xl_ctd("merge", "--master", master, demo.folder / "wards", "--json"))
    assert (2, 0, []) == (done["applied"], done["conflicted"], done["held"])
    figures = json.loads(xl_ctd("targets", "--master", master, "--json"))
    values = {entry["id"]: entry["value"] for entry in figures}
    return Kept(master, before, parts_of(master), added, (wrong, problems(master)), values)


def named(parts: Parts, name: str) -> str:
    """A sheet by its tab, a table by its name, any other part as it is called in the package."""
    tabs = {part: tab for tab, part in sheet_parts(parts).items()}
    table = re.search(rb'<table [^>]*?\bname="([^"]+)"', parts.get(name, b""))
    return tabs.get(name) or (f"table {table[1].decode()}" if table else name)


def test_only_what_is_ours_is_rewritten(kept: Kept) -> None:
    names = kept.before.keys() | kept.after.keys()
    differing = {name for name in names if kept.before.get(name) != kept.after.get(name)}

    assert kept.before.keys() == kept.after.keys()
    assert REWRITTEN == {named(kept.after, name) for name in differing}


def test_every_part_that_staff_brought_is_byte_identical(kept: Kept) -> None:
    kinds = {re.sub(r"lan_?|\d+", "", name.removeprefix("xl/")).rpartition("/")[0] for name in kept.added}

    assert {name: kept.before[name] for name in kept.added} == {name: kept.after[name] for name in kept.added}
    assert {
        "charts",
        "ctrlProps",
        "drawings",
        "media",
        "persons",
        "pivotCache",
        "pivotTables",
        "printerSettings",
        "slicerCaches",
        "slicers",
        "threadedComments",
        "worksheets",
    } <= kinds
    assert (kept.master.suffix == ".xlsm") == ("xl/vbaProject.bin" in kept.added)


def test_what_staff_put_into_our_own_sheet_is_still_there(kept: Kept) -> None:
    sheet = sheet_parts(kept.after)[TAB]
    extensions = re.search(rb"<extLst>.*</extLst>", kept.before[sheet])

    assert extensions
    assert b"sparklineGroup" in extensions[0] and b"x14:cfRule" in extensions[0]
    assert kept.after[sheet].endswith(extensions[0] + b"</worksheet>")


def test_the_auditor_finds_nothing_new(kept: Kept) -> None:
    before, after = kept.problems

    assert before == after


def test_libreoffice_opens_it_and_shows_the_new_figures(kept: Kept, tmp_path: Path) -> None:
    shown = openpyxl.load_workbook(converted({"m": kept.master}, tmp_path, recalculate=False)["m"], data_only=True)

    fund = shown[TAB]
    assert OWN_TAB in shown.sheetnames
    assert "PT-0998" in {cell.value for row in fund.iter_rows() for cell in row}
    figures = {row[0]: row for row in shown["_Số liệu"].iter_rows(min_row=5, values_only=True)}
    for target in ("TS-08", "TS-12", "TS-14"):
        assert float(kept.figures[target]) == figures[f"{CLEAN[0]}||{target}"][7], target
    words = [shown["Bảng điều hành"][f"H{row}"].value for row in range(10, 24)]
    assert [] == [word for word in words if not word or "CHƯA HỢP NHẤT" in word]
