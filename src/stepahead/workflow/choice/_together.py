"""Weights of a combination by the error of the combination itself."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from ._weights import Weights

CUT = 1.6
"""Members whose error is more than this times the smallest get no weight: one that errs more than
the best, but otherwise, may still help it."""

SERIES = 10
"""The fewest series from whose errors such weights are learned; those of few decide by chance."""

PRIOR = 8
"""Origins times the root of the number of series that the usual weights count for."""

ERRORS, ROUNDS, STEP, LEAST = 2000, 40, 0.7, 1e-4
"""Errors that are looked at, at most; rounds of the search, its first step, and the least weight
that it leaves to a member, from which it can return."""


class Errors(NamedTuple):
    """Signed errors of members at some places, the part for which each place counts, and the series
    that it belongs to."""

    error: Float[np.ndarray, "member place"]
    part: Float[np.ndarray, " place"]
    series: Int[np.ndarray, " place"]


def least_error(usual: Weights, wide: Weights, seen: Errors, origins: float) -> Weights:
    """Weights under which the combination itself errs least, mixed with the usual ones.

    Inverse errors give two members that err alike twice the weight of one. Here the weights of
    series s are in proportion to v_m · r_sm. r_sm is the weight by inverse errors that the series
    gives a member over the one that all give it (`wide`, with a wider cut than `usual`), and v has
    the least Σ part · |Σ_m w_sm · error_m|, by exponentiated gradient from the weights of all. The
    result counts for n / (n + 8) and `usual` for the rest, where n is the number of `origins` that
    share no steps, times √series.

    >>> alike = np.array([1.0, -1.0, 1.0, -1.0])
    >>> seen = Errors(np.stack([alike, alike, [1.1, 1.1, -1.1, -1.1]]), np.ones(4), np.arange(4))
    >>> equal = Weights(np.full((4, 3), 1 / 3), np.full(3, 1 / 3))
    >>> least_error(equal, equal, seen, origins=100).shared.round(2).tolist()
    [0.26, 0.26, 0.47]
    """
    used = np.flatnonzero(wide.shared > 0)
    if len(used) < 2 or not len(seen.series):
        return usual
    ratio = wide.series[:, used] / wide.shared[used]
    found = _searched(wide.shared[used], ratio, seen._replace(error=seen.error[used]))
    series, shared = np.zeros_like(usual.series), np.zeros_like(usual.shared)
    series[:, used], shared[used] = _normal(found * ratio), found
    count = origins * np.sqrt(len(series))
    share = count / (count + PRIOR)
    mixed = (
        share * mine + (1 - share) * its for mine, its in zip((series, shared), usual, strict=True)
    )
    return Weights(*mixed)


def _searched(
    start: Float[np.ndarray, " member"], ratio: Float[np.ndarray, "series member"], seen: Errors
) -> Float[np.ndarray, " member"]:
    """The weights of least error among those of the search."""
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
    """Weights in proportion, with the sum 1."""
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))
