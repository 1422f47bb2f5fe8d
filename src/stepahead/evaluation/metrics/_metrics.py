"""Metrics of a point forecast, each with its formula, unit, sign and source.

The error is e = forecast − actual: positive means too high. `actual` and `forecast` have the same
shape; `axis` names the axes to average over (by default all), so `smape(y, f)` pools all points,
and `smape(y, f, axis=1).mean()` averages per series first. A missing actual value (NaN) or an entry
whose `mask` is False is left out of the mean; a cell of the result without any points is NaN. No
points at all are refused, and so is a missing forecast at a point that counts.
"""

import numpy as np
from jaxtyping import Float

from ..._check import Refusal
from ._counting import Axis, Mask, Score, Values, counted_points, mean_where


def bias(actual: Values, forecast: Values, *, axis: Axis = None, mask: Mask = None) -> Score:
    """Mean error, mean(f − y), in the unit of the series: positive means that forecasts are too
    high.

    >>> float(bias(np.array([1.0, 2.0, np.nan]), np.array([2.0, 5.0, 0.0])))
    2.0
    """
    counted = counted_points(actual, forecast, mask)
    return mean_where(forecast - actual, counted, axis)


def mae(actual: Values, forecast: Values, *, axis: Axis = None, mask: Mask = None) -> Score:
    """Mean absolute error, mean|f − y|, in the unit of the series; 0 is perfect. The median
    minimises it.

    >>> float(mae(np.array([1.0, 2.0, np.nan]), np.array([2.0, -1.0, 0.0])))
    2.0
    """
    counted = counted_points(actual, forecast, mask)
    return mean_where(np.abs(forecast - actual), counted, axis)


def mse(actual: Values, forecast: Values, *, axis: Axis = None, mask: Mask = None) -> Score:
    """Mean squared error, mean (f − y)², in the unit of the series squared (no percentage); 0 is
    perfect. The mean minimises it.

    Over several steps it is the mean over series, steps and channels unless `axis` keeps one of
    them.

    >>> float(mse(np.array([1.0, 2.0, np.nan]), np.array([2.0, -1.0, 0.0])))
    5.0
    """
    counted = counted_points(actual, forecast, mask)
    return mean_where((forecast - actual) ** 2, counted, axis)


def rmse(actual: Values, forecast: Values, *, axis: Axis = None, mask: Mask = None) -> Score:
    """Root of the mean squared error, √mean (f − y)², in the unit of the series; 0 is perfect.

    The root is taken last, so the mean of several RMSEs is not the RMSE of all.

    >>> float(rmse(np.array([0.0, 0.0]), np.array([1.0, 7.0])))
    5.0
    """
    return np.sqrt(mse(actual, forecast, axis=axis, mask=mask))


def mape(actual: Values, forecast: Values, *, axis: Axis = None, mask: Mask = None) -> Score:
    """Mean absolute percentage error, mean 100·|f − y|/|y|, in percent; 0 is perfect, and there is
    no upper bound.

    Points whose actual value is 0 are left out as if missing (`evaluation.left_out` counts them); a
    result without any other points is NaN. Source: Athanasopoulos et al. 2011 (tourism).

    >>> float(mape(np.array([100.0, 200.0, 0.0]), np.array([110.0, 160.0, 5.0])))
    15.0
    """
    counted = counted_points(actual, forecast, mask) & (actual != 0)
    return mean_where(
        100 * np.abs(forecast - actual) / np.where(counted, np.abs(actual), 1.0), counted, axis
    )


def smape(actual: Values, forecast: Values, *, axis: Axis = None, mask: Mask = None) -> Score:
    """Symmetric mean absolute percentage error, mean 200·|f − y|/(|f| + |y|), in percent, from 0
    (perfect) to 200.

    If both are 0, the error is 0. Pooled over all points (`smape(y, f)`) it is the M3's; averaged
    per series and then over series (`smape(y, f, axis=1).mean()`) the M4's. Sources: Makridakis and
    Hibon 2000; Makridakis, Spiliotis, Assimakopoulos 2020.

    >>> y, f = (
    ...     np.array([[1.0, np.nan, np.nan], [1.0, 1.0, 1.0]]),
    ...     np.array([[3.0, 9.0, 9.0], [1.0, 1.0, 1.0]]),
    ... )
    >>> float(smape(y, f)), float(smape(y, f, axis=1).mean())
    (25.0, 50.0)
    """
    counted = counted_points(actual, forecast, mask)
    size = np.abs(forecast) + np.abs(actual)
    return mean_where(
        200 * np.abs(forecast - actual) / np.where(size > 0, size, 1.0), counted, axis
    )


def mase(
    actual: Values,
    forecast: Values,
    scale: Float[np.ndarray, "..."],
    *,
    axis: Axis = None,
    mask: Mask = None,
) -> Score:
    """Mean absolute scaled error, mean |f − y|/scale, without unit; below 1 is better than the
    in-sample error of the seasonal naive forecast.

    `scale` is `seasonal_naive_mae` of the history, shaped to broadcast against `actual` (`[series,
    1]` for `[series, horizon]`). Points whose scale is 0 or NaN (a constant or too short history)
    are left out as if missing. Source: Hyndman and Koehler 2006.

    >>> y, f = np.array([[3.0, 4.0], [7.0, 7.0]]), np.array([[5.0, 4.0], [8.0, 9.0]])
    >>> mase(y, f, np.array([[2.0], [0.0]]), axis=1).tolist()
    [0.5, nan]
    """
    defined, wide = _defined("MASE", "`mae`", actual, scale, counted_points(actual, forecast, mask))
    return mean_where(np.abs(forecast - actual) / wide, defined, axis)


def rmsse(
    actual: Values,
    forecast: Values,
    scale: Float[np.ndarray, "..."],
    *,
    axis: Axis = None,
    mask: Mask = None,
) -> Score:
    """Root mean squared scaled error, √mean (f − y)²/scale, without unit; below 1 is better than
    the in-sample error of the naive forecast.

    `scale` is `seasonal_naive_mse` of the history, with season 1 as in the M5, shaped to broadcast
    against `actual` (`[series, 1]` for `[series, horizon]`); the M5 takes the root per series
    first: `rmsse(y, f, scale, axis=1).mean()`. Points whose scale is 0 or NaN are left out, as for
    the MASE. Sources: Hyndman and Koehler 2006; Makridakis, Spiliotis, Assimakopoulos 2022 (M5).

    >>> y, f = np.array([[3.0, 4.0], [7.0, 7.0]]), np.array([[3.0, 8.0], [8.0, 9.0]])
    >>> rmsse(y, f, np.array([[2.0], [0.0]]), axis=1).tolist()
    [2.0, nan]
    """
    defined, wide = _defined(
        "RMSSE", "`rmse`", actual, scale, counted_points(actual, forecast, mask)
    )
    return np.sqrt(mean_where((forecast - actual) ** 2 / wide, defined, axis))


def owa(
    actual: Float[np.ndarray, "series horizon"],
    forecast: Float[np.ndarray, "series horizon"],
    reference: Float[np.ndarray, "series horizon"],
    scale: Float[np.ndarray, " series"],
    *,
    mask: Mask = None,
) -> float:
    """Overall weighted average, ½(sMAPE/sMAPE₂ + MASE/MASE₂), without unit; 1 is as good as
    `reference`, below 1 is better.

    `reference` is the forecast of `naive2`, marked by the index 2; `scale` is `seasonal_naive_mae`
    of the history. Each measure is averaged per series and then over series, and divided last.
    Series for which one of the two measures is undefined count in the other only. Source:
    Makridakis, Spiliotis, Assimakopoulos 2020 (M4).

    >>> y, two = np.array([[1.0, 3.0]]), np.array([[1.0, 1.0]])
    >>> owa(y, np.array([[1.0, 3.0]]), two, np.ones(1)), owa(y, two, two, np.ones(1))
    (0.0, 1.0)
    """

    def both(guess: np.ndarray) -> tuple[float, float]:
        scores = (
            smape(actual, guess, axis=1, mask=mask),
            mase(actual, guess, scale[:, None], axis=1, mask=mask),
        )
        return float(np.nanmean(scores[0])), float(np.nanmean(scores[1]))

    (ours, ours_scaled), (theirs, theirs_scaled) = both(forecast), both(reference)
    if theirs == 0 or theirs_scaled == 0:
        raise Refusal(
            "The OWA is undefined: the reference makes no error at all. Use `smape` and `mase`."
        )
    return (ours / theirs + ours_scaled / theirs_scaled) / 2


def _defined(
    name: str, instead: str, actual: np.ndarray, scale: np.ndarray, counted: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """True for points at which a scaled error is defined, and the scale of every point (1 where it
    is not defined)."""
    wide = np.broadcast_to(scale, actual.shape)
    defined = wide > 0
    if counted.any() and not (counted & defined).any():
        raise Refusal(
            f"The {name} is undefined: the in-sample naive error of every series is 0 or unknown "
            "(constant or too short histories). "
            f"Use {instead}, or leave these series out."
        )
    return counted & defined, np.where(defined, wide, 1.0)
