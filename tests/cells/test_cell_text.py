"""Text: cleaned, repaired, folded, sorted; and amounts in words."""

from __future__ import annotations

import itertools
import unicodedata

import pytest

from xl_ctd.core.legacy import decode, encoding_of_font
from xl_ctd.core.syllables import TONES
from xl_ctd.core.text import clean, collation_key, fold, name_key, repair, repair_and_count, suggest
from xl_ctd.core.words import money_in_words

NUCLEI = "iêu yêu oai uôi ươi uya uyê uyu oă oa oe uê uy uâ iê ia ai ay âu eo êu oi ôi ơi ua uô ưa ưu a ê i o ư y"


def test_a_tone_on_any_letter_of_a_syllable_comes_to_rest_where_people_write_it():
    restless = []
    for onset, nucleus, coda, tone in itertools.product(
        ("", "b", "th", "qu", "gi", "ngh", "đ"), NUCLEI.split(), ("", "n", "ch"), TONES
    ):
        word = onset + nucleus + coda
        typed = [unicodedata.normalize("NFC", word[:place] + tone + word[place:]) for place in range(1, len(word) + 1)]
        repaired = {repair(text) for text in typed}
        both_ways = coda == "" and (nucleus in ("oa", "oe", "uy") or (onset, nucleus) == ("qu", "y"))
        if len(repaired) != 1 + both_ways or not repaired <= set(typed):
            restless.append((word, repaired))
    assert [] == restless


def test_words_that_are_right_or_foreign_are_left_alone():
    text = "Quý, qúy, hoà, hòa, giờ, già, gì, quả, của, thuở, khuỷu, ngoằn ngoèo, España, café, Đắk Lắk, Huỳnh, tuýp"
    assert (text, 0) == repair_and_count(text)


@pytest.mark.parametrize(
    ("broken", "whole", "count"),
    [
        ("Viêṭ Nam", "Việt Nam", 1),
        ("THƯC̣ HIÊṆ", "THỰC HIỆN", 2),
        ("đơn vi,̣ điạ phương", "đơn vị, địa phương", 2),
        ("thi ̣xa,̃ thành phố", "thị xã, thành phố", 2),
        ("Chỉ thi ̣ số 43", "Chỉ thị số 43", 1),
        ("Smith ̣xa, tại ̣chỗ", "Smith xạ, tại ̣chỗ", 1),  # only "xa" has room for a mark
        ("qủa, gía, thưở", "quả, giá, thưở", 2),  # "ưở" is no misplaced tone but another spelling
    ],
)
def test_marks_are_put_back_and_counted(broken, whole, count):
    assert (whole, count) == repair_and_count(broken)


def test_fold_keeps_digits_and_punctuation_and_other_scripts():
    assert ["ts-02", "895/qd-ttg", "strasse", "привет"] == [
        fold(text) for text in ("TS–02", "895/QĐ-TTg", "STRASSE", "Привет")
    ]
    assert fold("Straße") == fold("STRASSE")


def test_sorting_compares_letters_before_tones():
    assert ["an", "Án", "ăn", "ân", "dung", "dũng", "đan"] == sorted(
        ["đan", "ân", "ăn", "Án", "an", "dũng", "dung"], key=collation_key
    )
    assert ["\u1100\u1161\u0301"] == sorted(["\u1100\u1161\u0301"], key=collation_key)  # two letters that become one
    assert ["Hùng", "Lê Hùng", "Nguyễn Văn Tám"] == sorted(["Nguyễn Văn Tám", "Lê Hùng", "Hùng"], key=name_key)


def test_a_suggestion_needs_one_clear_winner():
    assert [None, None, "Tam Sơn"] == [
        suggest("x", []),
        suggest("Phường", ["Đồng Kỵ"]),
        suggest("tam  son", ["Tam Sơn", "Đồng Kỵ"]),
    ]


def test_an_old_font_over_text_that_is_already_unicode_changes_nothing():
    assert ("Phường Đồng Kỵ", None) == decode("Phường Đồng Kỵ", ".VnTime")
    assert (None, None, None) == tuple(encoding_of_font(font) for font in (None, "", "Vni"[:2]))


def test_vni_capitals_follow_their_letter():
    assert ["ỦY BAN NHÂN DÂN", "Ủy ban", "Đường Ỷ Lan"] == [
        decode(text, "VNI-Times")[0] for text in ("UÛY BAN NHAÂN DAÂN", "Uûy ban", "Ñöôøng YÛ Lan")
    ]


def test_clean_keeps_lines_and_mends_lone_surrogates():
    assert "a\nb\nc d\ufffd" == clean("a\r\nb\u2028c\td\ud800")


AMOUNTS = {
    1: "Một đồng",
    10: "Mười đồng",
    15: "Mười lăm đồng",
    21: "Hai mươi mốt đồng",
    24: "Hai mươi tư đồng",
    25: "Hai mươi lăm đồng",
    101: "Một trăm linh một đồng",
    105: "Một trăm linh năm đồng",
    110: "Một trăm mười đồng",
    1_005: "Một nghìn không trăm linh năm đồng",
    1_500: "Một nghìn năm trăm đồng",
    20_000_000: "Hai mươi triệu đồng",
    1_234_567_890: "Một tỷ hai trăm ba mươi tư triệu năm trăm sáu mươi bảy nghìn tám trăm chín mươi đồng",
    1_200_000_000: "Một tỷ hai trăm triệu đồng",
    2_000_000_005: "Hai tỷ không trăm linh năm đồng",
    1_000_000_000_000: "Một nghìn tỷ đồng",
    -500_000: "Âm năm trăm nghìn đồng",
}


def test_amounts_in_words():
    assert AMOUNTS == {amount: money_in_words(amount) for amount in AMOUNTS}
