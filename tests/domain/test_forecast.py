"""Where a short series is heading, and which of its values cannot be right."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction as F
from statistics import mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xl_ctd.core.forecast import (
    cagr,
    forecast_gap,
    growth_forecast,
    linear_forecast,
    modified_z,
    outliers,
    required_growth,
    required_step,
    weighted_forecast,
)

MONTHS = [12, 15, 11, 14, 13, 16, 150]


def test_a_slip_that_no_z_score_can_catch_is_caught() -> None:
    plain = (150 - mean(MONTHS)) / stdev(MONTHS)
    scores = modified_z(MONTHS)

    assert (2.27, F("45.866")) == (round(plain, 2), scores[-1])
    assert (False, False, False, False, False, False, True) == outliers(MONTHS)


def test_where_most_values_are_equal_half_the_median_is_the_limit() -> None:
    assert (None, None, None, None) == modified_z([10, 10, 10, 16])
    assert (False, False, False, True, False) == outliers([10, 10, 10, 16, 15])
    assert (False, False, False, True) == outliers([0, 0, 0, 1])


def test_a_blank_is_no_outlier_and_no_zero() -> None:
    assert (False, False, False, False, False, False, False, True) == outliers([None, *MONTHS])
    assert (False, False) == outliers([None, None])
    assert (None,) == modified_z([None])


def test_one_value_is_no_series() -> None:
    assert [None, None, None] == [
        forecast([(2023, 5), (2024, None)], 2033) for forecast in (linear_forecast, weighted_forecast, growth_forecast)
    ]


def test_years_without_a_figure_are_left_out_and_order_does_not_matter() -> None:
    assert linear_forecast([(2023, 1), (2025, 3)], 2033) == linear_forecast([(2025, 3), (2024, None), (2023, 1)], 2033)


def test_two_figures_for_one_year_are_refused() -> None:
    with pytest.raises(ValueError, match="same year"):
        linear_forecast([(2023, 1), (2023, 2)], 2033)


def test_growth_cannot_start_from_nothing() -> None:
    for first, last, years in ((0, 1, 5), (1, 0, 5), (1, 2, 0)):
        with pytest.raises(ValueError, match="growth rate"):
            cagr(first, last, years)
    with pytest.raises(ValueError, match="growth rate"):
        growth_forecast([(2023, 0), (2024, 1)], 2033)
    with pytest.raises(ValueError, match="growth rate"):
        required_growth(1, 2033, 2, 2033)
    with pytest.raises(ValueError, match="not after"):
        required_step(1, 2033, 2, 2033)


def test_a_growth_rate_is_right_to_its_last_digit() -> None:
    assert Decimal("0.4142135623730950488016887242") == cagr(1, 2, 2)
    assert Decimal(0) == cagr(3, 3, 7)


def test_a_forecast_that_gets_there_lacks_nothing() -> None:
    assert [0, 0, F(1, 2), F(3, 2)] == [forecast_gap(value, 10, 2) for value in (12, 10, 6, -2)]
    with pytest.raises(ValueError, match="itself"):
        forecast_gap(1, 2, 2)


@given(
    st.integers(-50, 50), st.integers(-50, 50), st.sets(st.integers(2015, 2033), min_size=2), st.integers(2015, 2040)
)
def test_points_on_a_line_are_carried_on_along_it(start: int, step: int, years: set[int], ahead: int) -> None:
    points = [(year, start + step * (year - 2015)) for year in years]

    assert start + step * (ahead - 2015) == linear_forecast(points, ahead) == weighted_forecast(points, ahead)


@given(st.lists(st.integers(0, 10**6) | st.none(), max_size=12), st.integers(1, 10**6))
def test_outliers_do_not_depend_on_the_unit(values: list[int | None], scale: int) -> None:
    assert outliers(values) == outliers([None if value is None else value * scale for value in values])
