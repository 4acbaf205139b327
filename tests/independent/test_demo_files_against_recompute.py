"""``xl-ctd demo`` and ``xl-ctd targets --json`` agree to the last digit with a second count of the wards' own files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from recompute import World, compare, read_book, recompute, typed_book

from sync.demo import build_demo, demo_city, population
from xl_ctd.plans import setup_for

RUN = [sys.executable, "-c", "from sync.cli import main; main()"]


def xl_ctd(*arguments: object) -> str:
    """What the command prints. Exit 1 (done, with errors left) is as good as 0."""
    done = subprocess.run([*RUN, *map(str, arguments)], capture_output=True, text=True, check=False, encoding="utf-8")
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def world_of(folder: Path, year: int, seed: int) -> World:
    """The wards as their files say, the city as it typed its rows into the master; both years of the demonstration."""
    setup = setup_for("TS", year)
    units = setup.units
    books = [read_book(path) for path in sorted((folder / "wards").glob("CTD_*.xlsx"))]
    for told in (year - 1, year):
        own = demo_city(setup_for("TS", told), told, seed=seed)
        if own.tables:
            books.insert(0, typed_book(units.city, told, own.cover, own.tables))
    spans = {uid: (units.by_uid[uid].valid_from, units.by_uid[uid].valid_to) for uid in (*units.members, units.city)}
    people = [(entry.uid, entry.year, entry.people) for entry in population(setup)]
    old = {uid: [unit.uid for unit, _ in units.predecessors(uid)] for uid in units.members}
    return World(books, spans, units.city, people, kept_since=year - 1, predecessors=old)


def targets(folder: Path, year: int, *options: str) -> list[dict[str, Any]]:
    master = folder / "city-master.xlsx"
    answer: list[dict[str, Any]] = json.loads(
        xl_ctd("targets", "--master", master, "--as-of", f"{year}-12-31", "--json", *options)
    )
    return answer


@pytest.mark.parametrize(("year", "seed"), [(2024, 1), (2024, 2), (2026, 3)])
def test_the_demonstration_s_figures_are_those_of_the_wards_files(tmp_path: Path, year: int, seed: int) -> None:
    xl_ctd("demo", tmp_path, "--year", year, "--seed", seed)

    assert [] == compare(recompute(world_of(tmp_path, year, seed), year), targets(tmp_path, year))


def test_without_mistakes_every_ward_s_figures_agree_too(tmp_path: Path) -> None:
    xl_ctd("demo", tmp_path, "--year", 2024, "--seed", 5, "--clean")
    world = world_of(tmp_path, 2024, 5)
    by_unit = targets(tmp_path, 2024, "--by", "unit")

    for uid in world.owing(2024):
        theirs = [entry for entry in by_unit if entry["unit"] == uid and entry["status"] != "KHÔNG ÁP DỤNG"]
        judged = {entry["id"] for entry in theirs}
        assert {"TS-02", "TS-03", "TS-04", "TS-10", "TS-12"} == judged
        mine = {target: figure for target, figure in recompute(world, 2024, uid).items() if target in judged}
        assert [] == compare(mine, theirs)


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


def test_a_clean_demonstration_has_all_twelve_wards_and_nothing_to_say(tmp_path: Path) -> None:
    made = build_demo(tmp_path, year=2024, seed=1, clean=True, setup_for=lambda year: setup_for("TS", year))
    master = tmp_path / "master.xlsx"
    xl_ctd("new", "master", "--plan", "TS", "--year", 2024, "-o", master)
    merged = json.loads(xl_ctd("merge", "--master", master, tmp_path / "wards", "--dry-run", "--json"))

    assert (24, (), ()) == (len(made.files), made.mistakes, made.not_sent)
    assert ([], []) == ([one for one in merged["findings"] if one["file"]], merged["held"])
    # What two wards rightly share is mentioned, nothing else.
    shared = {"household-twice", "session-twice", "session-in-parts", "activity-shared"}
    assert {one["code"] for one in merged["findings"]} <= shared
