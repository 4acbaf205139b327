"""Which file decides whether a unit's report on a year came in time."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from office import NOW, SETUP
from small_office import DONG_NGAN, SmallOffice, build_ward, ward_tables

from sync.notes import Notes
from sync.progress import Progress, progress_of

DUE = date(2025, 1, 2)


def sent(office: SmallOffice, moment: datetime, content: str, **cover: Any) -> None:
    """The ward sends its workbook of 2024, one word different from the last one, and the office merges."""
    tables = ward_tables(DONG_NGAN)
    tables["QUY"][0]["NOI_DUNG"] = content
    path = build_ward(office.ward_file(), DONG_NGAN, tables, cover=cover)
    os.utime(path, (moment.timestamp(), moment.timestamp()))
    office.merge(path, now=max(moment, NOW) + timedelta(hours=1))


def progress(office: SmallOffice, now: datetime = NOW) -> tuple[str, int, str, bool]:
    with office.open(now) as book:
        one = next(row for row in book.progress() if (row.uid, row.year) == (DONG_NGAN.uid, 2024))
    assert DUE == one.deadline
    return one.state, one.days_late, one.note, one.in_time


def test_a_correction_after_the_deadline_leaves_a_report_in_time(office: SmallOffice) -> None:
    sent(office, datetime(2024, 12, 20, 9), "gửi lần đầu")
    sent(office, datetime(2025, 1, 20, 9), "gửi bổ sung")

    assert ("on-time", 0, "Bổ sung ngày 20/01/2025.", True) == progress(office)


def test_the_first_report_on_the_year_decides_how_late_it_is(office: SmallOffice) -> None:
    sent(office, datetime(2025, 1, 7, 9), "gửi lần đầu")
    sent(office, datetime(2025, 2, 20, 9), "gửi bổ sung")

    assert ("late", 5, "Bổ sung ngày 20/02/2025.", False) == progress(office)


@pytest.mark.parametrize(
    ("moment", "cover"),
    [
        (datetime(2024, 6, 14, 9), {}),
        (datetime(2024, 12, 20, 9), {"LOAI_KY": "9T"}),
        (datetime(2024, 12, 20, 9), {"LOAI_KY": "6T", "SO_KY": 1}),
    ],
)
def test_a_report_on_part_of_the_year_is_none_on_the_year(
    office: SmallOffice, moment: datetime, cover: dict[str, Any]
) -> None:
    sent(office, moment, "chưa hết năm", **cover)

    assert ("on-time", 0, "", True) == progress(office, datetime(2025, 1, 2, 8))
    told = f"Mới có tệp gửi ngày {moment:%d/%m/%Y}, chưa phải báo cáo cả năm. Đề nghị đơn vị gửi lại tệp đã ghi đủ năm."
    assert ("partial", 0, told, False) == progress(office, datetime(2025, 1, 3, 8))

    sent(office, datetime(2025, 1, 7, 9), "cả năm")
    assert ("late", 5, "", False) == progress(office)


def test_a_workbook_without_rows_of_the_year_reports_only_when_it_says_there_were_none(office: SmallOffice) -> None:
    path = build_ward(
        office.ward_file(), DONG_NGAN, {"DON_VI": ward_tables(DONG_NGAN)["DON_VI"]}, cover={"CAM_KET": None}
    )
    office.merge(path)
    assert "partial" == progress(office)[0]

    path = build_ward(office.ward_file(), DONG_NGAN, {"DON_VI": ward_tables(DONG_NGAN)["DON_VI"]})
    office.merge(path)
    assert ("on-time", 0, "", True) == progress(office)


def test_undoing_the_first_report_makes_the_next_one_decide(office: SmallOffice) -> None:
    sent(office, datetime(2024, 12, 20, 9), "gửi lần đầu")
    office.undo()
    sent(office, datetime(2025, 1, 7, 9), "gửi lần sau")

    assert ("late", 5, "", False) == progress(office)


def test_days_off_that_the_office_lists_move_the_deadline() -> None:
    notes = {(DONG_NGAN.uid, 2024): Notes("a.xlsx", received="2025-01-03T08:00:00", reported="2025-01-03")}

    def row(holidays: tuple[date, ...]) -> Progress:
        setup = replace(SETUP, holidays=holidays)
        return next(one for one in progress_of(setup, notes, [2024], NOW.date()) if one.uid == DONG_NGAN.uid)

    assert (DUE, "late", 1) == (row(()).deadline, row(()).state, row(()).days_late)
    listed = row((date(2025, 1, 2),))
    assert (date(2025, 1, 3), "on-time", 0) == (listed.deadline, listed.state, listed.days_late)


def test_the_master_says_it_in_the_words_of_the_office(office: SmallOffice) -> None:
    sent(office, datetime(2024, 6, 14, 9), "chưa hết năm")
    rows = [row for row in office.seen()["Tiến độ nộp"] if row[1] == DONG_NGAN.uid]

    assert ["chưa nộp cả năm"] == [row[3] for row in rows]
