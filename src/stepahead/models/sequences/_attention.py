"""Attention: weights over the vectors of a sequence for each query, and their weighted mean. Scores
are computed by JAX or by NumPy, depending on the arrays."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from jaxtyping import Float

from ..._check import whole
from ..._settings import Settings
from ..._types import Array, Key

if TYPE_CHECKING:
    from ..networks import AttentionBody


@dataclass(frozen=True)
class _Attention(Settings):
    """Sizes of an attention layer: `width` is the size of queries and keys (default: that of the
    decoder's state)."""

    width: int | None = None

    def __post_init__(self) -> None:
        if self.width is not None:
            whole("width", self.width)

    def build(self, state: int, memory: int, key: Key) -> "AttentionBody":
        """Draw the weights, for decoder states of `state` numbers and encoder vectors of `memory`
        numbers."""
        from ..body import draws_of, glorot, zeros
        from ..cells import Readout
        from ..networks import AttentionBody

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

    >>> import jax.numpy as jnp
    >>> body = DotProduct().build(4, 6, 0)
    >>> keys, inside = body.keys(jnp.ones((1, 3, 6))), jnp.array([[True, True, False]])
    >>> body.weights(jnp.ones((1, 2, 4)), keys, inside)[0, 0].tolist()  # two equal keys
    [0.5, 0.5, 0.0]
    """

    def scores(
        self,
        query: Float[Array | np.ndarray, "batch step width"],
        keys: Float[Array | np.ndarray, "batch time width"],
        vector: Float[Array | np.ndarray, " width"],
    ) -> Any:
        """Scaled dot products; `vector` is not used."""
        return query @ keys.swapaxes(1, 2) / query.shape[-1] ** 0.5


@dataclass(frozen=True)
class Additive(_Attention):
    """Scores v·tanh(W_q h + W_k m) (Bahdanau et al. 2015). Needs step × time × width numbers at
    once."""

    def scores(
        self,
        query: Float[Array | np.ndarray, "batch step width"],
        keys: Float[Array | np.ndarray, "batch time width"],
        vector: Float[Array | np.ndarray, " width"],
    ) -> Any:
        """A small network for every pair of query and key."""
        joined = query[:, :, None] + keys[:, None]
        return joined.__array_namespace__().tanh(joined) @ vector


Attention = DotProduct | Additive
"""The score function of attention."""
