"""Fitted values equal the forecasts made from the history before each step."""

import jax
import numpy as np
import pytest

import stepahead as sa
from stepahead import data
from stepahead.forecasting import Ensemble
from stepahead.training import Gradient

VALUES = [
    50 + np.cumsum(np.random.default_rng(0).normal(size=20)),
    30 + np.cumsum(np.random.default_rng(1).normal(size=12)),
]
PANEL = sa.Panel.from_arrays(VALUES)


@pytest.mark.parametrize(
    ("spec", "scaler"),
    [
        (sa.models.LinearAR(3), None),
        (sa.models.SeasonalNaive(4), None),
        (sa.models.LinearAR(2), data.pipeline(data.log(), data.seasonal_additive(4))),
    ],
)
def test_each_is_the_one_step_forecast_of_the_history_before(spec, scaler):
    forecaster = sa.fit(spec, PANEL, 1, key=jax.random.key(0), season=4, scaler=scaler)
    fitted = forecaster.fitted_values()[:, 0]
    for number, values in enumerate(VALUES):
        own = fitted[PANEL.offsets[number] : PANEL.offsets[number + 1]]
        assert np.isnan(own[0])
        assert np.isfinite(own[4:]).all()
        for place in range(5, len(values)):
            before = PANEL.slice(
                np.zeros(2, np.int64), np.where(np.arange(2) == number, place, PANEL.lengths)
            )
            again = sa.forecasting.predict(
                forecaster.model, forecaster.scaled, before, 1, key=forecaster.key
            ).mean[number, 0, 0]
            assert own[place] == pytest.approx(again, rel=1e-5)


def test_an_ensemble_gives_the_mean_of_its_members_and_differences_are_refused():
    quick = Gradient(span=6, epochs=1, steps=2, batch=4)
    members = tuple(
        sa.fit(sa.models.GRU(3), PANEL, 2, key=jax.random.key(seed), training=quick)
        for seed in range(2)
    )
    first, second = (member.fitted_values() for member in members)
    np.testing.assert_allclose(Ensemble(members).fitted_values(), (first + second) / 2, rtol=1e-12)
    assert np.nanmax(np.abs(first - second)) > 0
    forecaster = sa.fit(
        sa.models.LinearAR(2), PANEL, 1, key=jax.random.key(0), scaler=data.difference()
    )
    with pytest.raises(sa.Refusal, match="maps each step by itself"):
        forecaster.fitted_values()


def test_local_methods_retrace_what_they_would_have_forecast():
    """Theta: a forecast of the history before, by the slope and the smoothing of the whole; ETS:
    the errors that it was fitted to."""
    from statsmodels.tsa.forecasting.theta import ThetaModelResults

    values = np.exp(np.linspace(0, 1, 33)) * np.tile([1.0, 1.4, 0.8, 1.1], 9)[
        :33
    ] + np.random.default_rng(2).normal(0, 0.05, 33)
    panel = sa.Panel.from_arrays([values, np.full(4, 5.0)])
    short = sa.Panel.from_arrays(
        [values[:n] for n in range(7, 16)]
    )  # too short for statsmodels, below ten, and with a season below 14
    assert np.isfinite(
        sa.fit(sa.forecasting.ETS(), short, 1, key=0, season=4).predict(2).mean
    ).all()
    theta = sa.fit(sa.forecasting.Theta(), panel, 1, key=jax.random.key(0), season=4)
    fitted = theta.fitted_values()[:, 0]
    whole = theta.spec._fitted(values, 4)
    season = np.asarray(whole.forecast_components(4)["seasonal"])[(np.arange(33) - 33) % 4]
    slope, alpha = whole.params
    for place in (1, 7, 32):
        level = values[0] / season[0]
        for value in values[:place] / season[:place]:
            level = alpha * value + (1 - alpha) * level
        before = type(whole.model)(values[:place], period=4, deseasonalize=False)
        one = ThetaModelResults(slope, alpha, None, level, np.empty(0), False, before).forecast(1)
        assert fitted[place] == pytest.approx(float(np.asarray(one)[0]) * season[place], rel=1e-9)
    assert np.isnan(fitted[[0, 33]]).all() and (fitted[34:] == 5).all()
    ets = sa.fit(sa.forecasting.ETS(), panel, 1, key=jax.random.key(0), season=4).fitted_values()[
        :33, 0
    ]
    assert np.mean((ets[4:] - values[4:]) ** 2) < np.mean((values[4:] - values[:-4]) ** 2) / 4


def test_a_history_taken_away_and_given_again_changes_nothing() -> None:
    forecaster = sa.fit(sa.models.LinearAR(3), PANEL, horizon=2, key=0)
    again = forecaster.without_history().with_history(PANEL)
    np.testing.assert_array_equal(again.predict(4).mean, forecaster.predict(4).mean)
    np.testing.assert_array_equal(again.fitted_values(), forecaster.fitted_values())
