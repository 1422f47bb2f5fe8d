"""`inspect` on series whose gaps, outliers and lengths are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepahead.data import Frequency, Panel, inspect, outliers


def test_gaps_constants_outliers_and_short_series_are_found() -> None:
    rng = np.random.default_rng(0)
    noisy = rng.normal(100.0, 1.0, 200)
    noisy[50] = 150.0
    gappy = np.sin(np.arange(60.0))
    gappy[[3, 10, 11, 12, 40]] = np.nan
    panel = Panel.from_arrays(
        [noisy, gappy, np.full(30, 7.0), [1.0, 2.0]],
        ids=["noisy", "gappy", "flat", "brief"],
        frequency=Frequency.integer(season=12),
    )
    found = inspect(panel)
    assert (found.series, found.steps, found.shortest, found.longest, found.missing) == (
        4,
        292,
        2,
        200,
        5,
    )
    assert (found.constant, found.short, found.all_missing) == (("flat",), ("brief",), ())
    assert found.rows[0].outlier_times.tolist() == [50] and found.rows[
        0
    ].outlier_values.tolist() == [150.0]
    assert (found.rows[1].missing, found.rows[1].longest_gap) == (5, 3)
    assert found.outliers == 1


def test_a_gap_does_not_reach_into_the_next_series() -> None:
    panel = Panel.from_arrays(
        [[1.0, np.nan, np.nan], [np.nan, 1.0], [np.nan, np.nan]], ids=["a", "b", "c"]
    )
    found = inspect(panel)
    assert [row.longest_gap for row in found.rows] == [2, 1, 2]
    assert found.all_missing == ("c",)


def test_a_season_is_no_outlier() -> None:
    season = np.tile(np.repeat([0.0, 100.0], 12), 10) + np.random.default_rng(1).normal(0, 10, 240)
    assert inspect(Panel.from_arrays([season])).outliers == 0


T = np.arange(720.0)
SHAPES = {
    "sine": 50 + 20 * np.sin(2 * np.pi * T / 24),
    "ramp": 3.0 * T,
    "saw": T % 24,
    "steps": np.repeat([0.0, 100.0, 20.0, 50.0], 180),
    "level": np.full(720, 20.0),
    "growth": np.exp(T / 100),
    "week": np.tile([10.0, 10, 10, 10, 12, 40, 0], 103)[:720],
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("noise", [0.0, 0.3, 3.0])
@pytest.mark.parametrize("decimals", [0, 1, None])
def test_shapes_hold_no_outlier_and_planted_ones_are_found(
    name: str, noise: float, decimals: int | None
) -> None:
    rng = np.random.default_rng(0)
    values = SHAPES[name] + rng.normal(0, noise, 720) if noise else SHAPES[name].copy()
    values = values if decimals is None else values.round(decimals)
    assert not outliers(values, 24).any()
    planted = rng.choice(np.arange(10, 710, 29), size=12, replace=False)
    values[planted] += 3000.0 * rng.choice([-1, 1], 12)
    assert np.flatnonzero(outliers(values, 24)).tolist() == sorted(planted.tolist())


def test_what_comes_every_season_or_often_is_no_outlier() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(100, 1, 365)
    values[30::52] += 80
    assert not outliers(values, 52).any() and outliers(values, 1).sum() == 7
    demand = np.where(rng.random(400) < 0.1, rng.poisson(5, 400) + 1.0, 0.0)
    assert not outliers(demand).any()
    demand[demand > 0] *= np.where(np.arange((demand > 0).sum()) == 9, 40, 1)
    assert outliers(demand).sum() == 1


@given(st.integers(0, 1000), st.floats(1e-6, 1e9), st.booleans())
@settings(max_examples=25)
def test_outliers_do_not_depend_on_unit_direction_of_time_or_gaps(
    seed: int, scale: float, turned: bool
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.standard_t(2, 60).cumsum() + np.pi
    found = outliers(values)
    other = (-1 if turned else 1) * scale * values[::-1]
    np.testing.assert_array_equal(outliers(other)[::-1], found)
    gappy = np.insert(values, [0, 20, 20, 60], np.nan)
    np.testing.assert_array_equal(outliers(gappy)[~np.isnan(gappy)], found)
