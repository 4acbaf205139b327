"""What people type and choose wrongly, and what comes of it: one documented error or word, and a sentence."""

from __future__ import annotations

import pytest
from asking import NO_MASTER, ask, column, error, serial

from xl_ctd.calling import Cell, CellError, call
from xl_ctd.messages import LANGUAGES, catalogue
from xl_ctd.registry import FUNCTIONS

WHOLE = 1_048_576
NO_DATA, NO_RULE = "KHÔNG CÓ SỐ LIỆU", "KHÔNG ÁP DỤNG"


def reason(name: str, *arguments: Cell | list[Cell]) -> str:
    answer = ask(name, *arguments)
    assert isinstance(answer, CellError)
    return answer.reason


# --- names and arguments


def test_a_function_may_be_named_as_each_host_spells_it() -> None:
    assert [[1400.0]] * 4 == [ask_grid(name) for name in ("SO", "CTD.SO", "CTD_SO", "ctd.so")]
    assert "#NAME?" == error("TONG", 1)


def ask_grid(name: str) -> object:
    return call(name, [[["1.400"]]], NO_MASTER)[0]


def test_too_many_and_too_few_arguments_are_told() -> None:
    assert "#VALUE!" == error("SO", 1, 2)
    assert "Thiếu đối số “mẫu”. Hãy nhập giá trị hoặc chọn ô." == reason("TYLE", 1)
    assert [[CellError("#VALUE!", "Thiếu đối số “văn bản”. Hãy nhập giá trị hoặc chọn ô.")]] == call(
        "SO", [[]], NO_MASTER
    )
    assert "#VALUE!" == error("SO", [[]])


def test_an_optional_argument_may_be_left_out_blank_or_empty_text() -> None:
    for nothing in ([], [[None]], [[""]]):
        assert [[True]] == call("DAT", [[[5]], [["MIN"]], [[5]], nothing, nothing], NO_MASTER)


def test_one_cell_is_asked_for_where_a_range_makes_no_sense() -> None:
    assert "Đối số “năm đích” chỉ nhận một ô. Hãy chọn một ô thay cho cả vùng." == reason(
        "DUBAO", [2023, 2024], [1, 2], [2030, 2031]
    )


def test_sentences_come_in_the_language_asked_for() -> None:
    said = {language: call("SO", [[["12k"]]], NO_MASTER, language)[0][0] for language in LANGUAGES}

    assert {
        "vi": CellError("#VALUE!", "Đối số “văn bản”: Không đọc được số “12k”. Hãy nhập số, ví dụ 1.250 hoặc 12,5."),
        "en": CellError("#VALUE!", "Argument “text”: " + catalogue("en")["number-unreadable"].format(text="12k")),
    } == said


# --- blanks, truth values, text, errors


def test_a_blank_is_not_zero() -> None:
    assert "#N/A" == error("DAT", None, "MIN", 1)
    assert "#N/A" == error("MUCDAT", "", "MIN", 1)
    assert "#N/A" == error("CONTHIEU", None, "TONG", 1)
    assert [None, 0.0] == ask("SO", [None, 0])
    assert NO_DATA == ask("TRANGTHAI", None, "MIN", 0)
    assert "XÁM" == ask("DEN", None, 1)


def test_pairs_of_blanks_are_skipped_and_half_a_pair_is_not_known() -> None:
    assert 0.5 == ask("TYLE", [1, None, 2], [2, None, 4])
    assert "#N/A" == error("TYLE", [1, None], [2, 4])
    assert "#N/A" == error("TYLE", [1, 2], [2, None])
    assert "#N/A" == error("TYLE", [None, None], [None, ""])


def test_truth_values_are_no_numbers() -> None:
    assert [1.0, CellError] == [type(cell) if isinstance(cell, CellError) else cell for cell in ask("SO", [1, True])]
    assert ["ĐẠT", NO_DATA] == ask("TRANGTHAI", [1, True], "MIN", 1)
    assert "#VALUE!" == error("TYLE", True, 1)


def test_numbers_typed_as_text_are_read_the_vietnamese_way() -> None:
    assert 0.5 == ask("TYLE", "1.000", "2.000")
    assert True is ask("DAT", "80%", "Tỷ lệ", "0,8")
    assert ["CHƯA ĐẠT", "ĐẠT", NO_DATA] == ask("TRANGTHAI", ["799", "1.400", "1,400"], "MIN", 800)
    assert "#VALUE!" == error("TYLE", ["mười", 1], [2, 2])


def test_error_cells_pass_through_except_into_words() -> None:
    broken = CellError("#N/A", "không tìm thấy")

    assert broken == ask("DAT", broken, "MIN", 1)
    assert broken == ask("TYLE", [1, broken], [2, 2])
    assert broken == ask("DUYNHAT", ["a", broken])
    assert "#REF!" == error("SO", "#REF!")  # some hosts hand an error over as its name
    assert "#VALUE!" == error("SO", "#SPILL!")
    assert [NO_DATA, NO_RULE] == ask("TRANGTHAI", [broken, CellError("#DIV/0!")], "MIN", 1)
    assert "CHƯA ĐỦ SỐ LIỆU" == ask("TRANGTHAI_KHOANG", broken, 5, "MIN", 1)
    assert ["XÁM", "XÁM"] == ask("DEN", [broken, 1], ["#NAME?", broken])


def test_a_broken_cell_breaks_only_its_own_answer() -> None:
    answers = ask("MUCDAT", [400, "x", None, "#N/A", "1.600"], "MIN", 800)

    assert [0.5, "#VALUE!", "#N/A", "#N/A", 2.0] == [
        cell.code if isinstance(cell, CellError) else cell for cell in answers
    ]


@pytest.mark.parametrize(
    ("kind", "goal", "upper", "how"),
    [
        ("TO", 1, None, None),
        ("MIN", None, None, None),
        ("MIN", "?", None, None),
        ("KHOANG", 1, None, None),
        ("KHOANG", 1, "#N/A", None),
        ("MIN", 1, None, "!"),
        (True, 1, None, None),
    ],
)
def test_without_a_rule_nothing_is_judged(kind: Cell, goal: Cell, upper: Cell, how: Cell) -> None:
    assert NO_RULE == ask("TRANGTHAI", 5, kind, goal, upper, how)


def test_a_range_needs_its_upper_bound() -> None:
    assert ["#VALUE!", "#VALUE!"] == [error(name, 5, "KHOANG", 1) for name in ("DAT", "MUCDAT")]


# --- documented errors of each function


@pytest.mark.parametrize(
    ("code", "name", "arguments"),
    [
        ("#NUM!", "MUCDAT", (5, "MIN", 0)),
        ("#NUM!", "MUCDAT", (5, "MIN", 3, None, 3)),
        ("#NUM!", "LOTRINH", (0, 2023, 2, 2033, 2026, "KEP")),
        ("#NUM!", "LOTRINH", (1, 2033, 2, 2033, 2026)),
        ("#NUM!", "NHIP", (800, "31/12/2026", "1/1/2026", "1/6/2026")),
        ("#NUM!", "CAGR", (0, 5, 3)),
        ("#NUM!", "CAGR", (1, 5, 0)),
        ("#N/A", "DUBAO", ([2023, 2024], [5, None], 2030)),
        ("#NUM!", "DUBAO", ([2023, 2023], [5, 6], 2030)),
        ("#VALUE!", "DUBAO", ([2023, None], [5, 6], 2030)),
        ("#VALUE!", "DUBAO", ([2023, 20233], [5, 6], 2030)),
        ("#NUM!", "DUBAO", ([2023, 2024], [0, 6], 2030, "CAGR")),
        ("#N/A", "SAN", ([None, None], 5, "MIN")),
        ("#DIV/0!", "DAYDU", (0, 0)),
        ("#NUM!", "DAYDU", (13, 12)),
        ("#VALUE!", "DAYDU", (1.5, 12)),
        ("#VALUE!", "NGAY", ("31/02/2026",)),
        ("#VALUE!", "NGAY", ("5/2026",)),
        ("#VALUE!", "KY", ("2026-Q5", "TK", "TU")),
        ("#VALUE!", "KY", ("2026", "AL", "TU")),
        ("#VALUE!", "KY", ("9999", "TK", "DEN")),
        ("#NUM!", "KY", ("1850", "TK", "TU")),
        ("#VALUE!", "BANGCHU", ("nhiều",)),
        ("#VALUE!", "TYLE", ([1, 2], [1, 2, 3])),
        ("#VALUE!", "DUNGHAN", (["1/2/2026", "2/2/2026", None], ["1/2/2026", "1/2/2026"])),
        ("#NUM!", "TYLE", (1e13, 1e-300)),
    ],
)
def test_what_makes_no_sense_shows_the_documented_error(code: str, name: str, arguments: tuple[object, ...]) -> None:
    assert code == error(name, *arguments)


@pytest.mark.parametrize("name", [name for name, one in FUNCTIONS.items() if one.reads_master])
def test_without_a_master_functions_say_how_to_get_one(name: str) -> None:
    arguments = {"DONVI": ("09367", "1/7/2025"), "NGUON": ("TS-02",), "NHIEMVU": ("TS-N19",), "BANGCHITIEU": (2026,)}

    assert "#N/A" == error(name, *arguments.get(name, ("TS-02", 2026)))


# --- reading and writing


def test_days_come_out_as_excel_counts_them() -> None:
    assert [serial(5, 3, 2024), serial(30, 3, 2023), 45_000, None] == ask(
        "NGAY", ["05/3/2024", "ngày 30 tháng 3 năm 2023", 45_000, None]
    )
    assert [serial(15, 6, 2026), serial(17, 6, 2026)] == ask("KY", "2026-6T1", "HC", "HAN", ["phuong", "thanh_pho"])


def test_text_is_repaired_folded_and_spelt_out() -> None:
    assert "Thực hiện sự lãnh đạo" == ask("CHUAN", "Thưc̣ hiêṇ sư ̣lañh đaọ")
    assert ["phuong dong ky", "2024", None] == ask("KHONGDAU", ["Phường ĐỒNG  KỴ", 2024, None])
    assert ["Hai mươi triệu đồng", "Một tỷ hai trăm triệu đồng"] == ask("BANGCHU", [20_000_000, "1 tỷ 200 triệu"])


def test_reports_in_time_and_in_all() -> None:
    assert 10 / 12 == ask("DAYDU", 10, 12)
    assert 0.5 == ask("DUNGHAN", ["1/7/2026", "3/7/2026", None, 46_204], "2/7/2026")
    assert 0.5 == ask("DUNGHAN", ["1/7/2026", "3/7/2026"], ["1/7/2026", "2/7/2026"])


# --- ranges


def test_ranges_are_answered_in_their_own_shape() -> None:
    assert [[0.5, 1.0], [1.5, 2.0]] == call("MUCDAT", [[[1, 2], [3, 4]], [["MIN"]], [[2]]], NO_MASTER)
    assert [[1.0, 2.0, 3.0]] == call("SO", [[["1", "2", "3"]]], NO_MASTER)


def test_a_row_and_a_column_make_a_table() -> None:
    table = call("LOTRINH", [[[0]], [[2020]], [[10], [20]], [[2030]], [[2021, 2022]]], NO_MASTER)

    assert [[1.0, 2.0], [2.0, 4.0]] == table


def test_ranges_that_do_not_fit_are_refused_as_a_whole() -> None:
    assert "#VALUE!" == error("MUCDAT", [1, 2, 3], "MIN", [1, 2])
    assert "#VALUE!" == error("DEN", [[1, 2]] * 2000, [[1] * 2] * 3)
    assert "#VALUE!" == error("DEN", column(*[1] * 2000), [[1] * 1001])
    assert "#VALUE!" == error("SO", [[1, 2], [3]])


def test_of_a_whole_column_only_the_filled_part_counts() -> None:
    filled: list[list[Cell]] = [[None]] * WHOLE
    filled[:4] = column(400, None, "1.600", "x")

    answers = call("MUCDAT", [filled, [["MIN"]], [[800]]], NO_MASTER)

    assert [0.5, "#N/A", 2.0, "#VALUE!"] == [c.code if isinstance(c, CellError) else c for (c,) in answers]
    assert [["KHÔNG CÓ SỐ LIỆU"]] == call("TRANGTHAI", [[[None]] * WHOLE, [["MIN"]], [[1]]], NO_MASTER)
    assert [[2]] == call("DUYNHAT", [[["a"], ["b"], *[[None]] * (WHOLE - 2)]], NO_MASTER)
    assert [[0.5]] == call("SAN", [[[1], [9], *[[""]] * (WHOLE - 2)], [[5]]], NO_MASTER)


def test_blanks_at_the_end_of_a_chosen_range_are_units_without_a_report() -> None:
    assert 1 / 3 == ask("SAN", [9, 1, None], 5)
