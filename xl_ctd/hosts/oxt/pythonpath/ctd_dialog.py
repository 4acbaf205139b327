"""Dialogs of the buttons: a sentence, small tables, findings that lead to their cell, and what a person answers."""

from __future__ import annotations

from urllib.parse import unquote

import unohelper
from com.sun.star.awt import XActionListener
from ctd_content import sentence

AGREED = 1
WIDTH, MARGIN, LINE, BUTTON = 340, 8, 10, 60
"""In the dialog's own unit, a quarter of a letter's width."""

SIGNS = {"error": "✖", "warning": "▲", "info": "•"}
LETTERS_IN_LINE = 88


def tell(context, title, text):
    """One sentence, and a button to go on."""
    _run(context, title, text, (), (), asks=False, document=None)


def show_answer(context, answer, document):
    """An action's answer; ``AGREED`` when a person agreed to what it asks."""
    tables = [line for table in answer["tables"] for line in _table_lines(table)]
    return _run(
        context, answer["title"], answer["sentence"], tables, answer["findings"], bool(answer["asks"]), document
    )


def _table_lines(table):
    yield table["title"]
    yield "    " + "  |  ".join(table["headers"])
    for row in table["rows"]:
        yield "    " + "  |  ".join(cell or "–" for cell in row)


def _run(context, title, text, lines, findings, asks, document):
    manager = context.ServiceManager
    model = manager.createInstanceWithContext("com.sun.star.awt.UnoControlDialogModel", context)
    leads = [_leads_to(one, document) for one in findings]
    _fill(model, title, text, lines, findings, asks, any(leads))
    dialog = manager.createInstanceWithContext("com.sun.star.awt.UnoControlDialog", context)
    dialog.setModel(model)
    toolkit = manager.createInstanceWithContext("com.sun.star.awt.Toolkit", context)
    frame = document.CurrentController.Frame.ContainerWindow if document is not None else toolkit.getDesktopWindow()
    dialog.createPeer(toolkit, frame)
    if any(leads):
        jump = _Jump(dialog, document, leads)
        dialog.getControl("go").addActionListener(jump)
        dialog.getControl("findings").addActionListener(jump)
    try:
        return dialog.execute()
    finally:
        dialog.dispose()


def _leads_to(finding, document):
    """The sheet and cell of a finding, None when it does not lie in the open document."""
    name = unquote(getattr(document, "URL", "").rpartition("/")[2])
    is_here = finding["file"] == name and finding["cell"] and document.Sheets.hasByName(finding["sheet"])
    return (finding["sheet"], finding["cell"]) if is_here else None


def _fill(model, title, text, lines, findings, asks, leads):
    """Put the parts one below the other."""
    inner = WIDTH - 2 * MARGIN
    rows = sum(1 + len(part) // LETTERS_IN_LINE for part in text.split("\n"))
    top = MARGIN
    # As a label of what follows, its first letter would be underlined.
    _add(model, "FixedText", "text", (MARGIN, top, inner, LINE * rows), Label=text, MultiLine=True, NoLabel=True)
    top += LINE * rows + 4
    if lines:
        height = LINE * min(max(len(lines), 3), 14) + 6
        _add(
            model,
            "Edit",
            "tables",
            (MARGIN, top, inner, height),
            Text="\n".join(lines),
            MultiLine=True,
            ReadOnly=True,
            VScroll=True,
            HScroll=True,
        )
        top += height + 4
    if findings:
        height = LINE * min(max(len(findings), 3), 8) + 4
        items = tuple(_finding_line(one) for one in findings)
        _add(model, "ListBox", "findings", (MARGIN, top, inner, height), StringItemList=items)
        top += height + 4
    buttons = [("close", sentence("calc-close"), 2, not asks)]
    if asks:
        buttons.insert(0, ("agree", sentence("calc-agree"), 1, True))
    if leads:
        buttons.insert(0, ("go", sentence("calc-go"), 0, False))
    left = WIDTH - MARGIN - len(buttons) * (BUTTON + 4)
    for place, (name, label, kind, first) in enumerate(buttons):
        area = (left + place * (BUTTON + 4), top, BUTTON, 14)
        _add(model, "Button", name, area, Label=label, PushButtonType=kind, DefaultButton=first)
    model.Title, model.Width, model.Height = title, WIDTH, top + 14 + MARGIN
    model.PositionX, model.PositionY = 60, 40


def _finding_line(finding):
    place = " ".join(part for part in (finding["file"], finding["sheet"], finding["cell"]) if part)
    return f"{SIGNS[finding['severity']]} {finding['code']} {place}: {finding['sentence']}"


def _add(model, kind, name, area, **properties):
    part = model.createInstance(f"com.sun.star.awt.UnoControl{kind}Model")
    part.PositionX, part.PositionY, part.Width, part.Height = area
    for key, value in properties.items():
        setattr(part, key, value)
    model.insertByName(name, part)


class _Jump(unohelper.Base, XActionListener):
    """Leads to the cell of the chosen finding, when it lies in the open document."""

    def __init__(self, dialog, document, leads):
        self._dialog, self._document, self._leads = dialog, document, leads

    def actionPerformed(self, event):
        place = self._dialog.getControl("findings").getSelectedItemPos()
        if place < 0 or self._leads[place] is None:
            return
        name, cell = self._leads[place]
        sheet = self._document.Sheets.getByName(name)
        self._document.CurrentController.setActiveSheet(sheet)
        self._document.CurrentController.select(sheet.getCellRangeByName(cell))

    def disposing(self, event):
        pass
