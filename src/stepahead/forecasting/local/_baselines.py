"""`Baseline`: naive, seasonal naive, drift and mean, each series by itself."""

from dataclasses import dataclass
from typing import ClassVar

from ..._check import known_name
from ...classical import BASELINE_KINDS, LocalFit, OnSeries, Rows, fit_baseline
from ._method import LocalMethod


@dataclass(frozen=True, repr=False)
class Baseline(LocalMethod):
    """The forecasts of `models.Naive`, `SeasonalNaive`, `Drift` and `Mean`, without a network:
    intervals follow by formula from the changes of each series itself.

    `kind` is `"naive"`, `"seasonal-naive"` (the season is that of the panel, or of `fit`),
    `"drift"` or `"mean"`: see `classical.fit_baseline`. A series of fewer than 3 values, or one
    that never changes, is a random walk.

    >>> import stepahead as sa
    >>> panel = sa.Panel.from_arrays([[1.0, 3.0, 4.0, 7.0]])
    >>> done = sa.fit(Baseline("drift"), panel, horizon=2, key=0)
    >>> done.forecast(levels=80)[["forecast", "hi-80"]].round(2).values.tolist()
    [[9.0, 11.18], [11.0, 14.44]]
    """

    kind: str = "naive"
    needs: ClassVar[float] = 3

    def __post_init__(self) -> None:
        known_name("baseline", self.kind, BASELINE_KINDS)

    def fit_rows(self, rows: Rows, season: int, on_event: OnSeries | None) -> LocalFit:
        """As `LocalMethod.fit_rows`."""
        return fit_baseline(rows, self.kind, season)
