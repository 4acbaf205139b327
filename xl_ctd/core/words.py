"""Amounts in words, as receipts and minutes ask for them."""

from __future__ import annotations

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_BILLION = 10**9


def money_in_words(amount: int) -> str:
    """A whole amount of đồng in words.

    >>> money_in_words(1_200_000_000), money_in_words(20_005_000), money_in_words(0)
    ('Một tỷ hai trăm triệu đồng', 'Hai mươi triệu không trăm linh năm nghìn đồng', 'Không đồng')
    """
    words = _whole(abs(amount)) if amount else "không"
    sentence = f"{'âm ' if amount < 0 else ''}{words} đồng"
    return sentence[0].upper() + sentence[1:]


def _whole(number: int) -> str:
    # Above a billion the count of billions is read like any number: "một nghìn tỷ".
    billions, rest = divmod(number, _BILLION)
    words = [f"{_whole(billions)} tỷ"] if billions else []
    for size, name in ((10**6, " triệu"), (10**3, " nghìn"), (1, "")):
        group, rest = divmod(rest, size)
        if group:
            words.append(_three_digits(group, in_full=bool(words)) + name)
    return " ".join(words)


def _three_digits(number: int, *, in_full: bool) -> str:
    # After a higher group every place is spoken: 1.005 is "một nghìn không trăm linh năm".
    hundreds, tens, units = number // 100, number // 10 % 10, number % 10
    words = [f"{_DIGITS[hundreds]} trăm"] if hundreds or in_full else []
    if tens > 1:
        words.append(f"{_DIGITS[tens]} mươi")
    elif tens == 1:
        words.append("mười")
    elif units and words:
        words.append("linh")
    if units:
        words.append(_unit(tens, units))
    return " ".join(words)


def _unit(tens: int, units: int) -> str:
    if units == 5 and tens:
        return "lăm"
    if tens > 1:
        return {1: "mốt", 4: "tư"}.get(units, _DIGITS[units])
    return _DIGITS[units]
