"""Figures as staff read them: Vietnamese signs, half-up, and never rounded across the threshold."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

MOST_DECIMALS = 12


def shown(value: Fraction, decimals: int = 0, *, threshold: Fraction | None = None, percent: bool = False) -> str:
    """A figure with so many decimals, rounded half up; more of them where rounding would cross the threshold.

    ``percent`` shows a share as a percentage with its sign.

    >>> shown(Fraction(1234567890)), shown(Fraction(26, 33), 2, percent=True)
    ('1.234.567.890', '78,79%')
    >>> shown(Fraction(1599, 2000), 1, threshold=Fraction(4, 5), percent=True)
    '79,95%'
    """
    scale = 100 if percent else 1
    figure, limit = value * scale, None if threshold is None else threshold * scale
    rounded = _rounded(figure, decimals)
    for places in range(decimals, MOST_DECIMALS + 1):
        rounded = _rounded(figure, places)
        if limit is None or (figure < limit) == (Fraction(rounded) < limit):
            break
    else:
        rounded = _rounded(figure, decimals, ROUND_DOWN)
    return vietnamese(rounded) + ("%" if percent else "")


def vietnamese(number: Decimal) -> str:
    """Dots between thousands, a comma before the decimals.

    >>> vietnamese(Decimal("-1234.50"))
    '-1.234,50'
    """
    return f"{number:,f}".translate({ord(","): ".", ord("."): ","})


def _rounded(value: Fraction, places: int, rounding: str = ROUND_HALF_UP) -> Decimal:
    with localcontext() as context:
        # One digit too few would round twice: keep every digit before the point and some more than asked for.
        context.prec = len(str(abs(value.numerator) // value.denominator)) + places + 20
        scaled = value * 10**places
        whole = abs(scaled.numerator) // scaled.denominator
        rest = abs(scaled) - whole
        up = rounding == ROUND_HALF_UP and rest * 2 >= 1
        digits = Decimal(whole + up).scaleb(-places)
        return -digits if value < 0 and digits else digits
