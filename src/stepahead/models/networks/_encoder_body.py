"""The layers of an encoder, and its pass in one or two directions."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from ..._types import UNKNOWN, Key
from ..cells import Cell
from ..sequences import Encoded, Pool
from ._token_model import dropout


class EncoderBody(eqx.Module):
    """Layers of one or two directions, and embeddings if the sequences are tokens."""

    embedding: Float[Array, "vocab column"] | None
    layers: tuple[tuple[Cell, ...], ...]
    pool: Pool = eqx.field(static=True)
    dropout: float = eqx.field(static=True)
    between: float = eqx.field(static=True)
    word_dropout: float = eqx.field(static=True)

    @property
    def width(self) -> int:
        """Size of the output vectors."""
        return sum(cell.width for cell in self.layers[-1])

    def __call__(
        self,
        inputs: Int[Array, "batch time"] | Float[Array, "batch time column"],
        lengths: Int[Array, " batch"],
        key: Key | None,
    ) -> Encoded:
        """Encode whole sequences of tokens or rows; inputs after `lengths` are ignored. With a key,
        dropout is drawn."""
        of_tokens, of_inputs, of_layers, of_outputs = (
            (None,) * 4 if key is None else jax.random.split(key, 4)
        )
        hidden = inputs
        if self.embedding is not None:
            hidden = self.embedding[drop_words(inputs, self.word_dropout, of_tokens)]
        hidden = dropout(hidden, self.dropout, of_inputs)
        last = jnp.zeros((len(hidden), 0), hidden.dtype)
        for number, layer in enumerate(self.layers):
            if number and of_layers is not None:
                hidden = dropout(hidden, self.between, jax.random.fold_in(of_layers, number))
            sides = [
                _read(cell, hidden, lengths, reverse)
                for cell, reverse in zip(layer, (False, True), strict=False)
            ]
            hidden, last = (
                jnp.concatenate([side[part] for side in sides], axis=-1) for part in (0, 1)
            )
        of_along, of_summary = (None, None) if of_outputs is None else jax.random.split(of_outputs)
        summary = self.pool(hidden, last, lengths)
        return Encoded(
            dropout(hidden, self.dropout, of_along), dropout(summary, self.dropout, of_summary)
        )


def _read(cell: Cell, hidden: Array, lengths: Array, reverse: bool) -> tuple[Array, Array]:
    """One direction of one layer: its output at every step, and its last state."""
    out, state = cell.unroll(
        cell.initial_state(len(hidden)), hidden, lengths=lengths, reverse=reverse
    )
    return out, state[0]


def drop_words(tokens: Int[Array, "*axes"], share: float, key: Key | None) -> Int[Array, "*axes"]:
    """Word dropout: replace a share of the tokens by `<unk>`, if a key is given."""
    if key is None or not share:
        return tokens
    return jnp.where(jax.random.bernoulli(key, share, tokens.shape), UNKNOWN, tokens)
