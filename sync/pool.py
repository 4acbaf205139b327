"""Work spread over processes: files are read there, so that one which kills its parser harms nobody else, and the
rows of a large master are put into XML there."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from sync.master_content import start_emitting
from sync.reading import Context, Outcome, Reader, read_in_worker, start_worker
from sync.sources.folder import SourceFile
from workbooks.emit import Block, Job
from workbooks.package import Placed
from workbooks.table_patch import LateJob
from xl_ctd.core.findings import Finding, Place, Severity
from xl_ctd.core.submissions import SourceInfo

INLINE_FILES = 2
"""So few files are read in this process: starting others would cost more. The gate has looked at them first."""
CHUNK = 8


def read_all(
    files: Sequence[SourceFile],
    context: Context,
    *,
    workers: int | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> list[Outcome]:
    """The outcome of every file, in the order of ``files``. ``progress`` is told how many more are done."""
    count = workers if workers is not None else os.cpu_count() or 1
    if len(files) <= INLINE_FILES or count <= 1:
        outcomes = []
        with Reader(context) as reader:
            for file in files:
                outcomes.append(reader.read(file))
                progress(1)
        return outcomes
    size = max(1, min(CHUNK, -(-len(files) // (count * 2))))
    chunks = [tuple(files[start : start + size]) for start in range(0, len(files), size)]
    found: dict[int, list[Outcome]] = {}
    lost = list(range(len(chunks)))
    try:
        with ProcessPoolExecutor(count, initializer=start_worker, initargs=(context,)) as pool:
            waiting = {pool.submit(read_in_worker, chunk): n for n, chunk in enumerate(chunks)}
            for future in as_completed(waiting):
                number = waiting[future]
                found[number] = future.result()
                lost.remove(number)
                progress(len(chunks[number]))
    except BrokenProcessPool:
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

Item = Job | LateJob | Placed
Made = Block | Placed
Make = Callable[[Item], Made]


class Emitter:
    """Makes the blocks of a master in order, large numbers of them in worker processes. A context manager."""

    def __init__(self, rows: int, workers: int | None = None) -> None:
        count = workers if workers is not None else os.cpu_count() or 1
        self._pool = (
            ProcessPoolExecutor(count, initializer=start_emitting) if rows > INLINE_ROWS and count > 1 else None
        )
        self._ahead = 3 * count

    def __enter__(self) -> Emitter:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def __call__(self, make: Make, items: Iterator[Item]) -> Iterator[Made]:
        """``map``, with at most a few batches on their way, so that memory stays small."""
        if self._pool is None:
            yield from map(make, items)
            return
        waiting: deque[tuple[list[Item], Future[list[Made]] | None]] = deque()
        for batch in _batches(items):
            waiting.append((batch, _submitted(self._pool, make, batch)))
            while len(waiting) > self._ahead:
                yield from _made(make, *waiting.popleft())
        for sent, future in waiting:
            yield from _made(make, sent, future)


def _submitted(pool: ProcessPoolExecutor, make: Make, batch: list[Item]) -> Future[list[Made]] | None:
    try:
        return pool.submit(_make_all, make, batch)
    except BrokenProcessPool:
        return None


def _made(make: Make, batch: list[Item], future: Future[list[Made]] | None) -> list[Made]:
    """A batch from its worker; when the workers are gone, it is made in this process."""
    try:
        return future.result() if future else _make_all(make, batch)
    except BrokenProcessPool:
        return _make_all(make, batch)


def _make_all(make: Make, items: list[Item]) -> list[Made]:
    return [make(item) for item in items]


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
