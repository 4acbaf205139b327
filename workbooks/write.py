"""Writing the master without losing what is not ours: ``patch_workbook`` rewrites the bodies of our tables and what
points at them, and copies every other part byte for byte.

The new file is written beside the old one, looked at, and then takes its place in one step. Locks and backups are the
caller's. What each kind of content does when a table changes its size stands in ``table_patch.py`` and
``followers.py``.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from lxml import etree

from workbooks.block_index import BlockIndex
from workbooks.emit import Block, Job, Written, deflate, emit, emit_block
from workbooks.followers import (
    Links,
    anchored,
    drop_calculation_chain,
    follow_anchors,
    follow_elsewhere,
    follow_in_sheet,
    follow_in_workbook,
    followed_table,
    mentions,
    obstacles,
)
from workbooks.package import (
    DeflatedBlocks,
    DiskFull,
    NotPermitted,
    Package,
    PackageDamaged,
    Placed,
    WriteRefused,
    refusal,
)
from workbooks.parts import DECLARATION, Book, TablePart, child, local, parse, serialize
from workbooks.ranges import Change, parse_area
from workbooks.sheet_xml import cells_of, fragment, shared_strings
from workbooks.table_patch import (
    LateJob,
    Orphan,
    Segment,
    TableBody,
    TablePlan,
    WouldLose,
    forget_result,
    plan_table,
)
from xl_ctd.core.remembering import Remember, anew

__all__ = [
    "BlockIndex",
    "DiskFull",
    "NotPermitted",
    "Orphan",
    "PackageDamaged",
    "PatchReport",
    "Segment",
    "TableBody",
    "VerificationFailed",
    "WouldLose",
    "WriteRefused",
    "patch_workbook",
    "replace_atomically",
]

LARGE_PART = 8 << 20
"""A larger part's check sum and rows are verified, but its XML is not parsed once more."""

_RESULTS = re.compile(rb"f(?:\s[^<>]*)?/?>\s*<(?:[\w.-]+:)?v[\s/>]")
"""A formula's cached result anywhere in a sheet."""
_CELL = re.compile(rb"<((?:[\w.-]+:)?)c(?=[\s>])[^>]*(?<!/)>.*?</\1c>", re.DOTALL)
"""A cell of a sheet that holds anything."""

Item = Job | LateJob | Placed
Body = TableBody | Callable[[], TableBody]
"""What a table shall hold, or how to work that out: what takes long is asked for while other tables are being made."""
EmitBlocks = Callable[[Callable[[Item], Block | Placed], Iterator[Item]], Iterable[Block | Placed]]

Each = Callable[[Callable[[str], str], Sequence[str]], Iterable[str]]
Digest = Callable[[Path], str]
_WHOLE = ""
"""Stands for the whole file where a part's name is expected."""


def _nameless(path: Path) -> str:
    return ""


class VerificationFailed(WriteRefused):
    """The new file was not what it should be; the old one is untouched."""


@dataclass(frozen=True, slots=True)
class PatchReport:
    """What a patch did. ``changed`` are the parts whose bytes differ; none when the file was right already.

    ``rows`` are the rows of each table, ``orphans`` the cells of staff's own whose rows are gone, ``indexes`` what to
    hand to the next patch of each table as ``TableBody.index``, ``digest`` what was asked for of the new file, "" where
    there is none.
    """

    target: Path
    changed: tuple[str, ...]
    rows: Mapping[str, int]
    orphans: tuple[Orphan, ...] = ()
    indexes: Mapping[str, BlockIndex] = field(default_factory=dict)
    digest: str = ""


def patch_workbook(
    source: Path,
    target: Path,
    *,
    tables: Mapping[str, Body],
    cells: Mapping[str, Written] | None = None,
    forget_results: Collection[str] = (),
    may_orphan: bool = False,
    emit_blocks: EmitBlocks = map,
    each: Each = map,
    settled: Callable[[], object] = lambda: None,
    remember: Remember = anew,
    digest: Digest = _nameless,
) -> PatchReport:
    """Write ``source`` with new table bodies and cell values to ``target``, which may be the same file.

    ``tables`` are found by the table's name and ``cells`` by defined name, wherever staff moved them. Formulas on
    the sheets that carry one of the names or tables in ``forget_results`` lose their cached results, so that programs
    which do not calculate on opening show no old ones. ``emit_blocks`` may spread the work: it gets a function and
    the items to apply it to, like ``map`` or ``Pool.imap``, and may begin at once; ``each`` does so for the parts to
    read back. ``settled`` is called when every body has been asked for. ``remember`` may know what a sheet says that
    did not change. ``digest`` names the new file by its bytes, while its parts are read back.

    Raises ``WouldLose`` before anything is written when a table or column is gone or when staff's own cells would
    lose their row (unless ``may_orphan``; then the report carries them), and ``WriteRefused`` when the file cannot be
    read or written. In every case the old file is untouched.
    """
    target = Path(os.path.realpath(target))
    first, rest = _one_table_a_sheet(source, tables)
    if rest:
        return _patch_in_steps(
            source, target, first, rest, cells, forget_results, may_orphan, emit_blocks, each, settled, remember, digest
        )
    with Package(source) as package:
        patch = _Patch(package, tables, cells or {}, forget_results, may_orphan, emit_blocks, remember)
        patch.prepare()
        settled()
        try:
            temporary, changed = package.save(target)
        except ValueError as error:
            raise WouldLose("write-text-too-long", table=patch.writing, reason=str(error)) from error
    if not changed and target.exists() and source.exists() and target.samefile(source):
        temporary.unlink()
        return patch.report(target, changed)
    try:
        named = verify(temporary, changed, patch.expected_rows, each, digest)
        replace_atomically(temporary, target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    return patch.report(target, changed, named)


def _one_table_a_sheet(source: Path, tables: Mapping[str, Body]) -> tuple[dict[str, Body], dict[str, Body]]:
    """The tables to write first, and those that must wait because one of the first stands on the same sheet."""
    with Package(source) as package:
        book = Book(package)
    first: dict[str, Body] = {}
    taken: set[str] = set()
    for name, body in tables.items():
        part = book.tables[name].sheet_part if name in book.tables else name
        if part not in taken:
            first[name] = body
        taken.add(part)
    return first, {name: body for name, body in tables.items() if name not in first}


def _patch_in_steps(
    source: Path,
    target: Path,
    first: Mapping[str, Body],
    rest: Mapping[str, Body],
    cells: Mapping[str, Written] | None,
    forget_results: Collection[str],
    may_orphan: bool,
    emit_blocks: EmitBlocks,
    each: Each,
    settled: Callable[[], object],
    remember: Remember,
    digest: Digest,
) -> PatchReport:
    """Two of our tables on one sheet: the second is planned over the file in which the first has its new size."""
    step = target.with_name(target.name + ".xl-ctd-step")
    try:
        before = patch_workbook(source, step, tables=first, may_orphan=may_orphan, emit_blocks=emit_blocks)
        after = patch_workbook(
            step,
            target,
            tables=rest,
            cells=cells,
            forget_results=forget_results,
            may_orphan=may_orphan,
            emit_blocks=emit_blocks,
            each=each,
            settled=settled,
            remember=remember,
            digest=digest,
        )
    finally:
        with suppress(OSError):
            step.unlink(missing_ok=True)
    changed = tuple(dict.fromkeys(before.changed + after.changed))
    orphans = before.orphans + after.orphans
    return PatchReport(target, changed, {**before.rows, **after.rows}, orphans, digest=after.digest)


def verify(
    path: Path,
    changed: Collection[str],
    rows: Mapping[str, tuple[bytes, int]],
    each: Each = map,
    digest: Digest = _nameless,
) -> str:
    """Read the new file back: its directory, the check sum and well-formedness of every changed part, row counts.

    ``rows`` says for a sheet how its rows begin and how many there must be; ``each`` may spread the work over
    processes. Gives the file's digest. Raises ``VerificationFailed``.
    """
    try:
        with Package(path) as package:
            kept = sorted((part for part in changed if part in package), key=lambda one: -package.member(one).size)
            Book(package)
        found = list(each(_Verification(path, rows, digest), [*kept[:1], _WHOLE, *kept[1:]]))
    except (PackageDamaged, expat.ExpatError) as error:
        raise VerificationFailed("write-verification-failed", file=path.name, reason=str(error)) from error
    return next(filter(None, found), "")


@dataclass(frozen=True, slots=True)
class _Verification:
    """Reads one part of the new file back, or names the whole file, in whichever process."""

    path: Path
    rows: Mapping[str, tuple[bytes, int]]
    digest: Digest

    def __call__(self, part: str) -> str:
        if part == _WHOLE:
            return self.digest(self.path)
        with Package(self.path) as package:
            _verify_part(package, part, self.rows.get(part))
        return ""


def _verify_part(package: Package, part: str, rows: tuple[bytes, int] | None) -> None:
    parser = expat.ParserCreate() if package.member(part).size <= LARGE_PART else None
    found, tail = 0, b""
    for chunk in package.chunks(part):
        if parser:
            parser.Parse(chunk)
        if rows is not None:
            seam = len(rows[0]) - 1
            found += (tail + chunk[:seam]).count(rows[0]) + chunk.count(rows[0])
            tail = (tail + chunk[-seam:])[-seam:]
    if parser:
        parser.Parse(b"", True)
    if rows is not None and found != rows[1]:
        reason = f"{part}: {found} ≠ {rows[1]}"
        raise VerificationFailed("write-verification-failed", file=package.path.name, reason=reason)


def replace_atomically(temporary: Path, target: Path) -> None:
    """Put a finished file in the target's place, so that at any moment there is the old or the new one.

    Keeps the target's permissions. Raises ``NotPermitted`` when the target is open in another program (Windows) or
    may not be replaced.
    """
    try:
        if target.exists():
            if not os.access(target, os.W_OK):
                raise PermissionError(13, os.strerror(13))
            os.chmod(temporary, stat.S_IMODE(target.stat().st_mode))  # noqa: PTH101
        temporary.replace(target)
        if os.name == "posix":
            _sync_folder(target.parent)
    except OSError as error:
        raise refusal(error, target) from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def emit_or_copy(item: Item) -> Block | Placed:
    """Make one block; a block of the present file is passed on. Works in a worker process."""
    if isinstance(item, Placed):
        return item
    return emit_block(item.loaded() if isinstance(item, LateJob) else item)


class _Patch:
    """One run of ``patch_workbook``: first every decision, then every replacement, nothing written meanwhile."""

    def __init__(
        self,
        package: Package,
        tables: Mapping[str, Body],
        cells: Mapping[str, Written],
        forget_results: Collection[str],
        may_orphan: bool,
        emit_blocks: EmitBlocks,
        remember: Remember,
    ) -> None:
        self.package, self.tables, self.cells, self.remember = package, tables, cells, remember
        self.forget_results, self.may_orphan, self.emit_blocks = forget_results, may_orphan, emit_blocks
        self.book = Book(package)
        self.links = Links(package)
        self.plans: list[TablePlan] = []
        self.begun: dict[str, Iterator[Block | Placed]] = {}
        self.orphans: tuple[Orphan, ...] = ()
        self.contents: dict[str, DeflatedBlocks] = {}
        self.expected_rows: dict[str, tuple[bytes, int]] = {}
        self.writing = ""
        self._strings: list[str] | None = None
        self._all_strings = False

    def prepare(self) -> None:
        self._plan()
        changes = [plan.change for plan in self.plans]
        for plan in self.plans:
            self.orphans += follow_in_sheet(plan, changes)
            self.package.replace(plan.table.part, followed_table(self.package, plan))
            self.orphans += follow_anchors(self.package, self.links, self.book, plan)
        self._refuse_orphans()
        patched = {plan.table.sheet_part for plan in self.plans}
        follow_elsewhere(self.package, self.links, self.book, changes, patched, set(self.tables), self.remember)
        self._set_cells()
        self._forget_results(patched)
        self.package.replace(self.book.part, follow_in_workbook(self.book, changes))
        drop_calculation_chain(self.package, self.book)
        for plan in self.plans:
            self._replace_sheet(plan)

    def _plan(self) -> None:
        package, links, book = self.package, self.links, self.book
        for name, given in sorted(self.tables.items(), key=lambda item: not isinstance(item[1], TableBody)):
            body = given if isinstance(given, TableBody) else given()
            plan = plan_table(
                book,
                name,
                body,
                self.strings,
                lambda table: obstacles(package, links, book, table),
                lambda table: anchored(package, links, table),
            )
            self._refuse_torn_tables(plan.change, plan.table)
            self.plans.append(plan)
            self.orphans += plan.orphans
            if plan.is_plain:
                self.begun[name] = iter(self.emit_blocks(emit_or_copy, plan.blocks()))
        self._refuse_orphans()

    def _refuse_torn_tables(self, change: Change, table: TablePart) -> None:
        """Pushed rows must not open a gap in another table."""
        for other in self.book.tables.values():
            if other.sheet_part != table.sheet_part or other.name == table.name or not change.pushed:
                continue
            if other.area.first_row < change.below <= other.area.last_row:
                raise WouldLose("write-no-room", table=table.name, sheet=table.sheet, other=other.name)

    def _refuse_orphans(self) -> None:
        if self.orphans and not self.may_orphan:
            first = self.orphans[0]
            example = f"{first.column} {'/'.join(first.key)}: {first.text}"
            raise WouldLose(
                "write-would-orphan", table=first.table, count=str(len(self.orphans)), example=example.strip()
            )

    def strings(self, last: int | None = None) -> Sequence[str]:
        """The shared texts up to number ``last``, loaded when a sheet that another program saved needs them."""
        enough = self._strings is not None and (self._all_strings or (last is not None and last < len(self._strings)))
        if not enough:
            part = next((one.part for one in self.book.related if one.kind == "sharedStrings"), None)
            self._strings = shared_strings(self.package.chunks(part), last) if part else []
            self._all_strings = last is None
        return self._strings or []

    def _set_cells(self) -> None:
        names = self.book.names()
        by_sheet: dict[str, list[tuple[str, Written]]] = {}
        for name, value in self.cells.items():
            if name not in names:
                raise WouldLose("write-name-missing", file=self.package.path.name, name=name)
            sheet, address = names[name]
            by_sheet.setdefault(sheet.casefold(), []).append((address, value))
            self._refuse_name_in_table(name, sheet, address)
        for sheet, part in self.book.sheets.items():
            wanted = by_sheet.pop(sheet.casefold(), [])
            if not wanted:
                continue
            plan = next((plan for plan in self.plans if plan.table.sheet_part == part), None)
            root = plan.sheet.root if plan else parse(self.package, part)
            for address, value in wanted:
                row = parse_area(address).first_row
                _set_cell(root, address, plan.change.row(row) if plan else row, value, self.book.date_1904)
            if not plan:
                self.package.replace(part, serialize(root))

    def _refuse_name_in_table(self, name: str, sheet: str, address: str) -> None:
        area = parse_area(address)
        for plan in self.plans:
            table = plan.table.area
            inside = (
                plan.table.sheet.casefold() == sheet.casefold()
                and table.first_column <= area.first_column <= table.last_column
                and plan.table.first <= area.first_row <= max(plan.table.last, plan.change.new_last)
            )
            if inside:
                raise WouldLose("write-name-in-table", name=name, table=plan.table.name)

    def _forget_results(self, patched: set[str]) -> None:
        names = self.book.names()
        sheets = {names[name][0].casefold() for name in self.forget_results if name in names}
        sheets |= {self.book.tables[name].sheet.casefold() for name in self.forget_results if name in self.book.tables}
        for sheet, part in self.book.sheets.items():
            if sheet.casefold() not in sheets or part in patched:
                continue
            if mentions(self.package, part, _RESULTS, self.remember):
                self.package.edit(part, _without_results)

    def _replace_sheet(self, plan: TablePlan) -> None:
        before, after = plan.sheet.split()
        start = f"<{plan.sheet.prefix}:row r=" if plan.sheet.prefix else "<row r="
        others = (before + after).count(start.encode())
        self.expected_rows[plan.table.sheet_part] = (start.encode(), others + max(1, plan.body.rows))

        def blocks() -> Iterator[Block | Placed]:
            self.writing = plan.table.name
            yield deflate(DECLARATION + before)
            yield from self.begun.get(plan.table.name) or self.emit_blocks(emit_or_copy, plan.blocks())
            yield deflate(after)

        content = DeflatedBlocks(blocks(), wanted=plan.body.index is None)
        self.contents[plan.table.name] = content
        self.package.replace(plan.table.sheet_part, content)

    def report(self, target: Path, changed: tuple[str, ...], digest: str = "") -> PatchReport:
        indexes = {}
        for plan in self.plans:
            content = self.contents[plan.table.name]
            blocks = tuple(placed for placed in content.placed if placed.rows)
            lies_there = plan.table.sheet_part in changed or content.is_present
            if lies_there and all(placed.key for placed in blocks):
                indexes[plan.table.name] = BlockIndex(
                    plan.table.sheet_part, content.crc, content.size, content.compressed, blocks, plan.looks
                )
            elif plan.body.index:  # the part kept its bytes, so the blocks still lie where they lay
                indexes[plan.table.name] = plan.body.index
        rows = {plan.table.name: plan.body.rows for plan in self.plans}
        return PatchReport(target, changed, rows, self.orphans, indexes, digest)


def _without_results(xml: bytes) -> bytes:
    return _CELL.sub(_without_result, xml)


def _without_result(cell: re.Match[bytes]) -> bytes:
    return forget_result(cell[0].decode()).encode()


def _set_cell(root: etree._Element, address: str, row_number: int, value: Written, date_1904: bool) -> None:
    """Give one cell a value; its style stays."""
    data = child(root, "sheetData")
    assert data is not None
    column = parse_area(address).first_column
    prefix = data.prefix or ""
    tag = f"{prefix}:" if prefix else ""
    row = next((one for one in data if local(one) == "row" and one.get("r") == str(row_number)), None)
    if row is None:
        row = fragment(data, f'<{tag}row r="{row_number}"/>')
        after = next((one for one in data if one.get("r") and int(one.get("r") or 0) > row_number), None)
        data.append(row) if after is None else after.addprevious(row)
    old = next((cell for number, cell in cells_of(row) if number == column), None)
    style = int(old.get("s") or 0) if old is not None else 0
    xml = emit(Job([[value]], [column], [style], row_number, 1, prefix=prefix, date_1904=date_1904)).decode()
    made = list(fragment(data, xml))
    if old is not None:
        if made:
            row.replace(old, made[0])
        else:
            row.remove(old)
    elif made:
        after = next((cell for number, cell in cells_of(row) if number > column), None)
        row.append(made[0]) if after is None else after.addprevious(made[0])
