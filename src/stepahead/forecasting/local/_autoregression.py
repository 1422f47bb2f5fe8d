"""`Autoregression` and `KernelRidge`: regressions of a series on its own past, by single steps and
by whole cycles."""

from dataclasses import dataclass, replace

from ..._check import Refusal, whole
from ...classical import LocalFit, OnSeries, Rows, fit_autoregression, fit_kernel_ridge
from ...data import Panel
from .._known import known_names
from ._method import LocalMethod
from ._several_seasons import check_seasons, seasons_shown


@dataclass(frozen=True, repr=False)
class Autoregression(LocalMethod):
    """Autoregression: a constant and coefficients of the values `lags` steps before, by least
    squares in float64.

    Steps with a missing value are left out of the fit; a series uses the lags of which it holds
    three times their length and ten values more. Intervals follow from the weights: see
    `classical.AutoregressionFit`.

    >>> import numpy as np, stepahead as sa
    >>> panel = sa.Panel.from_arrays([np.tile([1.0, 4.0, 2.0], 12)])
    >>> done = sa.fit(Autoregression((1, 3)), panel, horizon=2, key=0)
    >>> done.forecast(levels=())["forecast"].round(2).tolist(), done.forms()
    ([1.0, 4.0], ['AR(1, 3)'])
    """

    lags: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.lags:
            raise Refusal("`lags` is empty. Give the steps between, such as (1, 2, 12).")
        for lag in self.lags:
            whole("lags", lag)

    def columns_of(self, panel: Panel) -> tuple[str, ...]:
        """The known covariates."""
        return known_names(panel)

    def fit_rows(self, rows: Rows, season: int, on_event: OnSeries | None) -> LocalFit:
        """As `LocalMethod.fit_rows`."""
        done = fit_autoregression(rows, self.lags)
        if on_event is not None:
            on_event(len(rows) - 1)
        return done


@dataclass(frozen=True, repr=False)
class KernelRidge(LocalMethod):
    """The steps of the next cycles of a season, such as those of a day of hours, all at once from
    the last three cycles: what followed cycles like these, and at the same place of a longer season
    of whole cycles, such as a week. It learns from the newest 400 cycles, and the newer count more.

    Seasons that are not named are that of the fit and the longer ones that the series show up to
    where the forecast begins (see `data.seasons`). The first is the cycle; the longest that holds
    it a whole number of times says which cycles lie at the same place. Kernel ridge regression: see
    `classical.fit_kernel_ridge`. Intervals are those of the errors of cycles that were left out.

    >>> import numpy as np, stepahead as sa
    >>> hours = np.arange(24 * 7 * 8)
    >>> both = 20 + hours % 24 + 5.0 * (hours % 168 > 119) + 0.1 * np.cos(hours**2)
    >>> done = sa.fit(KernelRidge((24, 168)), sa.Panel.from_arrays([both]), horizon=2, key=0)
    >>> done.forecast(levels=())["forecast"].round().tolist()
    [20.0, 21.0]
    """

    seasons: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        check_seasons(self.seasons)

    def for_panel(self, panel: Panel, season: int) -> "KernelRidge":
        """As `PerSeries.for_panel`: the same with its seasons."""
        if self.seasons is not None:
            return self
        return replace(self, seasons=seasons_shown(self, season, panel))

    def fit_rows(self, rows: Rows, season: int, on_event: OnSeries | None) -> LocalFit:
        """As `LocalMethod.fit_rows`; where seasons are not named, with that of the fit alone."""
        cycle, *more = self.seasons or seasons_shown(self, season)
        cycle = round(cycle)
        whole = [round(length) for length in more if length % cycle == 0]
        done = fit_kernel_ridge(rows, cycle, max(whole, default=cycle))
        if on_event is not None:
            on_event(len(rows) - 1)
        return done
