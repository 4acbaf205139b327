"""What opens the pages of Excel 2021, Microsoft 365 and the web: a key that stands in their addresses.

Excel and the browser fetch manifest, task pane and program text by themselves and add no token, so the address carries
256 random bits of its own (``/xl/<key>/…``). They open that program text and nothing else: whatever holds data asks for
a token all the same. The words are kept, not their digest, because the address has to be shown again.
"""

from __future__ import annotations

import hmac
import re
import secrets
from pathlib import Path

from filelock import FileLock

from sync.service_tokens import write_private
from sync.workspace import CannotRun

PAGES = "/xl"
"""Where the pages of Office.js begin; the key follows."""

MANIFEST = "/manifest.xml"
"""Where Excel finds what to install, as it follows the key."""

_WORDS = re.compile(r"[\w-]{43}", re.ASCII)


class PageKey:
    """The file of the key. It is read at every use, so a key renewed elsewhere replaces the old one at once."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def root(self) -> str:
        """The path that all pages stand under; the key is made when there is none yet. Raises ``CannotRun`` when the
        file holds something else."""
        with self._locked():
            if not self.file.exists():
                self._make()
            words = self._kept()
        if words is None:
            raise CannotRun("page-key-unreadable", file=str(self.file))
        return root_of(words)

    def renew(self) -> str:
        """Make another key: every manifest that was installed before opens nothing any more. Returns its root."""
        with self._locked():
            return root_of(self._make())

    def opens(self, presented: str) -> bool:
        """Is this the key? Nothing is, while the file is missing or holds something else."""
        words = self._kept()
        return words is not None and hmac.compare_digest(presented.encode("utf-8", "surrogatepass"), words.encode())

    def is_damaged(self) -> bool:
        """Is there a file that does not hold a key?"""
        return self.file.exists() and self._kept() is None

    def _locked(self) -> FileLock:
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return FileLock(self.file.with_name(f"{self.file.name}.lock"))

    def _make(self) -> str:
        words = secrets.token_urlsafe(32)
        write_private(self.file, words.encode())
        return words

    def _kept(self) -> str | None:
        try:
            words = self.file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return None
        return words if _WORDS.fullmatch(words) else None


def root_of(words: str) -> str:
    """The path that the pages stand under, for whoever has the key."""
    return f"{PAGES}/{words}"
