"""How a value is shown: number formats, in the locale of the spreadsheet.

https://developers.google.com/workspace/sheets/api/guides/formats
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from sync.emulator.locales import Locale, from_serial, locale_of

MOMENTS = ("DATE", "TIME", "DATE_TIME")
_DATE_PART = re.compile(r"yyyy|yy|mmmm|mmm|mm|m|dd|d|hh|h|ss|s|AM/PM|am/pm|\"[^\"]*\"|\\.", re.IGNORECASE)
_DIGITS = re.compile(r"[#0,]*[#0](?:\.([#0]+))?")


def shown(value: bool | int | float | str, number_format: Mapping[str, Any] | None, locale: str) -> str:
    """The text a person sees in the cell."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return value
    number_format = number_format or {}
    return _shown_number(value, number_format.get("type", ""), number_format.get("pattern", ""), locale)


@lru_cache(maxsize=65536)
def _shown_number(number: float, kind: str, pattern: str, locale_name: str) -> str:
    locale = locale_of(locale_name)
    if kind in MOMENTS:
        return _shown_moment(number, kind, pattern, locale)
    if kind == "TEXT" or pattern in ("@", "") or _DIGITS.search(pattern) is None:
        if kind in _BY_KIND and not pattern:
            return _patterned(number, _BY_KIND[kind], locale)
        return general(number, locale)
    return _patterned(number, pattern, locale)


_BY_KIND = {"NUMBER": "#,##0.00", "PERCENT": "0.00%", "CURRENCY": "[$]#,##0.00", "SCIENTIFIC": "0.00E+00"}


def general(number: float, locale: Locale) -> str:
    """A number without a format: up to ten significant digits.

    >>> general(1234.5, locale_of("vi_VN")), general(1 / 3, locale_of("en_US"))
    ('1234,5', '0.3333333333')
    """
    if float(number).is_integer() and abs(number) < 1e15:
        return str(int(number))
    text = repr(float(f"{number:.10g}"))
    if "e" in text:
        mantissa, exponent = text.split("e")
        text = f"{float(mantissa):.5g}E{int(exponent):+03d}"
    return text.removesuffix(".0").replace(".", locale.decimal)


def _patterned(number: float, pattern: str, locale: Locale) -> str:
    sections = pattern.split(";")
    if number < 0 and len(sections) > 1:
        return _patterned(-number, sections[1], locale)
    section = sections[2] if number == 0 and len(sections) > 2 else sections[0]
    found = _DIGITS.search(section)
    if found is None:
        return _literal(section, locale)
    if "E+" in section:
        mantissa, exponent = f"{number:.{_places(found)}E}".split("E")
        return f"{mantissa.replace('.', locale.decimal)}E{int(exponent):+03d}"
    scaled = Decimal(repr(number)) * (100 if "%" in section else 1)
    rounded = scaled.quantize(Decimal(1).scaleb(-_places(found)), ROUND_HALF_UP)
    digits = f"{abs(rounded):,f}" if "," in found[0] else f"{abs(rounded):f}"
    whole, _, decimals = digits.partition(".")
    optional = len(found[1] or "") - len((found[1] or "").rstrip("#"))
    while optional and decimals.endswith("0"):
        decimals, optional = decimals[:-1], optional - 1
    least = found[0].partition(".")[0].replace(",", "").count("0")
    text = whole.zfill(least).replace(",", locale.group) + (locale.decimal + decimals if decimals else "")
    sign = "-" if rounded < 0 else ""
    return sign + _literal(section[: found.start()], locale) + text + _literal(section[found.end() :], locale)


def _places(found: re.Match[str]) -> int:
    return len(found[1] or "")


def _literal(text: str, locale: Locale) -> str:
    text = re.sub(r"\[\$([^\]-]*)[^\]]*\]", lambda found: found[1] or locale.currency, text)
    text = re.sub(r"\[[^\]]*\]", "", text)
    return re.sub(r"\"([^\"]*)\"|\\(.)|_.|\*.", lambda found: found[1] or found[2] or "", text)


def _shown_moment(number: float, kind: str, pattern: str, locale: Locale) -> str:
    try:
        moment = from_serial(number)
    except OverflowError:
        return general(number, locale)
    pattern = pattern or {
        "DATE": locale.date_pattern,
        "TIME": "h:mm:ss",
        "DATE_TIME": f"{locale.date_pattern} h:mm:ss",
    }.get(kind, "")
    half_day = "am/pm" in pattern.lower()
    after_hours = False
    parts: list[str] = []
    position = 0
    for found in _DATE_PART.finditer(pattern):
        parts.append(pattern[position : found.start()])
        position = found.end()
        part = found[0]
        low = part.lower()
        minutes = low in ("m", "mm") and (after_hours or pattern[position : position + 2].lower() == ":s")
        after_hours = low in ("h", "hh")
        hour = (moment.hour % 12 or 12) if half_day else moment.hour
        if part[0] in '"\\':
            parts.append(part.strip('"\\'))
        elif minutes:
            parts.append(f"{moment.minute:0{len(part)}d}")
        else:
            parts.append(
                {
                    "yyyy": f"{moment.year:04d}", "yy": f"{moment.year % 100:02d}",
                    "mmmm": f"{moment:%B}", "mmm": f"{moment:%b}", "mm": f"{moment.month:02d}", "m": f"{moment.month}",
                    "dd": f"{moment.day:02d}", "d": f"{moment.day}", "hh": f"{hour:02d}", "h": f"{hour}",
                    "ss": f"{moment.second:02d}", "s": f"{moment.second}", "am/pm": f"{moment:%p}",
                }[low]
            )  # fmt: skip
    return "".join(parts) + pattern[position:]
