"""`Harmonic`: several seasons, and a local method for the rest."""

from dataclasses import dataclass

from ..._check import Refusal
from ...classical import LocalFit, OnSeries, Rows, fit_seasons
from ._ets import ETS
from ._method import LocalMethod

REST = ETS("Z,Z,N")
"""The usual method for what is left without seasons."""


@dataclass(frozen=True, repr=False)
class Harmonic(LocalMethod):
    """Several seasons as waves, shortest first, such as `(7, 365.25)` for days, and `inside` for
    the rest.

    The waves are fitted by robust least squares beside a trend of lines; their number, and whether
    seasons are factors, go by the corrected criterion of Akaike: see `classical.fit_seasons`. They
    stay as they are; what moves is `inside`, which also says the intervals. Missing values are
    passed over.

    >>> import numpy as np, stepahead as sa
    >>> days = np.arange(200)
    >>> both = 20 + np.sin(days * np.pi / 2) + 2 * np.cos(days * np.pi / 25)
    >>> done = sa.fit(Harmonic((4, 50)), sa.Panel.from_arrays([both]), horizon=2, key=0)
    >>> done.forecast(levels=())["forecast"].round(1).tolist()
    [22.0, 23.0]
    """

    seasons: tuple[float, ...]
    inside: LocalMethod = REST

    def __post_init__(self) -> None:
        if not self.seasons or list(self.seasons) != sorted(self.seasons) or self.seasons[0] < 2:
            raise Refusal(
                "`seasons` are the steps of each season, 2 or more, the shortest first, but they "
                f"are {self.seasons!r}. Give such as (7, 365.25)."
            )

    def fit_rows(self, rows: Rows, season: int, on_event: OnSeries | None) -> LocalFit:
        """As `LocalMethod.fit_rows`."""
        return fit_seasons(
            rows, tuple(self.seasons), lambda rest: self.inside.fit_rows(rest, 1, on_event)
        )
