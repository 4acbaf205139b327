"""What a typed text becomes in a spreadsheet of a locale: a number, a date, a formula, or the text itself.

``valueInputOption=USER_ENTERED``: "parsed as if the user typed them into the UI"
(https://developers.google.com/workspace/sheets/api/reference/rest/v4/ValueInputOption).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from math import floor
from typing import Any

EPOCH = date(1899, 12, 30)
"""Day 0 of Google's serial days."""


@dataclass(frozen=True)
class Locale:
    """How numbers and dates are written somewhere."""

    name: str
    decimal: str
    group: str
    separator: str
    """stands between the arguments of a function"""
    day_first: bool
    currency: str
    date_pattern: str

    @cached_property
    def number(self) -> re.Pattern[str]:
        decimal, group, currency = (re.escape(part) for part in (self.decimal, self.group, self.currency))
        digits = rf"(?:\d{{1,3}}(?:{group}\d{{3}})+|\d+)(?:{decimal}\d*)?|{decimal}\d+"
        return re.compile(
            rf"(?P<open>\()?(?P<sign>[+-]?)\s*(?P<before>{currency})?\s*(?P<digits>{digits})"
            rf"\s*(?P<after>{currency}|%|[eE][+-]?\d+)?(?P<close>\))?"
        )


LOCALES = {
    "en_US": Locale("en_US", ".", ",", ",", False, "$", "m/d/yyyy"),
    "vi_VN": Locale("vi_VN", ",", ".", ";", True, "₫", "dd/mm/yyyy"),
}
_SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})(?:[/-](\d{4}|\d{2}))?(?:\s+(.+))?")
_ISO = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T](.+))?")
_MONTH = re.compile(r"(\d{1,2})[/-](\d{4})")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp][Mm])?")


def locale_of(name: str) -> Locale:
    """The rules of a locale; those that are not modelled follow en_US."""
    return LOCALES.get(name, LOCALES["en_US"])


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as it was typed, with its equals sign."""

    text: str


@dataclass(frozen=True, slots=True)
class Typed:
    """What a typed text became, and the number format it brings along (None: none)."""

    value: bool | int | float | str | Formula | None
    number_format: Mapping[str, Any] | None = None


def typed(text: str, locale: Locale, today: date) -> Typed:
    """
    >>> typed("1.234,5", LOCALES["vi_VN"], EPOCH).value, typed("1.234,5", LOCALES["en_US"], EPOCH).value
    (1234.5, '1.234,5')
    >>> typed("0912345678", LOCALES["vi_VN"], EPOCH).value, typed("'0912345678", LOCALES["vi_VN"], EPOCH).value
    (912345678, '0912345678')
    """
    if text == "":
        return Typed(None)
    if text.startswith("'"):
        return Typed(text[1:])
    if text.startswith("=") and len(text) > 1:
        return Typed(Formula(text))
    plain = text.strip()
    if plain.upper() in ("TRUE", "FALSE"):
        return Typed(plain.upper() == "TRUE")
    return _number(plain, locale) or _moment(plain, locale, today) or Typed(text)


def _number(text: str, locale: Locale) -> Typed | None:
    found = locale.number.fullmatch(text)
    if found is None or bool(found["open"]) != bool(found["close"]) or (found["open"] and found["sign"]):
        return None
    digits, after = found["digits"], found["after"] or ""
    whole = digits.replace(locale.group, "").replace(locale.decimal, ".")
    value = float(whole + after) if after[:1] in ("e", "E") else float(whole)
    value = -value if found["sign"] == "-" or found["open"] else value
    decimals = len(digits.partition(locale.decimal)[2])
    if after == "%":
        # The nearest number to the text, so that 12,5 % is 0.125 and not 0.12500000000000001.
        return Typed(tidy(float(f"{whole}e-2") * (-1 if value < 0 else 1)), percent(decimals))
    if after[:1] in ("e", "E"):
        return Typed(tidy(value), {"type": "SCIENTIFIC", "pattern": "0.00E+00"})
    if found["before"] or after:
        cents = ".00" if decimals else ""
        return Typed(tidy(value), {"type": "CURRENCY", "pattern": f"[${locale.currency}]#,##0{cents}"})
    if locale.group in digits:
        return Typed(tidy(value), {"type": "NUMBER", "pattern": "#,##0.00" if decimals else "#,##0"})
    return Typed(tidy(value))


def percent(decimals: int) -> dict[str, str]:
    return {"type": "PERCENT", "pattern": "0.00%" if decimals else "0%"}


def _moment(text: str, locale: Locale, today: date) -> Typed | None:
    try:
        if found := _ISO.fullmatch(text):
            year, month, day = (int(part) for part in found.groups()[:3])
            return _with_time(date(year, month, day), found[4], "yyyy-mm-dd")
        if found := _MONTH.fullmatch(text):
            return Typed(serial(date(int(found[2]), int(found[1]), 1)), {"type": "DATE", "pattern": "m/yyyy"})
        if found := _SLASHED.fullmatch(text):
            first, second = int(found[1]), int(found[2])
            day, month = (first, second) if locale.day_first else (second, first)
            return _with_time(date(_year(found[3], today), month, day), found[4], locale.date_pattern)
        if found := _TIME.fullmatch(text):
            return Typed(_part_of_day(found), {"type": "TIME", "pattern": "h:mm:ss" if found[3] else "h:mm"})
    except ValueError:
        return None
    return None


def _year(text: str | None, today: date) -> int:
    if text is None:
        return today.year
    return int(text) if len(text) == 4 else int(text) + (2000 if int(text) < 50 else 1900)


def _with_time(day: date, rest: str | None, pattern: str) -> Typed:
    if rest is None:
        return Typed(serial(day), {"type": "DATE", "pattern": pattern})
    found = _TIME.fullmatch(rest.strip())
    if found is None:
        raise ValueError(rest)
    return Typed(serial(day) + _part_of_day(found), {"type": "DATE_TIME", "pattern": f"{pattern} h:mm:ss"})


def _part_of_day(found: re.Match[str]) -> float:
    hour = int(found[1])
    if found[4]:
        hour = hour % 12 + (12 if found[4].lower() == "pm" else 0)
    moment = time(hour, int(found[2]), int(found[3] or 0))
    return (moment.hour * 3600 + moment.minute * 60 + moment.second) / 86400


def serial(day: date) -> int:
    """Days since 30 December 1899."""
    return (day - EPOCH).days


def from_serial(number: float) -> datetime:
    """The moment of a serial number, to the second. Raises OverflowError beyond the years 1 to 9999."""
    days = floor(number)
    return datetime.combine(EPOCH, time()) + timedelta(days=days, seconds=round((number - days) * 86400))


def tidy(number: float) -> int | float:
    """A whole number without its ``.0``, as Google's JSON has it."""
    if isinstance(number, float) and number.is_integer() and abs(number) < 1e15:
        return int(number)
    return number
