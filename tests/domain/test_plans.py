"""Both plans as data: nothing of the wording lost, every unit and body known, the open questions answerable."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from xl_ctd.core.attainment import threshold_of
from xl_ctd.core.conventions import with_conventions
from xl_ctd.core.targets import OverRange, TargetKind, Trajectory
from xl_ctd.core.text import repair, suggest_lost_letters
from xl_ctd.plans import conventions, default_population, load_plan, plan_ids, setup_for

TEXTS = Path(__file__).parents[1] / "data"


def collapsed(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def plan_text(plan_id: str) -> str:
    name = {"TS": "plan-tu-son.txt", "BT": "plan-binh-thuan.txt"}[plan_id]
    text = (TEXTS / name).read_text("utf-8")
    if plan_id == "BT":
        text = repair(suggest_lost_letters(text))
    return collapsed(text)


@pytest.mark.parametrize("plan_id", plan_ids())
def test_every_quotation_stands_in_its_plan_word_for_word(plan_id: str) -> None:
    plan, text = load_plan(plan_id), plan_text(plan_id)

    assert [] == [
        entry.id for entry in (*plan.targets, *plan.monitored, *plan.tasks) if collapsed(entry.verbatim) not in text
    ]


@pytest.mark.parametrize(("plan_id", "sizes"), [("TS", (14, 13, 36)), ("BT", (0, 0, 16))])
def test_all_targets_monitoring_numbers_and_tasks_are_there(plan_id: str, sizes: tuple[int, int, int]) -> None:
    plan = load_plan(plan_id)

    assert sizes == (len(plan.targets), len(plan.monitored), len(plan.tasks))
    assert [f"TS-{n:02}" for n in range(1, 15)] == [target.id for target in load_plan("TS").targets]
    assert [f"{plan_id}-N{n:02}" for n in range(1, sizes[2] + 1)] == [task.id for task in plan.tasks]


def test_each_target_has_its_kind_and_its_threshold() -> None:
    kinds = {target.id: (target.kind, threshold_of(target), target.upper) for target in load_plan("TS").targets}

    assert {
        "TS-01": (TargetKind.RANGE, 2, 3),
        "TS-02": (TargetKind.RATIO, Fraction(4, 5), None),
        "TS-03": (TargetKind.RATIO, Fraction(4, 5), None),
        "TS-04": (TargetKind.MAINTAIN, 1, None),
        "TS-05": (TargetKind.MAINTAIN, 1, None),
        "TS-06": (TargetKind.EXISTENCE, 1, None),
        "TS-07": (TargetKind.EXISTENCE, 1, None),
        "TS-08": (TargetKind.RANGE, 800, 1400),
        "TS-09": (TargetKind.LEVEL, Fraction(1, 40), None),
        "TS-10": (TargetKind.EXISTENCE, 1, None),
        "TS-11": (TargetKind.EXISTENCE, 1, None),
        "TS-12": (TargetKind.FLOOR, 20_000_000, None),
        "TS-13": (TargetKind.MIN, 100_000_000, None),
        "TS-14": (TargetKind.SUM, 10**9, None),
    } == kinds


def test_twelve_wards_until_june_2025_and_four_after_it() -> None:
    tree = load_plan("TS").units

    assert [12, 16, 4] == [len(tree.expected_in(year)) for year in (2024, 2025, 2026)]
    assert [12, 4] == [len(tree.on(day)) for day in (date(2025, 6, 30), date(2025, 7, 1))]
    assert ["Phường Từ Sơn", "Phường Tam Sơn", "Phường Phù Khê", "Phường Đồng Nguyên"] == [
        unit.name for unit in tree.expected_in(2033)
    ]


def test_one_code_means_another_ward_after_the_merger() -> None:
    tree = load_plan("TS").units

    assert ["Phường Đông Ngàn", "Phường Từ Sơn"] == [
        unit.name for year in (2024, 2026) for unit in tree.find("09367", year)
    ]
    assert 2 == len(tree.find("09367", 2025))


@pytest.mark.parametrize("plan_id", plan_ids())
def test_no_unit_is_lost_or_counted_twice_by_its_succession(plan_id: str) -> None:
    tree = load_plan(plan_id).units
    shares = {unit.uid: sum(step.share for step in unit.successions) for unit in tree.units if unit.successions}

    assert {uid: Fraction(1) for uid in shares} == shares
    assert set() == {step.successor for unit in tree.units for step in unit.successions} - set(tree.by_uid)
    assert set() == {unit.parent for unit in tree.units if unit.parent} - set(tree.by_uid)
    assert [] == [uid for uid, times in Counter(unit.uid for unit in tree.units).items() if times > 1]


def test_the_four_new_wards_are_made_of_the_twelve_old_ones() -> None:
    tree = load_plan("TS").units

    assert {
        "BN.2025.09367": {"09367", "09391", "09394", "09397"},
        "BN.2025.09370": {"09370", "09376"},
        "BN.2025.09385": {"09385", "09383", "09382"},
        "BN.2025.09379": {"09379", "09373", "09388"},
    } == {uid: {unit.code for unit, _ in tree.predecessors(uid)} for uid in tree.members if uid.startswith("BN")}


def test_a_plan_of_every_district_and_department_was_due_in_october_2023() -> None:
    plan = load_plan("BT")
    task = plan.tasks[12]

    assert ("BT-N13", date(2023, 10, 31)) == (task.id, task.due_on)
    assert (*plan.units.members, "Các sở, ban, ngành") == task.obligated
    assert [("BT-N13", date(2023, 10, 31))] == [(one.id, one.due_on) for one in plan.tasks if one.due_on]


@pytest.mark.parametrize("plan_id", plan_ids())
def test_every_open_question_has_its_default_among_its_choices_and_words_for_all(plan_id: str) -> None:
    questions = conventions(plan_id)

    chosen = [one for one in questions if one.choices]
    assert [] == [one.code for one in chosen if one.value not in one.choices or not all(one.words.values())]
    assert [("NGAY_NGHI", "")] == [(one.code, one.value) for one in questions if not one.choices]
    assert {one.code: one.value for one in questions} == setup_for(plan_id, 2024).conventions


def test_the_defaults_leave_the_targets_as_the_plan_has_them() -> None:
    assert load_plan("TS").targets == setup_for("TS", 2024).targets


@pytest.mark.parametrize(
    ("code", "choice", "target_id", "changed"),
    [
        ("TS03_SO_SANH", ">", "TS-03", {"strict": True}),
        ("TS08_VUOT", "NGOAI_KHOANG", "TS-08", {"over_range": OverRange.OUTSIDE}),
        ("TS09_LO_TRINH", "KEP", "TS-09", {"trajectory": Trajectory.COMPOUND}),
        ("LICH_HANG_NAM", "HC", "TS-14", {"calendar": "HC"}),
        ("LICH_HANG_NAM", "HC", "TS-12", {}),
        ("TS01_TS13_DONG_BANG", "K", "TS-13", {"frozen_from": None}),
    ],
)
def test_a_decision_of_the_office_changes_the_targets_it_is_about(
    code: str, choice: str, target_id: str, changed: dict[str, object]
) -> None:
    before = {target.id: target for target in load_plan("TS").targets}
    after = {target.id: target for target in with_conventions(load_plan("TS").targets, {code: choice})}

    assert replace(before[target_id], **changed) == after[target_id]  # type: ignore[arg-type]


def test_a_decision_that_was_not_offered_is_refused() -> None:
    for code in ("TS03_SO_SANH", "TS08_VUOT", "TS09_LO_TRINH", "LICH_HANG_NAM", "TS01_TS13_DONG_BANG"):
        with pytest.raises(ValueError, match="có lẽ"):
            with_conventions(load_plan("TS").targets, {code: "có lẽ"})


def test_population_figures_name_their_source() -> None:
    known = {(one.uid, one.year): one.people for one in default_population("TS")}

    assert {("TS.2021", 2008): 143_843, ("TS.2021", 2022): 192_554} == {
        key: people for key, people in known.items() if key[0] == "TS.2021"
    }
    assert all(one.source for one in default_population("TS"))
    assert () == default_population("BT")
