"""One convention: `levels` are percents and `quantiles` probabilities, whatever was fitted and
whoever asks."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression

import stepahead as sa
from stepahead import Prediction, Refusal, models
from stepahead._check import percents, probabilities
from stepahead.forecasting import ETS, Conformal, Ensemble, Regressor, Theta

KINDS = ("model", "ensemble", "local", "conformal", "regressor")


@cache
def fitted(kind: str):
    noise = np.random.default_rng(0).normal(size=(2, 60))
    panel = sa.Panel.from_arrays(100 + noise.cumsum(axis=1), ids=["a", "b"])
    one = sa.fit(models.LinearAR(2), panel, 2, key=0)
    others = {
        "local": Theta(),
        "conformal": Conformal(Theta()),
        "regressor": Regressor(LinearRegression(), lags=2),
    }
    return {"model": one, "ensemble": Ensemble((one, one))}.get(kind) or sa.fit(
        others[kind], panel, 2, key=0
    )


@pytest.mark.parametrize("kind", KINDS)
def test_levels_are_percents_and_quantiles_probabilities(kind: str) -> None:
    forecaster = fitted(kind)
    done = forecaster.predict(quantiles=[0.1, 0.5, 0.9])
    assert done.probabilities == (0.1, 0.5, 0.9)
    low, high = done.interval(80)
    np.testing.assert_array_equal(low, done.quantiles[..., 0])
    np.testing.assert_array_equal(high, done.quantiles[..., 2])
    for levels in (80, [80], (80.0,), np.array([80]), [80, 80]):
        np.testing.assert_array_equal(
            forecaster.predict(levels=levels).quantiles, done.quantiles[..., [0, 2]]
        )
    np.testing.assert_array_equal(
        forecaster.predict(levels=80, quantiles=0.5).quantiles, done.quantiles
    )
    table = forecaster.forecast(levels=80)
    assert table.columns.tolist() == ["unique_id", "ds", "forecast", "lo-80", "hi-80"]
    np.testing.assert_array_equal(table["lo-80"], low.ravel())
    np.testing.assert_array_equal(table["hi-80"], high.ravel())


@pytest.mark.parametrize("kind", KINDS)
def test_the_other_unit_is_refused(kind: str) -> None:
    forecaster = fitted(kind)
    for ask in (forecaster.predict, forecaster.forecast):
        with pytest.raises(
            Refusal, match=r"`levels` are in percent, from 1 to below 100, but one is 0.8"
        ):
            ask(levels=(0.8,))
    with pytest.raises(
        Refusal, match="`quantiles` are probabilities between 0 and 1, but one is 80"
    ):
        forecaster.predict(quantiles=(80,))


def test_backtests_and_calibration_speak_of_percents_too() -> None:
    panel = fitted("model").history
    report = sa.backtest([ETS()], panel, 1, 12, key=0, levels=80, refit=0)
    assert report.probabilities["ETS()"] == (0.1, 0.9)
    assert sa.evaluation.calibrated(report, 60).probabilities["ETS()"] == (0.2, 0.8)
    for ask in (
        lambda: sa.backtest([ETS()], panel, 1, 2, key=0, levels=0.8),
        lambda: sa.evaluation.calibrated(report, 0.8),
    ):
        with pytest.raises(Refusal, match="in percent"):
            ask()
    with pytest.raises(
        Refusal, match=r"has no interval of 90 %. Ask for it: `predict\(levels=\[90\]\)`"
    ):
        Prediction(np.zeros((1, 1, 1)), np.zeros((1, 1, 1, 2)), (0.1, 0.9)).interval(90)


@given(
    st.lists(st.one_of(st.integers(1, 99), st.floats(1, 99.999)), max_size=5),
    st.lists(st.floats(1e-6, 1 - 1e-6), max_size=5),
)
def test_every_level_has_both_its_ends_and_all_rise(
    levels: list[float], quantiles: list[float]
) -> None:
    at = probabilities(levels, quantiles)
    assert list(at) == sorted(set(at)) and set(quantiles) <= set(at)
    for level in percents(levels):
        low, high = probabilities(level)
        assert (
            {low, high} <= set(at)
            and low + high == pytest.approx(1)
            and 100 * (high - low) == pytest.approx(level)
        )


@pytest.mark.parametrize("given", ["80", [80, "95"], [True], [float("nan")], [None], 100, -5])
def test_what_is_no_percentage_is_refused(given: object) -> None:
    with pytest.raises(Refusal, match=r"`levels` are in percent.*Give \[80, 95\]"):
        percents(given)
