"""Series with corners: sines, sawtooth and square waves, spikes, steps."""

import numpy as np
from jaxtyping import Float, Int

from ._draw import Draw, one_season, periods


def trend_season_irregular(rng: np.random.Generator, series: int, steps: int) -> Draw:
    """Draw trend + waves + noise + outliers: the textbook decomposition.

    The trend is none, linear, piecewise linear with one break, or quadratic; there are up to two
    waves (sine, sawtooth or square); noise is normal or Laplace; in a fifth of the series one value
    in a hundred is an outlier of 3 … 8 standard deviations.

    >>> trend_season_irregular(np.random.default_rng(0), 2, 50).values.shape
    (2, 50)
    """
    t = np.linspace(-1, 1, steps)[:, None]
    bend = np.maximum(t - rng.uniform(-0.8, 0.8, series), 0)
    kind = rng.integers(4, size=series)
    slope = rng.normal(0, 1.5, series)
    trend = slope * np.choose(kind, (0 * t + 0 * bend, t + 0 * bend, t - 2 * bend, t**2 + 0 * bend))
    period = periods(rng, series, steps, none=0.2)
    second = np.where(rng.random(series) < 0.3, periods(rng, series, steps), 0)
    values = trend + _wave(rng, period, steps) + 0.6 * _wave(rng, second, steps)
    sd = rng.uniform(0.02, 0.6, series)
    noise = np.where(
        rng.random(series) < 0.5,
        rng.standard_normal((steps, series)),
        rng.laplace(size=(steps, series)) / np.sqrt(2),
    )
    wild = (rng.random((steps, series)) < 0.01) & (rng.random(series) < 0.2)
    noise = np.where(wild, rng.uniform(3, 8, (steps, series)) * np.sign(noise), noise)
    return Draw((values + sd * noise).T.copy(), _ordered(period, second))


def spikes(rng: np.random.Generator, series: int, steps: int) -> Draw:
    """Draw periodic pulses: trapezoids of some width and height at a fixed period, on a constant
    level or a slow random walk.

    >>> spikes(np.random.default_rng(0), 2, 50).values.shape
    (2, 50)
    """
    period = np.maximum(periods(rng, series, steps, none=0.0), 4)
    width = 1 + rng.random(series) * (period - 1) * 0.6
    ramp = 1 + rng.random(series) * width * 0.5
    phase = (np.arange(steps)[:, None] + rng.integers(LARGE, size=series)) % period
    pulse = np.clip(np.minimum(phase, width - phase) / ramp, 0, 1)
    height = rng.uniform(0.5, 3, series) * np.where(rng.random(series) < 0.8, 1, -1)
    count = int(steps // period.min()) + 2
    loud = rng.uniform(0.7, 1.3, (count, series)) ** (rng.random(series) < 0.5)
    which = np.arange(steps)[:, None] // period
    values = pulse * height * loud[which, np.arange(series)]
    ground = rng.standard_normal((steps, series)).cumsum(axis=0) / np.sqrt(steps)
    values += ground * rng.uniform(0, 0.5, series) * (rng.random(series) < 0.5)
    values += rng.standard_normal((steps, series)) * rng.uniform(0.01, 0.3, series)
    return Draw(values.T.copy(), one_season(np.where(2 * period <= steps, period, 0)))


def steps_and_holds(rng: np.random.Generator, series: int, steps: int) -> Draw:
    """Draw levels that jump occasionally, exactly constant between jumps for 60 % of the series and
    rounded to a grid for 65 %.

    >>> steps_and_holds(np.random.default_rng(0), 2, 50).values.shape
    (2, 50)
    """
    rate = rng.uniform(1, 12, series) / steps
    jumps = rng.random((steps, series)) < rate
    size = rng.standard_normal((steps, series)) * rng.uniform(0.5, 3, series)
    values = (jumps * size).cumsum(axis=0)
    noise = rng.standard_normal((steps, series)) * rng.uniform(0.02, 0.3, series)
    values += np.where(rng.random(series) < 0.6, 0, noise)
    grid = rng.choice([0.1, 0.25, 0.5, 1.0], series)
    rounded = np.round(values / grid) * grid
    values = np.where(rng.random(series) < 0.65, rounded, values)
    return Draw(values.T.copy(), np.zeros((series, 2), int))


LARGE = 1 << 20
"""More than any period: phases are drawn below it."""


def _wave(
    rng: np.random.Generator, period: Int[np.ndarray, " series"], steps: int
) -> Float[np.ndarray, "time series"]:
    """A sine, sawtooth or square wave of amplitude 0.3 … 1.5 for each series; 0 if the period is
    0."""
    turn = np.arange(steps)[:, None] / np.maximum(period, 1) + rng.random(len(period))
    shape = rng.integers(3, size=len(period))
    sine = np.sin(2 * np.pi * turn)
    values = np.choose(shape, (sine, 2 * (turn % 1) - 1, np.sign(sine)))
    return values * rng.uniform(0.3, 1.5, len(period)) * (period > 0)


def _ordered(
    period: Int[np.ndarray, " series"], second: Int[np.ndarray, " series"]
) -> Int[np.ndarray, "series 2"]:
    """Both periods, the shorter first and 0 last."""
    both = np.sort(np.stack([period, second], axis=1), axis=1)
    return np.where(both[:, :1] == 0, both[:, ::-1], both)
