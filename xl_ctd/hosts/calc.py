"""The LibreOffice Calc extension ``ctd.oxt``, built from the registry of functions and the ribbon's actions.

What runs inside LibreOffice lies in ``xl_ctd/hosts/oxt`` and knows nothing by itself: functions, buttons and sentences
are put beside it as ``ctd_content.json``. The same version gives the same bytes on every machine.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from lxml import etree
from lxml.builder import ElementMaker

import xl_ctd.functions  # noqa: F401 - declares every function
from workbooks.master_tables import NAME_MERGED_AT
from xl_ctd.core.findings import Severity
from xl_ctd.hosts.calc_types import ANY, CALLER, GRID, Method, type_library
from xl_ctd.messages import catalogue, message
from xl_ctd.registry import FUNCTIONS, WorksheetFunction
from xl_ctd.ribbon import ACTIONS, Action

VERSION = version("xl-ctd")
IDENTIFIER = "vn.ctd.calc"
ADD_IN = "CTD"
"""The name of the add-in's service: what stands before the dot in a formula."""

BUTTONS = "vn.ctd.Buttons"
TOOLBAR = "vn.ctd.toolbar"
MODULES, INTERFACE = ("vn", "ctd"), "XCtd"
CALC = "com.sun.star.sheet.SpreadsheetDocument"
WHY = "vi_sao"
"""A button of Calc alone: a cell there shows an error's name and cannot say its reason."""

SETTINGS_FILE = "ctd-calc.json"
"""In the user's folder of LibreOffice: whom the extension asks."""

FINDING_COLUMNS = ("severity", "code", "file", "sheet", "cell", "sentence")
SEPARATOR = "private:separator"
FIRST_DAY_OF_ZIP = (1980, 1, 1, 0, 0, 0)
KINDS = {
    "types.rdb": "application/vnd.sun.star.uno-typelibrary;type=RDB",
    "ctd_addin.py": "application/vnd.sun.star.uno-component;type=Python",
    "CalcAddIns.xcu": "application/vnd.sun.star.configuration-data",
    "Addons.xcu": "application/vnd.sun.star.configuration-data",
    "CalcWindowState.xcu": "application/vnd.sun.star.configuration-data",
}
OOR = "http://openoffice.org/2001/registry"
SCHEMA = "http://www.w3.org/2001/XMLSchema"
DESCRIPTION = "http://openoffice.org/extensions/description/2006"
MANIFEST = "http://openoffice.org/2001/manifest"
XML = "{http://www.w3.org/XML/1998/namespace}"

_oor = ElementMaker(nsmap={"oor": OOR, "xs": SCHEMA})


def build_oxt(output: Path) -> None:
    """Write the extension. Raises ``OSError`` when the file cannot be written."""
    output.write_bytes(oxt())


def oxt() -> bytes:
    """The bytes of the extension. Nothing is compressed, because compressors differ from machine to machine."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        for name, part in sorted(parts().items()):
            entry = zipfile.ZipInfo(name, FIRST_DAY_OF_ZIP)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            package.writestr(entry, part)
    return content.getvalue()


def parts() -> dict[str, bytes]:
    """Every file of the extension by its name."""
    generated = {
        "types.rdb": type_library(MODULES, INTERFACE, "com.sun.star.uno.XInterface", _methods()),
        "pythonpath/ctd_content.json": json.dumps(content(), ensure_ascii=False, indent=1).encode(),
        "CalcAddIns.xcu": _xml(_add_in()),
        "Addons.xcu": _xml(_add_on()),
        "CalcWindowState.xcu": _xml(_window_state()),
        "description.xml": _xml(_description()),
        "META-INF/manifest.xml": _xml(_manifest()),
    }
    return {**dict(_sources(files("xl_ctd.hosts").joinpath("oxt"))), **generated}


def _sources(folder: Traversable, before: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _sources(entry, f"{before}{entry.name}/")
        elif entry.name.endswith(".py"):
            yield before + entry.name, entry.read_bytes().replace(b"\r\n", b"\n")


def content() -> dict[str, Any]:
    """What the extension's programs are told: version, functions by method, actions and sentences."""
    return {
        "version": VERSION,
        "title": message("calc-title"),
        "master_name": NAME_MERGED_AT,
        "settings_file": SETTINGS_FILE,
        "functions": {_method_name(one): _told(one) for one in FUNCTIONS.values()},
        "actions": {
            one.id: {"label": one.label(), "first": _first(one), "changes": one.changes_book} for one in ACTIONS
        },
        "findings": {
            "title": message("pane-findings"),
            "headers": [message(f"addin-column-{one}") for one in FINDING_COLUMNS],
            "severities": {one.value: message(f"pane-{one.value}") for one in Severity},
        },
        "sentences": {code: text for code, text in sorted(catalogue("vi").items()) if code.startswith("calc-")},
    }


def _first(action: Action) -> str | None:
    """What a click asks first of the master as it is now, None for an action that is carried out at once. Conflicts are
    shown before one is decided."""
    return action.preview or (action.id if action.id == "xung_dot" else None)


def _told(function: WorksheetFunction) -> dict[str, Any]:
    parameters = [{"label": one.label, "help": function.help_of(one)} for one in function.parameters]
    return {
        "name": function.name,
        "shown": f"{ADD_IN}.{function.name}",
        "help": function.help(),
        "reads_master": function.reads_master,
        "parameters": parameters,
    }


def _method_name(function: WorksheetFunction) -> str:
    # An .ods file holds the method's name, an .xlsx file the compatible name: both are the same but for capitals.
    return function.name.lower()


def _methods() -> list[Method]:
    return [
        Method(
            _method_name(one), GRID, (*((parameter.name, ANY) for parameter in one.parameters), ("document_", CALLER))
        )
        for one in FUNCTIONS.values()
    ]


# --- configuration ----------------------------------------------------------------------------------------------


def _xml(root: Any) -> bytes:
    content: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return content


def _data(name: str, *nodes: Any, package: str = "org.openoffice.Office") -> Any:
    return _oor(f"{{{OOR}}}component-data", *nodes, {f"{{{OOR}}}name": name, f"{{{OOR}}}package": package})


def _node(name: str, *children: Any, replace: bool = False) -> Any:
    operation = {f"{{{OOR}}}op": "replace"} if replace else {}
    return _oor("node", *children, {f"{{{OOR}}}name": name, **operation})


def _text(name: str, text: str, language: str | None = None) -> Any:
    value = _oor("value", text, {f"{XML}lang": language} if language else {})
    return _oor("prop", value, {f"{{{OOR}}}name": name, f"{{{OOR}}}type": "xs:string"})


def _add_in() -> Any:
    functions = [_function_node(one) for one in FUNCTIONS.values()]
    return _data("CalcAddIns", _node("AddInInfo", _node(ADD_IN, _node("AddInFunctions", *functions), replace=True)))


def _function_node(function: WorksheetFunction) -> Any:
    shown = f"{ADD_IN}.{function.name}"
    parameters = [
        _node(
            one.name,
            _text("DisplayName", one.label, "en-US"),
            _text("Description", function.help_of(one), "en-US"),
            replace=True,
        )
        for one in function.parameters
    ]
    return _node(
        _method_name(function),
        _text("DisplayName", shown, "en-US"),
        _text("Description", function.help(), "en-US"),
        _text("Category", "Add-In"),
        _text("CompatibilityName", shown, "en-US"),
        _node("Parameters", *parameters),
        replace=True,
    )


def _add_on() -> Any:
    menu = _node(
        "vn.ctd.menu",
        _text("Title", message("calc-title"), "en-US"),
        _text("Context", CALC),
        _node("Submenu", *_items()),
        replace=True,
    )
    toolbar = _node(TOOLBAR, *_items(), replace=True)
    return _data("Addons", _node("AddonUI", _node("OfficeMenuBar", menu), _node("OfficeToolBar", toolbar)))


def _items() -> list[Any]:
    """Every action in the order of the ribbon, a line between two groups."""
    items: list[Any] = []
    group = ACTIONS[0].group
    entries = [(one.group, one.id, one.label()) for one in ACTIONS]
    last = next(place for place, one in enumerate(ACTIONS) if one.id == "nguon_so_lieu")
    entries.insert(last + 1, (ACTIONS[last].group, WHY, message("calc-why")))
    for its_group, action, label in entries:
        if its_group != group:
            items.append(_node(f"m{len(items):02}", _text("URL", SEPARATOR), replace=True))
            group = its_group
        items.append(
            _node(
                f"m{len(items):02}",
                _text("URL", f"service:{BUTTONS}?{action}"),
                _text("Title", label, "en-US"),
                _text("Target", "_self"),
                _text("Context", CALC),
                replace=True,
            )
        )
    return items


def _window_state() -> Any:
    state = _node(
        f"private:resource/toolbar/addon_{TOOLBAR}", _text("UIName", message("calc-title"), "en-US"), replace=True
    )
    states = _node("UIElements", _node("States", state))
    return _data("CalcWindowState", states, package="org.openoffice.Office.UI")


def _description() -> Any:
    make = ElementMaker(namespace=DESCRIPTION, nsmap={None: DESCRIPTION})
    return make.description(
        make.identifier(value=IDENTIFIER),
        make.version(value=VERSION),
        make("display-name", make.name(message("calc-title"), lang="en")),
    )


def _manifest() -> Any:
    make = ElementMaker(namespace=MANIFEST, nsmap={"manifest": MANIFEST})
    return make.manifest(
        *(
            make("file-entry", {f"{{{MANIFEST}}}full-path": name, f"{{{MANIFEST}}}media-type": kind})
            for name, kind in KINDS.items()
        )
    )
