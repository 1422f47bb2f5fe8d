"""Metrics of an interval: coverage, width, and scores that combine both. The rules of `_metrics`
apply here too.

`low` and `high` are the bounds of one central interval; `level` is its nominal level in percent,
usually 80 or 95. An `axis` that keeps the step ahead gives the score by step.
"""

import numpy as np
from jaxtyping import Float

from ..._check import Refusal
from ._counting import Axis, Mask, Score, Values, counted_points, mean_where
from ._metrics import mase


def coverage(
    actual: Values, low: Values, high: Values, *, axis: Axis = None, mask: Mask = None
) -> Score:
    """Fraction of actual values in [low, high], bounds included; it should be near the interval's
    nominal level, not near 1.

    >>> float(coverage(np.array([1.0, 2.0, 9.0, np.nan]), np.zeros(4), np.full(4, 2.0)))
    0.6666666666666666
    """
    counted = _ordered(actual, low, high, mask)
    return mean_where(((low <= actual) & (actual <= high)).astype(np.float64), counted, axis)


def width(
    actual: Values, low: Values, high: Values, *, axis: Axis = None, mask: Mask = None
) -> Score:
    """Mean width of the intervals, mean(high − low), in the unit of the series, over points with an
    actual value.

    Of two models with correct coverage, the one with narrower intervals is better.

    >>> float(width(np.array([1.0, np.nan]), np.zeros(2), np.array([2.0, 9.0])))
    2.0
    """
    return mean_where(high - low, _ordered(actual, low, high, mask), axis)


def winkler(
    actual: Values, low: Values, high: Values, level: float, *, axis: Axis = None, mask: Mask = None
) -> Score:
    """Winkler's interval score, mean of (high − low) + (2/α)·(distance of y outside the interval),
    α = 1 − level/100, in the unit.

    Less is better: wide intervals and values outside both cost. The central interval of the true
    distribution minimises it. Sources: Winkler 1972; Gneiting and Raftery 2007.

    >>> y, low, high = np.array([[5.0], [0.0], [4.0]])  # 4 wide, 1 outside, α = 0.2
    >>> float(winkler(y, low, high, 80))
    14.0
    """
    counted = _ordered(actual, low, high, mask)
    return mean_where(_penalised(actual, low, high, level), counted, axis)


def msis(
    actual: Values,
    low: Values,
    high: Values,
    level: float,
    scale: Float[np.ndarray, "..."],
    *,
    axis: Axis = None,
    mask: Mask = None,
) -> Score:
    """Mean scaled interval score: the Winkler score divided by `seasonal_naive_mae` of the history,
    without unit; less is better.

    `scale` broadcasts against `actual` (`[series, 1]` for `[series, horizon]`). Points whose scale
    is 0 or NaN are left out, as for the MASE. Source: Makridakis, Spiliotis, Assimakopoulos 2020
    (M4, with level 95).

    >>> float(msis(np.array([5.0]), np.array([0.0]), np.array([4.0]), 80, np.array([7.0])))
    2.0
    """
    _ordered(actual, low, high, mask)
    penalty = _penalised(actual, low, high, level)
    return mase(np.where(np.isnan(actual), np.nan, 0.0), penalty, scale, axis=axis, mask=mask)


def _penalised(actual: np.ndarray, low: np.ndarray, high: np.ndarray, level: float) -> np.ndarray:
    """The interval score of every point."""
    if not 0 < level < 100:
        raise Refusal(
            f"`level` is in percent, above 0 and below 100, but it is {level!r}. Give 80 or 95."
        )
    outside = np.maximum(low - actual, 0) + np.maximum(actual - high, 0)
    return (high - low) + 200 / (100 - level) * outside


def _ordered(
    actual: np.ndarray, low: np.ndarray, high: np.ndarray, mask: np.ndarray | None
) -> np.ndarray:
    """True for points that count; refuse intervals whose lower bound is above the upper one."""
    counted = counted_points(actual, low, mask) & counted_points(actual, high, mask)
    crossed = counted & (low > high)
    if crossed.any():
        raise Refusal(
            f"`low` lies above `high` in {int(crossed.sum())} of {crossed.size} intervals. "
            "Exchange them, or sort the quantiles."
        )
    return counted
