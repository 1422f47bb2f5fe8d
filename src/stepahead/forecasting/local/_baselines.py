"""`Baseline`: naive, seasonal naive, drift and mean, for each series separately; `RandomWalk`, for
very short series."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ..._check import known_name
from ...classical import (
    BASELINE_KINDS,
    BaselineFit,
    LocalFit,
    OnSeries,
    Rows,
    fit_baseline,
)
from ._channel import Channel, ChannelFit
from ._method import FEWEST, LocalMethod, PerSeries

BY_CHANGES = ("naive", "drift")
"""Baselines whose error variance is that of the changes from step to step."""


@dataclass(frozen=True, repr=False)
class Baseline(LocalMethod):
    """The forecasts of `models.Naive`, `SeasonalNaive`, `Drift` and `Mean` with intervals by
    formula, from the changes of each series itself.

    `kind` is `"naive"`, `"seasonal-naive"` (with the season of the panel, or of `fit`), `"drift"`
    or `"mean"`: see `classical.fit_baseline`. A series of fewer than 3 values, or one that never
    changes, is forecast as a random walk. For series of fewer than 10 values the width of intervals
    also uses the other series: as if three more changes of their usual size had been observed (for
    a drift likewise).

    >>> import stepahead as sa
    >>> panel = sa.Panel.from_arrays([[1.5, 3.5, 4.5, 7.5]])
    >>> done = sa.fit(Baseline("drift"), panel, horizon=2, key=0)
    >>> done.forecast(levels=80)[["forecast", "hi-80"]].round(2).values.tolist()
    [[9.5, 11.68], [11.5, 14.94]]
    """

    kind: str = "naive"
    needs: ClassVar[float] = 3

    def __post_init__(self) -> None:
        known_name("baseline", self.kind, BASELINE_KINDS)

    def fit_rows(self, rows: Rows, season: int, on_event: OnSeries | None) -> LocalFit:
        """As `LocalMethod.fit_rows`."""
        return fit_baseline(rows, self.kind, season)

    def fit_channel(self, channel: Channel, season: int, on_event: OnSeries | None) -> ChannelFit:
        """As `LocalMethod.fit_channel`; short series also use changes of the other series."""
        done = super().fit_channel(channel, season, on_event)
        if self.kind not in BY_CHANGES or not isinstance(done.method, BaselineFit):
            return done
        short = channel.number[done.by_method] < FEWEST
        size = np.where(short, channel.usual, np.nan)
        size = size * channel.sizes[done.by_method]
        return replace(done, method=done.method.with_changes(size))


@dataclass(frozen=True, repr=False)
class RandomWalk(PerSeries):
    """The last value, with wide intervals if few changes were observed: for series that are too
    short for any other model. The intervals are those of Student's t with as many degrees of
    freedom as there are changes; in a panel of several series, the usual change of the others is
    used too. See `classical.WalkFit` for the formula. A change over missing values is divided
    evenly over them.

    >>> import stepahead as sa
    >>> one = sa.fit(
    ...     RandomWalk(), sa.Panel.from_arrays([[1007.0, 1101.0, 1157.0]]), horizon=1, key=0
    ... )
    >>> one.forecast(levels=(80, 95)).iloc[0, 2:].astype(float).round().tolist()
    [1157.0, 978.0, 1336.0, 749.0, 1565.0]
    """

    alone_from: ClassVar[float] = np.inf

    def fit_channel(self, channel: Channel, season: int, on_event: OnSeries | None) -> ChannelFit:
        """Fit every series as a random walk; each also uses the changes of the others."""
        every, long = np.arange(len(channel.rows)), np.zeros(len(channel.rows), bool)
        walks = channel.as_walks(every, long, on_event)
        return ChannelFit(every[:0], None, every, walks)
