"""The sheet ``Kết quả``: the unit's own attainment at once and offline, and what to look at before sending.

Plain formulas of Excel 2010 over named columns, counting as ``xl_ctd.core.tallies`` counts; money typed as words is
not added here and the sheet says so. Judged are targets a ward answers for alone; for the city's targets the sheet
shows the ward's part.
"""

from __future__ import annotations

from collections.abc import Sequence

from xlsxwriter.worksheet import Worksheet

from workbooks import layouts
from workbooks.layouts import BAD, GREEN, GREY, INK, LINE, RED, RESULT_TAB
from workbooks.master_style import Styles
from workbooks.ward_measures import Check, Measure, checks_for, measures_for
from workbooks.ward_style import WardBook, set_ward_page, write_heading
from xl_ctd.core.setup import Setup
from xl_ctd.core.tables import COVER
from xl_ctd.core.units import Unit

FIRST = 6
"""The row of the first section's title, from 1."""
HEADERS = ("Mã", "Chỉ tiêu", "Kết quả", "Chi tiết", "Mục tiêu", "Đánh giá", "Còn thiếu, ghi chú", "Xem ở trang")
PART_HEADERS = (*HEADERS[:4], "Mục tiêu chung", "Phần của mình", *HEADERS[6:])
CHECK_HEADERS = ("", "Bảng", "Số dòng", "Ô bắt buộc trống", "Ngày ngoài năm", "Kiểm tra", "Cần xem", "Xem ở trang")
WIDTHS = (8, 48, 17, 36, 19, 22, 56, 19)
GOOD_WORDS, BAD_WORDS, NO_WORDS = "✔", "✘", "–"


def write_results(
    book: WardBook, sheet: Worksheet, styles: Styles, *, unit: Unit, year: int, setup: Setup, eyebrow: str
) -> None:
    """Fill the result sheet and protect it."""
    set_ward_page(sheet, f"{RESULT_TAB} · {eyebrow}", tall=1)
    guidance = (
        f"Tự tính ngay khi nhập, không cần mạng. Tính đến hết ngày 31/12/{year}. "
        "Kết quả chính thức là bản Hội cấp trên tổng hợp."
    )
    write_heading(sheet, styles, eyebrow, "Kết quả của đơn vị mình", guidance)
    for number, width in enumerate(WIDTHS):
        sheet.set_column(number, number, width)
    own, parts = measures_for(unit, year, setup)
    row = _write_measures(sheet, styles, FIRST, "Chỉ tiêu của đơn vị", HEADERS, own)
    row = _write_measures(sheet, styles, row + 1, "Phần góp vào chỉ tiêu chung", PART_HEADERS, parts)
    first_check = row + 3
    checks = checks_for(year)
    last = _write_checks(sheet, styles, row + 1, checks)
    _write_verdict(sheet, styles, first_check, last)
    book.define_name("KET_QUA.KET_LUAN", f"='{RESULT_TAB}'!$A$4")
    book.define_name("KET_QUA.SO_DONG", f"='{RESULT_TAB}'!$C${first_check}:$C${last}")
    _colour(book, sheet, FIRST, last)
    sheet.freeze_panes(4, 0)
    sheet.protect("", {"select_locked_cells": True, "select_unlocked_cells": True, "format_columns": True})
    sheet.set_tab_color(INK)


def _write_section(sheet: Worksheet, styles: Styles, row: int, title: str, headers: Sequence[str]) -> None:
    sheet.set_row(row - 1, 22)
    sheet.write_string(row - 1, 0, title, styles.of(font_size=13, bold=True, font_color=RED))
    sheet.set_row(row, 21)
    for number, header in enumerate(headers):
        align = "right" if number == 2 else "left"
        style = styles.of(bold=True, font_size=10, font_color="#FFFFFF", bg_color=INK, align=align, indent=1)
        sheet.write_string(row, number, header, style)


def _write_measures(
    sheet: Worksheet, styles: Styles, row: int, title: str, headers: Sequence[str], measures: Sequence[Measure]
) -> int:
    """One line a target; returns the row after the last."""
    _write_section(sheet, styles, row, title, headers)
    line = {"bottom": 1, "bottom_color": LINE}
    quiet = styles.of(**line, font_color=GREY, align="left", indent=1)
    for offset, measure in enumerate(measures, row + 1):
        at = offset + 1
        sheet.set_row(offset, 21)
        sheet.write_string(offset, 0, measure.target, styles.of(**line, font_color=GREY, font_size=10))
        sheet.write_string(offset, 1, measure.name, styles.of(**line, align="left", indent=1))
        value = styles.of(**line, bold=True, align="right", indent=1, num_format=measure.number_format)
        sheet.write_formula(offset, 2, f'=IFERROR({measure.value},"có ô lỗi")', value, "")
        sheet.write_formula(offset, 3, f'=IFERROR({measure.detail},"")', quiet, "")
        sheet.write_string(offset, 4, measure.goal, quiet)
        judged = styles.of(**line, bold=True, align="left", indent=1)
        sheet.write_formula(offset, 5, f'=IFERROR({measure.status.format(row=at)},"{BAD_WORDS} CÓ Ô LỖI")', judged, "")
        sheet.write_formula(offset, 6, f'=IFERROR({measure.gap.format(row=at)},"")', styles.of(**line, indent=1), "")
        link = styles.of(**line, font_color=GREY, underline=1, align="left", indent=1)
        sheet.write_url(offset, 7, f"internal:'{measure.tab}'!A{layouts.FIRST_ROW}", link, measure.tab)
    return row + 2 + len(measures)


def _write_checks(sheet: Worksheet, styles: Styles, row: int, checks: Sequence[Check]) -> int:
    """One line a table; returns the row of the last."""
    _write_section(sheet, styles, row, "Kiểm tra trước khi gửi", CHECK_HEADERS)
    line = {"bottom": 1, "bottom_color": LINE}
    count = styles.of(**line, num_format="#,##0", align="right", indent=1)
    few = styles.of(**line, num_format='#,##0;-#,##0;"–"', align="left", indent=1)
    for offset, check in enumerate(checks, row + 1):
        at = offset + 1
        sheet.set_row(offset, 19)
        sheet.write_blank(offset, 0, None, styles.of(**line))
        sheet.write_string(offset, 1, check.tab, styles.of(**line, indent=1))
        sheet.write_formula(offset, 2, f'=IFERROR({check.rows},"có ô lỗi")', count, "")
        sheet.write_formula(offset, 3, f'=IFERROR({check.blanks},"có ô lỗi")', few, "")
        if check.outside:
            sheet.write_formula(offset, 4, f'=IFERROR({check.outside},"có ô lỗi")', few, "")
        else:
            sheet.write_string(offset, 4, "–", few)
        told = "+".join(f"IFERROR({count},1)" for count, words in check.told if words.endswith("!")) or "0"
        judged = styles.of(**line, bold=True, align="left", indent=1)
        outside = f"N(E{at})" if check.outside else "0"
        bad = f"OR(ISTEXT(C{at}),ISTEXT(D{at}),N(D{at})+{outside}+{told}>0)"
        sheet.write_formula(
            offset, 5, f'=IF({bad},"{BAD_WORDS} CẦN XEM",IF(C{at}=0,"{NO_WORDS} trống","{GOOD_WORDS} ĐỦ"))', judged, ""
        )
        sheet.write_formula(offset, 6, _told(check), styles.of(**line, indent=1), "")
        link = styles.of(**line, font_color=GREY, underline=1, align="left", indent=1)
        sheet.write_url(offset, 7, f"internal:'{check.tab}'!A1", link, check.tab)
    return row + 1 + len(checks)


def _told(check: Check) -> str:
    """The table's own remarks, each only when it counts something: "2 lần hỗ trợ chưa có địa chỉ"."""
    if not check.told:
        return '=""'
    parts = [f'IF({count}>0,"; "&{count}&" {words.rstrip("!")}","")' for count, words in check.told]
    return f'=IFERROR(MID({"&".join(parts)},3,250),"")'


def _write_verdict(sheet: Worksheet, styles: Styles, first: int, last: int) -> None:
    """The one sentence under the heading: ready to be sent, or how many tables to look at."""
    sheet.set_row(3, 22)
    cover = "+".join(f'(BIA.{field.code}="")' for field in COVER if field.required)
    tables = f'COUNTIF(F{first}:F{last},"{BAD_WORDS}*")'
    rows = f"SUM(C{first}:C{last})"
    ready = f'"{GOOD_WORDS} Sẵn sàng gửi: "&{rows}&" dòng, không còn chỗ phải xem."'
    bia = f'IF({cover}>0,"Bìa còn "&({cover})&" ô bắt buộc trống. ","")'
    look = f'IF({tables}>0,{tables}&" bảng cần xem lại (mục cuối trang).","")'
    style = styles.of(bold=True, font_size=12)
    formula = (
        f'=IFERROR(IF(({cover})+{tables}=0,{ready},"{BAD_WORDS} Chưa nên gửi. "&{bia}&{look}),"{BAD_WORDS} Có ô lỗi.")'
    )
    sheet.write_formula(3, 0, formula, style, "")


def _colour(book: WardBook, sheet: Worksheet, first: int, last: int) -> None:
    """Colour stands beside the symbol and the word, never alone."""
    for mark, colour in ((GOOD_WORDS, GREEN), (BAD_WORDS, BAD), (NO_WORDS, GREY)):
        style = book.add_format({"font_color": colour})
        for cells, cell in ((f"F{first}:F{last}", f"$F{first}"), ("A4", "$A$4")):
            sheet.conditional_format(
                cells, {"type": "formula", "criteria": f'=LEFT({cell},1)="{mark}"', "format": style}
            )
