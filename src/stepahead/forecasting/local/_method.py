"""`PerSeries` and `LocalMethod`: methods that learn of each series from that series alone."""

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
"""Values below which nothing is fitted: the series is taken for a random walk."""


class PerSeries(Settings, ABC):
    """A local method: it has separate parameters for each of many series. A leaf is a frozen data
    class of its settings."""

    alone_from: ClassVar[float] = FEWEST
    """Values from which on the usual size of changes comes from the series itself; shorter ones use
    the others are asked."""

    @abstractmethod
    def fit_channel(self, channel: Channel, season: int, on_event: OnSeries | None) -> ChannelFit:
        """Fit one channel of every series."""

    def for_panel(self, panel: Panel, season: int) -> "PerSeries":
        """Return the method with what it reads off all series together; usually itself. `panel`
        ends where the forecast begins."""
        return self

    def taught(
        self, panel: Callable[[], Panel], horizon: int, key: Key, season: int
    ) -> "PerSeries":
        """Return the method after it learned on from these series, where its settings ask for that;
        usually itself, and the panel is not asked for."""
        return self

    def tuned(
        self, panel: Panel, horizon: int, key: Key, season: int, on_event: Listener | None = None
    ) -> tuple["PerSeries", list[tuple[float, float]]]:
        """Return the method after it learned on from these series, with its loss before and after;
        usually itself and no loss, since nothing is shared by the series."""
        return self, []

    def columns_of(self, panel: Panel) -> tuple[str, ...]:
        """The covariates of the panel that it reads: none."""
        return ()

    def __repr__(self) -> str:
        """The settings that are not the usual ones."""
        held = [(field, vars(self).get(field.name)) for field in fields(self)]  # type: ignore[arg-type]  # leaves are data classes
        told = [f"{field.name}={value!r}" for field, value in held if value != field.default]
        return f"{type(self).__name__}({', '.join(told)})"

    def fitted(
        self, panel: Panel, horizon: int, *, key: Key, season: int, on_event: OnSeries | None = None
    ) -> LocalForecaster:
        """As a `Method`: fit every series of this panel; `key` matters only where something is
        `taught`."""
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
        """A forecaster without series, which fits those that it is asked for, beside these
        covariates; `usual` is the usual change of each channel, where they are some of many (None
        where they do not say it).

        >>> from stepahead.forecasting import Baseline
        >>> two = Panel.from_arrays([[1.0, 3.0, 4.0, 7.0], [5.0, 5.0, 6.0]])
        >>> done = Baseline("drift").unfitted(2, season=1)
        >>> done.predict(panel=two).mean[:, :, 0].tolist()
        [[9.0, 11.0], [6.5, 7.0]]
        """
        return LocalForecaster(self, None, whole("horizon", horizon), season, None, columns, usual)


class LocalMethod(PerSeries):
    """A local method: it is fitted to many series at once, to each from its own values only; series
    that are too short for it or never change are treated as random walks."""

    needs: ClassVar[float] = FEWEST
    """Values that a series must hold, or it is taken for a random walk."""

    @abstractmethod
    def fit_rows(self, rows: Rows, season: int, on_event: OnSeries | None) -> LocalFit:
        """Fit every series; each begins and ends with a value that was seen, holds as many as are
        needed, and changes."""

    def fit_channel(self, channel: Channel, season: int, on_event: OnSeries | None) -> ChannelFit:
        """Fit the series that hold enough, and the others as random walks."""
        long = channel.number >= self.needs
        fitted = long & channel.moves
        which, others = np.flatnonzero(fitted), np.flatnonzero(~fitted)
        method = self.fit_rows(channel.taken(which), season, on_event) if len(which) else None
        return ChannelFit(which, method, others, channel.as_walks(others, long, on_event))
