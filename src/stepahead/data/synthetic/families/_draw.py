"""`Draw`: series of a family, with the seasons that they contain."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

STANDARD = np.array([4, 5, 7, 12, 24, 48, 52, 96, 168, 288, 336])
"""Common periods: quarters, business days, weekdays, months, hours, half hours, weeks, and so
on."""

LONGEST = 512
"""The longest period that is drawn."""


class Draw(NamedTuple):
    """Series of one length, and the periods of up to two seasons in each, shorter first; 0 means
    none."""

    values: Float[np.ndarray, "series time"]
    seasons: Int[np.ndarray, "series 2"]


Family = Callable[[np.random.Generator, int, int], Draw]
"""`family(rng, series, steps)` returns `series` series of `steps` steps, each with new parameters;
the same state of `rng` gives the same numbers."""


def periods(
    rng: np.random.Generator, series: int, steps: int, *, none: float = 0.2
) -> Int[np.ndarray, " series"]:
    """Draw a period for each series: 0 (no season) with probability `none`, else one of `STANDARD`
    or any whole number from 2 to `LONGEST` (log-uniform), with equal probability. No period is
    longer than half of `steps`, so that each season occurs twice.

    >>> rng = np.random.default_rng(0)
    >>> int(periods(rng, 1000, 40).max()) <= 20
    True
    """
    top = max(2, min(LONGEST, steps // 2))
    usual = STANDARD[top >= STANDARD]
    free = np.exp(rng.uniform(np.log(2), np.log(top + 1), series)).astype(int)
    if len(usual):
        free = np.where(rng.random(series) < 0.5, rng.choice(usual, series), free)
    return np.where((rng.random(series) < none) | (steps < 6), 0, free)


def one_season(period: Int[np.ndarray, " series"]) -> Int[np.ndarray, "series 2"]:
    """Return the seasons of a `Draw` with at most one."""
    return np.stack([period, np.zeros_like(period)], axis=1)


def log_uniform(
    rng: np.random.Generator, low: float, high: float, size: int | tuple[int, ...]
) -> Float[np.ndarray, " ..."]:
    """Draw numbers that are log-uniform between `low` and `high`."""
    return np.exp(rng.uniform(np.log(low), np.log(high), size))
