"""The mean of the last values of many series."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from .._draws import normal_quantiles
from .._fit import Ahead, LocalFit
from .._rows import Rows


@dataclass(frozen=True, eq=False)
class WindowFit(LocalFit):
    """The last observed values of every series (`last`, newest last), and the variance of the error
    of their mean."""

    last: Float[np.ndarray, "series window"]
    variance: Float[np.ndarray, " series"]

    def ahead(
        self, skip: Int[np.ndarray, " series"], horizon: int, probabilities: tuple[float, ...]
    ) -> Ahead:
        """As `LocalFit.ahead`: the same mean for every step. Intervals widen as if each value were
        the mean of the w before it plus a normal error: the variance k steps ahead is σ² (1 + Σ
        ψ_j², j < k), ψ_j = (ψ_{j−1} + … + ψ_{j−w}) / w."""
        steps, window = int(skip.max(initial=0)) + horizon, self.last.shape[1]
        weights = np.append(np.zeros(window - 1), 1.0)
        for _ in range(steps):
            weights = np.append(weights, weights[-window:].mean())
        told = skip[:, None] + np.arange(horizon)
        mean = np.repeat(self.last.mean(axis=1, keepdims=True), horizon, axis=1)
        growth = np.cumsum(weights[window - 1 : -1] ** 2)[told]
        spread = np.sqrt(self.variance[:, None] * growth)
        scores = normal_quantiles(probabilities)
        return mean, mean[:, :, None] + spread[:, :, None] * scores

    def one_step(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """As `LocalFit.one_step`; NaN for the steps of the first window."""
        return _means_before(rows, self.last.shape[1])

    def advanced(self, rows: Rows) -> "WindowFit":
        """As `LocalFit.advanced`."""
        return replace(self, last=_newest(rows, self.last))

    def forms(self) -> list[str]:
        """Return the same description for all."""
        return [f"mean of the last {self.last.shape[1]}"] * len(self.last)


def fit_window(rows: Rows, window: int) -> WindowFit:
    """Store the last `window` observed values of every series, or those of a shorter one, repeated;
    missing values are skipped.

    >>> rows = Rows(np.array([1.0, 2, 3, 4, 5, 6]), np.array([0, 6]))
    >>> fit_window(rows, 2).ahead(np.array([0]), 2, ())[0].tolist()
    [[5.5, 5.5]]
    """
    off = (rows.values - _means_before(rows, window)) ** 2
    counted = ~np.isnan(off)
    number = rows.total(counted.astype(np.float64))
    there = ~np.isnan(rows.values)
    mean = rows.total(np.where(there, rows.values, 0.0)) / rows.total(there.astype(np.float64))
    spread = rows.total(np.where(there, (rows.values - rows.each(mean)) ** 2, 0.0))
    spread = spread / rows.total(there.astype(np.float64))
    variance = rows.total(np.where(counted, off, 0.0)) / np.maximum(number, 1)
    variance = np.where(number > 0, variance, spread)
    empty = np.repeat(mean[:, None], window, axis=1)
    return WindowFit(_newest(rows, empty), variance)


def _newest(
    rows: Rows, before: Float[np.ndarray, "series window"]
) -> Float[np.ndarray, "series window"]:
    """The newest observed values, after those `before`."""
    window = before.shape[1]
    there = ~np.isnan(rows.values)
    series = np.repeat(np.arange(len(rows)), rows.lengths)[there]
    count = np.bincount(series, minlength=len(rows))
    left = np.repeat(np.cumsum(count), count) - np.arange(len(series))  # 1 for the newest
    kept = left <= window
    out = np.zeros_like(before)
    shift = np.minimum(count, window)
    place = np.arange(window) + shift[:, None]
    old = np.take_along_axis(before, np.minimum(place, window - 1), axis=1)
    out[:] = np.where(place < window, old, 0.0)
    out[series[kept], window - left[kept]] = rows.values[there][kept]
    return out


def _means_before(rows: Rows, window: int) -> Float[np.ndarray, " total"]:
    """At every step the mean of the `window` observed values before it in its series, NaN if there
    are fewer."""
    there = ~np.isnan(rows.values)
    sums = np.append(0.0, np.cumsum(np.where(there, rows.values, 0.0)))
    counts = np.append(0, np.cumsum(there))
    first = counts[rows.offsets[:-1]]
    seen = counts[:-1] - np.repeat(first, rows.lengths)  # in this series, before this step
    place = np.append(np.flatnonzero(there), len(there))  # of the k-th observed value
    begin = place[np.maximum(counts[:-1] - window, 0)]
    mean = (sums[:-1] - sums[begin]) / window
    return np.where(seen >= window, mean, np.nan)
