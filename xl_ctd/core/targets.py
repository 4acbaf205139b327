"""Targets: what a plan demands, by which rule it is judged, and what was observed.

The rules themselves are in ``attainment.py``; counting observations is ``indicators.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction


class TargetKind(StrEnum):
    """The nine kinds of target; the names are those staff type in ``CTD.DAT(…; loại; …)``."""

    MIN = "MIN"  # at least T
    MAX = "MAX"  # at most T
    RANGE = "KHOANG"  # between L and U
    RATIO = "TYLE"  # ΣN/ΣD at least T
    FLOOR = "SAN"  # every unit at least F
    SUM = "TONG"  # the year's sum at least S
    LEVEL = "MUC_NAM"  # at least T in the due year, on a trajectory until then
    MAINTAIN = "DUYTRI"  # every year, without a gap
    EXISTENCE = "TONTAI"  # at least one


class OverRange(StrEnum):
    """What lies above the upper bound of a range: better still (TS-08), or outside (TS-01)."""

    EXCEEDED = "VUOT"
    OUTSIDE = "NGOAI_KHOANG"


class Trajectory(StrEnum):
    """How the milestones lead from the base year to the due year."""

    LINEAR = "TT"
    COMPOUND = "KEP"


class Aggregation(StrEnum):
    """How units' figures become the city's. Percentages are never averaged."""

    SUM = "tong"
    RATIO_OF_SUMS = "ty_le_cua_tong"
    ANY = "co_it_nhat_mot"
    PER_UNIT = "tung_don_vi"
    CITY_ONLY = "chi_thanh_pho"


@dataclass(frozen=True, slots=True)
class Target:
    """One planned number with its rule, as the office has it in force (the plan's own text stays in ``verbatim``).

    ``threshold`` is T, F or S in the unit of ``unit`` (ratios as 0..1); ``lower``/``upper`` only for a range.
    ``strict`` asks for more than the threshold, not just as much. ``calendar`` is TK, HC or TC. ``base_year`` and
    ``base_value`` start a trajectory, and ``base_year`` also the chain of a maintained activity; ``due_year`` ends
    it. ``frozen_from`` is the first year in which nobody holds the target any more (TS-01 and TS-13 after the city
    level ended on 30/6/2025): its last figure stands. ``thing`` is what a gap counts ("đơn vị", "địa chỉ") where the
    target's own unit is a percentage. ``flow`` says that the figure builds up over the year, so that the year's pace
    applies until its end; a stock (False) is what stands on the day.
    """

    id: str
    plan: str
    section: str
    verbatim: str
    name: str
    kind: TargetKind
    unit: str
    aggregation: Aggregation
    threshold: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    over_range: OverRange = OverRange.EXCEEDED
    strict: bool = False
    decimals: int = 0
    calendar: str = "TK"
    base_year: int | None = None
    base_value: Decimal | None = None
    due_year: int | None = None
    trajectory: Trajectory = Trajectory.LINEAR
    amber_from: Decimal = Decimal("0.9")
    frozen_from: int | None = None
    note: str = ""
    thing: str = ""
    flow: bool = False


@dataclass(frozen=True, slots=True)
class Caveat:
    """What a reader of a figure must know: ``code`` names a sentence of the message catalogue, ``args`` fill it."""

    code: str
    args: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Observation:
    """What was counted for one target over some units and one period. None is "nothing reported", never zero.

    ``value`` is the figure itself (for a ratio N/D; for a floor the smallest balance; for a maintained activity the
    count of the year). ``low``/``high`` bound it when reports are missing: both equal to ``value`` when all expected
    units reported; ``high`` None with ``open_above`` when it cannot be bounded. ``per_unit`` holds each expected
    unit's figure for a floor (None: unknown), ``per_year`` each year of a maintained activity (None: unknown).
    ``carried`` names units whose last period's stock stands in; ``provisional`` says that some counts await test
    results. ``frozen_at`` is the year whose last figure stands.
    """

    value: Fraction | None
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    open_above: bool = False
    reported: int = 0
    expected: int = 0
    missing: tuple[str, ...] = ()
    carried: tuple[str, ...] = ()
    per_unit: Mapping[str, Fraction | None] = field(default_factory=dict)
    per_year: Mapping[int, bool | None] = field(default_factory=dict)
    provisional: bool = False
    not_applicable: bool = False
    frozen_at: int | None = None
    caveats: tuple[Caveat, ...] = ()


class Status(StrEnum):
    """The words of the report. Only the first four are a judgement."""

    ATTAINED = "ĐẠT"
    EXCEEDED = "VƯỢT"
    NOT_ATTAINED = "CHƯA ĐẠT"
    OUTSIDE = "NGOÀI KHOẢNG"
    UNDECIDED = "CHƯA ĐỦ SỐ LIỆU"
    NO_DATA = "KHÔNG CÓ SỐ LIỆU"
    NOT_APPLICABLE = "KHÔNG ÁP DỤNG"


class Certainty(StrEnum):
    """How firm a status is: CERTAIN whatever the missing units report; PROVISIONAL while counts await results."""

    CERTAIN = "chắc chắn"
    PROVISIONAL = "tạm tính"
    UNDECIDED = "chưa đủ số liệu"


class Light(StrEnum):
    """On track or not, before the final judgement."""

    GREEN = "XANH"
    AMBER = "VÀNG"
    RED = "ĐỎ"
    GREY = "XÁM"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One target judged: status and certainty, how much of it is reached, what is still missing.

    ``attainment`` is a share (1 = 100 %); ``gap`` counts in the target's unit or, for a ratio or a floor, in whole
    things (``gap_unit``): units still to be won, đồng still to be raised; None when it cannot be said. ``milestone``
    and ``light`` tell the trajectory or the year's pace; ``broken_year`` the first year a chain broke.
    ``sentence`` says the gap in words: "cần thêm 1 đơn vị". ``attainment_range`` is the least and the most that the
    attainment can be while reports are missing, such as 10/12 to 11/12 of the units; None when nothing is missing.
    """

    status: Status
    certainty: Certainty
    attainment: Fraction | None
    gap: Fraction | None
    gap_unit: str = ""
    light: Light = Light.GREY
    milestone: Fraction | None = None
    broken_year: int | None = None
    sentence: str = ""
    attainment_range: tuple[Fraction, Fraction] | None = None
