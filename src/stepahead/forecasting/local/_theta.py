"""`Theta`: the Theta method."""

from dataclasses import dataclass

from ..._check import known_name
from ...classical import THETA_KINDS, LocalFit, OnSeries, Rows, fit_theta
from ._method import LocalMethod


@dataclass(frozen=True, repr=False)
class Theta(LocalMethod):
    """The Theta method: simple exponential smoothing with a linear trend, after seasonal adjustment
    if the season is significant.

    `kind` is `"standard"` (θ = 2), `"optimised"` (θ is fitted) or `"dynamic"` (θ is fitted, and the
    line is fitted to the values so far). Source: Assimakopoulos & Nikolopoulos 2000, as the state
    space models of Fiorucci et al. 2016, from which intervals follow exactly; see
    `classical.fit_theta`. Missing values are replaced by their forecasts. A series of fewer than 10
    values, or one that never changes, is forecast as a random walk.

    >>> import numpy as np, stepahead as sa
    >>> panel = sa.Panel.from_arrays([50 + np.arange(30.0) + np.cos(np.arange(30.0) ** 2)])
    >>> done = sa.fit(Theta(), panel, horizon=2, key=0)
    >>> done.forecast(levels=())["forecast"].round().tolist()
    [80.0, 81.0]
    """

    kind: str = "dynamic"

    def __post_init__(self) -> None:
        known_name("kind of Theta", self.kind, THETA_KINDS)

    def fit_rows(self, rows: Rows, season: int, on_event: OnSeries | None) -> LocalFit:
        """As `LocalMethod.fit_rows`."""
        return fit_theta(rows, season, self.kind, on_event=on_event)
