"""Both languages say the same things about the same names, and every code the program uses has a sentence."""

import re
import string
from pathlib import Path

import pytest

from workbooks.master_tables import BEHIND, ON_TRACK
from xl_ctd.core.targets import Certainty, Status
from xl_ctd.messages import catalogue, spoken

ROOT = Path(__file__).parents[2]
MARKS = re.compile("[àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ]", re.IGNORECASE)
CODE = r'"([a-z0-9]+(?:-[a-z0-9]+)+)"'
USES = (
    re.compile(r"(?:Finding|CannotRun|Hold|_Stop|Unreadable|_tell|Answer)\(\s*(?:\w+,\s*)*" + CODE),
    re.compile(r"(?:WriteRefused|WouldLose|Refusal)\(\s*(?:\w+,\s*)*" + CODE),
    re.compile(r"(?<![\w.])message\(\s*" + CODE),
)


def names(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_both_languages_have_the_same_codes() -> None:
    assert sorted(catalogue("vi")) == sorted(catalogue("en"))


@pytest.mark.parametrize("code", sorted(catalogue("vi")))
def test_both_sentences_fill_in_the_same_names(code: str) -> None:
    assert names(catalogue("vi")[code]) == names(catalogue("en")[code])


def test_judgements_are_the_words_that_the_report_and_json_use() -> None:
    words = [*Status, ON_TRACK, BEHIND, Certainty.CERTAIN, Certainty.PROVISIONAL]
    assert sorted(words) == sorted(text for code, text in catalogue("vi").items() if code.startswith("judged-"))


def test_sentences_of_some_length_carry_vietnamese_marks() -> None:
    plain = [code for code, text in catalogue("vi").items() if len(text) > 25 and not MARKS.search(text)]
    assert plain == []


def test_every_code_in_the_program_has_a_sentence() -> None:
    used = {
        code
        for folder in ("xl_ctd", "workbooks", "sync")
        for file in (ROOT / folder).rglob("*.py")
        for pattern in USES
        for code in pattern.findall(file.read_text("utf-8"))
    }
    assert len(used) > 50
    assert sorted(used - set(catalogue("vi"))) == []


def test_every_finding_has_a_short_name_of_its_own() -> None:
    raised = re.compile(r"(?:Finding|Hold|_stop|_Stop|Unreadable|_tell|refuse|tell)\(\s*(?:\w+,\s*)*" + CODE)
    found = {
        code
        for folder in ("xl_ctd", "workbooks", "sync")
        for file in (ROOT / folder).rglob("*.py")
        for code in raised.findall(file.read_text("utf-8"))
    }
    names_ = [spoken(code) for code in sorted(found)]

    assert len(found) > 100
    assert len(set(names_)) == len(names_)
