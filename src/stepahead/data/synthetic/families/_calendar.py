"""Trends times seasons, as in sales and traffic."""

import numpy as np
from jaxtyping import Float, Int

from ._draw import Draw, log_uniform, periods
from ._smoothing import season_pattern


def calendar(rng: np.random.Generator, series: int, steps: int) -> Draw:
    """Draw trend × season × longer season × noise, all positive.

    The trend is (1 + linear) × exponential and changes by at most a factor of ten over the series.
    A season is exp(a·pattern) with a uniform up to 0.7; the longer one has 7, 12, 24 or 52 cycles
    of the shorter one, mostly 7, if it fits twice. The noise is Weibull with median 1 (shape 1 …
    5), with a weight that is mostly below 10 %. After the prior of ForecastPFN (Dooley and others,
    2023).

    >>> bool((calendar(np.random.default_rng(0), 20, 100).values > 0).all())
    True
    """
    t = np.linspace(0, 1, steps)[:, None]
    growth = np.exp(rng.normal(0, 0.7, series).clip(-np.log(10), np.log(10)) * t)
    slope = 1 + rng.uniform(-0.5, 1, series) * t
    short = periods(rng, series, steps, none=0.1)
    times = rng.choice([7, 12, 24, 52], series, p=[0.6, 0.15, 0.1, 0.15])
    long = np.where((2 * short * times <= steps) & (rng.random(series) < 0.5), short * times, 0)
    values = log_uniform(rng, 0.1, 1e4, series) * growth * slope
    for period in (short, long):
        values = values * np.exp(_repeated(rng, period, steps) * rng.uniform(0, 0.7, series))
    shape = rng.uniform(1, 5, series)
    weibull = rng.weibull(shape, (steps, series)) / np.log(2) ** (1 / shape)
    share = np.where(
        rng.random(series) < 0.7, rng.uniform(0, 0.1, series), rng.uniform(0.1, 0.5, series)
    )
    values = values * (1 + share * (weibull - 1))
    return Draw(values.T.copy(), np.stack([short, long], axis=1))


def _repeated(
    rng: np.random.Generator, period: Int[np.ndarray, " series"], steps: int
) -> Float[np.ndarray, "time series"]:
    """A season's pattern over the whole time; 0 for no season."""
    pattern = season_pattern(rng, period, int(period.max(initial=1)) or 1)
    place = np.arange(steps)[:, None] % np.maximum(period, 1)
    return pattern[place, np.arange(len(period))]
