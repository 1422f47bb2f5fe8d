"""Weights and temperatures of a combination of classifiers, from examples that were held out."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from ..labelling import mixed, temperature_of, tempered
from ..models import mixing_weights

LEAST_WEIGHT = 0.03
"""Members whose weight is below this are left out of the combination."""

PRIOR, UNLIKE = 5.0, 2.0
"""The examples for which members that are about as good stand equal beforehand, and how fast a
member falls behind there with its log loss."""

Said = Sequence[Float[np.ndarray, "example label"]]
"""The log probabilities of every member."""


def copies_of(groups: Int[np.ndarray, " row"]) -> float:
    """Rows that say no more than one: how often a distinct example is there, Σ n² / Σ n over the
    distinct ones (Kish 1965), from the number of the distinct example that each row is.

    >>> copies_of(np.array([0, 0, 0, 1, 1, 1]))
    3.0
    """
    times = np.bincount(groups).astype(float)
    return float((times**2).sum() / times.sum())


def member_temperatures(
    said: Said, labels: Int[np.ndarray, " example"], copies: float = 1.0
) -> Float[np.ndarray, " member"]:
    """The temperature of every member by itself."""
    return np.array([temperature_of(log_probs, labels, copies) for log_probs in said])


def member_weights(
    said: Said,
    temperatures: Float[np.ndarray, " member"],
    labels: Int[np.ndarray, " example"],
    copies: float = 1.0,
) -> Float[np.ndarray, " member"]:
    """The weights that maximise the likelihood of the labels, small ones left out.

    A few examples do not tell which of some good members is the best: the one that errs on the next
    example is the one that did not err on these. So members of about the same log loss stand equal
    beforehand, with the weight of `PRIOR` distinct examples.

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
    """The temperatures, and behind them that of the weighted mean."""
    mean = mixed(list(said), weights, np.append(temperatures, 1.0))
    return np.append(temperatures, temperature_of(mean, labels, copies))


def cross_fitted(
    said: Said,
    labels: Int[np.ndarray, " row"],
    parts: Sequence[np.ndarray],
    copies: float = 1.0,
) -> Float[np.ndarray, "row label"]:
    """The log probabilities of the combination for each part, its weights and temperatures from the
    other parts. `parts` hold the numbers of the examples, and rows follow each other part by part;
    a distinct example has `copies` rows.

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
        each = member_temperatures(known, labels[others], copies)
        weights = member_weights(known, each, labels[others], copies)
        heats = with_last_temperature(known, weights, each, labels[others], copies)
        honest[inside] = mixed([one[inside] for one in said], weights, heats)
    return honest
