"""Work spread over processes: files are read there, so that one which kills its parser harms nobody else, and the
rows of a large master are put into XML there."""

from __future__ import annotations

import gc
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from sync.master_content import start_emitting
from sync.reading import Context, Outcome, Reader, read_in_worker, start_worker
from sync.sources.folder import SourceFile
from sync.spool import Arrival, Made, Spool
from workbooks.emit import Job
from workbooks.package import Placed
from workbooks.table_patch import LateJob
from xl_ctd.core.findings import Finding, Place, Severity
from xl_ctd.core.submissions import SourceInfo

INLINE_FILES = 2
"""So few files are read in this process: starting others would cost more. The gate has looked at them first."""
CHUNK = 8


class Workers:
    """The processes of one run: started when the first of them is wanted, used for reading and again for writing.

    They are started before the run holds much, so that they stay small. A context manager.
    """

    def __init__(self, count: int | None = None) -> None:
        self.count = count if count is not None else os.cpu_count() or 1
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def pool(self, prepare: Callable[..., None], *of: Any) -> ProcessPoolExecutor:
        """The processes, each prepared by ``prepare(*of)`` unless they are there already."""
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self.count, initializer=prepare, initargs=of)
        return self._pool

    def give_up(self) -> None:
        """After one of them died the others serve no more; the next who wants some gets new ones."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = None


def read_all(
    files: Sequence[SourceFile],
    context: Context,
    workers: Workers,
    *,
    progress: Callable[[int], None] = lambda done: None,
    arrived: Callable[[list[Outcome]], list[Outcome]] = lambda outcomes: outcomes,
) -> list[Outcome]:
    """The outcome of every file, in the order of ``files``. ``progress`` is told how many more are done; ``arrived``
    may put the weight of some outcomes elsewhere as soon as they are there."""
    if len(files) <= INLINE_FILES or workers.count <= 1:
        outcomes = []
        with Reader(context) as reader:
            for file in files:
                outcomes += arrived([reader.read(file)])
                progress(1)
        return outcomes
    size = max(1, min(CHUNK, -(-len(files) // (workers.count * 2))))
    chunks = [tuple(files[start : start + size]) for start in range(0, len(files), size)]
    found: dict[int, list[Outcome]] = {}
    lost = list(range(len(chunks)))
    try:
        pool = workers.pool(start_worker, context)
        waiting = {pool.submit(read_in_worker, chunk): n for n, chunk in enumerate(chunks)}
        for future in as_completed(waiting):
            number = waiting.pop(future)  # a future that is kept keeps all the rows it brought
            found[number] = arrived(future.result())
            lost.remove(number)
            progress(len(chunks[number]))
    except BrokenProcessPool:
        workers.give_up()
        for number in lost:
            found[number] = [_alone(file, context) for file in chunks[number]]
            progress(len(chunks[number]))
    return list(_flat(found, len(chunks)))


def _alone(file: SourceFile, context: Context) -> Outcome:
    """One file in a process of its own; when that process dies, the file is to blame and is told so."""
    try:
        with ProcessPoolExecutor(1, initializer=start_worker, initargs=(context,)) as pool:
            return pool.submit(read_in_worker, (file,)).result()[0]
    except BrokenProcessPool:
        finding = Finding("reader-died", Severity.ERROR, Place(file.name))
        return Outcome(SourceInfo(file.name, "", file.modified, str(file.path)), findings=(finding,))


def _flat(found: dict[int, list[Outcome]], chunks: int) -> Iterator[Outcome]:
    for number in range(chunks):
        yield from found[number]


EMITTED_ROWS = 4_000
"""Rows a worker puts into XML at a time."""
INLINE_ROWS = 6_000
"""So few rows are put into XML in this process."""
MOST_AHEAD = 400
"""Batches a process. What is done lies in a file; a batch that waits for its turn is some kilobytes."""

Item = Job | LateJob | Placed
Make = Callable[[Item], Made]


class Emitter:
    """Makes the blocks of a master in order, large numbers of them in worker processes. A context manager.

    Making begins as soon as blocks are asked for, and goes on while this process does other work. What is done before
    somebody takes it waits in a file in ``folder``.
    """

    def __init__(self, rows: int, workers: Workers, folder: Path) -> None:
        self._workers = workers if rows > INLINE_ROWS and workers.count > 1 else None
        self._folder = folder
        self._spool: Spool | None = None
        self._room = MOST_AHEAD * workers.count
        self._streams: deque[_Stream] = deque()
        self._sent: set[Future[list[Made]]] = set()

    def __enter__(self) -> Emitter:
        return self

    def __exit__(self, *_: object) -> None:
        for future in tuple(self._sent):  # each that ends leaves the set
            future.cancel()
        if self._spool is not None:
            self._spool.close()

    def __call__(self, make: Make, items: Iterator[Item]) -> Iterator[Made]:
        """``map``, begun at once."""
        if self._workers is None:
            return map(make, items)
        stream = _Stream(make, _batches(items))
        self._streams.append(stream)
        self._send_ahead()
        return self._taken(stream)

    def each(self, look: Callable[[str], str], parts: Sequence[str]) -> Iterator[str]:
        """Look at every part of the new file, in the processes that made its blocks where there are some."""
        if self._workers is None:
            yield from map(look, parts)
            return
        try:
            yield from self._workers.pool(start_emitting).map(look, parts)
        except BrokenProcessPool:
            self._workers.give_up()
            yield from map(look, parts)

    def _taken(self, stream: _Stream) -> Iterator[Made]:
        while stream.waiting or self._send(stream):
            batch, arrival = stream.waiting.popleft()
            self._send_ahead()
            yield from _made(stream.make, batch, arrival)

    def _send_ahead(self) -> None:
        """Give the processes work from the oldest streams first."""
        while self._streams and len(self._sent) < self._room:
            if not self._send(self._streams[0]):
                self._streams.popleft()

    def _send(self, stream: _Stream) -> bool:
        """Send a stream's next batch; False when there is none."""
        batch = next(stream.batches, None)
        if batch is None:
            return False
        arrival = None
        if self._workers is not None and any(not isinstance(item, Placed) for item in batch):
            arrival = self._submitted(self._workers.pool(start_emitting), stream.make, batch)
        stream.waiting.append((batch, arrival))
        return True

    def _submitted(self, pool: ProcessPoolExecutor, make: Make, batch: list[Item]) -> Arrival | None:
        try:
            future = pool.submit(_make_in_worker, make, batch)
        except BrokenProcessPool:
            return None
        self._spool = self._spool or Spool(self._folder)
        self._sent.add(future)
        future.add_done_callback(self._sent.discard)
        return Arrival(self._spool, future)


class _Stream:
    """Blocks of one table on their way: batches not sent yet, and those sent in their order."""

    def __init__(self, make: Make, batches: Iterator[list[Item]]) -> None:
        self.make, self.batches = make, batches
        self.waiting: deque[tuple[list[Item], Arrival | None]] = deque()


def _made(make: Make, batch: list[Item], arrival: Arrival | None) -> Iterable[Made]:
    """A batch from its worker; when the workers are gone, it is made in this process."""
    try:
        return arrival.blocks() if arrival else _make_all(make, batch)
    except BrokenProcessPool:
        return _make_all(make, batch)


def _make_all(make: Make, items: list[Item]) -> list[Made]:
    return [make(item) for item in items]


def _make_in_worker(make: Make, items: list[Item]) -> list[Made]:
    made = _make_all(make, items)
    gc.collect()  # nobody else does it there (see start_worker), and asking the ledger leaves cycles behind
    return made


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    rows = 0
    for item in items:
        batch.append(item)
        rows += 0 if isinstance(item, Placed) else item.job.rows if isinstance(item, LateJob) else item.rows
        if rows >= EMITTED_ROWS or len(batch) >= EMITTED_ROWS:
            yield batch
            batch, rows = [], 0
    if batch:
        yield batch
