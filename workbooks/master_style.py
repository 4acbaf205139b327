"""How the master's sheets look: one face, one accent, quiet lines; and the frame every table sheet shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from workbooks import layouts
from workbooks.layouts import GREY, INK, LINE
from workbooks.master_tables import Cell, Look, MasterColumn, MasterTable

DEEPEST_ROW = 200_000
"""Lists and colours reach this far down, so that a table may grow."""

LOOKS: Mapping[Look, dict[str, Any]] = {
    Look.TEXT: {"align": "left", "indent": 1},
    Look.LINK: {"align": "left", "indent": 1, "underline": 1},
    Look.LONG: {"text_wrap": True, "align": "left", "indent": 1},
    Look.IDENTIFIER: {"num_format": "@", "align": "left", "indent": 1},
    Look.COUNT: {"num_format": "#,##0", "align": "right", "indent": 1},
    Look.NUMBER: {"align": "right", "indent": 1},
    Look.MONEY: {"num_format": "#,##0", "align": "right", "indent": 1},
    Look.PERCENT: {"num_format": "0.0%", "align": "right", "indent": 1},
    Look.YEAR: {"num_format": "0", "align": "center"},
    Look.DATE: {"num_format": "dd/mm/yyyy", "align": "center"},
    Look.MOMENT: {"num_format": "dd/mm/yyyy hh:mm", "align": "center"},
    Look.CENTRE: {"align": "center"},
}
WORDED = frozenset({Look.TEXT, Look.LINK, Look.LONG, Look.IDENTIFIER})
"""Columns of words begin at the left, so their headers do; the header of a number stands in the middle, since Excel's
filter button covers the right end."""


class Styles:
    """Formats by their properties, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def of(self, **properties: Any) -> Format:
        """The format with these properties over the master's own face."""
        full = {
            "font_name": layouts.FONT,
            "font_size": 11,
            "font_color": INK,
            "valign": "vcenter",
            **properties,
        }
        key = tuple(sorted(full.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(full)
        return self._made[key]

    def colour_only(self, colour: str, *, line: bool = False) -> Format:
        """For a conditional format: nothing but the colour of the letters, and a thin line below where asked.

        LibreOffice lets only one conditional format of a cell have its way, so one that colours must bring the line.
        """
        key = (("colour_only", colour), ("line", line))
        if key not in self._made:
            under = {"bottom": 1, "bottom_color": LINE} if line else {}
            self._made[key] = self._book.add_format({"font_color": colour, **under})
        return self._made[key]

    def line_only(self) -> Format:
        """For a conditional format: nothing but a thin line below."""
        key = (("line_only", True),)
        if key not in self._made:
            self._made[key] = self._book.add_format({"bottom": 1, "bottom_color": LINE})
        return self._made[key]

    def body(self, look: Look, **properties: Any) -> Format:
        """The format of a cell in a table's body."""
        return self.of(**{"bottom": 1, "bottom_color": LINE, "valign": "top", **LOOKS[look], **properties})

    def header(self, **properties: Any) -> Format:
        """The format of a table's header."""
        base = {"bold": True, "font_color": "#FFFFFF", "bg_color": INK, "text_wrap": True, "align": "center"}
        return self.of(**{**base, **properties})


def new_book(path: str) -> xlsxwriter.Workbook:
    """An empty workbook whose plain cells already carry our face."""
    face = {"font_name": layouts.FONT, "font_size": 11}
    return xlsxwriter.Workbook(
        path, {"default_format_properties": face, "strings_to_urls": False, "strings_to_formulas": False}
    )


def set_page(sheet: Worksheet, title: str, *, landscape: bool = True, wide: int = 1, tall: int = 0) -> None:
    """A4, page number and title in the margin, one page wide."""
    sheet.hide_gridlines(2)
    if landscape:
        sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(0.5, 0.4, 0.6, 0.5)
    sheet.set_header('&C&"Times New Roman,Regular"&10&P')
    sheet.set_footer(f'&L&"Times New Roman,Italic"&9{title.replace("&", "&&")}&R&"Times New Roman,Italic"&9&D')
    sheet.fit_to_pages(wide, tall)


def write_title(
    sheet: Worksheet, styles: Styles, title: str, guidance: str, first: int = 0, back: str = layouts.BOARD_TAB
) -> None:
    """Title and one line of guidance above a table; the title leads back to the board."""
    sheet.set_row(0, 28)
    sheet.write_url(
        0,
        first,
        f"internal:'{back}'!A1",
        styles.of(font_size=16, bold=True, font_color=INK, underline=0),
        f"‹ {title}",
        "Về Bảng điều hành",
    )
    sheet.set_row(1, 18)
    sheet.write_string(1, first, guidance, styles.of(font_size=10, italic=True, font_color=GREY))


def write_cell(sheet: Worksheet, row: int, column: int, value: Cell, style: Format) -> None:
    """One value as the cell it is: text stays text, a fraction becomes a number, None a blank."""
    if value is None or value == "":
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, str):
        sheet.write_string(row, column, value, style)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, style)
    else:
        number = float(value) if isinstance(value, Fraction) else value
        sheet.write_number(row, column, number, style)


def write_table(
    sheet: Worksheet,
    styles: Styles,
    table: MasterTable,
    rows: Sequence[Sequence[Cell]] = (),
    *,
    blank_rows: int = 1,
    hidden_columns: Iterable[str] = (),
    looks: Mapping[tuple[int, str], dict[str, Any]] | None = None,
    header_of: Mapping[str, dict[str, Any]] | None = None,
) -> int:
    """Write a named table with title, guidance, hidden code row and frozen header; return its last row (0-based).

    The first body row carries every column's style even when the table is empty: the merge copies it to each row it
    writes. ``looks`` changes the style of single cells by (row of the body, column code), ``header_of`` of headers.
    """
    hidden = set(hidden_columns)
    first_visible = next(n for n, column in enumerate(table.columns) if column.code not in hidden)
    write_title(sheet, styles, table.title, table.guidance, first_visible)
    code_row, header_row, first_row = (
        layouts.MASTER_CODE_ROW - 1,
        layouts.MASTER_HEADER_ROW - 1,
        layouts.MASTER_FIRST_ROW - 1,
    )
    sheet.set_row(code_row, None, None, {"hidden": True})
    sheet.set_row(header_row, 32)
    for number, column in enumerate(table.columns):
        sheet.write_string(code_row, number, f"{table.code}.{column.code}", styles.of(font_size=8, font_color=GREY))
        options = {"hidden": True} if column.code in hidden else {}
        sheet.set_column(number, number, column.width, styles.of(**{"valign": "top", **LOOKS[column.look]}), options)
    height = max(len(rows), blank_rows)
    for offset in range(height):
        values: Sequence[Cell] = rows[offset] if offset < len(rows) else (None,) * len(table.columns)
        for number, (column, value) in enumerate(zip(table.columns, values, strict=True)):
            extra = (looks or {}).get((offset, column.code), {})
            write_cell(sheet, first_row + offset, number, value, styles.body(column.look, **extra))
    last_row = first_row + height - 1
    add_table(sheet, styles, table.name, table.columns, header_row, last_row, header_of or {})
    sheet.freeze_panes(first_row, _frozen_columns(table))
    sheet.repeat_rows(header_row)
    return last_row


def add_table(
    sheet: Worksheet,
    styles: Styles,
    name: str,
    columns: Sequence[MasterColumn],
    header_row: int,
    last_row: int,
    header_of: Mapping[str, dict[str, Any]],
) -> None:
    """Declare the Excel table over cells already written."""
    left = {"align": "left", "indent": 1}
    headers = [
        {
            "header": column.header,
            "header_format": styles.header(**(left if column.look in WORDED else {}), **header_of.get(column.code, {})),
        }
        for column in columns
    ]
    sheet.add_table(
        header_row,
        0,
        last_row,
        len(columns) - 1,
        {"name": name, "columns": headers, "style": None, "autofilter": True},
    )


def _frozen_columns(table: MasterTable) -> int:
    """Columns up to the unit's name stay in sight when the name stands near the left edge."""
    return next((n + 1 for n, code in enumerate(table.codes[:3]) if code in ("unit", "_unit")), 0)
