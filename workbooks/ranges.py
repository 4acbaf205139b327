"""What happens to cell addresses when a table grows, shrinks or pushes down what stands below it.

A table's body keeps its first row. What covered the body covers it afterwards; what stands below moves down only when
the table needs its room; everything else keeps its address.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from workbooks.layouts import column_letters, column_number

LAST_ROW = 1_048_576

_REFERENCE = re.compile(r"(\$?)([A-Z]{1,3})(\$?)([0-9]{1,7})(?::(\$?)([A-Z]{1,3})(\$?)([0-9]{1,7}))?", re.ASCII)
_TOKEN = re.compile(
    r"""
      "(?:[^"]|"")*"                                  # a text
    | \[\d+\][^\W\d][\w.]*!\$?[A-Z]{1,3}\$?\d+        # a cell of another workbook
    | \[(?:[^\[\]']|'.)*\]                            # a column of a table
    | (?P<sheet>'(?:[^']|'')+'!|(?<![\w.\]])[^\W\d][\w.]*!)?
      (?P<reference>(?<![\w.$:])\$?[A-Z]{1,3}\$?[0-9]{1,7}(?::\$?[A-Z]{1,3}\$?[0-9]{1,7})?)
      (?![\w.(!\[])
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells by 1-based numbers, both ends included."""

    first_column: int
    first_row: int
    last_column: int
    last_row: int

    def __str__(self) -> str:
        start = f"{column_letters(self.first_column)}{self.first_row}"
        end = f"{column_letters(self.last_column)}{self.last_row}"
        return start if start == end else f"{start}:{end}"


def parse_area(text: str) -> Area:
    """An address such as ``A4:K400`` or ``B7``. Raises ``ValueError`` for anything else.

    >>> str(parse_area("$A$4:K400"))
    'A4:K400'
    """
    match = _REFERENCE.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no range of cells")
    left, top = column_number(match[2]), int(match[4])
    if match[6] is None:
        return Area(left, top, left, top)
    return Area(left, top, column_number(match[6]), int(match[8]))


@dataclass(frozen=True, slots=True)
class Change:
    """One table's new size on one sheet.

    The body ran from ``first`` to ``old_last`` and now runs to ``new_last``; its ``totals`` rows follow it. ``pushed``
    rows were inserted before row ``below``, the first row of what stands below the table.
    """

    sheet: str
    first_column: int
    last_column: int
    first: int
    old_last: int
    new_last: int
    totals: int = 0
    below: int = LAST_ROW + 1
    pushed: int = 0

    @property
    def nothing(self) -> bool:
        return self.old_last == self.new_last and not self.pushed

    def row(self, row: int) -> int:
        """Where a row outside the body stands now."""
        if self.old_last < row <= self.old_last + self.totals:
            return row + self.new_last - self.old_last
        return row + self.pushed if row >= self.below else row

    def area(self, area: Area, *, ends_with_body: bool = False) -> Area:
        """Where a range stands now.

        With ``ends_with_body`` a range that begins inside the body and ends with it keeps ending with it: the rules
        and validations that people cut into pieces by pasting go on to the last row.
        """
        top, bottom = area.first_row, area.last_row
        beside = area.last_column < self.first_column or area.first_column > self.last_column
        from_the_top = top <= self.first or (ends_with_body and top <= min(self.old_last, self.new_last))
        if not beside and from_the_top and bottom == self.old_last:
            bottom = self.new_last
        elif not beside and top <= self.first and bottom > self.old_last:
            bottom = max(self.row(bottom), self.new_last)
        else:
            bottom = self.row(bottom)
        return Area(area.first_column, self.row(top), area.last_column, min(bottom, LAST_ROW))


def moved_area(text: str, changes: Sequence[Change], *, ends_with_body: bool = False) -> str:
    """An address of the changed sheet after its changes; whole columns and what is no address stay.

    >>> grown = Change("Sổ quỹ", 1, 11, 5, 400, 500)
    >>> moved_area("C5:C400", [grown]), moved_area("C20:C400", [grown]), moved_area("A:A", [grown])
    ('C5:C500', 'C20:C400', 'A:A')
    """
    match = _REFERENCE.fullmatch(text)
    return _moved(match, changes, ends_with_body, ends_with_body) if match else text


def moved_list(text: str, changes: Sequence[Change]) -> str:
    """Addresses separated by blanks, as validations and rules list them."""
    return " ".join(moved_area(part, changes, ends_with_body=True) for part in text.split())


def moved_formula(formula: str, sheet: str | None, changes: Sequence[Change], *, single_cells: bool = False) -> str:
    """A formula after the changes; ``sheet`` is the one it stands on, None outside of any sheet.

    ``single_cells``: a single cell that is the whole body of a table stands for the body, as in a chart's range.

    >>> grown = Change("Sổ quỹ", 1, 11, 5, 400, 500)
    >>> moved_formula("SUM('Sổ quỹ'!$C$5:$C$400,C5:C400)", "Ghi chú", [grown])
    "SUM('Sổ quỹ'!$C$5:$C$500,C5:C400)"
    """

    def replace(match: re.Match[str]) -> str:
        reference = match["reference"]
        if reference is None:
            return match[0]
        prefix = match["sheet"] or ""
        named = _sheet_name(prefix) if prefix else sheet
        here = [change for change in changes if named is not None and change.sheet.casefold() == named.casefold()]
        parts = _REFERENCE.fullmatch(reference)
        if not here or not parts:
            return match[0]
        return prefix + _moved(parts, here, False, single_cells)

    return _TOKEN.sub(replace, formula)


def _sheet_name(prefix: str) -> str:
    name = prefix[:-1]
    return name[1:-1].replace("''", "'") if name.startswith("'") else name


def _moved(match: re.Match[str], changes: Sequence[Change], ends_with_body: bool, single_cells: bool) -> str:
    single = match[6] is None
    left, top = column_number(match[2]), int(match[4])
    right, bottom = (left, top) if single else (column_number(match[6]), int(match[8]))
    before = area = Area(left, top, right, bottom)
    for change in changes:
        if single and not single_cells:
            area = Area(area.first_column, change.row(area.first_row), area.last_column, change.row(area.last_row))
        else:
            area = change.area(area, ends_with_body=ends_with_body)
    if area == before:
        return match[0]
    start = f"{match[1]}{match[2]}{match[3]}{area.first_row}"
    if single and area.first_row == area.last_row:
        return start
    marks = (match[1], match[2], match[3]) if single else (match[5], match[6], match[7])
    return f"{start}:{''.join(marks)}{area.last_row}"
