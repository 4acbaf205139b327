"""What the task pane and the manifest are told about this program: words, groups, actions. All of it is public."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sync.service_door import VERSION
from sync.workspace import CannotRun
from xl_ctd.messages import catalogue, message
from xl_ctd.ribbon import ACTIONS, GROUPS, Action

LONGEST_LABEL, LONGEST_HINT = 125, 250
"""Characters a manifest allows for a label and for a hint."""

TIMEOUT_SECONDS = 900
"""How long the pane waits for an answer: a merge of a whole province may take minutes."""


def page(path: str, language: str = "vi") -> Mapping[str, Any]:
    """Everything the templates and the pane's program need, as plain values; ``path`` is what all pages stand under."""
    shown = [action for action in ACTIONS if action.id != "google_sheets" or has_google()]
    groups = [
        {"id": group, "label": message(f"group-{group}", language=language), "actions": actions}
        for group in GROUPS
        if (actions := [_plain(action, language) for action in shown if action.group == group])
    ]
    texts = {code: text for code, text in catalogue(language).items() if code.startswith("pane-")}
    return {
        "language": language,
        "version": VERSION,
        # Microsoft asks for at least 1.0; ours may begin with 0.
        "manifest_version": f"1.{VERSION}",
        "path": path,
        "timeout": TIMEOUT_SECONDS,
        "tab": texts["pane-tab"],
        "description": texts["pane-description"],
        "groups": groups,
        "icons": ["tab", *(action.id for action in shown)],
        "texts": texts,
    }


def has_google() -> bool:
    """Was Google Sheets set up on this machine? A key that cannot be read counts too: the button says what is wrong."""
    from sync.google.identities import identities

    try:
        return bool(identities())
    except CannotRun:
        return True


def _plain(action: Action, language: str) -> Mapping[str, Any]:
    return {
        "id": action.id,
        "label": action.label(language)[:LONGEST_LABEL],
        "hint": action.hint(language)[:LONGEST_HINT],
        "needs_book": action.needs_book,
        "changes_book": action.changes_book,
        "preview": action.preview,
    }
