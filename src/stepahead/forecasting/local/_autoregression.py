"""`Autoregression` and `KernelRidge`: regressions of a series on its own past values, and of whole
cycles on past cycles."""

from dataclasses import dataclass, replace

from ..._check import Refusal, whole
from ...classical import LocalFit, OnSeries, Rows, fit_autoregression, fit_kernel_ridge
from ...data import Panel
from .._known import known_names
from ._method import LocalMethod
from ._several_seasons import check_seasons, seasons_shown


@dataclass(frozen=True, repr=False)
class Autoregression(LocalMethod):
    """Autoregression with a constant and a coefficient for each of `lags`, fitted by least squares
    in float64.

    Steps with a missing value are left out of the fit. A series with n observed values uses the
    lags up to (n − 10) / 3. Intervals follow from the coefficients: see
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
    """Kernel ridge regression of a whole cycle on the three cycles before it: all steps of the next
    day of an hourly series, for example, are forecast at once from the last three days. Past cycles
    count more if what preceded them is similar, if they are at the same place of a longer season
    (such as the week), and if they are recent. It learns from the newest 400 cycles.

    If no `seasons` are given, they are the season of the fit and the longer ones that are detected
    in the series up to the origin (see `data.seasons`). The first season is the cycle; the longest
    that contains it a whole number of times determines which cycles are at the same place. See
    `classical.fit_kernel_ridge`. Intervals come from the errors of held-out cycles.

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
        """As `PerSeries.for_panel`: with the seasons of the panel."""
        if self.seasons is not None:
            return self
        return replace(self, seasons=seasons_shown(self, season, panel))

    def fit_rows(self, rows: Rows, season: int, on_event: OnSeries | None) -> LocalFit:
        """As `LocalMethod.fit_rows`; if no seasons are given, with the season of the fit alone."""
        cycle, *more = self.seasons or seasons_shown(self, season)
        cycle = round(cycle)
        whole = [round(length) for length in more if length % cycle == 0]
        done = fit_kernel_ridge(rows, cycle, max(whole, default=cycle))
        if on_event is not None:
            on_event(len(rows) - 1)
        return done
