"""How a unit's workbook looks, column by column: widths, formats by kind of field, and the frame of every sheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from workbooks import layouts
from workbooks.layouts import GREY, INK, LINE, PAPER, RED
from workbooks.master_style import Styles, set_page
from xl_ctd.core.tables import Field, Kind

WIDTHS: Mapping[Kind, float] = {
    Kind.TEXT: 22,
    Kind.IDENTIFIER: 14,
    Kind.CHOICE: 16,
    Kind.DATE: 13,
    Kind.YEAR: 9,
    Kind.COUNT: 10,
    Kind.MONEY: 16,
    Kind.NUMBER: 10,
    Kind.PERCENT: 9,
    Kind.AUTO: 12,
}

OWN_WIDTHS: Mapping[str, float] = {
    "DON_VI.TEN": 34,
    "DON_VI.LOAI_HINH": 22,
    "DON_VI.CAP_QL": 13,
    "DON_VI.KHU_PHO": 16,
    "DON_VI.CO_HOI": 11,
    "DON_VI.XEP_LOAI": 12,
    "DIA_CHI.KHU_PHO": 17,
    "DIA_CHI.NHOM": 25,
    "DIA_CHI.GIOI_TINH": 9,
    "DIA_CHI.HOAN_CANH": 34,
    "DIA_CHI.NHU_CAU": 12,
    "DIA_CHI.TINH_TRANG": 24,
    "DIA_CHI.DONG_Y": 11,
    "DIA_CHI.NGUOI_KS": 18,
    "DIA_CHI.MA_DC": 16,
    "HO_TRO.MA_HT": 16,
    "HO_TRO.MA_DC": 16,
    "HO_TRO.DVT": 9,
    "HO_TRO.SINH_KE": 9,
    "HO_TRO.NGUON_GIA": 18,
    "HO_TRO.DV_TH": 24,
    "HOAT_DONG.LOAI": 23,
    "HOAT_DONG.LINH_VUC": 28,
    "HOAT_DONG.TEN": 32,
    "HOAT_DONG.TONG": 14,
    "HOAT_DONG.TIEN": 14,
    "HOAT_DONG.HIEN_VAT": 14,
    "HOAT_DONG.NGAY_CONG": 14,
    "HOAT_DONG.CAP_TREN": 14,
    "HOAT_DONG.CHU_TRI": 17,
    "HOAT_DONG.PHOI_HOP": 17,
    "HOAT_DONG.MINH_CHUNG": 17,
    "HOAT_DONG.MA_HD": 12,
    "HOAT_DONG.LONG_GHEP": 11,
    "HOAT_DONG.CAP_GHI": 12,
    "HOAT_DONG.LUOT": 12,
    "HOAT_DONG.NGUOI": 12,
    "HIEN_MAU.DIA_DIEM": 28,
    "HIEN_MAU.DV_TIEP_NHAN": 28,
    "HIEN_MO_TANG.DANG_KY": 16,
    "QUY.THU_CHI": 10,
    "QUY.KHOAN_MUC": 22,
    "QUY.NOI_DUNG": 42,
    "QUY.DOI_TAC": 24,
    "QUY.HINH_THUC": 14,
    "QUY.MUC_DICH": 11,
    "QUY.SO_DU": 16,
    "DOI_MO_HINH.TEN": 38,
    "DOI_MO_HINH.LOAI": 26,
    "DOI_MO_HINH.CON_HD": 11,
    "DOI_MO_HINH.HIEU_QUA": 11,
    "DOI_MO_HINH.MINH_CHUNG": 34,
    "NHIEM_VU.TRANG_THAI": 34,
    "NHIEM_VU.SAN_PHAM": 30,
    "NHIEM_VU.KHO_KHAN": 34,
    "NHIEM_VU.KIEN_NGHI": 34,
}

LOOKS: Mapping[Kind, dict[str, Any]] = {
    Kind.TEXT: {"align": "left", "text_wrap": True, "indent": 1},
    Kind.IDENTIFIER: {"num_format": "@", "align": "left", "indent": 1},
    Kind.CHOICE: {"align": "left", "text_wrap": True, "indent": 1},
    Kind.DATE: {"num_format": "dd/mm/yyyy", "align": "center"},
    Kind.YEAR: {"num_format": "0", "align": "center"},
    Kind.COUNT: {"num_format": "#,##0", "align": "right", "indent": 1},
    Kind.MONEY: {"num_format": "#,##0", "align": "right", "indent": 1},
    Kind.NUMBER: {"align": "right", "indent": 1},
    Kind.PERCENT: {"num_format": "0%", "align": "center"},
    Kind.AUTO: {"num_format": "#,##0", "align": "right", "indent": 1},
}


class WardBook(xlsxwriter.Workbook):  # type: ignore[misc]
    """A workbook whose tabs cannot be renamed, moved, shown or deleted by a slip; there is no password."""

    def _write_workbook_pr(self) -> None:
        super()._write_workbook_pr()
        self._xml_empty_tag("workbookProtection", [("lockStructure", 1)])


class WardSheet(Worksheet):  # type: ignore[misc]
    """A sheet on which one formula fills whole columns: XlsxWriter looks for new functions once a formula."""

    _ready: ClassVar[dict[tuple[str, bool], str]] = {}

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        key = formula, expand_future_functions
        if key not in self._ready:
            if len(self._ready) > 10_000:
                self._ready.clear()
            self._ready[key] = super()._prepare_formula(formula, expand_future_functions)
        return self._ready[key]


def new_ward_book(path: str) -> WardBook:
    """An empty workbook in our face; text that looks like a formula or an address stays text."""
    face = {"font_name": layouts.FONT, "font_size": 11}
    book = WardBook(path, {"default_format_properties": face, "strings_to_urls": False, "strings_to_formulas": False})
    book.worksheet_class = WardSheet
    return book


def width_of(table: str, field: Field) -> float:
    """The width of a field's column, in letters."""
    return OWN_WIDTHS.get(f"{table}.{field.code}", WIDTHS[field.kind])


def input_format(styles: Styles, field: Field, *, drawn: bool = True) -> Format:
    """The format of a cell people fill; ``drawn`` cells carry the thin line of the prepared rows."""
    line = {"bottom": 1, "bottom_color": LINE, "right": 1, "right_color": LINE} if drawn else {}
    auto = {"font_color": GREY, "bg_color": PAPER} if field.kind is Kind.AUTO and drawn else {}
    words = {"num_format": "General", "align": "left", "shrink": True} if field.code == "LINH_VUC" else {}
    return styles.of(**{"locked": False, **LOOKS[field.kind], **line, **auto, **words})


def header_format(styles: Styles, field: Field | None) -> Format:
    """Dark where a value is required, grey where it is welcome, pale where the column calculates itself."""
    required, auto = bool(field and field.required), field is None or field.kind is Kind.AUTO
    return styles.of(
        bold=required,
        font_color=GREY if auto else "#FFFFFF",
        bg_color=LINE if auto else INK if required else GREY,
        text_wrap=True,
        align="center",
        right=1,
        right_color="#FFFFFF",
    )


def write_heading(
    sheet: Worksheet, styles: Styles, eyebrow: str, title: str, guidance: str, *, column: int = 0
) -> None:
    """Whose workbook, which sheet, and one line of guidance, in the first three rows."""
    sheet.set_row(0, 18)
    sheet.write_string(0, column, eyebrow, styles.of(font_size=10, bold=True, font_color=RED))
    sheet.set_row(1, 28)
    sheet.write_string(1, column, title, styles.of(font_size=18, bold=True))
    sheet.set_row(2, 18)
    sheet.write_string(2, column, guidance, styles.of(font_size=10.5, italic=True, font_color=GREY))


def set_ward_page(sheet: Worksheet, title: str, *, landscape: bool = True, tall: int = 0) -> None:
    """A4, one page wide, the page's number top centre."""
    set_page(sheet, title, landscape=landscape, tall=tall)
    sheet.set_margins(left=0.4, right=0.4, top=0.65, bottom=0.55)


def colour_rule(book: WardBook, **properties: Any) -> Format:
    """A format for conditional formatting: it says only what it changes."""
    return book.add_format(properties)
