"""`AutoARIMA`: autoregressive integrated moving averages."""

from dataclasses import dataclass

from ...classical import LocalFit, OnSeries, Rows, Wanted, fit_arima
from ...data import Panel
from .._known import known_names
from ._method import LocalMethod

Open = int | None
"""An order, or None if each series selects its own."""

OPEN = (None, None, None)


@dataclass(frozen=True, repr=False)
class AutoARIMA(LocalMethod):
    """Seasonal ARIMA, with the best form for each series.

    `order` holds p, d and q, `seasonal` P, D and Q; `constant` says whether there is a mean (a
    drift, after one difference). None leaves any of them open: each series then gets the form with
    the smallest AICc found by a stepwise search, with p and q up to `largest` and P and Q up to 2
    (Hyndman & Khandakar 2008). `AutoARIMA((None, 0, 0), (0, 0, 0))` is an autoregression whose
    order is selected. The likelihood is exact, and so are the intervals, given the coefficients and
    normal errors: see `classical.fit_arima`.

    With known covariates it is a regression with ARIMA errors, fitted by the same likelihood;
    intervals are those of the errors. Missing values are handled exactly. If a series is too short
    for the given orders, a simpler form is used, which the summary names; a series of fewer than 10
    values, or one that never changes, is forecast as a random walk.

    >>> import numpy as np, stepahead as sa
    >>> panel = sa.Panel.from_arrays([50 + np.arange(40.0) + np.cos(np.arange(40.0) ** 2)])
    >>> done = sa.fit(AutoARIMA((0, 1, 1), (0, 0, 0), constant=True), panel, horizon=2, key=0)
    >>> done.forecast(levels=())["forecast"].round().tolist(), done.forms()
    ([90.0, 91.0], ['ARIMA(0,1,1) with drift, θ -1, drift 1.009'])
    """

    order: tuple[Open, Open, Open] = OPEN
    seasonal: tuple[Open, Open, Open] = OPEN
    constant: bool | None = None
    largest: int = 5

    def __post_init__(self) -> None:
        self._wanted()

    def fit_rows(self, rows: Rows, season: int, on_event: OnSeries | None) -> LocalFit:
        """As `LocalMethod.fit_rows`."""
        return fit_arima(rows, season, self._wanted(), on_event=on_event)

    def columns_of(self, panel: Panel) -> tuple[str, ...]:
        """The known covariates."""
        return known_names(panel)

    def _wanted(self) -> Wanted:
        return Wanted(self.order, self.seasonal, self.constant, self.largest)
