"""What holds whatever the figures are."""

from __future__ import annotations

from datetime import date
from fractions import Fraction as F

from hypothesis import given
from hypothesis import strategies as st

from xl_ctd.core.attainment import (
    attainment_share,
    floor_statistics,
    gap,
    is_attained,
    judge,
    light,
    milestone,
    ratio_of_sums,
    status_of,
    status_of_interval,
)
from xl_ctd.core.formats import format_percent
from xl_ctd.core.targets import Certainty, Light, Observation, OverRange, Status, TargetKind, Trajectory
from xl_ctd.plans import load_plan

figures = st.fractions(0, 2000, max_denominator=60)
shares = st.fractions(0, 1, max_denominator=60)
GROWING = (TargetKind.MIN, TargetKind.RATIO, TargetKind.LEVEL, TargetKind.SUM, TargetKind.EXISTENCE)
growing = st.sampled_from(GROWING)
kinds = st.sampled_from([*GROWING, TargetKind.MAX, TargetKind.RANGE])
over = st.sampled_from(OverRange)
RANK = {Status.NOT_ATTAINED: 0, Status.ATTAINED: 1, Status.EXCEEDED: 2}


@given(figures, figures, growing, figures, st.booleans())
def test_more_achieved_never_lowers_a_status(less: F, extra: F, kind: TargetKind, goal: F, strict: bool) -> None:
    before, after = (status_of(value, kind, goal, strict=strict) for value in (less, less + extra))

    assert RANK[before] <= RANK[after]


@given(figures, figures, growing, figures.filter(bool))
def test_more_achieved_never_lowers_the_attainment_nor_widens_the_gap(
    less: F, extra: F, kind: TargetKind, goal: F
) -> None:
    shares_reached = [attainment_share(value, kind, goal) or F(0) for value in (less, less + extra)]
    gaps = [gap(value, kind, goal) or F(0) for value in (less, less + extra)]

    assert shares_reached == sorted(shares_reached)
    assert gaps == sorted(gaps, reverse=True)


@given(figures, kinds, figures, figures, st.booleans(), over)
def test_a_target_is_attained_exactly_when_nothing_is_missing(
    value: F, kind: TargetKind, low: F, width: F, strict: bool, over_range: OverRange
) -> None:
    status = status_of(value, kind, low, upper=low + width, strict=strict, over_range=over_range)
    left = gap(value, kind, low, upper=low + width, strict=strict, over_range=over_range)

    if is_attained(status):
        assert left == 0
    elif not (strict and value == low):
        assert left is not None and left > 0


@given(st.integers(0, 300), st.integers(1, 300), shares, st.booleans())
def test_winning_the_gap_attains_a_ratio_and_one_less_does_not(top: int, bottom: int, goal: F, strict: bool) -> None:
    left = gap(F(top, bottom), TargetKind.RATIO, goal, strict=strict, denominator=bottom)

    assert left is not None and left.denominator == 1
    assert is_attained(status_of((top + left) / F(bottom), TargetKind.RATIO, goal, strict=strict))
    if left:
        assert not is_attained(status_of((top + left - 1) / F(bottom), TargetKind.RATIO, goal, strict=strict))


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1), st.integers(0, 20))
def test_adding_a_ward_with_nothing_changes_no_ratio(pairs: list[tuple[int, int]], where: int) -> None:
    pairs.append((3, 7))
    more = [*pairs[:where], (0, 0), *pairs[where:]]

    assert ratio_of_sums(*zip(*pairs, strict=True)) == ratio_of_sums(*zip(*more, strict=True))


@given(figures, figures, shares, kinds, figures, figures, st.booleans(), over)
def test_what_is_certain_holds_at_every_figure_the_missing_reports_can_lead_to(
    low: F, width: F, way: F, kind: TargetKind, goal: F, room: F, strict: bool, over_range: OverRange
) -> None:
    rule = {"upper": goal + room, "strict": strict, "over_range": over_range}
    sure = status_of_interval(low, low + width, kind, goal, **rule)  # type: ignore[arg-type]
    completed = status_of(low + width * way, kind, goal, **rule)  # type: ignore[arg-type]

    if sure is Status.ATTAINED:
        assert is_attained(completed)
    elif sure is not Status.UNDECIDED:
        assert sure is completed


@given(figures, figures, kinds, figures, figures, over)
def test_an_open_end_is_as_good_as_a_very_far_one(
    low: F, more: F, kind: TargetKind, goal: F, room: F, over_range: OverRange
) -> None:
    far = low + more + goal + room + 1

    assert status_of_interval(low, None, kind, goal, upper=goal + room, over_range=over_range) is status_of_interval(
        low, far, kind, goal, upper=goal + room, over_range=over_range
    )


@given(figures, kinds, figures, figures, over)
def test_complete_reports_are_judged_as_a_single_figure(
    value: F, kind: TargetKind, goal: F, room: F, over_range: OverRange
) -> None:
    rule = {"upper": goal + room, "over_range": over_range}

    assert status_of(value, kind, goal, **rule) is status_of_interval(value, value, kind, goal, **rule)  # type: ignore[arg-type]


@given(st.lists(st.none() | st.integers(0, 40).map(F), min_size=1, max_size=8), st.data())
def test_a_floor_judged_certain_agrees_with_every_completion(balances: list[F | None], data: st.DataObject) -> None:
    target = next(one for one in load_plan("TS").targets if one.id == "TS-12")
    bottom = F(20_000_000)
    known = [None if one is None else one * 1_000_000 for one in balances]
    completed = [data.draw(st.integers(0, 40).map(lambda n: F(n * 1_000_000))) if one is None else one for one in known]

    def judged(values: list[F | None]) -> tuple[Status, Certainty]:
        result = judge(
            target,
            Observation(None, per_unit={str(n): value for n, value in enumerate(values)}),
            as_of=date(2024, 12, 31),
        )
        return result.status, result.certainty

    before, after = judged(known), judged(list(completed))
    if before[1] is Certainty.CERTAIN:
        assert before == after
    stats, end = floor_statistics(known, bottom), floor_statistics(completed, bottom)
    assert stats.low <= end.low <= stats.high


@given(st.integers(1, 1000), st.integers(1, 1000), st.integers(2024, 2033), st.sampled_from(Trajectory))
def test_a_trajectory_never_turns_back(first: int, last: int, year: int, way: Trajectory) -> None:
    before, after = (milestone(F(first), 2023, F(last), 2033, one, way) for one in (year - 1, year))

    assert (before <= after) is True if first <= last else (before >= after) is True
    assert min(first, last) <= after <= max(first, last)


@given(figures, figures, figures)
def test_the_light_never_darkens_with_more(less: F, extra: F, mark: F) -> None:
    order = (Light.RED, Light.AMBER, Light.GREEN)
    before, after = light(less, mark), light(less + extra, mark)

    assert order.index(before) <= order.index(after)


@given(shares, shares, st.integers(0, 3))
def test_a_figure_is_never_shown_on_the_other_side_of_its_threshold(value: F, goal: F, decimals: int) -> None:
    written = F(format_percent(value, decimals, goal).rstrip("%").replace(".", "").replace(",", ".")) / 100

    assert (value < goal, value > goal) == (written < goal, written > goal) or abs(value - goal) < F(1, 10**12)
