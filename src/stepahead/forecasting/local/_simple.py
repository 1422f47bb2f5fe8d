"""`Intermittent`, for demand that is mostly 0, and `WindowAverage`, a moving average."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..._check import Refusal, known_name, whole
from ...classical import (
    COUNT_KINDS,
    INTERMITTENT_KINDS,
    LocalFit,
    OnSeries,
    Rows,
    fit_counts,
    fit_imapa,
    fit_intermittent,
    fit_window,
)
from ._method import LocalMethod

DEMAND_KINDS = (*INTERMITTENT_KINDS, "imapa", *COUNT_KINDS)
"""The methods for intermittent demand."""


@dataclass(frozen=True, repr=False)
class Intermittent(LocalMethod):
    """Intermittent demand: the size of a demand that is 0 at most steps, and how often it occurs.

    `kind` is `"croston"`, `"sba"` (Croston's with bias correction), `"tsb"` (which decreases if
    demand stops), `"adida"` (sums over blocks; see `classical.fit_intermittent`), `"imapa"` (over
    blocks of several lengths: `classical.fit_imapa`), or, for counts, a `"hurdle"` or
    `"zero-inflated"` negative binomial distribution (`classical.fit_counts`). Forecasts and
    intervals are never below 0; bounds of intervals are 0 or values that occurred, or any count for
    the last two kinds. Values below 0 are refused, and for the last two kinds also values that are
    not whole numbers.

    >>> import stepahead as sa
    >>> panel = sa.Panel.from_arrays([[0.0, 0.0, 3.0, 0.0, 0.0, 2.0] * 4])
    >>> done = sa.fit(Intermittent("croston"), panel, horizon=1, key=0)
    >>> done.forecast(levels=80)[["forecast", "lo-80", "hi-80"]].round(2).values.tolist()
    [[0.83, 0.0, 3.0]]
    """

    kind: str = "sba"

    def __post_init__(self) -> None:
        known_name("method for intermittent demand", self.kind, DEMAND_KINDS)

    def fit_rows(self, rows: Rows, season: int, on_event: OnSeries | None) -> LocalFit:
        """As `LocalMethod.fit_rows`."""
        if (rows.values < 0).any():
            raise Refusal(
                f"`{self!r}` is for demand, which is never below 0, but some values are. Take "
                "another model."
            )
        if self.kind in COUNT_KINDS and (rows.values[~np.isnan(rows.values)] % 1).any():
            raise Refusal(
                f"`{self!r}` is for counts, which are whole numbers, but some values are not. Take "
                "another `kind`, such as 'sba'."
            )
        done: LocalFit
        if self.kind in COUNT_KINDS:
            done = fit_counts(rows, self.kind)
        else:
            done = fit_imapa(rows) if self.kind == "imapa" else fit_intermittent(rows, self.kind)
        if on_event is not None:
            on_event(len(rows) - 1)
        return done


@dataclass(frozen=True, repr=False)
class WindowAverage(LocalMethod):
    """The mean of the last `window` observed values, for every step; intervals widen with it (see
    `classical.WindowFit`).

    >>> import stepahead as sa
    >>> panel = sa.Panel.from_arrays([[1.0, 5.0, 2.0, 6.0, 3.0]])
    >>> sa.fit(WindowAverage(2), panel, horizon=2, key=0).forecast(levels=())["forecast"].tolist()
    [4.5, 4.5]
    """

    window: int
    needs: ClassVar[float] = 3

    def __post_init__(self) -> None:
        whole("window", self.window)

    def fit_rows(self, rows: Rows, season: int, on_event: OnSeries | None) -> LocalFit:
        """As `LocalMethod.fit_rows`."""
        return fit_window(rows, self.window)
