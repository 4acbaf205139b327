"""A merged master shows the same on a desk whose program believes the results it finds, as LibreOffice does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*extension is not supported"),
    pytest.mark.xdist_group("demos"),
]


def test_no_result_in_a_merged_master_is_stale(anew: Callable[[str], Any], believed: Any) -> None:
    calculated = anew("2024")

    assert calculated.sheetnames == believed.sheetnames
    stale = [
        (sheet.title, cell.coordinate, cell.value, other.value)
        for sheet in calculated
        for row, others in zip(sheet.iter_rows(), believed[sheet.title].iter_rows(), strict=True)
        for cell, other in zip(row, others, strict=True)
        if cell.value != other.value
    ]
    assert [] == stale
    assert "✔ ĐẠT" == believed["Bảng điều hành"]["H10"].value
