"""Tasks of a plan: who owes which, and whether it was done in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from xl_ctd.core.periods import Period
from xl_ctd.core.setup import Task
from xl_ctd.core.units import UnitTree


class TaskState(StrEnum):
    """The codes of the list ``trang_thai_nhiem_vu``."""

    NOT_STARTED = "CBD"
    RUNNING = "DTH"
    ON_TIME = "HTDH"
    LATE = "HTTR"
    OVERDUE = "QH"
    UPDATED = "TXCN"
    NOT_UPDATED = "TXCC"


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """How one task stands with one unit; ``days`` late or overdue, 0 otherwise."""

    state: TaskState
    days: int = 0

    @property
    def sentence(self) -> tuple[str, dict[str, str]]:
        """The code of its sentence in the message catalogue, with what fills it."""
        return _SENTENCES[self.state], {"days": str(self.days)}


_SENTENCES = {
    TaskState.NOT_STARTED: "task-not-started",
    TaskState.RUNNING: "task-running",
    TaskState.ON_TIME: "task-on-time",
    TaskState.LATE: "task-late",
    TaskState.OVERDUE: "task-overdue",
    TaskState.UPDATED: "task-updated",
    TaskState.NOT_UPDATED: "task-not-updated",
}


def status_of_task(
    due_on: date | None,
    *,
    done_on: date | None = None,
    updated_on: date | None = None,
    as_of: date,
    period: Period | None = None,
) -> TaskStatus:
    """How a task stands on a day.

    With a last day: done in time, done n days late, overdue by n days, or not due yet (running once anything was
    reported). Without one the task goes on: ``updated_on`` within ``period`` is what is asked; without a period any
    word about it counts. A document dated after ``as_of`` is not there yet.

    >>> status_of_task(date(2023, 10, 31), done_on=date(2023, 11, 15), as_of=date(2023, 11, 30))
    TaskStatus(state=<TaskState.LATE: 'HTTR'>, days=15)
    """
    done = done_on if done_on is not None and done_on <= as_of else None
    heard = [day for day in (done, updated_on) if day is not None and day <= as_of]
    if due_on is None:
        current = [day for day in heard if period is None or day in period]
        return TaskStatus(TaskState.UPDATED if current else TaskState.NOT_UPDATED)
    if done is not None:
        days = (done - due_on).days
        return TaskStatus(TaskState.LATE, days) if days > 0 else TaskStatus(TaskState.ON_TIME)
    if as_of > due_on:
        return TaskStatus(TaskState.OVERDUE, (as_of - due_on).days)
    return TaskStatus(TaskState.RUNNING if heard else TaskState.NOT_STARTED)


def obligated_on(task: Task, tree: UnitTree, day: date) -> tuple[str, ...]:
    """Who owes the task on a day: a unit that has ended is replaced by its successors, each named once.

    A unit that ended without known successors is kept: its part of the task does not vanish. Names of bodies that
    are no units of the tree pass unchanged.
    """
    owing: dict[str, None] = {}
    for who in task.obligated:
        unit = tree.by_uid.get(who)
        heirs = [succession.successor for succession in unit.successions if succession.on <= day] if unit else []
        owing.update(dict.fromkeys(heirs or [who]))
    return tuple(owing)
