"""`Pretrained`: the network that the package carries."""

from dataclasses import dataclass, replace
from typing import ClassVar

from ..._check import whole
from ...classical import LocalFit, OnSeries, Rows
from ...data import Panel, season_and_longer
from ...pretrained import fit_pretrained
from ._method import LocalMethod
from ._several_seasons import check_seasons


@dataclass(frozen=True, repr=False)
class Pretrained(LocalMethod):
    """A recurrent network that was trained on synthetic series alone, and forecasts without
    training: it reads the last 1,024 steps of a series, or three of its seasons if those are more
    (4,096 at most), and answers with quantiles of the next ones.

    Any horizon, missing values as they are, from 3 values on; nothing is fitted, and neither JAX
    nor the internet is needed. `seasons` are at most two periods, the shorter first; those that are
    not named are that of the fit and the longer ones that the series show up to where the forecast
    begins (see `data.seasons`). The point forecast is the median. `averaged` takes the mean over
    the series and the series upside down; without it a forecast takes half the time.

    If `resampled`, series whose shortest season has 24 steps or more are forecast also as means of
    2 and of 3 steps and by their shorter season alone; each counts by how well it forecast the
    last steps of the series, and a forecast takes eight times the time.

    >>> import numpy as np, stepahead as sa
    >>> panel = sa.Panel.from_arrays([10 + np.sin(np.arange(60) * 2 * np.pi / 12)])
    >>> done = sa.fit(Pretrained(), panel, horizon=3, season=12, key=0)
    >>> bool(abs(done.forecast(levels=())["forecast"] - panel.values[48:51, 0]).max() < 0.3)
    True
    """

    seasons: tuple[int, ...] | None = None
    averaged: bool = True
    resampled: bool = True
    needs: ClassVar[float] = 3

    def __post_init__(self) -> None:
        for season in self.seasons or ():
            whole("seasons", season)
        if self.seasons != ():
            check_seasons(self.seasons)

    def for_panel(self, panel: Panel, season: int) -> "Pretrained":
        """As `PerSeries.for_panel`: the same with its seasons."""
        if self.seasons is not None:
            return self
        return replace(self, seasons=season_and_longer(panel, season)[:2])

    def fit_rows(self, rows: Rows, season: int, on_event: OnSeries | None) -> LocalFit:
        """As `LocalMethod.fit_rows`; nothing is fitted."""
        alone = (season,) if season > 1 else ()
        if on_event is not None:
            on_event(len(rows) - 1)
        told = alone if self.seasons is None else self.seasons
        return fit_pretrained(rows, told, averaged=self.averaged, resampled=self.resampled)
