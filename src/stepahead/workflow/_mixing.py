"""Weights and temperatures of a combination of classifiers, from examples that were held out."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from ..labelling import mixed, temperature_of, tempered
from ..models import mixing_weights

LEAST_WEIGHT = 0.03
"""Members whose weight is below this are left out of the combination."""

Said = Sequence[Float[np.ndarray, "example label"]]
"""The log probabilities of every member."""


def member_temperatures(
    said: Said, labels: Int[np.ndarray, " example"]
) -> Float[np.ndarray, " member"]:
    """The temperature of every member by itself."""
    return np.array([temperature_of(log_probs, labels) for log_probs in said])


def member_weights(
    said: Said, temperatures: Float[np.ndarray, " member"], labels: Int[np.ndarray, " example"]
) -> Float[np.ndarray, " member"]:
    """The weights that maximise the likelihood of the labels, small ones left out.

    >>> good, bad = np.log(np.tile([[0.9, 0.1]], (4, 1))), np.log(np.tile([[0.2, 0.8]], (4, 1)))
    >>> member_weights([good, bad], np.ones(2), np.zeros(4, int)).tolist()
    [1.0, 0.0]
    """
    own = np.arange(len(labels)), labels
    calm = [tempered(one, heat) for one, heat in zip(said, temperatures, strict=True)]
    truth = np.exp(np.stack([one[own] for one in calm]))
    weights = np.array(mixing_weights(np.log(np.maximum(truth, 1e-300))))
    weights = np.where(weights >= LEAST_WEIGHT, weights, 0.0)
    return weights / weights.sum()


def with_last_temperature(
    said: Said,
    weights: Float[np.ndarray, " member"],
    temperatures: Float[np.ndarray, " member"],
    labels: Int[np.ndarray, " example"],
) -> Float[np.ndarray, " member_and_all"]:
    """The temperatures, and behind them that of the weighted mean."""
    mean = mixed(list(said), weights, np.append(temperatures, 1.0))
    return np.append(temperatures, temperature_of(mean, labels))


def cross_fitted(
    said: Said, labels: Int[np.ndarray, " row"], parts: Sequence[np.ndarray]
) -> Float[np.ndarray, "row label"]:
    """The log probabilities of the combination for each part, its weights and temperatures from the
    other parts. `parts` hold the numbers of the examples, and rows follow each other part by part.

    No example judges weights that it chose, not even where it is in another part again. (With one
    part alone, they are from that.)
    """
    honest, examples = np.zeros_like(said[0]), np.concatenate(parts)
    ends = np.cumsum([0, *map(len, parts)])
    for start, stop in pairwise(ends):
        inside = slice(start, stop)
        others = np.flatnonzero(~np.isin(examples, examples[inside]))
        others = others if len(others) else np.arange(len(labels))
        known = [one[others] for one in said]
        each = member_temperatures(known, labels[others])
        weights = member_weights(known, each, labels[others])
        heats = with_last_temperature(known, weights, each, labels[others])
        honest[inside] = mixed([one[inside] for one in said], weights, heats)
    return honest
