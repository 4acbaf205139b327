"""The numbers without a threshold counted again from the wards' files, by another road: frames and plain loops.

Associations and their people stand as on the last day of the year; events are the year's. A number is unknown when no
unit concerned wrote a row into its table or committed itself that there was nothing to write.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import pandas as pd
from recompute import Book, World, activities

from xl_ctd.core.codes import CODE_LISTS, FIELD_OF_ACTIVITY

Number = Fraction | None


def followed(world: World, year: int, uid: str = "*") -> dict[str, Number]:
    """Number and place of the part → its value, for everybody or one unit."""
    end = date(year, 12, 31)
    of_year = world.of(year)
    if uid == "*":
        counted = [book for book in of_year if book.uid in (*world.owing(year), world.city)]
        standing = [book for book in of_year if book.uid in (*world.standing(end), world.city)]
    else:
        counted = standing = [book for book in of_year if book.uid == uid]
    return {
        f"{number}.{place}": value
        for number, values in _numbers(counted, standing, year, end).items()
        for place, value in enumerate(values, 1)
    }


def _numbers(counted: Sequence[Book], standing: Sequence[Book], year: int, end: date) -> dict[str, list[Number]]:
    start = date(year, 1, 1)

    def known(table: str, *values: int) -> list[Number]:
        told = any(len(book.table(table)) or book.committed for book in counted)
        return [Fraction(value) if told else None for value in values]

    offices = [row for book in standing for row in _active(book, end)]
    associations = [row for row in offices if _associated(row, end)]
    kinds = [choice.code for choice in CODE_LISTS["loai_don_vi"]]
    people = [_sum(offices, code, LOAI_HINH=kind) for kind in kinds for code in ("HOI_VIEN", "TNV", "CTV")]
    grades = [len(_where(associations, XEP_LOAI=choice.code)) for choice in CODE_LISTS["xep_loai"]]
    founded = [r for r in associations if r["LOAI_HINH"] in ("CQ", "DV", "TH") and (r["NGAY_TL"] or date.min) >= start]
    tasks = [book for book in counted if any(_is_consolidated(row) for row in _rows(book.table("NHIEM_VU")))]
    addresses = [row for book in standing for row in _rows(book.table("DIA_CHI"))]
    there = [r for r in addresses if r["NGAY_KS"] <= end and (r["NGAY_KT"] is None or r["NGAY_KT"] >= start)]
    stale = [r for r in there if not date(year - 1, 12, 31) <= r["NGAY_CN"] <= end]
    teams = [
        row
        for book in standing
        for row in _rows(book.table("DOI_MO_HINH"))
        if row["CON_HD"] == "C" and row["LOAI"] and (row["NGAY_TL"] or date.min) <= end
    ]
    done = _rows(activities(counted, year))
    supports = [row for book in counted for row in _rows(book.events("HO_TRO", "NGAY", year))]
    private = sum(len(_sponsors(_rows(book.events("HO_TRO", "NGAY", year)), True)) for book in counted)
    given, lasting = _sum(supports, "GIA_TRI"), _sum(supports, "GIA_TRI", SINH_KE="C")
    by_field = []
    for choice in CODE_LISTS["linh_vuc"]:
        rows = [row for row in done if FIELD_OF_ACTIVITY.get(row["LOAI"]) == choice.code]
        by_field += [len(rows), _sum(rows, "LUOT"), _worth(rows)]
    months, tet = (_where(done, PHONG_TRAO=code) for code in ("TND", "TNA"))
    training = _where(done, LOAI="DT")
    return {
        "TS-M01": known("NHIEM_VU", len(tasks)),
        "TS-M02": known("DON_VI", len(founded)),
        "TS-M03": known("DON_VI", *people),
        "TS-M04": known("DON_VI", *(_sum(offices, code) for code in ("HOI_VIEN", "TNV", "TTN")), *grades),
        "TS-M05": known(
            "DIA_CHI",
            sum(start <= row["NGAY_KS"] <= end for row in addresses),
            sum(start <= row["NGAY_CN"] <= end for row in addresses),
            len(stale),
        ),
        "TS-M06": known("DOI_MO_HINH", len(teams), _sum(teams, "THANH_VIEN")),
        "TS-M07": known("HOAT_DONG", len(training), _sum(training, "LUOT")),
        "TS-M08": known("HOAT_DONG", _worth(months), _sum(months, "LUOT"), _worth(tet), _sum(tet, "LUOT")),
        "TS-M09": known("HOAT_DONG", *by_field),
        "TS-M10": known("HO_TRO", len(_sponsors(supports, False)), private),
        "TS-M11": known("HOAT_DONG", len(_where(done, LOAI="KT"))),
        "TS-M12": [
            *known("DOI_MO_HINH", len(_where(teams, HIEU_QUA="C"))),
            *known("HOAT_DONG", len(_where(done, LOAI="TT"))),
        ],
        "TS-M13": [Fraction(lasting, given) if given else None],
    }


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return frame.to_dict("records")


def _where(rows: Iterable[dict[str, Any]], **wanted: str) -> list[dict[str, Any]]:
    return [row for row in rows if all(row[code] == value for code, value in wanted.items())]


def _sum(rows: Iterable[dict[str, Any]], code: str, **wanted: str) -> int:
    return sum(int(row[code]) for row in _where(rows, **wanted) if row[code] is not None)


def _worth(rows: list[dict[str, Any]]) -> int:
    return _sum(rows, "TIEN") + _sum(rows, "HIEN_VAT") - _sum(rows, "CAP_TREN")


def _active(book: Book, day: date) -> list[dict[str, Any]]:
    rows = _rows(book.table("DON_VI"))
    return [r for r in rows if (r["NGAY_HD"] or date.min) <= day < (r["NGAY_NGUNG"] or date.max)]


def _associated(row: dict[str, Any], day: date) -> bool:
    return row["CO_HOI"] == "C" and (row["NGAY_TL"] or date.min) <= day < (row["NGAY_GT"] or date.max)


def _is_consolidated(row: dict[str, Any]) -> bool:
    return row["MA_NV"] == "TS-N19" and row["TRANG_THAI"] in ("HTDH", "HTTR", "TXCN")


def _sponsors(rows: list[dict[str, Any]], private: bool) -> set[str]:
    names = ((row["NHA_TAI_TRO"], row["LOAI_NTT"]) for row in rows)
    return {"".join(name.split()).upper() for name, kind in names if name and (kind == "CN") == private}
