"""Writing the master: beside the old one, looked at, then in its place; the ledger knows each step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from sync.ledger import Version
from sync.master_content import Content, content_of, serving
from sync.pool import Emitter, Workers
from sync.workspace import Workspace, copy_whole, file_digest, refusing
from workbooks.block_index import BlockIndex
from workbooks.layouts import MASTER_FIRST_ROW
from workbooks.master_tables import FORMULA_SHEETS, NAME_FOOTNOTES, NAME_MERGED_AT, NAME_VERSION, footnotes
from workbooks.package import Placed
from workbooks.sheet_xml import Looks
from workbooks.table_patch import TableBody
from workbooks.write import Body, patch_workbook, replace_atomically
from xl_ctd.plans import conventions

if TYPE_CHECKING:
    from sync.book import MasterBook

INDEX_FILE = "blocks.json"
"""Where the blocks of each sheet lie in the master as last written; a cache, rebuilt when it is gone or stale."""


def write_master(book: MasterBook, version: Version, progress: Callable[[int, int], None], workers: Workers) -> None:
    """Bring the master on disk to a version of the ledger: the old file or the new one, never half of one.

    Before the new file takes its place the old one is kept for undo and the ledger learns the digest to expect, so
    that a crash at any moment leaves a master whose state can be told. Raises ``WriteRefused`` and ``WouldLose``;
    then the old file is untouched and the next run tries again.
    """
    workspace = book.workspace
    indexes = _read_indexes(workspace.folder)
    tables = _with_indexes(content_of(book), indexes)
    progress(0, 1)
    with _beside(workspace) as beside:
        with serving(book.ledger), Emitter(_rows_to_make(tables), workers, workspace.folder) as emitter:
            report = patch_workbook(
                workspace.master,
                beside,
                tables=tables,
                cells={
                    NAME_MERGED_AT: f"{book.now:%H:%M} ngày {book.now:%d/%m/%Y}",
                    NAME_VERSION: version.number,
                    NAME_FOOTNOTES: footnotes(book.setup, conventions(book.plan.id)),
                },
                forget_results=FORMULA_SHEETS,
                may_orphan=True,
                emit_blocks=emitter,
                each=emitter.each,
                settled=book.let_go,
                remember=book.kept.answer,
                digest=file_digest,
            )
        workspace.backup(version.number)
        book.note_orphans(version.number, [(o.table, o.column, "/".join(o.key), o.text) for o in report.orphans])
        digest = report.digest or file_digest(beside)
        _put_in_place(book, beside, version.number, book.looks(digest, version.number))
    _keep_indexes(workspace.folder, report.indexes)
    book.kept.keep()
    progress(1, 1)


def restore_master(book: MasterBook, backup: Path, version: int) -> None:
    """Put a kept master back, byte for byte, as the file of a version. Raises ``WriteRefused``; then nothing moved."""
    with _beside(book.workspace) as beside:
        copy_whole(backup, beside)
        _put_in_place(book, beside, version, book.looks_restored(file_digest(beside), version))


@contextmanager
def _beside(workspace: Workspace) -> Iterator[Path]:
    """The place of the next master, empty again afterwards whatever happens."""
    try:
        with refusing(workspace.master):
            yield workspace.unfinished
    finally:
        with suppress(OSError):
            workspace.unfinished.unlink(missing_ok=True)


def _put_in_place(book: MasterBook, beside: Path, version: int, looks: Mapping[str, Any]) -> None:
    book.note_writing(version, looks)
    replace_atomically(beside, book.workspace.master)
    book.note_written(version, looks)


def _rows_to_make(bodies: Mapping[str, Body]) -> int:
    """The rows that no block of the present master can stand for, as far as can be told beforehand."""
    made = 0
    for body in bodies.values():
        if isinstance(body, TableBody):
            known = {block.key.rpartition("/")[0] for block in body.index.blocks} if body.index else set()
            row = MASTER_FIRST_ROW
            for segment in body.segments:
                made += 0 if f"{segment.key}/0@{row}" in known else segment.rows
                row += segment.rows
    return made


def _with_indexes(content: Content, indexes: Mapping[str, BlockIndex]) -> dict[str, Body]:
    def indexed(name: str, make: Callable[[], TableBody]) -> Callable[[], TableBody]:
        return lambda: replace(make(), index=indexes.get(name))

    return {
        name: replace(body, index=indexes.get(name)) if isinstance(body, TableBody) else indexed(name, body)
        for name, body in content.tables.items()
    }


def _read_indexes(folder: Path) -> dict[str, BlockIndex]:
    """The remembered blocks; none when the cache is gone or not ours to understand."""
    try:
        stored: dict[str, Any] = orjson.loads((folder / INDEX_FILE).read_bytes())
        return {
            name: BlockIndex(
                item["part"],
                item["crc"],
                item["size"],
                item["compressed"],
                tuple(Placed(*block) for block in item["blocks"]),
                Looks(tuple(item["columns"]), tuple(item["styles"]), item["row"]),
            )
            for name, item in stored.items()
        }
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _keep_indexes(folder: Path, indexes: Mapping[str, BlockIndex]) -> None:
    plain = {
        name: {
            "part": index.part,
            "crc": index.crc,
            "size": index.size,
            "compressed": index.compressed,
            "columns": index.looks.columns,
            "styles": index.looks.styles,
            "row": index.looks.row,
            "blocks": [[getattr(block, field) for field in Placed.__dataclass_fields__] for block in index.blocks],
        }
        for name, index in indexes.items()
    }
    with suppress(OSError):  # a cache: half of it or none costs time, nothing else
        (folder / INDEX_FILE).write_bytes(orjson.dumps(plain))
