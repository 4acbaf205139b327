"""The tables of the master that every merge writes anew, column by column, and the cells it fills by name.

A merge writes nothing else into these sheets: the board, the targets and the units' matrix are formulas over
``tblSoLieu`` and ``tblNam``, so choosing another year needs no merge. Numbers in a formula are compared, never
shown: what people read was put into words by the merge, because the marks of a number format depend on the
country a computer is set to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import ceil

from workbooks import layouts
from xl_ctd.core.monitoring import NUMBERS, MonitoredFigure, Part, parts_of
from xl_ctd.core.setup import Convention, Setup
from xl_ctd.core.targets import Certainty, Judgement, Light, Status, Target, TargetKind
from xl_ctd.messages import message

Cell = str | int | float | Decimal | Fraction | date | None


class Look(StrEnum):
    """How a column's cells are formatted."""

    TEXT = "text"
    LINK = "link"  # a text that opens something
    LONG = "long"  # wrapped
    IDENTIFIER = "identifier"  # text that looks like a number
    COUNT = "count"
    NUMBER = "number"  # anything a formula compares; General
    MONEY = "money"
    PERCENT = "percent"
    YEAR = "year"
    DATE = "date"
    MOMENT = "moment"  # date and time of day
    CENTRE = "centre"


@dataclass(frozen=True, slots=True)
class MasterColumn:
    """One column: its code in the hidden code row, the header staff see, its width in characters, its look."""

    code: str
    header: str
    width: float = 12
    look: Look = Look.TEXT


@dataclass(frozen=True, slots=True)
class MasterTable:
    """One Excel table on a tab of its own: codes in row 3 (hidden), headers in row 4, body from row 5."""

    code: str
    name: str
    tab: str
    title: str
    columns: tuple[MasterColumn, ...]
    guidance: str = ""
    hidden: bool = False
    landscape: bool = True

    @property
    def codes(self) -> tuple[str, ...]:
        """The column codes in order, as the writer of a row needs them."""
        return tuple(column.code for column in self.columns)

    def letters(self, code: str) -> str:
        """The column letters of a code. Raises ``ValueError`` for a code the table does not have."""
        return layouts.column_letters(self.codes.index(code) + 1)

    def whole(self, code: str) -> str:
        """The whole column as a formula names it: it stays right however far the table grows.

        >>> FIGURES.whole("key")
        "'_Số liệu'!$A:$A"
        """
        letters = self.letters(code)
        return f"'{self.tab}'!${letters}:${letters}"


C = MasterColumn

YEARS_TAB = "_Năm"
META_TAB = layouts.META_TAB

FIGURES = MasterTable(
    "SO_LIEU",
    "tblSoLieu",
    layouts.FIGURES_TAB,
    "Số liệu của mọi năm, đơn vị và chỉ tiêu",
    (
        C("key", "Khóa", 30),
        C("slot", "Chỗ", 10),
        C("year", "Năm", 8, Look.YEAR),
        C("uid", "Khóa đơn vị", 18),
        C("unit", "Đơn vị", 20),
        C("order", "Thứ tự", 8, Look.COUNT),
        C("target", "Chỉ tiêu", 9),
        C("value", "Giá trị", 14, Look.NUMBER),
        C("numerator", "Tử số", 12, Look.NUMBER),
        C("denominator", "Mẫu số", 12, Look.NUMBER),
        C("goal", "Mục tiêu", 12, Look.NUMBER),
        C("attainment", "Mức đạt", 10, Look.NUMBER),
        C("gap", "Còn thiếu", 12, Look.NUMBER),
        C("milestone", "Mốc", 12, Look.NUMBER),
        C("status", "Kết luận", 18),
        C("certainty", "Độ chắc", 14),
        C("light", "Đèn", 8),
        C("word", "Đánh giá", 24),
        C("symbol", "Dấu", 6, Look.CENTRE),
        C("value_text", "Kết quả (chữ)", 20),
        C("goal_text", "Mục tiêu (chữ)", 16),
        C("attainment_text", "Mức đạt (chữ)", 12),
        C("gap_text", "Còn thiếu (chữ)", 30),
        C("milestone_text", "Mốc (chữ)", 20),
        C("coverage_text", "Độ phủ", 10),
        C("reported", "Đã nộp", 8, Look.COUNT),
        C("expected", "Phải nộp", 8, Look.COUNT),
        C("link_tab", "Trang dữ liệu", 18),
        C("link_row", "Dòng đầu", 8, Look.COUNT),
        C("link_count", "Số dòng", 8, Look.COUNT),
    ),
    hidden=True,
)

YEARS = MasterTable(
    "NAM",
    "tblNam",
    YEARS_TAB,
    "Mỗi năm: ngày chốt, độ phủ",
    (
        C("year", "Năm", 8, Look.YEAR),
        C("cutoff_text", "Số liệu đến", 26),
        C("calendar_text", "Lịch", 26),
        C("received", "Đã nhận", 8, Look.COUNT),
        C("expected", "Phải nhận", 8, Look.COUNT),
        C("coverage_text", "Độ phủ (câu)", 50),
        C("on_time_text", "Nộp đúng hạn", 12),
        C("on_time_note", "Nộp đúng hạn (câu)", 30),
    ),
    hidden=True,
)

MONITORED_PARTS: tuple[tuple[str, Part], ...] = tuple(
    (f"{number}.{place}", part) for number in NUMBERS for place, part in enumerate(parts_of(number), 1)
)
"""Every part of every number without a threshold, under the code of its column."""
MONITORED_TABLES: tuple[str, ...] = tuple(dict.fromkeys(part.table for _, part in MONITORED_PARTS))

MONITORED = MasterTable(
    "THEO_DOI",
    "tblTheoDoi",
    layouts.MONITORED_FIGURES_TAB,
    "Số liệu theo dõi của mọi năm và đơn vị",
    (
        C("key", "Khóa", 30),
        C("year", "Năm", 8, Look.YEAR),
        C("uid", "Khóa đơn vị", 18),
        C("unit", "Đơn vị", 20),
        *(C(f"row_{table}", f"Dòng {table}", 9, Look.COUNT) for table in MONITORED_TABLES),
        *(C(code, code, 12, Look.NUMBER) for code, _ in MONITORED_PARTS),
    ),
    hidden=True,
)
"""One row a unit and year, blank cells for what nobody reported. ``row_…`` is the unit's first row on a data sheet."""

PROGRESS = MasterTable(
    "TIEN_DO",
    "tblTienDo",
    layouts.PROGRESS_TAB,
    "Tiến độ nộp",
    (
        C("year", "Năm", 8, Look.YEAR),
        C("uid", "Khóa đơn vị", 18),
        C("unit", "Đơn vị", 24),
        C("state", "Tình trạng", 20),
        C("deadline", "Hạn nộp", 12, Look.DATE),
        C("received", "Nhận lúc", 17, Look.MOMENT),
        C("file", "Tệp", 34, Look.LINK),
        C("rows", "Số dòng", 9, Look.COUNT),
        C("errors", "Lỗi", 8, Look.COUNT),
        C("warnings", "Cần xem", 9, Look.COUNT),
        C("note", "Ghi chú", 44, Look.LONG),
    ),
    guidance="Mỗi dòng là một đơn vị phải nộp của một năm. Lọc cột Năm để xem một năm. Bấm tên tệp để mở.",
)

ERRORS = MasterTable(
    "LOI",
    "tblLoi",
    layouts.ERRORS_TAB,
    "Lỗi và điều cần xem",
    (
        C("code", "Mã lỗi", 9, Look.CENTRE),
        C("severity", "Mức", 11),
        C("year", "Năm", 8, Look.YEAR),
        C("unit", "Đơn vị", 22),
        C("sentence", "Điều cần sửa", 70, Look.LONG),
        C("file", "Tệp", 30),
        C("sheet", "Trang tính", 20),
        C("cell", "Ô", 9, Look.CENTRE),
        C("date", "Ngày", 12, Look.DATE),
    ),
    guidance="Mã lỗi để đọc qua điện thoại, ví dụ “lỗi E-53”. Dòng tốt vẫn được tính; chỉ ô sai bị để lại. "
    "Bảng được ghi lại sau mỗi lần hợp nhất.",
)

CONFLICTS = MasterTable(
    "XUNG_DOT",
    "tblXungDot",
    layouts.CONFLICTS_TAB,
    "Xung đột",
    (
        C("id", "Số", 11, Look.IDENTIFIER),
        C("year", "Năm", 8, Look.YEAR),
        C("unit", "Đơn vị", 22),
        C("table", "Trang tính", 20),
        C("row", "Ô trong tệp", 13, Look.IDENTIFIER),
        C("field", "Cột", 22),
        C("base", "Lần nộp trước", 22, Look.LONG),
        C("ward", "Phường ghi nay", 22, Look.LONG),
        C("master", "Sổ tổng hợp đang ghi", 22, Look.LONG),
        C("decision", "Quyết định", 19),
        C("file", "Tệp", 26),
        C("date", "Ngày", 12, Look.DATE),
    ),
    guidance="Phường và thành phố sửa cùng một ô thành hai giá trị. Sổ tổng hợp giữ giá trị của mình cho đến khi có "
    "người chọn ở cột Quyết định; lựa chọn có hiệu lực ở lần hợp nhất sau.",
)

LOG = MasterTable(
    "NHAT_KY",
    "tblNhatKy",
    layouts.LOG_TAB,
    "Nhật ký hợp nhất",
    (
        C("version", "Bản", 8, Look.COUNT),
        C("moment", "Lúc", 17, Look.MOMENT),
        C("who", "Người làm", 20),
        C("what", "Việc", 24),
        C("read", "Đọc", 9, Look.COUNT),
        C("applied", "Nhận", 9, Look.COUNT),
        C("unchanged", "Không đổi", 10, Look.COUNT),
        C("conflicted", "Xung đột", 9, Look.COUNT),
        C("rejected", "Để lại", 9, Look.COUNT),
        C("note", "Ghi chú", 60, Look.LONG),
    ),
    guidance="Mỗi dòng là một bản của sổ tổng hợp, mới nhất ở trên. Đọc = Nhận + Không đổi + Xung đột + Để lại.",
)

WRITTEN_TABLES: tuple[MasterTable, ...] = (FIGURES, MONITORED, YEARS, PROGRESS, ERRORS, CONFLICTS, LOG)
"""What a merge rewrites besides the data sheets of ``core/tables.TABLES``."""

CONFLICT_DECISIONS = ("Theo phường", "Theo sổ tổng hợp", "Theo lần trước")

# --- cells with a name --------------------------------------------------------------------------------------------

NAME_YEAR = "ctd_nam"
"""The year shown; typed by staff on the board."""
NAME_MERGED_AT, NAME_VERSION, NAME_FOOTNOTES = "ctd_hop_nhat_luc", "ctd_phien_ban", "ctd_quy_uoc"
"""Written by each merge: “16:05 ngày 06/01/2025”, the master's version as a number, the conventions in force."""
NAME_LAYOUT, NAME_PLAN, NAME_TEMPLATE = "ctd_layout", "ctd_plan", "ctd_mau"
"""What this workbook is: ``master``, the plan's id, the version of its template. Never rewritten."""

NAME_BY_UNIT, NAME_MONITORED = "ctd_theo_phuong", "ctd_theo_doi"
NAME_BOARD_CALC, NAME_UNIT_CALC = "ctd_tinh_bang", "ctd_tinh_phuong"
"""The first cells of sheets that hold formulas and no table, so that they can be found wherever they were moved."""

FORMULA_SHEETS = (
    NAME_YEAR,
    NAME_BY_UNIT,
    NAME_MONITORED,
    NAME_BOARD_CALC,
    NAME_UNIT_CALC,
    "tblChiTieu",
    "tblKeHoachNhiemVu",
    "tblDanSo",
)
"""Names and tables on every sheet with formulas: what they showed last is stale once a merge has written."""

GROUP = "*"
"""Stands where a unit's uid would: the figure of the whole reporting group."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one year, unit (or the whole group) and target; the fields are the columns of ``tblSoLieu``.

    ``order`` is the unit's official order, 0 for the group; the city's own rows carry ``is_city``. Blank texts and
    None numbers mean "not reported" and are shown as such. ``link_tab``/``link_row`` name the first row that the
    figure counts on a data sheet of the master, ``link_count`` how many rows of the unit follow from there.
    """

    year: int
    uid: str
    target: str
    unit: str = ""
    order: int = 0
    is_city: bool = False
    value: Cell = None
    numerator: Cell = None
    denominator: Cell = None
    goal: Cell = None
    attainment: Cell = None
    gap: Cell = None
    milestone: Cell = None
    status: str = ""
    certainty: str = ""
    light: str = ""
    word: str = ""
    symbol: str = ""
    value_text: str = ""
    goal_text: str = ""
    attainment_text: str = ""
    gap_text: str = ""
    milestone_text: str = ""
    coverage_text: str = ""
    reported: int | None = None
    expected: int | None = None
    link_tab: str = ""
    link_row: int | None = None
    link_count: int | None = None

    @property
    def key(self) -> str:
        """What the formulas look for. The group has no name in it: to MATCH a ``*`` would mean any unit.

        >>> Figure(2024, "*", "TS-02").key, Figure(2024, "TS.2021.09382", "TS-02").key
        ('2024||TS-02', '2024|TS.2021.09382|TS-02')
        """
        return f"{year_key(self.year, self.uid)}|{self.target}"


def year_key(year: int, uid: str) -> str:
    """What the formulas look for when they want a unit's year; the group's has no unit in it.

    >>> year_key(2024, GROUP), year_key(2024, "TS.2021.09382")
    ('2024|', '2024|TS.2021.09382')
    """
    return f"{year}|{'' if uid == GROUP else uid}"


_FIGURE_FIELDS = {field.name for field in fields(Figure)}


def figure_rows(figures: Iterable[Figure]) -> list[tuple[Cell, ...]]:
    """The body of ``tblSoLieu``: sorted by year, unit and target, with each unit's place in the year.

    The place (``2024#3``; the city has ``2024#0``) stands on the first row of the unit only: it is how the formulas
    of the sheet ``Theo phường`` find the third unit of 2024 without a sort of their own.
    """
    ordered = sorted(figures, key=lambda f: (f.year, f.uid != GROUP, not f.is_city, f.order, f.uid, f.target))
    rows: list[tuple[Cell, ...]] = []
    year, seen, place = 0, {GROUP}, 0
    for figure in ordered:
        if figure.year != year:
            year, seen, place = figure.year, {GROUP}, 0
        slot = ""
        if figure.uid not in seen:
            seen.add(figure.uid)
            place += not figure.is_city
            slot = f"{year}#{0 if figure.is_city else place}"
        rows.append(tuple(_figure_cell(figure, code, slot) for code in FIGURES.codes))
    return rows


def _figure_cell(figure: Figure, code: str, slot: str) -> Cell:
    if code == "slot":
        return slot or None
    value: Cell = getattr(figure, code)
    return None if value == "" else value


def monitored_values(seen: Iterable[MonitoredFigure]) -> list[Cell]:
    """The values of a row of ``tblTheoDoi`` in the order of its columns; None where nobody reported."""
    values = {f"{one.id}.{place}": part.value for one in seen for place, part in enumerate(one.parts, 1)}
    return [values.get(code) for code, _ in MONITORED_PARTS]


def monitored_row(
    year: int, uid: str, unit: str, first_rows: Mapping[str, int | None], values: Iterable[Cell]
) -> tuple[Cell, ...]:
    """A row of ``tblTheoDoi``; ``first_rows`` maps a table to the unit's first row on its data sheet."""
    links = (first_rows.get(table) for table in MONITORED_TABLES)
    return (year_key(year, uid), year, uid, unit, *links, *values)


# --- heights of rows ------------------------------------------------------------------------------------------------

LINE_HEIGHT = 15.0


def row_heights(table: MasterTable, rows: Iterable[Sequence[object]]) -> tuple[float, ...]:
    """How high each row must be, in points, so that its wrapped texts can be read whole.

    >>> row_heights(ERRORS, [("E-40", "", 2024, "", "một câu ngắn", "", "", "", None)])
    (15.0,)
    """
    long = [(n, column.width) for n, column in enumerate(table.columns) if column.look is Look.LONG]
    return tuple(LINE_HEIGHT * max((_lines(row[n], width) for n, width in long), default=1) for row in rows)


def _lines(text: object, width: float) -> int:
    parts = str(text).split("\n") if text else [""]
    return sum(max(1, ceil(len(part) / width)) for part in parts)


# --- the words of the board -----------------------------------------------------------------------------------------

ON_TRACK, BEHIND = "ĐÚNG LỘ TRÌNH", "CHẬM LỘ TRÌNH"

SYMBOLS: dict[str, str] = {
    Status.NOT_ATTAINED: "✘",
    Status.ATTAINED: "✔",
    Status.EXCEEDED: "★",
    Status.OUTSIDE: "◆",
    Status.UNDECIDED: "?",
    Status.NO_DATA: "○",
    Status.NOT_APPLICABLE: "–",
    ON_TRACK: "▲",
    BEHIND: "▼",
}
"""A mark beside every word, so that a print in black and white says the same."""

_SAID: dict[str, str] = {
    **{status: f"judged-{status.name.lower().replace('_', '-')}" for status in Status},
    ON_TRACK: "judged-on-track",
    BEHIND: "judged-behind",
    Certainty.PROVISIONAL: "judged-provisional",
    Certainty.CERTAIN: "judged-certain",
}
"""Word of a judgement → the code of its twins in every language."""


def board_word(
    target: Target, judgement: Judgement, year: int, *, all_reported: bool = True, language: str = "vi"
) -> tuple[str, str]:
    """The word and the symbol that the board shows for a judged target.

    Before the due year a level is not judged as attained or not: the board says whether it keeps to its trajectory.
    How certain a judgement is, is said only while reports or test results are still missing.
    """
    status = judgement.status
    underway = target.kind is TargetKind.LEVEL and target.due_year is not None and year < target.due_year
    if underway and status is Status.NOT_ATTAINED and judgement.light is not Light.GREY:
        word = ON_TRACK if judgement.light is Light.GREEN else BEHIND
        return message(_SAID[word], {}, language), SYMBOLS[word]
    word = message(_SAID[status], {}, language)
    judged = status in (Status.ATTAINED, Status.EXCEEDED, Status.NOT_ATTAINED, Status.OUTSIDE)
    if judged and judgement.certainty is Certainty.PROVISIONAL:
        word += f" ({message(_SAID[Certainty.PROVISIONAL], {}, language)})"
    elif judged and not all_reported and judgement.certainty is Certainty.CERTAIN:
        word += f" ({message(_SAID[Certainty.CERTAIN], {}, language)})"
    return word, SYMBOLS[status]


def footnotes(setup: Setup, questions: Iterable[Convention]) -> str:
    """The conventions in force, each in a few words, for the foot of the board; ``Quy ước`` tells the rest."""
    chosen = ((question, setup.convention(question.code, question.value)) for question in questions)
    return " · ".join(question.brief[choice] for question, choice in chosen if choice in question.brief)
