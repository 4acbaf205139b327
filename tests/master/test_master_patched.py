"""An empty master filled by the merge's own writer: LibreOffice, which trusts old results, must show the new ones."""

from __future__ import annotations

import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openxml_audit import OpenXmlValidator

from workbooks.build_master import build_master, data_table
from workbooks.master_tables import FORMULA_SHEETS, NAME_MERGED_AT, NAME_VERSION, WRITTEN_TABLES
from workbooks.table_patch import TableBody
from workbooks.write import patch_workbook
from xl_ctd.core.setup import Setup
from xl_ctd.core.tables import TABLES

# What openpyxl does not know (sparklines, data bars) it says and drops; these tests look at the rest.
pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported")

CODES = {table.name: table.codes for table in (*WRITTEN_TABLES, *(data_table(table) for table in TABLES))}


@pytest.fixture
def merged(tmp_path: Path, tu_son: Setup, sample: Any) -> Path:
    path = tmp_path / "master.xlsx"
    build_master(path, setup=tu_son, created=date(2024, 1, 2))
    tables = {
        name: TableBody.of(dict(zip(CODES[name], zip(*rows, strict=True), strict=True)), row_key=())
        for name, rows in sample.bodies(tu_son).items()
    }
    cells = {NAME_MERGED_AT: "16:05 ngày 06/01/2025", NAME_VERSION: 14}
    patch_workbook(path, path, tables=tables, cells=cells, forget_results=FORMULA_SHEETS)
    return path


def test_a_merged_master_shows_its_figures_where_results_are_trusted(merged: Path, tmp_path: Path, sample: Any) -> None:
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path / "out"), str(merged)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    book = openpyxl.load_workbook(tmp_path / "out" / "master.xlsx", data_only=True)

    board, units = book["Bảng điều hành"], book["Theo phường"]
    assert [row[5] for row in sample.city] == [board[f"D{row}"].value for row in range(10, 24)]
    assert [str(bags) for bags in sample.blood] == [units[f"I{row}"].value for row in range(9, 21)]
    assert [10, 3, 1, "83 %"] == [board[f"{letters}6"].value for letters in "BDGI"]
    assert "hợp nhất lúc 16:05 ngày 06/01/2025, bản 14" in board["B4"].value


def test_a_merged_master_keeps_to_the_standard(merged: Path) -> None:
    assert [] == [str(error) for error in OpenXmlValidator().validate(merged).errors]
