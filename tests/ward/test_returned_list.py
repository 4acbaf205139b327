"""The sheet *Lỗi* of a returned workbook can be read on screen and on paper."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openxml_audit import OpenXmlValidator

from workbooks.build_ward import build_unit_workbook
from workbooks.returns import write_returned
from xl_ctd.core.findings import Finding, Place, Severity
from xl_ctd.plans import setup_for

SETUP = setup_for("TS", 2024)
LONG = Finding("household-twice", Severity.ERROR, Place("a.xlsx", "Hoạt động", "K14"), {"addresses": "A-1, " * 30})
SHORT = Finding("household-twice", Severity.WARNING, Place("a.xlsx", "Địa chỉ nhân đạo", "A9"), {"addresses": "A, B"})


@pytest.fixture(params=["returned once", "returned twice"])
def listing(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """The list of a workbook that came back, also when it had come back before."""
    source, target = tmp_path / "ward.xlsx", tmp_path / "back.xlsx"
    unit = SETUP.units.find("09382", 2024)[0]
    build_unit_workbook(source, unit=unit, year=2024, setup=SETUP, created=date(2024, 1, 2))
    if request.param == "returned twice":
        write_returned(source, source, [SHORT] * 20, date(2025, 1, 5))
    write_returned(source, target, [SHORT, LONG], date(2025, 1, 6))
    assert [] == [str(error) for error in OpenXmlValidator().validate(target).errors]
    return openpyxl.load_workbook(target)["Lỗi"]


def test_its_header_is_dark_and_its_sentences_wrap_in_lines_high_enough(listing: Any) -> None:
    assert ["FF222222"] * 5 == [cell.fill.fgColor.rgb for cell in listing[5]]
    assert [("Hoạt động", "K14"), ("Địa chỉ nhân đạo", "A9")] == [
        (row[2].value, row[3].value) for row in listing["A6:E7"]
    ]
    assert [True] * 10 == [cell.alignment.wrap_text for row in listing["A6:E7"] for cell in row]
    sentences = [listing[f"E{row}"].value for row in (6, 7)]
    assert [-(-len(text) // 108) * 15 for text in sentences] == [listing.row_dimensions[n].height or 15 for n in (6, 7)]
    assert 7 == listing.max_row


def test_it_prints_one_page_wide_with_its_header_on_every_page(listing: Any) -> None:
    setup = listing.page_setup
    assert ("landscape", True, 0, "$5:$5") == (
        setup.orientation,
        listing.sheet_properties.pageSetUpPr.fitToPage,
        setup.fitToHeight,
        listing.print_title_rows,
    )
