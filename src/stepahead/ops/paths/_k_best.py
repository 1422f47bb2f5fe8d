"""The k best paths of hidden states, with states that are known or forbidden, in NumPy."""

import numpy as np
from jaxtyping import Bool, Float, Int

from ._hidden_markov import LogChain
from ._longest_first import longer, longest_first


def only_allowed(
    scores: Float[np.ndarray, "*axes state"],
    fixed: Int[np.ndarray, "*axes"] | None = None,
    forbidden: Bool[np.ndarray, "*axes state"] | None = None,
) -> Float[np.ndarray, "*axes state"]:
    """Return the scores with −∞ for every state except the fixed one (−1: any), and for forbidden
    ones.

    >>> only_allowed(
    ...     np.zeros((2, 3)), np.array([1, -1]), np.array([[False] * 3, [True] + [False] * 2])
    ... )
    array([[-inf,   0., -inf],
           [-inf,   0.,   0.]])
    """
    if fixed is not None:
        given = np.asarray(fixed)[..., None]
        scores = np.where((given < 0) | (given == np.arange(scores.shape[-1])), scores, -np.inf)
    return scores if forbidden is None else np.where(forbidden, -np.inf, scores)


def k_best_states(
    scores: Float[np.ndarray, "total state"],
    offsets: Int[np.ndarray, " boundary"],
    chain: LogChain,
    count: int,
) -> tuple[Int[np.ndarray, "path total"], Float[np.ndarray, "path sequence"]]:
    """Return the `count` most probable paths of every sequence, best first (list Viterbi, Seshadri
    & Sundberg 1994), and the log probability of each together with the observations. A path that
    does not exist, or is impossible, is −1 throughout, with log probability −∞. Arguments as
    `expected_states`.

    >>> even = LogChain(np.log([0.5, 0.5]), np.log([[0.5, 0.5], [0.5, 0.5]]))
    >>> paths, logs = k_best_states(np.log([[0.9, 0.1], [0.4, 0.6]]), np.array([0, 2]), even, 5)
    >>> paths.tolist(), np.exp(logs[:, 0]).round(3).tolist()
    ([[0, 1], [0, 0], [1, 1], [1, 0], [-1, -1]], [0.135, 0.09, 0.015, 0.01, 0.0])
    """
    states, lengths = scores.shape[1], np.diff(offsets)
    paths = np.full((count, len(scores)), -1, np.int32)
    logs = np.full((count, len(lengths)), -np.inf)
    logs[0, lengths == 0] = 0.0
    for members in longest_first(offsets):
        first, ends = offsets[members], lengths[members]
        best = np.full((len(members), states, count), -np.inf)
        best[:, :, 0] = chain.start + scores[first]
        came, last = [], np.zeros((len(members), count), np.int64)
        for step in range(ends[0]):
            alive = longer(ends, step)
            if step:
                through = best[:alive, :, :, None] + chain.transition[:, None]
                highest, rank = _highest(through.reshape(alive, -1, states), count)
                came.append(rank)
                best = highest.transpose(0, 2, 1) + scores[first[:alive] + step][..., None]
            done = slice(longer(ends, step + 1), alive)
            highest, last[done] = _highest(best[done].reshape(-1, states * count), count)
            logs[:, members[done]] = highest.T
        for step in reversed(range(ends[0])):
            alive = longer(ends, step)
            state, rank = np.divmod(last[:alive], count)
            paths[:, first[:alive] + step] = state.T
            if step:
                last[:alive] = came[step - 1][np.arange(alive)[:, None], rank, state]
    sequence = np.repeat(np.arange(len(lengths)), lengths)
    paths[np.isneginf(logs[:, sequence])] = -1
    return paths, logs


def _highest(values: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The highest values along the second axis (the first of equal ones), and their positions; −∞
    if there are fewer."""
    order = np.argsort(-values, axis=1, kind="stable")[:, :count]
    found = np.take_along_axis(values, order, axis=1)
    missing = count - order.shape[1]
    pad = [(0, 0), (0, missing), *[(0, 0)] * (values.ndim - 2)]
    return np.pad(found, pad, constant_values=-np.inf), np.pad(order, pad)
