"""Forecasts of a series from several views, weighted by the accuracy of each view on the last steps
of that series."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from ..classical import normal_quantiles
from ._adjusted import (
    CYCLES,
    Adjustment,
    finer,
    one_after_another,
    without_line,
    without_longer_season,
    without_season,
)
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

ORIGINS = 3
"""The number of origins at which the views of a series with a long season are compared, if it is
adjusted."""

NARROWER = 0.95
"""The factor of distances from the median, but for the outermost quantiles, with adjusted views."""

JUDGED_FROM = 8
"""The smallest number of steps before the held-out ones with which the views of a series are
compared."""


class View(NamedTuple):
    """A view: means of `stride` steps, with these seasons; or the series after an adjustment, which
    cuts each step into `parts`."""

    stride: int
    seasons: tuple[int, int]
    adjustment: Adjustment | None = None
    parts: int = 1


def views(seasons: tuple[int, int], resampled: bool = True, adjusted: bool = False) -> list[View]:
    """The views of series with these seasons; the first one is the series unchanged.

    If the shorter season has 24 steps or more, and `resampled`: the shorter season alone, if there
    are two, and means of 2 and 3 steps, where the shorter season is a multiple of them; if
    `adjusted`, the series without the longer season, if that is a multiple of the shorter one. If
    it has fewer, or there is none, and `adjusted`: the series without its season and its linear
    trend, and the series with a value between each two neighbours.

    >>> [view[:2] for view in views((24, 168))]
    [(1, (24, 168)), (1, (24, 0)), (2, (12, 84)), (3, (8, 56))]
    >>> [view[1] for view in views((12, 0), adjusted=True)]
    [(12, 0), (12, 0), (24, 0)]
    """
    short, long = seasons
    result = [View(1, seasons)]
    if short < LONG_SEASON:
        if not adjusted:
            return result
        level: Adjustment = without_line
        if short > 1:
            level = one_after_another(partial(without_season, short), without_line)
        double = View(1, (2 * short, 2 * long), finer, parts=2)
        return [*result, View(1, seasons, level), double]
    if long and resampled:
        result.append(View(1, (short, 0)))
    for stride in STRIDES if resampled else ():
        if short % stride == 0:
            whole = long // stride if long % stride == 0 else 0
            result.append(View(stride, (short // stride, whole)))
    if long and long % short == 0 and adjusted:
        result.append(View(1, (short, 0), partial(without_longer_season, short, long)))
    return result


def forecast_by_views(
    weights: Weights,
    histories: Sequence[np.ndarray],
    seasons: Int[np.ndarray, "series 2"],
    horizon: int,
    averaged: bool = False,
    resampled: bool = True,
    adjusted: bool = False,
) -> Float[np.ndarray, "series horizon level"]:
    """As `forecast`, by the `views` of each series: the mean of their quantiles with weights 1/L².
    L is the pinball loss of a view on the last steps (up to `horizon`, at most a quarter of the
    series), forecast from the steps before. If `adjusted`, it is the mean over `ORIGINS` such
    origins where the shortest season has 24 steps or more, and distances from the median are
    multiplied by `NARROWER`, but for the outermost. A series with fewer than two seasons and 8
    steps before those is forecast by the first view alone."""
    result = np.empty((len(histories), horizon, len(LEVELS)))
    for own in np.unique(seasons, axis=0):
        which = np.flatnonzero((seasons == own).all(axis=1))
        some = [histories[int(k)] for k in which]
        ways = views((int(own[0]), int(own[1])), resampled, adjusted)
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
            origins = ORIGINS if adjusted and own[0] >= LONG_SEASON else 1
            told = _weighed(weights, mine, ways, hidden[judged], origins, horizon, averaged)
            result[which[judged]] = _narrower(told) if adjusted else told
    return result


def _weighed(
    weights: Weights,
    series: list[np.ndarray],
    ways: list[View],
    hidden: Int[np.ndarray, " series"],
    origins: int,
    horizon: int,
    averaged: bool,
) -> Float[np.ndarray, "series horizon level"]:
    """The weighted mean over all views of these series, which have the same seasons."""
    total, sum_of_shares = np.zeros((len(series), horizon, len(LEVELS))), np.zeros(len(series))
    for view in ways:
        lost = _lost(view, ways[0], weights, series, hidden, origins, averaged)
        share = 1 / np.maximum(lost, 1e-100) ** 2
        told = seen_as(view, ways[0], weights, series, horizon, averaged)
        total += share[:, None, None] * told
        sum_of_shares += share
    return total / sum_of_shares[:, None, None]


def _lost(
    view: View,
    whole: View,
    weights: Weights,
    series: list[np.ndarray],
    hidden: Int[np.ndarray, " series"],
    origins: int,
    averaged: bool,
) -> Float[np.ndarray, " series"]:
    """The mean pinball loss of a view over so many times the `hidden` last steps, each forecast
    from the steps before, as often as those hold two seasons and 8 steps; 1 where nothing was
    observed."""
    total, count = np.zeros(len(series)), np.zeros(len(series))
    for origin in range(1, origins + 1):
        end = np.array([len(each) for each in series]) - origin * hidden
        some = np.flatnonzero(end >= max(2 * whole.seasons[0], JUDGED_FROM))
        if not len(some):
            break
        before = [series[k][: end[k]] for k in some]
        tried = seen_as(view, whole, weights, before, int(hidden[some].max()), averaged)
        for k, told in zip(some, tried, strict=True):
            actual = series[k][end[k] : end[k] + hidden[k]]
            if not np.isnan(actual).all():
                total[k] += _pinball(actual, told)
                count[k] += 1
    return np.where(count > 0, total / np.maximum(count, 1), 1.0)


def _narrower(told: Float[np.ndarray, "series step level"]) -> Float[np.ndarray, "..."]:
    """All quantiles but the outermost two nearer to the median.

    >>> _narrower(np.linspace(-10, 10, 11)[None, None])[0, 0, [0, 1, 5, 9]].tolist()
    [-10.0, -7.6, 0.0, 7.6]
    """
    inner, median = told[..., 1:-1], told[..., MEDIAN, None]
    near = median + NARROWER * (inner - median)
    return np.concatenate([told[..., :1], near, told[..., -1:]], axis=-1)


def _pinball(actual: Float[np.ndarray, " step"], told: Float[np.ndarray, "more level"]) -> float:
    """The mean pinball loss over levels and observed steps."""
    there = ~np.isnan(actual)
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
    if view.adjustment is not None:
        pairs = [view.adjustment(each, horizon) for each in series]
        rest = [values for values, _ in pairs]
        answer = forecast(weights, rest, told, horizon * view.parts, averaged)
        return np.stack([back(one) for (_, back), one in zip(pairs, answer, strict=True)])
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
