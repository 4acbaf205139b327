"""How a fund's book opens: on the cover, or with a line of its own where there is no cover."""

from datetime import date

from xl_ctd.core.records import Rows
from xl_ctd.core.submissions import UnitYear
from xl_ctd.core.tallies import tally

YEAR = (date(2024, 1, 1), date(2024, 12, 31))


def book(opening: int | None, *lines: tuple[str, str, int]) -> UnitYear:
    columns = {
        "SO_CT": tuple(f"CT{n}" for n in range(len(lines))),
        "NGAY": (date(2024, 3, 1),) * len(lines),
        "THU_CHI": tuple(line[0] for line in lines),
        "KHOAN_MUC": tuple(line[1] for line in lines),
        "SO_TIEN": tuple(line[2] for line in lines),
    }
    rows = Rows("QUY", columns["SO_CT"], columns, (0,) * len(lines))
    return UnitYear("TS.2021", 2024, {"DU_DAU": opening}, {"QUY": rows}, submitted=True)


def test_the_citys_book_opens_with_a_line_of_its_own() -> None:
    one = tally(book(None, ("T", "T0", 81_000_000), ("T", "T2", 5_000_000)), *YEAR)
    assert (81_000_000, 5_000_000) == (one.opening, one.income)


def test_beside_a_balance_on_the_cover_the_line_is_passed_over() -> None:
    one = tally(book(7, ("T", "T0", 7), ("T", "T2", 5)), *YEAR)
    assert (7, 5) == (one.opening, one.income)


def test_without_either_the_opening_is_unknown_and_not_zero() -> None:
    assert tally(book(None, ("T", "T2", 5)), *YEAR).opening is None
