"""The toolbar on a real screen: preview, agree, merged and opened again; conflicts decided; what cannot be done is one
sentence, and the workbook is as before."""

from __future__ import annotations

import re
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from calc_office import PROGRAM, Calc, Desk
from demos import Demos, xl_ctd
from office import UNITS, Held, Office, held_in, new_office, ward_tables
from running_service import running_service

from sync.ledger import Ledger
from sync.service_tokens import Role, Tokens
from sync.workspace import Workspace
from xl_ctd.hosts.calc import VERSION
from xl_ctd.messages import message
from xl_ctd.registry import FUNCTIONS
from xl_ctd.ribbon import ACTIONS

pytestmark = pytest.mark.xdist_group("calc-screen")

AGREE, CLOSE = message("calc-agree"), message("calc-close")
NOTE = "Ghi chú của văn phòng"
LOSING = """
import json, pathlib, sys
print(json.dumps({{"version": {version!r}}}), flush=True)
for line in sys.stdin:
    if json.loads(line)["action"] == "hop_nhat":
        pathlib.Path({master!r}).unlink()
    answer = {{"title": "Hợp nhất", "sentence": "", "tables": [], "findings": [], "asks": "hop_nhat"}}
    print(json.dumps({{"answer": answer}}), flush=True)
"""
"""A program that loses the master stands for whoever takes it away during the merge."""

MOMENTS = re.compile(rb"<v>\d{5}\.\d+</v>|" + r"\d\d:\d\d ngày \d\d/\d\d/\d{4}".encode())
"""When it was merged, as a cell of a master has it: a number of days, or words."""


@pytest.fixture(scope="module")
def calc(tmp_path_factory: pytest.TempPathFactory) -> Calc:
    return Calc.installed(tmp_path_factory.mktemp("calc-screen"))


@pytest.fixture(scope="module")
def screen(calc: Calc) -> Iterator[Desk]:
    """LibreOffice on a screen, nothing open in it."""
    with calc.desk(screen=True) as desk:
        yield desk


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Merged by the command line."""
    office = new_office(tmp_path_factory.mktemp("calc-buttons") / "office", units=UNITS[:2])
    office.merge()
    return office


@contextmanager
def opened(screen: Desk, master: Path) -> Iterator[Desk]:
    screen.open(str(master))
    yield screen
    screen.close()


@pytest.fixture(scope="module")
def desk(screen: Desk, office: Office) -> Iterator[Desk]:
    """A desk with the office's master open, for all that leaves it as it is."""
    with opened(screen, office.master) as desk:
        yield desk


def held_beside(master: Path) -> Held:
    with Ledger.beside(Workspace(master).folder) as ledger:
        return held_in(ledger)


def parts_of(master: Path) -> dict[str, bytes]:
    """Every part of the package, without the moment of the merge."""
    with zipfile.ZipFile(master) as package:
        return {name: MOMENTS.sub(b"moment", package.read(name)) for name in package.namelist()}


def test_a_click_on_the_toolbar_merges_the_demonstration_as_the_command_line_does(
    screen: Desk, demos: Demos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CTD_WHO", "Hà")
    demo = demos(2024, 1, False)
    clicked, typed = (demo.before_its_merge(tmp_path / name) for name in ("clicked", "typed"))
    before = clicked.master.read_bytes()
    xl_ctd("merge", "--master", typed.master, typed.folder / "wards")

    with opened(screen, clicked.master) as desk:
        labels = [*(one.label() for one in ACTIONS)]
        labels.insert(labels.index(message("action-nguon_so_lieu")) + 1, message("calc-why"))
        assert [message("calc-title"), *labels] == desk.toolbar()

        desk.select("Hỗ trợ!C7")
        desk.click(message("action-hop_nhat"))
        assert message("live-preview-title") == desk.dialog()[0]
        assert before == clicked.master.read_bytes()
        assert not Workspace(clicked.master).folder.joinpath("backups").exists()

        desk.answer(AGREE)
        assert message("live-merged-title") == desk.dialog()[0]
        desk.answer(CLOSE)
        assert "Hỗ trợ!C7" == desk.selected()
        assert "11/12 phường" in desk.read("Bảng điều hành!B4")
        assert not desk.is_modified()
        assert held_beside(typed.master) == held_beside(clicked.master)
        assert parts_of(typed.master) == parts_of(clicked.master)

        desk.click(message("action-hoan_tac"))
        assert message("action-hoan_tac") == desk.dialog()[0]
        desk.answer(CLOSE)
        assert before == clicked.master.read_bytes()


def test_conflicts_are_decided_and_a_held_file_passes_in_the_dialog(
    screen: Desk, office: Office, tmp_path: Path
) -> None:
    busy = office.copy_to(tmp_path / "busy")
    first, second = UNITS[:2]
    tables = ward_tables(first)
    tables["HO_TRO"][0]["GIA_TRI"], tables["HO_TRO"][1]["GIA_TRI"] = 700_000, 701_000
    busy.send(first, tables)
    busy.send(second, {**ward_tables(second), "QUY": []})
    with opened(screen, busy.master) as desk:
        desk.put("Hỗ trợ!H5", 600_000)
        desk.put("Hỗ trợ!H6", 601_000)
        desk.put("Hỗ trợ!AB2", NOTE)
        desk.press("hop_nhat")
        desk.dialog()
        desk.answer(AGREE)
        assert message("live-merged-title") == desk.dialog()[0]

        desk.turn_to(message("action-xung_dot"))
        for place, side in enumerate(("ward", "master")):
            desk.choose(place)
            desk.push(message(f"calc-take-{side}"))
        desk.answer(message("calc-decide", {"count": 2}))
        assert message("conflicts-closed", {"count": 2}) in desk.dialog()[1]
        assert ["700,000", "601,000", NOTE] == [desk.read(f"Hỗ trợ!{cell}") for cell in ("H5", "H6", "AB2")]

        desk.answer(message("calc-let-pass"))
        assert message("decision-kept", {"file": busy.ward_file(second).name}) == desk.dialog()[1]
        desk.answer(message("action-xem_truoc"))
        desk.dialog()
        desk.answer(AGREE)
        desk.dialog()
        desk.answer(CLOSE)

    funds = [(key[0], key[2]) for key in busy.held() if key[2] == "QUY"]
    assert [(first.uid, "QUY")] * 10 == funds


def test_a_sheet_deleted_after_the_preview_or_a_file_gone_during_the_merge_is_one_sentence(
    screen: Desk, calc: Calc, office: Office, tmp_path: Path
) -> None:
    copy = office.copy_to(tmp_path / "copy")
    copy.send(UNITS[0], ward_tables(UNITS[0], of_each=11))
    with opened(screen, copy.master) as desk:
        desk.press("hop_nhat")
        desk.dialog()
        desk.remove_sheet("Hỗ trợ")
        desk.answer(AGREE)
        title, sentence, _ = desk.dialog()
        desk.answer(CLOSE)
        assert message("calc-title") == title
        # LibreOffice 7.4 takes the table of a neighbouring sheet away with the sheet.
        said = message("write-table-missing", {"file": copy.master.name, "table": "TABLES"})
        assert re.fullmatch(re.escape(said).replace("TABLES", "[^”]*Hỗ trợ"), sentence)
        assert desk.is_open()

        calc.choose({"program": [sys.executable, "-c", LOSING.format(version=VERSION, master=str(copy.master))]})
        desk.press("hop_nhat")
        desk.dialog()
        desk.answer(AGREE)
        assert message("calc-not-opened", {"file": str(copy.master)}) == desk.dialog()[1]
        desk.answer(CLOSE)
        assert "Hợp nhất" == desk.dialog()[0]
        desk.answer(CLOSE)
        calc.choose({"program": PROGRAM})
        assert not desk.is_open()


# --- what cannot be done: one sentence, and the workbook as before


@contextmanager
def refused(desk: Desk, office: Office) -> Iterator[list[str]]:
    """Hợp nhất is pressed and refused: what it says comes in the list, and nothing has changed."""
    desk.select("Hỗ trợ!C7")
    before, said = (office.master.read_bytes(), office.held()), []
    yield said
    title, sentence, button = desk.dialog()
    assert (message("calc-title"), CLOSE) == (title, button)
    said.append(sentence)
    desk.answer(CLOSE)
    assert before == (office.master.read_bytes(), office.held())
    assert "Hỗ trợ!C7" == desk.selected()


def test_closing_the_preview_changes_nothing(desk: Desk, office: Office) -> None:
    before = office.master.read_bytes(), office.held()

    desk.press("hop_nhat")
    assert message("live-nothing-title") != desk.dialog()[0]
    desk.answer(CLOSE)

    assert before == (office.master.read_bytes(), office.held())


HELLO = f'import sys; print(\'{{"version": "{VERSION}"}}\', flush=True); '
NOBODY = "http://127.0.0.1:9"
OLD = [sys.executable, "-c", 'print(\'{"version": "0.0.1"}\')']


@pytest.mark.parametrize(
    ("chosen", "code", "details"),
    [
        ({"service": NOBODY}, "calc-service-down", {"url": NOBODY}),
        ({"program": OLD}, "calc-version", {"extension": VERSION, "program": "0.0.1"}),
        ({"program": ["/nowhere/xl-ctd"]}, "calc-helper-missing", {"program": "/nowhere/xl-ctd"}),
        ({"program": [sys.executable, "-c", HELLO + "sys.stdin.readline()"]}, "calc-helper-stopped", {}),
    ],
)
def test_nobody_to_ask(
    desk: Desk, calc: Calc, office: Office, chosen: object, code: str, details: dict[str, object]
) -> None:
    calc.choose(chosen)
    try:
        with refused(desk, office) as said:
            desk.press("hop_nhat")
    finally:
        calc.choose({"program": PROGRAM})

    assert [message(code, details)] == said


def test_a_token_that_ended(desk: Desk, calc: Calc, office: Office, tmp_path: Path) -> None:
    with running_service(tmp_path / "kept", "--no-tls", "--master", office.master) as service:
        _, words = Tokens(service.folder / "tokens.json", lambda: datetime(2026, 1, 5, tzinfo=UTC)).add(
            "Máy kế toán", Role.CITY, days=30
        )
        calc.choose({"service": service.url, "token": words})
        try:
            with refused(desk, office) as said:
                desk.press("hop_nhat")
        finally:
            calc.choose({"program": PROGRAM})

    assert [message("token-expired", {"day": "04/02/2026"})] == said


def test_no_folder_of_the_wards(desk: Desk, office: Office) -> None:
    away = office.inbox.rename(office.inbox.with_name("away"))
    try:
        with refused(desk, office) as said:
            desk.press("hop_nhat")
    finally:
        away.rename(office.inbox)

    assert str(office.inbox) in said[0]


@pytest.mark.parametrize("previewed", [False, True])
def test_a_master_that_was_renamed_under_the_open_window(desk: Desk, office: Office, previewed: bool) -> None:
    away = office.master.with_name("khac.xlsx")
    with refused(desk, office) as said:
        if previewed:
            desk.press("hop_nhat")
            desk.dialog()
        office.master.rename(away)
        if previewed:
            desk.answer(AGREE)
        else:
            desk.press("hop_nhat")
        desk.dialog()
        away.rename(office.master)

    assert [message("calc-master-gone", {"file": str(office.master)})] == said


# --- the other buttons and the functions


def test_every_button_answers_in_words(desk: Desk) -> None:
    desk.select("Hỗ trợ!C7")
    titles = {}
    for action in ACTIONS:
        if action.id not in ("hop_nhat", "hoan_tac"):
            desk.press(action.id)
            titles[action.id] = desk.dialog()[0]
            desk.answer(CLOSE)
    expected = {action.id: action.label() for action in ACTIONS if action.id in titles}
    # Nobody has a key of Google here.
    expected |= {"google_sheets": message("calc-title"), "xem_truoc": message("live-preview-title")}

    assert expected == titles


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
