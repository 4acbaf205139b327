"""Columns of cells: the quick way and the careful way give the same values, and nothing that is typed raises."""

from __future__ import annotations

import string
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbooks.grids import ERROR_TEXTS, Trouble
from workbooks.read_cells import choice_keys, identity_numbers, parse_column
from xl_ctd.core.cells import Unreadable, read_text
from xl_ctd.core.codes import CODE_LISTS
from xl_ctd.core.records import UNREAD
from xl_ctd.core.tables import TABLES, Field, Kind
from xl_ctd.core.text import fold

FIELDS = [field for table in TABLES for field in table.stored]
VIETNAMESE = "".join(sorted({letter for choices in CODE_LISTS.values() for c in choices for letter in c.words}))
CELLS = st.one_of(
    st.just(""),
    st.text(alphabet=VIETNAMESE + string.printable + "\u0300\u0301\u0323\u200b\u00a0\ufffd¬©Ð", max_size=12),
    st.sampled_from(["20 triệu", "1tỷ2", "75%", "30/3/2024", "1.250", "C", "Thu", "#REF!", "Hôị", "Uû ban nh©n d©n"]),
    st.floats(),
    st.floats(0, 1e6).map(round).map(float),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
    st.just(Trouble("cell-error", "#REF!")),
)


@given(field=st.sampled_from(FIELDS), column=st.lists(CELLS, max_size=8))
def test_whatever_is_typed_a_column_gives_one_value_a_cell_of_the_fields_type(field: Field, column: list[object]):
    parsed = parse_column(field, column)

    assert len(column) == len(parsed.values)
    allowed = {
        Kind.DATE: date,
        Kind.YEAR: int,
        Kind.COUNT: int,
        Kind.MONEY: int,
        Kind.NUMBER: Decimal,
        Kind.PERCENT: Decimal,
    }.get(field.kind, str)
    assert [] == [v for v in parsed.values if v is not None and v is not UNREAD and type(v) is not allowed]
    unread = {index for index, value in enumerate(parsed.values) if value is UNREAD}
    assert unread == {problem.index for problem in parsed.problems if problem.severity.value == "error"}


@given(field=st.sampled_from(FIELDS), column=st.lists(CELLS, max_size=8))
def test_a_column_reads_as_its_cells_read_alone(field: Field, column: list[object]):
    alone = [parse_column(field, [cell]) for cell in column]

    together = parse_column(field, column)

    assert tuple(each.values[0] for each in alone) == together.values
    assert [p.code for each in alone for p in each.problems] == [p.code for p in together.problems]


@given(column=st.lists(st.text(alphabet=VIETNAMESE + " |\u0301\u0323", max_size=30), max_size=6))
def test_texts_taken_over_as_a_whole_are_those_read_one_by_one(column: list[str]):
    field = next(field for field in FIELDS if field.kind is Kind.TEXT)
    one_by_one = []
    for cell in column:
        try:
            one_by_one.append(UNREAD if cell in ERROR_TEXTS else read_text(cell)[0])
        except Unreadable:
            one_by_one.append(UNREAD)

    assert tuple(one_by_one) == parse_column(field, column).values


@pytest.mark.parametrize("name", sorted(CODE_LISTS))
def test_every_code_and_every_word_of_a_list_is_accepted(name):
    field = Field("X", "X", Kind.CHOICE, choices=name)
    choices = CODE_LISTS[name]

    assert tuple(c.code for c in choices) == parse_column(field, [c.code for c in choices]).values
    assert tuple(c.code for c in choices) == parse_column(field, [c.words for c in choices]).values
    assert tuple(c.code for c in choices) == parse_column(field, [c.words.upper() for c in choices]).values
    assert tuple(c.code for c in choices) == parse_column(field, [f"{c.code} - {c.words}" for c in choices]).values


@pytest.mark.parametrize("name", sorted(CODE_LISTS))
def test_no_friendly_form_takes_a_word_away_from_another_code(name):
    keys = choice_keys(name)

    assert [] == [c for c in CODE_LISTS[name] if keys[fold(c.code)] != c.code or keys[fold(c.words)] != c.code]


def test_identity_numbers_are_told_from_other_long_numbers():
    texts = ["CCCD 001089001234", "027 089 001 234", "000089001234", "0912345678", "1027089001234", None, "2.500.000"]

    assert [0, 1] == identity_numbers(texts)


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        (Kind.TEXT, 12.0, "12"),
        (Kind.TEXT, date(2024, 3, 5), "05/03/2024"),
        (Kind.IDENTIFIER, 123.0, "123"),
        (Kind.IDENTIFIER, " 00123 ", "00123"),
        (Kind.IDENTIFIER, 270890012345678.0, UNREAD),
        (Kind.DATE, datetime(2024, 3, 5, 13, 30), date(2024, 3, 5)),
        (Kind.DATE, time(0, 0), UNREAD),
        (Kind.COUNT, 1.4, UNREAD),
        (Kind.COUNT, -1.0, UNREAD),
        (Kind.COUNT, float("nan"), UNREAD),
        (Kind.MONEY, timedelta(1), UNREAD),
        (Kind.NUMBER, 0.1 + 0.2, Decimal("0.3")),
        (Kind.PERCENT, 0.75, Decimal("0.75")),
    ],
)
def test_a_typed_cell_is_read_by_its_columns_kind(kind, cell, value):
    assert (value,) == parse_column(Field("X", "X", kind), [cell]).values
