"""Lower bounds of forecasts: a series that was never negative is not forecast below zero."""

import numpy as np
from jaxtyping import Bool

from .._types import Prediction
from ..data import Panel


def never_negative(history: Panel) -> Bool[np.ndarray, "series channel"]:
    """A mask of the series whose observed values are all 0 or more.

    >>> never_negative(Panel.from_arrays([[3.0, 0.0, np.nan], [3.0, -1.0]])).ravel().tolist()
    [True, False]
    """
    return (
        np.fmin.reduceat(np.nan_to_num(history.values, nan=np.inf), history.offsets[:-1], axis=0)
        >= 0
    )


def with_lower_bound(done: Prediction, history: Panel, lower: float | None = None) -> Prediction:
    """The prediction with values below `lower` raised to it. By default the bound is 0 for series
    that were never negative; −inf changes nothing.

    >>> done = Prediction(np.array([[[-2.0]], [[-2.0]]]))
    >>> with_lower_bound(done, Panel.from_arrays([[3.0, 0.0], [3.0, -1.0]])).mean.ravel().tolist()
    [0.0, -2.0]
    """
    floor = (
        np.where(never_negative(history), 0.0, -np.inf)
        if lower is None
        else np.full((len(history), history.channels), float(lower))
    )

    def kept(values: np.ndarray) -> np.ndarray:
        least = floor.reshape(floor.shape[0], 1, floor.shape[1], *[1] * (values.ndim - 3))
        return np.where(np.isfinite(values), np.maximum(values, least), values)

    if not done.probabilities:
        return done._replace(mean=kept(done.mean))
    return done._replace(mean=kept(done.mean), quantiles=kept(done.quantiles))
