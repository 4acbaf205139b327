"""Numbers and times for people, the Vietnamese way: dot between thousands, comma before decimals, halves rounded up."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from fractions import Fraction

_MOST_DECIMALS = 12


def _rounded(value: Fraction, decimals: int) -> int:
    # In units of the last decimal; halves go away from zero, as people round.
    scaled = abs(value) * 10**decimals
    whole: int = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return -whole if value < 0 else whole


def _written(units: int, decimals: int) -> str:
    digits = f"{abs(units):0{decimals + 1}d}"
    whole, fraction = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    grouped = f"{int(whole):,}".replace(",", ".")
    return ("-" if units < 0 else "") + grouped + ("," + fraction if fraction else "")


def format_number(
    value: Decimal | Fraction | int, decimals: int | None = None, threshold: Fraction | Decimal | int | None = None
) -> str:
    """A number for people; without ``decimals`` a whole number or decimal is shown exactly, a fraction with two.
    Rounding never carries it onto or over the threshold it is judged by.

    >>> format_number(1400), format_number(Decimal("1234567.89")), format_number(Decimal("0.05"), 1)
    ('1.400', '1.234.567,89', '0,1')
    """
    if decimals is None:
        decimals = 2 if isinstance(value, Fraction) and value.denominator != 1 else _own_decimals(value)
    places = _enough_decimals(Fraction(value), decimals, threshold)
    return _written(_rounded(Fraction(value), places), places)


def _own_decimals(value: Decimal | Fraction | int) -> int:
    if not isinstance(value, Decimal):
        return 0
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def format_money(amount: int) -> str:
    """An amount for people.

    >>> format_money(20_000_000)
    '20.000.000 đồng'
    """
    return f"{_written(amount, 0)} đồng"


def format_percent(
    share: Fraction | Decimal | int, decimals: int = 1, threshold: Fraction | Decimal | int | None = None
) -> str:
    """A share for people, 1 being 100%. Rounding never carries it onto or over the threshold it is judged by.

    >>> format_percent(Fraction(26, 33), 2), format_percent(Fraction(1599, 2000), threshold=Fraction(4, 5))
    ('78,79%', '79,95%')
    """
    percent = Fraction(share) * 100
    places = _enough_decimals(percent, decimals, None if threshold is None else Fraction(threshold) * 100)
    return _written(_rounded(percent, places), places) + "%"


def _enough_decimals(value: Fraction, decimals: int, threshold: Fraction | Decimal | int | None) -> int:
    if threshold is None:
        return decimals
    limit = Fraction(threshold)
    for places in range(decimals, _MOST_DECIMALS):
        if _side(Fraction(_rounded(value, places), 10**places), limit) == _side(value, limit):
            return places
    return _MOST_DECIMALS


def _side(value: Fraction, limit: Fraction) -> int:
    return (value > limit) - (value < limit)


def format_moment(iso: str) -> str:
    """An ISO time as people write it; "" stays.

    >>> format_moment("2025-01-06T16:05:00"), format_moment("")
    ('06/01/2025 16:05', '')
    """
    return f"{datetime.fromisoformat(iso):%d/%m/%Y %H:%M}" if iso else ""
