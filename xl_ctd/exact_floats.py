"""Fifteen-digit decimals held in floats, many at once: differences and quotients as exact arithmetic rounds them.

A cell's number is taken apart into whole digits and a power of ten, both of which floats hold exactly. Products and
differences of these are kept in two floats (twice the digits; Dekker's and Knuth's error-free transformations, and the
accurate sum of double words by Joldes, Muller and Popescu), and a quotient is rounded once. Where its neighbours within
the small error that is left would round otherwise, it is said to be unsure, and someone else has to work it out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

DIGITS = 15
"""What Excel shows of a number; the rest is the noise of binary fractions."""

MOST_PLACES = 22
"""Powers of ten up to this one are exact as floats."""

_POWERS: Floats = np.array([float(f"1e{places}") for places in range(MOST_PLACES + 1)])
_SPLITTER = 2.0**27 + 1
_DOUBT = 2.0**-96
"""The error of a quotient is below 2**-100 of it."""


@dataclass(frozen=True, slots=True)
class Decimals:
    """Numbers as ``digits / 10**places``; ``known`` is False where a number does not fit."""

    digits: Floats
    places: npt.NDArray[np.int_]
    known: Truths

    def rounded(self) -> Floats:
        """The numbers as floats again, without the noise."""
        rounded: Floats = self.digits / _POWERS[self.places]
        return rounded


@dataclass(frozen=True, slots=True)
class Double:
    """Numbers of twice a float's digits: the sum of ``high`` and a much smaller ``low``."""

    high: Floats
    low: Floats


def decimals(values: Floats, known: Truths) -> Decimals:
    """Numbers below 10**14 with their first fifteen digits, rounded as ``f"{value:.15g}"`` rounds them."""
    plain = np.where(known, values, 0.0)
    size = np.where(plain == 0, 1.0, np.abs(plain))
    wanted = DIGITS - 1 - np.floor(np.log10(size))
    places = np.clip(wanted, 0, MOST_PLACES).astype(np.int_)
    scaled = _product(plain, _POWERS[places])
    digits = np.rint(scaled.high)
    # What the product lost decides where it lies half way between two whole numbers.
    half = scaled.high - digits
    digits += (half == 0.5) & (scaled.low > 0)
    digits -= (half == -0.5) & (scaled.low < 0)
    # The logarithm may be one off beside a power of ten; then a number just below it has one digit too few here.
    least, found = 10.0 ** (DIGITS - 1), np.abs(scaled.high)
    enough = (found > least) | ((found == least) & (scaled.low * np.sign(scaled.high) >= 0))
    fits = enough & (np.abs(digits) <= 10.0**DIGITS)
    return Decimals(digits, places, known & (fits | (plain == 0)))


def in_one_unit(*columns: Decimals) -> tuple[list[Double], Double]:
    """All columns as whole multiples of one power of ten for each row, and how many of these make a whole."""
    places = columns[0].places
    for column in columns[1:]:
        places = np.maximum(places, column.places)
    whole = _POWERS[places]
    return [_product(one.digits, _POWERS[places - one.places]) for one in columns], Double(whole, np.zeros_like(whole))


def minus(one: Double, other: Double) -> Double:
    """The difference, right to nearly all its digits even where the two are close."""
    high = _sum(one.high, -other.high)
    low = _sum(one.low, -other.low)
    first = _sum(high.high, high.low + low.high)
    return _sum(first.high, low.low + first.low)


def is_less(one: Double, other: Double) -> Truths:
    """Where one number is below another."""
    below: Truths = (one.high < other.high) | ((one.high == other.high) & (one.low < other.low))
    return below


def chosen(where: Truths, one: Double, other: Double) -> Double:
    """One number where that is asked, else the other."""
    return Double(np.where(where, one.high, other.high), np.where(where, one.low, other.low))


def quotient(top: Double, bottom: Double) -> tuple[Floats, Truths]:
    """The exact quotient rounded once to a float, and where that is beyond doubt; never where ``bottom`` is zero."""
    near = top.high / bottom.high
    back = _product(near, bottom.high)
    rest = (((top.high - back.high) - back.low) + top.low - near * bottom.low) / bottom.high
    rounded = near + rest
    doubt = np.abs(rounded) * _DOUBT
    return rounded, (near + (rest - doubt) == rounded) & (near + (rest + doubt) == rounded)


def ceiling(factors: Decimals, times: Floats) -> tuple[Floats, Truths]:
    """The least whole number that is not below a product, and where that is beyond doubt."""
    exactly, whole = _product(factors.digits, times), _POWERS[factors.places]
    near = np.ceil(exactly.high / whole)
    beyond = minus(exactly, _product(near, whole)).high
    return near + (beyond > 0), factors.known & (np.abs(near) < 10.0**DIGITS) & (beyond > -whole) & (beyond <= whole)


def _product(one: Floats, other: Floats) -> Double:
    high = one * other
    (a, b), (c, d) = _halves(one), _halves(other)
    return Double(high, ((a * c - high) + a * d + b * c) + b * d)


def _halves(values: Floats) -> tuple[Floats, Floats]:
    wide = _SPLITTER * values
    high = wide - (wide - values)
    return high, values - high


def _sum(one: Floats, other: Floats) -> Double:
    high = one + other
    part = high - one
    return Double(high, (one - (high - part)) + (other - part))
