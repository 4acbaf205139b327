"""The component that LibreOffice loads: worksheet functions ``CTD.…`` and the buttons of *Chữ thập đỏ*.

Everything is asked of a helper program or the office's service (``ctd_roads``), so LibreOffice's own Python needs
nothing but its standard library. Which functions and buttons there are stands in ``ctd_content.json``.
"""

from __future__ import annotations

import unohelper
from com.sun.star.lang import Locale, XLocalizable, XServiceInfo, XServiceName
from com.sun.star.sheet import XAddIn
from com.sun.star.task import XJobExecutor
from ctd_buttons import press
from ctd_content import CONTENT
from ctd_functions import answer
from vn.ctd import XCtd

SERVICE = "CTD"
"""The name of the service is what stands before the dot in a formula."""

BUTTONS = "vn.ctd.Buttons"
FUNCTIONS = CONTENT["functions"]


class Functions(unohelper.Base, XCtd, XAddIn, XServiceName, XServiceInfo, XLocalizable):
    """One method for each worksheet function; its methods are put on below."""

    def __init__(self, context):
        self.context = context
        self.locale = Locale("vi", "VN", "")

    def getServiceName(self):
        return SERVICE

    def getImplementationName(self):
        return SERVICE

    def supportsService(self, name):
        return name in self.getSupportedServiceNames()

    def getSupportedServiceNames(self):
        return "com.sun.star.sheet.AddIn", SERVICE

    def setLocale(self, locale):
        self.locale = locale

    def getLocale(self):
        return self.locale

    def getProgrammaticFuntionName(self, shown):  # spelled so in the interface
        return shown.split(".")[-1].lower()

    def getDisplayFunctionName(self, method):
        return FUNCTIONS[method]["shown"]

    def getFunctionDescription(self, method):
        return FUNCTIONS[method]["help"]

    def getDisplayArgumentName(self, method, place):
        return _parameter(method, place, "label")

    def getArgumentDescription(self, method, place):
        return _parameter(method, place, "help")

    def getProgrammaticCategoryName(self, method):
        return "Add-In"

    def getDisplayCategoryName(self, method):
        return CONTENT["title"]


def _parameter(method, place, what):
    parameters = FUNCTIONS[method]["parameters"]
    return parameters[place][what] if place < len(parameters) else ""  # the document, which Calc fills in itself


def _method(name):
    def method(self, *arguments):
        return answer(self.context, name, arguments)

    return method


for _name in FUNCTIONS:
    setattr(Functions, _name, _method(_name))


class Buttons(unohelper.Base, XJobExecutor, XServiceInfo):
    """What menu and toolbar call: ``service:vn.ctd.Buttons?hop_nhat``."""

    def __init__(self, context):
        self.context = context

    def getImplementationName(self):
        return BUTTONS

    def supportsService(self, name):
        return name == BUTTONS

    def getSupportedServiceNames(self):
        return (BUTTONS,)

    def trigger(self, action):
        press(self.context, action)


g_ImplementationHelper = unohelper.ImplementationHelper()
g_ImplementationHelper.addImplementation(Functions, SERVICE, ("com.sun.star.sheet.AddIn", SERVICE))
g_ImplementationHelper.addImplementation(Buttons, BUTTONS, (BUTTONS,))
