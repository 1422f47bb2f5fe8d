"""Conformal forecasters: calibrated on the past alone, pooled by scale, and taken like any
other."""

from dataclasses import dataclass

import jax
import numpy as np
import pytest

import stepahead as sa
from stepahead import Prediction
from stepahead._check import Refusal
from stepahead.data import Panel
from stepahead.forecasting import Conformal, Learning, Method, Predictor

KEY = jax.random.key(0)


@dataclass(frozen=True)
class Zero:
    """Forecasts 0; counts nothing, learns nothing."""

    def fitted(self, panel, horizon, *, key, season):
        return ZeroForecaster(panel, horizon)


@dataclass(frozen=True, eq=False)
class ZeroForecaster(Predictor):
    history: Panel
    horizon: int
    spec = Zero()
    learning = Learning()
    kind = "zero"

    def make_prediction(self, request):
        mean = np.zeros((len(request.panel), request.horizon, 1))
        return Prediction(mean, np.zeros((*mean.shape, 0)), ())


def panel(series=8, length=120, seed=0):
    rng = np.random.default_rng(seed)
    size = np.where(np.arange(series) % 2, 1.0, 10.0)[:, None]
    return Panel.from_arrays(
        size * rng.normal(size=(series, length)) * np.sqrt(np.arange(length) % 3 + 1)
    )


def test_it_is_a_method_and_a_predictor():
    """So that fit, forecast and backtest take it."""
    fitted = sa.fit(Conformal(Zero()), panel(), horizon=3, key=KEY)
    assert isinstance(Conformal(Zero()), Method) and isinstance(fitted, Predictor)
    assert fitted.horizon == 3 and fitted.forecast(levels=(80,)).shape == (24, 5)
    assert "errors at 13 origins, 1 apart, of 8 series" in fitted.summary()
    later = Panel.from_arrays(panel(seed=5).values.reshape(8, -1), start=120)
    assert fitted.update(later).history.series(0)[120, 0] == later.series(0)[0, 0]


def test_held_out_coverage_is_nominal_for_small_and_large_series():
    """A hundred panels of noise: 80 % intervals hold four times in five, of the small series and of
    the large ones."""
    held = []
    for seed in range(60):
        whole = panel(length=63, seed=seed)
        past, after = sa.data.split(whole, 3)
        low, high = np.moveaxis(
            Conformal(Zero())
            .fitted(past, 3, key=KEY, season=1)
            .predict(quantiles=(0.1, 0.9))
            .quantiles[..., 0, :],
            -1,
            0,
        )
        actual = after.values.reshape(8, 3)
        held.append((low <= actual) & (actual <= high))
    by_size = [np.mean([h[first::2] for h in held]) for first in (0, 1)]
    assert by_size == pytest.approx([0.8, 0.8], abs=0.05)


def test_series_too_short_are_left_out_of_the_calibration_and_said():
    """They still get a forecast; when all are too short, what is needed is said; and so is a
    horizon beyond the calibrated one."""
    mixed = Panel.from_arrays([np.random.default_rng(0).normal(size=n) for n in (100, 100, 6)])
    fitted = Conformal(Zero(), windows=20).fitted(mixed, 2, key=KEY, season=1)
    assert fitted.predict(quantiles=(0.1, 0.9)).quantiles.shape == (3, 2, 1, 2)
    assert "of 2 series, 1 too short for it" in fitted.summary()
    with pytest.raises(Refusal, match="calibrated for 2 steps ahead, but 3 are asked for"):
        fitted.predict(3, quantiles=(0.1, 0.9))
    assert fitted.predict(3).mean.shape == (3, 3, 1)
    with pytest.raises(
        Refusal, match="need a series of 23 steps \\(20 origins, 1 apart, 2 steps ahead"
    ):
        Conformal(Zero(), windows=20).fitted(mixed.take(np.array([2])), 2, key=KEY, season=1)
    with pytest.raises(
        Refusal,
        match="95 % needs at least 39 forecast errors at every step ahead, but there are 20",
    ):
        Conformal(Zero(), windows=20).fitted(
            mixed.take(np.array([0])), 1, key=KEY, season=1
        ).predict(quantiles=(0.025, 0.975))
    with pytest.raises(Refusal, match="`gain` must be at least 0"):
        Conformal(Zero(), gain=1.5)


def test_around_a_model_it_keeps_the_mean_and_sees_no_future():
    """`stepahead.conformal` around a model of ours: the mean is the model's, and a leak check
    passes."""
    spec = sa.conformal(sa.models.Drift(), windows=10, gain=0.05, head=sa.models.Point())
    alone = sa.fit(
        sa.models.Drift(), panel(2, 60), horizon=2, key=KEY, head=sa.models.Point()
    ).predict()
    around = sa.fit(spec, panel(2, 60), horizon=2, key=KEY).predict(quantiles=(0.1, 0.9))
    np.testing.assert_array_equal(around.mean, alone.mean)
    assert (around.quantiles[..., 0] < around.quantiles[..., 1]).all()
    assert sa.leak_check(spec, panel(2, 60), 2, 1, key=KEY) == 1
