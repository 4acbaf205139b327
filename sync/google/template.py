"""The shared sheet of one unit and year, described: the same tables, headers and tabs as the unit's workbook.

Left out are the columns that calculate (their results come back in ``Kết quả``) and every personal one: names and
identity numbers never stand in a shared sheet. Nothing here talks to Google; ``shaping.py`` makes requests of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from sync.google.answers import FEEDBACK_TAB
from workbooks import layouts
from workbooks.layouts import COVER_FIRST_ROW, COVER_PREFIX, COVER_TAB, RID
from workbooks.ward_cover import HIDDEN, HINTS, TO_FILL, cover_values
from workbooks.ward_style import width_of
from workbooks.ward_validation import LINKS
from xl_ctd.core.codes import CODE_LISTS
from xl_ctd.core.rids import mint
from xl_ctd.core.setup import Setup
from xl_ctd.core.tables import BY_CODE, COVER, WARD_TABLES, Field, Kind, Table
from xl_ctd.core.units import Unit
from xl_ctd.messages import message

Row = Mapping[str, object]
Json = dict[str, Any]

LOCALE, TIME_ZONE = "vi_VN", "Asia/Ho_Chi_Minh"
COVER_ID, FIRST_TABLE_ID, FEEDBACK_ID, RESULTS_ID = 0, 101, 191, 192
"""Our own numbers of the tabs: they stay when a tab is renamed or moved. A new spreadsheet's one tab has number 0."""
SPARE_ROWS = 100
"""Rows below the prepared ones, for people who type on."""
CELL_PIXELS = 7.5
"""About the width of one character of Excel's column widths."""

EVENTS_WORDS = "{guidance} Cột có dấu * bắt buộc. Họ tên, số giấy tờ không ghi vào bảng tính dùng chung."


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column of a shared table: its name for programs, its header, how its cells look and what they accept."""

    code: str
    header: str
    number_format: Json
    validation: Json | None
    pixels: int


@dataclass(frozen=True, slots=True)
class SheetTab:
    """One tab: ``cells`` stand there from the beginning, row and column from 0; ``columns`` only in a table's tab."""

    id: int
    title: str
    rows: int
    width: int
    cells: Mapping[tuple[int, int], object]
    columns: tuple[SheetColumn, ...] = ()
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    frozen_rows: int = 0
    is_ours: bool = False
    open_cells: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class SheetTemplate:
    """A whole shared sheet: whose it is, for which year, and its tabs in order."""

    title: str
    unit: str
    year: int
    tabs: tuple[SheetTab, ...]

    @property
    def signature(self) -> str:
        """Changes when the template does; a sheet that carries another one is brought up to date."""
        shape = [(t.id, t.title, t.columns, t.hidden_rows, t.hidden_columns, t.is_ours) for t in self.tabs]
        return f"{layouts.TEMPLATE_VERSION}-{blake2b(repr(shape).encode(), digest_size=6).hexdigest()}"


def title_of(unit: Unit, year: int) -> str:
    """The spreadsheet's name, as the unit's workbook would be called, with words for people."""
    return f"CTD_{unit.code}_{year} {unit.name}"


def shared_fields(table: Table) -> tuple[Field, ...]:
    """The fields that a shared sheet has: what is typed and is nobody's secret."""
    return table.stored


def sheet_template(
    unit: Unit, year: int, setup: Setup, cover: Mapping[str, object], tables: Mapping[str, Sequence[Row]]
) -> SheetTemplate:
    """The sheet of a unit and year; ``cover`` and ``tables`` prefill it, as in ``build_unit_workbook``."""
    tabs = [_cover(unit, year, cover)]
    for number, table in enumerate(WARD_TABLES):
        tabs.append(_table(FIRST_TABLE_ID + number, unit, year, setup, table, tables.get(table.code, ())))
    tabs.append(_served(FEEDBACK_ID, FEEDBACK_TAB, "feedback", 9))
    tabs.append(_served(RESULTS_ID, layouts.RESULT_TAB, "results", 6))
    return SheetTemplate(title_of(unit, year), unit.uid, year, tuple(tabs))


def _cover(unit: Unit, year: int, given: Mapping[str, object]) -> SheetTab:
    values = cover_values(unit, year, given, f"google/{unit.uid}/{year}")
    fields = [field for field in COVER if not field.personal and field.kind is not Kind.AUTO]
    cells: dict[tuple[int, int], object] = {
        (0, 0): f"HỘI CHỮ THẬP ĐỎ {unit.name.upper()} · {unit.code} · NĂM {year}",
        (1, 0): f"Báo cáo công tác Chữ thập đỏ năm {year}",
        (2, 0): "Điền các ô nền trắng. Không ghi họ tên, số giấy tờ của ai vào bảng tính này.",
    }
    open_cells, hidden = [], []
    for number, field in enumerate(fields, COVER_FIRST_ROW - 1):
        cells[number, 0] = layouts.header_of(field)
        cells[number, 1] = _in_words(field, values.get(field.code))
        cells[number, 2] = HINTS.get(field.code) or field.hint
        cells[number, 3] = f"{COVER_PREFIX}.{field.code}"
        if field.code in TO_FILL:
            open_cells.append((number, 1))
        if field.code in HIDDEN:
            hidden.append(number)
    return SheetTab(
        COVER_ID,
        COVER_TAB,
        COVER_FIRST_ROW + len(fields) + 5,
        4,
        {place: value for place, value in cells.items() if value not in (None, "")},
        hidden_rows=tuple(hidden),
        hidden_columns=(3,),
        open_cells=tuple(open_cells),
    )


def cover_formats() -> list[tuple[int, Json, Json | None]]:
    """Row of the cover, from 0 → number format and rule of its value."""
    table = Table(COVER_PREFIX, COVER_TAB, COVER, natural_key=())
    fields = [field for field in COVER if not field.personal and field.kind is not Kind.AUTO]
    return [
        (number, number_format(field), _validation(table, field, 0, ()) if field.code in TO_FILL else None)
        for number, field in enumerate(fields, COVER_FIRST_ROW - 1)
    ]


def _table(tab_id: int, unit: Unit, year: int, setup: Setup, table: Table, rows: Sequence[Row]) -> SheetTab:
    fields = shared_fields(table)
    columns = [_column(table, field, year, setup) for field in fields]
    columns.append(SheetColumn(f"{table.code}.{RID}", RID, {"type": "TEXT", "pattern": "@"}, None, 120))
    height = max(len(rows), layouts.BLANK_ROWS[table.code])
    cells: dict[tuple[int, int], object] = {
        (layouts.TITLE_ROW - 1, 0): layouts.TABS[table.code],
        (layouts.GUIDANCE_ROW - 1, 0): EVENTS_WORDS.format(guidance=table.guidance),
    }
    for number, column in enumerate(columns):
        cells[layouts.CODE_ROW - 1, number] = column.code
        cells[layouts.HEADER_ROW - 1, number] = column.header
    first = layouts.FIRST_ROW - 1
    for offset in range(height):
        own = rows[offset] if offset < len(rows) else {}
        for number, field in enumerate(fields):
            if own.get(field.code) not in (None, ""):
                cells[first + offset, number] = own[field.code]
        rid = own[RID] if RID in own else mint(unit.code, unit.uid, table.code, f"{year}/{offset + 1}")
        if rid:
            cells[first + offset, len(fields)] = rid
    return SheetTab(
        tab_id,
        layouts.TABS[table.code],
        first + height + SPARE_ROWS,
        len(columns),
        cells,
        tuple(columns),
        hidden_rows=(layouts.CODE_ROW - 1,),
        hidden_columns=(len(fields),),
        frozen_rows=layouts.HEADER_ROW,
    )


def _served(tab_id: int, title: str, name: str, width: int) -> SheetTab:
    cells: dict[tuple[int, int], object] = {(0, 0): message(f"{name}-title"), (1, 0): message(f"{name}-guidance")}
    hidden = (7, 8) if tab_id == FEEDBACK_ID else ()
    return SheetTab(tab_id, title, 60, width, cells, hidden_columns=hidden, frozen_rows=4, is_ours=True)


def _column(table: Table, field: Field, year: int, setup: Setup) -> SheetColumn:
    tasks = tuple(task.id for task in setup.plan.tasks)
    width = int(width_of(table.code, field) * CELL_PIXELS)
    code = f"{table.code}.{field.code}"
    return SheetColumn(
        code, layouts.header_of(field), number_format(field), _validation(table, field, year, tasks), width
    )


def number_format(field: Field) -> Json:
    """How a field's cells are formatted. Text is text before anybody types: a number cell drops its leading zeros."""
    match field.kind:
        case Kind.DATE:
            return {"type": "DATE", "pattern": "dd/mm/yyyy"}
        case Kind.MONEY | Kind.COUNT:
            return {"type": "NUMBER", "pattern": "#,##0"}
        case Kind.NUMBER:
            return {"type": "NUMBER", "pattern": "#,##0.###"}
        case Kind.YEAR:
            return {"type": "NUMBER", "pattern": "0"}
        case Kind.PERCENT:
            return {"type": "PERCENT", "pattern": "0%"}
        case _:
            return {"type": "TEXT", "pattern": "@"}


def _validation(table: Table, field: Field, year: int, tasks: Sequence[str]) -> Json | None:
    """What a cell accepts. Lists and numbers refuse; dates and codes of other tables only warn, as in the workbook."""
    if (table.code, field.code) == ("NHIEM_VU", "MA_NV"):
        return _rule("ONE_OF_LIST", tasks, strict=False, shown=True) if tasks else None
    if (table.code, field.code) in LINKS:
        other = BY_CODE["DIA_CHI" if field.code == "MA_DC" else "HOAT_DONG"]
        letters = layouts.column_letters([one.code for one in shared_fields(other)].index(field.code) + 1)
        tab = layouts.TABS[other.code]
        cells = f"='{tab}'!${letters}${layouts.FIRST_ROW}:${letters}${layouts.FORMULA_LAST_ROW}"
        return _rule("ONE_OF_RANGE", [cells], strict=False, shown=True)
    match field.kind:
        case Kind.CHOICE:
            words = [choice.words for choice in CODE_LISTS[field.choices or ""]]
            return _rule("ONE_OF_LIST", words, strict=True, shown=True)
        case Kind.DATE:
            return _rule("DATE_IS_VALID", (), strict=False, words=message("ward-prompt-date"))
        case Kind.YEAR:
            return _rule("NUMBER_BETWEEN", ("1900", str(year + 1)), strict=True) if year else None
        case Kind.COUNT | Kind.NUMBER:
            return _rule("NUMBER_GREATER_THAN_EQ", ("0",), strict=True)
        case Kind.PERCENT:
            return _rule("NUMBER_BETWEEN", ("0", "1"), strict=True)
        case _:
            return None


def _rule(kind: str, values: Sequence[str], *, strict: bool, shown: bool = False, words: str | None = None) -> Json:
    condition: Json = {"type": kind}
    if values:
        condition["values"] = [{"userEnteredValue": value} for value in values]
    rule: Json = {"condition": condition, "strict": strict}
    if shown:
        rule["showCustomUi"] = True
    if words:
        rule["inputMessage"] = words
    return rule


def _in_words(field: Field, value: object) -> object:
    if field.choices is None:
        return value
    return next((choice.words for choice in CODE_LISTS[field.choices] if choice.code == value), value)


def cell_value(value: object) -> Json:
    """A value as Google's ``userEnteredValue``: text stays text whatever it begins with, a day is its serial."""
    if value is None or value == "":
        return {}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, date):
        return {"numberValue": (date(value.year, value.month, value.day) - date(1899, 12, 30)).days}
    if isinstance(value, int | float | Decimal):
        return {"numberValue": int(value) if value == int(value) else float(value)}
    return {"stringValue": str(value)}
