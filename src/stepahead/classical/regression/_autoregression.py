"""Linear autoregression of many series on chosen lags, by least squares."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from .._fit import Ahead, LocalFit
from .._rows import Rows, chunks, units

INSIDE = 0.99
"""The share, to the power of its lag, to which weights are shrunk where effects would grow."""

SHRINKINGS = 40
"""Times that they are shrunk at most."""


@dataclass(frozen=True, eq=False)
class AutoregressionFit(LocalFit):
    """Autoregression of many series, of (value − `level`) / `unit`: a constant and the weights of
    `lags`, shortest first, 0 for those that a series is too short for; the variance of the error;
    and the newest values (`last`, newest last), forecast where they are missing."""

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
        effects = _effects(self.lags, self.weights[:, 1:], steps)
        spread = np.sqrt(self.variance[:, None] * np.cumsum(effects**2, axis=1))
        place = skip[:, None] + np.arange(horizon)
        mean = np.take_along_axis(path, place, axis=1) * self.unit[:, None] + self.level[:, None]
        spread = np.take_along_axis(spread, place, axis=1) * self.unit[:, None]
        scores = ndtri(np.asarray(probabilities, np.float64))
        return mean, mean[:, :, None] + spread[:, :, None] * scores

    def one_step(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """As `LocalFit.one_step`; the values before the first are taken for the mean."""
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
        """Such as `AR(1, 2, 24)`."""
        used = (self.weights[:, 1:] != 0).tolist()
        return [
            "AR(" + ", ".join(str(lag) for lag, on in zip(self.lags, row, strict=True) if on) + ")"
            for row in used
        ]


def fit_autoregression(rows: Rows, lags: Sequence[int]) -> AutoregressionFit:
    """Fit y_t = c + Σ φ_l y_{t−l} to every series by least squares, over the steps of which no
    value is missing.

    A series uses the lags of which it holds three times their length and ten values more. Where an
    error would have effects that grow for ever, the weights are shrunk towards 0, those of long
    lags more.

    >>> rows = Rows(np.tile([1.0, 4.0, 2.0], 12), np.array([0, 36]))
    >>> fit_autoregression(rows, [3]).ahead(np.array([0]), 4, ())[0].round(3).tolist()
    [[1.0, 4.0, 2.0, 1.0]]
    """
    lags = tuple(sorted(set(lags)))
    level, unit = units(rows)
    count, width = len(rows), 1 + len(lags)
    weights, variance = np.zeros((count, width)), np.zeros(count)
    last = np.zeros((count, lags[-1]))
    for part in chunks(rows, None):
        values = rows.part(part).scaled(level[part], unit[part]).padded()
        weights[part], variance[part] = _least_squares(values, lags)
        before = np.repeat(_means(values), lags[-1], axis=1)
        path = _continued(before, values, lags, weights[part])[0]
        place = rows.lengths[part, None] + np.arange(lags[-1])
        last[part] = np.take_along_axis(path, place, axis=1)
    return AutoregressionFit(lags, level, unit, weights, variance, last)


def _least_squares(
    values: Float[np.ndarray, "series time"], lags: tuple[int, ...]
) -> tuple[Float[np.ndarray, "series weight"], Float[np.ndarray, " series"]]:
    """Weights, the constant first, and the variance of the error."""
    there, long = ~np.isnan(values), lags[-1]
    seen = there.sum(axis=1)
    usable = seen[:, None] >= 3 * np.array(lags) + 10
    shift = np.pad(values, ((0, 0), (long, 0)), constant_values=np.nan)
    columns = [np.ones_like(values)]
    for lag, able in zip(lags, usable.T, strict=True):
        column = shift[:, long - lag : shift.shape[1] - lag]
        columns.append(np.where(able[:, None], column, 0.0))
    matrix = np.stack(columns, axis=2)
    whole = there & ~np.isnan(matrix).any(axis=2)
    matrix, target = np.where(whole[:, :, None], matrix, 0.0), np.where(whole, values, 0.0)
    cross = np.einsum("stp,stq->spq", matrix, matrix, optimize=True)
    product = np.einsum("stp,st->sp", matrix, target)
    ridge = 1e-9 * np.einsum("spp->s", cross) / len(columns) + 1e-9
    cross += ridge[:, None, None] * np.eye(len(columns))
    weights = np.linalg.solve(cross, product[:, :, None])[:, :, 0]
    weights[:, 1:] = np.where(usable, weights[:, 1:], 0.0)
    weights[:, 1:] = _steady(lags, weights[:, 1:])
    off = np.where(whole, target - np.einsum("stp,sp->st", matrix, weights), 0.0)
    free = np.maximum(whole.sum(axis=1) - 1 - usable.sum(axis=1), 1)
    return weights, np.sum(off**2, axis=1) / free


def _steady(lags: tuple[int, ...], weights: np.ndarray) -> np.ndarray:
    """The weights, shrunk where the effects of an error grow."""
    steady, left = weights.copy(), np.arange(len(weights))
    for _ in range(SHRINKINGS):
        size = np.abs(_effects(lags, steady[left], 4 * max(lags[-1], 25)))
        half = size.shape[1] // 2
        grows = size[:, half:].max(axis=1) > (1 + 1e-6) * np.maximum(size[:, :half].max(axis=1), 1)
        left = left[grows]
        if not len(left):
            break
        steady[left] *= INSIDE ** np.array(lags)
    return steady


def _effects(lags: tuple[int, ...], weights: np.ndarray, steps: int) -> np.ndarray:
    """Effects ψ of an error of 1, now and at the steps after it."""
    made = np.zeros((len(weights), lags[-1] + steps))
    made[:, lags[-1]] = 1.0
    for t in range(lags[-1] + 1, made.shape[1]):
        made[:, t] = np.einsum("sl,sl->s", weights, made[:, [t - lag for lag in lags]])
    return made[:, lags[-1] :]


def _continued(
    before: np.ndarray, values: np.ndarray, lags: tuple[int, ...], weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """`before` and `values` in a row, what is missing replaced by its forecast; and the forecast of
    every value."""
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
