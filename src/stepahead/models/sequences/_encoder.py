"""`Encoder`: vectors of a sequence, one for every step and one for the whole. Not a step: it cannot
forecast."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, runtime_checkable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from ..._check import Refusal, between, whole
from ..._types import UNKNOWN, Key
from ..body import Draws, draws_of, uniform
from ..cells import Cell, recurrent_of
from ._token_model import dropout


class Encoded(NamedTuple):
    """A vector for every step (0 after the end) and one for the whole sequence; both directions
    side by side if there are two."""

    along: Float[Array, "batch time width"]
    summary: Float[Array, "batch width"]


@runtime_checkable
class Pool(Protocol):
    """Pooling of the vectors of all steps into one: `pool(along, last, lengths)`."""

    def __call__(
        self,
        along: Float[Array, "batch time width"],
        last: Float[Array, "batch width"],
        lengths: Int[Array, " batch"],
    ) -> Float[Array, "batch width"]:
        """One vector for each sequence."""
        ...


@dataclass(frozen=True)
class LastState:
    """The last state of each direction, after the whole sequence was read."""

    def __call__(self, along: Array, last: Array, lengths: Array) -> Array:
        """`last` unchanged."""
        return last


@dataclass(frozen=True)
class MeanPool:
    """The mean over the steps of the sequence; 0 for an empty one."""

    def __call__(self, along: Array, last: Array, lengths: Array) -> Array:
        """Σ along / length; steps after the end are 0."""
        return along.sum(axis=1) / jnp.maximum(lengths, 1)[:, None].astype(along.dtype)


@dataclass(frozen=True)
class MaxPool:
    """The maximum over the steps of the sequence, column by column; 0 for an empty one."""

    def __call__(self, along: Array, last: Array, lengths: Array) -> Array:
        """The maximum over the steps before the end."""
        inside = (jnp.arange(along.shape[1]) < lengths[:, None])[..., None]
        return jnp.where(
            lengths[:, None] > 0,
            jnp.where(inside, along, -jnp.inf).max(axis=1, initial=-jnp.inf),
            0.0,
        )


@dataclass(frozen=True)
class Encoder:
    """A stack of recurrent layers over whole sequences, with `bidirectional` in both directions
    (Schuster & Paliwal 1997).

    `body` sets the cell, the widths of the layers (of each direction) and the dropout between them;
    `embedding` is the size of token embeddings (default: the width of the first layer). In
    training, `dropout` acts on the inputs of the first layer and on the outputs, and a share
    `word_dropout` of the tokens is replaced by `<unk>`, so that the encoder learns to handle
    unknown words. `pool` gives the vector of the whole sequence: `LastState()`, `MeanPool()` or
    `MaxPool()`.

    >>> from stepahead.models import GRU
    >>> encoder = Encoder(GRU(8), bidirectional=True, embedding=4).of_tokens(10, 0)
    >>> encoded = encoder(jnp.array([[2, 3, 4], [5, 1, 1]]), jnp.array([3, 1]), None)
    >>> encoded.along.shape, encoded.summary.shape
    ((2, 3, 16), (2, 16))
    """

    body: Any
    bidirectional: bool = False
    embedding: int | None = None
    dropout: float = 0.0
    word_dropout: float = 0.0
    pool: Pool = field(default_factory=LastState)

    def __post_init__(self) -> None:
        between("dropout", self.dropout, 0, 1), between("word_dropout", self.word_dropout, 0, 1)
        if self.embedding is not None:
            whole("embedding", self.embedding)
        object.__setattr__(self, "body", recurrent_of(self.body))  # wraps a user's step
        if not isinstance(self.pool, LastState | MeanPool | MaxPool):
            raise Refusal(
                f"`pool` must be LastState(), MeanPool() or MaxPool(), but it is {self.pool!r}. "
                "Give one of these."
            )

    @property
    def width(self) -> int:
        """Size of the output vectors."""
        return self.body.widths[-1] * (2 if self.bidirectional else 1)

    @property
    def columns(self) -> int:
        """Size of the embeddings."""
        return self.body.widths[0] if self.embedding is None else self.embedding

    def of_tokens(self, size: int, key: Key) -> "EncoderBody":
        """An encoder of tokens of a vocabulary of `size`: embeddings uniform in ±0.1, then the
        layers."""
        draws = draws_of(key)
        return self._body(uniform(draws, 0.1, size, self.columns), self.columns, draws)

    def of_rows(self, columns: int, key: Key) -> "EncoderBody":
        """An encoder of rows of `columns` numbers."""
        return self._body(None, columns, draws_of(key))

    def _body(self, embedding: Array | None, columns: int, draws: Draws) -> "EncoderBody":
        sides, widths = 2 if self.bidirectional else 1, self.body.widths
        inputs = (columns, *(sides * width for width in widths[:-1]))
        layers = tuple(
            tuple(self.body.layer(i, h, draws) for _ in range(sides))
            for i, h in zip(inputs, widths, strict=True)
        )
        return EncoderBody(
            embedding, layers, self.pool, self.dropout, self.body.dropout, self.word_dropout
        )


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
