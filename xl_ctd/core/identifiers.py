"""Codes that look like numbers and must stay text: unit codes, voucher numbers, phones, citizen identity numbers.

Messages about identity numbers and phones never quote them: findings are stored and shown to others.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime

from xl_ctd.core.cells import LOST_DIGITS_FROM, Misread, Unreadable, parse_column, shown
from xl_ctd.core.records import Unread
from xl_ctd.core.text import clean

_SCIENTIFIC = re.compile(r"[0-9][.,][0-9]+E\+?[0-9]{1,2}|[0-9]E\+[0-9]{2}", re.IGNORECASE)


def parse_identifier(cell: object) -> str | None:
    """A code as text, None for a blank cell; a number cell gives its digits, and its leading zeros are already gone.

    >>> parse_identifier("00123 "), parse_identifier(123.0), parse_identifier("")
    ('00123', '123', None)

    Raises ``Unreadable`` where Excel has destroyed the code: digits lost, "2,7E+10", a code turned into a date.
    """
    if cell is None:
        return None
    if isinstance(cell, str):
        text = clean(cell)
        if _SCIENTIFIC.fullmatch(text):
            raise Unreadable("identifier-digits-lost", text=shown(text))
        return text or None
    if isinstance(cell, date | datetime):
        raise Unreadable("identifier-is-date", text=shown(cell))
    if isinstance(cell, bool) or not isinstance(cell, float | int) or cell != cell:
        raise Unreadable("identifier-unreadable", text=shown(cell))
    if abs(cell) >= LOST_DIGITS_FROM:
        raise Unreadable("identifier-digits-lost", text=shown(cell))
    if cell != int(cell) or cell < 0:
        raise Unreadable("identifier-unreadable", text=shown(cell))
    return str(int(cell))


def parse_identifiers(column: Sequence[object]) -> tuple[list[str | Unread | None], Misread]:
    """``parse_identifier`` for a column.

    >>> parse_identifiers(["TH-01", 7.0, None])
    (['TH-01', '7', None], [])
    """
    return parse_column(parse_identifier, column)


_PROVINCES = range(1, 97)
_CENTURY_AND_SEX = "0123"  # born 1900–1999 or 2000–2099, man or woman


def check_cccd(cell: object) -> str | None:
    """A citizen identity number (CCCD) of 12 digits, None for a blank cell.

    >>> check_cccd("027089001234"), check_cccd("027 089 001 234")
    ('027089001234', '027089001234')

    Raises ``Unreadable``; when only the leading zero is missing, its ``suggestion`` is the number with it.
    """
    text = _digits_of(cell)
    if text is None:
        return None
    if _is_cccd(text):
        return text
    if len(text) == 11 and _is_cccd("0" + text):
        raise Unreadable("cccd-zero-lost", "0" + text)
    raise Unreadable("cccd-unreadable", digits=str(len(text)))


def _is_cccd(text: str) -> bool:
    is_number = len(text) == 12 and text.isascii() and text.isdigit()
    return is_number and int(text[:3]) in _PROVINCES and text[3] in _CENTURY_AND_SEX


_MOBILE = re.compile(r"0[35789][0-9]{8}")
_LANDLINE = re.compile(r"02[0-9]{9}")
_RENUMBERED = {  # since 2018 the eleven-digit mobile numbers have ten
    "016": {"2": "032", "3": "033", "4": "034", "5": "035", "6": "036", "7": "037", "8": "038", "9": "039"},
    "012": {
        "0": "070",
        "1": "079",
        "2": "077",
        "3": "083",
        "4": "084",
        "5": "085",
        "6": "076",
        "7": "081",
        "8": "078",
        "9": "082",
    },
    "018": {"6": "056", "8": "058"},
    "019": {"9": "059"},
}


def check_phone(cell: object) -> str | None:
    """A Vietnamese phone number as its digits from the leading zero on, None for a blank cell.

    >>> check_phone("0912.345.678"), check_phone("+84 912 345 678"), check_phone("0222 3831 234")
    ('0912345678', '0912345678', '02223831234')

    Raises ``Unreadable``; its ``suggestion`` restores a lost zero or gives the new form of an old number.
    """
    text = _digits_of(cell)
    if text is None:
        return None
    if text.startswith("+84"):
        text = "0" + text[3:]
    if _MOBILE.fullmatch(text) or _LANDLINE.fullmatch(text):
        return text
    if _MOBILE.fullmatch("0" + text) or _LANDLINE.fullmatch("0" + text):
        raise Unreadable("phone-zero-lost", "0" + text)
    prefix = _RENUMBERED.get(text[:3], {}).get(text[3:4])
    if len(text) == 11 and prefix:
        raise Unreadable("phone-renumbered", prefix + text[4:])
    raise Unreadable("phone-unreadable", digits=str(len(text)))


def _digits_of(cell: object) -> str | None:
    text = parse_identifier(cell)
    return None if text is None else re.sub(r"[ .()\-]", "", text)
