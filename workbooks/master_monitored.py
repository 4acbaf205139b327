"""``Theo dõi``: the numbers that the plan follows without a threshold, part by part, for the group and every unit.

Formulas over ``tblTheoDoi``, like all that people read. Units stand in the places that ``Theo phường`` found for the
year shown; every number leads to the first of the rows it counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from xlsxwriter.worksheet import Worksheet

from workbooks import layouts
from workbooks.layouts import GREY, LINE, PAPER, RED
from workbooks.master_by_unit import FIRST_PLACE, NAME_COLUMN, SPARE_PLACES, UNIT_COLUMN, UNITS_CALC_TAB, Places
from workbooks.master_style import Styles, set_page, write_title
from workbooks.master_tables import GROUP, MONITORED, MONITORED_PARTS, NAME_YEAR, YEARS, year_key
from xl_ctd.core.monitoring import Part
from xl_ctd.core.setup import Monitored, Setup
from xl_ctd.messages import message

FOUND_ROW, HEADER_ROW, FIRST_ROW = 3, 4, 5
"""1-based rows; the hidden one says in which row of ``tblTheoDoi`` a column's unit stands."""
GROUP_COLUMN, BEFORE_COLUMN, FIRST_UNIT_COLUMN = 3, 4, 5
"""1-based columns: the whole group in the year shown and in the year before, then the units."""
WIDTHS = {"A": 8.5, "B": 56, "C": 13, "D": 13}
UNIT_WIDTH = 9
LINE_HEIGHT, LETTERS_ON_A_LINE = 16, 58
PRINT_SCALE, LINES_ON_A_PAGE = 54, 46
"""Per cent at which the columns fit an A4 on its side, and what fits below the heading then."""
SHARES = frozenset({"part-livelihood"})
"""Parts that are shares, shown as per cent."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the sheet: the number it belongs to and, where it shows figures, their column and part."""

    number: Monitored
    code: str = ""
    part: Part | None = None
    is_head: bool = False

    @property
    def label(self) -> str:
        """What the line is about."""
        if self.is_head or self.part is None:
            return self.number.name
        return message(self.part.code, {"words": self.part.words})

    @property
    def height(self) -> int:
        """Lines of text that the label needs."""
        return ceil(len(self.label) / LETTERS_ON_A_LINE)


def lines_of(setup: Setup) -> list[Line]:
    """A number of one part stands on one line; others have a line of their own above their parts."""
    lines = []
    for number in setup.plan.monitored:
        parts = [(code, part) for code, part in MONITORED_PARTS if code.rpartition(".")[0] == number.id]
        if len(parts) == 1:
            lines.append(Line(number, *parts[0], is_head=True))
        elif parts:
            lines += [Line(number, is_head=True), *(Line(number, code, part) for code, part in parts)]
    return lines


def write_monitored(sheet: Worksheet, styles: Styles, setup: Setup, places: Places) -> None:
    """Fill the sheet. Printed are the places that the plan's units need, not those to spare."""
    lines = lines_of(setup)
    _write_heading(sheet, styles)
    _write_columns(sheet, styles, places)
    columns = (GROUP_COLUMN, BEFORE_COLUMN, *(FIRST_UNIT_COLUMN + place for place in range(places.count)))
    for row, line in enumerate(lines, FIRST_ROW):
        _write_line(sheet, styles, row, line, columns)
    for letters, width in WIDTHS.items():
        sheet.set_column(f"{letters}:{letters}", width)
    sheet.set_column(FIRST_UNIT_COLUMN - 1, FIRST_UNIT_COLUMN + places.count - 2, UNIT_WIDTH)
    sheet.freeze_panes(FIRST_ROW - 1, FIRST_UNIT_COLUMN - 1)
    set_page(sheet, layouts.MONITORED_TAB)
    sheet.repeat_rows(0, HEADER_ROW - 1)
    last = layouts.column_letters(FIRST_UNIT_COLUMN + places.count - SPARE_PLACES - 1)
    sheet.print_area(f"A1:{last}{FIRST_ROW + len(lines) - 1}")
    sheet.set_print_scale(PRINT_SCALE)
    sheet.set_h_pagebreaks(list(_breaks(lines)))


def _breaks(lines: list[Line]) -> Iterator[int]:
    """Rows after which a page ends: a number is never torn apart."""
    used = 0
    for at, line in enumerate(lines):
        if not line.is_head:
            continue
        needed = sum(one.height for one in lines if one.number is line.number)
        if used + needed > LINES_ON_A_PAGE:
            used = 0
            yield FIRST_ROW - 1 + at
        used += needed


def _write_heading(sheet: Worksheet, styles: Styles) -> None:
    guidance = (
        "Số kế hoạch yêu cầu theo dõi, không có ngưỡng. Bấm vào một số để tới dòng gốc. “–”: chưa đơn vị nào báo cáo."
    )
    write_title(sheet, styles, layouts.MONITORED_TAB, guidance)
    sheet.write_formula("C1", f'="năm "&{NAME_YEAR}', styles.of(font_size=16, bold=True, font_color=RED), "")
    told = f"INDEX({YEARS.whole('coverage_text')},MATCH({NAME_YEAR},{YEARS.whole('year')},0))"
    known = f"INDEX({YEARS.whole('cutoff_text')},MATCH({NAME_YEAR},{YEARS.whole('year')},0))"
    note = styles.of(font_size=10, italic=True, font_color=GREY)
    sheet.write_formula("E1", f'=IFERROR({known}&" · "&{told},"")', note, "")


def _write_columns(sheet: Worksheet, styles: Styles, places: Places) -> None:
    """The headers, and above them, hidden, where each column's figures are."""
    sheet.set_row(FOUND_ROW - 1, None, None, {"hidden": True})
    sheet.set_row(HEADER_ROW - 1, 34)
    left, centre, plain = styles.header(align="left", indent=1), styles.header(), styles.of(font_size=8)
    sheet.write_string(f"A{HEADER_ROW}", "Mã", left)
    sheet.write_string(f"B{HEADER_ROW}", "Số liệu", left)
    sheet.write_string(f"C{HEADER_ROW}", "Toàn khu vực", centre)
    sheet.write_formula(f"D{HEADER_ROW}", f'="Năm trước ("&({NAME_YEAR}-1)&")"', centre, "Năm trước")
    # Behind the year the group's key has a mark and nothing else.
    mark = year_key(0, GROUP).removeprefix("0")
    for letters, year in (("C", NAME_YEAR), ("D", f"({NAME_YEAR}-1)")):
        _write_found(sheet, f"{letters}{FOUND_ROW}", f'{year}&"{mark}"', plain)
    for place in range(places.count):
        letters = layouts.column_letters(FIRST_UNIT_COLUMN + place)
        at = FIRST_PLACE + place
        uid, name = (f"'{UNITS_CALC_TAB}'!${column}${at}" for column in (UNIT_COLUMN, NAME_COLUMN))
        _write_found(sheet, f"{letters}{FOUND_ROW}", f'{NAME_YEAR}&"{mark}"&IF({uid}="","?",{uid})', plain)
        short = f'SUBSTITUTE(SUBSTITUTE({name},"Phường ",""),"Thành phố","TP")'
        sheet.write_formula(f"{letters}{HEADER_ROW}", f"={short}", styles.header(font_size=10), "")


def _write_found(sheet: Worksheet, cell: str, key: str, style: object) -> None:
    sheet.write_formula(cell, f"=IFERROR(MATCH({key},{MONITORED.whole('key')},0),0)", style, 0)


def _write_line(sheet: Worksheet, styles: Styles, row: int, line: Line, columns: tuple[int, ...]) -> None:
    look = {"bottom": 1, "bottom_color": LINE} | ({"bg_color": PAPER, "bold": True} if line.is_head else {})
    sheet.write_string(f"A{row}", line.number.id if line.is_head else "", styles.of(**look, indent=1))
    sheet.write_string(f"B{row}", line.label, styles.of(**look, indent=1 if line.is_head else 2, text_wrap=True))
    sheet.set_row(row - 1, LINE_HEIGHT * line.height)
    for column in columns:
        cell = f"{layouts.column_letters(column)}{row}"
        if line.part is None:
            sheet.write_blank(cell, None, styles.of(**look))
            continue
        form = "0.0%" if line.part.code in SHARES else "#,##0"
        grey = {"font_color": GREY} if column == BEFORE_COLUMN else {}
        bold = {"bold": True} if column == GROUP_COLUMN else {"bold": False}
        small = {"font_size": 11 if column in (GROUP_COLUMN, BEFORE_COLUMN) else 10}
        style = styles.of(**{**look, **bold, **grey, **small}, num_format=form, align="right", shrink=True)
        sheet.write_formula(cell, _figure(line.code, line.part.table, column), style, "")


def _figure(code: str, table: str, column: int) -> str:
    """A figure, and the way to its rows: the unit's own, or for the group the head of the data sheet."""
    found = f"{layouts.column_letters(column)}${FOUND_ROW}"
    value = f"INDEX({MONITORED.whole(code)},{found})"
    place = f"INDEX({MONITORED.whole(f'row_{table}')},{found})"
    tab = layouts.TABS[table]
    if column in (GROUP_COLUMN, BEFORE_COLUMN):
        shown = f"HYPERLINK(\"#'{tab}'!B{layouts.MASTER_FIRST_ROW}\",{value})"
    else:
        shown = f'IF({place}="",{value},HYPERLINK("#\'{tab}\'!B"&{place},{value}))'
    return f'=IF({found}=0,"",IF({value}="","–",{shown}))'
