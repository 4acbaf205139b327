"""Building an empty city master: one plan, all its years, ready for the first merge. Same input, same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from workbooks import layouts
from workbooks.layouts import GREY, PAPER
from workbooks.master_board import CALC_TAB, write_board, write_board_figures
from workbooks.master_by_unit import UNITS_CALC_TAB, places_of, write_by_unit, write_unit_places
from workbooks.master_monitored import write_monitored
from workbooks.master_style import DEEPEST_ROW, Styles, new_book, set_page, write_cell, write_table
from workbooks.master_tables import (
    CONFLICT_DECISIONS,
    CONFLICTS,
    ERRORS,
    FIGURES,
    LOG,
    META_TAB,
    MONITORED,
    NAME_BOARD_CALC,
    NAME_BY_UNIT,
    NAME_FOOTNOTES,
    NAME_LAYOUT,
    NAME_MERGED_AT,
    NAME_MONITORED,
    NAME_PLAN,
    NAME_TEMPLATE,
    NAME_UNIT_CALC,
    NAME_VERSION,
    NAME_YEAR,
    PROGRESS,
    YEARS,
    YEARS_TAB,
    Cell,
    Look,
    MasterColumn,
    MasterTable,
    footnotes,
)
from workbooks.setup_sheets import Lists, write_setup_sheets
from workbooks.setup_tables import BOARD_YEAR_CELL
from xl_ctd.core.codes import CODE_LISTS
from xl_ctd.core.setup import Convention, Setup, Task
from xl_ctd.core.tables import BY_CODE, TABLES, Field, Kind, Table
from xl_ctd.plans import conventions as plan_conventions

PLAN_TASKS_TAB = "Kế hoạch nhiệm vụ"
BLANK_DATA_ROWS = 10
"""Rows the city can type into at once; the table grows when typing goes on below it."""

FIRST = layouts.MASTER_FIRST_ROW - 1

LOOK_OF_KIND: dict[Kind, tuple[Look, float]] = {
    Kind.TEXT: (Look.TEXT, 27),
    Kind.IDENTIFIER: (Look.IDENTIFIER, 16),
    Kind.CHOICE: (Look.TEXT, 12),
    Kind.DATE: (Look.DATE, 12),
    Kind.YEAR: (Look.YEAR, 9),
    Kind.COUNT: (Look.COUNT, 11),
    Kind.MONEY: (Look.MONEY, 16),
    Kind.NUMBER: (Look.NUMBER, 11),
    Kind.PERCENT: (Look.PERCENT, 9),
}
HIDDEN_COLUMNS = ("_uid", "BAM", layouts.RID)
"""What programs need and people do not: the unit's key, the identity's hash, the row id."""
WIDEST_PAGE = 215
"""Characters that an A4 on its side still shows in letters one can read."""

LOOK_OF_FRAME: dict[str, tuple[Look, float]] = {
    "_uid": (Look.IDENTIFIER, 18),
    "_unit": (Look.TEXT, 22),
    "_year": (Look.YEAR, 8),
    "_file": (Look.TEXT, 28),
    "_sheet": (Look.TEXT, 18),
    "_line": (Look.COUNT, 8),
    layouts.RID: (Look.IDENTIFIER, 14),
}
NARROWEST_CHOICE, WIDEST_CHOICE = 12, 36
WIDE_TEXTS = frozenset(
    {"TEN", "NOI_DUNG", "HOAN_CANH", "GHI_CHU", "MINH_CHUNG", "SAN_PHAM", "KHO_KHAN", "KIEN_NGHI"}
    | {"DIA_DIEM", "DV_TIEP_NHAN", "NHA_TAI_TRO", "DOI_TAC"}
)

PLAN_TASKS = MasterTable(
    "KE_HOACH_NV",
    "tblKeHoachNhiemVu",
    PLAN_TASKS_TAB,
    "Nhiệm vụ của kế hoạch",
    (
        MasterColumn("MA", "Mã", 9, Look.IDENTIFIER),
        MasterColumn("MUC", "Mục", 10, Look.LONG),
        MasterColumn("NGUYEN_VAN", "Nguyên văn kế hoạch", 62, Look.LONG),
        MasterColumn("CHU_TRI", "Chủ trì", 26, Look.LONG),
        MasterColumn("PHOI_HOP", "Phối hợp", 22, Look.LONG),
        MasterColumn("THOI_GIAN", "Thời gian", 15, Look.LONG),
        MasterColumn("HAN", "Hạn", 12, Look.DATE),
        MasterColumn("NHIP", "Nhịp", 15, Look.LONG),
        MasterColumn("SAN_PHAM", "Sản phẩm", 30, Look.LONG),
        MasterColumn("CAP_NHAT", "Đơn vị đã cập nhật", 11, Look.CENTRE),
        MasterColumn("HOAN_THANH", "Hoàn thành", 9, Look.CENTRE),
        MasterColumn("QUA_HAN", "Quá hạn", 9, Look.CENTRE),
    ),
    guidance="Nguyên văn từng nhiệm vụ; ba cột cuối đếm ở trang Nhiệm vụ cho năm đang xem.",
)


def data_table(table: Table) -> MasterTable:
    """A units' table as it stands in the master: unit and year before its fields, provenance and row id after."""
    columns = tuple(
        MasterColumn(column.code, column.header, *_size(table, column.code)[::-1])
        for column in layouts.master_columns(table)
    )
    guidance = "Dòng của phường do hợp nhất ghi. Dòng của thành phố: gõ vào đây, để trống cột Đơn vị."
    return MasterTable(
        table.code, layouts.table_name(table), layouts.TABS[table.code], layouts.TABS[table.code], columns, guidance
    )


def _size(table: Table, code: str) -> tuple[Look, float]:
    if code in LOOK_OF_FRAME:
        return LOOK_OF_FRAME[code]
    field = table.by_code[code]
    look, width = LOOK_OF_KIND[field.kind]
    if field.kind is Kind.CHOICE and field.choices:
        longest = max(len(choice.words) for choice in CODE_LISTS[field.choices])
        return look, min(max(longest + 1, NARROWEST_CHOICE), WIDEST_CHOICE)
    return look, 44 if code in WIDE_TEXTS and look is Look.TEXT else width


Bodies = Mapping[str, Sequence[Sequence[Cell]]]
"""Rows by the name of an Excel table, each row as long as the table has columns."""


def build_master(
    path: Path | str,
    *,
    setup: Setup,
    created: date,
    bodies: Bodies | None = None,
    cells: Mapping[str, Cell] | None = None,
) -> None:
    """Write a master for a plan. ``created`` is the only day that goes into the file.

    A new master is empty. ``bodies`` and ``cells`` give rows to named tables and values to named cells from the
    start, as a merge would write them: for samples, pictures and tests.
    """
    bodies, cells = bodies or {}, cells or {}
    book = new_book(str(path))
    book.set_properties(
        {
            "title": f"Sổ tổng hợp chỉ tiêu, kế hoạch {setup.plan.number}",
            "author": setup.units.group,
            "created": datetime(created.year, created.month, created.day),
        }
    )
    sheets = {tab: book.add_worksheet(tab) for tab in _tabs(setup)}
    styles = Styles(book)
    lists = Lists(sheets[layouts.LISTS_TAB], styles)
    questions = plan_conventions(setup.plan.id)
    places = places_of(setup)
    _write_meta(book, sheets[META_TAB], styles, setup, questions, cells)
    write_board_figures(sheets[CALC_TAB], styles, setup, places)
    write_unit_places(sheets[UNITS_CALC_TAB], styles, setup, places)
    write_setup_sheets(book, styles, lists, setup, questions)
    write_by_unit(sheets[layouts.BY_UNIT_TAB], styles, setup, places)
    if setup.plan.monitored:
        write_monitored(sheets[layouts.MONITORED_TAB], styles, setup, places)
        book.define_name(NAME_MONITORED, f"='{layouts.MONITORED_TAB}'!$A$1")
    _write_plan_tasks(sheets[PLAN_TASKS_TAB], styles, setup)
    for table in TABLES:
        _write_data_sheet(sheets[layouts.TABS[table.code]], styles, lists, table, bodies)
    _write_merge_sheets(sheets, styles, lists, bodies)
    write_board(book, sheets[layouts.BOARD_TAB], styles, setup, places)
    for tab in sheets:
        if tab.startswith("_"):
            sheets[tab].hide()
    book.close()


def _tabs(setup: Setup) -> Sequence[str]:
    data = [layouts.TABS[table.code] for table in TABLES if table.code != "NHIEM_VU"]
    return (
        layouts.BOARD_TAB,
        layouts.TARGETS_TAB,
        layouts.BY_UNIT_TAB,
        *([layouts.MONITORED_TAB] if setup.plan.monitored else []),
        layouts.PROGRESS_TAB,
        layouts.ERRORS_TAB,
        layouts.CONFLICTS_TAB,
        *data,
        layouts.TABS["NHIEM_VU"],
        PLAN_TASKS_TAB,
        layouts.CONVENTIONS_TAB,
        layouts.UNITS_TAB,
        layouts.POPULATION_TAB,
        layouts.LOG_TAB,
        layouts.FIGURES_TAB,
        layouts.MONITORED_FIGURES_TAB,
        YEARS_TAB,
        CALC_TAB,
        UNITS_CALC_TAB,
        layouts.LISTS_TAB,
        META_TAB,
    )


def _write_meta(
    book: xlsxwriter.Workbook,
    sheet: Worksheet,
    styles: Styles,
    setup: Setup,
    questions: Sequence[Convention],
    given: Mapping[str, Cell],
) -> None:
    """The cells with a name: what this workbook is, and what each merge writes about itself."""
    cells: tuple[tuple[str, Cell], ...] = (
        (NAME_LAYOUT, "master"),
        (NAME_PLAN, setup.plan.id),
        (NAME_TEMPLATE, layouts.TEMPLATE_VERSION),
        (NAME_MERGED_AT, None),
        (NAME_VERSION, None),
        (NAME_FOOTNOTES, footnotes(setup, questions)),
    )
    for row, (name, value) in enumerate(cells, 1):
        sheet.write_string(f"A{row}", name, styles.of())
        write_cell(sheet, row - 1, 1, given.get(name, value), styles.of())
        book.define_name(name, f"='{META_TAB}'!$B${row}")
    letters, row_number = BOARD_YEAR_CELL[0], BOARD_YEAR_CELL[1:]
    book.define_name(NAME_YEAR, f"='{layouts.BOARD_TAB}'!${letters}${row_number}")
    for name, tab in (
        (NAME_BY_UNIT, layouts.BY_UNIT_TAB),
        (NAME_BOARD_CALC, CALC_TAB),
        (NAME_UNIT_CALC, UNITS_CALC_TAB),
    ):
        book.define_name(name, f"='{tab}'!$A$1")
    sheet.set_column("A:A", 20)
    sheet.set_column("B:B", 60)


def _write_data_sheet(sheet: Worksheet, styles: Styles, lists: Lists, table: Table, bodies: Bodies) -> None:
    master = data_table(table)
    provenance = {code: {"bg_color": GREY} for code in ("_unit", "_year", "_file", "_sheet", "_line")}
    write_table(
        sheet,
        styles,
        master,
        bodies.get(master.name, ()),
        blank_rows=BLANK_DATA_ROWS,
        hidden_columns=HIDDEN_COLUMNS,
        header_of=provenance,
    )
    for number, code in enumerate(master.codes):
        field = table.by_code.get(code)
        if field is not None:
            _validate_field(sheet, lists, number, field)
    shown = sum(column.width for column in master.columns if column.code not in HIDDEN_COLUMNS)
    wide = 1 if shown <= WIDEST_PAGE else 2
    set_page(sheet, master.title, wide=wide)
    if wide > 1:
        sheet.repeat_columns(0, master.codes.index("_year") + 1)


def _validate_field(sheet: Worksheet, lists: Lists, column: int, field: Field) -> None:
    """Warn about what the merge would not be able to read; a warning, because the merge tells the same again."""
    area = (FIRST, column, DEEPEST_ROW, column)
    warn = {"error_type": "warning", "error_title": field.label}
    if field.kind is Kind.CHOICE and field.choices:
        message = "Hãy chọn một mục trong danh sách."
        sheet.data_validation(
            *area, {"validate": "list", "source": lists.of_codes(field.choices), "error_message": message, **warn}
        )
    elif field.kind is Kind.DATE:
        low, high = date(1990, 1, 1), date(2099, 12, 31)
        message = "Hãy ghi ngày dạng ngày/tháng/năm, ví dụ 15/3/2024."
        sheet.data_validation(
            *area,
            {"validate": "date", "criteria": "between", "minimum": low, "maximum": high, "error_message": message}
            | warn,
        )
    elif field.kind is Kind.COUNT:
        message = "Hãy ghi số nguyên, không âm."
        sheet.data_validation(
            *area, {"validate": "integer", "criteria": ">=", "value": 0, "error_message": message, **warn}
        )


def _write_plan_tasks(sheet: Worksheet, styles: Styles, setup: Setup) -> None:
    members = set(setup.units.members)
    rows = [_task_row(task) for task in setup.plan.tasks]
    looks = {(n, "NGUYEN_VAN"): {"italic": True} for n in range(len(rows))}
    last = write_table(sheet, styles, PLAN_TASKS, rows, looks=looks)
    tasks = data_table(BY_CODE["NHIEM_VU"])
    mine = f"{tasks.whole('MA_NV')},$A{{row}},{tasks.whole('_year')},{NAME_YEAR}"
    state = tasks.whole("TRANG_THAI")
    expected = f"IFERROR(INDEX({YEARS.whole('expected')},MATCH({NAME_YEAR},{YEARS.whole('year')},0)),0)"
    centre = styles.body(Look.CENTRE, bg_color=PAPER)
    for n, task in enumerate(setup.plan.tasks):
        row = FIRST + n + 1
        counted = f"COUNTIFS({mine.format(row=row)})"
        # The city may report on a ward's task too, but it is not one of those who owe it.
        wards = f'COUNTIFS({mine.format(row=row)},{tasks.whole("_uid")},"<>{setup.units.city}")'
        owed = f'=IF({wards}+{expected}=0,"–",{wards}&"/"&{expected})'
        free = f'=IF({counted}=0,"–",{counted}&"")'
        sheet.write_formula(f"J{row}", owed if members & set(task.obligated) else free, centre, "–")
        for letters, word in (("K", "Hoàn thành*"), ("L", "Quá hạn*")):
            formula = f'COUNTIFS({mine.format(row=row)},{state},"{word}")'
            sheet.write_formula(f"{letters}{row}", f'=IF({formula}=0,"–",{formula}&"")', centre, "–")
        lines = max(len(task.verbatim) / 58, len(task.lead) / 23, len(task.deliverable) / 27, 1)
        sheet.set_row(FIRST + n, 16 * (int(lines) + 1) + 3)
    red = {"type": "cell", "criteria": "!=", "value": '"–"', "format": styles.colour_only(layouts.BAD)}
    sheet.conditional_format(f"L{FIRST + 1}:L{last + 1}", red)
    set_page(sheet, PLAN_TASKS.title)
    sheet.freeze_panes(FIRST, 1)


def _task_row(task: Task) -> list[Cell]:
    return [
        task.id,
        task.section,
        task.verbatim,
        task.lead,
        task.coordinating,
        task.due,
        task.due_on,
        task.cadence,
        task.deliverable,
        None,
        None,
        None,
    ]


def _write_merge_sheets(sheets: Mapping[str, Worksheet], styles: Styles, lists: Lists, bodies: Bodies) -> None:
    for table, hidden in (
        (FIGURES, ()),
        (MONITORED, ()),
        (YEARS, ()),
        (PROGRESS, ("uid",)),
        (ERRORS, ()),
        (CONFLICTS, ()),
        (LOG, ()),
    ):
        write_table(sheets[table.tab], styles, table, bodies.get(table.name, ()), hidden_columns=hidden)
        set_page(sheets[table.tab], table.title)
    column = CONFLICTS.codes.index("decision")
    options = {"validate": "list", "source": lists.range_of("XUNG_DOT.decision", CONFLICT_DECISIONS)}
    sheets[CONFLICTS.tab].data_validation(FIRST, column, DEEPEST_ROW, column, options)
    _colour_states(sheets[PROGRESS.tab], styles)
    _colour_severities(sheets[ERRORS.tab], styles)


def _colour_states(sheet: Worksheet, styles: Styles) -> None:
    first = f"${PROGRESS.letters('state')}{FIRST + 1}"
    cells = f"{PROGRESS.letters('state')}{FIRST + 1}:{PROGRESS.letters('state')}{DEEPEST_ROW}"
    states = (("chưa nộp", layouts.BAD), ("trễ", layouts.AMBER), ("đang chờ", layouts.BAD), ("lỗi", layouts.AMBER))
    for word, colour in (*states, ("đúng hạn", layouts.GREEN)):
        criteria = f'=ISNUMBER(SEARCH("{word}",{first}))'
        sheet.conditional_format(
            cells, {"type": "formula", "criteria": criteria, "format": styles.colour_only(colour), "stop_if_true": True}
        )


def _colour_severities(sheet: Worksheet, styles: Styles) -> None:
    first = f"$B{FIRST + 1}"
    for word, colour in (("cần sửa", layouts.BAD), ("cần xem", layouts.AMBER), ("để biết", layouts.GREY)):
        criteria = f'=ISNUMBER(SEARCH("{word}",{first}))'
        rule = {"type": "formula", "criteria": criteria, "format": styles.colour_only(colour)}
        sheet.conditional_format(f"B{FIRST + 1}:B{DEEPEST_ROW}", rule)
