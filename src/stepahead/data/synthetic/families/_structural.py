"""Structural models, whose level, trend and season have separate disturbances."""

import numpy as np
from jaxtyping import Float, Int

from ._draw import Draw, log_uniform, one_season, periods
from ._smoothing import season_pattern


def structural(rng: np.random.Generator, series: int, steps: int) -> Draw:
    """Draw basic structural models: level + season + noise, half of them as exp(x).

    Level l' = l + b + u, trend b' = b₀ + φ(b − b₀) + v, season s'_p = s_p + w, value l + s + e. The
    deviations of u, v, w and e are log-uniform over up to two powers of ten, each is left out for
    some series, and u and v have the heavy tails of Student's t with 2 … 6 degrees of freedom, so
    that levels shift and trends break now and then. Source: Harvey, Forecasting, Structural Time
    Series Models and the Kalman Filter (1989), with heavier tails.

    >>> draw = structural(np.random.default_rng(0), 4, 40)
    >>> draw.values.shape, bool(np.isfinite(draw.values).all())
    ((4, 40), True)
    """
    period = periods(rng, series, steps, none=0.4)
    freedom = rng.uniform(2, 6, series)
    level = _heavy(rng, freedom, (steps, series)) * _size(rng, 0.005, 0.3, 0.85, series)
    change = _heavy(rng, freedom, (steps, series)) * _size(rng, 0.001, 0.1, 0.6, series)
    drift = rng.normal(0, 0.04, series) * (rng.random(series) < 0.7)
    stays = np.where(rng.random(series) < 0.3, 1.0, rng.uniform(0.7, 1.0, series))
    trend = np.zeros(series)
    slopes = np.empty((steps, series))
    for t in range(steps):
        trend = stays * trend + change[t]
        slopes[t] = drift + trend
    values = (slopes + level).cumsum(axis=0)
    values += moving_season(rng, period, steps, _size(rng, 0.002, 0.2, 0.8, series))
    values += rng.standard_normal((steps, series)) * _size(rng, 0.02, 0.8, 0.9, series)
    size = np.maximum(np.abs(values).max(axis=0), 1e-9)
    values = np.where(rng.random(series) < 0.5, np.exp(values * np.minimum(1, 5 / size)), values)
    return Draw(values.T.copy(), one_season(period))


def moving_season(
    rng: np.random.Generator,
    period: Int[np.ndarray, " series"],
    steps: int,
    change: Float[np.ndarray, " series"],
) -> Float[np.ndarray, "time series"]:
    """Return patterns whose places are random walks, with steps of `change` times their size per
    cycle; 0 without a season. Their standard deviation is log-uniform on 0.02 … 1.

    >>> s = moving_season(np.random.default_rng(0), np.array([4, 0]), 8, np.zeros(2))
    >>> bool(np.allclose(s[:4], s[4:])), s[:, 1].tolist() == [0.0] * 8
    (True, True)
    """
    longest = int(period.max(initial=1)) or 1
    pattern = season_pattern(rng, period, longest)
    place = np.arange(steps)[:, None] % np.maximum(period, 1)
    cycle = np.arange(steps)[:, None] // np.maximum(period, 1)
    column = np.arange(len(period))
    result = pattern[place, column]
    moved = rng.standard_normal((steps, len(period))) * change * (cycle > 0)
    for t in range(1, steps):
        moved[t] += np.where(cycle[t] > 0, moved[np.maximum(t - period, 0), column], 0)
    return (result + moved) * log_uniform(rng, 0.02, 1, len(period)) * (period > 0)


def _heavy(
    rng: np.random.Generator, freedom: Float[np.ndarray, " series"], shape: tuple[int, int]
) -> Float[np.ndarray, "time series"]:
    """Student's t with these degrees of freedom for each column."""
    return rng.standard_normal(shape) / np.sqrt(rng.chisquare(freedom, shape) / freedom)


def _size(
    rng: np.random.Generator, low: float, high: float, share: float, series: int
) -> Float[np.ndarray, " series"]:
    """Standard deviations between `low` and `high` for this share of the series, else 0."""
    return log_uniform(rng, low, high, series) * (rng.random(series) < share)
