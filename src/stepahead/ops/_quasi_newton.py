"""Many small maximisations at once: a quasi-Newton search for each row, vectorised."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

Rows = Float[np.ndarray, "row parameter"]

Slope = Callable[[Rows, Int[np.ndarray, " row"]], tuple[Float[np.ndarray, " row"], Rows]]
"""A function of points and the index of the row that each belongs to. It returns the value at each
point, and its gradient."""

FIRST, LEAST, LEAST_GAIN = 1e-4, 1e-12, 1e-10
"""The fraction of the predicted gain that a step must achieve; the step size below which a search
ends; and the gain, relative to the value, below which it ends."""

LONGEST = 2.0
"""The longest step, measured by its largest entry."""


class Found(NamedTuple):
    """The point where each search ended, the value there, True if it converged, and the number of
    rounds."""

    place: Rows
    value: Float[np.ndarray, " row"]
    settled: Bool[np.ndarray, " row"]
    rounds: int


def maximise(slope: Slope, start: Rows, *, rounds: int = 200, tolerance: float = 1e-6) -> Found:
    """Maximise a separate function for each row from `start`, by BFGS with backtracking. `slope`
    returns values and gradients.

    A row has converged if no entry of its gradient exceeds `tolerance`, or if no step gains
    anything; the search ends after `rounds` steps at the latest. Rows are independent of each
    other. Source: Nocedal & Wright 2006, chapter 6.

    >>> def parabolas(x, row):
    ...     return -((x[:, 0] - row) ** 2), -2 * (x - row[:, None])
    >>> maximise(parabolas, np.zeros((3, 1))).place[:, 0].round(6).tolist()
    [0.0, 1.0, 2.0]
    """
    place = np.array(start, float)
    count, width = place.shape
    everyone = np.arange(count)
    value, gradient = slope(place, everyone)
    curve = np.tile(np.eye(width), (count, 1, 1))  # the inverse of minus the Hessian
    fresh, length = np.ones(count, bool), np.ones(count)
    direction = _limited(gradient)
    settled = np.asarray((np.abs(gradient) <= tolerance).all(axis=1))
    active, done = everyone[~settled], 0
    while len(active) and done < rounds:
        done += 1
        step = length[active, None] * direction[active]
        tried, slope_there = slope(place[active] + step, active)
        promised = (gradient[active] * step).sum(axis=1)
        good = np.isfinite(tried) & np.isfinite(slope_there).all(axis=1)
        good &= tried >= value[active] + FIRST * promised
        moved, stuck = active[good], active[~good]
        _improve(curve, fresh, moved, step[good], gradient[moved] - slope_there[good])
        gained = tried[good] - value[moved]
        place[moved] += step[good]
        value[moved], gradient[moved] = tried[good], slope_there[good]
        ahead = np.einsum("rij,rj->ri", curve[moved], gradient[moved])
        uphill = (ahead * gradient[moved]).sum(axis=1) > 0
        direction[moved] = _limited(np.where(uphill[:, None], ahead, gradient[moved]))
        length[moved] = 1.0
        settled[moved] = (np.abs(gradient[moved]) <= tolerance).all(axis=1) | (
            gained <= LEAST_GAIN * (1 + np.abs(value[moved]))
        )
        length[stuck] *= _shorter(value[stuck], tried[~good], promised[~good])
        still = length[stuck] * np.abs(direction[stuck]).max(axis=1, initial=0.0) < LEAST
        settled[stuck[still & fresh[stuck]]] = True
        again = stuck[still & ~fresh[stuck]]  # once more, along the gradient
        curve[again], fresh[again], length[again] = np.eye(width), True, 1.0
        direction[again] = _limited(gradient[again])
        active = active[~settled[active]]
    return Found(place, value, settled, done)


def _limited(direction: Rows) -> Rows:
    longest = np.abs(direction).max(axis=1, initial=0.0, keepdims=True)
    return direction * np.minimum(1.0, LONGEST / np.maximum(longest, 1e-300))


def _shorter(value: np.ndarray, tried: np.ndarray, promised: np.ndarray) -> np.ndarray:
    """The factor by which a step is shortened: to the maximum of the parabola through the known
    values."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        top = promised / (2 * (promised - (tried - value)))
    return np.where(np.isfinite(top), np.clip(top, 0.1, 0.5), 0.1)


def _improve(
    curve: np.ndarray, fresh: np.ndarray, moved: np.ndarray, step: Rows, change: Rows
) -> None:
    """The BFGS update of the inverse Hessian, for rows with the right sign of the curvature."""
    bend = (step * change).sum(axis=1)
    right = bend > 1e-12 * np.sqrt((step**2).sum(axis=1) * (change**2).sum(axis=1))
    moved, step, change, bend = moved[right], step[right], change[right], bend[right]
    first = fresh[moved]
    size = bend / (change**2).sum(axis=1)
    curve[moved[first]] *= size[first, None, None]
    fresh[moved] = False
    h = curve[moved]
    hy = np.einsum("rij,rj->ri", h, change)
    factor = (1 + (change * hy).sum(axis=1) / bend) / bend
    mixed = step[:, :, None] * hy[:, None, :] / bend[:, None, None]
    curve[moved] = (
        h
        + factor[:, None, None] * step[:, :, None] * step[:, None, :]
        - mixed
        - np.swapaxes(mixed, 1, 2)
    )
