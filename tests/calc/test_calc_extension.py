"""The file ctd.oxt: always the same bytes, everything declared in it, and nothing that an old Python cannot read."""

from __future__ import annotations

import ast
import json
import math
import struct
import sys
import zipfile
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import pytest
from lxml import etree

from xl_ctd.cell_values import ERROR_CODES
from xl_ctd.hosts.calc import KINDS, VERSION, build_oxt, oxt
from xl_ctd.hosts.calc_types import ANY, CALLER, GRID, Method, type_library
from xl_ctd.registry import FUNCTIONS
from xl_ctd.ribbon import ACTIONS

SOURCES = files("xl_ctd.hosts").joinpath("oxt")
OLDEST_PYTHON = (3, 8)
"""Of the LibreOffice versions for Windows that offices still have."""

LIBRARY = Path(__file__).with_name("by-unoidl-write.rdb")
"""Made by LibreOffice 7.4's unoidl-write from ``module vn { module ctd { interface XCtd {``
``sequence< sequence< any > > tyle([in] any tu, [in] any mau, [in] ::com::sun::star::beans::XPropertySet doc);``
``sequence< sequence< any > > dat([in] any giaTri, [in] any tu); }; }; };``"""


@pytest.fixture(scope="module")
def package() -> zipfile.ZipFile:
    return zipfile.ZipFile(BytesIO(oxt()))


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """The modules that need no LibreOffice can be imported as they are there."""
    monkeypatch.syspath_prepend(str(SOURCES.joinpath("pythonpath")))
    for name in [name for name in sys.modules if name.startswith("ctd_")]:
        monkeypatch.delitem(sys.modules, name)


def test_the_same_bytes_twice(tmp_path: Path) -> None:
    first, second = tmp_path / "a.oxt", tmp_path / "b.oxt"
    build_oxt(first)
    build_oxt(second)

    assert first.read_bytes() == second.read_bytes() == oxt()


def test_the_type_library_is_what_libreoffices_own_tool_writes() -> None:
    content = LIBRARY.read_bytes()
    remark = content[16 : content.index(b" **\0") + 4]
    methods = [
        Method("tyle", GRID, (("tu", ANY), ("mau", ANY), ("doc", CALLER))),
        Method("dat", GRID, (("giaTri", ANY), ("tu", ANY))),
    ]

    assert content == type_library(("vn", "ctd"), "XCtd", "com.sun.star.uno.XInterface", methods, remark)


def test_every_part_is_in_the_package_and_named_in_its_manifest(package: zipfile.ZipFile) -> None:
    manifest = etree.fromstring(package.read("META-INF/manifest.xml"))
    named = {entry.attrib[key] for entry in manifest for key in entry.attrib if key.endswith("full-path")}

    assert set(KINDS) == named
    assert named <= set(package.namelist())
    assert VERSION.encode() in package.read("description.xml")


def test_every_function_is_declared_with_vietnamese_help(package: zipfile.ZipFile) -> None:
    declared = etree.fromstring(package.read("CalcAddIns.xcu"))
    compatible = declared.xpath("//*[@*[.='CompatibilityName']]/value/text()")
    described = declared.xpath("//*[@*[.='Description']]/value/text()")
    expected = [text for one in FUNCTIONS.values() for text in (*map(one.help_of, one.parameters), one.help())]

    assert [f"CTD.{name}" for name in FUNCTIONS] == compatible
    assert sorted(expected) == sorted(described)
    assert sum(name.lower().encode() in package.read("types.rdb") for name in FUNCTIONS) == len(FUNCTIONS)


def test_every_action_of_the_ribbon_is_in_menu_and_toolbar(package: zipfile.ZipFile) -> None:
    declared = etree.fromstring(package.read("Addons.xcu"))
    expected = [one.label() for one in ACTIONS]

    for where in ("vn.ctd.menu", "vn.ctd.toolbar"):
        titles = declared.xpath(f"//*[@*[.='{where}']]//*[@*[starts-with(.,'m')]]/*[@*[.='Title']]/value/text()")
        assert expected == [title for title in titles if title in expected]


def test_what_runs_inside_libreoffice_is_readable_by_an_old_python(package: zipfile.ZipFile) -> None:
    programs = [name for name in package.namelist() if name.endswith(".py")]
    allowed = {*sys.stdlib_module_names, "uno", "unohelper", "com", "vn", *(Path(name).stem for name in programs)}
    imported = set()
    for name in programs:
        for node in ast.walk(ast.parse(package.read(name), name, feature_version=OLDEST_PYTHON)):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").partition(".")[0])

    assert len(programs) > 5
    assert set() == imported - allowed


def test_every_sentence_that_is_used_inside_is_taken_along(package: zipfile.ZipFile) -> None:
    sentences = set(json.loads(package.read("pythonpath/ctd_content.json"))["sentences"])
    texts = {
        node.value
        for name in package.namelist()
        if name.endswith(".py")
        for node in ast.walk(ast.parse(package.read(name)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("calc-")
    }

    assert texts <= sentences
    assert sentences - texts <= {"calc-title"}


def test_every_error_is_calcs_own_number_in_a_not_a_number(inside: None) -> None:
    from ctd_cells import ERRORS, error_value

    numbers = [struct.unpack("<Q", struct.pack("<d", error_value(name)))[0] for name in ERROR_CODES]
    assert sorted(ERROR_CODES) == sorted(ERRORS)
    assert [32767, 519, 524, 532, 503, 525] == [number & 0xFFFF for number in numbers]
    assert all(math.isnan(error_value(name)) for name in ERROR_CODES)


def test_cells_become_grids_and_blanks_stay_blank(inside: None) -> None:
    from ctd_cells import incoming, outgoing

    assert [] == incoming(None)
    assert [[None]] == incoming("")
    assert [[1.5]] == incoming(1.5)
    assert [["a", None], [2.0, None]] == incoming((("a", ""), (2.0, "")))
    assert (("", 1.0, 0.0, 3.0, "x"),) == outgoing([[None, True, False, 3, "x"]])
