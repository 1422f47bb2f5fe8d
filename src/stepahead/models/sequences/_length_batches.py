"""Batches of sequences of similar length, for inference."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64, Int, Int32

from ..._check import Refusal, overflowed


class LengthBatch(NamedTuple):
    """A batch of sequences: their indices, the rows of their steps in the flat arrays, and their
    lengths.

    The batch is padded with sequences of length 0, which have no index.
    """

    members: Int[np.ndarray, " member"]
    rows: Int[np.ndarray, "batch time"]
    lengths: Int32[np.ndarray, " batch"]

    @property
    def inside(self) -> tuple[np.ndarray, np.ndarray]:
        """The indices (sequence, step) of all steps that exist."""
        sequence, step = np.nonzero(np.arange(self.rows.shape[1]) < self.lengths[:, None])
        return sequence, step


def length_batches(
    offsets: Int[np.ndarray, " boundary"], steps: int = 1 << 14
) -> Iterator[LengthBatch]:
    """All sequences in batches of similar length, the longest first, with at most about `steps`
    steps each. Sizes are powers of two, so that few programs are compiled.

    >>> batches = length_batches(np.array([0, 3, 4, 6]), steps=8)
    >>> [(batch.members.tolist(), batch.rows.shape) for batch in batches]
    [([2, 0], (2, 4)), ([1], (1, 1))]
    """
    lengths = np.diff(offsets)
    order = np.argsort(lengths, kind="stable")
    while len(order):
        time = _rounded(max(int(lengths[order[-1]]), 1))
        batch = min(_rounded(len(order)), max(1, steps // time), 256)
        taken, order = order[-batch:], order[:-batch]
        spare = batch - len(taken)
        length = np.pad(lengths[taken], (0, spare)).astype(np.int32)
        place = np.arange(time)
        start = np.pad(offsets[:-1][taken], (0, spare))
        yield LengthBatch(
            taken, np.where(place < length[:, None], start[:, None] + place, 0), length
        )


def check_finite_steps(
    said: Float64[np.ndarray, " step"], offsets: Int[np.ndarray, " boundary"], of: str
) -> Float64[np.ndarray, " step"]:
    """The outputs of a network for every step of many sequences; refuse a value that is not finite,
    naming the step.

    >>> check_finite_steps(np.array([-1.0, -2.0, -np.inf]), np.array([0, 1, 3]), "token")
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: Of token 2 of sequence 2 the net says -inf: a number in it has grown
    beyond what numbers hold (3e38). Train it again at a lower learning rate, with clipped
    gradients: adam(1e-3, clip=1.0).
    """
    bad = np.flatnonzero(~np.isfinite(said))
    if len(bad):
        sequence = int(np.searchsorted(offsets, bad[0], side="right")) - 1
        raise overflowed(
            float(said[bad[0]]), f"{of} {bad[0] - offsets[sequence] + 1} of sequence {sequence + 1}"
        )
    return said


def check_filled(offsets: Int[np.ndarray, " boundary"]) -> None:
    """Refuse an empty sequence."""
    empty = np.flatnonzero(np.diff(offsets) == 0)
    if len(empty):
        raise Refusal(
            f"Sequence {empty[0] + 1} is empty, so there is nothing to label. Leave it out."
        )


def check_finite_rows(
    said: Float[np.ndarray, "sequence number"],
) -> Float[np.ndarray, "sequence number"]:
    """The outputs of a network; refuse values that are not finite."""
    bad = np.argwhere(~np.isfinite(said))
    if len(bad):
        raise overflowed(float(said[tuple(bad[0])]), f"sequence {bad[0, 0] + 1}")
    return said


def check_finite_batch(said: Float[np.ndarray, "batch time tag"], batch: LengthBatch) -> None:
    """Refuse outputs of a network for the words of a batch that are not finite, naming the word."""
    bad = np.argwhere(~np.isfinite(said[batch.inside]))
    if len(bad):
        sequence, step = (place[bad[0, 0]] for place in batch.inside)
        raise overflowed(
            float(said[sequence, step, bad[0, 1]]),
            f"word {step + 1} of sequence {batch.members[sequence] + 1}",
        )


def _rounded(count: int) -> int:
    return 1 << max(count - 1, 0).bit_length()
