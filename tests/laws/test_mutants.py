"""Tests of the tests: a merge that was broken on purpose breaks a law. A law that catches nothing protects nobody."""

from __future__ import annotations

import importlib
import inspect
from types import ModuleType

import pytest
import test_merge_laws as laws
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.stateful import run_state_machine_as_test
from merging_strategies import Table3, sent_tables, tables
from test_office_on_paper import Office

LAWS = [law for name, law in vars(laws).items() if name.startswith("test_") and hasattr(law, "hypothesis")]

MUTANTS = {
    "a ward wins every conflict": ("sync.plan", "if y == z or winner is Owner.WARD:", "if True:"),
    "a ward's change never arrives": ("sync.plan", "state[n] = base[n] = x\n", "base[n] = x\n"),
    "base moves on while a conflict is open": (
        "sync.plan",
        "                conflict = True\n",
        "                conflict, base[n] = True, x\n",
    ),
    "what cannot be read counts as a value": ("sync.plan", "if x is UNREAD or x is _ABSENT:", "if x is _ABSENT:"),
    "a blank is zero": ("sync.plan", "if x in (y, z):", "if (x or 0) in (y or 0, z or 0):"),
    "a row the city edited is deleted with the ward's": (
        "sync.plan",
        "if was.values == mine.values:\n            self.applied",
        "if True:\n            self.applied",
    ),
    "a row the city deleted comes back": (
        "sync.plan",
        "self._deleted_by_city(rid, was, new)",
        "self._new_row(rid, new)",
    ),
    "a row the city typed goes with the next file": (
        "sync.plan",
        "self.state_rows.append((rid, mine.values, 0))\n            return",
        "return",
    ),
    "an emptied cell is not mentioned": (
        "sync.plan",
        "if x is None:\n                    self._tell",
        "if False:\n                    self._tell",
    ),
    "a row without its number counts": ("sync.plan", "complete = False\n", "complete = True\n"),
    "a changed row is counted twice": ("sync.plan", "+= changed and not conflict", "+= changed"),
    "a decided conflict opens again": (
        "sync.plan",
        "was = _with_cell(was, conflict.rid, conflict.field, conflict.ward)",
        "pass",
    ),
    "rows are told apart by their place": (
        "sync.identity",
        "    codes = (code, *predecessor_codes)\n",
        "    places = base.rids or ours.rids\n"
        "    if len(places) >= len(theirs):\n"
        "        return replace(theirs, rids=places[: len(theirs)]), []\n"
        "    codes = (code, *predecessor_codes)\n",
    ),
}
"""What is wrong → the module, what it says, what the mutant says instead."""


OFFICE_MUTANTS = {
    "what the city typed is lost": (
        "sync.city_edits.overlay",
        "after if after is not UNREAD and after != before else value",
        "value",
        ("sync.book.overlay", "sync.history.overlay"),
    ),
    "what the city deleted comes back": (
        "sync.city_edits.overlay",
        "return held if was is None or held != was else None",
        "return held",
        ("sync.book.overlay", "sync.history.overlay"),
    ),
    "undo takes the city's edits back too": (
        "sync.history._taken_back",
        "if book.slots[key].state != then[key].state:",
        "if False:",
        ("sync.history._taken_back",),
    ),
}
"""What is wrong → the function, what it says, what the mutant says instead, and the names it is known by."""


def broken(module: str, right: str, wrong: str) -> ModuleType:
    """A copy of a module with one thing wrong in it."""
    source = inspect.getsource(importlib.import_module(module))
    assert 1 == source.count(right), f"{module} no longer says {right!r} once"
    copy = ModuleType(module)
    exec(compile(source.replace(right, wrong), module, "exec"), vars(copy))
    return copy


QUICK = settings(
    max_examples=400,
    stateful_step_count=25,
    phases=[Phase.generate],
    database=None,
    derandomize=True,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


@QUICK
@given(base=tables(), ours=tables(), theirs=sent_tables())
def all_laws(base: Table3, ours: Table3, theirs: Table3) -> None:
    versions = {"base": base, "ours": ours, "theirs": theirs}
    for law in LAWS:
        test = law.hypothesis.inner_test
        test(**{name: versions[name] for name in inspect.signature(test).parameters})


@pytest.mark.parametrize("fault", MUTANTS)
def test_a_law_breaks_when_the_merge_is_broken(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, right, wrong = MUTANTS[fault]
    copy = broken(module, right, wrong)
    if module == "sync.identity":
        monkeypatch.setattr("sync.plan.settle", copy.settle)
    else:
        monkeypatch.setattr(laws, "plan_table", copy.plan_table)
        monkeypatch.setattr(laws, "ChangeKind", copy.ChangeKind)
        monkeypatch.setattr(laws, "resolve", copy.resolve)
        monkeypatch.setattr("merging_strategies.plan_table", copy.plan_table)

    with pytest.raises(AssertionError):
        all_laws()


def test_no_law_breaks_when_the_merge_is_whole() -> None:
    all_laws()
    assert 11 == len(LAWS)


@pytest.mark.parametrize("fault", OFFICE_MUTANTS)
def test_the_office_s_laws_break_when_its_steps_are_broken(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, right, wrong, names = OFFICE_MUTANTS[fault]
    module, _, function = where.rpartition(".")
    copy = broken(module, right, wrong)
    for name in names:
        monkeypatch.setattr(name, getattr(copy, function))

    with pytest.raises(AssertionError):
        run_state_machine_as_test(Office, settings=QUICK)
