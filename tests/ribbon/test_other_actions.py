"""The other buttons: who has sent, what is wrong, conflicts, sources of numbers, templates, returns, the report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import docx
import openpyxl
import pytest
from office import NOW, SETUP, UNITS, YEAR, ward_tables
from openxml_audit import OpenXmlValidator
from ribbon_office import Desktop, column, content

from sync.checking import check_files
from sync.workspace import CannotRun
from workbooks.layouts import column_letters
from workbooks.master_tables import CONFLICTS
from workbooks.read import read_submission
from workbooks.returns import AUTHOR, write_returned
from xl_ctd.core.findings import Finding, Place, Severity
from xl_ctd.core.submissions import SourceInfo
from xl_ctd.messages import LANGUAGES
from xl_ctd.ribbon import ACTIONS, GROUPS, perform

Open = Callable[..., Desktop]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_button_has_its_words_and_a_group(language: str):
    words = [(action.label(language), action.hint(language)) for action in ACTIONS]

    assert len(ACTIONS) == len(set(words))
    assert set(GROUPS) == {action.group for action in ACTIONS}


def test_an_unknown_action_is_refused_with_a_sentence(open_desktop: Open):
    with pytest.raises(CannotRun) as refused:
        perform("xoa_het", None, open_desktop().desk, {})

    assert "action-unknown" == refused.value.code


def test_progress_names_every_unit(open_desktop: Open):
    answer = open_desktop().press("tien_do")

    assert "Đã nhận 2 trên 12 sổ phải nộp." == answer.sentence
    assert [unit.name for unit in SETUP.units.expected_in(YEAR)] == [row[1] for row in answer.tables[0].rows]


def test_checking_names_the_file_and_the_cell(open_desktop: Open):
    desktop = open_desktop()
    tables = ward_tables(UNITS[2], of_each=3)
    tables["QUY"][1]["SO_TIEN"] = "khoảng 12k"
    file = desktop.office.send(UNITS[2], tables)

    answer = desktop.press("kiem_tra", files=str(file))

    first = answer.findings[0]
    assert ("error", file.name, "Sổ quỹ", "H8") == (first.severity, first.file, first.sheet, first.cell)
    assert "khoảng 12k" in first.sentence


def in_conflict(desktop: Desktop) -> str:
    """Ward and city change one amount to two different ones; the conflict's number."""
    sheet, table = desktop.excel.table("tblQUY")
    desktop.excel.type(sheet.name, table.first_row + 1, column("QUY", "SO_TIEN"), 111)
    tables = ward_tables(UNITS[0], of_each=4)
    tables["QUY"][0]["SO_TIEN"] = 222
    desktop.office.send(UNITS[0], tables)
    desktop.press("hop_nhat")
    return desktop.press("xung_dot").tables[0].rows[0][0]


@pytest.mark.parametrize(("side", "value"), [("ward", 222), ("master", 111), ("base", 1_000_000)])
def test_a_conflict_is_shown_and_decided_in_the_open_master(open_desktop: Open, side: str, value: int):
    desktop = open_desktop()
    number = in_conflict(desktop)

    answer = desktop.press("xung_dot", conflict=number, take=side)

    sheet, table = desktop.excel.table("tblQUY")
    assert value == sheet.value(table.first_row + 1, column("QUY", "SO_TIEN"))
    assert ("Đã giải quyết 1 xung đột. Không có xung đột nào. Hãy lưu sổ tổng hợp (Ctrl+S).", ()) == (
        answer.sentence,
        answer.tables,
    )
    assert [] == desktop.excel.rows("tblXungDot")


def test_a_decision_typed_into_the_open_master_is_taken_by_the_next_merge(open_desktop: Open):
    desktop = open_desktop()
    in_conflict(desktop)
    sheet, table = desktop.excel.table("tblXungDot")
    desktop.excel.type(sheet.name, table.first_row + 1, CONFLICTS.codes.index("decision") + 1, "Theo phường")

    desktop.press("hop_nhat")

    sheet, table = desktop.excel.table("tblQUY")
    assert 222 == sheet.value(table.first_row + 1, column("QUY", "SO_TIEN"))


def test_the_selected_cell_is_followed_to_the_wards_file(open_desktop: Open):
    desktop = open_desktop()
    sheet, table = desktop.excel.table("tblHO_TRO")
    letters = column_letters(column("HO_TRO", "GIA_TRI"))
    desktop.excel.selection = (sheet.name, f"{letters}{table.first_row + 1}")

    answer = desktop.press("nguon_so_lieu")

    name = desktop.office.ward_file(UNITS[0]).name
    assert (UNITS[0].name, "2024", name, "Hỗ trợ", "E7", "500000") == answer.tables[0].rows[0][:6]


def test_templates_are_made_for_every_unit_and_stay_when_they_are_there(open_desktop: Open, tmp_path):
    desktop = open_desktop()

    made = desktop.press_on_disk("gui_mau", folder=str(tmp_path / "mẫu"))
    again = desktop.press_on_disk("gui_mau", folder=str(tmp_path / "mẫu"))

    assert (12, 0) == (len(made.tables[0].rows), len(again.tables))
    file = tmp_path / "mẫu" / f"CTD_{UNITS[0].code}_{YEAR}.xlsx"
    (checked,) = check_files([file], desktop.office.master, NOW)
    assert (UNITS[0].code, 0) == (checked.unit, checked.rows)


def test_files_are_not_made_where_units_send_to(open_desktop: Open):
    desktop = open_desktop()

    with pytest.raises(CannotRun) as refused:
        desktop.press_on_disk("gui_mau", folder=str(desktop.office.inbox / "mẫu"))

    assert "action-folder-is-source" == refused.value.code


def test_the_report_names_every_target(open_desktop: Open, tmp_path):
    desktop, path = open_desktop(), tmp_path / "báo cáo.docx"

    desktop.press_on_disk("bao_cao", file=str(path))

    table = docx.Document(str(path)).tables[0]
    assert [target.id for target in SETUP.targets] == [row.cells[0].text for row in table.rows[1:]]


def test_without_google_the_button_says_what_to_do(open_desktop: Open):
    with pytest.raises(CannotRun) as refused:
        open_desktop().press("google_sheets")

    assert "google-no-key" == refused.value.code


# --- Trả lại


def finding(cell: str, text: str = "12k") -> Finding:
    place = Place("a.xlsx", "Sổ quỹ", cell)
    return Finding("number-unreadable", Severity.ERROR, place, {"text": text, "field": "Số tiền"})


def comments_of(path, tab: str = "Sổ quỹ") -> dict[str, tuple[str, str]]:
    book = openpyxl.load_workbook(path)
    found = {
        cell.coordinate: (cell.comment.author, cell.comment.text)
        for row in book[tab].iter_rows()
        for cell in row
        if cell.comment
    }
    book.close()
    return found


def test_a_returned_workbook_says_what_to_correct_and_holds_what_it_held(open_desktop: Open, tmp_path):
    source, target = open_desktop().office.ward_file(UNITS[0]), tmp_path / "trả lại.xlsx"

    write_returned(source, target, [finding("H8")], date(2025, 1, 6))

    book = openpyxl.load_workbook(target)
    lines = [row[:4] for row in book["Lỗi"].iter_rows(min_row=6, values_only=True)]
    state = book["Lỗi"].sheet_state
    book.close()
    assert ([("E-46", "Cần sửa", "Sổ quỹ", "H8")], "visible") == (lines, state)
    assert {"H8": AUTHOR} == {cell: author for cell, (author, _) in comments_of(target).items()}
    assert held_by(source) == held_by(target)
    assert OpenXmlValidator().validate(target).is_valid


def held_by(path) -> object:
    submission = read_submission(SourceInfo(path.name, "", "", ""), path, setup=SETUP)
    return submission.uid, submission.cover, [rows.columns for rows in submission.tables.values()]


def test_a_second_return_replaces_what_the_first_said(open_desktop: Open, tmp_path):
    source = open_desktop().office.ward_file(UNITS[0])
    once, twice = tmp_path / "1.xlsx", tmp_path / "2.xlsx"
    write_returned(source, once, [finding("H8"), finding("H9")], date(2025, 1, 6))

    write_returned(once, twice, [finding("H9", "mới")], date(2025, 1, 7))

    assert ["H9"] == list(comments_of(twice))
    assert "mới" in comments_of(twice)["H9"][1]


def test_the_wards_own_comment_stays(open_desktop: Open, tmp_path):
    source, own, target = (
        open_desktop().office.ward_file(UNITS[0]),
        tmp_path / "của phường.xlsx",
        tmp_path / "trả lại.xlsx",
    )
    book = openpyxl.load_workbook(source)
    book["Sổ quỹ"]["H8"].comment = openpyxl.comments.Comment("Chờ hóa đơn", "Lan")
    book.save(own)
    book.close()

    write_returned(own, target, [finding("H8"), finding("H9")], date(2025, 1, 6))

    assert ("Lan", "Chờ hóa đơn") == comments_of(target)["H8"]
    assert AUTHOR == comments_of(target)["H9"][0]


def test_every_unit_with_something_to_correct_gets_its_copy(open_desktop: Open, tmp_path):
    desktop = open_desktop()
    before = content(desktop.excel)

    answer = desktop.press("tra_lai", folder=str(tmp_path / "trả lại"))

    names = {desktop.office.ward_file(unit).name for unit in UNITS[:2]}
    assert names == {path.name for path in (tmp_path / "trả lại").iterdir()}
    assert names == {row[0] for row in answer.tables[0].rows}
    assert before == content(desktop.excel)
