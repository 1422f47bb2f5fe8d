"""A random walk with few observed changes: the forecast of series that are too short for other
methods."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from ..._check import Refusal
from .._fit import Ahead, LocalFit, Parts
from .._rows import Rows

WORTH = 3
"""The number of own changes that the typical change of the other series counts as."""


@dataclass(frozen=True, eq=False)
class WalkFit(LocalFit):
    """The last value of every series, and the mean square of `freedom` of its changes.

    The value k steps ahead is last + s·√(k + k²/ν)·t, with t of Student's distribution with ν
    degrees of freedom; k² allows for a drift that cannot be distinguished from 0. Source: the
    predictive distribution of a normal random walk with unknown variance.
    """

    last: Float[np.ndarray, " series"]
    square: Float[np.ndarray, " series"]
    freedom: Float[np.ndarray, " series"]

    def ahead(
        self, skip: Int[np.ndarray, " series"], horizon: int, probabilities: tuple[float, ...]
    ) -> Ahead:
        """As `LocalFit.ahead`."""
        from scipy.special import stdtrit

        steps = skip[:, None] + np.arange(1, horizon + 1)
        spread = np.sqrt(self.square[:, None] * (steps + steps**2 / self.freedom[:, None]))
        scores = stdtrit(self.freedom[:, None], np.asarray(probabilities, np.float64))
        mean = np.repeat(self.last[:, None], horizon, axis=1)
        return mean, mean[:, :, None] + spread[:, :, None] * scores[:, None]

    def one_step(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """The value before; NaN for the first."""
        held = _last_seen(rows)
        before = np.append(np.nan, held[:-1])
        before[rows.offsets[:-1][rows.lengths > 0]] = np.nan
        return before

    def advanced(self, rows: Rows) -> "WalkFit":
        """Return the fit with the new last values; the changes are not updated."""
        last = self.last.copy()
        some = rows.lengths > 0
        last[some] = _last_seen(rows)[rows.offsets[1:][some] - 1]
        return replace(self, last=np.where(np.isnan(last), self.last, last))

    def components(self, rows: Rows) -> Parts:
        """As `LocalFit.components`: the value before is the trend."""
        factors, scale = np.zeros(len(rows), bool), np.ones(len(rows.values))
        return Parts({"trend": self.one_step(rows)}, factors, scale)

    def forms(self) -> list[str]:
        """The same description for all, but for series that never changed."""
        named = "random walk", "random walk that never moved, so its intervals have no width"
        return [named[int(square == 0)] for square in self.square]


def fit_walk(rows: Rows, usual: Float[np.ndarray, " series"], names: np.ndarray) -> WalkFit:
    """Return the last values and the changes of every series, which begins and ends with an
    observed value.

    The n changes of the series are supplemented by `WORTH` more of size `usual` times its mean size
    (none if that is NaN). A change over a gap of g steps counts as g equal changes. A series
    without any changes is refused by its name in `names`.

    >>> one = Rows(np.array([1007.0, 1101.0, 1157.0]), np.array([0, 3]))
    >>> last, ends = fit_walk(one, np.array([np.nan]), np.array(["a"])).ahead(
    ...     np.array([0]), 1, (0.1, 0.9)
    ... )
    >>> last, ends.round()  # 77.4·√(1 + 1/2)·1.886 = 179
    (array([[1157.]]), array([[[ 978., 1336.]]]))
    """
    own = (rows.lengths - 1).astype(np.float64)
    prior = np.where(np.isnan(usual), 0.0, WORTH)
    freedom = own + prior
    alone = np.flatnonzero(freedom == 0)
    if len(alone):
        raise Refusal(
            f"Series '{names[alone[0]]}' has a single value, and no other series says how much "
            "values change. Give more of its past."
        )
    there = np.flatnonzero(~np.isnan(rows.values))
    series = np.searchsorted(rows.offsets, there, side="right") - 1
    same = series[1:] == series[:-1]
    gap, near = np.diff(there), np.abs(rows.values[there])
    share = np.diff(rows.values[there]) ** 2 / gap
    squares = np.bincount(series[1:][same], share[same], len(rows))
    between = (gap - 1) * (near[1:] + near[:-1]) / 2  # sizes interpolated over the gap
    size = np.bincount(series, near, len(rows))
    size = (size + np.bincount(series[1:][same], between[same], len(rows))) / rows.lengths
    more = np.where(prior > 0, prior * (np.nan_to_num(usual) * size) ** 2, 0.0)
    return WalkFit(rows.values[rows.offsets[1:] - 1], (squares + more) / freedom, freedom)


def usual_change(rows: Rows) -> float:
    """Return the median over series of the root mean square change relative to the mean size; NaN
    if fewer than two series have changes.

    >>> usual_change(Rows(np.array([9.0, 11.0, 90.0, 110.0, 5.0]), np.array([0, 2, 4, 5])))
    0.2
    """
    return usual_of(relative_changes(rows))


def usual_of(changes: Float[np.ndarray, " some"]) -> float:
    """Return the median of relative changes; NaN for fewer than two."""
    return float(np.median(changes)) if len(changes) > 1 else np.nan


def relative_changes(rows: Rows) -> Float[np.ndarray, " some"]:
    """Return the root mean square change relative to the mean size, for every series that has
    changes.

    >>> relative_changes(Rows(np.array([9.0, 11.0, 90.0, 110.0, 5.0]), np.array([0, 2, 4, 5])))
    array([0.2, 0.2])
    """
    change = np.diff(rows.values, prepend=np.nan) ** 2
    change[rows.offsets[:-1]] = np.nan
    count = rows.total((~np.isnan(change)).astype(np.float64))
    square = rows.total(np.nan_to_num(change)) / np.maximum(count, 1)
    seen = rows.total((~np.isnan(rows.values)).astype(np.float64))
    size = rows.total(np.abs(np.nan_to_num(rows.values))) / np.maximum(seen, 1)
    shows = (count > 0) & (size > 0)
    return np.sqrt(square[shows]) / size[shows]


def _last_seen(rows: Rows) -> Float[np.ndarray, " total"]:
    """At every step the last observed value of its series, NaN before the first."""
    there = ~np.isnan(rows.values)
    place = np.maximum.accumulate(np.where(there, np.arange(len(there)), -1))
    begin = np.repeat(rows.offsets[:-1], rows.lengths)
    return np.where(place >= begin, rows.values[np.maximum(place, 0)], np.nan)
