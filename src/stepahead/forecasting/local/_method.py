"""`PerSeries` and `LocalMethod`: methods that fit each series from its own values."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import fields
from typing import ClassVar

import numpy as np

from ..._check import whole
from ..._settings import Settings
from ..._types import Key, Listener
from ...classical import LocalFit, OnSeries, Rows
from ...data import GrowingPanel, Panel
from ._channel import Channel, ChannelFit
from ._forecaster import LocalForecaster, parts_of

FEWEST = 10
"""The fewest values for which a method is fitted; a shorter series is forecast as a random walk."""


class PerSeries(Settings, ABC):
    """A local method: it has separate parameters for each of many series. A subclass is a frozen
    data class of its settings."""

    alone_from: ClassVar[float] = FEWEST
    """The number of values from which on the usual size of changes is estimated from the series
    alone; shorter series use the other series too."""

    @abstractmethod
    def fit_channel(self, channel: Channel, season: int, on_event: OnSeries | None) -> ChannelFit:
        """Fit one channel of every series."""

    def for_panel(self, panel: Panel, season: int) -> "PerSeries":
        """Return the method with the settings that depend on all series together, such as the
        seasons; by default itself. `panel` ends at the origin."""
        return self

    def taught(
        self, panel: Callable[[], Panel], horizon: int, key: Key, season: int
    ) -> "PerSeries":
        """Return the method after fine-tuning on these series, if its settings ask for that; by
        default itself, and the function `panel` is not called."""
        return self

    def tuned(
        self, panel: Panel, horizon: int, key: Key, season: int, on_event: Listener | None = None
    ) -> tuple["PerSeries", list[tuple[float, float]]]:
        """Return the method after fine-tuning on these series, with its loss before and after; by
        default itself and no losses, since the series share no weights."""
        return self, []

    def columns_of(self, panel: Panel) -> tuple[str, ...]:
        """Return the covariates of the panel that it uses: by default none."""
        return ()

    def __repr__(self) -> str:
        """The settings that differ from the defaults."""
        held = [(field, vars(self).get(field.name)) for field in fields(self)]  # type: ignore[arg-type]  # leaves are data classes
        told = [f"{field.name}={value!r}" for field, value in held if value != field.default]
        return f"{type(self).__name__}({', '.join(told)})"

    def fitted(
        self, panel: Panel, horizon: int, *, key: Key, season: int, on_event: OnSeries | None = None
    ) -> LocalForecaster:
        """As `Method.fitted`: fit every series of this panel. `key` matters only for fine-tuning
        (`taught`)."""
        spec = self.for_panel(panel, season).taught(lambda: panel, horizon, key, season)
        columns = self.columns_of(panel)
        parts = parts_of(spec, panel, season, on_event, columns)
        grown = GrowingPanel.of(panel)
        return LocalForecaster(spec, grown, whole("horizon", horizon), season, parts, columns)

    def unfitted(
        self,
        horizon: int,
        season: int,
        usual: tuple[float | None, ...] | None = None,
        columns: tuple[str, ...] = (),
    ) -> LocalForecaster:
        """Return a forecaster without series, which fits the series of `panel` when it forecasts
        them, with the covariates named by `columns`. `usual` is the usual change of each channel,
        given if these are only a part of all series (None for a channel without one).

        >>> from stepahead.forecasting import Baseline
        >>> two = Panel.from_arrays([[1.0, 3.0, 4.0, 7.0], [5.0, 5.0, 6.0]])
        >>> done = Baseline("drift").unfitted(2, season=1)
        >>> done.predict(panel=two).mean[:, :, 0].tolist()
        [[9.0, 11.0], [6.5, 7.0]]
        """
        return LocalForecaster(self, None, whole("horizon", horizon), season, None, columns, usual)


class LocalMethod(PerSeries):
    """A local method: it is fitted to many series at once, to each from its own values only. Series
    that are too short for it, or never change, are forecast as random walks."""

    needs: ClassVar[float] = FEWEST
    """The fewest values that a series must have; a shorter one is forecast as a random walk."""

    @abstractmethod
    def fit_rows(self, rows: Rows, season: int, on_event: OnSeries | None) -> LocalFit:
        """Fit every series. Each begins and ends with an observed value, has at least `needs`
        values, and is not constant."""

    def fit_channel(self, channel: Channel, season: int, on_event: OnSeries | None) -> ChannelFit:
        """Fit the series that have enough values, and the others as random walks."""
        long = channel.number >= self.needs
        fitted = long & channel.moves
        which, others = np.flatnonzero(fitted), np.flatnonzero(~fitted)
        method = self.fit_rows(channel.taken(which), season, on_event) if len(which) else None
        return ChannelFit(which, method, others, channel.as_walks(others, long, on_event))
