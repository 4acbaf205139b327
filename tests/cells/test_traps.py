"""The twenty-one traps of Vietnamese data in spreadsheets, each as far as a single cell or key can answer it."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from xl_ctd.core.cells import UNREAD, Unreadable, read_text
from xl_ctd.core.dates import TET, looks_flipped, parse_date, parse_dates, parse_month
from xl_ctd.core.formats import format_money
from xl_ctd.core.identifiers import check_cccd, check_phone, parse_identifier
from xl_ctd.core.legacy import decode
from xl_ctd.core.numbers import parse_count, parse_money, parse_number, parse_percent, suspect_scale
from xl_ctd.core.text import (
    clean,
    collation_key,
    fold,
    name_key,
    repair,
    repair_and_count,
    search,
    suggest,
    suggest_lost_letters,
)

DATA = Path(__file__).parent.parent / "data"


def refused(parser, cell):
    """The code with which a parser refuses a cell."""
    with pytest.raises(Unreadable) as why:
        parser(cell)
    return why.value.code


def test_trap_01_dot_groups_and_comma_decimals():
    assert [Decimal("1234567.89"), Decimal(1400), Decimal("20.5"), Decimal("0.025"), Decimal("2.5")] == [
        parse_number(text) for text in ("1.234.567,89", "1.400", "20,5", "2,5%", "2,5")
    ]
    assert ["number-ambiguous"] * 5 == [
        refused(parse_number, text) for text in ("1.5", "1,400", "123,456", "1.2345", "0.500")
    ]
    assert ["number-english", "number-english"] == [
        refused(parse_number, text) for text in ("1,234,567.89", "1,200,000")
    ]
    with pytest.raises(Unreadable) as why:
        parse_count(1.4)
    assert ("count-lost-thousands", "1.400", {"text": "1,4", "meant": "1.400"}) == (
        why.value.code,
        why.value.suggestion,
        why.value.details,
    )


def test_trap_02_money_in_words_is_read_exactly_and_echoed():
    read = {
        "20 triệu": 20_000_000,
        "20tr": 20_000_000,
        "1,5 tỷ": 1_500_000_000,
        "1 tỷ 200 triệu": 1_200_000_000,
        "1tỷ2": 1_200_000_000,
        "2 tỷ rưỡi": 2_500_000_000,
        "500k": 500_000,
        "5 trăm nghìn": 500_000,
    }
    assert read == {text: parse_money(text) for text in read}
    assert "20.000.000 đồng" == format_money(20_000_000)
    assert "number-english" == refused(parse_money, "1,200,000")


def test_trap_03_an_amount_a_thousand_times_too_small_is_suspected():
    usual = [18_000_000, 20_000_000, 25_000_000]
    assert [1_000_000, 1_000, None, None] == [suspect_scale(n, usual) for n in (20, 20_000, 9_000_000, 200_000)]
    assert None is suspect_scale(20, usual[:2])


def test_trap_04_dates_are_day_month_year_or_refused():
    ways = [
        "5/3/24",
        "05/03/2024",
        "5-3-2024",
        "5.3.2024",
        "ngày 05 tháng 3 năm 2024",
        45356.0,
        datetime(2024, 3, 5, 9),
    ]
    assert [date(2024, 3, 5)] * len(ways) == [parse_date(way) for way in ways]
    assert "date-only-month" == refused(parse_date, "tháng 10/2023")
    assert date(2023, 10, 1) == parse_month("tháng 10/2023")
    assert ["date-impossible", "date-month-first", "date-two-digit-year", "date-two-digit-year"] == [
        refused(parse_date, text) for text in ("31/02/2025", "03/15/2024", "5/3/19", "5/3/41")
    ]
    assert [True, False, False] == [
        looks_flipped(day, newest=date(2024, 6, 30))
        for day in (date(2024, 12, 5), date(2024, 12, 13), date(2024, 5, 12))
    ]


def test_trap_05_decomposed_letters_are_composed_when_stored_and_equal_as_keys():
    composed, decomposed = "người mắc bệnh", unicodedata.normalize("NFD", "người mắc bệnh")
    assert composed == clean(decomposed)
    assert fold(composed) == fold(decomposed) == "nguoi mac benh"


def test_trap_06_misplaced_marks_go_back_to_their_vowel():
    assert "Thực hiện sự lãnh đạo, thị xã, Quyết định" == repair("Thưc̣ hiêṇ sư ̣lañh đaọ, thi ̣xa,̃ Quyết điṇh")
    assert ("Hội Chữ thập đỏ", 2) == repair_and_count("Hôị Chữ thâp̣ đỏ")


def test_trap_06_the_second_plan_is_repaired_and_the_first_unchanged():
    first = (DATA / "plan-tu-son.txt").read_text("utf-8")
    second = (DATA / "plan-binh-thuan.txt").read_text("utf-8")
    assert first == repair(first)
    whole = suggest_lost_letters(repair(second))
    assert [] == [char for char in whole if unicodedata.combining(char) or char == "\ufffd"]
    assert (8, 22) == (second.lower().count("chữ thập đỏ"), whole.lower().count("chữ thập đỏ"))


def test_trap_07_a_lost_letter_is_suggested_and_never_put_in():
    assert "Ban B\ufffd\u0301 thư" == clean(repair("Ban B\ufffd\u0301 thư"))
    text, notes = read_text("t\ufffdǹh h\ufffdǹh")
    assert ("t\ufffdǹh h\ufffdǹh", [("text-lost-letters", "tình hình")]) == (
        text,
        [(note.code, note.details["suggestion"]) for note in notes],
    )
    assert "Bí Chỉ tỉnh tình hình phí Chính" == suggest_lost_letters(
        "B\ufffd\u0301 Ch\ufffd\u0309 t\ufffd\u0309nh t\ufffdǹh h\ufffd\u0300nh ph\ufffd\u0301 Ch\ufffd\u0301nh"
    )


def test_trap_08_tone_placement_is_one_key_and_display_keeps_the_users():
    for old, new in [("hòa", "hoà"), ("thủy", "thuỷ"), ("Phú Quý", "Phú Quí"), ("quý", "qúy"), ("khỏe", "khoẻ")]:
        assert fold(old) == fold(new)
    for text in ("Hòa Bình", "Hoà Bình", "thủy lợi", "thuỷ lợi", "Quý", "Quí", "Qúy"):
        assert text == repair(clean(text))


def test_trap_09_look_alikes_of_d_become_vietnamese_inside_vietnamese_words():
    assert ["Đông Ngàn", "Đông Ngàn", "được", "được", "895/QĐ-TTg", "20.000 đ"] == [
        clean(text) for text in ("Ðông Ngàn", "Ɖông Ngàn", "ðược", "ɖược", "895/QÐ-TTg", "20.000 ð")
    ]
    assert ["Guðmundur", "Sigurðardóttir"] == [clean(text) for text in ("Guðmundur", "Sigurðardóttir")]
    assert {"dong"} == {fold(text) for text in ("Ðông", "Đông", "Ɖông", "đông", "ðông", "ɖông")}


def test_trap_10_d_with_stroke_and_horns_fold_to_plain_letters():
    assert "duoc huong uu dai" == fold("Được hưởng ưu đãi")


def test_trap_11_invisible_characters_go_and_typography_stays_in_prose():
    assert "Đồng Kỵ" == clean("\ufeff Đồng\u00a0K\u200bỵ\u00ad\t")
    assert "từ “800 – 1.400” đơn vị\nmáu" == clean("từ “800 – 1.400” đơn vị\r\nmáu ")
    assert fold('tu "800 - 1.400" don vi') == fold("từ “800\u00a0–\u200a1.400” đơn vị")


def test_trap_12_old_font_encodings_are_decoded_by_font_or_by_evidence():
    pairs = [line.split("\t") for line in (DATA / "tcvn3.txt").read_text("utf-8").splitlines()]
    assert [unicode for unicode, _ in pairs] == [decode(old, ".VnTime")[0] for _, old in pairs]
    assert ("TỪ SƠN", "TCVN3") == decode("tõ s¬n", ".VnTimeH")
    assert ("Phường Đình Bảng", "VNI") == decode("Phöôøng Ñình Baûng", "VNI-Times")
    assert ("Uỷ ban nhân dân", "TCVN3") == decode("Uû ban nh©n d©n")
    assert ("Từ Sơn", "TCVN3") == decode("Tõ S¬n")
    assert ("quà hết", "TCVN3") == decode("quµ hÕt")
    assert ("Lµ", None) == decode("Lµ")  # one strange word is no evidence
    assert ("5 m²", None) == decode("5 m²", ".VnTime")
    for text in ("P·T", "h·t", "Größe", "naïve café", "© 2024 ®", "5 m² ± 2", "El Niño", "là", "Đông Ngàn"):
        assert (text, None) == decode(text)


def test_trap_13_lost_zeros_and_lost_digits_are_seen():
    assert "027089001234" == check_cccd("027089001234")
    with pytest.raises(Unreadable) as zero:
        check_cccd(27089001234.0)
    assert ("cccd-zero-lost", "027089001234") == (zero.value.code, zero.value.suggestion)
    assert "cccd-unreadable" == refused(check_cccd, "97089001234")  # 097 is no province
    assert "cccd-unreadable" == refused(check_cccd, "027989001234")  # 9 is no century
    with pytest.raises(Unreadable) as phone:
        check_phone(912345678.0)
    assert ("phone-zero-lost", "0912345678") == (phone.value.code, phone.value.suggestion)
    with pytest.raises(Unreadable) as old:
        check_phone("0169 234 5678")
    assert ("phone-renumbered", "0392345678") == (old.value.code, old.value.suggestion)
    assert "identifier-digits-lost" == refused(parse_identifier, "2,7089E+10")
    assert "number-digits-lost" == refused(parse_number, 123456789012345.0)
    assert "00123" == parse_identifier("00123")


def test_trap_14_words_sort_by_the_vietnamese_alphabet_and_people_by_given_name():
    units = ["Tam Sơn", "Đồng Nguyên", "Đông Ngàn", "Đồng Kỵ", "Châu Khê", "Đình Bảng"]
    assert ["Châu Khê", "Đình Bảng", "Đồng Kỵ", "Đông Ngàn", "Đồng Nguyên", "Tam Sơn"] == sorted(
        units, key=collation_key
    )
    people = ["Nguyễn Văn Ánh", "Trần Thị An", "Lê Văn An", "Đỗ Bình"]
    assert ["Trần Thị An", "Lê Văn An", "Nguyễn Văn Ánh", "Đỗ Bình"] == sorted(people, key=name_key)


def test_trap_15_search_finds_without_marks_and_ranks_exact_first():
    assert ["Ắ", "Ấ"] == search("a", ["Ắ", "Ấ", "Ố", "Ớ", "Ứ"])
    assert ["Đồng Kỵ", "Đông Ngàn"] == search("đồng", ["Đông Ngàn", "Tam Sơn", "Đồng Kỵ"])


def test_trap_16_separators_of_a_formula_are_not_part_of_a_number():
    assert ["number-unreadable", "number-unreadable"] == [refused(parse_number, text) for text in ("1;2", "=1,5")]


def test_trap_17_what_google_sheets_returns_unformatted_is_read_the_same():
    assert (date(2023, 3, 30), date(2023, 3, 30)) == (parse_date(45015), parse_date(45015.0))
    assert (Decimal("1234.5"), "0912345678", "079123456789") == (
        parse_number("1.234,5"),
        parse_identifier("0912345678"),
        parse_identifier("079123456789"),
    )


def test_trap_18_headers_damaged_by_hand_keep_their_key():
    assert fold("Họ tên ") == fold("HỌ\nTÊN") == fold("Họ\u00a0 tên") == fold(unicodedata.normalize("NFD", "họ tên"))


def test_trap_19_a_free_name_is_suggested_never_taken():
    wards = ["Đồng Kỵ", "Đông Ngàn", "Đồng Nguyên", "Tam Sơn"]
    assert ["Đồng Kỵ", "Đồng Nguyên", None, None] == [
        suggest(text, wards) for text in ("Dồng  Ky", "Đồng Nguyênn", "UBND TP", "")
    ]


def test_trap_20_tet_of_every_year_of_the_plan():
    assert list(range(2023, 2034)) == list(TET)
    assert {2023: (1, 22), 2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2033: (1, 31)} == {
        year: (TET[year].month, TET[year].day) for year in (2023, 2024, 2025, 2026, 2033)
    }
    # A lunar year has 354, 355, 383, 384 or 385 days: a slip of the pen would break the chain.
    gaps = [(TET[year + 1] - TET[year]).days for year in range(2023, 2033)]
    assert set() == set(gaps) - {354, 355, 383, 384, 385}


def test_trap_21_two_equal_keys_are_a_tie_that_nobody_wins():
    assert None is suggest("nguyen van an", ["Nguyễn Văn An", "Nguyễn Văn Ấn"])


def test_blank_is_none_in_every_parser_and_unread_is_not_none():
    parsers = (parse_number, parse_count, parse_money, parse_percent, parse_date, parse_month, parse_identifier)
    assert [None] * 4 * len(parsers) == [
        parser(cell) for parser in parsers for cell in (None, "", "  ", "\u00a0\u200b")
    ]
    assert ([UNREAD, None], ["date-impossible"]) == (
        (answer := parse_dates(["31/02/2025", ""]))[0],
        [why.code for _, why in answer[1]],
    )
