"""Promises that hold whatever the cells: many at once answer as one by one does, and nothing ever raises."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random
from unittest.mock import patch

import pytest
from asking import NO_MASTER, column
from hypothesis import example, given, settings
from hypothesis import strategies as st

from xl_ctd import calling, fast_columns
from xl_ctd.calling import ERROR_CODES, Cell, CellError, Grid, call
from xl_ctd.cell_values import Column, cells_of, widths_of
from xl_ctd.core.targets import TargetKind
from xl_ctd.registry import FUNCTIONS

FAST = [name for name, one in FUNCTIONS.items() if one.whole_columns is not None]


def _stepped(value: float, steps: int) -> float:
    for _ in range(abs(steps)):
        value = math.nextafter(value, math.inf if steps > 0 else -math.inf)
    return value


small = st.integers(-3, 20)
decimals = st.builds(lambda digits, places: digits / 10**places, st.integers(-(10**15), 10**15), st.integers(0, 8))
quotients = st.builds(lambda a, b: a / b, st.integers(-5000, 5000), st.integers(1, 999))
special = st.sampled_from([0.0, -0.0, 800, 0.8, 720.0, 0.1 + 0.2, 1e13, 1e14, 1e15, 2**53 + 1.0, 1e-300, 5e-324])
numbers = st.one_of(small, decimals, quotients, special, st.floats(allow_nan=False), st.integers(-(10**400), 10**400))


def around(goal: Cell) -> st.SearchStrategy[Cell]:
    """Numbers a few steps of a float from a goal, or from nine tenths of it: what rounding could carry across."""
    try:
        near = float(str(goal).replace(",", "."))
    except (ValueError, OverflowError):
        return small
    marks = [mark for mark in (near, near * 0.9, near * 1.5) if math.isfinite(mark)] or [0.0]
    return st.builds(_stepped, st.sampled_from(marks), st.integers(-5, 5))


words = st.sampled_from(
    [
        "",
        " ",
        "0,7999999999999999999",
        "1.400",
        "1,400",
        "0,8",
        "80%",
        "không rõ",
        "#N/A",
        "#DIV/0!",
        "Tổng",
        "20 triệu",
    ]
)
errors = st.builds(CellError, st.sampled_from(ERROR_CODES), st.sampled_from(["", "vì sao"]))
cells = st.one_of(st.none(), st.booleans(), numbers, words, errors, st.text(max_size=6))
kinds = st.sampled_from([*TargetKind])
options = st.sampled_from([None, "", ">", ">=", "NGOAI_KHOANG", "> NGOAI_KHOANG", "VUOT"])


grids = st.one_of(
    st.just([]),
    st.just([[]]),
    st.builds(lambda cell: [[cell]], cells),
    st.lists(st.lists(cells, min_size=1, max_size=3), max_size=4),
    st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), max_size=4)),
)


def one_by_one(name: str, arguments: list[Grid]) -> Grid:
    """The exact road alone."""
    slow = {**FUNCTIONS, name: replace(FUNCTIONS[name], whole_columns=None)}
    with patch.object(calling, "FUNCTIONS", slow):
        return call(name, arguments, NO_MASTER)


def plain(grid: Grid) -> list[tuple[str, str]]:
    """Every cell with its type, so that 1, 1.0 and TRUE differ, and 0.0 and -0.0 too."""
    return [(type(cell).__name__, repr(cell)) for row in grid for cell in row]


@st.composite
def questions(draw: st.DrawFn, name: str) -> list[Grid]:
    """A column of figures with a goal, or a goal for each of them, that many of them lie close to."""
    goal = draw(st.one_of(small, numbers, words))
    figures = draw(st.lists(st.one_of(around(goal), numbers, cells), min_size=2, max_size=8))
    goals = st.just([[goal]]) | st.lists(
        st.just(goal) | small | cells, min_size=len(figures), max_size=len(figures)
    ).map(lambda column_: column(*column_))
    kind = draw(kinds)
    upper = small | numbers | st.just(goal)
    seldom = st.one_of(st.none(), st.none(), st.none(), upper)
    one: dict[str, st.SearchStrategy[Cell]] = {
        "loai": st.just(kind),
        "tuy_chon": options,
        "can_tren": upper if kind is TargetKind.RANGE else seldom,
        "goc": seldom,
        "mau": seldom,
        "vang": st.sampled_from([None, 0.9, 0.8, "0,5", 1, 0.3]),
    }
    names = [parameter.name for parameter in FUNCTIONS[name].parameters[1:]]
    return [column(*figures), *(draw(goals) if n in ("muc_tieu", "moc") else [[draw(one[n])]] for n in names)]


@pytest.mark.parametrize("name", FAST)
@settings(max_examples=150)
@given(data=st.data())
def test_many_cells_at_once_answer_as_one_by_one(name: str, data: st.DataObject) -> None:
    arguments = data.draw(questions(name))

    assert plain(one_by_one(name, arguments)) == plain(call(name, arguments, NO_MASTER))


@pytest.mark.parametrize("name", FAST)
@settings(max_examples=50)
@given(data=st.data())
def test_the_pieces_that_a_long_column_is_worked_on_in_leave_no_seam(name: str, data: st.DataObject) -> None:
    arguments = data.draw(questions(name))

    with patch.object(fast_columns, "PIECE", 3):
        assert plain(one_by_one(name, arguments)) == plain(call(name, arguments, NO_MASTER))


@pytest.mark.parametrize("name", FUNCTIONS)
@settings(max_examples=20)
@given(data=st.data())
def test_a_column_kept_as_its_cells_is_answered_as_its_rows_are(name: str, data: st.DataObject) -> None:
    arguments = data.draw(questions(name) if name in FAST else st.lists(grids, min_size=1, max_size=8))
    kept = [Column(cells_of(grid)) if widths_of(grid) == {1} else grid for grid in arguments]

    assert plain(call(name, arguments, NO_MASTER)) == plain(call(name, kept, NO_MASTER))


@pytest.mark.parametrize("name", ["MUCDAT", "CONTHIEU"])
def test_beside_a_power_of_ten_no_digit_is_lost(name: str) -> None:
    beside = [_stepped(10.0**power, step) for power in range(-4, 14) for step in (-9, -5, -2, -1, 0, 1, 5)]
    arguments = [column(*beside), [["MIN"]], [[1_000_000.0]]]

    assert plain(one_by_one(name, arguments)) == plain(call(name, arguments, NO_MASTER))


def close_calls(random: Random, count: int) -> tuple[list[Cell], list[Cell]]:
    """Figures and goals of many digits, the figures on the goal, at nine tenths of it, or far larger than it."""
    figures: list[Cell] = []
    goals: list[Cell] = []
    for _ in range(count):
        goal = random.randrange(1, 10 ** random.choice((3, 7, 15))) / 10 ** random.randrange(7)
        mark = random.choice((goal, goal * 0.9, goal + 1e-6, float(random.randrange(10**14))))
        figures.append(_stepped(mark, random.randrange(-1, 2)))
        goals.append(goal)
    return figures, goals


@pytest.mark.parametrize("kind", ["MIN", "MAX", "TONG", "DUYTRI"])
@pytest.mark.parametrize("name", ["TRANGTHAI", "DAT", "MUCDAT", "CONTHIEU", "DEN"])
def test_thousands_of_close_calls_are_decided_exactly(name: str, kind: str) -> None:
    figures, goals = close_calls(Random(7), 1000)
    between = [] if name == "DEN" else [[[kind]]]
    arguments = [column(*figures), *between, column(*goals)]

    assert plain(one_by_one(name, arguments)) == plain(call(name, arguments, NO_MASTER))


@pytest.mark.parametrize("how", ["VUOT", "NGOAI_KHOANG"])
@pytest.mark.parametrize("name", ["TRANGTHAI", "DAT", "MUCDAT"])
def test_figures_beside_the_ends_of_a_range_are_decided_exactly(name: str, how: str) -> None:
    figures, lows = close_calls(Random(11), 500)
    more, highs = close_calls(Random(12), 500)
    rest: list[list[list[Cell]]] = [[[None]], [[how]]] if name == "MUCDAT" else [[[how]]]

    for column_ in (figures, more):
        arguments: list[Grid] = [column(*column_), [["KHOANG"]], column(*lows), column(*highs), *rest]
        assert plain(one_by_one(name, arguments)) == plain(call(name, arguments, NO_MASTER))


@pytest.mark.parametrize("name", ["MUCDAT", "CONTHIEU"])
def test_large_figures_beside_a_small_goal_lose_no_digit(name: str) -> None:
    random = Random(3)
    figures = column(*(random.randrange(10**12, 10**14) for _ in range(300)))
    arguments: list[Grid] = [figures, [["MAX"]], column(*(random.randrange(1, 10**6) / 10**6 for _ in range(300)))]

    assert plain(one_by_one(name, arguments)) == plain(call(name, arguments, NO_MASTER))


def test_a_goal_of_more_digits_than_a_float_has_is_kept_whole() -> None:
    assert [["CHƯA ĐẠT"]] * 2 == call(
        "TRANGTHAI", [column(0.8, 0.8), [["MIN"]], [["0,8000000000000000001"]]], NO_MASTER
    )


@pytest.mark.parametrize("kind", ["TYLE", "MAX", "KHOANG"])
@pytest.mark.parametrize("parts", [7, 10, 192_554])
def test_gaps_and_shares_of_quotients_are_those_of_exact_numbers(parts: int, kind: str) -> None:
    goal, totals, nothing = [[0.8]], [[parts]], [[None]]
    figures = column(*(Random(parts).randrange(2 * parts) / parts for _ in range(300)))

    for name, rest in (
        ("CONTHIEU", [totals, nothing]),
        ("CONTHIEU", [nothing, [[1.1]]]),
        ("MUCDAT", [[[1.1]], [[1 / 3]]]),
        ("MUCDAT", [[[1.1]], nothing, [["NGOAI_KHOANG"]]]),
    ):
        arguments: list[Grid] = [figures, [[kind]], goal, *rest]
        assert plain(one_by_one(name, arguments)) == plain(call(name, arguments, NO_MASTER))


ROADS: list[tuple[str, list[Cell]]] = [
    ("SO", []),
    ("TRANGTHAI", ["MIN", 2.5]),
    ("TRANGTHAI", ["KHOANG", 2.5, 5]),
    ("DAT", ["MAX", 2.5]),
    ("DEN", [2.4]),
    ("MUCDAT", ["MIN", 2.5]),
    ("MUCDAT", ["MAX", 2.5]),
    ("MUCDAT", ["KHOANG", 2.5, 5]),
    ("MUCDAT", ["KHOANG", 2.5, 5, None, "NGOAI_KHOANG"]),
    ("MUCDAT", ["TYLE", 2.5, None, 0.1]),
    ("CONTHIEU", ["TONG", 2.5]),
    ("CONTHIEU", ["TYLE", 0.85, 7]),
]


@pytest.mark.parametrize(("name", "rest"), ROADS)
def test_the_quick_road_is_the_one_that_is_taken(name: str, rest: list[Cell]) -> None:
    assert set(FAST) == {name for name, _ in ROADS}

    def refuse(*_: object) -> object:
        raise AssertionError("asked one by one")

    figures = column(*(n / 7 for n in range(1, 51)))
    quick = {**FUNCTIONS, name: replace(FUNCTIONS[name], function=refuse)}
    with patch.object(calling, "FUNCTIONS", quick):
        assert 50 == len(call(name, [figures, *([[cell]] for cell in rest)], NO_MASTER))


@pytest.mark.parametrize("name", FUNCTIONS)
@settings(max_examples=150)
@given(arguments=st.lists(grids, max_size=8))
@example(arguments=[[[float("nan")]], [[float("inf")]], [[-float("inf")]]])
@example(arguments=[[[1.7e308, 1.7e308, -1.7e308]] * 3, [[1.7e308]], [[0.9]]])
@example(arguments=[[[1.7e308, -1.7e308]] * 3, [["MIN"]], [[-1.7e308]]])
def test_whatever_the_cells_hold_a_grid_of_cells_comes_back(name: str, arguments: list[Grid]) -> None:
    answer = call(name, arguments, NO_MASTER)

    assert answer
    assert {len(answer[0])} == {len(row) for row in answer}
    for row in answer:
        for cell in row:
            assert cell is None or type(cell) in (bool, int, float, str, CellError)
            assert not isinstance(cell, float) or math.isfinite(cell)
            assert not isinstance(cell, CellError) or (cell.code in ERROR_CODES and cell.reason)


@pytest.mark.parametrize("name", [name for name, one in FUNCTIONS.items() if not one.fails])
@given(figures=st.lists(cells, min_size=1, max_size=5), rest=st.lists(cells, min_size=5, max_size=5))
def test_functions_that_answer_with_words_never_answer_with_an_error(
    name: str, figures: list[Cell], rest: list[Cell]
) -> None:
    more = [[[cell]] for cell in rest][: len(FUNCTIONS[name].parameters) - 1]

    for row in call(name, [column(*figures), *more], NO_MASTER):
        assert [str] == [type(cell) for cell in row]
