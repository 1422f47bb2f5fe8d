"""Sequences of unequal length side by side, the longest first, so that at every step the first ones
go on."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int

BATCH = 64
"""Sequences side by side."""


def longest_first(
    offsets: Int[np.ndarray, " boundary"],
) -> Iterator[Int[np.ndarray, " sequence"]]:
    """The numbers of sequences that are not empty, in batches."""
    lengths = np.diff(offsets)
    order = np.argsort(-lengths, kind="stable")[: int((lengths > 0).sum())]
    for begin in range(0, len(order), BATCH):
        yield order[begin : begin + BATCH]


def longer(lengths: Int[np.ndarray, " sequence"], step: int) -> int:
    """The number of sequences of more than so many steps."""
    return int((lengths > step).sum())
