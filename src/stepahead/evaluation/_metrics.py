"""How far a forecast is from what came: each metric's formula, unit, sign and source.

Rules that all of them share. The error is e = forecast − actual: positive means too high. `actual` and `forecast` have one
shape; `axis` names the axes to average over (all of them unless said), so `smape(y, f)` pools all points, and
`smape(y, f, axis=1).mean()` averages per series first. A missing actual (NaN) or an entry whose `mask` is False is left out of
the mean; a cell of the result with nothing left is NaN; nothing left at all is refused, and so is a missing forecast of a value
that counts.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from .._check import Refusal

Axis = int | tuple[int, ...] | None
Score = np.ndarray | np.float64
"""A number, or an array of the axes that were not averaged over."""
Values = Float[np.ndarray, "..."]
"""Values of any shape; `actual`, forecasts and `mask` of one call have the same."""
Mask = Bool[np.ndarray, "..."] | None


def bias(actual: Values, forecast: Values, *, axis: Axis = None, mask: Mask = None) -> Score:
    """Mean error, mean(f − y), in the unit of the series: positive means that forecasts are too high.

    >>> float(bias(np.array([1.0, 2.0, np.nan]), np.array([2.0, 5.0, 0.0])))
    2.0
    """
    counted = _counted(actual, forecast, mask)
    return _mean(forecast - actual, counted, axis)


def mae(actual: Values, forecast: Values, *, axis: Axis = None, mask: Mask = None) -> Score:
    """Mean absolute error, mean|f − y|, in the unit of the series; 0 is perfect. The median minimises it.

    >>> float(mae(np.array([1.0, 2.0, np.nan]), np.array([2.0, -1.0, 0.0])))
    2.0
    """
    counted = _counted(actual, forecast, mask)
    return _mean(np.abs(forecast - actual), counted, axis)


def mse(actual: Values, forecast: Values, *, axis: Axis = None, mask: Mask = None) -> Score:
    """Mean squared error, mean (f − y)², in the unit of the series squared (no percentage); 0 is perfect. The mean minimises it.

    Over several steps it is the mean over series, steps and channels unless `axis` keeps one of them.

    >>> float(mse(np.array([1.0, 2.0, np.nan]), np.array([2.0, -1.0, 0.0])))
    5.0
    """
    counted = _counted(actual, forecast, mask)
    return _mean((forecast - actual) ** 2, counted, axis)


def rmse(actual: Values, forecast: Values, *, axis: Axis = None, mask: Mask = None) -> Score:
    """Root of the mean squared error, √mean (f − y)², in the unit of the series; 0 is perfect.

    The root is taken last, so the mean of several RMSEs is not the RMSE of all.

    >>> float(rmse(np.array([0.0, 0.0]), np.array([1.0, 7.0])))
    5.0
    """
    return np.sqrt(mse(actual, forecast, axis=axis, mask=mask))


def mape(actual: Values, forecast: Values, *, axis: Axis = None, mask: Mask = None) -> Score:
    """Mean absolute percentage error, mean 100·|f − y|/|y|, in percent; 0 is perfect, there is no upper end.

    Undefined where the actual is 0: such points are left out as if missing. Source: Athanasopoulos et al. 2011 (tourism).

    >>> float(mape(np.array([100.0, 200.0, 0.0]), np.array([110.0, 160.0, 5.0])))
    15.0
    """
    counted = _counted(actual, forecast, mask) & (actual != 0)
    return _mean(100 * np.abs(forecast - actual) / np.where(counted, np.abs(actual), 1.0), counted, axis)


def smape(actual: Values, forecast: Values, *, axis: Axis = None, mask: Mask = None) -> Score:
    """Symmetric mean absolute percentage error, mean 200·|f − y|/(|f| + |y|), in percent, from 0 (perfect) to 200.

    Where both are 0 the forecast is right and the error 0. Pooled over all points (`smape(y, f)`) it is the M3's; averaged per
    series and then over series (`smape(y, f, axis=1).mean()`) the M4's. Sources: Makridakis and Hibon 2000; Makridakis,
    Spiliotis, Assimakopoulos 2020.

    >>> y, f = np.array([[1.0, np.nan, np.nan], [1.0, 1.0, 1.0]]), np.array([[3.0, 9.0, 9.0], [1.0, 1.0, 1.0]])
    >>> float(smape(y, f)), float(smape(y, f, axis=1).mean())
    (25.0, 50.0)
    """
    counted = _counted(actual, forecast, mask)
    size = np.abs(forecast) + np.abs(actual)
    return _mean(200 * np.abs(forecast - actual) / np.where(size > 0, size, 1.0), counted, axis)


def mase(actual: Values, forecast: Values, scale: Float[np.ndarray, "..."], *, axis: Axis = None, mask: Mask = None) -> Score:
    """Mean absolute scaled error, mean |f − y|/scale, without unit; below 1 is better than the seasonal naive was in the sample.

    `scale` is `seasonal_naive_mae` of the history, shaped to broadcast against `actual` (`[series, 1]` for `[series,
    horizon]`). Undefined where it is 0 or NaN (a constant or too short history): such points are left out as if missing.
    Source: Hyndman and Koehler 2006.

    >>> y, f = np.array([[3.0, 4.0], [7.0, 7.0]]), np.array([[5.0, 4.0], [8.0, 9.0]])
    >>> mase(y, f, np.array([[2.0], [0.0]]), axis=1).tolist()
    [0.5, nan]
    """
    counted = _counted(actual, forecast, mask)
    wide = np.broadcast_to(scale, actual.shape)
    defined = wide > 0
    if counted.any() and not (counted & defined).any():
        raise Refusal(
            "The MASE is undefined: the in-sample seasonal naive error of every series is 0 or unknown (constant or too short histories). "
            "Use `mae`, or leave these series out."
        )
    return _mean(np.abs(forecast - actual) / np.where(defined, wide, 1.0), counted & defined, axis)


def pinball(
    actual: Values, quantiles: Float[np.ndarray, "*axes level"], levels: Sequence[float], *, axis: Axis = None, mask: Mask = None
) -> Float[np.ndarray, "*kept level"]:
    """Pinball loss by level, mean of (τ − 1[y < q])·(y − q), in the unit of the series; 0 is perfect, and at τ = 0.5 it is half the MAE.

    `levels` are the τ in (0, 1) of the last axis of `quantiles`; that axis is kept, and `axis` counts the axes of `actual`. A
    forecast too low by d costs τ·d, one too high (1−τ)·d. Source: Koenker and Bassett 1978. (Some authors print twice this.)

    >>> pinball(np.array([10.0]), np.array([[6.0, 14.0]]), [0.1, 0.9]).round(6).tolist()
    [0.4, 0.4]
    """
    tau = _levels(levels, quantiles)
    counted = _counted(actual[..., None] + np.zeros_like(tau), quantiles, None if mask is None else mask[..., None])
    error = actual[..., None] - quantiles
    return np.asarray(_mean(np.where(error < 0, tau - 1, tau) * error, counted, _axes(axis, actual.ndim)))


def coverage(actual: Values, low: Values, high: Values, *, axis: Axis = None, mask: Mask = None) -> Score:
    """Fraction of actual values in [low, high], both ends included; good is near the interval's nominal level, not near 1.

    >>> float(coverage(np.array([1.0, 2.0, 9.0, np.nan]), np.zeros(4), np.full(4, 2.0)))
    0.6666666666666666
    """
    counted = _counted(actual, low, mask) & _counted(actual, high, mask)
    crossed = counted & (low > high)
    if crossed.any():
        raise Refusal(f"`low` lies above `high` in {int(crossed.sum())} of {crossed.size} intervals. Exchange them, or sort the quantiles.")
    return _mean(((low <= actual) & (actual <= high)).astype(np.float64), counted, axis)


def _counted(actual: np.ndarray, forecast: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    """True where a point enters the mean; refuse other shapes, nothing to count, and forecasts missing where they count."""
    if actual.shape != forecast.shape:
        raise Refusal(f"`actual` and the forecast must have one shape, but they are {actual.shape} and {forecast.shape}.")
    counted = ~np.isnan(actual) if mask is None else ~np.isnan(actual) & mask
    if not counted.any():
        raise Refusal("There is no actual value to compare with: all are missing or masked. Give at least one observed value.")
    absent = int((counted & ~np.isfinite(forecast)).sum())
    if absent:
        raise Refusal(f"The forecast is missing or infinite at {absent} of {int(counted.sum())} points. Forecast them, or mask them out.")
    return counted


def _mean(loss: np.ndarray, counted: np.ndarray, axis: Axis) -> Score:
    """The mean of `loss` where `counted`; NaN where nothing is."""
    number = counted.sum(axis=axis)
    total = np.where(counted, loss, 0.0).sum(axis=axis)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)[()]


def _levels(levels: Sequence[float], quantiles: np.ndarray) -> np.ndarray:
    tau = np.asarray(levels, dtype=np.float64)
    if tau.shape != quantiles.shape[-1:] or not ((tau > 0) & (tau < 1)).all():
        raise Refusal(f"`levels` must be {quantiles.shape[-1]} numbers between 0 and 1, one a quantile, but they are {list(levels)!r}.")
    return tau


def _axes(axis: Axis, dims: int) -> tuple[int, ...]:
    """The axes of an array of `dims` axes, counted from the front."""
    given = range(dims) if axis is None else [axis] if isinstance(axis, int) else axis
    return tuple(a % dims for a in given)
