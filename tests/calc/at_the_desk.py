"""A person at LibreOffice's desk, over a pipe. Run by the system's Python, which has LibreOffice's ``uno``.

Standard input: one JSON list for each step (name, then its arguments). Standard output: one JSON line for its answer.
"""

from __future__ import annotations

import json
import sys
import threading
import time

import uno
from com.sun.star.accessibility.AccessibleRole import LIST_ITEM, PUSH_BUTTON
from com.sun.star.beans import PropertyValue

SECONDS = 60
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
        """The labels on the toolbar, None where it is not to be seen."""
        frame = self.document.CurrentController.Frame
        element = wait_for(lambda: frame.LayoutManager.getElement(TOOLBAR))
        if not frame.LayoutManager.isElementVisible(TOOLBAR):
            return None
        bar = element.RealInterface.AccessibleContext
        names = [
            bar.getAccessibleChild(place).AccessibleContext.AccessibleName for place in range(bar.AccessibleChildCount)
        ]
        return [bar.AccessibleName, *filter(None, names)]

    def press(self, action):
        """Click a button of ours; its dialogs wait for an answer meanwhile."""
        helper, frame = self.service("com.sun.star.frame.DispatchHelper"), self.document.CurrentController.Frame
        url = f"service:vn.ctd.Buttons?{action}"
        threading.Thread(target=helper.executeDispatch, args=(frame, url, "", 0, ()), daemon=True).start()

    def dialog(self):
        """All words of the dialog that is open, its title first."""
        window = wait_for(self._dialog)
        return [window.AccessibleName, *(part.AccessibleName or text_of(part) for part in parts_of(window))]

    def answer(self, label):
        """Press a button of the dialog and wait until that dialog is gone."""
        window = wait_for(self._dialog)
        button = next(
            part for part in parts_of(window) if part.AccessibleRole == PUSH_BUTTON and part.AccessibleName == label
        )
        button.doAccessibleAction(0)
        wait_for(lambda: self._dialog() != window)

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
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        sys.stdout.write(json.dumps(getattr(desk, name)(*arguments)) + "\n")
        sys.stdout.flush()


main()
