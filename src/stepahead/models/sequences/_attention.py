"""Attention: weights over the vectors of a sequence for each query, and their weighted mean."""

from dataclasses import dataclass
from typing import cast

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from ..._check import whole
from ..._types import Key
from ..body import draws_of, glorot, zeros
from ..cells import Readout


@dataclass(frozen=True)
class _Attention:
    """Sizes of an attention layer: `width` is the size of queries and keys (default: that of the
    decoder's state)."""

    width: int | None = None

    def __post_init__(self) -> None:
        if self.width is not None:
            whole("width", self.width)

    def build(self, state: int, memory: int, key: Key) -> "AttentionBody":
        """Draw the weights, for decoder states of `state` numbers and encoder vectors of `memory`
        numbers."""
        draws, width = draws_of(key), self.width or state
        return AttentionBody(
            glorot(draws, width, state),
            glorot(draws, width, memory),
            glorot(draws, 1, width)[0],
            Readout(glorot(draws, state, state + memory), zeros(draws, state)),
            cast("Attention", self),
        )


@dataclass(frozen=True)
class DotProduct(_Attention):
    """Scores (W_q h)·(W_k m) / √width (Luong et al. 2015 in general form, scaled as Vaswani et al.
    2017).

    >>> body = DotProduct().build(4, 6, 0)
    >>> keys, inside = body.keys(jnp.ones((1, 3, 6))), jnp.array([[True, True, False]])
    >>> body.weights(jnp.ones((1, 2, 4)), keys, inside)[0, 0].tolist()  # two equal keys
    [0.5, 0.5, 0.0]
    """

    def scores(
        self,
        query: Float[Array, "batch step width"],
        keys: Float[Array, "batch time width"],
        vector: Float[Array, " width"],
    ) -> Float[Array, "batch step time"]:
        """Scaled dot products; `vector` is not used."""
        return jnp.einsum("bsw,btw->bst", query, keys) / query.shape[-1] ** 0.5


@dataclass(frozen=True)
class Additive(_Attention):
    """Scores v·tanh(W_q h + W_k m) (Bahdanau et al. 2015). Needs step × time × width numbers at
    once."""

    def scores(
        self,
        query: Float[Array, "batch step width"],
        keys: Float[Array, "batch time width"],
        vector: Float[Array, " width"],
    ) -> Float[Array, "batch step time"]:
        """A small network for every pair of query and key."""
        return jnp.tanh(query[:, :, None] + keys[:, None]) @ vector


Attention = DotProduct | Additive
"""The score function of attention."""


class AttentionBody(eqx.Module):
    """Attention after the recurrent layers (Luong et al. 2015): h̃ = tanh(W [h; Σ weight · m] + b),
    so that a whole sequence is one pass."""

    query: Float[Array, "width state"]
    key: Float[Array, "width memory"]
    vector: Float[Array, " width"]
    join: Readout
    kind: Attention = eqx.field(static=True)

    def keys(self, memory: Float[Array, "batch time memory"]) -> Float[Array, "batch time width"]:
        """Keys of the encoder's vectors, computed once for each sequence."""
        return memory @ self.key.T

    def weights(
        self,
        hidden: Float[Array, "batch step state"],
        keys: Float[Array, "batch time width"],
        inside: Bool[Array, "batch time"],
    ) -> Float[Array, "batch step time"]:
        """Attention weights of every step: they sum to 1 over the steps `inside` the sequence, and
        are 0 after its end."""
        scores = self.kind.scores(hidden @ self.query.T, keys, self.vector)
        return jax.nn.softmax(jnp.where(inside[:, None], scores, -1e30), axis=-1)

    def __call__(
        self,
        hidden: Float[Array, "batch step state"],
        keys: Float[Array, "batch time width"],
        memory: Float[Array, "batch time memory"],
        inside: Bool[Array, "batch time"],
    ) -> Float[Array, "batch step state"]:
        """The decoder's states, each joined with its attention mean."""
        found = jnp.einsum("bst,btm->bsm", self.weights(hidden, keys, inside), memory)
        return jnp.tanh(self.join(jnp.concatenate([hidden, found], axis=-1)))
