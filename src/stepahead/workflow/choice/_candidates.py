"""The candidates of `auto`: the models that it compares and the time limit of each."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ... import models, ops
from ..._types import Key, Listener
from ...classical import Rows, intermittent, lasting_shifts
from ...data import Frequency, Panel, exact_seasons, seasons
from ...forecasting import (
    ETS,
    MSTL,
    AutoARIMA,
    Baseline,
    Harmonic,
    Intermittent,
    KernelRidge,
    Leveled,
    LocalMethod,
    Predictor,
    Pretrained,
    Recent,
    Theta,
)
from ...tasks import context_length, lag_window
from .. import fit
from ._costs import NOTHING, Cost, kernel_cost, local_cost, network_cost, pretrained_cost

SPARSE = 0.5
"""The share of intermittent series from which on methods for intermittent demand are compared."""

POSITIVE = 0.5
"""The share of strictly positive series from which on the pretrained network also reads
logarithms."""

ENOUGH_LINEAR, ENOUGH_MLP, ENOUGH_GRU = 500, 1_000, 10_000
"""The number of values, over all series, from which on linear AR, the MLP and the GRU are compared:
with fewer, they do not repay the time of compilation."""

LONGEST_SEASON = 24
"""The longest season for which ARIMA is compared: its state grows with the season, and the fit gets
slow."""

RECENT, CYCLES = 10_000, 10
"""The number of newest steps, or of cycles of the longest season if that is more, that methods
fitted to each series separately use. This bounds the cost of long series."""

SLOWEST = 100
"""The longest season that is modelled, as a multiple of the horizon or of the shortest season. A
slower season hardly changes within the horizon, so the level covers it."""

SHORT_SEASON = 12
"""The longest season for which exponential smoothing alone suffices; for longer ones, local
regression over the cycles is compared too."""

FEWEST_CYCLES = 20
"""The number of cycles of the shortest season from which on methods that look for similar past
cycles are compared."""

SEEDS = 3
"""The number of seeds that are averaged if a network is chosen."""

OnEvent = Listener
"""A callback that receives an event, or None, during a fit. It may raise `OutOfTime` to stop the
fit."""


@dataclass(frozen=True)
class Candidate:
    """A model to compare: its name, the function that fits it, and the number of seeds to fit and
    average if it is chosen.

    `fit` takes a panel, a key and a callback for events. A model that is not `compiled` uses no
    random numbers and no JAX, which then is not imported. `cost` is the estimate that decides
    whether the budget has room for it.
    """

    name: str
    fit: Callable[[Panel, Key, OnEvent], Predictor]
    seeds: int = 1
    compiled: bool = True
    cost: Cost = NOTHING

    def compiling_seconds(self) -> float:
        """The seconds that this process has spent on compilation so far; 0 if the model needs
        none."""
        return ops.compiling_seconds() if self.compiled else 0.0

    def keys(self, key: Key) -> tuple[Key, ...]:
        """A key for each seed."""
        return ops.split_key(ops.as_key(key), self.seeds) if self.compiled else (key,) * self.seeds


def candidates(panel: Panel, horizon: int, season: int) -> tuple[Candidate, ...]:
    """Return the models that `auto` compares, with sizes that suit the panel, the most useful for
    their time first: the budget may have no room for the last ones. Short series get no models that
    need JAX."""
    length, values = int(np.median(panel.lengths)), panel.values.size
    lags, curves = lag_window(season, length), len(panel) * panel.channels
    known, usual = seasoned(panel, season), "seasonal-naive" if season > 1 else "naive"
    several = modelled(known, horizon)
    longer = [length for length in several if length > season]
    recent_steps = max(RECENT, CYCLES * max(several, default=season))
    steps = recent_steps if panel.lengths.max() > recent_steps else None
    newest = np.minimum(panel.lengths, recent_steps)
    seen = int(newest.sum()) * panel.channels
    between = exact_seasons(known, several) != several
    longest, span = max(several, default=season), context_length(panel, horizon, season)

    def network(name: str, spec: Callable[[], Any], seeds: int = 1) -> Candidate:
        return Candidate(
            name,
            lambda history, key, on_event: fit(
                spec(), history, horizon, key=key, season=season, on_event=on_event
            ),
            seeds,
            cost=network_cost(name, values, curves * horizon, lags, horizon, span),
        )

    columns = [Rows(np.ascontiguousarray(column), panel.offsets) for column in panel.values.T]
    moved = any(lasting_shifts(rows).any() for rows in columns)

    def local(
        name: str, spec: LocalMethod, season: int = season, shifted: bool = moved
    ) -> Candidate:
        return Candidate(
            name,
            lambda history, key, on_event: _leveled(spec, shifted).fitted(
                history, horizon, key=key, season=season, on_event=on_event
            ),
            compiled=False,
            cost=local_cost(name, seen, curves, (season, longest), int(newest.max())),
        )

    def recent(name: str, spec: LocalMethod) -> Candidate:
        return local(name, _newest(spec, steps))

    def seasonal(
        name: str,
        spec: MSTL | Harmonic | KernelRidge,
        steps: int | None = steps,
        cost: Cost | None = None,
    ) -> Candidate:
        """A method for several seasons, or for a season that is not a whole number of steps; the
        seasons are detected in the history before each origin."""
        usual = (season,) if season > 1 else several[:1]

        def shown(history: Panel) -> tuple[float, ...]:
            return exact_seasons(history, modelled(history, horizon) or usual)

        return Candidate(
            name,
            lambda history, key, on_event: _leveled(
                _newest(
                    replace(spec, seasons=shown(seasoned(history, season))),
                    steps,
                ),
                moved,
            ).fitted(history, horizon, key=key, season=season, on_event=on_event),
            compiled=False,
            cost=cost or local_cost(name, seen, curves, (season, longest)),
        )

    def pretrained(name: str, spec: Pretrained) -> Candidate:
        return Candidate(
            name,
            lambda history, key, on_event: _leveled(spec, moved).fitted(
                history, horizon, key=key, season=season, on_event=on_event
            ),
            compiled=False,
            cost=pretrained_cost(panel.lengths, horizon, season),
        )

    shortest = min(several, default=1)
    days = kernel_cost(panel.lengths // shortest, panel.channels)
    alike = shortest > SHORT_SEASON and not between and length >= FEWEST_CYCLES * shortest
    least = [np.fmin.reduceat(rows.values, rows.offsets[:-1]) for rows in columns]
    logs = np.mean(np.stack(least) > 0) >= POSITIVE
    sparse = np.mean([intermittent(rows).mean() for rows in columns]) >= SPARSE
    sparse = sparse and not any((each < 0).any() for each in least)  # there is no negative demand
    counts = not np.any(panel.values[~np.isnan(panel.values)] % 1)
    demand = ("sba", "tsb", "imapa", *(("hurdle",) if counts else ()))
    return (
        local(usual, Baseline(usual)),
        *(
            local(f"seasonal-naive-{length}", Baseline("seasonal-naive"), length)
            for length in longer
        ),
        local("drift", Baseline("drift")),
        # Adjusted to its present level, demand that ended would have been negative before.
        *(local(d, _newest(Intermittent(d), steps), shifted=False) for d in demand if sparse),
        *((seasonal("mstl", MSTL()),) if max(several, default=1) > SHORT_SEASON else ()),
        recent("theta", Theta()),
        recent("ets", ETS()),
        pretrained("zero-shot", Pretrained(adjusted=False)),
        *((seasonal("kernel-ridge", KernelRidge(), None, days),) if alike else ()),
        *((seasonal("harmonic", Harmonic()),) if len(several) > 1 or between else ()),
        *([network("linear", lambda: models.LinearAR(lags))] if values >= ENOUGH_LINEAR else []),
        *([network("mlp", lambda: models.MLPAR(lags), SEEDS)] if values >= ENOUGH_MLP else []),
        *((pretrained("zero-shot-log", Pretrained(logs=True)),) if logs else ()),
        *((recent("arima", AutoARIMA()),) if season <= LONGEST_SEASON else ()),
        *([network("gru", lambda: models.GRU(32), SEEDS)] if values >= ENOUGH_GRU else []),
    )


def _newest(spec: LocalMethod, steps: int | None) -> LocalMethod:
    """The method restricted to this number of newest steps of each series; None means all steps."""
    return spec if steps is None else Recent(spec, steps)


def _leveled(spec: LocalMethod, moved: bool) -> LocalMethod:
    """The method on series adjusted to their present level, if the level of one shifted
    (`moved`)."""
    return Leveled(spec) if moved else spec


def seasoned(panel: Panel, season: int) -> Panel:
    """Return the panel, at integer times with the season that the user gave as that of the
    frequency, so that it and longer ones are looked for in the values.

    >>> panel = Panel.from_arrays([np.arange(9.0)])
    >>> seasoned(panel, 48).frequency.seasons, seasoned(panel, 1).frequency.seasons
    ((48, 336), ())
    """
    frequency = panel.frequency
    if season == 1 or frequency.dated or frequency.seasons:
        return panel
    return replace(panel, frequency=Frequency.parse(f"{frequency.name}/{season}"))


def modelled(panel: Panel, horizon: int) -> tuple[int, ...]:
    """Return the seasons detected in the values (`data.seasons`), without those that are too slow
    to matter within the horizon."""
    shown = seasons(panel)
    shortest = min(shown, default=1)
    return tuple(length for length in shown if length <= SLOWEST * max(horizon, shortest))
