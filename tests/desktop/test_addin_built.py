"""``ctd.xlam`` as others read it: the same bytes twice, every module, the ribbon, help for every function."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import pytest
from lxml import etree
from olevba_reading import modules_in
from openxml_audit import OpenXmlValidator
from python_calamine import CalamineWorkbook
from xmlschema import XMLSchema10

from xl_ctd.hosts.xlam.build import HELP_LENGTH, RIBBON_PART, addin_modules, build_addin
from xl_ctd.hosts.xlam.vba_project import Module
from xl_ctd.hosts.xlam.wrappers import WORDS_OF_VBA, wrapper_modules
from xl_ctd.registry import FUNCTIONS, Parameter, WorksheetFunction
from xl_ctd.ribbon import ACTIONS, GROUPS

RIBBONX = Path(__file__).parents[1] / "data" / "ribbonx"
SCHEMAS = {
    "http://schemas.microsoft.com/office/2006/01/customui": "customUI.xsd",
    "http://schemas.microsoft.com/office/2009/07/customui": "customui14.xsd",
}
OWN = tuple(module for module in addin_modules() if module.name.startswith("CTD"))


@pytest.fixture(scope="module")
def addin() -> bytes:
    return build_addin()


@pytest.fixture(scope="module")
def parts(addin: bytes) -> Mapping[str, bytes]:
    with zipfile.ZipFile(BytesIO(addin)) as package:
        return {name: package.read(name) for name in package.namelist()}


@pytest.fixture(scope="module")
def sheets(addin: bytes) -> Mapping[str, list[list[str]]]:
    book = CalamineWorkbook.from_filelike(BytesIO(addin))
    return {
        name: [list(map(str, row)) for row in book.get_sheet_by_name(name).to_python()] for name in book.sheet_names
    }


def test_the_same_version_gives_the_same_bytes(addin: bytes) -> None:
    assert addin == build_addin()


def test_olevba_reads_every_module_back(addin: bytes) -> None:
    expected = {module.name: module.bytes().decode("ascii").rstrip() for module in addin_modules()}

    assert expected == {name: code.rstrip() for name, code in modules_in(addin).items()}


def test_the_package_is_valid_as_the_open_xml_sdk_sees_it(addin: bytes, tmp_path: Path) -> None:
    file = tmp_path / "ctd.xlam"
    file.write_bytes(addin)

    assert [] == [str(error) for error in OpenXmlValidator().validate(str(file)).errors]
    assert b"vnd.ms-excel.addin.macroEnabled.main+xml" in zipfile.ZipFile(file).read("[Content_Types].xml")


# --- the ribbon -------------------------------------------------------------------------------------------------


def schema_errors(ribbon: bytes) -> list[str]:
    """What Microsoft's own schema for the ribbon's version (2007, or 2010 and later) says of it."""
    version = etree.QName(etree.fromstring(ribbon)).namespace
    return [str(error.reason) for error in XMLSchema10(RIBBONX / SCHEMAS[version]).iter_errors(ribbon.decode())]


def test_the_ribbon_is_valid_in_microsofts_schema(parts: Mapping[str, bytes]) -> None:
    ribbons = {name: schema_errors(part) for name, part in parts.items() if re.fullmatch(r"customUI/[^/]+\.xml", name)}

    assert {RIBBON_PART: []} == ribbons


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        (b'size="large"', b'size="huge"', "value must be one of ['normal', 'large']"),
        (b'size="large"', b'colour="red"', "'colour' attribute not allowed for element"),
        (b'id="tabCTD"', b'id="1 tab"', "value doesn't match any pattern"),
        (b"<button ", b"<knopf ", "Unexpected child with tag"),
    ],
)
def test_the_schema_sees_a_mistake(parts: Mapping[str, bytes], good: bytes, bad: bytes, said: str) -> None:
    errors = schema_errors(parts[RIBBON_PART].replace(good, bad, 1))

    assert errors != []
    assert [] == [error for error in errors if said not in error]


def test_every_action_has_its_button_in_its_group(parts: Mapping[str, bytes]) -> None:
    root = etree.fromstring(parts[RIBBON_PART])
    groups = {group.get("id"): group for group in root.iter("{*}group")}

    assert "Chữ thập đỏ" == next(root.iter("{*}tab")).get("label")
    assert [f"group_{name}" for name in GROUPS] == list(groups)
    assert [(one.id, one.label(), one.preview or one.id) for one in ACTIONS] == [
        (button.get("id"), button.get("label"), button.get("tag")) for button in root.iter("{*}button")
    ]


def test_merging_is_never_run_before_its_preview(parts: Mapping[str, bytes]) -> None:
    buttons = {button.get("id"): button.get("tag") for button in etree.fromstring(parts[RIBBON_PART]).iter("{*}button")}

    assert "xem_truoc" == buttons["hop_nhat"]


# --- functions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_a_wrapper_under_both_names(name: str) -> None:
    dotted, underscored = wrapper_modules(FUNCTIONS.values())
    declared = FUNCTIONS[name]
    arguments = [("" if one.required else "Optional ") + "ByVal" for one in declared.parameters]

    for module, spelled in ((dotted, name), (underscored, f"CTD_{name}")):
        head = re.search(rf"^Public Function {spelled}\((.*)\) As Variant$", module.source, re.MULTILINE)
        assert head is not None
        assert arguments == [re.sub(r" \w+ As Variant$", "", one) for one in head[1].split(", ")]
        assert f'{spelled} = CTD_Service.Answer("{name}", ' in module.source


def test_an_argument_named_like_a_word_of_vba_or_like_its_function_gets_another_name() -> None:
    declared = WorksheetFunction("KY", lambda: None, (Parameter("ky"), Parameter("loop"), Parameter("ngay")))
    [dotted, _] = wrapper_modules([declared])

    assert "Public Function KY(ByVal ky_ As Variant, ByVal loop_ As Variant, ByVal ngay As Variant)" in dotted.source
    assert {"to", "end", "next"} <= WORDS_OF_VBA


def test_help_fits_the_function_wizard(sheets: Mapping[str, list[list[str]]]) -> None:
    rows = sheets["ctd.help"][1:]

    assert [f"CTD_{name}" for name in FUNCTIONS] == [row[0] for row in rows]
    for row, function in zip(rows, FUNCTIONS.values(), strict=True):
        texts = [text for text in row[3:] if text]
        assert len(function.parameters) == len(texts)
        assert [] == [text for text in (row[1], *texts) if not 0 < len(text) <= HELP_LENGTH]


def test_intellisense_reads_our_help_sheet(sheets: Mapping[str, list[list[str]]]) -> None:
    rows = sheets["_IntelliSense_"]
    first = next(iter(FUNCTIONS.values()))

    assert ["FunctionInfo", "1"] == rows[0][:2]
    assert [f"CTD_{name}" for name in FUNCTIONS] == [row[0] for row in rows[1:]]
    assert first.parameters[0].label == rows[1][3]


def test_address_and_token_of_a_user_are_not_in_the_file(sheets: Mapping[str, list[list[str]]]) -> None:
    assert ["UDF MODULES", "ADD_WORKBOOK_TO_PYTHONPATH"] == [row[0] for row in sheets["ctd.conf"]]


# --- the VBA, as far as it can be read without Excel ------------------------------------------------------------


def procedures(module: Module) -> set[str]:
    return set(re.findall(r"^Public (?:Function|Sub|Const) (\w+)", module.source, re.MULTILINE))


def test_every_procedure_that_another_module_calls_is_there() -> None:
    public = {module.name: procedures(module) for module in OWN}
    called = {found for module in OWN for found in re.findall(r"\b(CTD_\w+)\.(\w+)", module.source)}

    assert len(called) > 15
    assert [] == sorted(f"{module}.{name}" for module, name in called if name not in public[module])


def test_every_sentence_that_vba_says_is_on_its_sheet(sheets: Mapping[str, list[list[str]]]) -> None:
    said = {code for module in OWN for code in re.findall(r'Sentence\("([\w-]+)"\)', module.source)}

    assert said == {row[0] for row in sheets["ctd.text"]}


@pytest.mark.parametrize("module", OWN, ids=lambda module: module.name)
def test_blocks_of_vba_are_closed(module: Module) -> None:
    lines = [line.split("'")[0].strip() if '"' not in line else line.strip() for line in module.source.splitlines()]
    opened = {"If": 0, "With": 0, "Select": 0, "For": 0, "Do": 0, "Function": 0, "Sub": 0}
    for line in lines:
        words = line.removeprefix("Public ").removeprefix("Private ").split()
        if not words:
            continue
        if words[0] == "If" and line.endswith("Then"):
            opened["If"] += 1
        elif words[0] in ("With", "Select", "For", "Do", "Function", "Sub"):
            opened[words[0]] += 1
        elif words[0] == "End" and len(words) == 2:
            opened[words[1]] -= 1
        elif words[0] in ("Next", "Loop"):
            opened["For" if words[0] == "Next" else "Do"] -= 1

    assert dict.fromkeys(opened, 0) == opened
    assert [] == [line for line in module.source.splitlines() if len(line) > 1000]


def test_two_procedures_of_one_name_are_refused() -> None:
    from xl_ctd.hosts.xlam.build import _check_names

    twice = [Module("CTD_A", "Public Function DEM()\nEnd Function\n"), Module("DEM", "")]

    with pytest.raises(ValueError, match="names used twice in the VBA project: dem"):
        _check_names(twice)
