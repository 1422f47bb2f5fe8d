"""Classical seasonal decomposition, by a centred moving average, and two scalers that remove the
season.

An additive season is x = trend + index + rest, a multiplicative one x = trend·index·rest. The trend
is the centred moving average over one season (for an even season with half weights at both ends);
the index of a phase is the mean of x − trend (or x/trend) over the steps of that phase, shifted
(scaled) so that the indices of one season have mean 0 (1). Source: Makridakis, Wheelwright,
Hyndman, Forecasting: Methods and Applications, chapter 3; as in `seasonal_decompose` of
statsmodels.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import NormalDist
from typing import TypeVar

import numpy as np
from jaxtyping import Bool, Float, Int

from ..._check import between, whole
from ..panel import Panel, by_series
from ._scalers import FittedScaler, Forecast, Scaler, along

Index = Float[np.ndarray, "series season channel"]
_PASSES = 10

Leaf = TypeVar("Leaf", bound="Season")


@dataclass(frozen=True, eq=False)
class Season(FittedScaler):
    """An index for each phase of the season, by series and channel.

    `season` holds the season length used: 1 for a series that is too short for two seasons, or
    whose season is not significant, if that was tested. `start` is the time of phase 0 of each
    series, as an integer (microseconds since 1970 for dates).
    """

    index: Index
    start: Int[np.ndarray, " series"]
    season: Int[np.ndarray, "series channel"]

    @property
    def affine(self) -> bool:
        """True: each phase has its own affine map."""
        return True

    def take(self: Leaf, index: Int[np.ndarray, " chosen"]) -> Leaf:
        """Return the scaler of these series."""
        return replace(
            self, index=self.index[index], start=self.start[index], season=self.season[index]
        )

    def _seasonal_values(self, panel: Panel) -> Float[np.ndarray, "total channel"]:
        """The index of every step of the panel."""
        return _of_rows(self.index, self.start, panel)

    def _ahead(self, forecast: Forecast, history: Panel) -> np.ndarray:
        """The index of the steps after the history."""
        by_series.refuse_other(self.index.shape, history, "history")
        return _of_steps(self.index, self.start, forecast, history)


@dataclass(frozen=True, eq=False)
class AdditiveSeason(Season):
    """Subtracts the index of each step's phase."""

    def apply(self, panel: Panel) -> Panel:
        """Return x − index."""
        return panel.with_values(panel.values - self._seasonal_values(panel))

    def invert(self, forecast: Forecast, history: Panel) -> Forecast:
        """Return y + index of the steps after the history."""
        return forecast + self._ahead(forecast, history)

    def log_derivative(self, panel: Panel) -> Float[np.ndarray, "total channel"]:
        """Return 0, because the season is a shift."""
        return np.zeros_like(panel.values)


@dataclass(frozen=True, eq=False)
class MultiplicativeSeason(Season):
    """Divides by the index of each step's phase, which is above 0."""

    def apply(self, panel: Panel) -> Panel:
        """Return x / index."""
        return panel.with_values(panel.values / self._seasonal_values(panel))

    def invert(self, forecast: Forecast, history: Panel) -> Forecast:
        """Return y · index of the steps after the history."""
        return forecast * self._ahead(forecast, history)

    def log_derivative(self, panel: Panel) -> Float[np.ndarray, "total channel"]:
        """Return −log index."""
        return np.where(panel.observed, -np.log(self._seasonal_values(panel)), 0.0)


@dataclass(frozen=True)
class SeasonalAdditive(Scaler):
    """The specification that `seasonal_additive` returns."""

    season: int | None = None
    confidence: float | None = None

    def fit(self, panel: Panel) -> AdditiveSeason:
        """Fit the indices."""
        return AdditiveSeason(*_decompose(panel, self.season, self.confidence, np.subtract, np.add))


@dataclass(frozen=True)
class SeasonalMultiplicative(Scaler):
    """The specification that `seasonal_multiplicative` returns."""

    season: int | None = None
    confidence: float | None = None

    def fit(self, panel: Panel) -> MultiplicativeSeason:
        """Fit the indices."""
        by_series.refuse_not_positive(panel, "seasonal_multiplicative", "`seasonal_additive`")
        return MultiplicativeSeason(
            *_decompose(panel, self.season, self.confidence, np.divide, np.multiply)
        )


def seasonal_additive(
    season: int | None = None, confidence: float | None = None
) -> SeasonalAdditive:
    """Return the scaler that subtracts seasonal indices; `season` is by default that of the
    frequency. A series shorter than two seasons is left unchanged.

    With a `confidence` (usually 0.9), so is a series whose season is not significant: its
    autocorrelation r_m at lag m = season is not above z·√((1 + 2·Σ_{i<m} r_i²)/n). The fitted
    scaler's `season` is 1 for such a series. The phase of a step follows from its time, so another
    part of the same series is scaled correctly. Source of the test: Fiorucci et al. 2016 (the Theta
    method's).

    >>> panel = Panel.from_arrays([np.arange(8) + np.tile([5.0, -5.0], 4), [3.0, 1.0, 2.0]])
    >>> fitted = seasonal_additive(2).fit(panel)
    >>> fitted.apply(panel).values[:, 0].tolist(), fitted.season[:, 0].tolist()
    ([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 3.0, 1.0, 2.0], [2, 1])
    """
    return SeasonalAdditive(*_checked(season, confidence))


def seasonal_multiplicative(
    season: int | None = None, confidence: float | None = None
) -> SeasonalMultiplicative:
    """Return the scaler that divides by seasonal indices; as `seasonal_additive`, for seasons that
    grow with the level. Values of 0 or below are refused.

    >>> panel = Panel.from_arrays([np.tile([1.5, 0.5], 4) * 10])
    >>> seasonal_multiplicative(2).fit(panel).apply(panel).values[:, 0].tolist()
    [10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0]
    """
    return SeasonalMultiplicative(*_checked(season, confidence))


def _checked(season: int | None, confidence: float | None) -> tuple[int | None, float | None]:
    if confidence is not None:
        between("confidence", confidence, 0, 1)
    return None if season is None else whole("season", season), confidence


def _decompose(
    panel: Panel,
    season: int | None,
    confidence: float | None,
    away: Callable[..., np.ndarray],
    back: Callable[..., np.ndarray],
) -> tuple[Index, Int[np.ndarray, " series"], Int[np.ndarray, "series channel"]]:
    """Indices, starts and season lengths; `away` removes a component (subtract or divide), `back`
    adds it (add or multiply).

    With missing values, the first pass averages over the observed values, which biases the trend
    towards the observed phases; further passes fill the gaps by the previous trend and index.
    """
    by_series.count(panel)
    season = panel.frequency.season if season is None else season
    season = season if panel.lengths.max() >= 2 * season else 1
    used = np.where(panel.lengths >= 2 * season, season, 1)[:, None].repeat(panel.channels, axis=1)
    if confidence is not None:
        used = np.where(_has_season(panel, season, confidence), used, 1)
    phase = by_series.position(panel) % season
    seasonal = (used == season)[panel.series_of_step]
    values = panel.values
    # Missing values are filled by the trend and index of the previous pass (see above).
    for _ in range(_PASSES if panel.missing else 1):
        trend = np.where(seasonal, _moving_average(panel.with_values(values), season), np.nan)
        index = _phase_means(panel.with_values(away(panel.values, trend)), phase, season, away)
        values = np.where(
            panel.observed, panel.values, back(trend, index[panel.series_of_step, phase])
        )
    start = panel.times[panel.offsets[:-1]].astype(np.int64)
    return index, start, used


def _has_season(panel: Panel, season: int, confidence: float) -> Bool[np.ndarray, "series channel"]:
    """True if the autocorrelation at lag `season` is significant, given those at shorter lags
    (Bartlett's formula)."""
    found = _autocorrelations(panel, season)
    limit = 1 + 2 * (found[:, :-1] ** 2).sum(axis=1)
    far = NormalDist().inv_cdf((1 + confidence) / 2)
    return np.abs(found[:, -1]) > far * np.sqrt(limit / by_series.count(panel))


def _autocorrelations(panel: Panel, most: int) -> Float[np.ndarray, "series lag channel"]:
    """Autocorrelations of every series at lags 1 to `most`, by Fourier transform; 0 for lags of the
    length of the series or more, and for a constant series.

    >>> _autocorrelations(Panel.from_arrays([[3.0, 1.0, 3.0, 1.0]]), 2)[0, :, 0].round(9).tolist()
    [-0.75, 0.5]
    """
    mean, deviation = by_series.spread(panel)
    rest = np.nan_to_num(panel.values - mean[panel.series_of_step])
    found = np.zeros((len(panel), most, panel.channels))
    for number, (begin, end) in enumerate(pairwise(panel.offsets)):
        size = 1 << int(end - begin + most).bit_length()  # long enough that no lag wraps around
        power = np.abs(np.fft.rfft(rest[begin:end], size, axis=0)) ** 2
        found[number] = np.fft.irfft(power, size, axis=0)[1 : most + 1]
    total = by_series.count(panel) * np.where(deviation > 0, deviation, 1.0) ** 2
    return found * (deviation > 0)[:, None] / total[:, None]


def _moving_average(panel: Panel, season: int) -> Float[np.ndarray, "total channel"]:
    """The centred average over one season of the observed values; NaN where the season does not fit
    into the series."""
    half = season // 2
    weights = np.ones(2 * half + 1)
    if season % 2 == 0:
        weights[[0, -1]] = 0.5
    at = by_series.position(panel)
    inside = (at >= half) & (at + half < np.repeat(panel.lengths, panel.lengths))
    trend = np.full_like(panel.values, np.nan)
    for channel in range(panel.channels):
        total = np.convolve(np.nan_to_num(panel.values[:, channel]), weights)[half : half + len(at)]
        seen = panel.observed[:, channel]
        weight = np.full(len(at), weights.sum())  # the weight of a whole season
        if not seen.all():
            weight = np.convolve(seen, weights)[half : half + len(at)]
        there = inside & (weight > 0.25)
        trend[there, channel] = total[there] / weight[there]
    return trend


def _phase_means(
    panel: Panel, phase: np.ndarray, season: int, away: Callable[..., np.ndarray]
) -> Index:
    """The mean of the observed values by series and phase, relative to the mean of these; the
    neutral index for a phase without values."""
    key = panel.series_of_step * season + phase
    index = np.empty((len(panel), season, panel.channels))
    for channel in range(panel.channels):
        seen = panel.observed[:, channel]
        number = np.bincount(key[seen], minlength=len(panel) * season)
        total = np.bincount(key[seen], panel.values[seen, channel], len(panel) * season)
        means = np.where(number > 0, total / np.maximum(number, 1), np.nan).reshape(-1, season)
        middle = np.nansum(means, axis=1, keepdims=True) / np.maximum(
            (~np.isnan(means)).sum(axis=1, keepdims=True), 1
        )
        index[:, :, channel] = away(
            means, np.where(middle == 0, np.nan, middle) if away is np.divide else middle
        )
    return np.where(np.isnan(index), away(1.0, 1.0), index)


def _of_rows(index: Index, start: np.ndarray, panel: Panel) -> Float[np.ndarray, "total channel"]:
    """The index of every row of a panel, by its time."""
    by_series.refuse_other(index.shape, panel)
    rows = panel.series_of_step
    phase = (
        panel.frequency.position(start.astype(panel.times.dtype)[rows], panel.times)
        % index.shape[1]
    )
    return index[rows, phase]


def _of_steps(index: Index, start: np.ndarray, forecast: Forecast, history: Panel) -> np.ndarray:
    """The index of every step of a forecast that continues `history`."""
    last = history.frequency.position(
        start.astype(history.times.dtype), history.times[history.offsets[1:] - 1]
    )
    phase = (last[:, None] + 1 + np.arange(forecast.shape[1])) % index.shape[1]
    return np.asarray(along(np.take_along_axis(index, phase[:, :, None], axis=1), forecast))
