"""Tag sequences in which a tag depends on the previous one: the best path and the marginals, for
many sequences of unequal length, in NumPy."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from ._longest_first import longer, longest_first


class PathShares(NamedTuple):
    """Marginal probabilities: of every tag at every position, and of every transition, summed over
    positions; the last number stands for the boundary of a sequence."""

    tags: Float[np.ndarray, "total tag"]
    steps: Float[np.ndarray, "edge edge"]


def best_first_order(
    scores: Float[np.ndarray, "total tag"],
    offsets: Int[np.ndarray, " boundary"],
    log_steps: Float[np.ndarray, "edge edge"],
) -> Int[np.ndarray, " total"]:
    """Return the path with the highest score for every sequence (Viterbi). Sequence s has the rows
    offsets[s] … offsets[s + 1] − 1 of `scores`.

    `log_steps[i, j]` scores tag j after tag i; the last index, equal to the number of tags, stands
    for the boundary before and after a sequence.

    >>> alternate = np.log([[0.1, 0.9, 0.5], [0.9, 0.1, 0.5], [0.5, 0.5, 0.5]])
    >>> scores = np.log([[0.6, 0.4], [0.6, 0.4], [0.6, 0.4]])
    >>> best_first_order(scores, np.array([0, 3]), alternate).tolist()
    [0, 1, 0]
    """
    tags, path = scores.shape[1], np.zeros(len(scores), np.int32)
    between, first, last = log_steps[:tags, :tags], log_steps[tags, :tags], log_steps[:tags, tags]
    for members in longest_first(offsets):
        begin, lengths = offsets[members], np.diff(offsets)[members]
        best, came, ends = first + scores[begin], [], np.zeros(len(begin), np.int64)
        for step in range(lengths[0]):
            alive, later = longer(lengths, step), longer(lengths, step + 1)
            if step:
                through = best[:alive, :, None] + between
                came.append(through.argmax(axis=1))
                best = through.max(axis=1) + scores[begin[:alive] + step]
            ends[later:alive] = (best[later:alive] + last).argmax(axis=1)
        for step in reversed(range(lengths[0])):
            rows = np.arange(longer(lengths, step))
            path[begin[rows] + step] = ends[rows]
            if step:
                ends[rows] = came[step - 1][rows, ends[rows]]
    return path


def first_order_shares(
    scores: Float[np.ndarray, "total tag"],
    offsets: Int[np.ndarray, " boundary"],
    log_steps: Float[np.ndarray, "edge edge"],
) -> PathShares:
    """Return the marginal probabilities of tags and transitions by forward-backward. Arguments as
    `best_first_order`.

    >>> even = np.zeros((3, 3))
    >>> first_order_shares(np.log([[0.3, 0.7]]), np.array([0, 1]), even).tags.round(4).tolist()
    [[0.3, 0.7]]
    """
    tags, shares = scores.shape[1], np.zeros_like(scores)
    steps = np.exp(log_steps - log_steps.max())
    between, first, last = steps[:tags, :tags], steps[tags, :tags], steps[:tags, tags]
    likelihood = np.exp(scores - scores.max(axis=1, keepdims=True))
    found = np.zeros(steps.shape)
    for members in longest_first(offsets):
        begin, lengths = offsets[members], np.diff(offsets)[members]
        ahead = [_relative(first * likelihood[begin])]
        for step in range(1, lengths[0]):
            alive = longer(lengths, step)
            ahead.append(_relative(ahead[-1][:alive] @ between * likelihood[begin[:alive] + step]))
        behind = np.zeros((0, tags), scores.dtype)
        for step in reversed(range(lengths[0])):
            alive, later = longer(lengths, step), longer(lengths, step + 1)
            here = np.tile(last, (alive, 1))
            if later:
                coming = likelihood[begin[:later] + step + 1] * behind
                reached = coming @ between.T
                weight = (ahead[step][:later] * reached).sum(axis=1, keepdims=True)
                found[:tags, :tags] += ahead[step][:later].T @ (coming / weight) * between
                here[:later] = _relative(reached)
            both = _relative(ahead[step] * here)
            shares[begin[:alive] + step] = both
            found[:tags, tags] += both[later:].sum(axis=0)
            behind = here
        found[tags, :tags] += shares[begin].sum(axis=0)
    return PathShares(shares, found)


def _relative(values: np.ndarray) -> np.ndarray:
    return values / values.sum(axis=1, keepdims=True)
