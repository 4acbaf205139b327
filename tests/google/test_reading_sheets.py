"""What one answer of Google's becomes: values as they count, columns by their own names, personal data left out."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sync.google.answers import snapshot_of
from workbooks.grids import Trouble, trouble_in
from workbooks.snapshots import Snapshot, Tab, grids_of, is_snapshot, pack, unpack

Json = dict[str, Any]


def number(value: float, kind: str = "NUMBER") -> Json:
    return {"effectiveValue": {"numberValue": value}, "effectiveFormat": {"numberFormat": {"type": kind}}}


def text(value: str) -> Json:
    return {"effectiveValue": {"stringValue": value}}


def error(kind: str) -> Json:
    return {"effectiveValue": {"errorValue": {"type": kind}}}


def answer(*rows: list[Json], title: str = "Sổ quỹ", names: dict[int, str] | None = None) -> Json:
    columns = (
        [
            {"developerMetadata": [{"metadataKey": "ctd-field", "metadataValue": names[n]}] if n in names else []}
            for n in range(max(names) + 1)
        ]
        if names
        else []
    )
    data = {"rowData": [{"values": row} for row in rows], "columnMetadata": columns}
    sheet = {"properties": {"title": title, "sheetId": 1}, "data": [data]}
    return {"spreadsheetId": "s" * 30, "properties": {"locale": "vi_VN"}, "sheets": [sheet]}


def rows_of(*rows: list[Json], **more: Any) -> list[list[object]]:
    (grid,) = grids_of(snapshot_of(answer(*rows, **more), "TS"))
    return [list(row) for row in grid.rows]


def test_cells_are_read_as_the_same_cells_of_an_excel_workbook_are() -> None:
    row = [number(1_500_000), number(45_358, "DATE"), number(45_358.5, "DATE_TIME"), number(0.5, "TIME"), text("00123")]
    expected = [1_500_000.0, date(2024, 3, 7), datetime(2024, 3, 7, 12), time(12), "00123"]
    assert [expected] == rows_of(row)


def test_a_number_stays_a_number_whatever_the_format_of_its_neighbours() -> None:
    ticked = {"effectiveValue": {"boolValue": True}}
    assert [[45_358.0, "", True, 0.75]] == rows_of([number(45_358), {}, ticked, number(0.75, "PERCENT")])


def test_an_error_is_trouble_at_its_cell_and_not_a_blank() -> None:
    (grid,) = grids_of(snapshot_of(answer([text("a"), error("REF")], [error("N_A"), error("LOADING")]), "TS"))

    expected = {
        (1, "B"): Trouble("cell-error", "#REF!"),
        (2, "A"): Trouble("cell-error", "#N/A"),
        (2, "B"): Trouble("formula-without-value", ""),
    }
    assert expected == trouble_in(grid, {"A", "B"})


def coded(*codes: str) -> list[list[Json]]:
    return [[], [], [], [], [text(code) for code in codes]]


def test_a_column_is_known_by_its_own_name_when_its_code_was_typed_over() -> None:
    rows = [*coded("QUY.SO_CT", "lung tung"), [text("Số CT"), text("Ngày")]]
    names = {0: "QUY.SO_CT", 1: "QUY.NGAY"}
    assert ["QUY.SO_CT", "QUY.NGAY"] == rows_of(*rows, names=names)[4]


def test_a_copied_column_does_not_become_the_one_it_was_copied_from() -> None:
    rows = [*coded("QUY.SO_CT", "QUY.NGAY", "QUY.NGAY"), [text("Số CT"), text("Ngày"), text("Ngày")]]
    names = {0: "QUY.SO_CT", 2: "QUY.NGAY"}
    assert ["QUY.SO_CT", "", "QUY.NGAY"] == rows_of(*rows, names=names)[4]


def test_a_wiped_code_row_is_told_by_the_columns_names() -> None:
    rows = [[text("Sổ quỹ")], [], [], [], [], [text("Số CT"), text("Ngày")]]
    assert ["QUY.SO_CT", "QUY.NGAY"] == rows_of(*rows, names={0: "QUY.SO_CT", 1: "QUY.NGAY"})[4]


def test_a_personal_column_is_left_out_before_anything_is_kept() -> None:
    rows = [*coded("DIA_CHI.MA_DC"), [text("Mã ĐC"), text("Họ tên")], [text("DC-01"), text("Trần Thị Lan")]]
    snapshot = snapshot_of(answer(*rows, title="Địa chỉ nhân đạo"), "TS")

    assert (("Địa chỉ nhân đạo", "B6", "Họ tên"),) == snapshot.refused
    assert "Lan" not in pack(snapshot).decode()
    assert ["DC-01"] == list(snapshot.tabs[0].rows[6])


def test_a_name_on_the_cover_is_left_out_and_the_cover_is_read() -> None:
    rows = [[text("Mã đơn vị"), text("09382"), {}, text("BIA.MA_DON_VI")], [text("Người lập *"), text("Trần Thị Lan")]]
    snapshot = snapshot_of(answer(*rows, title="Bìa"), "TS")

    assert [["Mã đơn vị", "09382", None, "BIA.MA_DON_VI"], ["Người lập *"]] == [list(r) for r in snapshot.tabs[0].rows]


def test_what_the_service_writes_is_not_read() -> None:
    assert () == snapshot_of(answer([text("x")], title="Phản hồi"), "TS").tabs


def test_blank_rows_and_columns_at_the_ends_say_nothing() -> None:
    small, large = [text("a")], [text("a"), {}, {}]
    assert pack(snapshot_of(answer(small), "TS")) == pack(snapshot_of(answer(large, [{}, {}], []), "TS"))


plain = st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20)


@given(st.lists(st.lists(plain, max_size=4), max_size=5), st.text(max_size=10))
def test_a_snapshot_is_what_was_packed(rows: list[list[Any]], title: str) -> None:
    snapshot = Snapshot("id", "TS", "vi_VN", (Tab(title, rows),), (("a", "B2", "c"),))

    assert is_snapshot(pack(snapshot))
    assert snapshot == unpack(pack(snapshot))
