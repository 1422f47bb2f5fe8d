"""Forecasts of whole cycles of a season by kernel ridge regression on the cycles before."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from .._fit import Ahead, LocalFit
from .._rows import Rows, units

CYCLES, EXAMPLES, FEWEST = 3, 400, 5
"""The number of cycles that an example uses as input; the most examples, one for each of the newest
cycles; and the fewest, below which the newest cycle is repeated."""

RIDGES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
"""Ridge parameters that are tried."""

NEAR_IN_TIME, MEMORY = 20, 60
"""The number of cycles over which closeness in time decays to 1/e, and the age in cycles at which
an error has half the weight."""


@dataclass(frozen=True, eq=False)
class KernelRidgeFit(LocalFit):
    """Kernel ridge regression of many series, of (value − `level`) / `unit`: the steps of a cycle,
    and of a `longer` season of whole cycles (or the same); the `ridge` of every series; and its
    newest values (`last`, newest last, NaN before the first)."""

    season: int
    longer: int
    level: Float[np.ndarray, " series"]
    unit: Float[np.ndarray, " series"]
    ridge: Float[np.ndarray, " series"]
    last: Float[np.ndarray, "series past"]

    def ahead(
        self, skip: Int[np.ndarray, " series"], horizon: int, probabilities: tuple[float, ...]
    ) -> Ahead:
        """As `LocalFit.ahead`. Quantiles are those of the errors of each example when it is
        forecast from the examples that share no step with it; newer errors have more weight."""
        mean = np.zeros((len(self.last), horizon))
        ends = np.zeros((*mean.shape, len(probabilities)))
        at = np.asarray(probabilities, np.float64)
        for one, (late, ridge) in enumerate(zip(skip.tolist(), self.ridge.tolist(), strict=True)):
            told, error, part = self._told(one, late + horizon, ridge)
            beyond = told[:, None] + _weighted_quantiles(error, part, at)
            mean[one], ends[one] = told[late:], beyond[late:]
        level, unit = self.level[:, None], self.unit[:, None]
        return mean * unit + level, ends * unit[:, :, None] + level[:, :, None]

    def one_step(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """As `LocalFit.one_step`: the values of a cycle are forecast at its beginning, from the
        other cycles. Before the first example the forecast is the value one cycle before, NaN in
        the first cycle."""
        told = np.full(len(rows.values), np.nan)
        scaled = rows.scaled(self.level, self.unit)
        for one, (begin, end) in enumerate(zip(rows.offsets[:-1], rows.offsets[1:], strict=True)):
            values = scaled.values[begin:end]
            told[begin + self.season : end] = values[: -self.season]
            found = _examples(values, self.season, self.longer, self.season)
            if found is not None:
                inverse = found.inverse(float(self.ridge[one]))
                error = (inverse @ found.target) / np.diag(inverse)[:, None]
                known = (found.level[:-1, None] + found.target - error).ravel()
                told[end - len(known) : end] = known
        return told * rows.each(self.unit) + rows.each(self.level)

    def advanced(self, rows: Rows) -> "KernelRidgeFit":
        """As `LocalFit.advanced`."""
        return replace(
            self, last=_newest(self.last, rows.scaled(self.level, self.unit), self.season)
        )

    def forms(self) -> list[str]:
        """Descriptions of the cycle and the ridge."""
        return [f"kernel ridge, cycles of {self.season}, ridge {ridge:g}" for ridge in self.ridge]

    def _told(
        self, one: int, steps: int, ridge: float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The forecast of this number of steps; errors of examples, NaN without an actual value;
        and their weights."""
        values = _observed(self.last[one])
        most = self.season * max(1, (len(values) // self.season - CYCLES) // 2)
        found = _examples(values, self.season, self.longer, min(steps, most))
        if found is None:
            return _repeated(values, self.season, steps)
        inverse = found.inverse(ridge)
        dual = inverse @ found.target
        told = found.near[-1, :-1] @ dual + found.level[-1]
        error = _left_out(inverse, dual, -(-found.target.shape[1] // self.season))
        error[~found.there] = np.nan
        place = np.arange(steps)
        place = np.where(place < most, place, most - self.season + place % self.season)
        return told[place], error[:, place], 0.5 ** (found.age / MEMORY)


def fit_kernel_ridge(rows: Rows, season: int, longer: int) -> KernelRidgeFit:
    """Fit kernel ridge regression of whole cycles of `season` steps on the cycles before.

    An example begins a whole number of cycles before the end of the series. x are its last three
    cycles without the mean of the newest (divided by their root mean square over examples), z is
    that mean, standardised, and the target are the steps that follow, without that mean. Two
    examples are alike by

        k = 1 + ½ s + ½ (½ + ½ s) (x·x′ + 0.3 z z′ + exp(−‖x − x′‖² / m − (z − z′)² / 4))
            + 0.3 exp(−cycles between / 20),

    where s says whether they lie at the same place of the `longer` season, and m is the median of
    ‖x − x′‖². The forecast is k(new)ᵀ (K + λI)⁻¹ targets: linear in the past where cycles differ by
    little, and near to what followed days like these where they do not. λ has the smallest error of
    one cycle with each example left out. A missing value is replaced by the mean at its place in
    the longer season, and does not count as an error. The last cycle of a forecast is repeated
    where more than half of the series would be ahead, and the newest one where there are fewer than
    `FEWEST` examples. Source: Rasmussen & Williams (2006), 2.2 and 5.4.2.

    >>> rows = Rows(np.tile([1.0, 4.0, 2.0, 9.0], 12), np.array([0, 48]))
    >>> fit = fit_kernel_ridge(rows, 4, 4)
    >>> fit.ahead(np.array([0]), 4, ())[0].round(1).tolist()
    [[1.0, 4.0, 2.0, 9.0]]
    """
    level, unit = units(rows)
    scaled = rows.scaled(level, unit)
    last = _newest(np.empty((len(rows), 0)), scaled, season)
    ridge = np.array([_best_ridge(_observed(one), season, longer) for one in last])
    return KernelRidgeFit(season, longer, level, unit, ridge, last)


class Examples(NamedTuple):
    """Examples of one series, oldest first, and the input to be forecast as one more: the kernel
    matrix and the level of each; for the examples the targets minus the level, a mask of observed
    ones, and their age in cycles."""

    near: Float[np.ndarray, "one_more one_more"]
    level: Float[np.ndarray, " one_more"]
    target: Float[np.ndarray, "example step"]
    there: Bool[np.ndarray, "example step"]
    age: Float[np.ndarray, " example"]

    def inverse(self, ridge: float) -> Float[np.ndarray, "example example"]:
        """Return (K + λI)⁻¹."""
        return np.linalg.inv(self.near[:-1, :-1] + ridge * np.eye(len(self.target)))


def _examples(values: np.ndarray, season: int, longer: int, steps: int) -> Examples | None:
    """The newest examples of a series with targets of this number of steps; None if there are too
    few."""
    end, before = len(values), CYCLES * season
    behind = end - season * -(-steps // season)  # where the newest example begins
    count = min(EXAMPLES, (behind - before) // season + 1)
    if count < FEWEST:
        return None
    there = ~np.isnan(values)
    full = _full(values, there, longer)
    begin = behind - season * np.arange(count - 1, -1, -1)
    places = np.append(begin, end)
    past = full[places[:, None] + np.arange(-before, 0)]
    level = past[:, -season:].mean(axis=1)
    ahead = begin[:, None] + np.arange(steps)
    age = (end - places) / season
    same = ((age[:, None] - age) % (longer // season) == 0).astype(np.float64)
    near = _near(past - level[:, None], level, same, np.abs(age[:, None] - age))
    return Examples(near, level, full[ahead] - level[:-1, None], there[ahead], age[:-1])


def _near(x: np.ndarray, level: np.ndarray, same: np.ndarray, between: np.ndarray) -> np.ndarray:
    """The kernel of every two examples, including the newest one: see `fit_kernel_ridge`."""
    tiny = np.finfo(np.float64).tiny
    x = x - x[:-1].mean(axis=0)
    x = x / np.sqrt(max((x[:-1] ** 2).sum(axis=1).mean(), tiny))
    z = (level - level[:-1].mean()) / np.sqrt(max(level[:-1].var(), tiny))
    cross = x @ x.T
    own = np.diag(cross)
    apart = np.maximum(own[:, None] + own - 2 * cross, 0.0)
    usual = max(float(np.median(apart[:-1, :-1])), tiny)
    close = np.exp(-apart / usual - 0.25 * (z[:, None] - z) ** 2)
    past = 0.5 * (cross + 0.3 * z[:, None] * z + close)
    in_time = 0.3 * np.exp(-between / NEAR_IN_TIME)
    return np.asarray(1 + 0.5 * same + past * (0.5 + 0.5 * same) + in_time)


def _best_ridge(values: np.ndarray, season: int, longer: int) -> float:
    """The ridge with the smallest leave-one-out error of one cycle."""
    found = _examples(values, season, longer, season)
    if found is None:
        return RIDGES[-1]
    size, axes = np.linalg.eigh(found.near[:-1, :-1])
    turned, squares = axes.T @ found.target, axes**2
    part = found.there * 0.5 ** (found.age / MEMORY)[:, None]
    lost = []
    for ridge in RIDGES:
        shrunk = 1 / (np.maximum(size, 0.0) + ridge)
        error = axes @ (shrunk[:, None] * turned) / (squares @ shrunk)[:, None]
        lost.append(float((np.abs(error) * part).sum()))
    return RIDGES[int(np.argmin(lost))]


def _left_out(inverse: np.ndarray, dual: np.ndarray, cycles: int) -> np.ndarray:
    """The error of every example when it, and all examples whose targets of `cycles` cycles share
    steps with its own, are left out: e = (A_bb)⁻¹ (A t)_b with A the inverse and b these
    examples."""
    if cycles == 1:
        return np.asarray(dual / np.diag(inverse)[:, None])
    count = len(inverse)
    beside = np.arange(count)[:, None] + np.arange(1 - cycles, cycles)
    inside = (beside >= 0) & (beside < count)
    beside = np.clip(beside, 0, count - 1)
    block = inverse[beside[:, :, None], beside[:, None, :]]
    both = inside[:, :, None] & inside[:, None, :]
    block = np.where(both, block, np.eye(2 * cycles - 1))
    found = np.linalg.solve(block, np.where(inside[:, :, None], dual[beside], 0.0))
    return np.asarray(found[:, cycles - 1])


def _weighted_quantiles(
    values: Float[np.ndarray, "example step"],
    part: Float[np.ndarray, " example"],
    at: Float[np.ndarray, " probability"],
) -> Float[np.ndarray, "step probability"]:
    """Weighted quantiles of each step; 0 if all values are missing."""
    order = np.argsort(values, axis=0)
    inside = np.take_along_axis(values, order, axis=0)
    weight = np.where(np.isnan(inside), 0.0, part[order])
    middle = np.cumsum(weight, axis=0) - weight / 2
    middle /= np.maximum(weight.sum(axis=0), np.finfo(np.float64).tiny)
    last = np.nanmax(np.where(np.isnan(inside), -np.inf, inside), axis=0)
    inside = np.where(np.isnan(inside), np.where(np.isfinite(last), last, 0.0), inside)
    each = [np.interp(at, middle[:, step], inside[:, step]) for step in range(values.shape[1])]
    return np.stack(each)


def _repeated(
    values: np.ndarray, season: int, steps: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The newest cycle repeated, with the changes from cycle to cycle as errors; for a series
    shorter than two cycles, its mean."""
    full = _full(values, ~np.isnan(values), 1)
    if len(values) < 2 * season:
        told, error = np.full(steps, full.mean()), values - full.mean()
    else:
        told = full[len(full) - season + np.arange(steps) % season]
        error = values[season:] - values[:-season]
    error = error[~np.isnan(error)] if (~np.isnan(error)).any() else values - full.mean()
    return told, np.repeat(error[:, None], steps, axis=1), np.ones(len(error))


def _full(values: np.ndarray, there: Bool[np.ndarray, " step"], season: int) -> np.ndarray:
    """The values with missing ones replaced by the mean at their place in a season, or the overall
    mean."""
    if there.all():
        return values
    place = np.arange(len(values))[::-1] % season
    count = np.bincount(place[there], minlength=season)
    total = np.bincount(place[there], values[there], minlength=season)
    usual = np.where(count > 0, total / np.maximum(count, 1), values[there].mean())
    return np.where(there, values, usual[place])


def _observed(last: np.ndarray) -> np.ndarray:
    """A series without the missing values before its first value."""
    return last[int(np.argmax(~np.isnan(last))) :]


def _newest(last: np.ndarray, rows: Rows, season: int) -> np.ndarray:
    """The values that a forecast needs: those of the most examples, and of one cycle of targets."""
    most = (2 * CYCLES + EXAMPLES) * season
    before = last.shape[1]
    width = min(most, before + int(rows.lengths.max(initial=0)))
    out = np.full((len(rows), width), np.nan)
    for one, (begin, end) in enumerate(zip(rows.offsets[:-1], rows.offsets[1:], strict=True)):
        both = np.concatenate([last[one], rows.values[begin:end]])[-width:]
        out[one, width - len(both) :] = both
    return out
