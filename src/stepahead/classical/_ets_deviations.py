"""Standard deviations of components if the rate of a season is hardly identified."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from jaxtyping import Float

from ._deviations import ALIKE, Columns, Linear, linear_of, spread_of
from ._rows import Rows

if TYPE_CHECKING:
    from ._ets import ETSFit

SHARES = np.array([1e-4, 0.02, 0.05, 0.1, 0.17, 0.25, 0.35, 0.5, 0.7, 0.9])
"""Values of γ that are tried, as fractions of 1 − α."""

ALPHA, GAMMA, STATES, SEASON = 0, 2, 4, 6
"""Positions among the estimates: α, γ, and the first of the states and of the season's states."""


class Tried(NamedTuple):
    """One value of γ: its log likelihood, and the components with their variances."""

    log_likelihood: float
    columns: dict[str, Float[np.ndarray, " time"]]
    variance: dict[str, Float[np.ndarray, " time"]]


def seasonal_deviations(fit: "ETSFit", rows: Rows) -> Columns:
    """Return standard deviations of the components of seasonal series, around the fitted ones.

    Given the best states before the first step, the likelihood is often largest at γ = 0 although
    the season changes (as the estimate of a moving average is often at its boundary; Shephard &
    Harvey 1990), and the delta method then gives standard deviations that are far too small. So γ
    is not fixed: for each of `SHARES`, α and the states are fitted again by Gauss–Newton steps, all
    other parameters are integrated out (Laplace), and the values of γ are weighted by

        log p = −(n − p)/2 · log Σe² − ½ log |J'J|,

    for n errors and p estimates. The variance of a component is its mean squared distance from the
    fitted one over this mixture.
    """
    fitted = list(_linear_of(fit, rows))
    center = [one.columns for one in fitted]
    scale = [_sizes(one.jacobian) for one in fitted]
    every: list[list[Tried]] = [[] for _ in range(len(rows))]
    for share in SHARES:
        changed = _stepped(_with_share(fit, share), rows, scale, share)
        for number, one in enumerate(_linear_of(changed, rows)):
            every[number].append(_tried(one, scale[number]))
    width = np.log(np.gradient(SHARES))
    found = {name: np.zeros(len(rows.values)) for name in center[0]}
    for number, tried in enumerate(every):
        own = slice(*rows.offsets[number : number + 2])
        logs = np.array([one.log_likelihood for one in tried]) + width
        weight = np.exp(logs - logs.max())
        weight /= weight.sum()
        for name, at in center[number].items():
            square = sum(
                w * ((one.columns[name] - at) ** 2 + one.variance[name])
                for w, one in zip(weight, tried, strict=True)
                if w > 0
            )
            found[name][own] = np.sqrt(square)
    return found


def _linear_of(fit: "ETSFit", rows: Rows) -> Iterator[Linear]:
    """As `linear_of`, with the mean of the first season fixed: no forecast identifies how much of
    it is level."""
    for one in linear_of(fit, rows):
        slopes = {name: _balanced(each) for name, each in one.slopes.items()}
        yield one._replace(slopes=slopes, jacobian=_balanced(one.jacobian))


def _balanced(by_estimate: np.ndarray) -> np.ndarray:
    """The rows of the season minus their mean."""
    out = by_estimate.copy()
    out[SEASON:] -= out[SEASON:].mean(axis=0)
    return out


def _with_share(fit: "ETSFit", share: float) -> "ETSFit":
    smoothing = fit.smoothing.copy()
    smoothing[:, GAMMA] = share * (1 - smoothing[:, ALPHA])
    return fit.with_estimates([smoothing, fit.before])


def _stepped(
    fit: "ETSFit", rows: Rows, scale: list[Float[np.ndarray, " estimate"]], share: float
) -> "ETSFit":
    """The fit after one step of α and the states towards a smaller error."""
    smoothing, before = fit.smoothing.copy(), fit.before.copy()
    for number, one in enumerate(_linear_of(fit, rows)):
        step = _solved(one, scale[number])[0]
        smoothing[number, ALPHA] = np.clip(smoothing[number, ALPHA] + step[ALPHA], 1e-4, 0.9999)
        before[number] += _balanced(step)[STATES:]
    return _with_share(fit.with_estimates([smoothing, before]), share)


def _tried(one: Linear, scale: Float[np.ndarray, " estimate"]) -> Tried:
    step, covariance, rank, determinant = _solved(one, scale)
    left = max(len(one.error) - rank, 1)
    square = float(np.sum((one.error - step @ one.jacobian) ** 2))
    told = -0.5 * left * np.log(max(square, 1e-300)) - 0.5 * determinant
    columns = {name: each + step @ one.slopes[name] for name, each in one.columns.items()}
    variance = {
        name: square / left * spread_of(slopes, covariance) for name, slopes in one.slopes.items()
    }
    fine = all(np.isfinite(each).all() for held in (columns, variance) for each in held.values())
    return Tried(told if fine and np.isfinite(told) else -np.inf, columns, variance)


def _sizes(jacobian: Float[np.ndarray, "estimate counted"]) -> Float[np.ndarray, " estimate"]:
    """The inverse of the sizes of the gradients; 0 for γ, which is fixed, and for parameters
    without an effect."""
    size = np.sqrt(np.sum(jacobian**2, axis=1))
    size[GAMMA] = 0.0
    moves = size > 1e-12 * size.max(initial=0.0)
    return np.where(moves, 1 / np.where(moves, size, 1.0), 0.0)


def _solved(
    one: Linear, scale: Float[np.ndarray, " estimate"]
) -> tuple[Float[np.ndarray, " estimate"], Float[np.ndarray, "estimate estimate"], int, float]:
    """The Gauss–Newton step, (J'J)⁻¹ on the identified directions, their number, and log |J'J| on
    them, in units of `scale`."""
    rows = one.jacobian * scale[:, None]
    values, vectors = np.linalg.eigh(rows @ rows.T)
    apart = values > ALIKE * values.max(initial=0.0)
    inverse = np.where(apart, 1 / np.where(apart, values, 1.0), 0.0)
    covariance = (vectors * inverse) @ vectors.T * scale[:, None] * scale
    step = covariance @ (one.jacobian @ one.error)
    determinant = float(np.sum(np.log(np.where(apart, values, 1.0))))
    return step, covariance, int(apart.sum()), determinant
