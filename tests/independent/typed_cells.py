"""Cells as people type them, read a second time: strictly, and sharing no line with the product's own reading."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from xl_ctd.core.codes import CODE_LISTS
from xl_ctd.core.tables import Kind


class Unreadable(Exception):
    """The cell holds something, but nobody can say what."""


# --- cells -------------------------------------------------------------------------------------------------------


def tidy(value: str) -> str:
    return re.sub(r"[\s\u00a0\u200b\ufeff]+", " ", unicodedata.normalize("NFC", value)).strip()


_WORDS = {
    name: {key: choice.code for choice in choices for key in (choice.words.casefold(), choice.code.casefold())}
    for name, choices in CODE_LISTS.items()
}
_UNITS = {"tỷ": 10**9, "tỉ": 10**9, "triệu": 10**6, "tr": 10**6, "nghìn": 10**3, "ngàn": 10**3, "k": 10**3}


def number_of(text: str) -> Fraction:
    """Vietnamese digits: dots group by three, a comma starts the decimals, three digits after it are ambiguous."""
    if not re.fullmatch(r"-?(\d+|\d{1,3}(\.\d{3})+)(,(\d{1,2}|\d{4,}))?", text):
        raise Unreadable(text)
    return Fraction(text.replace(".", "").replace(",", "."))


def money_of(text: str) -> Fraction:
    bare = re.sub(r"\s*(đồng|vnđ|vnd|đ|₫)$", "", text.casefold())
    if not re.search(r"[a-zà-ỹ]", bare):
        return number_of(bare)
    terms = re.findall(r"([\d.,]+)\s*([a-zà-ỹ]+)\s*", bare)
    if "".join(a + b for a, b in terms) != bare.replace(" ", "") or any(unit not in _UNITS for _, unit in terms):
        raise Unreadable(text)
    sizes = [_UNITS[unit] for _, unit in terms]
    if sizes != sorted(set(sizes), reverse=True):
        raise Unreadable(text)
    return sum((number_of(amount) * _UNITS[unit] for amount, unit in terms), Fraction(0))


def whole(number: Fraction, text: object) -> int:
    if number.denominator != 1:
        raise Unreadable(text)
    return int(number)


def day_of(value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    parts = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})", tidy(str(value)))
    if not parts:
        raise Unreadable(value)
    day, month, year = map(int, parts.groups())
    try:
        return date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        raise Unreadable(value) from None


def read_cell(value: object, spec: Any) -> object:
    """The value of one cell, None when blank. Raises ``Unreadable``."""
    if value is None or (isinstance(value, str) and not tidy(value)):
        return None
    if isinstance(value, str) and re.fullmatch(r"#[A-Z/0]+[!?A]?", value.strip()):
        raise Unreadable(value)
    text = tidy(value) if isinstance(value, str) else ""
    if spec.kind is Kind.DATE:
        return day_of(value)
    if spec.kind is Kind.CHOICE:
        code = _WORDS[spec.choices].get(text.casefold())
        if code is None:
            raise Unreadable(value)
        return code
    if spec.kind in (Kind.COUNT, Kind.YEAR, Kind.MONEY, Kind.NUMBER, Kind.PERCENT):
        if isinstance(value, bool):
            raise Unreadable(value)
        if isinstance(value, int | float):
            amount = Fraction(str(value))
        else:
            amount = money_of(text) if spec.kind is Kind.MONEY else number_of(text.rstrip("%"))
        if spec.kind in (Kind.NUMBER, Kind.PERCENT):
            return amount
        if amount < (spec.minimum or 0):
            raise Unreadable(value)
        return whole(amount, value)
    return text or str(value)
