"""Losses of sequences that are conditioned on a source sequence or on a vector."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from .._settings import Settings
from .._types import Key
from ..models import RowDecoder, Source, TokenDecoder, TranslatorModel, cross_entropy
from ._by_sequence import Examples
from ._tokens import TokenData


class PairData(NamedTuple):
    """Source sequences (tokens or numeric rows in one array, with offsets), and the target tokens
    of each."""

    rows: Any
    offsets: Any
    targets: TokenData

    @property
    def lengths(self) -> Int[np.ndarray, "example kind"]:
        """The length of every source, and of its target with the end."""
        return np.concatenate([np.diff(self.offsets)[:, None], self.targets.lengths], axis=1)

    def conditions(
        self, chosen: Int[Array, " batch"], spans: tuple[int, ...]
    ) -> tuple[Source, int]:
        """Return the sources of the `chosen` examples, padded to `spans[0]`, and the longest target
        length."""
        start, place = self.offsets[chosen], jnp.arange(spans[0])
        rows = self.rows[jnp.minimum(start[:, None] + place, len(self.rows) - 1)]
        return Source(rows, self.offsets[chosen + 1] - start), spans[1]


class ConditionalData(NamedTuple):
    """A condition vector for each sequence of tokens."""

    vectors: Any
    targets: TokenData

    @property
    def lengths(self) -> Int[np.ndarray, "example 1"]:
        """The length of every sequence with its end."""
        return self.targets.lengths

    def conditions(
        self, chosen: Int[Array, " batch"], spans: tuple[int, ...]
    ) -> tuple[Float[Array, "batch feature"], int]:
        """Return the vectors of the `chosen` examples, and the longest length of their
        sequences."""
        return self.vectors[chosen], spans[0]


class RowData(NamedTuple):
    """A condition vector for each sequence of numeric rows; the rows are in one array."""

    vectors: Any
    rows: Any
    offsets: Any

    @property
    def lengths(self) -> Int[np.ndarray, "example 1"]:
        """The length of every sequence."""
        return np.diff(self.offsets)[:, None]


@dataclass(frozen=True)
class TokenLoss(Settings):
    """Mean cross-entropy of the tokens and their ends. An `ExampleLoss`; two with the same
    `smoothing` are equal.

    With `smoothing` ε, the target distribution is 1 − ε at the true token plus ε spread over all
    tokens (Szegedy et al. 2016).
    """

    smoothing: float = 0.0

    def __call__(
        self,
        model: TranslatorModel | TokenDecoder,
        data: PairData | ConditionalData,
        examples: Examples,
        spans: tuple[int, ...],
        key: Key | None,
    ) -> tuple[Float[Array, ""], Float[Array, ""]]:
        """Return the mean and the number of tokens."""
        conditions, span = data.conditions(examples.rows, spans)
        target, length = data.targets.gather(examples.rows, span)
        chosen: Any = model
        hidden = chosen.hidden(conditions, target, length + 1, key)
        losses = smoothed_entropy(chosen.logits(hidden), target, self.smoothing)
        return _mean(losses, jnp.arange(span) <= length[:, None], examples.weight)


def smoothed_entropy(
    logits: Float[Array, "*axes vocab"], target: Int[Array, "*axes"], smoothing: float
) -> Float[Array, "*axes"]:
    """Return the cross-entropy, in nats, against a target distribution of 1 − ε at the true token
    plus ε spread over all tokens (label smoothing).

    >>> logits = jnp.log(jnp.array([[0.7, 0.2, 0.1]]))
    >>> loss = smoothed_entropy(logits, jnp.array([0]), 0.3)  # targets 0.8, 0.1, 0.1
    >>> round(float(loss[0]), 4)
    0.6765
    """
    true = cross_entropy(logits, target)
    if not smoothing:
        return true
    return (1 - smoothing) * true + smoothing * (
        jax.nn.logsumexp(logits, axis=-1) - logits.mean(axis=-1)
    )


def row_loss(
    model: RowDecoder, data: RowData, examples: Examples, spans: tuple[int, ...], key: Key | None
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Return the loss of the head, summed over the columns of a row, as the mean over rows, and the
    number of rows. An `ExampleLoss`."""
    start, place = data.offsets[examples.rows], jnp.arange(spans[0])
    length = data.offsets[examples.rows + 1] - start
    inside = place < length[:, None]
    rows = jnp.where(
        inside[..., None], data.rows[jnp.minimum(start[:, None] + place, len(data.rows) - 1)], 0.0
    )
    out = model.out(data.vectors[examples.rows], rows, length, key)
    return _mean(model.net.head.loss(out, rows).sum(axis=-1), inside, examples.weight)


def _mean(losses: Array, inside: Array, weight: Array) -> tuple[Float[Array, ""], Float[Array, ""]]:
    weights = jnp.where(inside, weight[:, None], 0.0)
    count = weights.sum()
    return (losses * weights).sum() / jnp.maximum(count, 1.0), count
