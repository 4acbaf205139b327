"""The core's counting and judging of the demonstration's rows agrees with a second count of the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import pandas as pd
import pytest
from recompute import Book, World, compare, frame_of, recompute, typed_book

from sync.demo import DemoUnit, demo_city, demo_year, population
from xl_ctd.core.books import GROUP, tallies_for
from xl_ctd.core.records import Rows
from xl_ctd.core.scorecard import score
from xl_ctd.core.setup import Setup
from xl_ctd.core.submissions import UnitYear
from xl_ctd.plans import setup_for


def typed(setup: Setup, year: int, seed: int, *, clean: bool) -> dict[tuple[str, int], DemoUnit]:
    """Two years of wards and city, the newer one mistyped unless ``clean``."""
    units: dict[tuple[str, int], DemoUnit] = {}
    for told in (year - 1, year):
        wards = demo_year(setup, told, seed=seed, clean=clean or told < year)
        city = demo_city(setup, told, seed=seed)
        units |= {(uid, told): ward for uid, ward in wards.items()}
        if city.tables:
            units[setup.units.city, told] = city
    return units


def world_of(setup: Setup, units: Mapping[tuple[str, int], DemoUnit]) -> World:
    books = [typed_book(uid, year, unit.cover, unit.tables) for (uid, year), unit in units.items()]
    members = (*setup.units.members, setup.units.city)
    spans = {uid: (setup.units.by_uid[uid].valid_from, setup.units.by_uid[uid].valid_to) for uid in members}
    return World(
        sorted(books, key=lambda book: book.uid != setup.units.city),
        spans,
        setup.units.city,
        [(entry.uid, entry.year, entry.people) for entry in setup.population],
        predecessors={uid: [unit.uid for unit, _ in setup.units.predecessors(uid)] for uid in members},
    )


def held(uid: str, year: int, unit: DemoUnit) -> UnitYear:
    """What the master would hold after a merge of these rows."""
    cover = {"DU_DAU": unit.cover["DU_DAU"], "CAM_KET": "C"}
    tables = {code: rows_of(code, frame_of(code, rows)) for code, rows in unit.tables.items()}
    return UnitYear(uid, year, cover, tables, submitted=True)


def rows_of(code: str, frame: pd.DataFrame) -> Rows:
    count = len(frame)
    columns = {name: tuple(frame[name]) for name in frame.columns}
    return Rows(code, tuple(map(str, range(count))), columns, (0,) * count)


def text(value: Fraction | None) -> str | None:
    return None if value is None else str(value)


def reported(
    setup: Setup, units: Mapping[tuple[str, int], DemoUnit], year: int, uid: str = GROUP
) -> list[dict[str, object]]:
    holdings = {(who, told): held(who, told, unit) for (who, told), unit in units.items()}
    figures = score(setup, tallies_for(setup, holdings, year), year)
    return [
        {
            "id": figure.target_id,
            "value": text(figure.observation.value),
            "numerator": text(figure.observation.numerator),
            "denominator": text(figure.observation.denominator),
            "status": figure.judgement.status.value,
            "certainty": figure.judgement.certainty.value,
            "attainment": text(figure.judgement.attainment),
            "gap": text(figure.judgement.gap),
            "reported": figure.observation.reported,
            "expected": figure.observation.expected,
        }
        for figure in figures
        if figure.uid == uid
    ]


def city_setup(year: int) -> Setup:
    setup = setup_for("TS", year)
    return Setup(setup.plan, setup.targets, setup.units, population(setup), setup.conventions, year)


@pytest.mark.parametrize("year", [2024, 2025, 2026])
@pytest.mark.parametrize(("seed", "clean"), [(1, False), (2, False), (3, True)])
def test_every_target_of_the_city_is_the_same_counted_twice(year: int, clean: bool, seed: int) -> None:
    setup = city_setup(year)
    units = typed(setup, year, seed, clean=clean)

    assert [] == compare(recompute(world_of(setup, units), year), reported(setup, units, year))


@pytest.mark.parametrize("year", [2024, 2025, 2026])
@pytest.mark.parametrize("absent", [0, -1])
def test_the_same_with_a_ward_that_has_not_sent(year: int, absent: int) -> None:
    setup = city_setup(year)
    units = typed(setup, year, 1, clean=True)
    del units[setup.units.expected_in(year)[absent].uid, year]

    assert [] == compare(recompute(world_of(setup, units), year), reported(setup, units, year))


@pytest.mark.parametrize("seed", [1, 2])
def test_every_ward_has_the_same_figures_counted_twice(seed: int) -> None:
    setup = city_setup(2024)
    units = typed(setup, 2024, seed, clean=False)
    world = world_of(setup, units)

    for unit in setup.units.expected_in(2024):
        assert [] == compare(recompute(world, 2024, unit.uid), reported(setup, units, 2024, unit.uid))


def test_a_difference_is_told_apart_from_agreement() -> None:
    figure = {"value": "2/3", "numerator": "2", "denominator": "3", "status": "CHƯA ĐẠT", "gap": "1"}
    printed = {"id": "TS-02", **figure, "value": "0." + 27 * "6" + "7"}

    assert [] == compare({"TS-02": figure}, [printed])
    for cut in ("0." + 27 * "6", "0." + 28 * "6", "0.6667"):
        assert [f"TS-02 value: recomputed 2/3, reported {cut}"] == compare(
            {"TS-02": figure}, [printed | {"value": cut}]
        )
    assert ["TS-02 numerator: recomputed 2, reported None"] == compare(
        {"TS-02": figure}, [printed | {"numerator": None}]
    )
    assert ["TS-02: only recomputed"] == compare({"TS-02": figure}, [])


def test_only_the_first_ward_s_copy_of_a_session_is_left_out() -> None:
    row = {"MA_DOT": "HM-1", "NGAY": "7/4/2024", "TIEP_NHAN": 42, "TUI_350": 42}
    books = [typed_book("a", 2024, {}, {"HIEN_MAU": [row, row]}), typed_book("b", 2024, {}, {"HIEN_MAU": [row]})]
    world = World(books, {"a": (None, None), "b": (None, None), "c": (None, None)}, "c", [("c", 2024, 840)])

    assert ("84", "1/10") == tuple(recompute(world, 2024)[target]["value"] for target in ("TS-08", "TS-09"))


def test_a_row_counts_only_when_every_required_cell_can_be_read() -> None:
    good = {"SO_CT": "PT-1", "NGAY": "5/3/2024", "THU_CHI": "Thu", "KHOAN_MUC": "Hội phí", "NOI_DUNG": "x"}
    amounts = ["20 triệu", "1.500.000đ", "1 tỷ 200 triệu", "khoảng 2 triệu", "1,400", None, 2.5, 700]
    rows = [good | {"SO_TIEN": amount} for amount in amounts] + [good | {"SO_TIEN": 1, "NGAY": "31/02/2024"}]

    assert [20_000_000, 1_500_000, 1_200_000_000, 700] == list(frame_of("QUY", rows)["SO_TIEN"])
    assert isinstance(Book("a", 2024).table("QUY"), pd.DataFrame)
