"""The workbook of one unit and year, as an officer receives it: prefilled, guarded, with its own result inside.

Built by XlsxWriter: the same inputs give the same bytes.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

from xlsxwriter.worksheet import Worksheet

from workbooks import layouts
from workbooks.layouts import FINDINGS_DAY, FINDINGS_WIDTHS
from workbooks.master_style import Styles
from workbooks.ward_cover import cover_values, define_cover_names, write_cover
from workbooks.ward_lists import write_lists, write_meta
from workbooks.ward_results import write_results
from workbooks.ward_style import new_ward_book, set_ward_page, write_heading
from workbooks.ward_tables import write_table_sheet
from xl_ctd.core.codes import CODE_LISTS
from xl_ctd.core.records import Rows
from xl_ctd.core.setup import Setup
from xl_ctd.core.submissions import UnitYear
from xl_ctd.core.tables import BY_CODE, WARD_TABLES, Kind
from xl_ctd.core.units import Unit

Row = Mapping[str, object]


def build_unit_workbook(
    path: str | Path,
    *,
    unit: Unit,
    year: int,
    setup: Setup,
    cover: Mapping[str, object] | None = None,
    tables: Mapping[str, Sequence[Row]] | None = None,
    created: date,
    file_id: str | None = None,
) -> None:
    """Write the workbook of a unit for a year.

    ``cover`` and ``tables`` prefill it: raw cell values by field code, written as the cells they are (text stays
    text); a row may bring its ``_rid``. ``created`` is the day on the file; ``file_id`` is derived when not given.
    """
    book = new_ward_book(str(path))
    moment = created if isinstance(created, datetime) else datetime.combine(created, time(8))
    book.set_properties({"title": f"{unit.name} · {year}", "author": "Hội Chữ thập đỏ", "created": moment})
    styles = Styles(book)
    values = cover_values(unit, year, cover or {}, file_id or _file_id(unit, year))
    eyebrow = f"HỘI CHỮ THẬP ĐỎ {unit.name.upper()} · {unit.code} · NĂM {year}"
    tabs = [layouts.COVER_TAB, layouts.RESULT_TAB, *(layouts.TABS[table.code] for table in WARD_TABLES)]
    hidden = [layouts.FINDINGS_TAB, layouts.LISTS_TAB, layouts.META_TAB]
    sheets = {tab: book.add_worksheet(tab) for tab in (*tabs, *hidden)}
    rows = tables or {}
    write_cover(sheets[layouts.COVER_TAB], styles, values, eyebrow, year)
    define_cover_names(book)
    for table in WARD_TABLES:
        write_table_sheet(
            book,
            sheets[layouts.TABS[table.code]],
            styles,
            table,
            rows.get(table.code, ()),
            unit=unit,
            year=year,
            eyebrow=eyebrow,
            opening=values.get("DU_DAU"),
        )
    write_results(book, sheets[layouts.RESULT_TAB], styles, unit=unit, year=year, setup=setup, eyebrow=eyebrow)
    _write_findings_sheet(sheets[layouts.FINDINGS_TAB], styles, eyebrow)
    write_lists(book, sheets[layouts.LISTS_TAB], styles, setup)
    filled = {code: len(given) for code, given in rows.items()}
    write_meta(book, sheets[layouts.META_TAB], styles, unit, year, setup, str(values["MA_TEP"]), filled)
    sheets[layouts.FINDINGS_TAB].hide()
    sheets[layouts.LISTS_TAB].hide()
    sheets[layouts.META_TAB].very_hidden()
    sheets[layouts.COVER_TAB].activate()
    book.close()


def next_year_rows(before: UnitYear) -> tuple[dict[str, object], dict[str, list[dict[str, object]]]]:
    """What lives on into next year's workbook: the cover's opening balance, and the stock tables under their ids.

    Organisations that closed, addresses that ended and teams no longer at work are carried too: whether they still
    count is decided by their dates. The opening balance is missing when this year's closing cannot be known.
    """
    tables = {
        table.code: as_typed(before.table(table.code))
        for table in WARD_TABLES
        if table.stock and len(before.table(table.code))
    }
    closing = _closing(before)
    return ({} if closing is None else {"DU_DAU": closing}), tables


def as_typed(rows: Rows) -> list[dict[str, object]]:
    """Rows in the words of the lists, as staff would have typed them."""
    fields = BY_CODE[rows.table].by_code
    words = {
        field.code: {choice.code: choice.words for choice in CODE_LISTS[field.choices]}
        for field in fields.values()
        if field.choices
    }
    typed = []
    for index, rid in enumerate(rows.rids):
        row: dict[str, object] = {
            code: words[code].get(str(value), value) if code in words else value
            for code, value in rows.row(index).items()
            if code in fields and fields[code].kind is not Kind.AUTO
        }
        typed.append({**row, layouts.RID: rid})
    return typed


def _closing(before: UnitYear) -> int | None:
    """The fund at the year's end, earmarked money apart; None without a known opening or with an unread amount."""
    opening = before.cover.get("DU_DAU")
    if not isinstance(opening, int | Decimal):
        return None
    total, book = int(opening), before.table("QUY")
    for row in book.dicts():
        amount = row.get("SO_TIEN")
        if row.get("MUC_DICH") == "C" or not isinstance(row.get("NGAY"), date):
            continue
        if not isinstance(amount, int | Decimal):
            return None
        total += {"T": 1, "C": -1}.get(str(row.get("THU_CHI")), 0) * int(amount)
    return total


def _file_id(unit: Unit, year: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{unit.uid}/{year}"))


def _write_findings_sheet(sheet: Worksheet, styles: Styles, eyebrow: str) -> None:
    """Empty until the city sends the workbook back with what it found; its lines take the look they find here."""
    set_ward_page(sheet, f"{layouts.FINDINGS_TAB} · {eyebrow}")
    write_heading(sheet, styles, eyebrow, layouts.FINDINGS_TAB, "Hội thành phố ghi vào đây những chỗ cần sửa.")
    line = {"bottom": 1, "bottom_color": layouts.LINE, "valign": "top"}
    for letters, width in zip("ABCDE", FINDINGS_WIDTHS, strict=True):
        centred = {"align": "center"} if letters in "AD" else {"align": "left", "indent": 1}
        sheet.set_column(f"{letters}:{letters}", width)
        sheet.write_blank(f"{letters}{FINDINGS_DAY}", None, styles.of(bold=True))
        sheet.write_blank(f"{letters}{FINDINGS_DAY + 1}", None, styles.header(**centred))
        sheet.write_blank(f"{letters}{FINDINGS_DAY + 2}", None, styles.of(**line, **centred, text_wrap=True))
    sheet.freeze_panes(FINDINGS_DAY + 1, 0)
    sheet.repeat_rows(FINDINGS_DAY)
