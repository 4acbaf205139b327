"""Data validation as a person meets it: what a rule refuses.

https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/other#ConditionType
The API itself writes whatever it is given; a strict rule stops only what is typed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sync.emulator.grid import Calculator, Spreadsheet, Value
from sync.emulator.locales import Formula, locale_of, typed
from sync.emulator.number_formats import shown

_NUMBERS: Mapping[str, Callable[[float, Sequence[float]], bool]] = {
    "NUMBER_GREATER": lambda number, bounds: number > bounds[0],
    "NUMBER_GREATER_THAN_EQ": lambda number, bounds: number >= bounds[0],
    "NUMBER_LESS": lambda number, bounds: number < bounds[0],
    "NUMBER_LESS_THAN_EQ": lambda number, bounds: number <= bounds[0],
    "NUMBER_EQ": lambda number, bounds: number == bounds[0],
    "NUMBER_NOT_EQ": lambda number, bounds: number != bounds[0],
    "NUMBER_BETWEEN": lambda number, bounds: bounds[0] <= number <= bounds[1],
    "NUMBER_NOT_BETWEEN": lambda number, bounds: not bounds[0] <= number <= bounds[1],
}


def broken_rule(spreadsheet: Spreadsheet, rule: Mapping[str, Any], value: Value, calculator: Calculator) -> bool:
    """Whether a strict rule refuses a value. A blank cell is always allowed, and so is a formula."""
    if not rule.get("strict") or value is None or isinstance(value, Formula):
        return False
    condition = rule["condition"]
    kind = condition["type"]
    bounds = [one.get("userEnteredValue", "") for one in condition.get("values") or []]
    if kind in _NUMBERS:
        if isinstance(value, bool | str):
            return True
        return not _NUMBERS[kind](value, [_number(spreadsheet, bound) for bound in bounds])
    text = shown(value, None, spreadsheet.locale)
    if kind == "ONE_OF_LIST":
        return text not in bounds
    if kind == "ONE_OF_RANGE":
        tab, box, _ = spreadsheet.resolve(bounds[0].removeprefix("="))
        allowed = {calculator.value(tab, row, column) for row, column, _ in tab.filled(box)}
        return value not in allowed
    if kind == "DATE_IS_VALID":
        return isinstance(value, bool | str)
    if kind == "TEXT_CONTAINS":
        return bounds[0].lower() not in text.lower()
    return kind == "BOOLEAN" and not isinstance(value, bool)


def _number(spreadsheet: Spreadsheet, text: str) -> float:
    value = typed(text, locale_of(spreadsheet.locale), date.min).value
    return float(value) if isinstance(value, int | float) else float("nan")
