"""What is said of many sequences, each given something to begin from: in batches of like length."""

from collections.abc import Callable, Iterator
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from .._types import END
from ..data import Tokens
from ..models import (
    Source,
    TokenDecoder,
    TranslatorModel,
    cross_entropy,
    finite_along,
    like_lengths,
)

Given = Callable[[Int[np.ndarray, " member"], int], Any]
"""What some of the sequences (their numbers) are given, filled up to a batch of that size."""


def given_log_probs(
    model: TranslatorModel | TokenDecoder, given: Given, targets: Tokens
) -> Float[np.ndarray, " token"]:
    """The log probability of every token and every end, given what its sequence begins from and the
    tokens before it; refuse one that is not finite."""
    ended = targets.ended()
    found = np.zeros(len(ended.ids))
    for batch in like_lengths(ended.offsets, steps=1 << 11):
        held = np.where(
            np.arange(batch.rows.shape[1]) < batch.lengths[:, None], ended.ids[batch.rows], END
        ).astype(np.int32)
        said = _scored(
            model,
            given(batch.members, len(batch.lengths)),
            jnp.asarray(held),
            jnp.asarray(batch.lengths),
        )
        sequence, step = batch.inside
        found[batch.rows[sequence, step]] = np.asarray(said, np.float64)[sequence, step]
    return finite_along(found, ended.offsets, "token")


def of_vectors(vectors: Float[np.ndarray, "sequence feature"]) -> Given:
    """Vectors, filled up with zeros."""
    return lambda members, batch: np.pad(
        vectors[members], ((0, batch - len(members)), (0, 0))
    ).astype(np.float32)


def of_sources(rows: np.ndarray, offsets: Int[np.ndarray, " boundary"]) -> Given:
    """Sources side by side, filled up with empty ones; their span a power of two, so that few
    programs are compiled."""

    def given(members: Int[np.ndarray, " member"], batch: int) -> Source:
        lengths = np.pad(np.diff(offsets)[members], (0, batch - len(members))).astype(np.int32)
        start = np.pad(offsets[:-1][members], (0, batch - len(members)))
        place = np.arange(1 << max(int(lengths.max()) - 1, 0).bit_length())
        return Source(
            jnp.asarray(rows[np.where(place < lengths[:, None], start[:, None] + place, 0)]),
            jnp.asarray(lengths),
        )

    return given


def source_batches(
    rows: np.ndarray, offsets: Int[np.ndarray, " boundary"]
) -> Iterator[tuple[Int[np.ndarray, " member"], Source]]:
    """All sources in batches of like length, and which they are."""
    for batch in like_lengths(offsets, steps=1 << 11):
        yield batch.members, Source(jnp.asarray(rows[batch.rows]), jnp.asarray(batch.lengths))


@eqx.filter_jit
def _scored(
    model: Any, given: Any, target: Int[Array, "batch time"], lengths: Int[Array, " batch"]
) -> Float[Array, "batch time"]:
    return -cross_entropy(model.logits(model.hidden(given, target, lengths, None)), target)
