"""Paths through a chain of states: sums over all of them, the best one, marginals, samples; for
conditional random fields and hidden Markov models alike (Lafferty et al. 2001; Rabiner 1989).

A path y of a sequence of n steps has the score first[y₁] + Σ scores[t, y_t] + Σ between[y_{t−1},
y_t] + last[y_n]. For a hidden Markov model, scores are log p(x_t | state), 0 if x_t is missing, and
between are log transition probabilities, −∞ if forbidden. Steps at or after `lengths[b]` do not
exist; a sequence without steps has score 0. Paths are combined step by step in log space: with
`SUM` by log Σ exp, with `MAX` by the largest.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

Join = Callable[..., Any]
"""A function that combines the scores of paths that meet: `join(scores, axis=…)`."""


def SUM(scores: Float[Array, "..."], axis: int) -> Float[Array, "..."]:
    """log Σ exp: the total weight of the paths; −∞ if all are forbidden."""
    return jax.nn.logsumexp(scores, axis=axis)


def MAX(scores: Float[Array, "..."], axis: int) -> Float[Array, "..."]:
    """The weight of the best path."""
    return scores.max(axis=axis)


class ChainScores(NamedTuple):
    """Scores of neighbouring states: `between[i, j]` of i followed by j, `first` and `last` of the
    states at the two ends."""

    between: Float[Array, "tag tag"]
    first: Float[Array, " tag"]
    last: Float[Array, " tag"]


def forward(
    scores: Float[Array, "batch time tag"],
    chain: ChainScores,
    lengths: Int[Array, " batch"],
    join: Join = SUM,
) -> Float[Array, "batch time tag"]:
    """Return the combined weight of all initial parts that end in each state at each step,
    including this step's score. After the end it stays constant."""

    def step(alpha: Array, x: tuple[Array, Array]) -> tuple[Array, Array]:
        scored, inside = x
        longer = join(alpha[:, :, None] + chain.between, axis=1) + scored
        alpha = jnp.where(inside[:, None], longer, alpha)
        return alpha, alpha

    first = chain.first + scores[:, 0]
    _, later = jax.lax.scan(step, first, _later(scores, lengths))
    return jnp.swapaxes(jnp.concatenate([first[None], later]), 0, 1)


def backward(
    scores: Float[Array, "batch time tag"],
    chain: ChainScores,
    lengths: Int[Array, " batch"],
    join: Join = SUM,
) -> Float[Array, "batch time tag"]:
    """Return the combined weight of all continuations from each state at each step, without this
    step's score. After the end it is `last`."""

    def step(beta: Array, x: tuple[Array, Array]) -> tuple[Array, Array]:
        scored, inside = x
        longer = join(chain.between + (scored + beta)[:, None, :], axis=2)
        beta = jnp.where(inside[:, None], longer, beta)
        return beta, beta

    end = jnp.broadcast_to(chain.last, scores[:, 0].shape).astype(scores.dtype)
    _, earlier = jax.lax.scan(step, end, _later(scores, lengths), reverse=True)
    return jnp.swapaxes(jnp.concatenate([earlier, end[None]]), 0, 1)


def log_partition(
    scores: Float[Array, "batch time tag"],
    chain: ChainScores,
    lengths: Int[Array, " batch"],
    join: Join = SUM,
) -> Float[Array, " batch"]:
    """Return log Σ exp(score of the path) over all paths; with `MAX`, the score of the best.

    >>> free = ChainScores(jnp.zeros((2, 2)), jnp.zeros(2), jnp.zeros(2))
    >>> log_sum = log_partition(jnp.zeros((1, 3, 2)), free, jnp.array([3]))
    >>> round(float(jnp.exp(log_sum[0])), 4)  # 2 · 2 · 2 paths, each of score 0
    8.0
    """

    def step(alpha: Array, x: tuple[Array, Array]) -> tuple[Array, None]:
        scored, inside = x
        longer = join(alpha[:, :, None] + chain.between, axis=1) + scored
        return jnp.where(inside[:, None], longer, alpha), None

    alpha, _ = jax.lax.scan(step, chain.first + scores[:, 0], _later(scores, lengths))
    return jnp.where(lengths > 0, join(alpha + chain.last, axis=1), 0.0)


def log_marginals(
    scores: Float[Array, "batch time tag"], chain: ChainScores, lengths: Int[Array, " batch"]
) -> Float[Array, "batch time tag"]:
    """Return the log marginal probability of each state at each step. After the end it has no
    meaning.

    >>> free = ChainScores(jnp.zeros((2, 2)), jnp.zeros(2), jnp.zeros(2))
    >>> shares = jnp.exp(log_marginals(jnp.zeros((1, 3, 2)), free, jnp.array([3])))
    >>> shares.round(4).tolist()
    [[[0.5, 0.5], [0.5, 0.5], [0.5, 0.5]]]
    """
    joint = forward(scores, chain, lengths) + backward(scores, chain, lengths)
    return joint - jax.nn.logsumexp(joint, axis=-1, keepdims=True)


def expected_steps(
    scores: Float[Array, "batch time tag"], chain: ChainScores, lengths: Int[Array, " batch"]
) -> Float[Array, "tag tag"]:
    """Return the expected number of transitions from i to j over all sequences together, with paths
    weighted by their probability."""
    alpha, beta = forward(scores, chain, lengths), backward(scores, chain, lengths)
    total = jax.nn.logsumexp(alpha[:, 0] + beta[:, 0], axis=-1)[:, None, None]

    def step(found: Array, x: tuple[Array, Array, Array]) -> tuple[Array, None]:
        before, after, inside = x
        share = jnp.exp(before[:, :, None] + chain.between + after[:, None, :] - total)
        counted = inside[:, None, None] & jnp.isfinite(total)
        return found + jnp.where(counted, share, 0.0).sum(axis=0), None

    _, inside = _later(scores, lengths)
    ahead = jnp.swapaxes((scores + beta)[:, 1:], 0, 1)
    start = jnp.zeros(chain.between.shape, scores.dtype)
    return jax.lax.scan(step, start, (jnp.swapaxes(alpha[:, :-1], 0, 1), ahead, inside))[0]


def path_score(
    scores: Float[Array, "batch time tag"],
    chain: ChainScores,
    lengths: Int[Array, " batch"],
    path: Int[Array, "batch time"],
) -> Float[Array, " batch"]:
    """Return the score of one path for each sequence."""
    inside = jnp.arange(scores.shape[1]) < lengths[:, None]
    own = jnp.where(inside, jnp.take_along_axis(scores, path[..., None], axis=2)[..., 0], 0.0).sum(
        axis=1
    )
    steps = jnp.where(inside[:, 1:], chain.between[path[:, :-1], path[:, 1:]], 0.0).sum(axis=1)
    end = jnp.take_along_axis(path, jnp.maximum(lengths - 1, 0)[:, None], axis=1)[:, 0]
    return jnp.where(lengths > 0, own + steps + chain.first[path[:, 0]] + chain.last[end], 0.0)


def viterbi(
    scores: Float[Array, "batch time tag"], chain: ChainScores, lengths: Int[Array, " batch"]
) -> tuple[Int[Array, "batch time"], Float[Array, " batch"]]:
    """Return the path with the highest score for each sequence (the first of equal ones), and its
    score. After the end the path stays in its last state.

    >>> change = jnp.array([[0.0, 2.0], [2.0, 0.0]])  # neighbours would rather differ
    >>> unlike = ChainScores(change, jnp.array([0.5, 0.0]), jnp.zeros(2))
    >>> path, score = viterbi(jnp.zeros((1, 4, 2)), unlike, jnp.array([4]))
    >>> path.tolist(), score.tolist()
    ([[0, 1, 0, 1]], [6.5])
    """

    def step(best: Array, x: tuple[Array, Array]) -> tuple[Array, Array]:
        scored, inside = x
        through = best[:, :, None] + chain.between
        stay = jnp.broadcast_to(jnp.arange(best.shape[1]), best.shape)
        came = jnp.where(inside[:, None], through.argmax(axis=1), stay)
        return jnp.where(inside[:, None], through.max(axis=1) + scored, best), came

    best, came = jax.lax.scan(step, chain.first + scores[:, 0], _later(scores, lengths))
    end = (best + chain.last).argmax(axis=1)

    def back(tag: Array, came: Array) -> tuple[Array, Array]:
        before = jnp.take_along_axis(came, tag[:, None], axis=1)[:, 0]
        return before, tag

    first, later = jax.lax.scan(back, end, came, reverse=True)
    path = jnp.concatenate([first[None], later]).T
    return path, jnp.where(lengths > 0, (best + chain.last).max(axis=1), 0.0)


def draw_path(
    scores: Float[Array, "batch time tag"],
    chain: ChainScores,
    lengths: Int[Array, " batch"],
    key: PRNGKeyArray,
) -> Int[Array, "batch time"]:
    """Return one path for each sequence, sampled by its probability among all paths, from the end
    to the beginning. After the end the path stays in its last state."""
    alpha = forward(scores, chain, lengths)
    keys = jax.random.split(key, scores.shape[1])
    end = jax.random.categorical(keys[-1], alpha[:, -1] + chain.last)

    def back(tag: Array, x: tuple[Array, Array, PRNGKeyArray]) -> tuple[Array, Array]:
        before, inside, key = x
        drawn = jax.random.categorical(key, before + chain.between[:, tag].T)
        return jnp.where(inside, drawn, tag), tag

    _, inside = _later(scores, lengths)
    earlier = jnp.swapaxes(alpha[:, :-1], 0, 1)
    first, later = jax.lax.scan(back, end, (earlier, inside, keys[:-1]), reverse=True)
    return jnp.concatenate([first[None], later]).T


def _later(scores: Array, lengths: Array) -> tuple[Array, Array]:
    """All steps but the first, with the time axis first, and a mask of those that exist."""
    inside = jnp.arange(1, scores.shape[1])[:, None] < lengths
    return jnp.swapaxes(scores[:, 1:], 0, 1), inside
