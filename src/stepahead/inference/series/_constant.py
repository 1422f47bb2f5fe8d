"""Series that have always been constant, which are forecast as they are."""

from collections.abc import Callable

import numpy as np

from ...data import FittedScaler, Panel, extremes


def keep_constant(scaled: FittedScaler, inside: Panel) -> Callable[[np.ndarray], np.ndarray]:
    """A function that sets the forecast of each constant series to its scaled value.

    These are series in which the scaler found no change to measure, and that still have not
    changed.
    """
    if not np.any(scaled.constant):
        return lambda ahead: ahead
    low, high = extremes(inside)
    still = scaled.constant & (low == high)
    if not still.any():
        return lambda ahead: ahead

    def kept(ahead: np.ndarray) -> np.ndarray:
        shape = (len(low), 1, low.shape[1], *(1 for _ in ahead.shape[3:]))
        return np.where(still.reshape(shape), low.reshape(shape), ahead)

    return kept
