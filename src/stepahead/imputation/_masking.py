"""Evaluation of imputers: mask known values, fill them, and compare with the true values."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from .._check import Refusal, between, whole
from ..data import Panel

RANDOM = "random"
"""Masking pattern: single values at random places."""

BLOCKS = "blocks"
"""Masking pattern: runs of steps in all channels at once, as in a sensor outage."""


class MaskedPanel(NamedTuple):
    """A panel with some of its known values masked, and the mask."""

    panel: Panel
    mask: Bool[np.ndarray, "total channel"]


class ImputationErrors(NamedTuple):
    """Errors of an imputer on this number of `masked` values: mean absolute and root mean squared
    error.

    They are in units of each channel's standard deviation over the whole panel, so that channels of
    different units can be averaged.
    """

    mae: float
    rmse: float
    masked: int


def mask_values(
    panel: Panel, share: float, *, draws: np.random.Generator, block: int | None = None
) -> MaskedPanel:
    """Mask about this share of the known values: single ones, or with `block` runs of `block` steps
    in all channels, at places drawn with `draws`.

    Runs do not overlap, and if possible do not include the first and last step of a series, so that
    both sides of a gap are observed. A share that would mask all values of a series is refused.

    >>> panel = Panel.from_arrays([np.arange(10.0)])
    >>> mask_values(panel, 0.3, draws=np.random.default_rng(0), block=3).mask[:, 0].sum()
    np.int64(3)
    """
    between("share", share, 0, 1)
    known = ~np.isnan(panel.values)
    if block is None:
        wanted = draws.random(known.shape) < share
    else:
        runs = _runs(panel, share, whole("block", block), draws)
        wanted = np.repeat(runs[:, None], panel.channels, axis=1)
    mask = np.logical_and(known, wanted)
    if not mask.any():
        raise Refusal(
            f"`share` {share:g} hides no value of {int(known.sum())} known ones. Give a larger "
            "share, or longer series."
        )
    left = np.add.reduceat((known & ~mask).any(axis=1), panel.offsets[:-1], dtype=np.int64)
    held = np.add.reduceat(known.any(axis=1), panel.offsets[:-1], dtype=np.int64)
    if ((left == 0) & (held > 0)).any():
        name = panel.ids[int(np.argmax((left == 0) & (held > 0)))]
        raise Refusal(
            f"All values of series '{name}' would be hidden, so nothing is left to fill them by. "
            "Hide fewer, or leave it out."
        )
    return MaskedPanel(panel.with_values(np.where(mask, np.nan, panel.values)), mask)


def _runs(
    panel: Panel, share: float, block: int, draws: np.random.Generator
) -> Bool[np.ndarray, " total"]:
    """Runs of `block` steps: in each series as many as add up to the share, but at least one if the
    series is long enough to keep both sides."""
    mask = np.zeros(len(panel.values), bool)
    for first, length in zip(panel.offsets[:-1], panel.lengths, strict=True):
        slots = (length - 2) // (block + 1)
        if slots < 1:
            continue
        count = min(slots, max(1, round(share * length / block)))
        spare = length - 2 - slots * (block + 1)
        for slot in draws.choice(slots, size=count, replace=False):
            start = first + 1 + slot * (block + 1) + draws.integers(spare + 1)
            mask[start : start + block] = True
    return mask


def masked_errors(
    masked: MaskedPanel, truth: Panel, imputed: Float[np.ndarray, "total channel"]
) -> ImputationErrors:
    """Return the errors of imputed values at the masked places, compared with the panel before
    masking, `truth`."""
    spread = np.nanstd(truth.values, axis=0)
    error = ((imputed - truth.values) / np.where(spread > 0, spread, 1.0))[masked.mask]
    rmse = float(np.sqrt(np.mean(np.square(error))))
    return ImputationErrors(float(np.abs(error).mean()), rmse, len(error))


def typical_gap_length(panel: Panel) -> int:
    """Return the rounded mean length of the runs of missing steps; at least 2, at most a quarter of
    the median series.

    >>> gap = [np.nan] * 4
    >>> typical_gap_length(Panel.from_arrays([[1.0] * 8 + gap + [2.0] * 8 + [np.nan] + [1.0] * 8]))
    2
    """
    missing = np.isnan(panel.values).any(axis=1)
    before = np.concatenate([[False], missing[:-1]])
    before[panel.offsets[:-1]] = False
    runs = int((missing & ~before).sum())
    mean = round(missing.sum() / runs) if runs else 1
    return int(max(2, min(mean, np.median(panel.lengths) // 4)))
