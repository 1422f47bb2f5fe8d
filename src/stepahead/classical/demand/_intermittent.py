"""Intermittent demand: series that are mostly 0; vectorised over series."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from ..._check import known_name
from .._fit import Ahead, LocalFit
from .._rows import Rows

INTERMITTENT_KINDS = ("croston", "sba", "tsb", "adida")
"""The methods for intermittent demand."""

RATES = np.array([0.02, 0.05, 0.1, 0.15, 0.2, 0.3])
"""Smoothing constants that are tried; the one with the smallest sum of squared one-step errors is
used."""

NEWEST = 256
"""The number of newest demands of a series from which its quantiles are computed."""

BIAS = 0.5
"""The bias of Croston's forecast as a fraction of the smoothing constant (Syntetos & Boylan
2005)."""


@dataclass(frozen=True, eq=False)
class IntermittentFit(LocalFit):
    """Size and frequency of the demand of many series.

    `rate` is the smoothing constant of each, `state` the smoothed numbers (see `_learned`),
    `before` the same before the first step, `window` the steps of a block (ADIDA). `sizes` holds
    the newest demands, at most `NEWEST` of each series, newest last, series after series, and
    `offsets` where those of each begin.
    """

    kind: str
    rate: Float[np.ndarray, " series"]
    window: Float[np.ndarray, " series"]
    before: Float[np.ndarray, "series state"]
    state: Float[np.ndarray, "series state"]
    sizes: Float[np.ndarray, " demand"]
    offsets: Int[np.ndarray, " series_and_one"]

    def ahead(
        self, skip: Int[np.ndarray, " series"], horizon: int, probabilities: tuple[float, ...]
    ) -> Ahead:
        """As `LocalFit.ahead`: the mean of a step, the same for all steps.

        The distribution is a hurdle: 0 with probability 1 − p, else one of the newest observed
        demands (`NEWEST`); p is the frequency by the method. So quantiles are 0 or values that
        occurred.
        """
        return hurdle(self.means(), self, horizon, probabilities)

    def means(self) -> Float[np.ndarray, " series"]:
        """The mean of the next step."""
        return _mean(self.kind, self.rate, self.window, self.state.T)

    def one_step(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """As `LocalFit.one_step`."""
        told = _run(self.kind, rows.padded(), self.rate[:, None], self.window, self.before)[1]
        return told[:, :, 0][np.arange(told.shape[1]) < rows.lengths[:, None]]

    def advanced(self, rows: Rows) -> "IntermittentFit":
        """As `LocalFit.advanced`."""
        state, _ = _run(self.kind, rows.padded(), self.rate[:, None], self.window, self.state)
        came = np.flatnonzero(np.nan_to_num(rows.values) != 0)
        old, new = np.diff(self.offsets), rows.series_of(came)
        series = np.concatenate([np.repeat(np.arange(len(old)), old), new])
        sizes = np.concatenate([self.sizes, rows.values[came]])
        order = np.argsort(series, kind="stable")
        sizes, offsets = _newest(sizes[order], np.bincount(series, minlength=len(old)))
        return replace(self, state=state[:, :, 0].T, sizes=sizes, offsets=offsets)

    def take(self, which: Int[np.ndarray, " some"]) -> "IntermittentFit":
        """As `LocalFit.take`."""
        held = Rows(self.sizes, self.offsets).take(which)
        by_series = ("rate", "window", "before", "state")
        taken = {name: vars(self)[name][which] for name in by_series}
        return replace(self, **taken, sizes=held.values, offsets=held.offsets)

    def forms(self) -> list[str]:
        """Descriptions such as `TSB, α 0.1`."""
        name = self.kind.capitalize() if self.kind == "croston" else self.kind.upper()
        return [f"{name}, α {rate:.2g}" for rate in self.rate]


def hurdle(
    mean: Float[np.ndarray, " series"],
    fit: IntermittentFit,
    horizon: int,
    probabilities: tuple[float, ...],
) -> Ahead:
    """Return the same mean for every step, and quantiles that are 0 or an observed demand."""
    count = np.diff(fit.offsets)
    sizes = fit.sizes[np.lexsort((fit.sizes, np.repeat(np.arange(len(count)), count)))]
    total = np.add.reduceat(np.append(fit.sizes, 0.0), fit.offsets[:-1])
    typical = np.where(count > 0, total / np.maximum(count, 1), 1.0)
    often = np.clip(mean / np.where(typical > 0, typical, 1.0), 0.0, 1.0)
    at = np.asarray(probabilities, np.float64)
    inside = (at - (1 - often[:, None])) / np.maximum(often[:, None], 1e-300)
    place = np.ceil(np.clip(inside, 0, 1) * count[:, None]).astype(np.int64) - 1
    place = fit.offsets[:-1, None] + np.clip(place, 0, np.maximum(count[:, None] - 1, 0))
    ends = np.where((inside > 0) & (count[:, None] > 0), np.append(sizes, 0.0)[place], 0.0)
    every = np.broadcast_to(mean[:, None], (len(mean), horizon)).copy()
    return every, np.repeat(ends[:, None], horizon, axis=1)


def fit_intermittent(
    rows: Rows, kind: str = "sba", window: Float[np.ndarray, " series"] | None = None
) -> IntermittentFit:
    """Fit the method `kind` for intermittent demand to every series.

    With demands z and the steps q between them, smoothed with constant α whenever a demand occurs:
    `croston` forecasts z / q (Croston 1972), `sba` (1 − α/2) z / q (Syntetos & Boylan 2005); `tsb`
    smooths at every step whether there was a demand, and forecasts z times that frequency, so it
    decreases if demand stops (Teunter, Syntetos & Babai 2011); `adida` smooths sums over blocks
    whose length is the mean interval between demands, counted from the first (Nikolopoulos et al.
    2011), or over `window` steps. α is the one of `RATES` with the smallest sum of squared one-step
    errors. Missing values are skipped.

    >>> rows = Rows(np.array([0.0, 0, 3, 0, 0, 3, 0, 0, 3]), np.array([0, 9]))
    >>> fit_intermittent(rows, "croston").ahead(np.array([0]), 2, (0.5, 0.9))
    (array([[1., 1.]]), array([[[0., 3.],
            [0., 3.]]]))
    """
    known_name("method for intermittent demand", kind, INTERMITTENT_KINDS)
    values = rows.padded()
    came = np.flatnonzero(np.nan_to_num(rows.values) != 0)
    demand, owner = rows.values[came], rows.series_of(came)
    count = np.bincount(owner, minlength=len(rows))
    seen = np.sum(~np.isnan(values), axis=1)
    between = seen / np.maximum(count, 1)
    total = np.bincount(owner, demand, len(rows))
    size = np.where(count > 0, total / np.maximum(count, 1), 0.0)
    window = np.maximum(1.0, np.round(between)) if window is None else window
    zero = np.zeros(len(rows))
    start = {
        "tsb": (size, count / seen, zero),
        "adida": (window * total / seen, zero, zero),
    }.get(kind, (size, np.where(count > 0, between, 1.0), zero + 1))
    before = np.stack(start, axis=1)
    _, told = _run(kind, values, np.broadcast_to(RATES, (len(rows), len(RATES))), window, before)
    errors = np.nansum((told - values[:, :, None]) ** 2, axis=1)
    rate = RATES[np.argmin(errors, axis=1)]
    state, _ = _run(kind, values, rate[:, None], window, before)
    return IntermittentFit(kind, rate, window, before, state[:, :, 0].T, *_newest(demand, count))


def intermittent(rows: Rows) -> Bool[np.ndarray, " series"]:
    """Return True for a series with a mean interval of at least 1.32 steps between demands, the
    bound of Syntetos, Boylan & Croston 2005, and without negative values."""
    there = ~np.isnan(rows.values)
    value = np.where(there, rows.values, 0.0)
    demands, seen = (rows.total(each.astype(np.float64)) for each in (value != 0, there))
    return (rows.total(value, np.minimum) >= 0) & (seen >= 1.32 * demands) & (demands > 0)


def _run(
    kind: str,
    values: Float[np.ndarray, "series time"],
    rate: Float[np.ndarray, "series lane"],
    window: Float[np.ndarray, " series"],
    before: Float[np.ndarray, "series state"],
) -> tuple[Float[np.ndarray, "state series lane"], Float[np.ndarray, "series time lane"]]:
    """The state after all steps, and the one-step forecasts; after its end (NaN) a series keeps its
    state."""
    state = np.repeat(before.T[:, :, None], rate.shape[1], axis=2)
    told = np.zeros((*values.shape, rate.shape[1]))
    for t, y in enumerate(values.T):
        told[:, t] = _mean(kind, rate, window[:, None], state)
        moved = _learned(kind, rate, window[:, None], state, y[:, None])
        state = np.where(np.isnan(y)[:, None], state, moved)
    return state, told


def _mean(kind: str, rate: np.ndarray, window: np.ndarray, state: np.ndarray) -> np.ndarray:
    """The mean of the next step."""
    if kind == "tsb":
        return state[0] * state[1]
    if kind == "adida":
        return state[0] / window
    return state[0] / state[1] * (1 - BIAS * rate * (kind == "sba"))


def _learned(
    kind: str, rate: np.ndarray, window: np.ndarray, state: np.ndarray, y: np.ndarray
) -> np.ndarray:
    """The state after one step: for Croston's methods the size, the interval between demands, and
    the steps since the last; for TSB size and frequency; for ADIDA the smoothed sum of a block, the
    sum of the current incomplete block, and its number of steps."""
    first, second, third = state
    if kind == "adida":
        total, steps = second + y, third + 1
        full = steps >= window
        level = np.where(full, first + rate * (total - first), first)
        return np.stack([level, np.where(full, 0.0, total), np.where(full, 0.0, steps)])
    came = y != 0
    size = np.where(came, first + rate * (y - first), first)
    if kind == "tsb":
        return np.stack([size, second + rate * (came - second), third])
    between = np.where(came, second + rate * (third - second), second)
    return np.stack([size, between, np.where(came, 1.0, third + 1)])


def _newest(
    sizes: Float[np.ndarray, " demand"], count: Int[np.ndarray, " series"]
) -> tuple[Float[np.ndarray, " kept"], Int[np.ndarray, " series_and_one"]]:
    """The last `NEWEST` demands of every series, and where those of each begin."""
    held = Rows(sizes, np.append(0, np.cumsum(count)))
    kept = held.cut(np.maximum(count - NEWEST, 0), count)
    return kept.values, kept.offsets
