"""Is everything that a merge writes still in the master? Asked before the ledger learns of anything."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sync.workspace import refusing
from workbooks import layouts
from workbooks.master_tables import NAME_FOOTNOTES, NAME_MERGED_AT, NAME_VERSION, WRITTEN_TABLES
from workbooks.package import Package
from workbooks.parts import Book
from workbooks.table_patch import WouldLose
from xl_ctd.core.tables import TABLES

TAB_OF: Mapping[str, str] = {
    **{layouts.table_name(table): layouts.TABS[table.code] for table in TABLES},
    **{table.name: table.tab for table in WRITTEN_TABLES},
}
"""Every table that a merge writes, and the tab on which staff know it."""
NAMED_CELLS = (NAME_MERGED_AT, NAME_FOOTNOTES, NAME_VERSION)


def refuse_incomplete(master: Path) -> None:
    """Raise ``WouldLose`` when tables or a named cell are gone, ``WriteRefused`` for what is no workbook."""
    with refusing(master), Package(master) as package:
        book = Book(package)
        names = book.names()
    gone = [tab for name, tab in TAB_OF.items() if name not in book.tables]
    if gone:
        raise WouldLose("write-table-missing", file=master.name, table=", ".join(gone))
    for name in NAMED_CELLS:
        if name not in names:
            raise WouldLose("write-name-missing", file=master.name, name=name)
