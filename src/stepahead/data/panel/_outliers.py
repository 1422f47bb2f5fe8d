"""Outliers: values far from their neighbours, in series that may have seasons, level shifts,
trends, zeros and few distinct values."""

import numpy as np
from jaxtyping import Bool, Float

SIDE = 3
"""The number of observed values before, and after, with which a value is compared."""
_THRESHOLD = 6.0
"""The multiple of the usual distance beyond which a value is an outlier."""
_USUAL, _OF_NORMAL = 0.95, 1.855
"""The share of values that count as usual, and their largest distance from the interval for
independent standard normal values."""
_STEP_OF_NORMAL = 0.954
"""The median distance between neighbours of independent standard normal values."""
_DECIMALS = 6


def outliers(values: Float[np.ndarray, " time"], season: int = 1) -> Bool[np.ndarray, " time"]:
    """Return True for observed values (not NaN) that are outliers.

    The interval of a value extends from the median of the 3 observed values before it to that of
    the 3 after it. The value is an outlier if its distance from the interval is more than 6 times
    the usual one in the series: the larger of the distance that 95 % of the values do not exceed
    and the median step between neighbours (both in standard deviations of normal values), and at
    least one unit of the last decimal. So the flanks of a season, a trend and a level shift are not
    outliers, nor is anything more frequent than once in 20 values, nor are values that recur, with
    at least half the distance, one `season` before or after. In a series that is mostly zero, the
    other values are compared with each other.

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

    The first and the last value have neighbours on one side only: their interval is the median of
    these plus or minus their range.
    """
    medians = np.median(np.lib.stride_tricks.sliding_window_view(values, SIDE), axis=1)
    edge = (
        [np.median(values[:count]) for count in range(1, SIDE)],
        [np.median(values[-count:]) for count in range(SIDE - 1, 0, -1)],
    )
    before = np.concatenate([[0.0], edge[0], medians[:-1]])
    after = np.concatenate([medians[1:], edge[1], [0.0]])
    # The first and the last value have one side only: its median plus or minus its range.
    for place, side in ((0, values[1 : 1 + SIDE]), (-1, values[-1 - SIDE : -1])):
        before[place], after[place] = np.median(side) - np.ptp(side), np.median(side) + np.ptp(side)
    low, high = np.minimum(before, after), np.maximum(before, after)
    return np.maximum(values - high, 0) - np.maximum(low - values, 0)


def _unit(values: Float[np.ndarray, " seen"]) -> float:
    """One unit of the last decimal of the values, at least the resolution of float64."""
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
