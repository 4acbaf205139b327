"""The service's log: one JSON object a line, saying what happened and never what was sent.

No cell values, file names, people's names or tokens: a request is told by the pattern of its address, its status, its
duration and the id of the token; an error by its kind and the places in the program it went through.
"""

from __future__ import annotations

import logging
import secrets
import sys
import traceback
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import orjson

NAME = "xl_ctd.service"
KEPT_FRAMES = 12
_LARGEST, _KEPT = 5_000_000, 5
_SUPPORT_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that sound or look alike on the telephone


class JsonLines(logging.Formatter):
    """One record as one line of JSON. Other programs' words are kept as their pattern, without what was filled in."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
        }
        if record.name == NAME:
            told |= {"event": record.msg, **getattr(record, "facts", {})}
        else:
            told |= {"event": "library", "from": record.name, "pattern": str(record.msg)[:200]}
        if record.exc_info and record.exc_info[1] is not None:
            told |= places(record.exc_info[1])
        return orjson.dumps(told).decode()


def start_log(file: Path | None) -> None:
    """Send the service's own records and the server's to a file that is kept small, or to standard error."""
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(file, maxBytes=_LARGEST, backupCount=_KEPT, encoding="utf-8")
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(NAME).setLevel(logging.INFO)


def tell(event: str, *, error: BaseException | None = None, level: int = logging.INFO, **facts: object) -> None:
    """Write one event. ``facts`` are ids, counts, codes and durations only."""
    if error is not None:
        facts |= places(error)
    logging.getLogger(NAME).log(level, event, extra={"facts": facts})


def places(error: BaseException) -> dict[str, Any]:
    """What may be told of an error: its kind and where it passed, innermost last; its text may hold what was typed."""
    frames = [
        f"{frame.f_globals.get('__name__', '?')}:{line} {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    return {"kind": type(error).__name__, "frames": frames[-KEPT_FRAMES:]}


def support_id() -> str:
    """A name for one unexpected error, short enough to read out: ``K7QF-3MTX``."""
    letters = [secrets.choice(_SUPPORT_LETTERS) for _ in range(8)]
    return f"{''.join(letters[:4])}-{''.join(letters[4:])}"
