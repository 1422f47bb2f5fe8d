"""`auto`: compare a handful of models inside the data, and fit the one that forecasts best; the simpler one where it hardly matters."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .._check import Refusal, whole
from .._types import Key, Prediction
from ..data import Panel
from ..evaluation import Backtest, mae
from ..evaluation import backtest as judged
from ..forecasting import ETS, Ensemble, Forecaster, LocalForecaster, Theta
from ..models import GRU, MLPAR, Drift, LinearAR, Naive, SeasonalNaive
from ..ops import as_key, split
from ._fit import fit
from ._kept import Kept, run_of

Predictor = Forecaster | Ensemble | LocalForecaster
"""What can be fitted: it predicts, forecasts, updates and sums itself up."""

MARGIN = 0.02
"""A model is chosen over a simpler one only if its error is smaller by more than this share."""

ORIGINS = 3
"""Origins inside the data at which the models are compared, where the series are long enough."""

WORTH_A_TRY = 5_000
"""Values from which a local method is tried on one series before it is let loose on all."""

SEEDS = 3
"""Members of the ensemble that is fitted when a recurrent model is chosen."""


@dataclass(frozen=True)
class Candidate:
    """A model to compare: its name, how to fit it, and how many seeds are fitted and averaged if it is chosen."""

    name: str
    fit: Callable[[Panel, Key], Predictor]
    seeds: int = 1


class Row(NamedTuple):
    """A line of the leaderboard: error relative to seasonal naive's (MASE), share of comparisons won, seconds taken."""

    name: str
    mase: float
    won: float
    seconds: float


class Compared(NamedTuple):
    """An event: one candidate was compared."""

    row: Row
    number: int
    candidates: int


@dataclass(frozen=True, eq=False)
class Choice:
    """What `auto` found: the forecaster, the leaderboard (best first), the backtest behind it, and a sentence that says why."""

    forecaster: Predictor
    name: str
    leaderboard: tuple[Row, ...]
    report: Backtest
    sentence: str


def candidates(panel: Panel, horizon: int, season: int) -> tuple[Candidate, ...]:
    """The models that `auto` compares, simplest first, sized for the panel."""
    length = int(np.median(panel.lengths))
    lags = max(1, min(max(season + season // 4, 8), length // 3))

    def own(spec: Any) -> Callable[[Panel, Key], Predictor]:
        return lambda history, key: fit(spec, history, horizon, key=key, season=season)

    def local(spec: Any) -> Callable[[Panel, Key], Predictor]:
        return lambda history, key: LocalForecaster(spec, history, horizon, season)

    first = Candidate("seasonal-naive", own(SeasonalNaive(season))) if season > 1 else Candidate("naive", own(Naive()))
    return (
        first,
        Candidate("drift", own(Drift())),
        Candidate("theta", local(Theta())),
        Candidate("ets", local(ETS())),
        Candidate("linear", own(LinearAR(lags))),
        Candidate("mlp", own(MLPAR(lags)), seeds=SEEDS),
        Candidate("gru", own(GRU(32)), seeds=SEEDS),
    )


def auto(
    panel: Panel,
    horizon: int,
    *,
    key: Key,
    clock: Callable[[], float],
    season: int | None = None,
    budget: float = 60.0,
    choose_from: Callable[[Panel, int, int], tuple[Candidate, ...]] = candidates,
    on_event: Callable[[Compared], None] | None = None,
    checkpoint: Path | None = None,
) -> Choice:
    """Compare what `choose_from` names (see `candidates`) at rolling origins inside the panel, then fit the best on all of it.

    Every candidate is fitted once, at the oldest origin, and judged there and at the later ones by the MASE; no origin is seen
    by a fit. The winner is the simplest model whose error is within 2 % of the smallest. Once `budget` seconds of `clock` are spent,
    what has not been compared is left out, and the sentence says so. If nothing beats the naive forecast, that is chosen and said.
    With `checkpoint`, what is done is written to that folder, and the same call made again after a crash goes on from there to the
    same result (unless time ran out for other candidates); the folder is deleted when all is done.

    The origins have chosen: the errors there flatter the winner, and say nothing of how well the choice forecasts. `backtest` with
    `Auto()` says that: the whole choice is then made anew before each origin that is judged.
    """
    whole("horizon", horizon)
    season = panel.frequency.season if season is None else whole("season", season)
    began = clock()
    windows, spacing, long_enough = _origins(panel, horizon, season)
    compared = panel.take(np.flatnonzero(long_enough))
    field = choose_from(compared, horizon, season)
    kept = Kept(checkpoint, run_of(panel, key, field, horizon, season, budget))
    began -= sum(kept.seconds.values())
    rows, reports, left_out = [], {}, []
    for number, candidate in enumerate(field):
        start = clock()
        name = candidate.name
        left = budget - (start - began)
        if number and name not in kept.seconds and (left < 0 or _too_slow(candidate, compared, windows, clock, left, key)):
            left_out.append(name)
            continue
        fits, sizes = {name: _judge(candidate, key)}, (horizon, windows, spacing)
        reports[name] = judged(fits, compared, *sizes, refit=0, season=season, kept=kept.predictions, on_event=kept.origin)
        rows.append(Row(name, _mase(reports[name], name), 0.0, kept.took(name, clock() - start)))
        if on_event is not None:
            on_event(Compared(rows[-1], number, len(field)))
    won = _won(reports)
    board = sorted((row._replace(won=won[row.name]) for row in rows), key=_error)
    chosen = next(row for row in rows if _error(row) <= _error(board[0]) * (1 + MARGIN))
    candidate = next(c for c in field if c.name == chosen.name)
    forecaster = _fitted(candidate, panel, key, kept)
    kept.done()
    return Choice(
        forecaster, chosen.name, tuple(board), _merged(reports), _sentence(chosen, rows, left_out, windows, len(compared), len(panel))
    )


def _fitted(candidate: Candidate, panel: Panel, key: Key, kept: Kept) -> Predictor:
    """The candidate fitted on everything, or the mean of its seeds."""
    fits = [partial(candidate.fit, panel, own) for own in split(as_key(key), candidate.seeds)]
    if len(fits) == 1:
        return fits[0]()
    return Ensemble(tuple(kept.member(candidate.name, seed, fitted) for seed, fitted in enumerate(fits)))


def _judge(candidate: Candidate, key: Key) -> Callable[[Panel], Callable[[Panel], Prediction]]:
    def learn(history: Panel) -> Callable[[Panel], Prediction]:
        fitted = candidate.fit(history, key)

        def predict(seen: Panel) -> Prediction:
            return fitted.predict(levels=(80,), panel=None if seen is history else seen)

        return predict

    return learn


def _origins(panel: Panel, horizon: int, season: int) -> tuple[int, int, np.ndarray]:
    """How many origins, how far apart, and which series are long enough: what is left must hold two seasons, or as much as is foreseen."""
    before = max(2 * season, horizon, 8)
    for windows in range(ORIGINS, 0, -1):
        spacing = max(1, horizon // 2)
        needed = before + horizon + (windows - 1) * spacing
        enough = panel.lengths >= needed
        if enough.mean() >= 0.5 or (windows == 1 and enough.any()):
            return windows, spacing, enough
    raise Refusal(
        f"To compare models, a series needs {before + horizon} steps ({before} to learn from, {horizon} to be judged on), "
        f"but the longest has {panel.lengths.max()}. "
        "Take a model by its name, such as seasonal-naive, shorten the horizon, or give longer series."
    )


def _too_slow(candidate: Candidate, panel: Panel, windows: int, clock: Callable[[], float], left: float, key: Key) -> bool:
    """Whether a local method, tried on one of many or long series, would outlast what is left of the budget on all of them."""
    if candidate.name not in ("theta", "ets") or panel.values.size < WORTH_A_TRY:
        return False
    one = candidate.fit(panel.take(np.array([int(np.argmax(panel.lengths))])), key)
    for _ in range(2):  # the first may load what it stands on
        start = clock()
        one.predict()
        if (clock() - start) * len(panel) * windows <= left / 2:
            return False
    return True


def _mase(report: Backtest, name: str) -> float:
    board = report.leaderboard()
    return float(board["mase"][board["model"].tolist().index(name)])


def _error(row: Row) -> float:
    """The MASE, infinite where it is undefined (nothing ever changes), so that the simplest model is taken there."""
    return row.mase if np.isfinite(row.mase) else np.inf


def _won(reports: dict[str, Backtest]) -> dict[str, float]:
    """The share of (origin, series) pairs on which each model had the smallest mean absolute error; a draw goes to the simpler."""
    errors = [np.asarray(mae(report.actual, report.mean[name], axis=(2, 3), mask=report.counted)) for name, report in reports.items()]
    best = np.argmin(np.nan_to_num(np.stack(errors), nan=np.inf), axis=0)
    return {name: float(np.mean(best == number)) for number, name in enumerate(reports)}


def _merged(reports: dict[str, Backtest]) -> Backtest:
    """One report of all: they share origins and actual values."""
    first = next(iter(reports.values()))
    mean = {name: values for report in reports.values() for name, values in report.mean.items()}
    quantiles = {name: values for report in reports.values() for name, values in report.quantiles.items()}
    probabilities = {name: values for report in reports.values() for name, values in report.probabilities.items()}
    return replace(first, mean=mean, quantiles=quantiles, probabilities=probabilities)


def _sentence(chosen: Row, rows: list[Row], left_out: list[str], windows: int, compared: int, series: int) -> str:
    naive = rows[0]
    where = f"at {windows} origin{'s' if windows > 1 else ''} inside the data" + (
        f", on {compared:,} of {series:,} series" if compared < series else ""
    )
    if len(rows) == 1:
        text = f"{naive.name} is used: there was no time to compare it with anything."
    elif chosen is naive:
        text = f"Nothing beat the {naive.name} forecast by more than {MARGIN:.0%} {where}; it is used."
    else:
        text = f"{chosen.name} was chosen: its error is {1 - chosen.mase / naive.mase:.0%} below that of {naive.name} {where}."
    return text + (f" Not compared, for want of time: {', '.join(left_out)}." if left_out else "")
