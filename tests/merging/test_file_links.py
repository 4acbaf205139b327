"""A click on a file's name on ``Tiến độ nộp`` opens the file, wherever the master and the file stand."""

from __future__ import annotations

import re
import subprocess
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import openpyxl
import pytest
from libreoffice import run_to_its_end
from office import NOW, UNITS
from small_office import DONG_NGAN, TAM_SON, SmallOffice, build_ward

from sync.file_links import opened_by_click
from workbooks.emit import Link
from workbooks.layouts import PROGRESS_TAB

_FORMULA = re.compile(r'=HYPERLINK\("(.+)","(.+)"\)')


def links(master: Path) -> dict[str, Path]:
    """File's name → the file that a click opens; every cell shows the name it leads to."""
    cells = list(zip(column_of_files(master), column_of_files(master, data_only=True), strict=True))
    found = [_FORMULA.fullmatch(formula or "") for formula, _ in cells]
    assert [text for _, text in cells if text] == [link[2] for link in found if link]
    return {link[2]: master.parent / link[1] for link in found if link}


def column_of_files(master: Path, **how: bool) -> list[str | None]:
    book = openpyxl.load_workbook(master, read_only=True, **how)
    found = [value for (value,) in book[PROGRESS_TAB].iter_rows(min_row=5, min_col=7, max_col=7, values_only=True)]
    book.close()
    return found


def clicked_in_libreoffice(master: Path, profile: Path) -> dict[str, Path]:
    """The same as LibreOffice prints it beside the master: what it shows in a cell and where that leads."""
    settings = (f"-env:UserInstallation=file://{profile}", "--headless", "--norestore")
    run_to_its_end(["soffice", *settings, "--convert-to", "pdf", "--outdir", str(master.parent), str(master)], profile)
    printed = ["pdftohtml", "-i", "-xml", "-stdout", str(master.with_suffix(".pdf"))]
    told = subprocess.run(printed, check=True, capture_output=True, encoding="utf-8").stdout
    found = re.findall(r'<a href="([^"]+[.]xlsx)">([^<]+)</a>', told)
    return {unescape(text): (master.parent / unquote(unescape(place))).resolve() for place, text in found}


def test_libreoffice_leads_from_a_files_name_to_the_file(office: SmallOffice, tmp_path: Path) -> None:
    second, third = office.inbox / "Lần 2" / "CTD phường Tam Sơn & xã.xlsx", tmp_path / "elsewhere" / "x'y.xlsx"
    for unit, place in ((TAM_SON, second), (UNITS[2], third)):
        place.parent.mkdir()
        office.ward_file(unit).rename(place)
    office.merge(office.inbox, third.parent)

    expected = {path.name: path for path in (office.ward_file(DONG_NGAN), second, third)}
    assert expected == links(office.master)
    assert expected == clicked_in_libreoffice(office.master, tmp_path / "profile")


def test_master_and_files_may_move_together(merged: SmallOffice, tmp_path: Path) -> None:
    moved = SmallOffice(merged.folder.rename(tmp_path / "moved"))
    build_ward(moved.ward_file(DONG_NGAN), DONG_NGAN, {})

    moved.merge(moved.ward_file(DONG_NGAN), now=NOW)

    assert {moved.ward_file(unit).name: moved.ward_file(unit) for unit in UNITS} == links(moved.master)


def test_a_path_typed_from_where_one_stands_leads_there_too(
    office: SmallOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(office.inbox)

    office.merge(Path(), Path("..", "wards", office.ward_file().name))

    assert {office.ward_file(unit).name: office.ward_file(unit) for unit in UNITS} == links(office.master)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("wards/CTD Đồng Kỵ.xlsx", "wards/CTD Đồng Kỵ.xlsx"),
        ("/srv/nộp/CTD.xlsx", "/srv/nộp/CTD.xlsx"),
        ("Z:\\nộp\\CTD.xlsx", "Z:\\nộp\\CTD.xlsx"),
        ("\\\\máy chủ\\nộp\\CTD.xlsx", "\\\\máy chủ\\nộp\\CTD.xlsx"),
        ("so.ctd/google/1AbC/0d5f.17.ctdsheet", "https://docs.google.com/spreadsheets/d/1AbC/edit"),
    ],
)
def test_a_place_is_told_as_every_program_understands_it(path: str, place: str) -> None:
    link = opened_by_click("CTD.xlsx", path)

    assert isinstance(link, Link)
    assert ("CTD.xlsx", place) == (link, link.place)


@pytest.mark.parametrize(
    "path", ["", "CTD #1.xlsx", "CTD 50%.xlsx", "CTD[1].xlsx", 'CTD"1".xlsx', "a\\b.xlsx", "x:y", "a\nb", "d/" * 128]
)
def test_a_place_that_programs_read_differently_is_no_link(path: str) -> None:
    assert str is type(opened_by_click("CTD.xlsx", path))
