"""What all units did together is worked out again whenever something of it is not as it was, and only then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from counting_rows import CITY, activity, address, day, rows, session, support, tallied, unit_year

from sync.kept import KeptTexts
from xl_ctd.core.across import check_across
from xl_ctd.core.books import Books
from xl_ctd.core.remembering import Remember, anew
from xl_ctd.core.scorecard import group_figures
from xl_ctd.core.setup import Setup
from xl_ctd.core.submissions import UnitYear

ADDRESSES = rows("DIA_CHI", address("1", BAM="f0"), address("2"))
HELP = rows("HO_TRO", support("1"))
DRIVES = rows("HIEN_MAU", session(MA_DOT="HM1"))
ACTIVITIES = rows("HOAT_DONG", activity(MA_HD="TP-1", CAP_GHI="TP", TIEN=5))
USUAL = (ADDRESSES, HELP, DRIVES, ACTIVITIES)
DEARER = (ADDRESSES, HELP, DRIVES, rows("HOAT_DONG", activity(MA_HD="TP-1", CAP_GHI="TP", TIEN=9)))

WORLDS: list[tuple[UnitYear, ...]] = [
    (unit_year("A", 2024, *USUAL), unit_year("B", 2024, *USUAL)),
    (unit_year("A", 2024, *USUAL), unit_year("C", 2024, *USUAL)),
    (unit_year("A", 2024, *DEARER), unit_year("B", 2024, *USUAL)),
    (unit_year("A", 2024, *DEARER), unit_year(CITY, 2024, *USUAL)),
    *(
        (unit_year("A", 2024, *USUAL), unit_year("B", 2024, *(USUAL[:at] + other + USUAL[at + 1 :])))
        for at, other in [
            (0, (rows("DIA_CHI", address("1", BAM="f1"), address("2")),)),
            (0, (rows("DIA_CHI", address("1", BAM="f0"), address("2"), address("3")),)),
            (1, (rows("HO_TRO", support("2")),)),
            (1, ()),
            (2, (rows("HIEN_MAU", session(MA_DOT="HM1", TIEP_NHAN=7)),)),
            (2, (rows("HIEN_MAU", session(MA_DOT="HM2")),)),
            (3, (rows("HOAT_DONG", activity(MA_HD="TP-1", CAP_GHI="TP", TIEN=6)),)),
            (3, (rows("HOAT_DONG", activity(MA_HD="TP-1", TIEN=5)),)),
            (3, (rows("HOAT_DONG", activity(MA_HD="TP-1", CAP_GHI="TP", TIEN=5, NGAY_BD=day("1/1/2020"))),)),
        ]
    ),
]


def all_said(setup: Setup, sent: tuple[UnitYear, ...], remember: Remember) -> Any:
    tallies = tallied(setup, sent)
    figures = group_figures(Books(setup, tallies, day("31/12"), remember), 2024)
    return figures, check_across(tallies, setup, 2024, remember)


def test_an_answer_of_another_world_is_never_given(setup: Setup, tmp_path: Path) -> None:
    renamed = replace(setup.units.units[0], name="Phường khác")
    tree = replace(setup.units, units=(renamed, *setup.units.units[1:]))
    setups = [setup, replace(setup, units=tree)]
    expected = [all_said(one, world, anew) for one in setups for world in WORLDS]
    kept = KeptTexts(tmp_path)

    assert expected == [all_said(one, world, kept.answer) for one in setups for world in WORLDS]
    kept.keep()
    assert expected == [all_said(one, world, KeptTexts(tmp_path).answer) for one in setups for world in WORLDS]


def test_what_is_kept_is_not_worked_out_again(setup: Setup, tmp_path: Path) -> None:
    asked = []

    def told(remember: Remember) -> Remember:
        def ask(what: str, depends_on: Any, make: Callable[[], Any]) -> Any:
            def noted() -> Any:
                asked.append(what)
                return make()

            return remember(what, depends_on, noted)

        return ask

    kept = KeptTexts(tmp_path)
    first = all_said(setup, WORLDS[0], told(kept.answer))
    kept.keep()
    anew_asked, asked[:] = set(asked), []
    again = all_said(setup, WORLDS[0], told(KeptTexts(tmp_path).answer))

    whole = {"together", "drives", "households", "double households", "shared drives", "shared activities"}
    assert (whole, [], first) == (anew_asked, asked, again)


def test_a_sum_longer_than_any_file_holds_is_an_answer_all_the_same(tmp_path: Path) -> None:
    assert [10**30] == KeptTexts(tmp_path).answer("sum", ["a"], lambda: [10**30])
