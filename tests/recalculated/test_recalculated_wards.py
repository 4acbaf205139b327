"""A ward's own sheet ``Kết quả`` and its calculated columns, calculated anew by LibreOffice, agree with the merge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from fractions import Fraction
from math import floor
from typing import Any

import pytest
from demos import Demo
from known import Known, known_of
from recompute import books_of, tet_gifts

from workbooks import layouts
from workbooks.ward_formulas import FORMULAS, shown_values
from xl_ctd.core.tables import BY_CODE

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*extension is not supported"),
    pytest.mark.xdist_group("demos"),
]
Anew = Callable[[str], Any]

PLACES = Fraction(1, 10_000)
"""``Kết quả`` keeps four decimals of a share."""


@pytest.fixture(scope="module")
def year_before(clean: tuple[Demo, Known]) -> Known:
    demo, known = clean
    return known_of(demo, known.year - 1)


def wards(clean: tuple[Demo, Known]) -> dict[str, str]:
    """File → the ward's key."""
    demo, known = clean
    units = known.setup.units
    return {path.stem: units.find(path.stem.split("_")[1], known.year)[0].uid for path in demo.wards(known.year)}


def results(book: Any) -> dict[str, tuple[Any, ...]]:
    """Target → result, detail, judgement, what is missing."""
    rows = book[layouts.RESULT_TAB].iter_rows(min_row=1, max_row=30, values_only=True)
    return {row[0]: (row[2], row[3], row[5], row[6] or "") for row in rows if str(row[0]).startswith("TS-")}


def gifts_in_book(demo: Demo, uid: str) -> Fraction:
    books = [book for book in books_of(demo, demo.year) if book.uid == uid]
    return Fraction(tet_gifts(books, demo.year, date(demo.year, 12, 31)))


def shown(share: Fraction, goal: Fraction) -> float:
    """A share as the sheet keeps it: rounding never carries a missed one onto its goal."""
    steps = floor(share / PLACES + Fraction(1, 2)) if share >= goal else floor(share / PLACES)
    return float(steps * PLACES)


def test_every_wards_own_result_is_what_the_merge_finds(
    anew: Anew, clean: tuple[Demo, Known], year_before: Known
) -> None:
    known = clean[1]
    for name, uid in wards(clean).items():
        figures = {
            target: known.figures[uid, target].observation for target in known.ids if (uid, target) in known.figures
        }
        before = year_before.figures[uid, "TS-11"].observation.value or 0
        counted = {target: one.value for target, one in figures.items()}
        counted["TS-09"] = figures["TS-09"].numerator
        # The sheet knows its own year alone: registrations since 2023 and gifts of last December are elsewhere.
        counted["TS-11"] = (counted["TS-11"] or 0) - before
        counted["TS-04"] = gifts_in_book(clean[0], uid)
        found = results(anew(name))
        assert set(counted) == set(found)
        for target in ("TS-02", "TS-03"):
            one, goal = figures[target], Fraction(str(known.target(target).threshold))
            counted[target] = shown(one.value, goal)
            assert found[target][1].startswith(f"{one.numerator}/{one.denominator} "), (name, target)
        assert {target: float(value) for target, value in counted.items()} == {
            target: result for target, (result, *_) in found.items()
        }, name


def test_every_ward_is_told_what_the_merge_will_judge(anew: Anew, clean: tuple[Demo, Known]) -> None:
    known = clean[1]
    words = {True: "✔ ĐẠT", False: "✘ CHƯA ĐẠT"}
    judged = 0
    for name, uid in wards(clean).items():
        found = results(anew(name))
        for target in ("TS-02", "TS-03", "TS-10", "TS-12"):
            judgement = known.figures[uid, target].judgement
            told = found[target]
            assert words[judgement.status.value == "ĐẠT"] == told[2], (name, target)
            gap = f"{int(judgement.gap or 0):,}".replace(",", ".")
            assert (f"còn thiếu {gap} " in told[3]) == bool(judgement.gap), (name, target, told)
            judged += 1
        assert words[gifts_in_book(clean[0], uid) >= 1] == found["TS-04"][2]
        assert anew(name)[layouts.RESULT_TAB]["A4"].value.startswith("✔ Sẵn sàng gửi"), name
    assert 48 == judged


def rows_of(book: Any, code: str) -> list[dict[str, Any]]:
    """A table's rows in use, by field."""
    letters = {column.code: column.letters for column in layouts.unit_columns(BY_CODE[code])}
    sheet = book[layouts.TABS[code]]
    required = next(field.code for field in BY_CODE[code].fields if field.required)
    return [
        {field: sheet[f"{column}{line}"].value for field, column in letters.items()}
        for line in range(layouts.FIRST_ROW, sheet.max_row + 1)
        if sheet[f"{letters[required]}{line}"].value is not None
    ]


def test_calculated_columns_show_what_python_wrote_into_them(anew: Anew, clean: tuple[Demo, Known]) -> None:
    for name in wards(clean):
        book = anew(name)
        opening = _opening(book)
        for table, field in FORMULAS:
            rows = rows_of(book, table)
            expected = shown_values(table, field, rows, opening)
            assert expected == ["" if row[field] is None else row[field] for row in rows], (name, table, field)
            assert len(rows) > 0 or table == "HIEN_MO_TANG"


def test_columns_that_run_end_where_the_merge_ends(anew: Anew, clean: tuple[Demo, Known], year_before: Known) -> None:
    known = clean[1]
    for name, uid in wards(clean).items():
        book = anew(name)
        seen = {target: known.figures[uid, target].observation.value or 0 for target in ("TS-08", "TS-11", "TS-12")}
        before = year_before.figures[uid, "TS-11"].observation.value or 0
        assert seen["TS-12"] == _last(rows_of(book, "QUY"), "SO_DU")
        assert seen["TS-08"] == sum(row["AN_TOAN"] for row in rows_of(book, "HIEN_MAU")), name
        assert seen["TS-11"] - before == _last(rows_of(book, "HIEN_MO_TANG"), "LUY_KE"), name


def _last(rows: list[Mapping[str, Any]], field: str) -> Any:
    """The running column on the last day; of one day the lowest line."""
    dated = [(_day(row["NGAY"]), line, row[field]) for line, row in enumerate(rows)]
    return max(dated)[2] if dated else 0


def _day(value: datetime | date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _opening(book: Any) -> Any:
    names = book.defined_names["BIA.DU_DAU"].attr_text.replace("$", "").replace("'", "")
    tab, cell = names.rsplit("!" if "!" in names else ".", 1)
    return book[tab][cell].value
