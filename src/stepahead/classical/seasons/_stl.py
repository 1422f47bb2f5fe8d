"""Trend and seasons of many series by local regression (STL and MSTL), without missing values."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from .._rows import Rows
from ._loess import loess

ROUNDS = 2
"""The number of passes through all seasons, if there are several."""

PASSES = 2
"""The number of times that season and trend are smoothed in turn between two reweightings."""

ROBUST_ROUNDS = 4
"""The number of times that values are reweighted by their remainder."""


@dataclass(frozen=True, eq=False)
class Decomposition:
    """Series as trend + seasons + remainder, as matrices, NaN after the end of a series; the
    remainder is also NaN for missing values. `season` has an axis of seasons, shortest first;
    `weight` is small for outliers and 0 for missing values."""

    trend: Float[np.ndarray, "series time"]
    season: Float[np.ndarray, "season series time"]
    rest: Float[np.ndarray, "series time"]
    weight: Float[np.ndarray, "series time"]


def mstl(
    rows: Rows,
    seasons: Sequence[float],
    *,
    windows: Sequence[int] | None = None,
    robust: bool = False,
) -> Decomposition:
    """Decompose every series into a trend, seasons and a remainder.

    Each season in turn is estimated by STL from the series without the other seasons: at each
    phase, by local means over `windows` cycles (odd, by default 15, 25, 35, ...); the trend by
    local lines over about one and a half of the longest season. There are two rounds. With
    `robust`, values far from trend and seasons have less weight, and those beyond six times the
    median distance none. A season need not be a whole number of steps: some cycles then lack its
    last phase. Missing values have no weight; a phase that was never observed is interpolated
    between its neighbours. Sources: Cleveland et al. 1990; Bandara, Hyndman & Bergmeir 2021.

    >>> time = np.arange(60)
    >>> rows = Rows(time / 10 + np.tile([3.0, -1.0, -2.0], 20), np.array([0, 60]))
    >>> made = mstl(rows, [3])
    >>> made.season[0, 0, :3].round(1).tolist(), made.trend[0, :3].round(1).tolist()
    ([3.0, -1.0, -2.0], [0.0, 0.1, 0.2])
    """
    values = rows.padded()
    there = ~np.isnan(values)
    spans = windows or [15 + 10 * place for place in range(len(seasons))]
    season = np.zeros((len(seasons), *values.shape))
    without = values
    for _ in range(ROUNDS if len(seasons) > 1 else 1):
        for place, (period, span) in enumerate(zip(seasons, spans, strict=True)):
            without = without + season[place]
            trend, season[place], weight = stl(
                without, there, rows.lengths, period, span, robust=robust
            )
            without = without - season[place]
    return Decomposition(trend, season, without - trend, weight)


def stl(
    values: Float[np.ndarray, "series time"],
    there: Bool[np.ndarray, "series time"],
    lengths: Int[np.ndarray, " series"],
    period: float,
    span: int,
    *,
    robust: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return trend, seasons and weights of every series: see `mstl`. The trend's lines are fitted
    only at every tenth of their span, and interpolated in between."""
    whole = round(period)
    long, low = odd(1.5 * period / (1 - 1.5 / span)), odd(period + 1)
    inside = np.arange(values.shape[1]) < lengths[:, None]
    trend, weight = np.zeros(values.shape), there.astype(np.float64)
    for turn in range(1 + (ROBUST_ROUNDS if robust else 0)):
        for _ in range(PASSES):
            without = np.where(there, values - trend, 0.0)
            cycle = _cycles(without, weight, lengths, period, span)
            smooth = _filtered(cycle, whole)
            level = loess(
                np.where(inside, smooth, 0.0), inside * 1.0, lengths, low, jump=_jump(low)
            )
            season = cycle[:, whole:-whole] - level
            trend = loess(
                np.where(there, values - season, 0.0), weight, lengths, long, jump=_jump(long)
            )
            trend = bridged(trend, inside)
        if robust and turn < ROBUST_ROUNDS:
            weight = _robust(values - season - trend, there)
    return np.where(inside, trend, np.nan), np.where(inside, season, np.nan), weight


def odd(number: float) -> int:
    """Return the smallest odd whole number that is not less."""
    whole = int(np.ceil(number))
    return whole + 1 - whole % 2


def _jump(span: int) -> int:
    return -(-span // 10)


def _cycles(
    values: np.ndarray, weight: np.ndarray, lengths: np.ndarray, season: float, span: int
) -> np.ndarray:
    """The values smoothed over the cycles at each phase of the season, with one more cycle before
    the first and after the last step."""
    if season % 1:
        return _uneven_cycles(values, weight, lengths, season, span)
    (count, length), period = values.shape, int(season)
    cycles = -(-length // period)
    spare = ((0, 0), (0, cycles * period - length))

    def places(matrix: np.ndarray) -> np.ndarray:
        cut = np.pad(matrix, spare).reshape(count, cycles, period)
        return np.ascontiguousarray(cut.transpose(0, 2, 1)).reshape(count * period, cycles)

    own = np.maximum((lengths[:, None] - np.arange(period) - 1) // period + 1, 1).ravel()
    smooth = loess(places(values), places(weight), own, span, line=False, beyond=1)
    smooth = bridged(smooth, np.arange(cycles + 2) < (own + 2)[:, None])
    made = smooth.reshape(count, period, cycles + 2).transpose(0, 2, 1).reshape(count, -1)
    made = made[:, : length + 2 * period]
    return bridged(made, np.arange(made.shape[1]) < (lengths + 2 * period)[:, None])


def _uneven_cycles(
    values: np.ndarray, weight: np.ndarray, lengths: np.ndarray, season: float, span: int
) -> np.ndarray:
    """The same for seasons that are not a whole number of steps: some cycles lack the last
    phase."""
    count, length = values.shape
    most, whole, cycles = int(np.ceil(season)), round(season), int(np.ceil(length / season))
    begin = np.ceil(np.arange(cycles + 1) * season).astype(np.int64)
    step = begin[:-1, None] + np.arange(most)
    held = (step < begin[1:, None]) & (step < length)
    step = np.minimum(step, length - 1)

    def places(matrix: np.ndarray) -> np.ndarray:
        cut = np.where(held, matrix[:, step], 0.0)
        return np.ascontiguousarray(cut.transpose(0, 2, 1)).reshape(count * most, cycles)

    own = np.repeat(np.maximum(np.ceil(lengths / season).astype(np.int64), 1), most)
    smooth = loess(places(values), places(weight), own, span, line=False, beyond=1)
    smooth = bridged(smooth, np.arange(cycles + 2) < (own + 2)[:, None])
    smooth = smooth.reshape(count, most, cycles + 2)
    time = np.arange(-whole, length + whole)
    cycle = np.clip(np.floor(time / season).astype(np.int64), -1, cycles)
    place = np.clip(time - np.ceil(cycle * season).astype(np.int64), 0, most - 1)
    made = smooth[:, place, cycle + 1]
    return bridged(made, time + whole < (lengths + 2 * whole)[:, None])


def _filtered(cycle: np.ndarray, period: int) -> np.ndarray:
    """Moving averages over a season, a season and 3 steps."""
    for width in (period, period, 3):
        sums = np.cumsum(np.pad(cycle, ((0, 0), (1, 0))), axis=1)
        cycle = (sums[:, width:] - sums[:, :-width]) / width
    return cycle


def _robust(rest: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Weights from 0 to 1, by the ratio of the remainder to six times its median (bisquare)."""
    size = np.abs(rest)
    far = 6 * np.nanmedian(np.where(there, size, np.nan), axis=1, keepdims=True)
    ratio = np.where(size <= 0.001 * far, 0.0, size / np.where(far > 0, far, 1.0))
    weight = np.where(ratio <= 0.999, (1 - ratio**2) ** 2, 0.0)
    return np.where(there, np.where(far > 0, weight, 1.0), 0.0)


def bridged(values: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Return the rows with NaN interpolated linearly, and extended by the nearest value at the
    ends; NaN stays if a row has no value."""
    gaps = inside & np.isnan(values)
    if not gaps.any():
        return values
    step = np.broadcast_to(np.arange(values.shape[1]), values.shape)
    good = inside & ~np.isnan(values)
    left = np.maximum.accumulate(np.where(good, step, -1), axis=1)
    right = np.minimum.accumulate(np.where(good, step, values.shape[1])[:, ::-1], axis=1)[:, ::-1]
    before = np.take_along_axis(values, np.maximum(left, 0), axis=1)
    after = np.take_along_axis(values, np.minimum(right, values.shape[1] - 1), axis=1)
    first, last = left < 0, right >= values.shape[1]
    share = (step - left) / np.where(first | last, 1, np.maximum(right - left, 1))
    line = np.where(first, after, np.where(last, before, before + share * (after - before)))
    return np.where(gaps & ~(first & last), line, values)
