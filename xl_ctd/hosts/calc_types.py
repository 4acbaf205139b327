"""The UNO type library of the Calc extension, written as LibreOffice's own ``unoidl-write`` writes it.

LibreOffice calls an add-in only through an interface whose methods it finds in a binary type library. The format is
small: an index of names at the end, before it one entry for the interface, every name written once and referred to by
its offset afterwards. So the library is made from the registry wherever the extension is built, and no tool of
LibreOffice's development kit is needed.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

MAGIC = b"UNOIDL\xff\0"
REMARK = b"\0** Created by xl-ctd **\0"
MODULE, INTERFACE = 0, 5
INWARD = 0
"""The direction of a parameter that only goes in."""

SEEN_BEFORE = 0x80000000
"""Marks an offset to a name that was written earlier."""

ANY = "any"
GRID = "[][]any"
CALLER = "com.sun.star.beans.XPropertySet"
"""Of a parameter that Calc fills in itself: the document whose formula is calculated."""


@dataclass(frozen=True, slots=True)
class Method:
    """One method: its name, what it returns and its (name, type) parameters, types as the format spells them."""

    name: str
    returns: str
    parameters: tuple[tuple[str, str], ...]


def type_library(
    modules: Sequence[str], interface: str, base: str, methods: Sequence[Method], remark: bytes = REMARK
) -> bytes:
    """The bytes of a library with one interface inside nested modules (``("vn", "ctd")``)."""
    writer = _Writer(bytearray(MAGIC + struct.pack("<II", 0, 0) + remark))
    entry = writer.interface(base, methods)
    for name in (interface, *reversed(modules[1:])):
        entry = writer.module(name, entry)
    root = writer.index(modules[0], entry)
    struct.pack_into("<II", writer.content, len(MAGIC), root, 1)
    return bytes(writer.content)


@dataclass(slots=True)
class _Writer:
    content: bytearray
    written: dict[str, int] = field(default_factory=dict)

    def interface(self, base: str, methods: Sequence[Method]) -> int:
        start = len(self.content)
        self.content.append(INTERFACE)
        self.number(1)
        self.name(base)
        self.number(0)  # bases that may be missing
        self.number(0)  # attributes
        self.number(len(methods))
        for method in methods:
            self.name(method.name)
            self.name(method.returns)
            self.number(len(method.parameters))
            for name, kind in method.parameters:
                self.content.append(INWARD)
                self.name(name)
                self.name(kind)
            self.number(0)  # exceptions
        return start

    def module(self, name: str, entry: int) -> int:
        """A module with one member; answers its offset."""
        member = self.ended(name)
        start = len(self.content)
        self.content.append(MODULE)
        self.number(1)
        self.number(member)
        self.number(entry)
        return start

    def index(self, name: str, entry: int) -> int:
        """The outermost map, without the head of a module; answers its offset."""
        member = self.ended(name)
        start = len(self.content)
        self.number(member)
        self.number(entry)
        return start

    def ended(self, name: str) -> int:
        """A name with a zero byte behind it; answers its offset."""
        start = len(self.content)
        self.content += name.encode("ascii") + b"\0"
        return start

    def name(self, name: str) -> None:
        """A name with its length before it, or where it was written first."""
        if name in self.written:
            self.number(self.written[name] | SEEN_BEFORE)
            return
        self.written[name] = len(self.content)
        self.number(len(name))
        self.content += name.encode("ascii")

    def number(self, number: int) -> None:
        self.content += struct.pack("<I", number)
