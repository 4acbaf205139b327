"""Formats of cells: colours as Google keeps them, and what a cell without a format looks like.

https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/cells#CellFormat
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

WHITE = {"red": 1, "green": 1, "blue": 1}
DEFAULT_FORMAT: dict[str, Any] = {
    "backgroundColor": WHITE,
    "padding": {"top": 2, "right": 3, "bottom": 2, "left": 3},
    "verticalAlignment": "BOTTOM",
    "wrapStrategy": "OVERFLOW_CELL",
    "textFormat": {
        "foregroundColor": {},
        "fontFamily": "arial,sans,sans-serif",
        "fontSize": 10,
        "bold": False,
        "italic": False,
        "strikethrough": False,
        "underline": False,
        "foregroundColorStyle": {"rgbColor": {}},
    },
    "backgroundColorStyle": {"rgbColor": WHITE},
}
_THEME = {
    "TEXT": {},
    "BACKGROUND": WHITE,
    "ACCENT1": {"red": 0.25882354, "green": 0.52156866, "blue": 0.95686275},
    "ACCENT2": {"red": 0.91764706, "green": 0.2627451, "blue": 0.20784314},
    "ACCENT3": {"red": 0.9843137, "green": 0.7372549, "blue": 0.015686275},
    "ACCENT4": {"red": 0.20392157, "green": 0.65882355, "blue": 0.3254902},
    "ACCENT5": {"red": 1, "green": 0.42745098, "blue": 0.003921569},
    "ACCENT6": {"red": 0.27450982, "green": 0.7411765, "blue": 0.7764706},
    "LINK": {"red": 0.06666667, "green": 0.33333334, "blue": 0.8},
}
THEME: dict[str, Any] = {
    "primaryFontFamily": "Arial",
    "themeColors": [{"colorType": kind, "color": {"rgbColor": colour}} for kind, colour in _THEME.items()],
}
_COLOURS = ("backgroundColor", "foregroundColor", "tabColor", "color")


def colour(given: Mapping[str, Any]) -> dict[str, Any]:
    """A colour as it comes back: 8 bits a channel, in single precision, and zeros left out."""
    kept = {}
    for channel in ("red", "green", "blue", "alpha"):
        share = int(float(given.get(channel) or 0) * 255 + 1e-6) / 255
        single = _single(share)
        if single:
            kept[channel] = int(single) if single.is_integer() else single
    return kept


def _single(number: float) -> float:
    """A number as JSON has it after it was kept in single precision: with as few digits as tell it apart."""
    kept = struct.pack("f", number)
    texts = (f"{struct.unpack('f', kept)[0]:.{digits}g}" for digits in range(6, 10))
    return next(float(text) for text in texts if struct.pack("f", float(text)) == kept)


def with_both_colours(thing: Any) -> Any:
    """Every colour both as itself and as a style, whichever of the two was given."""
    if isinstance(thing, list):
        return [with_both_colours(one) for one in thing]
    if not isinstance(thing, Mapping):
        return thing
    new = {name: with_both_colours(value) for name, value in thing.items()}
    for name in _COLOURS:
        given, style = new.get(name), new.get(f"{name}Style")
        if isinstance(style, Mapping) and "rgbColor" in style:
            kept = colour(style["rgbColor"])
        elif isinstance(given, Mapping) and "rgbColor" not in given and "themeColor" not in given:
            kept = colour(given)
        else:
            continue
        new[name], new[f"{name}Style"] = kept, {"rgbColor": kept}
    return new
