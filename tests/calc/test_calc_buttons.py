"""The toolbar on a real screen: preview, agree, merged and opened again; what cannot be done is one sentence."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest
from calc_office import Calc, Desk
from office import UNITS, Office, new_office

from xl_ctd.messages import message
from xl_ctd.registry import FUNCTIONS
from xl_ctd.ribbon import ACTIONS

pytestmark = pytest.mark.xdist_group("calc-screen")

AGREE, CLOSE = message("calc-agree"), message("calc-close")
NOTE = "Ghi chú của văn phòng"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return new_office(tmp_path_factory.mktemp("calc-buttons") / "office", units=UNITS[:2])


@pytest.fixture(scope="module")
def by_command(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The same office merged by the command line."""
    other = office.copy_to(tmp_path_factory.mktemp("calc-by-command") / "office")
    other.merge()
    return other


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, office: Office, by_command: Office) -> Iterator[Desk]:
    """A desk with the office's master open."""
    with Calc.installed(tmp_path_factory.mktemp("calc-screen")).desk(screen=True) as desk:
        desk.open(str(office.master))
        yield desk


def test_a_click_shows_what_would_happen_merges_the_open_master_and_another_takes_it_back(
    desk: Desk, office: Office, by_command: Office
) -> None:
    assert [message("calc-title"), *(one.label() for one in ACTIONS)] == [
        label for label in desk.toolbar() if label != message("calc-why")
    ]

    desk.put("Hỗ trợ!AB2", NOTE)
    desk.select("Hỗ trợ!C7")
    desk.press("hop_nhat")
    title, sentence, *_ = desk.dialog()
    assert (message("live-preview-title"), "Sẽ thêm 80 dòng") == (title, sentence[:15])
    assert not office.workspace.backups.exists()

    desk.answer(AGREE)
    title, sentence, *_ = desk.dialog()
    assert (message("live-merged-title"), "Bản 1: thêm 80 dòng") == (title, sentence[:19])
    desk.answer(CLOSE)

    assert by_command.held() == office.held()
    assert "hợp nhất lúc" in desk.read("Bảng điều hành!B4")
    assert NOTE == desk.read("Hỗ trợ!AB2")
    assert "Hỗ trợ!C7" == desk.selected()
    assert not desk.is_modified()

    desk.press("hoan_tac")
    assert message("action-hoan_tac") == desk.dialog()[0]
    desk.answer(CLOSE)
    assert {} == office.held()
    assert NOTE == desk.read("Hỗ trợ!AB2")


def test_closing_the_preview_changes_nothing(desk: Desk, office: Office) -> None:
    before = office.master.read_bytes(), office.held()

    desk.press("hop_nhat")
    assert message("live-preview-title") == desk.dialog()[0]
    desk.answer(CLOSE)

    assert before == (office.master.read_bytes(), office.held())


def test_what_cannot_begin_is_one_sentence_and_the_workbook_stays_open(desk: Desk, office: Office) -> None:
    away = office.inbox.with_name("away")
    shutil.move(office.inbox, away)
    desk.select("Hỗ trợ!C7")
    before = office.master.read_bytes()
    try:
        desk.press("hop_nhat")
        words = desk.dialog()
        assert [message("calc-title"), CLOSE] == [words[0], words[-1]]
        assert str(office.inbox) in words[1]
        desk.answer(CLOSE)
    finally:
        shutil.move(away, office.inbox)

    assert before == office.master.read_bytes()
    assert "Hỗ trợ!C7" == desk.selected()


def test_every_button_answers_in_words(desk: Desk) -> None:
    desk.select("Hỗ trợ!C7")
    titles = {}
    for action in ACTIONS:
        if action.id not in ("hop_nhat", "hoan_tac"):
            desk.press(action.id)
            titles[action.id] = desk.dialog()[0]
            desk.answer(CLOSE)
    expected = {action.id: action.label() for action in ACTIONS if action.id in titles}
    # Nothing is merged, so a cell has no source; and nobody has a key of Google here. Both are said in a sentence.
    expected |= dict.fromkeys(("nguon_so_lieu", "google_sheets"), message("calc-title"))

    assert expected | {"xem_truoc": message("live-preview-title")} == titles


def test_a_cell_in_error_says_why(desk: Desk) -> None:
    desk.put("Hỗ trợ!AB3", '=CTD.SO("1,400")')
    desk.select("Hỗ trợ!AB3")
    assert "#VALUE!" == desk.read("Hỗ trợ!AB3")

    desk.press("vi_sao")
    title, sentence, *_ = desk.dialog()
    desk.answer(CLOSE)

    assert message("calc-why") == title
    assert "1,400" in sentence


def test_the_function_wizard_speaks_vietnamese(desk: Desk) -> None:
    for function in FUNCTIONS.values():
        sentence, arguments = desk.help(f"CTD.{function.name}")
        assert function.help() == sentence
        assert [[one.label, function.help_of(one)] for one in function.parameters] == arguments


def test_a_blank_cell_is_not_a_zero(desk: Desk) -> None:
    for row, value in enumerate((None, 0, 25), 1):
        desk.put(f"Hỗ trợ!AD{row}", value)
    desk.put("Hỗ trợ!AE1", '=CTD.TRANGTHAI(AD1;"MIN";20)')
    assert "KHÔNG CÓ SỐ LIỆU" == desk.read("Hỗ trợ!AE1")
    desk.put("Hỗ trợ!AD1", 0)
    assert "CHƯA ĐẠT" == desk.read("Hỗ trợ!AE1")
    desk.put("Hỗ trợ!AD1", None)
    assert "KHÔNG CÓ SỐ LIỆU" == desk.read("Hỗ trợ!AE1")

    # Now two formulas ask the same of a blank and of a zero: that is not guessed, and a range of one cell is clear.
    desk.put("Hỗ trợ!AE2", '=CTD.TRANGTHAI(AD2;"MIN";20)')
    assert "#VALUE!" == desk.read("Hỗ trợ!AE2")
    desk.put("Hỗ trợ!AE2", '=CTD.TRANGTHAI(AD2:AD2;"MIN";20)')
    desk.put("Hỗ trợ!AE3", '=CTD.TRANGTHAI(AD3;"MIN";20)')
    desk.recalculate()
    assert ["KHÔNG CÓ SỐ LIỆU", "CHƯA ĐẠT", "ĐẠT"] == [desk.read(f"Hỗ trợ!AE{row}") for row in (1, 2, 3)]


def test_an_error_among_the_arguments_passes_unless_it_is_caught_as_text(desk: Desk) -> None:
    desk.put("Hỗ trợ!AG1", '=CTD.TRANGTHAI(CTD.TYLE(0;0);"TYLE";0.8)')
    desk.put("Hỗ trợ!AG2", '=CTD.TRANGTHAI(IFERROR(CTD.TYLE(0;0);"#DIV/0!");"TYLE";0.8)')

    assert ["#DIV/0!", "KHÔNG ÁP DỤNG"] == [desk.read("Hỗ trợ!AG1"), desk.read("Hỗ trợ!AG2")]


def test_a_formula_typed_here_is_saved_as_excel_spells_it(desk: Desk, tmp_path: Path) -> None:
    desk.put("Hỗ trợ!AI1", '=CTD.TRANGTHAI(CTD.TYLE(0;0);"TYLE";0.8)')
    desk.save(str(tmp_path / "saved.xlsx"), "Calc MS Excel 2007 XML")

    with closing(openpyxl.load_workbook(tmp_path / "saved.xlsx", read_only=True)) as book:
        assert '=CTD.TRANGTHAI(CTD.TYLE(0,0),"TYLE",0.8)' == book["Hỗ trợ"]["AI1"].value
