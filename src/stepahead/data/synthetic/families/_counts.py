"""Counts: sales of slow-moving items, calls, visits."""

import numpy as np

from ._draw import Draw, log_uniform, one_season, periods
from ._smoothing import season_pattern


def counts(rng: np.random.Generator, series: int, steps: int) -> Draw:
    """Draw Poisson and negative binomial counts whose rate has a season and a random walk.

    log rate = log λ + a·pattern + walk, λ log-uniform on 0.2 … 100; overdispersion is a gamma
    factor of shape 0.5 … 20 for half the series.

    >>> draw = counts(np.random.default_rng(0), 5, 60)
    >>> bool((draw.values == np.floor(draw.values)).all() and (draw.values >= 0).all())
    True
    """
    period = periods(rng, series, steps, none=0.4)
    longest = int(period.max(initial=1)) or 1
    pattern = season_pattern(rng, period, longest)
    place = np.arange(steps)[:, None] % np.maximum(period, 1)
    wander = rng.standard_normal((steps, series)).cumsum(axis=0) / np.sqrt(steps)
    rate = np.exp(
        np.log(log_uniform(rng, 0.2, 100, series))
        + pattern[place, np.arange(series)] * rng.uniform(0, 0.8, series)
        + wander * rng.uniform(0, 0.7, series)
    ).clip(0, 1e6)
    shape = rng.uniform(0.5, 20, series)
    spread = np.where(rng.random(series) < 0.5, rng.gamma(shape, 1 / shape, (steps, series)), 1)
    return Draw(rng.poisson(rate * spread).T.astype(float), one_season(period))


def intermittent(rng: np.random.Generator, series: int, steps: int) -> Draw:
    """Draw demand that is mostly 0: a Bernoulli event with a slowly changing probability (3 to 60
    %), then 1 + a negative binomial size.

    >>> draw = intermittent(np.random.default_rng(0), 50, 100)
    >>> bool((draw.values == 0).mean() > 0.5)
    True
    """
    wander = rng.standard_normal((steps, series)).cumsum(axis=0) / np.sqrt(steps)
    chance = log_uniform(rng, 0.03, 0.6, series) * np.exp(wander * rng.uniform(0, 0.8, series))
    event = rng.random((steps, series)) < chance.clip(0, 1)
    shape, mean = rng.uniform(0.5, 5, series), log_uniform(rng, 0.1, 20, series)
    size = 1 + rng.negative_binomial(shape, shape / (shape + mean), (steps, series))
    return Draw((event * size).T.astype(float), np.zeros((series, 2), int))
