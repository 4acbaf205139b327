"""Small real workbooks laid out as the units' template is, and ways to spoil them."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import xlsxwriter

from workbooks import layouts
from xl_ctd.core.setup import Plan, Setup
from xl_ctd.core.tables import BY_CODE, COVER, Kind
from xl_ctd.core.units import Unit, UnitTree

DONG_KY = Unit("TS.2021.09382", "09382", "Đồng Kỵ", valid_from=date(2021, 2, 1), valid_to=date(2025, 6, 30), order=1)
OLD_TAM_SON = Unit("TS.2021.09370", "09370", "Tam Sơn", valid_to=date(2025, 6, 30), order=2)
NEW_TAM_SON = Unit("TS.2025.09370", "09370", "Tam Sơn", valid_from=date(2025, 7, 1), order=3)
CITY = Unit("TS.2021.261", "261", "Thành phố Từ Sơn")

COVER_VALUES: dict[str, object] = {
    "MA_DON_VI": "09382",
    "UID": "TS.2021.09382",
    "TEN_DON_VI": "Đồng Kỵ",
    "LICH": "TK",
    "LOAI_KY": "N",
    "NAM": 2024,
    "NGUOI_LAP": "Nguyễn Thị Hoa",
    "NGAY_LAP": date(2024, 12, 20),
    "DU_DAU": 12_500_000,
    "CAM_KET": "Có",
    "PHIEN_BAN": layouts.TEMPLATE_VERSION,
    "MA_TEP": "tep-1",
}

FUND_ROWS: list[dict[str, object]] = [
    {
        "SO_CT": "PT01",
        "NGAY": date(2024, 1, 15),
        "THU_CHI": "Thu",
        "KHOAN_MUC": "Ủng hộ, tài trợ",
        "NOI_DUNG": "Ủng hộ Tết",
        "HINH_THUC": "TM",
        "SO_TIEN": 20_000_000,
        "MUC_DICH": "Không",
        "_rid": "09382-AAAAAAAAAA-1",
    },
    {
        "SO_CT": "PC01",
        "NGAY": date(2024, 1, 20),
        "THU_CHI": "C",
        "KHOAN_MUC": "C1",
        "NOI_DUNG": "Quà Tết",
        "SO_TIEN": "5 triệu",
        "_rid": "09382-AAAAAAAAAB-2",
    },
]


@pytest.fixture(scope="session")
def setup() -> Setup:
    """An office with one old ward, one ward that keeps its code through the merger of 2025, and the city."""
    units = UnitTree(
        (DONG_KY, OLD_TAM_SON, NEW_TAM_SON, CITY), (DONG_KY.uid, OLD_TAM_SON.uid, NEW_TAM_SON.uid), CITY.uid
    )
    plan = Plan("TS", "17-KH/TU", "Thành ủy", "2023-03-30", 2023, 2033, (), (), (), units)
    return Setup(plan, (), units)


Rows = Iterable[Mapping[str, object]]
WardFile = Callable[..., Path]


def write_cell(sheet: Any, row: int, column: int, value: object, dates: Any) -> None:
    match value:
        case None:
            return
        case datetime() | date():
            sheet.write_datetime(row, column, value, dates)
        case str() if value.startswith("="):
            sheet.write_formula(row, column, value, None, "")
        case str():
            sheet.write_string(row, column, value)
        case _:
            sheet.write(row, column, value)


def write_cover(book: Any, values: Mapping[str, object]) -> None:
    sheet = book.add_worksheet(layouts.COVER_TAB)
    dates = book.add_format({"num_format": "dd/mm/yyyy"})
    for line, field in enumerate(COVER, layouts.COVER_FIRST_ROW - 1):
        sheet.write_string(line, 0, layouts.header_of(field))
        write_cell(sheet, line, 1, values.get(field.code), dates)
        sheet.write_string(line, 3, f"{layouts.COVER_PREFIX}.{field.code}")
    sheet.set_column("D:D", None, None, {"hidden": True})


def write_table(book: Any, code: str, rows: Rows, codes: Sequence[str] | None = None, tab: str | None = None) -> None:
    table = BY_CODE[code]
    sheet = book.add_worksheet(tab or layouts.TABS[code])
    dates = book.add_format({"num_format": "dd/mm/yyyy"})
    columns = layouts.unit_columns(table)
    shown = [column for column in columns if codes is None or column.code in codes]
    sheet.write_string(layouts.TITLE_ROW - 1, 0, table.label)
    for place, column in enumerate(shown):
        sheet.write_string(layouts.CODE_ROW - 1, place, f"{code}.{column.code}")
        sheet.write_string(layouts.HEADER_ROW - 1, place, column.header)
    sheet.set_row(layouts.CODE_ROW - 1, None, None, {"hidden": True})
    for line, row in enumerate(rows, layouts.FIRST_ROW - 1):
        for place, column in enumerate(shown):
            write_cell(sheet, line, place, row.get(column.code), dates)
            field = table.by_code.get(column.code)
            if field and field.kind is Kind.AUTO:
                sheet.write_formula(line, place, f'=IF(A{line + 1}="","",1)', None, "")


@pytest.fixture(scope="session")
def template() -> SimpleNamespace:
    """The writers of a cover and of a table, and good values for them."""
    return SimpleNamespace(cover=COVER_VALUES, fund=FUND_ROWS, write_cover=write_cover, write_table=write_table)


@pytest.fixture
def ward_file(tmp_path: Path) -> WardFile:
    """Write a unit's workbook: ``ward_file({"QUY": [...]}, cover={"NAM": 2025}, name="…", columns={"QUY": [...]})``."""

    def write(
        tables: Mapping[str, Rows] | None = None,
        *,
        cover: Mapping[str, object] | None = None,
        name: str = "CTD_09382_2024.xlsx",
        columns: Mapping[str, Sequence[str]] | None = None,
        tabs: Mapping[str, str] | None = None,
        missing: Sequence[str] = (),
        options: Mapping[str, object] | None = None,
        spoil: Callable[[Any], None] | None = None,
    ) -> Path:
        path = tmp_path / name
        with xlsxwriter.Workbook(path, dict(options or {})) as book:
            write_cover(book, COVER_VALUES | dict(cover or {}))
            for code in layouts.BLANK_ROWS:
                if code not in missing:
                    rows = (tables or {"QUY": FUND_ROWS}).get(code, ())
                    write_table(book, code, rows, (columns or {}).get(code), (tabs or {}).get(code))
            if spoil:
                spoil(book)
        return path

    return write


@pytest.fixture
def repack(tmp_path: Path) -> Callable[..., Path]:
    """Rewrite parts of a package: ``repack(path, {"xl/workbook.xml": lambda xml: …}, add={name: bytes})``."""

    def rewrite(
        path: Path,
        change: Mapping[str, Callable[[bytes], bytes]] | None = None,
        *,
        add: Mapping[str, bytes] | None = None,
        name: str | None = None,
    ) -> Path:
        target = tmp_path / (name or f"spoiled-{path.name}")
        with (
            zipfile.ZipFile(path) as source,
            zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package,
        ):
            for part in source.namelist():
                content = source.read(part)
                package.writestr(part, change[part](content) if change and part in change else content)
            for part, content in (add or {}).items():
                package.writestr(part, content)
        return target

    return rewrite
