"""Notes on values far from all others of their series: marks of missing values, and typing
errors."""

import numpy as np
from jaxtyping import Bool

from ...data import Panel
from ._notes import local_stamp

_MARKS = [sign * (10.0**digits - 1) for digits in range(2, 8) for sign in (-1, 1)]
"""Numbers that mark missing values in many files: -99, 999, -9999, ..."""
_BEYOND, _OTHERS = 1000, 8
"""A value is worth a note if it is more than this many times any other of its series, and the
series has at least this many other values."""


def far_values_notes(panel: Panel) -> tuple[str, ...]:
    """Notes on numbers of nines that are the only ones below 0 in their series, or are outside the
    range of its other values by at least this range, as marks of missing values are; and on the
    first value that is more than 1,000 times any other of its series.

    >>> values = [3.0, 5.0, 4.0, -999.0, 6.0, 5.0, 4.0, 3.0, 5.0]
    >>> far_values_notes(Panel.from_arrays([values]))[0]
    '-999 stands once, far from all others; if it marks what is missing, say `missing=-999`'
    """
    marks = np.stack([_marks(panel, channel) for channel in panel.values.T], axis=1)
    numbers, counts = np.unique(panel.values[marks], return_counts=True)
    notes = [
        f"{number:.0f} stands {'once' if count == 1 else f'{count:,} times'}, far from all others; "
        f"if it marks what is missing, say `missing={number:.0f}`"
        for number, count in zip(numbers.tolist(), counts.tolist(), strict=True)
    ]
    for channel in range(panel.channels):
        found = _largest(panel, np.where(marks[:, channel], np.nan, panel.values[:, channel]))
        if found is not None:
            row, series = found
            notes.append(
                f"{panel.values[row, channel]:.10g} of '{panel.ids[series]}' at "
                f"{local_stamp(panel, panel.times[row])} is more than {_BEYOND:,} times any other "
                "value; to read such values as missing, say `drop_outliers=True`"
            )
            break
    return tuple(notes)


def _marks(panel: Panel, values: np.ndarray) -> Bool[np.ndarray, " total"]:
    """A mask of the numbers of nines far from the other values of their series."""
    starts, likely = panel.offsets[:-1], np.isin(values, _MARKS)
    at = np.flatnonzero(likely)
    if not len(at):
        return likely
    others = np.where(likely, np.nan, values)
    low, high = np.fmin.reduceat(others, starts), np.fmax.reduceat(others, starts)
    count = np.add.reduceat((~np.isnan(others)).astype(int), starts)
    owner = np.searchsorted(panel.offsets, at, side="right") - 1
    low, high = low[owner], high[owner]
    outside = (values[at] < 2 * low - high) | (values[at] > 2 * high - low)
    far = (count[owner] >= _OTHERS) & (outside | ((values[at] < 0) & (low >= 0)))
    marked = np.zeros(len(values), bool)
    marked[at[far]] = True
    return marked


def _largest(panel: Panel, values: np.ndarray) -> tuple[int, int] | None:
    """Row and series of the first value that is far larger than any other of its series."""
    starts = panel.offsets[:-1]
    size = np.where(np.isnan(values), 0.0, np.abs(values))
    largest = np.repeat(np.maximum.reduceat(size, starts), panel.lengths)
    rest = np.where(size == largest, 0.0, size)  # a value that occurs twice is no typing error
    twice = np.add.reduceat((size == largest).astype(int), starts) > 1
    second = np.where(twice, np.inf, np.maximum.reduceat(rest, starts))
    count = np.add.reduceat((size > 0).astype(int), starts)
    first = largest[starts]
    far = np.flatnonzero((count > _OTHERS) & (second > 0) & (first > _BEYOND * second))
    if not len(far):
        return None
    series = int(far[0])
    rows = slice(panel.offsets[series], panel.offsets[series + 1])
    return int(panel.offsets[series] + np.argmax(size[rows])), series
