"""Writing a compound file (MS-CFB, version 3), the container of a VBA project: equal content gives equal bytes."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Storage: TypeAlias = "Mapping[str, bytes | Storage]"
"""Streams and storages by name; names differ in more than case and have at most 31 characters."""

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SECTOR, SHORT_SECTOR, SHORT_STREAM = 512, 64, 4096
"""Streams below ``SHORT_STREAM`` bytes lie in short sectors inside the root's own stream."""

FREE, END_OF_CHAIN, TABLE_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
NOBODY = 0xFFFFFFFF
ROOT, STORAGE, STREAM = 5, 1, 2
RED, BLACK = 0, 1

_ENTRY = struct.Struct("<64sHBBIII16sIQQIQ")
_HEADER = struct.Struct("<8s16s5H6s9I")
_ENTRIES_PER_SECTOR = SECTOR // _ENTRY.size
_NUMBERS_PER_SECTOR = SECTOR // 4
_TABLES_IN_HEADER = 109


@dataclass(slots=True)
class _Entry:
    """One line of the directory. ``left``, ``right`` and ``child`` are lines."""

    name: str
    kind: int
    content: bytes = b""
    left: int = NOBODY
    right: int = NOBODY
    child: int = NOBODY
    colour: int = BLACK
    start: int = 0
    size: int = 0

    def packed(self) -> bytes:
        name = self.name.encode("utf-16-le") + b"\0\0"
        if len(name) > 64:
            raise ValueError(f"{self.name!r} is longer than a compound file allows")
        times = (0, 0)  # nobody's clock, so that equal content gives equal bytes
        kin = (self.left, self.right, self.child)
        return _ENTRY.pack(name, len(name), self.kind, self.colour, *kin, bytes(16), 0, *times, self.start, self.size)


class _Sectors:
    """Sectors of the file with the table that chains them."""

    def __init__(self) -> None:
        self.sectors: list[bytes] = []
        self.chain: list[int] = []

    def add(self, content: bytes) -> int:
        """Lay content into new sectors and give the first one's number."""
        if not content:
            return END_OF_CHAIN
        first = len(self.sectors)
        self.sectors += _pieces(content, SECTOR)
        self.chain += [*range(first + 1, len(self.sectors)), END_OF_CHAIN]
        return first


def compound_file(tree: Storage) -> bytes:
    """The file that holds these streams and storages.

    Raises ``ValueError`` for a name that is too long and for more content (about 7 MB) than the header can point to.
    """
    entries = [_Entry("Root Entry", ROOT)]
    entries[0].child = _add(entries, tree)
    file = _Sectors()
    short = _lay_streams(entries, file)
    short_table = _numbers(short)
    short_start = file.add(short_table)
    listing = b"".join(entry.packed() for entry in entries)
    unused = _Entry("", 0).packed()
    blank = bytes(66) + unused[66:]  # an unused line has no name at all, not even an empty one
    directory = file.add(listing + blank * (-len(entries) % _ENTRIES_PER_SECTOR))
    tables = _add_table(file)
    header = _HEADER.pack(
        *(SIGNATURE, bytes(16), 0x3E, 3, 0xFFFE, 9, 6, bytes(6)),
        *(0, len(tables), directory, 0, SHORT_STREAM),
        *(short_start, len(short_table) // SECTOR, END_OF_CHAIN, 0),
    )
    pointers = [*tables, *[FREE] * (_TABLES_IN_HEADER - len(tables))]
    return header + struct.pack(f"<{_TABLES_IN_HEADER}I", *pointers) + b"".join(file.sectors)


def _add(entries: list[_Entry], tree: Storage) -> int:
    """Enter one storage's members and give the line of its topmost one."""
    lines: list[int] = []
    for name in sorted(tree, key=_order):
        member = tree[name]
        lines.append(len(entries))
        if isinstance(member, bytes):
            entries.append(_Entry(name, STREAM, member))
        else:
            entries.append(_Entry(name, STORAGE))
            entries[lines[-1]].child = _add(entries, member)
    return _balance(entries, lines)


def _order(name: str) -> tuple[int, bytes]:
    """Names are ordered by length, then by capital letters (MS-CFB 2.6.4)."""
    return len(name.encode("utf-16-le")), name.upper().encode("utf-16-be")


def _balance(entries: list[_Entry], lines: Sequence[int]) -> int:
    """Make one storage's sorted members a red-black tree: balanced, so only its deepest level needs to be red."""
    depths: dict[int, int] = {}

    def top(low: int, high: int, depth: int) -> int:
        if low >= high:
            return NOBODY
        middle = (low + high) // 2
        entry = entries[lines[middle]]
        entry.left, entry.right = top(low, middle, depth + 1), top(middle + 1, high, depth + 1)
        depths[lines[middle]] = depth
        return lines[middle]

    root = top(0, len(lines), 0)
    deepest = max(depths.values(), default=0)
    for line, depth in depths.items():
        entries[line].colour = RED if depth == deepest > 0 else BLACK
    return root


def _lay_streams(entries: Sequence[_Entry], file: _Sectors) -> list[int]:
    """Lay every stream into the file or into the root's short sectors, whose chain is given back."""
    short: list[int] = []
    shelf = bytearray()
    for entry in entries:
        if entry.kind != STREAM:
            continue
        entry.size = len(entry.content)
        if entry.size >= SHORT_STREAM or not entry.content:
            entry.start = file.add(entry.content)
            continue
        pieces = _pieces(entry.content, SHORT_SECTOR)
        entry.start = len(short)
        short += [*range(len(short) + 1, len(short) + len(pieces)), END_OF_CHAIN]
        shelf += b"".join(pieces)
    entries[0].start, entries[0].size = file.add(bytes(shelf)), len(shelf)
    return short


def _add_table(file: _Sectors) -> list[int]:
    """Add the table of all chains, which also names the sectors it lies in itself."""
    used = len(file.sectors)
    count = 1
    while count * _NUMBERS_PER_SECTOR < used + count:
        count += 1
    if count > _TABLES_IN_HEADER:
        raise ValueError("the content is larger than this writer can lay out")
    file.chain += [TABLE_SECTOR] * count
    file.sectors += _pieces(_numbers(file.chain), SECTOR)
    return list(range(used, used + count))


def _numbers(numbers: Sequence[int]) -> bytes:
    """Numbers as whole sectors; unused places say so."""
    filled = [*numbers, *[FREE] * (-len(numbers) % _NUMBERS_PER_SECTOR)]
    return struct.pack(f"<{len(filled)}I", *filled)


def _pieces(content: bytes, size: int) -> list[bytes]:
    return [content[at : at + size].ljust(size, b"\0") for at in range(0, len(content), size)]
