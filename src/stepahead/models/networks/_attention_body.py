"""The arrays of attention, and its pass."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from ..cells import Readout
from ..sequences import Attention


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
