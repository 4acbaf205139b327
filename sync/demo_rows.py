"""What stands in a made-up ward, as its officer would write it down: invented, but of the size and shape of real ones.

Every function draws from the ``random.Random`` it is given and from nothing else, so the same seed tells the same
story. Rows map field codes to what people type into the cell: words of the lists, dates, whole đồng.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from xl_ctd.core.codes import CODE_LISTS
from xl_ctd.core.rids import mint
from xl_ctd.core.units import Unit

Raw = str | int | float | date | None
Row = dict[str, Raw]

FAMILY = [
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Vũ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Ngô",
    "Dương",
    "Lý",
    "Đàm",
    "Chử",
    "Quách",
]
MIDDLE = ["Văn", "Thị", "Hữu", "Đức", "Minh", "Ngọc", "Thanh", "Quang", "Thu", "Hồng", "Kim", "Xuân"]
GIVEN = [
    "An",
    "Bình",
    "Cường",
    "Dũng",
    "Giang",
    "Hạnh",
    "Hùng",
    "Hương",
    "Khánh",
    "Lan",
    "Linh",
    "Mai",
    "Nam",
    "Nga",
    "Phúc",
    "Quân",
    "Sơn",
    "Thảo",
    "Trang",
    "Tuấn",
    "Yến",
]
SPONSORS = (
    ("Công ty TNHH Đồ gỗ mỹ nghệ Hưng Long", "DN"),
    ("Công ty CP Thép Đa Hội", "DN"),
    ("Công ty TNHH Dệt may Tương Giang", "DN"),
    ("Ngân hàng NN&PTNT chi nhánh Từ Sơn", "TC"),
    ("Chùa Tiêu", "TC"),
    ("Hội Phật tử địa phương", "TC"),
    ("Hội Doanh nhân trẻ", "TC"),
    ("Gia đình ông Nguyễn Văn Thắng", "CN"),
    ("Gia đình bà Đàm Thị Hoa", "CN"),
    ("Hội Chữ thập đỏ tỉnh", "HOI"),
)
CIRCUMSTANCES = (
    "Sống một mình, không có thu nhập ổn định",
    "Mẹ đơn thân nuôi hai con nhỏ",
    "Nhà dột nát, thu nhập thấp",
    "Mất sức lao động, con còn đi học",
    "Mồ côi cả cha lẫn mẹ, ở với ông bà",
    "Bị tai nạn lao động, phải điều trị dài ngày",
)
TET = {2022: date(2022, 2, 1), 2023: date(2023, 1, 22), 2024: date(2024, 2, 10), 2025: date(2025, 1, 29)}
TET |= {2026: date(2026, 2, 17), 2027: date(2027, 2, 6)}
"""The first day of the lunar year; any other year is taken as 5 February, near enough for a demonstration."""


def word(list_name: str, code: str) -> str:
    """The words staff choose from the list.

    >>> word("thu_chi", "T")
    'Thu'
    """
    return next(choice.words for choice in CODE_LISTS[list_name] if choice.code == code)


YES, NO = word("co_khong", "C"), word("co_khong", "K")


@dataclass(frozen=True)
class Season:
    """The part of a year in which a unit existed, with the dice for it. ``size`` 1 is a ward of some 16.000 people."""

    unit: Unit
    year: int
    first: date
    last: date
    size: float
    dice: Random

    @property
    def share(self) -> float:
        """What part of the year this is; counts of events scale with it."""
        return ((self.last - self.first).days + 1) / 365

    @property
    def ward(self) -> str:
        """The name without its rank: ``Đồng Kỵ``."""
        return self.unit.name.removeprefix("Phường ")

    def many(self, low: int, high: int) -> int:
        """How many events of a kind, for a whole year of a ward of size 1; at least one."""
        return max(1, round(self.dice.randint(low, high) * self.size * self.share))

    def day(self, first: date | None = None, last: date | None = None) -> date:
        """Some day within these bounds and the season."""
        start = max(self.first, first or self.first)
        end = max(start, min(self.last, last or self.last))
        return start + timedelta(days=self.dice.randint(0, (end - start).days))

    def rid(self, table: str, number: object) -> str:
        return mint(self.unit.code, self.unit.uid, table, f"{self.year}/{number}")

    def has(self, first: date, last: date) -> bool:
        """Does any of these days lie in the season?"""
        return self.first <= last and first <= self.last


def person(dice: Random) -> str:
    return f"{dice.choice(FAMILY)} {dice.choice(MIDDLE)} {dice.choice(GIVEN)}"


def identified(season: Season, table: str, rows: Sequence[Row]) -> list[Row]:
    """The rows with a row id each, by their order in the table."""
    return [{**row, "_rid": season.rid(table, n)} for n, row in enumerate(rows, 1)]


# --- what exists: carried forward from year to year --------------------------------------------------------------


def opening_agencies(season: Season) -> list[Row]:
    """The agencies, schools, clinics, enterprises and neighbourhoods of a ward before the first year."""
    dice, ward = season.dice, season.ward
    names = [("CQ", f"{body} phường {ward}") for body in ("Đảng ủy", "UBND", "Ủy ban MTTQ")]
    names += [("DV", f"Công an phường {ward}"), ("DV", f"Ban Chỉ huy Quân sự phường {ward}")]
    schools = ["Trường Mầm non", "Trường Tiểu học", "Trường THCS", "Trường Mầm non tư thục"]
    names += [("TH", f"{school} {ward}") for school in schools[: dice.choice((3, 4, 4))]]
    names += [("TH", f"Trường Tiểu học {ward} 2")] if season.size > 1 else []
    names += [("TH", f"Trường THPT {ward}")] if dice.random() < 0.3 else []
    names += [("DV", f"Hợp tác xã dịch vụ {ward}")] if dice.random() < 0.5 else []
    names += [("BV", f"Trạm Y tế phường {ward}")]
    names += [("BV", f"Phòng khám đa khoa {dice.choice(GIVEN)} {ward}")] if dice.random() < 0.4 else []
    companies = ("Công ty TNHH Gỗ mỹ nghệ", "Công ty CP Thương mại", "Công ty TNHH Cơ khí", "Doanh nghiệp tư nhân")
    names += [("DN", f"{dice.choice(companies)} {dice.choice(GIVEN)} {ward} {n}") for n in range(1, dice.randint(3, 6))]
    names += [("KDC", f"Khu phố {n} phường {ward}") for n in range(1, dice.randint(5, 8))]
    return identified(season, "DON_VI", [_agency(season, n, kind, name) for n, (kind, name) in enumerate(names, 1)])


def _agency(season: Season, number: int, kind: str, name: str) -> Row:
    dice = season.dice
    row: Row = {
        "MA": f"{season.unit.code[-3:]}-{kind}-{number:02d}",
        "TEN": name,
        "LOAI_HINH": word("loai_don_vi", kind),
        "CAP_QL": word("cap_quan_ly", "TP" if kind in ("TH", "DN") else "P"),
        "KHU_PHO": f"Khu phố {dice.randint(1, 7)}",
        "NGAY_HD": date(dice.randint(1995, 2018), dice.randint(1, 12), dice.randint(1, 28)),
        "CO_HOI": NO,
    }
    if dice.random() < {"DN": 0.15, "KDC": 0.8}.get(kind, 0.7):
        row |= _founded(season, date(dice.randint(2010, 2021), dice.randint(1, 12), dice.randint(1, 28)))
    return row


def _founded(season: Season, day: date) -> Row:
    dice = season.dice
    return {
        "CO_HOI": YES,
        "SO_QD": f"{dice.randint(3, 90):02d}/QĐ-CTĐ",
        "NGAY_TL": day,
        "HOI_VIEN": dice.randint(8, 60),
        "TNV": dice.randint(0, 20),
        "TTN": dice.choice((0, 0, 45, 120, 260)),
        "CTV": dice.randint(0, 4),
        "XEP_LOAI": word("xep_loai", dice.choice(("XS", "T", "T", "K"))),
    }


def next_agencies(season: Season, before: Sequence[Row]) -> list[Row]:
    """A year later: some founded an association, one in a hundred dissolved it or closed."""
    after = []
    for row in before:
        chance = season.dice.random()
        changed = dict(row)
        if row["CO_HOI"] == NO and chance < 0.13 * season.share:
            changed |= _founded(season, season.day())
        elif row["CO_HOI"] == YES and chance < 0.012:
            changed["NGAY_GT"] = season.day()
        elif chance > 0.99:
            changed["NGAY_NGUNG"] = season.day()
        elif row["CO_HOI"] == YES and isinstance(row["HOI_VIEN"], int):
            changed["HOI_VIEN"] = row["HOI_VIEN"] + season.dice.randint(0, 3)
        after.append(changed)
    return after


def opening_addresses(season: Season, shared: str | None) -> list[Row]:
    """The humanitarian addresses known before the first year; ``shared`` is a household two wards wrote down."""
    count = round(season.dice.randint(24, 38) * season.size)
    rows = [_address(season, n, season.day()) for n in range(1, count + 1)]
    if shared:
        rows[0]["BAM"] = shared
    return identified(season, "DIA_CHI", rows)


def _address(season: Season, number: int, surveyed: date) -> Row:
    dice = season.dice
    group = dice.choice(("HN", "HN", "HCN", "DBKK", "DBKK", "NKT", "TMC", "NCT", "BHN", "DC"))
    born = dice.randint(2008, 2018) if group == "TMC" else dice.randint(1935, 1990)
    return {
        "MA_DC": f"{season.unit.code}-{season.year}-{number:03d}",
        "KHU_PHO": f"Khu phố {dice.randint(1, 7)}",
        "NHOM": word("doi_tuong_dia_chi", group),
        "NAM_SINH": born,
        "GIOI_TINH": word("gioi_tinh", dice.choice(("NAM", "NU"))),
        "HO_TEN": person(dice),
        "BAM": f"{dice.getrandbits(64):016x}",
        "HOAN_CANH": dice.choice(CIRCUMSTANCES),
        "NHU_CAU": word("nhu_cau", dice.choice(("TIEN", "HV", "SK", "NHA", "YT", "HB"))),
        "NGAY_KS": surveyed,
        "NGAY_CN": surveyed,
        "TINH_TRANG": word("tinh_trang_dia_chi", "CHO"),
        "NGAY_KT": None,
        "DONG_Y": YES,
        "NGAY_DY": surveyed,
        "NGUOI_KS": person(dice),
    }


def next_addresses(season: Season, before: Sequence[Row]) -> list[Row]:
    """A year later: most were looked at again, some ended, some are new. The first row stays (it may be shared)."""
    dice, after = season.dice, []
    for n, row in enumerate(before):
        changed = dict(row)
        open_still = row["NGAY_KT"] is None
        if open_still and (n == 0 or dice.random() < 0.93):
            changed["NGAY_CN"] = season.day(date(season.year, 3, 1))
        if open_still and n and dice.random() < 0.06 * season.share:
            changed["TINH_TRANG"] = word("tinh_trang_dia_chi", dice.choice(("XONG", "XONG", "CHUYEN", "MAT")))
            changed["NGAY_KT"] = changed["NGAY_CN"] = season.day(date(season.year, 3, 1))
        after.append(changed)
    # A unit born within the year may have taken over this year's codes from a predecessor with the same unit code.
    start = 1 if season.first == date(season.year, 1, 1) else 501
    new = [_address(season, n, season.day()) for n in range(start, start + season.many(2, 6))]
    return after + identified(season, "DIA_CHI", new)


def opening_teams(season: Season) -> list[Row]:
    """First-aid teams, health-care models, clubs."""
    dice, ward = season.dice, season.ward
    kinds = [("TD", "Đội tình nguyện Chữ thập đỏ", 1.0), ("SCC", "Đội sơ cấp cứu tai nạn giao thông", 0.4)]
    kinds += [("CSSK", "Mô hình chăm sóc sức khỏe người cao tuổi", 0.5), ("CLB", "CLB Ngân hàng máu sống", 0.5)]
    kinds += [("KHAC", "Tủ thuốc, xe lăn nghĩa tình", 0.3)]
    rows: list[Row] = []
    for kind, name, chance in kinds:
        if dice.random() >= chance:
            continue
        members = dice.randint(6, 30)
        rows.append(
            {
                "TEN": f"{name} phường {ward}",
                "LOAI": word("loai_doi", kind),
                "NGAY_TL": date(dice.randint(2015, 2021), dice.randint(1, 12), dice.randint(1, 28)),
                "THANH_VIEN": members,
                "CHUNG_NHAN": dice.randint(2, members) if kind == "SCC" else None,
                "CON_HD": YES if dice.random() < 0.9 else NO,
                "HIEU_QUA": dice.choice((YES, NO)) if kind == "CSSK" else None,
                "MINH_CHUNG": f"{dice.randint(3, 60):02d}/QĐ-CTĐ",
            }
        )
    return identified(season, "DOI_MO_HINH", rows)
