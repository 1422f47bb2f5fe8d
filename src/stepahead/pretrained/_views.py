"""Forecasts of a series from several views, weighted by the accuracy of each view on the last steps
of that series."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from ..classical import normal_quantiles
from ._forecast import MEDIAN, forecast
from ._network import Weights
from ._tokens import LEVELS

LONG_SEASON = 24
"""The shortest season with which a series is forecast by several views: the network reads few
cycles of a long season."""

STRIDES = (2, 3)
"""Each step of a coarser view is the mean of this many steps."""

HIDDEN = 4
"""At most one step in this many is held out to compare the views."""

CYCLES = 8
"""The number of seasons from which the usual deviation of a step from its block is estimated, and
the number that a view of the newest steps reads."""

FEWEST = 24
"""The smallest number of steps that a view of the newest steps reads."""

JUDGED_FROM = 8
"""The smallest number of steps before the held-out ones with which the views of a series are
compared."""


class View(NamedTuple):
    """A view: means of `stride` steps, with these seasons; only the `newest` steps, if that is not
    0; without the linear trend, if `level`."""

    stride: int
    seasons: tuple[int, int]
    newest: int = 0
    level: bool = False


def views(seasons: tuple[int, int], resampled: bool = True, detrended: bool = False) -> list[View]:
    """The views of series with these seasons; the first one is the series unchanged.

    If the shorter season has 24 steps or more, and `resampled`: the shorter season alone, if there
    are two, and means of 2 and 3 steps, where the shorter season is a multiple of them. If it has
    fewer, or there is none, and `detrended`: the last 8 seasons alone, and the series without its
    linear trend.

    >>> [view[:2] for view in views((24, 168))]
    [(1, (24, 168)), (1, (24, 0)), (2, (12, 84)), (3, (8, 56))]
    >>> [view[2:] for view in views((12, 0), detrended=True)]
    [(0, False), (96, False), (0, True)]
    """
    short, long = seasons
    result = [View(1, seasons)]
    if short < LONG_SEASON:
        newest = View(1, seasons, newest=max(CYCLES * short, FEWEST))
        return [*result, newest, View(1, seasons, level=True)] if detrended else result
    if long and resampled:
        result.append(View(1, (short, 0)))
    for stride in STRIDES if resampled else ():
        if short % stride == 0:
            whole = long // stride if long % stride == 0 else 0
            result.append(View(stride, (short // stride, whole)))
    return result


def forecast_by_views(
    weights: Weights,
    histories: Sequence[np.ndarray],
    seasons: Int[np.ndarray, "series 2"],
    horizon: int,
    averaged: bool = False,
    resampled: bool = True,
    detrended: bool = False,
) -> Float[np.ndarray, "series horizon level"]:
    """As `forecast`, by the `views` of each series: the mean of their quantiles with weights 1/L².
    L is the pinball loss of a view on the last steps (up to `horizon`, at most a quarter of the
    series), forecast from the steps before. A series with fewer than two seasons and 8 steps before
    those is forecast by the first view alone."""
    result = np.empty((len(histories), horizon, len(LEVELS)))
    for own in np.unique(seasons, axis=0):
        which = np.flatnonzero((seasons == own).all(axis=1))
        some = [histories[int(k)] for k in which]
        ways = views((int(own[0]), int(own[1])), resampled, detrended)
        hidden = np.array([min(horizon, len(each) // HIDDEN) for each in some])
        lengths = np.array([len(each) for each in some])
        able = (len(ways) > 1) & (hidden > 0) & (lengths - hidden >= max(2 * own[0], JUDGED_FROM))
        plain, judged = np.flatnonzero(~able), np.flatnonzero(able)
        if len(plain):
            told = seasons[which[plain]]
            result[which[plain]] = forecast(
                weights, [some[k] for k in plain], told, horizon, averaged
            )
        if len(judged):
            mine = [some[k] for k in judged]
            result[which[judged]] = _weighed(weights, mine, ways, hidden[judged], horizon, averaged)
    return result


def _weighed(
    weights: Weights,
    series: list[np.ndarray],
    ways: list[View],
    hidden: Int[np.ndarray, " series"],
    horizon: int,
    averaged: bool,
) -> Float[np.ndarray, "series horizon level"]:
    """The weighted mean over all views of these series, which have the same seasons."""
    before = [each[:-cut] for each, cut in zip(series, hidden, strict=True)]
    ends = [each[-cut:] for each, cut in zip(series, hidden, strict=True)]
    total, sum_of_shares = np.zeros((len(series), horizon, len(LEVELS))), np.zeros(len(series))
    for view in ways:
        tried = seen_as(view, ways[0], weights, before, int(hidden.max()), averaged)
        lost = np.array([_pinball(*pair) for pair in zip(ends, tried, strict=True)])
        share = 1 / np.maximum(lost, 1e-100) ** 2
        told = seen_as(view, ways[0], weights, series, horizon, averaged)
        total += share[:, None, None] * told
        sum_of_shares += share
    return total / sum_of_shares[:, None, None]


def _pinball(actual: Float[np.ndarray, " step"], told: Float[np.ndarray, "more level"]) -> float:
    """The mean pinball loss over levels and observed steps; 1 where nothing was observed."""
    there = ~np.isnan(actual)
    if not there.any():
        return 1.0
    gap = (actual[:, None] - told[: len(actual)])[there]
    level = np.array(LEVELS)
    return float(np.maximum(level * gap, (level - 1) * gap).mean())


def seen_as(
    view: View,
    whole: View,
    weights: Weights,
    series: list[np.ndarray],
    horizon: int,
    averaged: bool,
) -> Float[np.ndarray, "series horizon level"]:
    """The forecast by one view, in the steps of the series (`whole` is the first view).

    A coarser forecast is interpolated linearly between the middles of its blocks; then the usual
    deviation from such lines at each phase of the shorter season is added, and the variance that
    these deviations leave unexplained widens the quantiles.
    """
    told = np.tile(view.seasons, (len(series), 1))
    if view.newest:
        series = [each[-view.newest :] for each in series]
    if view.level:
        lines = [_line(each, horizon) for each in series]
        level = [each - line[: len(each)] for each, line in zip(series, lines, strict=True)]
        later = np.stack([line[len(line) - horizon :] for line in lines])
        return forecast(weights, level, told, horizon, averaged) + later[:, :, None]
    if view.stride == 1:
        return forecast(weights, series, told, horizon, averaged)
    blocks = [_blocks(each, view.stride) for each in series]
    coarse = forecast(weights, blocks, told, -(-horizon // view.stride), averaged)
    result = np.empty((len(series), horizon, len(LEVELS)))
    for row, values in enumerate(series):
        result[row] = _finer(
            values, blocks[row], coarse[row], view.stride, whole.seasons[0], horizon
        )
    return result


def _line(values: Float[np.ndarray, " step"], more: int) -> Float[np.ndarray, " longer"]:
    """The least-squares line through the observed values, `more` steps longer; 0 with fewer than 4
    of them. It continues for as many steps as there are values, and is constant after that:
    thousands of steps ahead, the slope that 80 steps of noise happen to have would be far off.

    >>> _line(np.array([1.0, 2.0, np.nan, 4.0, 5.0]), 7).round(9).tolist()
    [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 10.0, 10.0]
    """
    there = ~np.isnan(values)
    time = np.minimum(np.arange(len(values) + more, dtype=float), 2 * len(values) - 1)
    if there.sum() < 4:
        return np.zeros(len(time))
    at, y = time[: len(values)][there], values[there]
    off = at - at.mean()
    slope = (off / (off**2).sum()) @ (y - y.mean())
    return y.mean() + slope * (time - at.mean())


def _blocks(values: Float[np.ndarray, " step"], stride: int) -> Float[np.ndarray, " block"]:
    """Means of `stride` steps, the last block ending with the last step; NaN where all are
    missing.

    >>> _blocks(np.array([9.0, 1.0, 3.0, np.nan, 5.0]), 2).tolist()
    [2.0, 5.0]
    """
    cut = values[len(values) % stride :].reshape(-1, stride)
    there = ~np.isnan(cut)
    count = there.sum(axis=1)
    total = np.where(there, cut, 0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _finer(
    values: Float[np.ndarray, " step"],
    blocks: Float[np.ndarray, " block"],
    coarse: Float[np.ndarray, "later level"],
    stride: int,
    season: int,
    horizon: int,
) -> Float[np.ndarray, "horizon level"]:
    """The forecast of single steps from that of blocks; see `seen_as`."""
    steps = len(blocks) * stride
    kept = values[len(values) - steps :]
    middle = (np.arange(len(blocks) + len(coarse)) + 0.5) * stride - 0.5
    level = np.concatenate([blocks, coarse[:, MEDIAN]])
    there = ~np.isnan(level)
    line = np.interp(np.arange(steps + len(coarse) * stride), middle[there], level[there])
    recent = slice(max(0, steps - CYCLES * season), steps)
    phase = np.arange(steps)[recent] % season
    left = (kept - line[:steps])[recent]
    seen = ~np.isnan(left)
    count = np.maximum(np.bincount(phase[seen], minlength=season), 1)
    usual = np.bincount(phase[seen], left[seen], minlength=season) / count
    deviation = (left - usual[phase])[seen].std() if seen.any() else 0.0
    later = np.arange(steps, steps + horizon)
    point = line[later] + usual[later % season]
    gap = coarse[np.arange(horizon) // stride] - coarse[np.arange(horizon) // stride, MEDIAN, None]
    own = normal_quantiles(LEVELS)
    return point[:, None] + np.sign(own) * np.hypot(gap, own * deviation)
