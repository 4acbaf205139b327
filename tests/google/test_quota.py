"""No sixty seconds, wherever they begin, hold more calls than Google allows."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sync.google.quota import PER_IDENTITY, PER_PROJECT, Kind, Quota


class Hands:
    """A clock moved by hand."""

    def __init__(self, at: float = 1_000_000.0) -> None:
        self.at = at

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


def busiest_minute(stamps: list[float]) -> int:
    return max((sum(begin <= at < begin + 60 for at in stamps) for begin in stamps), default=0)


@given(st.lists(st.tuples(st.sampled_from("abcdefg"), st.floats(0, 3)), min_size=1, max_size=500))
def test_no_minute_holds_more_calls_than_the_quota(calls: list[tuple[str, float]]) -> None:
    clock = Hands()
    quota = Quota(clock)
    made: dict[str, list[float]] = {}
    for name, pause in calls:
        clock.sleep(pause)
        quota.take(name, Kind.READ)
        made.setdefault(name, []).append(clock.now())
        quota.answered(name, Kind.READ)

    assert all(busiest_minute(stamps) <= PER_IDENTITY for stamps in made.values())
    assert busiest_minute(sorted(at for stamps in made.values() for at in stamps)) <= PER_PROJECT


def test_a_hundred_and_sixty_eight_calls_wait_two_minutes_for_one_identity_and_not_at_all_for_five() -> None:
    waited = []
    for names in ("a", "abcde"):
        quota = Quota(Hands())
        for _ in range(168):
            quota.take(quota.freest(names, Kind.READ), Kind.READ)
        waited.append(quota.waited)
    assert [120.0, 0.0] == waited


def test_reads_and_writes_have_quotas_of_their_own() -> None:
    quota = Quota(Hands())
    for _ in range(PER_IDENTITY):
        quota.take("a", Kind.READ)
    assert (60.0, 0.0) == (quota.wait_for("a", Kind.READ), quota.wait_for("a", Kind.WRITE))


def test_the_calls_of_the_last_minute_outlive_the_run(tmp_path: Path) -> None:
    clock = Hands()
    first = Quota(clock, tmp_path / "quota.json")
    for _ in range(PER_IDENTITY):
        first.take("a", Kind.READ)
        clock.sleep(0.5)
    first.keep()

    assert 60.0 - 30.0 == Quota(clock, tmp_path / "quota.json").wait_for("a", Kind.READ)


def test_a_run_that_waited_for_another_counts_the_calls_of_both(tmp_path: Path) -> None:
    clock = Hands()
    first, second = (Quota(clock, tmp_path / "quota.json") for _ in range(2))
    for quota, calls in ((first, 40), (second, 15)):
        for _ in range(calls):
            quota.take("a", Kind.READ)
    first.keep()
    clock.sleep(10)
    second.recall()
    for _ in range(PER_IDENTITY - 40 - 15):
        second.take("a", Kind.READ)

    assert (0.0, 50.0) == (second.waited, second.wait_for("a", Kind.READ))


def test_recalling_what_is_known_counts_nothing_twice(tmp_path: Path) -> None:
    quota = Quota(Hands(), tmp_path / "quota.json")
    for _ in range(PER_IDENTITY - 1):
        quota.take("a", Kind.READ)
    quota.keep()
    quota.recall()

    assert 0.0 == quota.wait_for("a", Kind.READ)


def test_a_clock_set_back_does_not_block_the_next_run(tmp_path: Path) -> None:
    clock = Hands()
    first = Quota(clock, tmp_path / "quota.json")
    first.take("a", Kind.READ)
    first.keep()
    clock.sleep(-86_400)

    assert 0.0 == Quota(clock, tmp_path / "quota.json").wait_for("a", Kind.READ)


def test_a_damaged_memory_of_calls_is_no_memory(tmp_path: Path) -> None:
    (tmp_path / "quota.json").write_text('{"a read": "x"', "utf-8")
    assert 0.0 == Quota(Hands(), tmp_path / "quota.json").wait_for("a", Kind.READ)


def test_a_call_counts_from_its_answer() -> None:
    clock = Hands()
    quota = Quota(clock)
    stamps = []
    for _ in range(PER_IDENTITY + 1):
        quota.take("a", Kind.READ)
        clock.sleep(2)  # on its way for two seconds: Google counts it when it arrives
        quota.answered("a", Kind.READ)
        stamps.append(clock.now())
    assert all(later - earlier >= 2 for earlier, later in pairwise(stamps))
    assert 60 <= stamps[-1] - stamps[0]
