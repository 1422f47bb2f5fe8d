"""Reversible scalers: fitted on a panel, they map panels to the unit of a model and forecasts back.

A scaler is a frozen value with `.fit(panel)`; what it learns is a frozen value of plain arrays. It
learns from the panel it is handed and from nothing else, series by series and channel by channel,
ignoring missing values, which stay missing. Parts compose: `pipeline(log(), difference(12),
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
    """A fitted scaler: the map and its inverse."""

    @property
    def affine(self) -> bool:
        """True when every step is mapped by a + b·x, b > 0, whatever the other steps: then mean and
        quantiles both map back exactly."""
        return False

    @property
    def uniform(self) -> bool:
        """True when it is `affine` with one a and one b for all steps of a series and channel."""
        return False

    @property
    def stepwise(self) -> bool:
        """True when every step is mapped by an increasing function of its own value only: then
        quantiles map back exactly, means need not."""
        return True

    @property
    def constant(self) -> Bool[np.ndarray, "series channel"] | bool:
        """True where the values that it was fitted to did not differ: see `Affine`."""
        return False

    @abstractmethod
    def apply(self, panel: Panel) -> Panel:
        """The scaled panel. It may be longer or shorter than the one fitted on, but has the same
        series in the same order."""

    @abstractmethod
    def invert(self, forecast: Forecast, history: Panel) -> Forecast:
        """The forecast in the original unit. `history` is the panel, not scaled, that the forecast
        continues."""

    @abstractmethod
    def take(self, index: Int[np.ndarray, " chosen"]) -> "FittedScaler":
        """The same for the series with these numbers, in this order."""

    @abstractmethod
    def log_derivative(self, panel: Panel) -> Float[np.ndarray, "total channel"]:
        """The log of |d scaled / d value| at every step, 0 where the scaled value is missing: what
        a log density gains per step."""


class Scaler(Settings, ABC):
    """A scaler's specification, not fitted yet."""

    @abstractmethod
    def fit(self, panel: Panel) -> FittedScaler:
        """Learn from this panel and from nothing else."""


@dataclass(frozen=True, eq=False)
class Affine(FittedScaler):
    """Maps x to (x − shift)/scale, with one shift and one positive scale a series and channel.

    `constant` is True where the values did not differ, so that nothing says in which unit they
    could: the scale is then their size (1 for zeros). As long as its history holds one value alone,
    such a series is forecast as that value, with intervals of no width.
    """

    shift: Float[np.ndarray, "series channel"]
    scale: Float[np.ndarray, "series channel"]
    constant: Bool[np.ndarray, "series channel"] | bool = False
    affine = True
    uniform = True

    def apply(self, panel: Panel) -> Panel:
        """(x − shift)/scale."""
        by_series.refuse_other(self.shift.shape, panel)
        steps = (np.subtract, self.shift), (np.divide, self.scale)
        return panel.with_values(by_series.each(panel, *steps))

    def invert(self, forecast: Forecast, history: Panel) -> Forecast:
        """Shift + scale·y; the history does not matter."""
        by_series.refuse_other(self.shift.shape, history, "history")
        return (
            along(self.shift[:, None], forecast) + along(self.scale[:, None], forecast) * forecast
        )

    def take(self, index: Int[np.ndarray, " chosen"]) -> "Affine":
        """Shifts and scales of these series."""
        return Affine(
            self.shift[index],
            self.scale[index],
            self.constant if isinstance(self.constant, bool) else self.constant[index],
        )

    def log_derivative(self, panel: Panel) -> Float[np.ndarray, "total channel"]:
        """−log scale."""
        by_series.refuse_other(self.shift.shape, panel)
        return np.where(panel.observed, -np.log(self.scale)[panel.series_of_step], 0.0)


@dataclass(frozen=True)
class Identity(Scaler):
    """The specification that `identity` makes."""

    def fit(self, panel: Panel) -> Affine:
        """Learn nothing; refuse a series of which a channel was never observed."""
        by_series.count(panel)
        return Affine(np.zeros((len(panel), panel.channels)), np.ones((len(panel), panel.channels)))


@dataclass(frozen=True)
class Standard(Scaler):
    """The specification that `standard` makes."""

    channels: tuple[int, ...] | None = None

    def fit(self, panel: Panel) -> Affine:
        """Learn mean and standard deviation."""
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
    """The specification that `mean_scale` makes."""

    def fit(self, panel: Panel) -> Affine:
        """Learn the mean absolute value."""
        size = by_series.mean_size(panel)
        return by_size(panel, np.zeros_like(size), size)


@dataclass(frozen=True)
class Robust(Scaler):
    """The specification that `robust` makes."""

    def fit(self, panel: Panel) -> Affine:
        """Learn median and interquartile range."""
        low, middle, high = by_series.quantiles(panel, (0.25, 0.5, 0.75))
        deviation = by_series.spread(panel)[1]
        return by_size(panel, middle, np.where(high > low, (high - low) / 1.349, deviation))


def by_size(
    panel: Panel,
    shift: Float[np.ndarray, "series channel"],
    size: Float[np.ndarray, "series channel"],
) -> Affine:
    """The affine map with this shift and scale; of a constant series, whose scale says nothing, the
    scale is the size of its values, 1 for zeros."""
    low, high = by_series.extremes(panel)
    constant = low == high
    own = np.where(constant & (low != 0), np.abs(low), 1.0)
    return Affine(shift, np.where(constant | (size == 0), own, size), constant)


def identity() -> Identity:
    """Leave values as they are.

    >>> panel = Panel.from_arrays([[1.0, 2.0]])
    >>> identity().fit(panel).apply(panel).values[:, 0].tolist()
    [1.0, 2.0]
    """
    return Identity()


def standard(channels: tuple[int, ...] | None = None) -> Standard:
    """Subtract the mean and divide by the standard deviation (over n) of each series and channel; a
    constant series is divided by its size, and forecast as it is: see `Affine`. With `channels`,
    counted from 0, the others are left as they are.

    >>> panel = Panel.from_arrays([[1.0, 3.0], [7.0, 7.0]])
    >>> standard().fit(panel).apply(panel).values[:, 0].tolist()
    [-1.0, 1.0, 0.0, 0.0]
    """
    return Standard(channels)


def mean_scale() -> MeanScale:
    """Divide by the mean absolute value of each series and channel, which keeps zero and sign;
    zeros stay as they are.

    >>> panel = Panel.from_arrays([[1.0, -3.0]])
    >>> mean_scale().fit(panel).apply(panel).values[:, 0].tolist()
    [0.5, -1.5]
    """
    return MeanScale()


def robust() -> Robust:
    """Subtract the median and divide by IQR/1.349 (the standard deviation, were the values normal)
    of each series and channel.

    One wild value hardly moves it. Where the IQR is 0 the standard deviation is taken, for a
    constant series its size.

    >>> panel = Panel.from_arrays([[1.0, 2.0, 3.0, 4.0, 1000.0]])
    >>> robust().fit(panel).apply(panel).values[:4, 0].round(3).tolist()
    [-1.349, -0.674, 0.0, 0.674]
    """
    return Robust()


def along(parameters: Float[np.ndarray, "series steps channel"], forecast: Forecast) -> Any:
    """Parameters with as many trailing axes as the forecast has, so that they broadcast against
    it."""
    return parameters.reshape(parameters.shape + (1,) * (forecast.ndim - 3))
