"""The add-in's own VBA, run by LibreOffice: arguments to ASCII and back, and formulas answered by a real service."""

from __future__ import annotations

from pathlib import Path

import pytest
from basic_desk import calculated
from running_service import running_service

from xl_ctd.calling import NoFacts, call
from xl_ctd.hosts.desktop_wire import GS, RS, US, decode_calls, encode_text
from xl_ctd.hosts.xlam.build import build_addin

PROBE = """Option Explicit
Public Function Sent(Optional ByVal given As Variant) As String
    Sent = CTD_Wire.Argument(given)
End Function
Public Function ThereAndBack(ByVal text As String) As String
    ThereAndBack = CTD_Wire.DecodeText(CTD_Wire.EncodeText(text))
End Function
Public Function Refusal(ByVal json As String) As String
    Refusal = CTD_Service.SentenceIn(json)
End Function
Public Function Came(ByVal wire As String) As Variant
    Came = CTD_Wire.DecodeGrid(wire)
End Function
"""
TEXT = "Hội Chữ thập đỏ – Phù Khê ~ 🙂"
NAME = "  Nguyễn Thị  Ánh "
FORMULAS = {
    "H1": ("CTD_TYLE(A1:A3;B1:B3)", "TYLE", [[8.0], [15.0], [3.0]], [[10.0], [20.0], [4.0]]),
    "H2": ('CTD_TRANGTHAI(0.7;"TYLE";0.8)', "TRANGTHAI", [[0.7]], [["TYLE"]], [[0.8]]),
    "H3": ("CTD_BANGCHU(1250)", "BANGCHU", [[1250.0]]),
    "H4": ("CTD_CHUAN(C1)", "CHUAN", [[NAME]]),
    "H5": ("TYLE(A1:A3;B1:B3)", "TYLE", [[8.0], [15.0], [3.0]], [[10.0], [20.0], [4.0]]),
    "H6": ("CTD_DUYNHAT(C1:C4)", "DUYNHAT", [[NAME], [None], [None], [None]]),
}
SPILLED = ("CTD_BANGCHU(A1:A3)", "BANGCHU", [[8.0], [15.0], [3.0]])


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the sheet shows, calculated once for every test here."""
    folder = tmp_path_factory.mktemp("desk")
    probe = folder / "probe.bas"
    probe.write_text(PROBE, "utf-8")
    typed = [("number", f"A{n}", str(v)) for n, v in enumerate((8, 15, 3), 1)]
    typed += [("number", f"B{n}", str(v)) for n, v in enumerate((10, 20, 4), 1)]
    typed += [("text", "C1", NAME), ("text", "D1", TEXT), ("formula", "D2", "=0.1+0.2"), ("formula", "D3", "=TRUE()")]
    refusal = '{"code": "x", "sentence": "H\\u1ebft \\"h\\u1ea1n\\""}'
    asked = {
        **{cell: f"={formula[0]}" for cell, formula in FORMULAS.items()},
        "K1": "=SENT(D1:E3)",
        "K2": "=SENT()",
        "K3": "=THEREANDBACK(D1)",
        "K5": f'=CAME("s{encode_text("Đạt")}")',
        "K6": '=CAME("n1e-05")',
        "K7": '=CAME("b1")',
        "K8": '=SENT("a~b")',
        "K9": "=CTD_SO(M1)",
    }
    steps = [
        ("module", "Probe", str(probe)),
        *typed,
        ("text", "M1", "12k"),
        ("text", "M2", refusal),
        *(("formula", cell, formula) for cell, formula in asked.items()),
        ("formula", "K4", "=REFUSAL(M2)"),
        ("array", "J1:J3", f"={SPILLED[0]}"),
        *(("read", cell) for cell in (*asked, "K4", "J1", "J2", "J3")),
    ]
    with running_service(folder / "service" / "kept", "--no-tls") as service:
        shown = calculated(build_addin(), steps, folder / "desk", url=service.url, token=service.words["reader"])
        asked_service = [line for line in service.log() if line.get("route") == "/api/desktop/functions"]
    return shown | {"requests": str(len(asked_service))}


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_formula_in_a_cell_is_answered_by_the_service(cells: dict[str, str], cell: str) -> None:
    _, name, *arguments = FORMULAS[cell]
    [[expected]] = call(name, arguments, NoFacts())

    if isinstance(expected, str):
        assert expected == cells[cell]
    else:
        assert expected == pytest.approx(float(cells[cell]), abs=1e-14)


def test_a_question_is_asked_once_however_often_the_sheet_is_calculated(cells: dict[str, str]) -> None:
    questions = {(name, str(arguments)) for _, name, *arguments in (*FORMULAS.values(), SPILLED)}

    assert len(questions) + 1 == int(cells["requests"])  # and the one that is refused


def test_without_the_service_a_function_says_that_it_does_not_know(tmp_path: Path) -> None:
    steps = [("formula", "H1", "=CTD_BANGCHU(5)"), ("read", "H1")]

    assert {"H1": "Error 2042"} == calculated(build_addin(), steps, tmp_path / "desk", url="http://127.0.0.1:9")


def test_a_range_is_answered_cell_by_cell(cells: dict[str, str]) -> None:
    _, name, argument = SPILLED

    assert [row[0] for row in call(name, [argument], NoFacts())] == [cells["J1"], cells["J2"], cells["J3"]]


def test_an_unreadable_text_becomes_the_error_of_its_code(cells: dict[str, str]) -> None:
    assert "Error 2015" == cells["K9"]  # Excel shows #VALUE!


def test_a_range_travels_with_every_kind_of_cell(cells: dict[str, str]) -> None:
    [(_, [grid])] = decode_calls(f"X{cells['K1']}")

    assert [[TEXT, None], [0.1 + 0.2, None], [True, None]] == grid


def test_an_argument_left_out_travels_as_such(cells: dict[str, str]) -> None:
    assert f"{GS}m" == cells["K2"]


def test_vietnamese_goes_there_and_back_in_ascii(cells: dict[str, str]) -> None:
    assert TEXT == cells["K3"]
    assert f"{GS}sa~007Eb" == cells["K8"]


def test_the_sentence_of_a_refusal_is_read_from_its_json(cells: dict[str, str]) -> None:
    assert 'Hết "hạn"' == cells["K4"]


def test_answers_become_values_of_cells(cells: dict[str, str]) -> None:
    assert ["Đạt", "0.00001", "TRUE"] == [cells["K5"], cells["K6"], cells["K7"]]


def test_separators_are_those_of_the_wire(cells: dict[str, str]) -> None:
    assert (2, 3) == (cells["K1"].count(RS), cells["K1"].count(US))
