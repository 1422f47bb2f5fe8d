"""Padded batches: the only place where series of unequal length are laid side by side."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from ._panel import Panel

LARGEST_BATCH = 2_000_000
"""Values in one padded batch, at most (a single longer series is a batch of its own)."""


class PaddedBatch(NamedTuple):
    """Some series of a panel, padded at the end. `values` is 0 where nothing was observed; True in `observed` means seen.

    `observed` is None where every value inside the lengths was. Rows past the number of `series` have length 0.
    """

    series: Int[np.ndarray, " chosen"]
    values: Float[np.ndarray, "batch time channel"]
    observed: Bool[np.ndarray, "batch time channel"] | None
    lengths: Int[np.ndarray, " batch"]


def padded_batches(panel: Panel, *, context: int | None = None, largest: int = LARGEST_BATCH) -> Iterator[PaddedBatch]:
    """The panel as padded float32 batches, the shortest series first; with `context`, only the last steps of each series.

    Sizes are rounded up to powers of two and halves between, so that few different programs are compiled.

    >>> panel = Panel.from_arrays([[1.0, 2.0, 3.0], [4.0]])
    >>> batch = next(padded_batches(panel))
    >>> batch.series.tolist(), batch.lengths.tolist(), batch.values[0, :2, 0].tolist()
    ([1, 0], [1, 3], [4.0, 0.0])
    """
    lengths = panel.lengths if context is None else np.minimum(panel.lengths, context)
    order = np.argsort(lengths, kind="stable")
    begin = 0
    while begin < len(order):
        end = begin + 1
        while end < len(order) and (end + 1 - begin) * round_up(int(lengths[order[end]])) * panel.channels <= largest:
            end += 1
        chosen = order[begin:end]
        yield _pad(panel, chosen, lengths[chosen], context)
        begin = end


def _pad(panel: Panel, chosen: np.ndarray, lengths: np.ndarray, context: int | None) -> PaddedBatch:
    time = round_up(int(lengths.max())) if context is None else int(min(context, round_up(int(lengths.max()))))
    time = max(time, int(lengths.max()))
    batch = round_up(len(chosen))
    full = np.zeros(batch, dtype=np.int32)
    full[: len(chosen)] = lengths
    places = np.arange(time)
    inside = places < full[:, None]
    first = np.zeros(batch, dtype=np.int64)
    first[: len(chosen)] = panel.offsets[1:][chosen] - lengths
    rows = np.where(inside, first[:, None] + places, 0)
    values = np.where(inside[..., None], panel.values[rows], 0.0)
    missing = np.isnan(values)
    observed = None if not missing.any() else ~missing & inside[..., None]
    return PaddedBatch(chosen, np.where(missing, 0.0, values).astype(np.float32), observed, full)


def round_up(size: int) -> int:
    """The next number of the form 2ⁿ or 3·2ⁿ.

    >>> [round_up(n) for n in (1, 5, 7, 9, 13, 50, 97)]
    [1, 6, 8, 12, 16, 64, 128]
    """
    power = 1 << max(size - 1, 0).bit_length()
    return power * 3 // 4 if power * 3 // 4 >= size and power >= 4 else power
