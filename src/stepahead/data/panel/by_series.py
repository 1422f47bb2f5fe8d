"""Statistics of every series at once, without missing values and without a loop over series."""

from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from ..._check import Refusal, counted
from ..calendar import format_stamp
from ._panel import Panel

PerSeries = Float[np.ndarray, "series channel"]


def position(panel: Panel) -> Int[np.ndarray, " total"]:
    """Return the number of every row within its series, from 0."""
    return np.arange(len(panel.values)) - np.repeat(panel.offsets[:-1], panel.lengths)


def count(panel: Panel) -> Int[np.ndarray, "series channel"]:
    """Return the number of observed values of every series and channel; refuse a series with a
    channel without values."""
    if not panel.missing:
        return np.repeat(panel.lengths[:, None], panel.channels, axis=1)
    counts = np.add.reduceat(panel.observed, panel.offsets[:-1], axis=0, dtype=np.int64)
    empty = np.argwhere(counts == 0)
    if len(empty):
        series, channel = empty[0]
        raise Refusal(
            f"Series '{panel.ids[series]}' has no observed value of '{panel.names[channel]}' among "
            "its "
            f"{counted(panel.lengths[series], 'step')}, "
            "so there is nothing to scale it by. Leave the series out, or give more of its past."
        )
    return counts


def mean(panel: Panel) -> PerSeries:
    """Return the mean of the observed values."""
    return _total(panel, panel.values) / count(panel)


def _total(panel: Panel, values: Float[np.ndarray, "total channel"]) -> PerSeries:
    """The sum of `values` without the panel's missing ones."""
    seen = np.where(np.isnan(values), 0.0, values) if panel.missing else values
    return np.add.reduceat(seen, panel.offsets[:-1], axis=0)


def mean_size(panel: Panel) -> PerSeries:
    """Return the mean of the absolute observed values."""
    return _total(panel, np.abs(panel.values)) / count(panel)


def each(panel: Panel, *steps: tuple[np.ufunc, PerSeries]) -> Float[np.ndarray, "total channel"]:
    """Return the values after some operations, each with a number for the value's series and
    channel.

    >>> panel = Panel.from_arrays([[1.0, 2.0], [5.0]])
    >>> each(panel, (np.subtract, np.array([[1.0], [4.0]])))[:, 0].tolist()
    [0.0, 1.0, 1.0]
    """
    found, into = panel.values, None
    for operation, numbers in steps:
        if panel.even:
            shape = (len(panel), -1, panel.channels)
            by = found.reshape(shape)
            found = operation(by, numbers[:, None], out=into).reshape(panel.values.shape)
            into = found.reshape(shape)  # a view: later steps need no memory
        else:
            found = into = operation(found, numbers[panel.series_of_step], out=into)
    return found


def extremes(panel: Panel) -> tuple[PerSeries, PerSeries]:
    """Return the smallest and the largest observed value; NaN if none was observed."""
    return panel.extremes


def spread(panel: Panel) -> tuple[PerSeries, PerSeries]:
    """Return mean and standard deviation (divided by n) of the observed values; exactly 0 for a
    constant series."""
    middle = mean(panel)
    low, high = extremes(panel)
    # In units of the largest deviation, so that no square overflows or underflows.
    largest = np.maximum(high - middle, middle - low)
    unit = np.where(largest > 0, largest, 1.0)
    away = each(panel, (np.subtract, middle), (np.divide, unit))
    square = _total(panel, np.square(away, out=away)) / count(panel)
    return np.where(low == high, low, middle), np.where(low == high, 0.0, largest * np.sqrt(square))


def quantiles(panel: Panel, levels: tuple[float, ...]) -> list[PerSeries]:
    """Return quantiles of the observed values, linearly interpolated (as `numpy.quantile`), one
    array for each level."""
    places = [level * (count(panel) - 1) for level in levels]
    results = [np.empty((len(panel), panel.channels)) for _ in levels]
    size = np.ceil(np.log2(panel.lengths)).astype(np.int64)
    # Series of nearly one length are sorted together, padded to the next power of two.
    for power in np.unique(size):
        chosen = np.flatnonzero(size == power)
        steps = np.arange(2**power)[None, :]
        rows = panel.offsets[chosen, None] + np.minimum(steps, panel.lengths[chosen, None] - 1)
        block = np.where(
            (steps < panel.lengths[chosen, None])[:, :, None], panel.values[rows], np.nan
        )
        block.sort(axis=1)  # missing values last
        for place, result in zip(places, results, strict=True):
            low, high = (
                np.take_along_axis(block, to(place[chosen]).astype(np.int64)[:, None], axis=1)[:, 0]
                for to in (np.floor, np.ceil)
            )
            result[chosen] = low + (high - low) * (place[chosen] % 1)
    return results


def newest_rows(
    panel: Panel, seasons: Int[np.ndarray, " series"]
) -> Int[np.ndarray, "series season channel"]:
    """Return the row of the newest observed value that is a whole number of seasons before step k
    ahead, at index k − 1; −1 if there is none.

    Each series has its own season length; indices beyond it are −1. Step k further ahead has index
    (k − 1) mod season.

    >>> newest_rows(Panel.from_arrays([[1.0, 2.0, 3.0, np.nan]]), np.array([2]))[0, :, 0].tolist()
    [2, 1]
    """
    own = np.asarray(seasons)[:, None]
    last = panel.offsets[1:, None] - own + np.arange(int(np.max(seasons)))
    there = (last >= panel.offsets[:-1, None]) & (last < panel.offsets[1:, None])
    if not np.isnan(panel.values[last[there]]).any():  # every series ends with observed values
        return np.repeat(np.where(there, last, -1)[:, :, None], panel.channels, axis=2)
    season = own[panel.series_of_step, 0]
    to_end = np.repeat(panel.lengths, panel.lengths) - 1 - position(panel)
    index = season - 1 - to_end % season
    rows = np.full((len(panel), int(np.max(seasons)), panel.channels), -1)
    for channel in range(panel.channels):
        seen = np.flatnonzero(panel.observed[:, channel])
        np.maximum.at(rows[:, :, channel], (panel.series_of_step[seen], index[seen]), seen)
    return rows


def refuse_not_positive(panel: Panel, who: str, instead: str) -> None:
    """Refuse values of 0 or below, naming the first."""
    wrong = np.argwhere(panel.values <= 0)
    if len(wrong):
        row, channel = wrong[0]
        raise Refusal(
            f"`{who}` needs values above 0, but '{panel.names[channel]}' of series "
            f"'{panel.ids[panel.series_of_step[row]]}' is "
            f"{panel.values[row, channel]:g} at {format_stamp(panel.times[row])}. Use {instead}, "
            "or mark the value as missing."
        )


def refuse_other(
    fitted: tuple[int, int] | tuple[int, ...],
    panel: Panel,
    what: Literal["panel", "history"] = "panel",
) -> None:
    """Refuse a panel with other series or channels than those of the scaler's fit."""
    if (len(panel), panel.channels) != (fitted[0], fitted[-1]):
        raise Refusal(
            f"The scaler was fitted on {fitted[0]} series of {counted(fitted[-1], 'channel')}, but "
            f"the {what} has {len(panel)} of "
            f"{panel.channels}. "
            "Give the same series in the same order, or fit the scaler again."
        )
