"""`MSTL`: several seasons by local regression, and a local method for the remainder."""

from dataclasses import dataclass, replace

from ..._check import Refusal
from ...classical import Decomposition, LocalFit, OnSeries, Rows, fit_mstl, mstl
from ...data import Panel
from .._known import known_names
from ._autoregression import Autoregression
from ._method import LocalMethod
from ._several_seasons import check_seasons, seasons_shown


@dataclass(frozen=True, repr=False)
class MSTL(LocalMethod):
    """Several seasons that change slowly, shortest first, such as `(24, 168)` for hours, and
    `inside` for trend and remainder. Seasons need not be whole numbers of steps, as `(52.18,)` for
    weeks. If no seasons are given, they are the season of the fit and the longer ones that are
    detected in the series up to the origin (see `data.seasons`), a year of weeks or days in its
    exact length.

    Each season is estimated by STL, in turn, from the series without the other seasons: loess over
    its cycles, of the values, their square roots or their logs; the newest cycle of each is
    repeated. `inside` is any local method, such as `ETS("Z,Z,N")` or `Theta()`; by default an
    autoregression on the last 3 values and on the values one shortest season before. With `robust`,
    outliers get less weight. Intervals are those of `inside`, widened by the errors that forecasts
    of the last season would have had: see `classical.fit_mstl`. Missing values are skipped, and
    seasons longer than half of a series are left out.

    >>> import numpy as np, stepahead as sa
    >>> hours = np.arange(168 * 5)
    >>> both = 20 + hours % 24 + 5.0 * (hours % 168 > 119) + 0.1 * np.cos(hours**2)
    >>> done = sa.fit(MSTL((24, 168)), sa.Panel.from_arrays([both]), horizon=2, key=0)
    >>> done.forecast(levels=())["forecast"].round().tolist()
    [20.0, 21.0]
    """

    seasons: tuple[float, ...] | None = None
    inside: LocalMethod | None = None
    robust: bool = False

    def __post_init__(self) -> None:
        check_seasons(self.seasons)
        if not isinstance(self.robust, bool):
            raise Refusal(f"`robust` is True or False, but it is {self.robust!r}.")

    def for_panel(self, panel: Panel, season: int) -> "MSTL":
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
        shortest = round(seasons[0])
        inside = self.inside or Autoregression(tuple(sorted({1, 2, 3, shortest, shortest + 1})))
        return fit_mstl(
            rows,
            seasons,
            lambda rest: inside.fit_rows(rest, 1, on_event),
            robust=self.robust,
        )

    def components(self, panel: Panel, channel: int = 0) -> Decomposition:
        """Return trend, seasons and remainder of one `channel` of every series (see
        `classical.mstl`), without a transformation of the values. Seasons must be given, and fit
        twice into the shortest series.

        >>> import numpy as np, stepahead as sa
        >>> panel = sa.Panel.from_arrays([np.tile([1.0, 2.0, 6.0], 8)])
        >>> MSTL((3,)).components(panel).season[0, 0, :3].round(6).tolist()
        [-2.0, -1.0, 3.0]
        """
        shortest, seasons = int(panel.lengths.min()), self.seasons
        if seasons is None:
            raise Refusal("`seasons` are not named. Give such as MSTL((24, 168)).")
        if shortest < 2 * seasons[-1]:
            raise Refusal(
                f"The shortest series has {shortest:,} steps, but a season of {seasons[-1]:,g} "
                f"must fit twice. Leave it out of `seasons`, or give more of the past."
            )
        rows = Rows(panel.values[:, channel].copy(), panel.offsets)
        return mstl(rows, seasons, robust=self.robust)
