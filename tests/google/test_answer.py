"""A ward reads in its own sheet what is wrong, at the right rows; nobody's cells but the service's are written."""

from __future__ import annotations

from warnings import catch_warnings, simplefilter

import pytest
from by_hand import opened
from sheets_office import OWNER, SheetsOffice, letters

from sync.emulator import GoogleError
from sync.google.answers import snapshot_of
from sync.google.template import FEEDBACK_ID
from sync.google.trouble import Reason
from workbooks import layouts
from workbooks.snapshots import pack
from xl_ctd.core.tables import BY_CODE

QUY = layouts.TABS["QUY"]
AMOUNT, RID = letters("QUY", "SO_TIEN"), letters("QUY", "_rid")
FEEDBACK, RESULTS = "Phản hồi", "Kết quả"


def feedback(shared: SheetsOffice) -> list[list[str]]:
    """The lines of feedback: how grave, tab, cell, words, ward, master, –, row to correct, row to look at."""
    return shared.emulator.person(OWNER).see(shared.sheet(), FEEDBACK, "A5:I60")


def on(shared: SheetsOffice, tab: str) -> list[list[str]]:
    return [line for line in feedback(shared) if len(line) > 1 and line[1] == tab]


def spoil(shared: SheetsOffice, text: str = "12k") -> str:
    """The ward types an amount that nobody can read; the row's id."""
    shared.ward().type(shared.sheet(), QUY, f"{AMOUNT}7", text)
    return str(shared.ward().values(shared.sheet(), QUY, f"{RID}7")[0][0])


def test_a_mistake_is_told_with_its_row_and_goes_when_it_is_mended(shared: SheetsOffice) -> None:
    rid = spoil(shared, "nhiều lắm")
    shared.merge(everything=True)
    (line,) = on(shared, QUY)
    shared.ward().type(shared.sheet(), QUY, f"{AMOUNT}7", "2.000.000")
    shared.merge(everything=True)

    assert ["Phải sửa", QUY, f"{AMOUNT}7"] == line[:3]
    assert "nhiều lắm" in line[3]
    assert rid == line[7]
    assert [] == on(shared, QUY)


def test_a_row_is_coloured_by_its_id_wherever_it_is_sorted_to(shared: SheetsOffice) -> None:
    rules = [
        rule["booleanRule"]["condition"]["values"][0]["userEnteredValue"]
        for sheet in shared.google.shape(shared.sheet())["sheets"]
        if sheet["properties"]["title"] == QUY
        for rule in sheet["conditionalFormats"]
    ]
    row = f"${RID}7"
    assert [f'=({row}<>"")*SUMPRODUCT(--(INDIRECT("\'{FEEDBACK}\'!${c}:${c}")={row}))>0' for c in "HI"] == rules


def test_the_wards_entries_are_not_touched_by_an_answer(shared: SheetsOffice) -> None:
    spoil(shared)
    before = pack(snapshot_of(shared.google.read(shared.sheet()), "TS"))
    shared.merge(everything=True)
    assert before == pack(snapshot_of(shared.google.read(shared.sheet()), "TS"))


def test_an_answer_that_stands_there_already_is_not_written_again(shared: SheetsOffice) -> None:
    spoil(shared)
    first = shared.merge(everything=True)
    shared.emulator.calls.clear()

    assert 1 == len(first.answered or ())
    assert [] == shared.answer()
    assert 0 == shared.emulator.calls.count("sheets.spreadsheets.batchUpdate")


def test_a_conflict_shows_both_values_and_what_the_master_uses(shared: SheetsOffice) -> None:
    shared.merge(everything=True)
    city_types(shared, "SO_TIEN", 4_000_000)
    shared.ward().type(shared.sheet(), QUY, f"{AMOUNT}7", "3.000.000")
    shared.merge(everything=True)
    (line,) = on(shared, QUY)

    assert ("Khác nhau", "3.000.000", "4.000.000") == (line[0], line[4], line[5])
    assert line[8]


def test_a_row_that_the_ward_deleted_and_the_city_corrected_is_named(shared: SheetsOffice) -> None:
    shared.merge(everything=True)
    city_types(shared, "SO_TIEN", 4_000_000)
    shared.ward().delete_rows(shared.sheet(), QUY, 7)
    shared.merge(everything=True)
    (line,) = on(shared, QUY)

    assert ("Khác nhau", "", "có") == (line[0], line[4], line[5])
    assert line[3].startswith("Phường đã xóa dòng “PT-00”, Hội thành phố thì đã sửa dòng này.")
    assert QUY not in [row[0] for row in shared.emulator.person(OWNER).see(shared.sheet(), RESULTS) if row]


def test_a_row_that_the_city_deleted_and_the_ward_corrected_is_named(shared: SheetsOffice) -> None:
    shared.merge(everything=True)
    with opened(shared.office.master) as book:
        book.table("QUY").sheet.delete_rows(layouts.MASTER_FIRST_ROW)
    shared.ward().type(shared.sheet(), QUY, f"{AMOUNT}7", "3.000.000")
    shared.merge(everything=True)
    (line,) = on(shared, QUY)

    assert ("Khác nhau", "có", "") == (line[0], line[4], line[5])
    assert line[3].startswith("Hội thành phố đã xóa dòng “PT-00”, phường thì đã sửa dòng này.")


def test_a_value_the_city_corrected_is_shown_among_the_results(shared: SheetsOffice) -> None:
    shared.merge(everything=True)
    city_types(shared, "SO_TIEN", 4_000_000)
    shared.merge(everything=True)

    shown = shared.emulator.person(OWNER).see(shared.sheet(), RESULTS)
    assert [QUY, "PT-00", "Số tiền", "1.000.000", "4.000.000"] == shown[-1]


def test_a_new_row_learns_its_id_and_is_known_by_it(shared: SheetsOffice) -> None:
    shared.merge(everything=True)
    ward, sheet = shared.ward(), shared.sheet()
    line = ["PT-99", "31/12/2024", "Thu", "Hội phí", "Thu cuối năm", "", "", "500.000"]
    ward.insert_rows(sheet, QUY, 8)
    ward.paste(sheet, QUY, "A8", [line])
    shared.merge(everything=True)
    (rid,) = ward.values(sheet, QUY, f"{RID}8")[0]
    held = {key[3]: row[0] for key, row in shared.office.held().items() if key[2] == "QUY"}
    again = shared.merge(everything=True).report

    assert "PT-99" == held[rid]
    assert 0 == again.counts.applied


def test_a_sheet_edited_since_it_was_read_gets_no_ids_and_all_of_its_feedback(shared: SheetsOffice) -> None:
    ward, sheet = shared.ward(), shared.sheet()
    ward.insert_rows(sheet, QUY, 8)
    ward.paste(sheet, QUY, "A8", [["PT-99", "31/12/2024", "Thu", "Hội phí", "Thu cuối năm", "", "", "khoảng năm trăm"]])
    get = "sheets.spreadsheets.get"
    shared.emulator.faults.after(get, lambda: ward.insert_rows(sheet, QUY, 7))
    before = ward.values(sheet, QUY, f"{RID}7:{RID}12")
    shared.merge(everything=True)

    assert [[], *before] == ward.values(sheet, QUY, f"{RID}7:{RID}13")
    assert 1 == len(on(shared, QUY))


def test_a_held_sheet_is_told_why(shared: SheetsOffice) -> None:
    shared.merge(everything=True)
    shared.emulator.person(OWNER).delete_columns(shared.sheet(), QUY, AMOUNT)
    shared.merge(everything=True)
    first = feedback(shared)[0]

    assert ["Phải sửa", "Cả bảng tính đang chờ Hội thành phố quyết định"] == first[:2]


def test_nothing_to_correct_is_said_too_and_the_targets_are_there(shared: SheetsOffice) -> None:
    shared.merge(everything=True)
    shown = shared.emulator.person(OWNER).see(shared.sheet(), RESULTS)

    assert ["Chỉ tiêu", "Kết quả", "Mục tiêu", "Đánh giá", "Còn thiếu"] == shown[3]
    assert len(shown) > 6


def test_only_the_service_may_write_its_tabs(shared: SheetsOffice) -> None:
    shared.merge(everything=True)
    with pytest.raises(GoogleError, match="protected"):
        shared.ward().type(shared.sheet(), FEEDBACK, "D5", "Đã sửa rồi")


def test_feedback_tabs_that_were_deleted_come_back(shared: SheetsOffice) -> None:
    shared.emulator.person(OWNER).delete_tab(shared.sheet(), FEEDBACK)
    spoil(shared, "nhiều lắm")
    done = shared.merge(everything=True)

    assert [None] == [one.trouble for one in done.answered or ()]
    assert 1 == len(on(shared, QUY))


def test_text_that_looks_like_a_formula_stays_text(shared: SheetsOffice) -> None:
    spoil(shared, "'=HYPERLINK(1)")
    shared.merge(everything=True)
    cells = next(s for s in shared.google.shape(shared.sheet())["sheets"] if s["properties"]["sheetId"] == FEEDBACK_ID)
    kinds = {
        kind
        for row in cells["data"][0]["rowData"]
        for cell in row.get("values", ())
        for kind in cell.get("userEnteredValue", {})
    }
    assert {"stringValue"} == kinds


def test_feedback_that_a_person_wiped_or_that_an_older_version_brought_back_is_put_right(shared: SheetsOffice) -> None:
    chief = shared.emulator.person(OWNER)
    spoil(shared, "nhiều lắm")
    shared.merge(everything=True)
    good = feedback(shared)
    chief.clear(shared.sheet(), FEEDBACK, "A6:I9")
    shared.merge(everything=True)

    assert good == feedback(shared)
    assert [] == list(shared.merge(everything=True).answered or ())


def test_a_workbook_at_googles_ten_million_cells_is_read_and_says_why_it_cannot_be_answered(
    shared: SheetsOffice,
) -> None:
    shared.merged()
    chief, sheet = shared.emulator.person(OWNER), shared.sheet()
    chief.delete_tab(sheet, FEEDBACK)
    chief.add_tab(sheet, "Nháp")
    chief.grow_to_the_limit(sheet, "Nháp")
    spoil(shared, "2.000.000")
    done = shared.merge(everything=True)

    assert 1 == done.report.counts.applied
    assert [Reason.TOO_LARGE] == [one.trouble.reason for one in done.answered or () if one.trouble]
    with pytest.raises(GoogleError, match="10000000 cells"):
        chief.add_tab(sheet, "Thêm")


def test_an_answer_that_cannot_be_written_leaves_the_merge_done(shared: SheetsOffice) -> None:
    spoil(shared, "nhiều lắm")
    shared.emulator.faults.drop(methods="sheets.spreadsheets.batchUpdate", times=1)
    done = shared.merge(everything=True)

    assert done.report.version is not None
    assert [True] == [one.trouble is not None for one in done.answered or ()]
    assert 1 == len(shared.answer())


def city_types(shared: SheetsOffice, field: str, value: object) -> None:
    """The office types into the first row of a column of its master."""
    codes = [column.code for column in layouts.master_columns(BY_CODE["QUY"])]
    cell = f"{layouts.column_letters(codes.index(field) + 1)}{layouts.MASTER_FIRST_ROW}"
    with catch_warnings():
        simplefilter("ignore")  # openpyxl tells what it does not keep
        shared.office.type_in_master(QUY, cell, value)
