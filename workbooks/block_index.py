"""Where the blocks of a sheet lie in a master as we wrote it last, so that those which stay are copied unread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from workbooks.package import Package, Placed
from workbooks.parts import TablePart
from workbooks.sheet_xml import Looks


@dataclass(frozen=True, slots=True)
class BlockIndex:
    """Where the blocks of one sheet lie in a file we wrote, and how their rows look. It serves only while that part is
    untouched: Excel's own saving changes the check sum and the size, and everything is written anew."""

    part: str
    crc: int
    size: int
    compressed: int
    blocks: tuple[Placed, ...]
    looks: Looks

    def pieces(self, package: Package) -> Iterator[bytes]:
        """The sheet's XML before the body and what follows it: all that is still to be known."""
        start, end = self.blocks[0].offset, self.blocks[-1].offset + self.blocks[-1].length
        yield package.read_blocks(self.part, 0, start)
        yield package.read_blocks(self.part, end, self.compressed - end)

    def describes(self, package: Package, table: TablePart) -> bool:
        """Whether the part is still as we wrote it and the blocks make up the table's whole body."""
        member = package.member(table.sheet_part)
        present = (table.sheet_part, member.crc, member.size, member.compressed)
        if present != (self.part, self.crc, self.size, self.compressed) or not self.blocks:
            return False
        if self.looks.columns != tuple(range(table.area.first_column, table.area.last_column + 1)):
            return False
        gapless = all(one.offset + one.length == after.offset for one, after in pairwise(self.blocks))
        return gapless and sum(one.rows for one in self.blocks) == table.last - table.first + 1
