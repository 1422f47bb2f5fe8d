"""`Recent` and `Leveled`: any local method on the newest part of long series, or on series adjusted
to their present level."""

from dataclasses import dataclass, replace
from typing import TypeVar

from ..._check import whole
from ...classical import LocalFit, OnSeries, Rows, fit_leveled, fit_recent
from ...data import Panel
from ._method import LocalMethod

Leaf = TypeVar("Leaf", bound="MethodInside")


@dataclass(frozen=True, repr=False)
class MethodInside(LocalMethod):
    """The local method `inside`, fitted to series that a subclass transforms before."""

    inside: LocalMethod

    def columns_of(self, panel: Panel) -> tuple[str, ...]:
        """The covariates that `inside` uses."""
        return self.inside.columns_of(panel)

    def for_panel(self: Leaf, panel: Panel, season: int) -> Leaf:
        """As `PerSeries.for_panel`, for `inside`."""
        inside = self.inside.for_panel(panel, season)
        return replace(self, inside=inside)  # type: ignore[arg-type]  # a local method gives one


@dataclass(frozen=True, repr=False)
class Recent(MethodInside):
    """The local method `inside`, fitted only to the newest `steps` of every series: the distant
    past costs time and has little information about the next steps.

    A series whose newest steps never change, or are missing for more than a half, is used whole.

    >>> import numpy as np, stepahead as sa
    >>> from stepahead.forecasting import Baseline
    >>> panel = sa.Panel.from_arrays([np.append(np.zeros(50), np.arange(20.0))])
    >>> done = sa.fit(Recent(Baseline("drift"), 15), panel, horizon=2, key=0)
    >>> done.forecast(levels=())["forecast"].tolist()
    [20.0, 21.0]
    """

    steps: int

    def __post_init__(self) -> None:
        whole("steps", self.steps, at_least=10)

    def fit_rows(self, rows: Rows, season: int, on_event: OnSeries | None) -> LocalFit:
        """As `LocalMethod.fit_rows`."""
        return fit_recent(
            rows, self.steps, lambda newest: self.inside.fit_rows(newest, season, on_event)
        )


@dataclass(frozen=True, repr=False)
class Leveled(MethodInside):
    """The local method `inside`, fitted to series adjusted for lasting level shifts
    (`classical.lasting_shifts`): the values before a shift are moved to the new level, so that the
    shift does not widen intervals.

    >>> import numpy as np, stepahead as sa
    >>> from stepahead.forecasting import Baseline
    >>> moved = np.append(np.arange(20.0) % 2, 100 + np.arange(10) % 2)
    >>> done = sa.fit(Leveled(Baseline("naive")), sa.Panel.from_arrays([moved]), horizon=1, key=0)
    >>> done.forecast(levels=80)["hi-80"].round().tolist()
    [102.0]
    """

    def fit_rows(self, rows: Rows, season: int, on_event: OnSeries | None) -> LocalFit:
        """As `LocalMethod.fit_rows`."""
        return fit_leveled(
            rows, season, lambda leveled: self.inside.fit_rows(leveled, season, on_event)
        )
