"""What the sheet ``Kết quả`` counts, as formulas: each target of a ward, and each table before it is sent.

Every rule is the one ``xl_ctd.core.tallies`` and ``indicators`` count by, under the conventions in force:

- TS-02: organisations of the plan's four kinds at work on the last day; with an association founded and not dissolved.
- TS-03: different addresses surveyed by the end, updated within twelve months before it and not ended before the
  start; of them those with a support in the year. Codes are compared without spaces and case.
- TS-12: the cover's opening balance and the book's entries up to the end; earmarked money apart.
- TS-14: activities less what came from above, and supports neither linked to an activity nor passed on from above.

A blank day of opening or founding means long ago, a blank day of closing means not closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial

from workbooks.layouts import TABS
from workbooks.ward_formulas import is_one_of, whole
from xl_ctd.core.codes import IN_TS02_DENOMINATOR
from xl_ctd.core.setup import Setup
from xl_ctd.core.tables import WARD_TABLES, Kind, Table
from xl_ctd.core.tallies import months_before
from xl_ctd.core.targets import Target
from xl_ctd.core.units import Unit


@dataclass(frozen=True, slots=True)
class Measure:
    """One line: formulas without "=". ``status`` and ``gap`` may name the line's own cells by ``{row}``."""

    target: str
    name: str
    value: str
    detail: str
    goal: str
    status: str
    gap: str
    tab: str
    number_format: str = "#,##0"


@dataclass(frozen=True, slots=True)
class Check:
    """One table before sending. ``told`` pairs a count with the words for it; words ending in "!" hold it back."""

    tab: str
    rows: str
    blanks: str
    outside: str | None
    told: tuple[tuple[str, str], ...] = ()


ATTAINED, NOT_ATTAINED, UNKNOWN = '"✔ ĐẠT"', '"✘ CHƯA ĐẠT"', '"– CHƯA CÓ SỐ LIỆU"'
SHARE, MONEY = "0.0#%", '#,##0" đ"'


# --- pieces of formulas --------------------------------------------------------------------------------------------


def _date(day: date) -> str:
    return f"DATE({day.year},{day.month},{day.day})"


def _by(name: str, day: date) -> str:
    """1 where a day is on or before this one, or not written (long ago)."""
    return f"(1-ISNUMBER({name})*({name}>{_date(day)}))"


def _after(name: str, day: date) -> str:
    """1 where a day is after this one, or not written (not yet)."""
    return f"(1-ISNUMBER({name})*({name}<={_date(day)}))"


def _within(name: str, first: date, last: date) -> str:
    return f"(ISNUMBER({name})*({name}>={_date(first)})*({name}<={_date(last)}))"


def _begun(table: Table) -> str:
    """1 for each line in which anything is written."""
    lengths = "+".join(f"LEN({whole(table.code, f.code)})" for f in table.fields if f.kind is not Kind.AUTO)
    return f"(({lengths})>0)"


def rows_of(code: str) -> str:
    """How many lines of a table are in use: those with anything in a required column."""
    table = next(table for table in WARD_TABLES if table.code == code)
    lengths = "+".join(f"LEN({whole(code, field.code)})" for field in table.fields if field.required)
    return f"SUMPRODUCT(--(({lengths})>0))"


def _reported(*tables: str) -> str:
    """An empty table is an answer only from a unit that declares its figures complete."""
    committed = is_one_of("BIA.CAM_KET", "co_khong", "C")
    return f"({'+'.join(rows_of(code) for code in tables)}+{committed}>0)"


def _words(table: str, *fields: str) -> str:
    """How many cells of money hold text, which no formula can add."""
    return "(" + "+".join(f"SUMPRODUCT(--ISTEXT({whole(table, field)}))" for field in fields) + ")"


def _grouped(number: str) -> str:
    """A whole number as people write it, whatever the computer's language: 20.000.000."""
    return f'SUBSTITUTE(SUBSTITUTE(FIXED({number},0),",",".")," ",".")'


def _key(name: str) -> str:
    return f'SUBSTITUTE({name}," ","")'


# --- the unit's own targets ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Year:
    """The counting period and the conventions in force."""

    year: int
    setup: Setup
    targets: dict[str, Target]

    def period(self, target: str) -> tuple[date, date]:
        if self.targets[target].calendar == "HC":
            return date(self.year - 1, 12, 15), date(self.year, 12, 14)
        return date(self.year, 1, 1), date(self.year, 12, 31)

    def chosen(self, code: str, default: str) -> str:
        return self.setup.convention(code, default)


def measures_for(unit: Unit, year: int, setup: Setup) -> tuple[list[Measure], list[Measure]]:
    """The targets the unit answers for alone, and its parts of the city's targets; those the plan has."""
    targets = {target.id: target for target in setup.targets}
    asked = _Year(year, setup, targets)
    own = {"TS-02": _associations, "TS-03": _addresses, "TS-04": _tet, "TS-10": _organs, "TS-12": _fund}
    parts = {
        "TS-05": _examinations,
        "TS-06": _teams,
        "TS-07": _models,
        "TS-08": _blood,
        "TS-11": _registered,
        "TS-14": _value,
    }
    shared = [make(asked) for code, make in parts.items() if code in targets]
    if "TS-09" in targets:
        shared.insert(4, _donors(asked, unit))
    return [make(asked) for code, make in own.items() if code in targets], shared


def _ratio(asked: _Year, target: str, name: str, n: str, d: str, reported: str, tab: str) -> Measure:
    """N/D against a share. Rounding never carries a missed share onto its threshold."""
    rule = asked.targets[target]
    threshold = f"{rule.threshold}"
    needed = f"ROUND({threshold}*({d}),6)"
    missing = f"INT({needed})+1-({n})" if rule.strict else f"ROUNDUP({needed},0)-({n})"
    reached = f"({n}){'>' if rule.strict else '>='}{needed}"
    return Measure(
        target,
        name,
        f'IF({reported},IF(({d})=0,"–",IF({reached},ROUND(({n})/({d}),4),ROUNDDOWN(({n})/({d}),4))),"–")',
        f'({n})&"/"&({d})&" {rule.thing}"',
        f"{'>' if rule.strict else '≥'} {float(rule.threshold or 0):.0%}".replace("%", " %"),
        f'IF(NOT({reported}),{UNKNOWN},IF(({d})=0,"– KHÔNG ÁP DỤNG",IF({reached},{ATTAINED},{NOT_ATTAINED})))',
        f'IF(AND({reported},({d})>0,NOT({reached})),"còn thiếu "&({missing})&" {rule.thing}","")',
        TABS[tab],
        SHARE,
    )


def _associations(asked: _Year) -> Measure:
    _, end = asked.period("TS-02")
    at = partial(whole, "DON_VI")
    kinds = sorted(IN_TS02_DENOMINATOR | ({"DN"} if asked.chosen("TS02_DOANH_NGHIEP", "K") == "C" else set()))
    active = (
        f"{is_one_of(at('LOAI_HINH'), 'loai_don_vi', *kinds)}*{_by(at('NGAY_HD'), end)}*{_after(at('NGAY_NGUNG'), end)}"
    )
    if asked.chosen("TS02_CAP_TREN", "C") == "K":
        active += f"*(1-{is_one_of(at('CAP_QL'), 'cap_quan_ly', 'TW', 'T')})"
    joined = f"{is_one_of(at('CO_HOI'), 'co_khong', 'C')}*{_by(at('NGAY_TL'), end)}*{_after(at('NGAY_GT'), end)}"
    return _ratio(
        asked,
        "TS-02",
        "Đơn vị, cơ quan, trường học, bệnh viện có tổ chức Hội",
        f"SUMPRODUCT({active}*{joined})",
        f"SUMPRODUCT({active})",
        _reported("DON_VI"),
        "DON_VI",
    )


def _addresses(asked: _Year) -> Measure:
    start, end = asked.period("TS-03")
    at = partial(whole, "DIA_CHI")
    surveyed = f"ISNUMBER({at('NGAY_KS')})*({at('NGAY_KS')}<={_date(end)})"
    still = f"(1-ISNUMBER({at('NGAY_KT')})*({at('NGAY_KT')}<{_date(start)}))"
    counted = f"({surveyed}*{_within(at('NGAY_CN'), months_before(end), end)}*{still})"
    keys = _key(at("MA_DC"))
    # The first line that counts among those with the same code stands for the address.
    first = f'(MATCH({keys}&"|1",{keys}&"|"&{counted},0)=ROW({at("MA_DC")})-MIN(ROW({at("MA_DC")}))+1)'
    supports = f'{_key(whole("HO_TRO", "MA_DC"))}&"|"&{_within(whole("HO_TRO", "NGAY"), start, end)}'
    helped = f'ISNUMBER(MATCH({keys}&"|1",{supports},0))*({keys}<>"")'
    one = f"{counted}*ISNUMBER(1/{first})"  # neither FALSE nor #N/A has a reciprocal
    reported = f"AND({_reported('DIA_CHI')},{_reported('HO_TRO')})"
    return _ratio(
        asked,
        "TS-03",
        "Địa chỉ nhân đạo được kết nối, hỗ trợ",
        f"SUMPRODUCT({one}*{helped})",
        f"SUMPRODUCT({one})",
        reported,
        "HO_TRO",
    )


def _happened(asked: _Year, target: str, name: str, count: str, unit: str, tab: str, gap: str, *, own: bool) -> Measure:
    """Something that must exist or happen at least once; for the city's targets only what the unit adds is said."""
    missing = NOT_ATTAINED if own else '"– CHƯA CÓ"'
    there = ATTAINED if own else f'"✔ GÓP "&({count})&" {unit.upper()}"'
    return Measure(
        target,
        name,
        f'IF({_reported(tab)},{count},"–")',
        f'"{unit}"',
        "ít nhất 1",
        f"IF(NOT({_reported(tab)}),{UNKNOWN},IF({count}>=1,{there},{missing}))",
        f'IF(AND({_reported(tab)},{count}<1),"{gap}","")',
        TABS[tab],
    )


def _tet(asked: _Year) -> Measure:
    _, end = asked.period("TS-04")
    at = partial(whole, "HOAT_DONG")
    kind = is_one_of(at("LOAI"), "loai_hoat_dong", "QT")
    day = f"ISNUMBER({at('NGAY_BD')})*({at('NGAY_BD')}<={_date(end)})"
    count = f"SUMPRODUCT({kind}*({at('NAM_TET')}={asked.year})*{day})"
    gap = "còn thiếu 1 đợt (trao trước tháng 1: ghi ở tệp năm trước)"
    return _happened(asked, "TS-04", f"Tặng quà Tết năm {asked.year}", count, "đợt", "HOAT_DONG", gap, own=True)


def _organs(asked: _Year) -> Measure:
    inside = _within(whole("HOAT_DONG", "NGAY_BD"), *asked.period("TS-10"))
    count = f"SUMPRODUCT({inside}*{is_one_of(whole('HOAT_DONG', 'LONG_GHEP'), 'co_khong', 'C')})"
    name = "Tuyên truyền hiến máu lồng ghép hiến mô, tạng"
    return _happened(asked, "TS-10", name, count, "cuộc", "HOAT_DONG", "còn thiếu 1 cuộc", own=True)


def _fund(asked: _Year) -> Measure:
    _, end = asked.period("TS-12")
    floor = int(asked.targets["TS-12"].threshold or 0)
    at = partial(whole, "QUY")
    signed = f"({is_one_of(at('THU_CHI'), 'thu_chi', 'T')}-{is_one_of(at('THU_CHI'), 'thu_chi', 'C')})"
    own = "1" if asked.chosen("TS12_QUY_MUC_DICH", "K") == "C" else f"(1-{is_one_of(at('MUC_DICH'), 'co_khong', 'C')})"
    dated = f"ISNUMBER({at('NGAY')})*({at('NGAY')}<={_date(end)})"
    balance = f"(BIA.DU_DAU+SUMPRODUCT({dated}*{signed}*{own},{at('SO_TIEN')}))"
    known = f"AND(ISNUMBER(BIA.DU_DAU),{_reported('QUY')})"
    texts = _words("QUY", "SO_TIEN")
    opening = 'IF(ISNUMBER(BIA.DU_DAU),"","ghi Dư quỹ đầu năm bằng số ở trang Bìa; ")'
    missing = f'IF(AND({known},{balance}<{floor}),"còn thiếu "&{_grouped(f"{floor}-{balance}")}&" đồng; ","")'
    return Measure(
        "TS-12",
        "Số dư quỹ Hội cuối năm",
        f'IF({known},{balance},"–")',
        '"dư đầu + thu − chi"',
        f"≥ {floor:,}".replace(",", ".") + " đ",
        f"IF(NOT({known}),{UNKNOWN},IF({balance}>={floor},{ATTAINED},{NOT_ATTAINED}))",
        f'{opening}&{missing}&IF({texts}>0,{texts}&" ô tiền ghi chữ chưa cộng","")',
        TABS["QUY"],
        MONEY,
    )


# --- parts of the city's targets -----------------------------------------------------------------------------------


def _examinations(asked: _Year) -> Measure:
    inside = _within(whole("HOAT_DONG", "NGAY_BD"), *asked.period("TS-05"))
    count = f"SUMPRODUCT({inside}*{is_one_of(whole('HOAT_DONG', 'LOAI'), 'loai_hoat_dong', 'KB')})"
    return _happened(asked, "TS-05", "Khám, tư vấn, cấp thuốc miễn phí", count, "đợt", "HOAT_DONG", "", own=False)


def _working(asked: _Year, target: str, kind: str) -> str:
    _, end = asked.period(target)
    at = partial(whole, "DOI_MO_HINH")
    working = is_one_of(at("CON_HD"), "co_khong", "C")
    return f"{is_one_of(at('LOAI'), 'loai_doi', kind)}*{working}*{_by(at('NGAY_TL'), end)}"


def _teams(asked: _Year) -> Measure:
    count = f"SUMPRODUCT({_working(asked, 'TS-06', 'SCC')})"
    return _happened(asked, "TS-06", "Đội sơ cấp cứu tai nạn giao thông", count, "đội", "DOI_MO_HINH", "", own=False)


def _models(asked: _Year) -> Measure:
    effective = is_one_of(whole("DOI_MO_HINH", "HIEU_QUA"), "co_khong", "C")
    count = f"SUMPRODUCT({_working(asked, 'TS-07', 'CSSK')}*{effective})"
    name = "Mô hình chăm sóc sức khỏe đạt hiệu quả"
    return _happened(asked, "TS-07", name, count, "mô hình", "DOI_MO_HINH", "", own=False)


def _bags(asked: _Year, target: str) -> str:
    inside = _within(whole("HIEN_MAU", "NGAY"), *asked.period(target))
    by_volume = asked.chosen("TS08_DON_VI", "TUI") == "250ML"
    weights = {"TUI_250": 250, "TUI_350": 350, "TUI_450": 450} if by_volume else dict.fromkeys(_BAGS, 1)
    if asked.chosen("TS08_TIEU_CAU", "K") == "C":
        weights["TIEU_CAU"] = 250 if by_volume else 1
    total = "+".join(f"{weight}*SUMPRODUCT({inside},{whole('HIEN_MAU', bag)})" for bag, weight in weights.items())
    return f"(({total})/{250 if by_volume else 1})"


_BAGS = ("TUI_250", "TUI_350", "TUI_450")


def _blood(asked: _Year) -> Measure:
    target = asked.targets["TS-08"]
    inside = _within(whole("HIEN_MAU", "NGAY"), *asked.period("TS-08"))
    safe = _bags(asked, "TS-08")
    if asked.chosen("TS08_AN_TOAN", "TRU_HUY") == "TRU_HUY":
        safe = f"({safe}-SUMPRODUCT({inside},{whole('HIEN_MAU', 'HUY')}))"
    waiting = f"SUMPRODUCT({inside}*{is_one_of(whole('HIEN_MAU', 'TINH_TRANG'), 'tinh_trang_mau', 'TAM_TINH')})"
    bounds = f"{int(target.lower or 0)}–{int(target.upper or 0):,}".replace(",", ".")
    return _part(
        "TS-08",
        "Đơn vị máu an toàn",
        safe,
        '"tiếp nhận − huỷ sau xét nghiệm"',
        f"{bounds}",
        "đơn vị",
        f'IF({waiting}>0,"tạm tính: "&{waiting}&" đợt chờ kết quả xét nghiệm","")',
        "HIEN_MAU",
    )


def _donors(asked: _Year, unit: Unit) -> Measure:
    people = next((p.people for p in asked.setup.population if p.uid == unit.uid and p.year == asked.year), None)
    units = asked.chosen("TS09_BIEN_THE", "LUOT") == "DON_VI"
    inside = _within(whole("HIEN_MAU", "NGAY"), *asked.period("TS-09"))
    given = _bags(asked, "TS-09") if units else f"SUMPRODUCT({inside},{whole('HIEN_MAU', 'TIEP_NHAN')})"
    detail = f'"trên {people:,} dân"'.replace(",", ".") if people else '"lượt người đã hiến được máu"'
    goal = f"≥ {float(asked.targets['TS-09'].threshold or 0) * 100:g} % dân số".replace(".", ",")
    word = "đơn vị" if units else "lượt"
    return _part("TS-09", "Lượt người hiến máu", given, detail, goal, word, '""', "HIEN_MAU")


def _registered(asked: _Year) -> Measure:
    inside = _within(whole("HIEN_MO_TANG", "NGAY"), *asked.period("TS-11"))
    new, gone = (f"SUMPRODUCT({inside},{whole('HIEN_MO_TANG', field)})" for field in ("DANG_KY", "HUY"))
    name = "Người đăng ký hiến mô, tạng (năm nay)"
    detail = '"đăng ký mới − huỷ"'
    return _part("TS-11", name, f"({new}-{gone})", detail, "ít nhất 1", "người", '""', "HIEN_MO_TANG")


def _value(asked: _Year) -> Measure:
    start, end = asked.period("TS-14")
    activity = _within(whole("HOAT_DONG", "NGAY_BD"), start, end)
    support = _within(whole("HO_TRO", "NGAY"), start, end)
    netted = asked.chosen("TS14_CHUYEN_NOI_BO", "TRU") == "TRU"
    fields = ["TIEN", "HIEN_VAT", *(["NGAY_CONG"] if asked.chosen("TS14_NGAY_CONG", "K") == "C" else [])]
    terms = [f"SUMPRODUCT({activity},{whole('HOAT_DONG', field)})" for field in fields]
    unlinked = f"{support}*(LEN({whole('HO_TRO', 'MA_HD')})=0)"
    if netted:
        unlinked += f"*(1-{is_one_of(whole('HO_TRO', 'NGUON'), 'nguon', 'CTC')})"
    total = "+".join([*terms, f"SUMPRODUCT({unlinked},{whole('HO_TRO', 'GIA_TRI')})"])
    if netted:
        total += f"-SUMPRODUCT({activity},{whole('HOAT_DONG', 'CAP_TREN')})"
    texts = f"({_words('HOAT_DONG', *fields, 'CAP_TREN')}+{_words('HO_TRO', 'GIA_TRI')})"
    goal = int(asked.targets["TS-14"].threshold or 0)
    return Measure(
        "TS-14",
        "Giá trị hoạt động nhân đạo",
        f'IF({_reported("HOAT_DONG", "HO_TRO")},{total},"–")',
        '"hoạt động + hỗ trợ, không tính hai lần"',
        f"{goal // 1_000_000_000} tỷ" if goal % 1_000_000_000 == 0 else f"{goal:,} đ",
        f'IF({_reported("HOAT_DONG", "HO_TRO")},IF(({total})>0,"✔ CÓ GÓP","– CHƯA CÓ"),{UNKNOWN})',
        f'IF({texts}>0,{texts}&" ô tiền ghi chữ chưa cộng","")',
        TABS["HOAT_DONG"],
        MONEY,
    )


def _part(target: str, name: str, value: str, detail: str, goal: str, unit: str, note: str, table: str) -> Measure:
    return Measure(
        target,
        name,
        f'IF({_reported(table)},{value},"–")',
        detail,
        goal,
        f'IF({_reported(table)},IF({value}>0,"✔ GÓP "&{_grouped(value)}&" {unit.upper()}","– CHƯA CÓ"),{UNKNOWN})',
        note,
        TABS[table],
    )


# --- before sending ------------------------------------------------------------------------------------------------


def checks_for(year: int) -> list[Check]:
    """One check a table, in the order of the tabs."""
    return [_check(table, year) for table in WARD_TABLES]


def _check(table: Table, year: int) -> Check:
    blanks = "+".join(f'({whole(table.code, field.code)}="")' for field in table.fields if field.required)
    outside = None
    if table.date_field:
        day = whole(table.code, table.date_field)
        outside = f"SUMPRODUCT(ISNUMBER({day})*(1-{_within(day, date(year, 1, 1), date(year, 12, 31))}))"
    return Check(
        TABS[table.code],
        rows_of(table.code),
        f"SUMPRODUCT({_begun(table)}*({blanks}))",
        outside,
        (*_own_checks(table), *_texts_check(table)),
    )


def _texts_check(table: Table) -> tuple[tuple[str, str], ...]:
    money = [field.code for field in table.fields if field.kind is Kind.MONEY]
    return ((_words(table.code, *money), "ô tiền ghi chữ (máy đọc khi gửi)"),) if money else ()


def _own_checks(table: Table) -> tuple[tuple[str, str], ...]:
    """What only this table can get wrong."""
    if table.code == "HO_TRO":
        code, known = _key(whole("HO_TRO", "MA_DC")), _key(whole("DIA_CHI", "MA_DC"))
        orphans = f'SUMPRODUCT(({code}<>"")*ISNA(MATCH({code},{known},0)))'
        return ((orphans, "lần hỗ trợ chưa có địa chỉ!"),)
    if table.code == "DON_VI":
        at = partial(whole, "DON_VI")
        undated = f'SUMPRODUCT({is_one_of(at("CO_HOI"), "co_khong", "C")}*({at("NGAY_TL")}=""))'
        return ((undated, "tổ chức Hội chưa ghi ngày thành lập!"),)
    if table.code == "HOAT_DONG":
        at = partial(whole, "HOAT_DONG")
        yearless = f'SUMPRODUCT({is_one_of(at("LOAI"), "loai_hoat_dong", "QT")}*({at("NAM_TET")}=""))'
        return ((yearless, "đợt quà Tết chưa ghi Năm Tết!"),)
    if table.code == "HIEN_MAU":
        at = partial(whole, "HIEN_MAU")
        fewer = (
            f"SUMPRODUCT(ISNUMBER({at('DEN_HIEN')})*ISNUMBER({at('TIEP_NHAN')})*({at('TIEP_NHAN')}>{at('DEN_HIEN')}))"
        )
        return ((fewer, "đợt có tiếp nhận nhiều hơn đến hiến!"),)
    return ()
