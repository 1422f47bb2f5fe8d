"""`Encoder`: vectors of a sequence, one for every step and one for the whole. It cannot
forecast."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

from ..._check import Refusal, between, whole
from ..._settings import Settings
from ..._types import Array, Key
from ..cells import recurrent_of

if TYPE_CHECKING:
    from ..body import Draws
    from ..networks import EncoderBody


class Encoded(NamedTuple):
    """A vector for every step (0 after the end), `[batch, time, width]`, and one for the whole
    sequence, `[batch, width]`; the two directions are concatenated. Arrays of JAX or of NumPy."""

    along: Any
    summary: Any


@runtime_checkable
class Pool(Protocol):
    """Pooling of the vectors of all steps into one, by JAX or by NumPy, depending on the arrays:
    `pool(along, last, lengths)`."""

    def __call__(
        self,
        along: Float[Array | np.ndarray, "batch time width"],
        last: Float[Array | np.ndarray, "batch width"],
        lengths: Int[Array | np.ndarray, " batch"],
    ) -> Any:
        """One vector for each sequence."""
        ...


@dataclass(frozen=True)
class LastState(Settings):
    """The last state of each direction, after the whole sequence was read."""

    def __call__(self, along: Any, last: Any, lengths: Any) -> Any:
        """`last` unchanged."""
        return last


@dataclass(frozen=True)
class MeanPool(Settings):
    """The mean over the steps of the sequence; 0 for an empty one."""

    def __call__(self, along: Any, last: Any, lengths: Any) -> Any:
        """Σ along / length; steps after the end are 0."""
        counted = along.__array_namespace__().maximum(lengths, 1)[:, None]
        return along.sum(axis=1) / counted.astype(along.dtype)


@dataclass(frozen=True)
class MaxPool(Settings):
    """The maximum over the steps of the sequence, column by column; 0 for an empty one."""

    def __call__(self, along: Any, last: Any, lengths: Any) -> Any:
        """The maximum over the steps before the end."""
        of = along.__array_namespace__()
        inside = (of.arange(along.shape[1]) < lengths[:, None])[..., None]
        most = of.where(inside, along, -np.inf).max(axis=1, initial=-np.inf)
        return of.where(lengths[:, None] > 0, most, 0.0)


@dataclass(frozen=True)
class Encoder(Settings):
    """A stack of recurrent layers over whole sequences, with `bidirectional` in both directions
    (Schuster & Paliwal 1997).

    `body` sets the cell, the widths of the layers (of each direction) and the dropout between them;
    `embedding` is the size of token embeddings (default: the width of the first layer). In
    training, `dropout` acts on the inputs of the first layer and on the outputs, and a share
    `word_dropout` of the tokens is replaced by `<unk>`, so that the encoder learns to handle
    unknown words. `pool` gives the vector of the whole sequence: `LastState()`, `MeanPool()` or
    `MaxPool()`.

    >>> import jax.numpy as jnp
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
        from ..body import draws_of, uniform

        draws = draws_of(key)
        return self._body(uniform(draws, 0.1, size, self.columns), self.columns, draws)

    def of_rows(self, columns: int, key: Key) -> "EncoderBody":
        """An encoder of rows of `columns` numbers."""
        from ..body import draws_of

        return self._body(None, columns, draws_of(key))

    def _body(self, embedding: Array | None, columns: int, draws: "Draws") -> "EncoderBody":
        from ..networks import EncoderBody

        sides, widths = 2 if self.bidirectional else 1, self.body.widths
        inputs = (columns, *(sides * width for width in widths[:-1]))
        layers = tuple(
            tuple(self.body.layer(i, h, draws) for _ in range(sides))
            for i, h in zip(inputs, widths, strict=True)
        )
        return EncoderBody(
            embedding, layers, self.pool, self.dropout, self.body.dropout, self.word_dropout
        )
