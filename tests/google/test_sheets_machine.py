"""Ward and city edit as they please while Google fails as it pleases: nothing lost, nothing doubled, feedback right.

``CTD_LONG=150`` runs so many days of forty steps instead of four of a dozen.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from warnings import catch_warnings, simplefilter

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from office import NOW, PERSON, UNITS
from sheets_office import OWNER, PREPARED_ROWS, SheetsOffice, google_of, sheets_office

from sync.emulator.faults import Faults
from sync.google.client import Google
from sync.google.quota import MINUTE, PER_IDENTITY, PER_PROJECT
from sync.google.road import SheetsMerge, merge_with_sheets
from sync.run import Options
from sync.workspace import CannotRun
from workbooks import layouts
from workbooks.layouts import CODE_ROW, FIRST_ROW, HEADER_ROW, column_letters, column_number
from xl_ctd.core.tables import BY_CODE

QUY = layouts.TABS["QUY"]
KEY, AMOUNT, RID = "SO_CT", "SO_TIEN", "_rid"
UNREADABLE = {"chưa rõ": "chưa rõ", "=1/0": "#DIV/0!"}
"""What nobody can read as an amount → how the feedback quotes it."""
MOST_COLUMNS = 20
GET = "sheets.spreadsheets.get"
LONG = int(os.environ.get("CTD_LONG") or 0)
"""So many examples of forty steps each; 0: the few that run every time."""

FAULTS: dict[str, Callable[[Faults, int], object]] = {
    "500": lambda faults, skip: faults.answer(500, methods="sheets.*", times=1, skip=skip),
    "502": lambda faults, skip: faults.html(502, methods="*.files.list", times=1),
    "502 on a sheet": lambda faults, skip: faults.html(502, methods="sheets.*", times=1, skip=skip),
    "cut": lambda faults, skip: faults.cut(methods="sheets.*", times=1, skip=skip),
    "dropped": lambda faults, skip: faults.drop(methods="sheets.*", times=1, skip=skip),
    "dropped after writing": lambda faults, skip: faults.drop(methods="*.batchUpdate", times=1, done=True),
    "away": lambda faults, skip: faults.answer(503, methods="sheets.*", times=None, skip=skip),
    "busy for ten minutes": lambda faults, skip: faults.answer(429, methods="sheets.*", seconds=600, skip=skip),
    "no network": lambda faults, skip: faults.drop(methods="*", times=None, skip=skip),
    "tokens": lambda faults, skip: faults.expire_tokens(),
    "clock": lambda faults, skip: (faults.expire_tokens(), faults.skew_clock(7200)),
}
AMOUNTS = st.integers(1, 9_999).map(lambda n: n * 1000)
TYPED = AMOUNTS | st.sampled_from(sorted(UNREADABLE))


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
        if self.read in UNREADABLE or self.read == self.base:
            return
        if self.master == self.base or self.read == self.master:
            self.base = self.master = self.read

    @property
    def differs(self) -> bool:
        return self.read not in (*UNREADABLE, self.base, self.master) and self.master != self.base


class WardAndCity(RuleBasedStateMachine):
    """One ward, one city, one fund's book."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(mkdtemp(prefix="ctd-machine-"))
        self.stack = ExitStack()
        self.shared: SheetsOffice = self.stack.enter_context(sheets_office(self.folder / "office"))
        emulator, kept = self.shared.emulator, self.shared.folder.quota
        self.shared.google, self.other = (google_of(emulator, kept=kept) for _ in range(2))
        self.sheet = self.shared.sheet()
        self.ward, self.chief = self.shared.ward(), emulator.person(OWNER)
        self.tab = QUY
        self.lines = {f"PT-{n:02}": Known(1_000_000 + n) for n in range(3)}
        self.numbers = iter(range(100, 10_000))
        self.merge()
        self.elsewhere = self.rows_elsewhere()

    # --- where things stand now, as somebody who looks at the sheet would find them

    def letters(self) -> dict[str, str]:
        """Field → letters of its column, by the hidden codes."""
        (codes,) = self.chief.see(self.sheet, self.tab, f"A{CODE_ROW}:{column_letters(MOST_COLUMNS)}{CODE_ROW}")
        return {code.rpartition(".")[2]: column_letters(n) for n, code in enumerate(codes, 1) if code}

    def last(self) -> str:
        """Letters of the last column with a code."""
        return max(self.letters().values(), key=column_number)

    def rows(self) -> dict[str, int]:
        """Number of a line → the row it stands in."""
        letter = self.letters()[KEY]
        shown = self.ward.see(self.sheet, self.tab, f"{letter}{FIRST_ROW}:{letter}{FIRST_ROW + 2 * PREPARED_ROWS}")
        return {row[0]: line for line, row in enumerate(shown, FIRST_ROW) if row and row[0]}

    def cell(self, key: str, field: str) -> str:
        return f"{self.letters()[field]}{self.rows()[key]}"

    def blank_row(self) -> int:
        taken = set(self.rows().values())
        return next(n for n in range(FIRST_ROW, FIRST_ROW + PREPARED_ROWS) if n not in taken)

    def standing(self) -> list[str]:
        return sorted(key for key, line in self.lines.items() if line.sheet is not None)

    def rows_elsewhere(self) -> dict[object, object]:
        return {key: row for key, row in self.shared.office.held().items() if key[2] != "QUY"}

    # --- the ward

    @rule(choice=st.integers(0, 99), amount=TYPED)
    def ward_types_an_amount(self, choice: int, amount: object) -> None:
        if keys := self.standing():
            key = keys[choice % len(keys)]
            self.ward.type(self.sheet, self.tab, self.cell(key, AMOUNT), str(amount))
            self.lines[key].sheet = amount

    @rule(choice=st.integers(0, 99), thousands=st.integers(1, 9_999))
    def ward_types_a_formula(self, choice: int, thousands: int) -> None:
        if keys := self.standing():
            key = keys[choice % len(keys)]
            self.ward.type(self.sheet, self.tab, self.cell(key, AMOUNT), f"={thousands}*1000")
            self.lines[key].sheet = thousands * 1000

    @precondition(lambda self: len(self.standing()) < PREPARED_ROWS // 2)
    @rule(amount=TYPED)
    def ward_adds_a_line(self, amount: object) -> None:
        key, line = f"PT-{next(self.numbers)}", self.blank_row()
        row = {KEY: key, "NGAY": "05/03/2024", "THU_CHI": "Thu", "KHOAN_MUC": "Hội phí", "NOI_DUNG": "Thu thêm"}
        letters = self.letters()
        for field, text in {**row, AMOUNT: str(amount)}.items():
            self.ward.paste(self.sheet, self.tab, f"{letters[field]}{line}", [[text]])
        self.lines[key] = Known(amount)

    @precondition(lambda self: 0 < len(self.standing()) < PREPARED_ROWS // 2)
    @rule(choice=st.integers(0, 99))
    def ward_copies_a_row_with_its_id(self, choice: int) -> None:
        keys = self.standing()
        source, key, line = keys[choice % len(keys)], f"PT-{next(self.numbers)}", self.blank_row()
        row = self.rows()[source]
        self.ward.copy(self.sheet, self.tab, f"A{row}:{self.last()}{row}", f"A{line}")
        self.ward.type(self.sheet, self.tab, f"{self.letters()[KEY]}{line}", key)
        self.lines[key] = Known(self.lines[source].sheet)

    @precondition(lambda self: sum(line.sheet is None and line.base is not None for line in self.lines.values()) < 5)
    @rule(choice=st.integers(0, 99))
    def ward_deletes_a_line(self, choice: int) -> None:
        """Never so many at once that the whole sheet would wait."""
        if len(keys := self.standing()) > 2:
            key = keys[choice % len(keys)]
            self.ward.delete_rows(self.sheet, self.tab, self.rows()[key])
            self.lines[key].sheet = None

    @rule(column=st.sampled_from([KEY, AMOUNT, RID]), descending=st.booleans())
    def ward_sorts(self, column: str, descending: bool) -> None:
        area = f"A{FIRST_ROW}:{self.last()}{FIRST_ROW + PREPARED_ROWS}"
        self.ward.sort(self.sheet, self.tab, area, self.letters()[column], descending=descending)

    @rule()
    def ward_inserts_a_row(self) -> None:
        self.ward.insert_rows(self.sheet, self.tab, FIRST_ROW + 1)

    # --- whoever owns the sheet

    @rule(what=st.sampled_from(["tab renamed", "tab moved", "header renamed", "inserted", "moved", "format", "hidden"]))
    def somebody_rearranges(self, what: str) -> None:
        sheet, letters = self.sheet, self.letters()
        match what:
            case "tab renamed":
                name = "Quỹ của phường" if self.tab == QUY else QUY
                self.chief.rename_tab(sheet, self.tab, name)
                self.tab = name
            case "tab moved":
                self.chief.move_tab(sheet, self.tab, 1)
            case "header renamed":
                self.chief.type(sheet, self.tab, f"{letters['DOI_TAC']}{HEADER_ROW}", "Bên kia")
            case "inserted" if column_number(self.last()) < MOST_COLUMNS - 1:
                self.chief.insert_columns(sheet, self.tab, letters[AMOUNT])
            case "moved":
                self.chief.move_column(sheet, self.tab, letters[AMOUNT], "A")
            case "format":
                area = f"{letters[AMOUNT]}{FIRST_ROW}:{letters[AMOUNT]}{FIRST_ROW + PREPARED_ROWS}"
                self.chief.format_as(sheet, self.tab, area, "NUMBER", "0.00")
            case "hidden":
                self.chief.hide_rows(sheet, self.tab, FIRST_ROW, FIRST_ROW + 1)

    @rule(locale=st.sampled_from(["en_US", "vi_VN"]))
    def somebody_chooses_a_country(self, locale: str) -> None:
        self.chief.set_locale(self.sheet, locale)

    @rule(what=st.sampled_from(["tab gone", "column gone", "tab copied", "column copied"]))
    def somebody_spoils_the_sheet_and_restores_it(self, what: str) -> None:
        """The merge in between takes nothing that is half there."""
        sheet, letter = self.sheet, self.letters()[AMOUNT]
        before = self.chief.version(sheet)
        match what:
            case "tab gone":
                self.chief.delete_tab(sheet, self.tab)
            case "column gone":
                self.chief.delete_columns(sheet, self.tab, letter)
            case "tab copied":
                self.chief.copy_tab(sheet, self.tab)
            case "column copied":
                self.chief.insert_columns(sheet, self.tab, "A")
                source = column_letters(column_number(letter) + 1)
                self.chief.copy(sheet, self.tab, f"{source}1:{source}40", "A1")
                self.chief.type(sheet, self.tab, f"A{FIRST_ROW}", "123")
        if what in ("tab gone", "column gone"):
            self.shared.merge(everything=True)
            assert self.held_by_the_model() == self.amounts_held()
            assert "Cả bảng tính đang chờ" in str(self.chief.see(sheet, "Phản hồi", "A5:D5"))
        else:
            self.merge()
        self.chief.restore(sheet, before)

    @rule(what=st.sampled_from(["revoked", "trashed"]))
    def the_sheet_is_away_for_a_while(self, what: str) -> None:
        service = self.shared.google.services[0]
        if what == "revoked":
            self.chief.unshare(self.sheet, service)
        else:
            self.chief.trash(self.sheet)
        done = self.shared.merge(everything=True)
        for line in self.lines.values():
            line.merge()
        if what == "revoked":
            self.chief.share(self.sheet, service)
        else:
            self.chief.take_from_trash(self.sheet)
        expected = {"revoked": "sheet-no-access", "trashed": "sheet-gone"}[what]
        assert expected in [finding.code for finding in done.pulled.findings]

    # --- the city

    @precondition(lambda self: any(line.master is not None for line in self.lines.values()))
    @rule(choice=st.integers(0, 99), amount=st.integers(1, 9_999))
    def city_corrects_an_amount(self, choice: int, amount: int) -> None:
        keys = sorted(key for key, line in self.lines.items() if line.master is not None)
        key = keys[choice % len(keys)]
        codes = [column.code for column in layouts.master_columns(BY_CODE["QUY"])]
        letters = column_letters(codes.index(AMOUNT) + 1)
        with catch_warnings():
            simplefilter("ignore")  # openpyxl tells what it does not keep
            self.shared.office.type_in_master(QUY, f"{letters}{self.master_row(key)}", amount)
        self.lines[key].master = amount

    def master_row(self, key: str) -> int:
        with self.shared.office.open() as book:
            rows = next(iter(book.slots.values()))
            order = list(book.stored(rows).table("QUY").column(KEY))
        return layouts.MASTER_FIRST_ROW + order.index(key)

    @rule()
    def city_shares_again(self) -> None:
        """Puts names and headers right and touches no entry."""
        self.shared.share(UNITS[:1])
        self.tab = QUY

    # --- the service

    @rule(fault=st.sampled_from(sorted(FAULTS)), skip=st.integers(0, 2), everything=st.booleans())
    def the_service_runs_into_trouble(self, fault: str, skip: int, everything: bool) -> None:
        FAULTS[fault](self.shared.emulator.faults, skip)
        self.merge(everything=everything)
        self.shared.emulator.faults.clear()

    @rule(choice=st.integers(0, 99), amount=AMOUNTS, when=st.sampled_from(["before", "after"]))
    def ward_types_while_the_service_reads(self, choice: int, amount: int, when: str) -> None:
        if not (keys := self.standing()):
            return
        line, cell = self.lines[keys[choice % len(keys)]], self.cell(keys[choice % len(keys)], AMOUNT)
        hook = getattr(self.shared.emulator.faults, when)
        hook(GET, lambda: self.ward.type(self.sheet, self.tab, cell, str(amount)))
        if when == "before":
            line.sheet = amount
        self.merge()
        line.sheet = amount
        self.shared.emulator.faults.clear()

    @rule()
    def two_services_run_at_once(self) -> None:
        with ThreadPoolExecutor(2) as hands:
            both = [hands.submit(self.merged_by, google) for google in (self.shared.google, self.other)]
            assert [None, None] == [one.result().pulled.report.stopped for one in both]
        self.settle(was_read=True)
        self.settle(was_read=True)

    @rule()
    def the_memory_of_what_was_read_is_lost(self) -> None:
        (self.shared.folder.path / "state.json").unlink(missing_ok=True)

    @rule(seconds=st.integers(1, 4_000))
    def time_passes(self, seconds: int) -> None:
        self.shared.emulator.clock.sleep(seconds)

    # --- what is promised

    @rule(everything=st.booleans())
    def everything_is_as_it_should_be(self, everything: bool) -> None:
        self.merge(everything=everything)
        self.merge(everything=everything)  # ids that were just written back are a new content that says nothing new
        assert self.held_by_the_model() == self.amounts_held()
        assert self.elsewhere == self.rows_elsewhere()
        self.quota_is_kept()
        self.feedback_is_right()
        self.results_are_right()

    def held_by_the_model(self) -> list[tuple[str, int]]:
        return sorted((key, line.master) for key, line in self.lines.items() if line.master is not None)

    def amounts_held(self) -> list[tuple[str, int]]:
        """Number and amount of every line of the fund in the ledger, doubled ones twice."""
        return sorted((row[0], row[7]) for key, row in self.shared.office.held().items() if key[2] == "QUY")

    def merged_by(self, google: Google, *, everything: bool = True) -> SheetsMerge:
        return merge_with_sheets(self.shared.office.master, (), google, Options(PERSON, NOW, 1), everything=everything)

    def merge(self, *, everything: bool = True) -> None:
        try:
            report = self.merged_by(self.shared.google, everything=everything).pulled.report
        except CannotRun:
            return
        self.settle(was_read=not report.unread and report.stopped is None)

    def settle(self, *, was_read: bool) -> None:
        for line in self.lines.values():
            line.read = line.sheet if was_read else line.read
            line.merge()

    def quota_is_kept(self) -> None:
        calls = list(self.shared.emulator.calls)
        for kind in ("read", "write"):
            for who, most in (("", PER_PROJECT), *((name, PER_IDENTITY) for name in {call.email for call in calls})):
                stamps = [call.at for call in calls if call.kind == kind and who in ("", call.email)]
                late = [at for at, before in zip(stamps[most:], stamps, strict=False) if at < before + MINUTE]
                assert [] == late, (kind, who)

    def feedback_is_right(self) -> None:
        """Each line of feedback says the values that differ, or quotes what cannot be read, under the id of its row."""
        shown = self.chief.see(self.sheet, "Phản hồi", "A5:I90")
        told = [[*line, *[""] * (9 - len(line))] for line in shown if len(line) > 1 and line[1] in (QUY, self.tab)]
        rids = {key: self.rid_of(key) for key in self.standing()}
        bad = {key: line for key, line in self.lines.items() if line.sheet in UNREADABLE}
        differing = [line for line in self.lines.values() if line.differs]

        assert sorted(said(line) for line in differing) == sorted(
            (line[4], line[5]) for line in told if line[0] == "Khác nhau"
        )
        mistakes = [line for line in told if line[0] == "Phải sửa" and any(q in line[3] for q in UNREADABLE.values())]
        assert sorted((rids[key], self.cell(key, AMOUNT)) for key in bad) == sorted(
            (one[7], one[2]) for one in mistakes
        )
        assert sorted(UNREADABLE[str(line.sheet)] for line in bad.values()) == sorted(
            quoted for line in mistakes for quoted in UNREADABLE.values() if quoted in line[3]
        )

    def rid_of(self, key: str) -> str:
        found = self.chief.values(self.sheet, self.tab, self.cell(key, RID))
        return str(found[0][0]) if found and found[0] else ""

    def results_are_right(self) -> None:
        """The values that the city set instead of the ward's are shown to the ward."""
        shown = self.chief.see(self.sheet, "Kết quả")
        told = [(line[1], line[4]) for line in shown if len(line) > 4 and line[0] == QUY]
        expected = [
            (key, words(line.master))
            for key, line in self.lines.items()
            if line.base != line.master and not line.differs and line.base is not None and line.master is not None
        ]
        assert sorted(expected) == sorted(told)

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.stack.close()
            shutil.rmtree(self.folder, ignore_errors=True)


def said(line: Known) -> tuple[str, str]:
    """What a conflict quotes of ward and master; a line that the ward deleted is there in the master."""
    return ("", "có") if line.read is None else (words(line.read), words(line.master))


def words(amount: object) -> str:
    """An amount as the feedback writes it."""
    return "" if amount is None else f"{amount:,}".replace(",", ".")


WardAndCity.TestCase.settings = settings(
    deadline=None,
    max_examples=LONG or 4,
    stateful_step_count=40 if LONG else 12,
    suppress_health_check=list(HealthCheck),
    derandomize=not LONG,
)
TestWardAndCity = pytest.mark.xdist_group("sheets-machine")(WardAndCity.TestCase)
