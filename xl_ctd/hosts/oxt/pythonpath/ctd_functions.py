"""Answering a formula. The reasons of errors are remembered for a moment, so that a button can show them."""

from __future__ import annotations

from pathlib import Path

import uno
from ctd_blanks import InDoubt, restore_blanks
from ctd_cells import incoming, outgoing, reasons
from ctd_content import CONTENT, sentence
from ctd_roads import NoAnswer, Road

_roads = {}
_heard = None


def road(context):
    """The one way of this LibreOffice."""
    if "road" not in _roads:
        paths = context.ServiceManager.createInstanceWithContext("com.sun.star.util.PathSubstitution", context)
        folder = uno.fileUrlToSystemPath(paths.substituteVariables("$(user)", True))
        _roads["road"] = Road(Path(folder) / CONTENT["settings_file"], CONTENT["version"])
    return _roads["road"]


def answer(context, method, arguments):
    """What stands in the cells of a formula."""
    function = CONTENT["functions"][method]
    document = arguments[-1]
    try:
        meant = restore_blanks(document, function["shown"], arguments[:-1])
        path = _path_of(document) if function["reads_master"] else None
        grid = road(context).call(function["name"], _grids(meant), path)
    except InDoubt as doubt:
        label = function["parameters"][doubt.place]["label"]
        grid = [[{"error": "#VALUE!", "reason": sentence("calc-blank-or-zero", argument=label)}]]
    except NoAnswer as why:
        grid = [[{"error": "#N/A", "reason": sentence(why.code, **why.details)}]]
    if _heard is not None:
        _heard.extend(reasons(grid))
    return outgoing(grid)


def _grids(arguments):
    """One grid for each argument; those left out at the end are not sent."""
    grids = [incoming(argument) for argument in arguments]
    while grids and not grids[-1]:
        grids.pop()
    return grids


def _path_of(document):
    """Where a document is stored on this computer; None for a new one."""
    url = getattr(document, "URL", "")
    return uno.fileUrlToSystemPath(url) if url.startswith("file:") else None


def heard_while(calculate):
    """The reasons of all errors that our functions give while ``calculate()`` runs, each once."""
    global _heard
    _heard = []
    try:
        calculate()
        return list(dict.fromkeys(_heard))
    finally:
        _heard = None
