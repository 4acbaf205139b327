"""Whatever stands in an open table and whatever it shall hold: it ends up right, and is never half of something."""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

import xlwings as xw
from hypothesis import given, settings
from hypothesis import strategies as st
from open_excel import Cell, OpenExcel, Sheet, Table

from sync.live_sheets import OpenMaster
from workbooks.live_file import FileFacts
from workbooks.live_tables import Wanted, plan_live_table

HEADER = 4
CODES = ("_uid", "SO", "_line", "_rid")


@dataclass(frozen=True)
class Case:
    """Present rows as (key, amount), None for a blank one; wanted rows; whether staff have a column, and where; how
    far below the table something of theirs stands."""

    present: Sequence[tuple[str, int] | None]
    wanted: Sequence[tuple[str, int]]
    own: int | None
    below: int | None

    @property
    def excel(self) -> OpenExcel:
        sheet = Sheet("T")
        codes = list(CODES)
        if self.own is not None:
            codes.insert(self.own, "riêng")
        for number, code in enumerate(codes, 1):
            sheet.cells[HEADER - 1, number] = Cell(f"T.{code}" if code in CODES else None)
            sheet.cells[HEADER, number] = Cell(code)
        for line, row in enumerate(self.present, HEADER + 1):
            if row is not None:
                said = {"_uid": "u", "SO": row[1], "_line": 7, "_rid": row[0], "riêng": f"của {row[0]}"}
                for number, code in enumerate(codes, 1):
                    sheet.cells[line, number] = Cell(said[code])
        last = HEADER + len(self.present)
        if self.below is not None:
            sheet.cells[last + self.below, 2] = Cell("ký tên")
        sheet.tables.append(Table("tbl", HEADER, 1, last, len(codes), False))
        return OpenExcel.of(sheet)

    @property
    def columns(self) -> dict[str, Sequence[object]]:
        size = len(self.wanted)
        keys, amounts = [key for key, _ in self.wanted], [amount for _, amount in self.wanted]
        return {"_uid": ["u"] * size, "SO": amounts, "_line": [7] * size, "_rid": keys}


keys = st.sampled_from([f"k{n}" for n in range(9)])
rows = st.lists(st.tuples(keys, st.integers(0, 3)), max_size=8, unique_by=lambda row: row[0])
present = rows.flatmap(lambda kept: st.permutations([*kept, None, None])).filter(bool)
cases = st.builds(Case, present, rows, st.sampled_from([None, 1, len(CODES)]), st.sampled_from([None, 1, 2, 20]))


def actions_of(case: Case, excel: OpenExcel) -> list[dict[str, object]]:
    book = xw.Book(json=excel.payload())
    try:
        opened = OpenMaster(book)
        table = opened.table("tbl", {code: code for code in CODES}, FileFacts())
        planned = plan_live_table(table, Wanted(case.columns, ("_uid", "_rid"), rank="_line"))  # type: ignore[arg-type]
        opened.perform(planned.steps)
        return json.loads(json.dumps(book.json()))["actions"]  # type: ignore[no-any-return]
    finally:
        book.close()


def shown(excel: OpenExcel) -> list[dict[str, object]]:
    sheet, table = excel.table("tbl")
    headers = [sheet.value(HEADER, number) for number in range(1, table.last_column + 1)]
    return [dict(zip(headers, row, strict=True)) for row in excel.rows("tbl")]


@given(cases)
@settings(max_examples=150, deadline=None)
def test_the_table_ends_up_as_wanted_and_what_staff_keep_there_stays(case: Case):
    excel = case.excel
    excel.apply(actions_of(case, excel))

    ended = shown(excel)
    had = {row[0] for row in case.present if row is not None}
    assert list(case.wanted) == [(row["_rid"], row["SO"]) for row in ended]
    if case.own is not None:
        notes = [f"của {key}" if key in had else None for key, _ in case.wanted]
        assert notes == [row["riêng"] for row in ended]
    if case.below is not None:
        sheet, table = excel.table("tbl")
        (line,) = [row for (row, _), cell in sheet.cells.items() if cell.value == "ký tên"]
        stood = HEADER + len(case.present) + case.below
        assert line == max(stood, table.last_row + min(case.below, 2))


@given(cases)
@settings(max_examples=100, deadline=None)
def test_doing_it_again_does_nothing(case: Case):
    excel = case.excel
    excel.apply(actions_of(case, excel))

    assert [] == actions_of(case, excel)


@given(cases.filter(lambda case: case.own != 1))
@settings(max_examples=100, deadline=None)
def test_a_row_that_stays_is_never_gone_or_there_twice_while_it_is_done(case: Case):
    actions = actions_of(case, case.excel)
    staying = {row[0] for row in case.present if row is not None} & {key for key, _ in case.wanted}
    step = case.excel
    for number in range(len(actions)):
        step = deepcopy(step)
        step.apply(actions[number : number + 1])
        found = [row["_rid"] for row in shown(step) if row["_rid"] in staying]
        assert sorted(staying) == sorted(map(str, found))
