"""Text as people type and paste it: cleaned for storing, repaired where marks slipped, folded for comparing.

Three strengths, never mixed: ``clean`` changes nothing that a reader could see, ``repair`` changes misplaced marks and
can say how many words, ``fold`` makes a key that is compared and never shown. Text in an old font encoding goes
through ``legacy.decode`` before ``clean``: in TCVN3 the letter "ư" is the soft hyphen that ``clean`` takes away.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from xl_ctd.core.syllables import LETTER, TONES, WORD, is_syllable, is_vietnamese_word, repair_word, split_tones

LOST = "\ufffd"
"""The sign that a letter was lost before the text reached us; nobody can know which one."""

_INVISIBLE = dict.fromkeys(
    [0xAD, 0x61C, 0x180E, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A)]
    + [code for code in [*range(0x20), *range(0x7F, 0xA0)] if not chr(code).isspace()]
)
_SPACES = dict.fromkeys([0x09, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")
_LINE_ENDS = dict.fromkeys([0x0B, 0x0C, 0x0D, 0x1C, 0x1D, 0x1E, 0x1F, 0x85, 0x2028, 0x2029], "\n")
_TIDY: dict[int, str | None] = {**_INVISIBLE, **_SPACES, **_LINE_ENDS, **dict.fromkeys(range(0xD800, 0xE000), LOST)}

_LOOK_ALIKES = str.maketrans("ÐƉðɖ", "ĐĐđđ")
_LOOK_ALIKE = re.compile("[ÐƉðɖ]")
_WORD = re.compile(WORD)


def clean(text: str) -> str:
    """Text as it is stored: composed letters, nothing invisible, no blanks at the ends; to the eye it is the same.

    Tabs and odd blanks become spaces, line ends ``\\n``. The look-alikes Ð Ɖ ð ɖ become Đ đ inside Vietnamese words
    only. An empty string means that nothing was typed.

    >>> clean("  Ðồng\\u00a0Kỵ\\u200b "), clean("Guðmundur"), clean("\\u00a0")
    ('Đồng Kỵ', 'Guðmundur', '')
    """
    if text.isprintable():
        if text.isascii():
            return text.strip()
        if unicodedata.is_normalized("NFC", text) and not _LOOK_ALIKE.search(text):
            return text.strip()
    tidy = unicodedata.normalize("NFC", text.replace("\r\n", "\n").translate(_TIDY))
    if _LOOK_ALIKE.search(tidy):
        tidy = _WORD.sub(_without_look_alikes, tidy)
    return tidy.strip()


def _without_look_alikes(found: re.Match[str]) -> str:
    word = found[0]
    vietnamese = word.translate(_LOOK_ALIKES)
    return vietnamese if vietnamese != word and is_vietnamese_word(vietnamese) else word


# ---- Marks that slipped off their letter: text copied from a PDF, or typed by an old editor.


_STRAY_MARK = re.compile("[\u0300-\u036f]")
_DETACHED = re.compile(rf"({WORD})((?:[,.;:)!?”’\"'] ?| ))([{TONES}])( ?)")


def repair(text: str) -> str:
    """Put misplaced marks back onto their vowels, word by word, and only where a Vietnamese syllable comes of it.

    The user's own tone style stays: "hòa" and "hoà" are both left alone. Lost letters stay lost.

    >>> repair("Thưc̣ hiêṇ sư ̣lañh đaọ, thi ̣xa,̃ điạ phương")
    'Thực hiện sự lãnh đạo, thị xã, địa phương'
    """
    return repair_and_count(text)[0]


def repair_and_count(text: str) -> tuple[str, int]:
    """The repaired text and how many words were changed, so that a finding can say "đã sửa 3 chữ".

    >>> repair_and_count("Viêṭ Nam")
    ('Việt Nam', 1)
    """
    if text.isascii():
        return text, 0
    if all(map(_is_sound, [word for word in text.split() if not word.isascii()])):
        return text, 0
    attached, moved = _attach_marks(unicodedata.normalize("NFC", text))
    settled, changed = _settle(attached)
    return settled, changed + moved


def _settle(text: str) -> tuple[str, int]:
    changed = 0

    def settle(found: re.Match[str]) -> str:
        nonlocal changed
        word = repair_word(found[0])
        changed += word != found[0]
        return word

    return _WORD.sub(settle, text), changed


@lru_cache(maxsize=65_536)
def _is_sound(word: str) -> bool:
    # Nearly every word that comes by has been looked at before.
    return unicodedata.is_normalized("NFC", word) and not _STRAY_MARK.search(word) and _settle(word)[1] == 0


def _attach_marks(text: str) -> tuple[str, int]:
    # "thi ̣xa,̃" → "thị xã,": a tone behind a blank or a comma belongs to the word before.
    moved = 0

    def attach(found: re.Match[str]) -> str:
        nonlocal moved
        word, gap, tone, blank = found.groups()
        if not is_syllable(word) or split_tones(word)[1]:
            return found[0]
        moved += 1
        return repair_word(word + tone) + gap + ("" if gap.endswith(" ") else blank)

    return _DETACHED.sub(attach, text), moved


_LOSSY_WORD = re.compile(rf"(?:{LETTER}|{LOST})+")


def suggest_lost_letters(text: str) -> str:
    """What the text may have been before letters were lost: "i" wherever that gives a Vietnamese syllable.

    A suggestion for a person to confirm, never to be stored unasked. In the PDF texts that we know the lost letter
    was always "i". Where "i" gives no syllable the sign stays.

    >>> suggest_lost_letters("Ban B\\ufffd\\u0301 thư t\\ufffdǹh h\\ufffdǹh, 5\\ufffd")
    'Ban Bí thư tình hình, 5\ufffd'
    """
    return repair(_LOSSY_WORD.sub(_with_i, text)) if LOST in text else text


def _with_i(found: re.Match[str]) -> str:
    word = found[0]
    if LOST not in word or word == LOST:
        return word
    kept, _ = split_tones(word.replace(LOST, ""))
    guess = word.replace(LOST, "I" if len(kept) > 1 and kept.isupper() else "i")
    toneless, tones = split_tones(guess)
    return guess if len(tones) <= 1 and is_syllable(toneless) else word


# ---- Keys for comparing, searching and sorting: never shown.

_DASHES_AND_QUOTES = {
    **dict.fromkeys([*range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63, 0xFF0D], "-"),
    **dict.fromkeys(map(ord, "“”„‟«»″"), '"'),
    **dict.fromkeys(map(ord, "‘’‚‛′´`"), "'"),
    ord("…"): "...",
}
_STROKES = dict.fromkeys(map(ord, "đðɖ"), "d")
_MARKS = dict.fromkeys(range(0x300, 0x370))
_BARE: dict[int, str | None] = {**_TIDY, **_MARKS, **_DASHES_AND_QUOTES}
_QUICK: dict[int, str | None] = {
    **_BARE,
    **dict.fromkeys(map(ord, "ĐÐƉđðɖ"), "d"),
    **{
        ord(unicodedata.normalize("NFC", letter + tone)): unicodedata.normalize("NFD", letter)[0].lower()
        for letter in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
        for tone in ("", *TONES)
    },
}
_QUI = re.compile(r"\bqui(?=(?:t|nh)?\b)")


@lru_cache(maxsize=32_768)  # names, headers and words of lists come by again and again
def fold(text: str) -> str:
    """A key for comparing what people typed: no case, no marks, đ as d, single blanks, plain dashes and quotes.

    Old and new tone placement, composed and decomposed letters and look-alikes give one key; so do "quý" and "quí".

    >>> fold("Phường ĐỒNG  KỴ"), fold("Hòa") == fold("Hoà"), fold("Phú Quí") == fold("Phú Quý"), fold("800 – 1.400")
    ('phuong dong ky', True, True, '800 - 1.400')
    """
    key = text.translate(_QUICK) if not (text.isascii() and text.isprintable()) else text.replace("`", "'")
    if key.isascii():
        key = key.lower()
    else:
        bare = unicodedata.normalize("NFD", text.translate(_BARE)).translate(_BARE).casefold()
        key = unicodedata.normalize("NFD", bare).translate(_BARE).translate(_STROKES)
    key = " ".join(key.split())
    return _QUI.sub("quy", key) if "qui" in key else key


def search(query: str, texts: Iterable[str]) -> list[str]:
    """The texts that contain the query, marks or no marks; those that contain it as typed come first.

    >>> search("ỨNG", ["Ủng hộ", "Phản ứng", "ứng phó"]), search("ung", ["Phản ứng", "tung"])
    (['Phản ứng', 'ứng phó', 'Ủng hộ'], ['tung', 'Phản ứng'])
    """
    exact, key = clean(query).casefold(), fold(query)
    found = [text for text in texts if key in fold(text)]
    return sorted(found, key=lambda text: exact not in clean(text).casefold())


def suggest(text: str, candidates: Sequence[str], *, at_least: float = 92) -> str | None:
    """The one candidate that the text very likely means, to be offered and never taken: a person decides.

    None when nothing is like enough, or when two candidates are equally like.

    >>> suggest("Đồng Ky", ["Đồng Kỵ", "Đông Ngàn"]), suggest("Đồng", ["Đồng Kỵ", "Đông Ngàn"])
    ('Đồng Kỵ', None)
    """
    from rapidfuzz import fuzz, process  # few runs need it, and it takes long to load

    keys = [fold(candidate) for candidate in candidates]
    best = process.extract(fold(text), keys, scorer=fuzz.ratio, score_cutoff=at_least, limit=2)
    if not best or not best[0][0] or (len(best) == 2 and best[0][1] == best[1][1]):
        return None
    return candidates[best[0][2]]


_ALPHABET = {letter: f"{rank:02d}" for rank, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz", start=10)}
CollationKey = tuple[tuple[str, ...], tuple[int, ...], str]


def collation_key(text: str) -> CollationKey:
    """Sort key of the Vietnamese dictionary: letters first (ă after a, đ after d), then tones, then capitals.

    >>> sorted(["Đồng Nguyên", "Tam Sơn", "Đông Ngàn", "Đồng Kỵ", "Dũng"], key=collation_key)
    ['Dũng', 'Đồng Kỵ', 'Đông Ngàn', 'Đồng Nguyên', 'Tam Sơn']
    """
    toneless, tones = split_tones(clean(text))
    letters = tuple(_ALPHABET.get(char, "99" + char if char.isalpha() else char) for char in toneless.lower())
    marks = dict.fromkeys(range(len(toneless)), 0) | {index: TONES.index(tone) + 1 for index, tone in tones}
    return letters, tuple(marks.values()), text


def name_key(name: str) -> tuple[CollationKey, ...]:
    """Sort key for people: given name (the last word), then middle names, then family name.

    >>> sorted(["Nguyễn Văn Bình", "Trần Thị An", "Lê Văn An"], key=name_key)
    ['Trần Thị An', 'Lê Văn An', 'Nguyễn Văn Bình']
    """
    family, *others = clean(name).split() or [""]
    given = others[-1:] or [family]
    return tuple(collation_key(part) for part in (given[0], " ".join(others[:-1]), family))
