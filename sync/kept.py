"""What was worked out before: texts by name, in a file beside the ledger that may be deleted or damaged at any time.

A name says everything that its text depends on, so that a text is either right or never found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from sync.encoding import DIGEST, digest_of
from sync.tallying import COUNTING

FILE = "kept.txt"


class KeptTexts:
    """What the file holds, and what this run used of it or worked out anew."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._kept = _read(self._path)
        self._used: dict[str, bytes] = {}

    def text(self, name: str, make: Callable[[], bytes]) -> bytes:
        """The text of a name, made only when there is none. Neither has a line feed in it."""
        text = self._kept.get(name)
        self._used[name] = text = make() if text is None else text
        return text

    def answer(self, asked: str, depends_on: Iterable[str], make: Callable[[], Any]) -> Any:
        """Plain lists, texts and numbers that hang on some texts and on nothing else."""
        digest = sha256(f"{COUNTING}/{asked}".encode())
        for text in depends_on:
            data = text.encode()
            digest.update(b"/%d/" % len(data))
            digest.update(data)
        try:
            return orjson.loads(self.text(digest.hexdigest()[:DIGEST], lambda: orjson.dumps(make())))
        except orjson.JSONEncodeError:  # a sum of more than twenty digits
            return make()

    def keep(self) -> None:
        """Leave in the file what this run used."""
        if self._used == self._kept:
            return
        content = b"\n".join(name.encode() + b" " + text for name, text in self._used.items())
        with suppress(OSError):  # half of it, or nothing, costs time and nothing else
            self._path.write_bytes(digest_of(content).encode() + b"\n" + content)


def _read(path: Path) -> dict[str, bytes]:
    """What the file holds; nothing when a single byte of it is not as it was written."""
    try:
        digest, _, content = path.read_bytes().partition(b"\n")
    except OSError:
        return {}
    if digest != digest_of(content).encode():
        return {}
    lines = (line.partition(b" ") for line in content.split(b"\n") if line)
    return {name.decode(): text for name, _, text in lines}
