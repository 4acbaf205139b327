"""What staff put into, beside and below our tables stays theirs, in the right row, with the right references."""

import dataclasses
import re
import zipfile

import openpyxl
import pytest
import xlsxwriter

from workbooks.write import TableBody, WouldLose, patch_workbook

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")


def grid(path, sheet="Sổ quỹ & nợ"):
    """Every cell that holds something, formulas as formulas."""
    return {
        cell.coordinate: cell.value
        for row in openpyxl.load_workbook(path)[sheet].iter_rows()
        for cell in row
        if cell.value is not None
    }


def patch(path, columns, **options):
    return patch_workbook(path, path, tables={"tblQUY": TableBody.of(columns)}, **options)


def chosen(columns, *rows):
    """Some rows of the columns, in this order."""
    return {code: [column[row] for row in rows] for code, column in columns.items()}


def with_staff_columns(path, rows=5):
    """Our table with two columns of staff's own in the middle: remarks, and a formula filled down."""
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Sổ quỹ & nợ")
    sheet.write_row(2, 0, ["QUY._uid", "QUY.SO_TIEN", None, None, "QUY._rid"])
    headers = [{"header": h} for h in ("Khóa", "Số tiền", "Lan ghi")]
    headers += [{"header": "Gấp đôi", "formula": "=B5*2"}, {"header": "_rid"}]
    sheet.add_table(3, 0, 3 + rows, 4, {"name": "tblQUY", "columns": headers})
    for row in range(rows):
        sheet.write_row(4 + row, 0, ["20194", 1_000 * (row + 1), f"nhớ r{row}"])
        sheet.write_formula(4 + row, 3, f"=B{5 + row}*2", None, 2_000 * (row + 1))
        sheet.write(4 + row, 4, f"r{row}")
    book.close()
    return path


def ours(*rids):
    return {"_uid": ["20194"] * len(rids), "SO_TIEN": [100 + i for i in range(len(rids))], "_rid": list(rids)}


def test_staff_columns_inside_the_table_follow_their_rows(tmp_path):
    path = with_staff_columns(tmp_path / "t.xlsx")
    patch(path, ours("r4", "new", "r0", "r1", "r2", "r3"))
    cells = grid(path)
    remarks = [cells.get(f"C{row}") for row in range(5, 11)]
    assert ["nhớ r4", None, "nhớ r0", "nhớ r1", "nhớ r2", "nhớ r3"] == remarks


def test_staff_formula_columns_are_filled_down(tmp_path):
    path = with_staff_columns(tmp_path / "t.xlsx")
    patch(path, ours("r4", "new", "r0", "r1", "r2", "r3"))
    cells = grid(path)
    assert [f"=B{row}*2" for row in range(5, 11)] == [cells.get(f"D{row}") for row in range(5, 11)]


def test_staff_cells_whose_row_is_gone_stop_the_write_until_it_is_agreed(tmp_path):
    path = with_staff_columns(tmp_path / "t.xlsx")
    before = path.read_bytes()
    with pytest.raises(WouldLose) as refused:
        patch(path, ours("r0", "r1", "r2"))
    assert ("write-would-orphan", before) == (refused.value.code, path.read_bytes())
    assert {"table": "tblQUY", "count": "2", "example": "Lan ghi 20194/r3: nhớ r3"} == refused.value.details

    report = patch(path, ours("r0", "r1", "r2"), may_orphan=True)
    assert [("Lan ghi", ("20194", "r3"), "nhớ r3"), ("Lan ghi", ("20194", "r4"), "nhớ r4")] == [
        (orphan.column, orphan.key, orphan.text) for orphan in report.orphans
    ]


def test_the_same_row_id_in_another_year_is_another_row(tmp_path):
    path = tmp_path / "t.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Sổ quỹ & nợ")
    headers = [{"header": header} for header in ("_uid", "_year", "Lan ghi", "_rid")]
    sheet.add_table(0, 0, 2, 3, {"name": "tblQUY", "columns": headers})
    sheet.write_row("A2", ["20194", 2023, "năm cũ", "r0"]), sheet.write_row("A3", ["20194", 2024, "năm nay", "r0"])
    book.close()
    patch(path, {"_uid": ["20194"] * 3, "_year": [2025, 2024, 2023], "_rid": ["r0"] * 3})
    assert [None, "năm nay", "năm cũ"] == [grid(path).get(f"C{row}") for row in (2, 3, 4)]


def test_a_row_that_people_typed_into_the_master_keeps_their_cells_once_it_has_a_key(tmp_path):
    path = with_staff_columns(tmp_path / "t.xlsx", rows=3)
    book = openpyxl.load_workbook(path)
    book.active["A7"] = book.active["E7"] = None
    book.save(path)
    body = TableBody.of(ours("r1", "r0", "given"))
    body = dataclasses.replace(body, adopted={7: ("20194", "given")})
    patch_workbook(path, path, tables={"tblQUY": body})
    cells = grid(path)
    assert ["nhớ r1", "nhớ r0", "nhớ r2"] == [cells[f"C{row}"] for row in (5, 6, 7)]


def test_shared_and_array_formulas_beside_and_below_stay_right(small_book, fund_columns, contents):
    def formulas(book, sheet):
        for row in range(5, 10):
            sheet.write_formula(f"H{row}", f"=D{row}*2")
        sheet.write_array_formula("D14:D15", "{=D5:D6}")

    path = small_book(5, formulas)
    parts = contents(path)
    text = parts["xl/worksheets/sheet1.xml"].decode()
    text = text.replace("<f>D5*2</f>", '<f t="shared" ref="H5:H9" si="0">D5*2</f>')
    parts["xl/worksheets/sheet1.xml"] = re.sub(r"<f>D[6-9]\*2</f>", '<f t="shared" si="0"/>', text).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    patch(path, fund_columns(20))
    text = contents(path)["xl/worksheets/sheet1.xml"].decode()
    assert [f"D{row}*2" for row in range(5, 10)] == re.findall(r"<f>(D\d+\*2)</f>", text)
    assert ['<c r="D26"><f t="array" ref="D26:D27">D5:D6</f>'] == re.findall(r'<c r="D26">.*?</f>', text)


def test_cells_beside_the_table_stay_in_their_sheet_row(small_book, fund_columns):
    def beside(book, sheet):
        sheet.write("I5", "bên phải 5"), sheet.write("I9", "bên phải 9"), sheet.write("I20", "xa")
        sheet.write_formula("J5", "=SUM(D5:D9)")

    path = small_book(5, beside)
    wanted = {"I5": "bên phải 5", "I9": "bên phải 9", "I20": "xa"}
    for rows in (50, 2, 12):
        patch(path, fund_columns(rows))
        cells = grid(path)
        assert {**wanted, "J5": f"=SUM(D5:D{4 + rows})"} == {a: v for a, v in cells.items() if a[0] in "IJ"}


def test_what_stands_below_is_pushed_down_only_when_the_table_needs_its_room(small_book, fund_columns):
    def below(book, sheet):
        sheet.write("A13", "Người lập"), sheet.write_formula("D13", "=SUM(D5:D9)+A14")
        sheet.merge_range("A15:C15", "ký tên"), sheet.write_url("A16", "https://example.org", string="liên kết")
        sheet.write_comment("A13", "ai?"), sheet.insert_textbox("B14", "khung")
        sheet.data_validation("A14", {"validate": "integer", "criteria": ">", "value": 0})

    def low(path):
        return {address: value for address, value in grid(path).items() if int(re.sub(r"\D", "", address)) > 4 + 20}

    path = small_book(5, below)
    patch(path, fund_columns(7))
    assert ("Người lập", "=SUM(D5:D11)+A14") == (grid(path)["A13"], grid(path)["D13"])

    patch(path, fund_columns(20))
    assert {"A26": "Người lập", "D26": "=SUM(D5:D24)+A27", "A28": "ký tên", "A29": "liên kết"} == low(path)
    sheet = openpyxl.load_workbook(path).active
    assert (["A28:C28"], "A29") == ([str(area) for area in sheet.merged_cells.ranges], sheet["A29"].hyperlink.ref)
    assert "ai?" in sheet["A26"].comment.text
    assert ["A27"] == [str(rule.sqref) for rule in sheet.data_validations.dataValidation]

    patch(path, fund_columns(2))
    assert {"A26": "Người lập", "D26": "=SUM(D5:D6)+A27", "A28": "ký tên", "A29": "liên kết"} == low(path)


def test_pictures_and_charts_below_are_pushed_too(small_book, fund_columns, contents):
    def below(book, sheet):
        sheet.insert_textbox("B14", "khung")

    path = small_book(5, below)
    before = int(re.findall(rb"<xdr:row>(\d+)<", contents(path)["xl/drawings/drawing1.xml"])[0])
    patch(path, fund_columns(30))
    after = int(re.findall(rb"<xdr:row>(\d+)<", contents(path)["xl/drawings/drawing1.xml"])[0])
    assert (13, 35) == (before, after)


def test_a_chart_over_the_only_row_of_a_table_shows_every_row_that_comes(small_book, fund_columns, contents):
    def with_chart(book, sheet):
        chart = book.add_chart({"type": "column"})
        tab = "='Sổ quỹ & nợ'!"
        chart.add_series({"name": f"{tab}$D$4", "categories": f"{tab}$B$5", "values": f"{tab}$D$5"})
        chart.add_series({"name": f"{tab}$I$4", "values": f"{tab}$I$5"})
        book.add_worksheet("Của Lan").insert_chart("B2", chart)

    path = small_book(1, with_chart)
    patch(path, fund_columns(7))

    named = re.findall("<c:f>'Sổ quỹ &amp; nợ'!([^<]*)<", contents(path)["xl/charts/chart1.xml"].decode())
    assert ["$D$4", "$B$5:$B$11", "$D$5:$D$11", "$I$4", "$I$5"] == named


def test_a_second_table_below_keeps_its_rows_and_both_can_be_written_at_once(small_book, fund_columns):
    def second(book, sheet):
        headers = [{"header": h} for h in ("MA", "_rid")]
        sheet.add_table("A20:B22", {"name": "tblKHAC", "columns": headers})
        sheet.write_row("A21", ["x", "1"]), sheet.write_row("A22", ["y", "2"])

    path = small_book(5, second)
    other = {"MA": ["p", "q", "r"], "_rid": ["1", "2", "3"]}
    tables = {"tblQUY": TableBody.of(fund_columns(40)), "tblKHAC": TableBody.of(other)}
    patch_workbook(path, path, tables=tables)
    sheet = openpyxl.load_workbook(path).active
    assert {"tblQUY": "A4:F44", "tblKHAC": "A46:B49"} == dict(sheet.tables.items())
    assert ["MA", "p", "q", "r"] == [sheet.cell(row, 1).value for row in range(46, 50)]
    assert [path] == list(path.parent.glob("*.xlsx*"))


def test_a_totals_row_moves_with_the_table(tmp_path):
    path = tmp_path / "t.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Sổ quỹ & nợ")
    columns = [{"header": "SO_TIEN", "total_function": "sum"}, {"header": "_rid"}]
    sheet.add_table("A1:B4", {"name": "tblQUY", "columns": columns, "total_row": True})
    sheet.write_formula("D1", "=A4*2")
    book.close()
    patch(path, {"SO_TIEN": [1, 2, 3, 4, 5], "_rid": list("abcde")})
    cells = grid(path)
    assert ("=SUBTOTAL(109,[SO_TIEN])", "=A7*2", 5) == (cells["A7"], cells["D1"], cells["A6"])
    assert "A1:B7" == openpyxl.load_workbook(path).active.tables["tblQUY"].ref
    patch(path, {"SO_TIEN": [9], "_rid": ["z"]})
    assert {"A1": "SO_TIEN", "B1": "_rid", "D1": "=A3*2", "A2": 9, "B2": "z", "A3": "=SUBTOTAL(109,[SO_TIEN])"} == grid(
        path
    )


def test_comments_and_links_in_the_table_follow_their_rows(small_book, fund_columns, contents):
    def mark(book, sheet):
        sheet.write_comment("D6", "hỏi lại r1"), sheet.write_url("E8", "https://example.org/r3", string="r3")

    path = small_book(5, mark)
    patch(path, chosen(fund_columns(6), 5, 4, 3, 2, 1, 0))
    sheet = openpyxl.load_workbook(path).active
    comments = {cell.coordinate: cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment}
    assert ["D9"] == list(comments)
    assert "hỏi lại r1" in comments["D9"]
    assert "r1" == sheet["F9"].value
    links = [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    assert ["E7"] == links
    assert [b"8"] == re.findall(rb"<x:Row>(\d+)<", contents(path)["xl/drawings/vmlDrawing1.vml"])


def test_a_comment_whose_row_is_gone_is_handed_back_not_left_on_another_row(small_book, fund_columns, contents):
    path = small_book(5, lambda book, sheet: sheet.write_comment("D6", "hỏi lại r1"))
    before = path.read_bytes()
    with pytest.raises(WouldLose):
        patch(path, chosen(fund_columns(5), 0, 2, 3))
    assert before == path.read_bytes()
    report = patch(path, chosen(fund_columns(5), 0, 2, 3), may_orphan=True)
    assert [("D", ("20194", "r1"))] == [(orphan.column, orphan.key) for orphan in report.orphans]
    assert "hỏi lại r1" in report.orphans[0].text
    assert b"<comment " not in contents(path)["xl/comments1.xml"]


def test_a_link_whose_row_is_gone_is_handed_back(small_book, fund_columns, contents):
    path = small_book(5, lambda book, sheet: sheet.write_url("E8", "internal:'Sổ quỹ & nợ'!A1", string="xem"))
    with pytest.raises(WouldLose):
        patch(path, chosen(fund_columns(5), 0, 1, 2))
    report = patch(path, chosen(fund_columns(5), 0, 1, 2), may_orphan=True)
    assert [("E", ("20194", "r3"), "xem")] == [(orphan.column, orphan.key, orphan.text) for orphan in report.orphans]
    assert b"hyperlink" not in contents(path)["xl/worksheets/sheet1.xml"]


def test_formulas_of_other_sheets_follow_and_the_rest_of_their_bytes_stay(small_book, fund_columns, contents):
    def other(book, sheet):
        more = book.add_worksheet("Khác")
        more.write_formula("A1", "=SUM('Sổ quỹ & nợ'!D5:D9)", None, 77)
        more.write("A2", "'Sổ quỹ & nợ'!D5:D9")

    path = small_book(5, other)
    before = contents(path)["xl/worksheets/sheet2.xml"]
    patch(path, fund_columns(100))
    assert before.replace(b"D5:D9)", b"D5:D104)") == contents(path)["xl/worksheets/sheet2.xml"]


def test_a_highlighted_row_does_not_colour_the_whole_table(small_book, fund_columns, contents):
    def colour(book, sheet):
        sheet.write(4, 4, "!", book.add_format({"bg_color": "yellow"}))

    path = small_book(5, colour)
    patch(path, fund_columns(8))
    sheet = openpyxl.load_workbook(path).active
    assert {"@"} == {sheet.cell(row, 5).number_format for row in range(5, 13)}


def test_a_name_inside_the_table_is_refused_as_a_cell_to_write(small_book, fund_columns):
    path = small_book(5, lambda book, sheet: book.define_name("o_nay", "='Sổ quỹ & nợ'!$D$6"))
    with pytest.raises(WouldLose) as refused:
        patch(path, fund_columns(5), cells={"o_nay": 1})
    assert "write-name-in-table" == refused.value.code


def test_a_table_in_the_way_beside_is_named(small_book, fund_columns):
    def beside(book, sheet):
        sheet.add_table("H4:I40", {"name": "tblRieng", "columns": [{"header": "a"}, {"header": "b"}]})
        sheet.write("A15", "dưới")

    path = small_book(5, beside)
    before = path.read_bytes()
    with pytest.raises(WouldLose) as refused:
        patch(path, fund_columns(100))
    assert ("write-no-room", "tblRieng", before) == (
        refused.value.code,
        refused.value.details["other"],
        path.read_bytes(),
    )
