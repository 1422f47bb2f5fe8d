"""Log probabilities of sequences given a condition (a vector or a source sequence), in batches of
similar length."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np
from jaxtyping import Float, Int

from ..._types import END
from ...data import Tokens
from ...models import Source, check_finite_steps, length_batches

ConditionBatch = Callable[[Int[np.ndarray, " member"], int], Any]
"""Returns the conditions of some sequences (by index), padded to a batch of a given size."""


class ConditionalTokens(Protocol):
    """A model of tokens given a condition: a network in JAX or in NumPy."""

    def log_probs_of(
        self,
        given: Any,
        target: Int[np.ndarray, "batch time"],
        lengths: Int[np.ndarray, " batch"],
    ) -> Float[np.ndarray, "batch time"]:
        """The log probability of every token of known targets, their ends included in
        `lengths`."""
        ...


def conditional_log_probs(
    model: ConditionalTokens, conditions: ConditionBatch, targets: Tokens
) -> Float[np.ndarray, " token"]:
    """Return the log probability of every token and every end of `targets`, given the condition of
    its sequence (from `conditions`) and the tokens before it. Refuse one that is not finite."""
    ended = targets.with_ends()
    found = np.zeros(len(ended.ids))
    for batch in length_batches(ended.offsets, steps=1 << 11):
        inside = np.arange(batch.rows.shape[1]) < batch.lengths[:, None]
        tokens = np.where(inside, ended.ids[batch.rows], END).astype(np.int32)
        condition = conditions(batch.members, len(batch.lengths))
        log_probs = model.log_probs_of(condition, tokens, batch.lengths)
        sequence, step = batch.inside
        found[batch.rows[sequence, step]] = np.asarray(log_probs, np.float64)[sequence, step]
    return check_finite_steps(found, ended.offsets, "token")


def vector_conditions(vectors: Float[np.ndarray, "sequence feature"]) -> ConditionBatch:
    """Condition vectors in batches, padded with zeros."""
    return lambda members, batch: np.pad(
        vectors[members], ((0, batch - len(members)), (0, 0))
    ).astype(np.float32)


def source_conditions(rows: np.ndarray, offsets: Int[np.ndarray, " boundary"]) -> ConditionBatch:
    """Source sequences in batches, padded with empty ones. Their length is padded to a power of
    two, so that few programs are compiled."""

    def conditions(members: Int[np.ndarray, " member"], batch: int) -> Source:
        lengths = np.pad(np.diff(offsets)[members], (0, batch - len(members))).astype(np.int32)
        start = np.pad(offsets[:-1][members], (0, batch - len(members)))
        place = np.arange(1 << max(int(lengths.max()) - 1, 0).bit_length())
        return Source(rows[np.where(place < lengths[:, None], start[:, None] + place, 0)], lengths)

    return conditions


def source_batches(
    rows: np.ndarray, offsets: Int[np.ndarray, " boundary"]
) -> Iterator[tuple[Int[np.ndarray, " member"], Source]]:
    """All sources in batches of similar length, with their indices."""
    for batch in length_batches(offsets, steps=1 << 11):
        yield batch.members, Source(rows[batch.rows], batch.lengths)
