"""Unconstrained parameters of a hidden Markov model, and its exact log likelihood as a function of
them."""

from typing import Any, NamedTuple, Protocol

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PyTree

from ...ops import LogChain
from ._baum_welch import Hidden, Rules

IMPOSSIBLE = -1e30
"""The log of probability 0: with −∞, states before an unreachable one would have no gradient."""


class FreeChain(eqx.Module):
    """Log probabilities of initial states and transitions, each row up to a constant, and the
    unconstrained parameters of the emissions."""

    start: Float[Array | np.ndarray, " state"]
    steps: Float[Array | np.ndarray, "state state"]
    emission: PyTree


class Emitted(Protocol):
    """Observations whose log density in each state can be differentiated."""

    def free(self, emission: Any) -> PyTree:
        """Return the unconstrained parameters of an emission."""
        ...

    def of(self, numbers: PyTree) -> Any:
        """Return the emission with these parameters."""
        ...

    def scores(
        self, numbers: PyTree, rows: Int[Array, "batch time"]
    ) -> Float[Array, "batch time state"]:
        """Return log p(x | state) of the observations in these rows."""
        ...


class Sequences(NamedTuple):
    """Rows of the observations of a minibatch of sequences, and a mask of the rows that belong to a
    sequence."""

    rows: Int[Array, "*axes time"]
    inside: Bool[Array, "*axes time"]


def freed(hidden: Hidden, rules: Rules, emitted: Emitted) -> FreeChain:
    """Return the unconstrained parameters of a hidden Markov model; 0 for transitions that are
    forbidden or given."""
    open_ = rules.allowed & np.isnan(rules.fixed)
    return FreeChain(
        np.where(rules.begins, np.nan_to_num(hidden.chain.start, neginf=-30.0), 0.0),
        np.where(open_, np.nan_to_num(hidden.chain.transition, neginf=-30.0), 0.0),
        emitted.free(hidden.emission),
    )


def bound(free: FreeChain, rules: Rules, emitted: Emitted) -> Hidden:
    """Return the hidden Markov model with these parameters."""
    logs = (np.asarray(leaf, np.float64) for leaf in free_chain(free, rules))
    chain = (np.where(leaf > IMPOSSIBLE, leaf, -np.inf) for leaf in logs)
    emission = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), emitted.of(free.emission))
    return Hidden(LogChain(*chain), emission)


def free_chain(free: FreeChain, rules: Rules) -> tuple[Array, Array]:
    """Return log probabilities of the initial state and of every transition: a softmax over those
    that are allowed and not given; shared rows are averaged."""
    open_ = rules.allowed & np.isnan(rules.fixed)
    counts = rules.transition.shared(_softmax(jnp.asarray(free.steps), open_))
    total = counts.sum(axis=1, keepdims=True)
    rest = 1 - np.nansum(rules.fixed, axis=1, keepdims=True)
    matrix = counts / jnp.where(total > 0, total, 1) * rest + np.nan_to_num(rules.fixed)
    return _log(_softmax(jnp.asarray(free.start), rules.begins)), _log(matrix)


def log_likelihood(
    free: FreeChain, rules: Rules, emitted: Emitted, sequences: Sequences
) -> Float[Array, " batch"]:
    """Return log p of each sequence by the forward pass, in nats."""
    start, matrix = free_chain(free, rules)
    scores = emitted.scores(free.emission, sequences.rows)
    scores = jnp.where(sequences.inside[..., None], scores, 0.0)

    def step(before: Array, seen: Array) -> tuple[Array, None]:
        after = before + seen
        return jax.nn.logsumexp(after[:, :, None] + matrix, axis=1), None

    first = jnp.broadcast_to(start, (scores.shape[0], len(start)))
    last, _ = jax.lax.scan(step, first, jnp.moveaxis(scores, 1, 0))
    return jax.nn.logsumexp(last, axis=1)  # steps past the end of a sequence sum to 1


def _softmax(numbers: Array, possible: Bool[np.ndarray, "*axes"]) -> Array:
    """exp(number), normalised over the possible entries; all 0 if none is possible."""
    highest = jax.lax.stop_gradient(jnp.where(possible, numbers, -jnp.inf).max(-1, keepdims=True))
    away = jnp.where(possible, numbers - jnp.where(jnp.isfinite(highest), highest, 0), 0.0)
    weights = jnp.where(possible, jnp.exp(away), 0.0)
    total = weights.sum(axis=-1, keepdims=True)
    return weights / jnp.where(total > 0, total, 1)


def _log(probabilities: Array) -> Array:
    above = probabilities > 0
    return jnp.where(above, jnp.log(jnp.where(above, probabilities, 1.0)), IMPOSSIBLE)
