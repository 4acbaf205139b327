"""What holds of every spreadsheet, whatever is done to it."""

import copy
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.emulator import GoogleError
from sync.emulator.dimensions import Delete, Edit, Insert, Move, edited
from sync.emulator.formulas import Scalar
from sync.emulator.grid import Calculator, Spreadsheet, new_tab
from sync.emulator.requests import Caller, batch_update
from sync.emulator.values import Reading, value_range, write_values

TODAY = date(2026, 1, 5)
SIZE = 6
OWNER = Caller("thanhpho@chuthapdo.example", True)

entries = st.one_of(
    st.integers(-99, 99),
    st.sampled_from(["", "Lan", "0912", "=A1+B2", "=SUM(A1:C3)", "=$B$2*2", "=IF(A1>0;B1;C1)", "=Khác!A1"]),
)
grids = st.lists(st.lists(entries, min_size=SIZE, max_size=SIZE), min_size=SIZE, max_size=SIZE)


def sheet(rows: list[list[Any]]) -> Spreadsheet:
    properties = {"title": "Thử", "locale": "vi_VN", "timeZone": "Etc/GMT"}
    made = Spreadsheet("x", properties, [new_tab(0, "Sheet1", SIZE, SIZE), new_tab(1, "Khác", SIZE, SIZE)])
    write_values(made, "Sheet1!A1", {"values": rows}, "USER_ENTERED", "", TODAY)
    write_values(made, "Khác!A1", {"values": [[5, "=Sheet1!B2"]]}, "USER_ENTERED", "", TODAY)
    return made


def texts(made: Spreadsheet, render: str = "FORMULA") -> list[Any]:
    calculator = Calculator(made, TODAY)
    return [value_range(made, tab, tab.box, Reading(render=render), calculator).get("values", []) for tab in made.tabs]


def ask(made: Spreadsheet, *requests: dict[str, Any]) -> None:
    numbers = iter(range(100, 200))
    batch_update(made, copy.deepcopy(list(requests)), OWNER, TODAY, lambda: next(numbers))


def lines(dimension: str, start: int, end: int) -> dict[str, Any]:
    return {"sheetId": 0, "dimension": dimension, "startIndex": start, "endIndex": end}


@given(grids, st.sampled_from(["ROWS", "COLUMNS"]), st.integers(0, SIZE - 1), st.integers(1, 3))
def test_what_is_inserted_and_deleted_again_was_never_there(
    rows: list[list[Any]], dimension: str, at: int, count: int
) -> None:
    made = sheet(rows)
    before = texts(made), texts(made, "FORMATTED_VALUE")

    ask(made, {"insertDimension": {"range": lines(dimension, at, at + count)}})
    ask(made, {"deleteDimension": {"range": lines(dimension, at, at + count)}})

    assert before == (texts(made), texts(made, "FORMATTED_VALUE"))


def worth(made: Spreadsheet) -> list[str]:
    """The values of all cells that are not blank, wherever they stand."""
    calculator = Calculator(made, TODAY)
    found: list[Scalar] = [calculator.value(tab, row, column) for tab in made.tabs for row, column, _ in tab.filled()]
    return sorted(map(repr, found))


@given(grids, st.sampled_from(["ROWS", "COLUMNS"]), st.integers(0, SIZE - 1), st.integers(1, 3))
def test_inserting_changes_no_value(rows: list[list[Any]], dimension: str, at: int, count: int) -> None:
    made = sheet(rows)
    before = worth(made)

    ask(made, {"insertDimension": {"range": lines(dimension, at, at + count)}})

    assert before == worth(made)


@given(st.integers(0, 9), st.integers(1, 5), st.integers(0, 14))
def test_moving_lines_loses_and_doubles_none(start: int, count: int, to: int) -> None:
    move = Move(start, start + count, to) if not start < to < start + count else Move(start, start + count, start)

    assert list(range(20)) == sorted(place for line in range(20) if (place := move.index(line)) is not None)


@given(
    st.one_of(
        st.builds(Insert, st.integers(0, 9), st.integers(1, 3)), st.builds(Delete, st.integers(0, 9), st.integers(1, 3))
    ),
    st.integers(0, 9),
    st.integers(1, 5),
)
def test_a_span_ends_where_its_lines_end(edit: Edit, start: int, count: int) -> None:
    places = [place for line in range(start, start + count) if (place := edit.index(line)) is not None]

    assert ((min(places), max(places) + 1) if places else None) == edit.span(start, start + count)


@given(st.text(max_size=40))
def test_rewriting_leaves_alone_what_names_no_cell(text: str) -> None:
    quoted_text = '="' + text.replace('"', '""') + '"'

    assert quoted_text == edited(quoted_text, Insert(0, 1), rows=True, titled="Sheet1", own=True)


possible = st.one_of(
    st.builds(lambda at: {"insertDimension": {"range": lines("ROWS", at, at + 1)}}, st.integers(0, SIZE)),
    st.builds(lambda at: {"deleteDimension": {"range": lines("COLUMNS", at, at + 1)}}, st.integers(0, SIZE)),
    st.builds(lambda name: {"addSheet": {"properties": {"title": name}}}, st.sampled_from(["Mới", "Khác", "Sheet1"])),
    st.builds(lambda number: {"deleteSheet": {"sheetId": number}}, st.integers(0, 3)),
    st.just({"sortRange": {"range": {"sheetId": 0}, "sortSpecs": [{"dimensionIndex": 1}]}}),
    st.just({"repeatCell": {"range": {"sheetId": 0}, "cell": {"note": "x"}, "fields": "note"}}),
    st.just({"mergeCells": {"range": {"sheetId": 0, "endRowIndex": 2, "endColumnIndex": 2}, "mergeType": "MERGE_ALL"}}),
    st.just({"addNamedRange": {"namedRange": {"name": "SoLieu", "range": {"sheetId": 0, "endRowIndex": 2}}}}),
)


@given(grids, st.lists(possible, max_size=5))
def test_a_refused_batch_leaves_no_trace(rows: list[list[Any]], requests: list[dict[str, Any]]) -> None:
    made = sheet(rows)
    before = repr(made)

    with pytest.raises(GoogleError):
        ask(made, *requests, {"deleteSheet": {"sheetId": 999}})

    assert before == repr(made)
