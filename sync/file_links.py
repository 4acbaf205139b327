"""Which place opens when somebody clicks a file's name in the master."""

from __future__ import annotations

import re

from sync.google.state import SheetReading
from workbooks.emit import Link

LONGEST = 255
"""Characters of a text inside a formula, in Excel."""
_PLAIN = re.compile(r'(?:[A-Za-z]:\\|\\\\)[^#%?*:"<>|\[\]]+|[^\\#%?*:"<>|\[\]]+')
"""A place in which no program takes a character for something else than a letter of it: ``#`` begins the rest of an
address, ``%20`` is a space, brackets hold the name of a workbook. With backslashes, of Windows, only in full."""


def opened_by_click(file: str, path: str) -> str:
    """A file's name that opens the file, or the unit's Google Sheet; the bare name where no place can be told so that
    Excel, LibreOffice and WPS all understand it.

    ``path`` is what the ledger remembers. One that is seen from the master's folder stays so: Excel and LibreOffice
    look for it where the master lies.

    >>> opened_by_click("CTD 1.xlsx", "nộp/CTD 1.xlsx").formula
    'HYPERLINK("nộp/CTD 1.xlsx","CTD 1.xlsx")'
    >>> opened_by_click("CTD #1.xlsx", "nộp/CTD #1.xlsx")
    'CTD #1.xlsx'
    """
    reading = SheetReading.of(path)
    place = reading.link if reading else path if path.isprintable() and _PLAIN.fullmatch(path) else ""
    told = file.isprintable() and 0 < len(file) <= LONGEST and 0 < len(place) <= LONGEST
    return Link(file, place) if told else file
