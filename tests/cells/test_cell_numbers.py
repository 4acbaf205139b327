"""Numbers, counts, shares, years, money and codes: what is read, and with which sentence the rest is refused."""

from __future__ import annotations

import string
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from xl_ctd.core.cells import UNREAD, Unreadable, parse_column, read_text, read_texts
from xl_ctd.core.formats import format_money, format_number, format_percent
from xl_ctd.core.identifiers import check_cccd, check_phone, parse_identifier, parse_identifiers
from xl_ctd.core.numbers import (
    parse_count,
    parse_counts,
    parse_money,
    parse_moneys,
    parse_number,
    parse_numbers,
    parse_percent,
    parse_year,
)
from xl_ctd.messages import LANGUAGES, catalogue, message


def answer(parser, cell):
    """The value, or the code of the refusal."""
    try:
        return parser(cell)
    except Unreadable as why:
        return why.code


def answers(parser, cells):
    """Each cell with its value or the code of its refusal."""
    return {cell: answer(parser, cell) for cell in cells}


def test_case_25_of_the_worked_examples():
    expected = {
        "20 triệu": 20_000_000,
        "20tr": 20_000_000,
        "1,5 tỷ": 1_500_000_000,
        "1 tỷ 200 triệu": 1_200_000_000,
        "1tỷ2": 1_200_000_000,
        "2 tỷ rưỡi": 2_500_000_000,
        "500k": 500_000,
        "1.234.567,89": "money-not-whole",
        "1.5": "number-ambiguous",
    }
    assert expected == answers(parse_money, expected)
    assert Decimal("1234567.89") == parse_number("1.234.567,89")


def test_case_7_a_grouped_count_is_read_and_a_comma_group_is_refused():
    assert (1400, "number-ambiguous") == (parse_count("1.400"), answer(parse_count, "1,400"))


def test_money_as_people_write_it():
    expected = {
        "20.000.000": 20_000_000,
        "20.000.000 đ": 20_000_000,
        "20.000.000đồng": 20_000_000,
        "20.000.000 VNĐ": 20_000_000,
        "20.000.000₫": 20_000_000,
        "20 TRIỆU ĐỒNG": 20_000_000,
        "20\u00a0trieu": 20_000_000,
        "1.200 triệu": 1_200_000_000,
        "0,5 tỷ": 500_000_000,
        "1,25 tỉ": 1_250_000_000,
        "1tr5": 1_500_000,
        "1 tỷ 2": 1_200_000_000,
        "1 tỷ 200": 1_200_000_000,
        "1 tỷ 050": 1_050_000_000,
        "1tỷ2tr": 1_002_000_000,
        "1 tỷ 2 triệu 500 nghìn": 1_002_500_000,
        "1 tỷ 5 trăm triệu": 1_500_000_000,
        "20 triệu rưỡi": 20_500_000,
        "2 ngàn rưỡi": 2_500,
        "1 nghìn 5 trăm": 1_500,
        "5 trăm đồng": 500,
        "-500.000": -500_000,
        "-2 triệu": -2_000_000,
        "−2 triệu": -2_000_000,
        "0": 0,
    }
    assert expected == answers(parse_money, expected)


def test_money_that_could_mean_two_amounts_is_refused():
    expected = {
        "2tỷ35": "money-ambiguous",
        "1tỷ05": "money-ambiguous",
        "5 trăm": "money-ambiguous",
        "5 trăm rưỡi": "money-ambiguous",
        "500k200": "money-ambiguous",
        "1 tỷ 5 trăm": "money-ambiguous",
        "1 triệu 5 đồng": "money-ambiguous",
        "1.5 tỷ": "number-ambiguous",
        "1,234 tỷ": "number-ambiguous",
        "1,400": "number-ambiguous",
    }
    assert expected == answers(parse_money, expected)


def test_money_that_is_no_amount_is_refused():
    texts = (
        "đồng",
        "khoảng 20 triệu",
        "20-30 triệu",
        "--20 triệu",
        "20 triệu/tháng",
        "triệu",
        "2 rưỡi",
        "1,5 tỷ rưỡi",
        "5 trăm nghìn rưỡi",
        "2 tỷ rưỡi 3 triệu",
        "1,5 tỷ 200 triệu",
        "200 triệu 1 tỷ",
        "1 tỷ 2000 triệu",
        "1 triệu 1 triệu",
        "1 nghìn tỷ",
        "12 tháng",
        "20%",
        "hai mươi triệu",
    )
    assert dict.fromkeys(texts, "money-unreadable") == answers(parse_money, texts)
    assert ["number-too-long"] * 2 == [answer(parser, "9" * 20) for parser in (parse_money, parse_number)]
    assert "number-too-long" == answer(parse_money, "999.999 tỷ")
    assert "money-not-whole" == answer(parse_money, 20.5)


def test_cells_that_are_no_numbers_at_all():
    cells = [True, date(2024, 3, 5), datetime(2024, 3, 5, 8), time(8), timedelta(1), float("nan"), float("inf"), 1e14]
    codes = [
        "number-is-truth",
        *["number-is-date"] * 4,
        "number-unreadable",
        "number-digits-lost",
        "number-digits-lost",
    ]
    for parser in (parse_number, parse_count, parse_money, parse_percent):
        assert codes == [answer(parser, cell) for cell in cells]


def test_number_cells_are_what_excel_shows_without_binary_noise():
    assert [Decimal("0.3"), Decimal("12.5"), Decimal(1400), Decimal(-3)] == [
        parse_number(cell) for cell in (0.1 + 0.2, 12.5, 1400.0, -3)
    ]


def test_text_numbers_outside_the_grammar_are_refused():
    texts = (
        "12k",
        "1.40",
        "1.4000",
        "1 400",
        "0912345678",
        "001",
        "1.234,",
        ",5",
        "+5",
        "1e5",
        "１２",
        "٣",
        "5 người",
        "-",
    )
    expected = dict.fromkeys(texts, "number-unreadable") | {"1.40": "number-ambiguous", "1.4000": "number-ambiguous"}
    assert expected == answers(parse_number, texts)


def test_a_three_digit_decimal_is_read_where_it_cannot_be_a_group():
    expected = {
        "1.234,567": Decimal("1234.567"),
        "1234,567": Decimal("1234.567"),
        "0,125": Decimal("0.125"),
        "12,125%": Decimal("0.12125"),
        "1,2345": Decimal("1.2345"),
    }
    assert expected == answers(parse_number, expected)


def test_an_ambiguous_number_tells_both_readings():
    sentences = []
    for text in ("1,400", "1.5", "1,234,567.89"):
        with pytest.raises(Unreadable) as why:
            parse_number(text)
        sentences.append(message(why.value.code, why.value.details))
    assert [
        "Số “1,400” có thể là 1,4 hoặc 1.400. Hãy gõ lại: dấu chấm ngăn hàng nghìn, dấu phẩy trước số lẻ.",
        "Số “1.5” có thể là 1,5 hoặc 15. Hãy gõ lại: dấu chấm ngăn hàng nghìn, dấu phẩy trước số lẻ.",
        "Số “1,234,567.89” viết theo kiểu nước ngoài. Có phải 1.234.567,89 không? Hãy gõ lại theo cách viết Việt Nam.",
    ] == sentences


def test_counts_are_whole_and_not_negative():
    expected = {
        "05": 5,
        320.0: 320,
        "0": 0,
        "12,5": "count-not-whole",
        "100%": "count-not-whole",
        1.2345: "count-not-whole",
        20.5: "count-lost-thousands",
        -1.0: "count-negative",
        -1.4: "count-not-whole",
        "-1": "count-negative",
    }
    assert expected == answers(parse_count, expected)


def test_shares_are_read_where_only_one_reading_is_left():
    expected = {
        "75%": Decimal("0.75"),
        "75 %": Decimal("0.75"),
        "75": Decimal("0.75"),
        75.0: Decimal("0.75"),
        0.75: Decimal("0.75"),
        1.0: Decimal(1),
        "1%": Decimal("0.01"),
        "100%": Decimal(1),
        "0": Decimal(0),
        "1": "percent-ambiguous",
        "101%": "percent-out-of-range",
        120.0: "percent-out-of-range",
        -0.1: "percent-out-of-range",
    }
    assert expected == answers(parse_percent, expected)


def test_years_have_four_digits():
    expected = {
        2024.0: 2024,
        "2024": 2024,
        "năm 2024": 2024,
        "": None,
        **dict.fromkeys(("24", "2.024", 2024.5, 24.0, float("nan"), True, date(2024, 1, 1), "3024"), "year-unreadable"),
    }
    assert expected == answers(parse_year, expected)


def test_codes_stay_text_and_destroyed_codes_are_refused():
    expected = {
        "00123": "00123",
        " TH-01 ": "TH-01",
        123.0: "123",
        "9E5": "9E5",
        "2,7089E+10": "identifier-digits-lost",
        1e14: "identifier-digits-lost",
        1.5: "identifier-unreadable",
        -1.0: "identifier-unreadable",
        float("inf"): "identifier-digits-lost",
        date(2024, 1, 2): "identifier-is-date",
    }
    assert expected == answers(parse_identifier, expected)
    assert "identifier-unreadable" == answer(parse_identifier, True)


def test_findings_about_identity_numbers_and_phones_never_quote_them():
    for parser, cell in [
        (check_cccd, "27089001234"),
        (check_cccd, "12345"),
        (check_phone, "912345678"),
        (check_phone, "91234567"),
    ]:
        with pytest.raises(Unreadable) as why:
            parser(cell)
        assert cell not in message(why.value.code, why.value.details)


def test_phones_in_their_many_spellings():
    expected = {
        "0912 345 678": "0912345678",
        "+84 912 345 678": "0912345678",
        "(0222) 3831-234": "02223831234",
        "": None,
        "0222 383 123": "phone-unreadable",
        "0412345678": "phone-unreadable",
        "0169123": "phone-unreadable",
    }
    assert expected == answers(check_phone, expected)


# ---- Columns.


def test_a_column_reads_as_its_cells_do_one_by_one():
    column = [12.0, "", None, "1.400", "12", 12.0, 1.4, "nhiều", True, 0.0, False, "nhiều", -1.0, 12]
    expected = [answer(parse_count, cell) for cell in column]
    values, misread = parse_counts(column)
    codes = {index: why.code for index, why in misread}
    assert expected == [codes.get(index, value) for index, value in enumerate(values)]
    assert [index for index, value in enumerate(values) if value is UNREAD] == sorted(codes)


@pytest.mark.parametrize(
    ("parser", "whole"), [(parse_count, parse_counts), (parse_money, parse_moneys), (parse_number, parse_numbers)]
)
@pytest.mark.parametrize(
    "column",
    [
        [1.0, 2.0],
        [1.0, None, ""],
        ["", ""],
        [],
        [1.5, 2.0],
        [-1.0, 2.0],
        [1e15, 2.0],
        [float("nan"), 1.0],
        [1.0, " "],
        [1.0, "2"],
        [True, 1.0],
    ],
)
def test_the_quick_road_of_a_column_gives_what_the_slow_one_gives(parser, whole, column):
    quick, slow = whole(column), parse_column(parser, column)
    assert (slow[0], [(index, why.code) for index, why in slow[1]]) == (
        quick[0],
        [(index, why.code) for index, why in quick[1]],
    )
    assert list(map(type, slow[0])) == list(map(type, quick[0]))


def test_a_code_column_mixes_text_and_number_cells():
    assert (["TH-01", "7", None, UNREAD], [3]) == (
        (read := parse_identifiers(["TH-01", 7.0, "", 1.5]))[0],
        [index for index, _ in read[1]],
    )


def test_a_text_column_shows_numbers_and_dates_as_excel_does_and_notes_repairs():
    values, misread, notes = read_texts(["Thâp̣", 12.5, date(2024, 3, 5), "", "Thâp̣", 1e15, True, "Héi Ch÷ thËp ®á"])
    assert ["Thập", "12,5", "05/03/2024", None, "Thập", UNREAD, "TRUE", "Hội Chữ thập đỏ"] == values
    assert [(5, "number-digits-lost")] == [(index, why.code) for index, why in misread]
    assert [(0, "text-repaired"), (4, "text-repaired"), (7, "text-decoded")] == [(i, note.code) for i, note in notes]


def test_the_letter_of_an_old_font_that_looks_like_a_soft_hyphen_survives():
    assert "Phường Đồng Kỵ" == read_text("Ph\u00adêng §ång Kþ")[0]


def test_a_capitals_font_makes_capitals_of_plain_letters_too():
    assert ("HOA SEN", ["text-decoded"]) == (
        (read := read_text(" hoa sen", ".VnTimeH"))[0],
        [note.code for note in read[1]],
    )
    assert ("hoa sen", ()) == read_text("hoa sen", "Arial")


# ---- Showing.


def test_numbers_are_shown_the_vietnamese_way_with_halves_up():
    shown = {
        format_number(0): "0",
        format_number(1_234_567): "1.234.567",
        format_number(-1400): "-1.400",
        format_number(Decimal("2.5"), 0): "3",
        format_number(Decimal("-2.5"), 0): "-3",
        format_number(Decimal("-0.04"), 1): "0,0",
        format_number(Fraction(1, 3), 3): "0,333",
        format_number(Decimal("1E+3")): "1.000",
        format_number(Decimal("12.50")): "12,5",
        format_money(-500_000): "-500.000 đồng",
    }
    assert list(shown.values()) == list(shown)


def test_a_share_is_never_rounded_onto_its_threshold():
    assert ["79,95%", "80,0%", "80,0%", "80,04%", "79,9%", "79,9996%"] == [
        format_percent(share, threshold=Fraction(4, 5))
        for share in (
            Fraction(1599, 2000),
            Fraction(4, 5),
            Decimal("0.8"),
            Decimal("0.8004"),
            Decimal("0.799"),
            Decimal("0.799996"),
        )
    ]
    assert "80,0%" == format_percent(Fraction(1599, 2000))


# ---- Sentences.


def test_every_refusal_has_a_sentence_in_each_language_with_the_same_names():
    sentences = {language: catalogue(language) for language in LANGUAGES}
    prefixes = ("number-", "count-", "money-", "percent-", "date-", "month-", "identifier-", "cccd-", "phone-", "text-")
    names = {
        language: {
            code: {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
            for code, sentence in entries.items()
            if code.startswith(prefixes)
        }
        for language, entries in sentences.items()
    }
    assert names["vi"] == names["en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentence_of_each_refusal_can_be_filled(language):
    cases = [
        (parser, cell)
        for parser in (
            parse_number,
            parse_count,
            parse_money,
            parse_percent,
            parse_year,
            parse_identifier,
            check_cccd,
            check_phone,
        )
        for cell in (
            "1,400",
            "1,200,000",
            "x",
            "9" * 20,
            "-5",
            "12,5",
            "500%",
            "1",
            True,
            1.4,
            1e15,
            date(2024, 1, 1),
            "5 trăm",
        )
    ]
    refusals = []
    for parser, cell in cases:
        try:
            parser(cell)
        except Unreadable as why:
            refusals.append(message(why.code, why.details, language))
    assert [] == [sentence for sentence in refusals if "{" in sentence or not sentence.endswith((".", "?"))]
    assert 50 < len(refusals)
