"""Nonlinear least squares within bounds for many series at once, for use without native code."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

Residuals = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""A function of the numbers of some series and parameters `[series, lane, parameter]` that returns
residuals `[series, lane, row]`."""

Squares = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""The same, returning sums of squares `[series, lane]`."""


class Slopes(NamedTuple):
    """For every series at its parameters: the sum of squares, half its gradient, and the products
    of the gradients of the residuals."""

    squares: Float[np.ndarray, " series"]
    uphill: Float[np.ndarray, "series parameter"]
    curve: Float[np.ndarray, "series parameter parameter"]


Around = Callable[[np.ndarray, np.ndarray], Slopes]
"""A function of the numbers of some series and parameters `[series, parameter]` that returns
these."""

TRIALS = 4.0 ** np.arange(-2, 3)


class Box(NamedTuple):
    """The bounds of the parameters of every series, and the step of each for finite differences."""

    low: Float[np.ndarray, "series parameter"]
    high: Float[np.ndarray, "series parameter"]
    step: Float[np.ndarray, "series parameter"]


def least_squares(
    residuals: Residuals, start: Float[np.ndarray, "series parameter"], box: Box, rounds: int = 60
) -> tuple[Float[np.ndarray, "series parameter"], Float[np.ndarray, " series"]]:
    """Minimise the sum of squares of the `residuals` of every series from `start` within the `box`,
    by at most `rounds` Levenberg–Marquardt steps; return the parameters and the sums of squares."""
    count = start.shape[1]

    def around(left: np.ndarray, now: np.ndarray) -> Slopes:
        step = box.step[left]
        moved = np.where(now + step <= box.high[left], step, -step)
        lanes = np.repeat(now[:, None], count + 1, axis=1)
        lanes[:, np.arange(1, count + 1), np.arange(count)] += moved
        r = residuals(left, lanes)
        slopes = (r[:, 1:] - r[:, :1]) / moved[:, :, None]
        uphill = np.einsum("spt,st->sp", slopes, r[:, 0])
        curve = np.einsum("spt,sqt->spq", slopes, slopes)
        return Slopes(np.sum(r[:, 0] ** 2, axis=1), uphill, curve)

    def squares(left: np.ndarray, lanes: np.ndarray) -> np.ndarray:
        return np.sum(residuals(left, lanes) ** 2, axis=2)

    return lowered(around, squares, start, box, rounds)


def lowered(
    around: Around,
    squares: Squares,
    start: Float[np.ndarray, "series parameter"],
    box: Box,
    rounds: int = 60,
) -> tuple[Float[np.ndarray, "series parameter"], Float[np.ndarray, " series"]]:
    """The same, given functions for sums of squares and gradients."""
    x, count = start.copy(), start.shape[1]
    best = np.full(len(x), np.inf)
    damping, quiet = np.full(len(x), 1e-2), np.zeros(len(x), int)
    left = np.arange(len(x))
    for _ in range(rounds):
        now, low, high = x[left], box.low[left], box.high[left]
        best[left], uphill, curve = around(left, now)
        whole = np.isfinite(curve).all(axis=(1, 2)) & np.isfinite(uphill).all(axis=1)
        free = ~((now <= low) & (uphill > 0)) & ~((now >= high) & (uphill < 0))
        free &= np.einsum("spp->sp", np.where(np.isfinite(curve), curve, 0)) > 0
        going = whole & free.any(axis=1) & (best[left] > 0)
        left = left[going]
        if not len(left):
            break
        curve, uphill, free, now = curve[going], uphill[going], free[going], now[going]
        curve = np.where(free[:, :, None] & free[:, None, :], curve, 0.0)
        diagonal = np.einsum("spp->sp", curve)
        tried = []
        for each in TRIALS:
            ridge = np.where(free, (damping[left, None] * each + 1e-12) * diagonal, 1.0)
            matrix = curve + ridge[:, :, None] * np.eye(count)
            step = np.linalg.solve(matrix, np.where(free, -uphill, 0.0)[:, :, None])[:, :, 0]
            tried.append(np.clip(now + step, box.low[left], box.high[left]))
        lanes = np.stack(tried, axis=1)
        with np.errstate(over="ignore"):  # long steps may overflow
            sums = squares(left, lanes)
        sums = np.where(np.isfinite(sums), sums, np.inf)
        pick = sums.argmin(axis=1)
        lowest = sums[np.arange(len(left)), pick]
        better = lowest < best[left]
        x[left[better]] = lanes[better, pick[better]]
        little = best[left] - lowest < 1e-9 * best[left]
        quiet[left] = np.where(little, quiet[left] + 1, 0)
        damping[left] = np.clip(
            np.where(better, damping[left] * TRIALS[pick] / 2, damping[left] * 64), 1e-9, 1e9
        )
        best[left] = np.where(better, lowest, best[left])
        left = left[quiet[left] < 3]
        if not len(left):
            break
    return x, best
