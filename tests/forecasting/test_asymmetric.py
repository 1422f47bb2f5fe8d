"""Noise that is not symmetric, so that an interval of errors with the wrong sign lies on the wrong
side; and errors of the past alone."""

from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
import pytest

import stepahead as sa
from stepahead import Prediction
from stepahead.data import Panel
from stepahead.forecasting import Conformal, ForecastRequest, Learning, Predictor, Regressor
from stepahead.models import Drift, Mean, Naive, Quantiles

KEY = jax.random.key(0)
PROBABILITIES = (0.1, 0.5, 0.9)
EXPONENTIAL = -np.log(1 - np.array(PROBABILITIES))
"""The quantiles of exponential noise of mean 1: 0.105, 0.693 and 2.303."""


class Average:
    """An estimator that forecasts the mean of its targets."""

    def fit(self, rows: np.ndarray, targets: np.ndarray) -> None:
        self.mean = float(targets.mean())

    def predict(self, rows: np.ndarray) -> np.ndarray:
        return np.full(len(rows), self.mean)


def skewed(series: int, length: int, sign: float = 1.0) -> Panel:
    return Panel.from_arrays(sign * np.random.default_rng(0).exponential(size=(series, length)))


METHODS = [
    (Mean(), {"head": Quantiles(1, (0.1, 0.25, 0.5, 0.75, 0.9))}),
    (sa.conformal(Mean()), {}),
    (sa.conformal(Mean(), gain=0.02), {}),
    (Regressor(Average(), 1), {}),
]


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize(
    ("spec", "options"), METHODS, ids=["quantiles", "conformal", "adaptive", "regressor"]
)
def test_quantiles_lie_where_those_of_skewed_noise_do(
    spec: Any, options: dict[str, Any], sign: float
) -> None:
    """Half of the noise lies within 0.7 of its bound, and a tenth beyond 2.3: turned round, the
    ends would be −0.3 and 1.9."""
    fitted = sa.fit(spec, skewed(10, 200, sign), horizon=1, key=KEY, **options)
    found = fitted.predict(quantiles=PROBABILITIES).quantiles[:, 0, 0].mean(axis=0)
    np.testing.assert_allclose(found, EXPONENTIAL if sign > 0 else -EXPONENTIAL[::-1], atol=0.25)


@dataclass(frozen=True)
class Memory:
    """Forecasts what it was fitted on, and 0 where it has seen nothing."""

    def fitted(self, panel: Panel, horizon: int, *, key: Any, season: int) -> "Remembered":
        return Remembered(panel, panel, horizon)


@dataclass(frozen=True, eq=False)
class Remembered(Predictor):
    history: Panel
    known: Panel
    horizon: int
    spec = Memory()
    learning = Learning()
    kind = "remembered"

    def make_prediction(self, request: ForecastRequest) -> Prediction:
        mean = np.zeros((len(request.panel), request.horizon, 1))
        for i in range(len(request.panel)):
            known = self.known.series(i)[request.panel.lengths[i] :][: request.horizon]
            mean[i, : len(known)] = known
        return Prediction(mean, np.zeros((*mean.shape, 0)), ())


@pytest.mark.parametrize(("windows", "step", "horizon"), [(10, 1, 1), (12, 2, 3)])
def test_errors_are_those_of_a_model_that_has_not_seen_them(
    windows: int, step: int, horizon: int
) -> None:
    """By hand: actual − forecast, which is 0 for what came after the oldest origin, over the root
    mean square change before the origin."""
    panel = skewed(2, 60)
    residuals = (
        Conformal(Memory(), windows, step)
        .fitted(panel, horizon, key=KEY, season=1)
        .calibration.residuals
    )
    first = 60 - horizon - (windows - 1) * step
    wanted = np.empty((windows, 2, horizon, 1))
    for i in range(2):
        values = panel.series(i)[:, 0]
        for number in range(windows):
            origin = first + number * step
            scale = np.sqrt(np.mean(np.diff(values[:origin]) ** 2))
            wanted[number, i, :, 0] = values[origin : origin + horizon] / scale
    np.testing.assert_allclose(residuals, wanted, rtol=1e-9)


@pytest.mark.parametrize("spec", [Naive(), Drift()], ids=repr)
def test_a_model_that_learns_from_the_end_has_the_errors_of_its_beginning(spec: Any) -> None:
    """Steady for 40 steps and then falling by 1 a step: errors are 0 or −1 in a naive forecast,
    never above."""
    panel = Panel.from_arrays(
        [np.concatenate([np.sin(np.arange(40) * 9) * 1e-3, -np.arange(1.0, 21)])]
    )
    residuals = sa.fit(
        sa.conformal(spec, windows=20, step=1), panel, horizon=1, key=KEY
    ).calibration.residuals
    assert (residuals < 0).all()
