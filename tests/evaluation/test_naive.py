"""The naive guess: forecast and in-sample error against plain loops, missing values included."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepahead._check import Refusal
from stepahead.data import Panel
from stepahead.evaluation import last_season, naive2, seasonal_naive_mae, usable_season

number = st.floats(-50, 50, width=32) | st.just(math.nan)
series = st.lists(st.tuples(number, number), min_size=1, max_size=14)


@given(
    rows=st.lists(series, min_size=1, max_size=4),
    season=st.integers(1, 5),
    horizon=st.integers(1, 7),
)
def test_against_plain_loops(rows, season, horizon):
    """Forecast and scale of every series and channel as written from the definition."""
    panel = Panel.from_arrays([np.array(r) for r in rows])
    forecast, scale = last_season(panel, horizon, season), seasonal_naive_mae(panel, season)
    for i, row in enumerate(rows):
        m = season if len(row) >= 2 * season else 1
        assert usable_season(panel, season)[i] == m
        for c in range(2):
            x = [values[c] for values in row]
            seen = [v for v in x if not math.isnan(v)]
            steps = [
                abs(x[t] - x[t - m]) for t in range(m, len(x)) if not math.isnan(x[t] - x[t - m])
            ]
            np.testing.assert_allclose(
                scale[i, c], np.mean(steps) if steps else math.nan, rtol=1e-9
            )
            for k in range(1, horizon + 1):
                same = [
                    x[t]
                    for t in range(len(x))
                    if (len(x) - 1 + k - t) % m == 0 and not math.isnan(x[t])
                ]
                expected = same[-1] if same else seen[-1] if seen else math.nan
                np.testing.assert_array_equal(forecast[i, k - 1, c], expected)


def test_the_scale_of_a_known_season():
    """A clean season has the error 0 at its own length and not at one."""
    panel = Panel.from_arrays([np.tile([1.0, 5.0, 2.0], 4)])
    assert seasonal_naive_mae(panel, 3)[0, 0] == 0
    assert seasonal_naive_mae(panel, 1)[0, 0] == pytest.approx((4 * 4 + 4 * 3 + 3 * 1) / 11)
    with pytest.raises(Refusal, match="`season` must be"):
        seasonal_naive_mae(panel, 0)


def test_naive2_adjusts_only_what_shows_a_season():
    """Noise repeats its last value, nine times in ten at least; a season is put back by its index;
    two seasons are too few to tell."""
    rng = np.random.default_rng(0)
    noise = Panel.from_arrays(10 + rng.normal(size=(60, 48)))
    same = np.isclose(naive2(noise, 5, 12), last_season(noise, 5, 1)).all(axis=(1, 2))
    assert same.mean() > 0.85
    index = np.array([2.0, 1.0, 0.5, 0.5])
    waves = Panel.from_arrays([np.tile(index, 9) * 7, np.tile(index, 2) * 7])
    forecast = naive2(waves, 6, 4)[..., 0]
    np.testing.assert_allclose(forecast[0], 7 * np.resize(index, 6))
    np.testing.assert_allclose(forecast[1], 3.5)
