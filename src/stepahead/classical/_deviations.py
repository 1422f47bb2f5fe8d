"""Standard deviations of components: how far the numbers that were estimated leave them open."""

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from ._rows import Rows

if TYPE_CHECKING:
    from ._fit import LocalFit, Parts

NUDGE = 1e-5
"""The step of an estimate for a slope, over 1 + its size."""

ALIKE = 1e-7
"""Eigenvalues below this share of the largest belong to estimates that no forecast tells apart."""

MOST = 1 << 20
"""Steps of changed series that are run at a time."""

Columns = dict[str, Float[np.ndarray, " total"]]
"""A number of every step, by component."""


def deviations(fit: "LocalFit", rows: Rows) -> Columns:
    """Standard deviations of the components of every step, of their logs where they are factors.

    By the delta method: with J the slopes of the one-step forecasts by the estimates and σ² the
    variance of the errors, both over the `scale` of the step, the estimates have the covariance
    σ² (J'J)⁻¹, and a component with the slopes g the variance σ² g'(J'J)⁻¹g. What changes no
    forecast, as a constant that level and season exchange, counts as known.
    Source: Seber & Wild 2003, 5.1.
    """
    parts, estimates = fit.components(rows), fit.estimates()
    found = {name: np.zeros(len(rows.values)) for name in parts.columns}
    if not estimates:
        return found
    center = np.concatenate(estimates, axis=1)
    size = NUDGE * (1 + np.abs(center))
    width = center.shape[1]
    step = max(1, MOST // (width * max(int(rows.lengths.max(initial=0)), 1)))
    for begin in range(0, len(rows), step):
        which = np.arange(begin, min(begin + step, len(rows)))
        copies, lane = np.repeat(which, width), np.tile(np.arange(width), len(which))
        moved = center[copies]
        moved[np.arange(len(copies)), lane] += size[copies, lane]
        sizes = np.cumsum([each.shape[1] for each in estimates])[:-1]
        pieces = [np.ascontiguousarray(each) for each in np.split(moved, sizes, axis=1)]
        changed = fit.take(copies).with_estimates(pieces)
        many = rows.take(copies)
        made = changed.components(many)
        for place, number in enumerate(which):
            own = slice(*rows.offsets[number : number + 2])
            other = slice(many.offsets[place * width], many.offsets[(place + 1) * width])
            slopes = {
                name: (each[other].reshape(width, -1) - parts.columns[name][own])
                / size[number][:, None]
                for name, each in made.columns.items()
            }
            for name, each in _of_one(rows.values[own], parts, own, number, slopes).items():
                found[name][own] = each
    return found


def _of_one(
    values: Float[np.ndarray, " time"],
    parts: "Parts",
    own: slice,
    number: int,
    slopes: dict[str, Float[np.ndarray, "estimate time"]],
) -> Columns:
    """The standard deviations of one series."""
    columns = {name: each[own] for name, each in parts.columns.items()}
    factors, scale = bool(parts.factors[number]), parts.scale[own]
    told = (np.prod if factors else np.sum)(list(columns.values()), axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = {name: slopes[name] / columns[name] for name in slopes}
        jacobian = sum(shares.values()) * told if factors else sum(slopes.values())
        jacobian, error = jacobian / scale, (values - told) / scale
        counted = np.isfinite(error) & np.isfinite(jacobian).all(axis=0)
    jacobian, error = jacobian[:, counted], error[counted]
    covariance, rank = _covariance(jacobian)
    variance = np.sum(error**2) / max(len(error) - rank, 1)
    wanted = shares if factors else slopes
    return {
        name: np.sqrt(np.maximum(variance * np.einsum("pt,pq,qt->t", g, covariance, g), 0.0))
        for name, g in wanted.items()
    }


def _covariance(
    jacobian: Float[np.ndarray, "estimate time"],
) -> tuple[Float[np.ndarray, "estimate estimate"], int]:
    """(J'J)⁻¹ of the directions that are told apart, and their number."""
    size = np.sqrt(np.sum(jacobian**2, axis=1))
    over = np.where(size > 1e-12 * size.max(initial=0.0), 1 / np.where(size > 0, size, 1.0), 0.0)
    values, vectors = np.linalg.eigh((jacobian * over[:, None]) @ (jacobian * over[:, None]).T)
    apart = values > ALIKE * values.max(initial=0.0)
    inverse = np.where(apart, 1 / np.where(apart, values, 1.0), 0.0)
    covariance = (vectors * inverse) @ vectors.T
    return covariance * over[:, None] * over, int(apart.sum())
