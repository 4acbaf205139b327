"""What was put in when the extension was built: version, functions, buttons and sentences."""

from __future__ import annotations

import json
from pathlib import Path

CONTENT = json.loads(Path(__file__).with_name("ctd_content.json").read_text("utf-8"))


def sentence(code, **details):
    """A sentence of ours in Vietnamese with its names filled in."""
    return CONTENT["sentences"][code].format_map(details)
