"""An office on paper: the real merge, ledger, undo and decisions, over workbooks that are a few pickled rows.

Only the doors to Excel are replaced: what reads a ward's workbook, what reads the master, and what writes it.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from sync.book import MasterBook, open_book
from sync.history import undo
from sync.ledger import Ledger
from sync.run import MergeReport, Options, merge
from sync.workspace import Workspace
from workbooks.layouts import column_letters
from workbooks.master_tables import NAME_VERSION
from xl_ctd.core.records import Cell, Rows
from xl_ctd.core.submissions import SourceInfo, Submission, UnitYear
from xl_ctd.core.tables import BY_CODE
from xl_ctd.core.units import Unit
from xl_ctd.plans import setup_for

YEAR = 2024
NOW = datetime(2025, 1, 6, 16, 5)
SETUP = setup_for("TS", YEAR)
WARDS: tuple[Unit, ...] = SETUP.units.expected_in(YEAR)[:2]
FUND = BY_CODE["QUY"]
CODES = tuple(field.code for field in FUND.stored)
LETTERS = {code: column_letters(n) for n, code in enumerate(CODES, 1)}

Line = dict[str, Cell]
"""One row of a fund's book by field code; ``_rid`` may be blank."""
Seen = dict[tuple[str, str], Line]
"""(unit, document number) → the row"""


def line(number: str, text: Cell, amount: Cell, rid: str = "") -> Line:
    """A row as somebody types it."""
    typed: Line = {
        "SO_CT": number,
        "NGAY": date(YEAR, 3, 1),
        "THU_CHI": "T",
        "KHOAN_MUC": "T1",
        "NOI_DUNG": text,
        "SO_TIEN": amount,
        "_rid": rid,
    }
    return {**dict.fromkeys(CODES), **typed}


def rows_of(lines: list[Line]) -> Rows:
    columns = {code: tuple(one[code] for one in lines) for code in CODES}
    numbers = tuple(range(7, 7 + len(lines)))
    return Rows("QUY", tuple(str(one["_rid"]) for one in lines), columns, numbers, "CTD.xlsx", "Sổ quỹ", LETTERS)


def seen_in(unit_years: Mapping[tuple[str, int], UnitYear]) -> Seen:
    return {
        (uid, str(row["SO_CT"])): {**row, "_rid": rid}
        for (uid, _), unit_year in unit_years.items()
        for rid, row in zip(unit_year.table("QUY").rids, unit_year.table("QUY").dicts(), strict=True)
    }


class PaperOffice:
    """A folder with a master, its ledger and the wards' files; everything real but the workbooks."""

    def __init__(self, folder: Path) -> None:
        self.workspace = Workspace(folder / "so-tong-hop.xlsx")
        self.inbox = folder / "wards"
        self.inbox.mkdir()
        self.lay_down({}, 0)

    # --- the wards

    def send(self, ward: Unit, lines: list[Line]) -> None:
        submission = Submission(SourceInfo("", ""), ward.code, ward.uid, YEAR, tables={"QUY": rows_of(lines)})
        (self.inbox / f"CTD_{ward.code}.xlsx").write_bytes(pickle.dumps(submission))

    # --- the master

    def lay_down(self, holdings: Mapping[tuple[str, int], UnitYear], version: int) -> None:
        self.workspace.master.write_bytes(pickle.dumps((version, dict(holdings))))

    def lying(self) -> tuple[int, dict[tuple[str, int], UnitYear]]:
        found: tuple[int, dict[tuple[str, int], UnitYear]] = pickle.loads(self.workspace.master.read_bytes())
        return found

    def seen(self) -> Seen:
        """Every row that the master shows."""
        return seen_in(self.lying()[1])

    def type_in_master(self, lines: Seen) -> None:
        """The city leaves these rows in the master, and no others."""
        version, holdings = self.lying()
        for key in {*holdings, *((uid, YEAR) for uid, _ in lines)}:
            rows = rows_of([row for (uid, _), row in lines.items() if uid == key[0]])
            holdings[key] = replace(holdings.get(key) or UnitYear(*key), tables={"QUY": rows})
        self.lay_down(holdings, version)

    # --- what is run

    def merge(self) -> MergeReport:
        with _on_paper(self):
            return merge(self.workspace.master, [self.inbox], Options("Hà", NOW, workers=1))

    def undo(self) -> int:
        with self.open() as book:
            return undo(book).version

    @contextmanager
    def open(self) -> Iterator[MasterBook]:
        with _on_paper(self), open_book(self.workspace, NOW, "Hà") as book:
            yield book

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        with Ledger.beside(self.workspace.folder) as ledger:
            yield ledger

    def held(self, version: int | None = None, which: str = "state") -> Seen:
        """Every row of a version of the ledger, as the master has it or as the wards sent it (``base``)."""
        with self.ledger() as ledger:
            slots = ledger.slots(version)
            roots = {key: getattr(slot, which) for key, slot in slots.items()}
            return seen_in({key: ledger.unit_year(root) for key, root in roots.items() if root})


@contextmanager
def _on_paper(office: PaperOffice) -> Iterator[None]:
    """The doors to Excel, replaced."""

    def read_submission(source: SourceInfo, data: bytes, **_: Any) -> Submission:
        return replace(pickle.loads(data), source=source)

    def read_master(_: Path, **__: Any) -> SimpleNamespace:
        return SimpleNamespace(holdings=office.lying()[1], missing=(), strays=(), findings=())

    def content_of(book: MasterBook) -> SimpleNamespace:
        shown.update({key: book.stored(slot) for key, slot in book.slots.items()})
        return SimpleNamespace(tables={}, oversized=(), keep=lambda: None)

    def patch_workbook(_: Path, target: Path, *, cells: Mapping[str, Any], **__: Any) -> SimpleNamespace:
        target.write_bytes(pickle.dumps((cells[NAME_VERSION], dict(shown))))
        return SimpleNamespace(orphans=(), indexes={}, digest="")

    shown: dict[tuple[str, int], UnitYear] = {}
    doors = {
        "sync.reading.read_submission": read_submission,
        "sync.book.read_setup_of": lambda _: (SETUP.plan, SETUP, ()),
        "sync.book.read_master": read_master,
        "sync.book.read_version": lambda _: office.lying()[0],
        "sync.book.refuse_incomplete": lambda _: None,
        "sync.history.read_decisions": lambda _: (),
        "sync.master_file.content_of": content_of,
        "sync.master_file.patch_workbook": patch_workbook,
    }
    with ExitStack() as stack:
        for name, door in doors.items():
            stack.enter_context(patch(name, door))
        yield
