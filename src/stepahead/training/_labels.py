"""Losses of classifiers and taggers."""

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from .._types import Key
from ..data import Spelled
from ..models import ClassifierModel, TaggerModel, WordBatch, cross_entropy
from ._by_sequence import Examples


class LabelData(NamedTuple):
    """Sequences (tokens or numeric rows in one array, with offsets), and the label of each."""

    rows: Any
    offsets: Any
    labels: Any

    @property
    def lengths(self) -> Int[np.ndarray, "example 1"]:
        """Length of every sequence."""
        return np.diff(self.offsets)[:, None]


class TagData(NamedTuple):
    """All words in one array, the characters of every distinct word, the offsets of the sequences,
    and the tag of every word."""

    spelled: Spelled
    offsets: Any
    tags: Any

    @property
    def lengths(self) -> Int[np.ndarray, "example 1"]:
        """Length of every sequence."""
        return np.diff(self.offsets)[:, None]


def label_loss(
    model: ClassifierModel,
    data: LabelData,
    examples: Examples,
    spans: tuple[int, ...],
    key: Key | None,
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Return the mean cross-entropy of the labels, and their number. An `ExampleLoss`."""
    rows, lengths = _gather_rows(data.offsets, examples.rows, spans[0], len(data.rows))
    loss = cross_entropy(model.logits(data.rows[rows], lengths, key), data.labels[examples.rows])
    total = examples.weight.sum()
    return (loss * examples.weight).sum() / jnp.maximum(total, 1.0), total


def tag_loss(
    model: TaggerModel, data: TagData, examples: Examples, spans: tuple[int, ...], key: Key | None
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Return −log p(tags | words), in nats per word, and the number of words. An `ExampleLoss`."""
    rows, lengths = _gather_rows(data.offsets, examples.rows, spans[0], len(data.tags))
    kinds = data.spelled.kinds[rows]
    spelling = WordBatch(
        data.spelled.words[rows], data.spelled.letters[kinds], data.spelled.lengths[kinds]
    )
    loss = model.loss(model.scores(spelling, lengths, key), data.tags[rows], lengths)
    total = (lengths * examples.weight).sum()
    return (loss * examples.weight).sum() / jnp.maximum(total, 1.0), total


def _gather_rows(
    offsets: Int[Array, " boundary"], chosen: Int[Array, " batch"], span: int, total: int
) -> tuple[Int[Array, "batch time"], Int[Array, " batch"]]:
    """Rows of the steps of some sequences in the array of all steps, and the lengths. Rows after an
    end are arbitrary."""
    start = offsets[chosen]
    return jnp.minimum(start[:, None] + jnp.arange(span), total - 1), offsets[chosen + 1] - start
