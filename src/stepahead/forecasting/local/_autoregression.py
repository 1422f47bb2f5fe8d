"""`Autoregression`: the past values of a series, weighed."""

from dataclasses import dataclass

from ..._check import Refusal, whole
from ...classical import LocalFit, OnSeries, Rows, fit_autoregression
from ...data import Panel
from .._known import known_names
from ._method import LocalMethod


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
