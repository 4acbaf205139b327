"""What was put in when the extension was built: version, functions, buttons and sentences."""

from __future__ import annotations

import json
import os

with open(os.path.join(os.path.dirname(__file__), "ctd_content.json"), encoding="utf-8") as _file:
    CONTENT = json.load(_file)


def sentence(code, **details):
    """A sentence of ours in Vietnamese with its names filled in."""
    return CONTENT["sentences"][code].format_map(details)
