"""Tests of the number of differences, as in `native/series/differences.h`."""

import numpy as np
from jaxtyping import Float

YEARS = 11


def is_constant(y: Float[np.ndarray, " time"]) -> bool:
    """Return True if all values are equal up to rounding."""
    return not np.ptp(y) > 1e-12 * np.abs(y).max()


def wanders(y: Float[np.ndarray, " time"]) -> bool:
    """Return True if the cumulative sums of deviations from the mean are too large for a stationary
    series (5 %).

    Source: Kwiatkowski, Phillips, Schmidt & Shin 1992, with a long-run variance over 3√n/13 lags.

    >>> shocks = np.cos(np.arange(80.0) ** 2)
    >>> wanders(shocks), wanders(np.cumsum(shocks + 0.2))
    (False, True)
    """
    n = len(y)
    lags = int(3 * np.sqrt(n) / 13)
    e = y - y.mean()
    wide = np.sum(np.cumsum(e) ** 2) / n
    products = [e[lag:] @ e[: n - lag] for lag in range(lags + 1)]
    weights = [1.0] + [2 * (1 - lag / (lags + 1)) for lag in range(1, lags + 1)]
    return bool(wide > 0.463 * np.dot(weights, products))


def season_strength(y: Float[np.ndarray, " time"], m: int) -> float:
    """Return the strength of the season, between 0 and 1: 1 − Var(rest) / Var(season + rest).

    Source: Wang, Smith & Hyndman 2006, with the decomposition of Cleveland et al. 1990 by local
    regression, in two rounds, with seasons over 11 cycles.

    >>> season = np.tile([1.0, -1, 2, -2], 10)
    >>> noise = np.cos(np.arange(40.0) ** 2)
    >>> round(season_strength(season + noise, 4), 1), round(season_strength(noise, 4), 1)
    (0.9, 0.3)
    """
    n = len(y)
    wide, low = _odd(int(np.ceil(1.5 * m / (1 - 1.5 / YEARS)))), _odd(m)
    trend, season = np.zeros(n), np.zeros(n)
    for _ in range(2):
        plain, cycle = y - trend, np.zeros(n + 2 * m)
        for place in range(m):
            own = plain[place::m]
            for k in range(-1, len(own) + 1):
                cycle[place + (k + 1) * m] = _local(own, YEARS, 0, k)
        smooth = cycle
        for span in (m, m, 3):
            smooth = np.convolve(smooth, np.full(span, 1 / span), "valid")
        season = cycle[m : m + n] - [_local(smooth, low, 1, t) for t in range(n)]
        trend = np.array([_local(y - season, wide, 1, t) for t in range(n)])
    both, rest = np.var(y - trend), np.var(y - trend - season)
    return float(np.clip(1 - rest / both, 0, 1)) if both > 0 else 0.0


def _odd(size: int) -> int:
    return size + 1 - size % 2


def _local(y: Float[np.ndarray, " time"], span: int, degree: int, at: float) -> float:
    """The local line (or mean) at `at`, from the `span` nearest values weighted by distance."""
    n, left, right = len(y), 0, len(y) - 1
    if span < n:
        left = int(np.clip(int(at) - span // 2, 0, n - span))
        right = left + span - 1
    h = max(at - left, right - at) + max(span - n, 0) // 2
    off = np.arange(left, right + 1) - at
    far = np.abs(off)
    w = np.where(far <= 0.001 * h, 1.0, (1 - (far / max(h, 1e-300)) ** 3) ** 3)
    w = np.where(far > 0.999 * h, 0.0, w)
    own, total = y[left : right + 1], w.sum()
    if not total > 0:
        return float(y[int(np.clip(int(at), 0, n - 1))])
    first, square = w @ off, w @ off**2
    bottom = total * square - first**2
    if degree == 0 or not np.sqrt(max(bottom, 0.0)) > 0.001 * (n - 1) * total:
        return float(w @ own / total)
    return float((square * (w @ own) - first * (w @ (off * own))) / bottom)
