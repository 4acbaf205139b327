"""Simple formulas: arithmetic, comparisons, joining of texts, and the functions that wards use.

A formula that is not understood gives ``#ERROR!``, an unknown function ``#NAME?``, as in Google Sheets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Protocol, TypeGuard

from sync.emulator.locales import EPOCH, Locale, locale_of, serial
from sync.emulator.number_formats import general


@dataclass(frozen=True, slots=True)
class ErrorValue:
    """An error as a cell shows it, such as ``#REF!``."""

    code: str


Scalar = bool | int | float | str | ErrorValue | None
Table = Sequence[Sequence[Scalar]]
Result = Scalar | Table


class Scope(Protocol):
    """What a formula can look at: cells, by tab (None: its own) and A1 notation without dollars; and the day."""

    locale: str
    today: date

    def cells(self, title: str | None, cells: str) -> Table: ...


Expression = Callable[[Scope], Result]
TOKEN = re.compile(
    r"""(?P<space>\s+)
    |"(?P<text>(?:[^"]|"")*)"
    |(?P<error>\#(?:REF|N/A|VALUE|DIV/0|NAME|NUM|NULL)[!?]?)
    |(?P<reference>(?:(?P<tab>'(?:[^']|'')+'|[^\W\d][\w.]*)!)?
      (?P<cells>\$?[A-Za-z]{1,3}\$?\d+(?::\$?[A-Za-z]{1,3}(?:\$?\d+)?)?|\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3})(?![\w(.]))
    |(?P<number>(?P<whole>\d+)?(?P<decimals>[.,]\d+)(?:[eE][+-]?\d+)?|\d+(?:[eE][+-]?\d+)?)
    |(?P<name>[^\W\d][\w.]*)
    |(?P<operator><>|<=|>=|[-+*/^&=<>(),;%])""",
    re.VERBOSE,
)
_WHOLE = re.compile(r"(?P<number>\d+)")
_COMMA = re.compile(r"(?P<operator>,)")


class FormulaError(Exception):
    """Evaluation stops with this error."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def evaluate(text: str, scope: Scope) -> Scalar:
    """The value of a formula with its equals sign."""
    try:
        value = _single(_parsed(text, scope.locale)(scope))
    except FormulaError as error:
        return ErrorValue(error.code)
    # A formula that refers to a blank cell gives zero.
    return 0 if value is None else value


def is_readable(text: str, locale: str) -> bool:
    """Whether a formula is written as formulas are; unknown functions and arrays in braces are not judged."""
    try:
        _Parser(text, locale_of(locale)).whole()
    except FormulaError as error:
        return error.code != "#ERROR!" or "{" in text
    return True


@lru_cache(maxsize=4096)
def _parsed(text: str, locale_name: str) -> Expression:
    try:
        return _Parser(text, locale_of(locale_name)).whole()
    except FormulaError as error:
        return _failing(error.code)


def _failing(code: str) -> Expression:
    def fail(scope: Scope) -> Result:
        raise FormulaError(code)

    return fail


class _Parser:
    """Precedence, from the loosest: comparison, ``&``, sum, product, power, sign, percent."""

    def __init__(self, text: str, locale: Locale) -> None:
        self._locale = locale
        self._tokens = list(self._split(text))
        self._at = 0

    def _split(self, text: str) -> Sequence[re.Match[str]]:
        tokens, position = [], 1
        while position < len(text):
            found = TOKEN.match(text, position)
            if found is None:
                raise FormulaError("#ERROR!")
            decimals = found["decimals"]
            if decimals and decimals[0] != self._locale.decimal:
                # "1,2" stands between arguments where the comma separates them, and is an error where it does not.
                if decimals[0] != self._locale.separator:
                    raise FormulaError("#ERROR!")
                found = (_WHOLE if found["whole"] else _COMMA).match(text, position)
                assert found is not None
            position = found.end()
            if found.lastgroup != "space":
                tokens.append(found)
        return tokens

    def whole(self) -> Expression:
        expression = self._comparison()
        if self._at != len(self._tokens):
            raise FormulaError("#ERROR!")
        return expression

    def _next(self, *operators: str) -> str | None:
        """The operator at hand, when it is one of these; it is then behind us."""
        if self._at < len(self._tokens) and self._group("operator") in operators:
            self._at += 1
            return self._tokens[self._at - 1][0]
        return None

    def _group(self, name: str) -> str | None:
        groups = self._tokens[self._at].groupdict()
        return groups.get(name)

    def _chain(self, inner: Callable[[], Expression], *operators: str) -> Expression:
        left = inner()
        while operator := self._next(*operators):
            left = _binary(operator, left, inner())
        return left

    def _comparison(self) -> Expression:
        return self._chain(self._joined, "<>", "<=", ">=", "=", "<", ">")

    def _joined(self) -> Expression:
        return self._chain(self._sum, "&")

    def _sum(self) -> Expression:
        return self._chain(self._product, "+", "-")

    def _product(self) -> Expression:
        return self._chain(self._power, "*", "/")

    def _power(self) -> Expression:
        return self._chain(self._signed, "^")

    def _signed(self) -> Expression:
        if self._next("-"):
            return _binary("-", lambda scope: 0, self._signed())
        if self._next("+"):
            return self._signed()
        value = self._one()
        while self._next("%"):
            value = _binary("/", value, lambda scope: 100)
        return value

    def _one(self) -> Expression:
        if self._at >= len(self._tokens):
            raise FormulaError("#ERROR!")
        if self._next("("):
            inner = self._comparison()
            if not self._next(")"):
                raise FormulaError("#ERROR!")
            return inner
        token = self._tokens[self._at].groupdict()
        self._at += 1
        if token.get("number") is not None:
            number = float(token["number"].replace(",", "."))
            return lambda scope: number
        if token.get("text") is not None:
            text = token["text"].replace('""', '"')
            return lambda scope: text
        if token.get("error"):
            return _failing(token["error"])
        if token.get("reference"):
            return _reference(token["tab"], token["cells"])
        if token.get("name"):
            return self._named(token["name"].upper())
        raise FormulaError("#ERROR!")

    def _named(self, name: str) -> Expression:
        if not self._next("("):
            if name in ("TRUE", "FALSE"):
                return lambda scope: name == "TRUE"
            raise FormulaError("#NAME?")
        arguments: list[Expression] = []
        if not self._next(")"):
            arguments.append(self._comparison())
            while self._next(self._locale.separator, ";"):
                arguments.append(self._comparison())
            if not self._next(")"):
                raise FormulaError("#ERROR!")
        if name not in FUNCTIONS:
            raise FormulaError("#NAME?")
        return lambda scope: FUNCTIONS[name](scope, arguments)


def _reference(tab: str | None, cells: str) -> Expression:
    title = None if tab is None else tab[1:-1].replace("''", "'") if tab.startswith("'") else tab
    plain = cells.replace("$", "").upper()
    single = ":" not in plain

    def look(scope: Scope) -> Result:
        table = scope.cells(title, plain)
        return table[0][0] if single else table

    return look


def _binary(operator: str, left: Expression, right: Expression) -> Expression:
    return lambda scope: _each(_OPERATORS[operator], left(scope), right(scope))


def _each(operate: Callable[[Result, Result], Scalar], left: Result, right: Result) -> Result:
    """An operator on tables works cell by cell; where a table is used as one value, its first cell counts."""
    if not _is_table(left) and not _is_table(right):
        return operate(left, right)
    height, width = max(_size(left)[0], _size(right)[0]), max(_size(left)[1], _size(right)[1])
    return [
        [_caught(operate, _at(left, row, column), _at(right, row, column)) for column in range(width)]
        for row in range(height)
    ]


def _is_table(value: Result) -> TypeGuard[Table]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _size(value: Result) -> tuple[int, int]:
    return (len(value), len(value[0])) if _is_table(value) else (1, 1)


def _at(value: Result, row: int, column: int) -> Scalar:
    if not _is_table(value):
        return value  # type: ignore[return-value]
    line = value[row if len(value) > 1 else 0] if row < len(value) or len(value) == 1 else []
    place = column if len(line) > 1 else 0
    return line[place] if place < len(line) else ErrorValue("#N/A")


def _caught(operate: Callable[[Result, Result], Scalar], left: Scalar, right: Scalar) -> Scalar:
    try:
        return operate(left, right)
    except FormulaError as error:
        return ErrorValue(error.code)


def _divided(left: Result, right: Result) -> float:
    divisor = _number(right)
    if divisor == 0:
        raise FormulaError("#DIV/0!")
    return _number(left) / divisor


def _raised(left: Result, right: Result) -> float:
    try:
        return float(_number(left) ** _number(right))
    except (OverflowError, ZeroDivisionError, TypeError):
        raise FormulaError("#NUM!") from None


def _compared(left: Result, right: Result) -> int:
    """-1, 0 or 1; numbers stand before texts, texts before truth values, and capital letters do not count."""
    ranks = [_rank(_single(side)) for side in (left, right)]
    return (ranks[0] > ranks[1]) - (ranks[0] < ranks[1])


def _rank(value: Scalar) -> tuple[int, float, str]:
    if isinstance(value, ErrorValue):
        raise FormulaError(value.code)
    if isinstance(value, bool):
        return 2, float(value), ""
    if isinstance(value, str):
        return (1, 0.0, value.lower()) if value else (0, 0.0, "")
    return 0, float(value or 0), ""


_OPERATORS: dict[str, Callable[[Result, Result], Scalar]] = {
    "+": lambda left, right: _number(left) + _number(right),
    "-": lambda left, right: _number(left) - _number(right),
    "*": lambda left, right: _number(left) * _number(right),
    "/": _divided,
    "^": _raised,
    "&": lambda left, right: _text(left) + _text(right),
    "=": lambda left, right: _compared(left, right) == 0,
    "<>": lambda left, right: _compared(left, right) != 0,
    "<": lambda left, right: _compared(left, right) < 0,
    ">": lambda left, right: _compared(left, right) > 0,
    "<=": lambda left, right: _compared(left, right) <= 0,
    ">=": lambda left, right: _compared(left, right) >= 0,
}


def _single(value: Result) -> Scalar:
    if isinstance(value, Sequence) and not isinstance(value, str):
        value = value[0][0] if value and value[0] else None
    if isinstance(value, ErrorValue):
        raise FormulaError(value.code)
    return value


def _number(value: Result) -> float:
    value = _single(value)
    if value is None or value == "":
        return 0.0
    if isinstance(value, ErrorValue):
        raise FormulaError(value.code)
    try:
        return float(value)
    except ValueError:
        raise FormulaError("#VALUE!") from None


def _text(value: Result) -> str:
    value = _single(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return general(value, locale_of("en_US")) if isinstance(value, int | float) else str(value)


def _scalars(scope: Scope, arguments: Sequence[Expression]) -> list[Scalar]:
    scalars: list[Scalar] = []
    for argument in arguments:
        value = argument(scope)
        if isinstance(value, Sequence) and not isinstance(value, str):
            scalars += [one for row in value for one in row]
        else:
            scalars.append(value)
    return scalars


def _numbers(scope: Scope, arguments: Sequence[Expression]) -> list[float]:
    scalars = _scalars(scope, arguments)
    for scalar in scalars:
        if isinstance(scalar, ErrorValue):
            raise FormulaError(scalar.code)
    return [float(one) for one in scalars if isinstance(one, int | float) and not isinstance(one, bool)]


def _average(scope: Scope, arguments: Sequence[Expression]) -> float:
    numbers = _numbers(scope, arguments)
    if not numbers:
        raise FormulaError("#DIV/0!")
    return sum(numbers) / len(numbers)


def _if(scope: Scope, arguments: Sequence[Expression]) -> Result:
    if _number(arguments[0](scope)):
        return arguments[1](scope)
    return arguments[2](scope) if len(arguments) > 2 else False


def _if_error(scope: Scope, arguments: Sequence[Expression]) -> Result:
    try:
        return _single(arguments[0](scope))
    except FormulaError:
        return arguments[1](scope) if len(arguments) > 1 else None


def _round(scope: Scope, arguments: Sequence[Expression]) -> float:
    places = int(_number(arguments[1](scope))) if len(arguments) > 1 else 0
    scaled = _number(arguments[0](scope)) * 10**places
    return int(scaled + (0.5 if scaled >= 0 else -0.5)) / float(10**places)


def _date(scope: Scope, arguments: Sequence[Expression]) -> int:
    year, month, day = (int(_number(argument(scope))) for argument in arguments)
    months = year * 12 + month - 1
    try:
        return serial(date(months // 12, months % 12 + 1, 1) + timedelta(days=day - 1))
    except (ValueError, OverflowError):
        raise FormulaError("#NUM!") from None


def _sum_product(scope: Scope, arguments: Sequence[Expression]) -> float:
    tables = [value if _is_table(value := argument(scope)) else [[value]] for argument in arguments]
    total = 0.0
    for rows in zip(*tables, strict=False):
        for cells in zip(*rows, strict=False):
            product = 1.0
            for cell in cells:
                if isinstance(cell, ErrorValue):
                    raise FormulaError(cell.code)
                product *= float(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else 0.0
            total += product
    return total


def _indirect(scope: Scope, arguments: Sequence[Expression]) -> Result:
    found = TOKEN.fullmatch(_text(arguments[0](scope)))
    if found is None or found["reference"] is None:
        raise FormulaError("#REF!")
    return _reference(found["tab"], found["cells"])(scope)


def _match(scope: Scope, arguments: Sequence[Expression]) -> int:
    """The exact kind of search only: the third argument is 0."""
    wanted = _rank(_single(arguments[0](scope)))
    for place, value in enumerate(_scalars(scope, arguments[1:2]), 1):
        if value is not None and not isinstance(value, ErrorValue) and _rank(value) == wanted:
            return place
    raise FormulaError("#N/A")


def _is_number(scope: Scope, arguments: Sequence[Expression]) -> bool:
    try:
        value = _single(arguments[0](scope))
    except FormulaError:
        return False
    return isinstance(value, int | float) and not isinstance(value, bool)


def _count_if(scope: Scope, arguments: Sequence[Expression]) -> int:
    wanted = _text(arguments[1](scope)).lower()
    return sum(1 for one in _scalars(scope, arguments[:1]) if one is not None and _text(one).lower() == wanted)


FUNCTIONS: dict[str, Callable[[Scope, Sequence[Expression]], Result]] = {
    "SUMPRODUCT": _sum_product,
    "INDIRECT": _indirect,
    "MATCH": _match,
    "ISNUMBER": _is_number,
    "SUM": lambda scope, given: sum(_numbers(scope, given)),
    "AVERAGE": _average,
    "MIN": lambda scope, given: min(_numbers(scope, given), default=0),
    "MAX": lambda scope, given: max(_numbers(scope, given), default=0),
    "COUNT": lambda scope, given: len(_numbers(scope, given)),
    "COUNTA": lambda scope, given: sum(1 for one in _scalars(scope, given) if one not in (None, "")),
    "COUNTIF": _count_if,
    "IF": _if,
    "IFERROR": _if_error,
    "AND": lambda scope, given: all(_number(one) for one in _scalars(scope, given)),
    "OR": lambda scope, given: any(_number(one) for one in _scalars(scope, given)),
    "NOT": lambda scope, given: not _number(given[0](scope)),
    "ISBLANK": lambda scope, given: _single(given[0](scope)) is None,
    "ROUND": _round,
    "ABS": lambda scope, given: abs(_number(given[0](scope))),
    "INT": lambda scope, given: _number(given[0](scope)) // 1,
    "CONCATENATE": lambda scope, given: "".join(_text(one) for one in _scalars(scope, given)),
    "CONCAT": lambda scope, given: "".join(_text(one) for one in _scalars(scope, given)),
    "LEN": lambda scope, given: len(_text(given[0](scope))),
    "UPPER": lambda scope, given: _text(given[0](scope)).upper(),
    "LOWER": lambda scope, given: _text(given[0](scope)).lower(),
    "TRIM": lambda scope, given: " ".join(_text(given[0](scope)).split()),
    "DATE": _date,
    "TODAY": lambda scope, given: (scope.today - EPOCH).days,
    "NA": lambda scope, given: _failing("#N/A")(scope),
    "HYPERLINK": lambda scope, given: given[-1](scope),
}
