"""Whatever staff put around a table and however often it grows and shrinks: nothing is lost and nothing is torn."""

import openpyxl
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from workbooks.ranges import Area, Change
from workbooks.write import TableBody, patch_workbook

FIRST = 5


@settings(max_examples=40, deadline=None)
@given(
    start=st.integers(1, 8),
    gap=st.integers(1, 4),
    below=st.lists(st.integers(0, 3), max_size=4),
    beside=st.sets(st.integers(1, 40), max_size=6),
    sizes=st.lists(st.integers(0, 30), min_size=1, max_size=4),
)
def test_staff_content_survives_any_sequence_of_sizes(tmp_path_factory, start, gap, below, beside, sizes):
    path = tmp_path_factory.mktemp("law") / "a.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("S")
    headers = [{"header": "MA"}, {"header": "_rid"}]
    sheet.add_table(FIRST - 2, 0, FIRST + start - 2, 1, {"name": "tblX", "columns": headers})
    row = FIRST + start - 1 + gap
    for number, skip in enumerate(below):
        row += skip
        sheet.write(row, 0, f"dưới {number}")
        row += 1
    for row in beside:
        sheet.write(row - 1, 4, f"bên {row}")
    book.close()

    for size in sizes:
        columns = {"MA": [f"m{i}" for i in range(size)], "_rid": [f"r{i}" for i in range(size)]}
        patch_workbook(path, path, tables={"tblX": TableBody.of(columns)})
        sheet = openpyxl.load_workbook(path)["S"]
        last = FIRST + max(1, size) - 1
        values = [[cell.value for cell in column] for column in sheet.iter_cols(1, 5, 1, 120)]
        assert f"A{FIRST - 1}:B{last}" == sheet.tables["tblX"].ref
        assert (columns["MA"] or [None]) == values[0][FIRST - 1 : last]
        assert (columns["_rid"] or [None]) == values[1][FIRST - 1 : last]
        assert [f"dưới {number}" for number in range(len(below))] == [v for v in values[0][last:] if v is not None]
        assert sorted(f"bên {row}" for row in beside) == sorted(v for v in values[4] if v is not None)
        if not below:
            assert {row: f"bên {row}" for row in beside} == {n: v for n, v in enumerate(values[4], 1) if v is not None}


@given(
    old=st.integers(1, 50),
    new=st.integers(1, 50),
    totals=st.integers(0, 1),
    gap=st.integers(0, 5),
    pushed=st.integers(0, 40),
    area=st.tuples(st.integers(1, 80), st.integers(0, 60)),
)
def test_a_moved_range_never_turns_round_and_covers_what_it_covered(old, new, totals, gap, pushed, area):
    first = FIRST
    change = Change("S", 1, 3, first, first + old - 1, first + new - 1, totals, first + old + totals + gap, pushed)
    top, height = area
    before = Area(1, top, 3, top + height)
    after = change.area(before)
    assert after.first_row <= after.last_row or first <= top <= change.old_last
    if top <= first and before.last_row >= change.old_last:
        assert (after.first_row, after.last_row >= change.new_last) == (top, True)
    if top >= change.below:
        assert (pushed, height) == (after.first_row - top, after.last_row - after.first_row)
