"""Baselines with intervals by formula: the last value, the last season, the line from the first
value to the last, and the mean."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from .._draws import student_quantiles
from .._fit import Ahead, LocalFit
from .._rows import Rows
from ._walk import WORTH

BASELINE_KINDS = ("naive", "seasonal-naive", "drift", "mean")
"""The kinds of `fit_baseline`."""


@dataclass(frozen=True, eq=False)
class BaselineFit(LocalFit):
    """Baselines of many series. `ahead_of` holds the forecast of the next step, and of those after
    it up to a season, `first` the first value and `steps` the number of steps since then, `number`
    the number of values, and `variance` that of the change over a season (over a step, around the
    mean), with these degrees of `freedom`."""

    kind: str
    ahead_of: Float[np.ndarray, "series season"]
    first: Float[np.ndarray, " series"]
    steps: Float[np.ndarray, " series"]
    number: Float[np.ndarray, " series"]
    variance: Float[np.ndarray, " series"]
    freedom: Float[np.ndarray, " series"]

    @property
    def slope(self) -> Float[np.ndarray, " series"]:
        """The mean change from step to step; 0 for all kinds but the drift."""
        drift = self.kind == "drift"
        change = (self.ahead_of[:, 0] - self.first) / np.maximum(self.steps, 1)
        return change if drift else np.zeros(len(change))

    def ahead(
        self, skip: Int[np.ndarray, " series"], horizon: int, probabilities: tuple[float, ...]
    ) -> Ahead:
        """As `LocalFit.ahead`. The value k steps ahead is its forecast plus Student's t times the
        square root of σ² k (naive), σ² ⌈k/m⌉ (a season of m), σ² k (1 + k/(T−1)) (drift over T
        steps) or σ² (1 + 1/n) (mean of n values). Source: Hyndman & Athanasopoulos 2021, 5.5."""
        season = self.ahead_of.shape[1]
        k = skip[:, None] + np.arange(1, horizon + 1)
        mean = np.take_along_axis(self.ahead_of, (k - 1) % season, axis=1)
        mean = mean + self.slope[:, None] * k
        wide = -(-k // season).astype(np.float64)
        if self.kind == "drift":
            wide = k * (1 + k / np.maximum(self.steps, 1)[:, None])
        if self.kind == "mean":
            wide = np.repeat(1 + 1 / self.number[:, None], horizon, axis=1)
        spread = np.sqrt(self.variance[:, None] * wide)
        scores = student_quantiles(self.freedom, probabilities)
        return mean, mean[:, :, None] + spread[:, :, None] * scores[:, None]

    def one_step(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """As `LocalFit.one_step`, from the values before each; NaN for the first season."""
        place = np.arange(len(rows.values)) - np.repeat(rows.offsets[:-1], rows.lengths)
        if self.kind == "mean":
            there = ~np.isnan(rows.values)
            total = _before(rows, np.where(there, rows.values, 0.0))
            number = _before(rows, there.astype(np.float64))
            return np.where(number > 0, total / np.maximum(number, 1), np.nan)
        season = self.ahead_of.shape[1]
        held = _held(rows, season)
        told = np.append(np.full(season, np.nan), held)[: len(held)]
        told[place < season] = np.nan
        if self.kind == "drift":  # from the last observed value
            index = np.arange(len(held))
            seen = np.maximum.accumulate(np.where(np.isnan(rows.values), 0, index))
            at = np.append(0, seen)[: len(seen)] - (index - place)
            first = rows.each(held[rows.offsets[:-1]])
            told = told + (place - at) * (told - first) / np.maximum(at, 1)
        return told

    def advanced(self, rows: Rows) -> "BaselineFit":
        """As `LocalFit.advanced`."""
        season, count = self.ahead_of.shape[1], len(rows)
        there = ~np.isnan(rows.values)
        series = np.repeat(np.arange(count), rows.lengths)
        number = np.bincount(series, there, count)
        if self.kind == "mean":
            total = np.bincount(series, np.where(there, rows.values, 0.0), count)
            mean = (self.ahead_of[:, 0] * self.number + total) / (self.number + number)
            return replace(self, ahead_of=mean[:, None], number=self.number + number)
        offsets = rows.offsets + season * np.arange(count + 1)
        values = np.empty(offsets[-1])
        old = offsets[:-1, None] + np.arange(season)
        values[old] = self.ahead_of
        values[np.setdiff1d(np.arange(len(values)), old, assume_unique=True)] = rows.values
        held = _held(Rows(values, offsets), season)
        return replace(
            self,
            ahead_of=held[offsets[1:, None] - season + np.arange(season)],
            steps=self.steps + rows.lengths,
            number=self.number + number,
        )

    def with_changes(self, size: Float[np.ndarray, " series"]) -> "BaselineFit":
        """Return the fit as if `WORTH` more changes of this size had been observed in each series;
        unchanged if the size is NaN.

        >>> one = fit_baseline(Rows(np.array([1.0, 3.0, 4.0]), np.array([0, 3])), "naive", 1)
        >>> more = one.with_changes(np.array([2.0]))  # (2² + 1² + 3·2²) / 5
        >>> more.variance.tolist(), more.freedom.tolist()
        ([3.4], [5.0])
        """
        more = np.where(np.isnan(size), 0.0, WORTH)
        freedom = self.freedom + more
        squares = self.variance * self.freedom + more * np.nan_to_num(size) ** 2
        return replace(self, variance=squares / freedom, freedom=freedom)

    def forms(self) -> list[str]:
        """Return the same description for all."""
        told = {
            "naive": "the last value",
            "seasonal-naive": f"the last season of {self.ahead_of.shape[1]}",
            "drift": "the line through the first and the last value",
            "mean": "the mean",
        }
        return [told[self.kind]] * len(self.first)


def fit_baseline(rows: Rows, kind: str, season: int) -> BaselineFit:
    """Compute a baseline (`kind` is one of `BASELINE_KINDS`) of every series, which begins and ends
    with an observed value.

    A missing value is replaced by the last one at its place in the season, or in the first season
    by the value before. The variance is that of the changes between observed values a season apart;
    a change over g seasons counts as g equal ones. Around the drift and the mean it has one degree
    of freedom less. If no season repeats, it is that of the changes from step to step.

    >>> rows = Rows(np.array([1.0, 3.0, 4.0, 7.0]), np.array([0, 4]))
    >>> mean, ends = fit_baseline(rows, "drift", 1).ahead(np.array([0]), 2, (0.9,))
    >>> mean, ends.round(3)  # changes 2, 1 and 3 around 2: σ² = 1, √(1·(1 + 1/3)) = 1.155, t 1.886
    (array([[ 9., 11.]]), array([[[11.177], [14.443]]]))
    """
    season = season if kind == "seasonal-naive" else 1
    there = ~np.isnan(rows.values)
    number = rows.total(there.astype(np.float64))
    mean = rows.total(np.where(there, rows.values, 0.0)) / number
    first = rows.values[rows.offsets[:-1]]
    steps = (rows.lengths - 1).astype(np.float64)
    held = _held(rows, season)
    last = held[_last_season(rows, season)]
    drift = kind == "drift"
    slope = (last[:, 0] - first) / np.maximum(steps, 1) if drift else np.zeros(len(rows))
    if kind == "mean":
        last = mean[:, None]
        off = np.where(there, rows.values - rows.each(mean), 0.0)
        squares, freedom = rows.total(off**2), np.maximum(number - 1, 1)
    else:
        squares, counted = _changes(rows, season, slope)
        alone = counted - drift <= 0
        squares, counted = (
            np.where(alone, other, own)
            for own, other in zip((squares, counted), _changes(rows, 1, 0 * slope), strict=True)
        )
        freedom = np.maximum(counted - (drift & ~alone), 1).astype(np.float64)
    return BaselineFit(kind, last, first, steps, number, squares / freedom, freedom)


def _last_season(rows: Rows, season: int) -> Int[np.ndarray, "series season"]:
    """Positions of the values of the last season; in a shorter series, values before the first are
    replaced by the first."""
    place = rows.offsets[1:, None] - season + np.arange(season)
    return np.maximum(place, rows.offsets[:-1, None])


def _changes(
    rows: Rows, season: int, slope: Float[np.ndarray, " series"]
) -> tuple[Float[np.ndarray, " series"], Float[np.ndarray, " series"]]:
    """By series, the squared changes between observed values at the same place in the season, minus
    the slope, divided by the seasons between them; and their number."""
    there, series, group, order = _by_place(rows, season)
    seen = order[there[order]]
    same = np.diff(group[seen]) == 0
    gap = (np.diff(seen) // season)[same]
    own = series[seen][1:][same]
    off = np.diff(rows.values[seen])[same] - slope[own] * gap
    squares, number = np.bincount(own, off**2 / gap, len(rows)), np.bincount(own, None, len(rows))
    return squares.astype(np.float64), number.astype(np.float64)  # empty sums are integers


def _held(rows: Rows, season: int) -> Float[np.ndarray, " total"]:
    """The values, with missing ones replaced by the last one at that place in the season, or else
    by the value before."""
    there, _, group, order = _by_place(rows, season)
    held = _filled(rows.values[order], group[order])
    out = np.empty_like(held)
    out[order] = held
    series = np.repeat(np.arange(len(rows)), rows.lengths)
    return np.where(there, rows.values, _filled(out, series))


def _by_place(rows: Rows, season: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A mask of observed values; the series of every step; its place in the season there; and the
    order that puts the steps of each place one after the other."""
    there = ~np.isnan(rows.values)
    series = np.repeat(np.arange(len(rows)), rows.lengths)
    group = (
        series * season
        + (np.arange(len(series)) - np.repeat(rows.offsets[:-1], rows.lengths)) % season
    )
    return there, series, group, np.argsort(group, kind="stable")


def _filled(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Every missing value replaced by the one before it in its group, if there is one."""
    index = np.arange(len(values))
    last = np.maximum.accumulate(np.where(np.isnan(values), -1, index))
    inside = (last >= 0) & (group[last] == group)
    return np.where(inside, values[np.maximum(last, 0)], np.nan)


def _before(rows: Rows, values: np.ndarray) -> Float[np.ndarray, " total"]:
    """The sum of the values before each step in its series."""
    total = np.append(0.0, np.cumsum(values))
    return total[:-1] - rows.each(total[rows.offsets[:-1]])
