"""What a cell of a unit's workbook lets people type, and what it says when it does not: by the field's kind.

Lists refuse (one click on the list mends it). Dates only warn, since a date written as text is read all the same.
Money takes any text ("20 triệu") but no fraction and no number below the smallest: 1,4 typed for 1.400 stops here.
"""

from __future__ import annotations

from typing import Any

from workbooks import layouts
from xl_ctd.core.tables import Field, Kind, Table
from xl_ctd.messages import message

Rule = dict[str, Any]

LINKS = {("HO_TRO", "MA_DC"): "DS.MA_DC", ("HO_TRO", "MA_HD"): "DS.MA_HD", ("NHIEM_VU", "MA_NV"): "DM.nhiem_vu"}
"""Fields that repeat a code of another table: offered as a list, another code is accepted after a warning."""

LONGEST_TEXT = {("DIA_CHI", "HOAN_CANH"): 200}


def guard() -> Rule:
    """Nothing may be typed here: headers, ids, formulas."""
    return {"validate": "custom", "value": "=FALSE", **_refusal("ward-guarded")}


def rule_of(table: Table, field: Field, cell: str, year: int) -> Rule | None:
    """The rule of a field's column, ``cell`` being its first data cell such as ``C7``; None: anything goes."""
    if field.kind is Kind.AUTO:
        return guard()
    rule = _rule(table, field, cell, year)
    prompt = _prompt(field)
    if rule is None and prompt is None:
        return None
    rule = rule or {"validate": "any"}
    if prompt:
        rule |= {"input_title": field.label[:32], "input_message": prompt[:255]}
    return rule


def _rule(table: Table, field: Field, cell: str, year: int) -> Rule | None:
    if (table.code, field.code) in LINKS:
        return {
            "validate": "list",
            "source": f"={LINKS[table.code, field.code]}",
            **_warning("ward-code-unknown", field=field.label),
        }
    if (table.code, field.code) in LONGEST_TEXT:
        limit = LONGEST_TEXT[table.code, field.code]
        return {"validate": "length", "criteria": "<=", "value": limit, **_warning("ward-too-long", limit=limit)}
    match field.kind:
        case Kind.CHOICE:
            return {"validate": "list", "source": f"=DM.{field.choices}", **_refusal("ward-not-in-list")}
        case Kind.DATE:
            return _date(table, field, year)
        case Kind.YEAR:
            return _between("integer", 1900, year + 1, _refusal("ward-not-a-year", last=year + 1))
        case Kind.COUNT:
            return {"validate": "integer", "criteria": ">=", "value": 0, **_refusal("ward-not-a-count")}
        case Kind.NUMBER:
            return {"validate": "decimal", "criteria": ">=", "value": 0, **_refusal("ward-not-a-number")}
        case Kind.PERCENT:
            return _between("decimal", 0, 1, _refusal("ward-not-a-percent"))
        case Kind.MONEY:
            least = field.minimum if field.minimum is not None else 0
            allowed = f"=OR(ISTEXT({cell}),AND(ISNUMBER({cell}),{cell}>={least},{cell}=INT({cell})))"
            return {"validate": "custom", "value": allowed, **_refusal("ward-not-money")}
        case _:
            return None


def _date(table: Table, field: Field, year: int) -> Rule:
    event = field.code == table.date_field
    first, code = (f"=DATE({year},1,1)", "ward-date-outside") if event else ("=DATE(1930,1,1)", "ward-not-a-date")
    return _between("date", first, f"=DATE({year},12,31)", _warning(code, year=year))


def _between(kind: str, first: object, last: object, words: Rule) -> Rule:
    return {"validate": kind, "criteria": "between", "minimum": first, "maximum": last, **words}


def _refusal(code: str, **args: object) -> Rule:
    return {
        "error_title": message("ward-refused-title"),
        "error_message": message(code, args)[:255],
        "error_type": "stop",
    }


def _warning(code: str, **args: object) -> Rule:
    return {
        "error_title": message("ward-warning-title"),
        "error_message": message(code, args)[:255],
        "error_type": "warning",
    }


def _prompt(field: Field) -> str | None:
    """A word beside the cell only where it helps: dates, money, and fields with a hint of their own."""
    by_kind = {Kind.DATE: "ward-prompt-date", Kind.MONEY: "ward-prompt-money"}.get(field.kind)
    parts = [message(by_kind)] if by_kind else []
    if field.hint:
        parts.append(f"{field.hint}.")
    return "\n".join(parts) or None


def first_cell(letters: str) -> str:
    """The first data cell of a column, as rules name it."""
    return f"{letters}{layouts.FIRST_ROW}"
