"""The table of targets as a Word document."""

from __future__ import annotations

from pathlib import Path

import docx
from docx.oxml.ns import qn
from small_office import SmallOffice

from sync.live_report import write_report


def test_its_header_stands_on_every_page_and_no_row_is_torn_apart(merged: SmallOffice, tmp_path: Path) -> None:
    path = tmp_path / "report.docx"
    with merged.open() as book:
        write_report(path, book, 2024)

    rows = docx.Document(str(path)).tables[0].rows
    properties = [{child.tag for child in row._tr.trPr} for row in rows]
    assert [{qn("w:cantSplit"), qn("w:tblHeader")}, *[{qn("w:cantSplit")}] * 14] == properties
