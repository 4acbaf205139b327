"""Conditional formats: where a rule applies, and what the cells then look like.

https://developers.google.com/workspace/sheets/api/guides/conditional-format
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sync.emulator.a1 import Box
from sync.emulator.dimensions import displaced, with_references
from sync.emulator.errors import invalid
from sync.emulator.formulas import ErrorValue, Scalar, is_readable
from sync.emulator.grid import JSON, NOTHING, Calculator, Spreadsheet, Tab
from sync.emulator.locales import locale_of, typed
from sync.emulator.number_formats import shown


def check_rule(spreadsheet: Spreadsheet, tab: Tab, rule: JSON) -> None:
    """Raise for a formula that cannot be read, or that names another tab: only INDIRECT reaches there."""
    condition = rule.get("booleanRule", {}).get("condition", {})
    if condition.get("type") != "CUSTOM_FORMULA":
        return
    text = str((condition.get("values") or [{}])[0].get("userEnteredValue", ""))
    if not text.startswith("=") or not is_readable(text, spreadsheet.locale):
        raise invalid(f"Invalid ConditionValue.userEnteredValue: {text}")

    def look(title: str | None, cells: str) -> None:
        if title is not None and title.lower() != tab.title.lower():
            raise invalid("Conditional format rule cannot reference a different sheet.")

    with_references(text, look)


def format_at(spreadsheet: Spreadsheet, tab: Tab, row: int, column: int, calculator: Calculator) -> Mapping[str, Any]:
    """What the rules give a cell; where two rules apply, the earlier one wins."""
    given: Mapping[str, Any] = NOTHING
    for rule in tab.conditional:
        boxes = [tab.box_of(one) for one in rule["ranges"]]
        if "booleanRule" not in rule or not any(_holds(box, row, column) for box in boxes):
            continue
        origin = min((box.top, box.left) for box in boxes)
        if _applies(spreadsheet, tab, rule["booleanRule"]["condition"], (row, column), origin, calculator):
            given = {**rule["booleanRule"].get("format", {}), **given}
    return given


def _holds(box: Box, row: int, column: int) -> bool:
    return box.top <= row < box.bottom and box.left <= column < box.right


def _applies(
    spreadsheet: Spreadsheet,
    tab: Tab,
    condition: JSON,
    place: tuple[int, int],
    origin: tuple[int, int],
    calculator: Calculator,
) -> bool:
    kind = condition["type"]
    given = [str(one.get("userEnteredValue", "")) for one in condition.get("values") or []]
    value = calculator.value(tab, *place)
    if kind == "CUSTOM_FORMULA":
        text = displaced(given[0], place[0] - origin[0], place[1] - origin[1])
        return _is_true(calculator.formula(tab, text))
    if kind in ("BLANK", "NOT_BLANK"):
        is_blank = value is None or value == ""
        return is_blank is (kind == "BLANK")
    if isinstance(value, ErrorValue) or value is None:
        return False
    text = shown(value, tab.cell(*place).format.get("numberFormat"), spreadsheet.locale).lower()
    if kind in ("TEXT_EQ", "TEXT_CONTAINS", "TEXT_NOT_CONTAINS", "TEXT_STARTS_WITH", "TEXT_ENDS_WITH"):
        wanted = given[0].lower()
        found: dict[str, bool] = {
            "TEXT_EQ": text == wanted,
            "TEXT_CONTAINS": wanted in text,
            "TEXT_NOT_CONTAINS": wanted not in text,
            "TEXT_STARTS_WITH": text.startswith(wanted),
            "TEXT_ENDS_WITH": text.endswith(wanted),
        }
        return found[kind]
    return _number_applies(spreadsheet, kind, given, value, calculator)


def _number_applies(
    spreadsheet: Spreadsheet, kind: str, given: list[str], value: Scalar, calculator: Calculator
) -> bool:
    bounds = [typed(text, locale_of(spreadsheet.locale), calculator.today).value for text in given]
    if isinstance(value, bool | str) or not all(isinstance(bound, int | float) for bound in bounds):
        return False
    first, *rest = (float(bound) for bound in bounds if isinstance(bound, int | float))
    number = float(value) if isinstance(value, int | float) else 0.0
    return {
        "NUMBER_GREATER": number > first,
        "NUMBER_GREATER_THAN_EQ": number >= first,
        "NUMBER_LESS": number < first,
        "NUMBER_LESS_THAN_EQ": number <= first,
        "NUMBER_EQ": number == first,
        "NUMBER_NOT_EQ": number != first,
        "NUMBER_BETWEEN": bool(rest) and first <= number <= rest[0],
        "NUMBER_NOT_BETWEEN": bool(rest) and not first <= number <= rest[0],
    }.get(kind, False)


def _is_true(value: Scalar) -> bool:
    return isinstance(value, bool | int | float) and bool(value)


def coloured(
    spreadsheet: Spreadsheet, tab: Tab, box: Box, calculator: Calculator
) -> Iterator[tuple[int, int, Mapping[str, Any]]]:
    """Cells that a rule has given a background, with its colour."""
    for row in range(box.top, box.bottom):
        for column in range(box.left, box.right):
            colour = format_at(spreadsheet, tab, row, column, calculator).get("backgroundColor")
            if colour is not None:
                yield row, column, colour
