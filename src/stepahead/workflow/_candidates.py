"""The candidates of `auto`: the models that it compares and the time limit of each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._types import Key, Listener
from ..classical import Rows, intermittent
from ..data import Panel, seasons
from ..forecasting import ETS, Harmonic, Intermittent, LocalMethod, Predictor, Theta
from ..models import GRU, MLPAR, Drift, LinearAR, Naive, SeasonalNaive
from ..tasks import lag_window
from ._fit import fit

SPARSE = 0.5
"""The share of intermittent series from which on the methods for such demand are compared."""

ENOUGH_MLP, ENOUGH_GRU = 1_000, 10_000
"""Values, of all series together, from which on a network is worth its time."""

SEEDS = 3
"""Members of the ensemble that is fitted if a network is chosen."""

OnEvent = Listener
"""A callback for progress, called with an event or None during a fit; it may raise `OutOfTime` to
stop the fit."""


class OutOfTime(Exception):
    """Raised when the time of a candidate is over."""


@dataclass(frozen=True)
class Deadline:
    """A callback that raises `OutOfTime` once `clock()` is past `end`."""

    clock: Callable[[], float]
    end: float

    def __call__(self, event: Any = None) -> None:
        if self.clock() > self.end:
            raise OutOfTime


@dataclass(frozen=True)
class Candidate:
    """A model to compare: its name, the function that fits it, and the number of seeds to fit and
    average if it is chosen.

    `fit` takes a panel, a key and a callback for events, which it calls while it works.
    """

    name: str
    fit: Callable[[Panel, Key, OnEvent], Predictor]
    seeds: int = 1


def candidates(panel: Panel, horizon: int, season: int) -> tuple[Candidate, ...]:
    """The models that `auto` compares, simplest first, with sizes that suit the panel."""
    length, values = int(np.median(panel.lengths)), panel.values.size
    lags = lag_window(season, length)

    def fitted(spec: Any) -> Callable[[Panel, Key, OnEvent], Predictor]:
        return lambda history, key, on_event: fit(
            spec, history, horizon, key=key, season=season, on_event=on_event
        )

    def local(spec: LocalMethod) -> Callable[[Panel, Key, OnEvent], Predictor]:
        return lambda history, key, on_event: spec.fitted(
            history, horizon, key=key, season=season, on_event=on_event
        )

    columns = [Rows(np.ascontiguousarray(column), panel.offsets) for column in panel.values.T]
    sparse = np.mean([intermittent(rows).mean() for rows in columns]) >= SPARSE
    demand = [Candidate(kind, local(Intermittent(kind))) for kind in ("sba", "tsb", "adida")]
    several = seasons(panel)
    first = (
        Candidate("seasonal-naive", fitted(SeasonalNaive(season)))
        if season > 1
        else Candidate("naive", fitted(Naive()))
    )
    return (
        first,
        Candidate("drift", fitted(Drift())),
        *(demand if sparse else ()),
        *((Candidate("harmonic", local(Harmonic(several))),) if len(several) > 1 else ()),
        Candidate("theta", local(Theta())),
        Candidate("ets", local(ETS())),
        Candidate("linear", fitted(LinearAR(lags))),
        *([Candidate("mlp", fitted(MLPAR(lags)), seeds=SEEDS)] if values >= ENOUGH_MLP else []),
        *([Candidate("gru", fitted(GRU(32)), seeds=SEEDS)] if values >= ENOUGH_GRU else []),
    )
