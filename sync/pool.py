"""Reading many files at once in processes of their own, so that a file which kills its parser harms nobody else."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from sync.reading import Context, Outcome, Reader, read_in_worker, start_worker
from sync.sources.folder import SourceFile
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
        reader = Reader(context)
        outcomes = []
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
