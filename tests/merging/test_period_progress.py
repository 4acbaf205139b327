"""Who reported on which quarter or half of a year, told from what was merged and when."""

from __future__ import annotations

import os
import re
from datetime import datetime
from typing import Any

import pytest
from command import run
from small_office import DONG_NGAN, SmallOffice, build_ward, ward_tables

from sync.period_progress import progress_by_period
from xl_ctd.core.periods import PeriodKind


def sends(office: SmallOffice, day: str, merged: str | None = None, **cover: Any) -> None:
    """The ward sends its workbook of 2024 on a day (day/month/year), not twice the same; the office merges."""
    tables = ward_tables(DONG_NGAN)
    tables["QUY"][0]["NOI_DUNG"] = f"gửi {day}"
    path = build_ward(office.ward_file(), DONG_NGAN, tables, cover=cover)
    moment = datetime.strptime(f"{day} 09", "%d/%m/%Y %H").timestamp()
    os.utime(path, (moment, moment))
    if merged:
        office.merge(path, now=datetime.strptime(f"{merged} 16", "%d/%m/%Y %H"))


def states(office: SmallOffice, on: str = "06/01/2025", kind: PeriodKind = PeriodKind.HALF) -> list[tuple[str, int]]:
    with office.open(datetime.strptime(f"{on} 17", "%d/%m/%Y %H")) as book:
        return [(one.state, one.days_late) for one in progress_by_period(book, kind) if one.uid == DONG_NGAN.uid]


def test_a_file_sent_by_the_deadline_of_the_half_is_in_time_whatever_comes_later(office: SmallOffice) -> None:
    sends(office, "28/06/2024", merged="28/06/2024")
    assert [("on-time", 0), ("open", 0)] == states(office, on="01/07/2024")

    sends(office, "20/12/2024", merged="06/01/2025")
    assert [("on-time", 0), ("on-time", 0)] == states(office)


def test_who_had_not_reported_when_the_office_merged_after_the_deadline_is_late(office: SmallOffice) -> None:
    sends(office, "10/04/2024", merged="02/07/2024")
    assert [("missing", 0), ("open", 0)] == states(office, on="02/07/2024")

    sends(office, "20/07/2024", merged="22/07/2024")
    assert [("late", 19), ("open", 0)] == states(office, on="22/07/2024")


def test_nobody_is_called_late_for_a_file_that_may_have_replaced_one_in_time(office: SmallOffice) -> None:
    sends(office, "10/04/2024", merged="10/04/2024")
    sends(office, "28/06/2024")
    sends(office, "20/12/2024", merged="06/01/2025")

    assert [("unknown", 0), ("on-time", 0)] == states(office)


def test_a_merge_that_was_taken_back_says_nothing(office: SmallOffice) -> None:
    sends(office, "28/06/2024", merged="28/06/2024")
    office.undo(datetime(2024, 6, 28, 17))
    sends(office, "20/07/2024", merged="22/07/2024")

    assert [("unknown", 0), ("open", 0)] == states(office, on="22/07/2024")


@pytest.mark.parametrize(
    ("day", "cover", "expected"),
    [
        ("30/05/2024", {}, "missing"),  # before the last month of the half
        ("01/06/2024", {}, "on-time"),
        ("28/06/2024", {"LOAI_KY": "Quý", "SO_KY": 1}, "missing"),  # it says it reports on less
        ("28/06/2024", {"LOAI_KY": "6 tháng", "SO_KY": 1}, "on-time"),
        ("13/05/2024", {"LICH": "Hành chính (15/12–14/12)", "LOAI_KY": "6 tháng", "SO_KY": 1}, "missing"),
        ("16/05/2024", {"LICH": "Hành chính (15/12–14/12)", "LOAI_KY": "6 tháng", "SO_KY": 1}, "on-time"),
    ],
)
def test_the_cover_and_the_day_say_whether_a_file_reports_on_the_half(
    office: SmallOffice, day: str, cover: dict[str, Any], expected: str
) -> None:
    sends(office, day, merged="02/07/2024", **cover)

    assert (expected, 0) == states(office, on="02/07/2024")[0]


def test_the_command_shows_a_column_for_each_period_and_says_what_is_not_known(office: SmallOffice) -> None:
    sends(office, "28/06/2024", merged="02/07/2024")
    sends(office, "20/12/2024", merged="06/01/2025")

    shown = run("status", "--master", office.master, "--by", "Q").out
    told = run("status", "--master", office.master, "--by", "Q", "--json").json
    wrong = run("status", "--master", office.master, "--by", "T")

    columns = ("Quý I ", "Quý II ", "Quý III ", "Quý IV")
    assert [True] * 4 == [name in shown.splitlines()[0] for name in columns]
    [line] = [line for line in shown.splitlines() if DONG_NGAN.name in line]
    assert ["2024", DONG_NGAN.name, "không rõ", "đúng hạn", "không rõ", "đúng hạn"] == re.split(r"  +", line.strip())
    assert "Không rõ: tệp gửi sau hạn" in shown
    assert {
        "period": "2024-Q2",
        "year": 2024,
        "uid": DONG_NGAN.uid,
        "code": DONG_NGAN.code,
        "unit": DONG_NGAN.name,
        "state": "on-time",
        "deadline": "2024-07-01",
        "sent": "2024-06-28",
        "days_late": 0,
    } == told[1]
    assert (2, "Giá trị của --by (Q, 6T, 9T) không hợp lệ. Cách dùng: xl-ctd status --help\n") == (
        wrong.code,
        wrong.err,
    )
