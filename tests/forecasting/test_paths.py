"""Paths that go on from a series, drawn from what local methods learned of it."""

import numpy as np
import pytest
from registry import assert_same_bits

import stepahead as sa
from stepahead._check import Refusal
from stepahead.forecasting import ETS, AutoARIMA, Intermittent

PANEL = sa.Panel.from_arrays(
    [
        np.column_stack([50 + np.cos(np.arange(40.0) ** 2), np.arange(40.0) * 2]),
        np.column_stack([np.full(30, 7.0), np.sin(np.arange(30.0) ** 2)]),
        np.column_stack([np.arange(20.0), [*np.cos(np.arange(17.0) ** 2), *[np.nan] * 3]]),
    ]
)


def test_each_series_and_channel_goes_on_from_its_own_end() -> None:
    done = sa.fit(ETS("A,A,N"), PANEL, 2, key=0)
    told = done.predict(4, levels=80)
    low, high = told.interval(80)
    for series in range(3):
        drawn = sa.sample(done, 4, key=1, count=400, series=series)
        assert drawn.shape == (400, 4, 2)
        inside = (drawn >= low[series]) & (drawn <= high[series])
        moves = high[series] > low[series] + 1e-9
        assert np.abs(inside.mean(axis=0)[moves] - 0.8).max() < 0.09
        assert_same_bits(drawn, sa.sample(done, 4, key=1, count=400, series=series))
    assert (sa.sample(done, 3, key=1, series=1)[:, :, 0] == 7).all()  # it never changed
    one = sa.sample(done, 2, key=1, count=5, series=2, warmup=2)
    assert_same_bits(one, sa.sample(done, 4, key=1, count=5, series=2)[:, 2:])


def test_demand_is_drawn_as_counts() -> None:
    demand = sa.Panel.from_arrays([[0.0, 0, 3, 0, 0, 2, 0, 1] * 5])
    done = sa.fit(Intermittent("hurdle"), demand, 2, key=0)
    drawn = sa.sample(done, 5, key=0, count=50)
    assert (drawn >= 0).all() and (drawn % 1 == 0).all() and (drawn == 0).mean() > 0.3


def test_a_series_that_is_not_there_is_refused() -> None:
    done = sa.fit(AutoARIMA((1, 0, 0), (0, 0, 0)), PANEL, 2, key=0)
    with pytest.raises(Refusal, match="no series number 3; the history holds 3, counted from 0"):
        sa.sample(done, 2, key=0, series=3)
