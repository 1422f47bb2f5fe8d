"""Adjustments: what they take off is what they put back, and simple series are left without it."""

from functools import partial

import numpy as np
import pytest

from stepahead.pretrained._adjusted import (
    finer,
    straight_line,
    without_line,
    without_longer_season,
    without_season,
)

RNG = np.random.default_rng(0)
RATIOS = np.array([0.4, 1.8, 1.0, 0.8])
OFFSETS = np.array([-3.0, 2.0, 5.0, -4.0])
ADJUSTMENTS = (
    without_line,
    finer,
    partial(without_season, 4),
    partial(without_longer_season, 4, 12),
)


def test_a_season_that_multiplies_leaves_the_level_and_comes_back():
    level = 50 + 2.0 * np.arange(47)
    whole = level * np.resize(RATIOS, 47)
    rest, back = without_season(4, whole[:40], 7)
    np.testing.assert_allclose(rest, level[:40], rtol=0.03)
    np.testing.assert_allclose(back(level[40:, None])[:, 0], whole[40:], rtol=0.03)


def test_a_season_that_adds_to_values_of_both_signs_leaves_the_level_and_comes_back():
    level = 0.5 * np.arange(47) - 10
    whole = level + np.resize(OFFSETS, 47)
    rest, back = without_season(4, whole[:40], 7)
    np.testing.assert_allclose(rest, level[:40], atol=1e-9)
    np.testing.assert_allclose(back(level[40:, None])[:, 0], whole[40:], atol=1e-9)


def test_a_gap_in_every_season_leaves_it_known():
    ratios = np.r_[RATIOS, RATIOS[::-1]]
    whole = (50 + 0.5 * np.arange(80)) * np.resize(ratios, 80)
    whole[6::7] = np.nan
    _, back = without_season(8, whole, 8)
    np.testing.assert_allclose(back(np.ones((8, 1)))[:, 0], ratios, rtol=0.1)


def test_each_second_step_of_the_finer_forecast_is_a_step():
    _, back = finer(np.arange(5.0), 3)
    assert back(np.arange(6.0)[:, None]).ravel().tolist() == [1, 3, 5]


def test_all_below_zero_is_all_above_zero_upside_down():
    whole = (50 + 2.0 * np.arange(40)) * np.resize(RATIOS, 40)
    (up, back), (down, forth) = (without_season(4, sign * whole, 5) for sign in (1, -1))
    np.testing.assert_array_equal(up, -down)
    np.testing.assert_array_equal(back(np.ones((5, 1))), forth(np.ones((5, 1))))


def test_weekends_are_taken_off_hours_and_hours_stay():
    hours, days = np.array([0.0, 3.0, 9.0, 4.0]), np.array([0.0, 0.0, -6.0])
    whole = np.resize((hours + days[:, None]).ravel(), 12 * 9)
    rest, back = without_longer_season(4, 12, whole[:100], 8)
    np.testing.assert_allclose(rest, np.resize(hours - 2, 100), atol=1e-9)
    np.testing.assert_allclose(back(np.resize(hours - 2, (8, 1)))[:, 0], whole[100:], atol=1e-9)


@pytest.mark.parametrize("adjustment", ADJUSTMENTS)
def test_gaps_stay_gaps_and_nothing_else_is_missing(adjustment):
    whole = 20 + np.resize(OFFSETS, 90) + RNG.normal(size=90)
    whole[[*range(5), 30, 31, 70, -1]] = np.nan
    rest, back = adjustment(whole, 6)
    once = rest[::2] if len(rest) > len(whole) else rest
    np.testing.assert_array_equal(np.isnan(once), np.isnan(whole))
    assert np.isfinite(back(np.zeros((12, 3)))[:6]).all() if adjustment is finer else True


@pytest.mark.parametrize("adjustment", ADJUSTMENTS)
@pytest.mark.parametrize("values", [[3.0, 4.0, 6.0], [7.0] * 60, [0.0] * 60, [1e90, 3e90] * 30])
def test_edges_are_finite(adjustment, values):
    rest, back = adjustment(np.array(values), 6)
    told = back(np.ones((12 if adjustment is finer else 6, 2)))
    assert np.isfinite(rest).all() and told.shape == (6, 2) and np.isfinite(told).all()


def test_series_shorter_than_two_seasons_stay_as_they_are():
    for adjustment in (partial(without_season, 12), partial(without_longer_season, 4, 12)):
        rest, back = adjustment(np.arange(23.0), 3)
        assert rest.tolist() == list(range(23)) and back(np.ones((3, 1))).tolist() == [[1.0]] * 3


def test_a_phase_that_is_nearly_nothing_is_divided_by_a_fiftieth_at_least():
    values = np.resize([100.0, 1e-6], 40)
    rest, _ = without_season(2, values, 2)
    assert rest[1] == pytest.approx(1e-6 / 0.02)


def test_a_line_is_not_followed_farther_than_the_series_is_long():
    assert np.ptp(straight_line(np.arange(20.0), 1000)[39:]) == 0
