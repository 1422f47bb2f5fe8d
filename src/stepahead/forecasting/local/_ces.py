"""`CES`: complex exponential smoothing."""

from dataclasses import dataclass

from ..._check import known_name
from ...classical import CES_FORMS, LocalFit, OnSeries, Rows, fit_ces
from ._method import LocalMethod


@dataclass(frozen=True, repr=False)
class CES(LocalMethod):
    """Complex exponential smoothing: level and trend are one complex number, so no form of the
    trend has to be selected.

    `form` is the kind of season: `"none"`, `"simple"` (the complex number one season before),
    `"partial"` (an additive season) or `"full"` (a complex season). Without it each series gets the
    form with the smallest AICc. Source: Svetunkov, Kourentzes & Ord 2022; see `classical.fit_ces`.
    Missing values are skipped. A series shorter than two seasons is fitted without a season; one of
    fewer than 10 values, or one that never changes, is forecast as a random walk.

    >>> import numpy as np, stepahead as sa
    >>> panel = sa.Panel.from_arrays([50 + np.arange(30.0) + np.cos(np.arange(30.0) ** 2)])
    >>> done = sa.fit(CES(), panel, horizon=2, key=0)
    >>> done.forecast(levels=())["forecast"].round().tolist(), done.forms()
    ([81.0, 82.0], ['CES(none), α 1.8 + 1i'])
    """

    form: str | None = None

    def __post_init__(self) -> None:
        if self.form is not None:
            known_name("form of CES", self.form, CES_FORMS)

    def fit_rows(self, rows: Rows, season: int, on_event: OnSeries | None) -> LocalFit:
        """As `LocalMethod.fit_rows`."""
        return fit_ces(rows, season, self.form, on_event=on_event)
