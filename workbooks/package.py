"""A workbook file as a container of parts: reading them, replacing a few, copying all others byte for byte.

A part that nobody replaced keeps its compressed bytes, its place, its time stamp and its flags. Nothing here touches
the file that is being read: ``save`` writes beside the target, and ``workbooks/write.py`` puts the result in its place.
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

from isal import isal_zlib

from workbooks.emit import FINISH, Block, deflate
from xl_ctd.messages import message

TEMPORARY_SUFFIX = ".xl-ctd-tmp"
"""What stands beside the master while it is being written; a left-over of a killed run is simply written over."""

_LOCAL, _CENTRAL, _END, _END64, _LOCATOR64 = b"PK\3\4", b"PK\1\2", b"PK\5\6", b"PK\6\6", b"PK\6\7"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_CENTRAL_HEADER = struct.Struct("<4s6H3I5H2I")
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _DESCRIPTOR, _LEVEL_BITS = 0x1, 0x8, 0x6
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_CHUNK = 1 << 15
"""Bytes read at once."""
_COPIED = 1 << 18
"""Bytes copied at once."""
_PIECE = 1 << 18
"""Bytes inflated at once. A sheet's XML may be a hundred times as long as what it is packed into."""

_ROW_END = b"</row>"

Edit = Callable[[bytes], bytes]
"""Changes XML that may begin and end between any two rows of a sheet."""


class WriteRefused(Exception):
    """The workbook was not written and stays as it was. ``code`` names a sentence that says what to do next."""

    def __init__(self, code: str, **details: str) -> None:
        super().__init__(code, details)
        self.code = code
        self.details: Mapping[str, str] = details

    def sentence(self, language: str = "vi") -> str:
        return message(self.code, self.details, language)

    def __str__(self) -> str:
        return self.sentence()

    def __reduce__(self) -> tuple[object, ...]:
        return _refused_again, (type(self), self.code, dict(self.details))


def _refused_again(kind: type[WriteRefused], code: str, details: dict[str, str]) -> WriteRefused:
    """A refusal that came from another process."""
    return kind(code, **details)


class PackageDamaged(WriteRefused):
    """The file cannot be opened as a workbook: truncated, encrypted, of another kind or with wrong check sums."""


class DiskFull(WriteRefused):
    """There is no room for the new file; the old one is untouched."""


class NotPermitted(WriteRefused):
    """The folder or the file may not be written, or another program holds the file open."""


@dataclass(frozen=True, slots=True)
class Member:
    """One part of the package as the directory describes it. ``start`` and ``end`` enclose the whole local record."""

    name: str
    central: bytes
    start: int
    end: int
    flags: int
    method: int
    crc: int
    compressed: int
    size: int


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a block lies in the compressed bytes of its part, so that the next version may copy it unread.

    Equal keys promise equal bytes.
    """

    offset: int
    length: int
    crc: int
    size: int
    rows: int
    key: str


class DeflatedBlocks:
    """A part's new content as blocks that are compressed one by one and written as they come.

    A ``Placed`` block is copied from the part's present bytes. After ``save`` the attributes tell what was written;
    ``is_present``, which is looked for when it is ``wanted``, that the part's present bytes are these very blocks.
    """

    def __init__(self, blocks: Iterable[Block | Placed], *, wanted: bool = False) -> None:
        self.blocks, self.wanted = blocks, wanted
        self.placed: list[Placed] = []
        self.crc = self.size = self.compressed = 0
        self.is_present = False


class Package:
    """A zip file of parts, opened for reading; use it in a ``with``.

    >>> import io, tempfile, zipfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "small.xlsx")
    ...     with zipfile.ZipFile(path, "w") as archive:
    ...         archive.writestr("xl/workbook.xml", "<workbook/>")
    ...     with Package(path) as package:
    ...         package.names(), package.read("xl/workbook.xml")
    (('xl/workbook.xml',), b'<workbook/>')

    Raises ``PackageDamaged`` for what is no complete, unencrypted zip file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._pending: dict[str, bytes | DeflatedBlocks] = {}
        self._edits: dict[str, list[Edit]] = {}
        self._dropped: set[str] = set()
        self._file: BinaryIO = path.open("rb")
        try:
            self._members, self._comment = _read_directory(self._file, path.name)
        except BaseException:
            self._file.close()
            raise
        self._spelling = {name.replace("\\", "/").casefold(): name for name in self._members}

    def __enter__(self) -> Package:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()

    def names(self) -> tuple[str, ...]:
        """The parts that ``save`` will write, in order."""
        return tuple(name for name in self._members if name not in self._dropped)

    def __contains__(self, name: str) -> bool:
        spelled = self._spelling.get(name.casefold())
        return spelled is not None and spelled not in self._dropped

    def spelled(self, name: str) -> str:
        """The part's name as the file spells it: part names ignore case. Raises ``KeyError`` for an unknown part."""
        return self._spelling[name.casefold()]

    def member(self, name: str) -> Member:
        return self._members[self.spelled(name)]

    def read(self, name: str) -> bytes:
        """The part's content, with pending replacements seen. Raises ``PackageDamaged`` when its check sum is wrong."""
        pending = self._pending.get(self.spelled(name))
        if isinstance(pending, DeflatedBlocks):
            raise ValueError(f"{name} is being written in blocks and cannot be read back")
        return pending if pending is not None else b"".join(self._edited(name))

    def chunks(self, name: str) -> Iterator[bytes]:
        """The part's present content, piece by piece, so that a large sheet never stands in memory whole."""
        member = self.member(name)
        if member.method not in (_STORED, _DEFLATED):
            raise PackageDamaged("write-package-damaged", file=self.path.name, part=name)
        crc = size = 0
        for piece in self._inflated(member):
            crc = isal_zlib.crc32(piece, crc)
            size += len(piece)
            yield piece
        if (crc, size) != (member.crc, member.size):
            raise PackageDamaged("write-package-damaged", file=self.path.name, part=name)

    def read_blocks(self, name: str, offset: int, length: int) -> bytes:
        """What some of a part's compressed bytes say, from the start of one block to the end of another.

        The caller knows these places from an earlier ``save``; check sums of the whole part are not looked at.
        """
        member = self.member(name)
        inflater = isal_zlib.decompressobj(-15)
        return b"".join(map(inflater.decompress, self._raw(self._data_start(member) + offset, length)))

    def _inflated(self, member: Member) -> Iterator[bytes]:
        inflater = isal_zlib.decompressobj(-15) if member.method == _DEFLATED else None
        room = member.size + 1  # a part that is longer than it says is cut here and fails its check sum
        for raw in self._raw(self._data_start(member), member.compressed):
            for piece in _pieces(inflater, raw, member, self.path.name) if inflater else (raw,):
                yield piece[:room]
                room -= len(piece)
                if room <= 0:
                    return

    def _data_start(self, member: Member) -> int:
        self._file.seek(member.start)
        header = self._file.read(_LOCAL_HEADER.size)
        if len(header) < _LOCAL_HEADER.size or header[:4] != _LOCAL:
            raise PackageDamaged("write-package-damaged", file=self.path.name, part=member.name)
        fields = _LOCAL_HEADER.unpack(header)
        start: int = member.start + _LOCAL_HEADER.size + fields[9] + fields[10]
        if start + member.compressed > member.end:
            raise PackageDamaged("write-package-damaged", file=self.path.name, part=member.name)
        return start

    def _raw(self, start: int, length: int, most: int = _CHUNK) -> Iterator[bytes]:
        while length:
            self._file.seek(start)
            piece = self._file.read(min(most, length))
            if not piece:
                raise PackageDamaged("write-package-truncated", file=self.path.name)
            yield piece
            start += len(piece)
            length -= len(piece)

    def replace(self, name: str, content: bytes | DeflatedBlocks) -> None:
        """Give a part new content at the next ``save``. Raises ``KeyError`` for a part that is not there."""
        self._pending[self.spelled(name)] = content

    def edit(self, name: str, change: Edit) -> None:
        """Change a sheet's XML at the next ``save``, some rows at a time, so that it never stands in memory whole."""
        pending = self._pending.get(self.spelled(name))
        if isinstance(pending, bytes):
            self._pending[self.spelled(name)] = change(pending)
        else:
            self._edits.setdefault(self.spelled(name), []).append(change)

    def _edited(self, name: str) -> Iterator[bytes]:
        edits = self._edits.get(self.spelled(name), ())
        for piece in _by_rows(self.chunks(name)) if edits else self.chunks(name):
            for edit in edits:
                piece = edit(piece)
            yield piece

    def drop(self, name: str) -> None:
        """Leave a part out at the next ``save``; its relationships and content type are the caller's to remove."""
        self._dropped.add(self.spelled(name))

    def save(self, path: Path) -> tuple[Path, tuple[str, ...]]:
        """Write the package beside ``path`` and give that file and the names of the parts whose bytes differ.

        A replaced part whose content turns out equal keeps its old bytes. The file is on the disk (fsync) when this
        returns. Raises ``DiskFull`` or ``NotPermitted``, with nothing left behind.
        """
        temporary = path.with_name(path.name + TEMPORARY_SUFFIX)
        try:
            with temporary.open("w+b") as out:
                changed = self._write(out)
                out.flush()
                os.fsync(out.fileno())
        except OSError as error:
            _remove(temporary)
            raise refusal(error, path) from error
        except BaseException:
            _remove(temporary)
            raise
        return temporary, changed

    def _write(self, out: BinaryIO) -> tuple[str, ...]:
        directory: list[bytes] = []
        changed: list[str] = []
        for name, member in self._members.items():
            if name in self._dropped:
                changed.append(name)
                continue
            pending = self._pending.get(name)
            if pending is None and name in self._edits:
                pending = DeflatedBlocks(map(deflate, self._edited(name)))
            if pending is not None:
                central = self._write_new(out, member, pending)
                if central is not None:
                    directory.append(central)
                    changed.append(name)
                    continue
            offset = out.tell()
            self._copy(out, 0, range(member.start, member.end))
            directory.append(_moved(member, offset, self.path.name))
        start = out.tell()
        listing = b"".join(directory)
        if start + len(listing) >= _FULL32 or len(directory) >= _FULL16:
            raise WriteRefused("write-too-large", file=self.path.name)
        end = struct.pack(
            "<4s4H2IH", _END, 0, 0, len(directory), len(directory), len(listing), start, len(self._comment)
        )
        out.write(listing + end + self._comment)
        return tuple(changed)

    def _write_new(self, out: BinaryIO, member: Member, content: bytes | DeflatedBlocks) -> bytes | None:
        """Write the new content of a part and give its directory entry; None when it equals the old content."""
        if isinstance(content, bytes):
            if (len(content), isal_zlib.crc32(content)) == (member.size, member.crc):
                return None
            content = DeflatedBlocks([deflate(content)])
        old = _CENTRAL_HEADER.unpack_from(member.central)
        raw_name = member.central[46 : 46 + old[10]]
        comment = member.central[len(member.central) - old[12] :] if old[12] else b""
        flags = member.flags & ~(_DESCRIPTOR | _LEVEL_BITS)
        offset = out.tell()
        out.write(
            _LOCAL_HEADER.pack(_LOCAL, 20, flags, _DEFLATED, old[5], old[6], 0, 0, 0, len(raw_name), 0) + raw_name
        )
        self._write_blocks(out, member, content)
        if (content.crc, content.size) == (member.crc, member.size) and member.method in (_STORED, _DEFLATED):
            content.is_present = content.wanted and self._is_present(out, content.compressed, member)
            out.seek(offset)
            out.truncate()
            return None
        if max(content.size, content.compressed) >= _FULL32:
            raise WriteRefused("write-too-large", file=self.path.name)
        numbers = (content.crc, content.compressed, content.size)
        end = out.tell()
        out.seek(offset + 14)
        out.write(struct.pack("<3I", *numbers))
        out.seek(end)
        # fmt: off
        entry = _CENTRAL_HEADER.pack(
            _CENTRAL, old[1], 20, flags, _DEFLATED, old[5], old[6], *numbers, len(raw_name), 0, len(comment), 0,
            old[14], old[15], offset,
        )
        # fmt: on
        return entry + raw_name + comment

    def _write_blocks(self, out: BinaryIO, member: Member, content: DeflatedBlocks) -> None:
        content.placed, content.crc, content.size = [], 0, 0
        source = self._data_start(member)
        copied = range(0)  # blocks of the present part that follow each other and are copied in one go
        end = 0
        for block in content.blocks:
            if isinstance(block, Placed):
                length = block.length
                if block.offset != copied.stop:
                    self._copy(out, source, copied)
                    copied = range(block.offset, block.offset)
                copied = range(copied.start, block.offset + length)
            else:
                length = len(block.deflated)
                self._copy(out, source, copied)
                copied = range(0)
                out.write(block.deflated)
            content.placed.append(Placed(end, length, block.crc, block.size, block.rows, block.key))
            content.crc = isal_zlib.crc32_combine(content.crc, block.crc, block.size)
            content.size += block.size
            end += length
        self._copy(out, source, copied)
        out.write(FINISH)
        content.compressed = end + len(FINISH)

    def _is_present(self, out: BinaryIO, length: int, member: Member) -> bool:
        """Are the last bytes written those that the part is packed into now?"""
        if length != member.compressed:
            return False
        out.seek(-length, os.SEEK_CUR)
        return all(out.read(len(old)) == old for old in self._raw(self._data_start(member), length, _COPIED))

    def _copy(self, out: BinaryIO, source: int, part: range) -> None:
        """Copy a part of the file's bytes; ``source`` is where counting begins."""
        for piece in self._raw(source + part.start, len(part), _COPIED):
            out.write(piece)


def _by_rows(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """A sheet's XML in pieces that end where a row ends."""
    rest = b""
    for chunk in chunks:
        rest += chunk
        end = rest.rfind(_ROW_END) + len(_ROW_END)
        if end >= len(_ROW_END):
            yield rest[:end]
            rest = rest[end:]
    yield rest


def _pieces(inflater: Any, raw: bytes, member: Member, file: str) -> Iterator[bytes]:
    """What some compressed bytes say, never much at once: a hundred spaces take one byte."""
    full = True
    while raw or full:
        try:
            piece = inflater.decompress(raw, _PIECE)
        except isal_zlib.error:  # type: ignore[misc]
            raise PackageDamaged("write-package-damaged", file=file, part=member.name) from None
        raw, full = inflater.unconsumed_tail, len(piece) == _PIECE
        if piece:
            yield piece


def refusal(error: OSError, path: Path) -> WriteRefused:
    """The system's refusal to write in our words."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DiskFull("write-disk-full", file=path.name)
    return NotPermitted("write-not-permitted", file=path.name, folder=str(path.parent), reason=error.strerror or "")


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _read_directory(file: BinaryIO, name: str) -> tuple[dict[str, Member], bytes]:
    total = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(8)
    if head == _OLE:
        raise PackageDamaged("write-package-encrypted", file=name)
    if head[:2] != b"PK":
        raise PackageDamaged("write-package-unknown", file=name)
    entries, size, start, comment = _find_directory(file, total, name)
    file.seek(start)
    listing = file.read(size)
    try:
        found = list(_entries(listing, entries))
    except (struct.error, IndexError, UnicodeDecodeError):
        raise PackageDamaged("write-package-damaged", file=name, part="") from None
    starts = sorted({offset for *_, offset in found} | {start})
    following = dict(pairwise(starts))
    members: dict[str, Member] = {}
    for part, central, flags, method, crc, compressed, length, offset in found:
        if flags & _ENCRYPTED:
            raise PackageDamaged("write-package-encrypted", file=name)
        if part in members or offset not in following:
            raise PackageDamaged("write-package-damaged", file=name, part=part)
        members[part] = Member(part, central, offset, following[offset], flags, method, crc, compressed, length)
    return members, comment


def _find_directory(file: BinaryIO, total: int, name: str) -> tuple[int, int, int, bytes]:
    """Number of entries, size and start of the directory, and the archive's comment."""
    file.seek(max(0, total - 65_557 - 20))
    base = file.tell()
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < 22:
        raise PackageDamaged("write-package-truncated", file=name)
    entries, size, start, comment_length = struct.unpack_from("<HIIH", tail, at + 10)
    comment = tail[at + 22 : at + 22 + comment_length]
    end = base + at
    if entries == _FULL16 or _FULL32 in (size, start):
        locator = tail[max(0, at - 20) : at]
        if locator[:4] != _LOCATOR64:
            raise PackageDamaged("write-package-truncated", file=name)
        end = struct.unpack_from("<Q", locator, 8)[0]
        file.seek(end)
        record = file.read(56)
        if record[:4] != _END64 or len(record) < 56:
            raise PackageDamaged("write-package-truncated", file=name)
        entries, size, start = struct.unpack_from("<QQQ", record, 32)
    if start + size > end or len(comment) != comment_length:
        raise PackageDamaged("write-package-truncated", file=name)
    return entries, size, start, comment


def _entries(listing: bytes, count: int) -> Iterator[tuple[str, bytes, int, int, int, int, int, int]]:
    at = 0
    for _ in range(count):
        fields = _CENTRAL_HEADER.unpack_from(listing, at)
        if fields[0] != _CENTRAL:
            raise IndexError(at)
        names, extra, comment = fields[10:13]
        end = at + 46 + names + extra + comment
        if end > len(listing):
            raise IndexError(end)
        central = listing[at:end]
        flags, method, crc = fields[3], fields[4], fields[7]
        part = central[46 : 46 + names].decode("utf-8" if flags & 0x800 else "cp437")
        wide = _wide_fields(central, fields)
        compressed, size, offset = (
            struct.unpack_from("<Q", central, wide[field])[0] if field in wide else fields[field]
            for field in (8, 9, 16)
        )
        yield part, central, flags, method, crc, compressed, size, offset
        at = end


def _wide_fields(central: bytes, fields: tuple[int, ...]) -> dict[int, int]:
    """Which fields of a directory entry stand in its zip64 extra, and where."""
    full = [field for field in (9, 8, 16) if fields[field] == _FULL32]
    at, end = 46 + fields[10], 46 + fields[10] + fields[11]
    while full and at + 4 <= end:
        kind, length = struct.unpack_from("<HH", central, at)
        if kind == 1:
            return {field: at + 4 + 8 * index for index, field in enumerate(full)}
        at += 4 + length
    return {}


def _moved(member: Member, offset: int, file: str) -> bytes:
    """The directory entry of a copied part, with its new place."""
    wide = _wide_fields(member.central, _CENTRAL_HEADER.unpack_from(member.central))
    central = bytearray(member.central)
    if 16 in wide:
        struct.pack_into("<Q", central, wide[16], offset)
    elif offset >= _FULL32:
        raise WriteRefused("write-too-large", file=file)
    else:
        struct.pack_into("<I", central, 42, offset)
    return bytes(central)
