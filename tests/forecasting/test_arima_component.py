"""ARIMA as a component, against statsmodels' SARIMAX at the same parameters and as fitted."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from statsmodels.tsa.statespace.sarimax import SARIMAX

import stepahead as sa
from stepahead import data
from stepahead.data import Panel
from stepahead.models import SARIMA, Regression, StateSpace
from stepahead.ops.kalman import SeriesData, kalman_filter

DRAWS = np.random.default_rng(3)
SERIES = np.cumsum(DRAWS.normal(0.2, 1, 90)) + 3 * np.sin(2 * np.pi * np.arange(90) / 4) + 20
SERIES[[5, 6, 30]] = np.nan
AT = {"AR": [0.5, -0.3], "MA": [0.4, 0.2], "seasonal AR": [0.3], "seasonal MA": [-0.6]}
"""Parameters of so many terms of each kind."""


def placed(spec: SARIMA) -> list[float]:
    """φ, θ, Φ, Θ in the order in which both programs hold them."""
    counts = (spec.order[0], spec.order[2], spec.seasonal[0], spec.seasonal[2])
    return [x for each, count in zip(AT.values(), counts, strict=True) for x in each[:count]]


@pytest.mark.parametrize(
    "spec",
    [
        SARIMA((1, 0, 0)),
        SARIMA((0, 0, 2)),
        SARIMA((2, 0, 1)),
        SARIMA((1, 1, 1)),
        SARIMA((0, 2, 1)),
        SARIMA((0, 1, 1), (0, 1, 1), 4),
        SARIMA((2, 1, 2), (1, 1, 1), 4),
        SARIMA((1, 0, 0), (1, 0, 0), 4),
        SARIMA((0, 0, 0), (0, 1, 1), 12),
    ],
    ids=repr,
)
def test_the_likelihood_and_the_forecast_equal_sarimax(spec: SARIMA) -> None:
    model = StateSpace(spec, noise=False).assembled(0)
    place = placed(spec)
    numbers = model.numbers(np.array([[1.7, *place]]))
    rows = SeriesData(SERIES, np.array([0, 90]), np.zeros((90, 0)))
    done = kalman_filter(model.structure, numbers, rows)
    oracle = SARIMAX(
        SERIES,
        order=spec.order,
        seasonal_order=(*spec.seasonal, spec.season if any(spec.seasonal) else 0),
        use_exact_diffuse=True,
    )
    theirs = oracle.smooth(np.array([*place, 1.7]))
    assert done.log_likelihood[0] == pytest.approx(theirs.llf, rel=1e-8)
    z = np.zeros(model.structure.states)
    np.add.at(z, np.array(model.structure.design_state), model.structure.design)
    assert z @ done.end_mean[0] == pytest.approx(float(theirs.forecast(1)[0]), rel=1e-8)
    spread = float(theirs.get_forecast(1).var_pred_mean[0])
    assert z @ done.end_cov[0] @ z == pytest.approx(spread, rel=1e-7)


def test_regression_with_arima_errors_and_gaps_equals_sarimax() -> None:
    known = np.column_stack([np.arange(92) / 10, np.random.default_rng(5).normal(size=92)])
    panel = data.with_covariates(
        Panel.from_arrays([SERIES]), known=Panel.from_arrays([known], names=["time", "x"])
    )
    done = sa.fit(StateSpace(SARIMA((1, 1, 1)), Regression(), noise=False), panel, horizon=2)
    oracle = SARIMAX(
        SERIES,
        known[:90],
        order=(1, 1, 1),
        mle_regression=False,
        use_exact_diffuse=True,
    )
    variance, *coefficients = done.parameters[0]
    theirs = oracle.smooth(np.array([*coefficients, variance]))
    assert done.log_likelihood()[0, 0] == pytest.approx(theirs.llf, rel=1e-8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = oracle.fit(disp=False)
    assert done.log_likelihood()[0, 0] >= fitted.llf - 1e-4
    np.testing.assert_allclose(
        done.predict().mean[0, :, 0], theirs.forecast(2, exog=known[90:]), rtol=1e-8
    )


def test_a_constant_is_the_slope_of_time() -> None:
    """The mean of the differences, against a covariate that counts the steps."""
    panel = Panel.from_arrays([SERIES])
    time = Panel.from_arrays([np.arange(93.0)], names=["time"])
    own = sa.fit(StateSpace(SARIMA((1, 1, 0), constant=True), noise=False), panel, 3)
    other = sa.fit(
        StateSpace(SARIMA((1, 1, 0)), Regression(), noise=False),
        data.with_covariates(panel, known=time),
        3,
    )
    assert own.log_likelihood() == pytest.approx(other.log_likelihood(), rel=1e-8)
    np.testing.assert_allclose(own.parameters, other.parameters, rtol=1e-4)
    np.testing.assert_allclose(own.predict().mean, other.predict().mean, rtol=1e-5)


def test_the_airline_model_has_the_estimates_of_box_and_jenkins(data_folder: Path) -> None:
    """(0, 1, 1)(0, 1, 1)₁₂ on the logs of the passengers: θ = −0.402, Θ = −0.557, σ² = 0.001348."""
    panel = sa.read(str(data_folder / "classics" / "AirPassengers.csv.gz"))
    spec = StateSpace(SARIMA((0, 1, 1), (0, 1, 1), 12), noise=False, logs=True)
    variance, one, seasonal = sa.fit(spec, panel, 12).parameters[0]
    assert (one, seasonal) == pytest.approx((-0.4018, -0.5569), abs=1e-3)
    assert variance == pytest.approx(0.001348, abs=3e-6)


def test_refusals() -> None:
    with pytest.raises(sa.Refusal, match=r"needs a `season` of at least 2 steps, but it is 1"):
        SARIMA((0, 1, 1), (0, 1, 1))
    with pytest.raises(sa.Refusal, match="`order` must be a whole number of at least 0"):
        SARIMA((0, -1, 1))
    with pytest.raises(sa.Refusal, match="'ARIMA' cannot be told apart: both hold a level"):
        StateSpace(sa.models.LocalLevel(), SARIMA((0, 1, 1)))
    with pytest.raises(sa.Refusal, match=r"`variance of noise` and .* cannot be told apart"):
        StateSpace(SARIMA((0, 1, 1)))
