"""The plans as data: every target, monitoring number and task word for word, the units in time, the open questions.

>>> plan = load_plan("TS")
>>> plan.number, len(plan.targets), len(plan.monitored), len(plan.tasks)
('17-KH/TU', 14, 13, 36)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from xl_ctd.core.conventions import with_conventions
from xl_ctd.core.setup import Convention, Monitored, Plan, Population, Setup, Task
from xl_ctd.core.targets import Aggregation, OverRange, Target, TargetKind, Trajectory
from xl_ctd.core.units import Succession, Unit, UnitTree

Entry = Mapping[str, Any]

# The C loader reads the plans ten times faster; both are safe ones.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FILES = {"TS": "tu_son_2023.yaml", "BT": "binh_thuan_2023.yaml"}
_AMOUNTS = ("threshold", "lower", "upper", "base_value", "amber_from")
_WORDS = {"kind": TargetKind, "aggregation": Aggregation, "over_range": OverRange, "trajectory": Trajectory}


def plan_ids() -> tuple[str, ...]:
    """The plans we have, the one with targets first."""
    return tuple(_FILES)


@cache
def load_plan(plan_id: str) -> Plan:
    """A plan as issued, with its units. Raises ``KeyError`` for a plan we do not have."""
    data = _read(_FILES[plan_id])
    return Plan(
        id=data["id"],
        number=data["number"],
        issuer=data["issuer"],
        issued=data["issued"],
        first_year=data["first_year"],
        last_year=data["last_year"],
        targets=tuple(_target(entry, plan_id) for entry in data["targets"]),
        monitored=tuple(Monitored(plan=plan_id, **entry) for entry in data["monitored"]),
        tasks=tuple(_task(entry, plan_id, data["obligated_groups"]) for entry in data["tasks"]),
        units=_tree(plan_id),
    )


@cache
def conventions(plan_id: str) -> tuple[Convention, ...]:
    """The questions the plan leaves open, each with its default in force: the first of its choices, nothing where the
    office writes the answer."""
    return tuple(
        Convention(
            code=entry["code"],
            question=entry["question"],
            value=next(iter(entry["choices"]), ""),
            choices=tuple(entry["choices"]),
            note=entry["note"],
            words=entry["choices"],
            brief=entry.get("brief", {}),
        )
        for entry in _read(_FILES[plan_id])["conventions"]
    )


@cache
def default_population(plan_id: str) -> tuple[Population, ...]:
    """The few figures found in public sources, each with its source; the office enters its own."""
    return tuple(Population(**entry) for entry in _read(_FILES[plan_id])["population"])


def setup_for(plan_id: str, year: int) -> Setup:
    """What a new master has in force: the plan as issued, every open question at its default, this year shown."""
    plan = load_plan(plan_id)
    in_force = {convention.code: convention.value for convention in conventions(plan_id)}
    return Setup(
        plan=plan,
        targets=with_conventions(plan.targets, in_force),
        units=plan.units,
        population=default_population(plan_id),
        conventions=in_force,
        shown_year=year,
    )


@cache
def _read(name: str) -> Entry:
    data: Entry = yaml.load(files(__package__).joinpath(name).read_bytes(), Loader=_LOADER)
    return data


def _target(entry: Entry, plan_id: str) -> Target:
    fields = dict(entry)
    fields |= {name: Decimal(fields[name]) for name in _AMOUNTS if name in fields}
    fields |= {name: kind(fields[name]) for name, kind in _WORDS.items() if name in fields}
    return Target(plan=plan_id, **fields)


def _task(entry: Entry, plan_id: str, groups: Mapping[str, list[str]]) -> Task:
    fields = {"coordinating": "", "deliverable": ""} | dict(entry)
    if "due_on" in fields:
        fields["due_on"] = date.fromisoformat(fields["due_on"])
    fields["obligated"] = tuple(who for group in entry.get("obligated", ()) for who in groups[group])
    return Task(plan=plan_id, **fields)


def _tree(plan_id: str) -> UnitTree:
    data = _read("units.yaml")
    tree = data["trees"][plan_id]
    units = {unit.uid: unit for unit in _units(data["units"])}
    named = (*tree["members"], tree["city"], *tree["above"])
    return UnitTree(
        units=tuple(units[uid] for uid in named),
        members=tuple(tree["members"]),
        city=tree["city"],
        group=tree["group"],
    )


def _units(entries: Iterable[Entry]) -> Iterable[Unit]:
    for entry in entries:
        fields = dict(entry)
        fields["successions"] = tuple(
            Succession(successor["uid"], Fraction(successor["share"]), successor["from"])
            for successor in fields.pop("successors", ())
        )
        yield Unit(**fields)
