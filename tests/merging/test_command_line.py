"""Every command as people run it, in a process of its own: what it prints, what it answers, what it leaves alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from by_hand import opened
from command import one_sentence, run
from office import NOW, UNITS
from small_office import DONG_NGAN, SmallOffice
from typer.testing import CliRunner

from sync.cli import app, main
from xl_ctd.core.targets import Status
from xl_ctd.messages import catalogue

MERGE_KEYS = ["read", "applied", "unchanged", "conflicted", "rejected", "held", "findings"]
FINDING_KEYS = ["code", "severity", "file", "sheet", "cell", "args", "message"]
TARGET_KEYS = [
    "id",
    "value",
    "numerator",
    "denominator",
    "target",
    "status",
    "certainty",
    "attainment",
    "gap",
    "reported",
    "expected",
]
JUDGED = re.compile(r" [✘✔★◆?○–▲▼] ([^\W\d_]+(?: [^\W\d_]+)*)")
EXACT = re.compile(r"-?\d+(\.\d+)?")


def torn(office: SmallOffice) -> None:
    with office.in_master() as book:
        sheet = book.table("QUY")
        sheet.put(sheet.line(SO_CT="PT-3", _uid=DONG_NGAN.uid), SO_TIEN=1_333_000)
    with office.in_ward() as book:
        book.table("QUY").change("PT-3", SO_TIEN=1_555_000)


# --- merge


def test_a_clean_merge_ends_with_0_and_the_promised_keys(office: SmallOffice) -> None:
    answer = run("merge", "--master", office.master, office.inbox, "--json")

    assert (0, "") == (answer.code, answer.err)
    assert dict(zip(MERGE_KEYS, (48, 48, 0, 0, 0, [], []), strict=True)) == answer.json
    assert MERGE_KEYS == list(answer.json)


def test_a_merge_that_leaves_something_to_people_ends_with_1(merged: SmallOffice) -> None:
    torn(merged)

    answer = run("merge", "--master", merged.master, merged.inbox, "--json")

    assert (1, 1) == (answer.code, answer.json["conflicted"])
    assert 1 == run("merge", "--master", merged.master, merged.inbox).code


def test_a_merge_with_errors_and_held_units_says_which(merged: SmallOffice) -> None:
    with merged.in_ward() as book:
        book.table("QUY").change("PT-2", SO_TIEN="khoảng 12k?")
    with merged.in_ward(UNITS[1]) as book:
        del book.book["Sổ quỹ"]

    answer = run("merge", "--master", merged.master, merged.inbox, "--json")

    assert 1 == answer.code
    (held,) = answer.json["held"]
    assert (["unit", "reason"], "09370") == (list(held), held["unit"])
    assert "Sổ quỹ" in held["reason"]
    assert all(FINDING_KEYS == list(one) for one in answer.json["findings"])
    unread = [one for one in answer.json["findings"] if one["severity"] == "error" and one["cell"]]
    assert [("CTD_09367_2024.xlsx", "Sổ quỹ", "H8", "khoảng 12k?")] == [
        (one["file"], one["sheet"], one["cell"], one["args"]["text"]) for one in unread
    ]


def test_a_preview_changes_nothing(office: SmallOffice) -> None:
    before = office.master.read_bytes()

    answer = run("merge", "--master", office.master, office.inbox, "--dry-run", "--json")

    assert (0, 48, before) == (answer.code, answer.json["applied"], office.master.read_bytes())
    assert "chưa có gì thay đổi" in run("merge", "--master", office.master, office.inbox, "--dry-run").out


@pytest.mark.parametrize(("language", "expected"), [("vi", "Đọc 48 dòng"), ("en", "48 rows")])
def test_both_languages_are_spoken(office: SmallOffice, language: str, expected: str) -> None:
    answer = run("--lang", language, "merge", "--master", office.master, office.inbox)

    assert 0 == answer.code
    assert expected in answer.out


def test_findings_in_english_are_in_english(office: SmallOffice) -> None:
    (office.inbox / "rong.xlsx").write_bytes(b"")

    vietnamese = run("merge", "--master", office.master, office.inbox, "--json", "--dry-run").json["findings"]
    english = run("--lang", "en", "merge", "--master", office.master, office.inbox, "--json", "--dry-run").json[
        "findings"
    ]

    assert [one["code"] for one in vietnamese] == [one["code"] for one in english]
    assert vietnamese[0]["message"] != english[0]["message"]
    assert english[0]["message"].isascii()


# --- targets


def test_targets_are_the_promised_list_with_exact_decimals(merged: SmallOffice) -> None:
    answer = run("targets", "--master", merged.master, "--json")

    assert 0 == answer.code
    assert [f"TS-{n:02}" for n in range(1, 15)] == [one["id"] for one in answer.json]
    for one in answer.json:
        assert TARGET_KEYS == list(one)
        for name in ("value", "numerator", "denominator", "attainment", "gap"):
            assert one[name] is None or EXACT.fullmatch(one[name]), (one["id"], name, one[name])
    by_id = {one["id"]: one for one in answer.json}
    assert ("12", "15", "0.8", "0.8", 3, 12) == tuple(
        by_id["TS-02"][name] for name in ("numerator", "denominator", "value", "target", "reported", "expected")
    )
    assert (None, None, "800-1400") == tuple(by_id["TS-08"][name] for name in ("numerator", "denominator", "target"))


def test_targets_by_unit_name_their_unit(merged: SmallOffice) -> None:
    found = run("targets", "--master", merged.master, "--by", "unit", "--json").json

    assert ["unit", *TARGET_KEYS] == list(found[0])
    mine = {one["id"]: one for one in found if one["unit"] == DONG_NGAN.uid}
    assert ("4", "5") == (mine["TS-02"]["numerator"], mine["TS-02"]["denominator"])
    assert DONG_NGAN.name in run("targets", "--master", merged.master, "--by", "unit").out


def test_judgements_are_said_in_the_language_of_the_command(merged: SmallOffice) -> None:
    targets = ("targets", "--master", merged.master, "--by", "unit")
    vietnamese, english = run(*targets).out, run("--lang", "en", *targets).out
    words = {
        vi: catalogue("en")[code] for code, vi in catalogue("vi").items() if code.startswith("judged-") and vi.isupper()
    }

    said = [[word for word in JUDGED.findall(text) if word] for text in (vietnamese, english)]

    assert {Status.ATTAINED, Status.NOT_ATTAINED, Status.UNDECIDED, Status.NO_DATA} <= set(said[0])
    assert [words[word] for word in said[0]] == said[1]
    statuses = [one["status"] for one in run(*targets, "--json").json]
    assert statuses == [one["status"] for one in run("--lang", "en", *targets, "--json").json]


def test_targets_of_an_earlier_day_count_only_what_had_happened(merged: SmallOffice) -> None:
    whole = {one["id"]: one for one in run("targets", "--master", merged.master, "--json").json}
    spring = {
        one["id"]: one for one in run("targets", "--master", merged.master, "--as-of", "31/03/2024", "--json").json
    }

    assert ("93", "288") == (spring["TS-08"]["value"], whole["TS-08"]["value"])
    same = run("targets", "--master", merged.master, "--as-of", "2024-03-31", "--json").json
    assert list(spring.values()) == same


# --- check


def test_checking_a_file_gives_the_promised_keys(office: SmallOffice) -> None:
    with office.in_ward() as book:
        book.table("QUY").change("PT-2", SO_TIEN="1.5")

    answer = run("check", office.ward_file(), office.ward_file(UNITS[1]), "--json")

    assert 1 == answer.code
    first, second = answer.json["files"]
    assert ["files"] == list(answer.json)
    assert ["file", "unit", "rows", "findings"] == list(first)
    assert ("CTD_09367_2024.xlsx", "09367", 16) == (first["file"], first["unit"], first["rows"])
    assert ("CTD_09370_2024.xlsx", "09370", 16, []) == tuple(second.values())
    assert [("error", "Sổ quỹ", "H8")] == [(one["severity"], one["sheet"], one["cell"]) for one in first["findings"]]
    assert FINDING_KEYS == list(first["findings"][0])


def test_checking_clean_files_ends_with_0(office: SmallOffice) -> None:
    assert 0 == run("check", office.ward_file(), "--master", office.master).code
    assert 0 == run("check", office.inbox).code


# --- status, conflicts, resolve, history, undo


def test_status_names_who_has_sent(merged: SmallOffice) -> None:
    found = run("status", "--master", merged.master, "--json").json

    assert 12 == len(found)
    assert [unit.uid for unit in UNITS] == [one["uid"] for one in found if one["state"] != "missing"]
    assert "chưa nộp" in run("status", "--master", merged.master).out


def test_a_conflict_is_listed_decided_and_gone(merged: SmallOffice) -> None:
    assert (0, {"conflicts": [], "held": []}) == (
        (clean := run("conflicts", "--master", merged.master, "--json")).code,
        clean.json,
    )
    torn(merged)
    run("merge", "--master", merged.master, merged.inbox)

    listed = run("conflicts", "--master", merged.master, "--json")
    (conflict,) = listed.json["conflicts"]
    assert 1 == listed.code
    assert ("1003000", "1555000", "1333000", "H9") == tuple(
        conflict[name] for name in ("base", "ward", "master", "cell")
    )
    assert conflict["id"] in run("conflicts", "--master", merged.master).out

    done = run("resolve", "--master", merged.master, "--conflict", conflict["id"], "--take", "ward")
    assert (0, "Đã giải quyết 1 xung đột.") == (done.code, done.out.strip())
    assert 0 == run("conflicts", "--master", merged.master).code
    assert 1_555_000 == merged.rows("QUY", "SO_TIEN", unit=DONG_NGAN)["PT-3"]


def test_conflicts_are_asked_for_one_by_one(merged: SmallOffice) -> None:
    torn(merged)
    run("merge", "--master", merged.master, merged.inbox)

    assert 0 == run("resolve", "--master", merged.master, stdin="\n").code
    assert 1 == len(merged.conflicts())
    assert 0 == run("resolve", "--master", merged.master, stdin="3\n").code
    assert 1_003_000 == merged.rows("QUY", "SO_TIEN", unit=DONG_NGAN)["PT-3"]


def test_nobody_at_the_keyboard_leaves_conflicts_open(merged: SmallOffice) -> None:
    torn(merged)
    run("merge", "--master", merged.master, merged.inbox)

    assert 0 == run("resolve", "--master", merged.master).code
    assert 1 == len(merged.conflicts())


def test_a_held_unit_is_let_pass(merged: SmallOffice) -> None:
    with merged.in_ward() as book:
        book.table("QUY").delete(*(f"PT-{n}" for n in range(1, 7)))
    assert 1 == run("merge", "--master", merged.master, merged.inbox).code
    (held,) = run("conflicts", "--master", merged.master, "--json").json["held"]
    assert ("09367", 2024, ["CTD_09367_2024.xlsx"]) == (held["unit"], held["year"], held["files"])

    done = run("resolve", "--master", merged.master, "--unit", "09367", "--accept", merged.ward_file())
    assert 0 == done.code
    after = run("merge", "--master", merged.master, merged.inbox, "--json")
    assert (6, []) == (after.json["applied"], after.json["held"])


def test_history_and_undo(merged: SmallOffice) -> None:
    found = run("history", "--master", merged.master, "--json")
    assert [(1, "merge", 48)] == [(one["version"], one["action"], one["counts"]["applied"]) for one in found.json]

    undone = run("undo", "--master", merged.master)
    assert 0 == undone.code
    assert "đúng hệt" in undone.out
    assert ["undo", "merge"] == [one["action"] for one in run("history", "--master", merged.master, "--json").json]
    assert "hoàn tác" in run("history", "--master", merged.master).out
    assert "Không còn lần hợp nhất nào" in one_sentence(run("undo", "--master", merged.master))


# --- new, trace, doctor


def test_a_new_master_and_a_new_ward_workbook_are_ready_to_be_merged(tmp_path: Path) -> None:
    master, ward = tmp_path / "sổ mới.xlsx", tmp_path / "phường.xlsx"
    assert 0 == run("new", "master", "--plan", "TS", "-o", master).code
    assert 0 == run("new", "ward", "--unit", "09367", "--year", 2024, "-o", ward).code
    with opened(ward) as book:
        book.cover("NGUOI_LAP", "Lan")
        book.cover("NGAY_LAP", "20/12/2024")
        book.table("QUY").add(
            SO_CT="1", NGAY="15/9/2024", THU_CHI="Thu", KHOAN_MUC="Hội phí", NOI_DUNG="x", SO_TIEN="2 triệu"
        )

    merged = run("merge", "--master", master, ward, "--json")

    assert 1 == merged.json["applied"]
    for again in (
        ("new", "master", "--plan", "TS", "-o", master),
        ("new", "ward", "--unit", "09367", "--year", 2024, "-o", ward),
    ):
        assert "đã có" in one_sentence(run(*again))


def test_doctor_finds_a_sound_master_sound(merged: SmallOffice) -> None:
    answer = run("doctor", "--master", merged.master)

    assert 0 == answer.code
    assert "✘" not in answer.out
    assert 0 == run("doctor").code


def test_doctor_says_what_is_wrong_with_a_damaged_master(merged: SmallOffice) -> None:
    merged.master.write_bytes(b"PK\x03\x04 hong")

    answer = run("doctor", "--master", merged.master)

    assert 1 == answer.code
    assert "✘" in answer.out


# --- what cannot run


@pytest.mark.parametrize(
    "said",
    [
        "mergee",
        "merge",
        "merge --master MASTER",
        "merge INBOX",
        "--lang fr status --master MASTER",
        "targets --master MASTER --as-of qua",
        "merge --master MASTER INBOX --workers 0",
        "targets --master MASTER --by phường",
        "new master --plan XX -o NEW",
        "new master --plan TS --year 1990 -o NEW",
        "new master --plan TS -o NEW.txt",
        "new ward --unit 00000 --year 2024 -o NEW",
        "new ward --unit 09367 --year 2024 -o NEW.xls",
        "serve --master NEW",
        "sheets setup --key NEW",
        "new ward --unit 09367 --year nay -o NEW",
        "new ward --unit 09367 --year 2024 -o MASTER/x.xlsx",
        "trace --master MASTER ô",
        "trace --master MASTER Quỹ!H5",
        "check NEW",
        "status --master NEW",
        "demo MASTER",
        "demo NEW --year 1900",
        "resolve --master MASTER --unit 09367 --accept MASTER",
        "resolve --master MASTER --unit 09367",
        "resolve --master MASTER --accept MASTER",
        "resolve --master MASTER --take ward",
        "resolve --master MASTER --conflict 00000000",
        "resolve --master MASTER --conflict 00000000 --take ward",
        "resolve --master MASTER --conflict 00000000 --take mine",
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(
    office: SmallOffice, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"MASTER": office.master, "INBOX": office.inbox, "NEW": office.folder / "mới.xlsx"}
    for name, path in places.items():
        said = said.replace(name, str(path))
    monkeypatch.setattr("sys.argv", ["xl-ctd", *said.split()])
    before = sorted(office.folder.rglob("*.xlsx"))

    with pytest.raises(SystemExit) as stop:
        main()

    shown = capsys.readouterr()
    assert (2, "", 1) == (stop.value.code, shown.out, len(shown.err.strip().splitlines()))
    assert "chưa lường trước" not in shown.err
    assert before == sorted(office.folder.rglob("*.xlsx"))


def test_a_slip_of_the_fingers_is_answered_by_the_program_itself() -> None:
    answer = run("mergee")

    assert (2, "", "Không hiểu “mergee” trong dòng lệnh. Cách dùng: xl-ctd --help\n") == (
        answer.code,
        answer.out,
        answer.err,
    )
    assert "not understood" in run("--lang", "en", "mergee").err


@pytest.mark.parametrize(
    ("command", "damage"),
    [
        ("merge", lambda whole, ward: b""),
        ("merge", lambda whole, ward: ward),
        ("undo", lambda whole, ward: whole[: len(whole) // 2]),
        ("targets", lambda whole, ward: b"PK\x03\x04 hong"),
    ],
    ids=["empty", "a ward's", "cut off", "no workbook"],
)
def test_a_damaged_master_is_one_sentence_and_is_left_alone(
    merged: SmallOffice, command: str, damage: Callable[[bytes, bytes], bytes]
) -> None:
    damaged = damage(merged.master.read_bytes(), merged.ward_file().read_bytes())
    merged.master.write_bytes(damaged)

    sentence = one_sentence(run(command, "--master", merged.master, *([merged.inbox] if command == "merge" else [])))

    assert merged.master.name in sentence
    assert "chưa lường trước" not in sentence
    assert damaged == merged.master.read_bytes()


@pytest.mark.parametrize("command", ["merge", "status"])
def test_a_damaged_ledger_is_one_sentence_and_the_master_is_left_alone(merged: SmallOffice, command: str) -> None:
    for extra in merged.workspace.folder.glob("ledger.sqlite-*"):
        extra.unlink()
    (merged.workspace.folder / "ledger.sqlite").write_bytes(b"khong phai co so du lieu" * 500)
    before = merged.master.read_bytes()

    sentence = one_sentence(run(command, "--master", merged.master, *([merged.inbox] if command == "merge" else [])))

    assert "ổ cái" in sentence
    assert "chưa lường trước" not in sentence
    assert before == merged.master.read_bytes()


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("check", "Thiếu “Sổ phường cần kiểm tra”. Hãy thêm vào rồi chạy lại; cách dùng: xl-ctd check --help"),
        ("--lang fr status", "Giá trị của --lang (vi, en) không hợp lệ. Cách dùng: xl-ctd --help"),
        (
            "resolve --master MASTER --conflict 1 --take mine",
            "Không hiểu lựa chọn “mine”. Hãy ghi ward (theo phường), master (theo sổ tổng hợp) hoặc base (theo "
            "lần trước).",
        ),
        (
            "resolve --master MASTER --conflict 1 --take ward",
            "Không có xung đột số 1 nào đang mở. Hãy xem: xl-ctd conflicts --master SỔ",
        ),
        (
            "new master --plan TS --year 1990 -o x.xlsx",
            "“1990” không phải một năm của kế hoạch (2023–2033). Hãy ghi lại năm.",
        ),
        (
            "new master --plan TS -o x.txt",
            "x.txt phải là tệp .xlsx. Hãy đặt tên có đuôi .xlsx; chưa có gì thay đổi.",
        ),
        ("sheets setup --key x.json", "Không thấy x.json. Hãy kiểm tra đường dẫn."),
    ],
)
def test_each_slip_has_its_own_sentence(
    office: SmallOffice, said: str, answer: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(office.folder)
    monkeypatch.setattr("sys.argv", ["xl-ctd", *said.replace("MASTER", office.master.name).split()])

    with pytest.raises(SystemExit):
        main()

    assert answer == capsys.readouterr().err.strip()


def test_a_file_that_cannot_be_read_is_told_and_the_others_are_checked(office: SmallOffice) -> None:
    whole = sorted(path.name for path in office.inbox.iterdir())
    (office.inbox / "khong-doc-duoc.xlsx").symlink_to("/proc/self/mem")  # there, and refuses to be read

    answer = run("check", office.inbox, "--json")

    assert (1, "") == (answer.code, answer.err)
    told = {file["file"]: [finding["code"] for finding in file["findings"]] for file in answer.json["files"]}
    assert {"khong-doc-duoc.xlsx": ["file-out-of-reach"], **{name: [] for name in whole}} == told


def test_a_folder_without_workbooks_is_said_to_be_empty(tmp_path: Path) -> None:
    answer = run("check", tmp_path)

    told = "Không thấy sổ Excel nào ở đó. Hãy chỉ đúng tệp hoặc thư mục của các phường.\n"
    assert (0, told, "") == (answer.code, answer.out, answer.err)


def test_a_merge_of_a_folder_without_workbooks_says_so(merged: SmallOffice, tmp_path: Path) -> None:
    empty = tmp_path / "Sổ trống"
    empty.mkdir()
    before = merged.master.read_bytes()

    answer = run("merge", "--master", merged.master, empty)

    assert "Trong “Sổ trống” không có sổ nào để đọc." in " ".join(answer.out.split())
    assert (0, before) == (answer.code, merged.master.read_bytes())


def test_with_nothing_to_resolve_nothing_is_asked(merged: SmallOffice) -> None:
    answer = run("resolve", "--master", merged.master)

    assert (0, "Không có xung đột nào.\n", "") == (answer.code, answer.out, answer.err)


def test_moments_are_written_as_people_write_them(merged: SmallOffice) -> None:
    shown = [run(command, "--master", merged.master).out for command in ("status", "history", "undo")]

    assert [True] * 3 == [f"{NOW:%d/%m/%Y %H:%M}" in one for one in shown]
    assert [False] * 3 == [f"{NOW:%Y-%m-%d}" in one for one in shown]


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command and group of the program."""
    yield path
    context = typer.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield from commands(command, (*path, name)) if hasattr(command, "list_commands") else [(*path, name)]


def test_help_speaks_vietnamese_throughout() -> None:
    every = list(commands(typer.main.get_command(app)))
    told = {path: CliRunner().invoke(app, [*path, "--help"]).output for path in every}

    english = re.compile(r"Usage|Options|Arguments|Commands|Show this|completion|default:|required|ARGS")
    assert len(every) > 30
    assert {} == {path: english.findall(shown) for path, shown in told.items() if english.search(shown)}
    assert [] == [path for path, shown in told.items() if "Cách dùng:" not in shown]


def test_what_people_typed_is_shown_as_it_stands(office: SmallOffice) -> None:
    """Square brackets and colons mean colours and pictures to the library that draws the tables."""
    file = office.ward_file().rename(office.inbox / "CTD_09367_2024 [bản sửa].xlsx")
    with opened(file) as book:
        book.table("DON_VI").change("TH-1", LOAI_HINH="[/x] :smile:")

    for command in (("check", file), ("merge", "--master", office.master, file)):
        shown = run(*command)
        assert (1, "", True) == (shown.code, shown.err, "CTD_09367_2024 [bản sửa].xlsx" in shown.out)
        assert "“[/x] :smile:” không có trong danh sách" in shown.out
