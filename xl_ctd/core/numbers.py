"""Numbers, counts, money, shares and years as people in Vietnam type them: read exactly, or refused with a reason.

A number cell is trusted, since Excel itself read it; text must follow the Vietnamese way (dot between groups of
three, comma before decimals) so that only one reading is possible. Nothing here guesses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from fractions import Fraction
from statistics import median

from xl_ctd.core.cells import LOST_DIGITS_FROM, Misread, Unreadable, parse_column, shown
from xl_ctd.core.formats import format_money, format_number, format_percent
from xl_ctd.core.records import Unread
from xl_ctd.core.text import clean

__all__ = [
    "Unreadable",
    "format_money",
    "format_number",
    "format_percent",
    "parse_column",
    "parse_count",
    "parse_counts",
    "parse_money",
    "parse_moneys",
    "parse_number",
    "parse_numbers",
    "parse_percent",
    "parse_year",
    "suspect_scale",
]

_GROUPED = r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+"
_NUMBER = re.compile(rf"(?P<sign>[-−]?)(?P<whole>{_GROUPED}|[0-9]+)(?:,(?P<decimals>[0-9]+))?")
_ENGLISH = re.compile(r"[-−]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[-−]?[0-9]+\.[0-9]+")
_LONGEST = 19  # fifteen digits with their dots: more is an account number in the wrong column
_NEEDLESS_ZERO = re.compile(r"0[0-9]{3,}|00[0-9]+")  # "05" is written for people, "0912…" is no number


def parse_number(cell: object) -> Decimal | None:
    """What a cell holds as an exact number, None for a blank cell. A percent sign divides by 100.

    >>> parse_number("1.234.567,89"), parse_number("1.400"), parse_number(12.5), parse_number("2,5%"), parse_number(" ")
    (Decimal('1234567.89'), Decimal('1400'), Decimal('12.5'), Decimal('0.025'), None)

    Raises ``Unreadable`` for anything that could be read in two ways ("1.5", "1,400") or not at all, for dates, for
    TRUE and FALSE, and for number cells of fifteen digits and more, whose last digits Excel may have lost.
    """
    if cell is None:
        return None
    if isinstance(cell, str):
        text = clean(cell)
        return _from_text(text) if text else None
    return _from_number_cell(cell)


def _from_number_cell(cell: object) -> Decimal:
    if isinstance(cell, bool):
        raise Unreadable("number-is-truth", text=shown(cell))
    if isinstance(cell, date | time | timedelta):
        raise Unreadable("number-is-date", text=shown(cell))
    if not isinstance(cell, float | int | Decimal):
        raise Unreadable("number-unreadable", text=shown(cell))
    if cell != cell:  # not a number: the trace of a failed formula
        raise Unreadable("number-unreadable", text=shown(cell))
    if not -LOST_DIGITS_FROM < cell < LOST_DIGITS_FROM:
        raise Unreadable("number-digits-lost", text=shown(cell))
    if isinstance(cell, float):
        # Fifteen digits are what Excel shows; the rest is the noise of binary fractions.
        return Decimal(int(cell)) if cell.is_integer() else Decimal(f"{cell:.15g}")
    return Decimal(cell)


def _from_text(text: str, *, in_percent: bool = False) -> Decimal:
    if text.endswith("%") and not in_percent:
        return _from_text(text[:-1].rstrip(), in_percent=True) / 100
    found = _NUMBER.fullmatch(text)
    if found is None:
        if _ENGLISH.fullmatch(text):
            raise _ambiguous(text)
        raise Unreadable("number-unreadable", text=shown(text))
    whole, decimals = found["whole"], found["decimals"]
    if _NEEDLESS_ZERO.fullmatch(whole):
        raise Unreadable("number-unreadable", text=shown(text))
    if len(whole) > _LONGEST or len(decimals or "") > _LONGEST:
        raise Unreadable("number-too-long", text=shown(text))
    could_be_group = len(decimals or "") == 3 and len(whole) <= 3 and whole != "0"
    if could_be_group and not in_percent:
        raise _ambiguous(text)
    value = Decimal(whole.replace(".", "") + (f".{decimals}" if decimals else ""))
    return -value if found["sign"] else value


def _ambiguous(text: str) -> Unreadable:
    digits = text.replace("−", "-")
    if digits.count(",") + digits.count(".") == 1:
        first = format_number(Decimal(digits.replace(",", ".")))
        second = format_number(Decimal(digits.replace(",", "").replace(".", "")))
        return Unreadable("number-ambiguous", text=shown(text), first=first, second=second)
    meant = format_number(Decimal(digits.replace(",", "")))
    return Unreadable("number-english", meant, text=shown(text), meant=meant)


def parse_count(cell: object) -> int | None:
    """A whole number that is not negative, None for a blank cell.

    A number cell such as 1.4 is refused: on a PC with English settings that is what typing "1.400" leaves behind.

    >>> parse_count(320.0), parse_count("1.400"), parse_count("05"), parse_count("")
    (320, 1400, 5, None)
    """
    if type(cell) is float and cell.is_integer() and 0 <= cell < LOST_DIGITS_FROM:
        return int(cell)
    value = parse_number(cell)
    if value is None:
        return None
    if value != value.to_integral_value() or (isinstance(cell, str) and "%" in cell):
        meant = value * 1000
        if isinstance(cell, float) and meant == meant.to_integral_value() and value > 0:
            suggestion = format_number(int(meant))
            raise Unreadable("count-lost-thousands", suggestion, text=shown(cell), meant=suggestion)
        raise Unreadable("count-not-whole", text=shown(cell))
    if value < 0:
        raise Unreadable("count-negative", text=shown(cell))
    return int(value)


def parse_percent(cell: object) -> Decimal | None:
    """A share between 0 and 1, None for a blank cell.

    With the sign there is no doubt. The column is formatted as percent, so a number cell up to 1 is a share as Excel
    shows it (0.75 is 75%, 1 is 100%); between 1 and 100 it can only be percent. Text without the sign is read the
    same way, but "1" alone could be 1% or 100% and is refused.

    >>> parse_percent("75%"), parse_percent(75.0), parse_percent(0.75), parse_percent("2,125 %"), parse_percent(None)
    (Decimal('0.75'), Decimal('0.75'), Decimal('0.75'), Decimal('0.02125'), None)
    """
    value = parse_number(cell)
    if value is None:
        return None
    signed = isinstance(cell, str) and "%" in cell
    if not signed and value == 1 and isinstance(cell, str):
        raise Unreadable("percent-ambiguous", text=shown(cell))
    share = value if signed or value <= 1 else value / 100
    if not 0 <= share <= 1:
        raise Unreadable("percent-out-of-range", text=shown(cell))
    return share


_YEAR = re.compile(r"(?:năm\s+)?([0-9]{4})", re.IGNORECASE)
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


def parse_year(cell: object) -> int | None:
    """A year of four digits between 1900 and 2100, None for a blank cell.

    >>> parse_year(2024.0), parse_year("2024"), parse_year("Năm 2024"), parse_year("")
    (2024, 2024, 2024, None)
    """
    if cell is None:
        return None
    if isinstance(cell, str):
        text = clean(cell)
        if not text:
            return None
        found = _YEAR.fullmatch(text)
        year = int(found[1]) if found else 0
    else:
        is_year = isinstance(cell, float | int) and _FIRST_YEAR <= cell <= _LAST_YEAR and cell == int(cell)
        year = int(cell) if is_year else 0  # type: ignore[call-overload]
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise Unreadable("year-unreadable", text=shown(cell))
    return year


# ---- Money in words: "20 triệu", "1 tỷ 200 triệu", "1tỷ2", "2 tỷ rưỡi", "500k", "5 trăm nghìn".

_UNITS = {
    **dict.fromkeys(["tỷ", "tỉ", "ty", "ti"], 10**9),
    **dict.fromkeys(["triệu", "trieu", "tr"], 10**6),
    **dict.fromkeys(["nghìn", "nghin", "ngàn", "ngan", "ng", "k"], 10**3),
    **dict.fromkeys(["trăm", "tram"], 10**2),
}
_HALF = {"rưỡi", "rưởi", "ruoi"}
_CURRENCY = re.compile(r"\s*(?:đồng|dong|vnđ|vnd|đ|d|₫)$")
_TOKEN = re.compile(r"\s*(?:(?P<number>[0-9][0-9.,]*)|(?P<word>[^\W\d_]+))")
_PLAIN = re.compile(r"[-−]?[0-9.,]+")


def parse_money(cell: object) -> int | None:
    """An amount in whole đồng, None for a blank cell. Number words count: nghìn, triệu, tỷ and their short forms.

    >>> parse_money("20 triệu"), parse_money("1,5 tỷ"), parse_money("1tỷ2"), parse_money("2 tỷ rưỡi"), parse_money(5e6)
    (20000000, 1500000000, 1200000000, 2500000000, 5000000)

    Units must go down and each part must fit under the one before. A single digit after the last unit is the next
    order ("1tr5" is 1,5 triệu), three digits are the next unit ("1 tỷ 200"); two digits are refused, and so are
    parts of a đồng. Whether a negative amount is allowed is for the field to say.
    """
    if type(cell) is float and cell.is_integer() and -LOST_DIGITS_FROM < cell < LOST_DIGITS_FROM:
        return int(cell)
    if not isinstance(cell, str):
        value = parse_number(cell)
        return None if value is None else _whole_dong(value, shown(cell))
    text = clean(cell).lower()
    if not text:
        return None
    amount, has_currency = _CURRENCY.subn("", text)
    if _PLAIN.fullmatch(amount):
        return _whole_dong(_from_text(amount), shown(cell))
    negative = amount.startswith(("-", "−"))
    value = _in_words(amount[negative:], bool(has_currency), shown(cell))
    return _whole_dong(-value if negative else value, shown(cell))


def _whole_dong(value: Decimal, text: str) -> int:
    if abs(value) >= LOST_DIGITS_FROM:
        raise Unreadable("number-too-long", text=text)
    if value != value.to_integral_value():
        raise Unreadable("money-not-whole", text=text)
    return int(value)


def _tokens(amount: str, text: str) -> list[str]:
    tokens, position = [], 0
    while position < len(amount):
        found = _TOKEN.match(amount, position)
        if found is None:
            raise Unreadable("money-unreadable", text=text)
        tokens.append(found["number"] or found["word"])
        position = found.end()
    if not tokens:
        raise Unreadable("money-unreadable", text=text)
    return tokens


def _in_words(amount: str, has_currency: bool, text: str) -> Decimal:
    tokens = _tokens(amount, text)
    total, below, last_number = Decimal(0), 0, Decimal(0)
    while tokens:
        digits = tokens.pop(0)
        number = _money_number(digits, text)
        if not tokens:
            return total + _next_order(digits, below, last_number, has_currency, text)
        unit, doubled = _take_unit(tokens, text)
        if below and (number * unit >= below or last_number % 1):
            raise Unreadable("money-unreadable", text=text)
        is_last = not tokens or tokens[0] in _HALF
        if unit == 100 and below != 1000 and is_last and not has_currency:
            raise Unreadable("money-ambiguous", text=text)  # "5 trăm": đồng, or nghìn as people say?
        total, below, last_number = total + number * unit, unit, number
        if tokens and tokens[0] in _HALF:
            if len(tokens) > 1 or number % 1 or doubled:
                raise Unreadable("money-unreadable", text=text)
            return total + Decimal(unit) / 2
    return total


def _money_number(token: str, text: str) -> Decimal:
    if not token[0].isdigit():
        raise Unreadable("money-unreadable", text=text)
    return _from_text(token)


def _take_unit(tokens: list[str], text: str) -> tuple[int, bool]:
    unit = _UNITS.get(tokens.pop(0))
    if unit is None:
        raise Unreadable("money-unreadable", text=text)
    if unit == 100 and tokens and _UNITS.get(tokens[0], 0) > 100:
        return 100 * _UNITS[tokens.pop(0)], True  # "5 trăm nghìn"
    return unit, False


def _next_order(digits: str, below: int, last_number: Decimal, has_currency: bool, text: str) -> Decimal:
    # "1tỷ2" is 1,2 tỷ and "1 tỷ 200" is 1 tỷ 200 triệu; "2tỷ35" could be 2,35 or 2,035.
    if below not in (10**9, 10**6, 10**3) or last_number % 1 or not digits.isdigit():
        raise Unreadable("money-unreadable", text=text)
    if has_currency or len(digits) not in (1, 3) or (below == 10**3 and len(digits) == 3):
        raise Unreadable("money-ambiguous", text=text)
    return Decimal(digits) * below / (10 if len(digits) == 1 else 1000)


def suspect_scale(value: int, usual: Sequence[int]) -> int | None:
    """How many times too small an amount looks beside the unit's own usual ones: 1000, 1000000 or None.

    In a column of đồng "20" is hardly twenty đồng; a warning asks "có phải đã nhập theo triệu đồng?". At least three
    usual amounts are needed.

    >>> usual = [18_000_000, 20_000_000, 25_000_000]
    >>> suspect_scale(20, usual), suspect_scale(20_000, usual), suspect_scale(15_000_000, usual)
    (1000000, 1000, None)
    """
    amounts = [abs(amount) for amount in usual if amount]
    if len(amounts) < 3 or not value:
        return None
    middle = Fraction(median(amounts))
    for factor in (1_000_000, 1_000):
        if Fraction(1, 5) <= abs(value) * factor / middle <= 5:
            return factor
    return None


# ---- Whole columns.


def _whole(floats: list[float]) -> list[int] | None:
    if not all(map(float.is_integer, floats)) or max(map(abs, floats)) >= LOST_DIGITS_FROM:
        return None
    return list(map(int, floats))


def _whole_not_negative(floats: list[float]) -> list[int] | None:
    return None if min(floats) < 0 else _whole(floats)


def _decimals(floats: list[float]) -> list[Decimal] | None:
    whole = _whole(floats)
    return None if whole is None else list(map(Decimal, whole))


def parse_numbers(column: Sequence[object]) -> tuple[list[Decimal | Unread | None], Misread]:
    """``parse_number`` for a column."""
    return parse_column(parse_number, column, float, _decimals)


def parse_counts(column: Sequence[object]) -> tuple[list[int | Unread | None], Misread]:
    """``parse_count`` for a column.

    >>> parse_counts([1.0, "", 1400.0])
    ([1, None, 1400], [])
    """
    return parse_column(parse_count, column, float, _whole_not_negative)


def parse_moneys(column: Sequence[object]) -> tuple[list[int | Unread | None], Misread]:
    """``parse_money`` for a column.

    >>> parse_moneys(["20 triệu", None, 500000.0])
    ([20000000, None, 500000], [])
    """
    return parse_column(parse_money, column, float, _whole)
