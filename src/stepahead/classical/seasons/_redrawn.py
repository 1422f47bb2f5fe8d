"""Standard deviations of trend and seasons by local regression, by simulation of the remainder."""

import numpy as np
from jaxtyping import Float

from .._rows import Rows
from ._stl import Decomposition, mstl

DRAWS = 50
"""The number of simulations of the remainder."""

ALIKE = (0.0, 0.2, 0.4, 0.6, 0.8)
"""Autocorrelations of the remainder at lag 1 that are tried."""

TRIALS = 16
"""Simulations from which one of them is selected."""


def redrawn_deviations(
    values: Float[np.ndarray, " time"], seasons: tuple[float, ...], *, robust: bool = False
) -> Float[np.ndarray, "part time"]:
    """Return standard deviations of the trend and of each season of one series: see
    `MSTLFit.deviations`.

    The simulated series has the autocorrelation and the size with which the remainder of its
    decomposition resembles that of the series: smoothing reduces both.

    >>> noise = np.random.default_rng(1).normal(size=120)
    >>> made = redrawn_deviations(noise + np.tile([3.0, -1, -2, 0], 30), (4,))
    >>> made.shape, made.mean(axis=1).round(1).tolist()
    ((2, 120), [0.6, 0.2])
    """
    rest = mstl(Rows(values, np.array([0, len(values)])), seasons, robust=robust).rest
    gaps = np.isnan(rest[0])

    def made(number: int, alike: float) -> Decomposition:
        drawn = np.random.default_rng(0).normal(size=(number, len(values)))
        for t in range(1, len(values)):
            drawn[:, t] = alike * drawn[:, t - 1] + np.sqrt(1 - alike**2) * drawn[:, t]
        drawn[:, gaps] = np.nan
        offsets = len(values) * np.arange(number + 1)
        return mstl(Rows(drawn.ravel(), offsets), seasons, robust=robust)

    left = [correlation(made(TRIALS, alike).rest) for alike in ALIKE]
    alike = float(np.interp(correlation(rest), np.maximum.accumulate(left), ALIKE))
    done = made(DRAWS, alike)
    size = np.sqrt(np.nanmean(rest**2) / np.nanmean(done.rest**2))
    return size * np.sqrt(np.mean(np.stack([done.trend, *done.season]) ** 2, axis=1))


def correlation(rest: Float[np.ndarray, "series time"]) -> float:
    """Return the autocorrelation at lag 1, of all series together; 0 if all values are 0.

    >>> round(correlation(np.array([[1.0, 1.0, -1.0, -1.0, 1.0, 1.0]])), 2)
    0.2
    """
    square = np.nanmean(rest**2)
    return float(np.nanmean(rest[:, 1:] * rest[:, :-1]) / square) if square > 0 else 0.0
