"""Padded batches of series of unequal length."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from ..._types import Observation
from ._covariates import Covariates
from ._gaps import carried_forward
from ._panel import Panel

LARGEST_BATCH = 2_000_000
"""The most values in a padded batch (a single longer series is a batch of its own)."""


class PaddedBatch(NamedTuple):
    """Some series of a panel, padded with 0 at the end. `observed` is True for observed values;
    missing values are replaced by the last observed one before.

    That one may be before the steps of the batch: see `carried_forward`. `observed` is None if no
    value within the lengths is missing. Rows after the number of `series` have length 0. `past`
    holds the covariates observed with each value, `known` at each step the known covariates of the
    steps ahead of it, `future` the same for the steps after the end, in the order of `Channels`;
    None if the panel has no such covariates.
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
        """The first value of each series, which replaces missing values at the first steps, and
        values before the series."""
        return self.values[:, 0]

    def observation(self, dtype: Any) -> Observation:
        """Return the inputs of a model, as arrays of this floating-point type."""
        import jax  # the only use of JAX for panels

        value, known, past = (
            None if block is None else np.asarray(block, dtype)
            for block in (self.values, self.known, self.past)
        )
        # All in one call: for short series calls take longer than the copies.
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
    """Yield the panel as padded batches, shortest series first; with `context`, only the last steps
    of each series.

    Batches have at most `largest` values. Sizes are rounded up to numbers of the form 2ⁿ or 3·2ⁿ,
    so that few programs are compiled; without `rounded` they are not. Covariates are arranged for a
    model that emits `horizon` steps at once; the panel must have known covariates for `beyond +
    horizon` steps after the end of each series.

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
        if not rounded and panel.even and not panel.missing and panel.covariates is None:
            steps = int(lengths[0])
            values = seen.reshape(len(panel), -1, panel.channels)[begin:end, -steps:]
            yield PaddedBatch(chosen, values, None, np.full(len(chosen), steps, np.int32))
            begin = end
            continue
        rows = _rows(panel, chosen, lengths[chosen], context, rounded)
        batch = _pad(panel, seen, chosen, lengths[chosen], rows)
        yield (
            batch
            if panel.covariates is None
            else _covered(batch, rows, panel, panel.covariates, horizon, beyond)
        )
        begin = end


def _ends(lengths: Int[np.ndarray, " series"], largest: int) -> Iterator[int]:
    """The end of each batch of at most `largest` steps, for series of increasing lengths."""
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
    """The panel's row of every step of the batch, row 0 for padding."""
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
    """The batch with its covariates; `rows` are the panel's rows of its steps (any row for
    padding)."""
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
    """`round_up` of each of several increasing sizes."""
    found, first = np.unique(sizes, return_index=True)
    counts = np.diff([*first, len(sizes)])
    return np.repeat([round_up(int(size)) for size in found], counts)


def round_up(size: int) -> int:
    """Return the next number of the form 2ⁿ or 3·2ⁿ.

    >>> [round_up(n) for n in (1, 5, 7, 9, 13, 50, 97)]
    [1, 6, 8, 12, 16, 64, 128]
    """
    power = 1 << max(size - 1, 0).bit_length()
    return power * 3 // 4 if power * 3 // 4 >= size and power >= 4 else power
