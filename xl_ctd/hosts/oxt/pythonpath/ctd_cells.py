"""Cells between Calc and our wire. Runs inside LibreOffice's own Python (3.8 or newer): standard library only."""

from __future__ import annotations

import struct

ERRORS = {"#NUM!": 503, "#VALUE!": 519, "#REF!": 524, "#NAME?": 525, "#DIV/0!": 532, "#N/A": 32767}
"""Excel's error values and Calc's numbers for them."""

NOT_A_NUMBER = 0x7FF8 << 48


def error_value(code):
    """The number that Calc shows as an error: a "not a number" whose low bits are Calc's number of the error."""
    return struct.unpack("<d", struct.pack("<Q", NOT_A_NUMBER | ERRORS.get(code, ERRORS["#VALUE!"])))[0]


def incoming(argument):
    """What Calc passed for one argument, as a grid. ``None`` (left out) is an empty grid; empty text is a blank. Errors
    are never passed: Calc answers them itself."""
    if argument is None:
        return []
    rows = argument if isinstance(argument, tuple) else ((argument,),)
    return [[None if cell == "" else cell for cell in row] for row in rows]


def outgoing(grid):
    """An answer of the wire as Calc takes it: rows of numbers and texts, errors as ``error_value``."""
    return tuple(tuple(_outgoing_cell(cell) for cell in row) for row in grid)


def reasons(grid):
    """The sentences of the errors in an answer, each once, in order."""
    found = [cell.get("reason") for row in grid for cell in row if isinstance(cell, dict)]
    return list(dict.fromkeys(reason for reason in found if reason))


def _outgoing_cell(cell):
    if cell is None:
        return ""
    if isinstance(cell, dict):
        return error_value(cell["error"])
    # TRUE is 1 in Calc anyway, and in a table LibreOffice 7.4 takes a FALSE for TRUE.
    return cell if isinstance(cell, str) else float(cell)
