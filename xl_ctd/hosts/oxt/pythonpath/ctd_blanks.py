"""Telling a blank cell from a zero, which Calc hands over as the same 0 when an argument is a single cell.

A blank is not a zero, so the formulas of the document are looked up: which of them may be asking, and is the cell they
name blank? Where two formulas with the same arguments differ in just that, nothing is guessed. A range of one cell
(``B5:B5``) has no such doubt.
"""

from __future__ import annotations

import re
import time

from com.sun.star.table.CellContentType import EMPTY, FORMULA, VALUE

FORMULAS = 16
FILLED = 1 | 2 | 4 | FORMULAS
"""com.sun.star.sheet.CellFlags: numbers, days, texts and formulas"""

FRESH_SECONDS = 0.1
"""How long it is remembered what a document's formulas ask: one recalculation asks for many cells."""

CELL = re.compile(r"\$?(?:'(?P<quoted>(?:[^']|'')+)'\.|(?P<plain>[^\W\d]\w*)\.|\.)?\$?(?P<cell>[A-Z]{1,3}\$?\d+)")
RANGE = re.compile(CELL.pattern.replace("?P<", "?P<first_") + ":" + CELL.pattern)
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:E[-+]?\d+)?")
TEXT = re.compile(r'"(?:[^"]|"")*"')


class InDoubt(Exception):
    """One formula means a blank, another a zero; ``place`` is the argument."""

    def __init__(self, place):
        super().__init__(place)
        self.place = place


def restore_blanks(document, shown, arguments):
    """The arguments as the formula means them: a 0 that stands for a blank cell is ``""``.

    ``shown`` is the function's name in formulas. Raises ``InDoubt``.
    """
    doubtful = [place for place, value in enumerate(arguments) if isinstance(value, float) and value == 0]
    if not doubtful or document is None:
        return arguments
    meant = _seen(document).meaning(shown, tuple(arguments), doubtful)
    if isinstance(meant, InDoubt):
        raise meant
    return ["" if place in meant else value for place, value in enumerate(arguments)]


def calls_in(formula, shown):
    """The arguments, as they are written, of every call of a function in a formula.

    >>> calls_in('=IF(A1;CTD.DAT(B5;"SAN; TONG";SUM(C1;2));CTD.DAT(0))', "CTD.DAT")
    [['B5', '"SAN; TONG"', 'SUM(C1;2)'], ['0']]
    """
    found = []
    for match in re.finditer(r"(?<![\w.])" + re.escape(shown) + r"\s*\(", formula, re.IGNORECASE):
        parts, depth, quote = [""], 1, ""
        for sign in formula[match.end() :]:
            if quote:
                quote = "" if sign == quote else quote
            elif sign in "\"'":
                quote = sign
            elif sign in "({":
                depth += 1
            elif sign in ")}":
                depth -= 1
                if depth == 0:
                    break
            elif sign == ";" and depth == 1:
                parts.append("")
                continue
            parts[-1] += sign
        found.append([part.strip() for part in parts])
    return found


_remembered = []


def _seen(document):
    """What is known of a document, looked up anew when cells were filled or emptied or a moment has passed."""
    now, stamp = time.monotonic(), [document.RuntimeUID]
    for sheet in document.Sheets:
        stamp += [sheet.queryContentCells(flags).RangeAddressesAsString for flags in (FORMULAS, FILLED)]
    if not _remembered or _remembered[0].stamp != stamp or now - _remembered[0].looked > FRESH_SECONDS:
        _remembered[:] = [_Document(document, stamp)]
    return _remembered[0]


class _Document:
    def __init__(self, document, stamp):
        self.stamp = stamp
        self._document = document
        self._formulas = list(_formulas(document))
        self._calls = {}
        self._meanings = {}
        self.looked = time.monotonic()

    def meaning(self, shown, arguments, doubtful):
        """Which doubtful arguments are blank, for the formulas that may be asking; or the doubt."""
        key = shown, arguments
        if key not in self._meanings:
            self._meanings[key] = self._compare(shown, arguments, doubtful)
        return self._meanings[key]

    def _compare(self, shown, arguments, doubtful):
        meant = None
        for call in self._calls_of(shown):
            if not _may_be(call, arguments):
                continue
            blanks = {place for place in doubtful if place < len(call) and call[place].is_blank()}
            if meant is not None and blanks != meant:
                return InDoubt(min(blanks ^ meant))
            meant = blanks
        return meant or set()

    def _calls_of(self, shown):
        if shown not in self._calls:
            self._calls[shown] = [
                [_Written(self._document, sheet, text) for text in call]
                for sheet, formula in self._formulas
                for call in calls_in(formula, shown)
            ]
        return self._calls[shown]


def _formulas(document):
    for sheet in document.Sheets:
        for part in sheet.queryContentCells(FORMULAS):
            for row in part.getFormulaArray():
                for formula in row:
                    if "CTD." in formula.upper():
                        yield sheet, formula


def _may_be(call, arguments):
    """Could this call be the one that is being calculated? What is written is compared before cells are looked at."""
    if len(call) > len(arguments):
        return False
    return (
        all(value is None for value in arguments[len(call) :])
        and all(written.agrees(arguments[place]) for place, written in enumerate(call))
        and all(written.may_hold(arguments[place]) for place, written in enumerate(call))
    )


class _Written:
    """One argument as a formula has it: a number or text, a cell, a range, or anything else."""

    def __init__(self, document, sheet, text):
        self._document, self._sheet = document, sheet
        self._cell = CELL.fullmatch(text)
        self._is_range = RANGE.fullmatch(text) is not None
        self._is_literal = True
        if not text:
            self._literal = None
        elif TEXT.fullmatch(text):
            self._literal = text[1:-1].replace('""', '"')
        elif NUMBER.fullmatch(text):
            self._literal = float(text)
        else:
            self._is_literal = False

    def agrees(self, value):
        """By what is written alone, could this argument be ``value``?"""
        if self._is_literal:
            return value == self._literal
        if self._is_range:
            return isinstance(value, tuple)
        return self._cell is None or isinstance(value, (float, str))

    def may_hold(self, value):
        """By what its cell holds now, could this argument be ``value``?"""
        cell = self._found()
        if cell is None or cell.Type == FORMULA:
            return True  # an expression, or a formula whose result may be on its way
        if cell.Type == EMPTY:
            return value == 0
        return value == (cell.Value if cell.Type == VALUE else cell.String)

    def is_blank(self):
        cell = self._found()
        return cell is not None and cell.Type == EMPTY

    def _found(self):
        """The single cell that is named; None for anything else."""
        if self._cell is None:
            return None
        name = self._cell["plain"] or (self._cell["quoted"] or "").replace("''", "'")
        if name and not self._document.Sheets.hasByName(name):
            return None
        sheet = self._document.Sheets.getByName(name) if name else self._sheet
        return sheet.getCellRangeByName(self._cell["cell"].replace("$", ""))
