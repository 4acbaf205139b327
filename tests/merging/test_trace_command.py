"""From a cell of the master back to the very cell in which somebody typed the value."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from by_hand import Sheet, opened
from command import run
from office import SETUP, YEAR
from small_office import DONG_NGAN, HUONG_MAC, TAM_SON, DemoOffice, SmallOffice

from sync.book import MasterBook
from sync.tracing import trace
from sync.workspace import CannotRun
from workbooks.master_board import FIRST_ROW
from workbooks.master_by_unit import FIRST_UNIT_ROW, target_column
from workbooks.master_monitored import FIRST_ROW as FIRST_MONITORED_ROW
from workbooks.master_monitored import lines_of
from workbooks.master_tables import NAME_YEAR
from xl_ctd.core.codes import CODE_LISTS
from xl_ctd.core.tables import BY_CODE, WARD_TABLES, Field, Kind
from xl_ctd.core.units import Unit


def typed_at(path: Path, sheet: str, cell: str) -> object:
    with opened(path, save=False) as book:
        return book.book[sheet][cell].value


def test_a_cell_of_a_data_sheet_leads_to_file_sheet_and_cell(merged: SmallOffice) -> None:
    with opened(merged.master, save=False) as book:
        sheet = book.table("QUY")
        line = sheet.line(SO_CT="PT-4", _uid=TAM_SON.uid)
        place = f"Sổ quỹ!{sheet.cell(line, 'SO_TIEN')}"

    found = run("trace", "--master", merged.master, place, "--json")

    (origin,) = found.json["origins"]
    assert (0, "2004000") == (found.code, found.json["value"])
    assert {
        "unit": "Phường Tam Sơn",
        "year": 2024,
        "file": "CTD_09370_2024.xlsx",
        "sheet": "Sổ quỹ",
        "cell": "H10",
        "value": "2004000",
        "received": "2025-01-06 16:05:00",
        "spreadsheet": None,
    } == origin
    assert 2_004_000 == typed_at(merged.ward_file(TAM_SON), origin["sheet"], origin["cell"])
    shown = run("trace", "--master", merged.master, place)
    assert all(word in shown.out for word in ("CTD_09370_2024.xlsx", "Sổ quỹ", "H10"))


def as_stored(field: Field, typed: object) -> str | None:
    """What somebody typed, as a record keeps it; None where it takes a parser to say (“20 triệu”, “5/3/24”)."""
    if isinstance(typed, datetime):
        return typed.date().isoformat()
    if isinstance(typed, int):
        return str(typed)
    if field.kind in (Kind.TEXT, Kind.IDENTIFIER) and isinstance(typed, str) and typed.isascii():
        return typed.strip()
    return {choice.words: choice.code for choice in CODE_LISTS.get(field.choices or "", ())}.get(str(typed))


def assert_it_leads_back(office: SmallOffice, book: MasterBook, sheet: Sheet, field: Field, line: int) -> bool:
    """Follow one cell and look there with openpyxl; whether the value could be compared without a parser."""
    (origin,) = trace(book, f"{sheet.sheet.title}!{sheet.cell(line, field.code)}").origins
    typed = typed_at(office.inbox / origin.file, origin.sheet, origin.cell)
    expected = as_stored(field, typed)
    assert typed is not None, origin
    assert expected in (None, origin.value), (field.code, origin)
    return expected is not None


def test_every_field_of_a_row_leads_to_where_openpyxl_finds_that_very_value(merged: SmallOffice) -> None:
    with opened(merged.master, save=False) as master, merged.open() as book:
        for code in ("DON_VI", "QUY", "HIEN_MAU"):
            sheet = master.table(code)
            filled = [field for field in BY_CODE[code].stored if sheet.get(sheet.last, field.code) is not None]
            compared = [assert_it_leads_back(merged, book, sheet, field, sheet.last) for field in filled]
            assert compared.count(True) >= 3


def test_every_table_of_the_demonstration_leads_back_into_the_wards_files(demo: DemoOffice) -> None:
    with opened(demo.master, save=False) as master, demo.open(datetime(2025, 1, 7)) as book:
        for table in WARD_TABLES:
            sheet = master.table(table.code)
            line = next(n for n in range(sheet.last, sheet.first, -1) if sheet.get(n, "_file"))
            key = table.by_code[table.natural_key[0]]
            assert_it_leads_back(demo, book, sheet, key, line)


def test_after_a_sort_and_a_correction_a_cell_leads_to_the_newest_place(merged: SmallOffice) -> None:
    with merged.in_ward() as book:
        sheet = book.table("QUY")
        sheet.change("PT-4", SO_TIEN=1_444_000)
        sheet.replace_rows(list(reversed(sheet.rows())))
    merged.merge()
    with opened(merged.master, save=False) as book:
        sheet = book.table("QUY")
        places = {
            key: f"Sổ quỹ!{sheet.cell(sheet.line(SO_CT=key, _uid=DONG_NGAN.uid), 'SO_TIEN')}"
            for key in ("PT-4", "PT-8")
        }

    with merged.open() as opened_book:
        for key, expected in (("PT-4", 1_444_000), ("PT-8", 1_008_000)):
            (origin,) = trace(opened_book, places[key]).origins
            assert expected == typed_at(merged.ward_file(), origin.sheet, origin.cell)


def test_a_row_the_city_typed_leads_to_the_master_itself(merged: SmallOffice) -> None:
    with merged.in_master() as book:
        book.table("CAN_BO").add(_year=2024, MA="CB-1", CHUYEN_TRACH="Có", TU_NGAY="1/1/2020")
    merged.merge()
    with opened(merged.master, save=False) as book:
        place = f"Cán bộ!{book.table('CAN_BO').cell(5, 'MA')}"

    (origin,) = run("trace", "--master", merged.master, place, "--json").json["origins"]

    assert ("so-tong-hop.xlsx", "Cán bộ", place.partition("!")[2], "CB-1") == tuple(
        origin[name] for name in ("file", "sheet", "cell", "value")
    )


def test_a_figure_of_the_board_leads_to_the_units_that_make_it_up(merged: SmallOffice) -> None:
    row = FIRST_ROW + [target.id for target in SETUP.targets].index("TS-02")

    found = run("trace", "--master", merged.master, f"Bảng điều hành!D{row}", "--json").json

    assert {
        "Phường Đông Ngàn": "CTD_09367_2024.xlsx",
        "Phường Tam Sơn": "CTD_09370_2024.xlsx",
        "Phường Hương Mạc": "CTD_09373_2024.xlsx",
    } == {one["unit"]: one["file"] for one in found["origins"]}


def test_cells_that_no_merge_filled_are_said_to_be_none(merged: SmallOffice) -> None:
    places = ("Sổ quỹ!A1", "Sổ quỹ!ZZ5", "Quy ước!B7", "không có!A5", "Sổ quỹ!H999999")
    labels = ("Theo dõi!C4", "Theo dõi!C7", f"Theo dõi!B{PUPILS}", f"Theo dõi!AZ{PUPILS}")
    with merged.open() as book:
        for place in (*places, *labels):
            with pytest.raises(CannotRun) as stop:
                trace(book, place)
            assert ("cell-not-traced", {"cell": place}) == (stop.value.code, stop.value.args_)

    answer = run("trace", "--master", merged.master, "Sổ quỹ!A1")

    assert 2 == answer.code
    assert "không phải số liệu do hợp nhất đưa vào" in answer.err


def monitored_place(column: str, number: str, part: str) -> str:
    """The cell of ``Theo dõi`` on the line of a part of a monitored number."""
    [row] = [
        row
        for row, line in enumerate(lines_of(SETUP), FIRST_MONITORED_ROW)
        if (line.number.id, line.label) == (number, part)
    ]
    return f"Theo dõi!{column}{row}"


def look_at_year(office: SmallOffice, year: int) -> None:
    """Somebody types another year on the board."""
    with office.in_master() as book:
        sheet, _, cell = book.book.defined_names[NAME_YEAR].attr_text.partition("!")
        book.book[sheet.strip("'")][cell.replace("$", "")] = year


PUPILS = monitored_place("C", "TS-M03", "Hội viên – Trường học").partition("!C")[2]
"""The row that counts members in schools: 31 + 32 + 33 + 34 in every ward, in five rows from A7 on."""


@pytest.mark.parametrize(
    ("shown", "column", "value", "units"),
    [
        (2024, "C", "390", [DONG_NGAN, TAM_SON, HUONG_MAC]),
        (2024, "E", "130", [DONG_NGAN]),
        (2024, "F", "130", [TAM_SON]),
        (2025, "D", "390", [DONG_NGAN, TAM_SON, HUONG_MAC]),
        (2024, "D", "", []),
    ],
)
def test_a_monitored_number_leads_to_the_rows_that_were_counted(
    merged: SmallOffice, shown: int, column: str, value: str, units: list[Unit]
) -> None:
    if shown != YEAR:
        look_at_year(merged, shown)

    with merged.open() as book:
        found = trace(book, f"Theo dõi!{column}{PUPILS}")

    expected = [(one.name, 2024, f"CTD_{one.code}_2024.xlsx", "Cơ quan, đơn vị", "A7:R11", "130") for one in units]
    origins = [(one.unit, one.year, one.file, one.sheet, one.cell, one.value) for one in found.origins]
    assert (value, expected) == (found.value, origins)
    for one in units:
        typed = [typed_at(merged.ward_file(one), "Cơ quan, đơn vị", f"A{row}") for row in range(6, 13)]
        assert ["Mã *", "TH-1", "TH-2", "TH-3", "TH-4", "TH-5", None] == typed


def test_a_figure_of_a_ward_that_has_not_sent_leads_to_the_stock_of_last_year(demo: DemoOffice) -> None:
    order = [target.id for target in SETUP.targets]
    missing = [unit.name for unit in SETUP.units.expected_in(2024)].index("Phường Tương Giang")
    cell = f"Theo phường!{target_column(order.index('TS-02'))}{FIRST_UNIT_ROW + missing}"

    with demo.open(datetime(2025, 1, 7)) as book:
        (origin,) = trace(book, cell).origins

    assert ("Phường Tương Giang", 2023, "CTD_09376_2023.xlsx", "Cơ quan, đơn vị") == (
        origin.unit,
        origin.year,
        origin.file,
        origin.sheet,
    )
