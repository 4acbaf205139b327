"""Text typed in an old Vietnamese font (TCVN3 with .VnTime, VNI with VNI-Times): Western letters drawn as ours.

Such text only looks right in its own font; everywhere else "Ủy ban" is "Uû ban". Source of the TCVN3 table: TCVN
5712:1993 as every iconv has it; of the VNI table: a letter followed by its mark, as VNI writes it.
"""

from __future__ import annotations

import re
import unicodedata

from xl_ctd.core.syllables import is_vietnamese_word

TCVN3, VNI = "TCVN3", "VNI"

_TCVN3_TEXT = (  # the letters for the codes A1 to FE, in order
    "ĂÂÊÔƠƯĐăâêôơưđẰ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵ"
)
# The five bare marks are left out: nobody types them, and "m²" stands where one of them would.
_TCVN3 = {code: letter for code, letter in enumerate(_TCVN3_TEXT, start=0xA1) if not unicodedata.combining(letter)}

_TONES = {"ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_ON_CIRCUMFLEX = {"á": "\u0301", "à": "\u0300", "å": "\u0309", "ã": "\u0303", "ä": "\u0323"}
_ON_BREVE = {"é": "\u0301", "è": "\u0300", "ú": "\u0309", "ü": "\u0303", "ë": "\u0323"}
_ALONE = {"í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ", "ô": "ơ", "ö": "ư", "ñ": "đ"}


def _vni_table() -> dict[str, str]:
    # "aù" is "á", "aâ" is "â", "aá" is "ấ", "aê" is "ă", "aé" is "ắ"; "ô" is "ơ" and "oâ" is "ô".
    table = dict(_ALONE)
    table |= {
        old + mark: new + tone for old, new in zip("aeouyôö", "aeouyơư", strict=True) for mark, tone in _TONES.items()
    }
    for letter in "aeo":
        table[letter + "â"] = letter + "\u0302"
        table |= {letter + mark: letter + "\u0302" + tone for mark, tone in _ON_CIRCUMFLEX.items()}
    table["aê"] = "ă"
    table |= {"a" + mark: "ă" + tone for mark, tone in _ON_BREVE.items()}
    lower = {old: unicodedata.normalize("NFC", new) for old, new in table.items()}
    # The letter decides: "Uû" and "UÛ" are both "Ủ".
    mixed = {old[0].upper() + old[1:]: new.upper() for old, new in lower.items()}
    return lower | mixed | {old.upper(): new.upper() for old, new in lower.items()}


_VNI = _vni_table()
_VNI_PIECE = re.compile("|".join(sorted(map(re.escape, _VNI), key=len, reverse=True)))

_UNICODE_VIETNAMESE = re.compile("[ĂăĐđĨĩŨũƠơƯưẠ-ỹ]")
_OLD_WORD = re.compile("[A-Za-z\u00a1-\u00ff]+")
_NEVER_OURS = re.compile("[^\u0000-\u00a0ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúý]")  # in Latin-1, not letters of Vietnamese
_SIGN_INSIDE = re.compile("(?<=[A-Za-z])[\u00a1-\u00bf×÷](?<!·)(?=[A-Za-z])")
_CAPITAL_INSIDE = re.compile("[a-z][À-Þ]")


def encoding_of_font(font: str | None) -> str | None:
    """Which old encoding a font belongs to, None for an ordinary font.

    >>> encoding_of_font(".VnTimeH"), encoding_of_font("VNI-Times"), encoding_of_font("Times New Roman")
    ('TCVN3', 'VNI', None)
    """
    name = (font or "").strip().lower()
    if name.startswith(".vn"):
        return TCVN3
    return VNI if name.startswith("vni-") or name == "vni" else None


def decode(text: str, font: str | None = None) -> tuple[str, str | None]:
    """Turn text in an old font encoding into Unicode; also the name of the encoding, None when nothing was done.

    ``font`` is the font of the cell if it is known. Without it the text itself must leave no doubt: strange
    words that all become Vietnamese ones. A font whose name
    ends in H (.VnTimeH) draws small letters as capitals, so the text becomes capitals. Call this before ``clean``.

    >>> decode("Uû ban nh©n d©n")
    ('Uỷ ban nhân dân', 'TCVN3')
    >>> decode("tõ s¬n", ".VnTimeH"), decode("Hoäi Chöõ thaäp ñoû"), decode("Größe")
    (('TỪ SƠN', 'TCVN3'), ('Hội Chữ thập đỏ', 'VNI'), ('Größe', None))
    """
    encoding = encoding_of_font(font) if font else None
    if _UNICODE_VIETNAMESE.search(text) or (encoding is None and not _NEVER_OURS.search(text)):
        return text, None
    encoding = encoding or _recognise(text)
    if encoding is None:
        return text, None
    decoded = _convert(text, encoding)
    if encoding == TCVN3 and (font or "").strip().lower().endswith("h"):
        decoded = decoded.upper()
    return (decoded, encoding) if decoded != text else (text, None)


def _convert(text: str, encoding: str) -> str:
    if encoding == TCVN3:
        return unicodedata.normalize("NFC", text.translate(_TCVN3))
    return _VNI_PIECE.sub(lambda piece: _VNI[piece[0]], text)


def _recognise(text: str) -> str | None:
    words = [word for word in _OLD_WORD.findall(text) if not word.isascii()]
    if sum(map(_evidence, words)) < 2:
        return None
    possible = [e for e in (TCVN3, VNI) if all(is_vietnamese_word(_convert(word, e)) for word in words)]
    return possible[0] if len(possible) == 1 else None


def _evidence(word: str) -> int:
    # "S¬n" leaves no doubt; "quµ" and "nghÌo" are strange; "là" is what it seems.
    if _SIGN_INSIDE.search(word):
        return 2
    return int(not is_vietnamese_word(word) or _CAPITAL_INSIDE.search(word) is not None)
