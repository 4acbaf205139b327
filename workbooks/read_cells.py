"""A column of raw cells into values of its field's kind: strict, column-wise, each problem with its row.

The usual column is proved clean as a whole and taken over in one go; only the others are looked at cell by cell,
and then each different text once. What cannot be read becomes ``UNREAD`` with a problem; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, partial

from workbooks.grids import ERROR_TEXTS, Trouble
from xl_ctd.core import cells, dates, numbers
from xl_ctd.core.cells import Unreadable, read_text, shown
from xl_ctd.core.codes import CODE_LISTS
from xl_ctd.core.findings import Severity
from xl_ctd.core.records import UNREAD, Cell
from xl_ctd.core.tables import Field, Kind
from xl_ctd.core.text import LOST, clean, fold, repair_and_count

Raw = Sequence[object]


@dataclass(frozen=True, slots=True)
class Problem:
    """What to tell people about one cell of the column; ``index`` counts from 0."""

    index: int
    code: str
    severity: Severity
    args: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Parsed:
    """The column's values, as many as cells were given, and its problems."""

    values: tuple[Cell, ...]
    problems: list[Problem] = field(default_factory=list)


def parse_column(field: Field, column: Raw, fonts: Mapping[int, str] | None = None) -> Parsed:
    """Read a column by its field's kind; ``fonts`` names the old font of the cells that are set in one, by index.

    >>> from xl_ctd.core.tables import BY_CODE
    >>> parse_column(BY_CODE["QUY"].by_code["THU_CHI"], ["Thu", "chi", "", "C"]).values
    ('T', 'C', None, 'C')
    """
    types = set(map(type, column))
    if Trouble in types or (str in types and not ERROR_TEXTS.isdisjoint(column)):
        return _around_trouble(field, column, fonts)
    if types <= {str} and not any(column):
        return Parsed((None,) * len(column))
    if field.kind is Kind.TEXT:
        return _texts(column, types, fonts or {})
    if field.kind is Kind.CHOICE:
        return _choices(field, column, types)
    quick = _QUICK.get(field.kind)
    values = quick(column, types) if quick else None
    if values is not None:
        return Parsed(values)
    read, misread = _COLUMNS[field.kind](column)
    return Parsed(tuple(read), [_problem(index, why) for index, why in misread])


def _problem(index: int, why: Unreadable) -> Problem:
    return Problem(index, why.code, Severity.ERROR, {**why.details, "suggestion": why.suggestion or ""})


def _around_trouble(field: Field, column: Raw, fonts: Mapping[int, str] | None) -> Parsed:
    """Cells with errors become UNREAD, the others are read as ever."""
    troubles = {n: trouble for n, cell in enumerate(column) if (trouble := _as_trouble(cell))}
    rest = parse_column(field, ["" if n in troubles else cell for n, cell in enumerate(column)], fonts)
    values = tuple(UNREAD if n in troubles else value for n, value in enumerate(rest.values))
    told = [Problem(n, t.code, Severity.ERROR, {"text": t.text}) for n, t in troubles.items() if t]
    return Parsed(values, sorted([*told, *rest.problems], key=lambda problem: problem.index))


def _as_trouble(cell: object) -> Trouble | None:
    if isinstance(cell, Trouble):
        return cell
    return Trouble("cell-error", cell) if isinstance(cell, str) and cell in ERROR_TEXTS else None


# --- texts --------------------------------------------------------------------------------------------------------

_fine_words: set[str] = set()
"""Words already seen to need no repair. Only a memory: emptying it changes no result."""
_FINE_WORDS_LIMIT = 200_000
_ODD = re.compile(f"[\u0300-\u036f{LOST}\u00a1-\u00bfÄ-ÇËÎ-ÑÖ-ØÛÜÞßä-çëî-ñö-øûüþÿ]")
"""Marks standing alone, lost letters, and Western letters that only an old encoding puts into Vietnamese text."""


def _texts(column: Raw, types: set[type], fonts: Mapping[int, str]) -> Parsed:
    if types == {str} and not fonts:
        plain = _taken_over(column)  # type: ignore[arg-type]
        if plain is not None:
            return Parsed(plain)
    values: list[Cell] = []
    problems = []
    for index, cell in enumerate(column):
        try:
            value, notes = read_text(cell, fonts.get(index))
        except Unreadable as why:
            values.append(UNREAD)
            problems.append(_problem(index, why))
            continue
        values.append(value)
        for note in notes:
            severity = Severity.WARNING if note.code == "text-lost-letters" else Severity.INFO
            problems.append(Problem(index, note.code, severity, {**note.details, "text": shown(value)}))
    return Parsed(tuple(values), problems)


def _taken_over(column: Sequence[str]) -> tuple[Cell, ...] | None:
    """The texts as they are when none needs any change but blanks at its ends; None when one does."""
    different = set(column)
    joined = "|".join(different)
    if not joined.isprintable():
        return None
    if not joined.isascii():
        if len(_fine_words) > _FINE_WORDS_LIMIT:
            _fine_words.clear()
        for word in set(joined.replace("|", " ").split(" ")) - _fine_words:
            if _ODD.search(word) or clean(word) != word or repair_and_count(word)[1]:
                return None
            _fine_words.add(word)
    if " |" in joined or "| " in joined or joined[:1] == " " or joined[-1:] == " ":
        return tuple([text.strip() or None for text in column])
    return tuple([text or None for text in column])


_LONG_NUMBER = re.compile(r"0\d\d[ .]?\d{3}[ .]?\d{3}[ .]?\d{3}")
_IDENTITY_NUMBER = re.compile(r"(?<!\d)0\d\d[ .]?\d{3}[ .]?\d{3}[ .]?\d{3}(?!\d)")


def identity_numbers(values: Sequence[Cell]) -> list[int]:
    """Which texts hold what looks like a citizen's identity number: 12 digits that begin with a province, 001–096.

    >>> identity_numbers(["Trao quà", "CCCD 027089001234", None, "thẻ 097089001234"])
    [1]
    """
    if not _LONG_NUMBER.search("|".join([text for text in set(values) if isinstance(text, str)])):
        return []
    return [n for n, cell in enumerate(values) if isinstance(cell, str) and _holds_identity_number(cell)]


def _holds_identity_number(text: str) -> bool:
    return any(1 <= int(number[:3]) <= 96 for number in _IDENTITY_NUMBER.findall(text))


# --- choices ------------------------------------------------------------------------------------------------------

_FRIENDLY: dict[str, dict[str, tuple[str, ...]]] = {
    "co_khong": {
        "C": ("x", "v", "✓", "✔", "☑", "co", "yes", "y", "1", "true", "dung", "roi", "da co"),
        "K": ("khong", "ko", "no", "n", "0", "false", "sai", "chua", "chua co", "khong co"),
    },
    "thu_chi": {"T": ("phieu thu", "pt"), "C": ("phieu chi", "pc")},
}
"""What people write instead of the words of a list, folded."""


@cache
def choice_keys(name: str) -> dict[str, str]:
    """Folded text → code of a list: its codes, its words, the words before a bracket, "code - words", habits.

    A text that could mean two codes means none; codes come first.
    """
    choices = CODE_LISTS[name]
    forms: dict[str, set[str]] = {}
    for choice in choices:
        words = [choice.words, choice.words.partition("(")[0], f"{choice.code} - {choice.words}"]
        for words_or_habit in (*words, *_FRIENDLY.get(name, {}).get(choice.code, ())):
            forms.setdefault(fold(words_or_habit), set()).add(choice.code)
    keys = {form: codes.pop() for form, codes in forms.items() if len(codes) == 1}
    return keys | {fold(choice.code): choice.code for choice in choices}


@cache
def _memory(name: str) -> dict[object, str | None]:
    """Texts of this list met before, as typed. Only a memory: emptying it changes no result."""
    return {"": None}


def _choices(field: Field, column: Raw, types: set[type]) -> Parsed:
    name = field.choices or ""
    words = column if types == {str} else [cell if isinstance(cell, str) else shown(cell) for cell in column]
    memory = _memory(name)
    try:
        return Parsed(tuple([memory[word] for word in words]))
    except KeyError:
        pass
    if len(memory) > 5_000:
        memory.clear()
    read, misread = cells.parse_column(partial(_choice, name), words)
    return Parsed(tuple(read), [_problem(index, why) for index, why in misread])


def _choice(name: str, cell: object) -> str | None:
    text = clean(str(cell))
    code = choice_keys(name).get(fold(text)) if text else None
    if text and code is None:
        listed = "; ".join(choice.words for choice in CODE_LISTS[name])
        near = _suggestion(name, text)
        code_of_near = "choice-unknown" if near is None else "choice-misspelt"
        raise Unreadable(code_of_near, near, text=shown(text), choices=listed)
    _memory(name)[cell] = code
    return code


def _suggestion(name: str, text: str) -> str | None:
    """The words that the text may have meant, for a person to confirm; None when nothing is near."""
    from rapidfuzz import fuzz, process  # only a misspelt word needs it

    words = {fold(choice.words): choice.words for choice in CODE_LISTS[name]}
    best = process.extractOne(fold(text), list(words), scorer=fuzz.WRatio, score_cutoff=70)
    return words[best[0]] if best else None


# --- identifiers, numbers and dates -------------------------------------------------------------------------------


def parse_identifier(cell: object) -> str | None:
    """A code or number of a paper, kept as text: a number cell becomes its digits, a lost leading zero stays lost.

    >>> parse_identifier(" 00123 "), parse_identifier(123.0), parse_identifier("")
    ('00123', '123', None)

    Raises ``Unreadable`` for a number cell of fifteen digits and more, and for one with decimals.
    """
    if isinstance(cell, str):
        return clean(cell) or None
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < cells.LOST_DIGITS_FROM:
        return str(int(cell))
    if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= cells.LOST_DIGITS_FROM:
        raise Unreadable("number-digits-lost", text=shown(cell))
    return shown(cell)


def _real_dates(column: Raw, types: set[type]) -> tuple[Cell, ...] | None:
    """Real dates of the plan's times and blanks, taken over; None when there is anything else."""
    if not types <= {date, str}:
        return None
    typed = [cell for cell in column if type(cell) is date]
    if column.count("") != len(column) - len(typed) or min(typed) < _EARLIEST or max(typed) > _LATEST:
        return None
    return tuple([cell or None for cell in column])  # type: ignore[misc]


_EARLIEST, _LATEST = date(2020, 1, 1), date(2040, 12, 31)


def _plain_identifiers(column: Raw, types: set[type]) -> tuple[Cell, ...] | None:
    if types != {str}:
        return None
    joined = "|".join(column)  # type: ignore[arg-type]
    if not (joined.isascii() and joined.isprintable()):
        return None
    if " " in joined:
        return tuple([cell.strip() or None for cell in column])  # type: ignore[attr-defined]
    return tuple([cell or None for cell in column])  # type: ignore[misc]


_QUICK: dict[Kind, Callable[[Raw, set[type]], tuple[Cell, ...] | None]] = {
    Kind.DATE: _real_dates,
    Kind.IDENTIFIER: _plain_identifiers,
}

_Column = Callable[[Raw], tuple[Sequence[Cell], Sequence[tuple[int, Unreadable]]]]

_COLUMNS: dict[Kind, _Column] = {
    Kind.IDENTIFIER: partial(cells.parse_column, parse_identifier),
    Kind.DATE: partial(cells.parse_column, dates.parse_date),
    Kind.YEAR: partial(cells.parse_column, numbers.parse_year),
    Kind.COUNT: numbers.parse_counts,
    Kind.MONEY: numbers.parse_moneys,
    Kind.NUMBER: numbers.parse_numbers,
    Kind.PERCENT: partial(cells.parse_column, numbers.parse_percent),
}
