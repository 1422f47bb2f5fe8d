"""Linear chains of labels: the sum over all paths, the score of one, and the best one (Lafferty et
al. 2001).

A path y of a sequence of n steps scores first[y₁] + Σ scores[t, y_t] + Σ between[y_{t−1}, y_t] +
last[y_n]; the sums over all paths are taken in log space, step by step. Steps at or past
`lengths[b]` do not exist; a sequence without steps scores 0.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int


class ChainScores(NamedTuple):
    """What neighbours say of each other: `between[i, j]` of i followed by j, `first` and `last` of
    the two ends."""

    between: Float[Array, "tag tag"]
    first: Float[Array, " tag"]
    last: Float[Array, " tag"]


def log_partition(
    scores: Float[Array, "batch time tag"], chain: ChainScores, lengths: Int[Array, " batch"]
) -> Float[Array, " batch"]:
    """log Σ over all paths of exp(score of the path).

    >>> free = ChainScores(jnp.zeros((2, 2)), jnp.zeros(2), jnp.zeros(2))
    >>> total = log_partition(
    ...     jnp.zeros((1, 3, 2)), free, jnp.array([3])
    ... )  # 2 · 2 · 2 paths, each of score 0
    >>> round(float(jnp.exp(total[0])), 4)
    8.0
    """

    def step(alpha: Array, x: tuple[Array, Array]) -> tuple[Array, None]:
        scored, inside = x
        longer = jax.nn.logsumexp(alpha[:, :, None] + chain.between, axis=1) + scored
        return jnp.where(inside[:, None], longer, alpha), None

    alpha, _ = jax.lax.scan(step, chain.first + scores[:, 0], _later(scores, lengths))
    return jnp.where(lengths > 0, jax.nn.logsumexp(alpha + chain.last, axis=1), 0.0)


def path_score(
    scores: Float[Array, "batch time tag"],
    chain: ChainScores,
    lengths: Int[Array, " batch"],
    path: Int[Array, "batch time"],
) -> Float[Array, " batch"]:
    """The score of one path for each sequence."""
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
    """The path of the highest score for each sequence (of equal ones, the first), and its score.
    Behind the end it stays where it is.

    >>> unlike = ChainScores(
    ...     jnp.array([[0.0, 2.0], [2.0, 0.0]]), jnp.array([0.5, 0.0]), jnp.zeros(2)
    ... )
    >>> path, score = viterbi(
    ...     jnp.zeros((1, 4, 2)), unlike, jnp.array([4])
    ... )  # neighbours would rather differ
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


def _later(scores: Array, lengths: Array) -> tuple[Array, Array]:
    """All steps but the first, time in front, and whether they exist."""
    inside = jnp.arange(1, scores.shape[1])[:, None] < lengths
    return jnp.swapaxes(scores[:, 1:], 0, 1), inside
