"""The mixture of several forecast distributions, each given by some of its quantiles."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from ..classical import normal_quantiles

KNOTS = (0.025, 0.1, 0.3, 0.5, 0.7, 0.9, 0.975)
"""Probabilities of the quantiles that describe a distribution well enough for a mixture."""

POINTS = 20
"""The number of equally probable values that represent a distribution."""


def with_knots(probabilities: Sequence[float]) -> tuple[float, ...]:
    """Return these probabilities, in ascending order, with the `KNOTS` that are not among them;
    none if there are no probabilities.

    >>> with_knots((0.1, 0.45))
    (0.025, 0.1, 0.3, 0.45, 0.5, 0.7, 0.9, 0.975)
    """
    wanted = np.asarray(probabilities)
    missing = [knot for knot in KNOTS if not np.isclose(knot, wanted, rtol=0, atol=1e-9).any()]
    return tuple(sorted((*probabilities, *missing))) if len(wanted) else ()


def weights_at_steps(
    weights: Float[np.ndarray, "*series member"],
    factors: Float[np.ndarray, "step member"] | None,
    horizon: int,
) -> Float[np.ndarray, "*series horizon member"]:
    """Return weights for each step ahead, in proportion to weights · factors; they sum to 1. Beyond
    the last step its factors are used. Without factors, or at a step where all products are 0, the
    weights are those given.

    >>> weights_at_steps(np.array([0.5, 0.5]), np.array([[3.0, 1.0], [0.0, 2.0]]), 3).tolist()
    [[0.75, 0.25], [0.0, 1.0], [0.0, 1.0]]
    """
    same = np.repeat(weights[..., None, :], horizon, axis=-2)
    if factors is None:
        return same
    found = same * factors[np.minimum(np.arange(horizon), len(factors) - 1)]
    total = found.sum(axis=-1, keepdims=True)
    return np.where(total > 0, found / np.where(total > 0, total, 1.0), same)


def pooled_quantiles(
    weights: Float[np.ndarray, "*place horizon member"],
    quantiles: Float[np.ndarray, "member *place horizon channel knot"],
    knots: Sequence[float],
    probabilities: Sequence[float],
) -> Float[np.ndarray, "*place horizon channel probability"]:
    """Return quantiles of the mixture F(x) = Σ_m w_m F_m(x) of distributions (the linear pool) with
    `weights` w at each step, each given by its quantiles at `knots`. `probabilities` are some of
    the knots.

    Every distribution is represented by 20 equally probable values, interpolated between its
    quantiles linearly in the normal quantile. A quantile of the mixture lies between the smallest
    and the largest of the members' quantiles: members that agree give what they agree on. Source:
    Stone 1961; Lichtendahl, Grushka-Cockayne & Winkler 2013 compare it with the mean of quantiles,
    which is narrower if members disagree.

    >>> apart = np.array([[-1.0, 0.0, 1.0], [9.0, 10.0, 11.0]])[:, None, None]  # 80 % intervals
    >>> half = np.array([[0.5, 0.5]])
    >>> pooled_quantiles(half, apart, (0.1, 0.5, 0.9), (0.1, 0.5, 0.9)).round(1).tolist()
    [[[-0.7, 5.0, 10.7]]]
    """
    grid = (np.arange(POINTS) + 0.5) / POINTS
    each = np.moveaxis(quantiles @ _interpolation(knots, grid), 0, -2)
    points = each.reshape(*each.shape[:-2], -1)
    order = np.argsort(points, axis=-1)
    points = np.take_along_axis(points, order, -1)
    each_mass = np.repeat(weights / POINTS, POINTS, axis=-1)[..., None, :]
    mass = np.take_along_axis(np.broadcast_to(each_mass, points.shape), order, -1)
    below = np.cumsum(mass, axis=-1) - mass / 2
    used = np.moveaxis(weights > 0, -1, 0)[..., None]
    found = []
    for probability in probabilities:
        own = quantiles[..., list(knots).index(probability)]
        least, most = np.where(used, own, np.inf).min(0), np.where(used, own, -np.inf).max(0)
        found.append(np.clip(_inverted(points, below, probability), least, most))
    return np.stack(found, axis=-1)


def _interpolation(
    knots: Sequence[float], probabilities: np.ndarray
) -> Float[np.ndarray, "knot probability"]:
    """The matrix that maps quantiles at the knots to quantiles at other probabilities: linear in
    the normal quantile, and extrapolated beyond the outermost knots."""
    known, wanted = normal_quantiles(knots), normal_quantiles(probabilities)
    before = np.clip(np.searchsorted(known, wanted) - 1, 0, len(known) - 2)
    share = (wanted - known[before]) / (known[before + 1] - known[before])
    matrix, column = np.zeros((len(known), len(wanted))), np.arange(len(wanted))
    matrix[before, column], matrix[before + 1, column] = 1 - share, share
    return matrix


def _inverted(points: np.ndarray, below: np.ndarray, probability: float) -> np.ndarray:
    """The value at which `below` reaches a probability, by linear interpolation."""
    after = np.clip((below < probability).sum(-1, keepdims=True), 1, points.shape[-1] - 1)
    (low, high), (start, end) = (
        [np.take_along_axis(values, place, -1)[..., 0] for place in (after - 1, after)]
        for values in (points, below)
    )
    share = np.clip((probability - start) / np.maximum(end - start, 1e-300), 0, 1)
    return np.asarray(low + share * (high - low))
