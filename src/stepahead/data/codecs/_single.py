"""A check that single precision can represent the scaled values."""

import numpy as np

from ..._check import Refusal
from ..panel import Panel, by_series

FINEST = 2.0**-16
"""The smallest ratio of the spread to the size of the values at which single precision (24 bits)
still resolves the spread to 1 part in 256."""


def refuse_too_fine(inside: Panel) -> None:
    """Refuse a scaled series whose values differ so little, relative to their size, that a network
    in single precision could not distinguish them.

    >>> refuse_too_fine(Panel.from_arrays([1e9 + np.arange(3.0)], ids=["a"]))
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: The values of series 'a' that the model is given are as large as
    1e+09 but differ by 0.816 only, which a network in single precision cannot tell apart. Use
    a scaler that subtracts the level, such as `standard()`.
    """
    low, high = by_series.extremes(inside)
    size = np.maximum(np.abs(low), np.abs(high))
    # The standard deviation of n values is at least their range / √(2n): a quick first test.
    far = high - low >= 2 * FINEST * size * np.sqrt(2 * inside.lengths)[:, None]
    if (far | (low == high)).all():
        return
    deviation = by_series.spread(inside)[1]
    fine = np.argwhere((deviation > 0) & (deviation < FINEST * size))
    if len(fine):
        series, channel = fine[0]
        raise Refusal(
            f"The values of series '{inside.ids[series]}' that the model is given are as large as "
            f"{size[series, channel]:.3g} but differ "
            f"by {deviation[series, channel]:.3g} only, which a network in single precision cannot "
            "tell apart. Use a scaler that subtracts "
            "the level, such as `standard()`."
        )
