"""Every function explains itself in both languages, and the page of functions is as the registry has it."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap

import pytest

from tools.function_table import EXAMPLES, PAGE, page
from xl_ctd.messages import LANGUAGES, catalogue
from xl_ctd.registry import FUNCTIONS, Parameter, Takes, worksheet_function

PLANNED = (
    *("GIATRI", "MUCTIEU", "TYLE", "DAT", "MUCDAT", "TRANGTHAI", "TRANGTHAI_KHOANG", "CONTHIEU", "LOTRINH", "NHIP"),
    *("DEN", "CAGR", "DUBAO", "SAN", "DAYDU", "DUNGHAN", "DUYNHAT", "SO", "TIEN", "NGAY", "CHUAN", "KHONGDAU"),
    *("BANGCHU", "KY", "NGUON", "DONVI", "NHIEMVU", "BANGCHITIEU"),
)


def test_every_function_is_there_in_order() -> None:
    assert PLANNED == tuple(FUNCTIONS)


def test_the_page_of_functions_is_up_to_date() -> None:
    assert page() == PAGE.read_text("utf-8"), "run: python -m tools.function_table"


def test_every_function_has_an_example() -> None:
    assert PLANNED == tuple(EXAMPLES)
    assert {True} == {len(EXAMPLES[name]) <= len(FUNCTIONS[name].parameters) for name in PLANNED}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_help_belongs_to_a_function_or_an_error(language: str) -> None:
    wanted = set()
    for one in FUNCTIONS.values():
        wanted |= {one.code, *(f"{one.code}-{argument.name.replace('_', '-')}" for argument in one.parameters)}
    about = {code for code in catalogue(language) if re.match("function-", code)}
    starts = {one.code for one in FUNCTIONS.values()}
    helps = {code for code in about if code in wanted or any(code.startswith(f"{start}-") for start in starts)}

    assert helps == wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_fits_the_function_wizard(language: str) -> None:
    helps = [one.help(language) for one in FUNCTIONS.values()]
    helps += [one.help_of(argument, language) for one in FUNCTIONS.values() for argument in one.parameters]

    assert [] == [words for words in helps if len(words) > 255]


def test_names_fit_every_host() -> None:
    for one in FUNCTIONS.values():
        assert re.fullmatch(r"[A-Z][A-Z_]*", one.name)
        for argument in one.parameters:
            assert re.fullmatch(r"[a-z][a-z_]*", argument.name)
            assert argument.takes is Takes.SCALAR or not one.elementwise


@pytest.mark.parametrize("name", PLANNED)
def test_a_function_hands_over_to_the_core_in_five_lines(name: str) -> None:
    source = textwrap.dedent(inspect.getsource(FUNCTIONS[name].function))
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    body = function.body[1:]  # without the docstring

    assert ast.get_docstring(function)
    assert (body[-1].end_lineno or 0) - body[0].lineno + 1 <= 5


def test_two_functions_cannot_have_one_name() -> None:
    with pytest.raises(ValueError, match="SO cannot be declared"):
        worksheet_function("SO", Parameter("van_ban"))
    with pytest.raises(ValueError, match="MOI cannot be declared"):
        worksheet_function("MOI", Parameter("ma", required=False), Parameter("ky"))
