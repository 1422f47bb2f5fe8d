"""Structural breaks in series."""

import numpy as np
from jaxtyping import Float, Int

from ._draw import log_uniform


def broken(
    rng: np.random.Generator,
    values: Float[np.ndarray, "series time"],
    seasons: Int[np.ndarray, "series 2"],
) -> Float[np.ndarray, "series time"]:
    """Return the series, about two thirds of them with breaks of several kinds, drawn
    independently.

    Each break has its own time, and sizes are in units of the series' standard deviation: the level
    shifts (30 % of all series, by Student's t with 3 degrees of freedom times 0.05 … 0.6); the
    slope changes (30 %, by 0.1 … 1.5 over the whole length, times t with 5 degrees of freedom); the
    deviation from a running mean of a season grows or shrinks by a factor exp(N(0, 0.4)), at once
    or slowly (30 %); noise of 0.05 … 1 is added, from the start or from some time on (30 %); the
    level is a random walk (30 %).

    >>> x = np.tile(np.sin(np.arange(64.0)), (300, 1))
    >>> y = broken(np.random.default_rng(0), x, np.zeros((300, 2), int))
    >>> 0.6 < (np.abs(y - x).max(axis=1) > 0).mean() < 0.9
    np.True_
    """
    series, steps = values.shape
    unit = values.std(axis=1, keepdims=True)
    time = np.arange(steps)

    def some(share: float) -> Float[np.ndarray, "series 1"]:
        return (rng.random((series, 1)) < share).astype(float)

    def since() -> Int[np.ndarray, "series time"]:
        return np.maximum(time - rng.integers(1, steps, (series, 1)), 0)

    def sized(low: float, high: float) -> Float[np.ndarray, "series 1"]:
        return log_uniform(rng, low, high, (series, 1))

    late = since()
    slow = np.where(rng.random((series, 1)) < 0.5, 1, steps / 2)
    factor = np.exp(rng.normal(0, 0.4, (series, 1)) * some(0.3) * np.minimum(late / slow, 1))
    middle = running_mean(values, np.maximum(seasons[:, 0], 8))
    result = np.where(factor == 1, values, middle + (values - middle) * factor)
    shift = rng.standard_t(3, (series, 1)) * sized(0.05, 0.6) * some(0.3)
    bend = rng.standard_t(5, (series, 1)) * sized(0.1, 1.5) * some(0.3) * since() / steps
    late = np.where(rng.random((series, 1)) < 0.5, 1, since() > 0)
    noise = rng.standard_normal((series, steps)) * sized(0.05, 1) * some(0.3) * late
    walk = rng.standard_normal((series, steps)).cumsum(axis=1) / np.sqrt(steps)
    wander = walk * sized(0.05, 1) * some(0.3)
    return result + unit * (shift * (since() > 0) + bend + noise + wander)


def running_mean(
    values: Float[np.ndarray, "series time"], width: Int[np.ndarray, " series"]
) -> Float[np.ndarray, "series time"]:
    """Return the mean of the `width` values around each value (fewer at the ends), with a width for
    each series.

    >>> running_mean(np.array([[0.0, 3.0, 6.0, 0.0]]), np.array([3])).tolist()
    [[1.5, 3.0, 3.0, 3.0]]
    """
    series, steps = values.shape
    total = np.concatenate([np.zeros((series, 1)), values.cumsum(axis=1)], axis=1)
    time = np.arange(steps)
    low = np.maximum(time - (width[:, None] - 1) // 2, 0)
    high = np.minimum(time + width[:, None] // 2 + 1, steps)
    sums = np.take_along_axis(total, high, axis=1) - np.take_along_axis(total, low, axis=1)
    return sums / (high - low)
