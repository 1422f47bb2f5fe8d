"""Gaussian processes, drawn by FFT."""

import numpy as np
from jaxtyping import Float, Int

from ._draw import Draw, log_uniform, one_season, periods

MOST = 4
"""The most kernels in one covariance."""


def gaussian_process(rng: np.random.Generator, series: int, steps: int) -> Draw:
    """Draw stationary Gaussian processes plus a linear trend.

    Each covariance combines 1 … 4 kernels by + or ×: squared exponential, Matérn ½ and 3⁄2,
    rational quadratic (length scales log-uniform from 2 steps to the whole series) and periodic
    exp(−2 sin²(πh/s)/ℓ²); then white noise of 0.1 … 30 % is added. After the kernel synthesis of
    Chronos (Ansari and others, 2024).

    >>> gaussian_process(np.random.default_rng(0), 3, 64).values.shape
    (3, 64)
    """
    period = periods(rng, series, steps, none=0.3)
    covariance = np.zeros((series, steps + 1))
    seasonal = np.zeros(series, bool)
    count = rng.integers(1, MOST + 1, series)
    for place in range(MOST):
        kind = rng.integers(6, size=series)
        kind = np.where((kind >= 4) & (period == 0), 0, kind)
        kernel = _kernels(rng, kind, period, steps)
        multiply = (rng.random(series) < 0.5) & (place > 0)
        used = place < count
        joined = np.where(multiply[:, None], covariance * kernel, covariance + kernel)
        covariance = np.where(used[:, None], joined, covariance)
        seasonal |= used & (kind >= 4)
    covariance /= covariance[:, :1]
    covariance[:, 0] += log_uniform(rng, 1e-3, 0.3, series)
    line = np.where(rng.random(series) < 0.5, rng.normal(0, 1.5, series), 0)
    values = stationary(rng, covariance) + line[:, None] * np.linspace(-1, 1, steps)
    return Draw(values, one_season(np.where(seasonal, period, 0)))


def stationary(
    rng: np.random.Generator, covariance: Float[np.ndarray, "series lags"]
) -> Float[np.ndarray, "series steps"]:
    """Draw stationary series of mean 0 whose covariance at lag h is `covariance[:, h]`.

    The covariance is extended to a circle of 2(lags − 1) steps, whose eigenvalues are its Fourier
    transform; negative ones, which occur if the circle is too short for the kernel, count as 0.
    Source: Dietrich and Newsam, SIAM J. Sci. Comput. 18 (1997).
    """
    lags = covariance.shape[1]
    circle = np.concatenate([covariance, covariance[:, -2:0:-1]], axis=1)
    power = np.maximum(np.fft.rfft(circle, axis=1).real, 0)
    noise = np.fft.rfft(rng.standard_normal(circle.shape), axis=1)
    return np.fft.irfft(noise * np.sqrt(power), circle.shape[1], axis=1)[:, : lags - 1]


def _kernels(
    rng: np.random.Generator,
    kind: Int[np.ndarray, " series"],
    period: Int[np.ndarray, " series"],
    steps: int,
) -> Float[np.ndarray, "series lags"]:
    """The covariance of one kernel for each series at lags 0 … `steps`, 1 at lag 0."""
    h = np.arange(steps + 1.0)
    scale = log_uniform(rng, 2, max(3, steps), len(kind))[:, None]
    r = h / scale
    alpha = log_uniform(rng, 0.1, 10, len(kind))[:, None]
    sharp = log_uniform(rng, 0.3, 3, len(kind))[:, None]
    wave = np.exp(-2 * (np.sin(np.pi * h / np.maximum(period, 1)[:, None]) / sharp) ** 2)
    choices = (
        np.exp(-0.5 * r**2),
        np.exp(-r),
        (1 + np.sqrt(3) * r) * np.exp(-np.sqrt(3) * r),
        (1 + r**2 / (2 * alpha)) ** -alpha,
        wave,
        wave,
    )
    return np.choose(kind[:, None], choices)
