"""The setup tables of the master, which staff edit: targets, units, population, conventions. Definitions only.

``setup_sheets.py`` writes them into a new master and ``setup_reading.py`` reads them back at each merge.
"""

from __future__ import annotations

from collections.abc import Mapping

from workbooks import layouts
from workbooks.master_tables import FIGURES, NAME_YEAR, Look, MasterColumn, MasterTable
from xl_ctd.core.conventions import with_conventions
from xl_ctd.core.setup import Convention, Plan
from xl_ctd.core.targets import OverRange, Target, TargetKind, Trajectory

C = MasterColumn

FOLLOWS_CONVENTION = "Quy ước"
"""Stands in a cell of ``Chỉ tiêu`` that follows the choice on the sheet ``Quy ước``; any other entry overrides it."""

KIND_WORDS: Mapping[str, str] = {
    TargetKind.MIN: "Từ … trở lên",
    TargetKind.MAX: "Không quá …",
    TargetKind.RANGE: "Trong khoảng",
    TargetKind.RATIO: "Tỷ lệ",
    TargetKind.FLOOR: "Sàn từng đơn vị",
    TargetKind.SUM: "Tổng trong năm",
    TargetKind.LEVEL: "Mức đến năm hạn",
    TargetKind.MAINTAIN: "Duy trì hằng năm",
    TargetKind.EXISTENCE: "Có ít nhất",
}
OVER_WORDS: Mapping[str, str] = {OverRange.EXCEEDED: "VƯỢT", OverRange.OUTSIDE: "NGOÀI KHOẢNG"}
TRAJECTORY_WORDS: Mapping[str, str] = {Trajectory.LINEAR: "Tuyến tính", Trajectory.COMPOUND: "Tăng kép"}
STRICT_WORDS: Mapping[str, str] = {"≥": "≥", ">": ">"}
CALENDAR_WORDS: Mapping[str, str] = {"TK": "TK", "HC": "HC", "TC": "TC"}
ROLE_WORDS: Mapping[str, str] = {"member": "Cơ sở", "city": "Thành phố", "above": "Cấp trên"}

COMPARED_KINDS = frozenset(
    {TargetKind.MIN, TargetKind.RATIO, TargetKind.FLOOR, TargetKind.SUM, TargetKind.LEVEL, TargetKind.EXISTENCE}
)
"""Kinds for which "at least" or "more than" is a question."""

TARGETS = MasterTable(
    "CHI_TIEU",
    "tblChiTieu",
    layouts.TARGETS_TAB,
    "Chỉ tiêu",
    (
        C("MA", "Mã", 8, Look.IDENTIFIER),
        C("MUC", "Mục", 9, Look.LONG),
        C("TEN", "Tên chỉ tiêu", 32, Look.LONG),
        C("NGUYEN_VAN", "Nguyên văn kế hoạch", 46, Look.LONG),
        C("KET_QUA", "Kết quả", 18, Look.LONG),
        C("MUC_TIEU", "Mục tiêu", 14, Look.LONG),
        C("MUC_DAT", "Mức đạt", 14, Look.CENTRE),
        C("DANH_GIA", "Đánh giá", 19, Look.LONG),
        C("CON_THIEU", "Còn thiếu", 32, Look.LONG),
        C("LOAI", "Loại", 18, Look.LONG),
        C("DVT", "Đơn vị tính", 11, Look.LONG),
        C("NGUONG", "Ngưỡng", 14, Look.NUMBER),
        C("SO_SANH", "So sánh", 9, Look.CENTRE),
        C("CAN_DUOI", "Cận dưới", 10, Look.NUMBER),
        C("CAN_TREN", "Cận trên", 9, Look.NUMBER),
        C("TREN_CAN", "Trên cận trên là", 13, Look.LONG),
        C("LICH", "Lịch", 9, Look.CENTRE),
        C("NAM_GOC", "Năm gốc", 8, Look.YEAR),
        C("GIA_TRI_GOC", "Giá trị gốc", 11, Look.NUMBER),
        C("HAN", "Năm hạn", 8, Look.YEAR),
        C("LO_TRINH", "Lộ trình", 11, Look.CENTRE),
        C("VANG_TU", "Vàng từ", 8, Look.PERCENT),
        C("DONG_BANG", "Đóng băng từ năm", 10, Look.YEAR),
        C("SO_LE", "Số lẻ", 7, Look.COUNT),
        C("GHI_CHU", "Ghi chú", 70, Look.LONG),
    ),
    guidance="Cột đầu đen là phần nhập, có hiệu lực ở lần hợp nhất sau. Cột đầu xám do sổ tự tính cho năm đang xem. "
    "“Quy ước”: theo lựa chọn ở trang Quy ước.",
)
TARGET_FORMULAS: Mapping[str, tuple[str, ...]] = {
    "KET_QUA": ("value_text",),
    "MUC_TIEU": ("goal_text",),
    "MUC_DAT": ("attainment_text",),
    "DANH_GIA": ("symbol", "word"),
    "CON_THIEU": ("gap_text",),
}
"""Columns of ``Chỉ tiêu`` that show the year's figures, and the columns of ``tblSoLieu`` they show."""

UNITS = MasterTable(
    "TO_CHUC",
    "tblDonVi",
    layouts.UNITS_TAB,
    "Đơn vị",
    (
        C("UID", "Khóa", 18, Look.IDENTIFIER),
        C("MA", "Mã", 9, Look.IDENTIFIER),
        C("TEN", "Tên đơn vị", 34),
        C("VAI_TRO", "Vai trò", 11),
        C("CAP_TREN", "Cấp trên (khóa)", 16, Look.IDENTIFIER),
        C("TU_NGAY", "Từ ngày", 12, Look.DATE),
        C("DEN_NGAY", "Đến ngày", 12, Look.DATE),
        C("KE_THUA", "Đơn vị kế thừa (khóa)", 22, Look.IDENTIFIER),
        C("TY_LE", "Phần nhận", 12, Look.IDENTIFIER),
        C("NGAY_KT", "Ngày kế thừa", 13, Look.DATE),
        C("THU_TU", "Thứ tự", 8, Look.COUNT),
        C("EMAIL", "Thư điện tử", 26),
        C("LIEN_KET", "Liên kết bảng tính", 30),
    ),
    guidance="Đơn vị phân biệt bằng khóa, vì cùng một mã có thể là hai phường trước và sau sáp nhập. Chia cho nhiều "
    "đơn vị: ghi các khóa và các phần cách nhau dấu chấm phẩy, ví dụ 60%; 40%.",
)

POPULATION = MasterTable(
    "DAN_SO",
    "tblDanSo",
    layouts.POPULATION_TAB,
    "Dân số",
    (
        C("UID", "Khóa đơn vị", 20, Look.IDENTIFIER),
        C("TEN", "Đơn vị", 36),
        C("NAM", "Năm", 9, Look.YEAR),
        C("SO_NGUOI", "Số người", 13, Look.COUNT),
        C("NGUON", "Nguồn", 64, Look.LONG),
        C("NGAY", "Số liệu ngày", 13, Look.DATE),
    ),
    guidance="Hai nguồn có thể khác nhau, nên mỗi số phải có nguồn và năm. Thêm dòng ngay dưới bảng.",
)

CONVENTIONS = MasterTable(
    "QUY_UOC",
    "tblQuyUoc",
    layouts.CONVENTIONS_TAB,
    "Quy ước",
    (
        C("MA", "Mã", 28, Look.IDENTIFIER),
        C("CAU_HOI", "Điều kế hoạch để ngỏ", 60, Look.LONG),
        C("CHON", "Lựa chọn đang dùng", 44, Look.LONG),
        C("CAC_CHON", "Các lựa chọn", 60, Look.LONG),
        C("GHI_CHU", "Ghi chú", 52, Look.LONG),
    ),
    guidance="Chọn trong danh sách ở cột Lựa chọn đang dùng; có hiệu lực ở lần hợp nhất sau và được in dưới báo cáo.",
)

SETUP_TABLES: tuple[MasterTable, ...] = (TARGETS, UNITS, POPULATION, CONVENTIONS)

HOLIDAYS = "NGAY_NGHI"
"""The question whose answer lists the days off that no calendar knows beforehand."""

BOARD_YEAR_CELL = "D2"
"""Where the board keeps the year shown; the defined name ``ctd_nam`` points here."""


def figure_formula(column: str, key: str, otherwise: str = '"–"') -> str:
    """A formula for one cell of ``tblSoLieu``, found by its key; ``otherwise`` when the year has no such figure.

    >>> print(figure_formula("value", "A1", "0"))
    =IFERROR(INDEX('_Số liệu'!$H:$H,MATCH(A1,'_Số liệu'!$A:$A,0)),0)
    """
    return f"=IFERROR(INDEX({FIGURES.whole(column)},MATCH({key},{FIGURES.whole('key')},0)),{otherwise})"


def group_key(target_cell: str) -> str:
    """The key of the whole group's figure for the target named in a cell, in the year shown.

    >>> group_key("$A5")
    'ctd_nam&"||"&$A5'
    """
    return f'{NAME_YEAR}&"||"&{target_cell}'


GOVERNED_FIELDS = ("strict", "over_range", "calendar", "trajectory", "frozen_from")


def governed(plan: Plan, questions: tuple[Convention, ...]) -> frozenset[tuple[str, str]]:
    """Which fields of which targets a convention decides: those that another choice would change."""
    found: set[tuple[str, str]] = set()
    for question in questions:
        variants = [with_conventions(plan.targets, {question.code: choice}) for choice in question.choices]
        for per_target in zip(plan.targets, *variants, strict=True):
            for field in GOVERNED_FIELDS:
                if len({getattr(target, field) for target in per_target}) > 1:
                    found.add((per_target[0].id, field))
    return frozenset(found)


def choice_that_makes(
    plan: Plan, questions: tuple[Convention, ...], target_id: str, field: str, value: object
) -> tuple[str, str] | None:
    """The convention, and the words of its choice, that give a target's field this value; None when none does."""
    for question in questions:
        for choice in question.choices:
            for target in with_conventions(plan.targets, {question.code: choice}):
                decided = (target_id, field) in governed(plan, (question,))
                if decided and target.id == target_id and getattr(target, field) == value:
                    return question.code, question.words.get(choice, choice)
    return None


def is_share(target: Target) -> bool:
    """Is the figure a share, kept as 0..1 and shown as per cent?"""
    return target.unit.strip().startswith("%")
