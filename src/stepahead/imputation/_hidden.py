"""How far an imputer errs: known values are hidden, it fills them, and what it says is compared
with what was there."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from .._check import Refusal, between, whole
from ..data import Panel

RANDOM = "random"
"""A way to hide: single values anywhere."""

BLOCKS = "blocks"
"""A way to hide: runs of steps in all channels at once, as when a recorder stops."""


class Hidden(NamedTuple):
    """A panel with some of its known values hidden, and where."""

    panel: Panel
    places: Bool[np.ndarray, "total channel"]


class HiddenError(NamedTuple):
    """How far an imputer errs on so many `hidden` values: mean absolute and root mean squared
    error.

    In units of each channel's standard deviation over the whole panel, so that channels of any unit
    can be averaged.
    """

    mae: float
    rmse: float
    hidden: int


def hide(
    panel: Panel, share: float, *, draws: np.random.Generator, block: int | None = None
) -> Hidden:
    """Hide about that share of the known values: one by one, or with `block` in runs of so many
    steps of all channels.

    Runs do not overlap and keep off the first and last step of a series where they can, so that
    both sides are seen. Refused: a share that hides all values of a series.

    >>> panel = Panel.from_arrays([np.arange(10.0)])
    >>> hide(panel, 0.3, draws=np.random.default_rng(0), block=3).places[:, 0].sum()
    np.int64(3)
    """
    between("share", share, 0, 1)
    known = ~np.isnan(panel.values)
    if block is None:
        wanted = draws.random(known.shape) < share
    else:
        wanted = np.repeat(
            _runs(panel, share, whole("block", block), draws)[:, None], panel.channels, axis=1
        )
    places = np.logical_and(known, wanted)
    if not places.any():
        raise Refusal(
            f"`share` {share:g} hides no value of {int(known.sum())} known ones. Give a larger "
            "share, or longer series."
        )
    left = np.add.reduceat((known & ~places).any(axis=1), panel.offsets[:-1], dtype=np.int64)
    held = np.add.reduceat(known.any(axis=1), panel.offsets[:-1], dtype=np.int64)
    if ((left == 0) & (held > 0)).any():
        name = panel.ids[int(np.argmax((left == 0) & (held > 0)))]
        raise Refusal(
            f"All values of series '{name}' would be hidden, so nothing is left to fill them by. "
            "Hide fewer, or leave it out."
        )
    return Hidden(panel.with_values(np.where(places, np.nan, panel.values)), places)


def _runs(
    panel: Panel, share: float, block: int, draws: np.random.Generator
) -> Bool[np.ndarray, " total"]:
    """Runs of `block` steps: in each series as many as make the share, at least one where it is
    long enough to keep both sides."""
    places = np.zeros(len(panel.values), bool)
    for first, length in zip(panel.offsets[:-1], panel.lengths, strict=True):
        slots = (length - 2) // (block + 1)
        if slots < 1:
            continue
        count = min(slots, max(1, round(share * length / block)))
        spare = length - 2 - slots * (block + 1)
        for slot in draws.choice(slots, size=count, replace=False):
            start = first + 1 + slot * (block + 1) + draws.integers(spare + 1)
            places[start : start + block] = True
    return places


def errors_on(
    hidden: Hidden, truth: Panel, said: Float[np.ndarray, "total channel"]
) -> HiddenError:
    """The errors of what was `said` at the hidden places, against the panel before hiding."""
    spread = np.nanstd(truth.values, axis=0)
    error = ((said - truth.values) / np.where(spread > 0, spread, 1.0))[hidden.places]
    return HiddenError(
        float(np.abs(error).mean()), float(np.sqrt(np.mean(np.square(error)))), len(error)
    )


def typical_gap(panel: Panel) -> int:
    """The mean length, rounded, of the runs of steps at which a value is missing; at least 2, at
    most a quarter of the median series.

    >>> typical_gap(
    ...     Panel.from_arrays([[1.0] * 8 + [np.nan] * 4 + [2.0] * 8 + [np.nan] + [1.0] * 8])
    ... )
    2
    """
    missing = np.isnan(panel.values).any(axis=1)
    before = np.concatenate([[False], missing[:-1]])
    before[panel.offsets[:-1]] = False
    runs = int((missing & ~before).sum())
    mean = round(missing.sum() / runs) if runs else 1
    return int(max(2, min(mean, np.median(panel.lengths) // 4)))
