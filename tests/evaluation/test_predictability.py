"""Predictability: the width of a forecast over the spread of the past, by a loop and at the
edges."""

import numpy as np
import pytest

import stepahead as sa
from stepahead import Refusal
from stepahead.data import Panel
from stepahead.evaluation import Prediction, predictability

AT = (0.025, 0.1, 0.5, 0.9, 0.975)


def prediction(series: int, horizon: int) -> Prediction:
    draws = np.random.default_rng(0)
    ends = np.sort(draws.normal(size=(series, horizon, 2, len(AT))) * 3, axis=-1)
    return Prediction(ends[..., 2], ends, AT)


def test_the_ratio_is_that_of_a_loop() -> None:
    draws = np.random.default_rng(1)
    past = [draws.normal(size=(n, 2)) * (n / 10) for n in (20, 31, 55)]
    past[1][3] = np.nan
    found = predictability(done := prediction(3, 4), Panel.from_arrays(past))
    for k in range(4):
        ratios = []
        for s, values in enumerate(past):
            for c in range(2):
                seen = values[~np.isnan(values[:, c]), c]
                spread = np.quantile(seen, 0.9) - np.quantile(seen, 0.1)
                ratios.append((done.quantiles[s, k, c, 3] - done.quantiles[s, k, c, 1]) / spread)
        assert found.ratio[k] == pytest.approx(np.median(ratios))
    assert found.level == 80


def test_the_horizon_ends_before_the_first_step_that_knows_no_more() -> None:
    panel = Panel.from_arrays([np.arange(101.0)])
    for widths, horizon, words in (
        ((10, 20, 30), 3, "at all of 3 steps ahead (12% of it at first, 38% last)"),
        ((10, 90, 30), 1, "up to 1 step ahead (12% of it)"),
        ((90, 10, 10), 0, "the past values alone are as informative"),
    ):
        half = np.array(widths) / 2
        ends = np.stack([-half, half], axis=-1)[None, :, None]
        found = predictability(Prediction(np.zeros((1, 3, 1)), ends, (0.1, 0.9)), panel)
        assert found.horizon == horizon
        assert words in str(found)


def test_what_never_changed_does_not_count() -> None:
    ends = np.array([[[[-1.0, 1.0]]], [[[-50.0, 50.0]]]])
    done = Prediction(np.zeros((2, 1, 1)), ends, (0.1, 0.9))
    varied = [np.full(9, 3.0), np.arange(101.0)]
    assert predictability(done, Panel.from_arrays(varied)).ratio.tolist() == [1.25]
    still = predictability(done, Panel.from_arrays([np.full(9, 3.0)] * 2))
    assert still.horizon == 0 and np.isnan(still.ratio).all()
    assert "have no spread" in str(still)


def test_of_a_backtest_it_is_that_of_the_newest_origin_and_of_the_values_before_it() -> None:
    walk = np.random.default_rng(2).normal(size=60).cumsum()
    panel = Panel.from_arrays([walk, 10 * walk[:50]])
    drift, bare = sa.forecasting.Baseline("drift"), sa.forecasting.Baseline("naive")
    report = sa.backtest([drift], panel, 4, 3, key=0)
    before = Panel.from_arrays([walk[:56], 10 * walk[:46]])
    wanted = predictability(sa.fit(drift, before, 4, key=0).predict(levels=80), before)
    found = report.predictability(panel)
    assert set(found) == {str(drift)}
    np.testing.assert_allclose(found[str(drift)].ratio, wanted.ratio, rtol=1e-9)
    assert sa.backtest([bare], panel, 4, 3, key=0, levels=()).predictability(panel) == {}
    assert sa.backtest([bare], panel, 4, 3, key=0, levels=95).predictability(panel) == {}


def test_a_prediction_without_an_interval_is_refused() -> None:
    with pytest.raises(Refusal, match="Predict with levels=80"):
        predictability(Prediction(np.zeros((1, 1, 1))), Panel.from_arrays([np.arange(9.0)]))


def test_an_interval_with_both_ends_infinite_does_not_count_and_warns_of_nothing() -> None:
    panel = Panel.from_arrays([np.arange(101.0), np.arange(101.0)])
    ends = np.array([[[[95.0, 105.0]]], [[[np.inf, np.inf]]]])
    found = predictability(Prediction(np.full((2, 1, 1), 100.0), ends, (0.1, 0.9)), panel)
    assert found.ratio.tolist() == [0.125]
