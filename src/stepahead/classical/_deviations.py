"""Standard deviations of components, by the uncertainty of the estimated parameters."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from jaxtyping import Float

from ._rows import Rows

if TYPE_CHECKING:
    from ._fit import LocalFit, Parts

NUDGE = 1e-5
"""The step of finite differences, relative to 1 + the size of the estimate."""

ALIKE = 1e-7
"""Eigenvalues below this fraction of the largest belong to directions that no forecast
identifies."""

MOST = 1 << 20
"""The most steps of modified series that are processed at a time."""

Columns = dict[str, Float[np.ndarray, " total"]]
"""A number for every step, by component."""


class Linear(NamedTuple):
    """Components of one series and their linearisation at the estimates: `columns` (logs of
    factors), their `slopes` with respect to the estimates, and, at the steps of the fit, the
    gradients of the forecast (the `jacobian`) and the `error`, both divided by the scale of the
    step."""

    columns: dict[str, Float[np.ndarray, " time"]]
    slopes: dict[str, Float[np.ndarray, "estimate time"]]
    jacobian: Float[np.ndarray, "estimate counted"]
    error: Float[np.ndarray, " counted"]


def deviations(fit: "LocalFit", rows: Rows) -> Columns:
    """Return standard deviations of the components of every step, of their logs if they are
    factors.

    By the delta method: with J the gradients of the one-step forecasts with respect to the
    estimates and σ² the variance of the errors, both divided by the `scale` of the step, the
    estimates have covariance σ² (J'J)⁻¹, and a component with gradient g has variance σ²
    g'(J'J)⁻¹g. Directions that change no forecast, such as a constant moved from the level to the
    season, count as known. Source: Seber & Wild 2003, 5.1.
    """
    found = {name: np.zeros(len(rows.values)) for name in fit.components(rows).columns}
    for number, one in enumerate(linear_of(fit, rows)):
        own = slice(*rows.offsets[number : number + 2])
        covariance, rank = _covariance(one.jacobian)
        variance = np.sum(one.error**2) / max(len(one.error) - rank, 1)
        for name, slopes in one.slopes.items():
            found[name][own] = np.sqrt(variance * spread_of(slopes, covariance))
    return found


def spread_of(
    slopes: Float[np.ndarray, "estimate time"],
    covariance: Float[np.ndarray, "estimate estimate"],
) -> Float[np.ndarray, " time"]:
    """Return g' C g for the gradients g of every step."""
    return np.maximum(np.einsum("pt,pq,qt->t", slopes, covariance, slopes), 0.0)


def linear_of(fit: "LocalFit", rows: Rows) -> Iterator[Linear]:
    """Yield components and their gradients, series by series; none if nothing was estimated."""
    parts, estimates = fit.components(rows), fit.estimates()
    if not estimates:
        return
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
            yield _of_one(rows.values[own], parts, own, number, slopes)


def _of_one(
    values: Float[np.ndarray, " time"],
    parts: "Parts",
    own: slice,
    number: int,
    slopes: dict[str, Float[np.ndarray, "estimate time"]],
) -> Linear:
    """The linearisation of one series."""
    columns = {name: each[own] for name, each in parts.columns.items()}
    factors, scale = bool(parts.factors[number]), parts.scale[own]
    told = (np.prod if factors else np.sum)(list(columns.values()), axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = {name: slopes[name] / columns[name] for name in slopes}
        jacobian = sum(shares.values()) * told if factors else sum(slopes.values())
        jacobian, error = jacobian / scale, (values - told) / scale
        counted = np.isfinite(error) & np.isfinite(jacobian).all(axis=0)
        wanted = {name: np.log(each) for name, each in columns.items()} if factors else columns
    slopes = shares if factors else slopes
    return Linear(wanted, slopes, jacobian[:, counted], error[counted])


def _covariance(
    jacobian: Float[np.ndarray, "estimate time"],
) -> tuple[Float[np.ndarray, "estimate estimate"], int]:
    """(J'J)⁻¹ on the identified directions, and their number."""
    size = np.sqrt(np.sum(jacobian**2, axis=1))
    over = np.where(size > 1e-12 * size.max(initial=0.0), 1 / np.where(size > 0, size, 1.0), 0.0)
    values, vectors = np.linalg.eigh((jacobian * over[:, None]) @ (jacobian * over[:, None]).T)
    apart = values > ALIKE * values.max(initial=0.0)
    inverse = np.where(apart, 1 / np.where(apart, values, 1.0), 0.0)
    covariance = (vectors * inverse) @ vectors.T
    return covariance * over[:, None] * over, int(apart.sum())
