"""The table of targets as a Word document."""

from __future__ import annotations

from pathlib import Path

import docx
from docx.oxml.ns import qn
from small_office import SmallOffice

from sync.live_report import WIDTHS, write_report
from xl_ctd.messages import message


def test_its_header_stands_on_every_page_and_no_row_is_torn_apart(merged: SmallOffice, tmp_path: Path) -> None:
    path = tmp_path / "report.docx"
    with merged.open() as book:
        write_report(path, book, 2024)

    rows = docx.Document(str(path)).tables[0].rows
    properties = [{child.tag for child in row._tr.trPr} for row in rows]
    assert [{qn("w:cantSplit"), qn("w:tblHeader")}, *[{qn("w:cantSplit")}] * 14] == properties


def test_it_says_up_to_which_day_it_counts_and_has_room_for_every_column(merged: SmallOffice, tmp_path: Path) -> None:
    path = tmp_path / "report.docx"
    with merged.open() as book:
        write_report(path, book, 2024)
        basis = message("report-basis", {"plan": book.setup.plan.number, "day": "31/12/2024"})

    document = docx.Document(str(path))
    table, signatures = document.tables
    assert basis == document.paragraphs[1].text
    assert list(WIDTHS) == [round(column.width.mm) for column in table.columns]
    assert [message("report-made-by"), message("report-signed-by")] == [
        cell.paragraphs[-1].text for cell in signatures.rows[0].cells
    ]
