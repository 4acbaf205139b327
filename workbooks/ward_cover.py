"""The cover of a unit's workbook: whose it is, for which year, who made it; and the way through its tabs.

Protected without a password, the fields to fill unlocked: a cover has no rows to add.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from xlsxwriter.worksheet import Worksheet

from workbooks import layouts
from workbooks.layouts import COVER_FIRST_ROW, COVER_PREFIX, COVER_TAB, GREY, INK, LINE, PAPER, RED, RESULT_TAB
from workbooks.master_style import Styles
from workbooks.ward_style import LOOKS, WardBook, set_ward_page, write_heading
from workbooks.ward_tables import write_value
from workbooks.ward_validation import Rule, rule_of
from xl_ctd.core.codes import CODE_LISTS
from xl_ctd.core.tables import COVER, WARD_TABLES, Field, Kind, Table
from xl_ctd.core.units import Unit

TO_FILL = ("LICH", "LOAI_KY", "SO_KY", "NGUOI_LAP", "DIEN_THOAI", "NGUOI_DUYET", "NGAY_LAP", "DU_DAU", "CAM_KET")
HIDDEN = ("UID", "MA_TEP")
PROTECTION = {"select_locked_cells": True, "select_unlocked_cells": True, "format_columns": True, "format_rows": True}

HINTS: Mapping[str, str] = {
    "MA_DON_VI": "Ghi sẵn; không đổi",
    "LICH": "Cách chia kỳ của báo cáo này",
    "LOAI_KY": "Kỳ báo cáo lần này; gửi lại cùng tệp ở mỗi kỳ",
    "SO_KY": "Tháng 1–12, quý 1–4; cả năm để trống",
    "TU_NGAY": "Tự tính theo lịch và kỳ",
    "DEN_NGAY": "Tự tính; ghi đủ việc đến hết ngày này",
    "NGUOI_LAP": "Chỉ lưu trong tệp này",
    "DIEN_THOAI": "Chỉ lưu trong tệp này",
    "NGUOI_DUYET": "Chỉ lưu trong tệp này",
    "NGAY_LAP": "Ngày/tháng/năm",
    "CAM_KET": "Chọn Có: bảng để trống là không phát sinh",
    "DU_DAU": "Bằng số dư cuối năm trước ở sổ quỹ",
    "KIEM_TRA": "Tự đếm; xem trang Kết quả",
}

STEPS = (
    "Ghi việc vào các trang màu đỏ bên dưới, mỗi việc một dòng, có ngày. Ô nào sai, sửa thẳng vào ô.",
    "Cần thêm dòng thì gõ tiếp ngay dưới dòng cuối. Sắp xếp, lọc, chép dán đều được; chừa tiêu đề và ô nền xám.",
    "Mở trang Kết quả để biết phường đạt hay chưa đạt và còn chỗ nào phải xem.",
    "Gửi chính tệp này về Hội cấp trên, mỗi kỳ gửi lại; không đổi tên trang, không tách tệp.",
)


def row_of(code: str) -> int:
    """The row of a field of the cover, from 1."""
    return COVER_FIRST_ROW + [field.code for field in COVER].index(code)


def cover_values(unit: Unit, year: int, given: Mapping[str, object], file_id: str) -> dict[str, object]:
    """What stands on the cover: the unit and year, what was given, and the usual calendar."""
    values: dict[str, object] = {
        "MA_DON_VI": unit.code,
        "UID": unit.uid,
        "TEN_DON_VI": unit.name,
        "LICH": "TK",
        "LOAI_KY": "N",
        "NAM": year,
        "PHIEN_BAN": layouts.TEMPLATE_VERSION,
        "MA_TEP": file_id,
    }
    return {**values, **given}


def define_cover_names(book: WardBook) -> None:
    """``BIA.DU_DAU`` names the value of each field of the cover."""
    for field in COVER:
        book.define_name(f"{COVER_PREFIX}.{field.code}", f"='{COVER_TAB}'!${layouts.COVER_VALUE}${row_of(field.code)}")


def write_cover(sheet: Worksheet, styles: Styles, values: Mapping[str, object], eyebrow: str, year: int) -> None:
    """Fill the cover and protect it."""
    set_ward_page(sheet, f"{COVER_TAB} · {eyebrow}", landscape=False, tall=1)
    guidance = "Điền các ô nền trắng có khung. Ô nền xám ghi sẵn hoặc tự tính."
    write_heading(sheet, styles, eyebrow, f"Báo cáo công tác Chữ thập đỏ năm {year}", guidance)
    for letters, width in zip("ABCD", (26, 34, 50, 14), strict=True):
        options = {"hidden": True} if letters == layouts.COVER_CODE else {}
        sheet.set_column(f"{letters}:{letters}", width, None, options)
    sheet.set_row(4, 8)
    for field in COVER:
        _write_field(sheet, styles, field, values, year)
    last = COVER_FIRST_ROW + len(COVER)
    _write_steps(sheet, styles, last + 1)
    _write_tabs(sheet, styles, last + 3 + len(STEPS))
    sheet.protect("", PROTECTION)
    sheet.set_tab_color(INK)


def _write_field(sheet: Worksheet, styles: Styles, field: Field, values: Mapping[str, object], year: int) -> None:
    row = row_of(field.code) - 1
    hidden = {"hidden": True} if field.code in HIDDEN else {}
    sheet.set_row(row, 21, None, hidden)
    line = {"bottom": 1, "bottom_color": LINE}
    sheet.write_string(row, 0, layouts.header_of(field), styles.of(**line, bold=field.required))
    style = styles.of(**_look(field))
    if field.kind is Kind.AUTO:
        sheet.write_formula(row, 1, FORMULAS[field.code], style, _shown(field.code, year, values))
    else:
        write_value(sheet, row, 1, _in_words(field, values.get(field.code)), style)
    hint = HINTS.get(field.code) or field.hint
    sheet.write_string(row, 2, hint, styles.of(**line, font_size=10, italic=True, font_color=GREY, indent=1))
    sheet.write_string(row, 3, f"{COVER_PREFIX}.{field.code}", styles.of(font_size=8, font_color=GREY))
    rule = _rule(field, row + 1, year)
    if rule:
        sheet.data_validation(row, 1, row, 1, rule)
    if field.code in ("NGUOI_LAP", "NGAY_LAP"):
        sheet.conditional_format(
            row, 1, row, 1, {"type": "blanks", "format": styles.of(bg_color="#FBEFD9", border=1, border_color=LINE)}
        )


def _look(field: Field) -> dict[str, Any]:
    look = {**LOOKS[field.kind], "align": "left", "text_wrap": False, "indent": 1}
    if field.code in ("TU_NGAY", "DEN_NGAY"):
        look["num_format"] = "dd/mm/yyyy"
    if field.code in TO_FILL:
        return {**look, "border": 1, "border_color": GREY, "locked": False}
    return {**look, "border": 1, "border_color": LINE, "bg_color": PAPER, "font_color": GREY}


def _rule(field: Field, row: int, year: int) -> Rule | None:
    if field.code not in TO_FILL:
        return None
    table = Table(COVER_PREFIX, COVER_TAB, COVER, natural_key=())
    return rule_of(table, field, f"{layouts.COVER_VALUE}{row}", year + 1)


def _in_words(field: Field, value: object) -> object:
    """A code in the words of its list; anything else as it is."""
    if field.choices is None:
        return value
    return next((choice.words for choice in CODE_LISTS[field.choices] if choice.code == value), value)


# --- from and to: the period by calendar ---------------------------------------------------------------------------


def _is(name: str, list_name: str, code: str) -> str:
    words = next(choice.words for choice in CODE_LISTS[list_name] if choice.code == code)
    return f'OR({name}="{words}",{name}="{code}")'


def _months() -> str:
    """How many months the period has; the whole year unless the cover says otherwise."""
    formula = "12"
    for code, months in (("9T", 9), ("6T", 6), ("Q", 3), ("T", 1)):
        formula = f"IF({_is('BIA.LOAI_KY', 'loai_ky', code)},{months},{formula})"
    return formula


def _first_month() -> str:
    """The months of the year before the period begins; a nine-month period begins in January."""
    months = _months()
    return f"IF({months}>6,0,MIN(12-({months}),({months})*(MAX(1,N(BIA.SO_KY))-1)))"


def _period(after: str) -> str:
    administrative = _is("BIA.LICH", "lich", "HC")
    return f"=IF({administrative},DATE(BIA.NAM,{after},15),DATE(BIA.NAM,{after}+1,1))"


FORMULAS: Mapping[str, str] = {
    "TU_NGAY": _period(_first_month()),
    "DEN_NGAY": _period(f"{_first_month()}+{_months()}") + "-1",
    "KIEM_TRA": '=SUM(KET_QUA.SO_DONG)&" dòng; "&IF(LEFT(KET_QUA.KET_LUAN,1)="✔","đủ","còn chỗ phải xem")',
}


def _shown(code: str, year: int, values: Mapping[str, object]) -> object:
    """The usual case's value; a program that calculates replaces it."""
    whole_year = values.get("LICH") == "TK" and values.get("LOAI_KY") == "N"
    if not whole_year or code == "KIEM_TRA":
        return ""
    first, last = date(year, 1, 1), date(year, 12, 31)
    return ((first if code == "TU_NGAY" else last) - date(1899, 12, 30)).days


# --- the way through the workbook ----------------------------------------------------------------------------------


def _write_steps(sheet: Worksheet, styles: Styles, row: int) -> None:
    sheet.write_string(row - 1, 0, "Cách làm", styles.of(bold=True, font_size=12, font_color=RED))
    for number, step in enumerate(STEPS, 1):
        sheet.set_row(row - 1 + number, 33 if len(step) > 105 else 19)
        sheet.merge_range(
            row - 1 + number, 0, row - 1 + number, 2, f"{number}.  {step}", styles.of(text_wrap=True, align="left")
        )


def _write_tabs(sheet: Worksheet, styles: Styles, row: int) -> None:
    """One line a tab: its name leads there, beside it what belongs there."""
    sheet.write_string(row - 1, 0, "Các trang", styles.of(bold=True, font_size=12, font_color=RED))
    entries = [(RESULT_TAB, "Đạt hay chưa đạt, còn thiếu bao nhiêu, chỗ nào phải xem lại. Tự tính.")]
    entries += [(layouts.TABS[table.code], table.guidance) for table in WARD_TABLES]
    link = styles.of(font_color=INK, underline=1, bottom=1, bottom_color=LINE)
    text = styles.of(font_size=10, font_color=GREY, bottom=1, bottom_color=LINE, text_wrap=True, align="left")
    for number, (tab, about) in enumerate(entries):
        line = row + number
        sheet.set_row(line, 29 if len(about) > 104 else 19)
        sheet.write_url(line, 0, f"internal:'{tab}'!A1", link, tab, f"Mở trang {tab}")
        sheet.merge_range(line, 1, line, 2, about, text)
