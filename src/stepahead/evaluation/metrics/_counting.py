"""The points that enter a mean, and their mean: rules that all metrics share (see `_metrics`)."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from ..._check import Refusal

Axis = int | tuple[int, ...] | None
Score = np.ndarray | np.float64
"""A number, or an array over the axes that are kept."""
Values = Float[np.ndarray, "..."]
"""Values of any shape; `actual`, forecasts and `mask` of one call have the same shape."""
Mask = Bool[np.ndarray, "..."] | None


def counted_points(actual: np.ndarray, forecast: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    """Return True for points that enter the mean. Refuse different shapes, no points at all, and a
    missing forecast at a point that counts."""
    if actual.shape != forecast.shape:
        raise Refusal(
            f"`actual` and the forecast must have one shape, but they are {actual.shape} and "
            f"{forecast.shape}."
        )
    counted = ~np.isnan(actual) if mask is None else ~np.isnan(actual) & mask
    if not counted.any():
        raise Refusal(
            "There is no actual value to compare with: all are missing or masked. Give at least "
            "one observed value."
        )
    absent = int((counted & ~np.isfinite(forecast)).sum())
    if absent:
        raise Refusal(
            f"The forecast is missing or infinite at {absent} of {int(counted.sum())} points. "
            "Forecast them, or mask them out."
        )
    return counted


def mean_where(loss: np.ndarray, counted: np.ndarray, axis: Axis) -> Score:
    """Return the mean of `loss` over `counted` points; NaN if there are none."""
    number = counted.sum(axis=axis)
    total = np.where(counted, loss, 0.0).sum(axis=axis)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)[()]


def probabilities_of(probabilities: Sequence[float], quantiles: np.ndarray) -> np.ndarray:
    tau = np.asarray(probabilities, dtype=np.float64)
    if tau.shape != quantiles.shape[-1:] or not ((tau > 0) & (tau < 1)).all():
        raise Refusal(
            f"`probabilities` must be {quantiles.shape[-1]} numbers between 0 and 1, one a "
            f"quantile, but they are {list(probabilities)!r}."
        )
    return tau


def axes_of(axis: Axis, dims: int) -> tuple[int, ...]:
    """Return the axes of an array of `dims` axes as numbers from the front."""
    given = range(dims) if axis is None else [axis] if isinstance(axis, int) else axis
    return tuple(a % dims for a in given)
