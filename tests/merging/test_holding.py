"""A unit that has to wait for a person, while all the others go on."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from command import run
from office import NOW, PERSON
from small_office import DONG_NGAN, HUONG_MAC, TAM_SON, SmallOffice, build_ward, ward_tables

from sync.history import let_pass
from sync.office import Office
from sync.run import MergeReport
from sync.workspace import CannotRun
from workbooks.layouts import PROGRESS_TAB
from xl_ctd.ribbon import perform

LATER = NOW + timedelta(days=1)


def held(done: MergeReport) -> list[tuple[str, str]]:
    return [(one.unit, one.hold.code) for one in done.held]


def others_change(office: SmallOffice) -> None:
    with office.in_ward(TAM_SON) as book:
        book.table("QUY").change("PT-1", NOI_DUNG="Sửa ở Tam Sơn")


def assert_only_others_went_on(office: SmallOffice, before: dict[object, object]) -> None:
    assert "Sửa ở Tam Sơn" == office.rows("QUY", "NOI_DUNG", unit=TAM_SON)["PT-1"]
    assert before == {key: row for key, row in office.held().items() if key[0] == DONG_NGAN.uid}
    assert len(before) == 16


@pytest.fixture
def before(merged: SmallOffice) -> dict[object, object]:
    others_change(merged)
    return {key: row for key, row in merged.held().items() if key[0] == DONG_NGAN.uid}


def accept(office: SmallOffice, path: object) -> None:
    with office.open() as book:
        let_pass(book, DONG_NGAN.uid, 2024, path)  # type: ignore[arg-type]


def test_two_different_files_hold_their_unit_alone(merged: SmallOffice, before: dict[object, object]) -> None:
    second = merged.inbox / "CTD_09367_2024 (1).xlsx"
    shutil.copy(merged.ward_file(), second)
    with merged.in_ward() as book:
        book.table("QUY").change("PT-1", SO_TIEN=1_500_000)

    done = merged.merge()

    assert [("09367", "hold-two-files")] == held(done)
    assert ("CTD_09367_2024 (1).xlsx", "CTD_09367_2024.xlsx") == done.held[0].files
    assert done.needs_people
    assert_only_others_went_on(merged, before)
    assert "đang chờ" in {row[3] for row in merged.seen()[PROGRESS_TAB] if row[1] == DONG_NGAN.uid}


def test_the_chosen_of_two_files_is_taken_and_the_other_one_left(merged: SmallOffice) -> None:
    second = merged.inbox / "CTD_09367_2024 (1).xlsx"
    shutil.copy(merged.ward_file(), second)
    with merged.in_ward() as book:
        book.table("QUY").change("PT-1", SO_TIEN=1_500_000)
    merged.merge()

    accept(merged, merged.ward_file())
    done = merged.merge()

    assert ([], 1) == (held(done), done.counts.applied)
    assert 1_500_000 == merged.rows("QUY", "SO_TIEN", unit=DONG_NGAN)["PT-1"]
    assert [("file-not-chosen", second.name)] == [(one.code, one.where.file) for one in done.findings]
    again = merged.merge()
    assert ([], 0, None) == (held(again), again.counts.applied, again.version)


def test_a_file_taken_away_lets_its_unit_go_on(merged: SmallOffice) -> None:
    second = merged.inbox / "ban-sao.xlsx"
    shutil.copy(merged.ward_file(), second)
    with merged.in_ward() as book:
        book.table("QUY").change("PT-1", SO_TIEN=1_500_000)
    merged.merge()

    merged.ward_file().unlink()
    done = merged.merge()

    assert ([], 0) == (held(done), done.counts.applied)
    with merged.open() as book:
        assert [] == book.held()
    assert {"đúng hạn"} == {row[3] for row in merged.seen()[PROGRESS_TAB] if row[1] == TAM_SON.uid}
    assert not {row[3] for row in merged.seen()[PROGRESS_TAB] if row[1] == DONG_NGAN.uid} & {"đang chờ", "chưa nộp"}


def test_the_same_file_twice_is_no_reason_to_hold(merged: SmallOffice) -> None:
    shutil.copy(merged.ward_file(), merged.inbox / "ban-sao.xlsx")

    done = merged.merge()

    assert ([], 0, 48) == (held(done), done.counts.applied, done.counts.read)
    assert [("file-twice", "info")] == [(one.code, one.severity) for one in done.findings]


def test_two_copies_of_a_new_file_are_taken_once(office: SmallOffice) -> None:
    shutil.copy(office.ward_file(), office.inbox / "ban-sao.xlsx")

    done = office.merge()

    assert ([], 48, 48) == (held(done), done.counts.applied, done.counts.read)


def test_a_mass_deletion_waits_for_a_confirmation(merged: SmallOffice, before: dict[object, object]) -> None:
    with merged.in_ward() as book:
        book.table("QUY").delete(*(f"PT-{n}" for n in range(1, 7)))

    done = merged.merge()

    assert [("09367", "hold-mass-deletion", {"rows": "6", "table": "Sổ quỹ"})] == [
        (one.unit, one.hold.code, one.hold.args) for one in done.held
    ]
    assert (32, 1, 31, 10) == (
        done.counts.read - done.counts.rejected,
        done.counts.applied,
        done.counts.unchanged,
        done.counts.rejected,
    )
    assert_only_others_went_on(merged, before)

    waiting = merged.master.read_bytes()
    again = merged.merge(now=LATER)
    assert (held(done), waiting) == (held(again), merged.master.read_bytes())

    accept(merged, merged.ward_file())
    let_through = merged.merge(now=LATER)
    assert ([], 6, 6) == (held(let_through), let_through.counts.applied, let_through.counts.removed)
    assert ["PT-7", "PT-8"] == sorted(merged.rows("QUY", "SO_TIEN", unit=DONG_NGAN))


def test_a_few_rows_less_need_no_confirmation(merged: SmallOffice) -> None:
    with merged.in_ward() as book:
        book.table("QUY").delete("PT-1", "PT-2", "PT-3", "PT-4", "PT-5")

    done = merged.merge()

    assert ([], 5) == (held(done), done.counts.removed)


def test_a_missing_column_is_no_information(merged: SmallOffice, before: dict[object, object]) -> None:
    with merged.in_ward() as book:
        sheet = book.table("QUY")
        sheet.sheet.delete_cols(sheet.columns["NOI_DUNG"])

    done = merged.merge()

    assert [("09367", "hold-column-missing", {"table": "Sổ quỹ", "column": "Nội dung"})] == [
        (one.unit, one.hold.code, one.hold.args) for one in done.held
    ]
    assert_only_others_went_on(merged, before)


def test_a_column_nobody_ever_filled_may_be_missing(merged: SmallOffice) -> None:
    with merged.in_ward() as book:
        sheet = book.table("QUY")
        sheet.sheet.delete_cols(sheet.columns["DOI_TAC"])

    assert [] == held(merged.merge())


def test_a_missing_table_is_no_information(merged: SmallOffice, before: dict[object, object]) -> None:
    with merged.in_ward() as book:
        del book.book["Sổ quỹ"]

    done = merged.merge()

    assert [("09367", "hold-table-missing", {"table": "Sổ quỹ"})] == [
        (one.unit, one.hold.code, one.hold.args) for one in done.held
    ]
    assert_only_others_went_on(merged, before)


def test_a_corrected_file_ends_the_waiting(merged: SmallOffice) -> None:
    whole = merged.ward_file().read_bytes()
    with merged.in_ward() as book:
        del book.book["Sổ quỹ"]
    merged.merge()
    merged.ward_file().write_bytes(whole)

    done = merged.merge()

    assert ([], 0, 48) == (held(done), done.counts.applied, done.counts.unchanged)
    with merged.open() as book:
        assert [] == book.held()


def test_a_unit_held_at_its_first_submission_counts_as_not_reported(office: SmallOffice) -> None:
    second = build_ward(office.inbox / "khac.xlsx", HUONG_MAC, {"QUY": ward_tables(HUONG_MAC)["QUY"][:2]})

    done = office.merge()

    assert [("09373", "hold-two-files")] == held(done)
    figures = office.figures()
    assert (2, 12) == (figures["TS-02"]["reported"], figures["TS-02"]["expected"])
    assert {DONG_NGAN.uid, TAM_SON.uid} == {key[0] for key in office.held()}

    second.unlink()
    assert 16 == office.merge().counts.applied
    assert 3 == office.figures()["TS-02"]["reported"]


def test_only_a_unit_that_waits_can_be_let_pass(merged: SmallOffice) -> None:
    with pytest.raises(CannotRun) as stop:
        accept(merged, merged.ward_file())

    assert "unit-not-held" == stop.value.code


def test_only_a_file_that_waits_can_be_chosen(merged: SmallOffice) -> None:
    second = merged.inbox / "CTD_09367_2024 (1).xlsx"
    shutil.copy(merged.ward_file(), second)
    with merged.in_ward() as book:
        book.table("QUY").change("PT-1", SO_TIEN=1_500_000)
    merged.merge()

    with pytest.raises(CannotRun) as stop:
        accept(merged, merged.ward_file(TAM_SON))

    names = "CTD_09367_2024 (1).xlsx, CTD_09367_2024.xlsx"
    assert ("file-not-waiting", {"file": "CTD_09370_2024.xlsx", "unit": "Phường Đông Ngàn", "files": names}) == (
        stop.value.code,
        stop.value.args_,
    )
    assert [("09367", "hold-two-files")] == held(merged.merge())


def test_a_file_that_cannot_be_read_is_not_chosen(merged: SmallOffice) -> None:
    with merged.in_ward() as book:
        book.table("QUY").delete(*(f"PT-{n}" for n in range(1, 7)))
    merged.merge()
    gone, folder, behind_a_file = merged.inbox / "gone.xlsx", merged.inbox, merged.master / "x.xlsx"

    said = []
    for path in (gone, folder, behind_a_file):
        with pytest.raises(CannotRun) as stop:
            accept(merged, path)
        said.append((stop.value.code, stop.value.args_))

    assert [
        ("source-missing", {"file": str(gone)}),
        ("chosen-unreadable", {"file": str(folder)}),
        ("chosen-unreadable", {"file": str(behind_a_file)}),
    ] == said
    assert [("09367", "hold-mass-deletion")] == held(merged.merge())


def test_a_file_changed_while_its_unit_waits_is_the_one_to_choose(merged: SmallOffice) -> None:
    with merged.in_ward() as book:
        book.table("QUY").delete(*(f"PT-{n}" for n in range(1, 7)))
    merged.merge()
    with merged.in_ward() as book:
        book.table("QUY").change("PT-7", NOI_DUNG="Sửa trong lúc chờ")

    with pytest.raises(CannotRun, match="file-not-waiting"):
        accept(merged, merged.ward_file())
    assert [("09367", "hold-mass-deletion")] == held(merged.merge())
    accept(merged, merged.ward_file())

    assert [] == held(merged.merge(now=LATER))
    assert "Sửa trong lúc chờ" == merged.rows("QUY", "NOI_DUNG", unit=DONG_NGAN)["PT-7"]


def test_undo_takes_the_waiting_back_too(merged: SmallOffice, before: dict[object, object]) -> None:
    with merged.in_ward() as book:
        del book.book["Sổ quỹ"]
    master = merged.master.read_bytes()
    merged.merge()

    merged.undo()

    assert master == merged.master.read_bytes()
    with merged.open() as book:
        assert [] == book.held()


def test_the_way_out_is_said_as_it_is_where_people_read_it(merged: SmallOffice) -> None:
    with merged.in_ward() as book:
        book.table("QUY").delete(*(f"PT-{n}" for n in range(1, 7)))
    merged.merge()
    said = (
        "6 dòng của bảng Sổ quỹ biến mất so với lần nộp trước. Nếu đúng là xoá, hãy {way}; nếu không, đề nghị phường "
    )
    said += "gửi lại tệp đủ dòng."
    command = "gõ xl-ctd resolve --master SỔ --unit MÃ --accept TỆP"
    button = f"bấm Cho qua cạnh tệp ấy ở mục Xung đột (không thấy nút thì {command})"

    typed = run("conflicts", "--master", merged.master, "--json").json["held"][0]["reason"]
    pressed = perform("xung_dot", None, Office(merged.master, (merged.inbox,), PERSON, None, lambda: NOW), {})
    with merged.open() as book:
        [sheet] = [row.note for row in book.progress() if row.state == "held"]

    assert said.format(way=f"{command} (bảng tính Google: xl-ctd sheets accept --master SỔ --unit MÃ)") == typed
    assert said.format(way=button) == pressed.tables[0].rows[0][3]
    assert said.format(way=button) == sheet
