"""The dialog of the buttons: a sentence, the sections of an answer, and what a person asks for in it."""

from __future__ import annotations

from urllib.parse import unquote

import unohelper
from com.sun.star.awt import XActionListener, XItemListener
from ctd_content import CONTENT, sentence
from ctd_sections import CONFLICTS, FINDINGS, HELD, SIDES, decisions, passing, sections_of

NARROW, WIDE, MARGIN, GAP, LINE, BUTTON = 340, 520, 8, 4, 10, 72
TITLES, LIST, WHOLE_ROW = 104, 134, 66
"""In the dialog's own unit, a quarter of a letter's width: widths, and heights of a list and of the row shown whole."""

LETTERS, COLUMN_LETTERS = 0.26, 0.22
"""Letters in a unit of width, of the dialog's font and of the one in columns."""

IN_COLUMNS = {"FontName": "Liberation Mono", "FontHeight": 9.0}
"""LibreOffice brings this font along; a control that has columns of its own (the grid) brings LibreOffice 7.4 down
where a screen reader looks at it."""

CANCEL = 2

BESIDE = {
    CONFLICTS: list(SIDES.items()),
    HELD: [("pass", "calc-let-pass")],
    FINDINGS: [("go", "calc-go")],
}
"""Buttons for the selected row by the section's kind: name, and the code of its label."""


def tell(context, title, text):
    """One sentence, and a button to go on."""
    _Dialog(context, title, text, (), None, None).run()


def show_answer(context, answer, document):
    """Show an answer; the request that a person makes by it (action, arguments), None when it is only closed."""
    asks = answer["asks"]
    return _Dialog(context, answer["title"], answer["sentence"], sections_of(answer), asks, document).run()


class _Dialog:
    """``asks`` is the action to agree to, ``document`` the workbook in front; both may be None."""

    def __init__(self, context, title, text, sections, asks, document):
        self._sections, self._asks, self._document = sections, asks, document
        self._request = None
        self._shown = 0
        manager = context.ServiceManager
        self._model = manager.createInstanceWithContext("com.sun.star.awt.UnoControlDialogModel", context)
        self._width = WIDE if sections else NARROW
        self._fill(title, text)
        self._dialog = manager.createInstanceWithContext("com.sun.star.awt.UnoControlDialog", context)
        self._dialog.setModel(self._model)
        toolkit = manager.createInstanceWithContext("com.sun.star.awt.Toolkit", context)
        frame = document.CurrentController.Frame.ContainerWindow if document else toolkit.getDesktopWindow()
        self._dialog.createPeer(toolkit, frame)
        self._listen()

    def run(self):
        if self._sections:
            self._show_section(0)
        try:
            self._dialog.execute()
        finally:
            self._dialog.dispose()
        return self._request

    # --- what is in it, one below the other

    def _fill(self, title, text):
        inner = self._width - 2 * MARGIN
        rows = sum(1 + int(len(part) / inner / LETTERS) for part in text.split("\n"))
        # As a label of what follows, its first letter would be underlined.
        self._add(
            "UnoControlFixedText",
            "text",
            (MARGIN, MARGIN, inner, LINE * rows),
            Label=text,
            MultiLine=True,
            NoLabel=True,
        )
        top = MARGIN + LINE * rows + GAP
        if self._sections:
            top = self._add_sections(top, title)
        self._add_buttons(top)
        self._model.Title, self._model.Width, self._model.Height = title, self._width, top + 14 + MARGIN
        self._model.PositionX, self._model.PositionY = 40, 30

    def _add_sections(self, top, title):
        left, height = MARGIN, LIST + WHOLE_ROW + GAP
        titles = tuple(one.title for one in self._sections)
        if len(titles) > 1 or not titles[0].startswith(title):
            area = (left, top, TITLES, LINE + height)
            self._add("UnoControlListBox", "sections", area, StringItemList=titles, SelectedItems=(0,))
            left += TITLES + GAP
        width = self._width - MARGIN - left
        self._letters = int(width * COLUMN_LETTERS)
        self._add("UnoControlFixedText", "headers", (left, top, width, LINE), NoLabel=True, **IN_COLUMNS)
        for place, section in enumerate(self._sections):
            area = (left, top + LINE, width, LIST)
            several = section.kind == CONFLICTS
            self._add("UnoControlListBox", f"list{place}", area, MultiSelection=several, **IN_COLUMNS)
        area = (left, top + LINE + LIST + GAP, width, WHOLE_ROW)
        self._add("UnoControlEdit", "row", area, MultiLine=True, ReadOnly=True, VScroll=True)
        return top + LINE + height + GAP

    def _add_buttons(self, top):
        """At the right what goes on or ends, at the left what concerns the selected row."""
        kinds = {section.kind for section in self._sections}
        going = [("close", sentence("calc-close"), {"PushButtonType": CANCEL})]
        if self._asks:
            going.insert(0, ("agree", _asked(self._asks), {}))
        if CONFLICTS in kinds:
            going.insert(0, ("decide", sentence("calc-decide", count=0), {"Enabled": False}))
        left = self._width - MARGIN - len(going) * BUTTON - (len(going) - 1) * GAP
        for place, (name, label, traits) in enumerate(going):
            area = (left + place * (BUTTON + GAP), top, BUTTON, 14)
            self._add("UnoControlButton", name, area, Label=label, DefaultButton=place == 0, **traits)
        for kind in kinds:
            for place, (name, label) in enumerate(BESIDE.get(kind, ())):
                area = (MARGIN + place * (BUTTON + GAP), top, BUTTON, 14)
                self._add("UnoControlButton", name, area, Label=sentence(label))

    def _add(self, kind, name, area, **traits):
        self._insert(self._model.createInstance(f"com.sun.star.awt.{kind}Model"), name, area, **traits)

    def _insert(self, part, name, area, **traits):
        part.PositionX, part.PositionY, part.Width, part.Height = area
        for trait, value in traits.items():
            setattr(part, trait, value)
        self._model.insertByName(name, part)

    # --- what a person does

    def _listen(self):
        acts = {
            "agree": lambda: self._ask((self._asks, {})),
            "decide": lambda: self._ask(decisions(self._conflicts)),
            "go": self._go,
            "pass": lambda: self._ask(passing(self._section, self._row)),
            **{side: lambda side=side: self._choose(side) for side in SIDES},
        }
        for name, act in acts.items():
            if self._model.hasByName(name):
                self._dialog.getControl(name).addActionListener(_When(act))
        if self._model.hasByName("sections"):
            chosen = self._dialog.getControl("sections")
            chosen.addItemListener(_When(lambda: self._show_section(chosen.SelectedItemPos)))
        for place in range(len(self._sections)):
            self._dialog.getControl(f"list{place}").addItemListener(_When(self._show_row))

    @property
    def _section(self):
        return self._sections[self._shown]

    @property
    def _list(self):
        return self._dialog.getControl(f"list{self._shown}")

    @property
    def _row(self):
        """The first selected row, None without one."""
        rows = self._list.getSelectedItemsPos()
        return min(rows) if rows else None

    def _show_section(self, place):
        self._shown = place
        for other in range(len(self._sections)):
            self._dialog.getControl(f"list{other}").setVisible(other == place)
        for kind, buttons in BESIDE.items():
            for name, _ in buttons:
                if self._model.hasByName(name):
                    self._dialog.getControl(name).setVisible(kind == self._section.kind)
        row = self._row or 0
        self._show_lines()
        self._list.selectItemPos(row, True)
        self._show_row()

    def _show_lines(self):
        headers, *lines = self._section.lines(self._letters)
        self._model.getByName("headers").Label = headers
        self._list.Model.StringItemList = tuple(lines)

    def _show_row(self):
        row, kind = self._row, self._section.kind
        self._dialog.getControl("row").setText("" if row is None else self._section.words(row))
        if kind == FINDINGS:
            self._model.getByName("go").Enabled = row is not None and self._leads_to(row) is not None
        if kind == HELD:
            self._model.getByName("pass").Enabled = row is not None and passing(self._section, row) is not None

    @property
    def _conflicts(self):
        return next(one for one in self._sections if one.kind == CONFLICTS)

    def _ask(self, request):
        self._request = request
        self._dialog.endExecute()

    def _choose(self, side):
        """Every selected conflict takes this side; then the next one is selected."""
        rows = self._list.getSelectedItemsPos()
        for row in rows:
            self._section.choose(row, side)
        self._show_lines()
        following = max(rows, default=-1) + 1
        self._list.selectItemPos(following if following < len(self._section.rows) else following - 1, True)
        count = sum(side is not None for side in self._section.sides)
        decide = self._model.getByName("decide")
        decide.Label, decide.Enabled = sentence("calc-decide", count=count), count > 0
        self._show_row()

    def _leads_to(self, row):
        """The sheet and cell of a finding; None when it does not lie in the open document."""
        _, _, file, sheet, cell, _ = self._section.rows[row]
        name = unquote(getattr(self._document, "URL", "").rpartition("/")[2])
        is_here = file == name and cell and self._document.Sheets.hasByName(sheet)
        return (sheet, cell) if is_here else None

    def _go(self):
        name, cell = self._leads_to(self._row)
        sheet, controller = self._document.Sheets.getByName(name), self._document.CurrentController
        controller.setActiveSheet(sheet)
        controller.select(sheet.getCellRangeByName(cell))


def _asked(action):
    """The words of the button that agrees."""
    return sentence("calc-agree") if action == "hop_nhat" else CONTENT["actions"][action]["label"]


class _When(unohelper.Base, XActionListener, XItemListener):
    """Does something when a button is pressed or a line chosen."""

    def __init__(self, act):
        self._act = act

    def actionPerformed(self, event):
        self._act()

    def itemStateChanged(self, event):
        self._act()

    def disposing(self, event):
        pass
