"""A stack of recurrent layers and its output layer."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ..._types import Channels, Key, Observation
from ..body import Body, seen_columns
from ._cell import Cell


class Readout(eqx.Module):
    """The output layer: out = W h + b."""

    weight: Float[Array, "out state"]
    bias: Float[Array, " out"]

    def __call__(self, hidden: Float[Array, "*axes state"]) -> Float[Array, "*axes out"]:
        """Apply to the last axis."""
        return hidden @ self.weight.T + self.bias


class RecurrentBody(Body):
    """A stack of recurrent layers and its output layer. State: that of each layer, (h,) or (h,
    c)."""

    layers: tuple[Cell, ...]
    readout: Readout | None
    dropout: float = eqx.field(static=True)
    channels: Channels = eqx.field(static=True)

    @property
    def depth(self) -> int:
        """The number of layers."""
        return len(self.layers)

    def initial_state(self, batch: int) -> tuple[tuple[Array, ...], ...]:
        """The initial state of every layer."""
        return tuple(layer.initial_state(batch) for layer in self.layers)

    def _fed(self, x: Observation) -> Float[Array, "*axes column"]:
        seen = seen_columns(x, self.channels)
        return seen if x.known is None else jnp.concatenate([seen, x.known], axis=-1)

    def _read(self, hidden: Float[Array, "*axes state"]) -> Float[Array, "*axes out"]:
        return hidden if self.readout is None else self.readout(hidden)

    def step(self, state: tuple, x: Observation) -> tuple[tuple, Float[Array, "batch out"]]:
        """One cell step in each layer, then the output layer."""
        hidden, states = self._fed(x), []
        for layer, before in zip(self.layers, state, strict=True):
            after = layer.step(before, hidden)
            states.append(after)
            hidden = after[0]
        return tuple(states), self._read(hidden)

    def unroll(
        self,
        state: tuple,
        xs: Observation,
        *,
        lengths: Array | None,
        at: Array | None,
        key: Key | None,
    ) -> tuple[Float[Array, "batch chosen out"], tuple]:
        """Layer by layer along the whole sequence, with dropout between layers if a key is
        given."""
        hidden, states = self._fed(xs), []
        for number, (layer, before) in enumerate(zip(self.layers, state, strict=True)):
            if number and key is not None and self.dropout:
                kept = jax.random.bernoulli(
                    jax.random.fold_in(key, number), 1 - self.dropout, hidden.shape
                )
                hidden = jnp.where(kept, hidden / (1 - self.dropout), 0)
            hidden, after = layer.unroll(before, hidden, lengths=lengths)
            states.append(after)
        if at is not None:
            hidden = jnp.take_along_axis(hidden, at[..., None], axis=1)
        return self._read(hidden), tuple(states)

    def gates(self, state: tuple, xs: Observation) -> tuple[dict[str, Array], ...]:
        """Every layer's gates over time, by their names in the equations."""
        hidden, opened = self._fed(xs), []
        for layer, before in zip(self.layers, state, strict=True):
            opened.append(layer.gates(before, hidden))
            hidden, _ = layer.unroll(before, hidden)
        return tuple(opened)
