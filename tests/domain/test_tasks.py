"""Tasks: done in time, late, overdue, or going on and heard of this period."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from xl_ctd.core.codes import CODE_LISTS
from xl_ctd.core.periods import parse_period
from xl_ctd.core.tasks import TaskState, TaskStatus, obligated_on, status_of_task
from xl_ctd.plans import load_plan

DUE = date(2023, 10, 31)


@pytest.mark.parametrize(
    ("done", "updated", "as_of", "expected"),
    [
        (DUE, None, date(2023, 12, 1), TaskStatus(TaskState.ON_TIME)),
        (date(2023, 11, 1), None, date(2023, 12, 1), TaskStatus(TaskState.LATE, 1)),
        (None, None, date(2023, 11, 1), TaskStatus(TaskState.OVERDUE, 1)),
        (None, None, DUE, TaskStatus(TaskState.NOT_STARTED)),
        (None, date(2023, 10, 1), DUE, TaskStatus(TaskState.RUNNING)),
        (date(2023, 11, 15), None, date(2023, 11, 10), TaskStatus(TaskState.OVERDUE, 10)),
    ],
)
def test_a_task_with_a_last_day_is_judged_by_its_document(
    done: date | None, updated: date | None, as_of: date, expected: TaskStatus
) -> None:
    assert expected == status_of_task(DUE, done_on=done, updated_on=updated, as_of=as_of)


@pytest.mark.parametrize(
    ("updated", "state"),
    [
        (date(2024, 4, 1), TaskState.UPDATED),
        (date(2024, 3, 31), TaskState.NOT_UPDATED),
        (date(2024, 6, 30), TaskState.NOT_UPDATED),  # not yet there on 15/6
        (None, TaskState.NOT_UPDATED),
    ],
)
def test_a_task_that_goes_on_must_be_heard_of_in_the_period(updated: date | None, state: TaskState) -> None:
    assert TaskStatus(state) == status_of_task(
        None, updated_on=updated, as_of=date(2024, 6, 15), period=parse_period("2024-Q2")
    )


def test_the_states_are_those_of_the_list_staff_choose_from() -> None:
    assert {choice.code for choice in CODE_LISTS["trang_thai_nhiem_vu"]} == {state.value for state in TaskState}


def test_a_ward_that_ended_hands_its_tasks_to_its_successor_once() -> None:
    plan = load_plan("TS")
    task = next(one for one in plan.tasks if one.id == "TS-N24")
    wards = tuple(uid for uid in plan.units.members if uid.startswith("TS"))

    assert ("Hội Chữ thập đỏ thành phố", *wards) == obligated_on(task, plan.units, date(2025, 6, 30))
    assert (
        "Hội Chữ thập đỏ thành phố",
        "BN.2025.09367",
        "BN.2025.09370",
        "BN.2025.09379",
        "BN.2025.09385",
    ) == obligated_on(task, plan.units, date(2025, 7, 1))


def test_a_district_without_a_known_successor_still_owes_its_plan() -> None:
    plan = load_plan("BT")

    assert plan.tasks[12].obligated == obligated_on(plan.tasks[12], plan.units, date(2026, 1, 1))
    assert () == obligated_on(replace(plan.tasks[12], obligated=()), plan.units, date(2026, 1, 1))
