"""Fitted values equal the forecasts made from the history before each step."""

import jax
import numpy as np
import pytest

import stepahead as sa
from stepahead import data
from stepahead.forecasting import (
    ETS,
    AutoARIMA,
    Baseline,
    Ensemble,
    Intermittent,
    Theta,
    WindowAverage,
)
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
    with pytest.raises(sa.Refusal, match="maps each step separately"):
        forecaster.fitted_values()


DIFFERENCED = AutoARIMA((1, 1, 1), (0, 0, 0))


@pytest.mark.parametrize(
    "spec",
    [
        ETS(),
        ETS("A,Ad,A"),
        Theta(),
        Theta("standard"),
        DIFFERENCED,
        WindowAverage(3),
        Intermittent("tsb"),
        Baseline("drift"),
        Baseline("seasonal-naive"),
    ],
    ids=repr,
)
def test_local_methods_retrace_what_they_forecast_as_values_came_in(spec):
    """Fitted values after updates equal the forecasts made before each of them: with gaps, of
    series of several lengths, of one that never changes and one that is too short."""
    rng = np.random.default_rng(2)
    season = np.tile([1.0, 1.4, 0.8, 1.1], 12)
    values = [
        np.exp(np.linspace(0, 1, 40)) * season[:40] + rng.normal(0, 0.05, 40),
        20 * season[:36] + rng.normal(0, 1, 36),
        np.full(20, 5.0),
        np.array([1.0, 3.0, 2.0, 3.0, 1.0, 2.0, 4.0, 2.0]),
    ]
    values[0][[11, 37, 38]] = values[1][[0, 33, 35]] = np.nan
    panel = sa.Panel.from_arrays(values)
    begin = np.zeros(4, np.int64)
    now = sa.fit(spec, panel.slice(begin, panel.lengths - 4), 1, key=0, season=4)
    told = []
    for left in (4, 3, 2, 1):
        told.append(now.predict(1).mean[:, 0, 0])
        now = now.update(panel.slice(panel.lengths - left, panel.lengths - left + 1))
    fitted = now.fitted_values()[:, 0]
    for number in range(4):
        own = fitted[panel.offsets[number] : panel.offsets[number + 1]]
        seen = np.isfinite(own[-4:])
        assert seen[0] and np.isnan(own[0]) == (
            isinstance(spec, WindowAverage | Baseline) or spec == DIFFERENCED or number > 0
        )
        np.testing.assert_allclose(own[-4:][seen], np.array(told)[seen, number], rtol=1e-9)
    assert "random walk " in now.summary()


def test_a_history_taken_away_and_given_again_changes_nothing() -> None:
    forecaster = sa.fit(sa.models.LinearAR(3), PANEL, horizon=2, key=0)
    again = forecaster.without_history().with_history(PANEL)
    np.testing.assert_array_equal(again.predict(4).mean, forecaster.predict(4).mean)
    np.testing.assert_array_equal(again.fitted_values(), forecaster.fitted_values())
