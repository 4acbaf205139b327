"""What lies in a folder besides the workbooks that were asked for: each is told, none stops the others."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from by_hand import opened
from office import SETUP, UNITS
from small_office import DONG_NGAN, SmallOffice, build_ward, ward_tables

from sync.run import MergeReport
from sync.workspace import CannotRun, file_digest


def told(done: MergeReport) -> list[tuple[str, str]]:
    """Errors and warnings, without those about the wards' own rows."""
    return [(one.code, one.where.file) for one in done.findings if one.severity != "info"]


def test_lock_files_hidden_files_and_other_papers_are_passed_over(office: SmallOffice) -> None:
    for name in (
        "~$CTD_09367_2024.xlsx",
        ".CTD_09367_2024.xlsx",
        "._CTD_09367_2024.xlsx",
        "Thumbs.db",
        "cong-van.docx",
    ):
        (office.inbox / name).write_bytes(b"\x05Lan")

    done = office.merge()

    assert (48, ()) == (done.counts.applied, done.findings)


def test_the_master_itself_in_the_folder_is_passed_over(office: SmallOffice) -> None:
    done = office.merge(office.folder)

    assert (48, ()) == (done.counts.applied, done.findings)
    assert 0 == office.merge(office.folder).counts.applied


def test_a_copy_of_the_master_is_told_and_left(office: SmallOffice) -> None:
    shutil.copy(office.master, office.inbox / "so-tong-hop (1).xlsx")

    done = office.merge()

    assert (48, [("file-is-a-master", "so-tong-hop (1).xlsx")]) == (done.counts.applied, told(done))


def test_a_name_in_decomposed_letters_is_shown_composed(office: SmallOffice) -> None:
    name = "Đông Ngàn gửi lại.xlsx"
    office.ward_file().rename(office.inbox / unicodedata.normalize("NFD", name))

    office.merge()

    assert {name} == set(office.rows("QUY", "_file", unit=DONG_NGAN).values())
    assert 0 == office.merge().counts.applied


def test_the_name_of_a_file_says_nothing_about_its_unit(office: SmallOffice) -> None:
    first, second = office.ward_file(UNITS[0]), office.ward_file(UNITS[1])
    first.rename(office.inbox / "x")
    second.rename(first)
    (office.inbox / "x").rename(second)

    office.merge()

    assert {"CTD_09370_2024.xlsx"} == set(office.rows("QUY", "_file", unit=DONG_NGAN).values())


def cover(code: str, value: object) -> Callable[[SmallOffice], None]:
    def change(office: SmallOffice) -> None:
        with office.in_ward() as book:
            book.cover(code, value)

    return change


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (cover("MA_DON_VI", "99999"), "unit-unknown"),
        (cover("MA_DON_VI", None), "unit-missing"),
        (cover("NAM", None), "year-missing"),
        (cover("NAM", 2019), "year-outside-plan"),
        (cover("NAM", 2027), "unit-key-differs"),  # the code is another ward's by then
        (cover("UID", "TS.2021.09370"), "unit-key-differs"),
    ],
    ids=["unknown unit", "no unit", "no year", "before the plan", "after the unit", "another key"],
)
def test_a_file_whose_unit_or_year_cannot_be_told_stops_nobody_else(
    office: SmallOffice, change: Callable[[SmallOffice], None], code: str
) -> None:
    change(office)

    done = office.merge()

    assert (32, [(code, "CTD_09367_2024.xlsx")]) == (done.counts.applied, told(done))
    assert done.needs_people
    assert DONG_NGAN.uid not in {key[0] for key in office.held()}
    assert code in {one.code for one in office.merge().findings}


def test_a_file_of_another_year_goes_into_its_own_year(office: SmallOffice) -> None:
    with office.in_ward() as book:
        book.cover("NAM", 2023)

    done = office.merge()

    assert {(DONG_NGAN.uid, 2023)} == {key[:2] for key in office.held() if key[0] == DONG_NGAN.uid}
    # Every dated row lies outside the year on the cover, and that is said.
    assert {"date-outside-year"} == {code for code, _ in told(done)}


def test_last_years_template_with_another_version_is_read(office: SmallOffice) -> None:
    with office.in_ward() as book:
        book.cover("PHIEN_BAN", "0")

    done = office.merge()

    assert (48, [("template-version-differs", "info")]) == (
        done.counts.applied,
        [(one.code, one.severity.value) for one in done.findings],
    )


def test_two_years_of_one_unit_stand_side_by_side(office: SmallOffice) -> None:
    tables = ward_tables(DONG_NGAN)
    for rows in tables.values():
        for row in rows:
            row.update({code: value.replace(year=2023) for code, value in row.items() if code == "NGAY"})
    build_ward(office.inbox / "CTD_09367_2023.xlsx", DONG_NGAN, tables, year=2023)

    done = office.merge()

    assert (64, 64) == (done.counts.applied, len(office.held()))
    assert {2023, 2024} == {key[1] for key in office.held() if key[0] == DONG_NGAN.uid}


@pytest.mark.parametrize(
    "name",
    ["rong.xlsx", "khong-phai-so.xlsx", "cat-ngang.xlsx", "cu.xls", "bang.ods", "khoa.xlsx"],
)
def test_a_file_that_cannot_be_read_is_told_and_stops_nobody(office: SmallOffice, name: str) -> None:
    whole = office.ward_file().read_bytes()
    content = {
        "rong.xlsx": b"",
        "khong-phai-so.xlsx": b"Xin chao\n" * 200,
        "cat-ngang.xlsx": whole[: len(whole) // 2],
        "cu.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2048),
        "bang.ods": b"PK\x03\x04" + bytes(100),
        "khoa.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2048),
    }
    (office.inbox / name).write_bytes(content[name])

    done = office.merge()

    assert (48, [name]) == (done.counts.applied, [file for _, file in told(done)])
    assert done.needs_people


def test_a_workbook_of_something_else_is_told(office: SmallOffice) -> None:
    with opened(office.ward_file()) as book:
        for sheet in book.book.worksheets[1:]:
            book.book.remove(sheet)
        book.book.worksheets[0].delete_rows(1, 100)
        book.book.worksheets[0]["A1"] = "Danh sách hội viên"

    done = office.merge()

    assert (32, [("not-our-template", "CTD_09367_2024.xlsx")]) == (done.counts.applied, told(done))


def test_folders_in_folders_are_searched(office: SmallOffice) -> None:
    deep = office.inbox / "đợt 2" / "phường Đông Ngàn"
    deep.mkdir(parents=True)
    office.ward_file().rename(deep / "bao-cao.XLSX")

    assert 48 == office.merge().counts.applied


def test_a_path_that_does_not_exist_stops_the_run_before_anything_is_changed(merged: SmallOffice) -> None:
    with merged.in_ward() as book:
        book.table("QUY").change("PT-1", SO_TIEN=1_500_000)
    before = merged.master.read_bytes()

    with pytest.raises(CannotRun) as stop:
        merged.merge(merged.inbox, Path("không-có.xlsx"))

    assert ("source-missing", {"file": "không-có.xlsx"}, before) == (
        stop.value.code,
        stop.value.args_,
        merged.master.read_bytes(),
    )


def test_every_unit_of_the_plan_is_missing_until_it_sends(office: SmallOffice) -> None:
    done = office.merge(office.ward_file())

    expected = [f"{unit.name} (2024)" for unit in SETUP.units.expected_in(2024) if unit.uid != DONG_NGAN.uid]
    assert expected == list(done.missing)


def test_a_file_that_is_gone_or_locked_when_its_turn_comes_is_told_and_the_others_go_on(
    office: SmallOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.merge()
    gone = office.ward_file()
    rows = office.rows("QUY", "_file", unit=DONG_NGAN)
    monkeypatch.setattr("sync.run.file_digest", lambda path: file_digest(_taken_away(path, gone)))

    done = office.merge()

    assert [("file-out-of-reach", gone.name)] == told(done)
    assert rows == office.rows("QUY", "_file", unit=DONG_NGAN)


def _taken_away(path: Path, gone: Path) -> Path:
    """A memory stick pulled out, or a file that another program locks, just when it is looked at."""
    if path == gone:
        gone.unlink()
    return path
