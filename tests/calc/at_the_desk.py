"""A person at LibreOffice's desk, over a pipe. Run by the system's Python, which has LibreOffice's ``uno``.

Standard output: a line when LibreOffice is there, then one JSON line for the answer to each step. Standard input: one
JSON list for each step (name, then its arguments).
"""

from __future__ import annotations

import json
import sys
import threading
import time

import uno
from com.sun.star.accessibility.AccessibleRole import LIST, LIST_ITEM, PUSH_BUTTON
from com.sun.star.accessibility.AccessibleStateType import SHOWING
from com.sun.star.beans import PropertyValue

SECONDS = 120
TOOLBAR = "private:resource/toolbar/addon_vn.ctd.toolbar"


class Desk:
    """One LibreOffice with its documents; the newest one opened is worked on."""

    def __init__(self, pipe):
        here = uno.getComponentContext()
        resolver = here.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", here)
        url = f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext"
        self.context = wait_for(lambda: resolver.resolve(url))
        self.desktop = self.service("com.sun.star.frame.Desktop")

    def service(self, name):
        return self.context.ServiceManager.createInstanceWithContext(name, self.context)

    @property
    def document(self):
        return wait_for(lambda: next(one for one in self.desktop.Components if hasattr(one, "Sheets")))

    def open(self, path):
        self.desktop.loadComponentFromURL(uno.systemPathToFileUrl(path), "_default", 0, ())

    def new(self):
        self.desktop.loadComponentFromURL("private:factory/scalc", "_default", 0, ())

    def put(self, cell, content):
        """A formula, a text, a number, or null to empty the cell."""
        place = self.cell(cell)
        if content is None:
            place.clearContents(1023)
        elif isinstance(content, str):
            place.setFormula(content)
        else:
            place.setValue(content)

    def cell(self, cell):
        """``Chỉ tiêu!D5``; without a sheet, on the first one."""
        sheet, _, place = cell.rpartition("!")
        sheets = self.document.Sheets
        return (sheets.getByName(sheet) if sheet else sheets.getByIndex(0)).getCellRangeByName(place)

    def read(self, cell):
        return self.cell(cell).String

    def select(self, cell):
        self.document.CurrentController.select(self.cell(cell))

    def selected(self):
        address = self.document.CurrentSelection.AbsoluteName.replace("$", "").replace("'", "")
        return address.replace(".", "!", 1)

    def recalculate(self):
        self.document.calculateAll()

    def save(self, path, kind):
        self.document.storeToURL(uno.systemPathToFileUrl(path), (PropertyValue(Name="FilterName", Value=kind),))

    def is_modified(self):
        return self.document.isModified()

    def help(self, function):
        """What the function wizard says of a function and of each argument."""
        found = {
            one.Name: one.Value for one in self.service("com.sun.star.sheet.FunctionDescriptions").getByName(function)
        }
        return [found["Description"], [[one.Name, one.Description] for one in found["Arguments"]]]

    def toolbar(self):
        """The toolbar's name and its labels, None where it is not to be seen."""
        if not self.document.CurrentController.Frame.LayoutManager.isElementVisible(TOOLBAR):
            return None
        return [self._bar().AccessibleName, *(button.AccessibleName for button in self._toolbar_buttons())]

    def _bar(self):
        layout = self.document.CurrentController.Frame.LayoutManager
        return wait_for(lambda: layout.getElement(TOOLBAR)).RealInterface.AccessibleContext

    def _toolbar_buttons(self):
        bar = self._bar()
        buttons = [bar.getAccessibleChild(place).AccessibleContext for place in range(bar.AccessibleChildCount)]
        return [button for button in buttons if button.AccessibleName]

    def click(self, label):
        """Click a button of the toolbar itself; its dialogs wait for an answer meanwhile."""
        button = next(one for one in self._toolbar_buttons() if one.AccessibleName == label)
        threading.Thread(target=button.doAccessibleAction, args=(0,), daemon=True).start()

    def close(self):
        if self.is_open():
            self.document.close(True)

    def remove_sheet(self, name):
        self.document.Sheets.removeByName(name)

    def is_open(self):
        """Is a workbook open?"""
        return any(hasattr(one, "Sheets") for one in self.desktop.Components)

    def press(self, action):
        """Do what a button of the menu does."""
        helper, frame = self.service("com.sun.star.frame.DispatchHelper"), self.document.CurrentController.Frame
        url = f"service:vn.ctd.Buttons?{action}"
        threading.Thread(target=helper.executeDispatch, args=(frame, url, "", 0, ()), daemon=True).start()

    def dialog(self):
        """All words of the dialog that is open, its title first."""
        window = wait_for(self._dialog)
        return [window.AccessibleName, *(part.AccessibleName or text_of(part) for part in parts_of(window))]

    def choose(self, *places):
        """Select lines of the list in the dialog, several where that is possible."""
        *_, lines = self._lists()
        lines.clearAccessibleSelection()
        for place in places:
            lines.selectAccessibleChild(place)

    def turn_to(self, section):
        """Select a section of the dialog."""
        titles, _ = self._lists()
        words = [
            titles.getAccessibleChild(place).AccessibleContext.AccessibleName
            for place in range(titles.AccessibleChildCount)
        ]
        titles.selectAccessibleChild(next(place for place, title in enumerate(words) if title.startswith(section)))

    def _lists(self):
        """The lists that are to be seen in the dialog."""
        lists = [part for part in parts_of(wait_for(self._dialog)) if part.AccessibleRole == LIST]
        return [one for one in lists if one.AccessibleStateSet.contains(SHOWING)]

    def push(self, label):
        """Press a button of the dialog that leaves it open."""
        self._button(label).doAccessibleAction(0)

    def answer(self, label):
        """Press a button of the dialog and wait until that dialog is gone."""
        window = wait_for(self._dialog)
        self.push(label)
        wait_for(lambda: self._dialog() != window)

    def _button(self, label):
        parts = parts_of(wait_for(self._dialog))
        return next(part for part in parts if part.AccessibleRole == PUSH_BUTTON and part.AccessibleName == label)

    def _dialog(self):
        toolkit = self.service("com.sun.star.awt.Toolkit")
        windows = [toolkit.getTopWindow(place) for place in range(toolkit.TopWindowCount)]
        contexts = [window.AccessibleContext for window in windows if window is not None]
        return next((one for one in contexts if any(part.AccessibleName == "Đóng" for part in parts_of(one, 2))), None)


def parts_of(context, depth=6):
    if depth == 0 or context.AccessibleChildCount > 500:
        return
    for place in range(context.AccessibleChildCount):
        child = context.getAccessibleChild(place).AccessibleContext
        if child.AccessibleRole != LIST_ITEM or child.AccessibleName:
            yield child
        yield from parts_of(child, depth - 1)


def text_of(part):
    return part.Text if hasattr(part, "Text") else ""


def wait_for(look):
    """The first answer that is neither an exception nor nothing."""
    last = time.monotonic() + SECONDS
    while True:
        try:
            if found := look():
                return found
        except Exception:
            if time.monotonic() > last:
                raise
        if time.monotonic() > last:
            raise TimeoutError(look)
        time.sleep(0.1)


def main():
    desk = Desk(sys.argv[1])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        sys.stdout.write(json.dumps(getattr(desk, name)(*arguments)) + "\n")
        sys.stdout.flush()


main()
