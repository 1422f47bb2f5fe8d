"""Random walks and processes that switch between regimes: prices, rates, loads."""

import numpy as np
from jaxtyping import Float

from ._draw import Draw, log_uniform, one_season


def walk(rng: np.random.Generator, series: int, steps: int) -> Draw:
    """Draw random walks: x_t = x_{t−1} + drift + v_t e_t; a third as exp(x), like prices.

    The errors are normal, or Student's t with 3 … 8 degrees of freedom; log v_t is constant, or an
    AR(1) with coefficient 0.95 (stochastic volatility); the drift is 0 for half of the series.

    >>> walk(np.random.default_rng(0), 2, 30).values.shape
    (2, 30)
    """
    e = rng.standard_normal((steps, series))
    freedom = rng.uniform(3, 8, series)
    heavy = e / np.sqrt(rng.chisquare(freedom, (steps, series)) / freedom)
    e = np.where(rng.random(series) < 0.3, heavy, e)
    e *= np.exp(_volatility(rng, steps, series))
    drift = np.where(rng.random(series) < 0.5, rng.normal(0, 0.2, series), 0)
    x = (e + drift).cumsum(axis=0)
    price = rng.random(series) < 1 / 3
    size = log_uniform(rng, 1e-3, 0.05, series)
    x = np.where(price, np.exp((x * size).clip(-20, 20)), x)
    return Draw(x.T.copy(), np.zeros((series, 2), int))


def weekdays(rng: np.random.Generator, series: int, steps: int) -> Draw:
    """Draw random walks with a weak season: prices and rates, for which the last value is more
    informative than that of the same weekday one week before.

    As `walk`, plus a pattern of 5 places (half the series), 7, 4, 12 or 24, of 0 … 0.7 standard
    deviations of a step, plus noise around the walk of 0 … 1 standard deviations.

    >>> sorted(set(weekdays(np.random.default_rng(0), 200, 64).seasons[:, 0].tolist()))
    [4, 5, 7, 12, 24]
    """
    base = walk(rng, series, steps).values
    period = rng.choice([5, 7, 4, 12, 24], series, p=[0.5, 0.2, 0.1, 0.1, 0.1])
    period = np.where(2 * period <= steps, period, 5)
    unit = np.diff(base, axis=1).std(axis=1, keepdims=True)
    place = np.arange(steps) % period[:, None]
    pattern = np.take_along_axis(rng.standard_normal((series, 24)), place, axis=1)
    noise = rng.standard_normal((series, steps))
    told = pattern * rng.uniform(0, 0.7, (series, 1)) + noise * rng.uniform(0, 1, (series, 1))
    return Draw(base + unit * told * (rng.random((series, 1)) < 0.8), one_season(period))


def regimes(rng: np.random.Generator, series: int, steps: int) -> Draw:
    """Draw a mean-reverting process that switches between two regimes by a Markov chain.

    x_{t+1} = x_t + θ(μ − x_t) + σe_t, with (θ, μ, σ) of the present regime: one reverts fast (θ 0.2
    … 0.9), one slowly (0.01 … 0.2); regimes continue with probability 0.9 … 0.998.

    >>> regimes(np.random.default_rng(0), 2, 30).values.shape
    (2, 30)
    """
    pull = np.stack([rng.uniform(0.2, 0.9, series), log_uniform(rng, 0.01, 0.2, series)])
    centre = rng.normal(0, 2, (2, series))
    size = np.stack([log_uniform(rng, 0.1, 1, series), log_uniform(rng, 0.1, 1.5, series)])
    stay = rng.uniform(0.9, 0.998, series)
    state = (rng.random((steps, series)) > stay).cumsum(axis=0) % 2
    column = np.arange(series)
    e = rng.standard_normal((steps, series))
    x = centre[0] + rng.standard_normal(series)
    values = np.empty((steps, series))
    for t in range(steps):
        now = state[t]
        x = x + pull[now, column] * (centre[now, column] - x) + size[now, column] * e[t]
        values[t] = x
    return Draw(values.T.copy(), np.zeros((series, 2), int))


def _volatility(
    rng: np.random.Generator, steps: int, series: int
) -> Float[np.ndarray, "time series"]:
    """Logarithms of a volatility: 0 for 70 % of the series, else an AR(1)."""
    size = np.where(rng.random(series) < 0.3, rng.uniform(0.1, 0.3, series), 0)
    e = rng.standard_normal((steps, series))
    x = np.zeros(series)
    result = np.empty((steps, series))
    for t in range(steps):
        x = 0.95 * x + size * e[t]
        result[t] = x
    return result
