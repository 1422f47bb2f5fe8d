"""Forward-backward and Viterbi for many sequences of unequal length, in float64 on the host: by
native kernels if available, else by JAX."""

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from ... import native
from ._paths import ChainScores, backward, draw_path, expected_steps, forward, viterbi

CELLS = 1 << 22
"""The most numbers in a padded batch."""


class LogChain(NamedTuple):
    """Log probabilities of the first state and of each transition; −∞ if it is forbidden."""

    start: Float[np.ndarray, " state"]
    transition: Float[np.ndarray, "state state"]


class Expected(NamedTuple):
    """Expectations of the hidden states given all observations: the probability of every state at
    every step, the expected number of each transition, the expected number of starts in each state;
    and log p(x_t | x₁ … x_{t−1}) of every step, −∞ from the step at which a sequence becomes
    impossible."""

    posterior: Float[np.ndarray, "total state"]
    steps: Float[np.ndarray, "state state"]
    first: Float[np.ndarray, " state"]
    log_likelihood: Float[np.ndarray, " total"]


def expected_states(
    scores: Float[np.ndarray, "total state"],
    offsets: Int[np.ndarray, " boundary"],
    chain: LogChain,
    *,
    compiled: bool | None = None,
) -> Expected:
    """Forward-backward: `scores[t, k]` is log p(x_t | state k), 0 if x_t is missing; sequence s has
    the rows offsets[s] … offsets[s + 1] − 1; `chain` holds the transition probabilities.

    The kernels work with scaled probabilities; a sequence in which these underflow is computed
    again in log space. `compiled` says whether to use the kernels; None: if they can run.

    >>> sure = LogChain(np.log([0.5, 0.5]), np.log([[0.9, 0.1], [0.1, 0.9]]))
    >>> found = expected_states(np.log([[0.8, 0.2], [0.8, 0.2]]), np.array([0, 2]), sure)
    >>> found.posterior.round(4).tolist(), round(float(found.log_likelihood.sum()), 4)
    ([[0.9193, 0.0807], [0.9193, 0.0807]], -1.1332)
    """
    if not _compiled(len(chain.start), compiled):
        return _in_log_space(scores, offsets, chain)
    sums = native.forward_backward(scores, offsets, np.exp(chain.start), np.exp(chain.transition))
    assert sums.posterior is not None
    found = Expected(sums.posterior, sums.steps, sums.first, sums.log_likelihood)
    begins = offsets[:-1][np.diff(offsets) > 0]
    for at in np.flatnonzero(np.isnan(found.log_likelihood[begins])):
        rows = slice(begins[at], offsets[np.searchsorted(offsets, begins[at], side="right")])
        again = _in_log_space(scores[rows], np.array([0, rows.stop - rows.start]), chain)
        found.posterior[rows], found.log_likelihood[rows] = again.posterior, again.log_likelihood
        found = found._replace(steps=found.steps + again.steps, first=found.first + again.first)
    return found


def expected_totals(
    source: native.Source, offsets: Int[np.ndarray, " boundary"], chain: LogChain
) -> native.Totals | None:
    """Return expectations summed over all steps, if the kernels can compute the scores themselves
    and nothing underflows; otherwise None, and `expected_states` is needed.

    >>> sure = LogChain(np.log([0.5, 0.5]), np.log([[0.9, 0.1], [0.1, 0.9]]))
    >>> twice = native.Source(np.zeros(2, np.int32), np.log([[0.8, 0.2], [0.2, 0.8]]))
    >>> found = expected_totals(twice, np.array([0, 2]), sure)
    >>> found is None or found.emitted.round(4).tolist() == [[1.8385, 0.1615], [0.0, 0.0]]
    True
    """
    if not _compiled(len(chain.start), None):
        return None
    return native.expected_totals(source, offsets, np.exp(chain.start), np.exp(chain.transition))


def step_log_likelihood(
    scores: Float[np.ndarray, "total state"],
    offsets: Int[np.ndarray, " boundary"],
    chain: LogChain,
    *,
    compiled: bool | None = None,
) -> Float[np.ndarray, " total"]:
    """Return log p(x_t | x₁ … x_{t−1}) of every step, by the forward pass alone. Arguments as
    `expected_states`."""
    if _compiled(len(chain.start), compiled):
        start, transition = np.exp(chain.start), np.exp(chain.transition)
        found = native.forward_backward(scores, offsets, start, transition, posterior=False)
        if not np.isnan(found.log_likelihood).any():
            return found.log_likelihood
    return expected_states(scores, offsets, chain, compiled=compiled).log_likelihood


def best_states(
    scores: Float[np.ndarray, "total state"],
    offsets: Int[np.ndarray, " boundary"],
    chain: LogChain,
    *,
    compiled: bool | None = None,
) -> tuple[Int[np.ndarray, " total"], Float[np.ndarray, " sequence"]]:
    """Return the most probable path of every sequence (Viterbi 1967; the first of equal ones), and
    its log probability together with the observations. Arguments as `expected_states`.

    >>> sure = LogChain(np.log([0.5, 0.5]), np.log([[0.9, 0.1], [0.1, 0.9]]))
    >>> best_states(np.log([[0.8, 0.2], [0.4, 0.6]]), np.array([0, 2]), sure)[0].tolist()
    [0, 0]
    """
    if _compiled(1, compiled):
        return native.best_paths(scores, offsets, chain.start, chain.transition)
    path, highest = np.zeros(len(scores), np.int32), np.zeros(len(offsets) - 1)
    for batch in _batches(scores, offsets):
        best, most = _run("viterbi")(batch.scores, *chain, batch.lengths)
        path[batch.rows] = np.asarray(best)[batch.inside]
        highest[batch.members] = np.asarray(most)[: len(batch.members)]
    return path, highest


def drawn_states(
    scores: Float[np.ndarray, "total state"],
    offsets: Int[np.ndarray, " boundary"],
    chain: LogChain,
    key: Any,
) -> Int[np.ndarray, " total"]:
    """Return one path for every sequence, sampled given all its observations. Arguments as
    `expected_states`."""
    path = np.zeros(len(scores), np.int32)
    for number, batch in enumerate(_batches(scores, offsets)):
        of_batch = jax.random.fold_in(key, number)
        drawn = _run("draw")(batch.scores, *chain, batch.lengths, of_batch)
        path[batch.rows] = np.asarray(drawn)[batch.inside]
    return path


def _compiled(states: int, asked: bool | None) -> bool:
    can = native.available() and states <= native.MOST_STATES
    return can if asked is None else asked and can


def _in_log_space(scores: np.ndarray, offsets: np.ndarray, chain: LogChain) -> Expected:
    states = len(chain.start)
    found = Expected(
        np.zeros_like(scores),
        np.zeros((states, states)),
        np.zeros(states),
        np.zeros(len(scores)),
    )
    for batch in _batches(scores, offsets):
        posterior, steps, ahead = _run("expected")(batch.scores, *chain, batch.lengths)
        held, ahead = np.asarray(posterior), np.asarray(ahead)
        with np.errstate(invalid="ignore"):
            rise = np.diff(ahead, axis=1, prepend=0.0)
        rise = np.where(np.isneginf(ahead), -np.inf, rise)
        found.posterior[batch.rows] = held[batch.inside]
        found.log_likelihood[batch.rows] = rise[batch.inside]
        firsts = held[: len(batch.members), 0].sum(axis=0)
        found = found._replace(steps=found.steps + np.asarray(steps), first=found.first + firsts)
    return found


class _Batch(NamedTuple):
    """Sequences of similar length, padded; `inside` marks their steps, `rows` holds their
    positions."""

    members: np.ndarray
    scores: np.ndarray
    lengths: np.ndarray
    inside: tuple[np.ndarray, np.ndarray]
    rows: np.ndarray


def _batches(scores: np.ndarray, offsets: np.ndarray) -> Iterator[_Batch]:
    """Batches padded to powers of two, so that few shapes are compiled."""
    lengths = np.diff(offsets)
    padded = 1 << np.ceil(np.log2(np.maximum(lengths, 1))).astype(int)
    for span in np.unique(padded[lengths > 0]):
        members = np.flatnonzero((padded == span) & (lengths > 0))
        size = max(1, CELLS // (span * scores.shape[1]))
        for first in range(0, len(members), size):
            some = members[first : first + size]
            count = 1 << int(np.ceil(np.log2(len(some))))
            row, step = np.nonzero(np.arange(span) < lengths[some][:, None])
            inside, rows = (row, step), offsets[some][row] + step
            held = np.zeros((count, span, scores.shape[1]))
            held[inside] = scores[rows]
            ends = np.zeros(count, np.int32)
            ends[: len(some)] = lengths[some]
            yield _Batch(some, held, ends, inside, rows)


@cache
def _run(what: str) -> Any:
    """The compiled function of that name, in float64."""

    def chain_of(start: Any, transition: Any) -> ChainScores:
        return ChainScores(transition, start, jnp.zeros_like(start))

    def expected(scores: Any, start: Any, transition: Any, lengths: Any) -> Any:
        chain = chain_of(start, transition)
        alpha = forward(scores, chain, lengths)
        joint = alpha + backward(scores, chain, lengths)
        total = jax.nn.logsumexp(joint, axis=-1, keepdims=True)
        posterior = jnp.where(jnp.isfinite(total), jnp.exp(joint - total), 0.0)
        steps = expected_steps(scores, chain, lengths)
        return posterior, steps, jax.nn.logsumexp(alpha, axis=-1)

    def best(scores: Any, start: Any, transition: Any, lengths: Any) -> Any:
        return viterbi(scores, chain_of(start, transition), lengths)

    def draw(scores: Any, start: Any, transition: Any, lengths: Any, key: Any) -> Any:
        return draw_path(scores, chain_of(start, transition), lengths, key)

    table: dict[str, Any] = {"expected": expected, "viterbi": best, "draw": draw}
    compiled = jax.jit(table[what])

    def in_double(*arrays: Any) -> Any:
        with jax.enable_x64(True):
            return compiled(*arrays)

    return in_double
