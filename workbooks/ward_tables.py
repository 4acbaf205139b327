"""The nine table sheets of a unit's workbook: codes, headers, rows with their ids, rules and colours.

The sheets are not protected: Excel neither grows, sorts nor filters a table on a protected sheet. Headers, ids and
formulas refuse typing by a validation instead, and turn red when something was pasted over them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from math import ceil

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from workbooks import layouts
from workbooks.layouts import CODE_ROW, FIRST_ROW, FORMULA_LAST_ROW, GREY, HEADER_ROW, RID, Column
from workbooks.master_style import Styles
from workbooks.master_tables import LINE_HEIGHT
from workbooks.ward_formulas import FORMULAS, cell_in, lines_in_use, shown_values, this_row
from workbooks.ward_style import (
    LOOKS,
    WardBook,
    colour_rule,
    header_format,
    input_format,
    set_ward_page,
    width_of,
    write_heading,
)
from workbooks.ward_validation import first_cell, guard, rule_of
from xl_ctd.core.rids import mint
from xl_ctd.core.tables import Kind, Table
from xl_ctd.core.units import Unit

Row = Mapping[str, object]
REFUSED_FILL, MISSING_FILL = "#F4C7C3", "#FBEFD9"


def write_table_sheet(
    book: WardBook,
    sheet: Worksheet,
    styles: Styles,
    table: Table,
    rows: Sequence[Row],
    *,
    unit: Unit,
    year: int,
    eyebrow: str,
    opening: object = None,
) -> None:
    """Fill one table's sheet: the given rows as they are, then blank rows, each with its id."""
    columns = layouts.unit_columns(table)
    height = max(len(rows), layouts.BLANK_ROWS[table.code])
    _write_frame(sheet, styles, table, columns, eyebrow)
    _write_body(sheet, styles, table, rows, height)
    _write_ids(sheet, styles, table, rows, height, unit, year)
    _declare_table(sheet, styles, table, columns, height)
    _write_calculated(sheet, styles, table, rows, height, opening)
    _write_rules(sheet, table, columns, year)
    _write_colours(book, sheet, table, columns)
    _define_names(book, table, columns)
    if table.code == "QUY":
        _show_opening(sheet, styles, columns, opening)


def write_value(sheet: Worksheet, row: int, column: int, value: object, style: Format) -> None:
    """A value as the cell it is: text stays text, a blank stays blank."""
    if value is None or value == "":
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value, style)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, style)
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(row, column, value, style)
    else:
        sheet.write_string(row, column, str(value), style)


def _write_frame(sheet: Worksheet, styles: Styles, table: Table, columns: Sequence[Column], eyebrow: str) -> None:
    title = layouts.TABS[table.code]
    set_ward_page(sheet, f"{title} · {eyebrow}")
    write_heading(sheet, styles, eyebrow, title, _guidance(table))
    back = styles.of(font_size=10, font_color=GREY, underline=1)
    sheet.write_url(3, 0, f"internal:'{layouts.RESULT_TAB}'!A1", back, "‹ Kết quả", "Xem kết quả của phường mình")
    sheet.set_row(3, 20)
    sheet.set_row(CODE_ROW - 1, None, None, {"hidden": True})
    sheet.set_row(HEADER_ROW - 1, 48)
    small = styles.of(font_size=8, font_color=GREY)
    for number, column in enumerate(columns):
        sheet.write_string(CODE_ROW - 1, number, f"{table.code}.{column.code}", small)
    for number, field in enumerate(table.fields):
        sheet.set_column(number, number, width_of(table.code, field), input_format(styles, field, drawn=False))
    sheet.set_column(len(table.fields), len(table.fields), 18, small, {"hidden": True})
    sheet.freeze_panes(FIRST_ROW - 1, 1)
    sheet.repeat_rows(HEADER_ROW - 1)
    if table.stock or table.code == "NHIEM_VU":
        sheet.set_tab_color(layouts.LINE)
    else:
        sheet.set_tab_color(layouts.RED)


def _guidance(table: Table) -> str:
    return f"{table.guidance} Cột có dấu * bắt buộc; cột nền xám tự tính."


def _write_body(sheet: Worksheet, styles: Styles, table: Table, rows: Sequence[Row], height: int) -> None:
    for number, field in enumerate(table.fields):
        style = input_format(styles, field)
        if field.kind is not Kind.AUTO:
            for offset in range(height):
                value = rows[offset].get(field.code) if offset < len(rows) else None
                write_value(sheet, FIRST_ROW - 1 + offset, number, value, style)
    wrapped = [field for field in table.fields if LOOKS[field.kind].get("text_wrap")]
    for offset, row in enumerate(rows):
        # Excel would find this by itself, LibreOffice does not.
        lines = max((len(str(row.get(one.code) or "")) / (width_of(table.code, one) - 2) for one in wrapped), default=0)
        if lines > 1:
            sheet.set_row(FIRST_ROW - 1 + offset, LINE_HEIGHT * ceil(lines))


def _write_ids(
    sheet: Worksheet, styles: Styles, table: Table, rows: Sequence[Row], height: int, unit: Unit, year: int
) -> None:
    """Every prepared row has its id before anybody types; a row that came with one keeps it, even a missing one."""
    style = styles.of(font_size=8, font_color=GREY, num_format="@")
    for offset in range(height):
        own = rows[offset] if offset < len(rows) else {}
        rid = own[RID] if RID in own else mint(unit.code, unit.uid, table.code, f"{year}/{offset + 1}")
        write_value(sheet, FIRST_ROW - 1 + offset, len(table.fields), rid, style)


def _declare_table(sheet: Worksheet, styles: Styles, table: Table, columns: Sequence[Column], height: int) -> None:
    fields = table.by_code
    declared = []
    for column in columns:
        field = fields.get(column.code)
        entry = {
            "header": column.header,
            "header_format": header_format(styles, field),
        }
        if (table.code, column.code) in FORMULAS:
            entry["formula"] = _formula(table, column.code)
        declared.append(entry)
    options = {"name": layouts.table_name(table), "columns": declared, "style": None, "autofilter": True}
    sheet.add_table(HEADER_ROW - 1, 0, HEADER_ROW - 1 + height, len(columns) - 1, options)


def _formula(table: Table, code: str) -> str:
    return "=" + FORMULAS[table.code, code](this_row(table.code))


def _write_calculated(
    sheet: Worksheet, styles: Styles, table: Table, rows: Sequence[Row], height: int, opening: object
) -> None:
    for number, field in enumerate(table.fields):
        if field.kind is not Kind.AUTO:
            continue
        formula, style = _formula(table, field.code), input_format(styles, field)
        shown = shown_values(table.code, field.code, rows, opening)
        for offset in range(height):
            value = shown[offset] if offset < len(rows) else ""
            sheet.write_formula(FIRST_ROW - 1 + offset, number, formula, style, value)


def _write_rules(sheet: Worksheet, table: Table, columns: Sequence[Column], year: int) -> None:
    last = len(columns) - 1
    sheet.data_validation(0, 0, HEADER_ROW - 1, last, guard())
    for number, column in enumerate(columns):
        field = table.by_code.get(column.code)
        rule = rule_of(table, field, first_cell(column.letters), year) if field else guard()
        if rule:
            sheet.data_validation(FIRST_ROW - 1, number, FORMULA_LAST_ROW - 1, number, rule)


def _write_colours(book: WardBook, sheet: Worksheet, table: Table, columns: Sequence[Column]) -> None:
    """Red: a header or formula was overwritten. Light amber: the line was begun and this required cell is blank."""
    refused = colour_rule(book, bg_color=REFUSED_FILL, font_color=layouts.BAD, bold=True)
    missing = colour_rule(book, bg_color=MISSING_FILL)
    at = cell_in(table.code, FIRST_ROW)
    inputs = [field for field in table.fields if field.kind is not Kind.AUTO]
    begun = "+".join(f"LEN({at(field.code)})" for field in inputs)
    for number, column in enumerate(columns):
        header = f"${column.letters}${HEADER_ROW}"
        changed = f'={header}<>"{column.header}"'
        sheet.conditional_format(HEADER_ROW - 1, number, HEADER_ROW - 1, number, _when(changed, refused))
        field = table.by_code.get(column.code)
        if field is None:
            continue
        if field.kind is Kind.AUTO:
            overwritten = f"={at(field.code)}<>{FORMULAS[table.code, field.code](at)}"
            _colour_column(sheet, number, _when(overwritten, refused))
        elif field.required:
            blank = f'=AND({at(field.code)}="",{begun}>0)'
            _colour_column(sheet, number, _when(blank, missing))


def _when(formula: str, style: Format) -> dict[str, object]:
    return {"type": "formula", "criteria": formula, "format": style}


def _colour_column(sheet: Worksheet, number: int, rule: dict[str, object]) -> None:
    sheet.conditional_format(FIRST_ROW - 1, number, FORMULA_LAST_ROW - 1, number, rule)


def _define_names(book: WardBook, table: Table, columns: Sequence[Column]) -> None:
    """``QUY.SO_TIEN`` names a column down to the last line in use, so that formulas are short and quick."""
    tab = f"'{layouts.TABS[table.code]}'"
    # Counted from the header: a line inserted above the first one belongs to the table like any other.
    header = f"ROW({tab}!$A${HEADER_ROW})"
    for column in columns[:-1]:
        whole = f"{tab}!${column.letters}:${column.letters}"
        last = f"INDEX({whole},{header}+{lines_in_use(table.code)})"
        book.define_name(f"{table.code}.{column.code}", f"=INDEX({whole},{header}+1):{last}")


def _show_opening(sheet: Worksheet, styles: Styles, columns: Sequence[Column], opening: object) -> None:
    """The opening balance of the cover, above the column that starts from it."""
    letters = {column.code: column.letters for column in columns}
    label = styles.of(font_size=10, font_color=GREY, align="right")
    sheet.write_string(f"{letters['CHUYEN']}4", "Dư quỹ đầu năm", label)
    value = styles.of(num_format="#,##0", bold=True, align="right")
    known = opening if isinstance(opening, int | float) else ""
    sheet.write_formula(f"{letters['SO_DU']}4", '=IF(BIA.DU_DAU="","",BIA.DU_DAU)', value, known)
