"""Fitted values equal the forecasts made from the history before each step."""

import jax
import numpy as np
import pytest

import stepahead as sa
from stepahead import data
from stepahead.forecasting import Ensemble, fitted_values
from stepahead.training import Gradient

VALUES = [50 + np.cumsum(np.random.default_rng(0).normal(size=20)), 30 + np.cumsum(np.random.default_rng(1).normal(size=12))]
PANEL = sa.Panel.from_arrays(VALUES)


@pytest.mark.parametrize(
    ("spec", "scaler"),
    [
        (sa.models.LinearAR(3), None),
        (sa.models.SeasonalNaive(4), None),
        (sa.models.LinearAR(2), data.chain(data.log(), data.seasonal_additive(4))),
    ],
)
def test_each_is_the_one_step_forecast_of_the_history_before(spec, scaler):
    forecaster = sa.fit(spec, PANEL, 1, key=jax.random.key(0), season=4, scaler=scaler)
    fitted = fitted_values(forecaster)[:, 0]
    for number, values in enumerate(VALUES):
        own = fitted[PANEL.offsets[number] : PANEL.offsets[number + 1]]
        assert np.isnan(own[0])
        assert np.isfinite(own[4:]).all()
        for place in range(5, len(values)):
            before = PANEL.slice(np.zeros(2, np.int64), np.where(np.arange(2) == number, place, PANEL.lengths))
            again = sa.forecasting.predict(forecaster.model, forecaster.scaled, before, 1, key=forecaster.key).mean[number, 0, 0]
            assert own[place] == pytest.approx(again, rel=1e-5)


def test_an_ensemble_gives_the_mean_of_its_members_and_differences_are_refused():
    quick = Gradient(span=6, epochs=1, steps=2, batch=4)
    members = tuple(sa.fit(sa.models.GRU(3), PANEL, 2, key=jax.random.key(seed), training=quick) for seed in range(2))
    first, second = (fitted_values(member) for member in members)
    np.testing.assert_allclose(fitted_values(Ensemble(members)), (first + second) / 2, rtol=1e-12)
    assert np.nanmax(np.abs(first - second)) > 0
    forecaster = sa.fit(sa.models.LinearAR(2), PANEL, 1, key=jax.random.key(0), scaler=data.difference())
    with pytest.raises(sa.Refusal, match="maps each step by itself"):
        fitted_values(forecaster)
