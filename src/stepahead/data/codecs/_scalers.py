"""Reversible scalers: fitted to a panel, they map panels to the unit of a model and forecasts back.

A scaler is a specification with `.fit(panel)`; the fitted scaler is immutable and holds plain
arrays. It is fitted to the given panel only, separately for each series and channel, without
missing values, which stay missing. Scalers can be combined: `pipeline(log(), difference(12),
standard())` applies them from left to right and inverts from right to left.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from ..._settings import Settings
from ..panel import Panel, by_series

Forecast = Float[np.ndarray, "series horizon channel *rest"]


class FittedScaler(ABC):
    """A fitted scaler: a map and its inverse."""

    @property
    def affine(self) -> bool:
        """True if every step is mapped by a + b·x, b > 0, whatever the other steps: then means and
        quantiles can be mapped back exactly."""
        return False

    @property
    def uniform(self) -> bool:
        """True if it is `affine` with the same a and b for all steps of a series and channel."""
        return False

    @property
    def stepwise(self) -> bool:
        """True if every step is mapped by an increasing function of its own value only: then
        quantiles can be mapped back exactly, but means need not."""
        return True

    @property
    def constant(self) -> Bool[np.ndarray, "series channel"] | bool:
        """True for series whose values were constant when it was fitted: see `Affine`."""
        return False

    @abstractmethod
    def apply(self, panel: Panel) -> Panel:
        """Return the scaled panel. It may be longer or shorter than the one of the fit, but must
        have the same series in the same order."""

    @abstractmethod
    def invert(self, forecast: Forecast, history: Panel) -> Forecast:
        """Return the forecast in the original unit. `history` is the panel, not scaled, that the
        forecast continues."""

    @abstractmethod
    def take(self, index: Int[np.ndarray, " chosen"]) -> "FittedScaler":
        """Return the scaler of the series with these numbers, in this order."""

    @abstractmethod
    def log_derivative(self, panel: Panel) -> Float[np.ndarray, "total channel"]:
        """Return log |d scaled / d value| at every step, 0 if the scaled value is missing: the term
        that converts log densities to the original unit."""


class Scaler(Settings, ABC):
    """The specification of a scaler, before fitting."""

    @abstractmethod
    def fit(self, panel: Panel) -> FittedScaler:
        """Fit the scaler to this panel only."""

    def fit_apply(self, panel: Panel) -> tuple[FittedScaler, Panel]:
        """The scaler fitted to a panel, and the panel scaled by it."""
        fitted = self.fit(panel)
        return fitted, fitted.apply(panel)


@dataclass(frozen=True, eq=False)
class Affine(FittedScaler):
    """Maps x to (x − shift)/scale, with a shift and a positive scale for each series and channel.

    `constant` is True for series whose values were constant, so that their variation is unknown:
    the scale is then their size (1 for zeros). As long as its history is constant, such a series is
    forecast as that value, with intervals of width 0.
    """

    shift: Float[np.ndarray, "series channel"]
    scale: Float[np.ndarray, "series channel"]
    constant: Bool[np.ndarray, "series channel"] | bool = False
    affine = True
    uniform = True

    def apply(self, panel: Panel) -> Panel:
        """Return (x − shift)/scale."""
        by_series.refuse_other(self.shift.shape, panel)
        steps = (np.subtract, self.shift), (np.divide, self.scale)
        return panel.with_values(by_series.each(panel, *steps))

    def invert(self, forecast: Forecast, history: Panel) -> Forecast:
        """Return shift + scale·y; the history is not used."""
        by_series.refuse_other(self.shift.shape, history, "history")
        return (
            along(self.shift[:, None], forecast) + along(self.scale[:, None], forecast) * forecast
        )

    def take(self, index: Int[np.ndarray, " chosen"]) -> "Affine":
        """Return the scaler of these series."""
        return Affine(
            self.shift[index],
            self.scale[index],
            self.constant if isinstance(self.constant, bool) else self.constant[index],
        )

    def log_derivative(self, panel: Panel) -> Float[np.ndarray, "total channel"]:
        """Return −log scale."""
        by_series.refuse_other(self.shift.shape, panel)
        return np.where(panel.observed, -np.log(self.scale)[panel.series_of_step], 0.0)


@dataclass(frozen=True)
class Identity(Scaler):
    """The specification that `identity` returns."""

    def fit(self, panel: Panel) -> Affine:
        """Return a scaler with shift 0 and scale 1; refuse a series with a channel without
        values."""
        by_series.count(panel)
        return Affine(np.zeros((len(panel), panel.channels)), np.ones((len(panel), panel.channels)))


@dataclass(frozen=True)
class Standard(Scaler):
    """The specification that `standard` returns."""

    channels: tuple[int, ...] | None = None

    def fit(self, panel: Panel) -> Affine:
        """Fit mean and standard deviation."""
        mean, deviation = by_series.spread(panel)
        every = by_size(panel, mean, deviation)
        if self.channels is None:
            return every
        scaled = np.isin(np.arange(panel.channels), self.channels)
        return Affine(
            np.where(scaled, every.shift, 0.0),
            np.where(scaled, every.scale, 1.0),
            every.constant & scaled,
        )


@dataclass(frozen=True)
class MeanScale(Scaler):
    """The specification that `mean_scale` returns."""

    def fit(self, panel: Panel) -> Affine:
        """Fit the mean absolute value."""
        size = by_series.mean_size(panel)
        return by_size(panel, np.zeros_like(size), size)


@dataclass(frozen=True)
class Robust(Scaler):
    """The specification that `robust` returns."""

    def fit(self, panel: Panel) -> Affine:
        """Fit median and interquartile range."""
        low, middle, high = by_series.quantiles(panel, (0.25, 0.5, 0.75))
        deviation = by_series.spread(panel)[1]
        return by_size(panel, middle, np.where(high > low, (high - low) / 1.349, deviation))


def by_size(
    panel: Panel,
    shift: Float[np.ndarray, "series channel"],
    size: Float[np.ndarray, "series channel"],
) -> Affine:
    """Return the affine map with this shift and scale; for a constant series, whose scale is
    unknown, with the size of its values, or 1 for zeros."""
    low, high = by_series.extremes(panel)
    constant = low == high
    own = np.where(constant & (low != 0), np.abs(low), 1.0)
    return Affine(shift, np.where(constant | (size == 0), own, size), constant)


def identity() -> Identity:
    """Return the scaler that leaves values unchanged.

    >>> panel = Panel.from_arrays([[1.0, 2.0]])
    >>> identity().fit(panel).apply(panel).values[:, 0].tolist()
    [1.0, 2.0]
    """
    return Identity()


def standard(channels: tuple[int, ...] | None = None) -> Standard:
    """Return the scaler that subtracts the mean and divides by the standard deviation (over n) of
    each series and channel. A constant series is divided by its size, and forecast as constant: see
    `Affine`. With `channels`, counted from 0, other channels are left unchanged.

    >>> panel = Panel.from_arrays([[1.0, 3.0], [7.0, 7.0]])
    >>> standard().fit(panel).apply(panel).values[:, 0].tolist()
    [-1.0, 1.0, 0.0, 0.0]
    """
    return Standard(channels)


def mean_scale() -> MeanScale:
    """Return the scaler that divides by the mean absolute value of each series and channel, which
    keeps zero and sign; series of zeros are left unchanged.

    >>> panel = Panel.from_arrays([[1.0, -3.0]])
    >>> mean_scale().fit(panel).apply(panel).values[:, 0].tolist()
    [0.5, -1.5]
    """
    return MeanScale()


def robust() -> Robust:
    """Return the scaler that subtracts the median and divides by IQR/1.349 (the standard deviation
    of normal values) of each series and channel.

    Outliers hardly affect it. If the IQR is 0, the standard deviation is used, for a constant
    series its size.

    >>> panel = Panel.from_arrays([[1.0, 2.0, 3.0, 4.0, 1000.0]])
    >>> robust().fit(panel).apply(panel).values[:4, 0].round(3).tolist()
    [-1.349, -0.674, 0.0, 0.674]
    """
    return Robust()


def along(parameters: Float[np.ndarray, "series steps channel"], forecast: Forecast) -> Any:
    """Return parameters with as many trailing axes as the forecast has, for broadcasting."""
    return parameters.reshape(parameters.shape + (1,) * (forecast.ndim - 3))
