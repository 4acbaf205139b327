"""What the buttons of *Chữ thập đỏ* do in Calc: save, ask, show the answer, agree, carry out, open again.

While a master is being changed on disk it is closed here, so that nobody's changes are lost under an open window; it is
opened again whatever happens.
"""

from __future__ import annotations

import traceback
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.uno import Exception as UnoException
from ctd_content import CONTENT, sentence
from ctd_dialog import show_answer, tell
from ctd_functions import heard_while, road
from ctd_roads import NoAnswer
from ctd_sections import DECIDE

WHY = "vi_sao"


class Stopped(Exception):
    """The button goes no further; ``sentence`` says why and what to do."""

    def __init__(self, sentence):
        super().__init__(sentence)
        self.sentence = sentence


def press(context, action):
    """Do what a button says in the document in front."""
    document = _in_front(context)
    try:
        if action == WHY:
            tell(context, CONTENT["sentences"]["calc-why"], "\n\n".join(_reasons(document)))
        else:
            _act(context, document, action)
    except Stopped as stop:
        tell(context, CONTENT["title"], stop.sentence)
    except Exception:  # whatever it was, people see a sentence; who looks after the computer finds the rest
        traceback.print_exc()
        tell(context, CONTENT["title"], sentence("calc-unexpected"))


def _desktop(context):
    return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)


def _in_front(context):
    """The document in front; where no window has the focus, the only workbook that is open. None without one."""
    desktop = _desktop(context)
    front = desktop.getCurrentComponent()
    if front is not None:
        return front
    opened = [one for one in desktop.Components if one.supportsService("com.sun.star.sheet.SpreadsheetDocument")]
    return opened[0] if len(opened) == 1 else None


# --- actions ----------------------------------------------------------------------------------------------------


def _act(context, document, action):
    """A button and all that follows from its answers, until a dialog is only closed."""
    path = _path_of_master(document)
    first = CONTENT["actions"][action]["first"]
    if first is not None and path is not None:
        _save(document, path)
    request = (first or action, _selected(document))
    while request is not None:
        answer = _carried_out(context, document, path, *request)
        document = _in_front(context)
        request = show_answer(context, answer, document)


def _carried_out(context, document, path, action, arguments):
    """The answer. The master is closed meanwhile when it may be written."""
    if path is None or not _changes(action, arguments):
        return _ask(context, action, path, arguments)
    _save(document, path)
    url, place = document.URL, _place(document)
    _close(document)
    try:
        return _ask(context, action, path, arguments)
    finally:
        if not _open(context, url, place):
            tell(context, CONTENT["title"], sentence("calc-not-opened", file=path))


def _changes(action, arguments):
    """May this write into the master? Looking at conflicts does not, nor does letting a file pass: that is remembered
    for the next merge."""
    return CONTENT["actions"][action]["changes"] and (action != DECIDE or "conflict" in arguments)


def _ask(context, action, path, arguments):
    try:
        answer = road(context).act(action, path, arguments)
    except NoAnswer as why:
        raise Stopped(sentence(why.code, **why.details)) from None
    if "refused" in answer:
        raise Stopped(answer["refused"])
    return answer["answer"]


def _selected(document):
    """The sheet and cell in front, for actions that ask about a cell."""
    try:
        cell = _active_cell(document)
    except Stopped:
        return {}
    return {"cell": f"{cell.Spreadsheet.Name}!{_address(cell)}"}


# --- the document -----------------------------------------------------------------------------------------------


def _path_of_master(document):
    """Where the open master lies; None when another document is open, or none."""
    if document is None or not getattr(document, "URL", "").startswith("file:"):
        return None
    names = getattr(document, "NamedRanges", None)
    if names is None or not names.hasByName(CONTENT["master_name"]):
        return None
    return uno.fileUrlToSystemPath(document.URL)


def _save(document, path):
    if not Path(path).exists():
        # To store it would make a second master at the old place.
        raise Stopped(sentence("calc-master-gone", file=path))
    if not document.isModified():
        return
    if document.isReadonly():
        raise Stopped(sentence("calc-read-only"))
    try:
        document.store()
    except UnoException:
        raise Stopped(sentence("calc-not-saved")) from None


def _close(document):
    try:
        document.close(True)
    except UnoException:
        raise Stopped(sentence("calc-not-closed")) from None


def _open(context, url, place):
    """Open the master again at the cell where it was. False when LibreOffice cannot."""
    if not Path(uno.fileUrlToSystemPath(url)).exists():
        return False  # asked for such a file, LibreOffice stands there with words of its own
    macros = PropertyValue(Name="MacroExecutionMode", Value=0)
    try:
        opened = _desktop(context).loadComponentFromURL(url, "_blank", 0, (macros,))
    except UnoException:
        opened = None
    if opened is None:
        return False
    name, cell = place
    if name and opened.Sheets.hasByName(name):
        opened.CurrentController.setActiveSheet(opened.Sheets.getByName(name))
        opened.CurrentController.select(opened.Sheets.getByName(name).getCellRangeByName(cell))
    return True


def _place(document):
    try:
        cell = _active_cell(document)
    except Stopped:
        return "", ""
    return cell.Spreadsheet.Name, _address(cell)


def _address(cell):
    return cell.AbsoluteName.rpartition(".")[2].replace("$", "")


def _active_cell(document):
    """The first cell of what is selected. Raises ``Stopped`` when that is no cell."""
    selection = document.CurrentSelection if document is not None else None
    if hasattr(selection, "getCellByPosition"):
        return selection.getCellByPosition(0, 0)
    raise Stopped(sentence("calc-no-cell"))


# --- the reason of an error -------------------------------------------------------------------------------------


def _reasons(document):
    """Why the selected cell shows an error: it is calculated again while our functions say their reasons."""
    cell = _active_cell(document)
    if "CTD." not in cell.Formula.upper():
        raise Stopped(sentence("calc-no-function"))
    modified = document.isModified()
    document.lockControllers()
    try:
        found = heard_while(lambda: _calculate(cell))
    finally:
        document.unlockControllers()
        document.setModified(modified)
    return found or [sentence("calc-no-error")]


def _calculate(cell):
    if cell.getArrayFormula():
        around = cell.Spreadsheet.createCursorByRange(cell)
        around.collapseToCurrentArray()
        around.setArrayFormula(around.getArrayFormula().strip("{}"))
    else:
        cell.setFormula(cell.getFormula())
    cell.getError()  # only now is it calculated
