"""Writing ``vbaProject.bin`` (MS-OVBA) from source: no compiled code inside, so Excel compiles it when it opens.

Version 0xFFFF in ``_VBA_PROJECT`` says that nothing compiled is kept, as in the add-ins that xlwings and EPPlus ship.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from xl_ctd.hosts.xlam.compound_file import compound_file

CODE_PAGE = 1252
CHUNK = 4096
NOTHING_COMPILED = bytes.fromhex("cc61ffff000100")
_COPY_FLAG, _RAW_CHUNK = 0xB000, 0x3FFF
_SEED = 0x5D


class Kind(Enum):
    """What a module is; the value is its line in the stream ``PROJECT``."""

    STANDARD = "Module={}"
    CLASS = "Class={}"
    DOCUMENT = "Document={}/&H00000000"


@dataclass(frozen=True, slots=True)
class Module:
    """One module with its whole text, the lines ``Attribute VB_…`` included."""

    name: str
    source: str
    kind: Kind = Kind.STANDARD

    def bytes(self) -> bytes:
        """The text as the project keeps it, with Windows line ends.

        Raises ``ValueError`` for anything but ASCII: VBA reads its source in the code page of each computer, and
        Vietnamese would be mutilated on most of them.
        """
        lines = self.source.replace("\r\n", "\n").rstrip("\n").split("\n")
        for number, line in enumerate(lines, 1):
            if not line.isascii():
                raise ValueError(f"{self.name}, line {number}: VBA source must be ASCII: {line.strip()!r}")
        return ("\r\n".join(lines) + "\r\n").encode("ascii")


@dataclass(frozen=True, slots=True)
class Reference:
    """A type library the project uses."""

    name: str
    library: str


def vba_project(name: str, guid: str, modules: Sequence[Module], references: Sequence[Reference]) -> bytes:
    """The whole project as a compound file. ``guid`` is written in braces and never changes for one project."""
    streams = {module.name: compress(module.bytes()) for module in modules}
    storage: Mapping[str, bytes] = {
        "_VBA_PROJECT": NOTHING_COMPILED,
        "dir": compress(_directory(name, modules, references)),
        **streams,
    }
    return compound_file(
        {"VBA": storage, "PROJECT": _project_text(name, guid, modules), "PROJECTwm": _module_names(modules)}
    )


def compress(content: bytes) -> bytes:
    """A compressed container (MS-OVBA 2.4.1): chunks of 4096 bytes, each of literal bytes and copies.

    >>> compress(b"abcdefghijklmnopqrstuv.").hex()
    '0119b000616263646566676800696a6b6c6d6e6f70007172737475762e'
    """
    container = bytearray(b"\x01")
    for start in range(0, len(content), CHUNK):
        chunk = content[start : start + CHUNK]
        body = _compressed_chunk(chunk)
        if len(body) > CHUNK:
            container += struct.pack("<H", _RAW_CHUNK) + chunk.ljust(CHUNK, b"\0")
        else:
            container += struct.pack("<H", _COPY_FLAG | (len(body) - 1)) + body
    return bytes(container)


def _compressed_chunk(chunk: bytes) -> bytes:
    body = bytearray()
    seen: dict[bytes, list[int]] = {}
    at = 0
    while at < len(chunk):
        flags, tokens = 0, bytearray()
        for bit in range(8):
            if at >= len(chunk):
                break
            offset, length = _longest_copy(chunk, at, seen)
            if length:
                flags |= 1 << bit
                bits = _offset_bits(at)
                tokens += struct.pack("<H", (offset - 1) << (16 - bits) | (length - 3))
            else:
                length = 1
                tokens.append(chunk[at])
            for place in range(at, at + length):
                seen.setdefault(chunk[place : place + 3], []).append(place)
            at += length
        body.append(flags)
        body += tokens
    return bytes(body)


def _offset_bits(at: int) -> int:
    """How many bits of a copy token say how far back it looks: more, the farther the chunk has come."""
    return max(4, (at - 1).bit_length()) if at else 4


def _longest_copy(chunk: bytes, at: int, seen: Mapping[bytes, list[int]]) -> tuple[int, int]:
    """How far back and how long; (0, 0) when nothing of three bytes or more repeats here."""
    longest = (0xFFFF >> _offset_bits(at)) + 3
    found = (0, 0)
    start = chunk[at : at + 3]
    if len(start) < 3:
        return found
    for place in reversed(seen.get(start, ())):
        length = 3
        while length < longest and at + length < len(chunk) and chunk[place + length] == chunk[at + length]:
            length += 1
        if length > found[1]:
            found = (at - place, length)
            if length == longest:
                break
    return found


def _record(identifier: int, content: bytes = b"") -> bytes:
    return struct.pack("<HI", identifier, len(content)) + content


def _number(identifier: int, number: int) -> bytes:
    return _record(identifier, struct.pack("<I", number))


def _both(identifier: int, unicode_identifier: int, text: str) -> bytes:
    """A text in the project's code page and again in UTF-16."""
    return _record(identifier, text.encode("ascii")) + _record(unicode_identifier, text.encode("utf-16-le"))


def _directory(name: str, modules: Sequence[Module], references: Sequence[Reference]) -> bytes:
    """The stream ``dir`` before compression (MS-OVBA 2.3.4.2)."""
    english = 0x409
    information = (
        _number(0x01, 1)  # 32-bit Windows; 64-bit Excel reads it too
        + _number(0x02, english)
        + _number(0x14, english)
        + _record(0x03, struct.pack("<H", CODE_PAGE))
        + _record(0x04, name.encode("ascii"))
        + _both(0x05, 0x40, "")  # description
        + _both(0x06, 0x3D, "")  # help file
        + _number(0x07, 0)
        + _number(0x08, 0)
        + struct.pack("<HIIH", 0x09, 4, 0x61EEF783, 3)  # version: its length field says 4 and holds 6
        + _both(0x0C, 0x3C, "")  # constants
    )
    libraries = b"".join(_both(0x16, 0x3E, one.name) + _record(0x0D, _library(one.library)) for one in references)
    count = _record(0x0F, struct.pack("<H", len(modules))) + _record(0x13, b"\xff\xff")
    return information + libraries + count + b"".join(map(_module_record, modules)) + _record(0x10)


def _library(library: str) -> bytes:
    text = library.encode("ascii")
    return struct.pack("<I", len(text)) + text + bytes(6)


def _module_record(module: Module) -> bytes:
    return (
        _both(0x19, 0x47, module.name)
        + _both(0x1A, 0x32, module.name)
        + _both(0x1C, 0x48, "")
        + _number(0x31, 0)  # the text begins at the start of the stream: nothing compiled stands before it
        + _number(0x1E, 0)
        + _record(0x2C, b"\xff\xff")
        + _record(0x21 if module.kind is Kind.STANDARD else 0x22)
        + _record(0x2B)
    )


def _project_text(name: str, guid: str, modules: Sequence[Module]) -> bytes:
    """The stream ``PROJECT`` (MS-OVBA 2.3.1): not protected, no password, visible."""
    lines = [
        f'ID="{guid}"',
        *(module.kind.value.format(module.name) for module in modules),
        f'Name="{name}"',
        'HelpContextID="0"',
        'VersionCompatible32="393222000"',
        f'CMG="{encrypt(guid, bytes(4))}"',
        f'DPB="{encrypt(guid, bytes(1))}"',
        f'GC="{encrypt(guid, bytes([255]))}"',
        "",
        "[Host Extender Info]",
        "&H00000001={3832D640-CF90-11CF-8E43-00A0C911005A};VBE;&H00000000",
        "",
        "[Workspace]",
        *(f"{module.name}=0, 0, 0, 0, C" for module in modules),
    ]
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def _module_names(modules: Sequence[Module]) -> bytes:
    """The stream ``PROJECTwm``: each name in the code page and in UTF-16."""
    names = (module.name.encode("ascii") + b"\0" + module.name.encode("utf-16-le") + b"\0\0" for module in modules)
    return b"".join(names) + b"\0\0"


def encrypt(guid: str, content: bytes) -> str:
    """The "encryption" of MS-OVBA 2.4.3.2 under a fixed seed, so that equal projects have equal bytes."""
    version, key = 2, sum(guid.encode("ascii")) & 0xFF
    encrypted = [_SEED, _SEED ^ version, _SEED ^ key]
    last, newest, before = key, encrypted[2], encrypted[1]
    ignored = [7] * ((_SEED & 6) // 2)
    for byte in (*ignored, *struct.pack("<I", len(content)), *content):
        mixed = byte ^ ((before + last) & 0xFF)
        encrypted.append(mixed)
        before, newest, last = newest, mixed, byte
    return bytes(encrypted).hex().upper()
