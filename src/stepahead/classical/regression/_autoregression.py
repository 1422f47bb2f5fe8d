"""Linear autoregression of many series on chosen lags, by least squares."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from .._fit import Ahead, LocalFit
from .._rows import Rows, chunks, units
from ._lags import effects, lag_weights
from ._regression import RegressionFit, without_effect
from ._weights import covariate_weights


@dataclass(frozen=True, eq=False)
class AutoregressionFit(LocalFit):
    """Autoregression of many series, of (value − `level`) / `unit`: a constant and the coefficients
    of `lags`, shortest first, 0 for those for which a series is too short; the variance of the
    error; and the newest values (`last`, newest last), with forecasts for missing ones."""

    lags: tuple[int, ...]
    level: Float[np.ndarray, " series"]
    unit: Float[np.ndarray, " series"]
    weights: Float[np.ndarray, "series constant_and_lag"]
    variance: Float[np.ndarray, " series"]
    last: Float[np.ndarray, "series past"]

    def ahead(
        self, skip: Int[np.ndarray, " series"], horizon: int, probabilities: tuple[float, ...]
    ) -> Ahead:
        """As `LocalFit.ahead`. The value k steps ahead is normal with variance σ² Σ ψ_j², j < k,
        where ψ_0 = 1 and ψ_j = Σ φ_l ψ_{j−l}."""
        from scipy.special import ndtri

        steps, past = int(skip.max(initial=0)) + horizon, self.last.shape[1]
        nothing = np.full((len(self.level), steps), np.nan)
        path = _continued(self.last, nothing, self.lags, self.weights)[0][:, past:]
        grown = np.cumsum(effects(self.lags, self.weights[:, 1:], steps) ** 2, axis=1)
        spread = np.sqrt(self.variance[:, None] * grown)
        place = skip[:, None] + np.arange(horizon)
        mean = np.take_along_axis(path, place, axis=1) * self.unit[:, None] + self.level[:, None]
        spread = np.take_along_axis(spread, place, axis=1) * self.unit[:, None]
        scores = ndtri(np.asarray(probabilities, np.float64))
        return mean, mean[:, :, None] + spread[:, :, None] * scores

    def one_step(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """As `LocalFit.one_step`; values before the first count as the mean."""
        inside = rows.scaled(self.level, self.unit).padded()
        before = np.repeat(_means(inside), self.last.shape[1], axis=1)
        told = _continued(before, inside, self.lags, self.weights)[1]
        told = told[np.arange(inside.shape[1]) < rows.lengths[:, None]]
        return told * rows.each(self.unit) + rows.each(self.level)

    def advanced(self, rows: Rows) -> "AutoregressionFit":
        """As `LocalFit.advanced`."""
        path = _continued(
            self.last, rows.scaled(self.level, self.unit).padded(), self.lags, self.weights
        )[0]
        place = rows.lengths[:, None] + np.arange(self.last.shape[1])
        return replace(self, last=np.take_along_axis(path, place, axis=1))

    def forms(self) -> list[str]:
        """Descriptions such as `AR(1, 2, 24)`."""
        used = (self.weights[:, 1:] != 0).tolist()
        return [
            "AR(" + ", ".join(str(lag) for lag, on in zip(self.lags, row, strict=True) if on) + ")"
            for row in used
        ]


def fit_autoregression(rows: Rows, lags: Sequence[int]) -> AutoregressionFit | RegressionFit:
    """Fit y_t = c + Σ φ_l y_{t−l} to every series by least squares, over the steps without missing
    values.

    A series with n observed values uses the lags up to (n − 10) / 3. If the effects of an error
    would grow without bound, the coefficients are shrunk towards 0, those of long lags more. If the
    rows have covariates, the autoregression describes the residuals of a regression on them: see
    `covariate_weights`.

    >>> rows = Rows(np.tile([1.0, 4.0, 2.0], 12), np.array([0, 36]))
    >>> fit_autoregression(rows, [3]).ahead(np.array([0]), 4, ())[0].round(3).tolist()
    [[1.0, 4.0, 2.0, 1.0]]
    """
    lags = tuple(sorted(set(lags)))
    if rows.columns is not None:
        beside = covariate_weights(rows, lags)
        return RegressionFit(beside, fit_autoregression(without_effect(rows, beside), lags))
    level, unit = units(rows)
    count, width = len(rows), 1 + len(lags)
    weights, variance = np.zeros((count, width)), np.zeros(count)
    last = np.zeros((count, lags[-1]))
    for part in chunks(rows, None):
        values = rows.part(part).scaled(level[part], unit[part]).padded()
        weights[part], variance[part] = lag_weights(values, lags)
        before = np.repeat(_means(values), lags[-1], axis=1)
        path = _continued(before, values, lags, weights[part])[0]
        place = rows.lengths[part, None] + np.arange(lags[-1])
        last[part] = np.take_along_axis(path, place, axis=1)
    return AutoregressionFit(lags, level, unit, weights, variance, last)


def _continued(
    before: np.ndarray, values: np.ndarray, lags: tuple[int, ...], weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """`before` followed by `values`, with forecasts for missing values; and the forecast of every
    value."""
    past = before.shape[1]
    path, told = np.concatenate([before, values], axis=1), np.empty_like(values)
    gaps = np.isnan(values)
    begin = int(np.argmax(gaps.any(axis=0))) if gaps.any() else values.shape[1]
    told[:, :begin] = weights[:, :1]
    for place, lag in enumerate(lags):
        told[:, :begin] += weights[:, place + 1, None] * path[:, past - lag : past - lag + begin]
    for t in range(begin, values.shape[1]):
        held = path[:, [past + t - lag for lag in lags]]
        told[:, t] = weights[:, 0] + np.einsum("sl,sl->s", weights[:, 1:], held)
        path[:, past + t] = np.where(gaps[:, t], told[:, t], values[:, t])
    return path, told


def _means(values: np.ndarray) -> np.ndarray:
    there: Bool[np.ndarray, "series time"] = ~np.isnan(values)
    total = np.where(there, values, 0.0).sum(axis=1, keepdims=True)
    return total / np.maximum(there.sum(axis=1, keepdims=True), 1)
