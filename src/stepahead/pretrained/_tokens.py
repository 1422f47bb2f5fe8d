"""Tokens: a series as the pretrained network reads it, one patch of values at a time.

A series is scaled by its own centre and spread and cut into patches of `PATCH` steps; each patch is
described together with the earlier values at the same phases of its seasons. At each patch the
network outputs the quantiles of the next one; future patches are patches in which all values are
missing. This module works without JAX.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from ..classical import threads
from ..native import series as kernels

PATCH = 8
"""Number of steps in a patch."""

LEVELS = (0.025, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.975)
"""Quantile levels of the network's output; the middle one is the median."""

WIDTH = 2 * PATCH + 4 * PATCH + 2 * PATCH + 4 + 4 * PATCH
"""Length of a token."""

PROFILE_RATE, SLOPE_RATE = 0.3, 0.1
"""The smallest weight of a new value in the mean deviation of its phase, and of a new change of the
level in the mean slope."""

DAMPING = 0.9
"""The damping factor of a slope from one step to the next."""


ROUNDING = 1e-14
"""Relative to the size of the values: a spread below this counts as rounding error."""


class Scale(NamedTuple):
    """Centre and spread of the observed values of each series, in its unit."""

    centre: Float[np.ndarray, "series 1"]
    spread: Float[np.ndarray, "series 1"]


class Tokens(NamedTuple):
    """Tokens of many series, and the series on the scale of the tokens.

    `inputs[i, j]` describes patch j of series i and the phases of patch j + 1; `values` are
    arcsinh((y − centre)/spread), NaN where missing.
    """

    inputs: Float[np.ndarray, "series patch width"]
    values: Float[np.ndarray, "series time"]


def scale_of(
    values: Float[np.ndarray, "series time"], known: Int[np.ndarray, " series"] | None = None
) -> Scale:
    """Mean and standard deviation of the observed values among the first `known` steps of each
    series (all, if None). A spread of at most 1e-14 of the size of the values is rounding error:
    the size replaces it, or 1 if that is 0.

    >>> scale_of(np.array([[1.0, np.nan, 3.0], [5.0, 5.0, 5.0]])).spread.ravel()
    array([1., 5.])
    """
    seen = ~np.isnan(values)
    if known is not None:
        seen &= np.arange(values.shape[1]) < known[:, None]
    count = np.maximum(seen.sum(axis=1, keepdims=True), 1)
    filled = np.where(seen, values, 0)
    centre = filled.sum(axis=1, keepdims=True) / count
    spread = np.sqrt((np.where(seen, values - centre, 0) ** 2).sum(axis=1, keepdims=True) / count)
    size = np.abs(filled).sum(axis=1, keepdims=True) / count
    spread = np.where(spread > ROUNDING * size, spread, np.where(size > 0, size, 1.0))
    return Scale(centre, spread)


def tokens(
    values: Float[np.ndarray, "series time"],
    seasons: Int[np.ndarray, "series 2"],
    scale: Scale,
    begin: Int[np.ndarray, " series"] | None = None,
) -> Tokens:
    """The tokens of series whose length is a multiple of `PATCH`. NaN marks missing values, steps
    before a series began and steps of the future. Phases count from the step `begin` of each series
    (0, if None), so that padding on the left changes nothing.

    A token contains, of its patch: the values (0 where missing) and 0/1 for observed. Of the steps
    of the next patch, for each of two seasons: the last observed value at the same phase and the
    mean of all observed values at it (without a season or such a value: the last observed value and
    the mean of all), and sine and cosine of the phase of its first step. Then log(1 + observed
    values so far)/5, the number of steps since the last observed value over 100, that value, and
    the number of seasons. Finally, for each season, the level plus the phase's usual deviation from
    it, without and with the slope (see `_Phases`).
    """
    begin = np.zeros(len(values), int) if begin is None else begin
    z = np.arcsinh((values - scale.centre) / scale.spread).astype(np.float32)
    series, steps = z.shape
    patches = steps // PATCH
    seen = ~np.isnan(z)
    filled = np.where(seen, z, 0)
    last, since = _last_observed(filled, seen)
    count = seen.cumsum(axis=1)
    mean = filled.cumsum(axis=1) / np.maximum(count, 1)
    inputs = np.empty((series, patches, WIDTH), np.float32)
    cut = (series, patches, PATCH)
    inputs[:, :, :PATCH] = filled.reshape(cut)
    inputs[:, :, PATCH : 2 * PATCH] = seen.reshape(cut)
    ends = slice(PATCH - 1, None, PATCH)
    for k in (0, 1):
        at = 2 * PATCH + 2 * k * PATCH
        told = _same_phase(z, seasons[:, k], last[:, ends], mean[:, ends])
        inputs[:, :, at : at + 2 * PATCH] = told[:, :, : 2 * PATCH]
        after = 8 * PATCH + 4 + 2 * k * PATCH
        inputs[:, :, after : after + 2 * PATCH] = told[:, :, 2 * PATCH :]
        at = 6 * PATCH + k * PATCH
        inputs[:, :, at : at + PATCH] = _phases(seasons[:, k], begin, patches)
    tail = inputs[:, :, 8 * PATCH :]
    tail[:, :, 0] = np.log1p(count[:, ends]) / 5
    tail[:, :, 1] = np.minimum(since[:, ends], 400) / 100
    tail[:, :, 2] = last[:, ends]
    tail[:, :, 3] = (seasons[:, :1] > 0) + (seasons[:, 1:] > 0)
    return Tokens(inputs, z)


def _last_observed(
    filled: Float[np.ndarray, "series time"], seen: Bool[np.ndarray, "series time"]
) -> tuple[Float[np.ndarray, "series time"], Int[np.ndarray, "series time"]]:
    """The last observed value up to each step (0 before the first), and the number of steps since
    then."""
    place = np.where(seen, np.arange(filled.shape[1]), -1)
    latest = np.maximum.accumulate(place, axis=1)
    value = np.take_along_axis(filled, np.maximum(latest, 0), axis=1)
    since = np.arange(filled.shape[1]) - latest
    return np.where(latest >= 0, value, 0), since


def turned(inputs: Float[np.ndarray, "series patch width"]) -> Float[np.ndarray, "..."]:
    """The tokens of the series with opposite sign: everything that is linear in the values changes
    its sign."""
    sign = np.ones(WIDTH, np.float32)
    for values in (slice(0, PATCH), slice(2 * PATCH, 6 * PATCH), slice(8 * PATCH + 4, None)):
        sign[values] = -1
    sign[8 * PATCH + 2] = -1
    return inputs * sign


def _same_phase(
    z: Float[np.ndarray, "series time"],
    period: Int[np.ndarray, " series"],
    last: Float[np.ndarray, "series patch"],
    mean: Float[np.ndarray, "series patch"],
) -> Float[np.ndarray, "series patch 32"]:
    """Values for each step of the next patch that are known at the end of a patch: the last value
    at its phase, the mean at its phase, and the two forecasts of `_Phases`; each of the four is a
    block of `PATCH` numbers. Without a season, or where the phase was never observed, the first two
    are the last observed value and the mean of all."""
    if not kernels.available():
        return _same_phase_numpy(z, period, last, mean)
    doubles = [np.ascontiguousarray(each, float) for each in (z, last, mean)]
    result = np.empty((*last.shape, 4 * PATCH))
    rates = PROFILE_RATE, SLOPE_RATE, DAMPING
    periods = np.ascontiguousarray(period, np.int64)
    kernels.call("phases", *z.shape, PATCH, periods, *doubles, *rates, threads(), result)
    return result.astype(np.float32)


def _same_phase_numpy(
    z: Float[np.ndarray, "series time"],
    period: Int[np.ndarray, " series"],
    last: Float[np.ndarray, "series patch"],
    mean: Float[np.ndarray, "series patch"],
) -> Float[np.ndarray, "series patch 32"]:
    """The same without the compiled kernels, all series at once, one step after the other."""
    seen = ~np.isnan(z)
    filled = np.where(seen, z, 0)
    series, steps = filled.shape
    patches = steps // PATCH
    s = np.maximum(period, 1)
    state = _Phases(s)
    result = np.empty((patches, 4, PATCH, series), np.float32)
    by_time, there = filled.T.copy(), seen.T.copy()
    for patch in range(patches):
        for t in range(patch * PATCH, (patch + 1) * PATCH):
            state.take(t % s, by_time[t], there[t])
        end = (patch + 1) * PATCH
        ahead = (end + np.arange(PATCH)[:, None]) % s
        recent, usual, known, level, slope = state.at(ahead)
        told = result[patch]
        known_phase = known & (period > 0)
        told[0] = np.where(known_phase, recent, last[:, patch])
        told[1] = np.where(known_phase, usual, mean[:, patch])
        told[2] = np.where(known, level, told[0])
        told[3] = told[2] + slope * _damped(state.since + 1 + np.arange(PATCH)[:, None])
    return result.transpose(3, 0, 1, 2).reshape(series, patches, 4 * PATCH)


class _Phases:
    """The phases of a season, for many series at once, updated from one step to the next.

    For each phase there are its last value, its mean, and its deviation d from the level l, the
    mean of the last values at all phases. d is a mean in which a new value has weight max(0.3,
    1/n), from the first full season on. The slope b is a mean of the changes (l_t − l_{t−s})/s, in
    which a new one has weight max(0.1, 1/n). The forecast h steps after the last observation is l +
    d (+ b (φ + … + φ^h)), a damped Holt-Winters method with fixed rates.
    """

    def __init__(self, period: Int[np.ndarray, " series"]) -> None:
        series = len(period)
        self.period, self.row = period, np.arange(series)
        wide = (int(period.max(initial=1)), series)
        self.latest, self.total, self.count = (np.zeros(wide, np.float32) for _ in range(3))
        self.deviation, self.visits, self.earlier = (np.zeros(wide, np.float32) for _ in range(3))
        self.sum, self.phases, self.slope, self.changes = (
            np.zeros(series, np.float32) for _ in range(4)
        )
        self.since = np.zeros(series, np.float32)

    def take(
        self,
        now: Int[np.ndarray, " series"],
        value: Float[np.ndarray, " series"],
        there: Bool[np.ndarray, " series"],
    ) -> None:
        """Update with one step at the phase `now` of each series: its value, where `there` is
        true."""
        at = (now, self.row)
        first = there & (self.count[at] == 0)
        old = self.latest[at]
        self.latest[at] = np.where(there, value, old)
        self.total[at] += value
        self.count[at] += there
        self.sum += np.where(there, value - old, 0)
        self.phases += first
        level = self.sum / np.maximum(self.phases, 1)
        full = there & (self.phases >= self.period)
        # The level one season ago is known where that season was full, too.
        before = self.earlier[at]
        changed = full & (self.visits[at] > 0)
        self.changes += changed
        rate = np.maximum(SLOPE_RATE, 1 / np.maximum(self.changes, 1))
        step = (level - before) / self.period - self.slope
        self.slope += np.where(changed, rate * step, 0)
        self.earlier[at] = np.where(full, level, before)
        self.visits[at] += full
        rate = np.maximum(PROFILE_RATE, 1 / np.maximum(self.visits[at], 1))
        begun = np.where(self.visits[at] > 0, rate, 1)
        deviation = self.deviation[at]
        self.deviation[at] = np.where(
            there, deviation + begun * (value - level - deviation), deviation
        )
        self.since = np.where(there, 0, self.since + 1)

    def at(self, phase: Int[np.ndarray, "step series"]) -> tuple[np.ndarray, ...]:
        """For each phase its last value, its mean, whether it was ever observed, and the level plus
        its deviation; then the slope."""
        number = self.count[phase, self.row]
        level = self.sum / np.maximum(self.phases, 1) + self.deviation[phase, self.row]
        usual = self.total[phase, self.row] / np.maximum(number, 1)
        return self.latest[phase, self.row], usual, number > 0, level, self.slope


def _damped(steps: Float[np.ndarray, "step series"]) -> Float[np.ndarray, "step series"]:
    """φ + … + φ^h for each number of steps h."""
    return DAMPING * (1 - DAMPING**steps) / (1 - DAMPING)


def _phases(
    period: Int[np.ndarray, " series"], begin: Int[np.ndarray, " series"], patches: int
) -> Float[np.ndarray, "series patch 8"]:
    """Sine and cosine of the phase of the next patch's first step in its season and in half of it,
    and of the angle of one step; 0 without a season. The last number is log(period)/6."""
    s = np.maximum(period, 1)[:, None]
    first = (np.arange(1, patches + 1) * PATCH)[None] - begin[:, None]
    turn = 2 * np.pi * (first % s) / s
    one = np.broadcast_to(2 * np.pi / s, turn.shape)
    parts = [np.sin(turn), np.cos(turn), np.sin(2 * turn), np.cos(2 * turn), np.sin(one)]
    parts += [np.cos(one), np.minimum(s / PATCH, 4) / 4 + 0 * turn, np.log(s) / 6 + 0 * turn]
    return np.stack(parts, axis=2) * (period > 0)[:, None, None]
