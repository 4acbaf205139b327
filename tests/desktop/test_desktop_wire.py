"""The wire between VBA and Python: what goes in comes out, in plain ASCII, and nothing else is believed."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sync.office import Answer, AnswerFinding, AnswerTable
from xl_ctd.cell_values import ERROR_CODES, Cell, CellError
from xl_ctd.hosts.desktop_wire import (
    GS,
    RS,
    US,
    NotOurWire,
    decode_arguments,
    decode_calls,
    decode_cell,
    decode_grid,
    decode_text,
    encode_answer,
    encode_arguments,
    encode_call,
    encode_cell,
    encode_grid,
    encode_results,
    encode_text,
    encode_working,
)

texts = st.text(st.characters(exclude_categories=["Cs"]))
errors = st.builds(CellError, st.sampled_from(ERROR_CODES), texts)
numbers = st.floats(allow_nan=False, allow_infinity=False)
cells = st.one_of(st.none(), st.booleans(), numbers, texts, errors)
grids = st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1))
calls = st.tuples(texts, st.lists(st.one_of(grids, st.just([])), max_size=4))


@given(texts)
def test_text_comes_back_and_travels_in_printable_ascii(text: str) -> None:
    sent = encode_text(text)

    assert text == decode_text(sent)
    assert sent.isascii() and (sent.isprintable() or not sent)


@given(grids)
def test_a_grid_comes_back(grid: list[list[Cell]]) -> None:
    came = decode_grid(encode_grid(grid))

    assert grid == came
    assert [[type(cell) for cell in row] for row in grid] == [[type(cell) for cell in row] for row in came]


@given(st.lists(calls, min_size=1, max_size=4))
def test_many_calls_come_back_from_one_message(asked: list[tuple[str, Sequence[list[list[Cell]]]]]) -> None:
    sent = "\x1c".join(encode_call(name, arguments) for name, arguments in asked)

    assert [(name, list(arguments)) for name, arguments in asked] == decode_calls(sent)


@given(st.dictionaries(texts, texts, max_size=5))
def test_arguments_of_an_action_come_back(arguments: dict[str, str]) -> None:
    assert arguments == decode_arguments(encode_arguments(arguments))


@given(st.text(st.characters(max_codepoint=127)))
def test_any_other_message_is_read_or_refused_and_never_breaks(text: str) -> None:
    for read in (decode_cell, decode_grid, decode_calls, decode_arguments):
        try:
            read(text)
        except NotOurWire:
            continue


@pytest.mark.parametrize(
    ("expected", "sent"),
    [
        (0.30000000000000004, "n.3;5.55111512312578E-17"),
        (-0.5, "n-.5"),
        (1e16, "n1E+16"),
        (5.55e-17, "n5.55E-017"),
        (True, "b1"),
        (CellError("#VALUE!"), "e#NULL!|"),
        (CellError("#N/A", "Chưa báo"), "e#N/A|Ch~01B0a b~00E1o"),
        ("🙂", "s~D83D~DE42"),
        ("\ufffd", "s~D83D"),
    ],
)
def test_what_vba_writes_is_read(expected: Cell, sent: str) -> None:
    assert expected == decode_cell(sent)


@pytest.mark.parametrize("sent", ["x", "n", "nnan", "ninf", "n1;2;x", "b2", "e#OH!|", "e", "12", "n1e999"])
def test_a_cell_that_vba_would_not_write_is_refused(sent: str) -> None:
    with pytest.raises(NotOurWire):
        decode_cell(sent)


def as_vba_prints(number: float) -> str:
    """``Str$`` with fifteen digits, and what they miss."""
    digits = f"{number:.15g}"
    missed = number - float(digits)
    texts = (digits, f"{missed:.15g}") if missed and math.isfinite(missed) else (digits,)
    return "n" + ";".join(text.upper().replace("-0.", "-.").removeprefix("0") or "0" for text in texts)


@given(st.lists(numbers.filter(lambda number: math.isfinite(float(f"{number:.15g}"))), min_size=2))
@example([0.0, -0.0, 0.3, 0.1 + 0.2, -0.5, 1e16, 1 / 7, -1 / 7])
def test_many_numbers_are_read_as_each_of_them_alone(cells: list[float]) -> None:
    sent = [as_vba_prints(number) for number in cells]

    assert [repr(decode_cell(one)) for one in sent] == [repr(cell) for [cell] in decode_grid(RS.join(sent))]


@pytest.mark.parametrize(
    "sent", ["n", "n1;2;3", "n1n2", "n;5", "n5;", "ntrue", "n1,2", "n1E400", "n-", "n1;n2", "n[1]", "n 1", "n1.5.2"]
)
def test_one_number_that_vba_would_not_write_is_refused_among_many(sent: str) -> None:
    for column in (["n.5;1E-17", sent, "n1"], ["", "n1", sent]):
        with pytest.raises(NotOurWire):
            decode_grid(RS.join(column))


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan, 10**400])
def test_a_number_that_no_cell_holds_is_an_error_there(number: float) -> None:
    assert "e#NUM!|" == encode_cell(number)


def test_a_truth_value_is_not_taken_for_the_number_one() -> None:
    assert RS.join(("b1", "n1.0", "n1.0", "b0", "n0.0")) == encode_grid([[True], [1], [1.0], [False], [0]])


def test_whole_columns_are_as_long_as_the_longest_of_them() -> None:
    asked = GS.join(("TYLE", f"n1{RS}n2{RS}w", f"n3{RS}w", "n4"))

    assert [("TYLE", [[[1.0], [2.0]], [[3.0], [None]], [[4.0]]])] == decode_calls(asked)


def test_an_answer_is_laid_out_as_vba_reads_it() -> None:
    table = AnswerTable("Đơn vị", ("Mã", "Tên"), (("09382", "Phù Khê"),))
    finding = AnswerFinding("E-07", "error", "a.xlsx", "Quỹ", "B7", "Không đọc được số")
    sent = encode_answer(Answer("Xem trước", "Thêm 2 dòng.", (table,), (finding,), "hop_nhat"))
    head, findings, tables = sent.split(GS)

    assert [["Xem trước", "Thêm 2 dòng.", "hop_nhat"]] == decode_grid(head)
    assert [None] == decode_grid(findings)[0]
    assert ["E-07", "error", "a.xlsx", "Quỹ", "B7", "Không đọc được số"] == decode_grid(findings)[2]
    assert [["Đơn vị"], ["Mã", "Tên"], ["09382", "Phù Khê"]] == decode_grid(tables)


def test_an_action_under_way_says_how_far_it_is() -> None:
    assert US.join(("wabc", "3", "12")) == encode_working("abc", 3, 12)


def test_results_keep_the_order_of_the_calls() -> None:
    assert "n1.0\x1csb" == encode_results([[[1]], [["b"]]])
