"""A workbook that uses every function, saved by openpyxl and calculated by LibreOffice: what Python answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from calc_office import Calc
from office import UNITS, YEAR, Office
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

from sync.facts import facts_of
from xl_ctd.calling import CellError, Grid, call
from xl_ctd.registry import FUNCTIONS

pytestmark = pytest.mark.xdist_group("calc")

B = None
WARD = UNITS[0].code

Argument = Any
"""One cell, or a list: a column of cells."""

CASES: dict[str, list[tuple[Argument, ...]]] = {
    "GIATRI": [("TS-02", YEAR), ("TS-02", YEAR, WARD), ("TS-02", 1990), ("XX-99", YEAR), (["TS-12", "TS-14"], YEAR)],
    "MUCTIEU": [("TS-02", YEAR), ("TS-08", YEAR, B, "U"), ("không có", YEAR)],
    "TYLE": [([8, 15, 3, B], [10, 20, 3, B]), (26, 33), (1, 0), (B, 5), (0, 7), (["tám"], [10])],
    "DAT": [(0.8, "TYLE", 0.8), (0.8, "TYLE", 0.8, B, ">"), (B, "MIN", 21), (0, "MIN", 22), (5, "?", 1)],
    "MUCDAT": [([760, 1100, 1520, B], "KHOANG", 800, 1400), (1, "MIN", 0), (1.05, "MUC_NAM", 2.5, B, 0.6)],
    "TRANGTHAI": [
        ([760, 800, 1520, B, "#DIV/0!"], "KHOANG", 800, 1400),
        (B, "MIN", 23),
        (0, "MIN", 24),
        ("x", "MIN", 1),
    ],
    "TRANGTHAI_KHOANG": [(0.75, 0.85, "TYLE", 0.8), (0.825, 0.925, "TYLE", 0.8), (0.65, 0.75, "TYLE", 0.8)],
    "CONTHIEU": [([760, 800], "KHOANG", 800), (26 / 33, "TYLE", 0.8, 33)],
    "LOTRINH": [(0.6, 2023, 2.5, 2033, 2026), (0.6, 2023, 2.5, 2033, 2026, "KEP"), (-1, 2023, 2.5, 2033, 2026, "KEP")],
    "NHIP": [(800, "1/1/2026", "31/12/2026", "30/6/2026"), (800, 46022, 46387, 46203)],
    "DEN": [(420, [433.97, 396.71]), (B, 25)],
    "CAGR": [(0.6, 2.5, 10), (-1, 2, 3)],
    "DUBAO": [([2023, 2024, 2025, 2026], [0.6, 0.75, 0.9, 1.05], 2033), ([2023], [1], 2033)],
    "SAN": [([20e6, 19_999_999, B], 20e6), ([20e6, 19_999_999, B], 20e6, "THIEU")],
    "DAYDU": [(10, 12), (1, 0)],
    "DUNGHAN": [(["5/1/2025", B, "9/1/2025"], ["6/1/2025", "6/1/2025", "6/1/2025"])],
    "DUYNHAT": [(["ĐC1", "đc1", " ĐC1 ", "ĐC2", B],)],
    "SO": [(["1.400", "1,400", "12,5", B],)],
    "TIEN": [("1,5 tỷ",), ("20 triệu",), ("hai mươi",)],
    "NGAY": [("30/3/2023",), ("tháng 10/2023",)],
    "CHUAN": [("thị xã",)],
    "KHONGDAU": [("Đông Ngàn",)],
    "BANGCHU": [(1_200_000_000,), (0,)],
    "KY": [("2026", "HC", "TU"), ("2026", "HC", "DEN"), ("26", "HC", "TU")],
    "NGUON": [("TS-02",), ("Chỉ tiêu!A1",)],
    "DONVI": [(WARD, "1/1/2024"), ("00000", "1/1/2024")],
    "NHIEMVU": [("TS-N24", B, "1/6/2024"), ("không có",)],
    "BANGCHITIEU": [(YEAR,), (YEAR, WARD)],
}


ERROR_CELL = "=1/0"


def varied(name: str) -> Iterator[tuple[Argument, ...]]:
    """The function's first case with each argument in turn as a range: one cell, some cells of which one is blank, one
    blank cell."""
    usual = CASES[name][0]
    for place, argument in enumerate(usual):
        cells = argument if isinstance(argument, list) else [argument]
        for other in ([cells[0]], [cells[0], B, cells[0]], [B]):
            yield (*usual[:place], other, *usual[place + 1 :])


def grid_of(argument: Argument) -> Grid:
    return [[cell] for cell in argument] if isinstance(argument, list) else [[argument]]


class Sheet:
    """Formulas one below the other, each with its arguments to the right of it."""

    def __init__(self, sheet: Worksheet) -> None:
        self._sheet, self._row = sheet, 1

    def add(self, name: str, arguments: Sequence[Argument], height: int, width: int) -> tuple[int, int]:
        """Where the answer will stand. Arguments are cells, ranges and, every second one, typed into the formula."""
        column, written = width + 2, []
        for place, argument in enumerate(arguments):
            cells = [cell for [cell] in grid_of(argument)]
            if argument is not B and not isinstance(argument, list) and place % 2:
                text = argument.replace('"', '""') if isinstance(argument, str) else argument
                written.append(f'"{text}"' if isinstance(argument, str) else repr(text))
                continue
            for down, cell in enumerate(cells):
                self._sheet.cell(self._row + down, column, cell).data_type = "s" if isinstance(cell, str) else "n"
            letter = get_column_letter(column)
            last = f":{letter}{self._row + len(cells) - 1}" if isinstance(argument, list) else ""
            written.append(f"{letter}{self._row}{last}")
            column += 1
        formula = f"=CTD.{name}({','.join(written)})"
        top = self._row
        if height * width > 1:
            around = f"A{top}:{get_column_letter(width)}{top + height - 1}"
            self._sheet[f"A{top}"] = ArrayFormula(around, formula)
        else:
            self._sheet[f"A{top}"] = formula
        self._row += max(height, *(len(grid_of(argument)) for argument in arguments)) + 1
        return top, 1


def shown(cell: Any) -> Any:
    """A cell as both programs show it: Calc has 1 for TRUE and nothing for a blank, and fifteen digits in a file."""
    if isinstance(cell, CellError):
        return cell.code
    if cell in (None, ""):
        return None
    return float(f"{cell:.12g}") if isinstance(cell, bool | int | float) else cell


def every_case() -> Iterator[tuple[str, tuple[Argument, ...]]]:
    return ((name, arguments) for name, cases in CASES.items() for arguments in (*cases, *varied(name)))


@pytest.fixture(scope="module")
def answers(merged_office: Office) -> list[Grid]:
    """What Python answers, case by case."""
    facts = facts_of(merged_office.master, datetime.now())
    return [call(name, [grid_of(one) for one in arguments], facts) for name, arguments in every_case()]


@pytest.fixture(scope="module")
def recalculated(calc: Calc, answers: list[Grid], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Grid]]:
    """The workbook as LibreOffice saved it, and what stands in it case by case."""
    path = tmp_path_factory.mktemp("every-function") / "every-function.xlsx"
    book = openpyxl.Workbook()
    sheet = Sheet(book.worksheets[0])
    sizes = [(len(answer), len(answer[0])) for answer in answers]
    places = [sheet.add(name, given, *size) for (name, given), size in zip(every_case(), sizes, strict=True)]
    add_error_cells(book.create_sheet("errors"))
    book.save(path)
    saved = calc.converted(path, "xlsx:Calc MS Excel 2007 XML")
    there = openpyxl.load_workbook(saved, data_only=True).worksheets[0]
    found = [
        [[there.cell(top + down, left + right).value for right in range(width)] for down in range(height)]
        for (top, left), (height, width) in zip(places, sizes, strict=True)
    ]
    return saved, found


def add_error_cells(sheet: Worksheet) -> None:
    """For every function a row: its name, its answer to an error cell, its answer to a range with one."""
    sheet["G1"], sheet["G2"] = ERROR_CELL, 1
    for row, name in enumerate(CASES, 1):
        others = ",".join("1" for _ in CASES[name][0][1:])
        sheet.cell(row, 1, name)
        for column, argument in enumerate(("G1", "G1:G2"), 2):
            sheet.cell(row, column, f"=CTD.{name}({','.join(filter(None, (argument, others)))})")


def test_every_function_hands_an_error_cell_on(recalculated: tuple[Path, list[Grid]]) -> None:
    sheet = openpyxl.load_workbook(recalculated[0], data_only=True)["errors"]

    assert [(name, "#DIV/0!", "#VALUE!") for name in FUNCTIONS] == list(sheet.iter_rows(max_col=3, values_only=True))


def test_every_function_has_cases() -> None:
    assert list(FUNCTIONS) == list(CASES)


def test_libreoffice_calculates_what_python_answers(answers: list[Grid], recalculated: tuple[Path, list[Grid]]) -> None:
    asked = [f"{name}{arguments}" for name, arguments in every_case()]
    expected = [[[shown(cell) for cell in row] for row in answer] for answer in answers]
    found = [[[shown(cell) for cell in row] for row in grid] for grid in recalculated[1]]

    assert [] == [three for three in zip(asked, expected, found, strict=True) if three[1] != three[2]]


def test_formulas_keep_their_names_when_libreoffice_saves_them(recalculated: tuple[Path, list[Grid]]) -> None:
    sheet = openpyxl.load_workbook(recalculated[0]).worksheets[0]
    formulas = [getattr(cell.value, "text", cell.value) for row in sheet.iter_rows() for cell in row]
    names = [text[5 : text.index("(")] for text in formulas if isinstance(text, str) and text.startswith("=CTD.")]

    assert [name for name, _ in every_case()] == names


def test_every_error_value_is_among_the_answers(answers: list[Grid]) -> None:
    codes = {cell.code for answer in answers for row in answer for cell in row if isinstance(cell, CellError)}

    assert {"#N/A", "#VALUE!", "#REF!", "#DIV/0!", "#NUM!"} == codes
