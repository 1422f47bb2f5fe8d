"""The Theta method in NumPy, for use without native code, vectorised over series. The equations are
those of `native/series/theta.cc`."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from ._ets_start import season_of
from ._least_squares import Box, least_squares
from ._rows import Rows

if TYPE_CHECKING:
    from ._theta import ThetaFit

ENOUGH = 1.6448536269514722
"""The 95 % quantile of the normal distribution."""


class State(NamedTuple):
    """Level, mean so far, intercept, slope, and the number of steps, each `[series, lane]`."""

    level: np.ndarray
    mean: np.ndarray
    a: np.ndarray
    b: np.ndarray
    steps: np.ndarray


def forecast_of(now: State, alpha: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the forecast of the next step."""
    power = (1 - alpha) ** now.steps
    return now.level + weight * (now.a * power + now.b * (1 - power * (1 - alpha)) / alpha)


def learned(now: State, alpha: np.ndarray, value: np.ndarray, dynamic: bool) -> State:
    """Return the state after a value, for the rate `alpha`; `dynamic` updates the line."""
    level, t = now.level + alpha * (value - now.level), now.steps + 1
    if not dynamic:
        return now._replace(level=level, steps=t)
    b = ((t - 2) * now.b + 6 / t * (value - now.mean)) / (t + 1) * (t > 1)
    mean = now.mean + (value - now.mean) / t
    return State(level, mean, mean - (t + 1) / 2 * b, b, t)


def run(
    now: State, rates: tuple[np.ndarray, np.ndarray], values: np.ndarray, dynamic: bool
) -> Float[np.ndarray, "series lane time"]:
    """Return the one-step forecasts from the state `now` with these `rates`; `dynamic` updates the
    line."""
    told = []
    for y in values.T:
        f = forecast_of(now, *rates)
        told.append(np.broadcast_to(f, now.level.shape))
        now = learned(now, rates[0], np.where(np.isnan(y)[:, None], f, y[:, None]), dynamic)
    return np.stack(told, axis=2)


def season_shows(values: Float[np.ndarray, "series time"], m: int) -> Bool[np.ndarray, " series"]:
    """Return True if the autocorrelation at lag m is significant at 90 %."""
    there = ~np.isnan(values)
    off = np.where(there, values - np.nanmean(values, axis=1, keepdims=True), 0.0)
    variance = np.sum(off**2, axis=1)
    lags = [np.sum(off[:, lag:] * off[:, :-lag], axis=1) for lag in range(1, m + 1)]
    r = np.stack(lags) / np.where(variance > 0, variance, 1.0)
    bound = np.sqrt((1 + 2 * np.sum(r[:-1] ** 2, axis=0)) / there.sum(axis=1))
    return np.abs(r[-1]) > ENOUGH * bound


def fit(rows: Rows, m: int, kind: int, out: tuple[np.ndarray, ...]) -> None:
    """As `stepahead_theta_fit` of the native code: fill season kinds, rates, before, after, seasons
    and statistics."""
    kinds, rates, before, after, seasons, sums = out
    values, lengths = rows.padded(), rows.lengths
    kinds[:], of_place = _seasons(values, lengths, m)
    place = (np.arange(m) + lengths[:, None]) % m
    seasons[:] = np.take_along_axis(of_place, place, axis=1)
    y = _without(values, kinds, of_place[:, np.arange(values.shape[1]) % m])
    there = ~np.isnan(y)
    time = np.arange(1.0, y.shape[1] + 1)
    n, t, tt = there.sum(1), there @ time, there @ time**2
    total, product = np.nansum(y, axis=1), np.where(there, y, 0) @ time
    b = (n * product - t * total) / (n * tt - t**2)
    a = (total - b * t) / n
    line = np.abs(a)
    if kind == 2:
        a, b = np.zeros_like(a), np.zeros_like(b)

    def opened(left: np.ndarray, x: np.ndarray) -> tuple[State, tuple[np.ndarray, np.ndarray]]:
        zero = np.zeros(x.shape[:2])
        line = a[left][:, None] + zero, b[left][:, None] + zero
        weight = x[..., 2] if kind else zero + 0.5
        return State(x[..., 0], zero, *line, np.zeros((len(x), 1))), (x[..., 1], weight)

    def residuals(left: np.ndarray, x: np.ndarray) -> np.ndarray:
        f = run(*opened(left, x), y[left], kind == 2)
        counted = there[left] & (np.arange(y.shape[1]) >= (2 if kind == 2 else 0))
        return np.where(counted[:, None], y[left][:, None] - f, 0.0)

    low, high = np.nanmin(y, axis=1), np.nanmax(y, axis=1)
    width, one = np.maximum(high - low, 1e-12), np.ones(len(y))
    far = 2 * width + line  # the line is part of the level
    size = 3 if kind else 2
    box = Box(
        np.stack([low - far, 0.1 * one, 0 * one], 1)[:, :size],
        np.stack([high + far, 0.99 * one, (1 - 1e-3) * one], 1)[:, :size],
        np.stack([1e-6 * width, 1e-6 * one, 1e-6 * one], 1)[:, :size],
    )
    start = np.stack([y[:, 0] - 0.5 * (a + b), 0.5 * one, 0.5 * one], 1)[:, :size]
    x, best = least_squares(residuals, start, box)
    rates[:, 0], rates[:, 1] = x[:, 1], 1 / (1 - x[:, 2]) if kind else 2.0
    before[:] = np.stack([x[:, 0], 0 * one, a, b, 0 * one], 1)
    _up_to(rates, before, y, lengths, kind == 2, after)
    sums[:, 0], sums[:, 1] = best / np.maximum(n - size, 1), n


def _seasons(
    values: np.ndarray, lengths: Int[np.ndarray, " series"], m: int
) -> tuple[Int[np.ndarray, " series"], Float[np.ndarray, "series place"]]:
    """The kind of season that is removed from each series, and the season by phase."""
    kinds, of_place = np.zeros(len(values), np.int64), np.zeros((len(values), m))
    if m < 2 or values.shape[1] <= 2 * m:
        return kinds, of_place
    shows = (lengths > 2 * m) & season_shows(values, m)
    for kind, factor in ((1, False), (2, True)):
        season, whole = season_of(values, lengths, m, factor)
        fine = shows & whole
        if factor:
            fine &= (np.nanmin(values, axis=1) > 0) & (season > 1e-2).all(axis=1)
        kinds[fine], of_place[fine] = kind, season[fine]
    return kinds, of_place


def _without(values: np.ndarray, kinds: np.ndarray, season: np.ndarray) -> np.ndarray:
    """The values without the season."""
    by = np.where(kinds[:, None] == 2, season, 1.0)
    return np.where(kinds[:, None] == 1, values - season, values / by)


def _with(values: np.ndarray, kinds: np.ndarray, season: np.ndarray) -> np.ndarray:
    """The values with their season."""
    by = np.where(kinds[:, None] == 2, season, 1.0)
    return np.where(kinds[:, None] == 1, values + season, values * by)


def _read(rates: np.ndarray, states: np.ndarray) -> tuple[State, tuple[np.ndarray, np.ndarray]]:
    now = State(*(states[:, k, None].copy() for k in range(5)))
    return now, (rates[:, :1], 1 - 1 / rates[:, 1:])


def _up_to(
    rates: np.ndarray,
    states: np.ndarray,
    y: np.ndarray,
    lengths: np.ndarray,
    dynamic: bool,
    after: np.ndarray,
) -> None:
    """Write the states of every series after its last step to `after`."""
    now, both = _read(rates, states)
    for step, value in enumerate(y.T):
        f = forecast_of(now, *both)
        now = learned(now, both[0], np.where(np.isnan(value)[:, None], f, value[:, None]), dynamic)
        at = lengths == step + 1
        after[at] = np.column_stack([part[:, 0] for part in now])[at]


def smooth(
    fit: "ThetaFit",
    rows: Rows,
    states: np.ndarray,
    first: np.ndarray,
    after: np.ndarray,
    told: np.ndarray,
) -> None:
    """As `stepahead_theta_filter` of the native code: fill `after` and `told`."""
    values, lengths = rows.padded(), rows.lengths
    season = first[:, np.arange(values.shape[1]) % fit.season]
    y = _without(values, fit.season_kind, season)
    now, both = _read(fit.rates, states)
    f = _with(run(now, both, y, fit.kind == "dynamic")[:, 0], fit.season_kind, season)
    _up_to(fit.rates, states, y, lengths, fit.kind == "dynamic", after)
    told[:] = f[np.arange(values.shape[1]) < lengths[:, None]]


def forecast(fit: "ThetaFit", skip: np.ndarray, mean: np.ndarray, spread: np.ndarray) -> None:
    """As `stepahead_theta_forecast` of the native code: fill `mean` and `spread`."""
    dynamic, horizon = fit.kind == "dynamic", mean.shape[1]
    steps = int(skip.max(initial=0)) + horizon
    now, (alpha, weight) = _read(fit.rates, fit.after)
    lanes = steps if dynamic else 1
    now = State(*(np.repeat(part, lanes, axis=1) for part in now))
    points, wide = [], []
    for t in range(steps):
        f = forecast_of(now, alpha, weight)
        points.append(f[:, 0])
        moved = np.sum((f[:, 1 : t + 1] - f[:, :1]) ** 2, axis=1)
        wide.append(1 + (moved if dynamic else t * alpha[:, 0] ** 2))
        if dynamic and t + 1 < lanes:
            f[:, t + 1] += 1
        now = learned(now, alpha, f, dynamic)
    told = skip[:, None] + np.arange(horizon)
    season = np.take_along_axis(fit.seasons, told % fit.season, axis=1)
    mean[:] = _with(np.take_along_axis(np.stack(points, 1), told, axis=1), fit.season_kind, season)
    sigma = np.sqrt(fit.sums[:, :1] * np.take_along_axis(np.stack(wide, 1), told, axis=1))
    spread[:] = sigma * np.where(fit.season_kind[:, None] == 2, season, 1.0)
