"""`ETS`: exponential smoothing."""

from dataclasses import dataclass

from ..._check import Refusal
from ...classical import LocalFit, OnSeries, Rows, fit_ets, forms_of
from ._method import LocalMethod


@dataclass(frozen=True, repr=False)
class ETS(LocalMethod):
    """Exponential smoothing (error, trend, season), with the best form for each series.

    `form` names error, trend and season: `"A,Ad,M"` has additive errors, a damped additive trend
    and a multiplicative season (choices: A and M; N, A, Ad, M and Md; N, A and M). `Z` leaves a
    part open: each series then gets the form with the smallest AICc. Likelihood and bounds of the
    parameters are those of Hyndman et al. 2008: see `classical.fit_ets`. The initial states are
    computed from the series; with `fit_states` they are fitted too.

    Intervals are exact for additive forms, and come from a thousand simulated paths for the others.
    Missing values are skipped. If a form is impossible for a series (multiplicative with values at
    or below 0, a season without two cycles), a simpler form is used, which the summary names; a
    series of fewer than 10 values, or one that never changes, is forecast as a random walk.

    >>> import numpy as np, stepahead as sa
    >>> panel = sa.Panel.from_arrays([100 + np.arange(40.0) % 4 * 5 + np.cos(np.arange(40.0) ** 2)])
    >>> done = sa.fit(ETS("A,N,A"), panel, horizon=2, key=0, season=4)
    >>> done.forecast(levels=())["forecast"].round(1).tolist(), done.forms()
    ([100.0, 105.4], ['ETS(A,N,A), α 0.0061, γ 9.9e-05'])
    """

    form: str = "Z,Z,Z"
    fit_states: bool = False

    def __post_init__(self) -> None:
        forms_of(self.form)
        if not isinstance(self.fit_states, bool):
            raise Refusal(f"`fit_states` is True or False, but it is {self.fit_states!r}.")

    def fit_rows(self, rows: Rows, season: int, on_event: OnSeries | None) -> LocalFit:
        """As `LocalMethod.fit_rows`."""
        return fit_ets(rows, season, self.form, fit_states=self.fit_states, on_event=on_event)
