"""`Auto`: automatic selection as a `Method`, so that a backtest can evaluate it like any model."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ..._types import Key
from ...data import Panel
from ...forecasting import Predictor
from ._auto import auto
from ._candidates import Candidate, candidates


@dataclass(frozen=True)
class Auto:
    """Automatic model selection as a `Method`: selects among candidates as `auto` does with its
    default budget, but without a time limit, at every fit.

    In a backtest the selection uses only values before the origin, so no origin evaluates a model
    that it helped to select. `choose_from(panel, horizon, season)` returns other candidates.

    >>> import numpy as np, stepahead as sa
    >>> def few(panel, horizon, season):
    ...     return sa.workflow.candidates(panel, horizon, season)[:2]
    >>> panel = sa.Panel.from_arrays([np.arange(30.0)])
    >>> report = sa.backtest([sa.Auto(few)], panel, horizon=2, windows=1, key=0, levels=())
    >>> report.leaderboard()["model"][0], report.leaderboard()["mae"][0].round(3)
    ('Auto()', np.float64(0.0))
    """

    choose_from: Callable[[Panel, int, int], tuple[Candidate, ...]] = field(
        default=candidates, repr=False
    )

    def fitted(self, panel: Panel, horizon: int, *, key: Key, season: int) -> Predictor:
        """Choose a model on this panel and fit it."""
        return auto(panel, horizon, key=key, season=season, choose_from=self.choose_from).forecaster
