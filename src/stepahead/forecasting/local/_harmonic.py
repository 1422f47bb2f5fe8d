"""`Harmonic`: several seasons, and a local method for the rest."""

from dataclasses import dataclass, replace

from ...classical import LocalFit, OnSeries, Rows, fit_seasons
from ...data import Panel
from .._known import known_names
from ._ets import ETS
from ._method import LocalMethod
from ._several_seasons import check_seasons, seasons_shown

REST = ETS("Z,Z,N")
"""The usual method for what is left without seasons."""


@dataclass(frozen=True, repr=False)
class Harmonic(LocalMethod):
    """Several seasons as waves, shortest first, such as `(7, 365.25)` for days, and `inside` for
    the rest. Seasons that are not named are that of the fit and the longer ones that the series
    show up to where the forecast begins (see `data.seasons`).

    The waves are fitted by robust least squares beside a trend of lines; their number, and whether
    seasons are factors, go by the corrected criterion of Akaike: see `classical.fit_seasons`. They
    stay as they are; what moves is `inside`, which also says the intervals. Missing values are
    passed over.

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
        """As `PerSeries.for_panel`: the same with its seasons."""
        if self.seasons is not None:
            return self
        return replace(self, seasons=seasons_shown(self, season, panel))

    def columns_of(self, panel: Panel) -> tuple[str, ...]:
        """Those that are known beforehand."""
        return known_names(panel)

    def fit_rows(self, rows: Rows, season: int, on_event: OnSeries | None) -> LocalFit:
        """As `LocalMethod.fit_rows`; where seasons are not named, with that of the fit alone."""
        seasons = tuple(self.seasons or seasons_shown(self, season))
        return fit_seasons(rows, seasons, lambda rest: self.inside.fit_rows(rest, 1, on_event))
