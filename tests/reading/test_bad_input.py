"""Workbooks as wards really send them: each fault has one clear finding, and the rest of the file still counts."""

from __future__ import annotations

import re
import shutil
import unicodedata
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import Font

from workbooks import layouts
from workbooks.read import read_submission
from xl_ctd.core.findings import Severity
from xl_ctd.core.records import UNREAD
from xl_ctd.core.submissions import Hold, SourceInfo, Submission
from xl_ctd.core.tables import BY_CODE
from xl_ctd.messages import LANGUAGES, message

SAMPLES = Path(__file__).parent / "samples"
FUND_SHEET = "xl/worksheets/sheet8.xml"


@pytest.fixture
def read(setup):
    def read_file(path: Path, name: str | None = None) -> Submission:
        submission = read_submission(SourceInfo(name or path.name, "digest"), path, setup=setup)
        for finding in submission.findings:
            assert all(message(finding.code, finding.args, language) for language in LANGUAGES)
        return submission

    return read_file


def told(submission: Submission) -> list[tuple[str, str | None, str | None]]:
    return [(finding.code, finding.where.sheet, finding.where.cell) for finding in submission.findings]


def fund(submission: Submission, *fields: str) -> list[tuple[object, ...]]:
    rows = submission.tables["QUY"]
    return list(zip(*(rows.column(field) for field in fields), strict=True))


def sent(*rows: dict[str, object]) -> dict[str, list[dict[str, object]]]:
    usual = {"NGAY": date(2024, 3, 1), "THU_CHI": "T", "KHOAN_MUC": "T1", "NOI_DUNG": "Hội phí", "SO_TIEN": 100_000}
    return {"QUY": [{"SO_CT": f"PT{n:02}", **usual, **row} for n, row in enumerate(rows, 1)]}


def test_a_workbook_filled_as_asked_is_read_whole_and_nothing_is_told(read, ward_file):
    submission = read(ward_file())

    assert ("09382", "TS.2021.09382", 2024, None) == (
        submission.unit_code,
        submission.uid,
        submission.year,
        submission.hold,
    )
    assert [] == told(submission)
    assert {
        "MA_DON_VI": "09382",
        "UID": "TS.2021.09382",
        "TEN_DON_VI": "Đồng Kỵ",
        "LICH": "TK",
        "LOAI_KY": "N",
        "NAM": 2024,
        "SO_KY": None,
        "NGAY_LAP": date(2024, 12, 20),
        "DU_DAU": 12_500_000,
        "CAM_KET": "C",
        "PHIEN_BAN": layouts.TEMPLATE_VERSION,
        "MA_TEP": "tep-1",
    } == submission.cover
    rows = submission.tables["QUY"]
    assert (("09382-AAAAAAAAAA-1", "09382-AAAAAAAAAB-2"), (7, 8), "Sổ quỹ") == (rows.rids, rows.lines, rows.sheet)
    assert {
        "SO_CT": ("PT01", "PC01"),
        "NGAY": (date(2024, 1, 15), date(2024, 1, 20)),
        "THU_CHI": ("T", "C"),
        "KHOAN_MUC": ("T2", "C1"),
        "NOI_DUNG": ("Ủng hộ Tết", "Quà Tết"),
        "DOI_TAC": (None, None),
        "HINH_THUC": ("TM", None),
        "SO_TIEN": (20_000_000, 5_000_000),
        "MUC_DICH": ("K", None),
        "CHUYEN": (None, None),
    } == rows.columns
    assert "H8" == rows.cell_of(1, "SO_TIEN")


def test_an_unreadable_cell_is_named_and_the_rest_of_its_row_counts(read, ward_file):
    submission = read(ward_file(sent({"SO_TIEN": "khoảng 1250"}, {})))

    assert [("money-unreadable", "Sổ quỹ", "H7")] == told(submission)
    assert [("PT01", UNREAD), ("PT02", 100_000)] == fund(submission, "SO_CT", "SO_TIEN")


def test_a_word_that_is_not_in_the_list_is_never_replaced_by_the_nearest_one(read, ward_file):
    submission = read(ward_file(sent({"KHOAN_MUC": "Ủng hộ tài trợ"}, {"KHOAN_MUC": "Bán hàng"})))

    assert [("choice-misspelt", "Sổ quỹ", "D7"), ("choice-unknown", "Sổ quỹ", "D8")] == told(submission)
    assert "Ủng hộ, tài trợ" == submission.findings[0].args["suggestion"]
    assert [(UNREAD,), (UNREAD,)] == fund(submission, "KHOAN_MUC")


@pytest.mark.parametrize("typed", ["Có", "CÓ", "co", "x", "X", "1", 1, True, "yes", "C", " có "])
def test_people_say_yes_in_many_ways(read, ward_file, typed):
    assert [("C",)] == fund(read(ward_file(sent({"MUC_DICH": typed}))), "MUC_DICH")


# --- moved, renamed, missing, doubled -----------------------------------------------------------------------------


def test_renamed_and_moved_tabs_are_found_by_their_codes(read, ward_file):
    submission = read(ward_file(tabs={"QUY": "Quỹ tháng 12 (bản sửa)"}))

    assert [] == told(submission)
    assert ("Quỹ tháng 12 (bản sửa)", 2) == (submission.tables["QUY"].sheet, len(submission.tables["QUY"]))


def test_columns_in_another_order_and_renamed_headers_do_no_harm(read, ward_file):
    codes = [column.code for column in layouts.unit_columns(BY_CODE["QUY"])]
    path = ward_file()
    book = openpyxl.load_workbook(path)
    sheet = book["Sổ quỹ"]
    order = list(reversed(range(1, len(codes) + 1)))
    cells = [[sheet.cell(row, column).value for column in order] for row in range(5, 9)]
    for row, values in enumerate(cells, 5):
        for column, value in enumerate(values, 1):
            sheet.cell(row, column).value = value
    for column in range(1, 5):
        sheet.cell(6, column).value = f"Cột {column}"
    book.save(path)

    submission = read(path)

    assert [] == told(submission)
    assert [("PT01", 20_000_000), ("PC01", 5_000_000)] == fund(submission, "SO_CT", "SO_TIEN")


def test_inserted_columns_are_told_and_left_out(read, ward_file):
    path = ward_file()
    book = openpyxl.load_workbook(path)
    sheet = book["Sổ quỹ"]
    sheet.insert_cols(3)
    sheet["C6"], sheet["C7"] = "Người nộp", "riêng của phường"
    book.save(path)

    submission = read(path)

    assert [("column-unknown", "Sổ quỹ", "C6")] == told(submission)
    assert [("PT01", 20_000_000), ("PC01", 5_000_000)] == fund(submission, "SO_CT", "SO_TIEN")
    assert "I7" == submission.tables["QUY"].cell_of(0, "SO_TIEN")


def test_a_missing_column_is_no_information_and_never_blank(read, ward_file):
    kept = [column.code for column in layouts.unit_columns(BY_CODE["QUY"]) if column.code != "MUC_DICH"]

    submission = read(ward_file(columns={"QUY": kept}))

    assert [("column-missing", "Sổ quỹ", None)] == told(submission)
    assert "MUC_DICH" not in submission.tables["QUY"].columns
    assert 2 == len(submission.tables["QUY"])


def test_a_column_that_stands_twice_is_not_chosen_from(read, ward_file):
    path = ward_file()
    book = openpyxl.load_workbook(path)
    sheet = book["Sổ quỹ"]
    for row in range(5, 9):
        sheet.cell(row, 15).value = sheet.cell(row, 8).value
    book.save(path)

    submission = read(path)

    assert [("column-twice", "Sổ quỹ", None)] == told(submission)
    assert "SO_TIEN" not in submission.tables["QUY"].columns


def test_a_moved_header_and_rows_above_it_do_no_harm(read, ward_file):
    path = ward_file()
    book = openpyxl.load_workbook(path)
    book["Sổ quỹ"].insert_rows(1, 7)
    book["Sổ quỹ"].insert_rows(13)
    book.save(path)

    submission = read(path)

    assert [] == told(submission)
    assert (15, 16) == submission.tables["QUY"].lines


def test_without_its_code_row_a_table_is_found_by_its_headers(read, ward_file):
    path = ward_file()
    book = openpyxl.load_workbook(path)
    book["Sổ quỹ"].delete_rows(5)
    book.save(path)

    submission = read(path)

    assert [("table-by-header", "Sổ quỹ", None)] == told(submission)
    assert [("PT01", 20_000_000), ("PC01", 5_000_000)] == fund(submission, "SO_CT", "SO_TIEN")
    assert ("09382-AAAAAAAAAA-1", "09382-AAAAAAAAAB-2") == submission.tables["QUY"].rids


def test_a_list_of_the_wards_own_is_not_taken_for_a_missing_table(read, ward_file):
    path = ward_file(missing=["DOI_MO_HINH"])
    book = openpyxl.load_workbook(path)
    store = book.create_sheet("Kho")
    store.append(["Tên", "Loại", "Giá"])
    store.append(["Lều bạt", "Vật tư", 5])
    book.save(path)

    submission = read(path)

    assert [("table-missing", None, None)] == told(submission)
    assert "DOI_MO_HINH" not in submission.tables


def test_a_code_that_was_wiped_out_is_replaced_by_its_header(read, ward_file):
    path = ward_file()
    book = openpyxl.load_workbook(path)
    book["Sổ quỹ"]["H5"] = None
    book.save(path)

    submission = read(path)

    assert [("column-by-header", "Sổ quỹ", "H6")] == told(submission)
    assert [(20_000_000,), (5_000_000,)] == fund(submission, "SO_TIEN")


def test_a_missing_table_is_told_and_the_others_count(read, ward_file):
    submission = read(ward_file(missing=["HIEN_MAU"]))

    assert [("table-missing", None, None)] == told(submission)
    assert "HIEN_MAU" not in submission.tables
    assert 2 == len(submission.tables["QUY"])


def test_a_tab_copied_with_other_rows_holds_the_unit(read, ward_file):
    path = ward_file()
    book = openpyxl.load_workbook(path)
    book.copy_worksheet(book["Sổ quỹ"]).cell(8, 8).value = 7
    book.save(path)

    submission = read(path)

    assert "table-twice" == (submission.hold and submission.hold.code)


def test_a_tab_copied_unchanged_counts_once(read, ward_file):
    path = ward_file()
    book = openpyxl.load_workbook(path)
    book.copy_worksheet(book["Sổ quỹ"])
    book.save(path)

    submission = read(path)

    assert (None, [], 2) == (submission.hold, told(submission), len(submission.tables["QUY"]))


def test_merged_cells_hidden_rows_and_filters_hide_nothing(read, ward_file):
    path = ward_file()
    book = openpyxl.load_workbook(path)
    sheet = book["Sổ quỹ"]
    sheet.merge_cells("A1:H1")
    sheet.merge_cells("E7:F7")
    sheet.row_dimensions[8].hidden = True
    sheet.auto_filter.ref = "A6:L8"
    sheet.auto_filter.add_filter_column(0, ["PT01"])
    book.save(path)

    submission = read(path)

    assert [] == told(submission)
    assert [("PT01", 20_000_000), ("PC01", 5_000_000)] == fund(submission, "SO_CT", "SO_TIEN")


def test_blank_rows_between_are_skipped_and_lines_stay_those_of_the_sheet(read, ward_file):
    blank: dict[str, object] = dict.fromkeys(("SO_CT", "NGAY", "THU_CHI", "KHOAN_MUC", "NOI_DUNG", "SO_TIEN"))
    submission = read(
        ward_file(sent({}, {**blank, "_rid": "09382-CCCCCCCCCC-3"}, {**blank, "NOI_DUNG": "\u200b "}, {}))
    )

    assert (7, 10) == submission.tables["QUY"].lines


def test_a_total_below_the_last_row_is_not_counted_as_a_row(read, ward_file):
    path = ward_file()
    book = openpyxl.load_workbook(path)
    book["Sổ quỹ"]["A9"], book["Sổ quỹ"]["H9"] = "TỔNG CỘNG:", 25_000_000
    book.save(path)

    submission = read(path)

    assert [("total-row", "Sổ quỹ", "A9")] == told(submission)
    assert [(20_000_000,), (5_000_000,)] == fund(submission, "SO_TIEN")


# --- formulas, errors, dates, strict, strings ---------------------------------------------------------------------


@pytest.mark.parametrize("error", ["#DIV/0!", "#REF!", "#N/A", "#SPILL!", "#CALC!"])
def test_a_cell_with_an_error_is_named_and_not_taken_for_a_blank(read, ward_file, repack, error):
    path = repack(
        ward_file(sent({}, {"SO_TIEN": 424242})),
        {FUND_SHEET: lambda xml: re.sub(rb'r="H8"([^>]*)><v>424242', rb'r="H8"\1 t="e"><v>' + error.encode(), xml)},
    )

    submission = read(path)

    assert [("cell-error", "Sổ quỹ", "H8")] == told(submission)
    assert error == submission.findings[0].args["text"]
    assert [("PT01", 100_000), ("PT02", UNREAD)] == fund(submission, "SO_CT", "SO_TIEN")


def test_an_error_pasted_as_text_is_an_error_too(read, ward_file):
    submission = read(ward_file(sent({"SO_TIEN": "#N/A"})))

    assert [("cell-error", "Sổ quỹ", "H7")] == told(submission)


def test_a_formula_that_was_never_calculated_is_named_and_not_taken_for_a_blank(read, ward_file):
    path = ward_file()
    book = openpyxl.load_workbook(path)
    book["Sổ quỹ"]["H7"] = "=10000000*2"
    book.save(path)

    submission = read(path)

    assert [("formula-without-value", "Sổ quỹ", "H7")] == told(submission)
    assert [(UNREAD,), (5_000_000,)] == fund(submission, "SO_TIEN")


def test_a_calculated_formula_counts_as_its_value(read, ward_file):
    def spoil(book):
        book.get_worksheet_by_name("Sổ quỹ").write_formula("H7", "=10*100", None, 1000)

    assert [(1000,), (5_000_000,)] == fund(read(ward_file(spoil=spoil)), "SO_TIEN")


def test_dates_counted_from_1904_are_the_same_days(read, ward_file):
    submission = read(ward_file(options={"date_1904": True}))

    assert [(date(2024, 1, 15),), (date(2024, 1, 20),)] == fund(submission, "NGAY")
    assert date(2024, 12, 20) == submission.cover["NGAY_LAP"]


def test_a_strict_workbook_is_read_like_any_other(read, ward_file, repack):
    def strict(xml: bytes) -> bytes:
        xml = xml.replace(
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        )
        return xml.replace(
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        )

    path = ward_file()
    names = openpyxl.load_workbook(path).sheetnames
    parts = ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "_rels/.rels", "xl/sharedStrings.xml", "xl/styles.xml"]
    parts += [f"xl/worksheets/sheet{n}.xml" for n in range(1, len(names) + 1)]

    submission = read(repack(path, dict.fromkeys(parts, strict)))

    assert [] == told(submission)
    assert [("PT01", 20_000_000), ("PC01", 5_000_000)] == fund(submission, "SO_CT", "SO_TIEN")


def test_texts_in_runs_and_texts_inside_their_cells_are_read_whole(read, ward_file):
    def spoil(book):
        bold = book.add_format({"bold": True})
        book.get_worksheet_by_name("Sổ quỹ").write_rich_string("E7", "Ủng ", bold, "hộ", " Tết")

    assert [("Ủng hộ Tết",), ("Quà Tết",)] == fund(read(ward_file(spoil=spoil)), "NOI_DUNG")
    in_cells = read(ward_file(options={"in_memory": False, "constant_memory": True}))
    assert [("Ủng hộ Tết",), ("Quà Tết",)] == fund(in_cells, "NOI_DUNG")


def test_decomposed_letters_in_cells_and_file_names_become_composed_ones(read, ward_file):
    decomposed = unicodedata.normalize("NFD", "Hội phí phường Đồng Kỵ")
    name = unicodedata.normalize("NFD", "Báo cáo Đồng Kỵ.xlsx")

    submission = read(ward_file(sent({"NOI_DUNG": decomposed, "THU_CHI": "?"}), name=name))

    assert [("Hội phí phường Đồng Kỵ",)] == fund(submission, "NOI_DUNG")
    assert ["Báo cáo Đồng Kỵ.xlsx"] == [finding.where.file for finding in submission.findings]


def test_text_in_an_old_font_is_decoded_and_told(read, ward_file):
    path = ward_file(sent({"NOI_DUNG": "Uû ban nh©n d©n"}, {"NOI_DUNG": "Tõ S¬n"}, {"NOI_DUNG": "Hoäi Chöõ thaäp ñoû"}))
    book = openpyxl.load_workbook(path)
    book["Sổ quỹ"]["E8"].font = Font(name=".VnTime")
    book.save(path)

    submission = read(path)

    assert [("text-decoded", "Sổ quỹ", f"E{line}") for line in (7, 8, 9)] == told(submission)
    assert [("Uỷ ban nhân dân",), ("Từ Sơn",), ("Hội Chữ thập đỏ",)] == fund(submission, "NOI_DUNG")


def test_slipped_marks_are_put_back_and_told(read, ward_file):
    submission = read(ward_file(sent({"NOI_DUNG": "Thưc̣ hiêṇ"}, {"NOI_DUNG": "Quà Tết hoà giải"})))

    assert [("text-repaired", "Sổ quỹ", "E7")] == told(submission)
    assert [("Thực hiện",), ("Quà Tết hoà giải",)] == fund(submission, "NOI_DUNG")


def test_personal_columns_never_become_records(read, ward_file):
    row = {"MA_DC": "DC-1", "KHU_PHO": "Thượng", "HO_TEN": "Nguyễn Văn A", "NGUOI_KS": "Trần B"}

    submission = read(ward_file({"DIA_CHI": [row]}))

    assert "NGUOI_LAP" not in submission.cover
    assert not {"HO_TEN", "NGUOI_KS"} & submission.tables["DIA_CHI"].columns.keys()
    assert ("DC-1",) == submission.tables["DIA_CHI"].columns["MA_DC"]


def test_an_identity_number_in_a_text_is_warned_of_without_being_repeated(read, ward_file):
    submission = read(ward_file(sent({"NOI_DUNG": "Trao quà, CCCD 027089001234"}, {"NOI_DUNG": "số 997089001234"})))

    assert [("personal-data-in-text", "Sổ quỹ", "E7")] == told(submission)
    assert not any("027089001234" in value for value in submission.findings[0].args.values())


# --- whose workbook, which year, which template -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cover", "hold", "cell"),
    [
        ({"MA_DON_VI": "09999", "UID": None}, Hold("unit-unknown", {"unit": "09999", "year": "2024"}), "B6"),
        ({"MA_DON_VI": None}, Hold("unit-missing", {}), "B6"),
        ({"NAM": 2026}, Hold("unit-not-in-year", {"unit": "09382", "year": "2026"}), "B6"),
        ({"NAM": None}, Hold("year-missing", {"unit": "09382"}), "B11"),
        (
            {"UID": "TS.2025.09367"},
            Hold("unit-key-differs", {"unit": "09382", "year": "2024", "key": "TS.2025.09367"}),
            "B6",
        ),
        (
            {"MA_DON_VI": "09370", "UID": "TS.2021.09370", "NAM": 2015},
            Hold("year-outside-plan", {"unit": "09370", "year": "2015", "plan": "17-KH/TU"}),
            "B11",
        ),
        (
            {"MA_DON_VI": "09370", "UID": None, "NAM": 2025},
            Hold(
                "unit-ambiguous",
                {"unit": "09370", "year": "2025", "units": "Tam Sơn (TS.2021.09370); Tam Sơn (TS.2025.09370)"},
            ),
            "B6",
        ),
    ],
)
def test_a_unit_that_cannot_be_told_waits_for_a_person(read, ward_file, cover, hold, cell):
    submission = read(ward_file(cover=cover))

    assert (None, hold) == (submission.uid, submission.hold)
    assert [(hold.code, "Bìa", cell)] == told(submission)


def test_two_units_of_one_code_are_told_apart_by_their_key(read, ward_file):
    old = read(ward_file(cover={"MA_DON_VI": "09370", "UID": "TS.2021.09370", "NAM": 2025}))
    new = read(ward_file(cover={"MA_DON_VI": "09370", "UID": "TS.2025.09370", "NAM": 2025}))

    assert ["TS.2021.09370", "TS.2025.09370"] == [old.uid, new.uid]


def test_a_code_that_lost_its_zero_is_not_guessed(read, ward_file):
    submission = read(ward_file(cover={"MA_DON_VI": 9382}))

    assert (None, "unit-unknown") == (submission.uid, submission.hold and submission.hold.code)


def test_last_years_template_is_read_and_told(read, ward_file):
    submission = read(ward_file(cover={"PHIEN_BAN": "0"}))

    assert [("template-version-differs", None, None)] == told(submission)
    assert "TS.2021.09382" == submission.uid


def test_the_cover_is_found_by_its_labels_when_its_codes_are_gone(read, ward_file):
    path = ward_file()
    book = openpyxl.load_workbook(path)
    book["Bìa"].delete_cols(4)
    book.save(path)

    assert ("TS.2021.09382", 2024) == (read(path).uid, read(path).year)


def test_any_other_workbook_is_refused_as_not_ours(read, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Họ tên", "Số tiền"])
    book.save(tmp_path / "another-workbook.xlsx")

    assert [("not-our-template", None, None)] == told(read(tmp_path / "another-workbook.xlsx"))


# --- files of other programs --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["saved-by-libreoffice.xlsx", "saved-by-libreoffice.ods"])
def test_a_workbook_saved_by_libreoffice_gives_the_same_records(read, name):
    submission = read(SAMPLES / name)

    assert ("TS.2021.09382", 2024, 12_500_000) == (submission.uid, submission.year, submission.cover["DU_DAU"])
    assert [("cell-error", "Sổ quỹ", "H9")] == told(submission)
    assert [
        ("PT01", date(2024, 1, 15), "T", "T2", 20_000_000),
        ("PC01", date(2024, 1, 20), "C", "C1", 5_000_000),
        ("PC02", date(2024, 3, 30), "C", "C1", UNREAD),
    ] == fund(submission, "SO_CT", "NGAY", "THU_CHI", "KHOAN_MUC", "SO_TIEN")


def test_a_workbook_saved_by_openpyxl_gives_the_same_records(read, ward_file, tmp_path):
    path = ward_file()
    openpyxl.load_workbook(path).save(tmp_path / "again.xlsx")

    ours, theirs = read(path), read(tmp_path / "again.xlsx")

    assert (ours.cover, ours.tables["QUY"].columns) == (theirs.cover, theirs.tables["QUY"].columns)
    assert [] == told(theirs)


def test_a_refused_file_is_a_submission_with_its_reason(read, tmp_path):
    shutil.copy(SAMPLES / "password-protected.xlsx", tmp_path / "CTD_09382_2024.xlsx")

    submission = read(tmp_path / "CTD_09382_2024.xlsx")

    assert (None, None, {}) == (submission.uid, submission.year, submission.tables)
    assert [("file-encrypted", Severity.ERROR)] == [(f.code, f.severity) for f in submission.findings]


def test_a_workbook_damaged_inside_is_told_and_raises_nothing(read, ward_file, repack):
    path = repack(ward_file(), {FUND_SHEET: lambda xml: xml[: len(xml) // 2]})

    submission = read(path)

    assert [("tab-unreadable", "Sổ quỹ", None), ("table-missing", None, None)] == told(submission)
    assert "TS.2021.09382" == submission.uid
