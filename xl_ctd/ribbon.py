"""The actions behind the buttons of the tab *Chữ thập đỏ*, declared once for every host.

A host shows ``ACTIONS``, calls ``perform`` with the open workbook and shows the ``Answer``. With no workbook (the
button of LibreOffice, a script) an action works on the master on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.office import Answer, Office
from sync.workspace import CannotRun
from workbooks.package import WriteRefused
from xl_ctd.messages import message

if TYPE_CHECKING:
    import xlwings as xw

GROUPS = ("tong_hop", "kiem_tra", "chia_se", "bao_cao", "tro_giup")
"""The groups of the tab in order; ``group-<id>`` in the catalogue is their label."""


@dataclass(frozen=True, slots=True)
class Action:
    """One button. ``label`` and ``hint`` are its words; ``image_mso`` is the name of a picture that Office ships.

    ``needs_book``: it reads the open workbook, so a host that sends workbooks over a wire must send this one along.
    ``changes_book``: it may write into it. ``preview`` is the action that a click runs first, so that people see what
    would happen and agree.
    """

    id: str
    group: str
    image_mso: str
    needs_book: bool = False
    changes_book: bool = False
    preview: str | None = None

    def label(self, language: str = "vi") -> str:
        return message(f"action-{self.id}", {}, language)

    def hint(self, language: str = "vi") -> str:
        return message(f"action-{self.id}-hint", {}, language)


ACTIONS: tuple[Action, ...] = (
    Action("hop_nhat", "tong_hop", "Consolidate", needs_book=True, changes_book=True, preview="xem_truoc"),
    Action("xem_truoc", "tong_hop", "FilePrintPreview", needs_book=True),
    Action("hoan_tac", "tong_hop", "Undo", needs_book=True, changes_book=True),
    Action("tien_do", "tong_hop", "DateAndTimeInsert"),
    Action("kiem_tra", "kiem_tra", "Spelling"),
    Action("xung_dot", "kiem_tra", "ReviewCompareMenu", needs_book=True, changes_book=True),
    Action("nguon_so_lieu", "kiem_tra", "TracePrecedents", needs_book=True),
    Action("gui_mau", "chia_se", "FileSendAsAttachment"),
    Action("tra_lai", "chia_se", "Reply"),
    Action("google_sheets", "chia_se", "GetExternalDataFromWeb"),
    Action("bao_cao", "bao_cao", "ExportWord"),
    Action("tro_giup", "tro_giup", "Help"),
)

BY_ID: Mapping[str, Action] = {action.id: action for action in ACTIONS}

Perform = Callable[["xw.Book | None", Office, Mapping[str, str]], Answer]


def perform(action_id: str, book: xw.Book | None, office: Office, arguments: Mapping[str, str]) -> Answer:
    """Do what a button says and answer in words.

    ``arguments`` are what a person chose beside the button, named as on the command line; every one may be left out.
    Raises ``CannotRun``, which knows its sentence, for whatever cannot begin; then nothing was changed.
    """
    if action_id not in BY_ID:
        raise CannotRun("action-unknown", action=action_id)
    from sync import live_actions, live_sharing

    run: Perform = getattr(live_actions, action_id, None) or getattr(live_sharing, action_id)
    try:
        return run(book, office, arguments)
    except WriteRefused as refused:
        raise CannotRun(refused.code, **refused.details) from refused
