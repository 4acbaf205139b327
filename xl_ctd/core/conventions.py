"""What the office decides where the plan leaves a question open, put into the targets it concerns.

Questions about judging change a target here; questions about counting (blood units, restricted money, …) are read
where things are counted, by ``Setup.convention``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from xl_ctd.core.targets import OverRange, Target, Trajectory

FUND_CALENDAR = "TC"
"""Targets of the fund close on 31/12 whatever calendar "hằng năm" follows."""


def with_conventions(targets: tuple[Target, ...], conventions: Mapping[str, str]) -> tuple[Target, ...]:
    """The targets as the office's decisions want them judged; a question without a decision changes nothing.

    Raises ``ValueError`` when a decision is none of the choices offered.
    """
    for code, change in _CHANGES.items():
        if conventions.get(code):
            targets = tuple(change(target, conventions[code]) for target in targets)
    return targets


def _comparator(target: Target, choice: str) -> Target:
    if target.id != "TS-03":
        return target
    return replace(target, strict={">=": False, ">": True}[_one_of(choice, ">=", ">")])


def _over_range(target: Target, choice: str) -> Target:
    return replace(target, over_range=OverRange(choice)) if target.id == "TS-08" else target


def _trajectory(target: Target, choice: str) -> Target:
    return replace(target, trajectory=Trajectory(choice)) if target.id == "TS-09" else target


def _calendar(target: Target, choice: str) -> Target:
    if target.calendar == FUND_CALENDAR:
        return target
    return replace(target, calendar=_one_of(choice, "TK", "HC"))


def _freezing(target: Target, choice: str) -> Target:
    if _one_of(choice, "C", "K") == "K" and target.id in ("TS-01", "TS-13"):
        return replace(target, frozen_from=None)
    return target


def _one_of(choice: str, *choices: str) -> str:
    if choice not in choices:
        raise ValueError(f"{choice!r} is none of the choices {', '.join(choices)}")
    return choice


_CHANGES: dict[str, Callable[[Target, str], Target]] = {
    "TS03_SO_SANH": _comparator,
    "TS08_VUOT": _over_range,
    "TS09_LO_TRINH": _trajectory,
    "LICH_HANG_NAM": _calendar,
    "TS01_TS13_DONG_BANG": _freezing,
}
