"""The hidden sheets of a unit's workbook: the words and codes of its lists, and what the template is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlsxwriter.worksheet import Worksheet

from workbooks import layouts
from workbooks.layouts import FORMULA_LAST_ROW, HEADER_ROW
from workbooks.master_style import Styles
from workbooks.ward_formulas import field_of_law_words, last_line, lines_in_use
from workbooks.ward_style import WardBook
from xl_ctd.core.codes import CODE_LISTS
from xl_ctd.core.setup import Setup
from xl_ctd.core.tables import BY_CODE, WARD_TABLES
from xl_ctd.core.units import Unit


def write_lists(book: WardBook, sheet: Worksheet, styles: Styles, setup: Setup) -> None:
    """Each list in two columns: ``DM.thu_chi`` names its words, ``DM.ma_thu_chi`` its codes, line by line."""
    columns: list[tuple[str, Sequence[str]]] = []
    for name, choices in CODE_LISTS.items():
        columns.append((name, [choice.words for choice in choices]))
        columns.append((f"ma_{name}", [choice.code for choice in choices]))
    activities = [choice.code for choice in CODE_LISTS["loai_hoat_dong"]]
    columns.append(("linh_vuc_theo_loai", [field_of_law_words(code) for code in activities]))
    tasks = setup.plan.tasks
    columns.append(("nhiem_vu", [task.id for task in tasks] or ["–"]))
    columns.append(("noi_dung_nhiem_vu", [task.verbatim for task in tasks] or ["–"]))
    for number, (name, entries) in enumerate(columns):
        letters = layouts.column_letters(number + 1)
        sheet.write_string(0, number, name, styles.of(bold=True))
        for offset, entry in enumerate(entries, 1):
            sheet.write_string(offset, number, entry, styles.of(num_format="@"))
        book.define_name(f"DM.{name}", f"='{layouts.LISTS_TAB}'!${letters}$2:${letters}${len(entries) + 1}")
    sheet.set_column(0, len(columns) - 1, 16)
    for table, field in (("DIA_CHI", "MA_DC"), ("HOAT_DONG", "MA_HD")):
        _name_filled_part(book, table, field)


def _name_filled_part(book: WardBook, table: str, field: str) -> None:
    """``DS.MA_DC``: the codes typed so far, offered as a list in the tables that repeat them."""
    letters = next(column.letters for column in layouts.unit_columns(BY_CODE[table]) if column.code == field)
    tab = f"'{layouts.TABS[table]}'"
    header = f"{tab}!${letters}${HEADER_ROW}"
    filled = f"COUNTA({header}:${letters}${FORMULA_LAST_ROW})-1"
    book.define_name(f"DS.{field}", f"=OFFSET({header},1,0,MAX(1,{filled}),1)")


def write_meta(
    book: WardBook,
    sheet: Worksheet,
    styles: Styles,
    unit: Unit,
    year: int,
    setup: Setup,
    file_id: str,
    filled: Mapping[str, int],
) -> None:
    """Which template, which file, whose: for programs and for a question on the phone; and how far each table is used.

    ``filled`` counts the rows a table is prefilled with.
    """
    entries = {
        "template_version": layouts.TEMPLATE_VERSION,
        "file_id": file_id,
        "unit": unit.code,
        "uid": unit.uid,
        "year": str(year),
        "plan": setup.plan.id,
    }
    for row, (name, value) in enumerate(entries.items()):
        sheet.write_string(row, 0, name, styles.of())
        sheet.write_string(row, 1, value, styles.of(num_format="@"))
    for row, table in enumerate(WARD_TABLES, len(entries)):
        sheet.write_string(row, 0, lines_in_use(table.code), styles.of())
        sheet.write_formula(row, 1, last_line(table), styles.of(), max(1, filled.get(table.code, 0)))
        book.define_name(lines_in_use(table.code), f"='{layouts.META_TAB}'!$B${row + 1}")
    sheet.set_column(0, 1, 34)
