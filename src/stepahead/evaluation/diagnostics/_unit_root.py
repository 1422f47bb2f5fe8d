"""Two tests for a unit root: the augmented Dickey–Fuller test, whose null hypothesis is a unit
root, and the KPSS test, whose null hypothesis is stationarity."""

import math

import numpy as np
from jaxtyping import Float

_SMALL = {False: (2.1659, 1.4412, 0.038269), True: (3.2512, 1.6047, 0.049588)}
_LARGE = {
    False: (1.7339, 0.93202, -0.12745, -0.010368),
    True: (2.5261, 0.61654, -0.37956, -0.060285),
}
_RANGE = {False: (-18.83, -1.61, 2.74), True: (-16.18, -2.89, 0.70)}
"""Polynomials from the Dickey–Fuller statistic to a normal score, below and above the middle number
of the range; outside the range the p-value is 0 or 1. False is for the test around a level, True
around a linear trend (MacKinnon 1994, tables 3 and 4)."""

_CRITICAL = {False: (0.347, 0.463, 0.574, 0.739), True: (0.119, 0.146, 0.176, 0.216)}
_TAILS = (0.10, 0.05, 0.025, 0.01)
"""Critical values of the KPSS statistic at these levels (Kwiatkowski et al. 1992, table 1)."""


def dickey_fuller(values: Float[np.ndarray, " time"], *, line: bool) -> float:
    """Return the p-value of the augmented Dickey–Fuller test around a level, or with `line` around
    a linear trend; a small one is evidence against a unit root.

    The t statistic of ρ in Δy_t = a (+ b·t) + ρ·y_{t−1} + Σ_{i≤p} γ_i Δy_{t−i} is compared with
    MacKinnon's distribution. p is the number of lagged changes with the smallest AIC, all computed
    from the same steps, at most 12·(n/100)^¼ (Schwert 1989). Source: Said and Dickey 1984.

    >>> steps = np.random.default_rng(0).normal(size=200)
    >>> dickey_fuller(steps, line=False) < 0.01, dickey_fuller(steps.cumsum(), line=False) > 0.1
    (True, True)
    """
    count = len(values)
    most = min(math.ceil(12 * (count / 100) ** 0.25), count // 2 - 2 - line)
    lags = min(range(most + 1), key=lambda lag: _fitted(values, lag, most, line)[0])
    statistic = _fitted(values, lags, lags, line)[1]
    low, middle, high = _RANGE[line]
    if not low <= statistic <= high:
        return float(statistic > high)
    terms = _SMALL[line] if statistic <= middle else _LARGE[line]
    score = sum(term * statistic**power for power, term in enumerate(terms))
    return math.erfc(-score / math.sqrt(2)) / 2


def _fitted(
    values: Float[np.ndarray, " time"], lags: int, skipped: int, line: bool
) -> tuple[float, float]:
    """The AIC without its constant, and the t statistic of ρ, from the changes after the first
    `skipped`."""
    changes = np.diff(values)
    target = changes[skipped:]
    count = len(target)
    columns = [values[skipped:-1], np.ones(count), *([np.arange(1.0, count + 1)] if line else [])]
    columns += [changes[skipped - lag : len(changes) - lag] for lag in range(1, lags + 1)]
    matrix = np.stack(columns, axis=1)
    weights = np.linalg.lstsq(matrix, target, rcond=None)[0]
    square = float(np.sum((target - matrix @ weights) ** 2))
    factor = np.linalg.qr(matrix, mode="r")
    with np.errstate(over="ignore"):  # a straight line: its columns depend on each other
        unknown = float(np.sum(np.linalg.inv(factor)[0] ** 2))
    spread = unknown * square / (count - matrix.shape[1])
    aic = count * math.log(max(square, np.finfo(float).tiny)) + 2 * matrix.shape[1]
    return aic, float(weights[0]) / math.sqrt(max(spread, np.finfo(float).tiny))


def kpss(values: Float[np.ndarray, " time"], *, line: bool) -> float:
    """Return the p-value of the KPSS test around a level, or with `line` around a linear trend,
    limited to 0.01 … 0.1; a small one is evidence for a unit root.

    The statistic is Σ S_t² / (n²·s²): S_t is the sum of the first t residuals, and s² their
    long-run variance with Bartlett weights, whose number of lags depends on the autocorrelations
    (Hobijn, Franses and Ooms 2004). Source: Kwiatkowski, Phillips, Schmidt and Shin 1992.

    >>> steps = np.random.default_rng(0).normal(size=200)
    >>> kpss(steps, line=False), kpss(steps.cumsum(), line=False)
    (0.1, 0.01)
    """
    count = len(values)
    columns = [np.ones(count), *([np.arange(1.0, count + 1)] if line else [])]
    matrix = np.stack(columns, axis=1)
    rest = values - matrix @ np.linalg.lstsq(matrix, values, rcond=None)[0]
    near = int(count ** (2 / 9))
    shared = [2 * float(rest[lag:] @ rest[:-lag]) / count for lag in range(1, near + 1)]
    level = float(rest @ rest) / count + sum(shared)
    slope = sum(lag * each for lag, each in enumerate(shared, start=1))
    lags = min(int(1.1447 * ((slope / level) ** 2) ** (1 / 3) * count ** (1 / 3)), count - 1)
    variance = float(rest @ rest) / count + sum(
        2 * (1 - lag / (lags + 1)) * float(rest[lag:] @ rest[:-lag]) / count
        for lag in range(1, lags + 1)
    )
    statistic = float(np.sum(np.cumsum(rest) ** 2)) / count**2 / variance
    return float(np.interp(statistic, _CRITICAL[line], _TAILS))
