"""Autoregressive coefficients of many series, by least squares."""

import numpy as np
from jaxtyping import Float

INSIDE = 0.99
"""The factor, to the power of the lag, by which coefficients are shrunk if effects would grow."""

SHRINKINGS = 40
"""The most times that they are shrunk."""


def lag_weights(
    values: Float[np.ndarray, "series time"], lags: tuple[int, ...]
) -> tuple[Float[np.ndarray, "series weight"], Float[np.ndarray, " series"]]:
    """Return the least-squares coefficients of the values `lags` steps before, the constant first,
    0 for lags for which a series is too short, and the variance of the error."""
    there, long = ~np.isnan(values), lags[-1]
    seen = there.sum(axis=1)
    usable = seen[:, None] >= 3 * np.array(lags) + 10
    shift = np.pad(values, ((0, 0), (long, 0)), constant_values=np.nan)
    columns = [np.ones_like(values)]
    for lag, able in zip(lags, usable.T, strict=True):
        column = shift[:, long - lag : shift.shape[1] - lag]
        columns.append(np.where(able[:, None], column, 0.0))
    matrix = np.stack(columns, axis=2)
    whole = there & ~np.isnan(matrix).any(axis=2)
    matrix, target = np.where(whole[:, :, None], matrix, 0.0), np.where(whole, values, 0.0)
    cross = np.einsum("stp,stq->spq", matrix, matrix, optimize=True)
    product = np.einsum("stp,st->sp", matrix, target)
    ridge = 1e-9 * np.einsum("spp->s", cross) / len(columns) + 1e-9
    cross += ridge[:, None, None] * np.eye(len(columns))
    weights = np.linalg.solve(cross, product[:, :, None])[:, :, 0]
    weights[:, 1:] = np.where(usable, weights[:, 1:], 0.0)
    weights[:, 1:] = _steady(lags, weights[:, 1:])
    off = np.where(whole, target - np.einsum("stp,sp->st", matrix, weights), 0.0)
    free = np.maximum(whole.sum(axis=1) - 1 - usable.sum(axis=1), 1)
    return weights, np.sum(off**2, axis=1) / free


def _steady(lags: tuple[int, ...], weights: np.ndarray) -> np.ndarray:
    """The coefficients, shrunk if the effects of an error grow."""
    steady, left = weights.copy(), np.arange(len(weights))
    for _ in range(SHRINKINGS):
        size = np.abs(effects(lags, steady[left], 4 * max(lags[-1], 25)))
        half = size.shape[1] // 2
        grows = size[:, half:].max(axis=1) > (1 + 1e-6) * np.maximum(size[:, :half].max(axis=1), 1)
        left = left[grows]
        if not len(left):
            break
        steady[left] *= INSIDE ** np.array(lags)
    return steady


def effects(lags: tuple[int, ...], weights: np.ndarray, steps: int) -> np.ndarray:
    """Return the effects ψ of a unit error, now and at the steps after it."""
    made = np.zeros((len(weights), lags[-1] + steps))
    made[:, lags[-1]] = 1.0
    for t in range(lags[-1] + 1, made.shape[1]):
        made[:, t] = np.einsum("sl,sl->s", weights, made[:, [t - lag for lag in lags]])
    return made[:, lags[-1] :]
