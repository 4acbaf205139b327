"""How worksheet functions and ribbon actions travel between VBA and Python: plain ASCII, no parser needed in VBA.

VBA reads and writes single bytes safely everywhere, Unicode only in some places, and has no JSON. So a message is
printable ASCII and the four separators that ASCII has for this: ``FS`` between messages, ``GS`` between grids, ``RS``
between rows, ``US`` between cells. A cell is blank (nothing), ``n1.5`` a number, ``b1`` or ``b0`` a truth value,
``sV~0103n`` text, ``e#N/A|...`` an error with its reason, ``m`` an argument that was left out. ``~0103`` is one UTF-16
code unit. VBA prints fifteen digits of a number only; what they miss follows as ``n.3;5.55E-17``. Of whole columns only
the rows in use travel, and a last row ``w`` says so.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import orjson

from xl_ctd.cell_values import Cell, CellError, Column, Grid, cells_of, error_named, widths_of

if TYPE_CHECKING:
    from sync.office import Answer

FS, GS, RS, US = "\x1c", "\x1d", "\x1e", "\x1f"
MISSING, WHOLE = "m", RS + "w"

_TO_ESCAPE = re.compile(r"[^ -}]")  # the tilde is the last printable character
_ESCAPED = re.compile("((?:~[0-9A-F]{4})+)")


class NotOurWire(ValueError):
    """A message that this codec did not write: another program's, or of another version."""


def encode_text(text: str) -> str:
    """Text in printable ASCII.

    >>> encode_text("Đạt~")
    '~0110~1EA1t~007E'
    """
    return _TO_ESCAPE.sub(lambda found: _code_units(found[0]), text)


def decode_text(text: str) -> str:
    """The text again. Half a pair of code units, as a broken cell may hold, becomes U+FFFD."""
    return _ESCAPED.sub(lambda found: bytes.fromhex(found[1].replace("~", "")).decode("utf-16-be", "replace"), text)


def _code_units(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex().upper()
    return "".join(f"~{units[at : at + 4]}" for at in range(0, len(units), 4))


def encode_cell(cell: Cell) -> str:
    """One cell. A number that Excel cannot hold is its ``#NUM!``."""
    if cell is None:
        return ""
    if cell is True or cell is False:
        return "b1" if cell else "b0"
    if isinstance(cell, CellError):
        return f"e{cell.code}|{encode_text(cell.reason)}"
    if isinstance(cell, str):
        return "s" + encode_text(cell)
    try:
        number = float(cell)
    except OverflowError:
        number = math.inf
    return f"n{number!r}" if math.isfinite(number) else "e#NUM!|"


def decode_cell(text: str) -> Cell:
    """One cell. Raises ``NotOurWire``."""
    kind, rest = text[:1], text[1:]
    if not text:
        return None
    if kind == "s":
        return decode_text(rest)
    if kind == "n":
        return _decode_number(rest)
    if kind == "b" and rest in ("0", "1"):
        return rest == "1"
    if kind == "e":
        code, _, reason = rest.partition("|")
        error = error_named(code)
        if error is not None:
            return CellError(error.code, decode_text(reason))
    raise NotOurWire(text)


def _decode_number(text: str) -> float:
    digits, mark, missed = text.partition(";")
    try:
        number = float(digits) + float(missed if mark else 0)  # and no minus zero, which no cell shows
    except ValueError:
        raise NotOurWire(text) from None
    if not math.isfinite(number):
        raise NotOurWire(text)
    return number


def encode_grid(grid: Grid) -> str:
    """A grid; one without cells reads back as one blank cell, because a worksheet knows no empty range."""
    written = _encode_cells(cells_of(grid))
    if widths_of(grid) == {1}:
        return written
    cells = iter(written.split(RS))
    return RS.join(US.join(islice(cells, len(row))) for row in grid)


def _encode_cells(cells: Sequence[Cell]) -> str:
    """Many cells, one below the other: numbers are written together, and each word or error once."""
    numbers = [cell for cell in cells if type(cell) is float]
    written = orjson.dumps(numbers).decode()[1:-1]
    if "null" in written or {bool, int}.issubset(map(type, cells)):  # no number, or infinite; or TRUE could pass for 1
        return RS.join(map(encode_cell, cells))
    if len(numbers) == len(cells) > 0:
        return f"n{written.replace(',', f'{RS}n')}"
    number = iter(f"n{written.replace(',', ',n')}".split(","))
    others = {cell: encode_cell(cell) for cell in dict.fromkeys(cell for cell in cells if type(cell) is not float)}
    return RS.join([next(number) if type(cell) is float else others[cell] for cell in cells])


def decode_grid(text: str) -> Grid:
    """The grid again; rows may differ in length. Raises ``NotOurWire``."""
    if US not in text:
        return Column(_decode_cells(text))
    cells = iter(_decode_cells(text.replace(US, RS)))
    return [list(islice(cells, row.count(US) + 1)) for row in text.split(RS)]


def _decode_cells(text: str) -> Sequence[Cell]:
    """Many cells, one below the other. A long column is mostly numbers, which are read together, or the same few
    words."""
    if RS not in text:
        return [decode_cell(text)]
    if text.startswith("n") and text.count(RS) == text.count(f"{RS}n"):
        return _decode_numbers(text)
    texts = text.split(RS)
    known: dict[str, Cell] = {one: decode_cell(one) for one in dict.fromkeys(texts) if not one.startswith("n")}
    numbers = [one for one in texts if one.startswith("n")]
    if numbers:
        known.update(zip(numbers, _decode_numbers(RS.join(numbers)), strict=True))
    return [known[one] for one in texts]


_DIGITS, _COMMAS = b"0123456789.+-Ee", bytes.maketrans(f"{RS};".encode(), b",,")


def _decode_numbers(text: str) -> list[float]:
    """Many numbers, ``n1.5`` or ``n.3;5.55E-17``, one below the other: read as one list of JSON, which wants a digit
    before the point."""
    written = text.encode()
    if written.translate(None, _DIGITS + f"n;{RS}".encode()):
        raise NotOurWire(text)
    letters = np.frombuffer(written, np.uint8)
    marks = letters[(letters == ord(RS)) | (letters == ord(";"))]
    is_missed = np.concatenate(([False], marks == ord(";")))
    listed = b",%b" % written.translate(_COMMAS, b"n")
    try:
        parts = np.array(orjson.loads(b"[%b]" % listed.replace(b",.", b",0.").replace(b"-.", b"-0.")[1:]), np.float64)
    except orjson.JSONDecodeError:
        raise NotOurWire(text) from None
    numbers = parts[~is_missed]
    numbers[np.cumsum(~is_missed)[is_missed] - 1] += parts[is_missed]
    if written.count(b"n") != len(numbers) or (is_missed[1:] & is_missed[:-1]).any() or not np.isfinite(numbers).all():
        raise NotOurWire(text)
    exact: list[float] = (numbers + 0.0).tolist()
    return exact


def encode_call(name: str, arguments: Sequence[Grid]) -> str:
    """A function with its arguments; a grid without rows is an argument left out."""
    return GS.join((encode_text(name), *(encode_grid(grid) if grid else MISSING for grid in arguments)))


def decode_calls(text: str) -> list[tuple[str, list[Grid]]]:
    """Functions with their arguments. One that was left out is a grid without rows; whole columns of one call are as
    long as the longest of them. Raises ``NotOurWire``."""
    calls = []
    for call in text.split(FS):
        name, *arguments = call.split(GS)
        grids: list[Grid] = [
            [] if argument == MISSING else decode_grid(argument.removesuffix(WHOLE)) for argument in arguments
        ]
        whole = [argument.endswith(WHOLE) for argument in arguments]
        used = max((len(grid) for grid, is_whole in zip(grids, whole, strict=True) if is_whole), default=0)
        grids = [_as_long(grid, used) if is_whole else grid for grid, is_whole in zip(grids, whole, strict=True)]
        calls.append((decode_text(name), grids))
    return calls


def _as_long(grid: Grid, rows: int) -> Grid:
    """A grid with blank rows below it."""
    missing = rows - len(grid)
    if isinstance(grid, Column):
        return Column([*grid.cells, *[None] * missing])
    return [*grid, *([None] * len(grid[0]) for _ in range(missing))]


def encode_results(results: Iterable[Grid]) -> str:
    """What the functions answered, in the order of the calls."""
    return FS.join(map(encode_grid, results))


def encode_arguments(arguments: Mapping[str, str]) -> str:
    """Names and values of an action's arguments."""
    return encode_grid(list(arguments.items()))


def decode_arguments(text: str) -> dict[str, str]:
    """An action's arguments again; blank values were not chosen. Raises ``NotOurWire``."""
    pairs = decode_grid(text) if text else []
    if any(len(pair) != 2 for pair in pairs):
        raise NotOurWire(text)
    return {str(name): str(value) for name, value in pairs if name is not None and value is not None}


def encode_answer(answer: Answer) -> str:
    """What an action says. The first grid is one row: title, sentence, the action it asks for. Every other grid is
    titled in its first row, has its headers in the second, and rows below; the findings' grid is titled by a blank."""
    grids: list[Grid] = [[[answer.title, answer.sentence, answer.asks]]]
    if answer.findings:
        rows = [[one.code, one.severity, one.file, one.sheet, one.cell, one.sentence] for one in answer.findings]
        grids.append([[None], list(_finding_headers()), *rows])
    grids.extend([[table.title], table.headers, *table.rows] for table in answer.tables)
    return GS.join(map(encode_grid, grids))


def encode_working(run: str, done: int, total: int) -> str:
    """An action that is not over yet: ask again after this run."""
    return US.join((f"w{encode_text(run)}", str(done), str(total)))


def _finding_headers() -> Iterable[str]:
    from xl_ctd.messages import message

    return (message(f"addin-column-{name}") for name in ("code", "severity", "file", "sheet", "cell", "sentence"))
