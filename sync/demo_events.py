"""What happened in a made-up year of a ward: activities, supports, blood drives, the fund's book, tasks.

As in ``demo_rows``, each function draws from its season's dice and from nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from sync.demo_rows import NO, SPONSORS, TET, YES, Row, Season, identified, word


@dataclass(frozen=True)
class Sort:
    """A sort of activity: how often a year, what it costs (million đồng), whom it reaches, its usual titles."""

    code: str
    often: tuple[int, int]
    money: tuple[int, int]
    goods: tuple[int, int]
    people: tuple[int, int]
    titles: tuple[str, ...]
    movement: str | None = None


SORTS = (
    Sort(
        "HT", (2, 4), (1, 5), (1, 2), (5, 30), ("Hỗ trợ địa chỉ nhân đạo khó khăn", "Trao xe đạp cho học sinh"), "DCND"
    ),
    Sort("CT", (0, 2), (2, 6), (1, 5), (1, 8), ("Cứu trợ gia đình bị hoả hoạn", "Hỗ trợ gia đình bị tai nạn")),
    Sort("NCTD", (0, 1), (22, 40), (0, 3), (3, 5), ("Xây Nhà Chữ thập đỏ",), "NTVT"),
    Sort("SK", (0, 1), (5, 15), (0, 3), (1, 5), ("Trao bò giống hỗ trợ sinh kế", "Trao máy khâu hỗ trợ sinh kế")),
    Sort("BA", (0, 2), (1, 4), (1, 2), (80, 300), ("Nồi cháo nhân đạo tại bệnh viện",), "NTVT"),
    Sort("KB", (0, 1), (3, 10), (4, 10), (100, 400), ("Khám, tư vấn, cấp thuốc miễn phí",), "TND"),
    Sort("SCC", (0, 1), (1, 3), (0, 1), (30, 80), ("Huấn luyện sơ cấp cứu cho tình nguyện viên",)),
    Sort(
        "TT", (2, 4), (0, 2), (0, 1), (100, 500), ("Tuyên truyền hiến máu tình nguyện", "Truyền thông Tháng Nhân đạo")
    ),
    Sort("DT", (0, 1), (1, 3), (0, 0), (20, 60), ("Tập huấn nghiệp vụ công tác Hội",)),
    Sort("PNTH", (0, 1), (1, 4), (0, 3), (40, 150), ("Diễn tập phòng chống thiên tai, cứu nạn",)),
    Sort("MT", (0, 1), (0, 1), (0, 0), (30, 90), ("Vận động đăng ký hiến mô, tạng",)),
    Sort("KT", (0, 1), (0, 0), (0, 0), (0, 0), ("Kiểm tra công tác Hội tại chi hội",)),
)


def joint_activity(year: int) -> Row:
    """The free examination that the city holds in a ward: both write it down, under the city's number."""
    return {
        "MA_HD": f"TP-KB-{year}",
        "NGAY_BD": date(year, 5, 8),
        "NGAY_KT": date(year, 5, 8),
        "LOAI": word("loai_hoat_dong", "KB"),
        "TEN": "Khám, tư vấn, cấp thuốc miễn phí nhân Tháng Nhân đạo",
        "PHONG_TRAO": word("phong_trao", "TND"),
        "CHU_TRI": "Hội CTĐ thành phố",
        "PHOI_HOP": "Bệnh viện Đa khoa Từ Sơn",
        "LUOT": 260,
        "NGUOI": 260,
        "TIEN": 8_000_000,
        "HIEN_VAT": 24_000_000,
        "CAP_GHI": word("cap_ghi_nhan", "TP"),
    }


def activities(season: Season, *, host: str, joint: bool) -> list[Row]:
    """A year's activity log in the order of days; Tết gifts handed out in December belong to the next Tết.

    ``joint``: the one activity of city and ward is among them.
    """
    rows = [*_tet_gifts(season, host)]
    for sort in SORTS:
        count = season.dice.randint(*sort.often)
        for _ in range(round(count * season.size * season.share + 0.2)):
            rows.append(_activity(season, sort, season.day(), host))
    day = date(season.year, 5, 8)
    if joint and season.has(day, day):
        rows.append(joint_activity(season.year))
    rows.sort(key=lambda row: str(row["NGAY_BD"]))
    rows = [{"MA_HD": f"HD-{n:02d}", **row} for n, row in enumerate(rows, 1)]
    return identified(season, "HOAT_DONG", rows)


def _activity(season: Season, sort: Sort, day: date, host: str) -> Row:
    dice = season.dice
    reached = dice.randint(*sort.people)
    money = dice.randint(*sort.money) * 1_000_000 + dice.choice((0, 0, 0, 500_000))
    goods = dice.randint(*sort.goods) * 1_000_000
    return {
        "NGAY_BD": day,
        "NGAY_KT": day if dice.random() < 0.8 else min(season.last, day + timedelta(days=dice.randint(1, 3))),
        "LOAI": word("loai_hoat_dong", sort.code),
        "TEN": dice.choice(sort.titles),
        "PHONG_TRAO": word("phong_trao", sort.movement) if sort.movement else None,
        "CHU_TRI": host,
        "PHOI_HOP": dice.choice(("Ủy ban MTTQ phường", "Đoàn Thanh niên", "Trạm Y tế", "Hội LHPN phường", None)),
        "LUOT": reached or None,
        "NGUOI": round(reached * 0.9) or None,
        "TIEN": money if sort.money[1] else None,
        "HIEN_VAT": goods if sort.goods[1] else None,
        "NGAY_CONG": dice.choice((None, None, 400_000, 1_000_000)),
        "CAP_TREN": money // 2 if sort.code in ("NCTD", "CT") and dice.random() < 0.3 else None,
        "LONG_GHEP": (YES if dice.random() < 0.35 else NO) if sort.code in ("TT", "MT") else None,
        "CAP_GHI": word("cap_ghi_nhan", "P"),
        "MINH_CHUNG": f"{dice.randint(1, 99):02d}/BC-CTĐ",
    }


def _tet_gifts(season: Season, host: str) -> list[Row]:
    rows = []
    for tet_year, chance in ((season.year, 1.0), (season.year + 1, 0.3)):
        tet = TET.get(tet_year, date(tet_year, 2, 5))
        first, last = max(date(season.year, 1, 3), tet - timedelta(days=25)), tet - timedelta(days=3)
        if tet_year > season.year:
            first, last = date(season.year, 12, 18), date(season.year, 12, 30)
        if not season.has(first, last) or season.dice.random() >= chance:
            continue
        gifts = round(season.dice.randint(20, 45) * season.size)
        row = _activity(season, SORTS[0], season.day(first, last), host)
        row |= {
            "LOAI": word("loai_hoat_dong", "QT"),
            "TEN": f"Tặng quà “Tết Nhân ái” {tet_year}",
            "PHONG_TRAO": word("phong_trao", "TNA"),
            "NAM_TET": tet_year,
            "LUOT": gifts,
            "NGUOI": gifts,
            "TIEN": gifts * 300_000,
            "HIEN_VAT": gifts * 200_000,
            "CAP_TREN": gifts // 3 * 500_000,
            "LONG_GHEP": None,
        }
        rows.append(row)
    return rows


def supports(season: Season, addresses: Sequence[Row], events: Sequence[Row]) -> list[Row]:
    """Who was helped, when, with what. A support that belongs to an activity names it and is not added again."""
    dice, rows = season.dice, []
    helping = [row for row in events if row["LOAI"] in (word("loai_hoat_dong", "QT"), word("loai_hoat_dong", "HT"))]
    for n, address in enumerate(addresses):
        ended = address["NGAY_KT"]
        if (isinstance(ended, date) and ended < season.first) or (n and dice.random() > 0.8):
            continue
        for _ in range(dice.choice((1, 1, 1, 2, 3))):
            rows.append(_support(season, address, helping if dice.random() < 0.45 else ()))
    rows.sort(key=lambda row: str(row["NGAY"]))
    return identified(season, "HO_TRO", [{"MA_HT": f"HT-{n:03d}", **row} for n, row in enumerate(rows, 1)])


def _support(season: Season, address: Row, events: Sequence[Row]) -> Row:
    dice = season.dice
    surveyed, ended = address["NGAY_KS"], address["NGAY_KT"]
    first = surveyed if isinstance(surveyed, date) else season.first
    last = ended if isinstance(ended, date) else season.last
    day = season.day(first, last)
    during = [event for event in events if isinstance(event["NGAY_BD"], date) and first <= event["NGAY_BD"] <= last]
    event = dice.choice(during) if during else None
    form = dice.choice(("TM", "TM", "CK", "HV", "HV", "NC"))
    sponsor, sort = dice.choice(SPONSORS)
    row: Row = {
        "MA_DC": address["MA_DC"],
        "NGAY": event["NGAY_BD"] if event else day,
        "HINH_THUC": word("hinh_thuc", form),
        "GIA_TRI": 0 if form == "NC" else dice.choice((300_000, 500_000, 500_000, 1_000_000, 1_500_000, 2_350_000)),
        "NHA_TAI_TRO": sponsor,
        "LOAI_NTT": word("loai_nha_tai_tro", sort),
        "DV_TH": f"Hội CTĐ phường {season.ward}",
        "NGUON": word("nguon", "CTC" if sort == "HOI" else "TVD"),
        "MA_HD": event["MA_HD"] if event else None,
        "SINH_KE": YES if dice.random() < 0.08 else NO,
    }
    if form == "HV":
        thing, unit = dice.choice((("gạo", "kg"), ("chăn ấm", "chiếc"), ("xe đạp", "chiếc")))
        row |= {"SO_LUONG": dice.randint(1, 20), "DVT": unit, "NGUON_GIA": f"Giá {thing} theo hoá đơn"}
    return row


def blood_sessions(season: Season, city_days: Sequence[tuple[str, date, str]], joint: bool) -> list[Row]:
    """The ward's part in the city's sessions, sometimes one of its own; ``joint``: one session two wards both report.

    ``city_days`` are (code, day, place) of the sessions of the whole city.
    """
    dice = season.dice
    rows = [
        _session(dice, code, day, place, round(dice.randint(10, 22) * season.size))
        for code, day, place in city_days
        if season.has(day, day)
    ]
    own = [n for n in range(1, max(1, round(season.size)) + 1) if dice.random() < 0.55 * season.share]
    for n in own:
        code = f"HM-{season.unit.code[-3:]}-{season.year}-{n}"
        rows.append(_session(dice, code, season.day(), f"Nhà văn hoá phường {season.ward}", dice.randint(18, 40)))
    day = date(season.year, 4, 7)
    if joint and season.has(day, day):
        both = Random(f"{season.year}/liên phường")
        rows.append(_session(both, f"HM-LP-{season.year}", day, "Trường THPT Lý Thái Tổ", 42))
    rows.sort(key=lambda row: str(row["NGAY"]))
    return identified(season, "HIEN_MAU", rows)


def _session(dice: Random, code: str, day: date, place: str, given: int) -> Row:
    bags_250 = round(given * dice.uniform(0.2, 0.5))
    bags_450 = round(given * dice.uniform(0, 0.08))
    came = given + dice.randint(1, 8)
    return {
        "MA_DOT": code,
        "NGAY": day,
        "DIA_DIEM": place,
        "DV_TIEP_NHAN": "Viện Huyết học – Truyền máu Trung ương",
        "DANG_KY": came + dice.randint(0, 6),
        "DEN_HIEN": came,
        "TIEP_NHAN": given,
        "TUI_250": bags_250,
        "TUI_350": given - bags_250 - bags_450,
        "TUI_450": bags_450,
        "HUY": dice.choice((0, 0, 0, 1)),
        "TINH_TRANG": word("tinh_trang_mau", "CHINH_THUC"),
    }


def organ_registrations(season: Season) -> list[Row]:
    """Counts only, now and then; somebody may withdraw."""
    days = sorted(season.day() for _ in range(season.dice.choice((0, 0, 1, 1, 2))))
    rows: list[Row] = [
        {"NGAY": day, "DANG_KY": season.dice.randint(1, 4), "HUY": season.dice.choice((None, None, 1))} for day in days
    ]
    return identified(season, "HIEN_MO_TANG", rows)


@dataclass(frozen=True)
class Entry:
    """What a line of the fund ledger is usually about."""

    way: str
    item: str
    texts: tuple[str, ...]
    amount: tuple[int, int]


ENTRIES = (
    Entry("T", "T1", ("Thu hội phí chi hội",), (2, 12)),
    Entry("T", "T2", ("Ủng hộ Quỹ Hội", "Ủng hộ Tháng Nhân đạo"), (5, 40)),
    Entry("T", "T3", ("Ngân sách phường hỗ trợ",), (10, 40)),
    Entry("T", "T4", ("Hội cấp trên chuyển",), (10, 30)),
    Entry("C", "C1", ("Chi hỗ trợ đối tượng khó khăn", "Chi thăm hỏi, trợ giúp"), (3, 25)),
    Entry("C", "C2", ("Chi hoạt động Hội", "Chi in tài liệu tuyên truyền"), (2, 15)),
    Entry("C", "C3", ("Nộp hội phí cấp trên",), (2, 8)),
)


def ledger(season: Season, opening: int, closing: int, parent_code: str, also: Sequence[Row] = ()) -> list[Row]:
    """A fund ledger that leads from one balance to the other without ever going below zero; money in đồng.

    Money given for a named family (``MUC_DICH``) comes in and goes out beside the fund's own balance. ``also`` are
    entries that have to be in it.
    """
    dice, balance, rows = season.dice, opening, list[Row](also)
    closing -= sum(_signed(row) for row in also)
    for day in sorted(season.day(last=season.last - timedelta(days=6)) for _ in range(season.many(16, 30))):
        entry = dice.choice(ENTRIES)
        amount = dice.randint(*entry.amount) * 100_000
        if entry.way == "C" and balance - amount < 2_000_000:
            entry = ENTRIES[1]
        balance += amount if entry.way == "T" else -amount
        rows.append(_entry(dice, day, entry, amount, parent_code))
    for _ in range(dice.choice((0, 1, 1, 2))):
        amount = dice.randint(10, 80) * 100_000
        come = season.day(last=season.last - timedelta(days=20))
        for entry, day in ((ENTRIES[1], come), (ENTRIES[4], season.day(come))):
            text = "có địa chỉ: giúp gia đình bị tai nạn"
            earmarked: Row = {"MUC_DICH": YES, "NOI_DUNG": f"{'Thu' if entry.way == 'T' else 'Chi'} ủng hộ {text}"}
            rows.append(_entry(dice, day, entry, amount, parent_code) | earmarked)
    if closing != balance:
        last = ENTRIES[1] if closing > balance else ENTRIES[5]
        rows.append(_entry(dice, season.last - timedelta(days=3), last, abs(closing - balance), parent_code))
    rows.sort(key=lambda row: str(row["NGAY"]))
    numbered = [{"SO_CT": f"{'PT' if r['THU_CHI'] == 'Thu' else 'PC'}-{n:03d}", **r} for n, r in enumerate(rows, 1)]
    return identified(season, "QUY", numbered)


def _signed(row: Row) -> int:
    amount = row["SO_TIEN"]
    assert isinstance(amount, int)
    return amount if row["THU_CHI"] == "Thu" else -amount


def transfers(season: Season, wards: Mapping[str, Sequence[Row]], parent_code: str) -> list[Row]:
    """The city's side of what its wards (code → ledger) passed on to it or had from it, money from above for it all."""
    rows: list[Row] = []
    for code, book in wards.items():
        for theirs in book:
            if theirs["CHUYEN"] != season.unit.code:
                continue
            given = theirs["THU_CHI"] == "Thu"
            row: Row = {
                "NGAY": theirs["NGAY"],
                "THU_CHI": word("thu_chi", "C" if given else "T"),
                "KHOAN_MUC": word("khoan_muc_quy", "C4" if given else "T1"),
                "NOI_DUNG": "Chuyển Hội cơ sở" if given else "Hội cơ sở nộp hội phí",
                "HINH_THUC": word("hinh_thuc_tien", "CK"),
                "SO_TIEN": theirs["SO_TIEN"],
                "MUC_DICH": NO,
                "CHUYEN": code,
            }
            rows.append(row)
    passed_on = -sum(_signed(row) for row in rows if row["THU_CHI"] == "Chi")
    if passed_on:
        entry = Entry("T", "T4", ("Hội cấp trên chuyển để cấp cho cơ sở",), (0, 0))
        rows.append(_entry(season.dice, season.first, entry, passed_on, parent_code))
    return rows


def _entry(dice: Random, day: date, entry: Entry, amount: int, parent_code: str) -> Row:
    return {
        "NGAY": day,
        "THU_CHI": word("thu_chi", entry.way),
        "KHOAN_MUC": word("khoan_muc_quy", entry.item),
        "NOI_DUNG": dice.choice(entry.texts),
        "DOI_TAC": dice.choice(SPONSORS)[0] if entry.item == "T2" else None,
        "HINH_THUC": word("hinh_thuc_tien", dice.choice(("TM", "TM", "CK"))),
        "SO_TIEN": amount,
        "MUC_DICH": NO,
        "CHUYEN": parent_code if entry.item in ("T4", "C3") else None,
    }


def task_updates(season: Season, task_ids: Sequence[str]) -> list[Row]:
    """How the unit stands with some of the plan's tasks."""
    dice = season.dice
    rows: list[Row] = []
    for task in sorted(dice.sample(list(task_ids), min(len(task_ids), dice.randint(6, 10)))):
        state = dice.choice(("DTH", "TXCN", "TXCN", "HTDH", "TXCC", "CBD"))
        done = {"HTDH": 1, "CBD": 0}.get(state, dice.choice((0.25, 0.5, 0.75)))
        rows.append(
            {
                "MA_NV": task,
                "TRANG_THAI": word("trang_thai_nhiem_vu", state),
                "PHAN_TRAM": done,
                "SAN_PHAM": dice.choice(("Kế hoạch", "Báo cáo", "Công văn", None)),
                "SO_VB": f"{dice.randint(1, 90):02d}/KH-CTĐ" if state != "CBD" else None,
                "NGAY_VB": season.day() if state != "CBD" else None,
                "KHO_KHAN": dice.choice((None, None, "Kinh phí còn hạn hẹp", "Cán bộ kiêm nhiệm, thiếu thời gian")),
                "KIEN_NGHI": dice.choice((None, None, "Đề nghị tập huấn nghiệp vụ")),
                "NGAY_CN": season.day(date(season.year, 10, 1)),
            }
        )
    return identified(season, "NHIEM_VU", rows)
