"""The master's formulas, calculated anew by LibreOffice, say what Python says: every sheet, every year shown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import pytest
from demos import Demos
from known import SHOWN, Known
from recompute import books_of, typed_book

from sync.demo import demo_city
from workbooks.master_monitored import lines_of
from xl_ctd.core.books import GROUP
from xl_ctd.core.codes import CODE_LISTS
from xl_ctd.core.targets import Aggregation, Status, TargetKind
from xl_ctd.messages import message
from xl_ctd.plans import setup_for

pytestmark = [
    # What openpyxl does not know (sparklines, data bars) it says and drops; these tests look at the cells.
    pytest.mark.filterwarnings("ignore:.*extension is not supported"),
    pytest.mark.xdist_group("demos"),
    pytest.mark.parametrize("name", list(SHOWN)),
]
Anew, Python = Callable[[str], Any], Callable[[str], Known]

BOARD, BY_UNIT, TARGETS, TASKS = "Bảng điều hành", "Theo phường", "Chỉ tiêu", "Kế hoạch nhiệm vụ"
MONITORED = "Theo dõi"


def column(sheet: Any, letters: str, first: int, count: int) -> list[Any]:
    """Cells down a column; a formula's empty text is as good as nothing."""
    return [sheet[f"{letters}{row}"].value or None for row in range(first, first + count)]


def number(value: object) -> float | None:
    return None if value in (None, "", "#N/A") else float(value)  # type: ignore[arg-type]


def near(values: Sequence[Fraction | int | float | None]) -> list[Any]:
    """Numbers as a double holds them."""
    return [None if value is None else pytest.approx(float(value), rel=1e-14) for value in values]


def said(words: Sequence[str]) -> list[str | None]:
    return [" ".join(word.split()) or None for word in words]


def test_the_board_says_what_python_says(anew: Anew, python: Python, name: str) -> None:
    sheet, known = anew(name)[BOARD], python(name)
    words = [known.words(target) for target in known.ids]
    reached = [known.figures[GROUP, target].judgement.attainment for target in known.ids]
    gaps = [f"{one.gap} ".partition(". ")[0].strip() for one in words]
    also = [one.milestone if one.milestone != one.gap else "" for one in words]

    count = len(known.ids)
    assert int(name) == sheet["D2"].value
    assert known.ids == column(sheet, "B", 10, count)
    assert [target.name for target in known.setup.targets] == column(sheet, "C", 10, count)
    assert said([one.value for one in words]) == column(sheet, "D", 10, count)
    assert said([one.goal for one in words]) == column(sheet, "E", 10, count)
    assert near([None if one is None else min(1, one) for one in reached]) == column(sheet, "F", 10, count)
    assert said([one.attainment for one in words]) == column(sheet, "G", 10, count)
    assert said([f"{one.symbol} {one.word}" for one in words]) == column(sheet, "H", 10, count)
    assert said([" · ".join(filter(None, pair)) for pair in zip(gaps, also, strict=True)]) == column(
        sheet, "I", 10, count
    )
    assert said([one.coverage for one in words]) == column(sheet, "K", 10, count)


def test_the_cards_and_the_heading_count_what_python_counts(anew: Anew, python: Python, name: str) -> None:
    sheet, known = anew(name)[BOARD], python(name)
    marks = Counter(known.words(target).symbol for target in known.ids)
    received = [row for row in known.progress if row.state != "missing"]
    in_time = [row for row in received if row.in_time]
    counts = {"count": len(in_time), "expected": len(known.progress)}

    open_ones = marks["?"] + marks["○"]
    assert [
        marks["✔"] + marks["★"] + marks["▲"],
        marks["✘"] + marks["◆"],
        marks["▼"] + open_ones,
        f"{round(100 * len(in_time) / len(known.progress))}%",
    ] == [sheet[cell].value for cell in ("B6", "D6", "G6", "I6")]
    assert f"{marks['▼']} chậm lộ trình · {open_ones} chưa đủ số liệu" == sheet["G7"].value
    assert message("board-on-time", counts) == sheet["I7"].value
    assert f"số liệu đến 31/12/{name}" in sheet["B3"].value
    assert f"{len(received)}/{len(known.progress)} phường" in sheet["B4"].value
    missing = [row.unit for row in known.progress if row.state == "missing"]
    assert [True] * len(missing) == [unit in sheet["B4"].value for unit in missing]


def test_the_targets_sheet_says_what_python_says(anew: Anew, python: Python, name: str) -> None:
    sheet, known = anew(name)[TARGETS], python(name)
    words = [known.words(target) for target in known.ids]

    count = len(known.ids)
    assert said([one.value for one in words]) == column(sheet, "E", 5, count)
    assert said([one.goal for one in words]) == column(sheet, "F", 5, count)
    assert said([one.attainment for one in words]) == column(sheet, "G", 5, count)
    assert said([f"{one.symbol} {one.word}" for one in words]) == column(sheet, "H", 5, count)
    assert said([one.gap for one in words]) == column(sheet, "I", 5, count)


def test_trends_are_the_figures_of_the_years(anew: Anew, python: Python, name: str) -> None:
    sheet, known = anew(name)["_Bảng"], python(name)
    years = range(known.year - 5, known.year + 1)

    for n, target in enumerate(known.ids):
        values = [known.every_year.get(year, {}).get(target) for year in years]
        raw = [number(cell.value) for cell in sheet[f"AA{5 + n}" : f"AF{5 + n}"][0]]
        assert near(values) == raw, target
        highest = max(value for value in values if value is not None)
        drawn = [None if value is None else value / highest for value in values]
        assert near(drawn) == [number(cell.value) for cell in sheet[f"E{5 + n}" : f"J{5 + n}"][0]], target


def test_charts_draw_the_units_and_the_way_of_the_level(anew: Anew, python: Python, name: str) -> None:
    sheet, known = anew(name)["_Bảng"], python(name)
    wards = [unit.uid for unit in known.setup.units.expected_in(known.year)]
    names = [known.setup.units.by_uid[uid].name.removeprefix("Phường ") for uid in wards]

    def drawn(target: str, first: str, last: str) -> list[list[Any]]:
        cells = [[cell.value for cell in row] for row in sheet[f"{first}5" : f"{last}20"]]
        return [row for row in cells if row[0] and row[0].strip()]

    def expected(target: str) -> list[tuple[str, Fraction]]:
        seen = [known.figures[uid, target].observation.value for uid in wards]
        told = [known.words(target, uid).value or "chưa có" for uid in wards]
        return [(f"{unit} · {word}", value or Fraction(0)) for unit, word, value in zip(names, told, seen, strict=True)]

    blood, funds = expected("TS-08"), expected("TS-12")
    assert [[text, *near([value])] for text, value in blood] == drawn("TS-08", "M", "N")
    floor = known.target("TS-12").threshold
    split = [(value, 0) if value >= floor else (0, value) for _, value in funds]
    assert [[text, *near(pair)] for (text, _), pair in zip(funds, split, strict=True)] == drawn("TS-12", "R", "T")

    plan = known.setup.plan
    years = list(range(plan.first_year, plan.last_year + 1))
    assert years == column(sheet, "W", 5, len(years))
    reached = [known.every_year.get(year, {}).get("TS-09") if year <= known.year else None for year in years]
    assert near(reached) == [number(cell) for cell in column(sheet, "Y", 5, len(years))]
    milestone = known.figures[GROUP, "TS-09"].judgement.milestone
    way = dict(zip(years, [number(cell) for cell in column(sheet, "X", 5, len(years))], strict=True))
    if milestone is not None:
        assert near([milestone]) == [way[known.year]]
        base = float(known.every_year[plan.first_year]["TS-09"] or 0)
        assert [pytest.approx(base + (0.025 - base) * n / 10, rel=1e-12) for n in range(11)] == list(way.values())
    else:
        assert [None] * 10 == list(way.values())[:10], "nobody knows where the way began"


def test_every_unit_stands_with_its_figures(anew: Anew, python: Python, name: str) -> None:
    sheet, known = anew(name)[BY_UNIT], python(name)

    names = [known.setup.units.by_uid[uid].name for uid in known.units]
    assert [*names, None] == column(sheet, "A", 9, len(names) + 1)
    for n, target in enumerate(known.ids):
        letters = chr(ord("B") + n)
        words = known.words(target)
        assert said([words.goal, words.value, f"{words.symbol} {words.word}"]) == column(sheet, letters, 5, 3), target
        assert said([_of_unit(known, uid, target) for uid in known.units]) == column(
            sheet, letters, 9, len(known.units)
        ), target


def _of_unit(known: Known, uid: str, target: str) -> str:
    one = known.figures.get((uid, target))
    if one is None:
        return ""
    words = known.words(target, uid)
    return words.value if one.judgement.status is Status.NOT_APPLICABLE else f"{words.value} {words.symbol}"


def test_every_number_without_a_threshold_is_what_python_counts(anew: Anew, python: Python, name: str) -> None:
    sheet, known = anew(name)[MONITORED], python(name)
    columns = {"C": (known.year, GROUP), "D": (known.year - 1, GROUP)}
    columns |= {chr(ord("E") + n): (known.year, uid) for n, uid in enumerate(known.units)}
    lines = lines_of(known.setup)

    names = [
        known.setup.units.by_uid[uid].name.replace("Phường ", "").replace("Thành phố", "TP") for uid in known.units
    ]
    assert [*names, None] == [sheet.cell(4, 5 + n).value or None for n in range(len(names) + 1)]
    ids = [number.id for number in known.setup.plan.monitored]
    assert ids == [cell for cell in column(sheet, "A", 5, len(lines)) if cell]
    for letters, key in columns.items():
        seen = {f"{one.id}.{n}": part.value for one in known.monitored[key] for n, part in enumerate(one.parts, 1)}
        wanted = [seen[line.code] if line.part else "" for line in lines]
        if key[0] not in known.every_year:
            wanted = [""] * len(lines)
        expected = ["–" if value is None else None if value == "" else near([value])[0] for value in wanted]
        assert expected == column_of_numbers(sheet, letters, 5, len(lines)), (letters, key)


def column_of_numbers(sheet: Any, letters: str, first: int, count: int) -> list[Any]:
    """Cells down a column, where 0 is a number and empty text is nothing."""
    cells = (sheet[f"{letters}{row}"].value for row in range(first, first + count))
    return [None if value == "" else value for value in cells]


def test_the_units_added_up_are_sums_ratios_of_sums_and_counts_of_wards(anew: Anew, python: Python, name: str) -> None:
    sheet, known = anew(name)[BY_UNIT], python(name)

    for n, target in enumerate(known.ids):
        cell = sheet[f"{chr(ord('B') + n)}8"].value
        total = _added_up(known, target)
        if isinstance(total, Fraction):
            assert pytest.approx(float(total), rel=1e-14) == cell, target
        else:
            assert total == cell, target


def _added_up(known: Known, target: str) -> Fraction | str:
    how = known.target(target).aggregation
    wards = [uid for uid in known.units if uid != known.setup.units.city]
    seen = {uid: known.figures[uid, target].observation for uid in known.units if (uid, target) in known.figures}
    values = {uid: one.value for uid, one in seen.items() if one.value is not None}
    of_wards = [values[uid] for uid in wards if uid in values]
    if how is Aggregation.SUM:
        return sum(values.values(), Fraction(0))
    if how is Aggregation.RATIO_OF_SUMS:
        below = sum((seen[uid].denominator or 0 for uid in wards), Fraction(0))
        return sum((one.numerator or 0 for one in seen.values()), Fraction(0)) / below
    if how is Aggregation.ANY:
        return f"{sum(value > 0 for value in of_wards)}/{len(of_wards)}"
    if how is Aggregation.PER_UNIT:
        floor = known.target(target).threshold or 0
        return f"{sum(value >= floor for value in of_wards)}/{len(of_wards)}"
    return "–"


def test_tasks_count_the_reports_in_the_wards_files(demos: Demos, anew: Anew, python: Python, name: str) -> None:
    sheet, known, demo = anew(name)[TASKS], python(name), demos(*SHOWN[name])
    city = demo_city(setup_for("TS", known.year), known.year, seed=demo.seed)
    wards = books_of(demo, known.year)
    books = [*wards, typed_book(known.setup.units.city, known.year, city.cover, city.tables)]
    words = {choice.code: choice.words for choice in CODE_LISTS["trang_thai_nhiem_vu"]}
    rows = [
        (book in wards, row["MA_NV"], words[row["TRANG_THAI"]])
        for book in books
        for _, row in book.table("NHIEM_VU").iterrows()
    ]
    assert rows

    expected = []
    for task in known.setup.plan.tasks:
        mine = [(of_ward, state) for of_ward, code, state in rows if code == task.id]
        owed = set(task.obligated) & set(known.setup.units.members)
        told = f"{sum(of_ward for of_ward, _ in mine)}/{len(known.progress)}" if owed else str(len(mine) or "–")
        done, late = (sum(state.startswith(word) for _, state in mine) for word in ("Hoàn thành", "Quá hạn"))
        expected.append([task.id, told, str(done or "–"), str(late or "–")])
    assert expected == [
        [sheet[f"{letters}{row}"].value for letters in "AJKL"] for row in range(5, 5 + len(known.setup.plan.tasks))
    ]


def test_population_names_its_units(anew: Anew, python: Python, name: str) -> None:
    sheet, known = anew(name)["Dân số"], python(name)
    uids = column(sheet, "A", 5, len(known.setup.population))

    assert [entry.uid for entry in known.setup.population] == uids
    assert [known.setup.units.by_uid[uid].name for uid in uids] == column(sheet, "B", 5, len(uids))


def test_words_keep_to_the_numbers_they_stand_for(python: Python, anew: Anew, name: str) -> None:
    """Read back from the board: the nearest decimal, and never on the other side of the goal."""
    sheet, known = anew(name)[BOARD], python(name)
    checked = 0
    for n, target in enumerate(known.setup.targets):
        value, shown = known.figures[GROUP, target.id].observation.value, str(sheet[f"D{10 + n}"].value)
        if target.kind in (TargetKind.FLOOR, TargetKind.MAINTAIN) or value is None:
            continue
        text = re.match(r"-?[\d.]+(,(\d+))?", shown)
        assert text, shown
        read = Fraction(text[0].replace(".", "").replace(",", ".")) / (100 if "%" in shown else 1)
        places = len(text[2] or "") + (2 if "%" in shown else 0)
        assert abs(read - value) * 10**places <= Fraction(1, 2), target.id
        if target.threshold is not None:
            assert (value >= target.threshold) == (read >= target.threshold), target.id
        checked += 1
    assert 11 == checked


def test_no_cell_that_people_see_is_an_error(anew: Anew, name: str) -> None:
    wrong = [
        (sheet.title, cell.coordinate, cell.value)
        for sheet in anew(name)
        if sheet.sheet_state == "visible"
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "e"
    ]

    assert [] == wrong
