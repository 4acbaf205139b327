"""Formulas that one host saved, understood by the others: only they change, and nothing else in the file."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest
from calc_office import Calc
from demos import RUN
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.workbook.defined_name import DefinedName
from openxml_audit import OpenXmlValidator

import xl_ctd.functions  # noqa: F401 - declares every function
from workbooks.formula_links import Change, Repaired, Spelling, repair_formulas, respelled
from workbooks.package import WriteRefused
from xl_ctd.registry import FUNCTIONS

COMMON, OFFICE_JS, VBA = Spelling
HOSTS = {
    "Excel 365": "_xldudf_CTD_TYLE(A1:A3,B1:B3)",
    "Excel with ctd.xlam": "CTD_TYLE(A1:A3,B1:B3)",
    "Excel, add-in in another folder": "[1]!CTD_TYLE(A1:A3,B1:B3)",
    "Excel, module and function": "[1]!CTD.TYLE(A1:A3,B1:B3)",
    "Excel, bare name of the add-in": "[1]!TYLE(A1:A3,B1:B3)",
    "Excel, link spelled out": r"'C:\Tải về\[ctd.xlam]CTD'!CTD_TYLE(A1:A3,B1:B3)",
    "LibreOffice": "CTD.TYLE(A1:A3,B1:B3)",
    "LibreOffice, unknown there": "_xldudf_ctd_tyle(A1:A3,B1:B3)",
}
LINK = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><externalBook
xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="rId1"/></externalLink>"""
LINK_RELATION = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"
Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLinkPath"
Target="{target}" TargetMode="External"/></Relationships>"""
ADDIN_TARGET = "file:///C:%5CT%E1%BA%A3i%20v%E1%BB%81%5Cctd.xlam"


def spelled(formula: str, spelling: Spelling) -> str:
    return respelled(formula, FUNCTIONS.keys(), spelling, {1}.__contains__)


@pytest.mark.parametrize("saved", HOSTS.values(), ids=HOSTS)
@pytest.mark.parametrize("spelling", Spelling)
def test_a_formula_saved_by_one_host_is_spelled_for_another(saved: str, spelling: Spelling) -> None:
    once = spelled(saved, spelling)

    assert f"{spelling.value}TYLE(A1:A3,B1:B3)" == once
    assert once == spelled(once, spelling)


@pytest.mark.parametrize(
    "formula",
    [
        'IF(A1="CTD_TYLE(","_xldudf_CTD_TYLE(1,2)","")',
        "'CTD_TYLE('!A1+SUM(B1:B3)",
        "_xldudf_CTD_KHONGCO(A1)",
        "_xldudf_KHAC_TYLE(A1)",
        "[2]!CTD_TYLE(A1,B1)",
        "'C:\\khac\\[actd.xlam]X'!CTD_TYLE(A1,B1)",
        "TYLE(A1,B1)",
        "XCTD_TYLE(A1,B1)",
        "Sheet1!CTD_TYLE+1",
        "_xlfn.XLOOKUP(A1,B:B,C:C)",
    ],
)
def test_what_is_not_ours_stays_as_it_is(formula: str) -> None:
    assert formula == spelled(formula, COMMON)


@given(st.text("CTD_.TYLE()[]1!'\"_xldudf,A+& ", max_size=60))
def test_spelling_again_changes_nothing(formula: str) -> None:
    once = spelled(formula, COMMON)

    assert once == spelled(once, COMMON)


def test_functions_inside_functions_are_all_spelled() -> None:
    nested = '_xldudf_CTD_TRANGTHAI(_xldudf_CTD_TYLE(A1,B1),"TYLE",CTD_TYLE(C1,D1))&"_xldudf_CTD_TYLE("'

    assert 'CTD.TRANGTHAI(CTD.TYLE(A1,B1),"TYLE",CTD.TYLE(C1,D1))&"_xldudf_CTD_TYLE("' == spelled(nested, COMMON)


# --- whole workbooks --------------------------------------------------------------------------------------------


def workbook(path: Path, formulas: dict[str, str], targets: tuple[str, ...] = ()) -> Path:
    """A workbook of an office with these formulas on its sheet and links to these files."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Tỷ lệ"
    for row, pair in enumerate(((8, 10), (15, 20), (3, 4)), 1):
        sheet.append(pair)
        sheet.cell(row, 3, f"Ghi chú {row}")
    for cell, formula in formulas.items():
        sheet[cell] = f"={formula}"
    book.defined_names["TL"] = DefinedName("TL", attr_text="_xldudf_CTD_TYLE('Tỷ lệ'!$A$1,'Tỷ lệ'!$B$1)")
    book.save(path)
    if targets:
        _link(path, targets)
    return path


def _link(path: Path, targets: tuple[str, ...]) -> None:
    """Add links to other files, as Excel writes them."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name).decode() for name in package.namelist()}
    numbers = range(1, len(targets) + 1)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.externalLink+xml"
    overrides = "".join(
        f'<Override PartName="/xl/externalLinks/externalLink{n}.xml" ContentType="{kind}"/>' for n in numbers
    )
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace("</Types>", f"{overrides}</Types>")
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    lines = "".join(
        f'<Relationship Id="link{n}" Type="{office}/externalLink" Target="externalLinks/externalLink{n}.xml"/>'
        for n in numbers
    )
    rels = "xl/_rels/workbook.xml.rels"
    parts[rels] = parts[rels].replace("</Relationships>", f"{lines}</Relationships>")
    references = "".join(f'<externalReference xmlns:r="{office}" r:id="link{n}"/>' for n in numbers)
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(
        "<definedNames>", f"<externalReferences>{references}</externalReferences><definedNames>"
    )
    for n, target in enumerate(targets, 1):
        parts[f"xl/externalLinks/externalLink{n}.xml"] = LINK
        parts[f"xl/externalLinks/_rels/externalLink{n}.xml.rels"] = LINK_RELATION.format(target=target)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)


def repair(path: Path, spelling: Spelling = COMMON) -> Repaired:
    return repair_formulas(path, FUNCTIONS.keys(), spelling, path.with_name("truoc.xlsx"))


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def test_only_formulas_change_and_the_file_of_before_is_kept(tmp_path: Path) -> None:
    file = workbook(tmp_path / "so.xlsx", {"D1": "1+_xldudf_CTD_TYLE(A1:A3,B1:B3)", "D2": "SUM(A1:A3)", "D3": "A1&B1"})
    before, old = parts_of(file), file.read_bytes()
    done = repair(file)
    after = parts_of(file)

    name = Change("TL", "_xldudf_CTD_TYLE('Tỷ lệ'!$A$1,'Tỷ lệ'!$B$1)", "CTD.TYLE('Tỷ lệ'!$A$1,'Tỷ lệ'!$B$1)")
    cell = Change("Tỷ lệ!D1", "1+_xldudf_CTD_TYLE(A1:A3,B1:B3)", "1+CTD.TYLE(A1:A3,B1:B3)")
    assert Repaired((name, cell)) == done
    assert old == (tmp_path / "truoc.xlsx").read_bytes()
    assert {"xl/workbook.xml", "xl/worksheets/sheet1.xml"} == {part for part in before if before[part] != after[part]}
    sheet = "xl/worksheets/sheet1.xml"
    assert before[sheet].replace(b"_xldudf_CTD_TYLE", b"CTD.TYLE") == after[sheet]
    assert b'fullCalcOnLoad="1"' in after["xl/workbook.xml"]


def test_a_second_repair_changes_not_one_byte(tmp_path: Path) -> None:
    file = workbook(tmp_path / "so.xlsx", {"D1": "_xldudf_CTD_TYLE(A1:A3,B1:B3)"})
    repair(file)
    once = file.read_bytes()

    assert Repaired() == repair(file)
    assert once == file.read_bytes()


def test_a_link_that_only_our_functions_used_is_taken_away(tmp_path: Path) -> None:
    file = workbook(tmp_path / "so.xlsx", {"D1": "[1]!CTD_TYLE(A1:A3,B1:B3)"}, (ADDIN_TARGET,))
    done = repair(file)
    audit = OpenXmlValidator().validate(str(file))

    assert (("file:///C:\\Tải về\\ctd.xlam",), ()) == (done.removed, done.left)
    assert [] == [name for name in parts_of(file) if "externalLink" in name]
    assert b"external" not in parts_of(file)["xl/workbook.xml"] + parts_of(file)["[Content_Types].xml"]
    assert [] == [str(error) for error in audit.errors if "external" in str(error).lower()]
    assert "=CTD.TYLE(A1:A3,B1:B3)" == load_workbook(file)["Tỷ lệ"]["D1"].value


def test_a_link_before_another_one_stays_so_that_numbers_stay(tmp_path: Path) -> None:
    file = workbook(
        tmp_path / "so.xlsx", {"D1": "[1]!CTD_TYLE(A1,B1)", "D2": "[2]Quỹ!A1"}, (ADDIN_TARGET, "file:///C:/quy.xlsx")
    )
    done = repair(file)

    assert ((), ("file:///C:\\Tải về\\ctd.xlam",)) == (done.removed, done.left)
    assert "=[2]Quỹ!A1" == load_workbook(file)["Tỷ lệ"]["D2"].value


def test_another_addins_link_is_not_ours(tmp_path: Path) -> None:
    file = workbook(tmp_path / "so.xlsx", {"D1": "[1]!CTD_TYLE(A1,B1)"}, ("file:///C:/khac.xlam",))
    repair(file)

    assert "=[1]!CTD_TYLE(A1,B1)" == load_workbook(file)["Tỷ lệ"]["D1"].value


def test_what_any_host_saved_is_calculated_in_calc_and_its_file_is_spelled_for_the_others(tmp_path: Path) -> None:
    saved = [formula for formula in HOSTS.values() if "!" not in formula] + ["[1]!CTD_TYLE(A1:A3,B1:B3)"]
    cells = [f"D{row}" for row, _ in enumerate(saved, 1)]
    file = workbook(tmp_path / "so.xlsx", dict(zip(cells, saved, strict=True)), (ADDIN_TARGET,))
    repair(file)
    calculated = Calc.installed(tmp_path / "calc").converted(file)
    values = load_workbook(calculated, data_only=True)["Tỷ lệ"]

    assert [pytest.approx(26 / 34)] * len(cells) == [values[cell].value for cell in cells]
    for spelling in (OFFICE_JS, VBA, COMMON):
        repair(calculated, spelling)
        sheet = load_workbook(calculated)["Tỷ lệ"]
        assert {f"={spelling.value}TYLE(A1:A3,B1:B3)"} == {str(sheet[cell].value).replace("$", "") for cell in cells}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_known_in_every_spelling(name: str) -> None:
    for one in Spelling:
        assert [f"{other.value}{name}(A1)" for other in Spelling] == [
            spelled(f"{one.value}{name}(A1)", other) for other in Spelling
        ]


def test_what_is_no_workbook_is_refused_and_stays(tmp_path: Path) -> None:
    file = tmp_path / "so.xlsx"
    file.write_text("không phải sổ", "utf-8")
    with pytest.raises(WriteRefused):
        repair(file)

    assert ["so.xlsx"] == [one.name for one in tmp_path.iterdir()]


def test_the_command_says_what_it_changed(tmp_path: Path) -> None:
    file = workbook(tmp_path / "so.xlsx", {"D1": "_xldudf_CTD_TYLE(A1:A3,B1:B3)"})
    command = [*RUN, "formulas", "fix", str(file), "--for", "vba"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)

    assert (0, "") == (done.returncode, done.stderr)
    assert "Tỷ lệ!D1: _xldudf_CTD_TYLE(A1:A3,B1:B3) → CTD_TYLE(A1:A3,B1:B3)" in done.stdout
    assert (tmp_path / "so.truoc-khi-sua-1.xlsx").is_file()
