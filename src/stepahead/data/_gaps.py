"""Gaps filled for those who cannot look at one: by the last value before."""

import numpy as np
from jaxtyping import Float

from ._by_series import position
from ._panel import Panel


def carried_forward(panel: Panel) -> Float[np.ndarray, "total channel"]:
    """The values, each missing one replaced by the last seen before it in the same series and channel, by 0 where there is none.

    >>> carried_forward(Panel.from_arrays([[1.0, np.nan, 3.0], [np.nan, 5.0]]))[:, 0].tolist()
    [1.0, 1.0, 3.0, 0.0, 5.0]
    """
    row = np.arange(len(panel.values))
    first = (row - position(panel))[:, None]
    last = np.maximum.accumulate(np.where(panel.observed, row[:, None], -1), axis=0)
    return np.where(last >= first, np.take_along_axis(panel.values, np.maximum(last, 0), axis=0), 0.0)
