"""Weights and temperatures of a combination of classifiers, from held-out examples."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from ..labelling import mixed, temperature_of, tempered
from ..models import mixing_weights

LEAST_WEIGHT = 0.03
"""Members with a smaller weight are left out of the combination."""

PRIOR, UNLIKE = 5.0, 2.0
"""Settings of the prior for the weights: the number of examples that it counts for, and the rate at
which a member's prior weight falls with its log loss."""

Said = Sequence[Float[np.ndarray, "example label"]]
"""The log probabilities that each member predicted."""


def copies_of(groups: Int[np.ndarray, " row"]) -> float:
    """Return the average number of copies of an example among the rows, Σ n² / Σ n, with n the
    number of rows of each distinct example (the design effect of Kish 1965). `groups` holds the
    index of the distinct example of every row.

    >>> copies_of(np.array([0, 0, 0, 1, 1, 1]))
    3.0
    """
    times = np.bincount(groups).astype(float)
    return float((times**2).sum() / times.sum())


def member_temperatures(
    said: Said, labels: Int[np.ndarray, " example"], copies: float = 1.0
) -> Float[np.ndarray, " member"]:
    """Return the temperature of each member, fitted separately."""
    return np.array([temperature_of(log_probs, labels, copies) for log_probs in said])


def member_weights(
    said: Said,
    temperatures: Float[np.ndarray, " member"],
    labels: Int[np.ndarray, " example"],
    copies: float = 1.0,
) -> Float[np.ndarray, " member"]:
    """Return the weights that maximise the likelihood of the labels, with small weights set to 0.

    With few examples, chance decides which of several good members looks best. So the weights have
    a prior that is nearly equal for members of similar log loss, and counts for `PRIOR` distinct
    examples.

    >>> good, bad = np.log(np.tile([[0.9, 0.1]], (4, 1))), np.log(np.tile([[0.2, 0.8]], (4, 1)))
    >>> member_weights([good, bad], np.ones(2), np.zeros(4, int)).tolist()
    [1.0, 0.0]
    """
    own = np.arange(len(labels)), labels
    calm = [tempered(one, heat) for one, heat in zip(said, temperatures, strict=True)]
    truth = np.log(np.maximum(np.exp(np.stack([one[own] for one in calm])), 1e-300))
    alike = np.exp(UNLIKE * (truth.mean(axis=1) - truth.mean(axis=1).max()))
    prior = PRIOR * copies * alike / alike.sum()
    weights = np.array(mixing_weights(truth, prior=prior))
    weights = np.where(weights >= LEAST_WEIGHT, weights, 0.0)
    return weights / weights.sum()


def with_last_temperature(
    said: Said,
    weights: Float[np.ndarray, " member"],
    temperatures: Float[np.ndarray, " member"],
    labels: Int[np.ndarray, " example"],
    copies: float = 1.0,
) -> Float[np.ndarray, " member_and_all"]:
    """Return the temperatures of the members, followed by that of their weighted mean."""
    mean = mixed(list(said), weights, np.append(temperatures, 1.0))
    return np.append(temperatures, temperature_of(mean, labels, copies))


def cross_fitted(
    said: Said,
    labels: Int[np.ndarray, " row"],
    parts: Sequence[np.ndarray],
    copies: float = 1.0,
) -> Float[np.ndarray, "row label"]:
    """Return the log probabilities of the combination for each part, with weights and temperatures
    that were fitted to the other parts. `parts` holds the indices of the examples; the rows of
    `said` follow the parts in order; each distinct example has `copies` rows.

    So no example evaluates weights that were fitted to it, even if another part contains it too. If
    there is only one part, weights are fitted to that part itself.
    """
    honest, examples = np.zeros_like(said[0]), np.concatenate(parts)
    ends = np.cumsum([0, *map(len, parts)])
    for start, stop in pairwise(ends):
        inside = slice(start, stop)
        others = np.flatnonzero(~np.isin(examples, examples[inside]))
        others = others if len(others) else np.arange(len(labels))
        known = [one[others] for one in said]
        each = member_temperatures(known, labels[others], copies)
        weights = member_weights(known, each, labels[others], copies)
        heats = with_last_temperature(known, weights, each, labels[others], copies)
        honest[inside] = mixed([one[inside] for one in said], weights, heats)
    return honest
