"""The naive forecasts that others are compared with, and their in-sample error."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int

from ..._check import whole
from ...data import Panel, newest_rows, seasonal_multiplicative


def usable_season(history: Panel, season: int) -> Int[np.ndarray, " series"]:
    """Return the season length for every series: `season`, or 1 for a series shorter than two
    seasons.

    >>> usable_season(Panel.from_arrays([np.zeros(8), np.zeros(7)]), 4).tolist()
    [4, 1]
    """
    return np.where(history.lengths >= 2 * whole("season", season), season, 1)


def seasonal_naive_mae(history: Panel, season: int) -> Float[np.ndarray, "series channel"]:
    """Return the in-sample mean absolute error of the seasonal naive forecast, mean over t > m of
    abs(x_t − x_{t−m}): the scale of the MASE.

    m is `season`, or 1 for a series shorter than two seasons. Pairs with a missing value are left
    out. In the unit of the series; NaN if there is no pair, and 0 for a series that only repeats
    itself. Source: Hyndman and Koehler 2006.

    >>> seasonal_naive_mae(Panel.from_arrays([[1.0, 2.0, 4.0, 3.0], [5.0, 5.0, 5.0]]), 2).tolist()
    [[2.0], [0.0]]
    """
    seasons = usable_season(history, season)
    scale = _mean_step(history, 1)
    return (
        np.where(seasons[:, None] == 1, scale, _mean_step(history, season)) if season > 1 else scale
    )


def seasonal_naive_mse(history: Panel, season: int) -> Float[np.ndarray, "series channel"]:
    """Return the in-sample mean squared error of the seasonal naive forecast, mean over t > m of
    (x_t − x_{t−m})²: the scale of the RMSSE.

    As `seasonal_naive_mae`, in the square of the unit.

    >>> seasonal_naive_mse(Panel.from_arrays([[1.0, 2.0, 4.0, 1.0]]), 2).tolist()
    [[5.0]]
    """
    seasons = usable_season(history, season)
    scale = _mean_step(history, 1, np.square)
    return (
        np.where(seasons[:, None] == 1, scale, _mean_step(history, season, np.square))
        if season > 1
        else scale
    )


def naive2(
    history: Panel, horizon: int, season: int
) -> Float[np.ndarray, "series horizon channel"]:
    """Return the last value, seasonally adjusted, as the forecast: the Naive2 of the M
    competitions, the reference of the OWA.

    If the season is significant (at 90 %, by the autocorrelation at lag `season`), the series is
    divided by its multiplicative seasonal indices, its last value is repeated, and multiplied by
    the index of each step. Any other series repeats its last value, and so does a series shorter
    than three seasons, with a value of 0 or below, or without values. Source: Makridakis,
    Spiliotis, Assimakopoulos 2020 (M4, its benchmarks in R).

    >>> panel = Panel.from_arrays([[3.0, 1.0] * 6, [3.0, -1.0] * 6])
    >>> naive2(panel, 3, 2).round(9)[:, :, 0].tolist()
    [[3.0, 1.0, 3.0], [-1.0, -1.0, -1.0]]
    """
    forecast = last_season(history, horizon, 1)
    # NaN where a channel was never seen, so that such a series is not adjusted.
    low = np.fmin.reduceat(history.values, history.offsets[:-1]).min(axis=1)
    able = np.flatnonzero((history.lengths >= 3 * whole("season", season)) & (low > 0))
    if season > 1 and len(able):
        chosen = history.take(able)
        season_of = seasonal_multiplicative(season, confidence=0.9).fit(chosen)
        forecast[able] = season_of.invert(last_season(season_of.apply(chosen), horizon, 1), chosen)
    return forecast


def last_season(
    history: Panel, horizon: int, season: int
) -> Float[np.ndarray, "series horizon channel"]:
    """Return the last observed value of the same season as the forecast (season 1: the last
    observed value).

    A series shorter than two seasons repeats its last value, and so does a place in the season that
    was never observed; NaN for a series without any value.

    >>> last_season(Panel.from_arrays([[1.0, 2.0, 3.0, np.nan]]), 3, 2)[0, :, 0].tolist()
    [3.0, 2.0, 3.0]
    """
    seasons = usable_season(history, season)
    rows = newest_rows(history, seasons)
    ahead = np.arange(whole("horizon", horizon)) % seasons[:, None]
    chosen = np.take_along_axis(rows, ahead[:, :, None], axis=1)
    chosen = np.where(chosen < 0, rows.max(axis=1, keepdims=True), chosen)
    values = np.take_along_axis(
        history.values, chosen.reshape(-1, history.channels), axis=0
    ).reshape(chosen.shape)
    return np.where(chosen < 0, np.nan, values)


def _mean_step(
    history: Panel, lag: int, size: Callable[[np.ndarray], np.ndarray] = np.abs
) -> Float[np.ndarray, "series channel"]:
    """The mean size of x_t − x_{t−lag} of every series and channel over the observed pairs; NaN if
    there are none."""
    if lag >= len(history.values):
        return np.full((len(history), history.channels), np.nan)
    series = history.series_of_step
    moved = size(history.values[lag:] - history.values[:-lag])
    paired = (series[lag:] == series[:-lag])[:, None] & ~np.isnan(moved)
    total, count = np.zeros((2, len(history), history.channels))
    for channel in range(history.channels):
        rows = paired[:, channel]
        total[:, channel] = np.bincount(series[lag:][rows], moved[rows, channel], len(history))
        count[:, channel] = np.bincount(series[lag:][rows], minlength=len(history))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
