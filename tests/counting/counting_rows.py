"""Rows for the tests, written as mappings of field code to value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from hypothesis import strategies as st

from xl_ctd.core.books import tallies_for
from xl_ctd.core.records import Rows
from xl_ctd.core.setup import Setup
from xl_ctd.core.submissions import UnitYear
from xl_ctd.core.tables import BY_CODE
from xl_ctd.core.targets import Target

WARDS = ("A", "B", "C")
CITY = "TP"


def day(text: str) -> date:
    """The day written as 31/12/2024, or 31/12 of 2024."""
    numbers = [int(part) for part in text.split("/")]
    return date(numbers[2] if len(numbers) == 3 else 2024, numbers[1], numbers[0])


def rows(table: str, *entries: Mapping[str, Any]) -> Rows:
    """A table of these rows, standing from line 7 of a sheet whose columns are in the schema's order."""
    fields = BY_CODE[table].stored
    return Rows(
        table,
        tuple(f"{table}-{n}" for n in range(len(entries))),
        {field.code: tuple(entry.get(field.code) for entry in entries) for field in fields},
        tuple(range(7, 7 + len(entries))),
        "CTD_A_2024.xlsx",
        BY_CODE[table].label,
        {field.code: chr(65 + n) for n, field in enumerate(fields)},
    )


def unit_year(uid: str = "A", year: int = 2024, *tables: Rows, **cover: Any) -> UnitYear:
    """A submitted workbook that its ward declared complete."""
    said = {"CAM_KET": "C", **cover}
    return UnitYear(uid, year, said, {one.table: one for one in tables}, submitted=True)


def holdings(*unit_years: UnitYear) -> dict[tuple[str, int], UnitYear]:
    return {(one.uid, one.year): one for one in unit_years}


def target(setup: Setup, target_id: str) -> Target:
    return next(one for one in setup.targets if one.id == target_id)


def tallied(setup: Setup, unit_years: Iterable[UnitYear], year: int = 2024, as_of: date | None = None) -> Any:
    return tallies_for(setup, holdings(*unit_years), year, as_of)


def organisation(kind: str = "TH", association: str = "C", **more: Any) -> dict[str, Any]:
    return {"MA": "DV-1", "TEN": "Một đơn vị", "LOAI_HINH": kind, "CO_HOI": association, **more}


def address(code: str, **more: Any) -> dict[str, Any]:
    return {
        "MA_DC": code,
        "KHU_PHO": "1",
        "NHOM": "HN",
        "NGAY_KS": day("1/3/2023"),
        "NGAY_CN": day("1/6"),
        "TINH_TRANG": "DKN",
        "DONG_Y": "C",
        **more,
    }


def support(code: str, **more: Any) -> dict[str, Any]:
    return {"MA_HT": "HT-1", "MA_DC": code, "NGAY": day("1/7"), "HINH_THUC": "TM", "GIA_TRI": 500_000, **more}


def activity(kind: str = "KB", **more: Any) -> dict[str, Any]:
    return {"MA_HD": "HD-1", "NGAY_BD": day("1/4"), "LOAI": kind, "TEN": "Một hoạt động", "CAP_GHI": "P", **more}


def session(code: str = "D1", **more: Any) -> dict[str, Any]:
    return {"MA_DOT": code, "NGAY": day("1/5"), "TIEP_NHAN": 10, "TINH_TRANG": "CHINH_THUC", **more}


def entry(flow: str, amount: int, **more: Any) -> dict[str, Any]:
    return {"SO_CT": "CT-1", "NGAY": day("1/2"), "THU_CHI": flow, "KHOAN_MUC": "T2", "SO_TIEN": amount, **more}


def team(kind: str = "SCC", **more: Any) -> dict[str, Any]:
    return {"TEN": "Đội 1", "LOAI": kind, "CON_HD": "C", **more}


_DAYS = st.dates(date(2023, 6, 1), date(2025, 6, 1)) | st.none()
_CODES = st.sampled_from(["1", "a2", "A 2", "B3"])
_NUMBERS = st.integers(0, 50) | st.none()
_FLAGS = st.sampled_from(["C", "K", None])
_ANYTHING: Mapping[str, Mapping[str, st.SearchStrategy[Any]]] = {
    "DON_VI": {
        "LOAI_HINH": st.sampled_from(["TH", "CQ", "DN"]),
        "CO_HOI": _FLAGS,
        "NGAY_TL": _DAYS,
        "NGAY_GT": _DAYS,
        "NGAY_NGUNG": _DAYS,
        "HOI_VIEN": _NUMBERS,
    },
    "DIA_CHI": {
        "MA_DC": _CODES,
        "NGAY_KS": _DAYS,
        "NGAY_CN": _DAYS,
        "NGAY_KT": _DAYS,
        "DONG_Y": _FLAGS,
        "BAM": st.sampled_from([None, "x", "y"]),
    },
    "HO_TRO": {
        "MA_DC": _CODES,
        "NGAY": _DAYS,
        "GIA_TRI": _NUMBERS,
        "NGUON": st.sampled_from(["TVD", "CTC", None]),
    },
    "HOAT_DONG": {
        "MA_HD": _CODES,
        "NGAY_BD": _DAYS,
        "LOAI": st.sampled_from(["QT", "KB"]),
        "NAM_TET": st.integers(2023, 2025),
        "TIEN": _NUMBERS,
        "CAP_TREN": _NUMBERS,
        "LONG_GHEP": _FLAGS,
        "CAP_GHI": st.sampled_from(["TP", "P"]),
    },
    "HIEN_MAU": {"MA_DOT": _CODES, "NGAY": _DAYS, "TIEP_NHAN": _NUMBERS, "TUI_350": _NUMBERS, "HUY": _NUMBERS},
    "HIEN_MO_TANG": {"NGAY": _DAYS, "DANG_KY": _NUMBERS, "HUY": _NUMBERS},
    "QUY": {"NGAY": _DAYS, "THU_CHI": st.sampled_from("TC"), "SO_TIEN": _NUMBERS, "MUC_DICH": _FLAGS},
    "DOI_MO_HINH": {"LOAI": st.sampled_from(["SCC", "CSSK"]), "CON_HD": _FLAGS, "NGAY_TL": _DAYS, "HIEU_QUA": _FLAGS},
}


@st.composite
def unit_years(draw: st.DrawFn, uid: str = "A", **fixed: Mapping[str, st.SearchStrategy[Any]]) -> UnitYear:
    """A workbook with any rows at all, blanks included; ``fixed`` replaces fields of a table by other values."""
    tables = [
        rows(table, *draw(st.lists(st.fixed_dictionaries({**fields, **fixed.get(table, {})}), max_size=4)))
        for table, fields in _ANYTHING.items()
    ]
    return unit_year(uid, 2024, *tables, DU_DAU=draw(_NUMBERS))
