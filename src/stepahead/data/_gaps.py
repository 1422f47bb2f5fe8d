"""Gaps filled for those who cannot look at one: by the last value before."""

import numpy as np
from jaxtyping import Float, Int

from ._panel import Panel


def carried_forward(panel: Panel) -> Float[np.ndarray, "total channel"]:
    """The values, each missing one replaced by the last seen before it in the same series and channel, by 0 where there is none.

    >>> carried_forward(Panel.from_arrays([[1.0, np.nan, 3.0], [np.nan, 5.0]]))[:, 0].tolist()
    [1.0, 1.0, 3.0, 0.0, 5.0]
    """
    return closed(panel.values, panel.offsets)


def closed(block: Float[np.ndarray, "row column"], offsets: Int[np.ndarray, " boundary"]) -> Float[np.ndarray, "row column"]:
    """The same of any block of numbers, series i of which is `block[offsets[i]:offsets[i + 1]]`."""
    row = np.arange(len(block))[:, None]
    first = np.repeat(offsets[:-1], np.diff(offsets))[:, None]
    last = np.maximum.accumulate(np.where(np.isnan(block), -1, row), axis=0)
    return np.where(last >= first, np.take_along_axis(block, np.maximum(last, 0), axis=0), 0.0)
