"""The calculated columns of a unit's workbook: one formula each, and the value it will show, so that phones and
programs that do not calculate see it too.

Only functions of Excel 2010. Money typed as words ("20 triệu") cannot be added by a formula: the cell then says
``WAITING`` and the words are read when the workbook is merged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from workbooks import layouts
from xl_ctd.core.codes import CODE_LISTS, FIELD_OF_ACTIVITY
from xl_ctd.core.tables import BY_CODE, Kind, Table

WAITING = "chờ đọc"
NO_FIELD = "–"
"""Shown as the statutory field of a kind of activity that belongs to none."""

Row = Mapping[str, object]
Reference = Callable[[str], str]
Shown = str | int | float


def whole(table: str, field: str) -> str:
    """The defined name of a column, down to the last line in use: ``QUY.SO_TIEN``."""
    return f"{table}.{field}"


def lines_in_use(table: str) -> str:
    """The defined name of how many lines down a table's last written one stands; at least 1."""
    return f"{table}.SO_DONG"


def last_line(table: Table) -> str:
    """The formula behind ``lines_in_use``: the only one that looks at every line."""
    tab, inputs = f"'{layouts.TABS[table.code]}'", {f.code for f in table.fields if f.kind is not Kind.AUTO}
    columns = [
        f"{tab}!${column.letters}${layouts.HEADER_ROW}:${column.letters}${layouts.FORMULA_LAST_ROW}"
        for column in layouts.unit_columns(table)
        if column.code in inputs
    ]
    written = "+".join(f"LEN({column})" for column in columns)
    return f"=MAX(1,SUMPRODUCT(MAX(({written}>0)*ROW({columns[0]})))-ROW({tab}!$A${layouts.HEADER_ROW}))"


def this_row(table: str) -> Reference:
    """How a table's own formula names a cell of its line, whatever the line."""
    fields = BY_CODE[table].by_code
    return lambda field: f"{layouts.table_name(table)}[[#This Row],[{layouts.header_of(fields[field])}]]"


def cell_in(table: str, line: int) -> Reference:
    """How a conditional format names a cell of a line: ``$H7``."""
    letters = {column.code: column.letters for column in layouts.unit_columns(BY_CODE[table])}
    return lambda field: f"${letters[field]}{line}"


def is_one_of(reference: str, list_name: str, *codes: str) -> str:
    """1 where a cell holds one of these entries, as words or as a pasted code; else 0. Works on whole columns."""
    entries = {choice.code: choice.words for choice in CODE_LISTS[list_name]}
    texts = dict.fromkeys(text for code in codes for text in (entries[code], code))
    return "(" + "+".join(f'({reference}="{text}")' for text in texts) + ")"


def _until_here(table: str, day: str, this: Reference) -> str:
    """1 for the lines dated before this one, and those of the same day that stand no lower: sorting does no harm."""
    days = whole(table, day)
    return f"ISNUMBER({days})*(({days}<{this(day)})+({days}={this(day)})*(ROW({days})<=ROW({this(day)})))"


def _field_of_law(this: Reference) -> str:
    kind = this("LOAI")
    by_words = f"INDEX(DM.linh_vuc_theo_loai,MATCH({kind},DM.loai_hoat_dong,0))"
    by_code = f"INDEX(DM.linh_vuc_theo_loai,MATCH({kind},DM.ma_loai_hoat_dong,0))"
    return f'IF({kind}="","",IFERROR({by_words},IFERROR({by_code},"")))'


def _sum_of(*fields: str, waiting: bool) -> Callable[[Reference], str]:
    def formula(this: Reference) -> str:
        cells = [this(field) for field in fields]
        blank = "&".join(cells) + '=""'
        total = f"SUM({','.join(cells)})"
        if waiting:
            texts = "+".join(f"ISTEXT({cell})" for cell in cells)
            total = f'IF({texts}>0,"{WAITING}",{total})'
        return f'IF({blank},"",{total})'

    return formula


def _millilitres(this: Reference) -> str:
    small, middle, large = (this(f"TUI_{size}") for size in (250, 350, 450))
    return f'IF({small}&{middle}&{large}="","",250*N({small})+350*N({middle})+450*N({large}))'


def _safe_bags(this: Reference) -> str:
    bags = [this(f"TUI_{size}") for size in (250, 350, 450)]
    return f'IF({"&".join(bags)}="","",SUM({",".join(bags)})-N({this("HUY")}))'


def _registered_so_far(this: Reference) -> str:
    table, day = "HIEN_MO_TANG", this("NGAY")
    here = _until_here(table, "NGAY", this)
    new, gone = whole(table, "DANG_KY"), whole(table, "HUY")
    return f'IF(ISNUMBER({day}),SUMPRODUCT({here},{new})-SUMPRODUCT({here},{gone}),"")'


def _balance(this: Reference) -> str:
    flow, earmarked = whole("QUY", "THU_CHI"), whole("QUY", "MUC_DICH")
    signed = f"({is_one_of(flow, 'thu_chi', 'T')}-{is_one_of(flow, 'thu_chi', 'C')})"
    own = f"(1-{is_one_of(earmarked, 'co_khong', 'C')})"
    booked = f"SUMPRODUCT({_until_here('QUY', 'NGAY', this)}*{signed}*{own},{whole('QUY', 'SO_TIEN')})"
    amount = this("SO_TIEN")
    known = f'IF(ISTEXT({amount}),"{WAITING}",N(BIA.DU_DAU)+{booked})'
    return f'IF(ISNUMBER({this("NGAY")}),IF({amount}="","",{known}),"")'


FORMULAS: Mapping[tuple[str, str], Callable[[Reference], str]] = {
    ("HOAT_DONG", "LINH_VUC"): _field_of_law,
    ("HOAT_DONG", "TONG"): _sum_of("TIEN", "HIEN_VAT", "NGAY_CONG", waiting=True),
    ("HIEN_MAU", "TONG_TUI"): _sum_of("TUI_250", "TUI_350", "TUI_450", waiting=False),
    ("HIEN_MAU", "TONG_ML"): _millilitres,
    ("HIEN_MAU", "AN_TOAN"): _safe_bags,
    ("HIEN_MO_TANG", "LUY_KE"): _registered_so_far,
    ("QUY", "SO_DU"): _balance,
}


# --- the values that stand in the file until somebody's program calculates ---------------------------------------


def shown_values(table: str, field: str, rows: Sequence[Row], opening: object) -> list[Shown]:
    """What the calculated column shows for each row; blank where its inputs are blank."""
    if field == "SO_DU":
        return _balances(rows, _number(opening))
    if field == "LUY_KE":
        return _counted_so_far(rows)
    return [_VALUES[table, field](row) for row in rows]


def _number(value: object) -> int | float:
    """A cell as ``N()`` and ``SUM()`` see it: text, blank and TRUE add nothing here."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0


def _blank(value: object) -> bool:
    return value is None or value == ""


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None


def _means(value: object, list_name: str, code: str) -> bool:
    words = next(choice.words for choice in CODE_LISTS[list_name] if choice.code == code)
    return isinstance(value, str) and value.casefold() in (code.casefold(), words.casefold())


def _field_words(row: Row) -> Shown:
    kind = row.get("LOAI")
    code = next(
        (choice.code for choice in CODE_LISTS["loai_hoat_dong"] if _means(kind, "loai_hoat_dong", choice.code)), ""
    )
    return field_of_law_words(code) if code else ""


def field_of_law_words(activity: str) -> str:
    """The statutory field of a kind of activity, in words."""
    words = {choice.code: choice.words for choice in CODE_LISTS["linh_vuc"]}
    field = FIELD_OF_ACTIVITY[activity]
    return words[field] if field else NO_FIELD


def _money_total(row: Row) -> Shown:
    values = [row.get(code) for code in ("TIEN", "HIEN_VAT", "NGAY_CONG")]
    if all(map(_blank, values)):
        return ""
    return WAITING if any(isinstance(value, str) for value in values) else sum(map(_number, values))


def _bags(weights: tuple[int, int, int], discards: bool) -> Callable[[Row], Shown]:
    def value(row: Row) -> Shown:
        bags = [row.get(f"TUI_{size}") for size in (250, 350, 450)]
        if all(map(_blank, bags)):
            return ""
        total = sum(weight * _number(bag) for weight, bag in zip(weights, bags, strict=True))
        return total - (_number(row.get("HUY")) if discards else 0)

    return value


_VALUES: Mapping[tuple[str, str], Callable[[Row], Shown]] = {
    ("HOAT_DONG", "LINH_VUC"): _field_words,
    ("HOAT_DONG", "TONG"): _money_total,
    ("HIEN_MAU", "TONG_TUI"): _bags((1, 1, 1), False),
    ("HIEN_MAU", "TONG_ML"): _bags((250, 350, 450), False),
    ("HIEN_MAU", "AN_TOAN"): _bags((1, 1, 1), True),
}


def _running(rows: Sequence[Row], start: int | float, amount: Callable[[Row], int | float]) -> list[Shown]:
    """The running total in order of days, written back to each row's own place."""
    dated = sorted((day, index) for index, row in enumerate(rows) if (day := _day(row.get("NGAY"))))
    shown: list[Shown] = [""] * len(rows)
    for _, index in dated:
        start += amount(rows[index])
        shown[index] = start
    return shown


def _counted_so_far(rows: Sequence[Row]) -> list[Shown]:
    return _running(rows, 0, lambda row: _number(row.get("DANG_KY")) - _number(row.get("HUY")))


def _balances(rows: Sequence[Row], opening: int | float) -> list[Shown]:
    def signed(row: Row) -> int | float:
        if _means(row.get("MUC_DICH"), "co_khong", "C"):
            return 0
        sign = _means(row.get("THU_CHI"), "thu_chi", "T") - _means(row.get("THU_CHI"), "thu_chi", "C")
        return sign * _number(row.get("SO_TIEN"))

    shown = _running(rows, opening, signed)
    for index, row in enumerate(rows):
        if shown[index] != "" and isinstance(row.get("SO_TIEN"), str):
            shown[index] = WAITING
        elif _blank(row.get("SO_TIEN")):
            shown[index] = ""
    return shown
