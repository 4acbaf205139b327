"""The template that units receive, as it is built and as other programs save it, gives back what was put in."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from workbooks.build_ward import build_unit_workbook
from workbooks.read import read_submission
from xl_ctd.core.codes import CODE_LISTS
from xl_ctd.core.rids import is_ours
from xl_ctd.core.setup import Setup
from xl_ctd.core.submissions import SourceInfo, Submission
from xl_ctd.core.tables import WARD_TABLES, Field, Kind
from xl_ctd.plans import setup_for


@pytest.fixture(scope="module")
def office() -> Setup:
    return setup_for("TS", 2024)


@pytest.fixture
def build(office, tmp_path) -> Callable[..., Path]:
    def write(**prefilled: object) -> Path:
        path = tmp_path / "CTD_09382_2024.xlsx"
        unit = office.units.by_uid["TS.2021.09382"]
        build_unit_workbook(path, unit=unit, year=2024, setup=office, created=date(2024, 1, 2), **prefilled)
        return path

    return write


@pytest.fixture
def read(office) -> Callable[[Path], Submission]:
    return lambda path: read_submission(SourceInfo(path.name, "digest"), path, setup=office)


def example(field: Field, number: int) -> object:
    match field.kind:
        case Kind.CHOICE:
            return CODE_LISTS[field.choices or ""][0].code
        case Kind.DATE:
            return date(2024, 3, number)
        case Kind.YEAR:
            return 2024
        case Kind.PERCENT:
            return Decimal("0.5")
        case Kind.NUMBER:
            return Decimal("2.5")
        case Kind.COUNT | Kind.MONEY:
            return 1000 * number
        case _:
            return f"{field.code}-{number:03}"


FILLED = {
    table.code: [{field.code: example(field, number) for field in table.stored} for number in (1, 2, 3)]
    for table in WARD_TABLES
}


def test_an_empty_new_workbook_says_nothing_and_is_complained_of_by_nobody(build, read):
    submission = read(build())

    assert ("TS.2021.09382", 2024, None, ()) == (
        submission.uid,
        submission.year,
        submission.hold,
        submission.findings,
    )
    assert {table.code: 0 for table in WARD_TABLES} == {code: len(rows) for code, rows in submission.tables.items()}


def test_what_was_put_into_the_template_is_what_is_read(build, read):
    submission = read(build(tables=FILLED, cover={"DU_DAU": 12_500_000, "CAM_KET": "Có"}))

    assert () == submission.findings
    assert FILLED == {code: list(rows.dicts()) for code, rows in submission.tables.items()}
    assert (12_500_000, "C") == (submission.cover["DU_DAU"], submission.cover["CAM_KET"])
    rids = [rid for rows in submission.tables.values() for rid in rows.rids]
    assert [] == [rid for rid in rids if not is_ours(rid, "09382")]
    assert len(set(rids)) == len(rids)


def test_the_template_saved_by_openpyxl_gives_the_same_records(build, read):
    path = build(tables=FILLED)
    before = read(path)
    with warnings.catch_warnings(action="ignore", category=UserWarning):
        openpyxl.load_workbook(path).save(path)

    after = read(path)

    assert () == after.findings
    assert (before.cover, before.tables) == (after.cover, after.tables)
