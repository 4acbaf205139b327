"""Hợp nhất on a master that is open in Excel does what the command line does to its file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from office import NOW, PERSON, UNITS, new_office
from open_excel import OpenExcel
from ribbon_office import LATER, Desktop, column, content

from sync.live_open import changing
from sync.workspace import CannotRun, Workspace

Open = Callable[..., Desktop]


def city_types(desktop: Desktop) -> None:
    """The office corrects an amount of the first ward and writes a line of its own below the table."""
    sheet, table = desktop.excel.table("tblHO_TRO")
    desktop.excel.type(sheet.name, table.first_row + 1, column("HO_TRO", "GIA_TRI"), 123_000)
    below = table.last_row + 1
    table.last_row = below
    typed = {"_year": 2024, "MA_HT": "HT-TP", "NGAY": date(2024, 5, 6), "HINH_THUC": "Tiền mặt", "GIA_TRI": 9_000}
    for field, value in typed.items():
        desktop.excel.type(sheet.name, below, column("HO_TRO", field), value)


def test_a_first_merge_gives_the_tables_that_the_command_line_gives(tmp_path, merged):
    office = new_office(tmp_path / "new", units=UNITS[:2], of_each=4)
    desktop = Desktop(office, OpenExcel(office.master), NOW)

    desktop.press("hop_nhat")

    assert content(OpenExcel(merged.master)) == content(desktop.excel)
    sheet, table = desktop.excel.table("tblTienDo")
    file = office.ward_file().name
    assert f'=HYPERLINK("wards/{file}","{file}")' == sheet.cells[table.first_row + 1, 7].formula


def test_news_and_the_citys_own_edits_give_the_tables_that_the_command_line_gives(open_desktop: Open):
    on_disk, live = open_desktop("disk", news=True), open_desktop("live", news=True)
    for desktop in (on_disk, live):
        city_types(desktop)
    on_disk.save()

    on_disk.press_on_disk("hop_nhat")
    live.press("hop_nhat")

    assert content(OpenExcel(on_disk.office.master)) == content(live.excel)
    assert on_disk.office.held() == live.office.held()


def test_a_preview_says_what_would_happen_and_changes_nothing(open_desktop: Open):
    desktop = open_desktop(news=True)
    before = desktop.versions()

    answer = desktop.press("xem_truoc")

    assert "thêm 13 dòng, sửa 2 dòng, xóa 1 dòng" in answer.sentence
    assert "hop_nhat" == answer.asks
    changes = next(table for table in answer.tables if table.title.startswith("Thay đổi"))
    assert (UNITS[0].code, "sửa ô", "Hỗ trợ · Giá trị (đồng)", "501.000", "777.000") in {
        (*row[:3], *row[4:]) for row in changes.rows
    }
    assert ([], before) == (desktop.excel.done, desktop.versions())


def test_merging_again_writes_nothing(open_desktop: Open):
    desktop = open_desktop(news=True)
    desktop.press("hop_nhat")
    desktop.excel.done.clear()

    answer = desktop.press("hop_nhat")

    assert ("Không có gì mới", None, []) == (answer.title, answer.asks, desktop.excel.done)


def test_a_saved_workbook_holds_no_news_for_the_command_line(open_desktop: Open):
    desktop = open_desktop(news=True)
    city_types(desktop)
    desktop.press("hop_nhat")
    versions = desktop.versions()
    desktop.save()

    report = desktop.office.merge(now=LATER)

    assert (None, (), versions) == (report.version, report.notices, desktop.versions())
    assert content(desktop.excel) == content(OpenExcel(desktop.office.master))


def test_a_workbook_that_was_not_saved_is_brought_along_by_the_next_merge(open_desktop: Open):
    desktop = open_desktop(news=True)
    desktop.press("hop_nhat")

    report = desktop.office.merge(now=LATER)

    assert ["older-copy"] == [code for code, _ in report.notices]
    assert content(desktop.excel) == content(OpenExcel(desktop.office.master))


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_a_workbook_written_only_in_part_is_finished_by_the_next_merge(open_desktop: Open, share: float):
    whole, torn = open_desktop("whole", news=True), open_desktop("torn", news=True)
    whole.press("hop_nhat")
    done = whole.excel.done
    torn.excel.breaks_after = round(len(done) * share)

    torn.press("hop_nhat")
    torn.excel.breaks_after = None
    held = torn.office.held()
    torn.press("hop_nhat")

    assert held == torn.office.held()
    assert content(whole.excel) == content(torn.excel)


def test_undo_brings_the_open_workbook_back_and_keeps_the_citys_edits(open_desktop: Open):
    desktop = open_desktop(news=True)
    city_types(desktop)
    before = {name: rows for name, rows in content(desktop.excel).items() if name in ("tblQUY", "tblDON_VI")}
    desktop.press("hop_nhat")

    answer = desktop.press("hoan_tac")

    after = content(desktop.excel)
    assert "Đã hoàn tác" in answer.sentence
    assert before == {name: after[name] for name in before}
    amounts = {row[column("HO_TRO", "GIA_TRI") - 1] for row in after["tblHO_TRO"]}
    assert ({123_000, 9_000}, set()) == (amounts & {123_000, 9_000}, amounts & {777_000})


def test_the_undone_workbook_is_understood_when_it_was_saved(open_desktop: Open):
    desktop = open_desktop(news=True)
    desktop.press("hop_nhat")
    desktop.press("hoan_tac")
    held = desktop.office.held()
    desktop.save()

    with desktop.office.open(LATER) as book:
        book.take_in_city_edits()

    assert held == desktop.office.held()


def test_while_an_open_master_is_worked_on_no_other_run_touches_its_ledger(open_desktop: Open):
    desktop = open_desktop()
    file = Workspace(desktop.office.master)

    with (
        desktop.excel.book() as book,
        changing(book, desktop.desk),
        pytest.raises(CannotRun) as waited,
        file.locked("Lan", wait=0.1),
    ):
        pass
    with file.locked("Lan", wait=0.1):
        pass

    assert ("master-busy", {"who": PERSON}) == (waited.value.code, waited.value.args_)


def test_another_workbook_is_refused(open_desktop: Open):
    desktop = open_desktop(news=True)
    desktop.excel.name = "so khac.xlsx"

    with pytest.raises(CannotRun) as refused:
        desktop.press("hop_nhat")

    assert ("live-other-book", []) == (refused.value.code, desktop.excel.done)
