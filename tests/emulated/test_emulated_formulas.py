"""Formulas and locales: https://support.google.com/docs/table/25273, https://support.google.com/docs/answer/58515,
formats: https://developers.google.com/workspace/sheets/api/guides/formats"""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.emulator.formulas import ErrorValue, Table, evaluate
from sync.emulator.locales import EPOCH, LOCALES, Formula, from_serial, serial, typed
from sync.emulator.number_formats import shown

TODAY = date(2026, 1, 5)
VIETNAM, AMERICA = LOCALES["vi_VN"], LOCALES["en_US"]


class Cells:
    """A1 = 3, A2 = 4, A3 blank, A4 a text, B1 an error."""

    today = TODAY

    def __init__(self, locale: str = "vi_VN") -> None:
        self.locale = locale

    def cells(self, title: str | None, cells: str) -> Table:
        column: Table = [[3], [4], [None], ["Lan"]]
        known: dict[str, Table] = {
            "A1": [[3]],
            "A2": [[4]],
            "A3": [[None]],
            "A4": [["Lan"]],
            "B1": [[ErrorValue("#N/A")]],
        }
        return column if ":" in cells else known[cells]


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("=A1+A2*2", 11),
        ("=(A1+A2)*2", 14),
        ("=-A1^2", 9),
        ("=A1%", 0.03),
        ("=1,5+1", 2.5),
        ("=SUM(A1:A4)", 7),
        ("=SUM(A1;A2;10)", 17),
        ("=COUNT(A1:A4)", 2),
        ("=COUNTA(A1:A4)", 3),
        ("=AVERAGE(A1:A4)", 3.5),
        ("=MAX(A1:A4)-MIN(A1:A4)", 1),
        ('=IF(A1<A2;"ít hơn";"không")', "ít hơn"),
        ('=A4&" và "&A1', "Lan và 3"),
        ('="lan"=A4', True),
        ("=A3", 0),
        ("=ROUND(2,5;0)", 3),
        ("=DATE(2026;3;5)", 46086),
        ("=TODAY()", 46027),
        ('=IFERROR(B1;"thiếu")', "thiếu"),
        ('=COUNTIF(A1:A4;"lan")', 1),
        ('=LEN("Chữ thập đỏ")', 11),
        ("=TRUE", True),
    ],
)
def test_formulas_give_values(formula: str, value: object) -> None:
    assert value == evaluate(formula, Cells())


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        ("=A1/A3", "#DIV/0!"),
        ("=A4+1", "#VALUE!"),
        ("=B1+1", "#N/A"),
        ("=SUM(A1;B1)", "#N/A"),
        ("=KHONGCO(1)", "#NAME?"),
        ("=khongco", "#NAME?"),
        ("=A1+", "#ERROR!"),
        ("=(A1", "#ERROR!"),
        ("=1.5+1", "#ERROR!"),
        ("=#REF!+1", "#REF!"),
    ],
)
def test_formulas_give_errors(formula: str, code: str) -> None:
    assert ErrorValue(code) == evaluate(formula, Cells())


def test_the_separators_of_a_formula_are_those_of_the_locale() -> None:
    assert [2.5, 3] == [evaluate("=1.5+1", Cells("en_US")), evaluate("=SUM(1,2)", Cells("en_US"))]


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("1.250", 1250, "NUMBER"),
        ("1.250,75", 1250.75, "NUMBER"),
        ("-12,5", -12.5, None),
        ("(12)", -12, None),
        ("1.2.3", "1.2.3", None),
        ("1.25", "1.25", None),
        ("12,5%", 0.125, "PERCENT"),
        ("1.200.000 ₫", 1200000, "CURRENCY"),
        ("1e3", 1000, "SCIENTIFIC"),
        ("31/12/2026", 46387, "DATE"),
        ("31/2/2026", "31/2/2026", None),
        ("5-3-2026", 46086, "DATE"),
        ("2026-03-05", 46086, "DATE"),
        ("5/3", 46086, "DATE"),
        ("3/2026", 46082, "DATE"),
        ("5/3/2026 6:00", 46086.25, "DATE_TIME"),
        ("18:00", 0.75, "TIME"),
        (" 12 ", 12, None),
        ("12 người", "12 người", None),
        ("true", True, None),
        ("079123456789", 79123456789, None),
        ("=", "=", None),
    ],
)
def test_typed_in_vietnam(text: str, value: object, kind: str | None) -> None:
    result = typed(text, VIETNAM, TODAY)

    assert (value, kind) == (result.value, (result.number_format or {}).get("type"))


def test_a_formula_is_typed_with_an_equals_sign() -> None:
    assert Formula("=A1") == typed("=A1", VIETNAM, TODAY).value


@pytest.mark.parametrize(
    ("number", "pattern", "vietnam", "america"),
    [
        (1234.5, "#,##0", "1.235", "1,235"),
        (1234.5, "#,##0.00", "1.234,50", "1,234.50"),
        (0.125, "0%", "13%", "13%"),
        (0.125, "0.00%", "12,50%", "12.50%"),
        (-5, "#,##0;(#,##0)", "(5)", "(5)"),
        (7, "000", "007", "007"),
        (1.5, "0.##", "1,5", "1.5"),
        (12, '0" người"', "12 người", "12 người"),
        (1200000, "[$₫]#,##0", "₫1.200.000", "₫1,200,000"),
        (1e16, "", "1E+16", "1E+16"),
        (0.1 + 0.2, "", "0,3", "0.3"),
    ],
)
def test_numbers_are_shown_by_pattern_and_locale(number: float, pattern: str, vietnam: str, america: str) -> None:
    number_format = {"type": "NUMBER", "pattern": pattern} if pattern else None

    assert (vietnam, america) == (shown(number, number_format, "vi_VN"), shown(number, number_format, "en_US"))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("dd/mm/yyyy", "05/03/2026"),
        ("d/m/yy", "5/3/26"),
        ("yyyy-mm-dd hh:mm:ss", "2026-03-05 14:07:09"),
        ("h:mm am/pm", "2:07 PM"),
        ('"ngày" d', "ngày 5"),
    ],
)
def test_moments_are_shown_by_pattern(pattern: str, text: str) -> None:
    moment = 46086 + (14 * 3600 + 7 * 60 + 9) / 86400

    assert text == shown(moment, {"type": "DATE_TIME", "pattern": pattern}, "vi_VN")


# Laws


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False), st.sampled_from(["vi_VN", "en_US"]))
def test_a_number_that_is_shown_and_typed_again_is_the_same(number: Decimal, locale: str) -> None:
    text = shown(float(number), {"type": "NUMBER", "pattern": "#,##0.00"}, locale)

    assert float(number) == typed(text, LOCALES[locale], TODAY).value


@given(st.dates(min_value=date(1900, 3, 1), max_value=date(2199, 12, 31)), st.sampled_from(["vi_VN", "en_US"]))
def test_a_date_that_is_shown_and_typed_again_is_the_same(day: date, locale: str) -> None:
    text = shown(serial(day), {"type": "DATE", "pattern": LOCALES[locale].date_pattern}, locale)

    assert (serial(day), day) == (typed(text, LOCALES[locale], TODAY).value, from_serial(serial(day)).date())


@given(st.text(max_size=30))
def test_every_text_can_be_typed_and_an_apostrophe_keeps_it(text: str) -> None:
    assert text == typed(f"'{text}", VIETNAM, TODAY).value
    assert isinstance(typed(text, AMERICA, TODAY).value, bool | int | float | str | Formula | None)


@given(st.integers(min_value=-700000, max_value=2900000), st.integers(min_value=0, max_value=86399))
def test_serial_numbers_count_days_and_parts_of_days(days: int, seconds: int) -> None:
    if not 1 <= (EPOCH.toordinal() + days) <= date.max.toordinal():
        return
    moment = from_serial(days + seconds / 86400)

    assert (EPOCH + timedelta(days=days), seconds) == (
        moment.date(),
        moment.hour * 3600 + moment.minute * 60 + moment.second,
    )


@given(st.text(alphabet='=A1B2:$!()+-*/&,;"% .SUM<>', max_size=20))
def test_no_formula_breaks_the_emulator(text: str) -> None:
    class Blank(Cells):
        def cells(self, title: str | None, cells: str) -> Table:
            return [[None]]

    value = evaluate("=" + text, Blank())

    assert isinstance(value, bool | int | float | str | ErrorValue)
