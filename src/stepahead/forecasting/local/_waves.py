"""`Harmonic` and `TBATS`: several seasons as Fourier terms, constant over time or updated by each
error."""

from dataclasses import dataclass, replace

from ...classical import LocalFit, OnSeries, Rows, fit_seasons, fit_tbats
from ...data import Panel, exact_seasons, season_and_longer
from .._known import known_names
from ._ets import ETS
from ._method import LocalMethod
from ._several_seasons import check_seasons, seasons_shown

REST = ETS("Z,Z,N")
"""The default method for the remainder."""


@dataclass(frozen=True, repr=False)
class Harmonic(LocalMethod):
    """Several seasons as Fourier terms, shortest first, such as `(7, 365.25)` for days, and
    `inside` for the remainder. If no seasons are given, they are the season of the fit and the
    longer ones that are detected in the series up to the origin (see `data.seasons`), a year of
    weeks or days in its exact length.

    The Fourier terms are fitted by robust least squares, together with a piecewise linear trend;
    their number, and whether seasons are multiplicative, are selected by AICc: see
    `classical.fit_seasons`. They are constant over time; only `inside` changes, and it gives the
    intervals. Missing values are skipped.

    >>> import numpy as np, stepahead as sa
    >>> days = np.arange(200)
    >>> both = 20 + np.sin(days * np.pi / 2) + 2 * np.cos(days * np.pi / 25)
    >>> done = sa.fit(Harmonic((4, 50)), sa.Panel.from_arrays([both]), horizon=2, key=0)
    >>> done.forecast(levels=())["forecast"].round(1).tolist()
    [22.0, 23.0]
    """

    seasons: tuple[float, ...] | None = None
    inside: LocalMethod = REST

    def __post_init__(self) -> None:
        check_seasons(self.seasons)

    def for_panel(self, panel: Panel, season: int) -> "Harmonic":
        """As `PerSeries.for_panel`: with the seasons of the panel."""
        if self.seasons is not None:
            return self
        return replace(self, seasons=seasons_shown(self, season, panel))

    def columns_of(self, panel: Panel) -> tuple[str, ...]:
        """The known covariates."""
        return known_names(panel)

    def fit_rows(self, rows: Rows, season: int, on_event: OnSeries | None) -> LocalFit:
        """As `LocalMethod.fit_rows`; if no seasons are given, with the season of the fit alone."""
        seasons = tuple(self.seasons or seasons_shown(self, season))
        return fit_seasons(rows, seasons, lambda rest: self.inside.fit_rows(rest, 1, on_event))


@dataclass(frozen=True, repr=False)
class TBATS(LocalMethod):
    """Exponential smoothing with several seasons as Fourier terms, shortest first, such as `(48,
    336)` or `(7, 365.25)`, which need not be whole numbers of steps. If no seasons are given, they
    are the season of the fit and the longer ones that are detected in the series up to the origin
    (see `data.seasons`), a year of weeks or days in its exact length; there may be none.

    For each series a Box–Cox power, the number of Fourier terms of each season, the trend (none,
    linear or damped) and the orders of the ARMA errors are selected, one after the other, by AICc;
    level, trend and Fourier terms are all updated by the one-step error (De Livera, Hyndman &
    Snyder 2011; see `classical.fit_tbats`). Intervals are exact, given the coefficients and normal
    errors of the transformed values; the point forecast is the median. Missing values are skipped,
    and seasons longer than half of a series are left out; a series of fewer than 10 values, or one
    that never changes, is forecast as a random walk.

    >>> import numpy as np, stepahead as sa
    >>> days = np.arange(200)
    >>> both = 20 + np.sin(days * np.pi / 2) + 2 * np.cos(days * np.pi / 25.2) + np.cos(days**2)
    >>> done = sa.fit(TBATS((4, 50.4)), sa.Panel.from_arrays([both]), horizon=2, key=0)
    >>> done.forecast(levels=())["forecast"].round().tolist(), done.forms()
    ([22.0, 23.0], ['TBATS({4, 1}, {50.4, 1}), α 0'])
    """

    seasons: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        check_seasons(self.seasons)

    def for_panel(self, panel: Panel, season: int) -> "TBATS":
        """As `PerSeries.for_panel`: with the seasons of the panel."""
        if self.seasons is not None:
            return self
        found = exact_seasons(panel, season_and_longer(panel, season))
        return replace(self, seasons=found or None)

    def fit_rows(self, rows: Rows, season: int, on_event: OnSeries | None) -> LocalFit:
        """As `LocalMethod.fit_rows`; if no seasons are given, with the season of the fit alone."""
        alone = (season,) if season > 1 else ()
        return fit_tbats(rows, self.seasons or alone, on_event=on_event)
