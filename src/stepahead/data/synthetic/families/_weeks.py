"""Days within weeks: loads, traffic, visits, calls."""

import numpy as np
from jaxtyping import Bool, Float, Int

from ._draw import Draw, log_uniform
from ._sarima import autoregress

DAYS = np.array([1, 8, 12, 24, 48, 96])
"""The possible numbers of steps in a day; 1 means daily series, whose season is the week."""

OFTEN = np.array([2, 1, 1, 5, 3, 1])
"""Weights of these numbers; those that do not fit are left out."""

BUMPS = 4
"""The most bumps in the profile of a day."""


def weeks(rng: np.random.Generator, series: int, steps: int) -> Draw:
    """Draw series in which working days and days off have different profiles.

    x_t = profile of the kind of day + effect of the weekday + level + daily deviation + noise +
    bursts. A profile is the sum of 1 … 4 bumps a·exp(κ(cos(2π(h − c)) − 1)), κ 0.5 … 15, over the
    fraction h of the day; that of days off is a mixture with that of working days. A week has 7
    days, the last one or two of them off, or 5 (15 % of the series); occasionally another day is
    off, like a holiday. Level, daily deviation and noise are AR(1) processes with memories of
    weeks, days and steps; bursts occur at random and decay (30 %). Two in three series are exp(x),
    a third of those Poisson counts with that mean. Days have 1, 8, 12, 24, 48 or 96 steps, mostly
    24, if they fit twice; the week is also a season if it fits twice.

    >>> draw = weeks(np.random.default_rng(0), 300, 512)
    >>> draw.values.shape, sorted(set(map(tuple, draw.seasons.tolist())))[-3:]
    ((300, 512), [(48, 0), (48, 240), (96, 0)])
    """
    fit = (steps >= 2 * DAYS) & ((DAYS > 1) | (steps >= 14))
    fit[0] |= not fit.any()
    day = rng.choice(DAYS[fit], series, p=OFTEN[fit] / OFTEN[fit].sum())
    long = np.where(rng.random(series) < 0.15, 5, 7)
    t = np.arange(steps)[:, None] + rng.integers(0, day * long)
    number, over = (
        t // day,
        t % day / day,
    )  # the number of the day, and the fraction of it that has passed
    weekday = number % long
    rest = weekday >= 7 - rng.choice([1, 2], series, p=[0.25, 0.75])
    holiday = rng.random((int(number.max()) + 1, series)) < rng.uniform(0, 0.04, series)
    rest |= np.take_along_axis(holiday, number, axis=0)
    effect = rng.normal(0, 1, (7, series)) * log_uniform(rng, 0.01, 0.3, series)
    x = np.take_along_axis(effect, weekday, axis=0) + rest * rng.normal(-0.2, 0.4, series)
    x += np.where(day > 1, _profile(rng, over, rest), 0) * log_uniform(rng, 0.1, 1, series)
    x += _wanderings(rng, day, steps)
    return Draw(_in_units(rng, x).T.copy(), _seasons(day, long, steps))


def _profile(
    rng: np.random.Generator,
    over: Float[np.ndarray, "time series"],
    rest: Bool[np.ndarray, "time series"],
) -> Float[np.ndarray, "time series"]:
    """The profiles of both kinds of day, each on its days, with standard deviation about 1."""
    series = over.shape[1]
    both = []
    for _ in range(2):
        shape = np.zeros_like(over)
        count = rng.integers(1, BUMPS + 1, series)
        for bump in range(BUMPS):
            sharp, centre = log_uniform(rng, 0.5, 15, series), rng.random(series)
            height = rng.normal(0.7, 1, series) * (bump < count)
            shape += height * np.exp(sharp * (np.cos(2 * np.pi * (over - centre)) - 1))
        both.append(shape / np.maximum(shape.std(axis=0), 0.1))
    share = rng.random(series)
    return np.where(rest, share * both[0] + (1 - share) * both[1], both[0])


def _wanderings(
    rng: np.random.Generator, day: Int[np.ndarray, " series"], steps: int
) -> Float[np.ndarray, "time series"]:
    """The sum of level, daily deviation, noise and bursts: AR(1) processes with four memories, in
    one filter."""
    series = len(day)
    memory = np.concatenate(
        [
            day * log_uniform(rng, 3, 60, series),
            day * rng.uniform(0.2, 2, series),
            log_uniform(rng, 0.1, 6, series),
            day * log_uniform(rng, 0.2, 5, series),
        ]
    )
    keep = np.exp(-1 / memory)
    e = rng.standard_normal((steps, 4 * series)) * np.sqrt(1 - keep**2)
    bursting = rng.random((steps, series)) < rng.uniform(0, 6, series) / steps
    e[:, 3 * series :] = bursting * rng.exponential(1, (steps, series))
    parts = autoregress(e, np.stack([np.ones_like(keep), -keep]), np.ones(len(keep), int))
    size = [
        rng.uniform(0, 0.6, series),
        rng.uniform(0, 0.2, series),
        log_uniform(rng, 0.01, 0.3, series),
        rng.uniform(0, 1, series) * (rng.random(series) < 0.3),
    ]
    return (parts * np.concatenate(size)).reshape(steps, 4, series).sum(axis=1)


def _in_units(
    rng: np.random.Generator, x: Float[np.ndarray, "time series"]
) -> Float[np.ndarray, "time series"]:
    """x, or exp(x), or counts with that mean."""
    series = x.shape[1]
    kind = rng.random(series)
    ratio = np.exp(x.clip(-10, 10))
    counted = rng.poisson(np.minimum(ratio * log_uniform(rng, 1, 300, series), 1e6))
    return np.where(kind < 1 / 3, x, np.where(kind < 7 / 9, ratio, counted))


def _seasons(
    day: Int[np.ndarray, " series"], long: Int[np.ndarray, " series"], steps: int
) -> Int[np.ndarray, "series 2"]:
    """The day and the week, each if it fits twice; the week alone if a day is one step."""
    week = np.where(2 * long * day <= steps, long * day, 0)
    return np.where((day == 1)[:, None], np.stack([week, 0 * week], 1), np.stack([day, week], 1))
