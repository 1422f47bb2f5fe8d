"""Constant series, which are forecast as constant."""

from collections.abc import Callable

import numpy as np

from ...data import FittedScaler, Panel, extremes


def keep_constant(scaled: FittedScaler, inside: Panel) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function that sets the forecast of each constant series to its scaled value.

    These are series whose values were constant when the scaler was fitted, and still are.
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
