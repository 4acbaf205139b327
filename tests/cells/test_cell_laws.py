"""What holds whatever people type."""

from __future__ import annotations

import unicodedata
from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from xl_ctd.core.cells import UNREAD, Unreadable, parse_column, read_text
from xl_ctd.core.dates import parse_date, parse_month
from xl_ctd.core.formats import format_money, format_number, format_percent
from xl_ctd.core.identifiers import check_cccd, check_phone, parse_identifier
from xl_ctd.core.legacy import decode
from xl_ctd.core.numbers import (
    parse_count,
    parse_counts,
    parse_money,
    parse_moneys,
    parse_number,
    parse_percent,
    parse_year,
)
from xl_ctd.core.text import clean, collation_key, fold, name_key, repair, suggest_lost_letters
from xl_ctd.core.words import money_in_words

PARSERS = (
    parse_number,
    parse_count,
    parse_money,
    parse_percent,
    parse_year,
    parse_date,
    parse_month,
    parse_identifier,
    check_cccd,
    check_phone,
    read_text,
)

vietnamese = st.text(
    st.sampled_from(
        "aăâeêioôơuưyđĐÐðnghtcmpqrs ,.;-–/\u00a0\u200b\u00ad\u0300\u0301\u0303\u0309\u0323\u0302\u031b\ufffdẠệộ̣́THQUI"
    )
)
almost_numbers = st.text(st.sampled_from("0123456789.,-−% \u00a0triệutỷkđồngrưỡinghìnm/thánăE+"), max_size=20)
any_text = st.one_of(st.text(), vietnamese, almost_numbers)
any_cell = st.one_of(
    any_text,
    st.none(),
    st.booleans(),
    st.floats(),
    st.integers(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
)


@given(any_text)
def test_cleaning_twice_is_cleaning_once(text):
    assert clean(text) == clean(clean(text))


@given(any_text)
def test_clean_text_is_composed_trimmed_and_shows_no_hidden_sign(text):
    cleaned = clean(text)
    assert unicodedata.normalize("NFC", cleaned) == cleaned == cleaned.strip()
    assert set() == set(cleaned) & set("\u00a0\u200b\u00ad\ufeff\t\r")


@given(any_text)
def test_folding_does_not_care_whether_text_was_cleaned_or_how_it_is_encoded(text):
    assert fold(text) == fold(clean(text)) == fold(unicodedata.normalize("NFD", text)) == fold(fold(text))


@given(any_text)
def test_repairing_twice_is_repairing_once_and_keeps_the_letters(text):
    once = repair(text)
    assert once == repair(once)
    assert fold(text).replace(" ", "") == fold(once).replace(" ", "")


@given(any_text)
def test_a_suggestion_for_lost_letters_changes_nothing_else(text):
    if "\ufffd" not in text:
        assert text == suggest_lost_letters(text)
    else:
        assert fold(repair(text)).replace("\ufffd", "").replace("i", "").replace(" ", "") == fold(
            suggest_lost_letters(text)
        ).replace("\ufffd", "").replace("i", "").replace(" ", "")


@given(any_text, st.sampled_from([None, ".VnTime", ".VnTimeH", "VNI-Times", "Times New Roman"]))
def test_decoding_says_what_it_did(text, font):
    decoded, encoding = decode(text, font)
    assert (decoded == text) == (encoding is None)


@given(any_text, any_text)
def test_sort_keys_compare(left, right):
    assert sorted([left, right], key=collation_key) == sorted([right, left], key=collation_key)
    assert sorted([name_key(left), name_key(right)]) == sorted([name_key(right), name_key(left)])


@given(any_cell)
def test_a_parser_answers_or_says_unreadable_and_nothing_else(cell):
    for parser in PARSERS:
        try:
            parser(cell)
        except Unreadable as why:
            assert {str} >= {type(value) for value in why.details.values()}


@given(st.lists(any_cell))
def test_a_column_reads_as_its_cells_do(column):
    for parser, whole in ((parse_count, parse_counts), (parse_money, parse_moneys)):
        values, misread = whole(column)
        expected, codes = [], []
        for index, cell in enumerate(column):
            try:
                expected.append(parser(cell))
            except Unreadable as why:
                expected.append(UNREAD)
                codes.append((index, why.code))
        assert expected == values
        assert codes == [(index, why.code) for index, why in misread]
    assert len(column) == len(parse_column(parse_date, column)[0])


amounts = st.integers(min_value=-(10**14) + 1, max_value=10**14 - 1)


@given(amounts)
def test_a_shown_amount_reads_back_as_itself(amount):
    assert amount == parse_money(format_money(amount)) == parse_money(format_number(amount))


@given(st.integers(min_value=1, max_value=99_999), st.sampled_from([("k", 3), ("triệu", 6), ("tr", 6), ("tỷ", 9)]))
def test_a_number_with_its_unit_is_the_number_times_the_unit(number, unit):
    name, zeros = unit
    assert number * 10**zeros == parse_money(f"{format_number(number)} {name}") == parse_money(f"{number}{name} đồng")


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=4))
def test_a_shown_number_reads_back_as_itself_or_is_called_ambiguous(number):
    shown = format_number(number)
    try:
        assert number == parse_number(shown)
    except Unreadable as why:
        assert ("number-ambiguous", 3) == (why.code, len(shown.partition(",")[2]))


@given(st.fractions(min_value=0, max_value=2), st.fractions(min_value=0, max_value=1, max_denominator=200))
def test_a_shown_share_is_on_its_own_side_of_the_threshold(share, threshold):
    shown = parse_number(format_percent(share, threshold=threshold))
    near = abs(share - threshold) < Fraction(1, 10**13)
    assert near or (shown > threshold) - (shown < threshold) == (share > threshold) - (share < threshold)


@given(st.dates(min_value=date(1930, 1, 1), max_value=date(2100, 12, 31)))
def test_a_shown_day_reads_back_as_itself(day):
    ways = (f"{day:%d/%m/%Y}", f"{day.day}.{day.month}.{day.year}", f"ngày {day.day} tháng {day.month} năm {day.year}")
    assert (day, day, day) == tuple(map(parse_date, ways))


@given(st.floats(min_value=-1e13, max_value=1e13))
def test_a_number_cell_is_read_to_the_fifteen_digits_excel_shows(number):
    assert Decimal(f"{number:.15g}") == parse_number(number)


DIGITS = {"không": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5}
DIGITS |= {"sáu": 6, "bảy": 7, "tám": 8, "chín": 9}


def spoken(words):
    """The number that words name, read by adding up: an independent way back."""
    total = group = digit = 0
    for word in words:
        if word in DIGITS:
            digit = DIGITS[word]
        elif word in ("mươi", "mười", "trăm"):
            group += {"mươi": digit * 10, "mười": 10, "trăm": digit * 100}[word]
            digit = 0
        elif word == "tỷ":
            total, group, digit = (total + group + digit) * 10**9, 0, 0
        elif word != "linh":
            total, group, digit = total + (group + digit) * {"nghìn": 10**3, "triệu": 10**6}[word], 0, 0
    return total + group + digit


@given(st.integers(min_value=0, max_value=10**15))
def test_an_amount_in_words_names_that_amount(amount):
    assert amount == spoken(money_in_words(amount).lower().removesuffix(" đồng").split())
