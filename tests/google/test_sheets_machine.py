"""Ward and city edit as they please while Google fails as it pleases: nothing lost, nothing doubled, feedback right.

``CTD_LONG=150`` runs so many days of forty steps instead of four of a dozen.
"""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from warnings import catch_warnings, simplefilter

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from office import UNITS
from sheets_office import OWNER, PREPARED_ROWS, SheetsOffice, letters, sheets_office

from sync.workspace import CannotRun
from workbooks import layouts
from workbooks.layouts import FIRST_ROW
from xl_ctd.core.tables import BY_CODE

QUY = layouts.TABS["QUY"]
KEY, AMOUNT, RID = "A", letters("QUY", "SO_TIEN"), letters("QUY", "_rid")
LAST = FIRST_ROW - 1 + PREPARED_ROWS
BAD = "chưa rõ"
LONG = int(os.environ.get("CTD_LONG") or 0)
"""So many examples of forty steps each; 0: the few that run every time."""

FAULTS = {
    "500": lambda faults, skip: faults.answer(500, methods="sheets.*", times=1, skip=skip),
    "502": lambda faults, skip: faults.html(502, methods="*.files.list", times=1),
    "cut": lambda faults, skip: faults.cut(methods="sheets.*", times=1, skip=skip),
    "dropped": lambda faults, skip: faults.drop(methods="sheets.*", times=1, skip=skip),
    "dropped after writing": lambda faults, skip: faults.drop(methods="*.batchUpdate", times=1, done=True),
    "away": lambda faults, skip: faults.answer(503, methods="sheets.*", times=None, skip=skip),
    "tokens": lambda faults, skip: faults.expire_tokens(),
}


@dataclass
class Known:
    """One line of the fund by its number: what the ward's sheet says (None: deleted), what the last reading said, what
    was agreed last, what the master says."""

    sheet: object
    read: object = None
    base: object = None
    master: object = None

    def merge(self) -> None:
        """The three-way rule for one cell, written down once more."""
        if self.read == BAD or self.read == self.base:
            return
        if self.master == self.base or self.read == self.master:
            self.base = self.master = self.read

    @property
    def differs(self) -> bool:
        return self.read not in (BAD, self.base, self.master) and self.master != self.base


class WardAndCity(RuleBasedStateMachine):
    """One ward, one city, one fund's book."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(mkdtemp(prefix="ctd-machine-"))
        self.stack = ExitStack()
        self.shared: SheetsOffice = self.stack.enter_context(sheets_office(self.folder / "office"))
        self.ward = self.shared.ward(UNITS[0])
        self.lines = {f"PT-{n:02}": Known(1_000_000 + n) for n in range(3)}
        self.numbers = iter(range(100, 10_000))

    # --- people

    def rows(self) -> dict[str, int]:
        """Number of a line → the row it stands in now."""
        shown = self.ward.see(self.shared.sheet(), QUY, f"{KEY}{FIRST_ROW}:{KEY}{LAST}")
        return {row[0]: line for line, row in enumerate(shown, FIRST_ROW) if row}

    def standing(self) -> list[str]:
        return sorted(key for key, line in self.lines.items() if line.sheet is not None)

    @rule(choice=st.integers(0, 99), amount=st.integers(1, 9_999).map(lambda n: n * 1000) | st.just(BAD))
    def ward_types_an_amount(self, choice: int, amount: object) -> None:
        if not (keys := self.standing()):
            return
        key = keys[choice % len(keys)]
        self.ward.type(self.shared.sheet(), QUY, f"{AMOUNT}{self.rows()[key]}", str(amount))
        self.lines[key].sheet = amount

    @precondition(lambda self: len(self.standing()) < PREPARED_ROWS // 2)
    @rule(amount=st.integers(1, 9_999).map(lambda n: n * 1000) | st.just(BAD))
    def ward_adds_a_line(self, amount: object) -> None:
        key = f"PT-{next(self.numbers)}"
        line = next(n for n in range(FIRST_ROW, LAST) if n not in self.rows().values())
        row = [key, "05/03/2024", "Thu", "Hội phí", "Thu thêm", "", "", str(amount)]
        self.ward.paste(self.shared.sheet(), QUY, f"{KEY}{line}", [row])
        self.lines[key] = Known(amount)

    @rule(choice=st.integers(0, 99))
    def ward_deletes_a_line(self, choice: int) -> None:
        if len(keys := self.standing()) > 2:
            key = keys[choice % len(keys)]
            line = self.rows()[key]
            self.ward.delete_rows(self.shared.sheet(), QUY, line)
            self.lines[key].sheet = None

    @rule(column=st.sampled_from([KEY, AMOUNT, RID]), descending=st.booleans())
    def ward_sorts(self, column: str, descending: bool) -> None:
        area = f"{KEY}{FIRST_ROW}:{RID}{LAST}"
        self.ward.sort(self.shared.sheet(), QUY, area, column, descending=descending)

    @rule()
    def ward_inserts_a_row(self) -> None:
        self.ward.insert_rows(self.shared.sheet(), QUY, FIRST_ROW + 1)

    @precondition(lambda self: any(line.master is not None for line in self.lines.values()))
    @rule(choice=st.integers(0, 99), amount=st.integers(1, 9_999))
    def city_corrects_an_amount(self, choice: int, amount: int) -> None:
        keys = sorted(key for key, line in self.lines.items() if line.master is not None)
        key = keys[choice % len(keys)]
        codes = [column.code for column in layouts.master_columns(BY_CODE["QUY"])]
        with catch_warnings():
            simplefilter("ignore")  # openpyxl tells what it does not keep
            self.shared.office.type_in_master(
                QUY,
                f"{layouts.column_letters(codes.index('SO_TIEN') + 1)}{self.master_row(key)}",
                amount,
            )
        self.lines[key].master = amount

    def master_row(self, key: str) -> int:
        with self.shared.office.open() as book:
            rows = next(iter(book.slots.values()))
            order = list(book.stored(rows).table("QUY").column("SO_CT"))
        return layouts.MASTER_FIRST_ROW + order.index(key)

    # --- the service

    @rule(fault=st.sampled_from(sorted(FAULTS)), skip=st.integers(0, 2))
    def the_service_runs_into_trouble(self, fault: str, skip: int) -> None:
        FAULTS[fault](self.shared.emulator.faults, skip)
        self.merge()
        self.shared.emulator.faults.clear()

    @rule(seconds=st.integers(1, 4_000))
    def time_passes(self, seconds: int) -> None:
        self.shared.emulator.clock.sleep(seconds)

    @rule()
    def everything_is_as_it_should_be(self) -> None:
        self.merge()
        self.merge()  # ids that were just written back are a new content that says nothing new
        held = [row for key, row in self.shared.office.held().items() if key[2] == "QUY"]
        expected = {key: line.master for key, line in self.lines.items() if line.master is not None}

        assert len(held) == len({row[0] for row in held})
        assert expected == {row[0]: row[7] for row in held}
        assert 0 == self.shared.emulator.calls.count(code=429)
        self.feedback_is_right()

    def merge(self) -> None:
        try:
            done = self.shared.merge(everything=True)
        except CannotRun:
            return
        was_read = not done.pulled.report.unread and done.pulled.report.stopped is None
        for line in self.lines.values():
            line.read = line.sheet if was_read else line.read
            line.merge()

    def feedback_is_right(self) -> None:
        shown = self.shared.emulator.person(OWNER).see(self.shared.sheet(), "Phản hồi", "A5:I90")
        lines = [line for line in shown if len(line) > 1 and line[1] == QUY]
        bad = sum(line.sheet == BAD for line in self.lines.values())
        differing = sum(line.differs for line in self.lines.values())

        assert differing == sum(line[0] == "Khác nhau" for line in lines)
        assert bad == sum(line[0] == "Phải sửa" and BAD in line[3] for line in lines)

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.stack.close()
            shutil.rmtree(self.folder, ignore_errors=True)


WardAndCity.TestCase.settings = settings(
    deadline=None,
    max_examples=LONG or 4,
    stateful_step_count=40 if LONG else 12,
    suppress_health_check=list(HealthCheck),
    derandomize=not LONG,
)
TestWardAndCity = pytest.mark.xdist_group("sheets-machine")(WardAndCity.TestCase)
