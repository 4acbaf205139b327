"""Strategies and small tools for the laws of the merge: three versions of one small table of one unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

from sync.plan import Identity, TablePlan, plan_table
from xl_ctd.core.records import UNREAD, Cell, Rows, Value
from xl_ctd.core.rids import mint
from xl_ctd.core.tables import Field, Kind, Table

UID, CODE, YEAR = "TS.2021.09382", "09382", 2024
WARD = Identity(UID, CODE)
TABLE = Table(
    "QUY",
    "Sổ quỹ",
    (
        Field("SO_CT", "Số CT", Kind.IDENTIFIER, True),
        Field("NOI_DUNG", "Nội dung", Kind.TEXT),
        Field("SO_TIEN", "Số tiền", Kind.MONEY),
    ),
    natural_key=("SO_CT",),
)
CODES = tuple(field.code for field in TABLE.stored)
RIDS = tuple(mint(CODE, UID, "QUY", str(n)) for n in range(6))

Row = tuple[Cell, ...]
Table3 = Mapping[str, Row]

texts = st.sampled_from([None, "a", "b", "c"])
numbers = st.sampled_from([None, 0, 1, 2])


def tables() -> st.SearchStrategy[dict[str, Row]]:
    """Up to six rows with good ids; the required document number tells them apart."""
    values = st.tuples(texts, numbers)
    return st.dictionaries(st.sampled_from(RIDS), values, max_size=6).map(
        lambda rows: {rid: (f"CT{RIDS.index(rid)}", *row) for rid, row in rows.items()}
    )


def sent_tables() -> st.SearchStrategy[dict[str, Row]]:
    """What a ward may send: now and then a cell that cannot be read."""
    values = st.tuples(st.one_of(texts, st.just(UNREAD)), st.one_of(numbers, st.just(UNREAD)))
    return st.dictionaries(st.sampled_from(RIDS), values, max_size=6).map(
        lambda rows: {rid: (f"CT{RIDS.index(rid)}", *row) for rid, row in rows.items()}
    )


def rows_of(content: Mapping[str, Sequence[Cell]]) -> Rows:
    """A table's rows from rid → values."""
    columns = zip(*content.values(), strict=True) if content else ((),) * len(CODES)
    return Rows(
        TABLE.code,
        tuple(content),
        dict(zip(CODES, columns, strict=True)),
        tuple(range(7, 7 + len(content))),
        "CTD_09382_2024.xlsx",
        "Sổ quỹ",
        {"SO_CT": "A", "NOI_DUNG": "E", "SO_TIEN": "H"},
    )


def content_of(rows: Rows) -> dict[str, tuple[Value, ...]]:
    """rid → values, whatever the order of the rows."""
    columns = [rows.column(code) for code in CODES]
    return dict(zip(rows.rids, zip(*columns, strict=True), strict=True)) if len(rows) else {}  # type: ignore[arg-type]


def plan(base: Table3, ours: Table3, theirs: Table3) -> TablePlan:
    """The plan for three versions of the table."""
    return plan_table(TABLE, rows_of(base), rows_of(ours), rows_of(theirs), WARD, YEAR)
