"""The one place that knows which cell is what, in the units' workbooks and in the master.

A table starts with three rows: the field codes (hidden: ``HO_TRO.GIA_TRI``), the headers staff see, then the data.
The reader finds a table by its code row wherever it was moved, so an inserted column, a renamed tab or a sorted
table does no harm; where the code row is gone it falls back to the headers.
"""

from __future__ import annotations

from dataclasses import dataclass

from xl_ctd.core.tables import Field, Table

TEMPLATE_VERSION = "1"

FONT = "Times New Roman"
RED, INK, GREY, LINE, PAPER = "#B5121B", "#222222", "#6B6B6B", "#D9D9D9", "#FAF7F5"
GREEN, AMBER, BAD, NONE = "#2E7D32", "#B26A00", "#B5121B", "#8A8A8A"

RID = "_rid"
"""The hidden row id, always the last column of a unit's table: Tab in the last visible cell never lands in it."""

COVER_TAB, RESULT_TAB, FINDINGS_TAB = "Bìa", "Kết quả", "Lỗi"
FINDINGS_DAY, FINDINGS_WIDTHS = 4, (9, 11, 24, 9, 110)
"""The row that says when a workbook was returned, above the list's header; the widths of the list's columns A to E."""
LISTS_TAB, META_TAB = "_DM", "_META"

COVER_FIRST_ROW = 6
"""First key–value row of the cover: label in A, value in B, hidden code (``BIA.NAM``) in D."""
COVER_LABEL, COVER_VALUE, COVER_HINT, COVER_CODE = "A", "B", "C", "D"
COVER_PREFIX = "BIA"

TITLE_ROW, GUIDANCE_ROW = 2, 3
CODE_ROW, HEADER_ROW, FIRST_ROW = 5, 6, 7
"""Rows of a unit's table sheet; the code row is hidden."""

TABS: dict[str, str] = {
    "DON_VI": "Cơ quan, đơn vị",
    "DIA_CHI": "Địa chỉ nhân đạo",
    "HO_TRO": "Hỗ trợ",
    "HOAT_DONG": "Hoạt động",
    "HIEN_MAU": "Hiến máu",
    "HIEN_MO_TANG": "Hiến mô, tạng",
    "QUY": "Sổ quỹ",
    "DOI_MO_HINH": "Đội, mô hình",
    "NHIEM_VU": "Nhiệm vụ",
    "CAN_BO": "Cán bộ",
}
"""Table → tab, the same in a unit's workbook and in the master."""

BLANK_ROWS: dict[str, int] = {
    "DON_VI": 80,
    "DIA_CHI": 120,
    "HO_TRO": 200,
    "HOAT_DONG": 150,
    "HIEN_MAU": 40,
    "HIEN_MO_TANG": 30,
    "QUY": 200,
    "DOI_MO_HINH": 30,
    "NHIEM_VU": 60,
}
"""Empty rows that a new workbook offers, each with its row id; a table still grows when people type below it."""

FORMULA_LAST_ROW = 3000
"""The plain formulas of a unit's workbook look this far down, so that a table may grow."""


def column_letters(number: int) -> str:
    """The letters of a 1-based column number.

    >>> column_letters(1), column_letters(27), column_letters(16384)
    ('A', 'AA', 'XFD')
    """
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """The 1-based number of column letters.

    >>> column_number("AA")
    27
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def header_of(field: Field) -> str:
    """The header staff see; required columns carry a star.

    >>> from xl_ctd.core.tables import BY_CODE
    >>> header_of(BY_CODE["QUY"].by_code["SO_TIEN"])
    'Số tiền *'
    """
    return f"{field.label} *" if field.required else field.label


def table_name(table: Table | str) -> str:
    """The Excel table's name, ``tblQUY``; the same in a unit's workbook and in the master."""
    return f"tbl{table if isinstance(table, str) else table.code}"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet as it stands in a template."""

    code: str
    header: str
    letters: str


def unit_columns(table: Table) -> tuple[Column, ...]:
    """The columns of a unit's table in template order: its fields, then the hidden row id."""
    names = [(field.code, header_of(field)) for field in table.fields] + [(RID, RID)]
    return tuple(Column(code, header, column_letters(n)) for n, (code, header) in enumerate(names, 1))


# --- the master -------------------------------------------------------------------------------------------------

MASTER_CODE_ROW, MASTER_HEADER_ROW, MASTER_FIRST_ROW = 3, 4, 5

BOARD_TAB, TARGETS_TAB, BY_UNIT_TAB = "Bảng điều hành", "Chỉ tiêu", "Theo phường"
PROGRESS_TAB, ERRORS_TAB, CONFLICTS_TAB, LOG_TAB = "Tiến độ nộp", "Lỗi", "Xung đột", "Nhật ký"
UNITS_TAB, POPULATION_TAB, CONVENTIONS_TAB = "Đơn vị", "Dân số", "Quy ước"
FIGURES_TAB = "_Số liệu"
"""Hidden: every figure of every year, unit and target, one row each; the first three sheets read it by formulas."""
MONITORED_TAB, MONITORED_FIGURES_TAB = "Theo dõi", "_Theo dõi"
"""The numbers that the plan follows without a threshold, and the hidden sheet they are read from."""

MASTER_BEFORE = (("_uid", "Khóa đơn vị"), ("_unit", "Đơn vị"), ("_year", "Năm"))
MASTER_AFTER = (("_file", "Tệp nguồn"), ("_sheet", "Trang tính"), ("_line", "Dòng"), (RID, RID))
"""What the master's data sheets put before and after a table's stored fields. ``_uid`` and ``_rid`` are hidden."""


def master_columns(table: Table) -> tuple[Column, ...]:
    """The columns of a table's data sheet in the master: unit and year, stored fields, provenance, row id."""
    fields = [(field.code, header_of(field)) for field in table.stored]
    names = [*MASTER_BEFORE, *fields, *MASTER_AFTER]
    return tuple(Column(code, header, column_letters(n)) for n, (code, header) in enumerate(names, 1))
