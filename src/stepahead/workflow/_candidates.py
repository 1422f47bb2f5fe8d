"""The candidates of `auto`: what is compared, how each is fitted, and how long it may take."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._types import Key
from ..data import Panel
from ..forecasting import ETS, LocalForecaster, Predictor, Theta
from ..models import GRU, MLPAR, Drift, LinearAR, Naive, SeasonalNaive
from ..tasks import lag_window
from ._fit import fit

SEEDS = 3
"""Members of the ensemble that is fitted when a network is chosen."""

Heard = Callable[[Any], None]
"""Called now and then while a candidate is fitted, with an event or None; it raises `OutOfTime`
when there is no time left."""


class OutOfTime(Exception):
    """The time of a candidate is over."""


@dataclass(frozen=True)
class Deadline:
    """Raises `OutOfTime` when it is called after the second `end` of `clock`."""

    clock: Callable[[], float]
    end: float

    def __call__(self, event: Any = None) -> None:
        if self.clock() > self.end:
            raise OutOfTime


@dataclass(frozen=True)
class Candidate:
    """A model to compare: its name, how to fit it, and how many seeds are fitted and averaged if it
    is chosen.

    `fit` is given a panel, a key, and what it should call now and then, as
    `stepahead.fit(on_event=…)` does.
    """

    name: str
    fit: Callable[[Panel, Key, Heard], Predictor]
    seeds: int = 1


def candidates(panel: Panel, horizon: int, season: int) -> tuple[Candidate, ...]:
    """The models that `auto` compares, simplest first, sized for the panel."""
    length = int(np.median(panel.lengths))
    lags = lag_window(season, length)

    def own(spec: Any) -> Callable[[Panel, Key, Heard], Predictor]:
        return lambda history, key, heard: fit(
            spec, history, horizon, key=key, season=season, on_event=heard
        )

    def local(spec: Any) -> Callable[[Panel, Key, Heard], Predictor]:
        return lambda history, key, heard: LocalForecaster(spec, history, horizon, season)

    first = (
        Candidate("seasonal-naive", own(SeasonalNaive(season)))
        if season > 1
        else Candidate("naive", own(Naive()))
    )
    return (
        first,
        Candidate("drift", own(Drift())),
        Candidate("theta", local(Theta())),
        Candidate("ets", local(ETS())),
        Candidate("linear", own(LinearAR(lags))),
        Candidate("mlp", own(MLPAR(lags)), seeds=SEEDS),
        Candidate("gru", own(GRU(32)), seeds=SEEDS),
    )
