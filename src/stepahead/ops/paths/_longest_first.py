"""Batches of sequences of unequal length, longest first, so that the sequences that continue at a
step are always the first ones."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int

BATCH = 64
"""Sequences in a batch."""


def longest_first(
    offsets: Int[np.ndarray, " boundary"],
) -> Iterator[Int[np.ndarray, " sequence"]]:
    """Yield the numbers of nonempty sequences, in batches."""
    lengths = np.diff(offsets)
    order = np.argsort(-lengths, kind="stable")[: int((lengths > 0).sum())]
    for begin in range(0, len(order), BATCH):
        yield order[begin : begin + BATCH]


def longer(lengths: Int[np.ndarray, " sequence"], step: int) -> int:
    """Return the number of sequences that are longer than `step` steps."""
    return int((lengths > step).sum())
