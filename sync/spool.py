"""Finished blocks of a master that wait for their turn: in a file, so that however many there are none takes memory."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

from workbooks.emit import Block
from workbooks.package import Placed

Made = Block | Placed


class Spool:
    """A nameless file in ``folder`` that is gone when it is closed. Several threads may put, one takes."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  it is open as long as this is
        self._writing = threading.Lock()
        self._end = 0

    def close(self) -> None:
        self._file.close()

    def put(self, data: bytes) -> int:
        """Keep some bytes; where they lie."""
        with self._writing:
            place, self._end = self._end, self._end + len(data)
            self._file.seek(place)
            self._file.write(data)
        return place

    def take(self, place: int, length: int) -> bytes:
        """The bytes that lie there."""
        with self._writing:
            self._file.seek(place)
            return self._file.read(length)


class Arrival:
    """A batch of blocks that a process makes: it goes into the spool when it is done, and is taken from there once."""

    def __init__(self, spool: Spool, future: Future[list[Made]]) -> None:
        self._spool = spool
        self._done = threading.Event()
        self._failure: BaseException | None = None
        self._kept: Sequence[tuple[Made, int, int]] = ()
        future.add_done_callback(self._arrived)

    def blocks(self) -> Iterator[Made]:
        """The blocks in their order, once they are there. Raises what the work raised, ``BrokenProcessPool`` when its
        process died, ``OSError`` when the file would not take them."""
        self._done.wait()
        if self._failure is not None:
            raise self._failure
        return map(self._take, self._kept)

    def _arrived(self, future: Future[list[Made]]) -> None:
        try:
            self._kept = [self._put(made) for made in future.result()]
        except Exception as failure:  # it belongs to whoever takes the blocks, not to this thread
            self._failure = failure
        finally:
            self._done.set()

    def _take(self, kept: tuple[Made, int, int]) -> Made:
        made, place, length = kept
        return replace(made, deflated=self._spool.take(place, length)) if isinstance(made, Block) else made

    def _put(self, made: Made) -> tuple[Made, int, int]:
        if isinstance(made, Placed):
            return made, 0, 0
        return replace(made, deflated=b""), self._spool.put(made.deflated), len(made.deflated)
