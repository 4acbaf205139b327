"""Building ``ctd.xlam``: VBA, ribbon and hidden sheets put together. The same version gives the same bytes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version as installed_version
from importlib.resources import files
from io import BytesIO
from xml.sax.saxutils import escape

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
    Reference("stdole", r"*\G{00020430-0000-0000-C000-000000000046}#2.0#0#C:\Windows\System32\stdole2.tlb#OLE Automation"),
    Reference(
        "Office",
        r"*\G{2DF8D04C-5BFA-101B-BDE5-00AA0044DE52}#2.0#0#C:\Program Files\Common Files\Microsoft Shared"
        r"\OFFICE16\MSO.DLL#Microsoft Office 16.0 Object Library",
    ),
)
_WORKBOOK_CLASS, _SHEET_CLASS = "00020819", "00020820"
_CLASS_MODULE = "FCFB3D2A-A0FA-1068-A738-08002B3371B5"
_DATE = (2024, 1, 1, 0, 0, 0)

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MICROSOFT = "http://schemas.microsoft.com/office"

Rows = Sequence[Sequence[str]]


def build_addin() -> bytes:
    """The add-in as a file. Raises ``ValueError`` when a VBA module is not ASCII or two procedures share a name."""
    stream = BytesIO()
    # Not compressed: compressors differ from one computer to the next, and the file is small all the same.
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as package:
        for name, content in _parts().items():
            part = zipfile.ZipInfo(name, _DATE)
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


def _sheet_xml(number: int, rows: Rows) -> str:
    lines = "".join(
        f'<row r="{line}">'
        + "".join(
            f'<c r="{_letters(column)}{line}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
            for column, text in enumerate(row)
            if text
        )
        + "</row>"
        for line, row in enumerate(rows, 1)
    )
    return (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetPr codeName="Sheet{number}"/><sheetData>{lines}</sheetData></worksheet>'
    )


def _letters(column: int) -> str:
    return chr(65 + column) if column < 26 else chr(64 + column // 26) + chr(65 + column % 26)


# --- the package ------------------------------------------------------------------------------------------------


def _parts() -> dict[str, bytes]:
    sheets = _sheets()
    texts = {
        "[Content_Types].xml": _content_types(len(sheets)),
        "_rels/.rels": _relations(
            (f"{_OFFICE}/relationships/officeDocument", "xl/workbook.xml"),
            (f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
            (f"{_MICROSOFT}/2007/relationships/ui/extensibility", "customUI/customUI14.xml"),
        ),
        "docProps/core.xml": _properties(),
        "xl/workbook.xml": _workbook(tuple(sheets)),
        "xl/_rels/workbook.xml.rels": _relations(
            *((f"{_OFFICE}/relationships/worksheet", f"worksheets/sheet{n}.xml") for n in _sheet_numbers()),
            (f"{_OFFICE}/relationships/styles", "styles.xml"),
            (f"{_MICROSOFT}/2006/relationships/vbaProject", "vbaProject.bin"),
        ),
        "xl/styles.xml": _STYLES,
        **{f"xl/worksheets/sheet{n}.xml": _sheet_xml(n, rows) for n, rows in enumerate(sheets.values(), 1)},
    }
    return {
        **{name: text.encode() for name, text in texts.items()},
        "customUI/customUI14.xml": ribbon_xml(ACTIONS),
        "xl/vbaProject.bin": vba_project(PROJECT, GUID, addin_modules(), _REFERENCES),
    }


def _content_types(sheets: int) -> str:
    spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    kinds = {
        "xl/workbook.xml": "application/vnd.ms-excel.addin.macroEnabled.main+xml",
        **{f"xl/worksheets/sheet{n}.xml": f"{spreadsheet}.worksheet+xml" for n in range(1, sheets + 1)},
        "xl/styles.xml": f"{spreadsheet}.styles+xml",
        "xl/vbaProject.bin": "application/vnd.ms-office.vbaProject",
        "docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
    }
    overrides = "".join(f'<Override PartName="/{part}" ContentType="{kind}"/>' for part, kind in kinds.items())
    defaults = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
    )
    return f'{_XML}<Types xmlns="{_PACKAGE}/content-types">{defaults}{overrides}</Types>'


def _relations(*relations: tuple[str, str]) -> str:
    lines = "".join(
        f'<Relationship Id="rId{n}" Type="{kind}" Target="{target}"/>' for n, (kind, target) in enumerate(relations, 1)
    )
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{lines}</Relationships>'


def _properties() -> str:
    core, dublin = f"{_PACKAGE}/metadata/core-properties", "http://purl.org/dc/elements/1.1/"
    title, about = escape(message("addin-title")), escape(message("addin-about"))
    described = f"<dc:title>{title}</dc:title><dc:description>{about}</dc:description>"
    return f'{_XML}<cp:coreProperties xmlns:cp="{core}" xmlns:dc="{dublin}">{described}</cp:coreProperties>'


def _workbook(names: Sequence[str]) -> str:
    hidden = {n: ' state="hidden"' for n in range(2, len(names) + 1)}  # a workbook without a visible sheet is invalid
    sheets = "".join(
        f'<sheet name="{name}" sheetId="{n}"{hidden.get(n, "")} r:id="rId{n}"/>' for n, name in enumerate(names, 1)
    )
    return (
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}/relationships"><workbookPr codeName="ThisWorkbook"/>'
        f'<bookViews><workbookView visibility="hidden"/></bookViews><sheets>{sheets}</sheets></workbook>'
    )


_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="1">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs><cellStyles count="1">'
    '<cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
