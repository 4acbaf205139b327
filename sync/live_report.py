"""The table of targets as a Word document that is printed and signed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_ALIGN_VERTICAL
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from sync.book import MasterBook
from sync.figures import status_words, words_of
from sync.workspace import refusing
from workbooks.layouts import AMBER, BAD, FONT, GREEN
from workbooks.master_tables import footnotes
from xl_ctd.core.books import GROUP
from xl_ctd.core.periods import year_of
from xl_ctd.messages import message
from xl_ctd.plans import conventions

COLUMNS = ("target", "name", "goal", "result", "judgement", "gap", "coverage")
WIDTHS = (16, 78, 30, 34, 42, 51, 16)
"""Millimetres, together the width of an A4 on its side between its margins."""
AT_RIGHT = frozenset({"goal", "result", "coverage"})
COLOURS = {"green": GREEN, "red": BAD, "yellow": AMBER}
HEADER = "262626"


def write_report(path: Path, book: MasterBook, year: int) -> None:
    """Write the group's figures of a year with the caveats that belong to them. Raises ``WriteRefused``."""
    document = docx.Document()
    _page(document)
    heading = message("report-heading", {"group": book.setup.units.group.upper(), "year": year})
    _line(document, heading, size=14, bold=True, centred=True)
    args = {"plan": book.setup.plan.number, "day": f"{min(year_of(year).end, book.today):%d/%m/%Y}"}
    _line(document, message("report-basis", args), size=11, centred=True)
    missing = book.missing([year])
    if missing:
        _line(document, message("merge-missing", {"units": "; ".join(missing)}), size=11, bold=True)
    _table(document, book, year)
    _line(document, footnotes(book.setup, conventions(book.plan.id)), size=8)
    _signatures(document)
    with refusing(path):
        document.save(str(path))


def _page(document: Any) -> None:
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = Mm(15)
    section.top_margin = section.bottom_margin = Mm(12)
    document.styles["Normal"].font.name = FONT
    document.core_properties.author = "XL-CTD"


def _line(document: Any, text: str, *, size: int, bold: bool = False, centred: bool = False) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(4)
    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, Pt(size)
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _table(document: Any, book: MasterBook, year: int) -> None:
    by_id = {target.id: target for target in book.setup.targets}
    table = document.add_table(rows=0, cols=len(COLUMNS))
    table.style = "Table Grid"
    table.autofit = False
    for column, width in zip(table.columns, WIDTHS, strict=True):
        column.width = Mm(width)  # LibreOffice and Google go by the columns, Word by the cells
    _row(table, [message(f"column-{column}") for column in COLUMNS], None)
    for figure in book.figures_of(year):
        if figure.uid == GROUP:
            target, (_, colour) = by_id[figure.target_id], status_words(figure)
            words = words_of(target, figure)
            judged = f"{words.symbol} {words.word}".strip()
            texts = [target.id, target.name, words.goal, words.value, judged, words.gap, words.coverage]
            _row(table, texts, COLOURS.get(colour))


def _row(table: Any, texts: Sequence[str], colour: str | None) -> None:
    """A row of the table, its judgement in a colour; without one the table's header."""
    added = table.add_row()
    header = not len(table.rows) - 1
    _keep_whole(added, repeated=header)
    for column, cell, text, width in zip(COLUMNS, added.cells, texts, WIDTHS, strict=True):
        cell.width = Mm(width)
        cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
        if column in AT_RIGHT:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        run = paragraph.add_run(text)
        run.font.size = Pt(10)
        run.bold = header or column in ("result", "judgement")
        if header:
            run.font.color.rgb = RGBColor(255, 255, 255)
            cell._tc.get_or_add_tcPr().append(_shade(HEADER))
        elif colour and column in ("judgement", "gap"):
            run.font.color.rgb = RGBColor.from_string(colour.removeprefix("#"))


def _shade(colour: str) -> Any:
    shade = OxmlElement("w:shd")
    for name, value in (("w:val", "clear"), ("w:color", "auto"), ("w:fill", colour)):
        shade.set(qn(name), value)
    return shade


def _signatures(document: Any) -> None:
    """Where the report is dated and signed, on the table's page."""
    table = document.add_table(rows=1, cols=2)
    for cell, lines in zip(
        table.rows[0].cells,
        ((None, "report-made-by"), ("report-place-and-day", "report-signed-by")),
        strict=True,
    ):
        for number, code in enumerate(lines):
            paragraph = cell.paragraphs[0] if not number else cell.add_paragraph()
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            paragraph.paragraph_format.space_after = Pt(0)
            run = paragraph.add_run(message(code) if code else "")
            run.font.size, run.bold, run.italic = Pt(11), bool(number), not number


def _keep_whole(row: Any, *, repeated: bool) -> None:
    """A row never breaks across pages; the header stands on every page."""
    properties = row._tr.get_or_add_trPr()
    for name in ("w:cantSplit", *(["w:tblHeader"] if repeated else [])):
        properties.append(OxmlElement(name))
