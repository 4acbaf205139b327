"""Vietnamese syllables: is this one, where does its tone stand, and where should it stand?"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

TONES = "\u0300\u0309\u0303\u0301\u0323"  # huyền, hỏi, ngã, sắc, nặng: the order of the dictionary
LETTER = r"(?:[^\W\d_]|[\u0300-\u036f])"  # a letter, or a mark that found no letter to stand on
WORD = LETTER + "+"

_ONSETS = "ngh ng nh gh gi kh ph qu th tr ch b c d đ g h k l m n p r s t v x"
_NUCLEI = (
    "iêu yêu oai oay oao oeo uây uôi ươi ươu uya uyê uyu oă oa oe uê uy uâ iê yê ia ai ao au ay âu ây eo êu iu "
    "oi oo ôi ơi ua ui uô uơ ưa ưi ươ ưu uo a ă â e ê i o ô ơ u ư y"
)
_CODAS = "ch ng nh c k m n p t"
_SYLLABLE = re.compile("(?:{})?(?:{})(?:{})?".format(*(part.replace(" ", "|") for part in (_ONSETS, _NUCLEI, _CODAS))))
_VOWELS = frozenset("aăâeêioôơuưy")
_GLIDES = {"oa", "oe", "uy"}  # open syllables written both ways: hòa and hoà, thủy and thuỷ


def split_tones(word: str) -> tuple[str, list[tuple[int, str]]]:
    """Take the tone marks off a word and say on which letter each stood.

    >>> split_tones("thập")
    ('thâp', [(2, '̣')])
    """
    letters, tones, index = [], [], -1
    for char in unicodedata.normalize("NFD", word):
        if char in TONES:
            tones.append((index, char))
            continue
        letters.append(char)
        index += not unicodedata.combining(char)
    return unicodedata.normalize("NFC", "".join(letters)), tones


def is_syllable(toneless: str) -> bool:
    """Can these letters, tone taken off, be one Vietnamese syllable?

    >>> is_syllable("thâp"), is_syllable("Đông"), is_syllable("espana")
    (True, True, False)
    """
    return _SYLLABLE.fullmatch(toneless.lower()) is not None


def _tone_places(syllable: str) -> tuple[int, ...]:
    # Where people put the tone, the best place first; a second place is another accepted habit.
    low = syllable.lower()
    onset = 2 if low.startswith("qu") or (low.startswith("gi") and not _VOWELS.isdisjoint(low[2:3])) else 0
    vowels = [index for index in range(onset, len(low)) if low[index] in _VOWELS]
    is_open = vowels[-1] == len(low) - 1
    marked = [index for index in vowels if low[index] in "ăâêôơư"]
    if marked:
        return (marked[0] if low[marked[-1]] == "ư" else marked[-1],)
    if len(vowels) == 1:
        return (vowels[0], 1) if low == "quy" else (vowels[0],)  # quý, qúy
    if len(vowels) == 3 or not is_open:
        return (vowels[1],)
    return (vowels[0], vowels[1]) if low[vowels[0] :] in _GLIDES else (vowels[0],)


@lru_cache(maxsize=16_384)
def repair_word(word: str) -> str:
    """Put a misplaced tone onto its vowel when that gives a Vietnamese syllable; otherwise leave the word as it is.

    >>> repair_word("đaọ"), repair_word("lañh"), repair_word("hoà"), repair_word("hòa"), repair_word("España")
    ('đạo', 'lãnh', 'hoà', 'hòa', 'España')
    """
    composed = unicodedata.normalize("NFC", word)
    toneless, tones = split_tones(composed)
    if len(tones) != 1 or not is_syllable(toneless):
        return composed
    (where, tone), places = tones[0], _tone_places(toneless)
    if where in places:
        return composed
    best = places[0] + 1
    return unicodedata.normalize("NFC", toneless[:best] + tone + toneless[best:])


@lru_cache(maxsize=16_384)
def is_vietnamese_word(word: str) -> bool:
    """One syllable with at most one tone, or an abbreviation in capitals such as QĐ, HĐND, CTĐ.

    >>> is_vietnamese_word("Đồng"), is_vietnamese_word("HĐND"), is_vietnamese_word("Guđmundur")
    (True, True, False)
    """
    toneless, tones = split_tones(word)
    if len(tones) <= 1 and is_syllable(toneless):
        return True
    if len(word) == 1:
        return True
    return word.isupper() and not tones and _VOWELS.isdisjoint(word.lower())
