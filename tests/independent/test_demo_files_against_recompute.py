"""``xl-ctd demo`` and ``xl-ctd targets --json`` agree to the last digit with a second count of the wards' own files."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from demos import Demo, Demos, xl_ctd
from recompute import World, books_of, city_part, compare, recompute, typed_book

from sync.demo import build_demo, demo_city, population
from xl_ctd.plans import setup_for

DEMOS = [(2024, 1, False), (2024, 2, True), (2026, 7, False)]
FIELDS = {"id", "value", "numerator", "denominator", "target", "status", "certainty", "attainment", "gap"}


def world_of(demo: Demo) -> World:
    """The wards as their files say, the city as it typed its rows into the master; both years of the demonstration."""
    setup = setup_for("TS", demo.year)
    units, years = setup.units, (demo.year - 1, demo.year)
    books = books_of(demo, *years)
    for told in years:
        own = demo_city(setup_for("TS", told), told, seed=demo.seed)
        if own.tables:
            books.insert(0, typed_book(units.city, told, own.cover, own.tables))
    spans = {uid: (units.by_uid[uid].valid_from, units.by_uid[uid].valid_to) for uid in (*units.members, units.city)}
    people = [(entry.uid, entry.year, entry.people) for entry in population(setup)]
    old = {uid: [unit.uid for unit, _ in units.predecessors(uid)] for uid in units.members}
    return World(books, spans, units.city, people, kept_since=years[0], predecessors=old)


def targets(demo: Demo, year: int, *options: str) -> list[dict[str, Any]]:
    day = date(year, 12, 31)
    answer: list[dict[str, Any]] = json.loads(
        xl_ctd("targets", "--master", demo.master, "--as-of", day, "--json", *options)
    )
    return answer


@pytest.mark.parametrize(("year", "seed", "clean"), DEMOS)
@pytest.mark.xdist_group("demos")
def test_figures_of_the_whole_of_each_ward_and_of_the_city_are_those_of_the_wards_files(
    demos: Demos, year: int, seed: int, clean: bool
) -> None:
    demo = demos(year, seed, clean)
    world = world_of(demo)
    for told in (year, year - 1):
        by_unit = targets(demo, told, "--by", "unit")
        assert [{*FIELDS, "unit", "reported", "expected"}] * len(by_unit) == [set(entry) for entry in by_unit]
        mine = {"*": recompute(world, told), world.city: city_part(world, told)}
        mine |= {uid: recompute(world, told, uid) for uid in world.owing(told)}
        assert {entry["unit"] for entry in by_unit} == {uid for uid, figures in mine.items() if figures}
        for uid, figures in mine.items():
            assert [] == compare(figures, [entry for entry in by_unit if entry["unit"] == uid]), (told, uid)


def test_without_a_day_the_figures_are_those_of_the_year_on_the_board(demos: Demos) -> None:
    demo = demos(2024, 1, False)

    told = json.loads(xl_ctd("targets", "--master", demo.master, "--json"))
    assert targets(demo, 2024) == told
    assert FIELDS | {"reported", "expected"} == set(told[0])


def test_every_planted_mistake_is_found_where_it_stands(tmp_path: Path) -> None:
    made = build_demo(tmp_path, year=2024, seed=1, setup_for=lambda year: setup_for("TS", year))
    master = tmp_path / "master.xlsx"
    xl_ctd("new", "master", "--plan", "TS", "--year", 2024, "-o", master)
    merged = json.loads(xl_ctd("merge", "--master", master, tmp_path / "wards", "--dry-run", "--json"))
    found = {(one["file"], one["sheet"], one["cell"], one["code"]) for one in merged["findings"]}
    wrong = {
        (mistake.file, mistake.sheet, mistake.cell, mistake.finding) for mistake in made.mistakes if mistake.finding
    }

    assert set() == wrong - found
    harmless = {(mistake.file, mistake.sheet, mistake.cell) for mistake in made.mistakes if not mistake.finding}
    assert [] == [one for one in merged["findings"] if (one["file"], one["sheet"], one["cell"]) in harmless]
    assert [] == merged["held"]


def test_a_clean_demonstration_has_all_twelve_wards_and_nothing_to_say(demos: Demos, tmp_path: Path) -> None:
    demo = demos(2024, 2, True)
    master = tmp_path / "master.xlsx"
    xl_ctd("new", "master", "--plan", "TS", "--year", 2024, "-o", master)
    merged = json.loads(xl_ctd("merge", "--master", master, demo.folder / "wards", "--dry-run", "--json"))

    assert 24 == len(demo.wards())
    assert ([], []) == ([one for one in merged["findings"] if one["file"]], merged["held"])
    # What two wards rightly share is mentioned, nothing else.
    shared = {"household-twice", "session-twice", "session-in-parts", "activity-shared"}
    assert {one["code"] for one in merged["findings"]} <= shared
