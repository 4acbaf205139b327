"""The table of targets as a Word document that is printed and signed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.shared import Mm, Pt

from sync.book import MasterBook
from sync.figures import words_of
from sync.workspace import refusing
from workbooks.layouts import FONT
from workbooks.master_tables import footnotes
from xl_ctd.core.books import GROUP
from xl_ctd.messages import message
from xl_ctd.plans import conventions

COLUMNS = ("target", "name", "goal", "result", "judgement", "gap", "coverage")
WIDTHS = (16, 88, 26, 30, 40, 48, 18)
"""Millimetres, together the width of an A4 on its side between its margins."""


def write_report(path: Path, book: MasterBook, year: int) -> None:
    """Write the group's figures of a year with the caveats that belong to them. Raises ``WriteRefused``."""
    document = docx.Document()
    _page(document)
    heading = message("report-heading", {"group": book.setup.units.group.upper(), "year": year})
    _line(document, heading, size=14, bold=True, centred=True)
    args = {"plan": book.setup.plan.number, "day": f"{book.today:%d/%m/%Y}"}
    _line(document, message("report-basis", args), size=11, centred=True)
    missing = book.missing([year])
    if missing:
        _line(document, message("merge-missing", {"units": "; ".join(missing)}), size=11, bold=True)
    _table(document, book, year)
    _line(document, footnotes(book.setup, conventions(book.plan.id)), size=9)
    with refusing(path):
        document.save(str(path))


def _page(document: Any) -> None:
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = Mm(15)
    section.top_margin = section.bottom_margin = Mm(15)
    document.styles["Normal"].font.name = FONT
    document.core_properties.author = "XL-CTD"


def _line(document: Any, text: str, *, size: int, bold: bool = False, centred: bool = False) -> None:
    paragraph = document.add_paragraph()
    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, Pt(size)
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _table(document: Any, book: MasterBook, year: int) -> None:
    by_id = {target.id: target for target in book.setup.targets}
    rows = [[message(f"column-{column}") for column in COLUMNS]]
    for figure in book.figures_of(year):
        if figure.uid != GROUP:
            continue
        target = by_id[figure.target_id]
        words = words_of(target, figure)
        judged = f"{words.symbol} {words.word}".strip()
        rows.append([target.id, target.name, words.goal, words.value, judged, words.gap, words.coverage])
    table = document.add_table(rows=0, cols=len(COLUMNS))
    table.style = "Table Grid"
    for number, row in enumerate(rows):
        added = table.add_row()
        _keep_whole(added, repeated=number == 0)
        for cell, text, width in zip(added.cells, row, WIDTHS, strict=True):
            cell.width = Mm(width)
            run = cell.paragraphs[0].add_run(text)
            run.bold, run.font.size = number == 0, Pt(10)


def _keep_whole(row: Any, *, repeated: bool) -> None:
    """A row never breaks across pages; the header stands on every page."""
    properties = row._tr.get_or_add_trPr()
    for name in ("w:cantSplit", *(["w:tblHeader"] if repeated else [])):
        properties.append(OxmlElement(name))
