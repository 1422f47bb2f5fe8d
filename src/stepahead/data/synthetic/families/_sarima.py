"""Seasonal ARIMA processes with random poles, alone and as a season within a season."""

import numpy as np
from jaxtyping import Bool, Float, Int

from ._draw import Draw, one_season, periods

BURN_IN = 200
"""Steps that are dropped at the beginning, so that series do not start at 0."""

PAIRS = np.array([(7, 24), (7, 52), (4, 12), (24, 168), (48, 336), (7, 28)])
"""Pairs of periods; the longer one is counted in steps, or in cycles of the shorter one."""

AR = 10
"""The highest autoregressive order; that of the moving average is 3, of the seasonal parts 2
each."""


def sarima(rng: np.random.Generator, series: int, steps: int) -> Draw:
    """Draw φ(B) Φ(Bˢ) (1−B)ᵈ (1−Bˢ)ᴰ x_t = θ(B) Θ(Bˢ) e_t, e_t ~ N(0, 1).

    φ has order 0 … 10 with poles uniform over the disc of radius 0.9, θ order 0 … 3; Φ and Θ have
    orders 0 … 2 in Bˢ with poles within 0.5 and 0.9. d is uniform on [0, 1) for half the series
    (fractional), else 0 or 1; D is 0 or 1. Poles come in conjugate pairs: the coefficients are real
    and every process is stable before it is summed. After SarSim0 ("Zero-shot forecasting by
    simulation alone", arXiv 2601.00970), with other ranges.

    >>> draw = sarima(np.random.default_rng(0), 3, 50)
    >>> draw.values.shape, draw.seasons.shape
    ((3, 50), (3, 2))
    """
    period = periods(rng, series, steps, none=0.3)
    total = steps + BURN_IN
    x = rng.standard_normal((total, series))
    x = moving_average(x, polynomial(rng, series, 3, 0.9))
    plain = rng.random(series) < 0.5
    phi = polynomial(rng, series, AR, 0.9)
    phi[1:, plain & (period > 0)] = 0
    x = autoregress(x, phi, np.ones(series, int))
    x = _seasonal(rng, x, period, plain)
    x = _sum_fractionally(rng, x)
    return Draw(x[BURN_IN:].T.copy(), one_season(period))


def double_sarima(rng: np.random.Generator, series: int, steps: int) -> Draw:
    """Draw a short season within a long one: base + envelope, or (1 + ω·envelope)·base.

    Base and envelope are SARIMA processes with the periods of one of `PAIRS` (those that fit twice
    into `steps`; longer ones are more frequent); the envelope is scaled to [−1, 1], ω is uniform on
    [0, 1).

    >>> set(map(tuple, double_sarima(np.random.default_rng(0), 50, 30).seasons.tolist()))
    {(4, 12)}
    """
    fit = PAIRS[PAIRS[:, 1] * 2 <= steps]
    if not len(fit):
        return sarima(rng, series, steps)
    share = np.sqrt(fit[:, 1])
    seasons = fit[rng.choice(len(fit), series, p=share / share.sum())]
    base, envelope = (_cycle(rng, seasons[:, k], steps) for k in (0, 1))
    ratio = rng.random(series) < 0.5
    weight = rng.random(series)
    values = np.where(
        ratio,
        (1 + weight * envelope) * (base + rng.uniform(0, 3, series)),
        base + rng.uniform(0.3, 2, series) * envelope,
    )
    return Draw((values + _drift(rng, steps, series)).T.copy(), seasons)


def _cycle(
    rng: np.random.Generator, period: Int[np.ndarray, " series"], steps: int
) -> Float[np.ndarray, "time series"]:
    """A season that changes slowly, scaled to [−1, 1], and its noise."""
    series = len(period)
    lead = int(period.max())
    e = rng.standard_normal((steps + lead, series))
    e[lead:] *= rng.uniform(0, 0.3, series)
    poles = np.zeros((2, series))
    poles[0], poles[1] = 1, -rng.uniform(0.9, 1.0, series)
    x = autoregress(e, poles, period)
    smooth = polynomial(rng, series, 2, 0.8)
    x = autoregress(x, smooth, np.ones(series, int))[lead:]
    low, high = x.min(axis=0), x.max(axis=0)
    return 2 * (x - low) / np.maximum(high - low, 1e-9) - 1


def _drift(rng: np.random.Generator, steps: int, series: int) -> Float[np.ndarray, "time series"]:
    """A random walk that ends within a few units, for half of the series."""
    walk = rng.standard_normal((steps, series)).cumsum(axis=0) / np.sqrt(steps)
    return walk * np.where(rng.random(series) < 0.5, rng.uniform(0, 1, series), 0)


def polynomial(
    rng: np.random.Generator, series: int, order: int, radius: float
) -> Float[np.ndarray, "powers series"]:
    """Draw polynomials 1 + a₁B + … of order 0 … `order` with poles uniform over a disc.

    >>> a = polynomial(np.random.default_rng(0), 500, 4, 0.9)
    >>> bool(max(abs(np.roots(column)).max(initial=0) for column in a.T) < 0.9)
    True
    """
    orders = rng.integers(order + 1, size=series)
    result = np.zeros((order + 1, series))
    result[0] = 1
    for pair in range((order + 1) // 2):
        r = radius * np.sqrt(rng.random(series))
        angle = rng.uniform(0, np.pi, series)
        alone = np.where(rng.random(series) < 0.5, r, -r)
        left = orders - 2 * pair
        first = np.where(left >= 2, -2 * r * np.cos(angle), np.where(left == 1, -alone, 0))
        second = np.where(left >= 2, r * r, 0)
        longer = result.copy()
        longer[1:] += first * result[:-1]
        longer[2:] += second * result[:-2]
        result = longer
    return result


def moving_average(
    e: Float[np.ndarray, "time series"], a: Float[np.ndarray, "powers series"]
) -> Float[np.ndarray, "time series"]:
    """Return x_t = Σ_k a_k e_{t−k}, with e = 0 before the beginning."""
    x = e.copy()
    for lag in range(1, len(a)):
        x[lag:] += a[lag] * e[:-lag]
    return x


def autoregress(
    e: Float[np.ndarray, "time series"],
    a: Float[np.ndarray, "powers series"],
    period: Int[np.ndarray, " series"],
) -> Float[np.ndarray, "time series"]:
    """Return x_t = e_t − Σ_k a_k x_{t−k·period}, with x = 0 before the beginning, and a period for
    each series.

    >>> autoregress(np.eye(5, 1), np.array([[1.0], [-0.5]]), np.array([2])).ravel()
    array([1.  , 0.  , 0.5 , 0.  , 0.25])
    """
    order, series = len(a) - 1, e.shape[1]
    lead = order * max(1, int(period.max()))
    x = np.zeros((lead + len(e), series))
    x[lead:] = e
    back = -period[None] * np.arange(1, order + 1)[:, None]
    if (period == 1).all():
        for t in range(lead, len(x)):
            x[t] -= np.einsum("kn,kn->n", a[1:], x[t - order : t][::-1])
    else:
        column = np.arange(series)[None]
        for t in range(lead, len(x)):
            x[t] -= (a[1:] * x[t + back, column]).sum(axis=0)
    return x[lead:]


def _seasonal(
    rng: np.random.Generator,
    x: Float[np.ndarray, "time series"],
    period: Int[np.ndarray, " series"],
    autoregressive: Bool[np.ndarray, " series"],
) -> Float[np.ndarray, "time series"]:
    """Θ(Bˢ)/Φ(Bˢ) and seasonal integration, for the series that have a season."""
    has = period > 0
    if not has.any():
        return x
    s = period[has]
    part = x[:, has]
    theta = polynomial(rng, len(s), 2, 0.9)
    e = np.zeros((2 * int(s.max()) + len(part), len(s)))
    e[-len(part) :] = part
    t = np.arange(len(e) - len(part), len(e))[:, None]
    for k in (1, 2):
        part = part + theta[k] * e[t - k * s, np.arange(len(s))]
    phi = polynomial(rng, len(s), 2, 0.5)
    phi[1:, ~autoregressive[has]] = 0
    # (1 − Bˢ) is one more pole, at 1.
    summed = rng.random(len(s)) < 0.8
    phi = np.concatenate([phi, np.zeros((1, len(s)))])
    phi[1:] -= np.where(summed, phi[:-1], 0)
    result = x.copy()
    result[:, has] = autoregress(part, phi, s)
    return result


def _sum_fractionally(
    rng: np.random.Generator, x: Float[np.ndarray, "time series"]
) -> Float[np.ndarray, "time series"]:
    """(1 − B)^−d x by its first 100 binomial weights; d = 1 is the cumulative sum."""
    series = x.shape[1]
    kind = rng.random(series)
    d = np.where(kind < 0.5, rng.random(series), 0.0)
    weights = np.ones((100, series))
    for k in range(1, 100):
        weights[k] = weights[k - 1] * (k - 1 + d) / k
    size = len(x) + 100
    product = np.fft.rfft(x, size, axis=0) * np.fft.rfft(weights, size, axis=0)
    result = np.fft.irfft(product, size, axis=0)[: len(x)]
    return np.where(kind < 0.5, result, np.where(kind < 0.75, x, x.cumsum(axis=0)))
