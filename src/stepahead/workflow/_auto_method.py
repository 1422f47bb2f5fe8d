"""`Auto`: the automatic choice as a method, so that it can be judged like any model."""

from collections.abc import Callable
from dataclasses import dataclass, field

from .._types import Key
from ..data import Panel
from ..forecasting import Predictor
from ._auto import auto
from ._candidates import Candidate, candidates


@dataclass(frozen=True)
class Auto:
    """Choose among the `candidates` as `auto` does, without a clock, anew wherever it is fitted: a
    `Method`.

    In a backtest everything that chooses lies before the origin: the origins that chose a model are
    never those that judge it. `choose_from` names other candidates, from the panel, the horizon and
    the season.

    >>> import jax, numpy as np, stepahead as sa
    >>> def few(panel, horizon, season):
    ...     return sa.workflow.candidates(panel, horizon, season)[:2]
    >>> panel = sa.Panel.from_arrays([np.arange(30.0)])
    >>> report = sa.backtest(
    ...     [sa.Auto(few)], panel, horizon=2, windows=1, key=jax.random.key(0), levels=()
    ... )
    >>> report.leaderboard()["model"][0], report.leaderboard()["mae"][0].round(3)
    ('Auto()', np.float64(0.0))
    """

    choose_from: Callable[[Panel, int, int], tuple[Candidate, ...]] = field(
        default=candidates, repr=False
    )

    def fitted(self, panel: Panel, horizon: int, *, key: Key, season: int) -> Predictor:
        """Choose on this panel, and fit the choice on it."""
        return auto(
            panel, horizon, key=key, clock=_still, season=season, choose_from=self.choose_from
        ).forecaster


def _still() -> float:
    """A clock that stands: every candidate is compared, however long it takes, so that the choice
    is a function of the data."""
    return 0.0
