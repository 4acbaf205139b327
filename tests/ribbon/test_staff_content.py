"""What staff put into the open master stays theirs, beside the rows it belongs to; what would be lost is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from office import UNITS, ward_tables
from open_excel import Cell, OpenExcel, Table, loaded
from ribbon_office import Desktop, column, content

from sync.live_sheets import OpenMaster
from sync.workspace import CannotRun
from workbooks.live_tables import ClearFilter
from xl_ctd.messages import message

Open = Callable[..., Desktop]


def widen(desktop: Desktop, name: str, header: str) -> int:
    """Staff add a column of their own at the right end of a table; its number."""
    sheet, table = desktop.excel.table(name)
    table.last_column += 1
    sheet.cells[table.first_row, table.last_column] = Cell(header)
    return table.last_column


def beside(desktop: Desktop, name: str, column: int, key: int) -> Mapping[object, object]:
    """What stands in a column, by what stands in the key column of the same row."""
    sheet, table = desktop.excel.table(name)
    lines = range(table.first_row + 1, table.last_row + 1)
    return {sheet.value(line, key): sheet.value(line, column) for line in lines if sheet.value(line, column)}


def test_own_columns_and_comments_stay_with_their_rows(open_desktop: Open):
    desktop = open_desktop(news=True)
    sheet, table = desktop.excel.table("tblQUY")
    own = widen(desktop, "tblQUY", "Ghi chú riêng")
    rid = own - 1
    marks = {}
    for line in range(table.first_row + 1, table.last_row + 1):
        marks[sheet.value(line, rid)] = f"của {line}"
        sheet.cells[line, own] = Cell(f"của {line}")
        sheet.notes[line, column("QUY", "SO_CT")] = f"của {line}"

    desktop.press("hop_nhat")

    assert marks == beside(desktop, "tblQUY", own, rid)
    assert marks == {sheet.value(line, rid): note for (line, _), note in sheet.notes.items()}


def test_a_sorted_table_with_own_columns_is_put_in_order_by_the_program(open_desktop: Open):
    ordered, turned = open_desktop("ordered", news=True), open_desktop("turned", news=True)
    sheet, table = turned.excel.table("tblQUY")
    own = widen(turned, "tblQUY", "Ghi chú riêng")
    widen(ordered, "tblQUY", "Ghi chú riêng")
    body = range(table.first_row + 1, table.last_row + 1)
    rows = [[sheet.cells.get((line, n), Cell()) for n in range(1, own)] for line in reversed(body)]
    for line, cells in zip(body, rows, strict=True):
        sheet.cells.update({(line, n): cell for n, cell in enumerate(cells, 1)})
        sheet.cells[line, own] = Cell(f"của {sheet.value(line, own - 1)}")
    marks = beside(turned, "tblQUY", own, own - 1)

    ordered.press("hop_nhat")
    turned.press("hop_nhat")

    assert marks == beside(turned, "tblQUY", own, own - 1)
    assert [row[:-1] for row in ordered.excel.rows("tblQUY")] == [row[:-1] for row in turned.excel.rows("tblQUY")]


def test_a_sorted_table_is_put_in_order(open_desktop: Open):
    ordered, turned = open_desktop("ordered", news=True), open_desktop("turned", news=True)
    sheet, table = turned.excel.table("tblQUY")
    body = range(table.first_row + 1, table.last_row + 1)
    rows = [[sheet.cells.get((line, n), Cell()) for n in range(1, table.last_column + 1)] for line in reversed(body)]
    for line, cells in zip(body, rows, strict=True):
        sheet.cells.update({(line, n): cell for n, cell in enumerate(cells, 1)})

    ordered.press("hop_nhat")
    turned.press("hop_nhat")

    assert content(ordered.excel) == content(turned.excel)


def test_a_formula_of_staffs_in_a_cell_that_did_not_change_stays(open_desktop: Open):
    desktop = open_desktop(news=True)
    sheet, table = desktop.excel.table("tblQUY")
    cell = sheet.cells[table.first_row + 2, column("QUY", "SO_TIEN")]
    cell.formula = "=500000*2+1"

    desktop.press("hop_nhat")

    assert "=500000*2+1" == cell.formula


@pytest.mark.parametrize(("name", "amount"), [("QUY", "SO_TIEN"), ("HO_TRO", "GIA_TRI")])
def test_own_formats_and_formulas_stay_through_a_merge_and_its_undo(open_desktop: Open, name: str, amount: str):
    desktop = open_desktop(news=True)
    sheet, table = desktop.excel.table(f"tbl{name}")
    own = widen(desktop, f"tbl{name}", "Gấp đôi")
    for line in range(table.first_row + 1, table.last_row + 1):
        sheet.cells[line, column(name, amount)].number_format = f'#,##0 "của dòng {line}"'
        sheet.cells[line, own] = Cell(line * 2, formula="=ROW()*2")
    before = dressed(desktop, name, amount)

    desktop.press("hop_nhat")
    merged = dressed(desktop, name, amount)
    desktop.press("hoan_tac")
    undone = dressed(desktop, name, amount)

    stayed = before.keys() & merged.keys()
    assert len(before) - (name == "HO_TRO") == len(stayed)  # one line was taken back
    assert before.keys() == undone.keys()
    assert {rid: before[rid] for rid in stayed} == {rid: merged[rid] for rid in stayed}
    assert {rid: before[rid] for rid in stayed} == {rid: undone[rid] for rid in stayed}


def dressed(desktop: Desktop, name: str, amount: str) -> dict[object, tuple[str, object]]:
    """The format of each row's amount and the formula in its last column, by the row's id."""
    sheet, table = desktop.excel.table(f"tbl{name}")
    return {
        sheet.value(line, table.last_column - 1): (
            sheet.cells[line, column(name, amount)].number_format,
            sheet.cells.get((line, table.last_column), Cell()).formula,
        )
        for line in range(table.first_row + 1, table.last_row + 1)
    }


def test_what_stands_below_and_beside_a_table_keeps_its_place(open_desktop: Open):
    desktop = open_desktop(news=True)
    sheet, table = desktop.excel.table("tblQUY")
    far, right = table.last_row + 30, table.last_column + 3
    sheet.cells[far, 2] = Cell("Người lập biểu")
    sheet.cells[table.first_row + 2, right] = Cell("bên cạnh")

    desktop.press("hop_nhat")

    assert ("Người lập biểu", "bên cạnh") == (sheet.value(far, 2), sheet.value(table.first_row + 2, right))


def test_what_stands_close_below_gives_way(open_desktop: Open):
    plain, desktop = open_desktop("plain", news=True), open_desktop("signed", news=True)
    sheet, table = desktop.excel.table("tblQUY")
    sheet.cells[table.last_row + 2, 2] = Cell("Người lập biểu")
    sheet.cells[table.last_row + 2, table.last_column + 4] = Cell("Ký tên")

    plain.press("hop_nhat")
    desktop.press("hop_nhat")

    line = table.last_row + 2
    assert ("Người lập biểu", "Ký tên") == (sheet.value(line, 2), sheet.value(line, table.last_column + 4))
    assert content(plain.excel) == content(desktop.excel)


def test_an_own_cell_beside_a_row_that_goes_is_told_and_kept_in_the_ledger(open_desktop: Open):
    desktop = open_desktop(news=True)
    sheet, table = desktop.excel.table("tblHO_TRO")
    own = widen(desktop, "tblHO_TRO", "Ghi chú riêng")
    gone = {row[0] for row in ward_rids(desktop)}
    for line in range(table.first_row + 1, table.last_row + 1):
        sheet.cells[line, own] = Cell(f"nhớ {sheet.value(line, own - 1)}")

    answer = desktop.press("hop_nhat")

    left = {sheet.value(line, own - 1) for line in range(table.first_row + 1, table.last_row + 1)}
    (rid,) = gone - left
    assert f"nhớ {rid}" in answer.sentence
    with desktop.office.ledger() as ledger:
        assert 1 == len(list(ledger.events("orphans")))


def ward_rids(desktop: Desktop) -> list[tuple[object, ...]]:
    sheet, table = desktop.excel.table("tblHO_TRO")
    rid = table.last_column - 1
    return [(sheet.value(line, rid),) for line in range(table.first_row + 1, table.last_row + 1)]


def lose_table(excel: OpenExcel) -> None:
    sheet, table = excel.table("tblQUY")
    sheet.tables.remove(table)


def lose_column(excel: OpenExcel) -> None:
    sheet, table = excel.table("tblQUY")
    for row in (table.first_row - 1, table.first_row):
        sheet.cells[row, column("QUY", "SO_TIEN")] = Cell("khác")


def lose_sheet(excel: OpenExcel) -> None:
    sheet, _ = excel.table("tblQUY")
    excel.sheets.remove(sheet)


def lose_name(excel: OpenExcel) -> None:
    del excel.names["ctd_phien_ban"]


def put_name_into_table(excel: OpenExcel) -> None:
    sheet, table = excel.table("tblQUY")
    excel.names["ctd_phien_ban"] = [sheet.name, f"B{table.first_row + 1}"]


def put_table_below(excel: OpenExcel) -> None:
    sheet, table = excel.table("tblQUY")
    row = table.last_row + 3
    sheet.cells[row, 2] = Cell("Khác")
    sheet.tables.append(Table("tblKhac", row, 2, row + 2, table.last_column + 5, False))


def merge_cells_below(excel: OpenExcel) -> None:
    """Merged cells that reach out over the table's right side; only the saved file tells of them."""
    sheet, table = excel.table("tblQUY")
    book = loaded(excel.path)
    row, right = table.last_row + 3, table.last_column
    book[sheet.name].merge_cells(start_row=row, start_column=right, end_row=row, end_column=right + 2)
    book.save(excel.path)


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (lose_table, "write-table-missing"),
        (lose_column, "write-column-missing"),
        (lose_sheet, "write-table-missing"),
        (lose_name, "write-name-missing"),
        (put_name_into_table, "write-name-in-table"),
        (put_table_below, "write-no-room"),
        (merge_cells_below, "live-merged-cells"),
    ],
)
def test_what_would_lose_something_is_refused_as_a_whole(open_desktop: Open, harm: Callable[..., None], code: str):
    desktop = open_desktop(news=True)
    versions = desktop.versions()
    harm(desktop.excel)

    with pytest.raises(CannotRun) as refused:
        desktop.press("hop_nhat")

    assert (code, [], versions) == (refused.value.code, desktop.excel.done, desktop.versions())
    assert "{" not in message(code, refused.value.args_)


def test_texts_that_look_like_something_else_stay_texts(open_desktop: Open):
    desktop = open_desktop()
    words = ("=SUM(A1)", "00123", "1/2", "TRUE", "'nháy", "-5", "@x", "12%", "1e5")
    tables = ward_tables(UNITS[2], of_each=3)
    first = tables["QUY"][0]
    tables["QUY"] = [{**first, "SO_CT": f"PT-{n:02}", "NOI_DUNG": word} for n, word in enumerate(words)]
    desktop.office.send(UNITS[2], tables)

    desktop.press("hop_nhat")

    sheet, table = desktop.excel.table("tblQUY")
    shown = {sheet.value(line, column("QUY", "NOI_DUNG")) for line in range(table.first_row + 1, table.last_row + 1)}
    assert set(words) <= shown


def test_a_column_whose_header_staff_reworded_is_known_by_its_code(open_desktop: Open):
    plain, reworded = open_desktop("plain", news=True), open_desktop("reworded", news=True)
    sheet, table = reworded.excel.table("tblQUY")
    sheet.cells[table.first_row, column("QUY", "SO_TIEN")].value = "Tiền thu"

    plain.press("hop_nhat")
    reworded.press("hop_nhat")

    assert content(plain.excel) == content(reworded.excel)


def test_an_error_in_a_cell_is_read_as_the_error_and_not_as_a_blank(open_desktop: Open):
    desktop = open_desktop()
    sheet, table = desktop.excel.table("tblQUY")
    desktop.excel.type(sheet.name, table.first_row + 1, column("QUY", "SO_TIEN"), "#N/A")

    with desktop.excel.book() as book:
        assert "#N/A" == OpenMaster(book).cells(sheet.name)[table.first_row][column("QUY", "SO_TIEN") - 1]


def test_what_excel_refuses_is_one_sentence(open_desktop: Open):
    desktop = open_desktop()

    with pytest.raises(CannotRun) as refused, desktop.excel.book() as book:
        OpenMaster(book).perform([ClearFilter("không có", "tblQUY")])

    assert ("live-write-failed", []) == (refused.value.code, desktop.excel.done)
