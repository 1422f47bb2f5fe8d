"""Forecasts of the pretrained network: any history, any horizon."""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float, Int

from ._network import Weights, quantiles
from ._tokens import LEVELS, PATCH, Scale, scale_of, tokens, turned

CONTEXT, LONGEST_CONTEXT = 1024, 4096
"""The number of past steps that are read, and the largest number where three times the longest
season is more."""

FARTHEST = 512
"""The farthest step ahead that the network forecasts itself (or a whole season, if that is more):
in a token, the time since the last observation goes up to 400 steps."""

CHUNK = 1 << 16
"""Number of steps that are processed at once."""

MEDIAN = len(LEVELS) // 2
"""Index of the median in the levels."""

TINY = 1e-300
"""Replaces a width of 0."""

USUAL_FACTOR, USUAL_COUNT = 1.3, 24
"""Factor of the widths for a series without a past to compare with, and the number of past steps
that have the same weight as this factor."""


def context(seasons: Int[np.ndarray, "series 2"]) -> Int[np.ndarray, " series"]:
    """The number of past steps that the network reads of series with these seasons.

    >>> context(np.array([[12, 0], [24, 168], [169, 845]])).tolist()
    [1024, 1024, 2535]
    """
    return np.clip(3 * seasons.max(axis=1), CONTEXT, LONGEST_CONTEXT)


def forecast(
    weights: Weights,
    histories: Sequence[np.ndarray],
    seasons: Int[np.ndarray, "series 2"],
    horizon: int,
    averaged: bool = False,
) -> Float[np.ndarray, "series horizon level"]:
    """The quantiles at `LEVELS` of the `horizon` steps after each history, in its unit.

    Histories with the same number of patches are read together; the first patch is padded on the
    left. If `averaged`, the result is the mean over the series and the series with opposite sign,
    so that forecasts do not depend on the sign of the unit; a single pass takes half the time.
    Distances from the median are multiplied by a factor for each series, so that the network's 80 %
    intervals contained 80 % of the steps that it read (`_factors`, `_widened`). Beyond `FARTHEST`
    steps a forecast repeats its last season and widens at the same rate as before (`_beyond`).
    """
    result = np.empty((len(histories), horizon, len(LEVELS)))
    longest = seasons.max(axis=1)
    cycle = np.where((longest > 0) & (longest <= LONGEST_CONTEXT), longest, PATCH)
    near = min(horizon, int(np.maximum(cycle, FARTHEST).max(initial=1)))
    ahead = -(-near // PATCH)
    length = np.minimum([len(h) for h in histories], context(seasons)).astype(int)
    for some, wide in _alike(length, ahead):
        values = np.full((len(some), wide + (ahead - 1) * PATCH), np.nan)
        for row, which in enumerate(some):
            if length[which]:
                values[row, wide - length[which] : wide] = histories[which][-length[which] :]
        told = _one(weights, values, seasons[some], wide - length[some], ahead, averaged)
        result[some, :near] = told[:, :near]
    for own in np.unique(cycle):
        end = max(FARTHEST, int(own))
        if horizon > end:
            rows = cycle == own
            result[rows, end:] = _beyond(result[rows, :end], int(own), horizon - end)
    return result


def _beyond(
    told: Float[np.ndarray, "series step level"], cycle: int, more: int
) -> Float[np.ndarray, "series later level"]:
    """The `more` steps after the network's own: its last `cycle` steps are repeated, with distances
    from the median that grow as a power of the number of steps ahead. The exponent is that of the
    growth from a quarter of the steps to all of them, limited to 0 … ½ (½ is a random walk).

    >>> levels = np.arange(11) - 5.0
    >>> walk = np.sqrt(np.arange(1.0, 401))[None, :, None] * levels
    >>> [round(float(x), 6) for x in _beyond(walk, 1, 1200)[0, -1, [0, 5, 10]]]
    [-200.0, 0.0, 200.0]
    """
    steps = told.shape[1]
    later = steps + np.arange(more)
    base = steps - cycle + (later - steps) % cycle
    median = told[:, base, MEDIAN, None]
    wide, quarter = told[..., -2] - told[..., 1], steps // 4
    now = wide[:, -cycle:].mean(axis=1)
    before = wide[:, max(0, quarter - cycle) : quarter].mean(axis=1)
    grown = np.maximum(now, TINY) / np.maximum(before, TINY)
    power = np.clip(np.log(grown) / np.log(4), 0, 0.5)[:, None]
    factor = ((later + 1) / (base + 1)) ** power
    return median + factor[:, :, None] * (told[:, base] - median)


def _alike(
    length: Int[np.ndarray, " series"], ahead: int
) -> Iterator[tuple[Int[np.ndarray, " some"], int]]:
    """The indices of series with the same number of patches, few enough to be processed at once,
    and the number of steps in those patches."""
    patches = np.maximum(-(-length // PATCH), 1)
    order = np.argsort(patches, kind="stable")
    start = 0
    while start < len(order):
        count = int(patches[order[start]])
        some = order[start : start + max(1, CHUNK // (PATCH * (count + ahead)))]
        some = some[patches[some] == count]
        yield some, count * PATCH
        start += len(some)


def _one(
    weights: Weights,
    values: Float[np.ndarray, "series time"],
    seasons: Int[np.ndarray, "series 2"],
    begin: Int[np.ndarray, " series"],
    ahead: int,
    averaged: bool,
) -> Float[np.ndarray, "series step level"]:
    """The last `ahead` patches of the network's forecasts, for series of one length."""
    scale = scale_of(values)
    read = tokens(values, seasons, scale, begin)
    inputs = read.inputs
    if averaged:  # both in one pass: half as many recurrent steps
        inputs = np.concatenate([inputs, turned(inputs)])
    z = quantiles(weights, inputs)
    if averaged:
        upright, upside_down = np.split(z, 2)
        z = (upright - upside_down[..., ::-1]) / 2
    patches = z.shape[1] - (ahead - 1)
    past = read.values[:, : patches * PATCH].reshape(len(values), patches, PATCH)
    factor = _factors(z[:, : patches - 1], past, seasons.max(axis=1))
    told = z[:, -ahead:].reshape(len(values), ahead * PATCH, len(LEVELS)).astype(float)
    told = np.sinh(_widened(told, factor, read.values))
    return told * scale.spread[:, :, None] + scale.centre[:, :, None]


def _widened(
    told: Float[np.ndarray, "series step level"],
    factor: Float[np.ndarray, " series"],
    past: Float[np.ndarray, "series time"],
) -> Float[np.ndarray, "series step level"]:
    """The quantiles with distances from the median multiplied by the factor of each series. No
    factor moves them farther out of the range of the n past values than half of that range, and at
    step h > n than h/(2n) of it: on this scale equal distances are factors of the unit, and zeros
    that the network holds for unlikely would widen the other side without bound.

    >>> told = np.zeros((1, 1, len(LEVELS)))
    >>> told[0, 0, -3:] = 0.8, 1.5, 4.0
    >>> _widened(told, np.array([2.0]), np.array([[-1.0, 1.0]]))[0, 0, -3:].tolist()
    [1.6, 2.0, 4.0]
    """
    median = told[:, :, MEDIAN, None]
    wide = median + factor[:, None, None] * (told - median)
    count = (~np.isnan(past)).sum(axis=1)
    some = np.flatnonzero(count)
    low, high = np.nanmin(past[some], axis=1), np.nanmax(past[some], axis=1)
    steps = np.arange(1, told.shape[1] + 1) / count[some, None]
    beyond = ((high - low)[:, None] / 2 * np.maximum(steps, 1.0))[:, :, None]
    low, high = low[:, None, None] - beyond, high[:, None, None] + beyond
    own = told[some]
    wide[some] = np.clip(wide[some], np.minimum(own, low), np.maximum(own, high))
    return wide


def _factors(
    told: Float[np.ndarray, "series earlier step level"],
    past: Float[np.ndarray, "series patch step"],
    season: Int[np.ndarray, " series"],
) -> Float[np.ndarray, " series"]:
    """The factor of each series, between ½ and 5: (n c + 24 · 1.3)/(n + 24) for n past steps. c is
    the 80 % quantile of their one-patch errors, each relative to the half of the 80 % interval on
    its side; they count from the first full season and 8 observations on."""
    there = ~np.isnan(past)
    enough = there.sum(axis=2).cumsum(axis=1)[:, :-1] >= np.maximum(season, PATCH)[:, None]
    error = past[:, 1:] - told[..., MEDIAN]
    outer = np.where(error > 0, told[..., -2], told[..., 1])
    share = np.abs(error) / np.maximum(np.abs(outer - told[..., MEDIAN]), 1e-6)
    counted = there[:, 1:] & enough[:, :, None]
    flat = np.sort(np.where(counted, share, np.inf).reshape(len(past), -1), axis=1)
    count = counted.sum(axis=(1, 2))
    factor = np.full(len(past), USUAL_FACTOR)
    some = count > 0
    place = np.ceil(0.8 * count[some]).astype(int) - 1
    own = np.clip(flat[some, place], 0.5, 5)
    share_of_own = count[some] / (count[some] + USUAL_COUNT)
    factor[some] += share_of_own * (own - USUAL_FACTOR)
    return factor


def one_step_ahead(
    weights: Weights,
    series: Sequence[np.ndarray],
    seasons: Int[np.ndarray, "series 2"],
) -> list[np.ndarray]:
    """The median of every step, given the steps before it, on the scale of the whole series; NaN
    for the first step. Each series is read `PATCH` times, with patches that begin one step later
    each time."""
    told = [np.full(len(each), np.nan) for each in series]
    # Pass k over a series ends with the last patch that ends before a step k + PATCH·j.
    which = np.repeat(np.arange(len(series)), PATCH)
    late = np.tile(np.arange(PATCH), len(series))
    length = np.array([len(each) for each in series], int)[which]
    cut = np.maximum(length - 1 - late, -1) // PATCH * PATCH + late
    read = np.flatnonzero((late < length) & (cut > 0))
    scales = [scale_of(each[None]) for each in series]
    for some, wide in _alike(cut[read], 0):
        rows = read[some]
        begin = wide - cut[rows]
        values = np.full((len(rows), wide), np.nan)
        for row, number in enumerate(rows):
            values[row, begin[row] :] = series[which[number]][: cut[number]]
        scale = Scale(*(np.concatenate([scales[k][part] for k in which[rows]]) for part in (0, 1)))
        inputs = tokens(values, seasons[which[rows]], scale, begin).inputs
        z = np.sinh(quantiles(weights, inputs)[:, :, 0, MEDIAN].astype(float))
        for row, number in enumerate(rows):
            steps = np.arange(1, z.shape[1] + 1) * PATCH - begin[row]
            centre, spread = (float(part[row, 0]) for part in scale)
            told[which[number]][steps] = z[row] * spread + centre
    return told
