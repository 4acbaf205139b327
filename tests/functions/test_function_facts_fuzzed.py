"""Whatever is asked of a real master, a grid of cells comes back, and a sentence with every error."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xl_ctd.calling import ERROR_CODES, Cell, CellError, call
from xl_ctd.facts import Facts
from xl_ctd.registry import FUNCTIONS

codes = st.sampled_from(
    ["TS-02", "ts-12", "TS-05", "TS-09", "TS-M03.1", "TS-M13", "TS-N19", "TS-N03", "TS-99", "TS-M", "."]
)
places = st.sampled_from(
    [
        "Chỉ tiêu!D6",
        "Theo phường!E9",
        "Quỹ!C9",
        "'Quỹ'!$C$9",
        "!A1",
        "Quỹ!ZZZ9999999",
        "TS-02/1999",
        "TS-02/",
        "09367-A-B",
    ]
)
periods = st.sampled_from([2024, "2024", "2023-6T1", "2024-9T", "2024-Q3", "1999", "2100", "2100-T01", "9999", "0001"])
units = st.sampled_from(["09367", "Đông Ngàn", "TS.2021", "Từ Sơn", "*", "BN.2025.09370", "Phường", "x"])
days = st.sampled_from([45_000, 46_000, "1/7/2025", "31/12/2036", "1/1/1930"])
modes = st.sampled_from(["TU", "MAU", "THAP", "CAO", "T", "L", "U", "KE_THUA", "TRUOC", "MA", "TEN"])
anything: st.SearchStrategy[Cell] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12)
)
asked = {
    "ma": codes | units,
    "ky": periods,
    "don_vi": st.none() | units,
    "che_do": st.none() | modes,
    "ve": st.none() | modes,
    "o": places | codes,
    "ngay": days,
}


@pytest.mark.parametrize("name", [name for name, one in FUNCTIONS.items() if one.reads_master])
@settings(max_examples=60)
@given(data=st.data())
def test_whatever_is_asked_of_a_master_is_answered(facts: Facts, name: str, data: st.DataObject) -> None:
    fitting = [asked[parameter.name] for parameter in FUNCTIONS[name].parameters]
    arguments = [[[data.draw(st.one_of(one, one, one, anything))]] for one in fitting]

    for row in call(name, arguments, facts):
        for cell in row:
            assert cell is None or type(cell) in (float, int, str, CellError)
            assert not isinstance(cell, CellError) or (cell.code in ERROR_CODES and cell.reason)
