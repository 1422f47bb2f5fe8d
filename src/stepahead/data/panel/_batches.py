"""Padded batches: the only place where series of unequal length are laid side by side."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from ..._types import Observation
from ._covariates import Covariates
from ._gaps import carried_forward
from ._panel import Panel

LARGEST_BATCH = 2_000_000
"""Values in one padded batch, at most (a single longer series is a batch of its own)."""


class PaddedBatch(NamedTuple):
    """Some series of a panel, padded at the end by 0. True in `observed` means seen; where nothing
    was seen, `values` holds the last value seen before.

    That one may lie before the steps that were cut out: see `carried_forward`. `observed` is None
    where every value inside the lengths was. Rows past the number of `series` have length 0. `past`
    holds the covariates seen with each value, `known` what is known at each step of the steps ahead
    of it, `future` the same for the steps after the end, as `Channels` counts them; None where the
    panel has no such covariates.
    """

    series: Int[np.ndarray, " chosen"]
    values: Float[np.ndarray, "batch time channel"]
    observed: Bool[np.ndarray, "batch time channel"] | None
    lengths: Int[np.ndarray, " batch"]
    past: Float[np.ndarray, "batch time past"] | None = None
    known: Float[np.ndarray, "batch time known"] | None = None
    future: Float[np.ndarray, "batch beyond known"] | None = None

    @property
    def before(self) -> Float[np.ndarray, "batch channel"]:
        """The first value of each series: it stands in for values that are missing at the first
        steps, and for the steps before the series."""
        return self.values[:, 0]

    def observation(self, dtype: Any) -> Observation:
        """Inputs of a model, as arrays of this floating-point type."""
        import jax  # the one place where series leave NumPy: panels alone need no JAX

        value, known, past = (
            None if block is None else np.asarray(block, dtype)
            for block in (self.values, self.known, self.past)
        )
        # All in one call: for short series the calls take longer than the copies.
        return Observation(*jax.device_put((value, self.observed, known, past)))


def padded_batches(
    panel: Panel,
    *,
    context: int | None = None,
    largest: int = LARGEST_BATCH,
    horizon: int = 1,
    beyond: int = 0,
    rounded: bool = True,
) -> Iterator[PaddedBatch]:
    """The panel as padded batches, the shortest series first; with `context`, only the last steps
    of each series.

    Sizes are rounded up to powers of two and halves between, so that few different programs are
    compiled; without `rounded` they are not. Covariates are laid out for a model that emits
    `horizon` steps at once; the panel must hold what is known of `beyond + horizon` steps after
    each end.

    >>> panel = Panel.from_arrays([[1.0, 2.0, 3.0], [4.0]])
    >>> batch = next(padded_batches(panel))
    >>> batch.series.tolist(), batch.lengths.tolist(), batch.values[0, :2, 0].tolist()
    ([1, 0], [1, 3], [4.0, 0.0])
    """
    lengths = panel.lengths if context is None else np.minimum(panel.lengths, context)
    order = np.argsort(lengths, kind="stable")
    columns = panel.channels + (
        0
        if panel.covariates is None
        else len(panel.covariates.past_names) + _width(panel.covariates, horizon)
    )
    seen = carried_forward(panel)
    begin = 0
    for end in _ends(lengths[order], largest // columns):
        chosen = order[begin:end]
        rows = _rows(panel, chosen, lengths[chosen], context, rounded)
        batch = _pad(panel, seen, chosen, lengths[chosen], rows)
        yield (
            batch
            if panel.covariates is None
            else _covered(batch, rows, panel, panel.covariates, horizon, beyond)
        )
        begin = end


def _ends(lengths: Int[np.ndarray, " series"], largest: int) -> Iterator[int]:
    """The end of each batch of so many steps at most, of series of rising lengths."""
    if len(lengths) * round_up(int(lengths[-1])) <= largest:  # one batch, as for a single series
        yield len(lengths)
        return
    steps, end = _rounded_up(lengths), 0
    while end < len(lengths):
        cells = np.arange(1, len(lengths) - end + 1) * steps[end:]
        end += max(1, int(np.searchsorted(cells, largest, side="right")))
        yield end


def _rows(
    panel: Panel, chosen: np.ndarray, lengths: np.ndarray, context: int | None, rounded: bool
) -> Int[np.ndarray, "batch time"]:
    """The panel's row of every step of the batch, row 0 where it is padded."""
    longest = int(lengths.max())
    time = round_up(longest) if rounded else longest
    places = np.arange(max(time if context is None else min(context, time), longest))
    first = panel.offsets[1:][chosen] - lengths
    rows = np.zeros(
        (round_up(len(chosen)) if rounded else len(chosen), len(places)), dtype=np.int64
    )
    rows[: len(chosen)] = np.where(places < lengths[:, None], first[:, None] + places, 0)
    return rows


def _pad(
    panel: Panel,
    seen: Float[np.ndarray, "total channel"],
    chosen: np.ndarray,
    lengths: np.ndarray,
    rows: Int[np.ndarray, "batch time"],
) -> PaddedBatch:
    full = np.zeros(len(rows), dtype=np.int32)
    full[: len(chosen)] = lengths
    inside = (np.arange(rows.shape[1]) < full[:, None])[..., None]
    filled = seen[rows] if inside.all() else np.where(inside, seen[rows], 0.0)
    if not panel.missing:
        return PaddedBatch(chosen, filled, None, full)
    missing = np.isnan(panel.values[rows]) & inside
    observed = None if not missing.any() else ~missing & inside
    return PaddedBatch(chosen, filled, observed, full)


def _covered(
    batch: PaddedBatch,
    rows: Int[np.ndarray, "batch time"],
    panel: Panel,
    held: Covariates,
    horizon: int,
    beyond: int,
) -> PaddedBatch:
    """The batch with its covariates; `rows` are the panel's rows of its steps (any row where it is
    padded)."""
    past = held.past[rows].astype(np.float32) if held.past_names else None
    if not _width(held, horizon):
        return batch._replace(past=past)
    series = np.zeros(len(rows), dtype=np.int64)
    series[: len(batch.series)] = batch.series
    first = held.offsets[series] + panel.lengths[series] - batch.lengths
    steps = np.concatenate(
        [
            np.broadcast_to(np.arange(rows.shape[1]), rows.shape),
            batch.lengths[:, None] + np.arange(beyond),
        ],
        axis=1,
    )
    ahead = (first[:, None] + steps)[..., None] + np.arange(1, horizon + 1)
    known = held.known[np.minimum(ahead, len(held.known) - 1)].reshape(
        *steps.shape, horizon * len(held.known_names)
    )
    static = np.broadcast_to(held.static[series][:, None], (*steps.shape, len(held.static_names)))
    both = np.concatenate([known, static], axis=-1).astype(np.float32)
    return batch._replace(
        past=past, known=both[:, : rows.shape[1]], future=both[:, rows.shape[1] :]
    )


def _width(held: Covariates, horizon: int) -> int:
    return horizon * len(held.known_names) + len(held.static_names)


def _rounded_up(sizes: Int[np.ndarray, " size"]) -> Int[np.ndarray, " size"]:
    """`round_up` of each of some rising sizes."""
    found, first = np.unique(sizes, return_index=True)
    counts = np.diff([*first, len(sizes)])
    return np.repeat([round_up(int(size)) for size in found], counts)


def round_up(size: int) -> int:
    """The next number of the form 2ⁿ or 3·2ⁿ.

    >>> [round_up(n) for n in (1, 5, 7, 9, 13, 50, 97)]
    [1, 6, 8, 12, 16, 64, 128]
    """
    power = 1 << max(size - 1, 0).bit_length()
    return power * 3 // 4 if power * 3 // 4 >= size and power >= 4 else power
