"""Outliers: values far from those around them, in series that may have seasons, steps, trends,
zeros and few distinct values."""

import numpy as np
from jaxtyping import Bool, Float

SIDE = 3
"""The number of seen values before, and after, that a value is compared with."""
_THRESHOLD = 6.0
"""The multiple of the usual distance beyond which a value is an outlier."""
_USUAL, _OF_NORMAL = 0.95, 1.855
"""The share of values that count as usual, and how far they are from their interval where they are
independent and normal (SD 1)."""
_STEP_OF_NORMAL = 0.954
"""The median distance between neighbours of such values."""
_DECIMALS = 6


def outliers(values: Float[np.ndarray, " time"], season: int = 1) -> Bool[np.ndarray, " time"]:
    """True where a seen value (not NaN) is an outlier.

    Each value has an interval: from the median of the 3 seen values before it to that of the 3
    after it. It is an outlier when it lies outside by more than 6 times what is usual in the
    series: the larger of the distance that 95 % of the values keep and the median step between
    neighbours (both in standard deviations of normal values), and at least one unit of the last
    decimal. So the flanks of a season, a trend and a step are not outliers, nor is anything more
    frequent than once in 20 values, nor values that recur, at half the height or more, one `season`
    before or after. In a series that is mostly zero, the other values are compared with each other.

    >>> outliers(np.array([1.0, 2.0, 1.5, 2.5, 90.0, 2.0, 1.0, np.nan, 2.0])).nonzero()[0].tolist()
    [4]
    """
    outside = np.zeros(len(values))
    seen = np.flatnonzero(~np.isnan(values))
    if 2 * (values[seen] == 0).sum() > len(seen):
        seen = seen[values[seen] != 0]
    held = values[seen]
    if len(held) <= 2 * SIDE:
        return np.zeros(len(values), dtype=bool)
    outside[seen] = _outside(held)
    usual = max(
        np.quantile(np.abs(outside[seen]), _USUAL, method="lower") / _OF_NORMAL,
        np.median(np.abs(np.diff(held))) / _STEP_OF_NORMAL,
        _unit(held),
    )
    far = np.abs(outside) > _THRESHOLD * usual
    if 1 < season < len(values):
        again = np.zeros(len(values), dtype=bool)
        again[season:] |= _recurs(outside[season:], outside[:-season])
        again[:-season] |= _recurs(outside[:-season], outside[season:])
        far &= ~again
    return far


def _outside(values: Float[np.ndarray, " seen"]) -> Float[np.ndarray, " seen"]:
    """Distance of each value above (+) or below (−) its interval; 0 inside.

    The first and the last have one side only: their interval is its median, give or take its range.
    """
    medians = np.median(np.lib.stride_tricks.sliding_window_view(values, SIDE), axis=1)
    edge = (
        [np.median(values[:count]) for count in range(1, SIDE)],
        [np.median(values[-count:]) for count in range(SIDE - 1, 0, -1)],
    )
    before = np.concatenate([[0.0], edge[0], medians[:-1]])
    after = np.concatenate([medians[1:], edge[1], [0.0]])
    # The first and the last value have one side only: its median, give or take its range.
    for place, side in ((0, values[1 : 1 + SIDE]), (-1, values[-1 - SIDE : -1])):
        before[place], after[place] = np.median(side) - np.ptp(side), np.median(side) + np.ptp(side)
    low, high = np.minimum(before, after), np.maximum(before, after)
    return np.maximum(values - high, 0) - np.maximum(low - values, 0)


def _unit(values: Float[np.ndarray, " seen"]) -> float:
    """One unit of the last decimal that the values have, and what float64 leaves of them at
    least."""
    dust = 1e-9 * float(np.abs(values).max())
    for decimals in range(_DECIMALS + 1):
        scaled = values * 10.0**decimals
        if (np.abs(scaled - np.round(scaled)) <= 1e-9 * np.maximum(np.abs(scaled), 1)).all():
            return float(max(10.0**-decimals, dust))
    return dust


def _recurs(
    outside: Float[np.ndarray, " time"], other: Float[np.ndarray, " time"]
) -> Bool[np.ndarray, " time"]:
    """True where `other` is at least half as far outside, on the same side."""
    return other * np.sign(outside) >= 0.5 * np.abs(outside)
