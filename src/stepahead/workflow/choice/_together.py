"""Weights of a combination that minimise the error of the combination itself."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from ._weights import Weights

PRIOR = 4
"""The prior of the usual weights, in origins times √series."""

ERRORS, ROUNDS, STEP, LEAST = 2000, 40, 0.7, 1e-4
"""The most errors used; rounds of the search, its first step size, and the least weight of a
member, so that it can rise again."""


class Errors(NamedTuple):
    """Signed errors of the members, the weight of each error, and the index of its series."""

    error: Float[np.ndarray, "member place"]
    part: Float[np.ndarray, " place"]
    series: Int[np.ndarray, " place"]


def least_error(usual: Weights, seen: Errors, origins: float) -> Weights:
    """Return the weights with which the combination itself has the smallest error, mixed with the
    usual weights.

    Weights by inverse errors give two members with the same errors twice the weight of one; these
    weights do not. The weights of series s are proportional to v_m · r_sm. r_sm is the ratio of the
    series' own weight of member m to that of all series in `usual`. v minimises
    Σ part · |Σ_m w_sm · error_m| by exponentiated gradient descent, starting from the weights of
    all series. The result has the weight n / (n + 4) and `usual` the rest, where n is the number of
    non-overlapping `origins` times √series.

    >>> alike = np.array([1.0, -1.0, 1.0, -1.0])
    >>> seen = Errors(np.stack([alike, alike, [1.1, 1.1, -1.1, -1.1]]), np.ones(4), np.arange(4))
    >>> equal = Weights(np.full((4, 3), 1 / 3), np.full(3, 1 / 3))
    >>> least_error(equal, seen, origins=100).shared.round(2).tolist()
    [0.26, 0.26, 0.47]
    """
    used = np.flatnonzero(usual.shared > 0)
    if len(used) < 2 or not len(seen.series):
        return usual
    ratio = usual.series[:, used] / usual.shared[used]
    found = _searched(usual.shared[used], ratio, seen._replace(error=seen.error[used]))
    series, shared = np.zeros_like(usual.series), np.zeros_like(usual.shared)
    series[:, used], shared[used] = _normal(found * ratio), found
    count = origins * np.sqrt(len(series))
    share = count / (count + PRIOR)
    mixed = (
        share * mine + (1 - share) * its
        for mine, its in zip((series, shared), usual[:2], strict=True)
    )
    return Weights(*mixed)


def _searched(
    start: Float[np.ndarray, " member"], ratio: Float[np.ndarray, "series member"], seen: Errors
) -> Float[np.ndarray, " member"]:
    """The weights with the smallest error found by the search."""
    part = seen.part / seen.part.sum()
    smallest = max((np.abs(seen.error) @ part).min(), 1e-300)
    tried, found, least = start / start.sum(), start, np.inf
    for number in range(ROUNDS):
        weight = _normal(tried * ratio)[seen.series].T
        error = (weight * seen.error).sum(axis=0)
        lost = np.abs(error) @ part
        if lost < least:
            least, found = lost, tried
        towards = ((seen.error - error) * weight) @ (np.sign(error) * part)
        slope = towards / np.maximum(tried, 1e-9) / smallest
        step = STEP / np.sqrt(1 + number)
        tried = tried * np.exp(-step * np.clip(slope - slope.min(), 0, 5))
        tried = _normal(np.maximum(tried / tried.sum(), LEAST))
    return found


def _normal(weights: np.ndarray) -> np.ndarray:
    """The weights divided by their sum."""
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))
