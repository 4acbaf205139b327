"""Building ``ctd.xlam``: VBA, ribbon and hidden sheets put together. The same version gives the same bytes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.metadata import version as installed_version
from importlib.resources import files
from io import BytesIO

from xlsxwriter import Workbook

import xl_ctd.functions  # noqa: F401 - declares every function
from xl_ctd.hosts.xlam.ribbon_xml import ribbon_xml
from xl_ctd.hosts.xlam.vba_project import Kind, Module, Reference, vba_project
from xl_ctd.hosts.xlam.wrappers import PREFIX, wrapper_modules
from xl_ctd.messages import catalogue, message
from xl_ctd.registry import FUNCTIONS, WorksheetFunction
from xl_ctd.ribbon import ACTIONS

FILE_NAME = "ctd.xlam"
VERSION = installed_version("xl-ctd")
DEFAULT_URL = "https://localhost:8765"
HELP_LENGTH = 255
"""Longer texts make Excel refuse all help of a function."""

PROJECT, GUID = "CTDAddin", "{6F1D4C52-6B0E-4C7A-9B1E-2A7C54D0C7D1}"
_REFERENCES = (
    Reference(
        "stdole", r"*\G{00020430-0000-0000-C000-000000000046}#2.0#0#C:\Windows\System32\stdole2.tlb#OLE Automation"
    ),
    Reference(
        "Office",
        r"*\G{2DF8D04C-5BFA-101B-BDE5-00AA0044DE52}#2.0#0#C:\Program Files\Common Files\Microsoft Shared"
        r"\OFFICE16\MSO.DLL#Microsoft Office 16.0 Object Library",
    ),
)
_WORKBOOK_CLASS, _SHEET_CLASS = "00020819", "00020820"
_CLASS_MODULE = "FCFB3D2A-A0FA-1068-A738-08002B3371B5"
_CREATED = datetime(2024, 1, 1)

RIBBON_PART = "customUI/customUI14.xml"
_RIBBON_RELATION = (
    '<Relationship Id="rIdRibbon" Type="http://schemas.microsoft.com/office/2007/relationships/ui/extensibility" '
    f'Target="{RIBBON_PART}"/>'
).encode()

Rows = Sequence[Sequence[str]]


def build_addin() -> bytes:
    """The add-in as a file. Raises ``ValueError`` when a VBA module is not ASCII or two procedures share a name."""
    stream = BytesIO()
    # Not compressed: compressors differ from one computer to the next, and the file is small all the same.
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as package:
        for name, content in _parts().items():
            part = zipfile.ZipInfo(name, _CREATED.timetuple()[:6])
            part.external_attr, part.create_system = 0o600 << 16, 3
            package.writestr(part, content)
    return stream.getvalue()


@cache
def addin_modules() -> tuple[Module, ...]:
    """Every VBA module in the order of the project."""
    sheets = [Module(f"Sheet{n}", _document(f"Sheet{n}", _SHEET_CLASS), Kind.DOCUMENT) for n in _sheet_numbers()]
    folder = files(__package__).joinpath("vba")
    own = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".bas")), key=lambda entry: entry.name)
    sources = [Module(entry.name.removesuffix(".bas"), entry.read_text("ascii")) for entry in own]
    opening = "Private Sub Workbook_Open()\n    CTD_Setup.RegisterWhenReady\nEnd Sub\n"
    modules = (
        Module("ThisWorkbook", _document("ThisWorkbook", _WORKBOOK_CLASS) + opening, Kind.DOCUMENT),
        *sheets,
        *_xlwings_modules(),
        *wrapper_modules(FUNCTIONS.values()),
        Module("CTD_Constants", _constants()),
        *sources,
    )
    _check_names(modules)
    return modules


def _xlwings_modules() -> tuple[Module, Module]:
    """What xlwings ships for add-ins of one's own (BSD licence, kept in the text): Python through COM."""
    shipped = files("xlwings")
    main = shipped.joinpath("xlwings_custom_addin.bas").read_text("utf-8")
    dictionary = shipped.joinpath("addin", "Dictionary.cls").read_text("utf-8")
    named = main.replace('PROJECT_NAME As String = "myaddin"', 'PROJECT_NAME As String = "ctd"')
    if named == main:
        raise ValueError("xlwings_custom_addin.bas names its project differently now")
    body = dictionary[dictionary.index("Attribute VB_Name") :]  # without the head that only an exported file has
    if "VB_Base" not in body:
        base = f'Attribute VB_Base = "0{{{_CLASS_MODULE}}}"\nAttribute VB_GlobalNameSpace'
        body = body.replace("Attribute VB_GlobalNameSpace", base, 1)
    return Module("xlwings", named), Module("Dictionary", body, Kind.CLASS)


def _document(name: str, base: str) -> str:
    return (
        f'Attribute VB_Name = "{name}"\n'
        f'Attribute VB_Base = "0{{{base}-0000-0000-C000-000000000046}}"\n'
        "Attribute VB_GlobalNameSpace = False\nAttribute VB_Creatable = False\n"
        "Attribute VB_PredeclaredId = True\nAttribute VB_Exposed = True\n"
        "Attribute VB_TemplateDerived = False\nAttribute VB_Customizable = True\n"
    )


def _constants() -> str:
    return (
        'Attribute VB_Name = "CTD_Constants"\nOption Explicit\nOption Private Module\n\n'
        f'Public Const CTD_VERSION As String = "{VERSION}"\n'
        f'Public Const CTD_URL As String = "{DEFAULT_URL}"\n'
    )


_PROCEDURE = re.compile(r"^(?:Public )?(?:Function|Sub) (\w+)", re.MULTILINE)


def _check_names(modules: Sequence[Module]) -> None:
    """VBA asks which one is meant when a module and a function of another one share a name."""
    names = [module.name for module in modules]
    for module in modules:
        if module.name.startswith("CTD"):
            names += _PROCEDURE.findall(module.source)
    spelled = [name.lower() for name in names]
    twice = sorted({name for name in spelled if spelled.count(name) > 1})
    if twice:
        raise ValueError(f"names used twice in the VBA project: {', '.join(twice)}")


# --- sheets -----------------------------------------------------------------------------------------------------


def _sheets() -> Mapping[str, Rows]:
    """The hidden sheets by name: settings of xlwings, help, sentences, and what the program IntelliSense reads."""
    functions = tuple(FUNCTIONS.values())
    return {
        "ctd.conf": [["UDF MODULES", "xl_ctd.hosts.desktop_udfs"], ["ADD_WORKBOOK_TO_PYTHONPATH", "False"]],
        "ctd.help": [["name", "description", "category", "arguments"], *map(_help, functions)],
        "ctd.text": [[code.removeprefix("addin-says-"), text] for code, text in sorted(catalogue("vi").items())
                     if code.startswith("addin-says-")],
        "_IntelliSense_": [["FunctionInfo", "1"], *map(_intellisense, functions)],
    }  # fmt: skip


def _help(function: WorksheetFunction) -> list[str]:
    arguments = (_short(function.help_of(one)) for one in function.parameters)
    return [PREFIX + function.name, _short(function.help()), message("addin-tab"), *arguments]


def _intellisense(function: WorksheetFunction) -> list[str]:
    row = [PREFIX + function.name, function.help(), ""]
    for one in function.parameters:
        row += [one.label if one.required else f"[{one.label}]", function.help_of(one)]
    return row


def _short(text: str) -> str:
    """The text as long as the function wizard takes it."""
    return text if len(text) <= HELP_LENGTH else text[: HELP_LENGTH - 1].rsplit(" ", 1)[0] + "…"


def _sheet_numbers() -> range:
    return range(1, 1 + len(_sheets()))


# --- the package ------------------------------------------------------------------------------------------------


def _workbook(project: bytes) -> bytes:
    """The hidden sheets and the VBA project as an ordinary workbook with macros."""
    stream = BytesIO()
    book = Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": message("addin-title"), "comments": message("addin-about"), "created": _CREATED})
    book.add_vba_project(BytesIO(project), is_stream=True)
    book.set_vba_name("ThisWorkbook")
    for number, (name, rows) in enumerate(_sheets().items(), 1):
        sheet = book.add_worksheet(name)
        sheet.set_vba_name(f"Sheet{number}")
        for line, row in enumerate(rows):
            for column, text in enumerate(row):
                sheet.write_string(line, column, text)
        if number > 1:  # a workbook needs one sheet that is not hidden
            sheet.hide()
    book.close()
    return stream.getvalue()


def _parts() -> dict[str, bytes]:
    """The parts of the add-in: those of the workbook, now called an add-in, and the ribbon."""
    with zipfile.ZipFile(BytesIO(_workbook(vba_project(PROJECT, GUID, addin_modules(), _REFERENCES)))) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    _replace(parts, "[Content_Types].xml", b"ms-excel.sheet.macroEnabled", b"ms-excel.addin.macroEnabled")
    _replace(parts, "_rels/.rels", b"</Relationships>", _RIBBON_RELATION + b"</Relationships>")
    return parts | {RIBBON_PART: ribbon_xml(ACTIONS)}


def _replace(parts: dict[str, bytes], name: str, old: bytes, new: bytes) -> None:
    if parts[name].count(old) != 1:
        raise ValueError(f"{name} is not written as expected: {old!r}")
    parts[name] = parts[name].replace(old, new)
