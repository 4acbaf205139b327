"""The tab *Chữ thập đỏ* as RibbonX (customUI14, Excel 2010 and later), written from the ribbon's actions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from lxml import etree

from xl_ctd.messages import message
from xl_ctd.ribbon import Action

NAMESPACE = "http://schemas.microsoft.com/office/2009/07/customui"
LARGE = frozenset({"hop_nhat", "kiem_tra", "bao_cao", "tro_giup"})
"""The buttons that are looked for most."""

WHEN_CONFIGURED = frozenset({"google_sheets"})


def ribbon_xml(actions: Sequence[Action], language: str = "vi") -> bytes:
    """The tab with a group for each run of actions of one group. A button's tag is the action that a click runs
    first."""
    root = etree.Element(f"{{{NAMESPACE}}}customUI", nsmap={None: NAMESPACE})
    tabs = _under(_under(root, "ribbon"), "tabs")
    label = message("addin-tab", language=language)
    tab = _under(tabs, "tab", id="tabCTD", label=label, insertAfterMso="TabHome")
    for group, members in groupby(actions, key=lambda action: action.group):
        box = _under(tab, "group", id=f"group_{group}", label=message(f"group-{group}", language=language))
        for action in members:
            _under(box, "button", **_button(action, language))
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return written


def _button(action: Action, language: str) -> dict[str, str]:
    label = action.label(language)
    button = {
        "id": action.id,
        "tag": action.preview or action.id,
        "label": label,
        "screentip": label,
        "supertip": action.hint(language),
        "imageMso": action.image_mso,
        "size": "large" if action.id in LARGE else "normal",
        "onAction": "CTD_OnAction",
    }
    return button | {"getVisible": "CTD_GetVisible"} if action.id in WHEN_CONFIGURED else button


def _under(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes)
