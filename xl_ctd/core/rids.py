"""Row ids: how a row is recognised again after sorting, renaming, copying to next year's workbook.

An id such as ``09382-HT7K3Q9XW2-M`` carries the unit's code, a hash and a check character. It is derived, never
random, so that the same workbook is built twice to the same bytes and the same new row gets the same id on every
machine and in every order of merging.
"""

from __future__ import annotations

import hashlib

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: nothing to mistake on the phone
TAIL = 13
"""How many characters of an id follow the unit's code."""


def mint(unit_code: str, uid: str, table: str, seed: str) -> str:
    """The id for a row of a unit's table; ``seed`` tells rows of one table apart.

    >>> mint("09382", "TS.2021.09382", "HO_TRO", "2024/1") == mint("09382", "TS.2021.09382", "HO_TRO", "2024/1")
    True
    """
    digest = hashlib.blake2b(f"{uid}\n{table}\n{seed}".encode(), digest_size=10).digest()
    number = int.from_bytes(digest, "big")
    body = "".join(_ALPHABET[number >> shift & 31] for shift in range(0, 50, 5))
    return f"{unit_code}-{body}-{_check(f'{unit_code}-{body}')}"


def is_ours(rid: str, unit_code: str) -> bool:
    """Is this an undamaged id that was minted for this unit?

    >>> is_ours(mint("09382", "TS.2021.09382", "QUY", "x"), "09382"), is_ours("09382-ABC-D", "09382")
    (True, False)
    """
    stem, _, check = rid.rpartition("-")
    return stem.startswith(f"{unit_code}-") and len(rid) == len(unit_code) + TAIL and check == _check(stem)


def _check(stem: str) -> str:
    return _ALPHABET[sum((n + 1) * ord(char) for n, char in enumerate(stem)) % 31]
