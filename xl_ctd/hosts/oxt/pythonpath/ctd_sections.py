"""What an answer shows below its sentence: one section for each of its tables, the findings last, and what a person may
decide in it. A request is an action and its arguments, as it is asked of the program behind the extension."""

from __future__ import annotations

from ctd_content import CONTENT, sentence

CONFLICTS, HELD, FINDINGS = "conflicts", "held", "findings"
DECIDE = "xung_dot"
"""The action that closes conflicts and lets files of held units pass."""

SIDES = {"ward": "calc-take-ward", "master": "calc-take-master", "base": "calc-take-base"}
"""What a conflict may take, and the code of its words."""

SIGNS = {"error": "✖", "warning": "▲", "info": "•"}
UNIT, YEAR, FILES = 0, 2, 4
"""Columns of the table of held units; here each of a unit's files has a row, because one of them may pass."""

NARROWEST, BETWEEN = 5, "  "


class Section:
    """A list with a title. ``kind`` says what can be done beside its rows: ``CONFLICTS``, ``HELD``, ``FINDINGS`` or
    nothing. ``sides`` is what was chosen, row by row of the conflicts; None where nothing was."""

    def __init__(self, kind, title, headers, rows):
        self.kind, self.headers, self.rows = kind, headers, rows
        self.title = title if len(rows) == 1 or title.endswith(")") else f"{title} ({len(rows)})"
        self.sides = [None] * len(rows) if kind == CONFLICTS else []

    def lines(self, letters):
        """The headers and every row as lines of at most so many letters, in columns. What is cut ends with "…": a
        person sees the selected row whole."""
        columns = list(zip(self.headers, *self.rows))
        widths = [max(len(cell) for cell in cells) for cells in columns]
        while sum(widths) + len(BETWEEN) * (len(widths) - 1) > letters and max(widths) > NARROWEST:
            widths[widths.index(max(widths))] -= 1
        return [
            BETWEEN.join(_fitted(cell, width) for cell, width in zip(row, widths)).rstrip()
            for row in (self.headers, *self.rows)
        ]

    def words(self, row):
        """A whole row, a line for each column that says something."""
        return "\n".join(f"{header}: {cell}" for header, cell in zip(self.headers, self.rows[row]) if cell)

    def choose(self, row, side):
        """Decide one conflict."""
        self.sides[row] = side
        self.rows[row] = (*self.rows[row][:-1], sentence(SIDES[side]))


def _fitted(cell, width):
    return cell.ljust(width) if len(cell) <= width else cell[: width - 1] + "…"


def sections_of(answer):
    """The sections of an answer. Before a merge there is nothing to decide yet."""
    found = [_section(table, may_decide=not answer["asks"]) for table in answer["tables"]]
    if answer["findings"]:
        words = CONTENT["findings"]
        rows = [_finding(one, words["severities"]) for one in answer["findings"]]
        found.append(Section(FINDINGS, words["title"], words["headers"], rows))
    return found


def _section(table, *, may_decide):
    rows = [tuple(row) for row in table["rows"]]
    if table["kind"] == CONFLICTS:
        blank = sentence("calc-blank")
        rows = [(*row[:-3], *(value or blank for value in row[-3:])) for row in rows]
    if table["kind"] == CONFLICTS and may_decide:
        headers, rows = [*table["headers"], sentence("calc-choice")], [(*row, "") for row in rows]
        return Section(CONFLICTS, table["title"], headers, rows)
    if table["kind"] == HELD:
        rows = [(*row[:FILES], file, *row[FILES + 1 :]) for row in rows for file in row[FILES].split("; ")]
    return Section(table["kind"] if may_decide else "", table["title"], table["headers"], rows)


def _finding(finding, severities):
    severity = finding["severity"]
    mark = f"{SIGNS[severity]} {severities[severity]}"
    return (mark, finding["code"], finding["file"], finding["sheet"], finding["cell"], finding["sentence"])


def decisions(section):
    """The request that carries out what was chosen, as one step that can be taken back."""
    chosen = [(row[0], side) for row, side in zip(section.rows, section.sides) if side is not None]
    return (
        DECIDE,
        {"conflict": " ".join(number for number, _ in chosen), "take": " ".join(side for _, side in chosen)},
    )


def passing(section, row):
    """The request that lets the file in this row of a held unit pass; None where no file is left."""
    held = section.rows[row]
    return (DECIDE, {"unit": held[UNIT], "year": held[YEAR], "name": held[FILES]}) if held[FILES] else None
