"""Adjustments: a series as something simpler to forecast, and the way back from its forecast."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

Back = Callable[[Float[np.ndarray, "later level"]], Float[np.ndarray, "later level"]]
"""From the forecast of the adjusted series to that of the series."""

Adjustment = Callable[[Float[np.ndarray, " step"], int], tuple[Float[np.ndarray, " step"], Back]]
"""From a series and the steps ahead to the adjusted series and the way back."""

CYCLES = 8
"""Newest seasons from which a profile is learned."""

SMALLEST = 0.02
"""The smallest ratio to the level that a phase is divided by."""


def without_line(values: Float[np.ndarray, " step"], horizon: int) -> tuple[np.ndarray, Back]:
    """The series without its linear trend.

    >>> rest, back = without_line(np.arange(6.0) + 3, 2)
    >>> bool(abs(rest).max() < 1e-9), back(np.zeros((2, 1))).ravel().round(9).tolist()
    (True, [9.0, 10.0])
    """
    line = straight_line(values, horizon)
    later = line[len(line) - horizon :, None]
    return values - line[: len(values)], lambda told: told + later


def without_season(
    period: int, values: Float[np.ndarray, " step"], horizon: int
) -> tuple[np.ndarray, Back]:
    """The series divided by the usual ratio of each phase to the centred mean over a season, if all
    values are above 0 or all below; otherwise minus the usual difference. Unchanged, if it has no
    more than two seasons.

    >>> steps = np.arange(20.0)
    >>> rest, back = without_season(2, (10 + steps) * np.tile([0.5, 1.5], 10), 2)
    >>> rest.round(2)[:4].tolist(), back(np.full((2, 1), 30.0)).ravel().round(1).tolist()
    ([10.0, 11.0, 12.0, 13.0], [15.0, 45.0])
    """
    level = _centred_mean(values, period)
    if len(values) <= 2 * period or np.isnan(level).all():
        return values, lambda told: told
    ratios = not (values <= 0).any() or not (values >= 0).any()
    with np.errstate(divide="ignore", invalid="ignore"):
        off = values / level if ratios else values - level
    profile = _profile(off, period, float(ratios))
    if ratios:
        profile = np.maximum(profile / profile.mean(), SMALLEST)
        return _at(values, profile, np.divide), _back(profile, horizon, np.multiply)
    profile = profile - profile.mean()
    return _at(values, profile, np.subtract), _back(profile, horizon, np.add)


def without_longer_season(
    short: int, long: int, values: Float[np.ndarray, " step"], horizon: int
) -> tuple[np.ndarray, Back]:
    """The series minus the usual difference of each phase of the longer season from the mean of its
    phase of the shorter one, such as Sundays 9 h from all 9 h. `long` is a multiple of `short`.

    >>> weeks = np.tile([1.0, 2.0, 1.0, 2.0, 7.0, 8.0], 3)
    >>> rest, back = without_longer_season(2, 6, weeks, 1)
    >>> rest[:4].tolist(), back(np.array([[3.0]])).tolist()
    ([3.0, 4.0, 3.0, 4.0], [[1.0]])
    """
    if len(values) < 2 * long:
        return values, lambda told: told
    usual = _profile(values, long, float(np.nanmean(values)))
    profile = usual - np.tile(usual.reshape(-1, short).mean(axis=0), long // short)
    return _at(values, profile, np.subtract), _back(profile, horizon, np.add)


def one_after_another(first: Adjustment, second: Adjustment) -> Adjustment:
    """The second adjustment of what the first one leaves, and both ways back.

    >>> from functools import partial
    >>> both = one_after_another(partial(without_season, 2), without_line)
    >>> rest, back = both(np.arange(8.0) + np.resize([0.0, 5.0], 8), 2)
    >>> bool(abs(rest).max() < 0.3), back(np.zeros((2, 1))).ravel().round(1).tolist()
    (True, [8.0, 14.0])
    """

    def adjusted(values: np.ndarray, horizon: int) -> tuple[np.ndarray, Back]:
        once, out_of_first = first(values, horizon)
        twice, out_of_second = second(once, horizon)
        return twice, lambda told: out_of_first(out_of_second(told))

    return adjusted


def finer(values: Float[np.ndarray, " step"], horizon: int) -> tuple[np.ndarray, Back]:
    """The series with the mean of each two neighbours between them, for twice as many steps ahead.

    >>> finer(np.array([1.0, 3.0, np.nan, 4.0]), 1)[0].tolist()
    [1.0, 2.0, 3.0, nan, nan, nan, 4.0]
    """
    double = np.empty(max(2 * len(values) - 1, 0))
    double[::2] = values
    double[1::2] = (values[1:] + values[:-1]) / 2
    return double, lambda told: told[1::2]


def straight_line(values: Float[np.ndarray, " step"], more: int) -> Float[np.ndarray, " longer"]:
    """The least-squares line through the observed values, `more` steps longer; 0 with fewer than 4
    of them. It continues for as many steps as there are values, and is constant after that:
    thousands of steps ahead, the slope that 80 steps of noise happen to have would be far off.

    >>> straight_line(np.array([1.0, 2.0, np.nan, 4.0, 5.0]), 7).round(9).tolist()
    [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 10.0, 10.0]
    """
    there = ~np.isnan(values)
    time = np.minimum(np.arange(len(values) + more, dtype=float), 2 * len(values) - 1)
    if there.sum() < 4:
        return np.zeros(len(time))
    at, y = time[: len(values)][there], values[there]
    off = at - at.mean()
    slope = (off / (off**2).sum()) @ (y - y.mean())
    return y.mean() + slope * (time - at.mean())


def _centred_mean(values: Float[np.ndarray, " step"], period: int) -> Float[np.ndarray, " step"]:
    """The mean over a season around each step, the outermost two halved if the season is even; NaN
    where it leaves the series, or where two fifths of it are missing."""
    weight = np.ones(period + 1 - period % 2)
    if period % 2 == 0:
        weight[[0, -1]] = 0.5
    half, result = len(weight) // 2, np.full(len(values), np.nan)
    if len(values) < len(weight):
        return result
    there = ~np.isnan(values)
    total = np.convolve(np.where(there, values, 0), weight, "valid")
    count = np.convolve(there.astype(float), weight, "valid")
    enough = count > 0.6 * weight.sum()
    result[half : len(values) - half] = np.where(enough, total / np.maximum(count, 1), np.nan)
    return result


def _profile(
    values: Float[np.ndarray, " step"], period: int, otherwise: float
) -> Float[np.ndarray, " phase"]:
    """The mean at each phase over the newest seasons, the last one that of the last step."""
    rows = values[len(values) % period :].reshape(-1, period)[-CYCLES:]
    there = np.isfinite(rows)
    count = there.sum(axis=0)
    total = np.where(there, rows, 0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), otherwise)


def _at(values: np.ndarray, profile: np.ndarray, apply: Callable[..., np.ndarray]) -> np.ndarray:
    """The values with what the profile, whose last phase is that of the last step, does to them."""
    phase = (np.arange(len(values)) - len(values)) % len(profile)
    return apply(values, profile[phase])


def _back(profile: np.ndarray, horizon: int, apply: Callable[..., np.ndarray]) -> Back:
    later = profile[np.arange(horizon) % len(profile), None]
    return lambda told: apply(told, later)
