"""Copying unchanged blocks gives the same file as writing all of them, and no accident ever leaves half a master."""

import errno
import resource
import signal
import subprocess
import sys
import zipfile
from multiprocessing.pool import ThreadPool
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbooks import package as package_module
from workbooks import write
from workbooks.write import DiskFull, NotPermitted, Segment, TableBody, VerificationFailed, patch_workbook

CODES = ("_uid", "NGAY", "THU_CHI", "SO_TIEN", "GHI_CHU", "_rid")


def units(fund_columns, sizes, loaded=None):
    """One segment a unit; its key says its name and size, so equal keys mean equal rows."""

    def segment(name, rows):
        def load():
            if loaded is not None:
                loaded.append(name)
            return fund_columns(rows, unit=name)

        return Segment(f"{name}:{rows}", rows, load)

    return tuple(segment(name, rows) for name, rows in sizes.items())


def content(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_copied_blocks_give_the_same_file_as_full_emission(small_book, fund_columns):
    first, then = {"a": 30, "b": 20, "c": 10}, {"a": 30, "b": 21, "c": 10, "d": 5}
    spliced, whole = small_book(name="1.xlsx"), small_book(name="2.xlsx")
    report = patch_workbook(spliced, spliced, tables={"tblQUY": TableBody(CODES, units(fund_columns, first))})
    loaded = []
    body = TableBody(CODES, units(fund_columns, then, loaded), index=report.indexes["tblQUY"])
    patch_workbook(spliced, spliced, tables={"tblQUY": body})
    patch_workbook(whole, whole, tables={"tblQUY": TableBody(CODES, units(fund_columns, then))})
    assert content(whole) == content(spliced)
    # "a" was copied unread; "b" changed; "c" moved down by a row, and "d" is new.
    assert ["b", "c", "d"] == loaded


@settings(max_examples=15, deadline=None)
@given(steps=st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=5), min_size=2, max_size=4))
def test_any_sequence_of_splices_ends_as_full_emission(tmp_path_factory, steps):
    from xlsxwriter import Workbook

    folder = tmp_path_factory.mktemp("blocks")
    book = Workbook(folder / "a.xlsx")
    book.add_worksheet().add_table(0, 0, 1, 1, {"name": "tblQUY", "columns": [{"header": "MA"}, {"header": "_rid"}]})
    book.close()
    (folder / "b.xlsx").write_bytes((folder / "a.xlsx").read_bytes())

    def segments(sizes):
        def make(unit, rows):
            return Segment(
                f"{unit}:{rows}", rows, lambda: {"MA": [f"{unit}-{i}" for i in range(rows)], "_rid": ["r"] * rows}
            )

        return tuple(make(unit, rows) for unit, rows in enumerate(sizes))

    index = None
    for sizes in steps:
        body = TableBody(("MA", "_rid"), segments(sizes), index=index)
        index = patch_workbook(folder / "a.xlsx", folder / "a.xlsx", tables={"tblQUY": body}).indexes.get("tblQUY")
    body = TableBody(("MA", "_rid"), segments(steps[-1]))
    patch_workbook(folder / "b.xlsx", folder / "b.xlsx", tables={"tblQUY": body})
    assert content(folder / "b.xlsx") == content(folder / "a.xlsx")


def test_an_index_of_a_file_that_was_saved_elsewhere_is_not_used(small_book, fund_columns):
    import openpyxl

    path = small_book()
    report = patch_workbook(path, path, tables={"tblQUY": TableBody(CODES, units(fund_columns, {"a": 9, "b": 9}))})
    book = openpyxl.load_workbook(path)
    book.active["D5"] = 5
    book.save(path)
    loaded = []
    body = TableBody(CODES, units(fund_columns, {"a": 9, "b": 9}, loaded), index=report.indexes["tblQUY"])
    patch_workbook(path, path, tables={"tblQUY": body})
    assert ["a", "b"] == loaded
    assert 1_000 == openpyxl.load_workbook(path).active["D5"].value


def test_the_same_again_is_no_change_and_keeps_the_index(small_book, fund_columns):
    path = small_book()
    tables = {"tblQUY": TableBody(CODES, units(fund_columns, {"a": 9, "b": 9}))}
    first = patch_workbook(path, path, tables=tables)
    body = TableBody(CODES, units(fund_columns, {"a": 9, "b": 9}), index=first.indexes["tblQUY"])
    second = patch_workbook(path, path, tables={"tblQUY": body})
    assert ((), first.indexes) == (second.changed, second.indexes)


def test_blocks_may_be_made_by_several_workers(small_book, fund_columns, monkeypatch):
    alone, shared = small_book(name="1.xlsx"), small_book(name="2.xlsx")
    monkeypatch.setattr("workbooks.table_patch.BLOCK_ROWS", 7)
    body = TableBody.of(fund_columns(100))
    patch_workbook(alone, alone, tables={"tblQUY": body})
    with ThreadPool(2) as pool:
        patch_workbook(shared, shared, tables={"tblQUY": body}, emit_blocks=pool.imap)
    assert content(alone) == content(shared)


# --- accidents --------------------------------------------------------------------------------------------------

SLOW = """
import sys, time
from pathlib import Path
from workbooks.write import Segment, TableBody, patch_workbook
path = Path(sys.argv[1])
def load():
    print("writing", flush=True)
    time.sleep(0.05)
    return {code: ["x"] * 100 for code in sys.argv[2].split()}
segments = tuple(Segment(f"{i}", 100, load) for i in range(40))
while True:
    patch_workbook(path, path, tables={"tblQUY": TableBody(tuple(sys.argv[2].split()), segments)})
"""


@pytest.mark.parametrize("after", [1, 7, 39])
def test_a_killed_run_leaves_the_old_file_and_the_next_run_succeeds(small_book, fund_columns, after):
    path = small_book()
    before = path.read_bytes()
    run = subprocess.Popen([sys.executable, "-c", SLOW, str(path), " ".join(CODES)], stdout=subprocess.PIPE)
    assert run.stdout
    for _ in range(after):
        run.stdout.readline()
    run.send_signal(signal.SIGKILL)
    run.wait()
    run.stdout.close()
    assert before == path.read_bytes()
    patch_workbook(path, path, tables={"tblQUY": TableBody.of(fund_columns(3))})
    assert [path] == sorted(path.parent.glob("nho*"))
    assert b"r2" in content(path)["xl/worksheets/sheet1.xml"]


def test_a_full_disk_leaves_the_old_file_and_says_so(small_book, fund_columns):
    path = small_book()
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(DiskFull) as refused:
            patch_workbook(path, path, tables={"tblQUY": TableBody.of(fund_columns(5_000))})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (before, [path]) == (path.read_bytes(), list(path.parent.glob("nho*")))
    assert "đầy" in str(refused.value)


def test_a_disk_that_fills_up_at_the_last_moment_leaves_the_old_file(small_book, fund_columns, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    path = small_book()
    before = path.read_bytes()
    monkeypatch.setattr(package_module.os, "fsync", full)
    with pytest.raises(DiskFull):
        patch_workbook(path, path, tables={"tblQUY": TableBody.of(fund_columns(9))})
    assert (before, [path]) == (path.read_bytes(), list(path.parent.glob("nho*")))


def test_a_master_that_may_not_be_replaced_is_named(small_book, fund_columns, monkeypatch):
    def busy(self, target):
        raise PermissionError(errno.EACCES, "being used by another process")

    path = small_book()
    before = path.read_bytes()
    monkeypatch.setattr(Path, "replace", busy)
    with pytest.raises(NotPermitted) as refused:
        patch_workbook(path, path, tables={"tblQUY": TableBody.of(fund_columns(9))})
    assert (before, [path]) == (path.read_bytes(), list(path.parent.glob("nho*")))
    assert path.name in str(refused.value)


def test_a_new_file_that_fails_its_check_never_takes_the_masters_place(small_book, fund_columns, monkeypatch):
    path = small_book()
    before = path.read_bytes()
    real = write.emit_block

    def short(job):
        block = real(job)
        return type(block)(block.deflated, block.crc ^ 1, block.size, block.rows, block.key)

    monkeypatch.setattr(write, "emit_block", short)
    with pytest.raises(VerificationFailed):
        patch_workbook(path, path, tables={"tblQUY": TableBody.of(fund_columns(9))})
    assert (before, [path]) == (path.read_bytes(), list(path.parent.glob("nho*")))


def test_rights_and_links_of_the_master_are_kept(small_book, fund_columns):
    path = small_book()
    path.chmod(0o640)
    link = path.with_name("lien-ket.xlsx")
    link.symlink_to(path)
    patch_workbook(link, link, tables={"tblQUY": TableBody.of(fund_columns(9))})
    assert (True, 0o640) == (link.is_symlink(), path.stat().st_mode & 0o777)
    assert b"r8" in content(path)["xl/worksheets/sheet1.xml"]


@pytest.mark.parametrize("start", range(32_760, 32_770))
def test_rows_are_counted_across_the_pieces_in_which_a_part_is_read(tmp_path, start):
    path, sheet = tmp_path / "a.zip", b"<s>" + b" " * (start - 3) + b'<row r="1"/><row r="2"/></s>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("sheet.xml", sheet)

    with package_module.Package(path) as package:
        write._verify_part(package, "sheet.xml", (b"<row r=", 2))
        with pytest.raises(VerificationFailed):
            write._verify_part(package, "sheet.xml", (b"<row r=", 1))
